// A photograph's own page in a dialog over the pictures it was opened from, under its own address and title: what is
// shown can be sent on, reloaded and gone back from. turn.js turns to the next. Where that fails, the link is followed.
const photos = new Map(); // address -> the promise of { title, article }, of nothing where it cannot be had
const make = (name, given) => Object.assign(document.createElement(name), given);
const dialog = make("dialog", { className: "lightbox" });
const close = make("button", { type: "button", textContent: "Close", onclick: () => dialog.close() });
const spoken = make("output", { className: "hush" });
const here = { path: location.pathname, title: document.title };
let article = make("article");
let opener, wanted, shown;

const photo = (url) => {
  if (!photos.has(url)) photos.set(url, load(url).catch(() => void photos.delete(url)));
  return photos.get(url);
};
const load = async (url) => {
  const page = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
  return { title: page.title, article: document.importNode(page.querySelector("article.photo"), true) };
};
const show = async (url, travelled) => {
  wanted = url;
  const found = await photo(url);
  if (wanted !== url) return;
  if (!found) return location.assign(url);
  const rel = article.contains(document.activeElement) && document.activeElement.rel;
  article.replaceWith(found.article);
  article = found.article;
  const heading = article.querySelector("h1");
  heading.id = "lightbox-title";
  spoken.textContent = heading.textContent;
  document.title = found.title;
  shown = url;
  if (!travelled) history[dialog.open ? "replaceState" : "pushState"]({ photo: url }, "", url);
  if (!dialog.open) dialog.showModal();
  if (rel !== false) (article.querySelector(`[rel="${rel}"]`) ?? close).focus();
  dialog.scrollTo(0, 0);
  for (const { href } of article.querySelectorAll("[rel=prev], [rel=next]")) {
    photo(href).then((near) => near.article.querySelector("img").decode()).catch(() => {}); // seen when turned to
  }
};
dialog.setAttribute("aria-labelledby", "lightbox-title");
dialog.append(close, article, spoken);
document.body.append(dialog);
dialog.addEventListener("close", () => {
  document.title = here.title;
  if (dialog.returnValue !== "back" && history.state?.photo) history.back();
  dialog.returnValue = ""; // by "back" it is closed already, and the visitor may have gone forward again
  ([...document.querySelectorAll(".tile a")].find((link) => link.href === shown) ?? opener)?.focus();
});
addEventListener("popstate", ({ state }) => ((wanted = state?.photo) ? show(wanted, true) : dialog.close("back")));
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const onward = event.detail < 2 && event.target.closest(".lightbox figure") && article.querySelector("[rel=next]");
  const link = onward || event.target.closest(".tile a, .lightbox a");
  if (link?.matches(".tile a, [rel=prev], [rel=next]")) show(link.href);
  else if (dialog.open && link?.pathname === here.path) dialog.close();
  else if (!dialog.open || link?.pathname !== location.pathname) return; // a note of its own is in sight
  event.preventDefault();
  if (!dialog.open) opener = link;
});
