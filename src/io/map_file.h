/* io/map_file.h: large files that are read where they lie. */
#ifndef LEE_IO_MAP_FILE_H
#define LEE_IO_MAP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"

typedef struct {
    const uint8_t *bytes;
    size_t length;
} lee_mapped_file;

/* Maps the whole file for reading. It must not be made shorter meanwhile, or reading it ends the
 * process; replacing it by another of its name is fine. LEE_ERR_NOT_FOUND, UNSUPPORTED (not a
 * regular file, or empty), IO. */
LEE_CHECK_RESULT
lee_error lee_file_map(const char *path, lee_mapped_file *out);
void lee_file_unmap(lee_mapped_file *file);

#endif
