// The reader's choice of light or dark, applied before the first paint: a small blocking script of our own origin,
// so that pages stay the same bytes for everybody. Without it, or without a choice, the system's preference rules.
{
  const root = document.documentElement;

  const chosen = () => {
    try {
      return localStorage.getItem("theme") ?? "auto";
    } catch {
      return "auto"; // storage is refused: follow the system
    }
  };

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
}
