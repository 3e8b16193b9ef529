// A key that does something by itself must be possible to switch off (WCAG 2.1.4): on the page that "/" leads to, where
// page.js looks for the choice. Where nothing can be stored that key does nothing, and there is nothing to choose.
const keys = document.getElementById("keys");
const box = keys.querySelector("input");
try {
  box.checked = localStorage.getItem("slash") !== "off";
  box.addEventListener("change", () => localStorage.setItem("slash", box.checked ? "on" : "off"));
  keys.hidden = false;
} catch {
  // storage is refused
}
