// Keyboard: "/" searches, "g" and a letter goes to a page, "?" lists the keys, j and k move along a list.
// Elements say their own key: data-key="c" is pressed by c; rows of [data-rows] are moved along.

let prefix = "";

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "Escape") return closeDialogs();
    if (event.key === "Enter" && !event.target.matches?.("[data-rows] > *")) return;
    const pressed = prefix + event.key;
    prefix = "";
    if (event.key === "g" && pressed === "g") {
      prefix = "g";
      setTimeout(() => (prefix = ""), 1500);
      return;
    }
    if (act(pressed)) event.preventDefault();
  });
}

function act(pressed) {
  if (pressed === "/") return focusOn("[data-search]");
  if (pressed === "?") return open("keys");
  if (pressed === "j" || pressed === "k") return move(pressed === "j" ? 1 : -1);
  const dialog = document.querySelector("dialog[open]");
  const place = dialog ?? currentRow() ?? document;
  const target = place.querySelector(`[data-key="${CSS.escape(pressed)}"]`) ?? document.querySelector(`[data-key="${CSS.escape(pressed)}"]`);
  if (!target) return false;
  if (target.matches("input, select, textarea")) target.focus();
  else target.click();
  return true;
}

function currentRow() {
  return document.activeElement?.closest?.("[data-rows] > *") ?? null;
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-rows] > *")].filter((row) => row.offsetParent !== null);
  if (!rows.length) return false;
  const at = rows.indexOf(currentRow());
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  if (!next.hasAttribute("tabindex")) next.setAttribute("tabindex", "-1");
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function focusOn(selector) {
  const field = document.querySelector(selector);
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

function open(name) {
  const dialog = document.getElementById(`dialog-${name}`);
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

function isTyping(target) {
  return target.matches?.("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]") ?? false;
}
