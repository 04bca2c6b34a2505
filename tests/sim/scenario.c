#define _GNU_SOURCE
#include "sim/scenario.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd_replay.h"
#include "app/cmd_verify.h"
#include "app/config.h"
#include "app/daemon.h"

#define SECOND_US INT64_C(1000000)
#define SETTLE_US (130 * SECOND_US)
#define SNAPSHOT_US (70 * SECOND_US)
#define CALM_US (20 * SECOND_US)
#define STORY_MAX_US (3600 * SECOND_US)

void sim_problem(sim_story *story, const char *format, ...)
{
    if (story->problem[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(story->problem, sizeof story->problem, format, arguments);
        va_end(arguments);
    }
}

/* --- nodes ----------------------------------------------------------------------------------- */

static void node_path(const sim_node *node, const char *name, char out[128])
{
    (void)snprintf(out, 128, "/sim/%s/%s", sim_host_name(node->host), name);
}

static void node_main(void *context)
{
    sim_node *const node = context;
    char path[128];
    char data[128];
    node_path(node, "config.json", path);
    node_path(node, "data", data);
    lee_config config;
    lee_config_init(&config);
    node->status = 1;
    if (lee_config_read(path, &config) == LEE_OK) {
        const lee_daemon_options options = {.config = &config,
                                            .share = "/nowhere",
                                            .data = data,
                                            .stop = &node->stop,
                                            .alone = true};
        node->status = lee_daemon_run(&options);
    }
    lee_config_free(&config);
}

static void node_start(sim_node *node)
{
    node->stop = 0;
    node->starts++;
    for (int i = 0; i < node->excuse_count; i++) {
        sim_excuse *const each = &node->excuses[i];
        if (sim_now_us() > each->to_us && sim_now_us() < each->memory_to_us) {
            each->memory_to_us = sim_now_us();
        }
    }
    sim_spawn(node->host, node_main, node);
}

/* Starts what should run, as a supervisor does. */
static void look_after(sim_story *story)
{
    for (int i = 0; i < story->node_count; i++) {
        sim_node *const node = &story->nodes[i];
        if (node->wanted && !sim_host_runs(node->host) && sim_now_us() >= node->start_us) {
            node->start_us = sim_now_us() + 2 * SECOND_US;
            node_start(node);
        }
    }
}

static void rest(sim_story *story, int64_t us)
{
    for (const int64_t end_us = sim_now_us() + us; sim_now_us() < end_us;) {
        usleep(200000);
        look_after(story);
    }
}

/* --- what stands in the files ---------------------------------------------------------------- */

static void write_zones(sim_story *story, const sim_node *node)
{
    static char text[16384];
    int length = snprintf(text, sizeof text, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (int i = 0; i < SIM_ZONES; i++) {
        const sim_square *const zone = &story->zones[i];
        const double west = zone->west_e7 / 1e7;
        const double south = zone->south_e7 / 1e7;
        const double east = zone->east_e7 / 1e7;
        const double north = zone->north_e7 / 1e7;
        length +=
            snprintf(text + length, sizeof text - (size_t)length,
                     "%s{\"type\":\"Feature\",\"id\":\"%s\",\"properties\":{\"kind\":\"no_fly\","
                     "\"name\":\"%s\",\"lower\":\"SFC\",\"upper\":\"UNL\"%s%s},\"geometry\":{"
                     "\"type\":\"Polygon\",\"coordinates\":[[[%.7f,%.7f],[%.7f,%.7f],[%.7f,%.7f],"
                     "[%.7f,%.7f],[%.7f,%.7f]]]}}",
                     i > 0 ? "," : "", zone->id, zone->id,
                     zone->is_exact ? ",\"watch\":{\"look_ahead_s\":0,\"lateral_margin_m\":0,"
                                      "\"vertical_margin_ft\":0,\"confirm\":1,\"hold\":0}"
                                    : "",
                     zone->is_exact ? "" : ",\"protects\":\"a village\"", west, south, east, south,
                     east, north, west, north, west, south);
    }
    length += snprintf(text + length, sizeof text - (size_t)length, "]}");
    char path[128];
    node_path(node, "zones.geojson", path);
    sim_put_file(path, text, (size_t)length);
    length = 0;
    for (int i = 0; i < SIM_ZONES; i++) {
        const sim_square *const zone = &story->zones[i];
        length +=
            snprintf(text + length, sizeof text - (size_t)length, "%d\t%d\t1200\tXX\tVillage %s\n",
                     zone->south_e7 / 2 + zone->north_e7 / 2, zone->west_e7 / 2 + zone->east_e7 / 2,
                     zone->id);
    }
    node_path(node, "places.tsv", path);
    sim_put_file(path, text, (size_t)length);
}

static void write_config(const sim_node *node)
{
    static const char *const formats[] = {"report_jsonl", "sbs", "avr", "ais"};
    static char text[4096];
    const char *const name = sim_host_name(node->host);
    int length = snprintf(text, sizeof text,
                          "{\"listen\":\"127.0.0.1:%u\",\"reserve_mib\":1,\"tracks_max\":300,"
                          "\"exercise\":true,\"sender\":\"sim@example.org\","
                          "\"zones\":[\"/sim/%s/zones.geojson\"],\"places\":\"/sim/%s/places.tsv\","
                          "\"outlets\":[{\"url\":\"http://127.0.0.1:%u/hook\"}],\"feeds\":[",
                          node->port, name, name, node->partner.port);
    for (int i = 0; i < node->feed_count; i++) {
        const sim_feed *const feed = &node->feeds[i];
        length += snprintf(text + length, sizeof text - (size_t)length,
                           "%s\"%s%u?format=%s&name=f%d&silent_s=20\"", i > 0 ? "," : "",
                           feed->udp ? "udp://127.0.0.1:" : "tcp://127.0.0.1:", feed->port,
                           formats[feed->format], i);
    }
    length += snprintf(text + length, sizeof text - (size_t)length, "]}");
    char path[128];
    node_path(node, "config.json", path);
    sim_put_file(path, text, (size_t)length);
}

/* --- the cast -------------------------------------------------------------------------------- */

static void make_zones(sim_story *story)
{
    for (int i = 0; i < SIM_ZONES; i++) {
        sim_square *const zone = &story->zones[i];
        const int32_t half_e7 = 200000 + (int32_t)sim_below(400000);
        const int32_t lat_e7 = 500000000 + 2000000 * (i / 3) + (int32_t)sim_below(500000);
        const int32_t lon_e7 = 101000000 + 2500000 * (i % 3) + (int32_t)sim_below(500000);
        *zone = (sim_square){.is_exact = i % 3 != 0,
                             .south_e7 = lat_e7 - half_e7,
                             .north_e7 = lat_e7 + half_e7,
                             .west_e7 = lon_e7 - half_e7,
                             .east_e7 = lon_e7 + half_e7};
        (void)snprintf(zone->id, sizeof zone->id, "zone-%d", i);
    }
}

static sim_host *host_of(const char *kind, const sim_node *node, int number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s%d%d", kind, node->number, number);
    return sim_host_create(name);
}

static void make_feeds(sim_node *node)
{
    node->feed_count = 1 + (int)sim_below(SIM_FEEDS_MAX);
    for (int i = 0; i < node->feed_count; i++) {
        sim_feed *const feed = &node->feeds[i];
        *feed = (sim_feed){.host = host_of("f", node, i),
                           .format = (sim_format)sim_below(4),
                           .port = (uint16_t)(30000 + node->number * 10 + i),
                           .targets = 2 + (unsigned)sim_below(12),
                           .first_target = (uint32_t)(node->number * 1000 + i * 100),
                           .period_us = 500000 + (int64_t)sim_below(1500000),
                           .garbage = sim_chance(500) ? (unsigned)sim_below(100) : 0,
                           .duplicated = sim_chance(500) ? (unsigned)sim_below(200) : 0,
                           .swapped = sim_chance(300) ? (unsigned)sim_below(200) : 0,
                           .bursts = sim_chance(300) ? (unsigned)sim_below(50) : 0,
                           .drops = sim_chance(500) ? (unsigned)sim_below(30) : 0};
        feed->udp = feed->format != SIM_AVR && sim_chance(300);
        sim_feed_start(feed);
    }
}

static void make_node(sim_story *story, int number)
{
    sim_node *const node = &story->nodes[number];
    node->number = number;
    char name[32];
    (void)snprintf(name, sizeof name, "n%d", number);
    node->host = sim_host_create(name);
    node->port = (uint16_t)(8080 + number);
    make_feeds(node);
    node->partner = (sim_partner){.host = host_of("p", node, 0),
                                  .port = (uint16_t)(9000 + number),
                                  .refuses = sim_chance(500) ? (unsigned)sim_below(950) : 0};
    sim_partner_start(&node->partner);
    for (int i = 0; i < 2; i++) {
        node->listeners[i] = (sim_listener){.host = host_of("l", node, i),
                                            .port = node->port,
                                            .slow = sim_chance(200),
                                            .leaves = sim_chance(500) ? 20 : 0};
        sim_listener_start(&node->listeners[i]);
    }
    node->operator=(sim_operator){.host = host_of("o", node, 0),
                                  .node = node->host,
                                  .port = node->port,
                                  .every_us = 3 * SECOND_US + (int64_t)sim_below(20000000)};
    sim_operator_start(&node->operator);
    write_zones(story, node);
    write_config(node);
    node->wanted = true;
}

/* --- what befalls them ----------------------------------------------------------------------- */

static void excuse(sim_node *node, int64_t until_us)
{
    if (node->excuse_count < 64) {
        node->excuses[node->excuse_count++] = (sim_excuse){sim_now_us(), until_us, SIM_NEVER};
    } else {
        node->excuses[63].to_us = until_us;
        node->excuses[63].memory_to_us = SIM_NEVER;
    }
}

static void stop_cleanly(sim_story *story, sim_node *node)
{
    node->wanted = false;
    node->stop = 1;
    for (int i = 0; i < 400 && sim_host_runs(node->host); i++) {
        usleep(100000);
    }
    if (sim_host_runs(node->host)) {
        sim_problem(story, "%s did not stop within 40 s", sim_host_name(node->host));
    }
}

static void break_disk(sim_node *node)
{
    sim_disk_faults *const faults = sim_disk(node->host);
    *faults = (sim_disk_faults){.sync_slow = faults->sync_slow};
    switch (sim_below(3)) {
    case 0:
        faults->write_fails = 1 + (unsigned)sim_below(300);
        break;
    case 1:
        faults->sync_fails = 1 + (unsigned)sim_below(300);
        break;
    default:
        faults->is_full = true;
        break;
    }
}

static void mend_disk(sim_node *node)
{
    sim_disk_faults *const faults = sim_disk(node->host);
    *faults = (sim_disk_faults){.sync_slow = faults->sync_slow, .write_short = faults->write_short};
}

static sim_host *neighbour(sim_node *node)
{
    switch (sim_below(4)) {
    case 0:
        return node->partner.host;
    case 1:
        return node->listeners[sim_below(2)].host;
    default:
        return node->feeds[sim_below((uint64_t)node->feed_count)].host;
    }
}

/* The disk breaks when the session of a clock that was set back has just begun. */
static void break_at_session(sim_story *story, sim_node *node)
{
    static const char mark[] = "a new session begins at its time";
    sim_step_clock(node->host, -3600 * SECOND_US);
    rest(story, 59 * SECOND_US);
    /* The sync that would make it durable waits for half a second, and then fails. */
    sim_disk_faults *const faults = sim_disk(node->host);
    const sim_disk_faults before = *faults;
    const size_t said = strlen(sim_said(node->host));
    faults->sync_slow = 1000;
    for (int i = 0; i < 5000 && !strstr(sim_said(node->host) + said, mark); i++) {
        usleep(1000);
    }
    const int64_t us = 500000 + (int64_t)sim_below(8000000);
    excuse(node, sim_now_us() + us + 20 * SECOND_US);
    faults->sync_fails = 1000;
    rest(story, us);
    *faults = before;
}

static void befall(sim_story *story, sim_node *node, unsigned disks)
{
    static const int64_t steps_s[] = {-1, 1, -3600, 3600, -86400 * 7 * 1024, 5, -5, 86400 * 365};
    switch (sim_below(disks > 0 ? 10 : 7)) {
    case 0:
        node->kills++;
        node->start_us = sim_now_us() + (int64_t)sim_below(10000000);
        sim_kill(node->host);
        break;
    case 1:
    case 2:
        node->cuts++;
        node->start_us = sim_now_us() + (int64_t)sim_below(20000000);
        sim_power_cut(node->host);
        break;
    case 3:
        stop_cleanly(story, node);
        node->start_us = sim_now_us() + (int64_t)sim_below(5000000);
        node->wanted = true;
        break;
    case 4:
        sim_step_clock(node->host, steps_s[sim_below(8)] * SECOND_US);
        break;
    case 5:
        sim_cut_link(node->host, neighbour(node),
                     sim_now_us() + SECOND_US + (int64_t)sim_below(40000000));
        break;
    case 6:
        sim_reset_links(node->host, neighbour(node));
        break;
    case 7:
        break_at_session(story, node);
        break;
    default: {
        const int64_t us = (int64_t)sim_below(8000000);
        excuse(node, sim_now_us() + us + 20 * SECOND_US);
        break_disk(node);
        rest(story, us);
        mend_disk(node);
        break;
    }
    }
}

/* Whether what a gap swallowed still decides in the session, so that another one is to come, which
 * begins to count anew. */
static bool waits_for_session(const sim_node *node)
{
    const char *said = sim_said(node->host);
    for (const char *at = said; (at = strstr(at, "leeward: the page is at")); at++) {
        said = at;
    }
    bool waits = false;
    for (; (said = strstr(said, "leeward: ")); said++) {
        waits |= strncmp(said, "leeward: no snapshots before", 28) == 0;
        waits &= strncmp(said, "leeward: a new session begins", 29) != 0;
    }
    return waits;
}

/* Until nothing of the gaps is left, and a snapshot more may have been written. */
static void settle(sim_story *story)
{
    bool waits = false;
    rest(story, SETTLE_US);
    for (int i = 0; i < story->node_count; i++) {
        while (sim_host_runs(story->nodes[i].host) && waits_for_session(&story->nodes[i]) &&
               sim_now_us() < story->end_us) {
            rest(story, SECOND_US);
            waits = true;
        }
    }
    if (waits) {
        rest(story, SNAPSHOT_US);
    }
}

/* --- the end --------------------------------------------------------------------------------- */

static void heal(sim_story *story)
{
    for (int i = 0; i < story->node_count; i++) {
        sim_node *const node = &story->nodes[i];
        mend_disk(node);
        sim_disk(node->host)->write_short = 0;
        sim_step_clock(node->host,
                       sim_host_utc_us(node->partner.host) - sim_host_utc_us(node->host));
        node->partner.refuses = 0;
        node->operator.quiet = true;
        sim_cut_link(node->host, node->partner.host, 0);
        for (int k = 0; k < 2; k++) {
            sim_cut_link(node->host, node->listeners[k].host, 0);
            node->listeners[k].leaves = 0;
            node->listeners[k].slow = false;
        }
        for (int k = 0; k < node->feed_count; k++) {
            sim_feed *const feed = &node->feeds[k];
            sim_cut_link(node->host, feed->host, 0);
            feed->quiet = true;
            feed->drops = 0;
        }
    }
}

typedef struct {
    uint64_t frames, reports, nothing, refused;
    uint64_t ahead_us; /* the node's clock, of its wall clock */
} feed_counts;

static uint64_t number_behind(const char *text, const char *key)
{
    const char *const found = text ? strstr(text, key) : NULL;
    return found ? strtoull(found + strlen(key), NULL, 10) : UINT64_MAX;
}

static void read_counts(const sim_node *node, int feed, feed_counts *out)
{
    static char body[262144];
    char name[24];
    *out = (feed_counts){.frames = UINT64_MAX};
    if (sim_get(node->port, "/api/v1/status", body, sizeof body) == 200) {
        (void)snprintf(name, sizeof name, "\"name\":\"f%d\"", feed);
        const char *const at = strstr(body, name);
        *out = (feed_counts){.frames = number_behind(at, "\"frames\":"),
                             .reports = number_behind(at, "\"reports\":"),
                             .nothing = number_behind(at, "\"no_report\":"),
                             .refused = number_behind(at, "\"refused\":"),
                             .ahead_us = number_behind(body, "\"ahead_us\":")};
    }
}

/* Traffic without faults from the outside: every line that was sent has to be counted. */
static void calm(sim_story *story, int64_t us)
{
    feed_counts before[SIM_NODES_MAX][SIM_FEEDS_MAX];
    for (int i = 0; i < story->node_count; i++) {
        sim_node *const node = &story->nodes[i];
        for (int k = 0; k < node->feed_count; k++) {
            read_counts(node, k, &before[i][k]);
            node->feeds[k].lines = 0;
            node->feeds[k].flights = 0;
            node->feeds[k].quiet = false;
        }
    }
    rest(story, us);
    for (int i = 0; i < story->node_count; i++) {
        for (int k = 0; k < story->nodes[i].feed_count; k++) {
            story->nodes[i].feeds[k].quiet = true;
        }
    }
    rest(story, 3 * SECOND_US);
    for (int i = 0; i < story->node_count; i++) {
        sim_node *const node = &story->nodes[i];
        for (int k = 0; k < node->feed_count; k++) {
            feed_counts after;
            read_counts(node, k, &after);
            const uint64_t frames = after.frames - before[i][k].frames;
            const uint64_t reports = after.reports - before[i][k].reports;
            const uint64_t counted = reports + after.nothing - before[i][k].nothing +
                                     after.refused - before[i][k].refused;
            /* A clock that is right again believes those who tell the time themselves. */
            if (node->feeds[k].format == SIM_JSONL && reports != node->feeds[k].flights) {
                sim_problem(story, "n%d feed %d: %llu of %llu reports were believed", i, k,
                            (unsigned long long)reports,
                            (unsigned long long)node->feeds[k].flights);
            }
            if (after.ahead_us > 5 * SECOND_US) {
                sim_problem(story, "n%d: its clock is still %llu us ahead", i,
                            (unsigned long long)after.ahead_us);
            }
            if (frames != counted || frames != node->feeds[k].lines) {
                sim_problem(story, "n%d feed %d (format %d): %llu lines, %llu frames, %llu counted",
                            i, k, (int)node->feeds[k].format,
                            (unsigned long long)node->feeds[k].lines, (unsigned long long)frames,
                            (unsigned long long)counted);
            }
        }
    }
}

/* --- the programs that look at a journal ------------------------------------------------------ */

typedef struct {
    sim_story *story;
    sim_node *node;
} verify_call;

static void verify_main(void *context)
{
    verify_call *const call = context;
    char journal[128];
    node_path(call->node, "data/journal", journal);
    char verify[] = "verify";
    char replay[] = "replay";
    char *verify_words[] = {verify, journal, NULL};
    char *replay_words[] = {replay, journal, NULL};
    const int status = lee_cmd_verify(2, verify_words);
    if (status != 0) {
        sim_problem(call->story, "n%d: leeward verify ends with %d", call->node->number, status);
    }
    const int again = lee_cmd_replay(2, replay_words);
    if (again != 0 && call->node->excuse_count == 0) {
        sim_problem(call->story, "n%d: leeward replay ends with %d", call->node->number, again);
    }
}

static void story_main(void *context)
{
    sim_story *const story = context;
    const unsigned disks = sim_chance(400) ? 1 : 0;
    const int64_t end_us = sim_now_us() + 60 * SECOND_US + (int64_t)sim_below(400000000);
    look_after(story);
    rest(story, 5 * SECOND_US);
    while (sim_now_us() < end_us) {
        rest(story, (int64_t)sim_below(40000000));
        befall(story, &story->nodes[sim_below((uint64_t)story->node_count)], disks);
    }
    heal(story);
    settle(story);
    calm(story, CALM_US);
    rest(story, 5 * SECOND_US);
    for (int i = 0; i < story->node_count; i++) {
        sim_node *const node = &story->nodes[i];
        if (!sim_host_runs(node->host)) {
            sim_problem(story, "n%d does not run in the end", i);
        }
        stop_cleanly(story, node);
        if (node->status != 0) {
            sim_problem(story, "n%d ended with %d", i, node->status);
        }
        verify_call call = {story, node};
        sim_spawn(node->host, verify_main, &call);
        while (sim_host_runs(node->host)) {
            usleep(1000);
        }
        sim_check_node(story, node);
    }
    sim_stop();
}

void sim_story_run(uint64_t seed, sim_story *story)
{
    memset(story, 0, sizeof *story);
    sim_begin(seed);
    sim_sign_truly(seed % SIM_SIGN_EVERY == 0);
    sim_host *const world = sim_host_create("world");
    sim_put_file("/sim/world/program", "leeward", 7);
    make_zones(story);
    story->node_count = 1 + (int)sim_below(SIM_NODES_MAX);
    for (int i = 0; i < story->node_count; i++) {
        make_node(story, i);
        sim_disk(story->nodes[i].host)->sync_slow = sim_chance(300) ? 30 : 0;
        sim_disk(story->nodes[i].host)->write_short = sim_chance(300) ? 100 : 0;
    }
    const int64_t begin_us = sim_now_us();
    sim_spawn(world, story_main, story);
    story->end_us = begin_us + STORY_MAX_US / 2;
    sim_run(begin_us + STORY_MAX_US);
    story->simulated_us = sim_now_us() - begin_us;
    story->digest = sim_digest();
    if (story->simulated_us >= STORY_MAX_US) {
        sim_problem(story, "the story did not end");
    }
}
