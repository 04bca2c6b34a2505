#include "journal/prune.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "journal/journal_private.h"
#include "journal/tiles.h"

/* Bundles that are replaced between two syncs of folders. */
#define GROUP 32u

/* --- the record ------------------------------------------------------------------------------- */

void lee_prune_write(const lee_prune *prune, lee_buffer *out)
{
    assert(prune && out);
    assert(prune->count <= LEE_PRUNE_RANGES_MAX);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_int(&json, "t_us", prune->t_us);
    lee_json_put_int(&json, "before_us", prune->before_us);
    lee_json_put_text(&json, "policy", prune->policy);
    lee_json_key(&json, "ranges");
    lee_json_array(&json);
    for (uint32_t i = 0; i < prune->count; i++) {
        const lee_prune_range *const range = &prune->ranges[i];
        lee_json_object(&json);
        lee_json_put_int(&json, "first", (int64_t)range->first);
        lee_json_put_int(&json, "end", (int64_t)range->end);
        lee_json_put_int(&json, "count", (int64_t)range->count);
        lee_json_object_end(&json);
    }
    lee_json_array_end(&json);
    lee_json_object_end(&json);
}

/* Printable ASCII: other bytes would be written otherwise than they were read. */
static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7E) {
            return false;
        }
    }
    return true;
}

static bool read_index(const lee_json_value *value, uint64_t *out)
{
    int64_t number = 0;
    const bool good = lee_json_value_fixed(value, 0, &number) && number >= 0;
    *out = (uint64_t)number;
    return good;
}

static bool read_range(const lee_json_value *text, lee_prune_range *out)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    unsigned seen = 0;
    lee_json_scan_init(&scan, text->text, text->length);
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        bool good = true;
        if (lee_json_value_is(&key, "first")) {
            good = read_index(&value, &out->first);
            seen |= 1;
        } else if (lee_json_value_is(&key, "end")) {
            good = read_index(&value, &out->end);
            seen |= 2;
        } else if (lee_json_value_is(&key, "count")) {
            good = read_index(&value, &out->count);
            seen |= 4;
        }
        if (!good) {
            return false;
        }
    }
    return scan.error == LEE_OK && seen == 7 && out->first < out->end &&
           out->count <= out->end - out->first;
}

static bool read_ranges(const lee_json_value *text, lee_prune *out)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text->text, text->length);
    if (!lee_json_scan_array(&scan)) {
        return false;
    }
    uint64_t from = 0;
    while (lee_json_scan_element(&scan, &value)) {
        if (out->count == LEE_PRUNE_RANGES_MAX || !read_range(&value, &out->ranges[out->count]) ||
            out->ranges[out->count].first < from) {
            return false;
        }
        from = out->ranges[out->count++].end;
    }
    return scan.error == LEE_OK;
}

bool lee_prune_read(const uint8_t *bytes, size_t length, lee_prune *out)
{
    assert((bytes || length == 0) && out);
    memset(out, 0, sizeof(*out));
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    bool has_ranges = false;
    lee_json_scan_init(&scan, (const char *)bytes, length);
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        bool good = true;
        if (lee_json_value_is(&key, "t_us")) {
            good = lee_json_value_fixed(&value, 0, &out->t_us);
        } else if (lee_json_value_is(&key, "before_us")) {
            good = lee_json_value_fixed(&value, 0, &out->before_us);
        } else if (lee_json_value_is(&key, "policy")) {
            good = lee_json_value_text(&value, out->policy, sizeof(out->policy)) &&
                   is_plain(out->policy); /* it is printed */
        } else if (lee_json_value_is(&key, "ranges")) {
            good = !has_ranges && read_ranges(&value, out);
            has_ranges = true;
        }
        if (!good) {
            return false;
        }
    }
    return scan.error == LEE_OK && lee_json_scan_done(&scan) && has_ranges;
}

/* --- bundles ---------------------------------------------------------------------------------- */

lee_error lee__kept_read(lee_disk *disk, uint64_t number, lee_path *path, lee_buffer *out)
{
    lee_path_kept(path, disk->folder, number);
    return lee_disk_read(disk, path, out);
}

