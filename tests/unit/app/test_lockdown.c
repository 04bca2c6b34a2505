#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/lockdown.h"

#define CANNOT_LOCK 100

static bool writes_and_renames(const char *folder)
{
    char path[400];
    char name[400];
    snprintf(path, sizeof path, "%s/new", folder);
    snprintf(name, sizeof name, "%s/head", folder);
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    const int below = open(folder, O_RDONLY | O_DIRECTORY);
    return fd >= 0 && below >= 0 && pwrite(fd, "x", 1, 0) == 1 && fdatasync(fd) == 0 &&
           ftruncate(fd, 1) == 0 && rename(path, name) == 0 && fsync(below) == 0 &&
           unlink(name) == 0;
}

static bool is_refused(long result, int error)
{
    return result < 0 && errno == error;
}

/* The number of the first thing that is not as it must be; 0: all is. */
static int in_the_child(const char *folder, const char *beside)
{
    char path[400];
    snprintf(path, sizeof path, "%s/../other", folder);
    if (!lee_lockdown(folder)) {
        return CANNOT_LOCK;
    }
    if (!writes_and_renames(folder)) {
        return 1;
    }
    if (!is_refused(open(beside, O_RDONLY), EACCES) || !is_refused(open(path, O_RDONLY), EACCES)) {
        return 2;
    }
    if (!is_refused(open("/proc/self/mem", O_RDONLY), EACCES) ||
        !is_refused(open("/etc/passwd", O_RDONLY), EACCES)) {
        return 3;
    }
    if (!is_refused(socket(AF_INET, SOCK_STREAM, 0), EPERM)) {
        return 4;
    }
    if (!is_refused(fork(), EPERM) ||
        !is_refused(execl("/bin/true", "true", (char *)NULL), EPERM)) {
        return 5;
    }
    void *const memory = malloc(1u << 20);
    if (!memory) {
        return 6;
    }
    free(memory);
    return 0;
}

static void a_process_that_is_locked_down_reaches_its_folder_and_nothing_else(void **state)
{
    (void)state;
    char folder[] = "/tmp/leeward-lockdown-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char inner[300];
    char beside[300];
    snprintf(inner, sizeof inner, "%s/keys", folder);
    snprintf(beside, sizeof beside, "%s/other", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    const int fd = open(beside, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    const pid_t child = fork();
    if (child == 0) {
        _exit(in_the_child(inner, beside));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    unlink(beside);
    rmdir(inner);
    rmdir(folder);
    if (WEXITSTATUS(status) == CANNOT_LOCK) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_is_locked_down_reaches_its_folder_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
