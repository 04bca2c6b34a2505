#define _GNU_SOURCE /* memmem */
/* What a daemon knows is saved at many moments of a busy watch and loaded into a new one: from
 * there on both decide and show the same, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/daemon_private.h"
#include "base/state.h"
#include "decode/sighting.h"
#include "record/codec.h"
#include "record/input.h"

#define T0_US INT64_C(1717660800000000) /* 2024-06-06T08:00:00Z */
#define S INT64_C(1000000)
#define STEPS 360
#define TARGETS 90 /* more than there is room for: some make room */
#define ZONES_SIDE 6
#define VIEW_MAX_BYTES (64u * 1024u * 1024u)

/* Squares of 0.1 degrees every 0.2, some protecting people, some open for a part of the time. */
static void write_zones(lee_buffer *out)
{
    char text[700];
    lee_buffer_text(out, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (int i = 0; i < ZONES_SIDE * ZONES_SIDE; i++) {
        const double lat = 50 + 0.2 * (i / ZONES_SIDE);
        const double lon = 10 + 0.2 * (i % ZONES_SIDE);
        char active[160] = "";
        if (i % 3 == 1) {
            snprintf(active, sizeof active,
                     ",\"active\":[{\"from\":\"2024-06-06T08:01:%02dZ\","
                     "\"to\":\"2024-06-06T08:0%d:%02dZ\"}%s]",
                     59 - i, 2 + i % 4, i,
                     i % 2 == 0 ? ",{\"from\":\"2024-06-06T08:05:30Z\"}" : "");
        }
        snprintf(text, sizeof text,
                 "%s{\"type\":\"Feature\",\"id\":\"z%d\",\"geometry\":{\"type\":\"Polygon\","
                 "\"coordinates\":[[[%.1f,%.1f],[%.1f,%.1f],[%.1f,%.1f],[%.1f,%.1f],[%.1f,%.1f]]]},"
                 "\"properties\":{\"kind\":\"%s\",\"name\":\"Zone %d\",\"lower\":\"SFC\","
                 "\"upper\":\"UNL\"%s,\"watch\":{\"look_ahead_s\":60,\"lost_after_s\":30}}}",
                 i == 0 ? "" : ",", i, lon, lat, lon + .1, lat, lon + .1, lat + .1, lon, lat + .1,
                 lon, lat, i % 4 == 0 ? "safe" : "no_fly", i, active);
        lee_buffer_text(out, text);
    }
    lee_buffer_text(out, "]}");
}

static void write_places(lee_buffer *out)
{
    char text[100];
    for (int i = 0; i < ZONES_SIDE * ZONES_SIDE; i++) {
        snprintf(text, sizeof text, "%d\t%d\t%d\tXX\tVillage %d\n",
                 500500000 + 2000000 * (i / ZONES_SIDE), 100500000 + 2000000 * (i % ZONES_SIDE),
                 500 * i, i);
        lee_buffer_text(out, text);
    }
}

/* One for ever, others for a minute. */
static void write_permits(lee_buffer *out)
{
    char text[200];
    lee_buffer_text(out, "{\"id\":\"p1\",\"target\":\"icao24:700005\",\"zones\":\"*\"}\n");
    for (int i = 10; i < 20; i++) {
        snprintf(text, sizeof text,
                 "{\"id\":\"q%d\",\"target\":\"icao24:7000%02x\",\"zones\":\"*\","
                 "\"from\":\"2024-06-06T08:01:00Z\",\"to\":\"2024-06-06T08:02:00Z\"}\n",
                 i, (unsigned)i);
        lee_buffer_text(out, text);
    }
}

typedef struct {
    lee_config config;
    lee_daemon daemon;
} world;

static world *make_world(void)
{
    world *const w = test_calloc(1, sizeof *w);
    lee_config_init(&w->config);
    w->config.session.watch.tracks_max = 64;
    w->config.session.watch.incidents_max = 256;
    w->config.outlets[0] = (lee_config_outlet){.url = "http://127.0.0.1:1/"};
    w->config.outlet_count = 1;
    w->daemon.options.config = &w->config;
    lee_buffer *const buffers[] = {&w->daemon.scratch,
                                   &w->daemon.zones,
                                   &w->daemon.permits,
                                   &w->daemon.places,
                                   &w->daemon.in_force.session,
                                   &w->daemon.in_force.zones,
                                   &w->daemon.in_force.permits,
                                   &w->daemon.in_force.places,
                                   &w->daemon.event_places.indexes};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_init(buffers[i], VIEW_MAX_BYTES);
    }
    write_zones(&w->daemon.zones);
    write_places(&w->daemon.places);
    write_permits(&w->daemon.permits);
    assert_int_equal(lee__daemon_make_views(&w->daemon), LEE_OK);
    return w;
}

