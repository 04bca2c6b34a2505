#define _GNU_SOURCE /* fdatasync, fsync, openat, sync_file_range */

#include "io/file_os.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/alloc.h"

/* Linux moves at most this much in one call. */
#define TRANSFER_MAX ((size_t)0x7ffff000)

static int fd_of(lee_file file)
{
    return (int)file.handle;
}

static int os_open(void *context, const char *path, lee_file_mode mode, lee_file *out)
{
    (void)context;
    assert(path && out);
    int flags = O_CLOEXEC;
    switch (mode) {
    case LEE_FILE_READ:
        flags |= O_RDONLY;
        break;
    case LEE_FILE_WRITE:
        flags |= O_RDWR;
        break;
    case LEE_FILE_CREATE:
        flags |= O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
        break;
    }
    int fd = -1;
    do {
        fd = openat(AT_FDCWD, path, flags, S_IRUSR | S_IWUSR);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return -errno;
    }
    out->handle = fd;
    return 0;
}

static int os_close(void *context, lee_file file)
{
    (void)context;
    /* After EINTR the descriptor is gone on Linux: closing again could hit somebody else's. */
    if (close(fd_of(file)) != 0 && errno != EINTR) {
        return -errno;
    }
    return 0;
}

static int os_write_at(void *context, lee_file file, uint64_t offset, const void *bytes,
                       size_t length, size_t *done)
{
    (void)context;
    assert((bytes || length == 0) && done);
    *done = 0;
    if (offset > INT64_MAX || length > (uint64_t)INT64_MAX - offset) {
        return -EFBIG;
    }
    const uint8_t *from = bytes;
    while (*done < length) {
        const size_t left = length - *done;
        const ssize_t step =
            pwrite(fd_of(file), from + *done, left < TRANSFER_MAX ? left : TRANSFER_MAX,
                   (off_t)(offset + *done));
        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step < 0) {
            return -errno;
        }
        if (step == 0) {
            return -ENOSPC; /* no progress and no reason: never loop on it */
        }
        *done += (size_t)step;
    }
    return 0;
}

static int os_read_at(void *context, lee_file file, uint64_t offset, void *bytes, size_t length,
                      size_t *done)
{
    (void)context;
    assert((bytes || length == 0) && done);
    *done = 0;
    if (offset > INT64_MAX || length > (uint64_t)INT64_MAX - offset) {
        return 0; /* no file reaches there */
    }
    uint8_t *to = bytes;
    while (*done < length) {
        const size_t left = length - *done;
        const ssize_t step =
            pread(fd_of(file), to + *done, left < TRANSFER_MAX ? left : TRANSFER_MAX,
                  (off_t)(offset + *done));
        if (step < 0 && errno == EINTR) {
            continue;
        }
        if (step < 0) {
            return -errno;
        }
        if (step == 0) {
            break;
        }
        *done += (size_t)step;
    }
    return 0;
}

static int os_size(void *context, lee_file file, uint64_t *out)
{
    (void)context;
    assert(out);
    struct stat info;
    if (fstat(fd_of(file), &info) != 0) {
        return -errno;
    }
    *out = (uint64_t)info.st_size;
    return 0;
}

static int os_reserve(void *context, lee_file file, uint64_t length)
{
    (void)context;
    if (length > INT64_MAX) {
        return -EFBIG;
    }
    int result = 0;
    do {
        /* Not posix_fallocate: where the file system cannot, that writes it all. */
        result = fallocate(fd_of(file), 0, 0, (off_t)length);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

static int os_truncate(void *context, lee_file file, uint64_t length)
{
    (void)context;
    if (length > INT64_MAX) {
        return -EFBIG;
    }
    int result = 0;
    do {
        result = ftruncate(fd_of(file), (off_t)length);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

static int sync_fd(int fd, int (*sync)(int))
{
    int result = 0;
    do {
        /* EINTR says that nothing was decided yet; any other error must never be tried again. */
        result = sync(fd);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

static int os_sync(void *context, lee_file file)
{
    (void)context;
    return sync_fd(fd_of(file), fdatasync);
}

static void os_start(void *context, lee_file file)
{
    (void)context;
    /* Only haste is lost when it fails; the error comes again with the sync. */
    (void)sync_file_range(fd_of(file), 0, 0, SYNC_FILE_RANGE_WRITE);
}

static int os_sync_folder(void *context, const char *path)
{
    (void)context;
    assert(path);
    int fd = -1;
    do {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return -errno;
    }
    const int result = sync_fd(fd, fsync);
    (void)close(fd);
    return result;
}

static int os_make_folder(void *context, const char *path)
{
    (void)context;
    assert(path);
    if (mkdir(path, S_IRWXU) == 0) {
        return 0;
    }
    if (errno != EEXIST) {
        return -errno;
    }
    struct stat info;
    if (stat(path, &info) != 0) {
        return -errno;
    }
    return S_ISDIR(info.st_mode) ? 0 : -ENOTDIR;
}

static int os_rename(void *context, const char *from, const char *to)
{
    (void)context;
    assert(from && to);
    return rename(from, to) == 0 ? 0 : -errno;
}

static int os_remove(void *context, const char *path)
{
    (void)context;
    assert(path);
    return remove(path) == 0 ? 0 : -errno;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lee_free(names[i]);
    }
    lee_free(names);
}

/* Collects first, because the order of readdir is the file system's own. */
static int collect(DIR *folder, char ***out, size_t *out_count)
{
    char **names = NULL;
    size_t count = 0;
    size_t capacity = 0;
    int result = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry) {
            result = -errno;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (count == capacity) {
            const size_t grown = capacity ? capacity * 2 : 64;
            char **more = lee_realloc(names, grown, sizeof(*more));
            if (!more) {
                result = -ENOMEM;
                break;
            }
            names = more;
            capacity = grown;
        }
        names[count] = lee_copy_text(entry->d_name, strlen(entry->d_name));
        if (!names[count]) {
            result = -ENOMEM;
            break;
        }
        count++;
    }
    if (result != 0) {
        free_names(names, count);
        return result;
    }
    *out = names;
    *out_count = count;
    return 0;
}

static int os_list(void *context, const char *path, lee_file_name_sink *sink, void *sink_context)
{
    (void)context;
    assert(path && sink);
    DIR *folder = opendir(path);
    if (!folder) {
        return -errno;
    }
    char **names = NULL;
    size_t count = 0;
    const int result = collect(folder, &names, &count);
    (void)closedir(folder);
    if (result != 0) {
        return result;
    }
    if (count > 0) {
        qsort(names, count, sizeof(*names), by_bytes);
    }
    for (size_t i = 0; i < count; i++) {
        sink(sink_context, names[i]);
    }
    free_names(names, count);
    return 0;
}

const lee_file_system lee_file_os = {
    .context = NULL,
    .open = os_open,
    .close = os_close,
    .write_at = os_write_at,
    .read_at = os_read_at,
    .size = os_size,
    .reserve = os_reserve,
    .truncate = os_truncate,
    .sync = os_sync,
    .start = os_start,
    .sync_folder = os_sync_folder,
    .make_folder = os_make_folder,
    .rename = os_rename,
    .remove = os_remove,
    .list = os_list,
};
