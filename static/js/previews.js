// What a link within the text leads to, beside it: title, summary, date and length. For a mouse that rests on the link
// and for the keyboard's focus, never for a finger; it stays under the mouse and goes with Escape (WCAG 1.4.13).
const [REST_MS, LEAVE_MS, GAP_PX, MARGIN_PX] = [350, 250, 6, 16];
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
  if (!answer.ok || !answer.headers.get("content-type").startsWith("text/html")) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const facts = page.querySelectorAll(":is(.head, .words) > .meta > :not(:has(a), :has(.dt-updated))");
  const lang = page.documentElement.lang;
  const preview = make("div", { id: "preview", className: "preview", role: "tooltip", lang });
  preview.append(make("strong", { textContent: page.querySelector("h1").textContent }));
  preview.append(make("p", { textContent: page.querySelector("meta[name=description]")?.content }));
  preview.append(make("p", { textContent: [...facts].map((fact) => fact.textContent).join(" · ") }));
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
  const [at, box, room] = [link, shown, document.documentElement].map((one) => one.getBoundingClientRect());
  const left = Math.min(document.dir === "rtl" ? at.right - box.width : at.left, room.width - box.width - MARGIN_PX);
  const above = at.bottom + GAP_PX + box.height > innerHeight && at.top > box.height + GAP_PX;
  shown.style.left = `${Math.max(left, MARGIN_PX) + scrollX}px`;
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
main.addEventListener("pointerover", ({ target, pointerType }) => {
  const link = linked(target);
  if (shown?.contains(target) || (link && link === wanted)) clearTimeout(timer);
  else if (link && pointerType !== "touch") soon(REST_MS, show, link);
});
main.addEventListener("pointerout", ({ target }) => (linked(target) || shown?.contains(target)) && soon(LEAVE_MS, hide));
main.addEventListener("focusin", ({ target }) => linked(target)?.matches(":focus-visible") && soon(REST_MS, show, target));
main.addEventListener("focusout", hide);
addEventListener("keydown", ({ key }) => key === "Escape" && hide());
addEventListener("pagehide", hide);
