#define _DEFAULT_SOURCE /* usleep */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/helper.h"

typedef struct {
    uint64_t tickets[16];
    unsigned statuses[16];
    size_t lengths[16];
    uint8_t first[16];
    int count;
} heard;

static void begin(void *context)
{
    (void)context;
}

/* 'b' blocks a while, 'd' dies, 'l' gives a long answer; all others are given back. */
static unsigned answer(void *context, const uint8_t *question, size_t length, lee_buffer *out)
{
    (void)context;
    if (question[0] == 'd') {
        _exit(3);
    }
    if (question[0] == 'b') {
        (void)usleep(300000);
    }
    lee_buffer_bytes(out, question, length);
    for (int i = 0; question[0] == 'l' && i < 1000000; i++) {
        lee_buffer_char(out, 'l');
    }
    return 200;
}

static void hear(void *context, uint64_t ticket, unsigned status, const uint8_t *bytes,
                 size_t length)
{
    heard *const h = context;
    assert_true(h->count < 16);
    h->tickets[h->count] = ticket;
    h->statuses[h->count] = status;
    h->lengths[h->count] = length;
    h->first[h->count] = length > 0 ? bytes[0] : 0;
    h->count++;
}

static lee_loop *loop;

static lee_helper *start(heard *h)
{
    static const lee_helper_job job = {.name = "a test", .begin = begin, .answer = answer};
    lee_helper *helper = NULL;
    memset(h, 0, sizeof *h);
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    assert_int_equal(lee_helper_start(&job, loop, hear, h, &helper), LEE_OK);
    return helper;
}

static void wait_for(const heard *h, int count)
{
    const int64_t until_ms = lee_loop_now_ms(loop) + 10000;
    while (h->count < count && lee_loop_now_ms(loop) < until_ms) {
        assert_int_equal(lee_loop_run_once(loop, 100), LEE_OK);
    }
    assert_int_equal(h->count, count);
}

static void stop(lee_helper *helper)
{
    lee_helper_free(helper);
    lee_loop_free(loop);
}

static void questions_are_answered_in_order(void **state)
{
    (void)state;
    heard h;
    lee_helper *const helper = start(&h);
    assert_int_equal(lee_helper_ask(helper, 5, "one", 3), LEE_OK);
    assert_int_equal(lee_helper_ask(helper, 6, "long", 4), LEE_OK);
    assert_int_equal(lee_helper_ask(helper, 7, "three", 5), LEE_OK);
    wait_for(&h, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(h.tickets[i], 5 + i);
        assert_int_equal(h.statuses[i], 200);
    }
    assert_int_equal(h.lengths[1], 1000004);
    assert_int_equal(h.first[2], 't');
    stop(helper);
}

static void too_many_are_refused_and_who_left_is_not_told(void **state)
{
    (void)state;
    heard h;
    lee_helper *const helper = start(&h);
    for (uint64_t i = 0; i < LEE_HELPER_WAITING_MAX; i++) {
        assert_int_equal(lee_helper_ask(helper, i, "b", 1), LEE_OK);
    }
    assert_int_equal(lee_helper_ask(helper, 99, "x", 1), LEE_ERR_LIMIT);
    for (uint64_t i = 0; i + 1 < LEE_HELPER_WAITING_MAX; i++) {
        lee_helper_forget(helper, i);
    }
    wait_for(&h, 1);
    assert_int_equal(h.tickets[0], LEE_HELPER_WAITING_MAX - 1);
    assert_int_equal(lee_helper_waiting(helper), 0);
    stop(helper);
}

static void one_that_dies_tells_nothing_and_is_started_again(void **state)
{
    (void)state;
    heard h;
    lee_helper *const helper = start(&h);
    assert_int_equal(lee_helper_ask(helper, 1, "d", 1), LEE_OK);
    assert_int_equal(lee_helper_ask(helper, 2, "x", 1), LEE_OK);
    wait_for(&h, 2);
    assert_int_equal(h.statuses[0], 0);
    assert_int_equal(h.statuses[1], 0);
    assert_int_equal(lee_helper_ask(helper, 3, "x", 1), LEE_ERR_IO);
    const int64_t until_ms = lee_loop_now_ms(loop) + 10000;
    while (lee_helper_ask(helper, 4, "again", 5) != LEE_OK) {
        assert_true(lee_loop_now_ms(loop) < until_ms);
        assert_int_equal(lee_loop_run_once(loop, 100), LEE_OK);
    }
    wait_for(&h, 3);
    assert_int_equal(h.tickets[2], 4);
    assert_int_equal(h.statuses[2], 200);
    stop(helper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_are_answered_in_order),
        cmocka_unit_test(too_many_are_refused_and_who_left_is_not_told),
        cmocka_unit_test(one_that_dies_tells_nothing_and_is_started_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
