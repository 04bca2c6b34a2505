#!/usr/bin/env python3
"""Fails when a source file includes a header of a floor that does not stand below its own.

The floors stand in src/layers.txt. Public headers (include/leeward) belong to everybody.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read_levels():
    levels = {}
    for line in (ROOT / "src/layers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            level, floor = line.split()
            levels[floor] = int(level)
    return levels


def breaches(levels):
    for path in sorted((ROOT / "src").rglob("*.[ch]")):
        floor = path.relative_to(ROOT / "src").parts[0]
        if floor not in levels:
            yield f"{path}: floor '{floor}' is not in src/layers.txt"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([a-z_]+)/', line)
            if not match or match[1] in ("leeward", floor):
                continue
            other = match[1]
            if levels.get(other, 99) >= levels[floor]:
                yield f"{path}:{number}: {floor} may not include {other}"


def main():
    found = list(breaches(read_levels()))
    print("\n".join(found) or "layers: every include points downward")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
