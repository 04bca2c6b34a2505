/* Opening a journal: key, signed head, tiles, and the records behind them.
 *
 * Nothing that does not verify is cut or removed. Records that were whole on the disk but perhaps
 * never synced are written again into a new segment, because a sync that failed before the crash
 * leaves pages that read well and are not on the disk (fsync failure study, ATC 2020). */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/alloc.h"
#include "journal/journal_private.h"
#include "journal/tiles.h"

#define TORN_MAX_BYTES (256u * 1024u * 1024u)

/* What is known while the segments are read. */
typedef struct {
    lee_journal *journal;
    lee_journal_recovery *found;
    uint64_t next;       /* index of the next record wanted */
    uint64_t proven;     /* records below were durable */
    bool torn;           /* the last segment ends in bytes that do not verify */
    uint64_t torn_first; /* that segment */
    uint64_t torn_offset;
    lee_checkpoint last; /* the head signed last, as the signer kept it */
    lee_error last_error;
    lee_digest last_root; /* of the records there are, over as many as that head has */
} recovery;

static void note_damage(recovery *state, const lee_wal_scan *scan)
{
    lee_journal_recovery *found = state->found;
    if (found->damage_count++ == 0) {
        memcpy(found->place.path, scan->path.text, scan->path.length + 1);
        found->place.offset = scan->offset;
        found->place.index = scan->index;
        found->place.reason = scan->reason;
    }
}

static void key_path(const lee_journal *journal, const char *name, lee_path *out)
{
    lee_path_set(out, journal->disk.folder);
    lee_path_add(out, name);
}

/* Hex digits of 32 bytes and of the first 4 of their SHA-256, and a line end. */
#define SECRET_TEXT_BYTES 73u

static void format_secret(const uint8_t secret[32], char out[SECRET_TEXT_BYTES])
{
    const lee_digest digest = lee_digest_of(secret, 32);
    char text[SECRET_TEXT_BYTES];
    sodium_bin2hex(text, sizeof(text), secret, 32);
    sodium_bin2hex(text + 64, sizeof(text) - 64, digest.bytes, 4);
    memcpy(out, text, SECRET_TEXT_BYTES - 1);
    out[SECRET_TEXT_BYTES - 1] = '\n';
    sodium_memzero(text, sizeof(text));
}

bool lee__secret_parse(const lee_buffer *text, uint8_t out[32])
{
    size_t length = 0;
    char again[SECRET_TEXT_BYTES];
    if (text->length != SECRET_TEXT_BYTES ||
        sodium_hex2bin(out, 32, (const char *)text->bytes, 64, NULL, &length, NULL) != 0 ||
        length != 32) {
        return false;
    }
    format_secret(out, again);
    const bool same = memcmp(again, text->bytes, SECRET_TEXT_BYTES) == 0;
    sodium_memzero(again, sizeof(again));
    return same;
}

/* What journals of one key have each for itself: the origin goes in, for an epoch begins with the
 * key of the journal before it. */
static lee_error make_secret(lee_journal *journal)
{
    static const char domain[] = "leeward journal secret";
    const char *const origin = journal->options.origin ? journal->options.origin : "";
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, journal->options.seed, 32);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)domain, sizeof(domain));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)origin, strlen(origin));
    crypto_auth_hmacsha256_final(&state, journal->secret);
    sodium_memzero(&state, sizeof(state));
    char text[SECRET_TEXT_BYTES];
    format_secret(journal->secret, text);
    lee_path path;
    key_path(journal, LEE_SECRET_NAME, &path);
    lee_error error = lee_disk_make_parents(&journal->disk, &path);
    if (!error) {
        error = lee_disk_put(&journal->disk, &path, text, SECRET_TEXT_BYTES);
    }
    sodium_memzero(text, sizeof(text));
    return error ? error : lee_disk_sync_folders(&journal->disk);
}

/* Losing it loses nothing: salts stand in the segments too, and snapshots are made again. So one
 * that is damaged, or that journals of before do not have, is made anew. */
