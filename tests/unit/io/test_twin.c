/* This program, started again, is the twin: what it has, what it lacks, how it ends. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/twin.h"

extern char **environ;

/* Says how many descriptors and variables it has, then answers until the socket ends. */
static int answer(const char *how)
{
    char text[64];
    int open_count = 0;
    for (int fd = 0; fd < 256; fd++) {
        open_count += fcntl(fd, F_GETFD) >= 0;
    }
    (void)snprintf(text, sizeof text, "%d %d", open_count, environ[0] != NULL);
    (void)!write(LEE_TWIN_FD, text, strlen(text));
    if (strcmp(how, "dies") == 0) {
        abort();
    }
    if (strcmp(how, "stays") == 0) {
        (void)signal(SIGTERM, SIG_IGN);
        for (;;) {
            (void)pause();
        }
    }
    while (read(LEE_TWIN_FD, text, sizeof text) > 0) {
    }
    return 5;
}

static void start(lee_twin *twin, const char *how)
{
    const char *const arguments[] = {"twin", how, NULL};
    assert_int_equal(lee_twin_start(twin, arguments, SOCK_STREAM), 0);
    assert_true(twin->process > 0);
}

static void it_has_four_descriptors_and_no_environment(void **state)
{
    (void)state;
    const int other = dup(1);
    assert_true(other > 2);
    lee_twin twin = {0};
    start(&twin, "answers");
    char text[64] = "";
    assert_true(read(twin.fd, text, sizeof text - 1) > 0);
    assert_string_equal(text, "4 0");
    const int status = lee_twin_end(&twin, false);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    assert_int_equal(twin.process, 0);
    assert_int_equal(close(other), 0);
}

static void its_end_is_told(void **state)
{
    (void)state;
    lee_twin twin = {0};
    assert_int_equal(lee_twin_end(&twin, true), -1);
    start(&twin, "dies");
    char text[64];
    while (read(twin.fd, text, sizeof text) > 0) {
    }
    const int status = lee_twin_end(&twin, false);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_int_equal(twin.starts, 1);
}

static void one_that_stays_is_ended_by_force(void **state)
{
    (void)state;
    lee_twin twin = {0};
    start(&twin, "stays");
    char text[64];
    assert_true(read(twin.fd, text, sizeof text) > 0);
    const int status = lee_twin_end(&twin, true);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    start(&twin, "answers");
    assert_int_equal(twin.starts, 2);
    (void)lee_twin_end(&twin, true);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[0], "twin") == 0) {
        return answer(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_four_descriptors_and_no_environment),
        cmocka_unit_test(its_end_is_told),
        cmocka_unit_test(one_that_stays_is_ended_by_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
