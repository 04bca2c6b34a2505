/* What needs no receiver; deliveries are tested against real ones in tests/outlet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "outlet/outlet.h"

typedef struct {
    unsigned count;
    lee_delivery_state state;
    uint32_t attempts;
    char json[512];
} told;

static lee_loop *loop;

static int make_loop(void **state)
{
    (void)state;
    return lee_loop_create(&loop) ? -1 : 0;
}

static int free_loop(void **state)
{
    (void)state;
    lee_loop_free(loop);
    return 0;
}

static int64_t now_us(void *context)
{
    return *(int64_t *)context;
}

static void note(void *context, const lee_delivery *delivery)
{
    told *t = context;
    t->count++;
    t->state = delivery->state;
    t->attempts = delivery->attempts;
    assert_true(delivery->length < sizeof t->json);
    memcpy(t->json, delivery->json, delivery->length);
    t->json[delivery->length] = '\0';
}

/* Port 9 of the loopback: nobody listens. */
static lee_outlet_options options(void)
{
    static int64_t t_us = 77;
    lee_outlet_options o;
    lee_outlet_options_default(&o);
    o.name = "webhook:0";
    o.url = "http://127.0.0.1:9/";
    o.now_us = now_us;
    o.now_context = &t_us;
    o.queue_max = 2;
    return o;
}

static void refused(const lee_outlet_options *o)
{
    lee_outlet *outlet = NULL;
    told t = {0};
    assert_int_equal(lee_outlet_create(o, loop, note, &t, &outlet), LEE_ERR_DOMAIN);
    assert_null(outlet);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    lee_outlet_options o = options();
    o.url = "file:///etc/passwd";
    refused(&o);
    o = options();
    o.name = "";
    refused(&o);
    o = options();
    o.now_us = NULL;
    refused(&o);
    o = options();
    o.queue_max = 0;
    refused(&o);
    o = options();
    o.retry_most_ms = o.retry_first_ms - 1;
    refused(&o);
    o = options();
    o.kind = LEE_OUTLET_MQTT;
    o.host = "127.0.0.1";
    o.topic = "warnings/#";
    o.client_id = "leeward";
    refused(&o);
    o.topic = "warnings";
    o.qos = 0;
    refused(&o);
    o.qos = 1;
    o.client_id = NULL;
    refused(&o);
}

static void a_receiver_that_is_not_there_leaves_it_pending_with_a_reason(void **state)
{
    (void)state;
    told t = {0};
    lee_outlet *outlet = NULL;
    const lee_outlet_options o = options();
    assert_int_equal(lee_outlet_create(&o, loop, note, &t, &outlet), LEE_OK);
    static const char warning[] = "{\"identifier\":\"leeward-1\",\"cap\":\"<a/>\"}";
    assert_int_equal(lee_outlet_push(outlet, warning, sizeof warning - 1), LEE_OK);
    for (int turn = 0; turn < 100 && t.count == 0; turn++) {
        assert_int_equal(lee_loop_run_once(loop, 100), LEE_OK);
    }
    assert_int_equal(t.count, 1);
    assert_int_equal(t.state, LEE_DELIVERY_PENDING);
    assert_int_equal(t.attempts, 1);
    static const char head[] = "{\"identifier\":\"leeward-1\",\"outlet\":\"webhook:0\",\"state\":"
                               "\"pending\",\"attempts\":1,\"t_us\":77,\"reason\":\"";
    assert_memory_equal(t.json, head, sizeof head - 1);
    lee_outlet_free(outlet);
}

static void a_full_queue_refuses_tells_and_counts(void **state)
{
    (void)state;
    told t = {0};
    lee_outlet *outlet = NULL;
    const lee_outlet_options o = options();
    assert_int_equal(lee_outlet_create(&o, loop, note, &t, &outlet), LEE_OK);
    static const char warning[] = "{\"identifier\":\"leeward-1\",\"cap\":\"<a/>\"}";
    assert_int_equal(lee_outlet_push(outlet, warning, sizeof warning - 1), LEE_OK);
    assert_int_equal(lee_outlet_push(outlet, warning, sizeof warning - 1), LEE_OK);
    assert_int_equal(lee_outlet_push(outlet, warning, sizeof warning - 1), LEE_ERR_LIMIT);
    assert_int_equal(t.count, 1);
    assert_non_null(strstr(t.json, "\"reason\":\"queue full\""));
    lee_outlet_counters counters;
    lee_outlet_count(outlet, &counters);
    assert_int_equal(counters.refused, 1);
    assert_int_equal(counters.waiting, 2);
    lee_outlet_free(outlet);
}

static void what_is_no_warning_is_refused(void **state)
{
    (void)state;
    told t = {0};
    lee_outlet *outlet = NULL;
    const lee_outlet_options o = options();
    assert_int_equal(lee_outlet_create(&o, loop, note, &t, &outlet), LEE_OK);
    assert_int_equal(lee_outlet_push(outlet, "[]", 2), LEE_ERR_SYNTAX);
    assert_int_equal(lee_outlet_push(outlet, "{\"cap\":\"\"}", 10), LEE_ERR_MISSING);
    assert_int_equal(lee_outlet_push(outlet, "{\"identifier\":1}", 16), LEE_ERR_SYNTAX);
    lee_outlet_free(outlet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_out_of_range_are_refused, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(
            a_receiver_that_is_not_there_leaves_it_pending_with_a_reason, make_loop, free_loop),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses_tells_and_counts, make_loop,
                                        free_loop),
        cmocka_unit_test_setup_teardown(what_is_no_warning_is_refused, make_loop, free_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
