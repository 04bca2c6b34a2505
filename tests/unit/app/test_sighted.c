/* What people saw goes through the whole pipeline: a town that its region may reach is warned, and
 * nothing says where anybody stood. */
#include "pipeline_kit.h"

#include "base/json.h"
#include "decode/sighting.h"

#define SQUARE(id, kind, west, east)                                                               \
    "{\"type\":\"Feature\",\"id\":\"" id "\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"  \
    "[[[" west ",35.6],[" east ",35.6],[" east ",35.8],[" west ",35.8],[" west ",35.6]]]},"        \
    "\"properties\":{\"kind\":\"" kind "\",\"name\":\"" id "\",\"lower\":\"SFC\","                 \
    "\"upper\":\"UNL\",\"watch\":{\"lost_after_s\":60}}}"

static const char zones[] = "{\"type\":\"FeatureCollection\",\"features\":[" SQUARE(
    "far", "safe", "39.6", "39.8") "," SQUARE("field", "no_fly", "36.5",
                                              "36.9") "," SQUARE("town", "safe", "36.6",
                                                                 "36.8") "]}";

typedef struct {
    lee_event events[64];
    char zone[64][16];
    int count;
    int warnings;
    lee_buffer all; /* every byte decided */
} told;

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    told *const t = context;
    lee_buffer_bytes(&t->all, bytes, length);
    if (kind == LEE_RECORD_WARNING) {
        t->warnings++;
        return;
    }
    lee_bytes in;
    char zone[129];
    lee_bytes_init(&in, bytes, length);
    assert_true(t->count < 64);
    assert_int_equal(lee_event_decode(&in, &t->events[t->count], zone), LEE_OK);
    memcpy(t->zone[t->count], zone, 15);
    t->count++;
}

static void ready(told *t)
{
    *t = (told){.count = 0};
    lee_buffer_init(&t->all, 1u << 24);
}

static void sight_by(lee_pipeline *pipeline, uint64_t by, double lat, double lon, int64_t t_us,
                     lee_heading heading)
{
    const lee_sighting sighting = {.point = {(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)},
                                   .t_us = t_us,
                                   .what = LEE_SIGHTING_JET,
                                   .count = 1,
                                   .heading = heading,
                                   .how = LEE_SIGHTING_SEEN,
                                   .by = by};
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_sighting_write_record(&sighting, (uint64_t)t_us, &b);
    kit_apply(pipeline, LEE_RECORD_SIGHTING, &b);
    lee_buffer_free(&b);
}

static void sight(lee_pipeline *pipeline, double lat, double lon, int64_t t_us, lee_heading heading)
{
    sight_by(pipeline, 0, lat, lon, t_us, heading);
}

static const lee_track *find(const lee_pipeline *pipeline, const char *name)
{
    lee_target target;
    assert_true(lee_target_parse(name, strlen(name), &target));
    return lee_watch_find_track(lee_pipeline_watch(pipeline), &target);
}

static void tick(lee_pipeline *pipeline, int64_t from_us, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        kit_tick(pipeline, from_us + i * S);
    }
}

static void a_jet_that_may_reach_a_town_is_warned_of_and_no_other_zone_is_told(void **state)
{
    (void)state;
    told t;
    ready(&t);
    lee_pipeline *const pipeline = kit_begin(on_output, &t, zones);
    sight(pipeline, 35.4117233, 35.9433871, T0, LEE_HEADING_E);
    assert_int_equal(t.count, 0);
    tick(pipeline, T0, 300);
    assert_true(t.count > 0);
    assert_true(t.warnings > 0);
    assert_int_equal(t.events[0].kind, LEE_EVENT_PREDICTED);
    assert_string_equal(t.events[0].reason, "region_reaches");
    assert_string_equal(t.events[0].confidence, "low");
    assert_string_equal(t.events[0].target.text, "unseen:1");
    for (int i = 0; i < t.count; i++) {
        assert_string_equal(t.zone[i], "town");
    }
    /* The exact place in no form: degrees, E7 text, or the integer's bytes. */
    const int32_t secrets[] = {354117233, 359433871};
    lee_buffer_char(&t.all, '\0');
    for (size_t i = 0; i + 9 < t.all.length; i++) {
        for (int k = 0; k < 2; k++) {
            assert_true(memcmp(t.all.bytes + i, &secrets[k], 4) != 0);
        }
        assert_true(memcmp(t.all.bytes + i, "35.41172", 8) != 0);
        assert_true(memcmp(t.all.bytes + i, "35.94338", 8) != 0);
    }
    lee_pipeline_free(pipeline);
    lee_buffer_free(&t.all);
}

