// Charts: Vega with its interpreter, so that no text is ever run as a script.
// A chart is <div data-chart="ID">, its specification <script type="application/json" id="ID">. Colours stand in the
// specification by name ("@ink") and are taken from the style sheet, so that one chart serves both themes.
import { parse, View, Warn } from "vega";
import { expressionInterpreter } from "vega-interpreter";

const drawn = new Map();
let world = null;

async function drawAll() {
  for (const [place, view] of drawn) {
    if (!place.isConnected) {
      view?.finalize();
      drawn.delete(place);
    }
  }
  for (const place of document.querySelectorAll("[data-chart]")) if (!drawn.has(place)) await draw(place);
}

async function draw(place) {
  const text = document.getElementById(place.dataset.chart)?.textContent;
  if (!text) return;
  drawn.set(place, null);
  const style = getComputedStyle(document.documentElement);
  const coloured = text.replaceAll(/"@([a-z0-9-]+)"/g, (_, name) => JSON.stringify(style.getPropertyValue(`--${name}`).trim()));
  const spec = JSON.parse(coloured);
  for (const source of spec.data ?? []) if (source.name === "world") source.values = await worldMap();
  const view = new View(parse(spec, {}, { ast: true }), {
    expr: expressionInterpreter, renderer: "svg", container: place, hover: true, logLevel: Warn,
  });
  view.tooltip(showTip);
  await view.runAsync();
  // the figure beside has the description and a table: marks are no stops of their own
  for (const mark of place.querySelectorAll("svg [aria-label], svg [role]")) if (mark.tagName !== "svg") { mark.removeAttribute("aria-label"); mark.removeAttribute("role"); mark.removeAttribute("aria-roledescription"); }
  drawn.set(place, view);
  place.classList.add("drawn");
}

async function worldMap() {
  const inPage = document.getElementById("world-map")?.textContent;
  world ??= inPage ? JSON.parse(inPage) : await (await fetch(document.documentElement.dataset.world)).json();
  return world;
}

function redraw() {
  for (const [place, view] of drawn) {
    view?.finalize();
    place.replaceChildren();
  }
  drawn.clear();
  drawAll();
}

let tip = null;

function showTip(handler, event, item, value) {
  tip ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip", role: "presentation" }));
  tip.hidden = value == null || value === "";
  if (tip.hidden) return;
  const lines = typeof value === "object" ? Object.entries(value).map(([name, said]) => `${name}: ${said}`) : [String(value)];
  tip.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
  const { clientX: x, clientY: y } = event;
  const left = x + 14 + tip.offsetWidth > innerWidth ? x - 14 - tip.offsetWidth : x + 14;
  tip.style.setProperty("left", `${Math.max(4, left)}px`);
  tip.style.setProperty("top", `${Math.min(innerHeight - tip.offsetHeight - 4, y + 14)}px`);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-saves]");
  const view = button && drawn.get(document.querySelector(`[data-chart="${CSS.escape(button.dataset.saves)}"]`));
  if (!view) return;
  const blob = new Blob([await view.toSVG()], { type: "image/svg+xml" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${button.dataset.saves}.svg` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

document.addEventListener("stopgap:theme", redraw);
document.addEventListener("stopgap:drawn", drawAll);
addEventListener("beforeprint", () => { for (const view of drawn.values()) view?.resize().run(); });
drawAll();
