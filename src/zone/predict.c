/* Passages: what paths cross, made into stretches in volumes. */
#include <assert.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "leeward/zone_predict.h"
#include "zone/index_batch.h"
#include "zone/predict_passage.h"
#include "zone/set.h"

/* Passages of some legs, beside those that one may have in a zone each. */
#define LEG_ROOM 1024u

lee_error lee_zone_predictor_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                    lee_zone_predictor **out)
{
    assert(set && out);
    assert(volumes || lee_zone_set_list(set)->count == 0);
    const size_t zones = (size_t)lee_zone_set_list(set)->count + 1;
    lee_zone_predictor *const p = lee_alloc(1, sizeof *p);
    if (!p) {
        return LEE_ERR_NO_MEMORY;
    }
    p->set = set;
    p->volumes = volumes;
    p->walk.index = lee__zone_set_index(set);
    p->starts = lee_alloc(zones, sizeof *p->starts);
    p->others = lee_alloc(zones, sizeof *p->others);
    p->leg_capacity = zones + LEG_ROOM;
    p->legs = lee_alloc(p->leg_capacity, sizeof *p->legs);
    p->sum = lee_alloc(zones, sizeof *p->sum);
    p->places = lee_alloc(zones, sizeof *p->places);
    if (!p->starts || !p->others || !p->legs || !p->sum || !p->places) {
        lee_zone_predictor_free(p);
        return LEE_ERR_NO_MEMORY;
    }
    *out = p;
    return LEE_OK;
}

void lee_zone_predictor_free(lee_zone_predictor *p)
{
    if (p) {
        lee_free(p->starts);
        lee_free(p->others);
        lee_free(p->turns);
        lee_free(p->stretches);
        lee_free(p->legs);
        lee_free(p->sum);
        lee_free(p->places);
        lee_free(p->walk.crossings);
        lee_free(p);
    }
}

/* --- stretches in a volume --------------------------------------------------------------------
 */

static const lee_crossing path_start = {.at = {0, 1}, .rough = 0.0};
static const lee_crossing path_end = {.at = {1, 1}, .rough = 1.0};

static lee_crossing time_at(int64_t offset, int64_t span)
{
    return (lee_crossing){.at = {offset, span}, .rough = (double)offset / (double)span};
}

/* Where the altitude is within the band, of a path whose altitude matters and is known. False:
 * nowhere. */
static bool meet_band(const lee_zone_volume *v, const lee_zone_path *p, lee_crossing *from,
                      lee_crossing *to)
{
    const int64_t a = p->from_ft;
    const int64_t b = p->to_ft;
    *from = path_start;
    *to = path_end;
    if ((a < v->lower_ft && b < v->lower_ft) || (a >= v->upper_ft && b >= v->upper_ft)) {
        return false;
    }
    /* Going up it comes in at the floor and goes out at the ceiling; going down the other way. */
    if (a < v->lower_ft) {
        *from = time_at(v->lower_ft - a, b - a);
    } else if (b < v->lower_ft) {
        *to = time_at(a - v->lower_ft, a - b);
    }
    if (a >= v->upper_ft) {
        *from = time_at(a - v->upper_ft, a - b);
    } else if (b >= v->upper_ft) {
        *to = time_at(v->upper_ft - a, b - a);
    }
    return true;
}

static bool has_limit(const lee_zone_volume *v)
{
    return v->lower_ft != INT32_MIN || v->upper_ft != INT32_MAX;
}

