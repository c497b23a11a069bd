// Decisions: a choice is pressed (c, d, w), the reason is written, Enter records both; then the row has the focus again.

export function startDeciding() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-decides]");
    if (button) choose(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("form.decide input") && !event.target.form.elements.decided.value) event.preventDefault();
    if (event.key === "Escape" && event.target.matches?.("form.decide input")) rowOf(event.target)?.focus();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const id = event.detail?.ctx?.target?.id;
    if (id?.startsWith("decision-")) rowOf(document.getElementById(id))?.focus();
  });
}

function choose(button) {
  const form = button.form;
  form.elements.decided.value = button.dataset.decides;
  for (const each of form.querySelectorAll("[data-decides]")) each.setAttribute("aria-pressed", String(each === button));
  const record = form.querySelector("[data-records]");
  record.disabled = false;
  record.textContent = `Record: ${button.firstChild.textContent.trim().toLowerCase()}`;
  form.elements.why.focus();
}

function rowOf(element) {
  return element?.closest?.("[data-rows] > *");
}
