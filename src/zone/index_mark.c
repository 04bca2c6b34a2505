#include "zone/index_mark.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

__extension__ typedef __int128 wide;

/* --- points ----------------------------------------------------------------------------------- */

static bool same(lee_grid_point a, lee_grid_point b)
{
    return a.x == b.x && a.y == b.y;
}

static lee_grid_point plain(lee_point p)
{
    assert(p.lat_e7 >= -LEE_LAT_MAX_E7 && p.lat_e7 <= LEE_LAT_MAX_E7);
    assert(p.lon_e7 >= -LEE_LON_MAX_E7 && p.lon_e7 <= LEE_LON_MAX_E7);
    return (lee_grid_point){(uint32_t)(p.lon_e7 + (int64_t)LEE_LON_MAX_E7),
                            (uint32_t)(p.lat_e7 + LEE_LAT_MAX_E7)};
}

static uint64_t area_points(const lee_area *area)
{
    uint64_t count = 0;
    for (uint32_t r = 0; r < area->count; r++) {
        count += (uint64_t)area->rings[r].count + 1;
    }
    return count;
}

/* Without repeated points; a ring of fewer than three is left out. */
static void copy_ring(lee_index_marks *m, lee_ring ring)
{
    const uint32_t start = m->point_count;
    for (uint32_t i = 0; i < ring.count; i++) {
        const lee_grid_point p = plain(ring.points[i]);
        if (i == 0 || !same(p, m->points[m->point_count - 1])) {
            m->points[m->point_count++] = p;
        }
    }
    while (m->point_count > start + 1 && same(m->points[m->point_count - 1], m->points[start])) {
        m->point_count--;
    }
    if (m->point_count - start < 3) {
        m->point_count = start;
        return;
    }
    m->points[m->point_count] = m->points[start];
    m->ring_ends[m->point_count / 32] |= 1u << (m->point_count % 32);
    m->point_count++;
}

bool lee__marks_copy(lee_index_marks *m, const struct lee_index_areas *areas)
{
    uint64_t most = 1;
    for (uint32_t z = 0; z < areas->count; z++) {
        most += area_points(areas->area(areas->context, z));
    }
    if (most > UINT32_MAX) {
        return false;
    }
    m->points = lee_alloc((size_t)most, sizeof(lee_grid_point));
    m->edge_places = lee_alloc((size_t)most, sizeof(uint32_t));
    m->zone_points = lee_alloc(areas->count + (size_t)1, sizeof(uint32_t));
    m->ring_ends = lee_alloc((size_t)(most / 32 + 1), sizeof(uint32_t));
    if (!m->points || !m->edge_places || !m->zone_points || !m->ring_ends) {
        return false;
    }
    for (uint32_t z = 0; z < areas->count; z++) {
        const lee_area *area = areas->area(areas->context, z);
        m->zone_points[z] = m->point_count;
        for (uint32_t r = 0; r < area->count; r++) {
            copy_ring(m, area->rings[r]);
        }
    }
    m->zone_points[areas->count] = m->point_count;
    return true;
}

/* --- passes and turns ------------------------------------------------------------------------- */

/* The longitude of the edge at a latitude, in doubles: to within one unit. */
static double longitude_at(lee_grid_edge e, double y)
{
    const double rise = (double)e.north.y - (double)e.south.y;
    const double run = (double)e.north.x - (double)e.south.x;
    return (double)e.south.x + (y - (double)e.south.y) * (run / rise);
}

/* Columns that the edge may pass in a row; a unit too many on either side does no harm, because
 * making the cell looks exactly. */
static void columns_in_row(const lee_index_marks *m, lee_grid_edge e, uint32_t row, uint32_t *first,
                           uint32_t *last)
{
    double a = (double)e.south.x;
    double b = (double)e.north.x;
    const uint32_t bits = m->size_bits;
    if (e.south.y >> bits != e.north.y >> bits) {
        const double low = (double)((uint64_t)row << bits);
        const double high = low + (double)(1u << bits);
        a = (double)e.south.y > low ? a : longitude_at(e, low);
        b = (double)e.north.y < high ? b : longitude_at(e, high);
    }
    const double west = (a < b ? a : b) - 1.0;
    const double east = (a < b ? b : a) + 1.0;
    const uint32_t edge_west = e.south.x < e.north.x ? e.south.x : e.north.x;
    const uint32_t edge_east = e.south.x < e.north.x ? e.north.x : e.south.x;
    const uint32_t from = west > (double)edge_west ? (uint32_t)west : edge_west - (edge_west > 0);
    const uint32_t to = east < (double)edge_east ? (uint32_t)east : edge_east;
    *first = (from >> bits) - m->column0;
    *last = (to >> bits) - m->column0;
}

/* Counts (passes NULL) or writes the passes of one edge. */
static void mark_edge(lee_index_marks *m, uint32_t zone, uint32_t edge, lee_grid_edge e)
{
    const uint32_t last_row = e.north.y >> m->size_bits;
    const uint32_t first_row = (e.south.y - (e.south.y > 0)) >> m->size_bits;
    for (uint32_t row = first_row; row <= last_row; row++) {
        uint32_t first, last;
        columns_in_row(m, e, row, &first, &last);
        uint32_t *ends = m->cell_ends + (size_t)(row - m->row0) * m->columns;
        for (uint32_t column = first; column <= last; column++) {
            if (m->passes) {
                m->passes[ends[column]] = (lee_edge_pass){zone, edge};
            }
            ends[column]++;
        }
    }
}

