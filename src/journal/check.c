/* Checks a whole journal: signature, bundles, tiles, root, segments and large records. */
#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "journal/journal_private.h"
#include "journal/witness.h"

/* A signed head that stands beside the checkpoint. */
typedef struct {
    bool there;
    lee_checkpoint head;
    lee_digest root; /* over as many of the records there are */
} kept_head;

/* The entries of a bundle; those that were taken away are empty. */
typedef struct {
    lee_sha256_message entries[LEE_TILE_WIDTH];
    size_t offsets[LEE_TILE_WIDTH];
    size_t end; /* behind the last that could be read */
} bundle_places;

typedef struct {
    lee_disk disk;
    lee_journal_place_sink *sink;
    void *context;
    lee_journal_check_result *out;
    lee_note_verifier verifier;
    lee_seal *tree; /* the tiles as computed from the bundles; only its tile fields are used */
    lee_buffer bundle;
    bundle_places places; /* of the bundle */
    lee_buffer tile;
    uint64_t tile_loaded; /* bundle number whose tile of level 0 is in `tile` */
    kept_head last;       /* the head that the signer kept */
    kept_head attested;   /* the head that others signed too */
    lee_merkle whole;     /* over the entries under the head, then those of the segments */
    lee_pruned *pruned;   /* what is missing, and what may be */
} check;

/* Errors that are about one file's content become a place; the rest end the check. */
static lee_error report(check *state, const lee_path *path, uint64_t offset, uint64_t index,
                        const char *reason)
{
    state->out->damage_count++;
    if (state->sink) {
        lee_journal_place place = {.offset = offset, .index = index, .reason = reason};
        memcpy(place.path, path->text, path->length + 1);
        state->sink(state->context, &place);
    }
    return LEE_OK;
}

static lee_error read_file(check *state, const lee_path *path, lee_buffer *out)
{
    lee_error error = lee_disk_read(&state->disk, path, out);
    state->out->bytes_read += error ? 0 : out->length;
    return error;
}

static void path_below(const check *state, const char *name, lee_path *out)
{
    lee_path_set(out, state->disk.folder);
    lee_path_add(out, name);
}

/* Reads keys/journal.vkey, and when the secret key is here too, that it belongs to it. */
static lee_error check_keys(check *state, bool use)
{
    lee_path path;
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_KEY_TEXT_BYTES + 1);
    path_below(state, "/keys/journal.vkey", &path);
    lee_note_verifier own;
    lee_error error = read_file(state, &path, &text);
    const bool absent = error == LEE_ERR_NOT_FOUND;
    if (!error && (text.length == 0 || text.bytes[text.length - 1] != '\n' ||
                   lee_note_verifier_parse((const char *)text.bytes, text.length - 1, &own))) {
        error = LEE_ERR_LIMIT;
    }
    if (error == LEE_ERR_LIMIT || (absent && use)) {
        error = report(state, &path, 0, UINT64_MAX, "the public key is missing or damaged");
        lee_buffer_free(&text);
        return error;
    }
    if (!error && use) {
        state->verifier = own;
    }
    if (error && !absent) {
        lee_buffer_free(&text);
        return error;
    }
    path_below(state, "/keys/journal.key", &path);
    error = read_file(state, &path, &text);
    if (!error || error == LEE_ERR_LIMIT) {
        lee_note_signer signer;
        const bool good =
            !error && text.length > 0 && text.bytes[text.length - 1] == '\n' &&
            !lee_note_signer_parse((const char *)text.bytes, text.length - 1, &signer);
        if (!good || (!absent && memcmp(signer.verifier.public_key, own.public_key, 32) != 0)) {
            (void)report(state, &path, 0, UINT64_MAX,
                         "the secret key is damaged or not that of the public key");
        }
        if (good) {
            lee_note_signer_clear(&signer);
        }
        error = LEE_OK;
    }
    if (text.bytes) {
        sodium_memzero(text.bytes, text.capacity);
    }
    lee_buffer_free(&text);
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

