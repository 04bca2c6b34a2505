/* Reads a journal from the front: bundles under the checkpoint, segments after it. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "journal/journal_private.h"

struct lee_journal_reader {
    lee_disk disk;
    uint64_t next;   /* index of the next record */
    uint64_t sealed; /* size under the checkpoint */
    lee_buffer bundle;
    lee_buffer tile;
    bool has_bundle; /* the bundle of `next` is loaded */
    bool is_kept;    /* it is what was kept of one that was pruned */
    uint64_t pruned; /* records passed over that were pruned */
    size_t bundle_at;
    lee_path bundle_path;
    lee_buffer blob;
    lee_buffer values; /* sealed, of the last record */
    const uint8_t *entry;
    size_t entry_length;
    bool withheld;
    bool discloses;
    uint64_t *segments;
    uint32_t segment_count;
    uint32_t segment_at; /* the one being scanned */
    lee_wal_scan scan;
    bool scanning;
    bool resume; /* the scan stands at damage */
    lee_journal_place place;
};

static lee_error damage(lee_journal_reader *reader, const lee_path *path, uint64_t offset,
                        uint64_t index, const char *reason)
{
    memcpy(reader->place.path, path->text, path->length + 1);
    reader->place.offset = offset;
    reader->place.index = index;
    reader->place.reason = reason;
    return LEE_ERR_CORRUPT;
}

/* The size that the checkpoint names; who signed it is not looked at here. */
static lee_error read_size(lee_journal_reader *reader)
{
    lee_path path;
    lee_path_set(&path, reader->disk.folder);
    lee_path_add(&path, "/checkpoint");
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    lee_error error = lee_disk_read(&reader->disk, &path, &text);
    size_t body = 0;
    lee_checkpoint head = {.size = 0};
    if (!error) {
        error = lee_note_parse((const char *)text.bytes, text.length, &body);
    }
    if (!error) {
        error = lee_checkpoint_parse((const char *)text.bytes, body, &head);
    }
    lee_buffer_free(&text);
    reader->sealed = head.size;
    if (error == LEE_ERR_NOT_FOUND) {
        return LEE_OK;
    }
    return error == LEE_ERR_SYNTAX || error == LEE_ERR_LIMIT ? LEE_ERR_CORRUPT : error;
}

lee_error lee_journal_reader_open(const lee_file_system *fs, const char *folder, uint64_t from,
                                  lee_journal_reader **out)
{
    assert(fs && folder && out);
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_journal_reader *reader = lee_alloc(1, sizeof(*reader));
    if (!reader) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_disk_init(&reader->disk, fs, folder);
    lee_buffer_init(&reader->bundle, LEE_BUNDLE_MAX_BYTES);
    lee_buffer_init(&reader->tile, LEE_TILE_WIDTH * LEE_DIGEST_BYTES);
    lee_buffer_init(&reader->blob, LEE_JOURNAL_RECORD_MAX_BYTES);
    lee_buffer_init(&reader->values, LEE_ENTRY_MAX_BYTES);
    reader->next = from;
    lee_error error = read_size(reader);
    if (!error) {
        error = lee_wal_list(&reader->disk, &reader->segments, &reader->segment_count);
    }
    if (!error && reader->sealed == 0 && reader->segment_count == 0) {
        error = LEE_ERR_NOT_FOUND;
    }
    if (error) {
        lee_journal_reader_close(reader);
        return error;
    }
    *out = reader;
    return LEE_OK;
}

static void close_scan(lee_journal_reader *reader)
{
    if (reader->scanning) {
        lee_wal_scan_close(&reader->scan);
        reader->scanning = false;
        reader->resume = false;
    }
}

void lee_journal_reader_close(lee_journal_reader *reader)
{
    if (!reader) {
        return;
    }
    close_scan(reader);
    lee_buffer_free(&reader->bundle);
    lee_buffer_free(&reader->tile);
    lee_buffer_free(&reader->blob);
    lee_buffer_free(&reader->values);
    lee_free(reader->segments);
    lee_free(reader);
}

const lee_journal_place *lee_journal_reader_place(const lee_journal_reader *reader)
{
    assert(reader);
    return &reader->place;
}

