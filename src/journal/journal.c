#include "journal/journal.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"
#include "journal/journal_private.h"

#define BUFFER_MIN_BYTES (LEE_WAL_BATCH_BYTES + LEE_WAL_RECORD_BYTES + LEE_ENTRY_MAX_BYTES)

void lee_journal_options_default(lee_journal_options *out)
{
    assert(out);
    *out = (lee_journal_options){
        .origin = NULL,
        .seed = NULL,
        .buffer_bytes = 1024u * 1024u,
        .segment_bytes = UINT64_C(64) * 1024 * 1024,
        .seal_per_commit = 4,
    };
}

void lee__say(char message[LEE_JOURNAL_MESSAGE_BYTES], const char *text)
{
    assert(message && text);
    const size_t used = strlen(message);
    const size_t room = LEE_JOURNAL_MESSAGE_BYTES - 1 - used;
    const size_t length = strlen(text) < room ? strlen(text) : room;
    memcpy(message + used, text, length);
    message[used + length] = '\0';
}

void lee__say_number(char message[LEE_JOURNAL_MESSAGE_BYTES], uint64_t number)
{
    lee_path digits;
    lee_path_set(&digits, "");
    lee_path_add_number(&digits, number, 1);
    lee__say(message, digits.text);
}

void lee__say_failure(char message[LEE_JOURNAL_MESSAGE_BYTES], const lee_disk_failure *failure)
{
    assert(failure && failure->operation);
    lee__say(message, failure->path);
    lee__say(message, ": ");
    lee__say(message, failure->operation);
    lee__say(message, " failed: ");
    lee__say(message, lee_errno_text(failure->error));
    lee__say(message, " (errno ");
    lee__say_number(message, (uint64_t)failure->error);
    lee__say(message, ")");
}

void lee__segment_salt(const lee_journal *journal, uint64_t first, uint8_t out[8])
{
    static const char domain[] = "leeward journal segment salt";
    uint8_t index[8];
    for (int i = 0; i < 8; i++) {
        index[i] = (uint8_t)(first >> (8 * i));
    }
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)domain, sizeof(domain));
    crypto_hash_sha256_update(&state, journal->secret, sizeof(journal->secret));
    crypto_hash_sha256_update(&state, index, sizeof(index));
    crypto_hash_sha256_final(&state, hash);
    memcpy(out, hash, 8);
}

lee_error lee__segment_push(lee_journal *journal, uint64_t first)
{
    if (journal->segment_count && journal->segments[journal->segment_count - 1] == first) {
        return LEE_OK;
    }
    assert(journal->segment_count == 0 || journal->segments[journal->segment_count - 1] < first);
    if (journal->segment_count == journal->segment_capacity) {
        const uint32_t capacity = journal->segment_capacity ? journal->segment_capacity * 2 : 16;
        if (capacity > LEE_JOURNAL_SEGMENTS_MAX) {
            return LEE_ERR_LIMIT;
        }
        uint64_t *grown = lee_realloc(journal->segments, capacity, sizeof(*grown));
        if (!grown) {
            return LEE_ERR_NO_MEMORY;
        }
        journal->segments = grown;
        journal->segment_capacity = capacity;
    }
    journal->segments[journal->segment_count++] = first;
    return LEE_OK;
}

/* Begins a new segment with the next record; everything before it is durable. */
static lee_error rotate(lee_journal *journal)
{
    assert(journal->durable == journal->count - journal->buffer_count);
    uint8_t salt[8];
    lee__segment_salt(journal, journal->durable, salt);
    lee_wal_writer next;
    lee_error error = lee_wal_create(&journal->disk, journal->durable, salt, &next);
    if (!error) {
        error = lee_wal_publish(&journal->disk, &next);
    }
    if (!error) {
        error = lee__segment_push(journal, journal->durable);
    }
    if (error) {
        lee_wal_close(&journal->disk, &next);
        return error;
    }
    lee_wal_close(&journal->disk, &journal->writer);
    journal->writer = next;
    return LEE_OK;
}

