#include "leeward/watch.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "watch/state.h"
#include "watch/watch.h"

/* --- making -------------------------------------------------------------------------------------
 */

void lee_watch_options_default(lee_watch_options *out)
{
    assert(out);
    *out = (lee_watch_options){
        .tracks_max = LEE_TRACKS_MAX,
        .incidents_max = 16384,
        .qnh_unknown_ft = LEE_QNH_UNKNOWN_FT,
        .stale_after_s = 15,
        .expire_after_s = 60,
    };
}

#define QNH_UNKNOWN_MAX_FT 10000

static bool options_are_valid(const lee_watch_options *o)
{
    return o->tracks_max > 0 && o->tracks_max <= LEE_TRACKS_MAX && o->incidents_max > 0 &&
           o->incidents_max <= LEE_INCIDENTS_MAX &&
           (o->qnh_hpa_e1 == 0 ||
            (o->qnh_hpa_e1 >= LEE_QNH_MIN_HPA_E1 && o->qnh_hpa_e1 <= LEE_QNH_MAX_HPA_E1)) &&
           o->qnh_unknown_ft >= 0 && o->qnh_unknown_ft <= QNH_UNKNOWN_MAX_FT &&
           o->geoid_m >= -200 && o->geoid_m <= 200 && o->geoid_error_m >= 0 &&
           o->stale_after_s >= 0 && o->expire_after_s >= o->stale_after_s;
}

/* As many pairs that wait for confirmation as there may be incidents. */
static lee_error take_memory(lee_watch *watch)
{
    const lee_watch_options *const o = &watch->options;
    watch->pair_capacity = o->incidents_max * 2;
    watch->visits = lee_alloc(o->tracks_max, sizeof *watch->visits);
    watch->pairs = lee_alloc(watch->pair_capacity, sizeof *watch->pairs);
    watch->timers = lee_alloc(watch->pair_capacity, sizeof *watch->timers);
    watch->shown = lee_alloc(1, sizeof *watch->shown);
    watch->duties = lee_alloc(LEE_DUTIES_MAX + LEE_REMAINERS_MAX, sizeof *watch->duties);
    watch->duties_next = lee_alloc(LEE_DUTIES_MAX + LEE_REMAINERS_MAX, sizeof *watch->duties_next);
    if (!watch->visits || !watch->pairs || !watch->timers || !watch->shown || !watch->duties ||
        !watch->duties_next) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_error error = lee_track_table_create(&watch->track_options, &watch->tracks);
    if (error == LEE_OK) {
        error = lee__air_create(watch);
    }
    if (error != LEE_OK) {
        return error;
    }
    return lee__generation_make(watch, NULL, 0, INT64_MIN, &watch->generation);
}

lee_error lee_watch_create(const lee_watch_options *options, lee_event_sink *sink, void *context,
                           lee_watch **out)
{
    assert(options && sink && out);
    if (!options_are_valid(options)) {
        return LEE_ERR_DOMAIN;
    }
    lee_watch *const watch = lee_alloc(1, sizeof *watch);
    if (!watch) {
        return LEE_ERR_NO_MEMORY;
    }
    watch->options = *options;
    watch->track_options =
        (lee_track_options){.capacity = options->tracks_max,
                            .stale_after_s = options->stale_after_s,
                            .expire_after_s = options->expire_after_s,
                            .hash_key = {options->hash_key[0], options->hash_key[1]}};
    watch->sink = sink;
    watch->sink_context = context;
    watch->free_pair = LEE_WATCH_NONE;
    watch->edge_us = INT64_MIN;
    const lee_error error = take_memory(watch);
    if (error) {
        lee_watch_free(watch);
        return error;
    }
    *out = watch;
    return LEE_OK;
}

void lee_watch_free(lee_watch *watch)
{
    if (watch) {
        lee__generation_free(&watch->generation);
        lee_permit_book_free(watch->permits);
        lee_track_table_free(watch->tracks);
        lee_free(watch->visits);
        lee_free(watch->pairs);
        lee_free(watch->timers);
        lee_free(watch->shown);
        lee_free(watch->duties);
        lee_free(watch->duties_next);
        lee_free(watch->air_cells);
        lee_free(watch);
    }
}