bool lee__kept_next(const uint8_t *bytes, size_t length, size_t *at, const uint8_t **entry,
                    size_t *entry_length)
{
    assert(at && *at <= length);
    if (length - *at >= 2 && bytes[*at] == 0 && bytes[*at + 1] == 0) {
        *entry = NULL;
        *entry_length = 0;
        *at += 2;
        return true;
    }
    return lee__bundle_next(bytes, length, at, entry, entry_length);
}

typedef struct {
    lee_disk disk;
    lee_buffer bundle; /* whole, or what is kept of it */
    lee_buffer tile;   /* the hashes of its entries */
    lee_buffer kept;   /* what is made of it */
    bool is_whole;
    const char *reason;
    uint64_t index;
} pruner;

static void pruner_init(pruner *state, const lee_file_system *fs, const char *folder)
{
    memset(state, 0, sizeof(*state));
    lee_disk_init(&state->disk, fs, folder);
    lee_buffer_init(&state->bundle, LEE_BUNDLE_MAX_BYTES);
    lee_buffer_init(&state->tile, LEE_TILE_WIDTH * LEE_DIGEST_BYTES);
    lee_buffer_init(&state->kept, LEE_BUNDLE_MAX_BYTES);
}

static void pruner_free(pruner *state)
{
    lee_buffer_free(&state->bundle);
    lee_buffer_free(&state->tile);
    lee_buffer_free(&state->kept);
}

static lee_error damaged(pruner *state, uint64_t index, const char *reason)
{
    state->reason = reason;
    state->index = index;
    return LEE_ERR_CORRUPT;
}

static lee_error load(pruner *state, uint64_t number)
{
    lee_path path;
    lee_path_tile(&path, state->disk.folder, LEE_TILE_ENTRIES, number, LEE_TILE_WIDTH);
    lee_error error = lee_disk_read(&state->disk, &path, &state->bundle);
    state->is_whole = error != LEE_ERR_NOT_FOUND;
    if (!state->is_whole) {
        error = lee__kept_read(&state->disk, number, &path, &state->bundle);
    }
    if (!error) {
        lee_path_tile(&path, state->disk.folder, 0, number, LEE_TILE_WIDTH);
        error = lee_disk_read(&state->disk, &path, &state->tile);
    }
    if (error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT ||
        (!error && state->tile.length != LEE_TILE_WIDTH * LEE_DIGEST_BYTES)) {
        return damaged(state, number * LEE_TILE_WIDTH, "an entry bundle or its tile is missing");
    }
    return error;
}

/* Place `i` of the bundle loaded; *length is 0 where nothing is kept. Nothing is taken for pruned
 * that was damaged. */
static lee_error next(pruner *state, uint64_t number, uint32_t i, size_t *at, const uint8_t **entry,
                      size_t *length)
{
    const uint64_t index = number * LEE_TILE_WIDTH + i;
    const lee_buffer *const bundle = &state->bundle;
    if (state->is_whole ? !lee__bundle_next(bundle->bytes, bundle->length, at, entry, length)
                        : !lee__kept_next(bundle->bytes, bundle->length, at, entry, length)) {
        return damaged(state, index, "an entry bundle is cut short");
    }
    if (*length > 0) {
        const lee_digest leaf = lee_merkle_leaf(*entry, *length);
        if (memcmp(state->tile.bytes + (size_t)i * LEE_DIGEST_BYTES, leaf.bytes,
                   LEE_DIGEST_BYTES) != 0) {
            return damaged(state, index, "an entry does not have the hash that its tile says");
        }
    }
    return LEE_OK;
}

/* Frames beside the bundles, in blob/, stay: none is so long. */
static bool is_frame(const uint8_t *entry)
{
    return entry[0] == LEE_RECORD_FRAME;
}

static lee_error measure(pruner *state, lee_prune_range *range)
{
    uint64_t count = 0;
    lee_error error = LEE_OK;
    for (uint64_t number = range->first / LEE_TILE_WIDTH;
         !error && number * LEE_TILE_WIDTH < range->end; number++) {
        error = load(state, number);
        size_t at = 0;
        for (uint32_t i = 0; !error && i < LEE_TILE_WIDTH; i++) {
            const uint64_t index = number * LEE_TILE_WIDTH + i;
            const uint8_t *entry = NULL;
            size_t length = 0;
            error = next(state, number, i, &at, &entry, &length);
            count += !error && index >= range->first && index < range->end &&
                     (length == 0 || is_frame(entry));
        }
    }
    if (!error) {
        range->count = count;
    }
    return error;
}

