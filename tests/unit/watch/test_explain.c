#include "watch_kit.h"

#include "watch/explain.h"

typedef struct {
    lee_buffer words;
    uint32_t steps;
} steps;

static void on_step(void *context, const lee_trace *trace)
{
    steps *const all = context;
    all->steps++;
    lee_buffer_text(&all->words, trace->step);
    lee_buffer_text(&all->words, ": ");
    lee_trace_write_words(trace, &all->words);
    lee_buffer_char(&all->words, '\n');
}

static steps no_steps(void)
{
    steps all = {.steps = 0};
    lee_buffer_init(&all.words, 1024 * 1024);
    return all;
}

static void assert_says(steps *all, const char *words)
{
    lee_buffer_char(&all->words, '\0');
    all->words.length--;
    if (!strstr((const char *)all->words.bytes, words)) {
        fail_msg("it does not say \"%s\" in:\n%s", words, (const char *)all->words.bytes);
    }
}

/* Towards the square, in, silent; with a permit when asked for. */
static void fly_in(kit *k)
{
    kit_fly(k, 10, 50.5, 9.95, 3000, 300, 90, 0);
    kit_fly(k, 20, 50.5, 9.97, 3000, 300, 90, 0);
    kit_fly(k, 40, 50.5, 10.1, 3000, 300, 90, 0);
    lee_watch_tick(k->watch, 200 * S);
}

static void start(kit *k)
{
    lee_zone *const zone = kit_zone(k, "square", 50, 10);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 60;
    kit_start(k);
}

static void every_step_is_said_with_its_numbers(void **state)
{
    (void)state;
    kit k = {0};
    steps all = no_steps();
    start(&k);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    lee_watch_trace(k.watch, &target, "square", on_step, &all);
    fly_in(&k);
    assert_says(&all, "zone: Judged against zone square (no_fly, entry deny) of generation 7: from "
                      "1000 ft of pressure altitude up to 5000 ft of pressure altitude. It looks "
                      "120 s ahead and warns 60 s before an entry");
    assert_says(&all, "report: A report (adsb) of icao24:abcdef at 50.5, 9.97, 3000 ft of pressure "
                      "altitude, 300 kt towards 90 degrees");
    assert_says(&all, "place: It is outside the area, ");
    assert_says(&all, "ahead: Going on like this it enters in ");
    assert_says(&all, "event: Told: predicted of incident ");
    assert_says(&all, "Its altitude, 3000 ft of pressure altitude, is within the limits. So it is "
                      "inside the zone.");
    assert_says(&all, "event: Told: entered of incident ");
    assert_says(&all, "silence: No position for 60 s; the zone bears 60 s.");
    assert_says(&all, "event: Told: lost of incident ");
    lee_buffer_free(&all.words);
    kit_stop(&k);
}

static void tracing_changes_no_decision(void **state)
{
    (void)state;
    kit traced = {0};
    kit plain = {0};
    steps all = no_steps();
    start(&traced);
    start(&plain);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    lee_watch_trace(traced.watch, &target, "square", on_step, &all);
    fly_in(&traced);
    fly_in(&plain);
    assert_true(all.steps > 10);
    assert_int_equal(traced.count, plain.count);
    for (uint32_t i = 0; i < plain.count; i++) {
        assert_int_equal(traced.events[i].incident, plain.events[i].incident);
        assert_int_equal(traced.events[i].kind, plain.events[i].kind);
        assert_int_equal(traced.events[i].present, plain.events[i].present);
        assert_int_equal(traced.events[i].t_us, plain.events[i].t_us);
    }
    lee_buffer_free(&all.words);
    kit_stop(&traced);
    kit_stop(&plain);
}

static void only_the_pair_asked_for_is_told(void **state)
{
    (void)state;
    kit k = {0};
    steps all = no_steps();
    kit_zone(&k, "other", 50, 10);
    start(&k);
    const lee_target other = lee_target_icao24(0xABCDEE, true);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    lee_watch_trace(k.watch, &other, "square", on_step, &all);
    fly_in(&k);
    assert_int_equal(all.steps, 0);
    lee_watch_trace(k.watch, &target, "elsewhere", on_step, &all);
    kit_fly(&k, 210, 50.5, 10.2, 3000, 300, 90, 0);
    assert_int_equal(all.steps, 0);
    lee_watch_trace(k.watch, NULL, NULL, NULL, NULL);
    kit_fly(&k, 220, 50.5, 10.3, 3000, 300, 90, 0);
    assert_int_equal(all.steps, 0);
    lee_buffer_free(&all.words);
    kit_stop(&k);
}

static void of_a_zone_that_moves_the_carrier_is_named_with_the_age_of_its_place(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "bubble", 0, 0);
    zone->area = (lee_area){NULL, 0};
    zone->moving.around = lee_target_icao24(0x123456, true);
    zone->moving.radius_m = 10000;
    kit_start(&k);
    steps all = no_steps();
    lee_report carrier = kit_report(5, 0.5, 0.5);
    carrier.target = zone->moving.around;
    lee_watch_report(k.watch, &carrier);
    const lee_target target = kit_report(0, 0, 0).target;
    lee_watch_trace(k.watch, &target, "bubble", on_step, &all);
    kit_hear(&k, 8, 0.5, 0.51, 2000);
    assert_says(&all, "It goes with icao24:123456, heard 3 s ago. It is inside the area");
    kit_hear(&k, 100, 0.5, 0.51, 2000);
    assert_says(&all, "It goes with icao24:123456, which is silent for 95 s: it grew. ");
    lee_buffer_free(&all.words);
    kit_stop(&k);
}

static void the_parameters_that_decide_are_named_with_the_digest_of_the_events(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    steps all = no_steps();
    const lee_target target = kit_report(0, 0, 0).target;
    lee_watch_trace(k.watch, &target, "square", on_step, &all);
    fly_in(&k);
    assert_true(k.count > 0);
    assert_says(&all, k.events[0].parameters);
    assert_says(&all, " look_ahead_s 120 warning_time_s 60 ");
    assert_says(&all, " imminent_s 15 ");
    lee_buffer_free(&all.words);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_zone_that_moves_the_carrier_is_named_with_the_age_of_its_place),
        cmocka_unit_test(the_parameters_that_decide_are_named_with_the_digest_of_the_events),
        cmocka_unit_test(every_step_is_said_with_its_numbers),
        cmocka_unit_test(tracing_changes_no_decision),
        cmocka_unit_test(only_the_pair_asked_for_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
