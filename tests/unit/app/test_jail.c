/* Acts as what has taken a parser over: whatever would reach out of the jail ends the process or
 * fails. */
#define _GNU_SOURCE /* syscall */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/jail.h"

#define MEMORY_MAX_BYTES (512ul * 1024ul * 1024ul)
#define DONE 0
#define FAILED 7
#define REACHED 9
#define NO_JAIL 11

typedef struct {
    const char *name;
    long number;
    long arguments[6];
} call;

static const char path[] = "/etc/passwd";
static const struct sockaddr address = {.sa_family = AF_INET};
static const char *const nothing[] = {NULL};
#define AT(object) (long)(uintptr_t)(object)

/* What a thief, a vandal or a spy would call first. */
static const call forbidden[] = {
    {"openat", SYS_openat, {-100, AT(path), 0}},
    {"openat2", SYS_openat2, {-100, AT(path), 0, 0}},
    {"open_by_handle_at", SYS_open_by_handle_at, {-100, 0, 0}},
    {"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
    {"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0}},
    {"connect", SYS_connect, {3, AT(&address), sizeof address}},
    {"bind", SYS_bind, {3, AT(&address), sizeof address}},
    {"listen", SYS_listen, {3, 1}},
    {"accept4", SYS_accept4, {3, 0, 0, 0}},
    {"sendto", SYS_sendto, {3, AT(path), 1, 0, AT(&address), sizeof address}},
    {"sendmsg", SYS_sendmsg, {3, 0, 0}},
    {"recvmsg", SYS_recvmsg, {3, 0, 0}},
    {"execve", SYS_execve, {AT("/bin/sh"), AT(nothing), AT(nothing)}},
    {"execveat", SYS_execveat, {-100, AT("/bin/sh"), AT(nothing), AT(nothing), 0}},
    {"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}},
    {"clone3", SYS_clone3, {0, 0}},
    {"ptrace", SYS_ptrace, {0, 0, 0, 0}},
    {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0, 0, 0, 0}},
    {"process_vm_writev", SYS_process_vm_writev, {1, 0, 0, 0, 0, 0}},
    {"kill", SYS_kill, {1, 0}},
    {"tgkill", SYS_tgkill, {1, 1, 0}},
    {"pidfd_open", SYS_pidfd_open, {1, 0}},
    {"mprotect", SYS_mprotect, {0, 4096, PROT_EXEC}},
    {"mmap to execute", SYS_mmap, {0, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"mmap of a file", SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED, 3, 0}},
    {"memfd_create", SYS_memfd_create, {AT(path), 0}},
    {"unlinkat", SYS_unlinkat, {-100, AT("/nowhere"), 0}},
    {"renameat2", SYS_renameat2, {-100, AT("/nowhere"), -100, AT("/elsewhere"), 0}},
    {"mkdirat", SYS_mkdirat, {-100, AT("/nowhere"), 0}},
    {"newfstatat", SYS_newfstatat, {-100, AT(path), 0, 0}},
    {"getdents64", SYS_getdents64, {3, 0, 0}},
    {"readlinkat", SYS_readlinkat, {-100, AT(path), 0, 0}},
    {"chdir", SYS_chdir, {AT("/")}},
    {"chroot", SYS_chroot, {AT("/")}},
    {"mount", SYS_mount, {0, 0, 0, 0, 0}},
    {"unshare", SYS_unshare, {0}},
    {"setns", SYS_setns, {3, 0}},
    {"setuid", SYS_setuid, {0}},
    {"capset", SYS_capset, {0, 0}},
    {"prctl", SYS_prctl, {4, 1, 0, 0, 0}},
    {"prlimit64", SYS_prlimit64, {0, 4, 0, 0}},
    {"seccomp", SYS_seccomp, {0, 0, 0}},
    {"bpf", SYS_bpf, {0, 0, 0}},
    {"perf_event_open", SYS_perf_event_open, {0, 0, -1, -1, 0}},
    {"io_uring_setup", SYS_io_uring_setup, {1, 0}},
    {"keyctl", SYS_keyctl, {0, 0}},
    {"add_key", SYS_add_key, {0, 0, 0, 0, 0}},
    {"shmget", SYS_shmget, {0, 4096, 0}},
    {"ioctl", SYS_ioctl, {3, 0, 0}},
    {"fcntl", SYS_fcntl, {3, 3}},
    {"dup", SYS_dup, {3}},
    {"pipe2", SYS_pipe2, {0, 0}},
    {"inotify_init1", SYS_inotify_init1, {0}},
    {"userfaultfd", SYS_userfaultfd, {0}},
    {"reboot", SYS_reboot, {0, 0, 0, 0}},
};
#define FORBIDDEN_COUNT (sizeof forbidden / sizeof forbidden[0])

/* How a process ends that enters the jail and makes this call; NULL: none but talking. */
static int end_of(const call *made)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (lee_jail_enter(pair[1], MEMORY_MAX_BYTES) != LEE_OK) {
            _exit(NO_JAIL);
        }
        if (made) {
            const long *const a = made->arguments;
            const long result = syscall(made->number, a[0], a[1], a[2], a[3], a[4], a[5]);
            /* No descriptor but the one is open, so that not even a success says anything. */
            (void)!write(pair[1], &result, sizeof result);
            _exit(result < 0 ? FAILED : REACHED);
        }
        char c = 0;
        uint8_t *const memory = malloc(8u * 1024u * 1024u);
        if (!memory || read(pair[1], &c, 1) != 1) {
            _exit(FAILED);
        }
        memory[8u * 1024u * 1024u - 1] = (uint8_t)c;
        (void)!write(pair[1], memory + 8u * 1024u * 1024u - 1, 1);
        _exit(DONE);
    }
    assert_int_equal(close(pair[1]), 0);
    char c = 'x';
    (void)send(pair[0], &c, 1, MSG_NOSIGNAL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!made) {
        c = 0;
        assert_int_equal(read(pair[0], &c, 1), 1);
        assert_int_equal(c, 'x');
    }
    assert_int_equal(close(pair[0]), 0);
    return status;
}