/* Reads the file of level `level` that covers record reader->next, partial or full. */
static lee_error load(lee_journal_reader *reader, uint32_t level, lee_path *path, lee_buffer *out)
{
    const uint64_t index = reader->next / LEE_TILE_WIDTH;
    const uint64_t left = reader->sealed - index * LEE_TILE_WIDTH;
    const uint32_t width = left < LEE_TILE_WIDTH ? (uint32_t)left : LEE_TILE_WIDTH;
    lee_path_tile(path, reader->disk.folder, level, index, width);
    lee_error error = lee_disk_read(&reader->disk, path, out);
    if (error == LEE_ERR_NOT_FOUND && width < LEE_TILE_WIDTH) {
        lee_path_tile(path, reader->disk.folder, level, index, LEE_TILE_WIDTH);
        error = lee_disk_read(&reader->disk, path, out);
    }
    return error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT ? LEE_ERR_CORRUPT : error;
}

/* Goes to the first record of the next bundle, or to the segments. */
static void skip_bundle(lee_journal_reader *reader)
{
    const uint64_t end = (reader->next / LEE_TILE_WIDTH + 1) * LEE_TILE_WIDTH;
    reader->next = end < reader->sealed ? end : reader->sealed;
    reader->has_bundle = false;
}

/* The bundle, or what is kept of it. */
static lee_error load_entries(lee_journal_reader *reader, lee_path *path)
{
    lee_error error = load(reader, LEE_TILE_ENTRIES, path, &reader->bundle);
    reader->is_kept = false;
    if (error != LEE_ERR_CORRUPT) {
        return error;
    }
    lee_path kept;
    error = lee__kept_read(&reader->disk, reader->next / LEE_TILE_WIDTH, &kept, &reader->bundle);
    if (!error) {
        reader->is_kept = true;
        *path = kept;
    }
    return error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT ? LEE_ERR_CORRUPT : error;
}

static bool next_place(lee_journal_reader *reader, const uint8_t **entry, size_t *length)
{
    const lee_buffer *const bundle = &reader->bundle;
    return reader->is_kept
               ? lee__kept_next(bundle->bytes, bundle->length, &reader->bundle_at, entry, length)
               : lee__bundle_next(bundle->bytes, bundle->length, &reader->bundle_at, entry, length);
}

static lee_error load_bundle(lee_journal_reader *reader)
{
    const uint64_t wanted = reader->next;
    lee_path path;
    lee_error error = load(reader, 0, &path, &reader->tile);
    if (!error) {
        error = load_entries(reader, &path);
    }
    if (error == LEE_ERR_CORRUPT) {
        skip_bundle(reader);
        return damage(reader, &path, 0, wanted, "an entry bundle or its tile is missing");
    }
    if (error) {
        return error;
    }
    reader->bundle_path = path;
    reader->bundle_at = 0;
    for (uint64_t i = 0; i < wanted % LEE_TILE_WIDTH; i++) {
        const uint8_t *entry = NULL;
        size_t length = 0;
        if (!next_place(reader, &entry, &length)) {
            skip_bundle(reader);
            return damage(reader, &path, reader->bundle_at, wanted, "an entry bundle is cut short");
        }
    }
    reader->has_bundle = true;
    return LEE_OK;
}

static lee_error next_sealed(lee_journal_reader *reader, const uint8_t **entry, size_t *length)
{
    if (!reader->has_bundle) {
        lee_error error = load_bundle(reader);
        if (error) {
            return error;
        }
    }
    const uint64_t index = reader->next;
    const size_t in_tile = (size_t)(index % LEE_TILE_WIDTH);
    const size_t at = reader->bundle_at;
    if (!next_place(reader, entry, length)) {
        skip_bundle(reader);
        return damage(reader, &reader->bundle_path, at, index, "an entry bundle is cut short");
    }
    const lee_digest leaf = *length ? lee_merkle_leaf(*entry, *length) : lee_merkle_empty();
    const bool right = *length == 0 || (reader->tile.length >= (in_tile + 1) * LEE_DIGEST_BYTES &&
                                        memcmp(reader->tile.bytes + in_tile * LEE_DIGEST_BYTES,
                                               leaf.bytes, LEE_DIGEST_BYTES) == 0);
    reader->next++;
    if (reader->next % LEE_TILE_WIDTH == 0 || reader->next == reader->sealed) {
        reader->has_bundle = false;
    }
    return right ? LEE_OK
                 : damage(reader, &reader->bundle_path, at, index,
                          "an entry does not have the hash that its tile says");
}

