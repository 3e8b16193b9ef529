// A copy button on each block of code. The button is made here: without this script, or a clipboard, there is none.
const make = (name, given) => Object.assign(document.createElement(name), given);
const spoken = make("output", { className: "hush" });

for (const block of navigator.clipboard ? document.querySelectorAll(".code") : []) {
  const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
  const say = (words) => {
    spoken.textContent = button.textContent = words;
    setTimeout(() => (spoken.textContent = "", button.textContent = "Copy"), 2000);
  };
  button.addEventListener("click", () => {
    const code = block.querySelector("pre");
    // a browser may refuse: then the reader has but to press the keys
    const select = () => (getSelection().selectAllChildren(code), say("Selected"));
    navigator.clipboard.writeText(code.textContent).then(() => say("Copied"), select);
  });
  block.append(button);
}
document.querySelector("main").append(spoken);