static void free_world(world *w)
{
    lee__daemon_free_views(&w->daemon);
    lee_parser_free(w->daemon.parser);
    lee_buffer *const buffers[] = {&w->daemon.scratch,
                                   &w->daemon.zones,
                                   &w->daemon.permits,
                                   &w->daemon.places,
                                   &w->daemon.in_force.session,
                                   &w->daemon.in_force.zones,
                                   &w->daemon.in_force.permits,
                                   &w->daemon.in_force.places,
                                   &w->daemon.event_places.indexes};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_free(buffers[i]);
    }
    test_free(w);
}

/* --- what happens --------------------------------------------------------------------------- */

static void submit(world *w, lee_record_kind kind)
{
    lee_error_info why;
    assert_int_equal(lee__daemon_submit(&w->daemon, kind, &why), LEE_OK);
}

/* Behind the others of this step: the daemon gathers them too. */
static void add_frame(world *w, int64_t t_us, uint16_t feed, lee_format format, const char *text)
{
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .feed = feed,
                             .format = (uint8_t)format};
    lee_frame_encode(&frame, &w->daemon.scratch);
}

/* Each flies to and fro along its parallel; every ninth is silent for a while. */
static void add_position(world *w, int step, int i)
{
    if (i % 9 == 4 && step > 100 && step < 220) {
        return;
    }
    const double along = (step * 0.004 + i * 0.37) - 2.4 * (int)((step * 0.004 + i * 0.37) / 2.4);
    const bool east = along < 1.2;
    const int64_t t_us = T0_US + step * S + i * 1000;
    char text[300];
    snprintf(text, sizeof text,
             "{\"t_us\":%lld,\"target\":\"icao24:%06x\",\"source\":\"%s\",\"lat\":%.5f,"
             "\"lon\":%.5f%s,\"speed_ground_kt\":540,\"track_deg\":%d}",
             (long long)t_us, (unsigned)(0x700000 + i), i % 5 == 0 ? "mlat" : "adsb",
             50.02 + 0.013 * i, 9.98 + (east ? along : 2.4 - along),
             i % 6 == 0 ? "" : ",\"alt_baro_ft\":9000", east ? 90 : 270);
    add_frame(w, t_us, 0, LEE_FORMAT_REPORT_JSONL, text);
}

/* The value of the first `key` in a text of JSON. */
static bool find_text(const lee_buffer *json, const char *key, char *out, size_t size)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"%s\":\"", key);
    const char *const at = strstr((const char *)json->bytes, wanted);
    if (!at) {
        return false;
    }
    snprintf(out, size, "%s", at + strlen(wanted));
    out[strcspn(out, "\"")] = '\0';
    return true;
}

static void begin_view(lee_json *json, lee_buffer *out)
{
    lee_buffer_reset(out);
    lee_json_begin(json, out);
}

