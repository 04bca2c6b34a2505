#include "run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/watch.h"

#define EXPIRE_S 60
#define S INT64_C(1000000)

void run_plain_watch(lee_zone *zones, uint32_t count)
{
    for (uint32_t z = 0; z < count; z++) {
        zones[z].watch = (lee_zone_watch){.confirm = 1, .lost_after_s = 45};
        zones[z].entry = LEE_ENTRY_DENY;
    }
}

static lee_target name_of(uint32_t target)
{
    return lee_target_icao24(target + 1, true);
}

typedef struct {
    const run_case *of;
    lee_watch *watch;
    lee_attention *attention;
    oracle_events events;
    oracle_events duties;
    oracle_told *told; /* and what was acknowledged, in order */
    size_t count;
    size_t capacity;
} hearer;

static oracle_told *room(hearer *h)
{
    if (h->count == h->capacity) {
        h->capacity = h->capacity ? h->capacity * 2 : 1024;
        h->told = realloc(h->told, h->capacity * sizeof *h->told);
        assert(h->told);
    }
    h->told[h->count] = (oracle_told){.group = -1};
    return &h->told[h->count++];
}

static char reason_of(const lee_event *event)
{
    static const char *const behaviours[] = {"emergency", "low_fast",  "rendezvous",
                                             "stopped",   "loitering", "leaving_route"};
    static const char letters[] = "EFMTLR";
    /* Why a permit does not hold is compared as one of the words behind the severity. */
    if (!(event->present & LEE_EVENT_HAS_REASON) || strncmp(event->reason, "permit_", 7) == 0) {
        return 'n';
    }
    for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++) {
        if (strcmp(event->reason, behaviours[i]) == 0) {
            return letters[i];
        }
    }
    return event->reason[0];
}

/* The words behind the severity. */
static uint32_t words_of(const lee_event *event)
{
    static const char *const names[] = {
        "emergency",     "low_fast",
        "rendezvous",    "stopped",
        "loitering",     "appeared",
        "inside",        "crossed",
        "imminent",      "ahead",
        "near",          "permitted",
        "inhibited",     "entry_allowed",
        "zone_starts",   "permit_not_granted",
        "permit_time",   "permit_altitude",
        "permit_track",  "permit_route",
        "permit_stop",   "permit_rendezvous",
        "permit_report", "leaving_route",
    };
    uint32_t words = 0;
    const char *at = event->severity_reasons;
    while (*at) {
        const size_t length = strcspn(at, " ");
        uint32_t bit = 0;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            bit |= strlen(names[i]) == length && memcmp(names[i], at, length) == 0
                       ? UINT32_C(1) << i
                       : 0;
        }
        assert(bit != 0 && !(words & bit));
        words |= bit;
        at += length + (at[length] == ' ');
    }
    return words;
}

static oracle_event event_of(const lee_event *event, uint32_t target)
{
    const uint32_t has = event->present;
    return (oracle_event){
        .t_us = event->t_us,
        .target = target,
        .zone = event->zone_index,
        .kind = (int)event->kind,
        .cross_us = has & LEE_EVENT_HAS_CROSSED_AT ? event->crossed_at_us : -1,
        .reason = reason_of(event),
        .severity = event->severity,
        .entry_s = has & LEE_EVENT_HAS_TIME_TO_ENTRY ? event->time_to_entry_s_e3 * 1e-3 : -1,
        .p_inside = has & LEE_EVENT_HAS_P_INSIDE ? event->p_inside_e3 * 1e-3 : -1,
        .depth_m = has & LEE_EVENT_HAS_DEPTH ? event->depth_m : -1};
}

/* False: it is one of a duty, which is no dealing of a target with a zone. */
static bool keep(hearer *h, const lee_event *event)
{
    const uint32_t target = (uint32_t)strtoul(event->target.text + strlen("icao24:"), NULL, 16);
    if (strcmp(event->severity_reasons, "duty") == 0) {
        const size_t permit = strtoul(event->permit + 1, NULL, 10);
        const bool is_any = h->of->permits.permits[permit].duty == LEE_DUTY_PRESENT;
        const oracle_input input = {.target_count = h->of->target_count};
        const uint32_t number = oracle_duty_of(&input, permit, is_any ? ORACLE_ANY : target - 1);
        oracle_add(&h->duties, event_of(event, number));
        return false;
    }
    oracle_event kept = event_of(event, target - 1);
    kept.words = words_of(event);
    oracle_add(&h->events, kept);
    return true;
}