/* Opens the segment that holds record reader->next. LEE_ERR_NOT_FOUND: there is none. */
static lee_error open_segment(lee_journal_reader *reader)
{
    uint32_t at = UINT32_MAX;
    for (uint32_t i = 0; i < reader->segment_count && reader->segments[i] <= reader->next; i++) {
        at = i;
    }
    if (at == UINT32_MAX) {
        if (reader->segment_count == 0) {
            return LEE_ERR_NOT_FOUND;
        }
        lee_path path;
        const uint64_t missing = reader->next;
        reader->next = reader->segments[0];
        lee_path_segment(&path, reader->disk.folder, reader->segments[0]);
        return damage(reader, &path, 0, missing, "records before this segment are missing");
    }
    lee_path path;
    lee_path_segment(&path, reader->disk.folder, reader->segments[at]);
    lee_error error =
        lee_wal_scan_open(&reader->scan, reader->disk.fs, &path, reader->segments[at], NULL);
    reader->scanning = true;
    reader->segment_at = at;
    if (error == LEE_ERR_CORRUPT || error == LEE_ERR_NOT_FOUND) {
        const uint64_t wanted = reader->next;
        const char *reason =
            error == LEE_ERR_CORRUPT ? reader->scan.reason : "a segment is missing";
        close_scan(reader);
        reader->next = at + 1 < reader->segment_count ? reader->segments[at + 1] : UINT64_MAX;
        return damage(reader, &path, 0, wanted, reason);
    }
    return error;
}

/* The segment being read has ended. */
static lee_error end_segment(lee_journal_reader *reader)
{
    const bool last = reader->segment_at + 1 == reader->segment_count;
    const uint64_t have = reader->scan.index;
    const lee_path path = reader->scan.path;
    const uint64_t offset = reader->scan.offset;
    if (last) {
        return LEE_ERR_NOT_FOUND; /* asking again later reads what was written since */
    }
    const uint64_t begin = reader->segments[reader->segment_at + 1];
    close_scan(reader);
    if (have < begin && reader->next < begin) {
        const uint64_t missing = reader->next > have ? reader->next : have;
        reader->next = begin;
        return damage(reader, &path, offset, missing, "a segment ends before the next one begins");
    }
    return LEE_OK;
}

/* The next entry of the segments at or after reader->next. */
static lee_error next_unsealed(lee_journal_reader *reader, const uint8_t **entry, size_t *length)
{
    for (;;) {
        if (reader->next == UINT64_MAX) {
            return LEE_ERR_NOT_FOUND;
        }
        lee_error error = reader->scanning ? LEE_OK : open_segment(reader);
        if (error) {
            return error;
        }
        const uint64_t end = reader->segment_at + 1 < reader->segment_count
                                 ? reader->segments[reader->segment_at + 1]
                                 : UINT64_MAX;
        if (reader->resume) {
            reader->resume = false;
            if (!lee_wal_scan_resume(&reader->scan)) {
                reader->scan.index = end; /* nothing of it can be read any more */
                if (end == UINT64_MAX) {
                    reader->next = UINT64_MAX;
                    continue;
                }
            }
        }
        lee_wal_entry found = {.length = 0};
        error =
            reader->scan.index < end ? lee_wal_scan_next(&reader->scan, &found) : LEE_ERR_NOT_FOUND;
        if (error == LEE_ERR_NOT_FOUND) {
            error = end_segment(reader);
            if (error) {
                return error;
            }
            continue;
        }
        if (error == LEE_ERR_CORRUPT) {
            reader->resume = true;
            return damage(reader, &reader->scan.path, reader->scan.offset, reader->scan.index,
                          reader->scan.reason);
        }
        if (error) {
            return error;
        }
        if (found.index >= reader->next) {
            reader->next = found.index + 1;
            *entry = found.entry;
            *length = found.length;
            return LEE_OK;
        }
    }
}

