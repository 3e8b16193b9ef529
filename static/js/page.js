// What every page does, in one small blocking script of our own origin: one request less.
// The reader's choice of light or dark is applied before the first paint, so that pages stay the same bytes for
// everybody. Without a choice, the system's preference rules.
{
  const root = document.documentElement;

  const stored = (name, refused) => {
    try {
      return localStorage.getItem(name) ?? "auto";
    } catch {
      return refused;
    }
  };
  const chosen = () => stored("theme", "auto"); // storage is refused: follow the system

  const apply = (choice) => {
    if (choice === "auto") delete root.dataset.theme;
    else root.dataset.theme = choice;
    const paper = document.querySelectorAll("meta[name=theme-color]"); // around the page: of light, of dark
    ["light", "dark"].forEach((scheme, n) => {
      paper[n].media = choice === "auto" ? `(prefers-color-scheme: ${scheme})` : choice === scheme ? "all" : "not all";
    });
    for (const button of document.querySelectorAll(".theme button")) {
      button.setAttribute("aria-pressed", String(button.value === choice));
    }
  };

  root.dataset.script = "";
  apply(chosen());
  addEventListener("storage", () => apply(chosen())); // chosen in another window
  addEventListener("DOMContentLoaded", () => {
    apply(chosen());
    document.querySelector(".theme")?.addEventListener("click", ({ target }) => {
      if (!target.value) return;
      try {
        localStorage.setItem("theme", target.value);
      } catch {
        // kept for this page only
      }
      apply(target.value);
    });
  });

  // Where the site can be searched, Ctrl-K (Cmd-K) leads to the field, on this page or on that of search; so does "/",
  // unless the reader switched it off there (keys.js), or nothing can be stored, so that nobody could.
  addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
    const typing = target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    const slash = key === "/" && !ctrlKey && !metaKey && stored("slash", "off") !== "off";
    if (typing || altKey || !(slash || (key === "k" && ctrlKey !== metaKey && !shiftKey))) return;
    if (!document.querySelector("link[rel=search]")) return;
    event.preventDefault();
    const field = document.querySelector("main .search input");
    field?.focus();
    if (field) field.select();
    else location.assign("/search#q");
  });
}
