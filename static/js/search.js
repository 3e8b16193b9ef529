// While one types in a search field: titles that fit, in a list below it (the combobox of ARIA 1.2); on the page of
// results, what the words find so far, under an address to send on. Without this the form sends itself.
const PAUSE_MS = 150;
const make = (name, given) => Object.assign(document.createElement(name), given);
const [field, results] = [".search input", ".results"].map((one) => document.querySelector(one));
const list = make("ul", { id: "suggestions", role: "listbox", ariaLabel: "Suggestions", hidden: true });
const spoken = make("output", { className: "hush" });
let asking, active;

const choose = (n) => {
  active = n; // -1: the field itself
  [...list.children].forEach((option, at) => (option.ariaSelected = at === n));
  field.setAttribute("aria-activedescendant", list.children[n]?.id ?? "");
};
const option = ({ title, url, icon }, n) => {
  const made = make("li", { id: `suggestion-${n}`, role: "option", onclick: () => location.assign(url) });
  made.append(make("img", { className: "icon", src: icon, alt: "" }), title);
  return made;
};
const offer = (pages) => {
  list.replaceChildren(...pages.map(option));
  list.hidden = !pages.length;
  field.ariaExpanded = !list.hidden;
  choose(-1);
};
const suggest = async (words, given) => {
  const { results: pages = [] } = await (await fetch(`/api/search/autocomplete?q=${words}`, given)).json();
  if (document.activeElement === field) offer(pages);
  return `${pages.length} ${pages.length === 1 ? "suggestion" : "suggestions"}.`;
};
const find = async (words, given) => {
  const address = words ? `/search?q=${words}` : "/search";
  const page = new DOMParser().parseFromString(await (await fetch(address, given)).text(), "text/html");
  results.replaceChildren(...page.querySelector(".results, .error-page .prose").childNodes);
  document.title = page.title;
  history.replaceState(null, "", address);
  return results.querySelector("p")?.textContent;
};
const ask = async () => {
  asking?.abort(); // an older answer never follows a younger one
  const mine = (asking = new AbortController());
  await new Promise((rested) => setTimeout(rested, PAUSE_MS));
  const words = encodeURIComponent(field.value.trim());
  const said = await Promise.all([suggest(words, mine), results && find(words, mine)]).catch(() => [])
  if (mine === asking) spoken.textContent = said.join(" ");
};
list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
field.addEventListener("blur", () => offer([]));
field.addEventListener("input", ask);
field.addEventListener("keydown", (event) => {
  const [key, count, step] = [event.key, list.children.length, { ArrowDown: 1, ArrowUp: -1 }[event.key]];
  if (step && count) choose(((active + step + count + 2) % (count + 1)) - 1); // past the end is the field again
  else if (key === "Enter" && active >= 0) list.children[active].click();
  else if (key === "Escape" && !event.isComposing) count ? offer([]) : ask((field.value = ""));
  else return;
  event.preventDefault();
});
Object.assign(field, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: false });
field.setAttribute("aria-controls", list.id);
field.form.append(list, spoken);