/* Nothing rests on it, but damage anywhere is damage. */
static lee_error check_secret(check *state)
{
    lee_path path;
    lee_buffer text;
    uint8_t secret[32];
    lee_buffer_init(&text, 256);
    path_below(state, LEE_SECRET_NAME, &path);
    const lee_error error = read_file(state, &path, &text);
    const bool good = !error && lee__secret_parse(&text, secret);
    sodium_memzero(secret, sizeof(secret));
    lee_buffer_free(&text);
    if (error == LEE_ERR_LIMIT || (!error && !good)) {
        return report(state, &path, 0, UINT64_MAX, "the secret of the journal is damaged");
    }
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error check_head(check *state, lee_checkpoint *head, bool *there)
{
    lee_path path;
    path_below(state, "/checkpoint", &path);
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    lee_error error = read_file(state, &path, &text);
    *there = error != LEE_ERR_NOT_FOUND;
    size_t body = 0;
    const char *reason = NULL;
    if (!error) {
        const char *note = (const char *)text.bytes;
        lee_error verified = lee_note_verify(note, text.length, &state->verifier, &body);
        reason = verified == LEE_ERR_MISSING     ? "the checkpoint is not signed by this key"
                 : verified == LEE_ERR_CHECKSUM  ? "the checkpoint's signature is wrong"
                 : verified == LEE_ERR_DUPLICATE ? "the checkpoint is signed twice by one key"
                 : verified                      ? "the checkpoint is not a signed note"
                                                 : NULL;
        /* A wrong signature is told, and the rest is checked against what the head says. */
        if (verified && lee_note_parse(note, text.length, &body) != LEE_OK) {
            body = 0;
        }
        if (lee_checkpoint_parse(note, body, head)) {
            *head = (lee_checkpoint){.size = 0, .root = lee_merkle_empty()};
            reason = reason ? reason : "the checkpoint does not follow its format";
        } else if (!reason && strcmp(head->origin, state->verifier.name) != 0) {
            reason = "the checkpoint is of another log";
        }
    } else if (error == LEE_ERR_LIMIT) {
        reason = "the checkpoint is too long";
    }
    lee_buffer_free(&text);
    if (reason) {
        return report(state, &path, 0, UINT64_MAX, reason);
    }
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error load_kept_head(check *state, const char *name, const char *reason, kept_head *out)
{
    lee_path path;
    path_below(state, name, &path);
    const lee_error error = lee__head_read(&state->disk, &path, &state->verifier, &out->head);
    out->there = !error;
    out->root = lee_merkle_empty();
    if (error == LEE_ERR_CORRUPT) {
        return report(state, &path, 0, UINT64_MAX, reason);
    }
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

/* Read behind the checkpoint, because a signer at work writes it before. */
static lee_error load_last_head(check *state)
{
    return load_kept_head(state, LEE_LAST_HEAD_NAME,
                          "the signer's last head is not one that this key signed", &state->last);
}

/* Read before the checkpoint, because it is made of an older one. */
static lee_error load_attested(check *state)
{
    return load_kept_head(state, LEE_ATTESTED_NAME,
                          "the attested head is not one that this key signed", &state->attested);
}

static void note_heads(check *state)
{
    kept_head *const heads[] = {&state->last, &state->attested};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (state->whole.size == heads[i]->head.size) {
            heads[i]->root = lee_merkle_root(&state->whole);
        }
    }
}

static void take_leaf(check *state, const lee_digest *leaf)
{
    lee_merkle_append(&state->whole, leaf);
    note_heads(state);
}

/* Whether a kept head ends amidst the bundle: else its leaves are taken at once, by the root that
 * the tile above has of them, which saves a hash for each. */
static bool is_amidst(const check *state, uint64_t number)
{
    const uint64_t first = number * LEE_TILE_WIDTH;
    const uint64_t sizes[] = {state->last.head.size, state->attested.head.size};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i] > first && sizes[i] < first + LEE_TILE_WIDTH) {
            return true;
        }
    }
    return false;
}

