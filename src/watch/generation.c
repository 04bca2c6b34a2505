/* One generation of zones, with limits, boxes and schedules worked out once. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "geo/geoid.h"
#include "zone/schedule.h"
#include "zone/watch_fields.h"

/* Wider than any altitude that a report may carry. */
#define SEARCH_FT (1 << 24)

/* Zones are left out for their altitudes only where these are farther than the margin and this: the
 * rate that is said is not the one that is flown. */
#define BAND_SLACK_FT 1000

/* More stretches of one straight line in one area than this are taken as one long stretch. */
#define STRETCHES_MAX 65536u

/* Whether an altitude has reached a limit: see threshold. */
typedef bool reached(const lee_alt_limit *limit, const lee_band_altitude *altitude,
                     const lee_band_conditions *conditions);

static lee_band_side side_of(const lee_alt_limit *lower, const lee_alt_limit *upper,
                             const lee_band_altitude *altitude,
                             const lee_band_conditions *conditions)
{
    lee_band_answer answer;
    lee_band_locate(lower, upper, altitude, conditions, 0, &answer);
    return answer.side;
}

static bool not_below(const lee_alt_limit *limit, const lee_band_altitude *altitude,
                      const lee_band_conditions *conditions)
{
    static const lee_alt_limit unlimited = {.kind = LEE_LIMIT_UNL};
    return side_of(limit, &unlimited, altitude, conditions) != LEE_BAND_BELOW;
}

static bool above(const lee_alt_limit *limit, const lee_band_altitude *altitude,
                  const lee_band_conditions *conditions)
{
    static const lee_alt_limit surface = {.kind = LEE_LIMIT_SFC};
    return side_of(&surface, limit, altitude, conditions) == LEE_BAND_ABOVE;
}

static bool is_reached(reached *test, const lee_alt_limit *limit, bool hae, int32_t ft,
                       const lee_band_conditions *conditions)
{
    const lee_band_altitude altitude = {
        .has_baro = !hae, .has_hae = hae, .alt_baro_ft = ft, .alt_hae_ft = ft};
    return test(limit, &altitude, conditions);
}

/* The lowest reported altitude that reaches the limit, by halving: so the paths between reports are
 * judged by the very comparisons that judge the reports, conversions and rounding included. */
static int32_t threshold(reached *test, const lee_alt_limit *limit, bool hae,
                         const lee_band_conditions *conditions)
{
    if (limit->kind != LEE_LIMIT_VALUE && !is_reached(test, limit, hae, SEARCH_FT, conditions)) {
        return INT32_MAX;
    }
    int32_t low = -SEARCH_FT;
    int32_t high = SEARCH_FT;
    if (is_reached(test, limit, hae, low, conditions)) {
        return INT32_MIN;
    }
    if (!is_reached(test, limit, hae, high, conditions)) {
        return INT32_MAX;
    }
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        if (is_reached(test, limit, hae, middle, conditions)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

/* One height of the geoid serves a zone: it changes by 1 m in 10 km at the most. */
static lee_band_conditions conditions_of(const lee_watch *watch, lee_box box)
{
    const lee_watch_options *const options = &watch->options;
    lee_band_conditions conditions;
    lee_band_conditions_default(&conditions);
    conditions.qnh_hpa_e1 = options->qnh_hpa_e1;
    if (options->has_geoid) {
        conditions.geoid_m = options->geoid_m;
        conditions.geoid_error_m = options->geoid_error_m;
    } else if (box.min.lat_e7 <= box.max.lat_e7 && box.min.lon_e7 <= box.max.lon_e7) {
        const lee_geoid geoid = lee_geoid_in(box);
        conditions.geoid_m = geoid.height_m;
        conditions.geoid_error_m = geoid.error_m;
    }
    /* Bounds of the ground under the whole zone, if all of it is known. */
    conditions.has_terrain = options->terrain && box.min.lat_e7 <= box.max.lat_e7 &&
                             box.min.lon_e7 <= box.max.lon_e7 &&
                             lee_terrain_range_ft(options->terrain, box, &conditions.terrain_min_ft,
                                                  &conditions.terrain_max_ft);
    return conditions;
}

static bool is_above_ground(const lee_alt_limit *limit)
{
    return limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_AGL;
}

/* Of names and values, so that a parameter more gives another digest, and the order is told. */
static uint64_t digest_parameters(const lee_zone *zone)
{
    struct {
        const char *key;
        int32_t value;
        bool is_told;
    } const all[] = {{"entry", (int32_t)zone->entry, true},
#define PARAMETER(member, min, max) {#member, zone->watch.member, true},
                     LEE_ZONE_WATCH_FIELDS(PARAMETER)
#undef PARAMETER
#define PARAMETER(member, min, max) {#member, zone->watch.member, zone->watch.member != 0},
                         LEE_ZONE_WATCH_FIELDS_LATER(PARAMETER)
#undef PARAMETER
    };
    uint64_t digest = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].is_told) {
            continue;
        }
        const uint64_t parts[] = {digest, lee_hash(all[i].key, strlen(all[i].key)),
                                  (uint64_t)all[i].value};
        uint8_t bytes[sizeof parts];
        for (size_t k = 0; k < sizeof bytes; k++) {
            bytes[k] = (uint8_t)(parts[k / 8] >> (k % 8 * 8));
        }
        digest = lee_hash(bytes, sizeof bytes);
    }
    return digest;
}