static void hear(void *context, const lee_event *decided)
{
    hearer *const h = context;
    if (!keep(h, decided)) {
        return;
    }
    oracle_told *const t = room(h);
    const lee_track *const track = lee_watch_find_track(h->watch, &decided->target);
    t->event = *decided;
    t->has_alt = track->last.present & LEE_REPORT_HAS_ALT_BARO;
    t->alt_ft = track->last.alt_baro_ft;
    t->has_course = track->last.present & LEE_REPORT_HAS_TRACK;
    t->speed_kt_e3 = track->last.speed_ground_kt_e3;
    t->track_deg_e3 = track->last.track_deg_e3;
    lee_attention_event(h->attention, &t->event, &h->of->zones.zones[decided->zone_index], track);
}

#define PERMITS_MAX 64

typedef struct {
    char id[24];
    char squawk[16];
    lee_target target;
    const char *zone;
    lee_permit_step steps[2];
    lee_point there_and_back[2 * ORACLE_ROUTE_MAX];
    lee_ring ring;
} permit_texts;

static lee_alt_limit by_pressure(int32_t ft)
{
    return (lee_alt_limit){LEE_LIMIT_VALUE, {ft, LEE_ALT_STD}};
}

/* Borrows the texts. */
static lee_permit permit_of(const oracle_permit *from, size_t number, const lee_zone_list *zones,
                            permit_texts *texts)
{
    const bool any = from->target == ORACLE_ANY;
    texts->target = name_of(any ? 0 : from->target);
    texts->zone = from->zone == ORACLE_ANY ? "*" : zones->zones[from->zone].id;
    snprintf(texts->id, sizeof texts->id, "p%zu", number);
    snprintf(texts->squawk, sizeof texts->squawk, "squawk:%04o", (unsigned)from->squawk);
    lee_permit made = {.id = texts->id,
                       .target = from->squawk > 0 ? texts->squawk
                                 : any            ? "icao24:0000*"
                                                  : texts->target.text,
                       .match = from->squawk > 0 ? LEE_PERMIT_SQUAWK
                                : any            ? LEE_PERMIT_PREFIX
                                                 : LEE_PERMIT_TARGET,
                       .zones = &texts->zone,
                       .zone_count = 1,
                       .from_us = from->from_us,
                       .to_us = from->to_us,
                       .ceiling = {.kind = LEE_LIMIT_UNL},
                       .asks = {from->stop_s, from->meet_s, from->report_s, from->stay},
                       .has_track = from->has_track,
                       .track_from_deg = from->track_from_deg,
                       .track_to_deg = from->track_to_deg,
                       .steps = texts->steps,
                       .duty = from->duty,
                       .absent_after_s = from->absent_after_s};
    if (from->has_levels) {
        made.floor = by_pressure(from->lower_ft);
        made.ceiling = by_pressure(from->upper_ft);
    }
    for (uint32_t i = 0; i < from->route_count; i++) {
        texts->there_and_back[i] = from->route[i];
        texts->there_and_back[2 * (from->route_count - 1) - i] = from->route[i];
    }
    if (from->route_count > 0) {
        texts->ring = (lee_ring){texts->there_and_back, 2 * (from->route_count - 1)};
        made.route = (lee_area){&texts->ring, 1};
        made.route_half_width_m = from->half_width_m;
    }
    if (from->granted_us != INT64_MIN) {
        texts->steps[made.step_count++] =
            (lee_permit_step){LEE_PERMIT_GRANTED, from->granted_us, "party", NULL};
    }
    if (from->revoked_us != INT64_MAX) {
        texts->steps[made.step_count++] =
            (lee_permit_step){LEE_PERMIT_REVOKED, from->revoked_us, "party", NULL};
    }
    return made;
}

/* The same permits as the engine has them. */
static lee_permit_list permits_of(const oracle_permits *from, const lee_zone_list *zones)
{
    static lee_permit permits[PERMITS_MAX];
    static permit_texts texts[PERMITS_MAX];
    uint32_t count = 0;
    assert(from->count <= PERMITS_MAX);
    for (size_t i = 0; i < from->count; i++) {
        if (!from->permits[i].is_inhibition) {
            permits[count] = permit_of(&from->permits[i], i, zones, &texts[count]);
            count++;
        }
    }
    return (lee_permit_list){permits, count};
}