lee_error lee_prune_measure(const lee_file_system *fs, const char *folder, lee_prune_range *range)
{
    assert(fs && folder && range && range->first < range->end);
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    pruner state;
    pruner_init(&state, fs, folder);
    const lee_error error = measure(&state, range);
    pruner_free(&state);
    return error;
}

/* --- replacing -------------------------------------------------------------------------------- */

/* Bundles of which what is kept is written, but not yet durable under its name. */
typedef struct {
    uint64_t numbers[GROUP];
    uint32_t count;
} group;

static lee_error remove_partials(lee_disk *disk, uint64_t number)
{
    lee_path folder;
    lee_disk_names names;
    lee_path_tile(&folder, disk->folder, LEE_TILE_ENTRIES, number, 0);
    lee_error error = lee_disk_list(disk, &folder, &names);
    if (error) {
        return error;
    }
    for (uint32_t i = 0; !error && i < names.count; i++) {
        lee_path path = folder;
        lee_path_add(&path, "/");
        lee_path_add(&path, names.names[i]);
        error = lee_disk_remove(disk, &path);
    }
    if (!error && names.count > 0) {
        error = lee_disk_remove(disk, &folder);
    }
    lee_disk_names_free(&names);
    return error;
}

/* Nothing goes before what stays of it is durable. */
static lee_error remove_whole(pruner *state, group *waiting)
{
    lee_error error = lee_disk_sync_folders(&state->disk);
    for (uint32_t i = 0; !error && i < waiting->count; i++) {
        lee_path path;
        lee_path_tile(&path, state->disk.folder, LEE_TILE_ENTRIES, waiting->numbers[i],
                      LEE_TILE_WIDTH);
        error = lee_disk_remove(&state->disk, &path);
        if (!error) {
            error = remove_partials(&state->disk, waiting->numbers[i]);
        }
        if (!error) {
            error = lee_disk_touch(&state->disk, &path);
        }
    }
    waiting->count = 0;
    return error;
}

/* Writes what is kept of a bundle when a range takes anything of it, or has taken it before and was
 * cut off. */
static lee_error replace(pruner *state, uint64_t number, const lee_prune_range *range,
                         group *waiting, lee_prune_result *out)
{
    lee_error error = load(state, number);
    lee_buffer_reset(&state->kept);
    uint64_t taken = 0;
    size_t at = 0;
    for (uint32_t i = 0; !error && i < LEE_TILE_WIDTH; i++) {
        const uint64_t index = number * LEE_TILE_WIDTH + i;
        const uint8_t *entry = NULL;
        size_t length = 0;
        error = next(state, number, i, &at, &entry, &length);
        if (!error && length > 0 && index >= range->first && index < range->end &&
            is_frame(entry)) {
            taken++;
            length = 0;
        }
        lee_buffer_u8(&state->kept, (uint8_t)(length >> 8));
        lee_buffer_u8(&state->kept, (uint8_t)length);
        lee_buffer_bytes(&state->kept, length ? entry : (const uint8_t *)"", length);
    }
    error = error ? error : state->kept.error;
    if (error || taken == 0) {
        return error;
    }
    lee_path path;
    lee_path_kept(&path, state->disk.folder, number);
    error = lee_disk_make_parents(&state->disk, &path);
    if (!error) {
        error = lee_disk_put(&state->disk, &path, state->kept.bytes, state->kept.length);
    }
    if (!error) {
        out->records += taken;
        out->bytes += state->bundle.length - state->kept.length;
        waiting->numbers[waiting->count++] = number;
    }
    return !error && waiting->count == GROUP ? remove_whole(state, waiting) : error;
}

