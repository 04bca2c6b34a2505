/* Derives bundles, tiles and checkpoints from the segments (c2sp.org/tlog-tiles).
 *
 * The order is the safety: entries are read from the disk again, written as a bundle, read back,
 * hashed anew and folded by another algorithm than that of append; only when both roots agree, and
 * everything under the new head is synced, is the head signed (reliability.md 4.2). */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "journal/journal_private.h"

bool lee__bundle_next(const uint8_t *bytes, size_t length, size_t *at, const uint8_t **entry,
                      size_t *entry_length)
{
    assert(at && entry && entry_length);
    assert(*at <= length);
    if (length - *at < 2) {
        return false;
    }
    const size_t size = (size_t)bytes[*at] << 8 | bytes[*at + 1];
    if (size == 0 || length - *at - 2 < size) {
        return false;
    }
    *entry = bytes + *at + 2;
    *entry_length = size;
    *at += 2 + size;
    return true;
}

lee_digest lee__seal_root(const lee_seal *seal)
{
    assert(seal);
    lee_digest work[LEE_TILE_WIDTH + 1];
    lee_digest carry = lee_merkle_empty();
    bool have = false;
    for (uint32_t level = 0; level < LEE_TILE_LEVELS; level++) {
        const uint32_t count = seal->tile_count[level];
        assert(count < LEE_TILE_WIDTH);
        if (count == 0) {
            continue;
        }
        /* What is right of the complete subtrees of this level is one narrower subtree; RFC 6962
         * splits as if it were one more of them. */
        memcpy(work, seal->tiles[level], count * sizeof(work[0]));
        if (have) {
            work[count] = carry;
        }
        carry = lee_merkle_fold(work, count + (have ? 1 : 0));
        have = true;
    }
    return carry;
}

static void close_scan(lee_seal *seal)
{
    if (seal->scanning) {
        lee_wal_scan_close(&seal->scan);
        seal->scanning = false;
    }
}

void lee__seal_free(lee_journal *journal)
{
    close_scan(&journal->seal);
    lee_buffer_free(&journal->seal.bundle);
}

/* The segment that holds record `index`: the last that begins at or before it. */
static bool segment_of(const lee_journal *journal, uint64_t index, uint64_t *first, uint64_t *end)
{
    bool found = false;
    *end = UINT64_MAX;
    for (uint32_t i = 0; i < journal->segment_count; i++) {
        if (journal->segments[i] <= index) {
            *first = journal->segments[i];
            found = true;
        } else {
            *end = journal->segments[i];
            break;
        }
    }
    return found;
}

/* Reads record seal->count out of its segment. */
static lee_error read_entry(lee_journal *journal, lee_wal_entry *out)
{
    lee_seal *seal = &journal->seal;
    uint64_t first = 0;
    uint64_t end = 0;
    if (!segment_of(journal, seal->count, &first, &end)) {
        return LEE_ERR_CORRUPT;
    }
    if (seal->scanning && seal->scan.first != first) {
        close_scan(seal);
    }
    if (!seal->scanning) {
        uint8_t salt[8];
        lee_path path;
        lee__segment_salt(journal, first, salt);
        lee_path_segment(&path, journal->disk.folder, first);
        lee_error error = lee_wal_scan_open(&seal->scan, journal->disk.fs, &path, first, salt);
        seal->scanning = true;
        if (error == LEE_ERR_IO) {
            (void)lee_disk_fail(&journal->disk, "read", path.text, seal->scan.io_error);
        }
        if (error) {
            close_scan(seal);
            return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
        }
    }
    lee_error error = LEE_OK;
    while (!error && seal->scan.index <= seal->count) {
        error = lee_wal_scan_next(&seal->scan, out);
        if (error == LEE_ERR_CORRUPT && seal->scan.index < seal->count &&
            lee_wal_scan_resume(&seal->scan)) {
            error = LEE_OK; /* damage among records that are sealed already */
        }
    }
    if (!error && out->index != seal->count) {
        error = LEE_ERR_CORRUPT;
    }
    if (error == LEE_ERR_IO) {
        (void)lee_disk_fail(&journal->disk, "read", seal->scan.path.text, seal->scan.io_error);
    }
    if (error) {
        /* A new look starts with a new descriptor, at the front. */
        close_scan(seal);
        return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
    }
    assert(out->index == seal->count);
    return LEE_OK;
}

