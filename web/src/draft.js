// Drafts beside their text: the words of the field in focus are marked in the text, with the field's number.

document.addEventListener("focusin", (event) => {
  const field = event.target.closest?.("[data-field]");
  for (const words of document.querySelectorAll("[data-words].on")) {
    words.classList.remove("on");
    delete words.dataset.number;
  }
  if (!field) return;
  const found = [...document.querySelectorAll(`[data-words~="${CSS.escape(field.dataset.field)}"]`)];
  for (const words of found) words.classList.add("on");
  if (!found.length) return;
  found[0].dataset.number = field.dataset.number;
  const box = found[0].closest(".text-beside");
  if (box && box.scrollHeight > box.clientHeight) box.scrollTop += found[0].getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
});

document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-field]");
  const tick = field?.querySelector('input[type="checkbox"]');
  if (tick && event.target !== tick) tick.checked = true;
  tell(event.target.closest?.("form[data-confirms]"));
});

document.addEventListener("keydown", (event) => {
  const field = event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.closest?.("[data-field]");
  if (!field) return;
  event.preventDefault();
  field.querySelector('input[type="checkbox"]').checked = true;
  const form = field.closest("form");
  const fields = [...form.querySelectorAll("[data-field]")];
  const next = fields[fields.indexOf(field) + 1]?.querySelector("input, select") ?? form.querySelector("button");
  next?.focus();
  tell(form);
});

document.addEventListener("stopgap:drawn", () => {
  for (const form of document.querySelectorAll("form[data-confirms]")) tell(form);
});

function tell(form) {
  const said = form?.querySelector("[data-count]");
  if (!said) return;
  const ticks = [...form.querySelectorAll('[data-field] input[type="checkbox"]')];
  const done = ticks.filter((tick) => tick.checked).length;
  const text = done === ticks.length ? "All fields are confirmed" : `${done} of ${ticks.length} fields confirmed`;
  if (said.textContent !== text) said.textContent = text;
}
