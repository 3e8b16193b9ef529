// What a link within the text leads to, beside it: title, summary, date and length. For a mouse that rests on the link
// and for the keyboard's focus, never for a finger; it stays under the mouse and goes with Escape (WCAG 1.4.13).
const [REST_MS, AWAY_MS, GAP_PX] = [350, 250, 8];
const previews = new Map(); // address -> the promise of its preview, of nothing where there is none
const main = document.querySelector("main");
let timer, wanted, shown;

const soon = (ms, act, ...given) => {
  clearTimeout(timer);
  timer = setTimeout(act, ms, ...given);
};
const make = (name, given) => Object.assign(document.createElement(name), given);
const read = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected || !answer.headers.get("content-type").startsWith("text/html")) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const facts = page.querySelectorAll(":is(.head, .words) > .meta > :not(:has(a), :has(.dt-updated))");
  const preview = make("div", { id: "preview", role: "tooltip", lang: page.documentElement.lang });
  const summary = page.querySelector("meta[name=description]")?.content ?? "";
  const words = [page.querySelector("h1").textContent, summary, [...facts].map((one) => one.textContent).join(" · ")];
  preview.append(...words.filter(Boolean).map((textContent, n) => make(n ? "p" : "strong", { textContent })));
  return preview;
};
const show = async (link) => {
  hide();
  wanted = link;
  const url = link.href.split("#")[0];
  if (!previews.has(url)) previews.set(url, read(url).catch(() => {}));
  const preview = await previews.get(url);
  if (wanted !== link || !preview) return;
  main.append((shown = preview));
  link.setAttribute("aria-describedby", shown.id);
  const [at, box, room] = [link, shown, main].map((one) => one.getBoundingClientRect());
  const left = Math.min(document.dir === "rtl" ? at.right - box.width : at.left, room.width - box.width - GAP_PX);
  const above = at.bottom + GAP_PX + box.height > innerHeight && at.top > box.height + GAP_PX;
  shown.style.left = `${Math.max(left, GAP_PX) + scrollX}px`;
  shown.style.top = `${(above ? at.top - box.height - GAP_PX : at.bottom + GAP_PX) + scrollY}px`;
};
const hide = () => {
  clearTimeout(timer);
  wanted?.removeAttribute("aria-describedby");
  shown?.remove();
  wanted = shown = undefined;
};
const linked = (target) => {
  const link = target.closest(".prose a[href]");
  const other = link?.origin === location.origin && link.pathname !== location.pathname;
  return other && !link.search && !/\.[a-z]\w+$/i.test(link.pathname) ? link : undefined; // no file, no form of a page
};
const rest = ({ target, pointerType }) => {
  const link = linked(target);
  if (shown?.contains(target) || (link && link === wanted)) clearTimeout(timer);
  else if (pointerType ? link && pointerType !== "touch" : link?.matches(":focus-visible")) soon(REST_MS, show, link);
};
main.addEventListener("pointerover", rest);
main.addEventListener("focusin", rest);
main.addEventListener("pointerout", ({ target }) => (linked(target) || shown?.contains(target)) && soon(AWAY_MS, hide));
main.addEventListener("focusout", hide);
addEventListener("keydown", ({ key }) => key === "Escape" && hide());
addEventListener("pagehide", hide);
