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
  if (!level || !banner || LEVELS.indexOf(level) <= LEVELS.indexOf(banner.dataset.tlp)) return;
  banner.dataset.tlp = level;
  banner.textContent = label;
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  const dialog = target?.closest?.("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  document.dispatchEvent(new CustomEvent("stopgap:drawn"));
});