/* Counts (turns NULL) or writes the turns of one edge. */
static void mark_turns(lee_index_marks *m, uint32_t zone, lee_grid_edge e)
{
    const uint32_t bits = m->size_bits;
    const uint64_t size = UINT64_C(1) << bits;
    const int64_t rise = (int64_t)e.north.y - e.south.y;
    const int64_t run = (int64_t)e.north.x - e.south.x;
    for (uint64_t y = (e.south.y + size - 1) >> bits << bits; y < e.north.y; y += size) {
        const uint32_t row = (uint32_t)(y >> bits) - m->row0;
        if (!m->turns) {
            m->row_ends[row]++;
            continue;
        }
        const wide along = (wide)((int64_t)y - e.south.y) * run;
        /* Rounded up: the first longitude at or east of the crossing. */
        const int64_t step = (int64_t)(along >= 0 ? (along + rise - 1) / rise : along / rise);
        const uint64_t x = (uint64_t)((int64_t)e.south.x + step);
        const uint64_t column = ((x + size - 1) >> bits) - m->column0;
        m->turns[m->row_ends[row]++] = column << 32 | zone;
    }
}

static void mark_all(lee_index_marks *m, uint32_t zone_count)
{
    for (uint32_t z = 0; z < zone_count; z++) {
        for (uint32_t i = m->zone_points[z]; i < m->zone_points[z + 1]; i++) {
            if (!lee__is_ring_end(m, i)) {
                const lee_grid_edge e = lee__edge_between(m->points[i], m->points[i + 1]);
                mark_edge(m, z, i, e);
                mark_turns(m, z, e);
            }
        }
    }
}

/* Turns counts into starts; writing then makes them ends. */
static uint64_t to_starts(uint32_t *counts, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t own = counts[i];
        counts[i] = (uint32_t)sum;
        sum += own;
    }
    return sum;
}

static int compare_turns(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

bool lee__marks_gather(lee_index_marks *m, uint32_t zone_count)
{
    const size_t cell_count = (size_t)m->columns * m->rows;
    m->cell_ends = lee_alloc(cell_count, sizeof(uint32_t));
    m->row_ends = lee_alloc(m->rows, sizeof(uint32_t));
    if (!m->cell_ends || !m->row_ends) {
        return false;
    }
    mark_all(m, zone_count);
    const uint64_t pass_count = to_starts(m->cell_ends, cell_count);
    const uint64_t turn_count = to_starts(m->row_ends, m->rows);
    if (pass_count > UINT32_MAX || turn_count > UINT32_MAX) {
        return false;
    }
    m->passes = lee_alloc((size_t)pass_count, sizeof(lee_edge_pass));
    m->turns = lee_alloc((size_t)turn_count, sizeof(uint64_t));
    if (!m->passes || !m->turns) {
        return false;
    }
    mark_all(m, zone_count);
    for (uint32_t row = 0; row < m->rows; row++) {
        uint32_t end;
        const uint32_t start = lee__marks_row(m, row, &end);
        if (end - start > 1) {
            qsort(m->turns + start, end - start, sizeof(*m->turns), compare_turns);
        }
    }
    return true;
}

/* --- the edges of a tile ---------------------------------------------------------------------- */

static int compare_edges(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Every edge once. Its place is, until all are known, its number among them: what another tile left
 * there is not believed. */
static bool collect_edges(lee_index_marks *m, const lee_edge_pass *passes, uint32_t count)
{
    lee_words *edges = &m->tile_edges;
    if (!lee__words_reserve(edges, count)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t edge = passes[i].edge;
        const uint32_t place = m->edge_places[edge];
        if (place >= edges->count || edges->words[place] != edge) {
            m->edge_places[edge] = edges->count;
            edges->words[edges->count++] = edge;
        }
    }
    return true;
}

bool lee__marks_place_edges(lee_index_marks *m, uint32_t column, uint32_t row, lee_words *words,
                            uint32_t *pass_count)
{
    lee_words *edges = &m->tile_edges;
    edges->count = 0;
    *pass_count = 0;
    for (uint32_t r = row; r < row + LEE_TILE_SIDE; r++) {
        const lee_edge_pass *passes, *last;
        const uint32_t last_count = lee__marks_cell(m, column + LEE_TILE_SIDE - 1, r, &last);
        (void)lee__marks_cell(m, column, r, &passes);
        const uint32_t count = (uint32_t)(last - passes) + last_count;
        *pass_count += count;
        if (!collect_edges(m, passes, count)) {
            return false;
        }
    }
    if (edges->count == 0) {
        return true;
    }
    qsort(edges->words, edges->count, sizeof(uint32_t), compare_edges);
    if (!lee__words_reserve(words, 4 * edges->count)) {
        return false;
    }
    for (uint32_t i = 0; i < edges->count; i++) {
        const uint32_t edge = edges->words[i];
        /* An edge begins where the one before it in its ring ended. */
        if (i == 0 || edges->words[i - 1] != edge - 1) {
            words->words[words->count++] = m->points[edge].x;
            words->words[words->count++] = m->points[edge].y;
        }
        m->edge_places[edge] = words->count - 2;
        words->words[words->count++] = m->points[edge + 1].x;
        words->words[words->count++] = m->points[edge + 1].y;
    }
    return true;
}

void lee__marks_free(lee_index_marks *marks)
{
    lee_free(marks->points);
    lee_free(marks->edge_places);
    lee_free(marks->tile_edges.words);
    lee_free(marks->zone_points);
    lee_free(marks->ring_ends);
    lee_free(marks->cell_ends);
    lee_free(marks->passes);
    lee_free(marks->row_ends);
    lee_free(marks->turns);
}
