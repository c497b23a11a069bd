// What every page has, also in a folder without a server: theme, keyboard, dialogs, drop zones, copying.
import { startKeyboard } from "./keyboard.js";
import { startTheme } from "./theme.js";

startTheme();
startKeyboard();

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
  const copier = event.target.closest?.("[data-copies]");
  if (copier) copy(copier, document.getElementById(copier.dataset.copies)?.textContent ?? "");
  const address = event.target.closest?.("[data-copies-address]");
  if (address) copy(address, location.href);
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

function copy(button, text) {
  navigator.clipboard?.writeText(text).then(() => {
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 1500);
  });
}
