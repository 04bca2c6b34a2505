/* The system calls as the program makes them. A simulated thread's are answered by the simulation
 * where they touch what is simulated: files below /sim, sockets, clocks, threads, randomness. All
 * others are the C library's own. Linked into a program, these definitions come before those of the
 * C library for the libraries that it uses too. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/kernel_real.h"

static bool is_path(const char *path)
{
    return sim__is_simulated() && strncmp(path, "/sim/", 5) == 0;
}

/* --- descriptors ----------------------------------------------------------------------------- */

bool sim__is_fd(int fd)
{
    return sim__is_simulated() && fd >= SIM_FD_FIRST && fd < SIM_FD_FIRST + SIM_FDS;
}

sim_object *sim__fd(int fd)
{
    sim_object *const object = sim__is_fd(fd) ? sim__host_now()->fds[fd - SIM_FD_FIRST] : NULL;
    if (!object) {
        errno = EBADF;
    }
    return object;
}

int sim__fd_add(sim_object *object)
{
    sim_host *const host = sim__host_now();
    for (int i = 0; i < SIM_FDS; i++) {
        if (!host->fds[i]) {
            host->fds[i] = object;
            object->references++;
            return SIM_FD_FIRST + i;
        }
    }
    return sim__fail(EMFILE);
}

sim_object *sim__object_create(sim_kind kind)
{
    sim_object *const object = calloc(1, sizeof *object);
    assert(object);
    object->kind = kind;
    object->host = sim__host_now();
    object->due_us = SIM_NEVER;
    object->eof_us = SIM_NEVER;
    object->reset_us = SIM_NEVER;
    return object;
}

void sim__object_release(sim_object *object)
{
    if (--object->references > 0) {
        return;
    }
    sim__net_release(object);
    if (object->inode) {
        sim__inode_release(object->inode);
    }
    free(object->path);
    free(object);
}

void sim__fd_close_all(sim_host *host)
{
    for (int i = 0; i < SIM_FDS; i++) {
        if (host->fds[i]) {
            sim_object *const object = host->fds[i];
            host->fds[i] = NULL;
            sim__object_release(object);
        }
    }
}

static int close_simulated(int fd)
{
    sim_host *const host = sim__host_now();
    sim_object *const object = sim__fd(fd);
    if (!object) {
        return -1;
    }
    sim_note("close", fd, 0);
    const int slot = fd - SIM_FD_FIRST;
    /* A child that closes what it got from its parent leaves the parent's open. */
    const bool parents = host->in_child && host->fds_before[slot] == object;
    const bool is_watched = object->kind != SIM_FILE && object->kind != SIM_FOLDER && !parents;
    for (int i = 0; is_watched && i < SIM_FDS; i++) {
        sim_object *const epoll = host->fds[i];
        if (epoll && epoll->kind == SIM_EPOLL) {
            for (int k = epoll->watch_count; k-- > 0;) {
                if (epoll->watches[k].fd == fd) {
                    (void)sim__epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
                }
            }
        }
    }
    host->fds[slot] = NULL;
    if (!parents) {
        sim__object_release(object);
    }
    return 0;
}

int close(int fd)
{
    REAL(close);
    return sim__is_fd(fd) ? close_simulated(fd) : real(fd);
}

int close_range(unsigned first, unsigned last, int flags)
{
    REAL(close_range);
    if (!sim__is_simulated()) {
        return real(first, last, flags);
    }
    for (int fd = SIM_FD_FIRST; fd < SIM_FD_FIRST + SIM_FDS; fd++) {
        if ((unsigned)fd >= first && (unsigned)fd <= last &&
            sim__host_now()->fds[fd - SIM_FD_FIRST]) {
            (void)close_simulated(fd);
        }
    }
    return 0;
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    void *const argument = va_arg(arguments, void *);
    va_end(arguments);
    REAL(fcntl);
    if (!sim__is_fd(fd)) {
        return real(fd, command, argument);
    }
    sim_object *const object = sim__fd(fd);
    if (!object) {
        return -1;
    }
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return sim__fd_add(object);
    case F_GETFL:
        return object->nonblocking ? O_RDWR | O_NONBLOCK : O_RDWR;
    case F_SETFL:
        object->nonblocking = ((intptr_t)argument & O_NONBLOCK) != 0;
        return 0;
    default:
        return 0;
    }
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *const argument = va_arg(arguments, void *);
    va_end(arguments);
    REAL(ioctl);
    if (!sim__is_fd(fd)) {
        return real(fd, request, argument);
    }
    sim_object *const object = sim__fd(fd);
    if (object && request == FIONBIO) {
        object->nonblocking = *(const int *)argument != 0;
        return 0;
    }
    return sim__fail(object ? ENOTTY : EBADF);
}

/* --- files ----------------------------------------------------------------------------------- */