/* The records in the buffer were checksummed for the segment they were meant for. */
static void resalt(lee_journal *journal)
{
    size_t at = LEE_WAL_BATCH_BYTES;
    uint64_t index = journal->count - journal->buffer_count;
    while (at < journal->buffer_used) {
        uint8_t *record = journal->buffer + at;
        const size_t length = (size_t)record[0] | (size_t)record[1] << 8;
        lee_wal_record(journal->writer.salt_crc, index++, record[LEE_WAL_RECORD_BYTES],
                       record + LEE_WAL_RECORD_BYTES + 1, length - 1, record);
        at += LEE_WAL_RECORD_BYTES + length;
    }
    assert(index == journal->count);
}

/* Hashes what stands in the buffer into the tree, many at a time. */
static void grow_tree(lee_journal *journal)
{
    lee_sha256_message entries[LEE_TILE_WIDTH];
    lee_digest leaves[LEE_TILE_WIDTH];
    size_t count = 0;
    for (size_t at = LEE_WAL_BATCH_BYTES; at < journal->buffer_used;) {
        const uint8_t *const record = journal->buffer + at;
        const size_t length = (size_t)record[0] | (size_t)record[1] << 8;
        entries[count++] = (lee_sha256_message){record + LEE_WAL_RECORD_BYTES, length};
        at += LEE_WAL_RECORD_BYTES + length;
        if (count == LEE_TILE_WIDTH || at == journal->buffer_used) {
            lee_merkle_leaves(entries, count, leaves);
            lee_merkle_append_all(&journal->tree, leaves, count);
            count = 0;
        }
    }
}

lee_error lee__flush(lee_journal *journal)
{
    if (journal->buffer_count == 0) {
        return LEE_OK;
    }
    const uint64_t first = journal->count - journal->buffer_count;
    /* Here and not at the commit: one that is larger than the buffer has been written in part by
     * then, and a segment that only such commits go into would grow without end. Opening reads it.
     */
    const bool is_due =
        journal->rotation_due || journal->writer.offset >= journal->options.segment_bytes;
    if (is_due && journal->durable == first) {
        const lee_error error = rotate(journal);
        if (error) {
            return error;
        }
        journal->rotation_due = false;
        resalt(journal);
    }
    lee_wal_batch(journal->writer.salt_crc, first, journal->durable, journal->buffer_count,
                  (uint32_t)(journal->buffer_used - LEE_WAL_BATCH_BYTES), journal->buffer);
    const lee_error error =
        lee_wal_write(&journal->disk, &journal->writer, journal->buffer, journal->buffer_used);
    grow_tree(journal); /* while the disk writes */
    journal->buffer_used = LEE_WAL_BATCH_BYTES;
    journal->buffer_count = 0;
    return error;
}

lee_error lee__put_entry(lee_journal *journal, uint8_t kind, const uint8_t *payload, size_t length)
{
    assert(length < LEE_ENTRY_MAX_BYTES);
    const size_t need = LEE_WAL_RECORD_BYTES + 1 + length;
    if (journal->buffer_capacity - journal->buffer_used < need) {
        lee_error error = lee__flush(journal);
        if (error) {
            return error;
        }
    }
    uint8_t *at = journal->buffer + journal->buffer_used;
    lee_wal_record(journal->writer.salt_crc, journal->count, kind, payload, length, at);
    at[LEE_WAL_RECORD_BYTES] = kind;
    if (length) {
        memcpy(at + LEE_WAL_RECORD_BYTES + 1, payload, length);
    }
    journal->buffer_used += need;
    journal->buffer_count++;
    journal->count++;
    journal->pending_bytes += length;
    return LEE_OK;
}

