#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "unit/warn/fixture.h"
#include "warn/degraded.h"
#include "warn/warner.h"

#define KEPT_MAX 64

typedef struct {
    unsigned count;
    lee_message_type types[KEPT_MAX];
    int64_t sent_us[KEPT_MAX];
    char *json[KEPT_MAX];
    size_t length[KEPT_MAX];
} kept;

static lee_places *places;
static kept got;
static lee_warner *warner;
static lee_zone zone;

static void keep(void *context, const lee_warning *warning)
{
    kept *k = context;
    assert_true(k->count < KEPT_MAX);
    k->types[k->count] = warning->type;
    k->sent_us[k->count] = warning->sent_us;
    k->json[k->count] = lee_copy_text((const char *)warning->json, warning->length);
    k->length[k->count] = warning->length;
    k->count++;
}

static void forget(kept *k)
{
    for (unsigned i = 0; i < k->count; i++) {
        lee_free(k->json[i]);
    }
    *k = (kept){0};
}

static lee_warner_options options(void)
{
    lee_warner_options o;
    lee_warner_options_default(&o);
    o.sender = "warnings@leeward.example";
    o.sender_name = "Leeward";
    o.places = places;
    o.exercise = true;
    return o;
}

static int set_up(void **state)
{
    (void)state;
    lee_error_info error = {0};
    if (lee_places_load(fixture_places, sizeof fixture_places - 1, &places, &error)) {
        return -1;
    }
    zone = fixture_zone();
    const lee_warner_options o = options();
    return lee_warner_create(&o, keep, &got, &warner) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    lee_warner_free(warner);
    lee_places_free(places);
    forget(&got);
    return 0;
}

static void tell(lee_event_kind kind, int64_t after_s, int32_t lon_e7, int32_t entry_s)
{
    const lee_event event = fixture_event(kind, 7, after_s, lon_e7, entry_s);
    const lee_track track = fixture_track(lon_e7, 360, 90);
    lee_warner_event(warner, &event, &zone, &track);
}

static void finish(lee_event_kind kind, int64_t after_s, const char *reason)
{
    lee_event event = fixture_event(kind, 7, after_s, 375000000, -1);
    event.present |= LEE_EVENT_HAS_REASON;
    memcpy(event.reason, reason, strlen(reason) + 1);
    lee_warner_event(warner, &event, NULL, NULL);
}

static bool says(unsigned index, const char *text)
{
    assert_true(index < got.count);
    return strstr(got.json[index], text) != NULL;
}

/* The value of a text key, escapes resolved. */
static void value_of(unsigned index, const char *key, char *out, size_t capacity)
{
    lee_json_scan scan;
    lee_json_scan_init(&scan, got.json[index], got.length[index]);
    assert_true(lee_json_scan_object(&scan));
    lee_json_value k;
    lee_json_value v;
    while (lee_json_scan_member(&scan, &k, &v)) {
        if (lee_json_value_is(&k, key)) {
            assert_true(lee_json_value_text(&v, out, capacity));
            return;
        }
    }
    fail_msg("no key %s", key);
}

static void a_chain_is_alert_update_cancel_with_references(void **state)
{
    (void)state;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    tell(LEE_EVENT_ENTERED, 10, 370100000, -1);
    finish(LEE_EVENT_LEFT, 300, "left");
    finish(LEE_EVENT_ENDED, 310, "left");
    assert_int_equal(got.count, 3);
    assert_int_equal(got.types[0], LEE_MESSAGE_ALERT);
    assert_int_equal(got.types[1], LEE_MESSAGE_UPDATE);
    assert_int_equal(got.types[2], LEE_MESSAGE_CANCEL);
    char first[64];
    char second[64];
    value_of(0, "identifier", first, sizeof first);
    value_of(1, "identifier", second, sizeof second);
    assert_int_equal(strlen(first), strlen("leeward-0123456789abcdef-1"));
    char expected[512] = "warnings@leeward.example,";
    strncat(expected, first, 64);
    strncat(expected, ",2020-09-08T00:00:00-00:00", 64);
    char references[1024];
    value_of(1, "references", references, sizeof references);
    assert_string_equal(references, expected);
    strncat(expected, " warnings@leeward.example,", 64);
    strncat(expected, second, 64);
    strncat(expected, ",2020-09-08T00:00:10-00:00", 64);
    value_of(2, "references", references, sizeof references);
    assert_string_equal(references, expected);
    assert_false(says(0, "references"));
    assert_true(got.sent_us[2] - (FIXTURE_START_US + 300 * 1000000) <= 60 * 1000000);
    lee_warner_counters counters;
    lee_warner_count(warner, &counters);
    assert_int_equal(counters.open, 0);
}