/* Reference scenario 2: seen at the coast, and 100 km on fourteen minutes later. */
static void two_places_make_one_track_that_is_warned_of(void **state)
{
    (void)state;
    told t;
    ready(&t);
    lee_pipeline *const pipeline = kit_begin(on_output, &t, zones);
    sight(pipeline, 35.20, 35.75, T0, LEE_HEADING_E);
    tick(pipeline, T0, 839);
    sight(pipeline, 35.65, 36.70, T0 + 840 * S, LEE_HEADING_NE);
    lee_target target;
    assert_true(lee_target_parse("unseen:1", 8, &target));
    const lee_track *const track = lee_watch_find_track(lee_pipeline_watch(pipeline), &target);
    assert_non_null(track);
    assert_true(track->last.present & LEE_REPORT_HAS_SPEED_GROUND);
    const double speed_kmh = track->last.speed_ground_kt_e3 * 1.852 / 1000.0;
    assert_true(speed_kmh > 415 && speed_kmh < 445);
    assert_int_equal(track->relation, LEE_RELATION_PREDICTED);
    assert_true(lee_target_parse("unseen:2", 8, &target));
    assert_null(lee_watch_find_track(lee_pipeline_watch(pipeline), &target));
    lee_pipeline_free(pipeline);
    lee_buffer_free(&t.all);
}

/* Scenario 2 again: the same by one observer, by two, by three, and by tokens that are not told. */
static void so_many_observers_make_it_believed(void **state)
{
    (void)state;
    static const struct {
        uint64_t by[4];
        uint32_t observers;
        lee_confidence expected;
    } cases[] = {{{0, 0, 0, 0}, 0, LEE_CONFIDENCE_UNCORROBORATED},
                 {{5, 5, 5, 5}, 1, LEE_CONFIDENCE_UNCORROBORATED},
                 {{5, 0, 5, 6}, 2, LEE_CONFIDENCE_CORROBORATED},
                 {{5, 6, 5, 7}, 3, LEE_CONFIDENCE_CONFIRMED},
                 {{5, 6, 7, 8}, 4, LEE_CONFIDENCE_CONFIRMED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        told t;
        ready(&t);
        lee_pipeline *const pipeline = kit_begin(on_output, &t, zones);
        const uint64_t *const by = cases[i].by;
        sight_by(pipeline, by[0], 35.20, 35.75, T0, LEE_HEADING_E);
        sight_by(pipeline, by[1], 35.21, 35.76, T0 + 20 * S, LEE_HEADING_E);
        sight_by(pipeline, by[2], 35.65, 36.70, T0 + 840 * S, LEE_HEADING_NE);
        sight_by(pipeline, by[3], 35.66, 36.71, T0 + 850 * S, LEE_HEADING_NE);
        const lee_track *const track = find(pipeline, "unseen:1");
        assert_non_null(track);
        assert_null(find(pipeline, "unseen:2"));
        assert_int_equal(track->observers, cases[i].observers);
        assert_int_equal(track->confidence, cases[i].expected);
        lee_pipeline_free(pipeline);
        lee_buffer_free(&t.all);
    }
}

/* The same town, with how many observers it asks for. */
#define TOWN_OF(observers)                                                                         \
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"town\","         \
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[36.6,35.6],[36.8,35.6],[36.8,35.8],"    \
    "[36.6,35.8],[36.6,35.6]]]},\"properties\":{\"kind\":\"safe\",\"lower\":\"SFC\","              \
    "\"upper\":\"UNL\",\"watch\":{\"lost_after_s\":60,\"observers\":" #observers "}}}]}"