static void what_it_is_for_goes_on(void **state)
{
    (void)state;
    const int status = end_of(NULL);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), DONE);
}

static void whatever_reaches_out_ends_it(void **state)
{
    (void)state;
    assert_true(FORBIDDEN_COUNT >= 30);
    for (size_t i = 0; i < FORBIDDEN_COUNT; i++) {
        const int status = end_of(&forbidden[i]);
        const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
        const bool refused = WIFEXITED(status) && WEXITSTATUS(status) == FAILED;
        if (!killed && !refused) {
            fail_msg("%s: status %x", forbidden[i].name, (unsigned)status);
        }
        assert_true(killed || LEE_JAIL_IS_SANITIZED);
    }
}

static void the_descriptors_of_before_are_closed(void **state)
{
    (void)state;
    const int other = dup(1);
    assert_true(other > 2);
    static const char byte = 'x';
    const call made = {"write to what was open", SYS_write, {other, AT(&byte), 1}};
    const int status = end_of(&made);
    assert_int_equal(close(other), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FAILED);
}

static void memory_has_an_end(void **state)
{
    (void)state;
    if (LEE_JAIL_IS_SANITIZED) {
        skip(); /* its own memory is far beyond any limit */
    }
    const call made = {
        "mmap of much", SYS_mmap, {0, 1l << 31, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}};
    const int status = end_of(&made);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FAILED);
}

static bool writes_and_renames(const char *folder)
{
    char fresh[400];
    char name[400];
    snprintf(fresh, sizeof fresh, "%s/new", folder);
    snprintf(name, sizeof name, "%s/head", folder);
    const int fd = open(fresh, O_RDWR | O_CREAT | O_EXCL, 0600);
    const int below = open(folder, O_RDONLY | O_DIRECTORY);
    return fd >= 0 && below >= 0 && pwrite(fd, "x", 1, 0) == 1 && fdatasync(fd) == 0 &&
           ftruncate(fd, 1) == 0 && rename(fresh, name) == 0 && fsync(below) == 0 &&
           unlink(name) == 0;
}

static bool is_refused(long result, int error)
{
    return result < 0 && errno == error;
}

/* The number of the first thing that is not as it must be; 0: all is. */
static int in_the_child(const char *folder, const char *beside)
{
    char other[400];
    snprintf(other, sizeof other, "%s/../other", folder);
    if (!lee_jail_enter_folder(folder)) {
        return NO_JAIL;
    }
    if (!writes_and_renames(folder)) {
        return 1;
    }
    if (!is_refused(open(beside, O_RDONLY), EACCES) || !is_refused(open(other, O_RDONLY), EACCES)) {
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
    if (!is_refused((long)(intptr_t)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                    EPERM)) {
        return 7;
    }
    void *const memory = malloc(1u << 20);
    if (!memory) {
        return 6;
    }
    free(memory);
    return 0;
}

static void one_with_a_folder_reaches_it_and_nothing_else(void **state)
{
    (void)state;
    char folder[] = "/tmp/leeward-jail-XXXXXX";
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
    if (WEXITSTATUS(status) == NO_JAIL) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_is_for_goes_on),
        cmocka_unit_test(whatever_reaches_out_ends_it),
        cmocka_unit_test(the_descriptors_of_before_are_closed),
        cmocka_unit_test(memory_has_an_end),
        cmocka_unit_test(one_with_a_folder_reaches_it_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