/* Somebody acknowledges the gravest incident; the newest warning is delivered. */
static void submit_people(world *w, int step, lee_buffer *view)
{
    lee_json json;
    char id[200];
    char text[400];
    begin_view(&json, view);
    lee_picture_write_incidents(w->daemon.picture, false, &json);
    lee_buffer_char(view, '\0');
    if (find_text(view, "incident", id, sizeof id)) {
        snprintf(text, sizeof text,
                 "{\"op\":\"acknowledge\",\"incident\":\"%s\",\"by\":\"duty\",\"note\":\"seen %d\","
                 "\"t_us\":%lld}",
                 id, step, (long long)(T0_US + step * S));
        lee_buffer_reset(&w->daemon.scratch);
        lee_buffer_text(&w->daemon.scratch, text);
        submit(w, LEE_RECORD_OPERATOR);
    }
    begin_view(&json, view);
    lee_picture_write_warnings(w->daemon.picture, NULL, &json);
    lee_buffer_char(view, '\0');
    if (find_text(view, "identifier", id, sizeof id)) {
        snprintf(text, sizeof text,
                 "{\"identifier\":\"%s\",\"outlet\":\"webhook:0\",\"state\":\"%s\",\"attempts\":1,"
                 "\"t_us\":%lld}",
                 id, step % 20 == 0 ? "delivered" : "pending", (long long)(T0_US + step * S));
        lee_buffer_reset(&w->daemon.scratch);
        lee_buffer_text(&w->daemon.scratch, text);
        submit(w, LEE_RECORD_DELIVERY);
    }
}

static void submit_sighting(world *w, int step)
{
    const lee_sighting sighting = {.point = {500300000 + step, 100300000},
                                   .t_us = T0_US + step * S,
                                   .what = LEE_SIGHTING_DRONE,
                                   .count = 1,
                                   .heading = LEE_HEADING_N,
                                   .how = LEE_SIGHTING_SEEN};
    lee_buffer_reset(&w->daemon.scratch);
    lee_sighting_write_record(&sighting, (uint64_t)step, &w->daemon.scratch);
    submit(w, LEE_RECORD_SIGHTING);
}

static void play(world *w, int from, int to)
{
    lee_buffer view;
    lee_buffer_init(&view, VIEW_MAX_BYTES);
    for (int step = from; step < to; step++) {
        const int64_t t_us = T0_US + step * S;
        if (step == 0) {
            assert_int_equal(lee__daemon_start_session(&w->daemon, t_us), LEE_OK);
        }
        lee_buffer_reset(&w->daemon.scratch);
        lee_input_tick_encode(t_us, &w->daemon.scratch);
        submit(w, LEE_RECORD_TICK);
        lee_buffer_reset(&w->daemon.scratch);
        for (int i = step % 2; i < TARGETS; i += 2) {
            /* The last ones only pass through the full table now and then. */
            if (i < 58 || (step + i) % 40 == 0) {
                add_position(w, step, i);
            }
        }
        add_frame(w, t_us, 1, LEE_FORMAT_AVR,
                  step % 2 == 0 ? "*8D40621D58C382D690C8AC2863A7;"
                                : "*8D40621D58C386435CC412692AD6;");
        submit(w, LEE_RECORD_FRAME);
        if (step % 10 == 0) {
            submit_people(w, step, &view);
        }
        if (step % 50 == 25) {
            submit_sighting(w, step);
        }
        lee_recorder_commit(w->daemon.recorder);
    }
    lee_buffer_free(&view);
}

/* --- what is seen of it --------------------------------------------------------------------- */

static void show_track(void *context, const lee_track *track)
{
    lee_buffer *const out = context;
    lee_report_write_json(&track->last, NULL, out);
    for (int i = 0; i < LEE_REPORT_FIELD_COUNT; i++) {
        lee_buffer_int(out, track->field_us[i]);
        lee_buffer_uint(out, track->field_source[i]);
    }
    lee_buffer_uint(out, track->report_count);
    lee_buffer_uint(out, (uint64_t)track->relation);
    lee_buffer_char(out, '\n');
}

static void show_waiting(void *context, const char *warning, size_t length)
{
    lee_buffer_bytes(context, warning, length);
}