static lee_error load_secret(lee_journal *journal, lee_journal_recovery *found)
{
    lee_path path;
    key_path(journal, LEE_SECRET_NAME, &path);
    lee_buffer text;
    lee_buffer_init(&text, SECRET_TEXT_BYTES);
    lee_error error = lee_disk_read(&journal->disk, &path, &text);
    const bool good = !error && lee__secret_parse(&text, journal->secret);
    if (text.bytes) {
        sodium_memzero(text.bytes, text.capacity);
    }
    lee_buffer_free(&text);
    if (good || error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (!journal->options.seed) {
        lee__say(found->message, path.text);
        lee__say(found->message, ": is missing or damaged, and there is no randomness for another");
        return LEE_ERR_MISSING;
    }
    return make_secret(journal);
}

/* Is there anything that only a journal with a key can have left? */
static lee_error has_records(lee_journal *journal, bool *out)
{
    lee_path path;
    key_path(journal, "/checkpoint", &path);
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    lee_error error = lee_disk_read(&journal->disk, &path, &text);
    lee_buffer_free(&text);
    if (error != LEE_ERR_NOT_FOUND) {
        *out = true;
        return error == LEE_ERR_LIMIT ? LEE_OK : error;
    }
    uint64_t *firsts = NULL;
    uint32_t count = 0;
    error = lee_wal_list(&journal->disk, &firsts, &count);
    if (!error) {
        *out = count > 0;
        lee_free(firsts);
    }
    return error;
}

/* The signer does not answer: the watch must go on, and for that the public key is enough. */
static lee_error load_public_key(lee_journal *journal, lee_journal_recovery *found)
{
    const lee_error error = lee__vkey_read(&journal->disk, &journal->verifier);
    if (error && error != LEE_ERR_IO && error != LEE_ERR_NO_MEMORY) {
        lee__say(found->message, journal->signer_message);
        lee__say(found->message, ", and the public key keys/journal.vkey is not there or damaged. "
                                 "The journal is not open.");
        return LEE_ERR_IO;
    }
    return error;
}

/* A signer in this folder has put its public key here before; one elsewhere has not, and who
 * verifies looks for it here. One that is damaged is told by `verify`. */
static lee_error keep_public_key(lee_journal *journal, lee_journal_recovery *found)
{
    lee_note_verifier kept;
    lee_path path;
    key_path(journal, "/keys/journal.vkey", &path);
    lee_error error = lee__vkey_read(&journal->disk, &kept);
    if (!error && (strcmp(kept.name, journal->verifier.name) != 0 ||
                   memcmp(kept.public_key, journal->verifier.public_key, 32) != 0)) {
        lee__say(found->message, path.text);
        lee__say(found->message, ": is not the key of the process that signs. The journal is not "
                                 "open; give it the signer that it began with.");
        return LEE_ERR_CORRUPT;
    }
    if (error != LEE_ERR_NOT_FOUND) {
        return error == LEE_ERR_CORRUPT ? LEE_OK : error;
    }
    char text[LEE_NOTE_KEY_TEXT_BYTES + 1];
    const size_t length = lee_note_verifier_format(&journal->verifier, text);
    text[length] = '\n';
    error = lee_disk_make_parents(&journal->disk, &path);
    if (!error) {
        error = lee_disk_put(&journal->disk, &path, text, length + 1);
    }
    return error ? error : lee_disk_sync_folders(&journal->disk);
}

/* There is no key: makes one, if there is nothing that one has signed for. */
static lee_error begin_journal(lee_journal *journal, lee_journal_recovery *found)
{
    bool records = false;
    lee_error error = has_records(journal, &records);
    if (error) {
        return error;
    }
    if (records || !journal->options.seed) {
        lee__say(found->message, journal->disk.folder);
        lee__say(found->message,
                 records ? ": the key keys/journal.key is missing. Restore it from its backup, or "
                           "begin a new journal elsewhere; the old one can still be verified."
                         : ": there is no journal here.");
        return LEE_ERR_MISSING;
    }
    found->created = true;
    /* The key last: it is what makes the journal exist. */
    error = load_secret(journal, found);
    if (!error) {
        error = lee__sign_open(journal, true);
    }
    return error ? error : keep_public_key(journal, found);
}

static lee_error load_key(lee_journal *journal, lee_journal_recovery *found)
{
    lee_error error = lee__sign_open(journal, false);
    if (error == LEE_ERR_NOT_FOUND) {
        return begin_journal(journal, found);
    }
    if (!error) {
        error = keep_public_key(journal, found);
    } else if (error == LEE_ERR_DENIED) {
        error = load_public_key(journal, found);
    }
    if (error == LEE_ERR_CORRUPT && found->message[0] == '\0') {
        lee__say(found->message, journal->disk.folder);
        lee__say(found->message, "/keys/journal.key: not a key of this program, or damaged. "
                                 "Restore it from its backup, or begin a new journal elsewhere.");
    }
    return error ? error : load_secret(journal, found);
}

static lee_error load_head(lee_journal *journal, lee_journal_recovery *found)
{
    lee_path path;
    key_path(journal, "/checkpoint", &path);
    lee_checkpoint head;
    const lee_error error = lee__head_read(&journal->disk, &path, &journal->verifier, &head);
    if (error == LEE_ERR_NOT_FOUND) {
        return LEE_OK;
    }
    if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (error) {
        memcpy(found->place.path, path.text, path.length + 1);
        found->place.index = UINT64_MAX;
        found->place.reason = "the checkpoint is not one that this journal's key signed";
        return LEE_ERR_CORRUPT;
    }
    return lee__seal_load(journal, &head, &found->place);
}

/* One damaged place in a segment. *go_on: later records can still be read. */
static lee_error judge_damage(recovery *state, lee_wal_scan *scan, uint64_t end, bool *go_on)
{
    *go_on = false;
    const uint64_t sealed = state->journal->seal.checkpoint_size;
    if (scan->index < sealed) {
        /* The bundles have it; what follows may be needed. */
        note_damage(state, scan);
        *go_on = lee_wal_scan_resume(scan);
        return LEE_OK;
    }
    const uint64_t at = scan->offset;
    if (end != UINT64_MAX || lee_wal_scan_proves(scan, scan->index)) {
        note_damage(state, scan);
        return LEE_ERR_CORRUPT;
    }
    state->torn = true;
    state->torn_first = scan->first;
    state->torn_offset = at;
    memcpy(state->found->place.path, scan->path.text, scan->path.length + 1);
    state->found->place.offset = at;
    state->found->place.index = scan->index;
    state->found->place.reason = scan->reason;
    return LEE_OK;
}

/* Reads a segment whose records count up to `end`, where the next segment begins. */
static lee_error read_segment(recovery *state, uint64_t first, uint64_t end)
{
    lee_journal *journal = state->journal;
    lee_path path;
    uint8_t salt[8];
    lee__segment_salt(journal, first, salt);
    lee_path_segment(&path, journal->disk.folder, first);
    lee_wal_scan scan;
    lee_error error = lee_wal_scan_open(&scan, journal->disk.fs, &path, first, salt);
    if (!error && scan.header_damage) {
        scan.reason = "a copy of the segment's header does not verify";
        note_damage(state, &scan);
    }
    while (!error && scan.index < end) {
        lee_wal_entry entry;
        error = lee_wal_scan_next(&scan, &entry);
        if (!error && entry.index >= state->next) {
            if (entry.index > state->next) {
                error = LEE_ERR_CORRUPT;
                break;
            }
            const lee_digest leaf = lee_merkle_leaf(entry.entry, entry.length);
            lee_merkle_append(&journal->tree, &leaf);
            state->next++;
            if (state->next == journal->options.root_size) {
                state->found->root = lee_merkle_root(&journal->tree);
                state->found->has_root = true;
            }
            if (state->next == state->last.size) {
                state->last_root = lee_merkle_root(&journal->tree);
            }
        }
        if (error == LEE_ERR_CORRUPT) {
            bool go_on = false;
            error = judge_damage(state, &scan, end, &go_on);
            if (!error && !go_on) {
                break;
            }
        }
    }
    if (scan.durable > state->proven) {
        state->proven = scan.durable;
    }
    if (error == LEE_ERR_IO) {
        (void)lee_disk_fail(&journal->disk, "read", path.text, scan.io_error);
    } else if (error == LEE_ERR_CORRUPT && state->found->damage_count == 0) {
        note_damage(state, &scan);
    }
    lee_wal_scan_close(&scan);
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error missing_records(recovery *state, uint64_t index, uint64_t first)
{
    lee_path path;
    lee_path_segment(&path, state->journal->disk.folder, first);
    memcpy(state->found->place.path, path.text, path.length + 1);
    state->found->place.offset = 0;
    state->found->place.index = index;
    state->found->place.reason = "records before this segment are missing";
    state->found->damage_count++;
    return LEE_ERR_CORRUPT;
}

static lee_error read_segments(recovery *state)
{
    lee_journal *journal = state->journal;
    uint64_t *firsts = NULL;
    uint32_t count = 0;
    lee_error error = lee_wal_list(&journal->disk, &firsts, &count);
    for (uint32_t i = 0; !error && i < count; i++) {
        const bool last = i + 1 == count;
        const uint64_t end = last ? UINT64_MAX : firsts[i + 1];
        error = lee__segment_push(journal, firsts[i]);
        if (error || end <= journal->seal.checkpoint_size) {
            continue; /* bundles hold all of it */
        }
        if (firsts[i] > state->next) {
            error = missing_records(state, state->next, firsts[i]);
            break;
        }
        /* A segment is begun when everything before it is durable. */
        state->proven = firsts[i] > state->proven ? firsts[i] : state->proven;
        error = read_segment(state, firsts[i], end);
        if (!error && !last && state->next < end) {
            error = missing_records(state, state->next, end);
        }
    }
    lee_free(firsts);
    return error;
}

/* Copies the bytes that did not verify to wal/<first>.<offset>.torn, so that they are there for
 * whoever wants to know whether a power cut or a bad disk made them. */
static lee_error keep_torn(recovery *state)
{
    lee_journal *journal = state->journal;
    lee_path path;
    lee_path_segment(&path, journal->disk.folder, state->torn_first);
    lee_buffer bytes;
    lee_buffer_init(&bytes, TORN_MAX_BYTES);
    lee_error error = lee_disk_read(&journal->disk, &path, &bytes);
    if (!error && bytes.length > state->torn_offset) {
        state->found->torn_bytes = bytes.length - state->torn_offset;
        lee_path_add(&path, ".");
        lee_path_add_number(&path, state->torn_offset, 1);
        lee_path_add(&path, ".torn");
        error = lee_disk_put(&journal->disk, &path, bytes.bytes + state->torn_offset,
                             (size_t)state->found->torn_bytes);
        state->found->torn_kept = !error;
    }
    lee_buffer_free(&bytes);
    return error;
}

/* Puts the records from `from` on again into the writer's segment. */
static lee_error copy_records(lee_journal *journal, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; i < journal->segment_count; i++) {
        const uint64_t end = i + 1 < journal->segment_count ? journal->segments[i + 1] : UINT64_MAX;
        if (end <= from) {
            continue;
        }
        lee_path path;
        uint8_t salt[8];
        lee__segment_salt(journal, journal->segments[i], salt);
        lee_path_segment(&path, journal->disk.folder, journal->segments[i]);
        lee_wal_scan scan;
        lee_error error =
            lee_wal_scan_open(&scan, journal->disk.fs, &path, journal->segments[i], salt);
        while (!error && scan.index < end && scan.index < to) {
            lee_wal_entry entry;
            error = lee_wal_scan_next(&scan, &entry);
            if (!error && entry.index >= from) {
                error = lee__put_entry(journal, entry.entry[0], entry.entry + 1, entry.length - 1);
            } else if (error == LEE_ERR_CORRUPT && scan.index < from) {
                error = lee_wal_scan_resume(&scan) ? LEE_OK : LEE_ERR_CORRUPT;
            }
        }
        if (error == LEE_ERR_IO && scan.io_error) {
            (void)lee_disk_fail(&journal->disk, "read", path.text, scan.io_error);
        }
        lee_wal_scan_close(&scan);
        if (error && error != LEE_ERR_NOT_FOUND) {
            return error;
        }
    }
    return journal->count == to ? lee__flush(journal) : LEE_ERR_CORRUPT;
}

/* Begins the segment of this session with the records that are not proven to be durable. */
static lee_error begin_segment(recovery *state)
{
    lee_journal *journal = state->journal;
    const uint64_t count = state->next;
    assert(state->proven <= count);
    uint8_t salt[8];
    lee__segment_salt(journal, state->proven, salt);
    lee_error error = lee_wal_create(&journal->disk, state->proven, salt, &journal->writer);
    if (error) {
        return error;
    }
    const lee_merkle whole = journal->tree; /* already over all of them */
    journal->count = state->proven;
    journal->durable = state->proven;
    if (count > state->proven) {
        error = copy_records(journal, state->proven, count);
    }
    journal->tree = whole;
    if (!error) {
        error = lee_wal_publish(&journal->disk, &journal->writer);
    }
    if (error) {
        return error;
    }
    /* Every segment begins at a record that was proven then, so none begins later. */
    assert(!journal->segment_count ||
           journal->segments[journal->segment_count - 1] <= state->proven);
    journal->count = count;
    journal->durable = count;
    journal->durable_tree = whole;
    journal->pending_bytes = 0;
    return lee__segment_push(journal, state->proven);
}

static void describe(const lee_journal *journal, lee_journal_recovery *found, lee_error error)
{
    if (!found->damage_count && !found->torn_bytes && !found->place.reason) {
        return;
    }
    lee__say(found->message, found->place.path);
    lee__say(found->message, ", byte ");
    lee__say_number(found->message, found->place.offset);
    if (found->place.index != UINT64_MAX) {
        lee__say(found->message, ", record ");
        lee__say_number(found->message, found->place.index);
    }
    lee__say(found->message, ": ");
    lee__say(found->message, found->place.reason);
    if (error) {
        lee__say(found->message, ". Acknowledged records cannot be read, so the journal is not "
                                 "opened and nothing was changed. Copy the folder for 'leeward "
                                 "verify', restore it from a copy or begin a new journal "
                                 "elsewhere.");
    } else if (found->damage_count) {
        lee__say(found->message, ". The bundles still hold these records; the journal goes on. "
                                 "Check the disk.");
    } else {
        lee__say(found->message, ". Nothing proves that it was ever acknowledged: a write was cut "
                                 "off. The journal goes on after record ");
        lee__say_number(found->message, journal->count);
        lee__say(found->message, "; the bytes are kept beside it.");
    }
}

/* Of records under the signed head; the others are met while the segments are read. */
static lee_error root_of_tiles(lee_journal *journal, uint64_t size, bool *has_root,
                               lee_digest *root)
{
    const uint64_t signed_size = journal->seal.checkpoint_size;
    if (size == 0 || size > signed_size) {
        return LEE_OK;
    }
    lee_tiles tiles;
    lee_tiles_init(&tiles, journal->disk.fs, journal->disk.folder, signed_size);
    const lee_error error = lee_merkle_root_of(lee_tiles_source, &tiles, size, root);
    lee_tiles_free(&tiles);
    *has_root = error == LEE_OK;
    /* A tile that cannot be read is for `verify` to tell; here only the root is not known. */
    return error == LEE_ERR_NO_MEMORY ? error : LEE_OK;
}

/* The head that the signer kept, as it says or as its file here says, and the root that the tiles
 * have over as many records. */
static lee_error load_last_head(recovery *state)
{
    lee_journal *journal = state->journal;
    lee_path path;
    key_path(journal, LEE_LAST_HEAD_NAME, &path);
    state->last.root = lee_merkle_empty();
    state->last_root = lee_merkle_empty();
    if (journal->has_told) {
        state->last = journal->told;
        state->last_error = LEE_OK;
    } else {
        state->last_error = lee__head_read(&journal->disk, &path, &journal->verifier, &state->last);
    }
    if (state->last_error == LEE_ERR_IO || state->last_error == LEE_ERR_NO_MEMORY) {
        return state->last_error;
    }
    /* One older than the checkpoint endangers nothing, but it must be of the same records. */
    bool has_root = true;
    state->last_root = state->last.root;
    return root_of_tiles(journal, state->last.size, &has_root, &state->last_root);
}

/* Nothing may be signed that contradicts the last head, so nothing may be begun either. */
static lee_error judge_last_head(recovery *state)
{
    const lee_checkpoint *last = &state->last;
    lee_journal_recovery *found = state->found;
    const bool shrunk = last->size > state->next;
    if (!shrunk && lee_digest_equal(&last->root, &state->last_root)) {
        return LEE_OK;
    }
    found->rolled_back = true;
    lee__say(found->message, state->journal->disk.folder);
    lee__say(found->message, ": the head signed last (keys/last_head) has ");
    lee__say_number(found->message, last->size);
    lee__say(found->message, shrunk ? " records, but there are only " : " records, of these ");
    lee__say_number(found->message, state->next);
    lee__say(found->message, shrunk ? "" : " others");
    lee__say(found->message, ": an older copy was restored, or records were lost. Nothing is "
                             "signed again as ");
    lee__say(found->message, last->origin);
    lee__say(found->message, ", and nothing was changed. Bring back the newer copy, or begin a new "
                             "epoch: leeward epoch --reason TEXT ");
    lee__say(found->message, state->journal->disk.folder);
    lee__say(found->message, " NEWFOLDER");
    return LEE_ERR_CORRUPT;
}

static void say_last_head(const recovery *state)
{
    if (!state->last_error || !state->journal->seal.has_checkpoint) {
        return;
    }
    lee_journal_recovery *found = state->found;
    lee__say(found->message, found->message[0] ? " " : "");
    lee__say(found->message, state->journal->disk.folder);
    lee__say(found->message, LEE_LAST_HEAD_NAME);
    lee__say(found->message, state->last_error == LEE_ERR_NOT_FOUND
                                 ? ": is missing"
                                 : ": is not a head that this journal's key signed");
    lee__say(found->message, ", so that an older copy restored here is not noticed this time. The "
                             "next checkpoint writes it anew.");
}

lee_error lee__recover(lee_journal *journal, lee_journal_recovery *found)
{
    assert(journal && found);
    recovery state = {.journal = journal, .found = found};
    lee_error error = lee_disk_make_folder(&journal->disk);
    if (!error) {
        error = load_key(journal, found);
    }
    if (!error) {
        error = load_head(journal, found);
    }
    state.next = journal->seal.checkpoint_size;
    state.proven = state.next;
    if (!error) {
        error = root_of_tiles(journal, journal->options.root_size, &found->has_root, &found->root);
    }
    if (!error) {
        error = load_last_head(&state);
    }
    if (!error) {
        error = read_segments(&state);
    }
    if (!error) {
        error = judge_last_head(&state);
    }
    if (!error && state.torn) {
        error = keep_torn(&state);
    }
    if (!error) {
        /* Damaged segments under the checkpoint may say more than there is. */
        state.proven = state.proven < state.next ? state.proven : state.next;
        error = begin_segment(&state);
    }
    found->count = state.next;
    found->checkpoint_size = journal->seal.checkpoint_size;
    found->unproven_count = state.next - (state.proven < state.next ? state.proven : state.next);
    if (!journal->disk.failure.operation && !found->message[0]) {
        describe(journal, found, error);
    }
    if (!error) {
        say_last_head(&state);
        journal->signed_size = state.last.size;
    }
    if (!error && journal->signer_failed) {
        lee__say(found->message, found->message[0] ? " " : "");
        lee__say(found->message, journal->signer_message);
        lee__say(found->message, ". Records are stored, but not signed for until it does.");
    }
    return error;
}