/* The first interval that ends after t_us. */
static uint32_t interval_after(const lee_schedule *schedule, int64_t t_us)
{
    uint32_t low = 0;
    uint32_t high = schedule->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (schedule->intervals[middle].to_us <= t_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Narrows a stretch to the first part of it while the zone is active. False: none. */
static bool meet_schedule(const lee_schedule *schedule, const lee_zone_path *p, lee_crossing *from,
                          lee_crossing *to)
{
    if (schedule->always) {
        return true;
    }
    const int64_t span = p->to_us - p->from_us;
    const int64_t begins_us = p->from_us + (span > 0 ? lee_cross_scale(from->at, span) : 0);
    for (uint32_t i = interval_after(schedule, begins_us); i < schedule->count; i++) {
        const lee_interval *const active = &schedule->intervals[i];
        if (span == 0) {
            return active->from_us <= p->from_us;
        }
        if (active->from_us >= p->to_us) {
            return false;
        }
        lee_crossing low = *from;
        lee_crossing high = *to;
        if (active->from_us > p->from_us) {
            const lee_crossing edge = time_at(active->from_us - p->from_us, span);
            low = lee__crossing_compare(&edge, &low) > 0 ? edge : low;
        }
        if (active->to_us < p->to_us) {
            const lee_crossing edge = time_at(active->to_us - p->from_us, span);
            high = lee__crossing_compare(&edge, &high) < 0 ? edge : high;
        }
        if (lee__crossing_compare(&low, &high) < 0) {
            *from = low;
            *to = high;
            return true;
        }
    }
    return false;
}

static void put_passage(const lee_zone_path *p, const lee_crossing *from, const lee_crossing *to,
                        lee_zone_passage *out)
{
    const int64_t span = p->to_us - p->from_us;
    out->starts = from->at.num == 0;
    out->ends = to->at.num == to->at.den;
    out->enter_us = out->starts ? p->from_us : p->from_us + lee_cross_scale(from->at, span);
    out->leave_us = out->ends ? p->to_us : p->from_us + lee_cross_scale(to->at, span);
}

/* The first of the stretches between each two of the turns that is in the volume. */
static bool first_passage(const lee_zone_predictor *predictor, const lee_zone_path *p,
                          uint32_t zone, const lee_crossing *turns, size_t count,
                          lee_zone_passage *out)
{
    const lee_zone_volume *const v = &predictor->volumes[zone];
    lee_crossing low = path_start;
    lee_crossing high = path_end;
    const bool limited = has_limit(v);
    if (limited && p->has_alt && !meet_band(v, p, &low, &high)) {
        return false;
    }
    for (size_t i = 0; i + 1 < count; i += 2) {
        lee_crossing from = turns[i];
        lee_crossing to = turns[i + 1];
        if (limited) {
            if (low.at.num > 0 && lee__crossing_compare(&from, &low) < 0) {
                from = low;
            }
            if (high.at.num < high.at.den && lee__crossing_compare(&to, &high) > 0) {
                to = high;
            }
            if (lee__crossing_compare(&from, &to) >= 0) {
                continue;
            }
        }
        if (meet_schedule(&v->schedule, p, &from, &to)) {
            *out = (lee_zone_passage){.zone = zone, .alt_unknown = limited && !p->has_alt};
            put_passage(p, &from, &to, out);
            return true;
        }
    }
    return false;
}

/* --- the turns of one zone --------------------------------------------------------------------
 */

static bool reserve_turns(lee_zone_predictor *p, size_t count)
{
    if (count > p->turn_capacity) {
        const size_t capacity = count * 2 + 64;
        lee_crossing *const grown = lee_realloc(p->turns, capacity, sizeof *grown);
        if (!grown) {
            return false;
        }
        p->turns = grown;
        p->turn_capacity = capacity;
    }
    return true;
}

/* Two turns at one place leave things as they are: stretches of no length go, and stretches that
 * meet become one. */
static size_t put_turn(lee_crossing *turns, size_t count, const lee_crossing *turn)
{
    if (count > 0 && lee__crossing_compare(&turns[count - 1], turn) == 0) {
        return count - 1;
    }
    turns[count] = *turn;
    return count + 1;
}

static size_t put_turns(lee_crossing *turns, bool starts, const lee_crossing *crossings,
                        uint32_t count)
{
    size_t turn_count = 0;
    if (starts) {
        turns[turn_count++] = path_start;
    }
    for (uint32_t i = 0; i < count; i++) {
        turn_count = put_turn(turns, turn_count, &crossings[i]);
    }
    return turn_count % 2 == 1 ? put_turn(turns, turn_count, &path_end) : turn_count;
}

/* --- passages of one path ---------------------------------------------------------------------
 */

static void put(lee_passages *found, const lee_zone_passage *passage)
{
    if (found->count < found->capacity) {
        found->out[found->count] = *passage;
    }
    found->count++;
}

static bool is_before(const lee_zone_passage *a, const lee_zone_passage *b)
{
    return a->enter_us != b->enter_us ? a->enter_us < b->enter_us : a->zone < b->zone;
}

void lee__passages_sort(lee_zone_passage *out, size_t count)
{
    size_t gap = 1;
    while (gap < count / 3) {
        gap = gap * 3 + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (size_t i = gap; i < count; i++) {
            const lee_zone_passage moved = out[i];
            size_t at = i;
            for (; at >= gap && is_before(&moved, &out[at - gap]); at -= gap) {
                out[at] = out[at - gap];
            }
            out[at] = moved;
        }
    }
}

bool lee__leads_over_antimeridian(lee_point a, lee_point b)
{
    const int64_t span = (int64_t)b.lon_e7 - a.lon_e7;
    return span > LEE_LON_MAX_E7 || span < -LEE_LON_MAX_E7;
}

bool lee__passages_put(lee_zone_predictor *p, const lee_zone_path *path, const uint32_t *starts,
                       size_t start_count, const lee_crossing *crossings, uint32_t count,
                       lee_passages *found)
{
    static const lee_crossing whole[2] = {{.at = {0, 1}, .rough = 0.0},
                                          {.at = {1, 1}, .rough = 1.0}};
    uint32_t at = 0;
    size_t s = 0;
    while (at < count || s < start_count) {
        uint32_t zone = at < count ? crossings[at].zone : UINT32_MAX;
        const bool inside = s < start_count && starts[s] <= zone;
        if (inside) {
            zone = starts[s++];
        }
        const uint32_t first = at;
        while (at < count && crossings[at].zone == zone) {
            at++;
        }
        lee_zone_passage passage;
        if (at == first) {
            if (first_passage(p, path, zone, whole, 2, &passage)) {
                put(found, &passage);
            }
            continue;
        }
        if (!reserve_turns(p, (size_t)at - first + 2)) {
            return false;
        }
        const size_t turns = put_turns(p->turns, inside, crossings + first, at - first);
        if (first_passage(p, path, zone, p->turns, turns, &passage)) {
            put(found, &passage);
        }
    }
    return true;
}

size_t lee__predictor_starts(lee_zone_predictor *p, lee_grid_point point, const uint32_t **out)
{
    const lee_zone_index *const index = p->walk.index;
    *out = p->starts;
    const lee_found_cell cell = lee__index_find(index, point);
    return lee__found_zones(index, &cell, point, p->starts, UINT32_MAX);
}

/* From the zones under its start and its crossings. */
static bool pass_walked(lee_zone_predictor *p, const lee_zone_path *path,
                        const lee_walked_path *walked, lee_passages *found)
{
    const uint32_t *starts;
    const lee_grid_point start = {(uint32_t)walked->line.x, (uint32_t)walked->line.y};
    const size_t start_count = lee__predictor_starts(p, start, &starts);
    const uint32_t count = walked->end - walked->first;
    const lee_crossing *const crossings =
        count > 0 ? p->walk.crossings + walked->first : p->walk.crossings;
    return lee__passages_put(p, path, starts, start_count, crossings, count, found);
}

/* The zones whose boxes a path over the antimeridian may meet, ascending, in `starts`. */
static size_t zones_beyond(lee_zone_predictor *p, lee_point a, lee_point b)
{
    const size_t capacity = lee_zone_set_list(p->set)->count;
    const int32_t south = a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7;
    const int32_t north = a.lat_e7 < b.lat_e7 ? b.lat_e7 : a.lat_e7;
    const int32_t west = a.lon_e7 > b.lon_e7 ? a.lon_e7 : b.lon_e7;
    const int32_t east = a.lon_e7 > b.lon_e7 ? b.lon_e7 : a.lon_e7;
    const size_t near = lee_zone_set_in_box(
        p->set, (lee_box){{south, west}, {north, LEE_LON_MAX_E7}}, p->others, capacity);
    const size_t far = lee_zone_set_in_box(
        p->set, (lee_box){{south, -LEE_LON_MAX_E7}, {north, east}}, p->starts, capacity);
    /* Merged from the back, so that one of the two may be the room for both. */
    size_t i = near;
    size_t k = far;
    size_t both = 0;
    for (size_t n = 0, m = 0; n < near && m < far;) {
        both += p->others[n] == p->starts[m];
        const bool first = p->others[n] <= p->starts[m];
        const bool second = p->starts[m] <= p->others[n];
        n += first;
        m += second;
    }
    const size_t count = near + far - both;
    for (size_t to = count; to-- > 0;) {
        const bool take_near = i > 0 && (k == 0 || p->others[i - 1] >= p->starts[k - 1]);
        if (take_near) {
            k -= k > 0 && p->starts[k - 1] == p->others[i - 1];
            p->starts[to] = p->others[--i];
        } else {
            p->starts[to] = p->starts[--k];
        }
    }
    return count;
}

/* Over the antimeridian: each zone whose box it may meet by all its vertices. */
static bool pass_beyond(lee_zone_predictor *p, const lee_zone_path *path, lee_point a, lee_point b,
                        lee_passages *found)
{
    const size_t zone_count = zones_beyond(p, a, b);
    for (size_t z = 0; z < zone_count; z++) {
        const lee_area *const area = &lee_zone_set_list(p->set)->zones[p->starts[z]].area;
        size_t count = lee_area_path(area, a, b, p->stretches, p->stretch_capacity);
        if (count > p->stretch_capacity) {
            lee_path_stretch *const grown = lee_realloc(p->stretches, count, sizeof *grown);
            if (!grown) {
                return false;
            }
            p->stretches = grown;
            p->stretch_capacity = count;
            count = lee_area_path(area, a, b, p->stretches, p->stretch_capacity);
        }
        if (!reserve_turns(p, 2 * count)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            const lee_path_stretch s = p->stretches[i];
            p->turns[2 * i] = (lee_crossing){.at = s.from, .rough = lee_ratio_double(s.from)};
            p->turns[2 * i + 1] = (lee_crossing){.at = s.to, .rough = lee_ratio_double(s.to)};
        }
        lee_zone_passage passage;
        if (first_passage(p, path, p->starts[z], p->turns, 2 * count, &passage)) {
            put(found, &passage);
        }
    }
    return true;
}

/* --- many paths -------------------------------------------------------------------------------
 */

lee_error lee_zone_predictor_paths(lee_zone_predictor *p, const lee_zone_path *paths, size_t count,
                                   lee_zone_passage *out, size_t capacity, uint32_t *ends,
                                   size_t *done)
{
    assert(p && done);
    assert((paths && ends) || count == 0);
    assert(out || capacity == 0);
    size_t used = 0;
    *done = 0;
    while (*done < count) {
        const size_t left = count - *done;
        const uint32_t size = left < LEE_WALK_BATCH ? (uint32_t)left : LEE_WALK_BATCH;
        bool beyond[LEE_WALK_BATCH];
        for (uint32_t i = 0; i < size; i++) {
            const lee_zone_path *const path = &paths[*done + i];
            assert(path->from_us <= path->to_us);
            const lee_point from = lee_point_canonical(path->from);
            const lee_point to = lee_point_canonical(path->to);
            beyond[i] = lee__leads_over_antimeridian(from, to);
            p->walk.paths[i] = lee__walked_path(from, beyond[i] ? from : to);
        }
        if (!lee__walk_paths(&p->walk, size)) {
            return LEE_ERR_NO_MEMORY;
        }
        for (uint32_t i = 0; i < p->walk.count; i++) {
            __builtin_prefetch(&p->volumes[p->walk.crossings[i].zone]);
        }
        for (uint32_t i = 0; i < size; i++) {
            const lee_zone_path *const path = &paths[*done];
            lee_passages found = {out + used, capacity - used, 0};
            const bool ok = beyond[i] ? pass_beyond(p, path, lee_point_canonical(path->from),
                                                    lee_point_canonical(path->to), &found)
                                      : pass_walked(p, path, &p->walk.paths[i], &found);
            if (!ok) {
                return LEE_ERR_NO_MEMORY;
            }
            if (found.count > found.capacity || used + found.count > UINT32_MAX) {
                return LEE_OK;
            }
            lee__passages_sort(found.out, found.count);
            used += found.count;
            ends[(*done)++] = (uint32_t)used;
        }
    }
    return LEE_OK;
}

/* --- legs -------------------------------------------------------------------------------------
 */

/* Joins a leg's passages to those of the legs before: what was inside at the join goes on, what was
 * met before stays as it was. */
static void join_leg(lee_zone_predictor *p, const lee_zone_path *leg, bool is_first,
                     const lee_zone_passage *found, size_t count, size_t *sum)
{
    for (size_t k = 0; k < count; k++) {
        const lee_zone_passage *const next = &found[k];
        uint32_t *const place = &p->places[next->zone];
        if (*place == 0) {
            p->sum[*sum] = *next;
            p->sum[(*sum)++].starts &= is_first;
            *place = (uint32_t)*sum;
            continue;
        }
        lee_zone_passage *const before = &p->sum[*place - 1];
        if (before->ends && next->starts) {
            before->leave_us = next->leave_us;
            before->ends = next->ends;
            before->alt_unknown |= next->alt_unknown;
        }
    }
    for (size_t i = 0; i < *sum; i++) {
        p->sum[i].ends &= p->sum[i].leave_us == leg->to_us;
    }
}

lee_error lee_zone_predictor_legs(lee_zone_predictor *p, const lee_zone_path *legs,
                                  size_t leg_count, lee_zone_passage *out, size_t capacity,
                                  size_t *count)
{
    assert(p && count);
    assert(legs || leg_count == 0);
    assert(out || capacity == 0);
    lee_error error = LEE_OK;
    size_t sum = 0;
    /* Where a crowd of passages leaves no room for all legs, fewer are asked at once from there on:
     * what does not fit is walked in vain. */
    size_t most = LEE_WALK_BATCH;
    for (size_t k = 0; k < leg_count && !error;) {
        uint32_t ends[LEE_WALK_BATCH];
        size_t done;
        const size_t ask = leg_count - k < most ? leg_count - k : most;
        error = lee_zone_predictor_paths(p, &legs[k], ask, p->legs, p->leg_capacity, ends, &done);
        for (size_t i = 0; i < done && !error; i++) {
            const uint32_t first = i > 0 ? ends[i - 1] : 0;
            assert(leg_count == 1 || legs[k].from_us < legs[k].to_us);
            join_leg(p, &legs[k], k == 0, p->legs + first, ends[i] - first, &sum);
            k++;
        }
        most = done < ask ? done : most;
    }
    for (size_t i = 0; i < sum; i++) {
        p->places[p->sum[i].zone] = 0;
        if (i < capacity) {
            out[i] = p->sum[i];
        }
    }
    if (!error) {
        *count = sum;
    }
    return error;
}
