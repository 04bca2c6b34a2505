/* How good the alerts are: bench_watch_quality REPORTS.jsonl PART ZONES SEED [events]
 *
 * Draws zones on recorded traffic, judges the traffic of one half of the targets (PART 0 to tune
 * with, 1 to report on) with the watch and with its peer, and compares both with what happened.
 * The peer is the reference chain: straight on at ground speed, course and vertical rate, looked
 * at second by second for 60 s, told after 2 hits of 2 (at once when 15 s away), kept through 2
 * misses. It shares nothing with the watch but the test whether a point lies in an area.
 *
 * Prints a line for each of the two: name, alerts, nuisance, void, entries, missed, warning (the
 * median, s), allowed (the median of what the geometry allowed, s). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/area.h"
#include "leeward/watch.h"
#include "record/codec.h"

#define S INT64_C(1000000)
#define WARNING_S 60
#define HOLD 2
#define GAP_US (30 * S)        /* longer: what happened between is not known */
#define JUSTIFIED_US (120 * S) /* an entry within this makes the alert right */
#define VERTICES 12
#define FLYING_MPS 20.0 /* slower is taken for a vehicle or a taxiing aircraft */

typedef struct {
    int64_t from_us, to_us;
    uint32_t target, zone;
} alert;

typedef struct {
    int64_t at_us;
    int64_t seen_us; /* since when it was seen outside without a gap */
    uint32_t target, zone;
    bool unfit; /* first seen inside, or on the ground: proves an alert right, but is no entry that
                 * anybody could be warned of */
} entry;

typedef struct {
    lee_report *reports;
    size_t count;
    uint32_t *target; /* of each report */
    uint32_t target_count;
    lee_target *names;
    lee_zone *zones;
    uint32_t zone_count;
    lee_zone_set *set;
} scene;

typedef struct {
    alert *alerts;
    size_t count;
    size_t *open; /* by target and zone: its alert + 1 */
} alerts;

static void *need(size_t count, size_t size)
{
    void *const memory = calloc(count + 1, size);
    if (!memory) {
        exit(2);
    }
    return memory;
}

