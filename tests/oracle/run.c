#include "run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/watch.h"

#define EXPIRE_S 60

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

static void gather(void *context, const lee_event *event)
{
    oracle_events *const list = context;
    if (event->kind == LEE_EVENT_UPDATED) {
        return;
    }
    const uint32_t target = (uint32_t)strtoul(event->target.text + strlen("icao24:"), NULL, 16);
    char reason = event->present & LEE_EVENT_HAS_REASON ? event->reason[0] : '\0';
    /* A permit that names both and does not hold is no leave; the oracle does not ask which. */
    if (strcmp(event->reason, "permit_time") == 0) {
        reason = '\0';
    }
    if (reason == '\0' && (event->kind == LEE_EVENT_ENTERED || event->kind == LEE_EVENT_PRESENT ||
                           event->kind == LEE_EVENT_CROSSED)) {
        reason = 'n'; /* none: differs from 'a', matches '?' */
    }
    oracle_add(list, (oracle_event){.t_us = event->t_us,
                                    .target = target - 1,
                                    .zone = event->zone_index,
                                    .kind = (int)event->kind,
                                    .cross_us = event->present & LEE_EVENT_HAS_CROSSED_AT
                                                    ? event->crossed_at_us
                                                    : -1,
                                    .reason = reason});
}

#define PERMITS_MAX 64

/* The same permits as the engine has them. */
static lee_permit_list permits_of(const oracle_permits *from, const lee_zone_list *zones)
{
    static lee_permit permits[PERMITS_MAX];
    static lee_target targets[PERMITS_MAX];
    static const char *names[PERMITS_MAX];
    assert(from->count <= PERMITS_MAX);
    for (size_t i = 0; i < from->count; i++) {
        const oracle_permit *const permit = &from->permits[i];
        const bool any = permit->target == ORACLE_ANY;
        targets[i] = name_of(any ? 0 : permit->target);
        names[i] = permit->zone == ORACLE_ANY ? "*" : zones->zones[permit->zone].id;
        permits[i] = (lee_permit){.id = "p",
                                  .target = any ? "icao24:0000*" : targets[i].text,
                                  .match = any ? LEE_PERMIT_PREFIX : LEE_PERMIT_TARGET,
                                  .zones = &names[i],
                                  .zone_count = 1,
                                  .from_us = permit->from_us,
                                  .to_us = permit->to_us,
                                  .ceiling = {.kind = LEE_LIMIT_UNL}};
    }
    return (lee_permit_list){permits, (uint32_t)from->count};
}

static void run_engine(const lee_zone_list *zones, const oracle_permits *permits,
                       const oracle_report *reports, size_t count, int64_t end_us,
                       oracle_events *out)
{
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.expire_after_s = EXPIRE_S;
    options.incidents_max = 65536;
    lee_watch *watch = NULL;
    lee_zone_set *set = NULL;
    if (lee_watch_create(&options, gather, out, &watch) || lee_zone_set_build(zones, &set) ||
        lee_watch_set_zones(watch, set, 1, count > 0 ? reports[0].t_us - 1 : 0)) {
        abort();
    }
    const lee_permit_list list = permits_of(permits, zones);
    if (lee_watch_set_permits(watch, &list, count > 0 ? reports[0].t_us - 1 : 0)) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        lee_report report = {.t_us = reports[i].t_us, .source = LEE_SOURCE_ADSB};
        report.target = name_of(reports[i].target);
        report.present = LEE_REPORT_HAS_POSITION;
        report.lat_e7 = reports[i].point.lat_e7;
        report.lon_e7 = reports[i].point.lon_e7;
        if (reports[i].has_alt) {
            report.present |= LEE_REPORT_HAS_ALT_BARO;
            report.alt_baro_ft = reports[i].alt_ft;
        }
        lee_watch_report(watch, &report);
    }
    lee_watch_tick(watch, end_us);
    lee_watch_counters counters;
    lee_watch_count(watch, &counters);
    assert(counters.reports == count);
    assert(counters.incidents_refused == 0);
    lee_watch_free(watch);
    lee_zone_set_free(set);
}

static size_t count_kind(const oracle_events *list, int kind)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += list->events[i].kind == kind;
    }
    return count;
}

size_t run_both(const char *name, const lee_zone_list *zones, const oracle_permits *permits,
                const oracle_report *reports, size_t count, uint32_t target_count, int64_t end_us)
{
    oracle_events engine = {0};
    oracle_events oracle = {0};
    run_engine(zones, permits, reports, count, end_us, &engine);
    oracle_run(zones, permits, reports, count, target_count, EXPIRE_S * INT64_C(1000000), end_us,
               &oracle);
    const size_t wrong = oracle_compare(&engine, &oracle, zones);
    printf("%s: %zu reports of %u targets, %u zones: %zu entered, %zu present, %zu left, "
           "%zu crossed, %zu lost, %zu events; %zu differ\n",
           name, count, target_count, zones->count, count_kind(&oracle, LEE_EVENT_ENTERED),
           count_kind(&oracle, LEE_EVENT_PRESENT), count_kind(&oracle, LEE_EVENT_LEFT),
           count_kind(&oracle, LEE_EVENT_CROSSED), count_kind(&oracle, LEE_EVENT_LOST),
           oracle.count, wrong);
    free(engine.events);
    free(oracle.events);
    return wrong;
}
