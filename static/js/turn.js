// Arrow keys turn from a photograph to its neighbours, on its page and in the dialog of lightbox.js; there swipes do.
const alone = document.querySelector("main article.photo");
const here = location.pathname;
const SWIPE_PX = 40;
let from;

const turn = (side) => {
  const rel = side < 0 === (document.dir === "rtl") ? "next" : "prev";
  document.querySelector(`:is(main, dialog[open]) article.photo [rel=${rel}]`)?.click();
};
addEventListener("keydown", (event) => {
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!side || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (!event.target.closest("input, textarea, select, [contenteditable]")) turn(side);
});
addEventListener("pointerdown", (event) => {
  from = event.isPrimary && event.pointerType !== "mouse" && event.target.closest("dialog") && event;
});
addEventListener("pointerup", (event) => {
  // where the page is enlarged, the finger moves it
  if (!from || visualViewport.scale > 1) return;
  // a finger that goes up or down is the browser's, by touch-action
  const across = event.clientX - from.clientX;
  if (Math.abs(across) > SWIPE_PX) turn(-across);
});
// Reloaded from a lightbox, this page stands in the history where the gallery did: going back has to fetch that.
addEventListener("popstate", () => {
  if (alone && location.pathname !== here) location.reload();
});