/* --- judging a track ----------------------------------------------------------------------------
 */

/* The zones found and those of the track's pairs, ascending, in generation.merged. */
static size_t merge_pairs(const lee_watch *watch, uint32_t slot, size_t found_count)
{
    const lee_generation *const g = &watch->generation;
    size_t count = 0;
    size_t i = 0;
    uint32_t at = watch->visits[slot].first_pair;
    while (i < found_count || at != LEE_WATCH_NONE) {
        const uint32_t zone = at == LEE_WATCH_NONE ? UINT32_MAX : watch->pairs[at].zone;
        if (i < found_count && g->found[i] <= zone) {
            at = g->found[i] == zone ? watch->pairs[at].next : at;
            g->merged[count++] = g->found[i++];
        } else {
            g->merged[count++] = zone;
            at = watch->pairs[at].next;
        }
    }
    assert(count <= g->list->count);
    return count;
}

/* What the map colours by, and whether the track may be evicted, follow from its pairs. */
static void settle_track(lee_watch *watch, uint32_t slot)
{
    lee_track_table_relate(watch->tracks, slot, lee__pair_relation(watch, slot));
    lee_track_table_pin(watch->tracks, slot, watch->visits[slot].first_pair != LEE_WATCH_NONE);
}

/* What is judged again when no report came. Zones that did not change are left alone: what is told
 * of one zone must not depend on the hours of another. */
typedef enum {
    SCOPE_REPORT,
    SCOPE_ALL,
    SCOPE_CHANGED,
    SCOPE_CHANGED_AND_EDGE, /* and whether there is leave where that has an edge now */
    SCOPE_LEAVE,            /* only whether there is leave, of all that is open */
    SCOPE_MOVED
} judge_scope;

static bool is_in_scope(const lee_watch *watch, judge_scope scope, uint32_t zone)
{
    if (scope == SCOPE_MOVED) {
        const lee_bubble *const bubble = lee__bubble_of(&watch->generation, zone);
        return bubble && bubble->has_moved;
    }
    return scope == SCOPE_REPORT || scope == SCOPE_ALL ||
           (scope != SCOPE_LEAVE && watch->generation.changed[zone]);
}

/* Leaves out the zones found that cannot matter to this report, unless they have a pair, which is
 * merged in afterwards. */
static size_t drop_idle(lee_moment *m, size_t found_count)
{
    uint32_t *const found = m->watch->generation.found;
    size_t kept = 0;
    for (size_t i = 0; i < found_count; i++) {
        found[kept] = found[i];
        kept += !lee__reach_is_idle(m, found[i]);
    }
    return kept;
}

/* Whether any of the zones to judge may hold the point in its area. On the antimeridian and at the
 * pole a point is judged as another place. */
static bool may_hold(const lee_generation *g, size_t count, lee_point point)
{
    const lee_point at = lee_point_canonical(point);
    for (size_t i = 0; i < count; i++) {
        if (lee__box_holds(g->facts[g->merged[i]].box, at)) {
            return true;
        }
    }
    return false;
}

/* The zones that hold the target, ascending, in generation.inside. Returns how many. */
static size_t locate(const lee_moment *m, size_t count)
{
    const lee_generation *const g = &m->watch->generation;
    if (m->is_clear) {
        return lee__reach_inside(m);
    }
    return may_hold(g, count, m->now.point)
               ? lee_zone_set_locate(g->set, m->now.point, g->inside, g->list->count)
               : 0;
}

/* Whether nothing can be said of a target and a bubble now: the carrier was not heard by then, or
 * it moved while the target is silent, of which its loss was told. */
static bool is_open_question(const lee_moment *m, const lee_bubble *bubble, const lee_pair *pair)
{
    if (!lee__bubble_is_known(bubble, m->now.t_us) || (m->is_moved && pair && pair->lost)) {
        return true;
    }
    /* Its last place and where it should be by now say different things: its own report decides. */
    return m->has_drift && lee__bubble_holds(m->watch, bubble, &m->now, m->now.t_us, 0.0) !=
                               lee__bubble_holds(m->watch, bubble, &m->drift, m->now.t_us, 0.0);
}