/* From where on pressure altitudes are far from the zone. None are where one does not decide alone,
 * and beyond a limit that is none. */
static lee_limits beyond_of(const lee_zone_facts *facts, const lee_zone_watch *asked)
{
    /* What is not known of its height grows as far as it is looked ahead: whole minutes and one. */
    const int64_t grown_ft = asked->vertical_error_ft +
                             asked->vertical_growth_ft * ((int64_t)asked->look_ahead_s / 60 + 1);
    const int64_t slack_ft = asked->vertical_margin_ft + grown_ft + BAND_SLACK_FT;
    const int64_t lower_ft = facts->baro.lower_ft - slack_ft;
    const int64_t upper_ft = facts->baro.upper_ft + slack_ft;
    return (lee_limits){
        .lower_ft = facts->by_baro && lower_ft > INT32_MIN ? (int32_t)lower_ft : INT32_MIN,
        .upper_ft = facts->by_baro && upper_ft < INT32_MAX ? (int32_t)upper_ft : INT32_MAX,
    };
}

static void find_facts(const lee_watch *watch, const lee_zone *zone, lee_zone_facts *out)
{
    out->box = lee_area_box(&zone->area);
    out->near_box = out->box;
    out->near_beyond = (lee_box){{1, 1}, {0, 0}};
    if (zone->watch.lateral_margin_m > 0 && out->box.min.lat_e7 <= out->box.max.lat_e7) {
        out->near_box = lee_box_grow(out->box, zone->watch.lateral_margin_m, &out->near_beyond);
    }
    out->ahead_box = out->box;
    if (lee__grown_most_m(&zone->watch) > 0.0 && out->box.min.lat_e7 <= out->box.max.lat_e7) {
        lee_box beyond;
        out->ahead_box = lee_box_grow(out->box, lee__grown_most_m(&zone->watch), &beyond);
        if (beyond.min.lat_e7 <= beyond.max.lat_e7 && beyond.min.lon_e7 <= beyond.max.lon_e7) {
            out->ahead_box =
                (lee_box){{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7}, {LEE_LAT_MAX_E7, LEE_LON_MAX_E7}};
        }
    }
    out->parameters = digest_parameters(zone);
    out->conditions = conditions_of(watch, out->box);
    out->over_ground =
        watch->options.terrain && (is_above_ground(&zone->lower) || is_above_ground(&zone->upper));
    out->chance_s = lee__hypothesis_horizon_s(&zone->watch, out->over_ground);
    out->by_baro = !lee_band_prefers_hae(&zone->lower, out->over_ground) &&
                   !lee_band_prefers_hae(&zone->upper, out->over_ground);
    for (int hae = 0; hae < 2; hae++) {
        *(hae ? &out->hae : &out->baro) = (lee_limits){
            .lower_ft = threshold(not_below, &zone->lower, hae, &out->conditions),
            .upper_ft = threshold(above, &zone->upper, hae, &out->conditions),
        };
    }
    out->beyond = beyond_of(out, &zone->watch);
}

/* --- schedules: a heap of zones by the instant of their next edge -------------------------------
 */