/* Requirement 03 of tests/unit/watch/test_apw.c: training. */
static void apw_03_people_are_trained_by_exercises_that_nobody_takes_for_actual(void **state)
{
    (void)state;
    char cap[32768];
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    value_of(0, "cap", cap, sizeof cap);
    assert_non_null(strstr(cap, "<status>Exercise</status>"));
    assert_non_null(strstr(cap, "EXERCISE: "));
    lee_warner_free(warner);
    lee_warner_options actual = options();
    actual.exercise = false;
    assert_int_equal(lee_warner_create(&actual, keep, &got, &warner), LEE_OK);
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    value_of(1, "cap", cap, sizeof cap);
    assert_non_null(strstr(cap, "<status>Actual</status>"));
    assert_null(strstr(cap, "EXERCISE"));
}

static void the_cap_text_has_its_parts_and_neither_z_nor_target_nor_zone(void **state)
{
    (void)state;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    char cap[32768];
    value_of(0, "cap", cap, sizeof cap);
    static const char *const parts[] = {
        "<sent>2020-09-08T00:00:00-00:00</sent>",
        "<status>Exercise</status>",
        "<msgType>Alert</msgType>",
        "<scope>Public</scope>",
        "<language>en</language>",
        "<language>ar</language>",
        "<urgency>Immediate</urgency>",
        "<severity>Extreme</severity>",
        "<certainty>Likely</certainty>",
        "<expires>2020-09-08T00:15:00-00:00</expires>",
        "EXERCISE: Air warning: Middle &amp; &lt;Town&gt;, North Hamlet: an aircraft",
        "within 5 minutes",
        "<polygon>36.1,37.1 36.1,37.2 36.2,37.2 36.2,37.1 36.1,37.1</polygon>",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!strstr(cap, parts[i])) {
            fail_msg("missing: %s in %s", parts[i], cap);
        }
    }
    static const char *const secrets[] = {"4b1815", "valley", "icao24", "36.8123", "circle", "Z<"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (strstr(cap, secrets[i])) {
            fail_msg("tells %s", secrets[i]);
        }
    }
    assert_true(says(0, "\"target\":\"icao24:4b1815\""));
    assert_true(says(0, "\"minutes\":2.3"));
}

static void the_public_form_leaves_out_what_only_operators_may_know(void **state)
{
    (void)state;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    lee_buffer out;
    lee_buffer_init(&out, 65536);
    assert_int_equal(lee_message_write_public(got.json[0], got.length[0], &out), LEE_OK);
    lee_buffer_char(&out, '\0');
    const char *text = (const char *)out.bytes;
    assert_non_null(strstr(text, "{\"identifier\":\"leeward-"));
    assert_non_null(strstr(text, "\"headline\":{\"en\":"));
    assert_non_null(strstr(text, "\"cap\":\"<?xml"));
    static const char *const secrets[] = {"4b1815", "valley", "incident", "\"minutes\"", "36.8123"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        assert_null(strstr(text, secrets[i]));
    }
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text, out.length - 1);
    assert_true(lee_json_scan_value(&scan, &value) && lee_json_scan_done(&scan));
    lee_buffer_reset(&out);
    assert_int_equal(lee_message_write_public("{\"a\":1}", 7, &out), LEE_ERR_MISSING);
    assert_int_equal(lee_message_write_public("[1]", 3, &out), LEE_ERR_SYNTAX);
    assert_int_equal(lee_message_write_public("{\"identifier\":", 14, &out), LEE_ERR_SYNTAX);
    lee_buffer_free(&out);
}

