/* How good the alerts are: bench_watch_quality REPORTS.jsonl PART ZONES SEED [FOLDER]
 *
 * Draws zones on recorded traffic, judges the traffic of one half of the targets (PART 0 to tune
 * with, 1 to report on) with the watch and with its peer, and compares both with what happened
 * (app/measure.h, as `leeward tune` does). The peer is the reference chain: straight on at ground
 * speed, course and vertical rate, looked at second by second for 60 s, told after 2 hits of 2 (at
 * once when 15 s away), kept through 2 misses.
 *
 * Prints a line for each of the two: name, alerts, nuisance, of those evasive, unknown, entries,
 * those of which a warning was possible, missed of these, missed of all, the median warning given,
 * the median allowed (s), the median of the one by the other, and the most that one target and zone
 * was told again within ten minutes: though no graver than before, and in all. In the FOLDER it
 * leaves zones.geojson and reports.jsonl, of which `leeward tune` says the same, and events.jsonl.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/measure.h"
#include "leeward/watch.h"
#include "record/codec.h"
#include "zone/write.h"

#define VERTICES 12
#define WARNING_S 60.0
#define HOLD 2
#define ALERT_CHANCE_PCT 90 /* the default of restricted zones; so the next */
#define REALERT_S 600

/* What one told of one target and zone. */
typedef struct {
    lee_measure_alert list[LEE_MEASURE_PAIR_MAX];
    size_t count;
    bool open;
    double aloud_s[LEE_MEASURE_PAIR_MAX]; /* when an incident first asked for attention */
    size_t aloud_count;
    double again_s[LEE_MEASURE_PAIR_MAX]; /* of these, no graver than in the ten minutes before */
    size_t again_count;
    uint64_t aloud;    /* the last of these incidents */
    double grave_s[3]; /* by severity: when something no less grave was told aloud last */
    bool was_grave[3];
} alerts;

typedef struct {
    lee_report *reports;
    size_t count;
    uint32_t *target; /* of each report */
    uint32_t target_count;
    lee_target *names;
    size_t *first;          /* by target: of its fixes; one more than there are targets */
    lee_measure_fix *fixes; /* of reports with an altitude, by target */
    uint64_t *said;         /* of each fix: what its report carried; the peer remembers nothing */
    lee_zone *zones;
    uint32_t zone_count;
    lee_zone_set *set;
    alerts **told; /* by target and zone: what the watch told */
} scene;

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

/* Of what is on the ground, or has no altitude, nobody is warned. */
static bool is_airborne(const lee_report *r)
{
    return (r->present & LEE_REPORT_HAS_ALT_BARO) &&
           !((r->present & LEE_REPORT_HAS_ON_GROUND) && r->on_ground);
}

/* What the peer and the measure look at, target by target. */
static void gather_fixes(scene *s)
{
    size_t at = 0;
    s->said = need(s->count, sizeof *s->said);
    s->first = need((size_t)s->target_count + 1, sizeof *s->first);
    s->fixes = need(s->count, sizeof *s->fixes);
    for (uint32_t t = 0; t < s->target_count; t++) {
        const lee_measure_air air = {.shift_ft = 0}; /* all limits are flight levels */
        lee_measure_memory memory = {.has_heard = false};
        s->first[t] = at;
        for (size_t i = 0; i < s->count; i++) {
            const lee_report *const r = &s->reports[i];
            if (s->target[i] != t || !is_airborne(r)) {
                continue;
            }
            s->said[at] = r->present;
            at += lee_measure_hear(&memory, r, &air, &s->fixes[at]);
        }
    }
    s->first[s->target_count] = at;
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
    gather_fixes(s);
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
                  .warning_time_s = (int32_t)WARNING_S,
                  .confirm = 2,
                  .hold = HOLD,
                  .lost_after_s = 30,
                  .alert_chance_pct = ALERT_CHANCE_PCT,
                  .realert_s = REALERT_S,
                  .imminent_s = 15,
                  .loiter_m = 1000,
                  .stop_kt = 2,
                  .meet_m = 500},
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

/* --- the two that alert -------------------------------------------------------------------------
 */

static void begin_alert(alerts *list, double t_s)
{
    if (!list->open && list->count < LEE_MEASURE_PAIR_MAX) {
        list->list[list->count++] = (lee_measure_alert){.from_s = t_s, .to_s = HUGE_VAL};
        list->open = true;
    }
}

static void end_alert(alerts *list, double t_s)
{
    if (list->open) {
        list->list[list->count - 1].to_s = t_s;
        list->open = false;
    }
}

typedef struct {
    const scene *scene;
    lee_watch *watch;
    lee_attention *attention;
    FILE *events;
    lee_buffer line;
} hearer;