static lee_error check_kept_head(check *state, const char *name, const kept_head *kept)
{
    if (!kept->there) {
        return LEE_OK;
    }
    lee_path path;
    path_below(state, name, &path);
    if (kept->head.size > state->whole.size) {
        return report(state, &path, 0, state->whole.size,
                      "this signed head has more records than there are: an older copy was "
                      "restored, or records were removed");
    }
    return lee_digest_equal(&kept->head.root, &kept->root)
               ? LEE_OK
               : report(state, &path, 0, UINT64_MAX,
                        "this signed head has another root than the records there are");
}

static lee_error check_kept_heads(check *state)
{
    const lee_error error = check_kept_head(state, LEE_LAST_HEAD_NAME, &state->last);
    state->out->has_attested = state->attested.there;
    state->out->attested = state->attested.head;
    return error ? error : check_kept_head(state, LEE_ATTESTED_NAME, &state->attested);
}

/* The file of a tile or bundle: the partial one, or the full one that replaced it. */
static lee_error read_tile(check *state, uint32_t level, uint64_t index, uint32_t width,
                           lee_path *path, lee_buffer *out)
{
    lee_path_tile(path, state->disk.folder, level, index, width);
    lee_error error = read_file(state, path, out);
    if (error == LEE_ERR_NOT_FOUND && width < LEE_TILE_WIDTH) {
        lee_path full;
        lee_path_tile(&full, state->disk.folder, level, index, LEE_TILE_WIDTH);
        error = read_file(state, &full, out);
        if (!error) {
            *path = full;
        }
    }
    return error;
}

/* Compares a tile with what its bundles or the tiles below it give. */
static lee_error compare_tile(check *state, uint32_t level, uint64_t index, uint32_t width)
{
    lee_path path;
    lee_error error = read_tile(state, level, index, width, &path, &state->tile);
    const uint64_t unit = UINT64_C(1) << (8 * level);
    if (error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT) {
        return report(state, &path, 0, index * LEE_TILE_WIDTH * unit, "a tile is missing");
    }
    if (error) {
        return error;
    }
    state->out->tiles++;
    const bool full = path.text[path.length - 1] != '/' && !strstr(path.text, ".p/");
    const size_t need = (full ? LEE_TILE_WIDTH : width) * LEE_DIGEST_BYTES;
    if (state->tile.length != need) {
        return report(state, &path, state->tile.length, index * LEE_TILE_WIDTH * unit,
                      "a tile has the wrong length");
    }
    for (uint32_t i = 0; i < width; i++) {
        const size_t at = (size_t)i * LEE_DIGEST_BYTES;
        if (memcmp(state->tile.bytes + at, state->tree->tiles[level][i].bytes, LEE_DIGEST_BYTES) !=
            0) {
            error = report(state, &path, at, (index * LEE_TILE_WIDTH + i) * unit,
                           "a hash in a tile is not that of what it stands for");
        }
    }
    return error;
}

/* How long the file of a partial tile of `width` must be, being the beginning of `bytes`. */
static size_t partial_length(uint32_t level, uint64_t width, const uint8_t *bytes, size_t length)
{
    if (level != LEE_TILE_ENTRIES) {
        return (size_t)width * LEE_DIGEST_BYTES;
    }
    size_t at = 0;
    const uint8_t *entry = NULL;
    size_t entry_length = 0;
    for (uint64_t i = 0; i < width; i++) {
        if (!lee__bundle_next(bytes, length, &at, &entry, &entry_length)) {
            return SIZE_MAX;
        }
    }
    return at;
}

/* One file among the partials: a beginning of what is there now. */
static lee_error check_partial(check *state, uint32_t level, const lee_path *path, uint64_t width,
                               uint32_t present_width, const uint8_t *bytes, size_t length)
{
    lee_buffer other;
    lee_buffer_init(&other, LEE_BUNDLE_MAX_BYTES);
    lee_error error = read_file(state, path, &other);
    bool right = !error;
    if (!error && width <= present_width) {
        right = other.length == partial_length(level, width, bytes, length) &&
                memcmp(other.bytes, bytes, other.length) == 0;
    }
    lee_buffer_free(&other);
    if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    return right ? LEE_OK
                 : report(state, path, 0, UINT64_MAX,
                          "a partial tile is not the beginning of the present one");
}

/* Older partial files of the newest tiles must be beginnings of the present ones. Wider ones were
 * written for a head that was never signed; nothing is said of them. */