static int open_simulated(const char *path, int flags)
{
    if (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0) {
        return sim__fd_add(sim__object_create(SIM_RANDOM));
    }
    const int fd = sim__open(path, flags);
    sim_note("open", fd, errno);
    sim_note_bytes(path, strlen(path));
    return fd;
}

static const char *renamed(const char *path)
{
    /* The program hashes itself for its snapshots: a few bytes do. */
    return sim__is_simulated() && strcmp(path, "/proc/self/exe") == 0 ? "/sim/world/program" : path;
}

static bool opens_here(const char *path)
{
    return is_path(path) || (sim__is_simulated() && strncmp(path, "/dev/", 5) == 0);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    REAL(open);
    path = renamed(path);
    return opens_here(path) ? open_simulated(path, flags) : real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    REAL(openat);
    path = renamed(path);
    return opens_here(path) ? open_simulated(path, flags) : real(folder, path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open(path, flags);
}

int __openat_2(int folder, const char *path, int flags);
int __openat_2(int folder, const char *path, int flags)
{
    return openat(folder, path, flags);
}

static void fill_random(void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)bytes)[i] = (uint8_t)sim_random();
    }
}

static ssize_t read_simulated(int fd, void *bytes, size_t length, int64_t at)
{
    sim_object *const object = sim__fd(fd);
    if (!object) {
        return -1;
    }
    uint32_t lost = 0;
    bool cut = false;
    ssize_t got = 0;
    switch (object->kind) {
    case SIM_FILE:
    case SIM_FOLDER:
        got = sim__file_read(object, bytes, length, at);
        break;
    case SIM_RANDOM:
        fill_random(bytes, length);
        got = (ssize_t)length;
        break;
    case SIM_EVENT:
    case SIM_TIMER:
        if (object->kind == SIM_TIMER && object->due_us <= sim_now_us()) {
            object->count = 1;
            object->due_us = object->period_us > 0 ? object->due_us + object->period_us : SIM_NEVER;
        }
        if (object->count == 0) {
            return sim__fail(EAGAIN);
        }
        memcpy(bytes, &object->count, sizeof object->count);
        object->count = 0;
        return sizeof object->count;
    case SIM_STREAM:
    case SIM_DATAGRAM:
        got = sim__receive(object, bytes, length, 0, &lost, &cut);
        break;
    case SIM_LISTENER:
    case SIM_EPOLL:
        return sim__fail(EINVAL);
    }
    sim_note("read", got, (int64_t)length);
    return got;
}

ssize_t read(int fd, void *bytes, size_t length)
{
    REAL(read);
    return sim__is_fd(fd) ? read_simulated(fd, bytes, length, -1) : real(fd, bytes, length);
}

ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room)
{
    assert(length <= room);
    return read(fd, bytes, length);
}

ssize_t pread(int fd, void *bytes, size_t length, off_t at)
{
    REAL(pread);
    return sim__is_fd(fd) ? read_simulated(fd, bytes, length, at) : real(fd, bytes, length, at);
}

ssize_t __pread_chk(int fd, void *bytes, size_t length, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *bytes, size_t length, off_t at, size_t room)
{
    assert(length <= room);
    return pread(fd, bytes, length, at);
}

