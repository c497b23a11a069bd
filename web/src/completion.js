// Fields of several values with commas between: the browser's own list completes the value that is being written.

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("input[data-completes]")) return;
  const list = field.list;
  if (!list) return;
  const before = field.value.slice(0, field.value.lastIndexOf(",") + 1);
  if (list.dataset.before === before) return;
  list.dataset.before = before;
  for (const option of list.options) {
    option.dataset.code ??= option.value;
    option.value = before + option.dataset.code;
  }
});