/* Nothing that was appended since the last commit can be promised any more. */
static void degrade(lee_journal *journal)
{
    journal->lost_records += journal->count - journal->durable;
    journal->lost_bytes += journal->pending_bytes;
    journal->count = journal->durable;
    journal->tree = journal->durable_tree;
    journal->pending_bytes = 0;
    journal->buffer_used = LEE_WAL_BATCH_BYTES;
    journal->buffer_count = 0;
    journal->degraded = true;
    journal->message[0] = '\0';
    if (journal->disk.failure.operation) {
        lee__say_failure(journal->message, &journal->disk.failure);
    } else {
        lee__say(journal->message, journal->disk.folder);
        lee__say(journal->message, ": out of memory or segments");
    }
    lee__say(journal->message, ". Records up to ");
    lee__say_number(journal->message, journal->durable);
    lee__say(journal->message,
             " are safe; later ones are lost, and warnings go out marked evidence=degraded. "
             "Check the disk and its free space; the journal goes on in a new segment when it is "
             "opened again.");
}

/* Puts a long record into its own file. `reference` gets what stands in the entry instead. */
static lee_error put_blob(lee_journal *journal, const uint8_t *bytes, size_t length,
                          uint8_t reference[LEE_ENTRY_BLOB_BYTES])
{
    const lee_digest digest = lee_digest_of(bytes, length);
    for (int i = 0; i < 8; i++) {
        reference[i] = (uint8_t)((uint64_t)length >> (8 * i));
    }
    memcpy(reference + 8, digest.bytes, LEE_DIGEST_BYTES);
    lee_path path;
    lee_path_blob(&path, journal->disk.folder, &digest);
    lee_error error = lee_disk_make_parents(&journal->disk, &path);
    if (!error) {
        error = lee_disk_put(&journal->disk, &path, bytes, length);
    }
    return error ? error : lee_disk_sync_folders(&journal->disk);
}

/* A record that does not become part of the journal. */
static lee_error lose(lee_journal *journal, size_t length, lee_error error)
{
    journal->lost_records++;
    journal->lost_bytes += length;
    return error;
}

lee_error lee_journal_append(lee_journal *journal, lee_record_kind kind, const uint8_t *bytes,
                             size_t length, uint64_t *index)
{
    assert(journal && index);
    assert(bytes || length == 0);
    assert(kind > 0 && (unsigned)kind <= LEE_ENTRY_KIND_MASK);
    if (length > LEE_JOURNAL_RECORD_MAX_BYTES) {
        return LEE_ERR_LIMIT;
    }
    if (journal->degraded) {
        return lose(journal, length, LEE_ERR_STATE);
    }
    /* Nearly all bytes are frames: without them the reserve lasts for weeks instead of minutes. */
    if (journal->is_scarce && kind == LEE_RECORD_FRAME) {
        journal->scarce_records++;
        journal->scarce_bytes += length;
        return LEE_ERR_STATE;
    }
    uint8_t reference[LEE_ENTRY_BLOB_BYTES];
    uint8_t first = (uint8_t)kind;
    const uint8_t *payload = bytes;
    size_t payload_length = length;
    lee_error error = LEE_OK;
    if (length >= LEE_ENTRY_MAX_BYTES) {
        error = put_blob(journal, bytes, length, reference);
        first |= LEE_ENTRY_BLOB;
        payload = reference;
        payload_length = sizeof(reference);
    }
    const uint64_t place = journal->count;
    if (!error) {
        error = lee__put_entry(journal, first, payload, payload_length);
    }
    if (error) {
        degrade(journal);
        return lose(journal, length, error);
    }
    /* Frames that will be pruned must not stay in a segment either. */
    journal->rotation_due |= kind == LEE_RECORD_PRUNE;
    *index = place;
    return LEE_OK;
}

/* The counter goes in too: an index is given again when what stood there was lost. */
static void make_salts(lee_journal *journal, uint32_t count, uint8_t *salts)
{
    assert(journal->has_salt_key);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t number[8];
        for (int k = 0; k < 8; k++) {
            number[k] = (uint8_t)(journal->salt_count >> (8 * k));
        }
        journal->salt_count++;
        static_assert(crypto_auth_hmacsha256_BYTES == LEE_SEALED_SALT_BYTES, "one SHA-256");
        crypto_auth_hmacsha256(salts + (size_t)i * LEE_SEALED_SALT_BYTES, number, sizeof(number),
                               journal->salt_key);
    }
}

