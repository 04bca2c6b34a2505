/* The signer's side: key, memory, and what it refuses. */
#include "journal/signer.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "journal/journal_private.h"

struct lee_signer {
    lee_disk disk;
    bool is_prepared;
    bool has_seed;
    uint8_t seed[32];
    bool has_key;
    lee_note_signer key;
    bool has_last;
    lee_checkpoint last; /* what it remembers itself: the file may be gone or older */
};

lee_error lee_signer_create(const lee_file_system *fs, const char *folder, const uint8_t *seed,
                            lee_signer **out)
{
    assert(fs && folder && out);
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_signer *const signer = lee_alloc(1, sizeof(*signer));
    if (!signer) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_disk_init(&signer->disk, fs, folder);
    if (seed) {
        signer->has_seed = true;
        memcpy(signer->seed, seed, sizeof(signer->seed));
    }
    *out = signer;
    return LEE_OK;
}

lee_error lee_signer_take_key(lee_signer *signer, const char *folder)
{
    assert(signer && folder);
    sodium_memzero(signer->seed, sizeof(signer->seed));
    signer->has_seed = false;
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_disk disk;
    lee_note_signer key;
    lee_disk_init(&disk, signer->disk.fs, folder);
    const lee_error error = lee__key_read(&disk, &key);
    if (!error) {
        memcpy(signer->seed, key.seed, sizeof(signer->seed));
        signer->has_seed = true;
        lee_note_signer_clear(&key);
    }
    return error;
}

void lee_signer_free(lee_signer *signer)
{
    if (signer) {
        sodium_memzero(signer, sizeof(*signer));
        lee_free(signer);
    }
}

static void path_below(const lee_signer *signer, const char *name, lee_path *out)
{
    lee_path_set(out, signer->disk.folder);
    lee_path_add(out, name);
}

lee_error lee_signer_prepare(lee_signer *signer)
{
    assert(signer);
    if (signer->is_prepared) {
        return LEE_OK;
    }
    lee_path path;
    path_below(signer, LEE_KEY_NAME, &path);
    lee_error error = lee_disk_make_folder(&signer->disk);
    if (!error) {
        error = lee_disk_make_parents(&signer->disk, &path);
    }
    if (!error) {
        error = lee_disk_sync_folders(&signer->disk);
    }
    signer->is_prepared = !error;
    return error;
}

/* --- the key ---------------------------------------------------------------------------------- */

lee_error lee__key_read(lee_disk *disk, lee_note_signer *out)
{
    assert(disk && out);
    lee_path path;
    lee_buffer text;
    lee_path_set(&path, disk->folder);
    lee_path_add(&path, LEE_KEY_NAME);
    lee_buffer_init(&text, LEE_NOTE_KEY_TEXT_BYTES + 1);
    lee_error error = lee_disk_read(disk, &path, &text);
    const bool is_read = !error;
    if (!error) {
        error = text.length > 0 && text.bytes[text.length - 1] == '\n'
                    ? lee_note_signer_parse((const char *)text.bytes, text.length - 1, out)
                    : LEE_ERR_SYNTAX;
    }
    if (text.bytes) {
        sodium_memzero(text.bytes, text.capacity);
    }
    lee_buffer_free(&text);
    return error && (is_read || error == LEE_ERR_LIMIT) ? LEE_ERR_CORRUPT : error;
}

lee_error lee__vkey_read(lee_disk *disk, lee_note_verifier *out)
{
    assert(disk && out);
    lee_path path;
    lee_buffer text;
    lee_path_set(&path, disk->folder);
    lee_path_add(&path, "/keys/journal.vkey");
    lee_buffer_init(&text, LEE_NOTE_KEY_TEXT_BYTES + 1);
    lee_error error = lee_disk_read(disk, &path, &text);
    const bool is_read = !error;
    if (!error) {
        error = text.length > 0 && text.bytes[text.length - 1] == '\n'
                    ? lee_note_verifier_parse((const char *)text.bytes, text.length - 1, out)
                    : LEE_ERR_SYNTAX;
    }
    lee_buffer_free(&text);
    return error && (is_read || error == LEE_ERR_LIMIT) ? LEE_ERR_CORRUPT : error;
}

static lee_error load_key(lee_signer *signer)
{
    if (signer->has_key) {
        return LEE_OK;
    }
    const lee_error error = lee__key_read(&signer->disk, &signer->key);
    signer->has_key = !error;
    return error;
}