static lee_error replace_all(pruner *state, const lee_prune *prune, lee_prune_result *out)
{
    group waiting = {.count = 0};
    lee_error error = LEE_OK;
    for (uint32_t r = 0; !error && r < prune->count; r++) {
        const lee_prune_range *const range = &prune->ranges[r];
        for (uint64_t number = range->first / LEE_TILE_WIDTH;
             !error && number * LEE_TILE_WIDTH < range->end; number++) {
            error = replace(state, number, range, &waiting, out);
        }
        /* Two ranges may meet in one bundle: the second begins with what the first left. */
        error = error ? error : remove_whole(state, &waiting);
    }
    return error ? error : lee_disk_sync_folders(&state->disk);
}

/* --- what may be done ------------------------------------------------------------------------- */

/* The PRUNE record, if a signed head covers it. */
static lee_error load_record(pruner *state, const lee_checkpoint *head, uint64_t record,
                             lee_prune *out)
{
    const lee_file_system *const fs = state->disk.fs;
    lee_journal_reader *reader = NULL;
    lee_record found;
    lee_error error = lee_journal_reader_open(fs, state->disk.folder, record, &reader);
    if (!error) {
        error = lee_journal_reader_next(reader, &found);
    }
    if (!error && (found.index != record || found.kind != LEE_RECORD_PRUNE)) {
        error = LEE_ERR_NOT_FOUND;
    }
    if (!error && (!lee_prune_read(found.bytes, found.length, out) ||
                   (out->count > 0 && out->ranges[out->count - 1].end > record))) {
        error = damaged(state, record, "this record of pruning does not follow its format");
    }
    if (!error) {
        size_t length = 0;
        const uint8_t *const entry = lee_journal_reader_entry(reader, &length);
        const lee_digest leaf = lee_merkle_leaf(entry, length);
        lee_merkle_proof proof;
        lee_tiles tiles;
        lee_tiles_init(&tiles, fs, state->disk.folder, head->size);
        error = lee_merkle_prove_inclusion(lee_tiles_source, &tiles, record, head->size, &proof);
        lee_tiles_free(&tiles);
        if (!error && !lee_merkle_check_inclusion(&leaf, record, head->size, &proof, &head->root)) {
            error = damaged(state, record, "this record of pruning is not under the signed head");
        }
    }
    lee_journal_reader_close(reader);
    return error;
}

/* Every range is what the record says, and lies in bundles that are full under the head. */
static lee_error check_ranges(pruner *state, const lee_checkpoint *head, const lee_prune *prune)
{
    lee_error error = LEE_OK;
    const uint64_t full = head->size - head->size % LEE_TILE_WIDTH;
    for (uint32_t i = 0; !error && i < prune->count; i++) {
        lee_prune_range again = prune->ranges[i];
        if (again.end > full) {
            state->reason = "a bundle of it is not full yet";
            state->index = full;
            return LEE_ERR_STATE;
        }
        error = measure(state, &again);
        if (!error && again.count != prune->ranges[i].count) {
            error = damaged(state, again.first, "the frames of a range are not those recorded");
        }
    }
    return error;
}

static lee_error apply(pruner *state, uint64_t record, lee_prune *prune, lee_prune_result *out)
{
    lee_note_verifier key;
    lee_checkpoint head;
    lee_path path;
    lee_path_set(&path, state->disk.folder);
    lee_path_add(&path, "/checkpoint");
    lee_error error = lee__vkey_read(&state->disk, &key);
    if (!error) {
        error = lee__head_read(&state->disk, &path, &key, &head);
    }
    if (!error && record >= head.size) {
        state->reason = "no signed head covers the record of pruning yet";
        state->index = record;
        error = LEE_ERR_STATE;
    }
    if (!error) {
        error = load_record(state, &head, record, prune);
    }
    if (!error) {
        error = check_ranges(state, &head, prune);
    }
    return error ? error : replace_all(state, prune, out);
}

lee_error lee_prune_apply(const lee_file_system *fs, const char *folder, uint64_t record,
                          lee_prune_result *out)
{
    assert(fs && folder && out);
    memset(out, 0, sizeof(*out));
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_prune *const prune = lee_alloc(1, sizeof(*prune));
    if (!prune) {
        return LEE_ERR_NO_MEMORY;
    }
    pruner state;
    pruner_init(&state, fs, folder);
    const lee_error error = apply(&state, record, prune, out);
    out->reason = state.reason;
    out->index = state.index;
    pruner_free(&state);
    lee_free(prune);
    return error;
}