/* The values are durable before the entry is written that commits to them. */
static lee_error put_sealed(lee_journal *journal, uint8_t kind, const lee_buffer *payload,
                            const lee_buffer *values)
{
    lee_path path;
    lee_path_sealed(&path, journal->disk.folder, journal->count);
    lee_error error = lee_disk_make_parents(&journal->disk, &path);
    if (!error) {
        error = lee_disk_put(&journal->disk, &path, values->bytes, values->length);
    }
    if (!error) {
        error = lee_disk_sync_folders(&journal->disk);
    }
    return error ? error : lee__put_entry(journal, kind, payload->bytes, payload->length);
}

lee_error lee_journal_append_sealed(lee_journal *journal, lee_record_kind kind,
                                    const uint8_t *bytes, size_t length,
                                    const lee_sealed_span *spans, uint32_t count, uint64_t *index)
{
    assert(journal && bytes && spans && index);
    assert(kind > 0 && (unsigned)kind <= LEE_ENTRY_KIND_MASK);
    assert(count > 0 && count <= LEE_SEALED_FIELDS_MAX);
    if (length > LEE_SEALED_VALUES_MAX_BYTES) {
        return LEE_ERR_LIMIT;
    }
    if (journal->degraded) {
        return lose(journal, length, LEE_ERR_STATE);
    }
    uint8_t salts[LEE_SEALED_FIELDS_MAX * LEE_SEALED_SALT_BYTES];
    lee_buffer payload;
    lee_buffer values;
    lee_buffer_init(&payload, LEE_ENTRY_MAX_BYTES - 1);
    lee_buffer_init(&values, LEE_ENTRY_MAX_BYTES);
    make_salts(journal, count, salts);
    lee_sealed_write(bytes, length, spans, count, salts, &payload, &values);
    const uint64_t place = journal->count;
    lee_error error = payload.error ? payload.error : values.error;
    if (!error) {
        error =
            put_sealed(journal, (uint8_t)((unsigned)kind | LEE_ENTRY_SEALED), &payload, &values);
    }
    lee_buffer_free(&payload);
    lee_buffer_free(&values);
    if (error) {
        degrade(journal);
        return lose(journal, length, error);
    }
    *index = place;
    return LEE_OK;
}

/* Bundles of what was durable before, while the disk writes what comes now. */
static void seal_meanwhile(lee_journal *journal)
{
    const uint64_t unsealed = journal->durable - journal->seal.count + journal->seal.bundle_count;
    if (journal->options.seal_per_commit && unsealed >= LEE_TILE_WIDTH) {
        /* Its failure is told by lee_journal_status and endangers no record. */
        bool more = false;
        const lee_error sealed = lee_journal_seal(journal, journal->options.seal_per_commit, &more);
        (void)sealed;
        memset(&journal->disk.failure, 0, sizeof(journal->disk.failure));
    }
}

static lee_error make_durable(lee_journal *journal, bool seals)
{
    lee_error error = lee__flush(journal);
    if (!error) {
        if (seals) {
            seal_meanwhile(journal);
        }
        error = lee_wal_sync(&journal->disk, &journal->writer);
    }
    if (error) {
        return error;
    }
    assert(journal->tree.size == journal->count);
    journal->durable = journal->count;
    journal->durable_tree = journal->tree;
    journal->pending_bytes = 0;
    return LEE_OK;
}

/* Everything that waits is still in the buffer: with the reserve released it goes into a new
 * segment, and nothing is lost. The file that failed is not touched again. */
static lee_error commit_again(lee_journal *journal, uint32_t count, size_t used)
{
    memset(&journal->disk.failure, 0, sizeof(journal->disk.failure));
    journal->buffer_count = count;
    journal->buffer_used = used;
    journal->tree = journal->durable_tree;
    lee_error error = rotate(journal);
    if (!error) {
        resalt(journal);
        error = make_durable(journal, false);
    }
    if (!error) {
        journal->scarce_message[0] = '\0';
        lee__say_scarce(journal, journal->scarce_message);
    }
    return error;
}

