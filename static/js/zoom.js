// Buttons on the map of the links that bring it nearer; so does the wheel with Ctrl, as a pinch of a touchpad says it.
// The map that is nearer than whole is moved with the mouse.
const svg = document.querySelector(".graph svg");
const NEAREST = 8;
const between = (value, least, most) => Math.min(Math.max(value, least), most);

if (svg) {
  const { width, height } = svg.viewBox.baseVal;
  const view = { x: 0, y: 0, times: 1 };
  const unit = () => width / view.times / svg.clientWidth; // of a pixel

  const move = (x, y) => {
    view.x = between(x, 0, width - width / view.times);
    view.y = between(y, 0, height - height / view.times);
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width / view.times} ${height / view.times}`);
  };

  const zoom = (by, x = view.x + width / view.times / 2, y = view.y + height / view.times / 2) => {
    const before = view.times;
    view.times = between(before * by, 1, NEAREST);
    move(x - ((x - view.x) * before) / view.times, y - ((y - view.y) * before) / view.times);
  };

  const buttons = Object.assign(document.createElement("div"), { className: "zoom" });
  for (const [name, sign, by] of [["Zoom in", "+", 1.5], ["Zoom out", "−", 1 / 1.5]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: sign, ariaLabel: name });
    button.addEventListener("click", () => zoom(by));
    buttons.append(button);
  }
  svg.closest("figure").append(buttons);

  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the wheel alone scrolls the page
    event.preventDefault();
    zoom(1.01 ** -event.deltaY, view.x + event.offsetX * unit(), view.y + event.offsetY * unit());
  }, { passive: false });
  svg.addEventListener("pointermove", (event) => {
    if (event.buttons && event.pointerType === "mouse") move(view.x - event.movementX * unit(), view.y - event.movementY * unit());
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
}