/* An incident is told aloud from its first event on that asks for attention. */
static void note_aloud(alerts *told, const lee_event *event)
{
    const bool is_over = event->kind == LEE_EVENT_LEFT || event->kind == LEE_EVENT_ENDED ||
                         event->kind == LEE_EVENT_VERDICT;
    if (is_over || event->present & LEE_EVENT_HAS_ATTENTION) {
        return;
    }
    const double t_s = (double)event->t_us * 1e-6;
    const int severity = event->severity;
    if (event->incident != told->aloud && told->aloud_count < LEE_MEASURE_PAIR_MAX) {
        if (told->was_grave[severity] && t_s - told->grave_s[severity] < REALERT_S) {
            told->again_s[told->again_count++] = t_s;
        }
        told->aloud_s[told->aloud_count++] = t_s;
        told->aloud = event->incident;
    }
    for (int i = 0; i <= severity; i++) {
        told->was_grave[i] = true;
        told->grave_s[i] = t_s;
    }
}

static void hear(void *context, const lee_event *decided)
{
    hearer *const h = context;
    const scene *const s = h->scene;
    lee_event event = *decided;
    const double t_s = (double)event.t_us * 1e-6;
    uint32_t target = s->target_count;
    while (target-- > 0 && !lee_target_equal(&s->names[target], &event.target)) {
    }
    if (target == UINT32_MAX) {
        return; /* the second account under one name */
    }
    lee_attention_event(h->attention, &event, &s->zones[event.zone_index],
                        lee_watch_find_track(h->watch, &event.target));
    alerts **const told = &s->told[(size_t)target * s->zone_count + event.zone_index];
    *told = *told ? *told : need(1, sizeof **told);
    note_aloud(*told, &event);
    if (event.kind == LEE_EVENT_PREDICTED) {
        begin_alert(*told, t_s);
    } else if (event.kind == LEE_EVENT_ENTERED || event.kind == LEE_EVENT_ENDED) {
        end_alert(*told, t_s);
    }
    if (h->events) {
        h->line.length = 0;
        lee_event_write_json(&event, &h->line);
        fprintf(h->events, "%.*s\n", (int)h->line.length, (const char *)h->line.bytes);
    }
}

static void run_watch(scene *s, FILE *events)
{
    s->told = need((size_t)s->target_count * s->zone_count, sizeof *s->told);
    hearer h = {.scene = s, .events = events};
    lee_buffer_init(&h.line, 1 << 16);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.incidents_max = 65536;
    if (lee_watch_create(&options, hear, &h, &h.watch) || lee_attention_create(&h.attention) ||
        lee_watch_set_zones(h.watch, s->set, 1, 0)) {
        exit(2);
    }
    for (size_t i = 0; i < s->count; i++) {
        if (is_airborne(&s->reports[i])) {
            lee_watch_report(h.watch, &s->reports[i]);
        }
    }
    lee_watch_free(h.watch);
    lee_attention_free(h.attention);
    lee_buffer_free(&h.line);
}

/* The first second of the straight way inside, 0 when inside now; -1: none within the warning time.
 */
static int look_straight(const lee_measure_volume *z, const lee_measure_fix *f, uint64_t said)
{
    const uint32_t needs = LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    lee_measure_fix from = *f;
    from.has_rate = said & LEE_REPORT_HAS_VERTICAL_RATE;
    if (lee_measure_holds(z, f)) {
        return 0;
    }
    for (int second = 1; (said & needs) == needs && second <= (int)WARNING_S; second++) {
        const lee_measure_fix to = lee_measure_straight(&from, second);
        if (lee_measure_holds(z, &to)) {
            return second;
        }
    }
    return -1;
}

static void run_peer(const lee_measure_volume *z, const lee_measure_fix *f, const uint64_t *said,
                     size_t count, alerts *out)
{
    int hits = 0;
    int misses = 0;
    for (size_t i = 0; i < count; i++) {
        const int second = look_straight(z, &f[i], said[i]);
        if (second == 0) {
            end_alert(out, f[i].t_s);
            hits = 0;
        } else if (second > 0) {
            misses = 0;
            if (++hits >= 2 || second <= (int)LEE_MEASURE_IMMINENT_S) {
                begin_alert(out, f[i].t_s);
            }
        } else {
            hits = 0;
            if (out->open && ++misses > HOLD) {
                end_alert(out, f[i].t_s);
                misses = 0;
            }
        }
    }
}

/* --- the comparison -----------------------------------------------------------------------------
 */

/* The fixes of a target in the plane of the zone. False: it never came near. */
static bool place(const scene *s, uint32_t target, const lee_measure_volume *zone,
                  lee_measure_fix *out)
{
    bool near = false;
    const double near_m = lee_measure_near_m(zone);
    for (size_t i = s->first[target]; i < s->first[target + 1]; i++) {
        lee_measure_fix *const f = &out[i - s->first[target]];
        *f = s->fixes[i];
        lee_measure_place(zone, f);
        near |= fabs(f->x_m) < near_m && fabs(f->y_m) < near_m;
    }
    return near;
}