/* An inhibition is given at the instant when it begins. */
static void inhibit_until(hearer *h, int64_t after_us, int64_t t_us)
{
    const oracle_permits *const permits = &h->of->permits;
    for (size_t i = 0; i < permits->count; i++) {
        const oracle_permit *const p = &permits->permits[i];
        if (!p->is_inhibition || p->from_us <= after_us || p->from_us > t_us) {
            continue;
        }
        lee_inhibition made = {.from_us = p->from_us, .to_us = p->to_us};
        snprintf(made.id, sizeof made.id, "i%zu", i);
        if (p->target != ORACLE_ANY) {
            made.target = name_of(p->target);
        }
        if (p->zone != ORACLE_ANY) {
            snprintf(made.zone, sizeof made.zone, "%s", h->of->zones.zones[p->zone].id);
        }
        const lee_error error = lee_watch_inhibit(h->watch, &made, p->from_us);
        assert(!error);
        (void)error;
    }
}

static lee_report report_of(const oracle_report *from)
{
    lee_report report = {.t_us = from->t_us, .source = LEE_SOURCE_ADSB};
    report.target = name_of(from->target);
    report.present = LEE_REPORT_HAS_POSITION;
    report.lat_e7 = from->point.lat_e7;
    report.lon_e7 = from->point.lon_e7;
    report.present |= from->has_alt ? LEE_REPORT_HAS_ALT_BARO : 0;
    report.alt_baro_ft = from->alt_ft;
    report.present |= from->has_course ? LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK : 0;
    report.speed_ground_kt_e3 = from->speed_kt_e3;
    report.track_deg_e3 = from->track_deg_e3;
    report.present |= from->has_rate ? LEE_REPORT_HAS_VERTICAL_RATE : 0;
    report.vertical_rate_fpm = from->rate_fpm;
    report.present |= from->has_selected ? LEE_REPORT_HAS_ALT_SELECTED : 0;
    report.alt_selected_ft = from->selected_ft;
    report.present |= from->has_nac_p ? LEE_REPORT_HAS_NAC_P : 0;
    report.nac_p = from->nac_p;
    report.present |= from->has_squawk ? LEE_REPORT_HAS_SQUAWK : 0;
    report.squawk = from->squawk;
    report.present |= from->has_emergency ? LEE_REPORT_HAS_EMERGENCY : 0;
    snprintf(report.emergency, sizeof report.emergency, "%s",
             !from->has_emergency ? ""
             : from->emergency    ? "general"
                                  : "none");
    return report;
}

/* Of the newest event of an incident that is open. */
static void acknowledge(hearer *h, int64_t t_us, int64_t until_us)
{
    if (h->count == 0) {
        return;
    }
    const uint64_t incident = h->told[h->count - 1].event.incident;
    if (lee_attention_acknowledge(h->attention, incident, t_us, until_us) == LEE_OK) {
        oracle_told *const t = room(h);
        t->is_acknowledgement = true;
        t->event.incident = incident;
        t->event.t_us = t_us;
        t->until_us = until_us;
    }
}

static void run_engine(hearer *h)
{
    const run_case *const c = h->of;
    const int64_t start_us = c->count > 0 ? c->reports[0].t_us - 1 : 0;
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.expire_after_s = EXPIRE_S;
    options.incidents_max = 65536;
    lee_zone_set *set = NULL;
    const lee_permit_list list = permits_of(&c->permits, &c->zones);
    if (lee_watch_create(&options, hear, h, &h->watch) || lee_attention_create(&h->attention) ||
        lee_zone_set_build(&c->zones, &set) || lee_watch_set_zones(h->watch, set, 1, start_us) ||
        lee_watch_set_permits(h->watch, &list, start_us)) {
        abort();
    }
    size_t next = 0;
    int64_t clock_us = INT64_MIN;
    for (size_t i = 0; i < c->count; i++) {
        if (c->reports[i].t_us > clock_us) {
            inhibit_until(h, clock_us, c->reports[i].t_us);
            clock_us = c->reports[i].t_us;
        }
        const lee_report report = report_of(&c->reports[i]);
        lee_watch_report(h->watch, &report);
        while (next < c->acknowledgement_count && c->acknowledgements[next].report == i) {
            acknowledge(h, clock_us, clock_us + c->acknowledgements[next++].span_us);
        }
    }
    inhibit_until(h, clock_us, c->end_us);
    lee_watch_tick(h->watch, c->end_us);
    lee_watch_counters counters;
    lee_watch_count(h->watch, &counters);
    assert(counters.reports == c->count);
    assert(counters.incidents_refused == 0);
    lee_watch_free(h->watch);
    lee_attention_free(h->attention);
    lee_zone_set_free(set);
}

