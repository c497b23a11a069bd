// Build scripts, styles and the map into src/stopgap/pages/assets, which is committed: users need no Node.
//   npm ci --ignore-scripts && node build.mjs
import { build } from "esbuild";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mapPoints, worldMap } from "./map.mjs";

const output = fileURLToPath(new URL("../src/stopgap/pages/assets/", import.meta.url));
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
await build({
  entryPoints: ["src/app.js", "src/site.js", "src/charts.js", "src/table.js", "src/app.css"],
  outdir: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  legalComments: "eof",
  alias: { "vega-interpreter": fileURLToPath(new URL("node_modules/vega-interpreter/build/vega-interpreter.module.js", import.meta.url)) },
  external: ["*.woff2"],
  logLevel: "info",
});
writeFileSync(`${output}world.json`, worldMap());
writeFileSync(`${output}points.json`, mapPoints());
for (const name of ["icon.svg", "SOURCES.csv"]) copyFileSync(fileURLToPath(new URL(name, import.meta.url)), `${output}${name}`);
