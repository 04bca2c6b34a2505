#define _GNU_SOURCE /* O_PATH */
#include "app/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights by version of Landlock's interface; headers of Debian 12 do not name the later ones. */
#define RIGHTS_1 ((UINT64_C(1) << 13) - 1)
#define RIGHT_REFER (UINT64_C(1) << 13)
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15)

static bool confine(const char *folder)
{
    const long version =
        syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return false;
    }
    const uint64_t truncate = version >= 3 ? RIGHT_TRUNCATE : 0;
    const struct landlock_ruleset_attr all = {.handled_access_fs =
                                                  RIGHTS_1 | (version >= 2 ? RIGHT_REFER : 0) |
                                                  truncate | (version >= 5 ? RIGHT_IOCTL_DEV : 0)};
    const int rules = (int)syscall(__NR_landlock_create_ruleset, &all, sizeof all, 0);
    const int below = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const struct landlock_path_beneath_attr some = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                          LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                          LANDLOCK_ACCESS_FS_MAKE_REG | truncate,
        .parent_fd = below};
    const bool done =
        rules >= 0 && below >= 0 &&
        syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &some, 0) == 0 &&
        syscall(__NR_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0) {
        (void)close(rules);
    }
    if (below >= 0) {
        (void)close(below);
    }
    return done;
}

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

/* What answering needs. Machines without the old calls have the *at forms alone. */
static const uint32_t allowed[] = {
    __NR_recvfrom,
    __NR_sendto,
    __NR_openat,
    __NR_close,
    __NR_read,
    __NR_write,
    __NR_pread64,
    __NR_pwrite64,
    __NR_fstat,
    __NR_newfstatat,
    __NR_lseek,
    __NR_ftruncate,
    __NR_fsync,
    __NR_fdatasync,
    __NR_unlinkat,
    __NR_renameat2,
    __NR_renameat,
    __NR_mkdirat,
    __NR_getdents64,
    __NR_mmap,
    __NR_munmap,
    __NR_mremap,
    __NR_brk,
    __NR_madvise,
    __NR_futex,
    __NR_getrandom,
    __NR_exit,
    __NR_exit_group,
    __NR_rt_sigreturn,
    __NR_rt_sigprocmask,
    __NR_clock_gettime,
    __NR_restart_syscall,
    __NR_sync_file_range,
    __NR_sigaltstack,
#ifdef __NR_rename
    __NR_rename,
    __NR_unlink,
    __NR_mkdir,
    __NR_rmdir,
#endif
};
#define ALLOWED_COUNT (sizeof allowed / sizeof allowed[0])

static bool filter_calls(void)
{
    static struct sock_filter code[ALLOWED_COUNT + 6];
    size_t at = 0;
    code[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    code[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < ALLOWED_COUNT; i++) {
        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
                                                  (uint8_t)(ALLOWED_COUNT - i), 0);
    }
    /* Refused and not killed: what a library tries in passing must not end the signer. */
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {.len = (unsigned short)at, .filter = code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static bool filter_calls(void)
{
    errno = ENOSYS;
    return false;
}

#endif

bool lee_lockdown(const char *folder)
{
    bool done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!confine(folder)) {
        fprintf(stderr, "leeward: this kernel does not confine the signer to %s: %s\n", folder,
                strerror(errno));
        done = false;
    }
    if (!filter_calls()) {
        fprintf(stderr, "leeward: this kernel does not take system calls from the signer: %s\n",
                strerror(errno));
        done = false;
    }
    return done;
}
