#define _GNU_SOURCE /* close_range, syscall */
#include "app/jail.h"

#include <assert.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

/* Reading and writing the one descriptor, memory, and the end. */
static const uint32_t allowed[] = {
    SYS_read,
    SYS_write,
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
#define ALLOWED_COUNT (sizeof allowed / sizeof allowed[0])

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

static lee_error filter_calls(void)
{
    struct sock_filter program[2 * ALLOWED_COUNT + 16];
    unsigned short count = 0;
    program[count++] = LOAD(arch);
    program[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
    program[count++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
    program[count++] = LOAD(nr);
    for (size_t i = 0; i < ALLOWED_COUNT; i++) {
        program[count++] = SKIP_UNLESS(BPF_JEQ, allowed[i], 1);
        program[count++] = ANSWER(SECCOMP_RET_ALLOW);
    }
    /* Memory of nobody else, which is never executed. */
    program[count++] = SKIP_UNLESS(BPF_JEQ, SYS_mmap, 5);
    program[count++] = LOAD_ARGUMENT(3);
    program[count++] = SKIP_UNLESS(BPF_JSET, MAP_ANONYMOUS, 3);
    program[count++] = LOAD_ARGUMENT(2);
    program[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
    program[count++] = ANSWER(SECCOMP_RET_ALLOW);
    program[count++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
    assert(count <= sizeof program / sizeof program[0]);
    const struct sock_fprog filter = {.len = count, .filter = program};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 ? LEE_OK : LEE_ERR_UNSUPPORTED;
}

/* No file at all. A kernel without Landlock leaves that to the filter. */
static void forbid_files(void)
{
    const struct landlock_ruleset_attr rules = {.handled_access_fs =
                                                    (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
    const long ruleset = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset >= 0) {
        (void)syscall(SYS_landlock_restrict_self, (int)ruleset, 0);
        (void)close((int)ruleset);
    }
}

lee_error lee_jail_enter(int fd, unsigned long memory_max_bytes)
{
    assert(fd >= 0);
    if (THIS_MACHINE == 0) {
        return LEE_ERR_UNSUPPORTED;
    }
    if ((fd > 0 && close_range(0, (unsigned)fd - 1, 0) != 0) ||
        close_range((unsigned)fd + 1, ~0u, 0) != 0) {
        return LEE_ERR_UNSUPPORTED;
    }
    /* A terminal sends this to all: the parent says when it ends. */
    (void)signal(SIGINT, SIG_IGN);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
        return LEE_ERR_UNSUPPORTED;
    }
    forbid_files();
    const struct {
        int resource;
        unsigned long most;
        bool wanted;
    } limits[] = {{RLIMIT_CORE, 0, true},
                  {RLIMIT_FSIZE, 0, true},
                  {RLIMIT_NPROC, 0, true},
                  {RLIMIT_NOFILE, 0, true},
                  {RLIMIT_AS, memory_max_bytes, memory_max_bytes > 0 && !LEE_JAIL_IS_SANITIZED}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct rlimit limit = {.rlim_cur = limits[i].most, .rlim_max = limits[i].most};
        if (limits[i].wanted && setrlimit((__rlimit_resource_t)limits[i].resource, &limit) != 0) {
            return LEE_ERR_UNSUPPORTED;
        }
    }
    return filter_calls();
}