static void a_zone_that_asks_for_two_observers_is_told_when_the_second_tells(void **state)
{
    (void)state;
    const struct {
        const char *zones;
        uint64_t by[3];
        int told_at; /* after which of the three sightings */
    } cases[] = {{TOWN_OF(0), {5, 5, 6}, 0}, {TOWN_OF(1), {5, 5, 6}, 0}, {TOWN_OF(2), {5, 5, 6}, 2},
                 {TOWN_OF(2), {5, 6, 6}, 1}, {TOWN_OF(2), {0, 0, 0}, 3}, {TOWN_OF(0), {0, 0, 0}, 0},
                 {TOWN_OF(3), {5, 6, 5}, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        told t;
        ready(&t);
        lee_pipeline *const pipeline = kit_begin(on_output, &t, cases[i].zones);
        for (int n = 0; n < 3; n++) {
            sight_by(pipeline, cases[i].by[n], 35.65, 36.70 + 0.001 * n, T0 + n * 5 * S,
                     LEE_HEADING_UNKNOWN);
            assert_int_equal(t.count > 0, n >= cases[i].told_at);
        }
        /* The track is there and says by how many, whether or not the zone is told. */
        assert_non_null(find(pipeline, "unseen:1"));
        lee_pipeline_free(pipeline);
        lee_buffer_free(&t.all);
    }
}

static void an_incident_goes_on_when_its_observers_are_of_long_ago(void **state)
{
    (void)state;
    told t;
    ready(&t);
    lee_pipeline *const pipeline = kit_begin(on_output, &t, TOWN_OF(2));
    sight_by(pipeline, 5, 35.65, 36.70, T0, LEE_HEADING_UNKNOWN);
    for (int i = 0; i <= 43; i++) { /* 32 minutes */
        sight_by(pipeline, 6, 35.65, 36.70, T0 + (i * 45 + 1) * S, LEE_HEADING_UNKNOWN);
    }
    assert_int_equal(find(pipeline, "unseen:1")->observers, 1);
    assert_int_equal(t.events[0].kind, LEE_EVENT_PREDICTED);
    for (int i = 1; i < t.count; i++) {
        assert_int_equal(t.events[i].kind, LEE_EVENT_UPDATED);
    }
    lee_pipeline_free(pipeline);
    lee_buffer_free(&t.all);
}

static void observers_of_half_an_hour_ago_count_no_more(void **state)
{
    (void)state;
    told t;
    ready(&t);
    lee_pipeline *const pipeline = kit_begin(on_output, &t, zones);
    for (int i = 0; i <= 36; i++) {
        sight_by(pipeline, i == 0 ? 5 : 6, 35.20, 35.75, T0 + i * 60 * S, LEE_HEADING_UNKNOWN);
        const lee_track *const track = find(pipeline, "unseen:1");
        assert_non_null(track);
        assert_int_equal(track->observers, i == 0 || i > 30 ? 1 : 2);
    }
    lee_pipeline_free(pipeline);
    lee_buffer_free(&t.all);
}

static void when_nobody_sees_it_any_more_the_incident_is_lost_and_ends(void **state)
{
    (void)state;
    told t;
    ready(&t);
    lee_pipeline *const pipeline = kit_begin(on_output, &t, zones);
    sight(pipeline, 35.65, 36.70, T0, LEE_HEADING_UNKNOWN);
    assert_int_equal(t.count, 1);
    tick(pipeline, T0, 1400);
    assert_int_equal(t.events[t.count - 1].kind, LEE_EVENT_ENDED);
    assert_string_equal(t.events[t.count - 1].reason, "lost");
    assert_int_equal(t.events[t.count - 2].kind, LEE_EVENT_LOST);
    lee_pipeline_free(pipeline);
    lee_buffer_free(&t.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jet_that_may_reach_a_town_is_warned_of_and_no_other_zone_is_told),
        cmocka_unit_test(two_places_make_one_track_that_is_warned_of),
        cmocka_unit_test(so_many_observers_make_it_believed),
        cmocka_unit_test(a_zone_that_asks_for_two_observers_is_told_when_the_second_tells),
        cmocka_unit_test(an_incident_goes_on_when_its_observers_are_of_long_ago),
        cmocka_unit_test(observers_of_half_an_hour_ago_count_no_more),
        cmocka_unit_test(when_nobody_sees_it_any_more_the_incident_is_lost_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