static void judge_bubble(lee_moment *m, const lee_bubble *bubble, const lee_pair *pair,
                         uint32_t **link)
{
    const lee_place before = m->before;
    if (m->is_report && m->has_before && pair && pair->swept_us > before.t_us) {
        m->before = lee__place_between(&before, &m->now, pair->swept_us);
    }
    const bool in_area = lee__bubble_holds(m->watch, bubble, &m->now, m->now.t_us, 0.0);
    lee__judge_zone(m, bubble->zone, in_area, link);
    m->before = before;
}

/* Leave for one zone may be what exempts from another, around a target that is in both. */
static bool leave_may_exempt(const lee_moment *m, judge_scope scope, uint32_t zone)
{
    return lee__is_exempted(&m->watch->generation, zone) &&
           (scope == SCOPE_LEAVE ||
            ((scope == SCOPE_CHANGED || scope == SCOPE_CHANGED_AND_EDGE) &&
             lee__exempt_has_edge(m, zone, scope == SCOPE_CHANGED_AND_EDGE)));
}

/* Whether it must be asked again if there is leave. */
static bool asks_leave(const lee_moment *m, judge_scope scope, uint32_t zone)
{
    const lee_watch *const watch = m->watch;
    if (scope != SCOPE_LEAVE) {
        return scope == SCOPE_CHANGED_AND_EDGE && lee__moment_leave_has_edge(m, zone);
    }
    return !watch->changing || lee__inhibit_concerns(watch->changing, &m->track->last.target,
                                                     watch->generation.list->zones[zone].id);
}

static void judge_zones(lee_moment *m, size_t found_count, judge_scope scope)
{
    lee_watch *const watch = m->watch;
    const lee_generation *const g = &watch->generation;
    const size_t count = merge_pairs(watch, m->slot, found_count);
    if (count == 0) {
        return;
    }
    m->is_clear = scope == SCOPE_REPORT && lee__reach_is_clear(m, count);
    size_t inside;
    if (scope == SCOPE_REPORT && !m->is_clear && lee__reach_wants_clear(m)) {
        /* Of all zones remembered, also of those that do not matter at its height now. */
        inside = lee_zone_set_locate(g->set, m->now.point, g->inside, g->list->count);
        lee__reach_set_clear(m, inside);
    } else {
        inside = locate(m, count);
    }
    size_t at = 0;
    uint32_t *link = &m->visit->first_pair;
    for (size_t i = 0; i < count; i++) {
        while (at < inside && g->inside[at] < g->merged[i]) {
            at++;
        }
        const bool in_area = at < inside && g->inside[at] == g->merged[i];
        lee_pair *const pair = lee__pair_at(watch, link, g->merged[i]);
        const lee_bubble *const bubble = lee__bubble_of(g, g->merged[i]);
        const bool is_judged = is_in_scope(watch, scope, g->merged[i]) &&
                               !(bubble && is_open_question(m, bubble, pair));
        if (is_judged && bubble) {
            judge_bubble(m, bubble, pair, &link);
        } else if (is_judged) {
            lee__judge_zone(m, g->merged[i], in_area, &link);
        } else if (leave_may_exempt(m, scope, g->merged[i]) &&
                   lee__judge_exempt(m, g->merged[i], in_area, &link)) {
            continue;
        } else if (pair && asks_leave(m, scope, pair->zone)) {
            lee__judge_leave(m, pair->zone, &link);
        } else if (pair) {
            link = &pair->next;
        }
    }
    settle_track(watch, m->slot);
}

/* Judges a track again where it is, because zones, permits or the hour changed. A place that has
 * expired begins nothing new. */