static void show_counters(const world *w, lee_buffer *out)
{
    const lee_pipeline *const pipeline = lee_recorder_pipeline(w->daemon.recorder);
    lee_watch_counters watch;
    lee_picture_counters picture;
    lee_watch_count(lee_pipeline_watch(pipeline), &watch);
    lee_picture_count(w->daemon.picture, &picture);
    const uint64_t numbers[] = {watch.reports,
                                watch.reports_late,
                                watch.reports_duplicate,
                                watch.tracks_evicted,
                                watch.incidents_refused,
                                watch.events,
                                watch.incidents_open,
                                picture.last_seq,
                                picture.zone_generation,
                                picture.records,
                                picture.incidents_open,
                                lee_pipeline_seq(pipeline),
                                lee_pipeline_generation(pipeline),
                                (uint64_t)lee_pipeline_time(pipeline),
                                lee_recorder_count(w->daemon.recorder),
                                w->daemon.event_places.last_seq,
                                w->daemon.event_places.indexes.length,
                                w->daemon.in_force.generation};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        lee_buffer_uint(out, numbers[i]);
        lee_buffer_char(out, ' ');
    }
    for (uint16_t feed = 0; feed < 2; feed++) {
        const lee_feed_counters *const counted = lee_pipeline_feed(pipeline, feed);
        lee_buffer_uint(out, counted->frames);
        lee_buffer_uint(out, counted->reports);
        lee_buffer_uint(out, counted->nothing);
        lee_buffer_uint(out, counted->refused);
        lee_buffer_int(out, counted->last_us);
    }
}

