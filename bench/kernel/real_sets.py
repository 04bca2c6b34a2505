"""The real zones that the kernel is measured and checked on, as files of rings (rings.py)."""
import glob
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
OPENAIR = ["CH-switzerland-airspace-feet", "CZ-ASP-National-XCSoar", "FR-planeurnet-2026-07-30",
           "UK_Airspace_2019_02_28", "ZA-ASP-National-XCSoar"]
WORLD_ATLAS = "world-atlas@2.0.2"
# Borders that run along parallels are in the last two.
GEOJSON = ["geojson_zones/uk_airspaces.geojson", "geojson_zones/faa_tfrs_2025-06-09.geojson",
           "boundaries/vatspy_fir_boundaries.geojson",
           "boundaries/ne_admin1_SYR_TUR_IRQ_LBN.geojson"]


def program():
    """The built leeward, or None."""
    built = [ROOT / "build/release/leeward", *map(pathlib.Path, glob.glob(str(ROOT / "build/*/leeward")))]
    return next((str(path) for path in built if path.exists()), None)


def openair_files(folder, leeward):
    files = [str(SHARED / "openair" / f"{name}.txt") for name in OPENAIR]
    if not all(os.path.exists(f) for f in files):
        return []
    converted = folder / "openair.geojson"
    if leeward:
        with open(converted, "w", encoding="utf-8") as out:
            # 1: some zones of the files were refused; the others are there.
            done = subprocess.run([leeward, "zones", "convert", "--to", "geojson", *files],
                                  stdout=out, stderr=subprocess.DEVNULL).returncode in (0, 1)
        if done and converted.stat().st_size > 0:
            return [converted]
    print("openair: our importer is not built; the independent GeoJSON instead", file=sys.stderr)
    return [glob.glob(f[:-4] + ".openaip*.geojson")[0] for f in files]


def geojson_files(folder, leeward):
    return [SHARED / name for name in GEOJSON if (SHARED / name).exists()]


def countries_files(folder, leeward):
    """Countries at 1:10m: what the page is built from, or the package itself."""
    name = "countries-10m.json"
    places = [ROOT / "page/node_modules/world-atlas" / name, folder / "package" / name]
    if not any(place.exists() for place in places):
        subprocess.run(f"npm pack --silent {WORLD_ATLAS} >/dev/null && tar xf world-atlas-*.tgz",
                       shell=True, cwd=folder)
    return [place for place in places if place.exists()][:1]


SOURCES = {"openair": openair_files, "geojson": geojson_files, "countries": countries_files}


def make(folder, leeward, names=tuple(SOURCES)):
    """name -> file of rings, of those of `names` that are at hand; says what is not."""
    folder.mkdir(parents=True, exist_ok=True)
    sets = {}
    for name in names:
        sources = SOURCES[name](folder, leeward)
        if not sources:
            print(f"{name}: its files are not at hand; left out", file=sys.stderr)
            continue
        sets[name] = folder / f"{name}.bin"
        subprocess.run([sys.executable, ROOT / "bench/kernel/rings.py", sets[name], *sources],
                       check=True)
    return sets