static lee_error check_partials(check *state, uint32_t level, uint64_t index, uint32_t width,
                                const void *bytes, size_t length)
{
    lee_path folder;
    lee_path_tile(&folder, state->disk.folder, level, index, 0);
    lee_disk_names names;
    lee_error error = lee_disk_list(&state->disk, &folder, &names);
    for (uint32_t i = 0; !error && i < names.count; i++) {
        const char *name = names.names[i];
        const size_t digits = strspn(name, "0123456789");
        if (digits != strlen(name) || digits == 0 || digits > 3) {
            continue; /* a temporary file that a crash left */
        }
        uint64_t other = 0;
        for (size_t k = 0; k < digits; k++) {
            other = other * 10 + (uint64_t)(name[k] - '0');
        }
        lee_path path = folder;
        lee_path_add(&path, "/");
        lee_path_add(&path, name);
        error =
            other == 0 ? LEE_OK : check_partial(state, level, &path, other, width, bytes, length);
    }
    lee_disk_names_free(&names);
    return error;
}

/* A reference to a large record: is the file there, as long as it should be? */
static lee_error check_reference(check *state, const uint8_t *payload, size_t length,
                                 const lee_path *from, uint64_t offset, uint64_t index)
{
    lee_bytes cursor;
    lee_bytes_init(&cursor, payload, length);
    const uint64_t size = lee_bytes_u64_le(&cursor);
    const uint8_t *hash = lee_bytes_take(&cursor, LEE_DIGEST_BYTES);
    if (!hash || lee_bytes_left(&cursor) != 0) {
        return report(state, from, offset, index, "a reference to a large record is malformed");
    }
    lee_digest digest;
    memcpy(digest.bytes, hash, LEE_DIGEST_BYTES);
    lee_path path;
    lee_path_blob(&path, state->disk.folder, &digest);
    const lee_file_system *fs = state->disk.fs;
    lee_file file;
    uint64_t have = 0;
    if (fs->open(fs->context, path.text, LEE_FILE_READ, &file) != 0) {
        return report(state, &path, 0, index, "a large record is missing");
    }
    const int failed = fs->size(fs->context, file, &have);
    fs->close(fs->context, file);
    return failed || have != size
               ? report(state, &path, have, index, "a large record has the wrong length")
               : LEE_OK;
}

static const uint8_t *find_value(void *context, uint32_t field, const char *name, size_t *length)
{
    const lee_buffer *const values = context;
    (void)name;
    return lee_sealed_field(values->bytes, values->length, field, length);
}

/* Values that are sealed apart must be those that the entry commits to, if they are here. */
static lee_error check_sealed(check *state, const uint8_t *payload, size_t length, uint64_t index)
{
    lee_path path;
    lee_buffer values;
    lee_buffer record;
    uint32_t withheld = 0;
    lee_path_sealed(&path, state->disk.folder, index);
    lee_buffer_init(&values, LEE_ENTRY_MAX_BYTES);
    lee_buffer_init(&record, 2 * LEE_ENTRY_MAX_BYTES);
    lee_error error = read_file(state, &path, &values);
    const bool absent = error == LEE_ERR_NOT_FOUND;
    if (absent || error == LEE_ERR_LIMIT) {
        error = absent ? LEE_OK : LEE_ERR_CORRUPT;
    }
    if (!error) {
        error = lee_sealed_open(payload, length, find_value, &values, &record, &withheld);
    }
    lee_buffer_free(&values);
    lee_buffer_free(&record);
    state->out->sealed++;
    state->out->withheld += absent;
    if (error == LEE_ERR_CORRUPT || (!error && !absent && withheld > 0)) {
        return report(state, &path, 0, index,
                      "values sealed apart are not those that the record commits to");
    }
    return error;
}

/* What an entry names beside itself. */
static lee_error check_beside(check *state, const uint8_t *entry, size_t length,
                              const lee_path *from, uint64_t offset, uint64_t index)
{
    if (entry[0] & LEE_ENTRY_BLOB) {
        return check_reference(state, entry + 1, length - 1, from, offset, index);
    }
    return entry[0] & LEE_ENTRY_SEALED ? check_sealed(state, entry + 1, length - 1, index) : LEE_OK;
}

