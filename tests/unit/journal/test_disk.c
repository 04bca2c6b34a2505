#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "journal/disk.h"
#include "support/file_memory.c"

enum { LONGEST = 40000 };

static lee_disk disk_with(file_memory *memory, const char *name, const uint8_t *bytes,
                          size_t length, lee_path *path)
{
    lee_disk disk;
    lee_disk_init(&disk, file_memory_fs(memory), "d");
    assert_int_equal(lee_disk_make_folder(&disk), LEE_OK);
    lee_path_set(path, "d/");
    lee_path_add(path, name);
    assert_int_equal(lee_disk_put(&disk, path, bytes, length), LEE_OK);
    return disk;
}

static void a_file_is_read_whole_into_a_buffer_that_may_hold_it(void **state)
{
    (void)state;
    static uint8_t bytes[LONGEST];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 31 + i / 256);
    }
    static const size_t lengths[] = {0,    1,    255,  256,   257,   4095,  4096,
                                     4097, 8191, 8192, 16384, 16385, 32768, LONGEST};
    lee_buffer again;
    lee_buffer_init(&again, LONGEST);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const size_t length = lengths[i];
        file_memory *memory = file_memory_create();
        lee_path path;
        lee_disk disk = disk_with(memory, "f", bytes, length, &path);
        for (size_t more = 0; more < 3; more++) {
            lee_buffer buffer;
            lee_buffer_init(&buffer, length + more);
            assert_int_equal(lee_disk_read(&disk, &path, &buffer), LEE_OK);
            assert_int_equal(buffer.length, length);
            assert_true(length == 0 || memcmp(buffer.bytes, bytes, length) == 0);
            lee_buffer_free(&buffer);
        }
        assert_int_equal(lee_disk_read(&disk, &path, &again), LEE_OK);
        assert_int_equal(again.length, length);
        assert_true(length == 0 || memcmp(again.bytes, bytes, length) == 0);
        file_memory_free(memory);
    }
    lee_buffer_free(&again);
}

static void a_file_that_is_longer_than_the_limit_is_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[9000];
    static const size_t limits[] = {0, 1, 4095, 4096, 4097, 8192, 8999};
    file_memory *memory = file_memory_create();
    lee_path path;
    lee_disk disk = disk_with(memory, "f", bytes, sizeof(bytes), &path);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        lee_buffer buffer;
        lee_buffer_init(&buffer, limits[i]);
        assert_int_equal(lee_disk_read(&disk, &path, &buffer), LEE_ERR_LIMIT);
        lee_buffer_free(&buffer);
    }
    assert_null(disk.failure.operation); /* the disk did nothing wrong */
    lee_path_add(&path, "x");
    lee_buffer buffer;
    lee_buffer_init(&buffer, 10);
    assert_int_equal(lee_disk_read(&disk, &path, &buffer), LEE_ERR_NOT_FOUND);
    lee_buffer_free(&buffer);
    file_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole_into_a_buffer_that_may_hold_it),
        cmocka_unit_test(a_file_that_is_longer_than_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
