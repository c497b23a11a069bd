// Pages of the service: htmx with its policy extension, and what every page has.
import "./htmx.js";
import "./completion.js";
import "./draft.js";
import "./page.js";
import "./query.js";
import { startDeciding } from "./decide.js";
import { startSliders } from "./sliders.js";
import { startUploads } from "./uploads.js";

startDeciding();
startSliders();
startUploads();

document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.ctx.request.headers["X-Stopgap-CSRF"] = token;
});

// What is loaded into an open page may be marked more strictly than what stood there: the label above follows it.
const LEVELS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"];

document.addEventListener("htmx:after:swap", (event) => {
  const label = event.detail?.ctx?.response?.headers?.get?.("X-Stopgap-Marking");
  const banner = document.querySelector("body > .marking");
  const level = label?.match(/^TLP:([A-Z+]+)/)?.[1];
  if (!level || !banner) return;
  const higher = LEVELS.indexOf(level) - LEVELS.indexOf(banner.dataset.tlp);
  if (higher > 0) banner.textContent = label;
  // of one level, but for other economies: both are said
  else if (higher === 0 && !banner.textContent.split(" · ").includes(label)) banner.textContent += ` · ${label}`;
  if (higher > 0) {
    banner.dataset.tlp = level;
    document.querySelector("[data-allows]")?.remove(); // what the level before allowed
  }
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  const dialog = target?.closest?.("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  document.dispatchEvent(new CustomEvent("stopgap:drawn"));
});