static void a_warning_that_is_not_durable_says_so_in_json_and_in_each_info_of_cap(void **state)
{
    (void)state;
    static const char mark[] = "</instruction>\\n    <parameter>\\n"
                               "      <valueName>evidence</valueName>\\n"
                               "      <value>degraded</value>\\n    </parameter>\\n    <area>";
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    lee_buffer out;
    lee_buffer_init(&out, 65536);
    assert_int_equal(lee_degraded_write(got.json[0], got.length[0], &out), LEE_OK);
    lee_buffer_char(&out, '\0');
    const char *const text = (const char *)out.bytes;
    const char *const first = strstr(text, mark);
    const char *const second = first ? strstr(first + 1, mark) : NULL;
    assert_true(first && second && !strstr(second + sizeof mark, "<parameter>"));
    assert_non_null(strstr(text, "</alert>\\n\",\"evidence\":\"degraded\"}"));
    /* Without the marks it is the warning itself. */
    assert_int_equal(out.length - 1,
                     got.length[0] + 2 * (sizeof mark - 1 - strlen("</instruction>\\n    <area>")) +
                         strlen(",\"evidence\":\"degraded\""));
    lee_buffer_reset(&out);
    assert_int_equal(lee_degraded_write("{\"a\":1}", 7, &out), LEE_ERR_MISSING);
    assert_int_equal(lee_degraded_write("{\"cap\":\"<a>\"}", 13, &out), LEE_ERR_MISSING);
    assert_int_equal(lee_degraded_write("[1]", 3, &out), LEE_ERR_SYNTAX);
    assert_int_equal(lee_degraded_write("{\"cap\":", 7, &out), LEE_ERR_SYNTAX);
    lee_buffer_free(&out);
}

static void only_zones_that_protect_people_warn_and_never_for_a_permit(void **state)
{
    (void)state;
    assert_true(lee_warner_zone_protects(&zone));
    zone.protects = NULL;
    assert_true(lee_warner_zone_protects(&zone)); /* a safe zone protects by its kind */
    zone.kind = LEE_ZONE_NO_FLY;
    assert_false(lee_warner_zone_protects(&zone));
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    zone.protects = "";
    tell(LEE_EVENT_ENTERED, 1, 368123456, 97);
    assert_int_equal(got.count, 0);
    zone.protects = "people";
    zone.entry = LEE_ENTRY_ALLOW;
    tell(LEE_EVENT_ENTERED, 2, 368123456, 97);
    assert_int_equal(got.count, 0);
    zone.entry = LEE_ENTRY_DENY;
    lee_event event = fixture_event(LEE_EVENT_ENTERED, 7, 3, 371000000, -1);
    event.present |= LEE_EVENT_HAS_PERMIT;
    lee_warner_event(warner, &event, &zone, NULL);
    assert_int_equal(got.count, 0);
    event.present &= ~(uint32_t)LEE_EVENT_HAS_PERMIT;
    lee_warner_event(warner, &event, &zone, NULL);
    assert_int_equal(got.count, 1);
    event.present |= LEE_EVENT_HAS_PERMIT;
    event.kind = LEE_EVENT_UPDATED;
    lee_warner_event(warner, &event, &zone, NULL);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.types[1], LEE_MESSAGE_CANCEL);
}

static void crossed_lost_and_verdict_send_nothing(void **state)
{
    (void)state;
    tell(LEE_EVENT_CROSSED, 0, 371000000, -1);
    tell(LEE_EVENT_LOST, 1, 371000000, -1);
    tell(LEE_EVENT_VERDICT, 2, 371000000, -1);
    assert_int_equal(got.count, 0);
}

static void an_update_waits_for_its_interval_and_then_goes_at_a_tick(void **state)
{
    (void)state;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    /* At 36.95 E the middle is 73 s away, less than half of 139, but only 5 s have passed. */
    tell(LEE_EVENT_UPDATED, 5, 369500000, 24);
    assert_int_equal(got.count, 1);
    lee_warner_tick(warner, FIXTURE_START_US + 29 * 1000000);
    assert_int_equal(got.count, 1);
    lee_warner_tick(warner, FIXTURE_START_US + 30 * 1000000);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.types[1], LEE_MESSAGE_UPDATE);
    /* Nothing new: nothing said. */
    tell(LEE_EVENT_UPDATED, 61, 369500000, 24);
    assert_int_equal(got.count, 2);
}

static void other_words_for_the_minutes_wait_until_half_of_them_are_gone(void **state)
{
    (void)state;
    const lee_event event = fixture_event(LEE_EVENT_PREDICTED, 7, 0, 368123456, 200);
    const lee_track track = fixture_track(368123456, 165, 90); /* 305 s to the middle */
    lee_warner_event(warner, &event, &zone, &track);
    assert_true(says(0, "within 10 minutes"));
    lee_warner_tick(warner, FIXTURE_START_US + 60 * INT64_C(1000000));
    assert_int_equal(got.count, 1);
    lee_warner_tick(warner, FIXTURE_START_US + 160 * INT64_C(1000000));
    assert_int_equal(got.count, 2);
    assert_true(says(1, "within 5 minutes"));
}

