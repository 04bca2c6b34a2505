#!/usr/bin/env python3
"""Writes src/geo/geoid_grid.c: heights of the EGM96 geoid on a grid of 2 degrees, and how wrong
bilinear interpolation between them is.

Source: egm96_15.gtx of Debian's proj-data, the 15 minute grid of EGM96 (NIMA and NASA GSFC, 1996,
public domain). Run it again only to change the grid: the result is kept in the repository, so that
every build decides alike.

usage: geoid_grid.py [/usr/share/proj/egm96_15.gtx] > src/geo/geoid_grid.c
"""
import array
import math
import struct
import sys
import textwrap

STEP_DEG = 2
BLOCK_DEG = 10
HEAD = 40


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    south, west, lat_step, lon_step, rows, columns = struct.unpack(">ddddii", data[:HEAD])
    if (south, west, lat_step, lon_step, rows, columns) != (-90, -180, 0.25, 0.25, 721, 1440):
        sys.exit(f"{path}: is not the global grid of 15 minutes")
    heights = array.array("f", data[HEAD:])
    heights.byteswap()
    return lambda row, column: heights[row * 1440 + column % 1440]


def error_of_cell(fine, row, column, per_cell):
    """The greatest difference to the fine grid within one coarse cell, in metres."""
    corner = [[round(fine(row + i, column + j), 1) for j in (0, per_cell)] for i in (0, per_cell)]
    worst = 0.0
    for i in range(per_cell + 1):
        for j in range(per_cell + 1):
            y, x = i / per_cell, j / per_cell
            low = corner[0][0] * (1 - x) + corner[0][1] * x
            high = corner[1][0] * (1 - x) + corner[1][1] * x
            worst = max(worst, abs(fine(row + i, column + j) - low * (1 - y) - high * y))
    return worst


def print_table(name, kind, rows, columns, values):
    print(f"const {kind} {name}[{rows}][{columns}] = {{")
    for row in values:
        text = "{" + ", ".join(str(value) for value in row) + "},"
        print("\n".join(textwrap.wrap(text, 99, break_long_words=False)))
    print("};")


def main():
    fine = read(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/proj/egm96_15.gtx")
    per_cell = STEP_DEG * 4
    rows, columns = 180 // STEP_DEG + 1, 360 // STEP_DEG
    heights = [[round(fine(row * per_cell, column * per_cell) * 10) for column in range(columns)]
               for row in range(rows)]
    # One metre for EGM96 itself and the way between its own points, half of one for rounding.
    errors = [[0] * (360 // BLOCK_DEG) for _ in range(180 // BLOCK_DEG)]
    for row in range(rows - 1):
        for column in range(columns):
            worst = math.ceil(error_of_cell(fine, row * per_cell, column * per_cell, per_cell) + 1.5)
            block = errors[row * STEP_DEG // BLOCK_DEG]
            at = column * STEP_DEG // BLOCK_DEG
            block[at] = max(block[at], worst)
    print("/* Written by tools/geoid_grid.py from the EGM96 grid of 15 minutes (NIMA and NASA GSFC,")
    print(" * public domain). Do not edit. */")
    print('#include "geo/geoid_grid.h"')
    print()
    print("/* clang-format off */")
    print_table("lee__geoid_height_dm", "int16_t", "LEE_GEOID_ROWS", "LEE_GEOID_COLUMNS", heights)
    print()
    print_table("lee__geoid_error_m", "uint8_t", "LEE_GEOID_BLOCK_ROWS",
                "LEE_GEOID_BLOCK_COLUMNS", errors)


main()
