// The map of the links: what a page is joined to stands out under the pointer or the focus, with its title.
const svg = document.querySelector(".graph svg");
const links = [...(svg?.querySelectorAll("a") ?? [])];
const numbers = (circle) => ["cx", "cy", "r"].map((name) => Number(circle.getAttribute(name)));

const added = (name, className, before) => {
  const element = document.createElementNS(svg.namespaceURI, name);
  element.setAttribute("class", className);
  element.setAttribute("aria-hidden", "true");
  svg.insertBefore(element, before);
  return element;
};

let joined; // a promise of who is joined to whom, fetched when somebody first wants to know

const fetched = async () => {
  const { nodes, edges } = await (await fetch(svg.dataset.from)).json();
  const found = new Map(nodes.map(({ url }) => [url, new Set()]));
  for (const { source, target } of edges) {
    found.get(nodes[source].url).add(nodes[target].url);
    found.get(nodes[target].url).add(nodes[source].url);
  }
  return found;
};

if (svg) {
  const lines = added("path", "lines lit", svg.querySelector("g"));
  const words = added("text", "shown", null);
  let shown = null;

  const show = async (link) => {
    shown = link;
    const others = (await (joined ??= fetched().catch(() => new Map()))).get(link.getAttribute("href")) ?? new Set();
    if (shown !== link) return;
    const [x, y, radius] = numbers(link.querySelector("circle"));
    const near = links.filter((other) => others.has(other.getAttribute("href")));
    for (const other of links) other.classList.toggle("near", other === link || near.includes(other));
    lines.setAttribute("d", near.map((other) => `M${x} ${y}L${numbers(other.querySelector("circle")).slice(0, 2)}`).join(""));
    const isRight = x > svg.viewBox.baseVal.x + svg.viewBox.baseVal.width / 2;
    words.setAttribute("text-anchor", isRight ? "end" : "start");
    words.setAttribute("x", isRight ? x - radius - 6 : x + radius + 6);
    words.setAttribute("y", y + 5);
    words.textContent = link.querySelector("title").textContent;
    svg.classList.add("dim");
  };

  const hide = () => {
    shown = null;
    svg.classList.remove("dim");
    lines.setAttribute("d", "");
    words.textContent = "";
  };

  const sheet = svg.parentElement; // a map that listens for the focus itself would be a stop of the keyboard
  for (const begin of ["pointerover", "focusin"]) {
    sheet.addEventListener(begin, ({ target }) => target.closest("a") && show(target.closest("a")));
  }
  for (const end of ["pointerout", "focusout"]) sheet.addEventListener(end, hide);
}