/* Follows an entry to its file in blob/. */
static lee_error read_blob(lee_journal_reader *reader, uint64_t index, lee_record *out)
{
    lee_digest digest;
    lee_path path;
    lee_bytes cursor;
    lee_bytes_init(&cursor, out->bytes, out->length);
    const uint64_t size = lee_bytes_u64_le(&cursor);
    const uint8_t *hash = lee_bytes_take(&cursor, LEE_DIGEST_BYTES);
    if (!hash || lee_bytes_left(&cursor) != 0) {
        lee_path_set(&path, reader->disk.folder);
        return damage(reader, &path, 0, index, "a reference to a large record is malformed");
    }
    memcpy(digest.bytes, hash, LEE_DIGEST_BYTES);
    lee_path_blob(&path, reader->disk.folder, &digest);
    lee_error error = lee_disk_read(&reader->disk, &path, &reader->blob);
    if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    const lee_digest have =
        error ? lee_merkle_empty() : lee_digest_of(reader->blob.bytes, reader->blob.length);
    if (error || reader->blob.length != size || !lee_digest_equal(&have, &digest)) {
        return damage(reader, &path, 0, index, "a large record is missing or altered");
    }
    out->bytes = reader->blob.bytes;
    out->length = reader->blob.length;
    return LEE_OK;
}

static const uint8_t *find_value(void *context, uint32_t field, const char *name, size_t *length)
{
    (void)name;
    return lee_journal_reader_sealed(context, field, length);
}

/* Puts a record together with the values that are sealed apart. */
static lee_error read_sealed(lee_journal_reader *reader, uint64_t index, lee_record *out)
{
    lee_path path;
    lee_path_sealed(&path, reader->disk.folder, index);
    lee_error error = lee_disk_read(&reader->disk, &path, &reader->values);
    if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (error) {
        lee_buffer_reset(&reader->values);
        reader->withheld = error == LEE_ERR_NOT_FOUND;
        return damage(reader, &path, 0, index,
                      reader->withheld ? "the values sealed apart are not here"
                                       : "the values sealed apart are too long");
    }
    uint32_t withheld = 0;
    error = lee_sealed_open(out->bytes, out->length, find_value, reader, &reader->blob, &withheld);
    if (error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (error || withheld > 0) {
        return damage(reader, &path, 0, index, "a value sealed apart is altered");
    }
    out->bytes = reader->blob.bytes;
    out->length = reader->blob.length;
    return LEE_OK;
}

lee_error lee_journal_reader_next(lee_journal_reader *reader, lee_record *out)
{
    assert(reader && out);
    const uint8_t *entry = NULL;
    size_t length = 0;
    reader->withheld = false;
    lee_buffer_reset(&reader->values);
    do {
        lee_error error = reader->next < reader->sealed ? next_sealed(reader, &entry, &length)
                                                        : next_unsealed(reader, &entry, &length);
        if (error) {
            return error;
        }
        reader->pruned += length == 0;
    } while (length == 0);
    lee_error error = LEE_OK;
    reader->entry = entry;
    reader->entry_length = length;
    lee_record record = {
        .index = reader->next - 1,
        .kind = (lee_record_kind)(entry[0] & LEE_ENTRY_KIND_MASK),
        .bytes = entry + 1,
        .length = length - 1,
    };
    if (entry[0] & LEE_ENTRY_BLOB) {
        error = read_blob(reader, record.index, &record);
    } else if (lee_record_kind_is_apart(record.kind) && !reader->discloses) {
        record.bytes = (const uint8_t *)"";
        record.length = 0;
    } else if (entry[0] & LEE_ENTRY_SEALED) {
        error = read_sealed(reader, record.index, &record);
    }
    if (reader->withheld) {
        record.bytes = (const uint8_t *)"";
        record.length = 0;
    }
    if (error && !reader->withheld) {
        return error;
    }
    *out = record;
    return error;
}

void lee_journal_reader_disclose(lee_journal_reader *reader)
{
    assert(reader);
    reader->discloses = true;
}

uint64_t lee_journal_reader_sealed_size(const lee_journal_reader *reader)
{
    assert(reader);
    return reader->sealed;
}

uint64_t lee_journal_reader_pruned(const lee_journal_reader *reader)
{
    assert(reader);
    return reader->pruned;
}

bool lee_journal_reader_withheld(const lee_journal_reader *reader)
{
    return reader->withheld;
}

const uint8_t *lee_journal_reader_entry(const lee_journal_reader *reader, size_t *length)
{
    *length = reader->entry_length;
    return reader->entry;
}

const uint8_t *lee_journal_reader_sealed(const lee_journal_reader *reader, uint32_t field,
                                         size_t *length)
{
    return lee_sealed_field(reader->values.bytes, reader->values.length, field, length);
}