lee_error lee_journal_commit(lee_journal *journal)
{
    assert(journal);
    if (journal->degraded) {
        return LEE_ERR_STATE;
    }
    if (journal->count == journal->durable) {
        return LEE_OK;
    }
    const uint32_t count = journal->buffer_count;
    const size_t used = journal->buffer_used;
    lee_error error = make_durable(journal, true);
    if (error && journal->durable + count == journal->count && lee__reserve_release(journal)) {
        error = commit_again(journal, count, used);
    }
    if (error) {
        degrade(journal);
    }
    return error;
}

/* The GAP record: JSON, as record/kind.h says. */
static void gap_text(const lee_journal *journal, int64_t from_us, int64_t to_us,
                     uint64_t lost_records, uint64_t lost_bytes, const char *reason,
                     lee_buffer *out)
{
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_int(&json, "from_us", from_us);
    lee_json_put_int(&json, "to_us", to_us);
    lee_json_put_int(&json, "index", (int64_t)journal->durable);
    lee_json_put_int(&json, "lost_records", (int64_t)lost_records);
    lee_json_put_int(&json, "lost_bytes", (int64_t)lost_bytes);
    lee_json_put_text(&json, "reason", reason);
    lee_json_object_end(&json);
}

lee_error lee_journal_reopen(lee_journal *journal, int64_t from_us, int64_t to_us)
{
    assert(journal);
    if (!journal->degraded) {
        return LEE_ERR_STATE;
    }
    assert(journal->count == journal->durable);
    lee_buffer text;
    lee_buffer_init(&text, 16384);
    gap_text(journal, from_us, to_us, journal->lost_records, journal->lost_bytes, journal->message,
             &text);
    lee_error error = text.error;
    if (!error) {
        (void)lee__reserve_release(journal);
        /* Folders that failed to sync may be tried again; only files must not be. */
        memset(&journal->disk.failure, 0, sizeof(journal->disk.failure));
        error = rotate(journal);
    }
    if (!error) {
        error = lee__put_entry(journal, LEE_RECORD_GAP, text.bytes, text.length);
    }
    if (!error) {
        error = make_durable(journal, false);
    }
    lee_buffer_free(&text);
    if (error) {
        const uint64_t lost_records = journal->lost_records;
        const uint64_t lost_bytes = journal->lost_bytes;
        degrade(journal);
        journal->lost_records = lost_records; /* the gap record itself is not a loss */
        journal->lost_bytes = lost_bytes;
        return error;
    }
    journal->degraded = false;
    journal->lost_records = 0;
    journal->lost_bytes = 0;
    journal->message[0] = '\0';
    journal->scarce_message[0] = '\0';
    lee__say_scarce(journal, journal->scarce_message);
    return LEE_OK;
}

/* Appends, durably, what was not kept since the disk was full. */
static lee_error put_scarce_gap(lee_journal *journal, int64_t from_us, int64_t to_us)
{
    lee_buffer text;
    lee_buffer_init(&text, 16384);
    char message[LEE_JOURNAL_MESSAGE_BYTES] = "";
    lee__say_scarce(journal, message);
    gap_text(journal, from_us, to_us, journal->scarce_records, journal->scarce_bytes, message,
             &text);
    uint64_t index = 0;
    lee_error error = text.error;
    if (!error) {
        error = lee_journal_append(journal, LEE_RECORD_GAP, text.bytes, text.length, &index);
    }
    lee_buffer_free(&text);
    return error ? error : lee_journal_commit(journal);
}

lee_error lee_journal_replenish(lee_journal *journal, int64_t from_us, int64_t to_us)
{
    assert(journal);
    if (!journal->is_scarce || journal->degraded) {
        return LEE_ERR_STATE;
    }
    if (lee__reserve_make(journal) != 0) {
        return LEE_ERR_LIMIT;
    }
    journal->is_scarce = false;
    const lee_error error = put_scarce_gap(journal, from_us, to_us);
    if (!error) {
        journal->scarce_records = 0;
        journal->scarce_bytes = 0;
    }
    return error;
}

