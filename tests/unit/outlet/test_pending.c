#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "outlet/pending.h"

static const char *const names[] = {"webhook:0", "mqtt:0"};

static lee_error give(lee_outlet_pending *pending, lee_record_kind kind, const char *text)
{
    const lee_record record = {
        .kind = kind, .bytes = (const uint8_t *)text, .length = strlen(text)};
    return lee_outlet_pending_record(pending, &record);
}

static void warn(lee_outlet_pending *pending, char digit)
{
    char text[] = "{\"identifier\":\"leeward-0\",\"cap\":\"<a/>\"}";
    *strchr(text, '0') = digit;
    assert_int_equal(give(pending, LEE_RECORD_WARNING, text), LEE_OK);
}

static void deliver(lee_outlet_pending *pending, char digit, const char *outlet, const char *state)
{
    char text[160] = "{\"identifier\":\"leeward-0\",\"outlet\":\"";
    *strchr(text, '0') = digit;
    strncat(text, outlet, 20);
    strncat(text, "\",\"state\":\"", 20);
    strncat(text, state, 20);
    strncat(text, "\",\"attempts\":1,\"t_us\":5}", 40);
    assert_int_equal(give(pending, LEE_RECORD_DELIVERY, text), LEE_OK);
}

typedef struct {
    char digits[64];
    size_t count;
} found;

static void note(void *context, const char *warning, size_t length)
{
    found *f = context;
    assert_int_equal(length, strlen("{\"identifier\":\"leeward-0\",\"cap\":\"<a/>\"}"));
    f->digits[f->count++] = warning[strlen("{\"identifier\":\"leeward-")];
}

static void open_at(const lee_outlet_pending *pending, uint32_t outlet, const char *expected)
{
    found f = {.count = 0};
    lee_outlet_pending_each(pending, outlet, note, &f);
    assert_string_equal(f.digits, expected);
}

static lee_outlet_pending *make(uint32_t warnings_max)
{
    lee_outlet_pending *pending = NULL;
    assert_int_equal(lee_outlet_pending_create(names, 2, warnings_max, &pending), LEE_OK);
    return pending;
}

static void a_warning_is_open_until_each_outlet_has_settled_it(void **state)
{
    (void)state;
    lee_outlet_pending *pending = make(10);
    warn(pending, '1');
    warn(pending, '2');
    warn(pending, '3');
    open_at(pending, 0, "123");
    deliver(pending, '2', "webhook:0", "delivered");
    deliver(pending, '1', "mqtt:0", "failed");
    deliver(pending, '3', "mqtt:0", "pending");
    deliver(pending, '3', "elsewhere", "delivered");
    deliver(pending, '9', "mqtt:0", "delivered");
    open_at(pending, 0, "13");
    open_at(pending, 1, "23");
    deliver(pending, '1', "webhook:0", "delivered");
    deliver(pending, '2', "mqtt:0", "delivered");
    open_at(pending, 0, "3");
    open_at(pending, 1, "3");
    lee_outlet_pending_free(pending);
}

static void the_same_warning_twice_is_one(void **state)
{
    (void)state;
    lee_outlet_pending *pending = make(10);
    warn(pending, '1');
    warn(pending, '1');
    open_at(pending, 0, "1");
    lee_outlet_pending_free(pending);
}

static void the_oldest_gives_way_when_there_are_too_many(void **state)
{
    (void)state;
    lee_outlet_pending *pending = make(3);
    warn(pending, '1');
    warn(pending, '2');
    warn(pending, '3');
    deliver(pending, '2', "webhook:0", "delivered");
    deliver(pending, '2', "mqtt:0", "delivered");
    warn(pending, '4');
    assert_true(lee_outlet_pending_dropped(pending) == 1);
    open_at(pending, 0, "34");
    warn(pending, '5');
    warn(pending, '6');
    open_at(pending, 0, "456");
    lee_outlet_pending_free(pending);
}

static void other_records_are_passed_over_and_damaged_ones_are_said(void **state)
{
    (void)state;
    lee_outlet_pending *pending = make(3);
    assert_int_equal(give(pending, LEE_RECORD_EVENT, "\x01\x02"), LEE_OK);
    assert_int_equal(give(pending, LEE_RECORD_WARNING, "{\"identifier\":"), LEE_ERR_SYNTAX);
    assert_int_equal(give(pending, LEE_RECORD_WARNING, "{}"), LEE_ERR_SYNTAX);
    assert_int_equal(give(pending, LEE_RECORD_DELIVERY, "{\"identifier\":\"a\"}"), LEE_ERR_SYNTAX);
    open_at(pending, 0, "");
    lee_outlet_pending_free(pending);
}

static void random_and_truncated_records_do_no_harm(void **state)
{
    (void)state;
    static const char good[] =
        "{\"identifier\":\"leeward-1\",\"outlet\":\"mqtt:0\",\"state\":\"delivered\"}";
    lee_outlet_pending *pending = make(5);
    uint32_t seed = 11;
    char text[sizeof good];
    for (int round = 0; round < 20000; round++) {
        memcpy(text, good, sizeof good);
        text[(size_t)round % sizeof good] = '\0';
        for (int change = 0; change < round % 3; change++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % (sizeof good - 1)] = (char)(seed >> 24);
        }
        (void)!give(pending, round % 2 ? LEE_RECORD_WARNING : LEE_RECORD_DELIVERY, text);
    }
    lee_outlet_pending_free(pending);
}

static void every_lack_of_memory_is_an_error_without_a_leak(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        lee_outlet_pending *pending = NULL;
        (void)lee_alloc_test_fail(n);
        const lee_error error = lee_outlet_pending_create(names, 2, 4, &pending);
        (void)lee_alloc_test_fail(0);
        if (error == LEE_OK) {
            (void)lee_alloc_test_fail(1);
            assert_int_equal(give(pending, LEE_RECORD_WARNING, "{\"identifier\":\"a\"}"),
                             LEE_ERR_NO_MEMORY);
            (void)lee_alloc_test_fail(0);
            lee_outlet_pending_free(pending);
            assert_true(n > 3);
            return;
        }
        assert_int_equal(error, LEE_ERR_NO_MEMORY);
        assert_null(pending);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warning_is_open_until_each_outlet_has_settled_it),
        cmocka_unit_test(the_same_warning_twice_is_one),
        cmocka_unit_test(the_oldest_gives_way_when_there_are_too_many),
        cmocka_unit_test(other_records_are_passed_over_and_damaged_ones_are_said),
        cmocka_unit_test(random_and_truncated_records_do_no_harm),
        cmocka_unit_test(every_lack_of_memory_is_an_error_without_a_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