/* Takes entries into the bundle until it is full or everything durable is in it. */
static lee_error fill_bundle(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    while (seal->bundle_count < LEE_TILE_WIDTH && seal->count < journal->durable) {
        lee_wal_entry entry = {.length = 0};
        lee_error error = read_entry(journal, &entry);
        if (error) {
            return error;
        }
        const size_t before = seal->bundle.length;
        lee_buffer_u8(&seal->bundle, (uint8_t)(entry.length >> 8));
        lee_buffer_u8(&seal->bundle, (uint8_t)entry.length);
        lee_buffer_bytes(&seal->bundle, entry.entry, entry.length);
        if (seal->bundle.error) {
            error = seal->bundle.error;
            seal->bundle.length = before;
            seal->bundle.error = LEE_OK;
            close_scan(seal);
            return error;
        }
        seal->bundle_count++;
        seal->count++;
    }
    return LEE_OK;
}

static lee_error put_file(lee_journal *journal, uint32_t level, uint64_t index, uint32_t width,
                          const void *bytes, size_t length)
{
    lee_path path;
    lee_path_tile(&path, journal->disk.folder, level, index, width);
    lee_error error = lee_disk_make_parents(&journal->disk, &path);
    return error ? error : lee_disk_put(&journal->disk, &path, bytes, length);
}

/* Hashes the entries of a bundle as its file has them, read anew, into the tile of level 0. */
static lee_error hash_bundle(lee_journal *journal, uint32_t width)
{
    lee_seal *seal = &journal->seal;
    lee_path path;
    lee_path_tile(&path, journal->disk.folder, LEE_TILE_ENTRIES, seal->tile_index[0], width);
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_BUNDLE_MAX_BYTES);
    lee_error error = lee_disk_read(&journal->disk, &path, &bytes);
    size_t at = 0;
    for (uint32_t i = 0; !error && i < width; i++) {
        const uint8_t *entry = NULL;
        size_t length = 0;
        if (!lee__bundle_next(bytes.bytes, bytes.length, &at, &entry, &length)) {
            error = LEE_ERR_CORRUPT;
        } else {
            seal->tiles[0][i] = lee_merkle_leaf(entry, length);
        }
    }
    if (!error && at != bytes.length) {
        error = LEE_ERR_CORRUPT;
    }
    lee_buffer_free(&bytes);
    return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
}

/* Writes the tiles that are full, level by level. Each step is finished before the next begins, so
 * that a step that failed is simply done again. */
static lee_error put_full_tiles(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    for (uint32_t level = 0; level + 1 < LEE_TILE_LEVELS; level++) {
        if (seal->tile_count[level] < LEE_TILE_WIDTH) {
            return LEE_OK;
        }
        lee_error error = put_file(journal, level, seal->tile_index[level], LEE_TILE_WIDTH,
                                   seal->tiles[level], sizeof(seal->tiles[level]));
        if (error) {
            return error;
        }
        lee_digest work[LEE_TILE_WIDTH];
        memcpy(work, seal->tiles[level], sizeof(work));
        assert(seal->tile_count[level + 1] < LEE_TILE_WIDTH);
        seal->tiles[level + 1][seal->tile_count[level + 1]++] =
            lee_merkle_fold(work, LEE_TILE_WIDTH);
        seal->tile_count[level] = 0;
        seal->tile_index[level]++;
        seal->partial_written[level] = 0;
    }
    return LEE_OK;
}