/* Whole, or what is kept of it. */
static lee_error read_bundle(check *state, uint64_t number, uint32_t width, lee_path *path,
                             bool *is_kept)
{
    *is_kept = false;
    lee_error error = read_tile(state, LEE_TILE_ENTRIES, number, width, path, &state->bundle);
    if (error == LEE_ERR_NOT_FOUND && width == LEE_TILE_WIDTH) {
        lee_path kept;
        error = lee__kept_read(&state->disk, number, &kept, &state->bundle);
        if (!error) {
            *is_kept = true;
            *path = kept;
            state->out->bytes_read += state->bundle.length;
            error = lee__pruned_bundle(state->pruned, number);
        }
    }
    return error;
}

/* Of an entry that was taken away its tile has the hash; whether that is right, the root says. */
static lee_error take_gap(check *state, uint64_t number, uint32_t i)
{
    if (state->tile_loaded != number) {
        lee_path path;
        const lee_error error = read_tile(state, 0, number, LEE_TILE_WIDTH, &path, &state->tile);
        if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
            return error;
        }
        state->tile.length = error ? 0 : state->tile.length;
        state->tile_loaded = number;
    }
    const size_t at = (size_t)i * LEE_DIGEST_BYTES;
    if (at + LEE_DIGEST_BYTES <= state->tile.length) {
        memcpy(state->tree->tiles[0][i].bytes, state->tile.bytes + at, LEE_DIGEST_BYTES);
    }
    return LEE_OK;
}

static lee_error check_entry(check *state, const uint8_t *entry, size_t length,
                             const lee_path *path, uint64_t offset, uint64_t index)
{
    if (entry[0] == LEE_RECORD_PRUNE) {
        const char *reason = NULL;
        const lee_error error =
            lee__pruned_record(state->pruned, index, entry + 1, length - 1, state->out, &reason);
        if (reason) {
            return report(state, path, offset, index, reason);
        }
        if (error) {
            return error;
        }
    }
    return check_beside(state, entry, length, path, offset, index);
}

/* The places of a bundle, and the leaves of those that are here. How many could be read. */
static uint32_t read_places(check *state, bool is_kept, uint32_t width)
{
    bundle_places *const places = &state->places;
    lee_sha256_message entries[LEE_TILE_WIDTH];
    lee_digest leaves[LEE_TILE_WIDTH];
    size_t here = 0;
    uint32_t count = 0;
    places->end = 0;
    while (count < width) {
        lee_sha256_message *const entry = &places->entries[count];
        const lee_buffer *const bundle = &state->bundle;
        places->offsets[count] = places->end;
        if (is_kept ? !lee__kept_next(bundle->bytes, bundle->length, &places->end, &entry->bytes,
                                      &entry->length)
                    : !lee__bundle_next(bundle->bytes, bundle->length, &places->end, &entry->bytes,
                                        &entry->length)) {
            break;
        }
        count++;
        if (entry->length > 0) {
            entries[here++] = *entry;
        }
    }
    lee_merkle_leaves(entries, here, leaves);
    for (uint32_t i = count; i-- > 0;) {
        if (places->entries[i].length > 0) {
            state->tree->tiles[0][i] = leaves[--here];
        }
    }
    return count;
}

