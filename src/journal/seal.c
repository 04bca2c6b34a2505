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
    lee_disk_unstage(&journal->disk);
    lee_buffer_free(&journal->seal.bundle);
    lee_buffer_free(&journal->seal.again);
    lee_buffer_free(&journal->seal.ready_note);
    lee_free(journal->seal.mark);
    lee_free(journal->seal.ready);
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
        const uint8_t head[2] = {(uint8_t)(entry.length >> 8), (uint8_t)entry.length};
        lee_buffer_bytes(&seal->bundle, head, sizeof(head));
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

/* Writes a file under its temporary name; it is synced and named before the next head is signed. */
static lee_error put_file(lee_journal *journal, uint32_t level, uint64_t index, uint32_t width,
                          const void *bytes, size_t length)
{
    lee_path path;
    lee_path_tile(&path, journal->disk.folder, level, index, width);
    lee_error error = LEE_OK;
    if (lee_disk_staged_full(&journal->disk)) {
        error = lee_disk_settle(&journal->disk, UINT32_MAX);
        journal->seal.ready_files = 0;
    }
    if (!error) {
        error = lee_disk_make_parents(&journal->disk, &path);
    }
    return error ? error : lee_disk_stage(&journal->disk, &path, bytes, length);
}

/* The same for a tile, read back with a new descriptor: what will be signed for are the bytes of
 * the file, not those in memory (reliability.md G9). Bundles are read back to be hashed. */
static lee_error put_tile(lee_journal *journal, uint32_t level, uint32_t width)
{
    const lee_seal *seal = &journal->seal;
    const size_t length = (size_t)width * LEE_DIGEST_BYTES;
    lee_error error =
        put_file(journal, level, seal->tile_index[level], width, seal->tiles[level], length);
    if (error) {
        return error;
    }
    lee_path path;
    lee_path fresh;
    lee_path_tile(&path, journal->disk.folder, level, seal->tile_index[level], width);
    lee_disk_staged_path(&path, &fresh);
    return lee_disk_compare(&journal->disk, &fresh, seal->tiles[level], length);
}

/* Hashes the entries of a bundle as its file has them, read anew, into the tile of level 0. */
static lee_error hash_bundle(lee_journal *journal, uint32_t width)
{
    lee_seal *seal = &journal->seal;
    lee_buffer *const bytes = &seal->again;
    lee_path path;
    lee_path fresh;
    lee_path_tile(&path, journal->disk.folder, LEE_TILE_ENTRIES, seal->tile_index[0], width);
    lee_disk_staged_path(&path, &fresh);
    lee_error error = lee_disk_read(&journal->disk, &fresh, bytes);
    lee_sha256_message entries[LEE_TILE_WIDTH];
    size_t at = 0;
    for (uint32_t i = 0; !error && i < width; i++) {
        if (!lee__bundle_next(bytes->bytes, bytes->length, &at, &entries[i].bytes,
                              &entries[i].length)) {
            error = LEE_ERR_CORRUPT;
        }
    }
    if (!error && at != bytes->length) {
        error = LEE_ERR_CORRUPT;
    }
    if (!error) {
        lee_merkle_leaves(entries, width, seal->tiles[0]);
    }
    return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
}

