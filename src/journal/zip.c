#include "journal/zip.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define LOCAL_BYTES 30u
#define LOCAL_MAGIC UINT32_C(0x04034b50)
#define CENTRAL_MAGIC UINT32_C(0x02014b50)
#define END_MAGIC UINT32_C(0x06054b50)
#define DOS_DATE 0x0021u /* 1980-01-01, the first day there is: the time stands in the records */

static uint32_t crc32_of(const uint8_t *bytes, size_t length)
{
    /* Polynomial 0xEDB88320, four bits at a time. */
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void put_u16(lee_buffer *out, uint32_t value)
{
    lee_buffer_u8(out, (uint8_t)value);
    lee_buffer_u8(out, (uint8_t)(value >> 8));
}

/* What the local header and the central one have in common. */
static void put_common(lee_buffer *out, uint32_t crc, size_t length, size_t name_length)
{
    put_u16(out, 10);       /* version needed: 1.0 */
    put_u16(out, 1u << 11); /* names are UTF-8 */
    put_u16(out, 0);        /* stored */
    put_u16(out, 0);
    put_u16(out, DOS_DATE);
    lee_buffer_u32_le(out, crc);
    lee_buffer_u32_le(out, (uint32_t)length);
    lee_buffer_u32_le(out, (uint32_t)length);
    put_u16(out, (uint32_t)name_length);
    put_u16(out, 0); /* extra field */
}

void lee_zip_init(lee_zip *zip)
{
    assert(zip);
    lee_buffer_init(&zip->out, LEE_ZIP_MAX_BYTES);
    lee_buffer_init(&zip->directory, LEE_ZIP_MAX_BYTES);
    zip->count = 0;
}

void lee_zip_free(lee_zip *zip)
{
    assert(zip);
    lee_buffer_free(&zip->out);
    lee_buffer_free(&zip->directory);
}

void lee_zip_add(lee_zip *zip, const char *name, const void *bytes, size_t length)
{
    assert(zip && name && (bytes || length == 0));
    const size_t name_length = strlen(name);
    assert(name_length > 0 && name_length <= LEE_ZIP_NAME_MAX);
    if (zip->count == LEE_ZIP_FILES_MAX || length > LEE_ZIP_MAX_BYTES) {
        zip->out.error = zip->out.error ? zip->out.error : LEE_ERR_LIMIT;
        return;
    }
    const size_t offset = zip->out.length;
    const uint32_t crc = crc32_of(bytes, length);
    lee_buffer_u32_le(&zip->out, LOCAL_MAGIC);
    put_common(&zip->out, crc, length, name_length);
    lee_buffer_text(&zip->out, name);
    lee_buffer_bytes(&zip->out, bytes, length);
    lee_buffer_u32_le(&zip->directory, CENTRAL_MAGIC);
    put_u16(&zip->directory, 3u << 8 | 10); /* made on a Unix: the attributes are its modes */
    put_common(&zip->directory, crc, length, name_length);
    put_u16(&zip->directory, 0); /* comment */
    put_u16(&zip->directory, 0); /* disk */
    put_u16(&zip->directory, 0);
    lee_buffer_u32_le(&zip->directory, UINT32_C(0100644) << 16);
    lee_buffer_u32_le(&zip->directory, (uint32_t)offset);
    lee_buffer_text(&zip->directory, name);
    zip->count++;
}

lee_error lee_zip_end(lee_zip *zip)
{
    assert(zip);
    const size_t offset = zip->out.length;
    if (zip->directory.error && !zip->out.error) {
        zip->out.error = zip->directory.error;
    }
    lee_buffer_bytes(&zip->out, zip->directory.bytes, zip->directory.length);
    lee_buffer_u32_le(&zip->out, END_MAGIC);
    put_u16(&zip->out, 0);
    put_u16(&zip->out, 0);
    put_u16(&zip->out, zip->count);
    put_u16(&zip->out, zip->count);
    lee_buffer_u32_le(&zip->out, (uint32_t)zip->directory.length);
    lee_buffer_u32_le(&zip->out, (uint32_t)offset);
    put_u16(&zip->out, 0);
    return zip->out.error;
}

static bool name_is_good(const char *name, size_t length)
{
    if (length == 0 || length > LEE_ZIP_NAME_MAX || name[0] == '/' || name[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '\0' || (!letter && !(c >= '0' && c <= '9') && !strchr("._-/", c))) {
            return false;
        }
    }
    return true;
}

/* Reads the local headers up to the first that is none. */
static lee_error read_files(lee_bytes *cursor, lee_zip_file *files, uint32_t *count)
{
    while (lee_bytes_left(cursor) >= LOCAL_BYTES && *count < LEE_ZIP_FILES_MAX) {
        lee_bytes header = *cursor;
        if (lee_bytes_u32_le(&header) != LOCAL_MAGIC) {
            return LEE_OK;
        }
        (void)lee_bytes_take(&header, 14);
        const uint32_t length = lee_bytes_u32_le(&header);
        (void)lee_bytes_take(&header, 4);
        const size_t name_length = lee_bytes_u32_le(&header) & 0xFFFF;
        const uint8_t *name = lee_bytes_take(&header, name_length);
        const uint8_t *bytes = lee_bytes_take(&header, length);
        if (!name || header.failed || !name_is_good((const char *)name, name_length)) {
            return LEE_ERR_SYNTAX;
        }
        lee_zip_file *const file = &files[(*count)++];
        memcpy(file->name, name, name_length);
        file->name[name_length] = '\0';
        file->bytes = length ? bytes : (const uint8_t *)"";
        file->length = length;
        *cursor = header;
    }
    return LEE_OK;
}

lee_error lee_zip_read(const uint8_t *bytes, size_t length, lee_zip_file **out, uint32_t *count)
{
    assert(bytes && out && count);
    if (length > LEE_ZIP_MAX_BYTES) {
        return LEE_ERR_LIMIT;
    }
    lee_zip_file *files = lee_alloc(LEE_ZIP_FILES_MAX, sizeof(*files));
    if (!files) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_bytes cursor;
    lee_bytes_init(&cursor, bytes, length);
    *count = 0;
    lee_error error = read_files(&cursor, files, count);
    lee_zip again;
    lee_zip_init(&again);
    for (uint32_t i = 0; !error && i < *count; i++) {
        if (lee_zip_find(files, i, files[i].name)) {
            error = LEE_ERR_SYNTAX; /* two files of one name: readers would differ */
        }
        lee_zip_add(&again, files[i].name, files[i].bytes, files[i].length);
    }
    if (!error) {
        error = lee_zip_end(&again);
    }
    if (!error && (again.out.length != length || memcmp(again.out.bytes, bytes, length) != 0)) {
        error = LEE_ERR_SYNTAX;
    }
    lee_zip_free(&again);
    if (error) {
        lee_free(files);
        return error;
    }
    *out = files;
    return LEE_OK;
}

const lee_zip_file *lee_zip_find(const lee_zip_file *files, uint32_t count, const char *name)
{
    assert(files && name);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(files[i].name, name) == 0) {
            return &files[i];
        }
    }
    return NULL;
}