static lee_error check_bundle(check *state, uint64_t number, uint32_t width)
{
    lee_path path;
    bool is_kept = false;
    lee_error error = read_bundle(state, number, width, &path, &is_kept);
    const uint64_t first = number * LEE_TILE_WIDTH;
    memset(state->tree->tiles[0], 0, sizeof(state->tree->tiles[0]));
    state->tree->tile_count[0] = width;
    if (error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT) {
        return report(state, &path, 0, first, "an entry bundle is missing or too long");
    }
    if (error) {
        return error;
    }
    state->out->bundles++;
    const bool one_by_one = width < LEE_TILE_WIDTH || is_amidst(state, number);
    const bundle_places *const places = &state->places;
    const uint32_t count = read_places(state, is_kept, width);
    for (uint32_t i = 0; !error && i < count; i++) {
        const lee_sha256_message *const entry = &places->entries[i];
        if (entry->length == 0) {
            error = take_gap(state, number, i);
        }
        if (one_by_one) {
            take_leaf(state, &state->tree->tiles[0][i]);
        }
        if (!error && entry->length > 0) {
            error = check_entry(state, entry->bytes, entry->length, &path, places->offsets[i],
                                first + i);
        }
    }
    if (!error && count < width) {
        return report(state, &path, places->offsets[count], first + count,
                      "an entry bundle is cut short");
    }
    const bool full = !strstr(path.text, ".p/");
    if (!error && places->end != state->bundle.length && (!full || width == LEE_TILE_WIDTH)) {
        error = report(state, &path, places->end, first + width,
                       "an entry bundle goes on behind its end");
    }
    if (!error && width < LEE_TILE_WIDTH) {
        error = check_partials(state, LEE_TILE_ENTRIES, number, width, state->bundle.bytes,
                               places->end);
    }
    return error;
}

/* Full tiles are compared and folded into the level above. */
static lee_error lift_tiles(check *state)
{
    lee_seal *tree = state->tree;
    for (uint32_t level = 0; level + 1 < LEE_TILE_LEVELS; level++) {
        if (tree->tile_count[level] < LEE_TILE_WIDTH) {
            break;
        }
        lee_error error = compare_tile(state, level, tree->tile_index[level], LEE_TILE_WIDTH);
        if (error) {
            return error;
        }
        lee_digest work[LEE_TILE_WIDTH];
        memcpy(work, tree->tiles[level], sizeof(work));
        const lee_digest root = lee_merkle_fold(work, LEE_TILE_WIDTH);
        if (level == 0 && state->whole.size == tree->tile_index[0] * LEE_TILE_WIDTH) {
            lee_merkle_append_subtree(&state->whole, 8, &root);
            note_heads(state);
        }
        tree->tiles[level + 1][tree->tile_count[level + 1]++] = root;
        tree->tile_count[level] = 0;
        tree->tile_index[level]++;
    }
    return LEE_OK;
}

static lee_error check_tree(check *state, const lee_checkpoint *head)
{
    lee_error error = LEE_OK;
    for (uint64_t done = 0; !error && done < head->size;) {
        const uint64_t left = head->size - done;
        const uint32_t width = left < LEE_TILE_WIDTH ? (uint32_t)left : LEE_TILE_WIDTH;
        /* A forged size must not keep us busy: nothing there and a long way to go is the end. */
        const uint64_t bundles = state->out->bundles;
        error = check_bundle(state, done / LEE_TILE_WIDTH, width);
        if (!error && state->out->bundles == bundles && state->out->damage_count > 1000) {
            return error;
        }
        error = error ? error : lift_tiles(state);
        done += width;
    }
    for (uint32_t level = 0; !error && level < LEE_TILE_LEVELS; level++) {
        const uint32_t width = state->tree->tile_count[level];
        if (width > 0) {
            error = compare_tile(state, level, state->tree->tile_index[level], width);
        }
        if (!error && width > 0) {
            error = check_partials(state, level, state->tree->tile_index[level], width,
                                   state->tree->tiles[level], (size_t)width * LEE_DIGEST_BYTES);
        }
    }
    if (error) {
        return error;
    }
    state->out->root = lee__seal_root(state->tree);
    if (!lee_digest_equal(&state->out->root, &head->root)) {
        lee_path path;
        path_below(state, "/checkpoint", &path);
        return report(state, &path, 0, UINT64_MAX,
                      "the root computed from the entries is not the one signed");
    }
    return LEE_OK;
}

static void report_missing(void *context, const lee_path *path, uint64_t index, const char *reason)
{
    (void)report(context, path, 0, index, reason);
}