static void judge_again(lee_watch *watch, uint32_t slot, int64_t t_us, judge_scope scope)
{
    const lee_visit *const visit = &watch->visits[slot];
    if (!visit->has_place || watch->generation.list->count == 0 ||
        lee_track_table_at(watch->tracks, slot)->region_m > 0) {
        return; /* a region is judged anew every few seconds */
    }
    const lee_generation *const g = &watch->generation;
    const int64_t expire_us = watch->options.expire_after_s * LEE_US_PER_S;
    const bool is_known = t_us <= lee__time_after(visit->place.t_us, expire_us);
    if (!is_known && visit->first_pair == LEE_WATCH_NONE) {
        return;
    }
    lee_moment m;
    lee__moment(watch, slot, t_us, false, &m);
    m.is_moved = scope == SCOPE_MOVED;
    if (m.is_moved) {
        lee__bubbles_set_drift(&m);
    }
    size_t found = 0;
    if (is_known) {
        found = m.is_moved ? 0 : lee_zone_set_locate(g->set, m.now.point, g->found, g->list->count);
        found = lee__bubbles_add(&m, found);
    }
    judge_zones(&m, found, scope);
}

static void judge_all_again(lee_watch *watch, int64_t t_us, judge_scope scope)
{
    for (uint32_t slot = 0; slot < lee_track_table_count(watch->tracks); slot++) {
        judge_again(watch, slot, t_us, scope);
    }
}

/* A report far from every zone, of a track that has nothing open: only its place is noted. */
static bool pass_calm(lee_watch *watch, uint32_t slot, int64_t t_us)
{
    lee_visit *const visit = &watch->visits[slot];
    if (!lee__reach_may_be_calm(visit)) {
        return false;
    }
    const lee_track *const track = lee_track_table_at(watch->tracks, slot);
    const lee_point point = {track->last.lat_e7, track->last.lon_e7};
    const bool has_speed = track->last.present & LEE_REPORT_HAS_SPEED_GROUND;
    const double reach_m =
        has_speed ? lee__predict_reach_m(watch, track->last.speed_ground_kt_e3) : 0.0;
    const lee_place now = {.t_us = t_us,
                           .point = point,
                           .altitude = lee__moment_altitude(watch, track, t_us),
                           .air = lee__air_at(watch, point, t_us)};
    if (!lee__reach_is_calm(watch, slot, &now, reach_m)) {
        return false;
    }
    visit->place = now;
    visit->has_place = true;
    return true;
}

static void judge_region(lee_watch *watch, uint32_t slot, int64_t t_us)
{
    lee_moment m;
    lee__moment(watch, slot, t_us, true, &m);
    if (watch->generation.list->count > 0) {
        const size_t count = merge_pairs(watch, slot, lee__region_zones(&m));
        uint32_t *link = &m.visit->first_pair;
        for (size_t i = 0; i < count; i++) {
            lee__judge_region(&m, watch->generation.merged[i], &link);
        }
        settle_track(watch, slot);
    }
    m.visit->place = m.now;
    m.visit->has_place = true;
}

/* A carrier's report moves its bubbles, and its silence makes them grow, also over targets that are
 * at rest or silent. */
static void judge_moved(lee_watch *watch, int64_t t_us)
{
    for (uint32_t slot = 0; slot < lee_track_table_count(watch->tracks); slot++) {
        if (lee__bubbles_touch(watch, slot)) {
            judge_again(watch, slot, t_us, SCOPE_MOVED);
        }
    }
    lee__bubbles_settle(watch);
}

static void note_edge(lee_watch *watch);

static void judge_report(lee_watch *watch, uint32_t slot, int64_t t_us)
{
    if (lee_track_table_at(watch->tracks, slot)->region_m > 0) {
        judge_region(watch, slot, t_us);
        return;
    }
    if (!lee__bubbles_concern(watch, &lee_track_table_at(watch->tracks, slot)->last) &&
        pass_calm(watch, slot, t_us)) {
        return;
    }
    lee_moment m;
    lee__moment(watch, slot, t_us, true, &m);
    m.course = lee__predict_course(watch, slot, &m.now);
    lee__reach_set_climb(&m);
    const size_t found = drop_idle(&m, lee__reach_zones(&m));
    judge_zones(&m, lee__bubbles_add(&m, found), SCOPE_REPORT);
    m.visit->place = m.now;
    m.visit->has_place = true;
    if (lee__bubbles_move(watch, slot, t_us)) {
        judge_moved(watch, t_us);
        note_edge(watch);
    }
}