static ssize_t write_simulated(int fd, const void *bytes, size_t length, int64_t at)
{
    sim_object *const object = sim__fd(fd);
    if (!object) {
        return -1;
    }
    ssize_t done = 0;
    if (object->kind == SIM_FILE) {
        done = sim__file_write(object, bytes, length, at);
    } else if (object->kind == SIM_EVENT) {
        object->count += *(const uint64_t *)bytes;
        sim__poke(object->host);
        return sizeof(uint64_t);
    } else {
        done = sim__send(object, bytes, length, 0, NULL);
    }
    sim_note("write", fd, done);
    if (done > 0) {
        sim_note_bytes(bytes, (size_t)done);
    }
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(write);
    return sim__is_fd(fd) ? write_simulated(fd, bytes, length, -1) : real(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    REAL(pwrite);
    return sim__is_fd(fd) ? write_simulated(fd, bytes, length, at) : real(fd, bytes, length, at);
}

static int sync_simulated(int fd)
{
    sim_object *const object = sim__fd(fd);
    const int result = object ? sim__file_sync(object) : -1;
    sim_note("sync", fd, result);
    return result;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return sim__is_fd(fd) ? sync_simulated(fd) : real(fd);
}

int fsync(int fd)
{
    REAL(fsync);
    return sim__is_fd(fd) ? sync_simulated(fd) : real(fd);
}

int sync_file_range(int fd, off_t from, off_t length, unsigned flags)
{
    REAL(sync_file_range);
    return sim__is_fd(fd) ? 0 : real(fd, from, length, flags);
}

int ftruncate(int fd, off_t length)
{
    REAL(ftruncate);
    if (!sim__is_fd(fd)) {
        return real(fd, length);
    }
    sim_object *const object = sim__fd(fd);
    return object ? sim__file_truncate(object, (uint64_t)length, false) : -1;
}

int fallocate(int fd, int mode, off_t from, off_t length)
{
    REAL(fallocate);
    if (!sim__is_fd(fd)) {
        return real(fd, mode, from, length);
    }
    sim_object *const object = sim__fd(fd);
    return object ? sim__file_truncate(object, (uint64_t)(from + length), true) : -1;
}

static int stat_simulated(const char *path, sim_object *object, struct stat *out)
{
    bool is_folder = false;
    uint64_t size = 0;
    const void *identity = NULL;
    memset(out, 0, sizeof *out);
    if (object && object->kind != SIM_FILE && object->kind != SIM_FOLDER) {
        out->st_mode = object->kind == SIM_RANDOM ? S_IFCHR : S_IFSOCK;
        return 0;
    }
    if (sim__file_stat(path, object, &is_folder, &size, &identity) != 0) {
        return -1;
    }
    out->st_mode = is_folder ? S_IFDIR | 0700 : S_IFREG | 0600;
    out->st_size = (off_t)size;
    out->st_ino = (ino_t)(uintptr_t)identity;
    return 0;
}

int stat(const char *path, struct stat *out)
{
    REAL(stat);
    return is_path(path) ? stat_simulated(path, NULL, out) : real(path, out);
}

int fstat(int fd, struct stat *out)
{
    REAL(fstat);
    if (!sim__is_fd(fd)) {
        return real(fd, out);
    }
    sim_object *const object = sim__fd(fd);
    return object ? stat_simulated(NULL, object, out) : -1;
}

int access(const char *path, int mode)
{
    REAL(access);
    struct stat info;
    return is_path(path) ? stat_simulated(path, NULL, &info) : real(path, mode);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    return is_path(path) ? sim__make_folder(path) : real(path, mode);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    if (!is_path(from)) {
        return real(from, to);
    }
    sim_note("rename", 0, 0);
    sim_note_bytes(to, strlen(to));
    return sim__rename(from, to);
}

int remove(const char *path)
{
    REAL(remove);
    return is_path(path) ? sim__remove(path) : real(path);
}

int unlink(const char *path)
{
    REAL(unlink);
    return is_path(path) ? sim__remove(path) : real(path);
}

/* A stream of a folder is told from the library's by where it stands. */
typedef struct {
    sim_object *folder;
    struct dirent entry;
    bool open;
} sim_folder_stream;
static sim_folder_stream folder_streams[32];

static sim_folder_stream *folder_of(DIR *stream)
{
    for (size_t i = 0; i < sizeof folder_streams / sizeof folder_streams[0]; i++) {
        if ((void *)stream == (void *)&folder_streams[i]) {
            return &folder_streams[i];
        }
    }
    return NULL;
}

DIR *opendir(const char *path)
{
    REAL(opendir);
    if (!is_path(path)) {
        return real(path);
    }
    const int fd = sim__open(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof folder_streams / sizeof folder_streams[0]; i++) {
        sim_folder_stream *const each = &folder_streams[i];
        if (!each->open) {
            each->open = true;
            each->folder = sim__fd(fd);
            each->folder->references++;
            (void)close_simulated(fd);
            return (DIR *)each;
        }
    }
    errno = EMFILE;
    return NULL;
}

struct dirent *readdir(DIR *stream)
{
    REAL(readdir);
    sim_folder_stream *const folder = folder_of(stream);
    if (!folder) {
        return real(stream);
    }
    const char *const name = sim__next_entry(folder->folder);
    if (!name) {
        return NULL;
    }
    (void)snprintf(folder->entry.d_name, sizeof folder->entry.d_name, "%s", name);
    return &folder->entry;
}

int closedir(DIR *stream)
{
    REAL(closedir);
    sim_folder_stream *const folder = folder_of(stream);
    if (!folder) {
        return real(stream);
    }
    folder->open = false;
    sim__object_release(folder->folder);
    return 0;
}

/* For libraries that read a file by the C library's own streams. */
FILE *fopen(const char *restrict path, const char *restrict mode)
{
    REAL(fopen);
    if (!is_path(path)) {
        return real(path, mode);
    }
    size_t length = 0;
    const uint8_t *const bytes = sim_file(path, &length);
    if (!bytes || length == 0) {
        errno = ENOENT;
        return NULL;
    }
    FILE *const copy = fmemopen(NULL, length + 1, "w+");
    if (copy) {
        (void)fwrite(bytes, 1, length, copy);
        rewind(copy);
    }
    return copy;
}

int flock(int fd, int operation)
{
    REAL(flock);
    return sim__is_fd(fd) ? 0 : real(fd, operation);
}

void *mmap(void *near, size_t length, int protection, int flags, int fd, off_t at)
{
    REAL(mmap);
    if (!sim__is_fd(fd)) {
        return real(near, length, protection, flags, fd, at);
    }
    sim_object *const object = sim__fd(fd);
    void *const copy =
        real(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (object && copy != MAP_FAILED) {
        (void)sim__file_read(object, copy, length, at);
    }
    return copy;
}