static bool is_sooner(const lee_generation *g, uint32_t a, uint32_t b)
{
    return g->edge_us[a] != g->edge_us[b] ? g->edge_us[a] < g->edge_us[b] : a < b;
}

static void sift_down(lee_generation *g, uint32_t at)
{
    const uint32_t zone = g->edge_zones[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= g->edge_count) {
            break;
        }
        if (child + 1 < g->edge_count &&
            is_sooner(g, g->edge_zones[child + 1], g->edge_zones[child])) {
            child++;
        }
        if (!is_sooner(g, g->edge_zones[child], zone)) {
            break;
        }
        g->edge_zones[at] = g->edge_zones[child];
        at = child;
    }
    g->edge_zones[at] = zone;
}

static void gather_edges(lee_generation *g, int64_t t_us)
{
    for (uint32_t z = 0; z < g->list->count; z++) {
        if (lee_schedule_next_edge(&g->list->zones[z].schedule, t_us, &g->edge_us[z])) {
            g->edge_zones[g->edge_count++] = z;
        }
    }
    for (uint32_t at = g->edge_count / 2; at-- > 0;) {
        sift_down(g, at);
    }
}

bool lee__generation_next_edge(const lee_generation *generation, int64_t *out)
{
    if (generation->edge_count == 0) {
        return false;
    }
    *out = generation->edge_us[generation->edge_zones[0]];
    return true;
}

void lee__generation_pass_edges(lee_generation *g, int64_t t_us)
{
    while (g->changed_count > 0) {
        g->changed[g->changed_zones[--g->changed_count]] = false;
    }
    while (g->edge_count > 0 && g->edge_us[g->edge_zones[0]] <= t_us) {
        const uint32_t zone = g->edge_zones[0];
        g->changed[zone] = true;
        g->changed_zones[g->changed_count++] = zone;
        if (!lee_schedule_next_edge(&g->list->zones[zone].schedule, t_us, &g->edge_us[zone])) {
            g->edge_zones[0] = g->edge_zones[--g->edge_count];
        }
        if (g->edge_count > 0) {
            sift_down(g, 0);
        }
    }
}

/* --- ids ----------------------------------------------------------------------------------------
 */

static void fill_key(const char *id, char key[LEE_ZONE_ID_MAX_BYTES])
{
    const size_t length = strlen(id);
    memset(key, 0, LEE_ZONE_ID_MAX_BYTES);
    memcpy(key, id, length < LEE_ZONE_ID_MAX_BYTES ? length : LEE_ZONE_ID_MAX_BYTES);
}

uint32_t lee__zone_numbered(const lee_map *numbers, const char *id)
{
    char key[LEE_ZONE_ID_MAX_BYTES];
    fill_key(id, key);
    return lee_map_get(numbers, key);
}

lee_map *lee__zone_numbers(const lee_zone_list *list)
{
    lee_map *const numbers = lee_map_create(list->count + 1, LEE_ZONE_ID_MAX_BYTES);
    for (uint32_t z = 0; numbers && z < list->count; z++) {
        char key[LEE_ZONE_ID_MAX_BYTES];
        fill_key(list->zones[z].id, key);
        if (lee_map_get(numbers, key) == LEE_MAP_NONE) {
            (void)lee_map_put(numbers, key, z);
        }
    }
    return numbers;
}

/* --- making -------------------------------------------------------------------------------------
 */

