#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "journal/path.h"

static void tiles_are_named_as_tlog_tiles_says(void **state)
{
    (void)state;
    lee_path path;
    lee_path_tile(&path, "d", 0, 1234067, 256);
    assert_string_equal(path.text, "d/tile/0/x001/x234/067");
    lee_path_tile(&path, "d", 1, 0, 17);
    assert_string_equal(path.text, "d/tile/1/000.p/17");
    lee_path_tile(&path, "d", LEE_TILE_ENTRIES, 999, 256);
    assert_string_equal(path.text, "d/tile/entries/999");
    lee_path_tile(&path, "d", LEE_TILE_ENTRIES, 1000, 1);
    assert_string_equal(path.text, "d/tile/entries/x001/000.p/1");
    lee_path_tile(&path, "d", 7, 5, 0);
    assert_string_equal(path.text, "d/tile/7/005.p");
}

static void a_tree_of_70000_has_the_tiles_of_the_published_example(void **state)
{
    (void)state;
    /* c2sp.org/tlog-tiles, "Partial Tiles": 273 full and one of 112, one full and one of 17, one
     * of 1. */
    assert_int_equal(70000 >> 8, 273);
    assert_int_equal(lee_tile_partial(70000, 0), 112);
    assert_int_equal(lee_tile_partial(70000, 1), 17);
    assert_int_equal(lee_tile_partial(70000, 2), 1);
    assert_int_equal(lee_tile_partial(70000, 3), 0);
    assert_int_equal(lee_tile_partial(256, 0), 0);
    assert_int_equal(lee_tile_partial(256, 1), 1);
    assert_int_equal(lee_tile_partial(LEE_MERKLE_SIZE_MAX, 7), 127);
}

static void segment_names_are_twenty_digits(void **state)
{
    (void)state;
    lee_path path;
    lee_path_segment(&path, "d", 77);
    assert_string_equal(path.text, "d/wal/00000000000000000077");
    uint64_t first = 0;
    assert_true(lee_path_segment_parse("00000000000000000077", &first));
    assert_int_equal(first, 77);
    assert_true(lee_path_segment_parse("09223372036854775807", &first));
    assert_int_equal(first, LEE_MERKLE_SIZE_MAX);
    const char *const bad[] = {"",
                               "77",
                               "0000000000000000007x",
                               "00000000000000000077.new",
                               "000000000000000000077",
                               "09223372036854775808",
                               "99999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(lee_path_segment_parse(bad[i], &first));
    }
}

static void parents_end_at_the_top(void **state)
{
    (void)state;
    lee_path path;
    lee_path_set(&path, "a/b/c");
    assert_true(lee_path_parent(&path));
    assert_string_equal(path.text, "a/b");
    assert_true(lee_path_parent(&path));
    assert_false(lee_path_parent(&path));
    assert_string_equal(path.text, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_named_as_tlog_tiles_says),
        cmocka_unit_test(a_tree_of_70000_has_the_tiles_of_the_published_example),
        cmocka_unit_test(segment_names_are_twenty_digits),
        cmocka_unit_test(parents_end_at_the_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