/* Writes the tiles that are full, level by level. */
static lee_error put_full_tiles(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    for (uint32_t level = 0; level + 1 < LEE_TILE_LEVELS; level++) {
        if (seal->tile_count[level] < LEE_TILE_WIDTH) {
            return LEE_OK;
        }
        lee_error error = put_tile(journal, level, LEE_TILE_WIDTH);
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
    lee_error error = fill_bundle(journal);
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
    if (journal->signer_failed) { /* the ready head stands, and it is asked for again */
        lee__say(seal->message, journal->signer_message);
    } else {
        lee_disk_unstage(&journal->disk);
        seal->back_due = true;
    }
    if (journal->disk.failure.operation) {
        lee__say_failure(seal->message, &journal->disk.failure);
    } else if (!journal->signer_failed) {
        lee__say(seal->message, journal->disk.folder);
        lee__say(seal->message, error == LEE_ERR_CORRUPT
                                    ? ": what the disk gives back is not what was written"
                                : error == LEE_ERR_STATE ? LEE_LAST_HEAD_NAME
                                    " says that another head was signed, of "
                                    "more records or with another root"
                                                         : ": out of memory");
    }
    lee__say(seal->message, ". Records go on being stored, but none after ");
    lee__say_number(seal->message, seal->checkpoint_size);
    lee__say(seal->message, error == LEE_ERR_CORRUPT
                                ? " is signed for. Copy the folder, run 'leeward verify' on it and "
                                  "replace the disk or the memory."
                            : error == LEE_ERR_STATE
                                ? " is signed for. Another program signs with this key, or an "
                                  "older copy was restored: stop, and see 'leeward epoch'."
                                : " is signed for until this works again. Check the disk and its "
                                  "free space.");
    return error;
}

static void take_mark(const lee_seal *seal, lee_seal_mark *out)
{
    out->count = seal->count;
    out->bundle_count = seal->bundle_count;
    for (uint32_t level = 0; level < LEE_TILE_LEVELS; level++) {
        /* Of the bundle that is not full the hashes stand there too, without being counted. */
        const uint32_t count = level == 0 && seal->tile_count[0] < seal->bundle_count
                                   ? seal->bundle_count
                                   : seal->tile_count[level];
        memcpy(out->tiles[level], seal->tiles[level], count * sizeof(out->tiles[level][0]));
    }
    memcpy(out->tile_count, seal->tile_count, sizeof(out->tile_count));
    memcpy(out->tile_index, seal->tile_index, sizeof(out->tile_index));
    memcpy(out->partial_written, seal->partial_written, sizeof(out->partial_written));
}

static lee_error load_bundle(lee_journal *journal, uint32_t width, lee_journal_place *place);

/* What was derived since the signed head is void: its files may not be on the disk. */
static lee_error go_back(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    const lee_seal_mark *const mark = seal->mark;
    close_scan(seal);
    seal->is_ready = false;
    seal->count = mark->count;
    seal->bundle_count = 0;
    lee_buffer_reset(&seal->bundle);
    memcpy(seal->tiles, mark->tiles, sizeof(seal->tiles));
    memcpy(seal->tile_count, mark->tile_count, sizeof(seal->tile_count));
    memcpy(seal->tile_index, mark->tile_index, sizeof(seal->tile_index));
    memcpy(seal->partial_written, mark->partial_written, sizeof(seal->partial_written));
    lee_error error = LEE_OK;
    if (mark->bundle_count > 0) {
        lee_journal_place place;
        error = load_bundle(journal, mark->bundle_count, &place);
    }
    seal->back_due = error != LEE_OK;
    return error;
}

static lee_error begin(lee_journal *journal)
{
    journal->signer_failed = false;
    if (!journal->degraded) {
        memset(&journal->disk.failure, 0, sizeof(journal->disk.failure));
    }
    return journal->seal.back_due ? go_back(journal) : LEE_OK;
}

static bool has_full_bundle(const lee_journal *journal)
{
    return journal->durable - journal->seal.count + journal->seal.bundle_count >= LEE_TILE_WIDTH;
}

lee_error lee_journal_seal(lee_journal *journal, uint32_t bundles_max, bool *more)
{
    assert(journal && more);
    lee_error error = begin(journal);
    bool done = true;
    for (uint32_t i = 0; !error && done && i < bundles_max; i++) {
        error = seal_bundle(journal, &done);
    }
    *more = has_full_bundle(journal);
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
        error = put_tile(journal, level, width);
        if (!error) {
            seal->partial_written[level] = width;
        }
    }
    return error;
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
        const uint64_t new_index = shift < 64 ? seal->checkpoint_size >> shift : 0;
        if (old_index < new_index) {
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

/* Writes what a head over everything durable needs, and remembers both roots. What is derived or
 * committed later does not touch it. */
static lee_error make_ready(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    lee_error error = put_partials(journal);
    if (!error) {
        assert(seal->count == journal->durable);
        seal->ready_derived = lee__seal_root(seal);
        seal->ready_appended = lee_merkle_root(&journal->durable_tree);
        seal->is_ready = true;
        seal->ready_files = journal->disk.staged_count;
        seal->ready_named = false;
        seal->ready_asked = false;
        seal->ready_stale = false;
        lee_buffer_reset(&seal->ready_note);
    }
    /* The partial tile's hashes are made again from its bundle the next time. */
    seal->tile_count[0] = seal->tile_count[0] < LEE_TILE_WIDTH ? 0 : seal->tile_count[0];
    take_mark(seal, seal->ready);
    return error;
}

/* Has the head signed, by whoever holds the key; it is kept there before it is published here. */
static lee_error ask_signer(lee_journal *journal, bool wait)
{
    lee_seal *seal = &journal->seal;
    const uint64_t size = seal->ready->count;
    if (!seal->ready_asked) {
        lee_error error = lee__sign_ask(journal, size, &seal->ready_derived);
        seal->ready_asked = !error;
        return error;
    }
    bool stale = false;
    lee_error error =
        lee__sign_take(journal, wait, size, &seal->ready_derived, &seal->ready_note, &stale);
    if (error || stale) {
        seal->ready_asked = false;
    }
    if (!error && stale && seal->ready_stale) {
        error = LEE_ERR_STATE; /* it signs for somebody else at the same time */
    }
    seal->ready_stale = stale;
    return error;
}

static lee_error publish_head(lee_journal *journal)
{
    lee_seal *seal = &journal->seal;
    assert(seal->is_ready && seal->ready_named);
    assert(seal->ready_files == 0);
    assert(seal->ready->count >= seal->checkpoint_size);
    assert(seal->ready_note.length > 0);
    lee_path path;
    lee_path_set(&path, journal->disk.folder);
    lee_path_add(&path, "/checkpoint");
    lee_error error =
        lee_disk_put(&journal->disk, &path, seal->ready_note.bytes, seal->ready_note.length);
    return error ? error : lee_disk_sync_folders(&journal->disk);
}

/* One step towards the ready head: syncs what it stands on, then the folders, then has it signed,
 * then publishes it and removes what it replaces. Files staged after it was made ready are not
 * waited for. */
static lee_error finish_head(lee_journal *journal, uint32_t files_max, bool wait, bool *done)
{
    lee_seal *seal = &journal->seal;
    if (seal->ready_files > 0) {
        const uint32_t count = seal->ready_files < files_max ? seal->ready_files : files_max;
        seal->ready_files -= count;
        return lee_disk_settle(&journal->disk, count);
    }
    if (!seal->ready_named) {
        lee_error error = lee_disk_sync_folders(&journal->disk);
        seal->ready_named = !error;
        return error;
    }
    if (!lee_digest_equal(&seal->ready_derived, &seal->ready_appended)) {
        return LEE_ERR_CORRUPT;
    }
    if (seal->ready_note.length == 0) {
        return ask_signer(journal, wait);
    }
    lee_error error = publish_head(journal);
    if (error) {
        return error;
    }
    const uint64_t old_size = seal->checkpoint_size;
    lee_seal_mark *const before = seal->mark;
    seal->has_checkpoint = true;
    seal->checkpoint_size = seal->ready->count;
    seal->mark = seal->ready;
    seal->ready = before;
    seal->is_ready = false;
    remove_replaced(journal, old_size);
    *done = true;
    return LEE_OK;
}

static lee_error checkpoint_some(lee_journal *journal, uint32_t files_max, bool wait, bool *done)
{
    lee_seal *seal = &journal->seal;
    *done = false;
    lee_error error = begin(journal);
    if (error) {
        return finish(journal, error);
    }
    if (seal->is_ready) {
        return finish(journal, finish_head(journal, files_max, wait, done));
    }
    if (journal->disk.staged_count > files_max) {
        return finish(journal, lee_disk_settle(&journal->disk, files_max));
    }
    if (seal->has_checkpoint && seal->checkpoint_size == journal->durable) {
        *done = true;
        return finish(journal, LEE_OK);
    }
    bool sealed = true;
    for (uint32_t files = 0; !error && sealed && files < files_max; files += 2) {
        error = seal_bundle(journal, &sealed);
    }
    if (!error && !sealed) { /* everything durable is in a bundle */
        error = make_ready(journal);
    }
    return finish(journal, error);
}

lee_error lee_journal_checkpoint_some(lee_journal *journal, uint32_t files_max, bool *done)
{
    assert(journal && done);
    assert(files_max > 0);
    return checkpoint_some(journal, files_max, false, done);
}

lee_error lee_journal_checkpoint(lee_journal *journal)
{
    assert(journal);
    bool done = false;
    lee_error error = LEE_OK;
    /* A head that was made ready earlier may be behind what is durable now. */
    while (!error && (!done || journal->seal.checkpoint_size != journal->durable)) {
        error = checkpoint_some(journal, UINT32_MAX - 1, true, &done);
    }
    return error;
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
    take_mark(seal, seal->mark);
    return error;
}
