#define _GNU_SOURCE /* close_range, O_PATH, syscall */
#include "app/jail.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#else
#define THIS_MACHINE 0u /* its numbers of system calls were not looked at */
#endif

/* Rights by version of Landlock's interface; headers of Debian 12 do not name the later ones. */
#define RIGHTS_1 ((UINT64_C(1) << 13) - 1)
#define RIGHT_REFER (UINT64_C(1) << 13)
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15)

/* Memory, and the end: what both may do. */
static const uint32_t calls_of_all[] = {
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
#if LEE_JAIL_IS_SANITIZED
    /* What the sanitizers' own memory needs. */
    SYS_mprotect,
    SYS_futex,
    SYS_getpid,
    SYS_gettid,
    SYS_sched_yield,
    SYS_sigaltstack,
    SYS_rt_sigprocmask,
#endif
};

/* The one descriptor. */
static const uint32_t calls_of_parser[] = {SYS_read, SYS_write};

/* What answering needs. Machines without the old calls have the *at forms alone. */
static const uint32_t calls_of_signer[] = {
    SYS_read,      SYS_write,          SYS_recvfrom,      SYS_sendto,          SYS_openat,
    SYS_close,     SYS_pread64,        SYS_pwrite64,      SYS_fstat,           SYS_newfstatat,
    SYS_lseek,     SYS_ftruncate,      SYS_fsync,         SYS_fdatasync,       SYS_unlinkat,
    SYS_renameat2, SYS_renameat,       SYS_mkdirat,       SYS_getdents64,      SYS_futex,
    SYS_getrandom, SYS_rt_sigprocmask, SYS_clock_gettime, SYS_sync_file_range, SYS_sigaltstack,
#ifdef SYS_rename
    SYS_rename,    SYS_unlink,         SYS_mkdir,         SYS_rmdir,
#endif
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define PROGRAM_MAX (2 * (COUNT(calls_of_all) + COUNT(calls_of_signer)) + 12)

#define LOAD(member)                                                                               \
    (struct sock_filter)                                                                           \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, member))
/* The low half of an argument: both machines are little-endian. */
#define LOAD_ARGUMENT(index)                                                                       \
    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                        \
                                  (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (index)))
#define ANSWER(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, (action))
#define SKIP_UNLESS(test, value, count)                                                            \
    (struct sock_filter) BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), 0, (count))

static unsigned short allow(struct sock_filter *program, unsigned short count,
                            const uint32_t *calls, size_t call_count)
{
    for (size_t i = 0; i < call_count; i++) {
        program[count++] = SKIP_UNLESS(BPF_JEQ, calls[i], 1);
        program[count++] = ANSWER(SECCOMP_RET_ALLOW);
    }
    return count;
}

/* These calls and those of all; what becomes of another is `otherwise`. */
static bool filter_calls(const uint32_t *calls, size_t call_count, uint32_t otherwise)
{
    struct sock_filter program[PROGRAM_MAX];
    unsigned short count = 0;
    if (THIS_MACHINE == 0) {
        errno = ENOSYS;
        return false;
    }
    program[count++] = LOAD(arch);
    program[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
    program[count++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
    program[count++] = LOAD(nr);
    count = allow(program, count, calls_of_all, COUNT(calls_of_all));
    count = allow(program, count, calls, call_count);
    /* Memory of nobody else, which is never executed. */
    program[count++] = SKIP_UNLESS(BPF_JEQ, SYS_mmap, 5);
    program[count++] = LOAD_ARGUMENT(3);
    program[count++] = SKIP_UNLESS(BPF_JSET, MAP_ANONYMOUS, 3);
    program[count++] = LOAD_ARGUMENT(2);
    program[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
    program[count++] = ANSWER(SECCOMP_RET_ALLOW);
    program[count++] = ANSWER(otherwise);
    assert(count <= PROGRAM_MAX);
    const struct sock_fprog filter = {.len = count, .filter = program};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* No file at all, but for those in `folder` (NULL: none). */
static bool confine_files(const char *folder)
{
    const long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return false;
    }
    const uint64_t truncate = version >= 3 ? RIGHT_TRUNCATE : 0;
    const struct landlock_ruleset_attr all = {.handled_access_fs =
                                                  RIGHTS_1 | (version >= 2 ? RIGHT_REFER : 0) |
                                                  truncate | (version >= 5 ? RIGHT_IOCTL_DEV : 0)};
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    bool done = rules >= 0;
    if (done && folder) {
        const int below = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        const struct landlock_path_beneath_attr some = {
            .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                              LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                              LANDLOCK_ACCESS_FS_MAKE_REG | truncate,
            .parent_fd = below};
        done = below >= 0 &&
               syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &some, 0) == 0;
        if (below >= 0) {
            (void)close(below);
        }
    }
    done = done && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0) {
        (void)close(rules);
    }
    return done;
}

/* Nobody with the same rights looks into its memory, it gets no more rights, and it goes with the
 * process that started it, whatever it is at. */
static bool drop_rights(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 &&
           prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

lee_error lee_jail_enter(int fd, unsigned long memory_max_bytes)
{
    assert(fd >= 0);
    if ((fd > 0 && close_range(0, (unsigned)fd - 1, 0) != 0) ||
        close_range((unsigned)fd + 1, ~0u, 0) != 0 || !drop_rights()) {
        return LEE_ERR_UNSUPPORTED;
    }
    (void)confine_files(NULL); /* a second time: the filter has no call that opens one */
    const struct {
        int resource;
        unsigned long most;
        bool wanted;
    } limits[] = {{RLIMIT_CORE, 0, true},
                  {RLIMIT_FSIZE, 0, true},
                  {RLIMIT_NPROC, 0, true},
                  {RLIMIT_NOFILE, 0, true},
                  {RLIMIT_AS, memory_max_bytes, memory_max_bytes > 0 && !LEE_JAIL_IS_SANITIZED}};
    for (size_t i = 0; i < COUNT(limits); i++) {
        const struct rlimit limit = {.rlim_cur = limits[i].most, .rlim_max = limits[i].most};
        if (limits[i].wanted && setrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0) {
            return LEE_ERR_UNSUPPORTED;
        }
    }
    return filter_calls(calls_of_parser, COUNT(calls_of_parser), SECCOMP_RET_KILL_PROCESS)
               ? LEE_OK
               : LEE_ERR_UNSUPPORTED;
}

bool lee_jail_enter_folder(const char *folder)
{
    assert(folder);
    bool done = drop_rights();
    if (!confine_files(folder)) {
        fprintf(stderr, "leeward: this kernel does not confine the signer to %s: %s\n", folder,
                strerror(errno));
        done = false;
    }
    /* Refused and not killed: what a library tries in passing must not end the signer. */
    if (!filter_calls(calls_of_signer, COUNT(calls_of_signer), SECCOMP_RET_ERRNO | EPERM)) {
        fprintf(stderr, "leeward: this kernel does not take system calls from the signer: %s\n",
                strerror(errno));
        done = false;
    }
    return done;
}