void lee_journal_status(const lee_journal *journal, lee_journal_state *out)
{
    assert(journal && out);
    *out = (lee_journal_state){
        .degraded = journal->degraded,
        .is_scarce = journal->is_scarce,
        .count = journal->count,
        .durable_count = journal->durable,
        .checkpoint_size = journal->seal.checkpoint_size,
        .lost_records = journal->lost_records + journal->scarce_records,
        .lost_bytes = journal->lost_bytes + journal->scarce_bytes,
        .seal_error = journal->seal.error,
        .message = journal->degraded     ? journal->message
                   : journal->is_scarce  ? journal->scarce_message
                   : journal->seal.error ? journal->seal.message
                                         : "",
    };
}

uint64_t lee_journal_count(const lee_journal *journal)
{
    assert(journal);
    return journal->count;
}

uint64_t lee_journal_durable_count(const lee_journal *journal)
{
    assert(journal);
    assert(journal->durable <= journal->count);
    return journal->durable;
}

lee_digest lee_journal_root(const lee_journal *journal)
{
    assert(journal);
    return lee_merkle_root(&journal->durable_tree);
}

void lee_journal_derive_key(const lee_journal *journal, const char *purpose, uint8_t out[32])
{
    assert(journal && purpose && out);
    static_assert(crypto_auth_hmacsha256_BYTES == 32, "one SHA-256");
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, journal->secret, sizeof journal->secret);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)purpose, strlen(purpose));
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

const lee_note_verifier *lee_journal_verifier(const lee_journal *journal)
{
    assert(journal);
    return &journal->verifier;
}

lee_error lee_journal_close(lee_journal *journal)
{
    if (!journal) {
        return LEE_OK;
    }
    lee_error error = lee_journal_commit(journal);
    if (!error && journal->scarce_records > 0) {
        error = put_scarce_gap(journal, 0, 0);
    }
    lee_error sealed = lee_journal_checkpoint(journal);
    lee_journal_abandon(journal);
    return error ? error : sealed;
}

void lee_journal_abandon(lee_journal *journal)
{
    if (!journal) {
        return;
    }
    lee_wal_close(&journal->disk, &journal->writer);
    lee__seal_free(journal);
    lee_signer_free(journal->own_signer);
    lee_buffer_free(&journal->answer);
    sodium_memzero(journal->secret, sizeof(journal->secret));
    sodium_memzero(journal->salt_key, sizeof(journal->salt_key));
    lee_free(journal->segments);
    lee_free(journal->buffer);
    lee_free(journal);
}

/* Takes the memory that a journal works with, all of it. */
static lee_error make(const lee_file_system *fs, const char *folder,
                      const lee_journal_options *options, lee_journal **out)
{
    lee_journal *journal = lee_alloc(1, sizeof(*journal));
    if (!journal) {
        return LEE_ERR_NO_MEMORY;
    }
    journal->options = *options;
    journal->buffer_capacity =
        options->buffer_bytes > BUFFER_MIN_BYTES ? options->buffer_bytes : BUFFER_MIN_BYTES;
    journal->buffer = lee_alloc(journal->buffer_capacity, 1);
    journal->seal.mark = lee_alloc(1, sizeof(*journal->seal.mark));
    journal->seal.ready = lee_alloc(1, sizeof(*journal->seal.ready));
    lee_error error = options->signer
                          ? LEE_OK
                          : lee_signer_create(fs, folder, options->seed, &journal->own_signer);
    if (!error && !options->signer && options->key_from &&
        lee_signer_take_key(journal->own_signer, options->key_from) == LEE_ERR_NO_MEMORY) {
        error = LEE_ERR_NO_MEMORY;
    }
    if (error || !journal->buffer || !journal->seal.mark || !journal->seal.ready) {
        lee_signer_free(journal->own_signer);
        lee_free(journal->buffer);
        lee_free(journal->seal.mark);
        lee_free(journal->seal.ready);
        lee_free(journal);
        return LEE_ERR_NO_MEMORY;
    }
    journal->buffer_used = LEE_WAL_BATCH_BYTES;
    lee_buffer_init(&journal->seal.bundle, LEE_BUNDLE_MAX_BYTES);
    lee_buffer_init(&journal->seal.again, LEE_BUNDLE_MAX_BYTES);
    lee_buffer_init(&journal->seal.ready_note, LEE_NOTE_MAX_BYTES);
    lee_buffer_init(&journal->answer, LEE_SIGNER_ANSWER_MAX_BYTES);
    lee_disk_init(&journal->disk, fs, folder);
    lee_merkle_init(&journal->tree);
    if (options->seed) {
        static const char purpose[] = "leeward salts of sealed values";
        crypto_auth_hmacsha256(journal->salt_key, (const uint8_t *)purpose, sizeof(purpose),
                               options->seed);
        journal->has_salt_key = true;
    }
    *out = journal;
    return LEE_OK;
}