static lee_error write_key(lee_signer *signer)
{
    char text[LEE_NOTE_KEY_TEXT_BYTES + 1];
    lee_path path;
    path_below(signer, "/keys/journal.vkey", &path);
    lee_error error = lee_signer_prepare(signer);
    size_t length = lee_note_verifier_format(&signer->key.verifier, text);
    text[length] = '\n';
    if (!error) {
        error = lee_disk_put(&signer->disk, &path, text, length + 1);
    }
    if (!error) {
        error = lee_disk_sync_folders(&signer->disk);
    }
    /* The secret one last, when the public one is there for good: it is what makes the journal
     * exist. */
    path_below(signer, LEE_KEY_NAME, &path);
    length = lee_note_signer_format(&signer->key, text);
    text[length] = '\n';
    if (!error) {
        error = lee_disk_put(&signer->disk, &path, text, length + 1);
    }
    sodium_memzero(text, sizeof(text));
    return error ? error : lee_disk_sync_folders(&signer->disk);
}

static lee_error make_key(lee_signer *signer, const char *origin)
{
    if (!signer->has_seed) {
        return LEE_ERR_NOT_FOUND;
    }
    char name[LEE_NOTE_NAME_MAX + 1] = "leeward.invalid";
    lee_error error = lee_note_signer_make(origin[0] ? origin : name, signer->seed, &signer->key);
    if (!error && !origin[0]) {
        lee_path hex;
        lee_path_set(&hex, "/");
        const lee_digest digest = lee_digest_of(signer->key.verifier.public_key, 32);
        lee_path_add_hex(&hex, digest.bytes, 8);
        memcpy(name + strlen(name), hex.text, hex.length + 1);
        error = lee_note_signer_make(name, signer->seed, &signer->key);
    }
    sodium_memzero(signer->seed, sizeof(signer->seed));
    signer->has_seed = false;
    if (!error) {
        error = write_key(signer);
    }
    signer->has_key = !error;
    return error;
}

/* --- the head --------------------------------------------------------------------------------- */

/* What was signed last: the file's word where it has more, because another program may have signed
 * with this key; else what this process remembers. */