/* Each with its own events and warnings. */
static void show_incidents(world *w, lee_json *json)
{
    lee_buffer list;
    lee_json all;
    lee_buffer_init(&list, VIEW_MAX_BYTES);
    lee_json_begin(&all, &list);
    lee_picture_write_incidents(w->daemon.picture, true, &all);
    lee_buffer_char(&list, '\0');
    const char *at = (const char *)list.bytes;
    while ((at = strstr(at, "{\"incident\":\""))) {
        uint64_t id = 0;
        at += strlen("{\"incident\":\"");
        for (int i = 0; i < 16; i++) {
            id = id << 4 | (uint64_t)(at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
        }
        assert_true(lee_picture_write_incident(w->daemon.picture, id, true, json));
    }
    lee_buffer_free(&list);
}

static void show(world *w, lee_buffer *out)
{
    lee_picture *const picture = w->daemon.picture;
    lee_buffer view;
    lee_buffer_init(&view, VIEW_MAX_BYTES);
    lee_json json;
    lee_buffer_init(out, VIEW_MAX_BYTES);
    lee_json_begin(&json, &view);
    lee_json_array(&json);
    lee_picture_write_events(picture, 0, 100000, &json);
    lee_picture_write_incidents(picture, true, &json);
    show_incidents(w, &json);
    lee_picture_write_warnings(picture, NULL, &json);
    lee_picture_write_sightings(picture, true, &json);
    lee_json_array_end(&json);
    lee_picture_write_zones(picture, T0_US + STEPS * S, &view);
    lee_cap_feed_write(w->daemon.cap_feed, &view);
    assert_int_equal(view.error, LEE_OK);
    lee_buffer_bytes(out, view.bytes, view.length);
    lee_buffer_free(&view);
    lee_watch_each_track(lee_pipeline_watch(lee_recorder_pipeline(w->daemon.recorder)), show_track,
                         out);
    lee_outlet_pending_each(w->daemon.pending, 0, show_waiting, out);
    show_counters(w, out);
    assert_int_equal(out->error, LEE_OK);
}

/* --- tests ---------------------------------------------------------------------------------- */

static void save(world *w, lee_buffer *out)
{
    lee_state state;
    lee_buffer_init(out, 1u << 30);
    lee_state_save(&state, out);
    lee__daemon_state(&state, &w->daemon);
    assert_int_equal(lee_state_end(&state), LEE_OK);
}

static world *load(const lee_buffer *bytes)
{
    world *const w = make_world();
    lee_state state;
    lee_state_load(&state, bytes->bytes, bytes->length);
    lee__daemon_state(&state, &w->daemon);
    const lee_error error = lee_state_end(&state);
    if (error != LEE_OK) {
        print_error("in section %s\n", state.section);
    }
    assert_int_equal(error, LEE_OK);
    return w;
}

static size_t count_of(const lee_buffer *text, const char *what)
{
    size_t count = 0;
    const char *at = (const char *)text->bytes;
    const char *const end = at + text->length;
    while ((at = memmem(at, (size_t)(end - at), what, strlen(what)))) {
        count++;
        at++;
    }
    return count;
}

/* A watch in which nothing happens would prove nothing. */
static void everything_happened(const lee_buffer *shown)
{
    static const char *const all[] = {"\"predicted\"",    "\"entered\"",
                                      "\"present\"",      "\"left\"",
                                      "\"lost\"",         "\"ended\"",
                                      "\"acknowledged\"", "\"permit\":\"p1\"",
                                      "\"permit\":\"q",   "\"msg_type\":\"Cancel\"",
                                      "\"delivered\"",    "zone_inactive"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (count_of(shown, all[i]) == 0) {
            fail_msg("there is no %s in it", all[i]);
        }
    }
}

static void expect_same(const lee_buffer *shown, const lee_buffer *expected, int step,
                        const char *when)
{
    const size_t least = shown->length < expected->length ? shown->length : expected->length;
    for (size_t k = 0; k < least; k++) {
        if (shown->bytes[k] != expected->bytes[k]) {
            const size_t from = k > 80 ? k - 80 : 0;
            fail_msg("restarted at step %d, it differs %s at byte %zu: %.200s\n---\n%.200s", step,
                     when, k, shown->bytes + from, expected->bytes + from);
        }
    }
    assert_int_equal(shown->length, expected->length);
}

#define MOMENTS (STEPS / 7 + 1)

static void a_restart_at_any_moment_changes_nothing(void **state)
{
    (void)state;
    world *const a = make_world();
    static lee_buffer saved[MOMENTS];
    static lee_buffer then[MOMENTS];
    int at[MOMENTS];
    size_t count = 0;
    for (int step = 0; step < STEPS; step++) {
        play(a, step, step + 1);
        if (step % 7 == 3) {
            at[count] = step + 1;
            show(a, &then[count]);
            save(a, &saved[count++]);
        }
    }
    lee_buffer expected;
    show(a, &expected);
    everything_happened(&expected);
    for (size_t i = 0; i < count; i++) {
        world *const b = load(&saved[i]);
        lee_buffer shown;
        show(b, &shown);
        expect_same(&shown, &then[i], at[i], "at once");
        lee_buffer_free(&shown);
        play(b, at[i], STEPS);
        show(b, &shown);
        expect_same(&shown, &expected, at[i], "in the end");
        lee_buffer_free(&shown);
        lee_buffer_free(&then[i]);
        lee_buffer_free(&saved[i]);
        free_world(b);
    }
    lee_buffer_free(&expected);
    free_world(a);
}

/* The signed file is what keeps these away; the walk must hold all the same. */
static void a_state_cut_off_anywhere_is_an_error(void **state)
{
    (void)state;
    world *const a = make_world();
    play(a, 0, 60);
    lee_buffer saved;
    save(a, &saved);
    for (size_t length = 0; length < saved.length; length += 1 + saved.length / 97) {
        world *const b = make_world();
        lee_state visitor;
        lee_state_load(&visitor, saved.bytes, length);
        lee__daemon_state(&visitor, &b->daemon);
        assert_int_equal(lee_state_end(&visitor), LEE_ERR_CORRUPT);
        free_world(b);
    }
    lee_buffer_free(&saved);
    free_world(a);
}

static void a_state_for_other_outlets_is_not_taken(void **state)
{
    (void)state;
    world *const a = make_world();
    play(a, 0, 2);
    lee_buffer saved;
    save(a, &saved);
    world *const b = make_world();
    lee__daemon_free_views(&b->daemon);
    b->config.outlet_count = 0;
    assert_int_equal(lee__daemon_make_views(&b->daemon), LEE_OK);
    lee_state visitor;
    lee_state_load(&visitor, saved.bytes, saved.length);
    lee__daemon_state(&visitor, &b->daemon);
    assert_int_equal(lee_state_end(&visitor), LEE_ERR_CORRUPT);
    lee_buffer_free(&saved);
    free_world(a);
    free_world(b);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "parser") == 0) {
        return lee_parser_serve(NULL); /* the daemon's parsers are this program again */
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_at_any_moment_changes_nothing),
        cmocka_unit_test(a_state_cut_off_anywhere_is_an_error),
        cmocka_unit_test(a_state_for_other_outlets_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