/* A record of a segment that is in a bundle too: is it the same? */
static lee_error compare_entry(check *state, const lee_wal_scan *scan, const lee_wal_entry *entry)
{
    const uint64_t number = entry->index / LEE_TILE_WIDTH;
    if (state->tile_loaded != number) {
        const uint64_t left = state->out->size - number * LEE_TILE_WIDTH;
        lee_path path;
        lee_error error =
            read_tile(state, 0, number, left < LEE_TILE_WIDTH ? (uint32_t)left : LEE_TILE_WIDTH,
                      &path, &state->tile);
        if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
            return error;
        }
        state->tile.length = error ? 0 : state->tile.length;
        state->tile_loaded = number;
    }
    const size_t at = (size_t)(entry->index % LEE_TILE_WIDTH) * LEE_DIGEST_BYTES;
    const lee_digest leaf = lee_merkle_leaf(entry->entry, entry->length);
    if (at + LEE_DIGEST_BYTES <= state->tile.length &&
        memcmp(state->tile.bytes + at, leaf.bytes, LEE_DIGEST_BYTES) != 0) {
        return report(state, &scan->path, entry->offset, entry->index,
                      "a record in the segment is not the one under the checkpoint");
    }
    return LEE_OK;
}

static lee_error check_segment(check *state, uint64_t first, uint64_t end, uint64_t *next)
{
    lee_path path;
    lee_path_segment(&path, state->disk.folder, first);
    lee_wal_scan scan;
    lee_error error = lee_wal_scan_open(&scan, state->disk.fs, &path, first, NULL);
    if (!error && scan.header_damage) {
        error = report(state, &path, 0, first, "a copy of the segment's header does not verify");
    }
    bool going = !error;
    if (error == LEE_ERR_CORRUPT) {
        error = report(state, &path, 0, first, scan.reason);
        scan.index = end;
    }
    while (!error && going && scan.index < end) {
        lee_wal_entry entry;
        error = lee_wal_scan_next(&scan, &entry);
        if (!error && entry.index == state->whole.size) {
            const lee_digest leaf = lee_merkle_leaf(entry.entry, entry.length);
            take_leaf(state, &leaf);
        }
        if (!error && entry.index < state->out->size) {
            error = compare_entry(state, &scan, &entry);
        } else if (!error) {
            error =
                check_beside(state, entry.entry, entry.length, &path, entry.offset, entry.index);
        } else if (error == LEE_ERR_CORRUPT) {
            error = report(state, &path, scan.offset, scan.index, scan.reason);
            going = lee_wal_scan_resume(&scan);
        }
    }
    state->out->bytes_read += scan.offset;
    *next = scan.index;
    lee_wal_scan_close(&scan);
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error check_segments(check *state, uint32_t *out_count)
{
    uint64_t *firsts = NULL;
    uint32_t count = 0;
    lee_error error = lee_wal_list(&state->disk, &firsts, &count);
    uint64_t next = state->out->size;
    for (uint32_t i = 0; !error && i < count; i++) {
        const bool last = i + 1 == count;
        const uint64_t end = last ? UINT64_MAX : firsts[i + 1];
        lee_path path;
        lee_path_segment(&path, state->disk.folder, firsts[i]);
        if (firsts[i] > next) {
            error = report(state, &path, 0, next, "records before this segment are missing");
        }
        uint64_t reached = firsts[i];
        if (!error) {
            error = check_segment(state, firsts[i], end, &reached);
        }
        /* Of segments that bundles have replaced, a crash may bring back any. */
        if (!error && !last && reached < end && end > state->out->size) {
            error = report(state, &path, 0, reached, "a segment ends before the next one begins");
        }
        next = reached > next ? reached : next;
        state->out->segments++;
    }
    state->out->unsealed = next - state->out->size;
    *out_count = count;
    lee_free(firsts);
    return error;
}

static lee_error check_blobs(check *state)
{
    lee_path folder;
    path_below(state, "/blob", &folder);
    lee_disk_names names;
    lee_error error = lee_disk_list(&state->disk, &folder, &names);
    if (error) {
        return error;
    }
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_JOURNAL_RECORD_MAX_BYTES);
    for (uint32_t i = 0; !error && i < names.count; i++) {
        if (strlen(names.names[i]) != 2 * LEE_DIGEST_BYTES) {
            continue; /* a temporary file that a crash left */
        }
        lee_path path = folder;
        lee_path_add(&path, "/");
        lee_path_add(&path, names.names[i]);
        error = read_file(state, &path, &bytes);
        if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
            break;
        }
        lee_path hex;
        lee_path_set(&hex, "");
        const lee_digest digest =
            error ? lee_merkle_empty()
                  : lee_digest_of(bytes.length ? bytes.bytes : (const uint8_t *)"", bytes.length);
        lee_path_add_hex(&hex, digest.bytes, LEE_DIGEST_BYTES);
        const bool right = !error && strcmp(hex.text, names.names[i]) == 0;
        error = right ? LEE_OK
                      : report(state, &path, 0, UINT64_MAX,
                               "a large record does not have the hash that names it");
        state->out->blobs++;
    }
    lee_buffer_free(&bytes);
    lee_disk_names_free(&names);
    return error;
}