/* Derives one full bundle, if there is one. */
static lee_error seal_bundle(lee_journal *journal, bool *done)
{
    lee_seal *seal = &journal->seal;
    *done = false;
    lee_error error = put_full_tiles(journal); /* left from a try that failed */
    if (!error) {
        error = fill_bundle(journal);
    }
    if (error || seal->bundle_count < LEE_TILE_WIDTH) {
        return error;
    }
    error = put_file(journal, LEE_TILE_ENTRIES, seal->tile_index[0], LEE_TILE_WIDTH,
                     seal->bundle.bytes, seal->bundle.length);
    if (!error) {
        error = hash_bundle(journal, LEE_TILE_WIDTH);
    }
    if (error) {
        return error;
    }
    seal->tile_count[0] = LEE_TILE_WIDTH;
    seal->bundle_count = 0;
    lee_buffer_reset(&seal->bundle);
    *done = true;
    return put_full_tiles(journal);
}

/* Remembers how sealing went, with a message. */
static lee_error finish(lee_journal *journal, lee_error error)
{
    lee_seal *seal = &journal->seal;
    seal->error = error;
    seal->message[0] = '\0';
    if (!error) {
        return LEE_OK;
    }
    if (journal->disk.failure.operation) {
        lee__say_failure(seal->message, &journal->disk.failure);
    } else {
        lee__say(seal->message, journal->disk.folder);
        lee__say(seal->message, error == LEE_ERR_CORRUPT
                                    ? ": what the disk gives back is not what was written"
                                    : ": out of memory");
    }
    lee__say(seal->message, ". Records go on being stored, but none after ");
    lee__say_number(seal->message, seal->checkpoint_size);
    lee__say(seal->message, error == LEE_ERR_CORRUPT
                                ? " is signed for. Copy the folder, run 'leeward verify' on it and "
                                  "replace the disk or the memory."
                                : " is signed for until this works again. Check the disk and its "
                                  "free space.");
    return error;
}

static void begin(lee_journal *journal)
{
    if (!journal->degraded) {
        memset(&journal->disk.failure, 0, sizeof(journal->disk.failure));
    }
}

lee_error lee_journal_seal(lee_journal *journal, uint32_t bundles_max, bool *more)
{
    assert(journal && more);
    begin(journal);
    lee_error error = LEE_OK;
    bool done = true;
    for (uint32_t i = 0; !error && done && i < bundles_max; i++) {
        error = seal_bundle(journal, &done);
    }
    *more = journal->durable - journal->seal.count + journal->seal.bundle_count >= LEE_TILE_WIDTH;
    return finish(journal, error);
}

static lee_error put_partials(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    lee_error error = LEE_OK;
    if (seal->bundle_count > 0) {
        error = put_file(journal, LEE_TILE_ENTRIES, seal->tile_index[0], seal->bundle_count,
                         seal->bundle.bytes, seal->bundle.length);
        if (!error) {
            error = hash_bundle(journal, seal->bundle_count);
        }
        if (!error) {
            seal->tile_count[0] = seal->bundle_count;
        }
    }
    for (uint32_t level = 0; !error && level < LEE_TILE_LEVELS; level++) {
        const uint32_t width = seal->tile_count[level];
        if (width == 0 || width == seal->partial_written[level]) {
            continue;
        }
        error = put_file(journal, level, seal->tile_index[level], width, seal->tiles[level],
                         width * LEE_DIGEST_BYTES);
        if (!error) {
            seal->partial_written[level] = width;
        }
    }
    return error ? error : lee_disk_sync_folders(&journal->disk);
}

/* Removes the partial tiles of an index whose full tile is there. Best effort: what stays is right,
 * only superfluous. */