static void half_of_the_minutes_gone_is_not_told_while_the_words_are_the_same(void **state)
{
    (void)state;
    const lee_event event = fixture_event(LEE_EVENT_PREDICTED, 7, 0, 368123456, 200);
    const lee_track track = fixture_track(368123456, 175, 90); /* 287 s to the middle */
    lee_warner_event(warner, &event, &zone, &track);
    assert_true(says(0, "within 5 minutes"));
    lee_warner_tick(warner, FIXTURE_START_US + 150 * INT64_C(1000000));
    assert_int_equal(got.count, 1);
    lee_warner_tick(warner, FIXTURE_START_US + 170 * INT64_C(1000000));
    assert_int_equal(got.count, 2);
    assert_true(says(1, "at any moment"));
}

static void coming_in_does_not_wait(void **state)
{
    (void)state;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    tell(LEE_EVENT_ENTERED, 1, 370100000, -1);
    assert_int_equal(got.count, 2);
    assert_true(says(1, "<certainty>Observed</certainty>"));
    assert_true(says(1, "an aircraft is in the protected area"));
}

static void a_new_district_is_told_and_an_old_one_is_kept(void **state)
{
    (void)state;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    assert_false(says(0, "36.1,36.7 "));
    lee_event event = fixture_event(LEE_EVENT_UPDATED, 7, 40, 369000000, -1);
    const lee_track track = fixture_track(369000000, 360, 270);
    lee_warner_event(warner, &event, &zone, &track);
    assert_int_equal(got.count, 2);
    assert_true(says(1, "36.1,36.7 ")); /* West Gate */
    assert_true(says(1, "36.1,37.6 ")); /* East Gate, no longer ahead */
}

static void an_open_chain_is_renewed_before_it_expires(void **state)
{
    (void)state;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    lee_warner_tick(warner, FIXTURE_START_US + 779 * INT64_C(1000000));
    assert_int_equal(got.count, 1);
    lee_warner_tick(warner, FIXTURE_START_US + 780 * INT64_C(1000000));
    assert_int_equal(got.count, 2);
    assert_true(says(1, "<expires>2020-09-08T00:28:00-00:00</expires>"));
}

static void a_target_that_was_lost_gives_no_all_clear(void **state)
{
    (void)state;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    finish(LEE_EVENT_ENDED, 100, "lost");
    assert_int_equal(got.types[1], LEE_MESSAGE_CANCEL);
    assert_true(says(1, "<responseType>Monitor</responseType>"));
    assert_true(says(1, "no longer seen"));
    assert_false(says(1, "AllClear"));
}

static void an_incident_that_comes_in_again_has_a_new_chain_with_new_numbers(void **state)
{
    (void)state;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    finish(LEE_EVENT_LEFT, 100, "left");
    tell(LEE_EVENT_UPDATED, 110, 371000000, -1);
    assert_int_equal(got.count, 2);
    tell(LEE_EVENT_ENTERED, 120, 371000000, -1);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.types[2], LEE_MESSAGE_ALERT);
    assert_false(says(2, "references"));
    char identifier[64];
    value_of(2, "identifier", identifier, sizeof identifier);
    assert_string_equal(identifier + strlen(identifier) - 2, "-3");
}

static void ships_are_not_called_aircraft(void **state)
{
    (void)state;
    lee_event event = fixture_event(LEE_EVENT_ENTERED, 7, 0, 371000000, -1);
    event.target = fixture_target("mmsi:244660000");
    lee_warner_event(warner, &event, &zone, NULL);
    assert_true(says(0, "Approach warning"));
    assert_false(says(0, "aircraft"));
}

static void the_same_calls_give_the_same_bytes(void **state)
{
    (void)state;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    tell(LEE_EVENT_ENTERED, 10, 370100000, -1);
    finish(LEE_EVENT_ENDED, 300, "left");
    kept again = {0};
    lee_warner *other = NULL;
    const lee_warner_options o = options();
    assert_int_equal(lee_warner_create(&o, keep, &again, &other), LEE_OK);
    lee_warner *const saved = warner;
    const kept before = got;
    warner = other;
    tell(LEE_EVENT_PREDICTED, 0, 368123456, 97);
    tell(LEE_EVENT_ENTERED, 10, 370100000, -1);
    finish(LEE_EVENT_ENDED, 300, "left");
    warner = saved;
    assert_int_equal(again.count, before.count);
    for (unsigned i = 0; i < again.count; i++) {
        assert_string_equal(again.json[i], before.json[i]);
    }
    forget(&again);
    lee_warner_free(other);
}