/* A journal begins with a signed head over nothing: tiles without any were robbed of it. */
static lee_error check_headless(check *state)
{
    lee_path path;
    path_below(state, "/tile/entries", &path);
    lee_disk_names names;
    lee_error error = lee_disk_list(&state->disk, &path, &names);
    if (!error && names.count > 0) {
        path_below(state, "/checkpoint", &path);
        error = report(state, &path, 0, UINT64_MAX,
                       "there are tiles but no checkpoint, so that nothing is signed for");
    }
    lee_disk_names_free(&names);
    return error;
}

static lee_error run(check *state, const lee_note_verifier *verifier)
{
    lee_checkpoint head = {.size = 0, .root = lee_merkle_empty()};
    bool there = false;
    if (verifier) {
        state->verifier = *verifier;
    }
    lee_merkle_init(&state->whole);
    lee_error error = check_keys(state, verifier == NULL);
    if (!error) {
        error = check_secret(state);
    }
    if (!error) {
        error = load_attested(state);
    }
    if (!error) {
        error = check_head(state, &head, &there);
    }
    if (!error && !there) {
        error = check_headless(state);
    }
    if (!error) {
        error = load_last_head(state);
    }
    memcpy(state->out->origin, state->verifier.name, sizeof(state->out->origin));
    memcpy(state->out->key_id, state->verifier.id, sizeof(state->out->key_id));
    state->out->size = head.size;
    if (!error) {
        error = check_tree(state, &head);
    }
    if (!error) {
        error = lee__pruned_check(state->pruned, &state->disk, head.size, report_missing, state,
                                  state->out);
    }
    uint32_t segments = 0;
    if (!error) {
        error = check_segments(state, &segments);
    }
    if (!error && !there && segments == 0) {
        return LEE_ERR_NOT_FOUND;
    }
    if (!error) {
        error = check_kept_heads(state);
    }
    return error ? error : check_blobs(state);
}

lee_error lee_journal_check(const lee_file_system *fs, const char *folder,
                            const lee_note_verifier *verifier, lee_journal_place_sink *sink,
                            void *context, lee_journal_check_result *out)
{
    assert(fs && folder && out);
    memset(out, 0, sizeof(*out));
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    check *state = lee_alloc(1, sizeof(*state));
    lee_seal *tree = lee_alloc(1, sizeof(*tree));
    lee_pruned *pruned = lee__pruned_create();
    if (!state || !tree || !pruned) {
        lee_free(state);
        lee_free(tree);
        lee__pruned_free(pruned);
        return LEE_ERR_NO_MEMORY;
    }
    state->pruned = pruned;
    lee_disk_init(&state->disk, fs, folder);
    state->sink = sink;
    state->context = context;
    state->out = out;
    state->tree = tree;
    state->tile_loaded = UINT64_MAX;
    lee_buffer_init(&state->bundle, LEE_BUNDLE_MAX_BYTES);
    lee_buffer_init(&state->tile, LEE_TILE_WIDTH * LEE_DIGEST_BYTES);
    lee_error error = run(state, verifier);
    lee_buffer_free(&state->bundle);
    lee_buffer_free(&state->tile);
    lee_free(tree);
    lee__pruned_free(pruned);
    lee_free(state);
    return error ? error : out->damage_count ? LEE_ERR_CORRUPT : LEE_OK;
}