/* Without a reserve the journal works all the same; that there is none is said. One that was
 * released just now, because the disk is full, is not there to be filled with frames. */
static void set_aside(lee_journal *journal, bool released, lee_journal_recovery *found)
{
    const int error = lee__reserve_make(journal);
    if (error == 0) {
        return;
    }
    if (released) {
        journal->is_scarce = true;
        lee__say_scarce(journal, journal->scarce_message);
        lee__say(found->message, found->message[0] ? " " : "");
        lee__say(found->message, journal->scarce_message);
        return;
    }
    lee__say(found->message, found->message[0] ? " " : "");
    lee__say(found->message, journal->disk.folder);
    lee__say(found->message, "/reserve: setting space aside failed: ");
    lee__say(found->message, lee_errno_text(-error));
    lee__say(found->message, " (errno ");
    lee__say_number(found->message, (uint64_t)-error);
    lee__say(found->message, "). When the disk is full nothing more can be kept. Free ");
    lee__say_number(found->message, 2 * journal->options.reserve_bytes);
    lee__say(found->message, " bytes and start again.");
}

/* *released: it failed because the disk is full, and the reserve is gone now: try again. */
static lee_error open_once(const lee_file_system *fs, const char *folder,
                           const lee_journal_options *options, lee_journal **out,
                           lee_journal_recovery *found, bool *released)
{
    memset(found, 0, sizeof(*found));
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        lee__say(found->message, "the journal's folder name is empty or too long");
        return LEE_ERR_LIMIT;
    }
    lee_journal *journal = NULL;
    lee_error error = make(fs, folder, options, &journal);
    if (error) {
        lee__say(found->message, "no memory for the journal");
        return error;
    }
    error = lee__recover(journal, found);
    if (!error && !journal->seal.has_checkpoint && journal->durable == 0) {
        /* A head over nothing: tiles without any head are then a sign of tampering. */
        error = lee_journal_checkpoint(journal);
    }
    if (error) {
        if ((journal->disk.failure.operation || journal->signer_failed) && !found->message[0]) {
            if (journal->disk.failure.operation) {
                lee__say_failure(found->message, &journal->disk.failure);
            } else {
                lee__say(found->message, journal->signer_message);
            }
            lee__say(found->message, ". The journal is not open and nothing was changed that "
                                     "was acknowledged. Check the disk, its free space and the "
                                     "rights on the folder.");
        } else if (!found->message[0]) {
            lee__say(found->message, folder);
            lee__say(found->message, ": ");
            lee__say(found->message, lee_error_text(error));
        }
        *released = !*released && lee__reserve_release(journal);
        lee_journal_abandon(journal);
        return error;
    }
    set_aside(journal, *released, found);
    *out = journal;
    return LEE_OK;
}

lee_error lee_journal_open(const lee_file_system *fs, const char *folder,
                           const lee_journal_options *options, lee_journal **out,
                           lee_journal_recovery *found)
{
    assert(fs && folder && options && out && found);
    bool released = false;
    lee_error error = open_once(fs, folder, options, out, found, &released);
    return error && released ? open_once(fs, folder, options, out, found, &released) : error;
}