static void identifiers_depend_on_the_key(void **state)
{
    (void)state;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    lee_warner_options o = options();
    o.identifier_key[1] = 1;
    kept again = {0};
    lee_warner *other = NULL;
    assert_int_equal(lee_warner_create(&o, keep, &again, &other), LEE_OK);
    lee_warner *const saved = warner;
    warner = other;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    warner = saved;
    assert_true(strncmp(again.json[0], got.json[0], 40) != 0);
    forget(&again);
    lee_warner_free(other);
}

static void a_full_table_is_counted_and_closed_chains_give_way(void **state)
{
    (void)state;
    lee_warner_options o = options();
    o.chains_max = 2;
    lee_warner_free(warner);
    assert_int_equal(lee_warner_create(&o, keep, &got, &warner), LEE_OK);
    for (uint64_t incident = 1; incident <= 3; incident++) {
        const lee_event event = fixture_event(LEE_EVENT_ENTERED, incident, 0, 371000000, -1);
        lee_warner_event(warner, &event, &zone, NULL);
    }
    assert_int_equal(got.count, 2);
    lee_warner_counters counters;
    lee_warner_count(warner, &counters);
    assert_int_equal(counters.refused, 1);
    assert_int_equal(counters.open, 2);
    const lee_event left = fixture_event(LEE_EVENT_LEFT, 1, 5, 371000000, -1);
    lee_warner_event(warner, &left, &zone, NULL);
    const lee_event event = fixture_event(LEE_EVENT_ENTERED, 3, 6, 371000000, -1);
    lee_warner_event(warner, &event, &zone, NULL);
    assert_int_equal(got.count, 4);
}

static void a_message_that_cannot_be_built_is_tried_again(void **state)
{
    (void)state;
    tell(LEE_EVENT_ENTERED, 0, 371000000, -1);
    (void)lee_alloc_test_fail(1);
    finish(LEE_EVENT_ENDED, 100, "left");
    lee_warner_tick(warner, FIXTURE_START_US + 101 * INT64_C(1000000));
    assert_int_equal(got.count, 1);
    (void)lee_alloc_test_fail(0);
    lee_warner_tick(warner, FIXTURE_START_US + 102 * INT64_C(1000000));
    assert_int_equal(got.count, 2);
    assert_int_equal(got.types[1], LEE_MESSAGE_CANCEL);
    lee_warner_counters counters;
    lee_warner_count(warner, &counters);
    assert_int_equal(counters.failed, 2);
}

static void senders_that_cap_forbids_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a b", "a,b", "a<b", "a&b", "\xC3\xA9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lee_warner_options o = options();
        o.sender = bad[i];
        lee_warner *none = NULL;
        assert_int_equal(lee_warner_create(&o, keep, &got, &none), LEE_ERR_DOMAIN);
        assert_null(none);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_chain_is_alert_update_cancel_with_references),
        CASE(apw_03_people_are_trained_by_exercises_that_nobody_takes_for_actual),
        CASE(the_cap_text_has_its_parts_and_neither_z_nor_target_nor_zone),
        CASE(the_public_form_leaves_out_what_only_operators_may_know),
        CASE(a_warning_that_is_not_durable_says_so_in_json_and_in_each_info_of_cap),
        CASE(only_zones_that_protect_people_warn_and_never_for_a_permit),
        CASE(crossed_lost_and_verdict_send_nothing),
        CASE(an_update_waits_for_its_interval_and_then_goes_at_a_tick),
        CASE(other_words_for_the_minutes_wait_until_half_of_them_are_gone),
        CASE(half_of_the_minutes_gone_is_not_told_while_the_words_are_the_same),
        CASE(coming_in_does_not_wait),
        CASE(a_new_district_is_told_and_an_old_one_is_kept),
        CASE(an_open_chain_is_renewed_before_it_expires),
        CASE(a_target_that_was_lost_gives_no_all_clear),
        CASE(an_incident_that_comes_in_again_has_a_new_chain_with_new_numbers),
        CASE(ships_are_not_called_aircraft),
        CASE(the_same_calls_give_the_same_bytes),
        CASE(identifiers_depend_on_the_key),
        CASE(a_full_table_is_counted_and_closed_chains_give_way),
        CASE(a_message_that_cannot_be_built_is_tried_again),
        CASE(senders_that_cap_forbids_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