static lee_error remember(lee_signer *signer)
{
    lee_path path;
    path_below(signer, LEE_LAST_HEAD_NAME, &path);
    lee_checkpoint kept;
    const lee_error error = lee__head_read(&signer->disk, &path, &signer->key.verifier, &kept);
    if (error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    /* Without one, or with a damaged one, there is nothing to hold to; opening has said so. */
    if (!error && (!signer->has_last || kept.size >= signer->last.size)) {
        signer->last = kept;
        signer->has_last = true;
    }
    return LEE_OK;
}

typedef struct {
    uint64_t size;
    lee_digest root;
    uint64_t old_size; /* what the proof starts from */
    lee_merkle_proof proof;
} head_question;

/* May it be signed behind the one signed last? */
static lee_signer_code judge(const lee_signer *signer, const head_question *asked)
{
    const lee_checkpoint *const last = &signer->last;
    if (!signer->has_last) {
        return LEE_SIGNER_DONE;
    }
    if (asked->size <= last->size) {
        return asked->size == last->size && lee_digest_equal(&asked->root, &last->root)
                   ? LEE_SIGNER_DONE
                   : LEE_SIGNER_REFUSED;
    }
    if (asked->old_size != last->size) {
        return LEE_SIGNER_STALE;
    }
    return lee_merkle_check_consistency(last->size, asked->size, &last->root, &asked->root,
                                        &asked->proof)
               ? LEE_SIGNER_DONE
               : LEE_SIGNER_REFUSED;
}

/* Keeps the head before anybody hears of its signature: a signer that forgot would sign twice. */
static lee_error sign(lee_signer *signer, const head_question *asked,
                      char text[LEE_CHECKPOINT_TEXT_BYTES], size_t *length)
{
    lee_path path;
    path_below(signer, LEE_LAST_HEAD_NAME, &path);
    *length = lee_checkpoint_sign(asked->size, &asked->root, &signer->key, text);
    lee_error error = lee_disk_put(&signer->disk, &path, text, *length);
    if (!error) {
        error = lee_disk_sync_folders(&signer->disk);
    }
    if (!error) {
        signer->last = (lee_checkpoint){.size = asked->size, .root = asked->root};
        signer->has_last = true;
    }
    return error;
}

/* --- questions -------------------------------------------------------------------------------- */

static void put_text(lee_buffer *answer, const char *text, size_t length)
{
    assert(length <= UINT16_MAX);
    lee_buffer_u8(answer, (uint8_t)length);
    lee_buffer_u8(answer, (uint8_t)(length >> 8));
    lee_buffer_bytes(answer, text, length);
}

/* `error` is one that a file gave, or that the question is none. */
static void put_failure(const lee_signer *signer, lee_error error, lee_buffer *answer)
{
    char message[LEE_JOURNAL_MESSAGE_BYTES] = "";
    if (signer->disk.failure.operation) {
        lee__say_failure(message, &signer->disk.failure);
    }
    lee_buffer_u8(answer, LEE_SIGNER_FAILED);
    lee_buffer_u8(answer, (uint8_t)-error);
    lee_buffer_u8(answer, (uint8_t)signer->disk.failure.error);
    put_text(answer, message, strlen(message));
}

static void answer_open(lee_signer *signer, lee_bytes *question, lee_buffer *answer)
{
    const bool may_make = lee_bytes_u8(question) != 0;
    const size_t length = lee_bytes_left(question);
    const uint8_t *const origin = length ? lee_bytes_take(question, length) : NULL;
    char name[LEE_NOTE_NAME_MAX + 1] = "";
    lee_error error = length <= LEE_NOTE_NAME_MAX ? load_key(signer) : LEE_ERR_SYNTAX;
    if (error == LEE_ERR_NOT_FOUND && may_make) {
        if (length) {
            memcpy(name, origin, length);
        }
        error = make_key(signer, name);
    }
    if (error) {
        put_failure(signer, error, answer);
        return;
    }
    char text[LEE_NOTE_KEY_TEXT_BYTES];
    const size_t text_length = lee_note_verifier_format(&signer->key.verifier, text);
    lee_buffer_u8(answer, LEE_SIGNER_DONE);
    put_text(answer, text, text_length);
    /* A file that cannot be read is told where a head is to be signed. */
    if (!remember(signer) && signer->has_last) {
        lee_buffer_u64_le(answer, signer->last.size);
        lee_buffer_bytes(answer, signer->last.root.bytes, LEE_DIGEST_BYTES);
    }
}

static bool read_head(lee_bytes *question, head_question *out)
{
    out->size = lee_bytes_u64_le(question);
    const uint8_t *const root = lee_bytes_take(question, LEE_DIGEST_BYTES);
    out->old_size = lee_bytes_u64_le(question);
    out->proof.count = lee_bytes_u8(question);
    const uint8_t *const hashes =
        lee_bytes_take(question, (size_t)out->proof.count * LEE_DIGEST_BYTES);
    if (question->failed || lee_bytes_left(question) != 0 ||
        out->proof.count > LEE_MERKLE_PROOF_MAX || out->size > LEE_MERKLE_SIZE_MAX) {
        return false;
    }
    memcpy(out->root.bytes, root, LEE_DIGEST_BYTES);
    memcpy(out->proof.hashes, hashes, (size_t)out->proof.count * LEE_DIGEST_BYTES);
    return true;
}

static void answer_sign(lee_signer *signer, lee_bytes *question, lee_buffer *answer)
{
    head_question asked;
    char text[LEE_CHECKPOINT_TEXT_BYTES];
    size_t length = 0;
    lee_error error = read_head(question, &asked) ? load_key(signer) : LEE_ERR_SYNTAX;
    if (!error) {
        error = remember(signer);
    }
    const lee_signer_code code = error ? LEE_SIGNER_FAILED : judge(signer, &asked);
    if (code == LEE_SIGNER_DONE) {
        error = sign(signer, &asked, text, &length);
    }
    if (error) {
        put_failure(signer, error, answer);
        return;
    }
    lee_buffer_u8(answer, (uint8_t)code);
    if (code == LEE_SIGNER_DONE) {
        put_text(answer, text, length);
    } else {
        lee_buffer_u64_le(answer, signer->last.size);
    }
}

void lee_signer_answer(lee_signer *signer, const uint8_t *question, size_t length,
                       lee_buffer *answer)
{
    assert(signer && (question || length == 0) && answer);
    memset(&signer->disk.failure, 0, sizeof(signer->disk.failure));
    lee_buffer_reset(answer);
    lee_bytes cursor;
    lee_bytes_init(&cursor, question, length);
    const uint8_t kind = lee_bytes_u8(&cursor);
    if (kind == LEE_SIGNER_OPEN) {
        answer_open(signer, &cursor, answer);
    } else if (kind == LEE_SIGNER_SIGN) {
        answer_sign(signer, &cursor, answer);
    } else {
        put_failure(signer, LEE_ERR_SYNTAX, answer);
    }
}
