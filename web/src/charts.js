// Charts: Vega with its interpreter, so that no text is ever run as a script.
// A chart is <div data-chart="ID">, its specification <script type="application/json" id="ID">. Colours stand in the
// specification by name ("@ink") and are taken from the style sheet, so that one chart serves both themes.
import { parse, View, Warn } from "vega";
import { expressionInterpreter } from "vega-interpreter";

const drawn = new Map();
const colours = new Map(); // as they were when charts were drawn, by name
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
  const coloured = text.replaceAll(/"@([a-z0-9-]+)"/g, (_, name) => {
    colours.set(name, style.getPropertyValue(`--${name}`).trim());
    return JSON.stringify(colours.get(name));
  });
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
  // the first entry names what is under the pointer, the others say something about it
  const lines = typeof value === "object" ? Object.entries(value).map(([name, said], at) => (at ? `${name}: ${said}` : String(said))) : [String(value)];
  tip.replaceChildren(...lines.map((line, at) => Object.assign(document.createElement(at || lines.length === 1 ? "div" : "strong"), { textContent: line })));
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
addEventListener("beforeprint", () => {
  for (const view of drawn.values()) view?.resize().run();
  lighten();
});
addEventListener("afterprint", redraw);

// Paper is white in both themes: colours of the dark theme give way to those of the light one of the same name.
function lighten() {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  root.dataset.theme = "light";
  const light = new Map([...colours].map(([name, value]) => [value, getComputedStyle(root).getPropertyValue(`--${name}`).trim()]));
  if (theme === undefined) delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const mark of document.querySelectorAll("[data-chart] svg *")) {
    for (const name of ["fill", "stroke"]) {
      const found = light.get(mark.getAttribute(name));
      if (found) mark.setAttribute(name, found);
    }
  }
}
drawAll();