static void keep_most(size_t *most, const double *again_s, size_t count)
{
    const size_t here = lee_measure_most_within(again_s, count, REALERT_S);
    *most = here > *most ? here : *most;
}

/* All but the first alert of a target and zone are given again. */
static void keep_most_but_first(size_t *most, const double *alerts_s, size_t count)
{
    if (count > 1) {
        keep_most(most, alerts_s + 1, count - 1);
    }
}

typedef struct {
    lee_measure_sums sums;
    size_t again;
    size_t again_graver;
} figures;

static void compare(const scene *s, figures *watch, figures *peer)
{
    static alerts none;
    lee_measure_fix *const fixes = need(s->count, sizeof *fixes);
    lee_measure_entry *const entries = need(LEE_MEASURE_PAIR_MAX, sizeof *entries);
    alerts *const straight = need(1, sizeof *straight);
    for (uint32_t z = 0; z < s->zone_count; z++) {
        lee_measure_volume zone;
        if (lee_measure_volume_make(&s->zones[z], 0, NULL, &zone)) {
            exit(2);
        }
        for (uint32_t t = 0; t < s->target_count; t++) {
            const size_t count = s->first[t + 1] - s->first[t];
            if (!place(s, t, &zone, fixes)) {
                continue;
            }
            const size_t entry_count = lee_measure_entries(&zone, fixes, count, entries);
            alerts *const told = s->told[(size_t)t * s->zone_count + z];
            alerts *const heard = told ? told : &none;
            lee_measure_judge(&zone, fixes, count, entries, entry_count, heard->list, heard->count,
                              &watch->sums);
            keep_most(&watch->again, heard->again_s, heard->again_count);
            keep_most_but_first(&watch->again_graver, heard->aloud_s, heard->aloud_count);
            straight->count = 0;
            straight->open = false;
            run_peer(&zone, fixes, &s->said[s->first[t]], count, straight);
            lee_measure_judge(&zone, fixes, count, entries, entry_count, straight->list,
                              straight->count, &peer->sums);
            for (size_t i = 0; i < straight->count; i++) {
                straight->aloud_s[i] = straight->list[i].from_s;
            }
            keep_most_but_first(&peer->again, straight->aloud_s, straight->count);
            peer->again_graver = peer->again;
        }
        lee_measure_volume_free(&zone);
    }
    free(fixes);
    free(entries);
    free(straight);
}

static void print(const char *name, figures *of)
{
    lee_measure_sums *const f = &of->sums;
    printf("%s\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%.1f\t%.1f\t%.3f\t%zu\t%zu\n", name,
           f->alerts, f->nuisance, f->evasive, f->unknown, f->entries, f->possible, f->missed,
           f->missed_of_all, lee_measure_quantile(&f->given, 0.5),
           lee_measure_quantile(&f->allowed, 0.5), lee_measure_quantile(&f->shares, 0.5), of->again,
           of->again_graver);
}

static FILE *open_in(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    if (!file) {
        exit(2);
    }
    return file;
}

/* The zones, and the reports that the watch is told. */
static void leave(const scene *s, const char *folder)
{
    lee_buffer text;
    lee_buffer_init(&text, SIZE_MAX / 2);
    FILE *const zones = open_in(folder, "zones.geojson");
    lee_zone_write_geojson(lee_zone_set_list(s->set), &text);
    fwrite(text.bytes, 1, text.length, zones);
    fclose(zones);
    FILE *const reports = open_in(folder, "reports.jsonl");
    for (size_t i = 0; i < s->count; i++) {
        if (is_airborne(&s->reports[i])) {
            lee_buffer_reset(&text);
            lee_report_write_json(&s->reports[i], NULL, &text);
            fprintf(reports, "%.*s\n", (int)text.length, (const char *)text.bytes);
        }
    }
    fclose(reports);
    lee_buffer_free(&text);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: bench_watch_quality REPORTS PART ZONES SEED [FOLDER]\n");
        return 2;
    }
    scene s = {0};
    state = strtoull(argv[4], NULL, 10);
    read_traffic(&s, argv[1], (uint32_t)atoi(argv[2]));
    draw_zones(&s, (uint32_t)atoi(argv[3]));
    FILE *const events = argc > 5 ? open_in(argv[5], "events.jsonl") : NULL;
    run_watch(&s, events);
    if (events) {
        fclose(events);
        leave(&s, argv[5]);
    }
    figures watch = {.again = 0};
    figures peer = {.again = 0};
    lee_measure_sums_init(&watch.sums);
    lee_measure_sums_init(&peer.sums);
    compare(&s, &watch, &peer);
    print("watch", &watch);
    print("straight", &peer);
    return 0;
}