static void remove_partials(lee_journal *journal, uint32_t level, uint64_t index)
{
    lee_path folder;
    lee_path_tile(&folder, journal->disk.folder, level, index, 0);
    lee_disk_names names;
    if (lee_disk_list(&journal->disk, &folder, &names) != LEE_OK) {
        return;
    }
    lee_error error = LEE_OK;
    for (uint32_t i = 0; !error && i < names.count; i++) {
        lee_path path = folder;
        lee_path_add(&path, "/");
        lee_path_add(&path, names.names[i]);
        error = lee_disk_remove(&journal->disk, &path);
    }
    if (!error && names.count) {
        error = lee_disk_remove(&journal->disk, &folder);
    }
    (void)error;
    lee_disk_names_free(&names);
}

/* Removes what the new checkpoint has made superfluous: partial tiles that are full now, and
 * segments whose records are all in bundles. */
static void remove_replaced(lee_journal *journal, uint64_t old_size)
{
    const lee_seal *seal = &journal->seal;
    for (uint32_t level = 0; level < LEE_TILE_LEVELS; level++) {
        const unsigned shift = 8 * (level + 1);
        const uint64_t old_index = shift < 64 ? old_size >> shift : 0;
        if (old_index < seal->tile_index[level]) {
            remove_partials(journal, level, old_index);
            if (level == 0) {
                remove_partials(journal, LEE_TILE_ENTRIES, old_index);
            }
        }
    }
    uint32_t gone = 0;
    while (gone + 1 < journal->segment_count &&
           journal->segments[gone + 1] <= seal->checkpoint_size) {
        lee_path path;
        lee_path_segment(&path, journal->disk.folder, journal->segments[gone]);
        if (lee_disk_remove(&journal->disk, &path) != LEE_OK ||
            lee_disk_touch(&journal->disk, &path) != LEE_OK) {
            break;
        }
        gone++;
    }
    journal->segment_count -= gone;
    memmove(journal->segments, journal->segments + gone,
            journal->segment_count * sizeof(journal->segments[0]));
}

static lee_error sign_head(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    assert(seal->count == journal->durable);
    assert(seal->count >= seal->checkpoint_size);
    const lee_digest derived = lee__seal_root(seal);
    const lee_digest appended = lee_merkle_root(&journal->durable_tree);
    if (!lee_digest_equal(&derived, &appended)) {
        return LEE_ERR_CORRUPT;
    }
    char text[LEE_CHECKPOINT_TEXT_BYTES];
    const size_t length = lee_checkpoint_sign(seal->count, &derived, &journal->signer, text);
    lee_path path;
    lee_path_set(&path, journal->disk.folder);
    lee_path_add(&path, "/checkpoint");
    lee_error error = lee_disk_put(&journal->disk, &path, text, length);
    return error ? error : lee_disk_sync_folders(&journal->disk);
}

lee_error lee_journal_checkpoint(lee_journal *journal)
{
    assert(journal);
    lee_seal *seal = &journal->seal;
    begin(journal);
    if (seal->has_checkpoint && seal->checkpoint_size == journal->durable) {
        return finish(journal, LEE_OK);
    }
    lee_error error = LEE_OK;
    for (bool done = true; !error && done;) {
        error = seal_bundle(journal, &done);
    }
    if (!error) {
        error = put_partials(journal);
    }
    if (!error) {
        error = sign_head(journal);
    }
    /* The partial tile's hashes are made again from its bundle the next time. */
    seal->tile_count[0] = seal->tile_count[0] < LEE_TILE_WIDTH ? 0 : seal->tile_count[0];
    if (error) {
        return finish(journal, error);
    }
    const uint64_t old_size = seal->checkpoint_size;
    seal->has_checkpoint = true;
    seal->checkpoint_size = seal->count;
    remove_replaced(journal, old_size);
    return finish(journal, LEE_OK);
}

