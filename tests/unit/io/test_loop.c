#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/loop.h"

typedef struct {
    lee_loop *loop;
    int calls;
    int order[16];
    lee_loop_timer *timer;
    lee_loop_watch *watch;
    lee_loop_watch *other;
} seen;

typedef struct {
    seen *into;
    int number;
} mark;

static void note(void *context)
{
    const mark *const m = context;
    m->into->order[m->into->calls++] = m->number;
}

static void count(void *context)
{
    ((seen *)context)->calls++;
}

static lee_loop *loop_made(void)
{
    lee_loop *loop = NULL;
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    return loop;
}

static void timers_fire_in_the_order_of_their_time(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    mark marks[3] = {{&into, 0}, {&into, 1}, {&into, 2}};
    lee_loop_timer *timer;
    assert_int_equal(lee_loop_add_timer(loop, 30, 0, note, &marks[2], &timer), LEE_OK);
    assert_int_equal(lee_loop_add_timer(loop, 5, 0, note, &marks[0], &timer), LEE_OK);
    assert_int_equal(lee_loop_add_timer(loop, 5, 0, note, &marks[1], &timer), LEE_OK);
    while (into.calls < 3) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_int_equal(into.order[0], 0);
    assert_int_equal(into.order[1], 1);
    assert_int_equal(into.order[2], 2);
    lee_loop_free(loop);
}

static void a_removed_timer_does_not_fire(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    lee_loop_timer *timers[8];
    for (int i = 0; i < 8; i++) {
        assert_int_equal(lee_loop_add_timer(loop, i, 0, count, &into, &timers[i]), LEE_OK);
    }
    for (int i = 0; i < 8; i += 2) {
        lee_loop_remove_timer(loop, timers[i]);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(lee_loop_run_once(loop, 5), LEE_OK);
    }
    assert_int_equal(into.calls, 4);
    lee_loop_free(loop);
}

static void remove_own_timer(void *context)
{
    seen *const into = context;
    if (++into->calls == 3) {
        lee_loop_remove_timer(into->loop, into->timer);
    }
}

static void a_repeating_timer_may_remove_itself(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    assert_int_equal(lee_loop_add_timer(loop, 0, 1, remove_own_timer, &into, &into.timer), LEE_OK);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(lee_loop_run_once(loop, 5), LEE_OK);
    }
    assert_int_equal(into.calls, 3);
    lee_loop_free(loop);
}

static void rearm(void *context)
{
    seen *const into = context;
    into->calls++;
    lee_loop_timer *timer;
    assert_int_equal(lee_loop_add_timer(into->loop, 0, 0, rearm, into, &timer), LEE_OK);
}

static void a_timer_that_arms_itself_at_once_does_not_hold_the_loop(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    rearm(&into);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_int_equal(into.calls, 6);
    lee_loop_free(loop);
}

static void the_descriptor_of_the_loop_is_readable_when_a_timer_is_due(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    lee_loop_timer *timer;
    struct pollfd poller = {.fd = lee_loop_fd(loop), .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 0), 0);
    assert_int_equal(lee_loop_add_timer(loop, 10, 0, count, &into, &timer), LEE_OK);
    assert_int_equal(poll(&poller, 1, 2000), 1);
    assert_int_equal(lee_loop_run_once(loop, 0), LEE_OK);
    assert_int_equal(into.calls, 1);
    assert_int_equal(poll(&poller, 1, 0), 0);
    lee_loop_free(loop);
}

static void drop_both(void *context, int fd, int events)
{
    (void)fd;
    assert_true(events & LEE_LOOP_READ);
    seen *const into = context;
    into->calls++;
    lee_loop_remove(into->loop, into->watch);
    lee_loop_remove(into->loop, into->other);
    into->watch = NULL;
    into->other = NULL;
}

static void a_callback_may_remove_another_that_is_due_in_the_same_round(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    int a[2];
    int b[2];
    assert_int_equal(pipe(a), 0);
    assert_int_equal(pipe(b), 0);
    assert_int_equal(lee_loop_add(loop, a[0], LEE_LOOP_READ, drop_both, &into, &into.watch),
                     LEE_OK);
    assert_int_equal(lee_loop_add(loop, b[0], LEE_LOOP_READ, drop_both, &into, &into.other),
                     LEE_OK);
    assert_int_equal(write(a[1], "x", 1), 1);
    assert_int_equal(write(b[1], "x", 1), 1);
    assert_int_equal(lee_loop_run_once(loop, 100), LEE_OK);
    assert_int_equal(lee_loop_run_once(loop, 0), LEE_OK);
    assert_int_equal(into.calls, 1);
    lee_loop_free(loop);
    for (int i = 0; i < 2; i++) {
        (void)close(a[i]);
        (void)close(b[i]);
    }
}

static void ignored(void *context, int fd, int events)
{
    (void)context;
    (void)fd;
    (void)events;
}

static void a_regular_file_cannot_be_watched(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    const int fd = open(__FILE__, O_RDONLY);
    assert_true(fd >= 0);
    lee_loop_watch *watch = NULL;
    assert_int_equal(lee_loop_add(loop, fd, LEE_LOOP_READ, ignored, NULL, &watch),
                     LEE_ERR_UNSUPPORTED);
    assert_null(watch);
    (void)close(fd);
    lee_loop_free(loop);
}

static void *post_many(void *context)
{
    seen *const into = context;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(lee_loop_post(into->loop, count, into), LEE_OK);
    }
    return NULL;
}

static void what_another_thread_posts_runs_on_this_one(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, post_many, &into), 0);
    while (into.calls < 1000) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    lee_loop_free(loop);
}

static void posts_have_a_limit(void **state)
{
    (void)state;
    lee_loop *const loop = loop_made();
    seen into = {.loop = loop};
    for (uint32_t i = 0; i < LEE_LOOP_POSTS_MAX; i++) {
        assert_int_equal(lee_loop_post(loop, count, &into), LEE_OK);
    }
    assert_int_equal(lee_loop_post(loop, count, &into), LEE_ERR_LIMIT);
    assert_int_equal(lee_loop_run_once(loop, 0), LEE_OK);
    assert_int_equal(into.calls, LEE_LOOP_POSTS_MAX);
    lee_loop_free(loop);
}

static void running_out_of_memory_is_told(void **state)
{
    (void)state;
    lee_loop *loop = NULL;
    lee_alloc_test_fail(1);
    assert_int_equal(lee_loop_create(&loop), LEE_ERR_NO_MEMORY);
    lee_alloc_test_fail(0);
    assert_null(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_the_order_of_their_time),
        cmocka_unit_test(a_removed_timer_does_not_fire),
        cmocka_unit_test(a_repeating_timer_may_remove_itself),
        cmocka_unit_test(a_timer_that_arms_itself_at_once_does_not_hold_the_loop),
        cmocka_unit_test(the_descriptor_of_the_loop_is_readable_when_a_timer_is_due),
        cmocka_unit_test(a_callback_may_remove_another_that_is_due_in_the_same_round),
        cmocka_unit_test(a_regular_file_cannot_be_watched),
        cmocka_unit_test(what_another_thread_posts_runs_on_this_one),
        cmocka_unit_test(posts_have_a_limit),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
