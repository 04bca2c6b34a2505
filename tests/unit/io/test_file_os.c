#define _DEFAULT_SOURCE /* mkdtemp, symlink */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/file_os.h"

static char folder[64];

static const char *below(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/leeward-file-XXXXXX", sizeof("/tmp/leeward-file-XXXXXX"));
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)lee_file_os.remove(NULL, below("a"));
    (void)lee_file_os.remove(NULL, below("b"));
    (void)lee_file_os.remove(NULL, below("link"));
    (void)lee_file_os.remove(NULL, below("sub"));
    return lee_file_os.remove(NULL, folder);
}

static void what_is_written_is_read_and_the_end_is_told(void **state)
{
    (void)state;
    lee_file file;
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_CREATE, &file), 0);
    size_t done = 0;
    assert_int_equal(lee_file_os.write_at(NULL, file, 3, "hello", 5, &done), 0);
    assert_int_equal(done, 5);
    char bytes[16] = "";
    assert_int_equal(lee_file_os.read_at(NULL, file, 2, bytes, sizeof(bytes), &done), 0);
    assert_int_equal(done, 6);
    assert_memory_equal(bytes, "\0hello", 6);
    assert_int_equal(lee_file_os.read_at(NULL, file, 8, bytes, 1, &done), 0);
    assert_int_equal(done, 0);
    uint64_t size = 0;
    assert_int_equal(lee_file_os.size(NULL, file, &size), 0);
    assert_int_equal(size, 8);
    assert_int_equal(lee_file_os.truncate(NULL, file, 4), 0);
    assert_int_equal(lee_file_os.size(NULL, file, &size), 0);
    assert_int_equal(size, 4);
    assert_int_equal(lee_file_os.sync(NULL, file), 0);
    assert_int_equal(lee_file_os.sync_folder(NULL, folder), 0);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
}

static void files_belong_to_their_owner_alone(void **state)
{
    (void)state;
    lee_file file;
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_CREATE, &file), 0);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
    struct stat info;
    assert_int_equal(stat(below("a"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(lee_file_os.make_folder(NULL, below("sub")), 0);
    assert_int_equal(stat(below("sub"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
}

static void errors_are_those_of_the_system(void **state)
{
    (void)state;
    lee_file file;
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_READ, &file), -ENOENT);
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_WRITE, &file), -ENOENT);
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_CREATE, &file), 0);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_CREATE, &file), -EEXIST);
    assert_int_equal(symlink("elsewhere", below("link")), 0);
    assert_int_equal(lee_file_os.open(NULL, below("link"), LEE_FILE_CREATE, &file), -EEXIST);
    assert_int_equal(lee_file_os.make_folder(NULL, below("a")), -ENOTDIR);
    assert_int_equal(lee_file_os.make_folder(NULL, below("x/y")), -ENOENT);
    assert_int_equal(lee_file_os.sync_folder(NULL, below("x")), -ENOENT);
    assert_int_equal(lee_file_os.remove(NULL, below("x")), -ENOENT);
    assert_int_equal(lee_file_os.rename(NULL, below("x"), below("y")), -ENOENT);
    size_t done = 0;
    assert_int_equal(lee_file_os.write_at(NULL, (lee_file){.handle = -1}, 0, "x", 1, &done),
                     -EBADF);
    assert_int_equal(done, 0);
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_READ, &file), 0);
    assert_int_equal(lee_file_os.write_at(NULL, file, 0, "x", 1, &done), -EBADF);
    assert_int_equal(lee_file_os.write_at(NULL, file, UINT64_MAX, "x", 1, &done), -EFBIG);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
}

/* A device that is always full gives ENOSPC, as a disk would. */
static void a_full_disk_is_told(void **state)
{
    (void)state;
    lee_file file;
    if (lee_file_os.open(NULL, "/dev/full", LEE_FILE_WRITE, &file) != 0) {
        skip();
    }
    size_t done = 0;
    assert_int_equal(lee_file_os.write_at(NULL, file, 0, "x", 1, &done), -ENOSPC);
    assert_int_equal(done, 0);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
}

static void collect(void *context, const char *name)
{
    char *all = context;
    const size_t used = strlen(all);
    snprintf(all + used, 64 - used, "%s ", name);
}

static void names_are_listed_in_byte_order_and_renamed(void **state)
{
    (void)state;
    lee_file file;
    assert_int_equal(lee_file_os.open(NULL, below("b"), LEE_FILE_CREATE, &file), 0);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
    assert_int_equal(lee_file_os.make_folder(NULL, below("sub")), 0);
    assert_int_equal(lee_file_os.make_folder(NULL, below("sub")), 0);
    assert_int_equal(lee_file_os.open(NULL, below("a"), LEE_FILE_CREATE, &file), 0);
    assert_int_equal(lee_file_os.close(NULL, file), 0);
    char all[64] = "";
    assert_int_equal(lee_file_os.list(NULL, folder, collect, all), 0);
    assert_string_equal(all, "a b sub ");
    char to[128];
    snprintf(to, sizeof(to), "%s", below("b"));
    assert_int_equal(lee_file_os.rename(NULL, below("a"), to), 0);
    assert_int_equal(lee_file_os.remove(NULL, below("sub")), 0);
    all[0] = '\0';
    assert_int_equal(lee_file_os.list(NULL, folder, collect, all), 0);
    assert_string_equal(all, "b ");
    assert_int_equal(lee_file_os.list(NULL, below("none"), collect, all), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read_and_the_end_is_told, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(files_belong_to_their_owner_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(errors_are_those_of_the_system, make_folder, remove_folder),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test_setup_teardown(names_are_listed_in_byte_order_and_renamed, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
