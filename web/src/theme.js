// Theme: light, dark, or as the system has it; kept in this browser.

const KEY = "stopgap-theme";

export function startTheme() {
  apply(read());
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-theme-choice]")) choose(event.target.value);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-theme-toggle]")) choose(isDark() ? "light" : "dark");
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  for (const field of document.querySelectorAll("[data-theme-choice]")) field.checked = field.value === read();
}

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function choose(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // a browser that keeps nothing still shows the theme on this page
  }
  apply(theme);
  tell();
}

function read() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system";
  }
}

function apply(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function tell() {
  document.dispatchEvent(new CustomEvent("stopgap:theme"));
}
