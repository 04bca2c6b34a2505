#define _DEFAULT_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/stations.h"

static char folder[] = "/tmp/leeward-stations-XXXXXX";

static void keep(uint64_t index, uint64_t session, int64_t t_us)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, 100);
    lee_buffer_text(&bytes, "state");
    lee_station_write(folder, &(lee_station){index, session, t_us}, &bytes);
    lee_buffer_free(&bytes);
}

static uint64_t found(uint64_t session, int64_t at_us, uint64_t end)
{
    lee_station station;
    return lee_station_find(folder, session, at_us, end, &station) ? station.index : UINT64_MAX;
}

static void the_nearest_station_is_not_after_the_moment(void **state)
{
    (void)state;
    keep(100, 0, 1000);
    keep(200, 0, 2000);
    keep(300, 250, 1500); /* another session, in which the hour went back */
    assert_int_equal(found(0, 999, 1000), UINT64_MAX);
    assert_int_equal(found(0, 1000, 1000), 100);
    assert_int_equal(found(0, 5000, 1000), 200);
    assert_int_equal(found(0, 5000, 150), 100);
    assert_int_equal(found(250, 1400, 1000), 200);
    assert_int_equal(found(250, 1500, 1000), 300);
    lee_buffer bytes;
    lee_buffer_init(&bytes, 100);
    assert_int_equal(lee_station_read(folder, &(lee_station){200, 0, 2000}, &bytes), LEE_OK);
    assert_memory_equal(bytes.bytes, "state", 5);
    lee_buffer_free(&bytes);
    for (uint64_t i = 1; i <= 3; i++) {
        lee_station_remove(
            folder, &(lee_station){i * 100, i == 3 ? 250 : 0, i == 3 ? 1500 : (int64_t)i * 1000});
    }
    assert_int_equal(found(250, 1500, 1000), UINT64_MAX);
}

static void the_one_whose_neighbours_are_closest_goes_and_never_the_newest(void **state)
{
    (void)state;
    const lee_station some[] = {{100, 0, 0}, {200, 0, 0}, {210, 0, 0}, {900, 0, 0}};
    assert_int_equal(lee_station_superfluous(some, 4), 1);
    const lee_station late[] = {{1000, 0, 0}, {2000, 0, 0}, {2001, 0, 0}};
    assert_int_equal(lee_station_superfluous(late, 3), 1);
}

static void there_are_never_more_than_are_allowed(void **state)
{
    (void)state;
    uint64_t there = 0;
    for (uint64_t i = 1; i <= LEE_STATIONS_MAX + 30; i++) {
        keep(i * 10, 0, (int64_t)i);
    }
    for (uint64_t i = 1; i <= LEE_STATIONS_MAX + 30; i++) {
        lee_buffer bytes;
        lee_buffer_init(&bytes, 100);
        const lee_station station = {i * 10, 0, (int64_t)i};
        there += lee_station_read(folder, &station, &bytes) == LEE_OK;
        lee_station_remove(folder, &station);
        lee_buffer_free(&bytes);
    }
    assert_int_equal(there, LEE_STATIONS_MAX);
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int clear(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_station_is_not_after_the_moment),
        cmocka_unit_test(the_one_whose_neighbours_are_closest_goes_and_never_the_newest),
        cmocka_unit_test(there_are_never_more_than_are_allowed),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