static uint64_t state;
static double roll(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* --- the scene ----------------------------------------------------------------------------------
 */

static uint32_t number_of(scene *s, const lee_target *name)
{
    for (uint32_t i = s->target_count; i-- > 0;) {
        if (lee_target_equal(&s->names[i], name)) {
            return i;
        }
    }
    s->names[s->target_count] = *name;
    return s->target_count++;
}

static void read_traffic(scene *s, const char *path, uint32_t part)
{
    FILE *const file = fopen(path, "r");
    char line[4096];
    size_t capacity = 0;
    if (!file) {
        exit(2);
    }
    while (fgets(line, sizeof line, file)) {
        capacity++;
    }
    rewind(file);
    s->reports = need(capacity, sizeof *s->reports);
    s->target = need(capacity, sizeof *s->target);
    s->names = need(capacity, sizeof *s->names);
    while (fgets(line, sizeof line, file)) {
        lee_report *const r = &s->reports[s->count];
        lee_error_info error;
        if (!lee_report_read_json(line, strcspn(line, "\n"), r, &error) &&
            lee_target_hash(&r->target) % 2 == part) {
            s->target[s->count++] = number_of(s, &r->target);
        }
    }
    fclose(file);
}

static void draw_zone(scene *s, uint32_t z)
{
    const lee_report *const at = &s->reports[(size_t)(roll() * (double)s->count)];
    lee_point *const points = need(VERTICES, sizeof *points);
    lee_ring *const ring = need(1, sizeof *ring);
    char *const id = need(1, 16);
    snprintf(id, 16, "z%u", z);
    const double reach = 20000 + roll() * 200000;
    const double narrow = cos(at->lat_e7 * 1e-7 * M_PI / 180);
    /* The traffic it was drawn on may pass at its edge as well as through its middle. */
    const double off_lat = (roll() * 2 - 1) * reach;
    const double off_lon = (roll() * 2 - 1) * reach;
    for (int i = 0; i < VERTICES; i++) {
        const double far = reach * (i % 2 ? 1 : 0.7);
        const double angle = 2 * M_PI * i / VERTICES;
        points[i].lat_e7 = at->lat_e7 + (int32_t)(off_lat + far * sin(angle));
        points[i].lon_e7 = at->lon_e7 + (int32_t)((off_lon + far * cos(angle)) / narrow);
    }
    *ring = (lee_ring){points, VERTICES};
    const int32_t lower = at->alt_baro_ft - (int32_t)(roll() * 2000);
    s->zones[z] = (lee_zone){
        .id = id,
        .name = "\"\"",
        .kind = LEE_ZONE_RESTRICTED,
        .entry = LEE_ENTRY_DENY,
        .lower = {LEE_LIMIT_VALUE, {lower, LEE_ALT_STD}},
        .upper = {LEE_LIMIT_VALUE, {lower + 4000, LEE_ALT_STD}},
        .schedule = {.always = true},
        .watch = {.look_ahead_s = 120,
                  .warning_time_s = WARNING_S,
                  .confirm = 2,
                  .hold = HOLD,
                  .lost_after_s = 30},
        .area = {ring, 1},
    };
}

static void draw_zones(scene *s, uint32_t count)
{
    s->zones = need(count, sizeof *s->zones);
    s->zone_count = count;
    for (uint32_t z = 0; z < count; z++) {
        draw_zone(s, z);
    }
    lee_zone_list *const list = need(1, sizeof *list);
    *list = (lee_zone_list){s->zones, count};
    if (lee_zone_set_build(list, &s->set)) {
        exit(2);
    }
}

/* Which zones hold a place: a byte for each. No altitude holds nothing here. */
static void mark_held(const scene *s, lee_point point, int32_t alt_ft, uint8_t mark, uint8_t *held)
{
    static uint32_t found[4096];
    const size_t count = lee_zone_set_locate(s->set, point, found, s->zone_count);
    for (size_t i = 0; i < count; i++) {
        const lee_zone *const zone = &s->zones[found[i]];
        if (held[found[i]] == 0 && alt_ft >= zone->lower.alt.ft && alt_ft < zone->upper.alt.ft) {
            held[found[i]] = mark;
        }
    }
}

static size_t pair_of(const scene *s, uint32_t target, uint32_t zone)
{
    return (size_t)target * s->zone_count + zone;
}

/* --- what happened ------------------------------------------------------------------------------
 */

static double mps_between(lee_point a, lee_point b, int64_t span_us)
{
    const double narrow = cos(a.lat_e7 * 1e-7 * M_PI / 180);
    const double metres =
        0.0111195 * hypot((double)b.lat_e7 - a.lat_e7, ((double)b.lon_e7 - a.lon_e7) * narrow);
    return span_us > 0 ? metres / ((double)span_us / 1e6) : 0;
}

static entry *find_entries(const scene *s, size_t *count, int64_t *last_us)
{
    uint8_t *const inside = need((size_t)s->target_count * s->zone_count, 1);
    int64_t *const since = need((size_t)s->target_count * s->zone_count, sizeof *since);
    int64_t *const heard = need(s->target_count, sizeof *heard);
    uint8_t *const held = need(s->zone_count, 1);
    lee_point *const from = need(s->target_count, sizeof *from);
    size_t capacity = 1024;
    entry *entries = need(capacity, sizeof *entries);
    *count = 0;
    for (size_t i = 0; i < s->count; i++) {
        const lee_report *const r = &s->reports[i];
        const uint32_t t = s->target[i];
        if (!(r->present & LEE_REPORT_HAS_ALT_BARO)) {
            continue;
        }
        const bool gap = heard[t] == 0 || r->t_us - heard[t] > GAP_US;
        const lee_point to = {r->lat_e7, r->lon_e7};
        const bool taxis = !gap && mps_between(from[t], to, r->t_us - heard[t]) < FLYING_MPS;
        from[t] = to;
        memset(held, 0, s->zone_count);
        mark_held(s, (lee_point){r->lat_e7, r->lon_e7}, r->alt_baro_ft, 1, held);
        for (uint32_t z = 0; z < s->zone_count; z++) {
            const size_t p = pair_of(s, t, z);
            if (held[z] && (gap || !inside[p])) {
                if (*count == capacity) {
                    capacity *= 2;
                    entries = realloc(entries, capacity * sizeof *entries);
                }
                entries[(*count)++] = (entry){r->t_us, since[p], t, z, gap || taxis};
            }
            if (gap || (inside[p] && !held[z])) {
                since[p] = r->t_us;
            }
            inside[p] = held[z];
        }
        heard[t] = r->t_us;
        last_us[t] = r->t_us;
    }
    free(inside);
    free(since);
    free(heard);
    free(held);
    free(from);
    return entries;
}

/* --- the two that alert
 * --------------------------------------------------------------------------- */

static alerts no_alerts(const scene *s)
{
    alerts a = {.alerts = need(s->count * 4, sizeof *a.alerts)};
    a.open = need((size_t)s->target_count * s->zone_count, sizeof *a.open);
    return a;
}

static void begin(const scene *s, alerts *a, uint32_t target, uint32_t zone, int64_t t_us)
{
    a->alerts[a->count++] = (alert){t_us, INT64_MAX, target, zone};
    a->open[pair_of(s, target, zone)] = a->count;
}

static void end(const scene *s, alerts *a, uint32_t target, uint32_t zone, int64_t t_us)
{
    size_t *const open = &a->open[pair_of(s, target, zone)];
    if (*open > 0) {
        a->alerts[*open - 1].to_us = t_us;
        *open = 0;
    }
}

typedef struct {
    const scene *scene;
    alerts *alerts;
    FILE *events;
    lee_buffer line;
} hearer;

static void hear(void *context, const lee_event *event)
{
    hearer *const h = context;
    uint32_t target = h->scene->target_count;
    while (target-- > 0 && !lee_target_equal(&h->scene->names[target], &event->target)) {
    }
    if (event->kind == LEE_EVENT_PREDICTED) {
        begin(h->scene, h->alerts, target, event->zone_index, event->t_us);
    } else if (event->kind == LEE_EVENT_ENTERED || event->kind == LEE_EVENT_ENDED ||
               event->kind == LEE_EVENT_LOST) {
        end(h->scene, h->alerts, target, event->zone_index, event->t_us);
    }
    if (h->events) {
        h->line.length = 0;
        lee_event_write_json(event, &h->line);
        fprintf(h->events, "%.*s\n", (int)h->line.length, (const char *)h->line.bytes);
    }
}

static alerts run_watch(const scene *s, FILE *events)
{
    alerts a = no_alerts(s);
    hearer h = {s, &a, events, {0}};
    lee_buffer_init(&h.line, 1 << 16);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.incidents_max = 65536;
    lee_watch *watch;
    if (lee_watch_create(&options, hear, &h, &watch) || lee_watch_set_zones(watch, s->set, 1, 0)) {
        exit(2);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (s->reports[i].present & LEE_REPORT_HAS_ALT_BARO) {
            lee_watch_report(watch, &s->reports[i]);
        }
    }
    lee_watch_free(watch);
    lee_buffer_free(&h.line);
    return a;
}

/* 1 + the second of the first entry within the warning time, for each zone; 0: none. */
static void look_straight(const scene *s, const lee_report *r, uint8_t *hit)
{
    const uint32_t needs = LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    if ((r->present & needs) != needs) {
        return;
    }
    const double mps = r->speed_ground_kt_e3 * 0.000514444;
    const double course = r->track_deg_e3 * M_PI / 180000;
    const double rate = r->present & LEE_REPORT_HAS_VERTICAL_RATE ? r->vertical_rate_fpm / 60.0 : 0;
    const double narrow = cos(r->lat_e7 * 1e-7 * M_PI / 180);
    for (int second = 0; second <= WARNING_S; second++) {
        const double far = mps * second / 0.0111195;
        const lee_point point = {r->lat_e7 + (int32_t)(far * cos(course)),
                                 r->lon_e7 + (int32_t)(far * sin(course) / narrow)};
        mark_held(s, point, r->alt_baro_ft + (int32_t)(rate * second), (uint8_t)(second + 1), hit);
    }
}

static alerts run_peer(const scene *s)
{
    alerts a = no_alerts(s);
    uint8_t *const hits = need((size_t)s->target_count * s->zone_count, 1);
    uint8_t *const misses = need((size_t)s->target_count * s->zone_count, 1);
    uint8_t *const hit = need(s->zone_count, 1);
    for (size_t i = 0; i < s->count; i++) {
        const lee_report *const r = &s->reports[i];
        const uint32_t t = s->target[i];
        if (!(r->present & LEE_REPORT_HAS_ALT_BARO)) {
            continue;
        }
        memset(hit, 0, s->zone_count);
        look_straight(s, r, hit);
        for (uint32_t z = 0; z < s->zone_count; z++) {
            const size_t p = pair_of(s, t, z);
            if (hit[z] == 1) { /* inside now */
                end(s, &a, t, z, r->t_us);
                hits[p] = 0;
            } else if (hit[z]) {
                misses[p] = 0;
                hits[p] = hits[p] < 255 ? (uint8_t)(hits[p] + 1) : hits[p];
                if (!a.open[p] && (hits[p] >= 2 || hit[z] - 1 <= 15)) {
                    begin(s, &a, t, z, r->t_us);
                }
            } else {
                hits[p] = 0;
                if (a.open[p] && ++misses[p] > HOLD) {
                    end(s, &a, t, z, r->t_us);
                    misses[p] = 0;
                }
            }
        }
    }
    free(hits);
    free(misses);
    free(hit);
    return a;
}

/* --- the comparison
 * ------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_number);
    return count ? values[count / 2] : 0;
}

static bool is_right(const alert *a, const entry *entries, size_t count)
{
    for (size_t e = 0; e < count; e++) {
        if (entries[e].target == a->target && entries[e].zone == a->zone &&
            entries[e].at_us >= a->from_us &&
            (entries[e].at_us <= a->from_us + JUSTIFIED_US || entries[e].at_us <= a->to_us)) {
            return true;
        }
    }
    return false;
}

static void compare(const char *name, const alerts *a, const entry *entries, size_t entry_count,
                    const int64_t *last_us)
{
    size_t nuisance = 0;
    size_t nothing = 0; /* the target was not seen to the end of it */
    for (size_t i = 0; i < a->count; i++) {
        if (!is_right(&a->alerts[i], entries, entry_count)) {
            const bool cut = last_us[a->alerts[i].target] < a->alerts[i].from_us + WARNING_S * S;
            nothing += cut;
            nuisance += !cut;
        }
    }
    double *const given = need(entry_count, sizeof *given);
    double *const allowed = need(entry_count, sizeof *allowed);
    size_t missed = 0;
    size_t true_count = 0;
    for (size_t e = 0; e < entry_count; e++) {
        if (entries[e].unfit) {
            continue;
        }
        double warned_s = 0;
        for (size_t i = 0; i < a->count; i++) {
            const alert *const w = &a->alerts[i];
            if (w->target == entries[e].target && w->zone == entries[e].zone &&
                w->from_us < entries[e].at_us && w->to_us >= entries[e].at_us) {
                warned_s = (double)(entries[e].at_us - w->from_us) / 1e6;
            }
        }
        const double seen_s = (double)(entries[e].at_us - entries[e].seen_us) / 1e6;
        missed += warned_s <= 0;
        const double most_s = seen_s < WARNING_S ? seen_s : WARNING_S;
        allowed[true_count] = most_s;
        given[true_count++] = warned_s < most_s ? warned_s : most_s;
    }
    printf("%s\t%zu\t%zu\t%zu\t%zu\t%zu\t%.1f\t%.1f\n", name, a->count, nuisance, nothing,
           true_count, missed, median(given, true_count), median(allowed, true_count));
    free(given);
    free(allowed);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: bench_watch_quality REPORTS PART ZONES SEED [events]\n");
        return 2;
    }
    scene s = {0};
    state = strtoull(argv[4], NULL, 10);
    read_traffic(&s, argv[1], (uint32_t)atoi(argv[2]));
    draw_zones(&s, (uint32_t)atoi(argv[3]));
    int64_t *const last_us = need(s.target_count, sizeof *last_us);
    size_t entry_count;
    entry *const entries = find_entries(&s, &entry_count, last_us);
    FILE *const events = argc > 5 ? fopen(argv[5], "w") : NULL;
    const alerts ours = run_watch(&s, events);
    compare("watch", &ours, entries, entry_count, last_us);
    const alerts peer = run_peer(&s);
    compare("straight", &peer, entries, entry_count, last_us);
    if (events) {
        fclose(events);
    }
    return 0;
}
