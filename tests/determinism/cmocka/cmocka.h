/* The part of cmocka that our unit tests use, for machines for which Debian 12 has no cmocka: a
 * failed assertion prints its place and ends the program. */
#ifndef LEE_TESTS_CMOCKA_H
#define LEE_TESTS_CMOCKA_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
    int (*setup)(void **state);
    int (*teardown)(void **state);
};

/* Whether the test that runs asked to be left out. */
static bool lee_test_is_skipped;

#define lee_test_require(fact, text)                                                               \
    do {                                                                                           \
        if (!(fact)) {                                                                             \
            printf("%s:%d: %s\n", __FILE__, __LINE__, text);                                       \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define assert_true(x) lee_test_require((x), #x)
#define assert_false(x) lee_test_require(!(x), "not " #x)
#define assert_null(x) lee_test_require((x) == NULL, #x " is NULL")
#define assert_non_null(x) lee_test_require((x) != NULL, #x " is not NULL")
#define assert_ptr_equal(a, b)                                                                     \
    lee_test_require((const void *)(a) == (const void *)(b), #a " == " #b)
#define assert_int_equal(a, b) lee_test_require((intmax_t)(a) == (intmax_t)(b), #a " == " #b)
#define assert_int_not_equal(a, b) lee_test_require((intmax_t)(a) != (intmax_t)(b), #a " != " #b)
static inline bool lee_test_is_within(uintmax_t x, uintmax_t low, uintmax_t high)
{
    return x >= low && x <= high;
}
#define assert_in_range(x, low, high)                                                              \
    lee_test_require(lee_test_is_within((uintmax_t)(x), (uintmax_t)(low), (uintmax_t)(high)),      \
                     #x " in range")
#define assert_memory_equal(a, b, n) lee_test_require(memcmp(a, b, n) == 0, #a " == " #b)
#define assert_memory_not_equal(a, b, n) lee_test_require(memcmp(a, b, n) != 0, #a " != " #b)
#define assert_string_equal(a, b) lee_test_require(strcmp(a, b) == 0, #a " == " #b)
#define assert_string_not_equal(a, b) lee_test_require(strcmp(a, b) != 0, #a " != " #b)
#define fail_msg(...)                                                                              \
    do {                                                                                           \
        printf("%s:%d: ", __FILE__, __LINE__);                                                     \
        printf(__VA_ARGS__);                                                                       \
        exit(1);                                                                                   \
    } while (0)
#define fail() fail_msg("failed\n")
#define print_message(...) printf(__VA_ARGS__)
#define skip()                                                                                     \
    do {                                                                                           \
        lee_test_is_skipped = true;                                                                \
        return;                                                                                    \
    } while (0)

#define cmocka_unit_test(f)                                                                        \
    {                                                                                              \
#f, f, NULL, NULL                                                                          \
    }
#define cmocka_unit_test_setup_teardown(f, up, down)                                               \
    {                                                                                              \
#f, f, up, down                                                                            \
    }

static inline int lee_test_run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **),
                               int (*teardown)(void **))
{
    void *group = NULL;
    lee_test_require(!setup || setup(&group) == 0, "set-up of the group");
    for (size_t i = 0; i < count; i++) {
        void *own = group;
        lee_test_is_skipped = false;
        lee_test_require(!tests[i].setup || tests[i].setup(&own) == 0, tests[i].name);
        printf("%s\n", tests[i].name);
        tests[i].run(&own);
        printf("%s\n", lee_test_is_skipped ? "  skipped" : "  ok");
        lee_test_require(!tests[i].teardown || tests[i].teardown(&own) == 0, tests[i].name);
    }
    lee_test_require(!teardown || teardown(&group) == 0, "tear-down of the group");
    return 0;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    lee_test_run(tests, sizeof tests / sizeof *tests, setup, teardown)

#endif
