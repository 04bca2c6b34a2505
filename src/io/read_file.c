#define _GNU_SOURCE
#include "io/read_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

lee_error lee_file_read_whole(const char *path, lee_buffer *out)
{
    assert(path && out);

    /* Non-blocking, because opening a named pipe would wait for its writer. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? LEE_ERR_NOT_FOUND : LEE_ERR_IO;
    }
    lee_error error = LEE_OK;
    struct stat about;
    if (fstat(fd, &about) != 0) {
        error = LEE_ERR_IO;
    } else if (!S_ISREG(about.st_mode)) {
        error = LEE_ERR_UNSUPPORTED;
    }
    uint8_t block[16384];
    while (error == LEE_OK) {
        const ssize_t got = read(fd, block, sizeof block);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            lee_buffer_bytes(out, block, (size_t)got);
            error = out->error;
        } else if (errno != EINTR) {
            error = LEE_ERR_IO;
        }
    }
    (void)close(fd);
    return error;
}

static bool write_all(int fd, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t done = write(fd, bytes, length);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
        }
    }
    return true;
}

/* Syncs the folder that `path` stands in. */
static bool folder_sync(const char *path)
{
    char folder[4096];
    size_t length = (size_t)snprintf(folder, sizeof folder, "%s", path);
    if (length >= sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    while (length > 1 && folder[length - 1] == '/') {
        folder[--length] = '\0';
    }
    char *const slash = strrchr(folder, '/');
    if (slash) {
        *slash = '\0';
    }
    const char *const name = !slash ? "." : slash == folder ? "/" : folder;
    const int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    const bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced;
}

lee_error lee_file_write_private(const char *path, const void *bytes, size_t length)
{
    assert(path && bytes);

    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        return LEE_ERR_IO;
    }
    /* A left-over of a crash may have other rights; O_EXCL makes sure that ours is fresh. */
    (void)unlink(temporary);
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return LEE_ERR_IO;
    }
    bool done = write_all(fd, bytes, length) && fsync(fd) == 0;
    done = close(fd) == 0 && done;
    done = done && rename(temporary, path) == 0 && folder_sync(path);
    if (!done) {
        (void)unlink(temporary);
    }
    return done ? LEE_OK : LEE_ERR_IO;
}

int lee_folder_make(const char *path)
{
    assert(path);
    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) {
        return -errno;
    }
    return folder_sync(path) ? 0 : -errno;
}

int lee_file_open_stream(const char *path)
{
    assert(path);
    const int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                          : open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}
