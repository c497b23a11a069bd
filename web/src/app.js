// What every page has: htmx with its policy extension, theme, keyboard, dialogs, drop zones, copying.
import "./htmx.js";
import { startDeciding } from "./decide.js";
import { startKeyboard } from "./keyboard.js";
import { startTheme } from "./theme.js";

startTheme();
startKeyboard();
startDeciding();

document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.ctx.request.headers["X-Stopgap-CSRF"] = token;
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  const dialog = target?.closest?.("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  document.dispatchEvent(new CustomEvent("stopgap:drawn"));
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
  const copier = event.target.closest?.("[data-copies]");
  if (copier) copy(copier);
  if (event.target.closest?.("[data-prints]")) window.print();
});

document.addEventListener("change", (event) => {
  // a choice that has a button of its own without scripts sends its form at once with them
  if (event.target.matches?.("[data-sends]")) event.target.form?.requestSubmit();
});

for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", type === "dragover");
    if (type !== "drop") return;
    const field = zone.querySelector('input[type="file"]');
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function copy(button) {
  const text = document.getElementById(button.dataset.copies)?.textContent ?? "";
  navigator.clipboard?.writeText(text).then(() => {
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 1500);
  });
}
