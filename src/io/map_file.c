#define _POSIX_C_SOURCE 200809L
#include "io/map_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static lee_error map(int descriptor, lee_mapped_file *out)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        return LEE_ERR_IO;
    }
    if (!S_ISREG(about.st_mode) || about.st_size <= 0) {
        return LEE_ERR_UNSUPPORTED;
    }
    void *const at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (at == MAP_FAILED) {
        return LEE_ERR_IO;
    }
    *out = (lee_mapped_file){at, (size_t)about.st_size};
    return LEE_OK;
}

lee_error lee_file_map(const char *path, lee_mapped_file *out)
{
    assert(path && out);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return errno == ENOENT ? LEE_ERR_NOT_FOUND : LEE_ERR_IO;
    }
    const lee_error error = map(descriptor, out);
    close(descriptor);
    return error;
}

void lee_file_unmap(lee_mapped_file *file)
{
    assert(file);
    if (file->bytes) {
        munmap((void *)(uintptr_t)file->bytes, file->length);
    }
    *file = (lee_mapped_file){NULL, 0};
}