/* --- the clock ----------------------------------------------------------------------------------
 */

static int64_t next_zone_edge(const lee_watch *watch)
{
    int64_t edge_us = INT64_MAX;
    (void)lee__generation_next_edge(&watch->generation, &edge_us);
    return edge_us;
}

/* Of permits, inhibitions and duties. */
static int64_t next_permit_edge(const lee_watch *watch)
{
    int64_t permit_us = INT64_MAX;
    (void)lee_permit_book_next_edge(watch->permits, watch->clock_us, &permit_us);
    const int64_t inhibit_us = lee__inhibit_next_edge(&watch->inhibitions, watch->clock_us);
    const int64_t duty_us = lee__duty_next_edge(watch);
    const int64_t first_us = permit_us < inhibit_us ? permit_us : inhibit_us;
    return first_us < duty_us ? first_us : duty_us;
}

/* Notes when the next edge is, so that until then a report need not ask. */
static void note_edge(lee_watch *watch)
{
    const int64_t zone_us = next_zone_edge(watch);
    const int64_t permit_us = next_permit_edge(watch);
    const int64_t grows_us = lee__bubbles_next_growth(watch);
    watch->edge_us = zone_us < permit_us ? zone_us : permit_us;
    watch->edge_us = watch->edge_us < grows_us ? watch->edge_us : grows_us;
}

/* Edges of schedules and permits, and silences, in the order of their time; edges first. */
void lee__watch_advance(lee_watch *watch, int64_t t_us)
{
    if (!watch->has_clock) {
        watch->has_clock = true;
        watch->clock_us = t_us;
        lee__generation_pass_edges(&watch->generation, t_us);
    }
    if (t_us < lee__watch_due(watch)) {
        watch->clock_us = t_us > watch->clock_us ? t_us : watch->clock_us;
        return;
    }
    while (t_us > watch->clock_us || watch->timer_count > 0 || watch->generation.bubble_count > 0) {
        const int64_t permit_us = next_permit_edge(watch);
        const int64_t zone_us = next_zone_edge(watch);
        const int64_t edge_us = zone_us < permit_us ? zone_us : permit_us;
        const int64_t silent_us =
            watch->timer_count > 0 ? watch->pairs[watch->timers[0]].deadline_us : INT64_MAX;
        const int64_t grows_us = lee__bubbles_next_growth(watch);
        if (grows_us <= t_us && grows_us < edge_us && grows_us <= silent_us) {
            watch->clock_us = grows_us > watch->clock_us ? grows_us : watch->clock_us;
            watch->turn.edges++;
            watch->turn.stage = LEE_STAGE_EDGE;
            lee__bubbles_grow(watch, grows_us);
            judge_moved(watch, grows_us);
            lee__duty_judge(watch, grows_us);
        } else if (edge_us <= t_us && edge_us <= silent_us) {
            watch->clock_us = edge_us;
            watch->turn.edges++;
            watch->turn.stage = LEE_STAGE_EDGE;
            lee__generation_pass_edges(&watch->generation, edge_us);
            judge_all_again(watch, edge_us,
                            permit_us == edge_us ? SCOPE_CHANGED_AND_EDGE : SCOPE_CHANGED);
            lee__duty_judge(watch, edge_us);
        } else if (silent_us <= t_us) {
            const uint32_t slot = watch->pairs[watch->timers[0]].track;
            watch->turn.stage = LEE_STAGE_SILENCE;
            watch->turn.t_us = silent_us;
            lee__judge_silence(watch, watch->timers[0], silent_us);
            settle_track(watch, slot);
            /* Whose silence breaks leave begins an incident anew, and is lost at the same instant:
             * between the two it was not there. */
            if (watch->timer_count == 0 || watch->pairs[watch->timers[0]].deadline_us > silent_us) {
                lee__duty_judge(watch, silent_us);
            }
        } else {
            break;
        }
    }
    watch->clock_us = t_us > watch->clock_us ? t_us : watch->clock_us;
    note_edge(watch);
}

