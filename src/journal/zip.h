/* journal/zip.h: zip archives without compression, as APPNOTE 6.3.3 has them, written one way only.
 *
 * Reading takes nothing but what writing gives, byte for byte, so that no byte of an archive can be
 * changed unnoticed and no two readers can see different files in it. */
#ifndef LEE_JOURNAL_ZIP_H
#define LEE_JOURNAL_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define LEE_ZIP_NAME_MAX 100u
#define LEE_ZIP_FILES_MAX 8000u
#define LEE_ZIP_MAX_BYTES ((size_t)3500 * 1024 * 1024)

typedef struct {
    lee_buffer out;
    lee_buffer directory;
    uint32_t count;
} lee_zip;

typedef struct {
    char name[LEE_ZIP_NAME_MAX + 1];
    const uint8_t *bytes; /* borrowed from the archive */
    size_t length;
} lee_zip_file;

void lee_zip_init(lee_zip *zip);
void lee_zip_free(lee_zip *zip);

/* Adds a file. Errors are sticky in zip->out. */
void lee_zip_add(lee_zip *zip, const char *name, const void *bytes, size_t length);

/* Ends the archive, which is then zip->out. LEE_ERR_LIMIT, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zip_end(lee_zip *zip);

/* Lists the files of an archive; the caller frees *out with lee_free. LEE_ERR_SYNTAX: it is not one
 * that lee_zip_end would have made; LEE_ERR_LIMIT; LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zip_read(const uint8_t *bytes, size_t length, lee_zip_file **out, uint32_t *count);

/* NULL: there is no such file. */
const lee_zip_file *lee_zip_find(const lee_zip_file *files, uint32_t count, const char *name);

#endif
