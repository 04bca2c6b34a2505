#include "journal/wal.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"

/* "LEEWAL1\n" and "LBAT" as little-endian numbers. */
#define SEGMENT_MAGIC UINT64_C(0x0A314C415745454C)
#define BATCH_MAGIC UINT32_C(0x5441424C)
#define HEADER_COPY_BYTES 32u
#define WINDOW_BYTES (256u * 1024u)
/* What the disk may begin with at once, because what is done before the sync takes a while. */
#define START_MIN_BYTES (64u * 1024u)

static_assert(WINDOW_BYTES > LEE_WAL_RECORD_BYTES + LEE_ENTRY_MAX_BYTES,
              "a window holds the longest record");

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put_u64(uint8_t *out, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

void lee_wal_header(uint64_t first, const uint8_t salt[8], uint8_t out[LEE_WAL_HEADER_BYTES])
{
    assert(salt && out);
    memset(out, 0, LEE_WAL_HEADER_BYTES);
    put_u64(out, SEGMENT_MAGIC);
    put_u64(out + 8, first);
    memcpy(out + 16, salt, 8);
    put_u32(out + 24, lee_crc32c(0, out, 24));
    memcpy(out + HEADER_COPY_BYTES, out, HEADER_COPY_BYTES);
}

uint32_t lee_wal_salt_crc(const uint8_t salt[8])
{
    return lee_crc32c(0, salt, 8);
}

void lee_wal_batch(uint32_t salt_crc, uint64_t first, uint64_t durable, uint32_t count,
                   uint32_t body_bytes, uint8_t out[LEE_WAL_BATCH_BYTES])
{
    assert(durable <= first);
    assert(count > 0 && out);
    put_u32(out, BATCH_MAGIC);
    put_u64(out + 8, first);
    put_u64(out + 16, durable);
    put_u32(out + 24, count);
    put_u32(out + 28, body_bytes);
    put_u32(out + 4, lee_crc32c(salt_crc, out + 8, LEE_WAL_BATCH_BYTES - 8));
}

static uint32_t record_crc(uint32_t salt_crc, uint64_t index, uint32_t length)
{
    uint8_t head[12];
    put_u64(head, index);
    put_u32(head + 8, length);
    return lee_crc32c(salt_crc, head, sizeof(head));
}

void lee_wal_record(uint32_t salt_crc, uint64_t index, uint8_t kind, const uint8_t *payload,
                    size_t payload_length, uint8_t out[LEE_WAL_RECORD_BYTES])
{
    assert(payload || payload_length == 0);
    assert(payload_length < LEE_ENTRY_MAX_BYTES);
    const uint32_t length = (uint32_t)payload_length + 1;
    uint32_t crc = lee_crc32c(record_crc(salt_crc, index, length), &kind, 1);
    crc = lee_crc32c(crc, payload, payload_length);
    put_u32(out, length);
    put_u32(out + 4, crc);
}

/* How many bytes the file has from `offset` on, up to `need`; *out is where they are. */
static lee_error look(lee_wal_scan *scan, uint64_t offset, size_t need, const uint8_t **out,
                      size_t *out_length)
{
    assert(need <= WINDOW_BYTES);
    const bool inside =
        offset >= scan->window_offset && offset + need <= scan->window_offset + scan->window_length;
    if (!inside) {
        size_t done = 0;
        const int error = scan->fs->read_at(scan->fs->context, scan->file, offset, scan->window,
                                            WINDOW_BYTES, &done);
        if (error) {
            scan->window_length = 0;
            scan->io_error = error;
            return LEE_ERR_IO;
        }
        scan->window_offset = offset;
        scan->window_length = done;
    }
    const size_t have = scan->window_length - (size_t)(offset - scan->window_offset);
    *out = scan->window + (offset - scan->window_offset);
    *out_length = have < need ? have : need;
    return LEE_OK;
}

static bool header_copy_valid(const uint8_t *copy, uint64_t *first)
{
    lee_bytes cursor;
    lee_bytes_init(&cursor, copy, HEADER_COPY_BYTES);
    const uint64_t magic = lee_bytes_u64_le(&cursor);
    *first = lee_bytes_u64_le(&cursor);
    (void)lee_bytes_u64_le(&cursor);
    const uint32_t crc = lee_bytes_u32_le(&cursor);
    const uint32_t zero = lee_bytes_u32_le(&cursor);
    return magic == SEGMENT_MAGIC && crc == lee_crc32c(0, copy, 24) && zero == 0;
}

static lee_error read_header(lee_wal_scan *scan, const uint8_t *salt)
{
    const uint8_t *bytes = NULL;
    size_t length = 0;
    lee_error error = look(scan, 0, LEE_WAL_HEADER_BYTES, &bytes, &length);
    if (error) {
        return error;
    }
    const uint8_t *good = NULL;
    for (size_t at = 0; at + HEADER_COPY_BYTES <= length; at += HEADER_COPY_BYTES) {
        uint64_t first = 0;
        if (!header_copy_valid(bytes + at, &first)) {
            scan->header_damage = true;
        } else if (first != scan->first) {
            scan->reason = "the segment's header names another first record than its file name";
            return LEE_ERR_CORRUPT;
        } else {
            good = bytes + at + 16;
        }
    }
    scan->header_damage |= length < LEE_WAL_HEADER_BYTES;
    if (!good && !salt) {
        scan->reason = "neither copy of the segment's header verifies";
        return LEE_ERR_CORRUPT;
    }
    scan->salt_crc = lee_wal_salt_crc(good ? good : salt);
    scan->offset = LEE_WAL_HEADER_BYTES;
    return LEE_OK;
}

lee_error lee_wal_scan_open(lee_wal_scan *scan, const lee_file_system *fs, const lee_path *path,
                            uint64_t first, const uint8_t *salt)
{
    assert(scan && fs && path);
    memset(scan, 0, sizeof(*scan));
    scan->fs = fs;
    scan->path = *path;
    scan->first = first;
    scan->index = first;
    scan->batch_end = first;
    scan->window = lee_alloc(WINDOW_BYTES, 1);
    if (!scan->window) {
        return LEE_ERR_NO_MEMORY;
    }
    const int error = fs->open(fs->context, path->text, LEE_FILE_READ, &scan->file);
    if (error) {
        scan->io_error = error;
        return error == -ENOENT ? LEE_ERR_NOT_FOUND : LEE_ERR_IO;
    }
    scan->is_open = true;
    return read_header(scan, salt);
}

void lee_wal_scan_close(lee_wal_scan *scan)
{
    assert(scan);
    if (scan->is_open) {
        scan->fs->close(scan->fs->context, scan->file);
    }
    lee_free(scan->window);
    scan->is_open = false;
    scan->window = NULL;
}

typedef struct {
    uint64_t first;
    uint64_t durable;
    uint32_t count;
} batch_header;

/* *out_valid: a batch header that verifies stands at `offset`. *out_end: the file ends there. */
static lee_error try_batch(lee_wal_scan *scan, uint64_t offset, batch_header *out, bool *out_valid,
                           bool *out_end)
{
    const uint8_t *bytes = NULL;
    size_t length = 0;
    lee_error error = look(scan, offset, LEE_WAL_BATCH_BYTES, &bytes, &length);
    if (error) {
        return error;
    }
    *out_end = length == 0;
    lee_bytes cursor;
    lee_bytes_init(&cursor, bytes, length);
    const uint32_t magic = lee_bytes_u32_le(&cursor);
    const uint32_t crc = lee_bytes_u32_le(&cursor);
    out->first = lee_bytes_u64_le(&cursor);
    out->durable = lee_bytes_u64_le(&cursor);
    out->count = lee_bytes_u32_le(&cursor);
    (void)lee_bytes_u32_le(&cursor);
    *out_valid = !cursor.failed && magic == BATCH_MAGIC && out->count > 0 &&
                 out->durable <= out->first &&
                 crc == lee_crc32c(scan->salt_crc, bytes + 8, LEE_WAL_BATCH_BYTES - 8);
    return LEE_OK;
}

/* As try_batch for record `index`; `flip` is xored into the stored length. */
static lee_error try_record(lee_wal_scan *scan, uint64_t offset, uint64_t index, uint32_t flip,
                            lee_wal_entry *out, bool *out_valid)
{
    *out_valid = false;
    const uint8_t *bytes = NULL;
    size_t have = 0;
    lee_error error = look(scan, offset, LEE_WAL_RECORD_BYTES, &bytes, &have);
    if (error || have < LEE_WAL_RECORD_BYTES) {
        return error;
    }
    lee_bytes cursor;
    lee_bytes_init(&cursor, bytes, have);
    const uint32_t length = lee_bytes_u32_le(&cursor) ^ flip;
    const uint32_t crc = lee_bytes_u32_le(&cursor);
    if (length == 0 || length > LEE_ENTRY_MAX_BYTES) {
        return LEE_OK;
    }
    const size_t need = LEE_WAL_RECORD_BYTES + length;
    error = look(scan, offset, need, &bytes, &have);
    if (error || have < need) {
        return error;
    }
    const uint8_t *entry = bytes + LEE_WAL_RECORD_BYTES;
    if (lee_crc32c(record_crc(scan->salt_crc, index, length), entry, length) != crc) {
        return LEE_OK;
    }
    *out = (lee_wal_entry){.index = index, .offset = offset, .entry = entry, .length = length};
    *out_valid = true;
    return LEE_OK;
}

static lee_error damaged(lee_wal_scan *scan, const char *reason)
{
    scan->reason = reason;
    return LEE_ERR_CORRUPT;
}

lee_error lee_wal_scan_next(lee_wal_scan *scan, lee_wal_entry *out)
{
    assert(scan && out);
    assert(scan->is_open);
    /* At most one batch header stands before a record, so two turns are enough. */
    for (int turn = 0; turn < 2; turn++) {
        bool valid = false;
        if (scan->index < scan->batch_end || scan->loose) {
            lee_error error = try_record(scan, scan->offset, scan->index, 0, out, &valid);
            if (error) {
                return error;
            }
            if (valid) {
                scan->offset += LEE_WAL_RECORD_BYTES + out->length;
                scan->index++;
                return LEE_OK;
            }
            if (!scan->loose) {
                return damaged(scan, "a record's checksum does not match or it is cut short");
            }
        }
        bool end = false;
        batch_header header;
        lee_error error = try_batch(scan, scan->offset, &header, &valid, &end);
        if (error) {
            return error;
        }
        if (end) {
            return LEE_ERR_NOT_FOUND;
        }
        if (!valid || header.first != scan->index) {
            return damaged(scan, valid ? "a batch does not follow the one before it"
                                       : "a batch header does not verify or is cut short");
        }
        scan->loose = false;
        scan->batch_end = header.first + header.count;
        scan->durable = header.durable > scan->durable ? header.durable : scan->durable;
        scan->offset += LEE_WAL_BATCH_BYTES;
    }
    return damaged(scan, "a batch without records");
}

/* Does something that verifies stand at `offset`, with `index` as the next record? */
static bool continues_at(lee_wal_scan *scan, uint64_t offset, uint64_t index)
{
    bool valid = false;
    bool end = false;
    batch_header header;
    lee_wal_entry entry;
    if (try_record(scan, offset, index, 0, &entry, &valid) == LEE_OK && valid) {
        return true;
    }
    if (try_batch(scan, offset, &header, &valid, &end) != LEE_OK) {
        return false;
    }
    if (valid && header.first == index) {
        return true;
    }
    /* Exactly the end of the file, not somewhere behind it. */
    const uint8_t *bytes = NULL;
    size_t length = 0;
    return end && look(scan, offset - 1, 1, &bytes, &length) == LEE_OK && length == 1;
}

static bool go_on(lee_wal_scan *scan, uint64_t offset, uint64_t index)
{
    scan->offset = offset;
    scan->index = index;
    scan->loose = true;
    return true;
}

/* Finds the next batch header at or after `offset` whose first record is beyond the damage. */
static bool find_batch(lee_wal_scan *scan, uint64_t offset, batch_header *out, uint64_t *out_offset)
{
    static const uint8_t magic[4] = {'L', 'B', 'A', 'T'};
    for (;;) {
        const uint8_t *bytes = NULL;
        size_t length = 0;
        if (look(scan, offset, 65536, &bytes, &length) || length < LEE_WAL_BATCH_BYTES) {
            return false;
        }
        for (size_t at = 0; at + sizeof(magic) <= length; at++) {
            const uint8_t *hit = memchr(bytes + at, magic[0], length - at);
            if (!hit) {
                break;
            }
            at = (size_t)(hit - bytes);
            if (at + sizeof(magic) > length || memcmp(hit, magic, sizeof(magic)) != 0) {
                continue;
            }
            bool valid = false;
            bool end = false;
            if (try_batch(scan, offset + at, out, &valid, &end) != LEE_OK) {
                return false;
            }
            if (valid && out->first >= scan->index) {
                *out_offset = offset + at;
                return true;
            }
            /* Looking may have moved the window. */
            if (look(scan, offset, 65536, &bytes, &length) != LEE_OK) {
                return false;
            }
        }
        if (length < 65536) {
            return false;
        }
        offset += length - (sizeof(magic) - 1);
    }
}

bool lee_wal_scan_resume(lee_wal_scan *scan)
{
    assert(scan && scan->is_open);
    const uint64_t at = scan->offset;
    const bool in_batch = scan->index < scan->batch_end || scan->loose;
    if (!in_batch || scan->loose) {
        lee_wal_entry entry;
        bool valid = false;
        const uint64_t body = at + LEE_WAL_BATCH_BYTES;
        if (try_record(scan, body, scan->index, 0, &entry, &valid) == LEE_OK && valid) {
            return go_on(scan, body, scan->index);
        }
    }
    if (in_batch) {
        const uint8_t *bytes = NULL;
        size_t have = 0;
        if (look(scan, at, LEE_WAL_RECORD_BYTES, &bytes, &have) == LEE_OK &&
            have == LEE_WAL_RECORD_BYTES) {
            lee_bytes cursor;
            lee_bytes_init(&cursor, bytes, have);
            const uint32_t length = lee_bytes_u32_le(&cursor);
            const uint64_t next = at + LEE_WAL_RECORD_BYTES + length;
            if (length > 0 && length <= LEE_ENTRY_MAX_BYTES &&
                continues_at(scan, next, scan->index + 1)) {
                return go_on(scan, next, scan->index + 1);
            }
            /* One flipped bit of the length: the checksum tells which. */
            for (uint32_t bit = 0; bit < 32; bit++) {
                lee_wal_entry entry;
                bool valid = false;
                if (try_record(scan, at, scan->index, UINT32_C(1) << bit, &entry, &valid) ==
                        LEE_OK &&
                    valid) {
                    return go_on(scan, at + LEE_WAL_RECORD_BYTES + entry.length, scan->index + 1);
                }
            }
        }
    }
    batch_header header;
    uint64_t offset = 0;
    if (!find_batch(scan, at + 1, &header, &offset)) {
        return false;
    }
    scan->batch_end = header.first;
    go_on(scan, offset, header.first);
    scan->loose = false;
    return true;
}

bool lee_wal_scan_proves(lee_wal_scan *scan, uint64_t index)
{
    assert(scan && scan->is_open);
    batch_header header;
    uint64_t offset = scan->offset;
    while (find_batch(scan, offset + 1, &header, &offset)) {
        if (header.durable > index) {
            return true;
        }
    }
    return false;
}

lee_error lee_wal_create(lee_disk *disk, uint64_t first, const uint8_t salt[8], lee_wal_writer *out)
{
    assert(disk && salt && out);
    memset(out, 0, sizeof(*out));
    out->first = first;
    out->salt_crc = lee_wal_salt_crc(salt);
    lee_path_segment(&out->path, disk->folder, first);
    lee_error result = lee_disk_make_parents(disk, &out->path);
    lee_path_add(&out->path, ".new");
    if (!result) {
        result = lee_disk_remove(disk, &out->path);
    }
    if (result) {
        return result;
    }
    const int error =
        disk->fs->open(disk->fs->context, out->path.text, LEE_FILE_CREATE, &out->file);
    if (error) {
        return lee_disk_fail(disk, "create", out->path.text, error);
    }
    out->is_open = true;
    uint8_t header[LEE_WAL_HEADER_BYTES];
    lee_wal_header(first, salt, header);
    return lee_wal_write(disk, out, header, sizeof(header));
}

lee_error lee_wal_publish(lee_disk *disk, lee_wal_writer *writer)
{
    assert(disk && writer && writer->is_open);
    lee_error result = lee_wal_sync(disk, writer);
    if (result) {
        return result;
    }
    lee_path path;
    lee_path_segment(&path, disk->folder, writer->first);
    const int error = disk->fs->rename(disk->fs->context, writer->path.text, path.text);
    if (error) {
        return lee_disk_fail(disk, "rename", path.text, error);
    }
    writer->path = path;
    result = lee_disk_touch(disk, &path);
    return result ? result : lee_disk_sync_folders(disk);
}

lee_error lee_wal_write(lee_disk *disk, lee_wal_writer *writer, const uint8_t *bytes, size_t length)
{
    assert(disk && writer && writer->is_open && bytes);
    size_t done = 0;
    const int error =
        disk->fs->write_at(disk->fs->context, writer->file, writer->offset, bytes, length, &done);
    if (error) {
        return lee_disk_fail(disk, "write", writer->path.text, error);
    }
    assert(done == length);
    writer->offset += length;
    if (length >= START_MIN_BYTES && disk->fs->start) {
        disk->fs->start(disk->fs->context, writer->file);
    }
    return LEE_OK;
}

lee_error lee_wal_sync(lee_disk *disk, lee_wal_writer *writer)
{
    assert(disk && writer && writer->is_open);
    const int error = disk->fs->sync(disk->fs->context, writer->file);
    return error ? lee_disk_fail(disk, "sync", writer->path.text, error) : LEE_OK;
}

void lee_wal_close(lee_disk *disk, lee_wal_writer *writer)
{
    assert(disk && writer);
    if (writer->is_open) {
        /* What was acknowledged is synced already; an error here can take nothing back. */
        (void)disk->fs->close(disk->fs->context, writer->file);
        writer->is_open = false;
    }
}

lee_error lee_wal_list(lee_disk *disk, uint64_t **out, uint32_t *out_count)
{
    assert(disk && out && out_count);
    lee_path path;
    lee_path_set(&path, disk->folder);
    lee_path_add(&path, "/wal");
    lee_disk_names names;
    lee_error error = lee_disk_list(disk, &path, &names);
    if (error) {
        return error;
    }
    uint64_t *firsts = lee_alloc(names.count + 1, sizeof(*firsts));
    if (!firsts) {
        lee_disk_names_free(&names);
        return LEE_ERR_NO_MEMORY;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < names.count; i++) {
        /* Listed in byte order, which for names of equal length is the order of the numbers. */
        if (lee_path_segment_parse(names.names[i], &firsts[count])) {
            assert(count == 0 || firsts[count - 1] < firsts[count]);
            count++;
        }
    }
    lee_disk_names_free(&names);
    *out = firsts;
    *out_count = count;
    return LEE_OK;
}