void lee_watch_tick(lee_watch *watch, int64_t t_us)
{
    assert(watch);
    lee__watch_advance(watch, t_us);
}

static void prefetch(const void *start, size_t bytes)
{
    for (size_t line = 0; line < bytes; line += 64) {
        __builtin_prefetch((const char *)start + line);
    }
}

void lee_watch_report(lee_watch *watch, const lee_report *report)
{
    lee_watch_hear(watch, report, NULL);
}

void lee_watch_hear(lee_watch *watch, const lee_report *report, const lee_hearing *hearing)
{
    assert(watch && report);
    watch->counters.reports++;
    const uint32_t expected = lee_track_table_expect(watch->tracks, report);
    if (expected != LEE_TRACK_NONE) {
        prefetch(&watch->visits[expected], sizeof *watch->visits);
    }
    lee__watch_advance(watch, report->t_us);
    watch->turn.stage = LEE_STAGE_REPORT;
    const lee_track_update update = lee_track_table_put(watch->tracks, report, hearing);
    /* A target that finds no room is one that was dropped, as much as one that made room. */
    watch->counters.tracks_evicted += update.evicted || update.outcome == LEE_TRACK_REFUSED;
    watch->counters.reports_duplicate += update.outcome == LEE_TRACK_DUPLICATE;
    watch->counters.reports_late += update.outcome == LEE_TRACK_LATE;
    if (update.outcome == LEE_TRACK_REFUSED) {
        return;
    }
    if (update.is_new) {
        watch->visits[update.slot] =
            (lee_visit){.first_pair = LEE_WATCH_NONE, .told_us = INT64_MIN, .ended_us = INT64_MIN};
    }
    const uint32_t first_pair = watch->visits[update.slot].first_pair;
    if (first_pair != LEE_WATCH_NONE) {
        prefetch(&watch->pairs[first_pair], sizeof *watch->pairs);
    }
    if (update.outcome == LEE_TRACK_NEWER && (report->present & LEE_REPORT_HAS_TRACK)) {
        lee__motion_hear(&watch->visits[update.slot].motion, report->t_us, report->track_deg_e3);
    }
    if (watch->air_cells && update.outcome == LEE_TRACK_NEWER) {
        lee__air_hear(watch, update.slot, report);
    }
    if (update.outcome == LEE_TRACK_NEWER && update.has_place) {
        if (lee__route_is_any(watch)) {
            lee__route_hear(watch, update.slot, report->t_us);
        }
        judge_report(watch, update.slot, report->t_us);
        if (watch->duty_count > 0) {
            lee__duty_judge(watch, watch->clock_us);
            note_edge(watch);
        }
    }
}

/* --- zones and permits --------------------------------------------------------------------------
 */

/* The other pair of this track that already has the new number: ids that occur twice. */
static bool is_taken(const lee_watch *watch, uint32_t first, uint32_t until, uint32_t zone,
                     const lee_map *numbers)
{
    for (uint32_t at = first; at != until; at = watch->pairs[at].next) {
        const char *const id = watch->generation.list->zones[watch->pairs[at].zone].id;
        if (lee__zone_numbered(numbers, id) == zone) {
            return true;
        }
    }
    return false;
}

/* Ends what the track has open in zones that are gone, told in the words of the old generation. */
static void end_gone(lee_watch *watch, uint32_t slot, int64_t t_us, const lee_map *numbers)
{
    if (watch->visits[slot].first_pair == LEE_WATCH_NONE) {
        return;
    }
    lee_moment m;
    lee__moment(watch, slot, t_us, false, &m);
    uint32_t *link = &watch->visits[slot].first_pair;
    while (*link != LEE_WATCH_NONE) {
        const char *const id = watch->generation.list->zones[watch->pairs[*link].zone].id;
        const uint32_t number = lee__zone_numbered(numbers, id);
        if (number == LEE_MAP_NONE ||
            is_taken(watch, watch->visits[slot].first_pair, *link, number, numbers)) {
            lee__judge_close(&m, link, "zone_inactive");
        } else {
            link = &watch->pairs[*link].next;
        }
    }
    settle_track(watch, slot);
}