/* Reads the hashes of a partial tile, or the beginning of the full one that replaced it. */
static lee_error load_tile(lee_journal *journal, uint32_t level, uint32_t width, lee_path *path,
                           lee_buffer *bytes)
{
    const uint64_t index = journal->seal.tile_index[level == LEE_TILE_ENTRIES ? 0 : level];
    lee_path_tile(path, journal->disk.folder, level, index, width);
    lee_error error = lee_disk_read(&journal->disk, path, bytes);
    if (error == LEE_ERR_NOT_FOUND) {
        lee_path_tile(path, journal->disk.folder, level, index, LEE_TILE_WIDTH);
        error = lee_disk_read(&journal->disk, path, bytes);
    }
    return error;
}

/* Takes the first `width` entries of the last, unfinished bundle. */
static lee_error load_bundle(lee_journal *journal, uint32_t width, lee_journal_place *place)
{
    lee_seal *seal = &journal->seal;
    lee_path path;
    lee_error error = load_tile(journal, LEE_TILE_ENTRIES, width, &path, &seal->bundle);
    size_t at = 0;
    for (uint32_t i = 0; !error && i < width; i++) {
        const uint8_t *entry = NULL;
        size_t length = 0;
        place->offset = at;
        place->index = seal->count - width + i;
        if (!lee__bundle_next(seal->bundle.bytes, seal->bundle.length, &at, &entry, &length)) {
            error = LEE_ERR_CORRUPT;
            break;
        }
        const lee_digest leaf = lee_merkle_leaf(entry, length);
        error = lee_digest_equal(&leaf, &seal->tiles[0][i]) ? LEE_OK : LEE_ERR_CORRUPT;
    }
    if (error) {
        memcpy(place->path, path.text, path.length + 1);
        place->reason = "the last entry bundle is missing or does not belong to its tile";
        return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
    }
    seal->bundle.length = at;
    seal->bundle_count = width;
    return LEE_OK;
}

lee_error lee__seal_load(lee_journal *journal, const lee_checkpoint *checkpoint,
                         lee_journal_place *place)
{
    lee_seal *seal = &journal->seal;
    seal->has_checkpoint = true;
    seal->checkpoint_size = checkpoint->size;
    seal->count = checkpoint->size;
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_TILE_WIDTH * LEE_DIGEST_BYTES);
    lee_error error = LEE_OK;
    lee_path path;
    for (uint32_t step = 0; !error && step < LEE_TILE_LEVELS; step++) {
        const uint32_t level = LEE_TILE_LEVELS - 1 - step; /* widest subtrees first */
        const uint32_t width = lee_tile_partial(checkpoint->size, level);
        const unsigned shift = 8 * (level + 1);
        seal->tile_index[level] = shift < 64 ? checkpoint->size >> shift : 0;
        if (width == 0) {
            continue;
        }
        error = load_tile(journal, level, width, &path, &bytes);
        if (!error && bytes.length < (size_t)width * LEE_DIGEST_BYTES) {
            error = LEE_ERR_CORRUPT;
        }
        for (uint32_t i = 0; !error && i < width; i++) {
            memcpy(seal->tiles[level][i].bytes, bytes.bytes + (size_t)i * LEE_DIGEST_BYTES,
                   LEE_DIGEST_BYTES);
            lee_merkle_append_subtree(&journal->tree, 8 * level, &seal->tiles[level][i]);
        }
        seal->tile_count[level] = width;
    }
    lee_buffer_free(&bytes);
    const lee_digest root = lee__seal_root(seal);
    if (!error && !lee_digest_equal(&root, &checkpoint->root)) {
        lee_path_set(&path, journal->disk.folder);
        lee_path_add(&path, "/tile");
        error = LEE_ERR_CORRUPT;
    }
    if (error) {
        memcpy(place->path, path.text, path.length + 1);
        place->index = UINT64_MAX;
        place->reason = "the newest tiles are missing or do not give the signed root";
        return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
    }
    const uint32_t width = lee_tile_partial(checkpoint->size, 0);
    if (width > 0) {
        error = load_bundle(journal, width, place);
    }
    seal->tile_count[0] = 0;
    return error;
}
