// "/" or Ctrl-K (Cmd-K) leads to the field of search, on this page or on its own.
addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  const typing = target.closest("input, textarea, select, [contenteditable]");
  const slash = key === "/" && !ctrlKey && !metaKey;
  if (typing || altKey || !(slash || (key === "k" && ctrlKey !== metaKey && !shiftKey))) return;
  event.preventDefault();
  const field = document.querySelector("main .search input");
  field?.focus();
  if (field) field.select();
  else location.assign("/search#q");
});
