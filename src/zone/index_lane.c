/* The part of an edge within a cell.
 *
 * Whether a zone holds a point is: whether it holds the cell's south-western corner, turned over by
 * every edge that a walker meets who goes from the corner north along the western side to the
 * point's latitude and then east to the point. Walker and edges follow the edge rule of
 * geo/area.h: the walker is a hair to the east and a hair of that hair to the north.
 *
 * Each edge's share in that is one lane: "the point's row is within first..end, and the point is
 * not west of the edge's line", up to a constant that is the same for the whole cell and goes
 * into the slot's base bit:
 *   - both ends east of the western side: the walker can only meet it going east, in its rows;
 *   - going north it leaves to the west: north of where it does so the walker has met it going
 *     north; the line prolonged lies west of the cell there, so the lane runs on to the top;
 *   - going north it comes in from the west: the same upside down, and the opposite constant, so
 *     the lane runs down to the bottom;
 *   - level: it counts from its row on when it crosses the western side, else never.
 * Edges that pass the cell without counting at any of its points keep an empty lane, because the
 * free box of a point (index_box.c) is measured from the lanes. */
#include <assert.h>

#include "geo/area.h"
#include "zone/index.h"

__extension__ typedef __int128 wide;

lee_grid_edge lee__edge_between(lee_grid_point a, lee_grid_point b)
{
    const bool swap = a.y > b.y || (a.y == b.y && a.x < b.x);
    return swap ? (lee_grid_edge){b, a} : (lee_grid_edge){a, b};
}

lee_grid_edge lee__edge_at(const uint32_t *words, uint32_t edge)
{
    const uint32_t *const at = words + edge;
    return lee__edge_between((lee_grid_point){at[0], at[1]}, (lee_grid_point){at[2], at[3]});
}

/* Positive east of the line (south of a level one... north: its direction is west), 0 on it. */
static wide line_side(lee_grid_edge e, int64_t x, int64_t y)
{
    const int64_t rise = (int64_t)e.north.y - e.south.y;
    const int64_t run = (int64_t)e.north.x - e.south.x;
    return (wide)(x - e.south.x) * rise - (wide)(y - e.south.y) * run;
}

/* Whether the edge has a place in common with the cell's square, all four sides included: a path
 * (predict_walk.c) may meet an edge between the last of the cell's points and the first of the next
 * cell's. */
static bool passes(lee_grid_edge e, lee_cell cell)
{
    const int64_t west = cell.corner.x;
    const int64_t south = cell.corner.y;
    const int64_t east = west + (INT64_C(1) << cell.size_bits);
    const int64_t north = south + (INT64_C(1) << cell.size_bits);
    const int64_t edge_west = e.south.x < e.north.x ? e.south.x : e.north.x;
    const int64_t edge_east = e.south.x < e.north.x ? e.north.x : e.south.x;
    if (e.north.y < south || e.south.y > north || edge_east < west || edge_west > east) {
        return false;
    }
    if (edge_west >= west && edge_east <= east && e.south.y >= south && e.north.y <= north) {
        return true;
    }
    /* The line separates corners, or not: the two corners farthest along its normal decide. */
    const bool leans_west = e.north.x < e.south.x;
    const wide most = line_side(e, east, leans_west ? north : south);
    const wide least = line_side(e, west, leans_west ? south : north);
    return most >= 0 && least <= 0;
}

/* Of an edge that passes. */
static lee_lane_rows rows_of(lee_grid_edge e, lee_cell cell)
{
    const uint32_t west = cell.corner.x;
    const int64_t south = cell.corner.y;
    const int64_t size = INT64_C(1) << cell.size_bits;
    int64_t first = (int64_t)e.south.y - south;
    int64_t end = (int64_t)e.north.y - south;
    if (e.south.y == e.north.y) {
        end = e.north.x <= west ? size : first;
    } else if (e.north.x <= west) {
        end = size;
    } else if (e.south.x <= west) {
        first = 0;
    }
    first = first < 0 ? 0 : first;
    end = end > size ? size : end;
    return (lee_lane_rows){(uint32_t)first, (uint32_t)end};
}

bool lee__lane_rows(lee_grid_edge e, lee_cell cell, lee_lane_rows *out)
{
    const uint32_t west = cell.corner.x;
    if (e.south.x <= west && e.north.x <= west) {
        return false;
    }
    /* Nothing can be told apart within one point; a level edge on the cell's southern side and one
     * that ends there lie south of all its points, by the hair to the north. */
    if (cell.size_bits == 0 || e.north.y <= cell.corner.y || !passes(e, cell)) {
        return false;
    }
    *out = rows_of(e, cell);
    assert(out->first <= out->end);
    return true;
}

bool lee__lane_counts(lee_grid_edge e, lee_cell cell, lee_grid_point point)
{
    const lee_lane_rows rows = rows_of(e, cell);
    const uint32_t row = point.y - cell.corner.y;
    return row >= rows.first && row < rows.end && line_side(e, point.x, point.y) >= 0;
}

/* The stored form. A point's steps are ((x - corner) >> shift) - half, so |u|, |v| <= 2^15.
 * With |A|, |B| <= 2^14 - 1 rounded to the nearest, the sum is off by at most
 *   2 x 0.5 x 2^15   for the rounding of A and B,
 *   2 x 1 x 2^14     for the point's bits below a step, and below 1 for C:
 * in all less than 2^16 + 2. LEE_LANE_DOUBT is a little above. C is cut to +-2^30, beyond which
 * the sign is the same everywhere in the cell, so the sum never overflows. */
lee_lane lee__lane_pack(lee_grid_edge e, lee_cell cell, lee_lane_rows rows)
{
    const uint32_t shift = cell.size_bits > 16 ? cell.size_bits - 16 : 0;
    const int32_t half = 1 << ((cell.size_bits > 16 ? 16 : cell.size_bits) - 1);
    const double rise = (double)e.north.y - (double)e.south.y;
    const double run = (double)e.north.x - (double)e.south.x;
    const double reach = run < 0 ? -run : run;
    const double widest = rise > reach ? rise : reach;
    const double scale = widest > 0 ? LEE_LANE_SCALE / widest : 0;
    const double a = rise * scale;
    const double b = -run * scale;
    const double middle = (double)line_side(e, (int64_t)cell.corner.x + ((int64_t)half << shift),
                                            (int64_t)cell.corner.y + ((int64_t)half << shift));
    double c = middle * scale / (double)(INT64_C(1) << shift);
    const double limit = 1073741824.0;
    c = c > limit ? limit : c < -limit ? -limit : c;
    const int32_t whole_a = (int32_t)(a + 0.5);
    const int32_t whole_b = (int32_t)(b + (b < 0 ? -0.5 : 0.5));
    const int32_t whole_c = (int32_t)(c + (c < 0 ? -0.5 : 0.5));
    int32_t first = INT16_MAX;
    int32_t last = INT16_MIN;
    if (rows.first < rows.end) {
        first = (int32_t)(rows.first >> shift) - half;
        last = (int32_t)((rows.end - 1) >> shift) - half;
    }
    return (lee_lane){(uint32_t)whole_a | (uint32_t)whole_b << 16, (uint32_t)whole_c,
                      ((uint32_t)first & 0xffffu) | (uint32_t)last << 16};
}
