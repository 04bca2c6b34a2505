#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/child.h"

static size_t read_to_end(const lee_child *child, char *out, size_t capacity)
{
    size_t length = 0;
    for (;;) {
        struct pollfd wait = {.fd = lee_child_output(child), .events = POLLIN};
        assert_true(poll(&wait, 1, 5000) == 1);
        const ssize_t got = read(lee_child_output(child), out + length, capacity - length);
        assert_true(got >= 0);
        if (got == 0) {
            return length;
        }
        length += (size_t)got;
    }
}

static void output_and_last_words_are_heard(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c",
                                "echo first >&2; printf 'last\\t\\n\\n' >&2; printf abc", NULL};
    lee_child *child = NULL;
    char text[16];
    assert_int_equal(lee_child_start(argv, &child), 0);
    assert_int_equal(read_to_end(child, text, sizeof text), 3);
    assert_memory_equal(text, "abc", 3);
    lee_child_last_words(child, text, sizeof text);
    assert_string_equal(text, "last");
    lee_child_free(child);
}

static void a_program_that_is_not_installed_says_so(void **state)
{
    (void)state;
    const char *const argv[] = {"leeward-has-no-such-program", NULL};
    lee_child *child = NULL;
    assert_int_equal(lee_child_start(argv, &child), -ENOENT);
    assert_null(child);
}

static void one_that_will_not_go_is_ended(void **state)
{
    (void)state;
    const char *const argv[] = {"sh", "-c", "trap '' TERM PIPE; echo x; while :; do sleep 1; done",
                                NULL};
    lee_child *child = NULL;
    char text[4];
    assert_int_equal(lee_child_start(argv, &child), 0);
    struct pollfd wait = {.fd = lee_child_output(child), .events = POLLIN};
    assert_true(poll(&wait, 1, 5000) == 1);
    assert_int_equal(read(lee_child_output(child), text, sizeof text), 2);
    struct timespec begin;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    lee_child_free(child);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - begin.tv_sec <= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_last_words_are_heard),
        cmocka_unit_test(a_program_that_is_not_installed_says_so),
        cmocka_unit_test(one_that_will_not_go_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