static void renumber(lee_watch *watch, uint32_t slot, const lee_map *numbers)
{
    lee_visit *const visit = &watch->visits[slot];
    visit->is_calm = false;
    for (uint32_t at = visit->first_pair; at != LEE_WATCH_NONE; at = watch->pairs[at].next) {
        lee_pair *const pair = &watch->pairs[at];
        pair->zone = lee__zone_numbered(numbers, watch->generation.list->zones[pair->zone].id);
        assert(pair->zone != LEE_MAP_NONE);
    }
}

static void replace_generation(lee_watch *watch, lee_generation *next, const lee_map *numbers,
                               int64_t t_us)
{
    const uint32_t tracks = lee_track_table_count(watch->tracks);
    for (uint32_t i = 0; i < watch->duty_count; i++) {
        const char *const id = watch->generation.list->zones[watch->duties[i].zone].id;
        if (lee__zone_numbered(numbers, id) == LEE_MAP_NONE) {
            lee__duty_end(watch, i, "zone_inactive", t_us);
        }
    }
    for (uint32_t slot = 0; slot < tracks; slot++) {
        end_gone(watch, slot, t_us, numbers);
    }
    for (uint32_t slot = 0; slot < tracks; slot++) {
        renumber(watch, slot, numbers);
    }
    lee__bubbles_inherit(watch, &watch->generation, next);
    lee__generation_free(&watch->generation);
    watch->generation = *next;
    for (uint32_t slot = 0; slot < tracks; slot++) {
        lee__pair_sort(watch, slot);
    }
}

lee_error lee_watch_set_zones(lee_watch *watch, const lee_zone_set *set, uint64_t generation,
                              int64_t t_us)
{
    assert(watch);
    lee__watch_advance(watch, t_us);
    const int64_t now_us = watch->clock_us;
    lee_generation next;
    lee_error error = lee__generation_make(watch, set, generation, now_us, &next);
    if (error) {
        return error;
    }
    lee_permit_book *book = NULL;
    lee_map *const numbers = lee__zone_numbers(next.list);
    if (!numbers) {
        error = LEE_ERR_NO_MEMORY;
    } else if (watch->permits) {
        error = lee_permit_book_create(lee_permit_book_list(watch->permits), next.list, &book);
    }
    if (error) {
        lee__generation_free(&next);
    } else {
        watch->turn.stage = LEE_STAGE_GONE;
        replace_generation(watch, &next, numbers, now_us);
        watch->turn.stage = LEE_STAGE_AGAIN;
        lee_permit_book_free(watch->permits);
        watch->permits = book;
        lee__duty_build(watch);
        judge_all_again(watch, now_us, SCOPE_ALL);
        lee__duty_judge(watch, now_us);
        note_edge(watch);
    }
    lee_map_free(numbers);
    return error;
}

void lee__watch_leave_changed(lee_watch *watch, const lee_inhibition *inhibition)
{
    watch->turn.stage = LEE_STAGE_AGAIN;
    watch->changing = inhibition;
    judge_all_again(watch, watch->clock_us, SCOPE_LEAVE);
    watch->changing = NULL;
    lee__duty_judge(watch, watch->clock_us);
    note_edge(watch);
}

lee_error lee_watch_set_permits(lee_watch *watch, const lee_permit_list *permits, int64_t t_us)
{
    assert(watch && permits);
    lee__watch_advance(watch, t_us);
    lee_permit_book *book;
    const lee_error error = lee_permit_book_create(permits, watch->generation.list, &book);
    if (error) {
        return error;
    }
    lee__duty_end_gone(watch, book, watch->clock_us);
    lee_permit_book_free(watch->permits);
    watch->permits = book;
    lee__duty_build(watch);
    lee__watch_leave_changed(watch, NULL);
    return LEE_OK;
}

/* --- questions ----------------------------------------------------------------------------------
 */