static int32_t greater(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static size_t vertices_of(const lee_zone *zone)
{
    size_t count = 0;
    for (uint32_t r = 0; r < zone->area.count; r++) {
        count += zone->area.rings[r].count;
    }
    return count;
}

static lee_error make_axes(lee_generation *g)
{
    for (uint32_t z = 0; z < g->list->count; z++) {
        g->axis_count += g->list->zones[z].axis_count > 0;
    }
    g->axes = lee_alloc((size_t)g->axis_count + 1, sizeof *g->axes);
    uint32_t count = 0;
    for (uint32_t z = 0; g->axes && z < g->list->count; z++) {
        if (g->list->zones[z].axis_count > 0) {
            g->axes[count++] = lee__route_axis(g->list, z);
        }
    }
    return g->axes ? LEE_OK : LEE_ERR_NO_MEMORY;
}

static bool take_memory(lee_generation *g, size_t vertices_max)
{
    const size_t zones = (size_t)g->list->count + 1;
    vertices_max = vertices_max > LEE_MOVER_SPANS_MAX ? vertices_max : LEE_MOVER_SPANS_MAX;
    g->stretch_capacity = vertices_max + 2 < STRETCHES_MAX ? vertices_max + 2 : STRETCHES_MAX;
    g->facts = lee_alloc(zones, sizeof *g->facts);
    g->edge_zones = lee_alloc(zones, sizeof *g->edge_zones);
    g->edge_us = lee_alloc(zones, sizeof *g->edge_us);
    g->changed = lee_alloc(zones, sizeof *g->changed);
    g->changed_zones = lee_alloc(zones, sizeof *g->changed_zones);
    g->found = lee_alloc(zones, sizeof *g->found);
    g->beyond = lee_alloc(zones, sizeof *g->beyond);
    g->inside = lee_alloc(zones, sizeof *g->inside);
    g->merged = lee_alloc(zones, sizeof *g->merged);
    g->stretches = lee_alloc(g->stretch_capacity, sizeof *g->stretches);
    return g->facts && g->edge_zones && g->edge_us && g->changed && g->changed_zones && g->found &&
           g->beyond && g->inside && g->merged && g->stretches;
}

lee_error lee__generation_make(const lee_watch *watch, const lee_zone_set *set, uint64_t number,
                               int64_t t_us, lee_generation *out)
{
    static const lee_zone_list none = {NULL, 0};
    lee_generation g = {.set = set, .list = set ? lee_zone_set_list(set) : &none, .number = number};
    size_t vertices_max = 0;
    for (uint32_t z = 0; z < g.list->count; z++) {
        const lee_zone *const zone = &g.list->zones[z];
        const size_t vertices = vertices_of(zone);
        vertices_max = vertices > vertices_max ? vertices : vertices_max;
        g.look_ahead_max_s = greater(g.look_ahead_max_s, zone->watch.look_ahead_s);
        g.margin_max_m = greater(g.margin_max_m, zone->watch.lateral_margin_m);
        const double grown_m = lee__grown_most_m(&zone->watch);
        g.margin_max_m = greater(g.margin_max_m, (int32_t)grown_m + (grown_m > 0.0));
        g.lost_after_max_s = greater(g.lost_after_max_s, zone->watch.lost_after_s);
        const double horizon_s = lee__hypothesis_horizon_s(&zone->watch, false);
        g.chance_horizon_max_s =
            horizon_s > g.chance_horizon_max_s ? horizon_s : g.chance_horizon_max_s;
    }
    if (!take_memory(&g, vertices_max) || lee__ways_make(g.list, &g.ways) ||
        lee__bubbles_make(&g) || lee__exempts_make(&g) || make_axes(&g)) {
        lee__generation_free(&g);
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t z = 0; z < g.list->count; z++) {
        find_facts(watch, &g.list->zones[z], &g.facts[z]);
    }
    gather_edges(&g, t_us);
    *out = g;
    return LEE_OK;
}

void lee__generation_free(lee_generation *g)
{
    lee_free(g->facts);
    lee_free(g->edge_zones);
    lee_free(g->edge_us);
    lee_free(g->changed);
    lee_free(g->changed_zones);
    lee_free(g->found);
    lee_free(g->beyond);
    lee_free(g->inside);
    lee_free(g->merged);
    lee_free(g->stretches);
    lee_free(g->exempt_first);
    lee_free(g->exempt_by);
    lee_free(g->axes);
    lee_free(g->bubbles);
    lee_free(g->line_m);
    lee_free(g->line);
    lee__ways_free(&g->ways);
    *g = (lee_generation){0};
}

/* Which zones changed is of the instant being judged and not remembered. */
void lee__generation_state(lee_state *state, lee_generation *g)
{
    const uint32_t zones = g->list->count;
    lee_state_section(state, "generation");
    lee_state_same(state, &g->number, sizeof g->number);
    lee_state_same(state, &zones, sizeof zones);
    lee_state_count(state, &g->edge_count, zones);
    lee_state_plain(state, g->edge_zones, zones * sizeof *g->edge_zones);
    lee_state_plain(state, g->edge_us, zones * sizeof *g->edge_us);
    lee__bubbles_state(state, g);
}
