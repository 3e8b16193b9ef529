// "/" or Ctrl-K (Cmd-K) leads to the field of search, on this page or on its own.
addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  const typing = target.closest("input, textarea, select, [contenteditable]");
  const slash = key === "/" && !ctrlKey && !metaKey && !altKey && !typing;
  if (!slash && !(key === "k" && ctrlKey !== metaKey && !altKey && !shiftKey)) return;
  event.preventDefault();
  const field = document.querySelector("main .search input");
  if (field) field.select();
  else location.assign("/search#q");
});