static void add_up(const hearer *h, const oracle_events *oracle, const int64_t *cuts,
                   run_sums *sums)
{
    const run_case *const c = h->of;
    sums->reports += c->count;
    sums->events += oracle->count;
    for (size_t i = 0; i < oracle->count; i++) {
        sums->kinds[oracle->events[i].kind]++;
        for (int word = 0; word < ORACLE_WORDS; word++) {
            sums->words[word] += oracle->events[i].words >> word & 1;
        }
        sums->following += oracle->events[i].reason == 'f';
    }
    for (size_t i = 0; i < h->count; i++) {
        sums->quiet += (h->told[i].event.present & LEE_EVENT_HAS_ATTENTION) != 0;
        sums->grouped += (h->told[i].event.present & LEE_EVENT_HAS_GROUP) != 0;
        sums->acknowledged += h->told[i].is_acknowledgement;
    }
    const size_t pairs = (size_t)c->target_count * c->zones.count;
    sums->pairs += pairs;
    for (size_t i = 0; i < pairs; i++) {
        sums->cut += cuts[i] != INT64_MAX;
    }
}

void run_both(const run_case *c, run_sums *sums)
{
    hearer h = {.of = c};
    oracle_events oracle = {0};
    int64_t *const cuts = malloc((size_t)c->target_count * c->zones.count * sizeof *cuts);
    assert(cuts);
    run_engine(&h);
    for (size_t i = 0; i < (size_t)c->target_count * c->zones.count; i++) {
        cuts[i] = INT64_MAX;
    }
    const oracle_input input = {.zones = &c->zones,
                                .permits = &c->permits,
                                .reports = c->reports,
                                .count = c->count,
                                .target_count = c->target_count,
                                .expire_us = EXPIRE_S * S,
                                .end_us = c->end_us};
    oracle_events duties = {0};
    const size_t duty_count = oracle_duty_of(&input, c->permits.count, ORACLE_ANY);
    int64_t *const duty_cuts = calloc(duty_count * c->zones.count + 1, sizeof *duty_cuts);
    assert(duty_cuts);
    oracle_run(&input, &oracle, c->may_cut ? cuts : NULL, &duties, duty_cuts);
    size_t wrong = oracle_compare(&h.events, &oracle, &c->zones, c->may_cut ? cuts : NULL);
    sums->duties += duties.count;
    wrong += oracle_compare(&h.duties, &duties, &c->zones, duty_cuts);
    add_up(&h, &oracle, cuts, sums);
    if (c->has_attention) {
        wrong += oracle_judge_attention(&c->zones, h.told, h.count);
    }
    if (wrong > 0) {
        printf("%s: %zu differ\n", c->name, wrong);
    }
    sums->wrong += wrong;
    free(cuts);
    free(h.told);
    free(h.events.events);
    free(h.duties.events);
    free(oracle.events);
    free(duties.events);
    free(duty_cuts);
}

void run_print(const char *name, const run_sums *sums)
{
    static const char *const kinds[] = {
#define NAME(name, text) text,
        LEE_EVENT_LIST(NAME)
#undef NAME
    };
    printf("%s: reports %zu pairs %zu left_out %zu events %zu", name, sums->reports, sums->pairs,
           sums->cut, sums->events);
    for (int i = 0; i < LEE_EVENT_KIND_COUNT; i++) {
        printf(" %s %zu", kinds[i], sums->kinds[i]);
    }
    const size_t *const w = sums->words;
    size_t denied = 0;
    for (int i = 15; i < 23; i++) {
        denied += w[i];
    }
    printf(
        " emergency %zu low_fast %zu rendezvous %zu stopped %zu loitering %zu appeared %zu "
        "leave_denied %zu leave_broken %zu off_route %zu leaving_route %zu following %zu duty %zu",
        w[0], w[1], w[2], w[3], w[4], w[5], denied, w[20] + w[21] + w[22], w[19], w[23],
        sums->following, sums->duties);
    printf(" quiet %zu grouped %zu acknowledged %zu differ %zu\n", sums->quiet, sums->grouped,
           sums->acknowledged, sums->wrong);
}