lee_age lee_watch_field_age(const lee_watch *watch, const lee_track *track, int report_index,
                            int64_t t_us)
{
    assert(watch && track);
    return lee_track_field_age(&watch->track_options, track, report_index, t_us);
}

/* A copy without the fields that have expired by now: they are kept to be compared with what comes,
 * and must not be shown. */
static const lee_track *show(const lee_watch *watch, uint32_t slot)
{
    lee_track *const shown = watch->shown;
    *shown = *lee_track_table_at(watch->tracks, slot);
    for (int index = 0; index < LEE_REPORT_FIELD_COUNT; index++) {
        if (lee_watch_field_age(watch, shown, index, watch->clock_us) == LEE_AGE_EXPIRED) {
            shown->last.present &= ~(UINT64_C(1) << index);
        }
    }
    return shown;
}

void lee_watch_each_track(const lee_watch *watch, lee_track_sink *sink, void *context)
{
    assert(watch && sink);
    for (uint32_t slot = 0; slot < lee_track_table_count(watch->tracks); slot++) {
        sink(context, show(watch, slot));
    }
}

const lee_track *lee_watch_find_track(const lee_watch *watch, const lee_target *target)
{
    assert(watch && target);
    const uint32_t slot = lee_track_table_find(watch->tracks, target);
    return slot == LEE_TRACK_NONE ? NULL : show(watch, slot);
}

void lee_watch_count(const lee_watch *watch, lee_watch_counters *out)
{
    assert(watch && out);
    *out = watch->counters;
    out->tracks = lee_track_table_count(watch->tracks);
    lee_track_counters tracks;
    lee_track_table_counters(watch->tracks, &tracks);
    out->tracks_evicted_established = tracks.evicted_established;
    out->tracks_split = tracks.splits;
    out->tracks_established = tracks.established;
    out->tracks_suspect = tracks.suspect;
    out->areas_flagged = lee_crowd_areas_flagged(lee_track_table_crowd(watch->tracks));
}

void lee_watch_set_receiver(lee_watch *watch, uint16_t feed, const lee_receiver_site *site)
{
    assert(watch && site && feed < LEE_FEEDS_MAX);
    lee_track_table_set_site(watch->tracks, feed, site);
}

void lee_watch_count_feed(const lee_watch *watch, uint16_t feed, lee_watch_feed *out)
{
    assert(watch && out && feed < LEE_FEEDS_MAX);
    const lee_track_feed *const f = lee_crowd_feed(lee_track_table_crowd(watch->tracks), feed);
    const bool was_heard = f->last_us != LEE_CONDUCT_NEVER_US;
    *out = (lee_watch_feed){
        .reports = f->reports,
        .positions = f->positions,
        .duplicates = f->duplicates,
        .late = f->late,
        .targets = f->targets,
        .swarm = f->swarm,
        .swarms = f->swarms,
        .was_heard = was_heard,
        .swarm_is_on = was_heard && watch->clock_us <= f->swarm_us,
        .is_silent = was_heard && watch->clock_us - f->last_us > LEE_TOGETHER_US,
        .last_us = was_heard ? f->last_us : 0,
    };
}

/* --- saving and loading -------------------------------------------------------------------------
 */

void lee_watch_state(lee_state *state, lee_watch *watch)
{
    assert(state && watch);
    lee_state_section(state, "watch");
    lee_track_table_state(state, watch->tracks);
    lee_state_plain(state, watch->visits,
                    lee_track_table_count(watch->tracks) * sizeof *watch->visits);
    lee__pairs_state(state, watch);
    lee__generation_state(state, &watch->generation);
    lee__air_state(state, watch);
    lee_state_plain(state, &watch->inhibitions, sizeof watch->inhibitions);
    lee__duties_state(state, watch);
    lee_state_plain(state, &watch->has_clock, sizeof watch->has_clock);
    lee_state_plain(state, &watch->clock_us, sizeof watch->clock_us);
    lee_state_plain(state, &watch->edge_us, sizeof watch->edge_us);
    lee_state_plain(state, &watch->counters, sizeof watch->counters);
}
