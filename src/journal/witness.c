#include "journal/witness.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "journal/journal_private.h"
#include "journal/tiles.h"

#define TYPE_SIZE "text/x.tlog.size"
#define TYPE_TEXT "text/plain; charset=utf-8"

struct lee_witness {
    lee_disk disk;
    lee_note_signer signer;
    lee_note_verifier logs[LEE_WITNESS_LOGS_MAX];
    uint32_t log_count;
    lee_witness_counters counters;
};

/* --- the request ----------------------------------------------------------------------------- */

lee_error lee_witness_request_read(const char *text, size_t length, lee_witness_request *out)
{
    assert((text || length == 0) && out);
    if (length > LEE_WITNESS_REQUEST_MAX_BYTES) {
        return LEE_ERR_LIMIT;
    }
    lee_witness_request made = {.old_size = 0};
    for (size_t at = 0, line = 0; at < length; line++) {
        const char *const end = memchr(text + at, '\n', length - at);
        if (!end) {
            return LEE_ERR_SYNTAX;
        }
        const size_t size = (size_t)(end - text) - at;
        size_t got = 0;
        if (line == 0) {
            if (size < 5 || memcmp(text, "old ", 4) != 0 ||
                !lee_note_size_parse(text + 4, size - 4, &made.old_size)) {
                return LEE_ERR_SYNTAX;
            }
        } else if (size == 0) {
            made.note = end + 1;
            made.note_length = length - at - 1;
            *out = made;
            return made.note_length ? LEE_OK : LEE_ERR_SYNTAX;
        } else if (line > LEE_WITNESS_PROOF_MAX) {
            return LEE_ERR_LIMIT;
        } else if (!lee_base64_decode(text + at, size, made.proof.hashes[made.proof.count++].bytes,
                                      LEE_DIGEST_BYTES, &got) ||
                   got != LEE_DIGEST_BYTES) {
            return LEE_ERR_SYNTAX;
        }
        at += size + 1;
    }
    return LEE_ERR_SYNTAX;
}

void lee_witness_request_write(uint64_t old_size, const lee_merkle_proof *proof, const char *note,
                               size_t note_length, lee_buffer *out)
{
    assert(proof && note && out);
    lee_buffer_text(out, "old ");
    lee_buffer_uint(out, old_size);
    lee_buffer_char(out, '\n');
    for (uint32_t i = 0; i < proof->count; i++) {
        char text[48];
        lee_buffer_bytes(out, text,
                         lee_base64_encode(proof->hashes[i].bytes, LEE_DIGEST_BYTES, text));
        lee_buffer_char(out, '\n');
    }
    lee_buffer_char(out, '\n');
    lee_buffer_bytes(out, note, note_length);
}

/* --- the witness's folder -------------------------------------------------------------------- */

static void path_below(const lee_disk *disk, const char *name, lee_path *out)
{
    lee_path_set(out, disk->folder);
    lee_path_add(out, name);
}

static lee_error write_line(lee_disk *disk, const char *name, char *text, size_t length)
{
    lee_path path;
    path_below(disk, name, &path);
    text[length] = '\n';
    return lee_disk_put(disk, &path, text, length + 1);
}

static lee_error make_keys(lee_witness *witness, const char *name, const uint8_t *seed)
{
    char text[LEE_NOTE_KEY_TEXT_BYTES + 1];
    lee_error error = lee_note_witness_make(name, seed, &witness->signer);
    if (!error) {
        error = write_line(&witness->disk, "/witness.vkey", text,
                           lee_note_verifier_format(&witness->signer.verifier, text));
    }
    /* The secret one last: it is what makes the witness exist. */
    if (!error) {
        error = write_line(&witness->disk, "/witness.key", text,
                           lee_note_signer_format(&witness->signer, text));
    }
    sodium_memzero(text, sizeof(text));
    return error ? error : lee_disk_sync_folders(&witness->disk);
}

static lee_error load_keys(lee_witness *witness, const char *name, const uint8_t *seed)
{
    lee_disk *const disk = &witness->disk;
    lee_path path;
    path_below(disk, "/logs/x", &path);
    lee_error error = lee_disk_make_folder(disk);
    if (!error) {
        error = lee_disk_make_parents(disk, &path);
    }
    if (error) {
        return error;
    }
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_KEY_TEXT_BYTES + 1);
    path_below(disk, "/witness.key", &path);
    error = lee_disk_read(disk, &path, &text);
    const bool absent = error == LEE_ERR_NOT_FOUND;
    if (!error) {
        error = text.length > 0 && text.bytes[text.length - 1] == '\n' &&
                        !lee_note_witness_signer_parse((const char *)text.bytes, text.length - 1,
                                                       &witness->signer)
                    ? LEE_OK
                    : LEE_ERR_CORRUPT;
    }
    if (text.bytes) {
        sodium_memzero(text.bytes, text.capacity);
    }
    lee_buffer_free(&text);
    if (absent) {
        return seed && name ? make_keys(witness, name, seed) : LEE_ERR_MISSING;
    }
    return error                                                      ? error
           : name && strcmp(name, witness->signer.verifier.name) != 0 ? LEE_ERR_STATE
                                                                      : LEE_OK;
}

lee_error lee_witness_open(const lee_file_system *fs, const char *folder, const char *name,
                           const uint8_t *seed, lee_witness **out,
                           char message[LEE_JOURNAL_MESSAGE_BYTES])
{
    assert(fs && folder && out && message);
    message[0] = '\0';
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        lee__say(message, "the folder's name is empty or too long");
        return LEE_ERR_LIMIT;
    }
    lee_witness *const witness = lee_alloc(1, sizeof(*witness));
    if (!witness) {
        lee__say(message, "out of memory");
        return LEE_ERR_NO_MEMORY;
    }
    lee_disk_init(&witness->disk, fs, folder);
    const lee_error error = load_keys(witness, name, seed);
    if (!error) {
        *out = witness;
        return LEE_OK;
    }
    if (witness->disk.failure.operation) {
        lee__say_failure(message, &witness->disk.failure);
    } else {
        lee__say(message, folder);
        lee__say(message, error == LEE_ERR_MISSING   ? ": there is no witness here; give it a name"
                          : error == LEE_ERR_STATE   ? ": this witness has another name"
                          : error == LEE_ERR_CORRUPT ? "/witness.key: is not a witness's secret key"
                          : error == LEE_ERR_SYNTAX  ? ": this cannot be the name of a witness"
                                                     : ": ");
        lee__say(message, error == LEE_ERR_NO_MEMORY ? lee_error_text(error) : "");
    }
    lee_witness_free(witness);
    return error;
}

void lee_witness_free(lee_witness *witness)
{
    if (witness) {
        lee_note_signer_clear(&witness->signer);
        lee_free(witness);
    }
}

const lee_note_verifier *lee_witness_verifier(const lee_witness *witness)
{
    assert(witness);
    return &witness->signer.verifier;
}

static const lee_note_verifier *find_log(const lee_witness *witness, const char *origin)
{
    for (uint32_t i = 0; i < witness->log_count; i++) {
        if (strcmp(witness->logs[i].name, origin) == 0) {
            return &witness->logs[i];
        }
    }
    return NULL;
}

lee_error lee_witness_trust(lee_witness *witness, const lee_note_verifier *log)
{
    assert(witness && log && !log->is_witness);
    const lee_note_verifier *const known = find_log(witness, log->name);
    if (known) {
        return memcmp(known->public_key, log->public_key, 32) == 0 ? LEE_OK : LEE_ERR_DUPLICATE;
    }
    if (witness->log_count == LEE_WITNESS_LOGS_MAX) {
        return LEE_ERR_LIMIT;
    }
    witness->logs[witness->log_count++] = *log;
    return LEE_OK;
}

void lee_witness_count(const lee_witness *witness, lee_witness_counters *out)
{
    assert(witness && out);
    *out = witness->counters;
}

/* --- giving ---------------------------------------------------------------------------------- */

static void say(lee_witness_answer *out, unsigned status, const char *text)
{
    out->status = status;
    out->type = TYPE_TEXT;
    lee_buffer_text(&out->body, text);
    lee_buffer_char(&out->body, '\n');
}

static void say_size(lee_witness_answer *out, uint64_t size)
{
    out->status = 409;
    out->type = TYPE_SIZE;
    lee_buffer_uint(&out->body, size);
    lee_buffer_char(&out->body, '\n');
}

static void log_path(const lee_witness *witness, const char *origin, lee_path *out)
{
    const lee_digest name = lee_digest_of(origin, strlen(origin));
    path_below(&witness->disk, "/logs/", out);
    lee_path_add_hex(out, name.bytes, LEE_DIGEST_BYTES);
}

/* The head signed last for this log; nothing was when the file is not there. A file that is there
 * must be one that this witness signed: without it nobody knows what must not be contradicted. */
static lee_error load_log(lee_witness *witness, const char *origin, lee_checkpoint *out)
{
    *out = (lee_checkpoint){.size = 0, .root = lee_merkle_empty()};
    lee_path path;
    log_path(witness, origin, &path);
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    lee_error error = lee_disk_read(&witness->disk, &path, &text);
    size_t body = 0;
    uint64_t t_s = 0;
    if (!error) {
        const char *const note = (const char *)text.bytes;
        error = lee_note_verify_witness(note, text.length, &witness->signer.verifier, &body, &t_s);
        if (!error) {
            error = lee_checkpoint_parse(note, body, out);
        }
        if (error || strcmp(out->origin, origin) != 0) {
            error = error == LEE_ERR_NO_MEMORY ? error : LEE_ERR_CORRUPT;
        }
    }
    lee_buffer_free(&text);
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

/* Keeps the note with the log's signature and ours, durably, and only then gives ours away. */
static lee_error sign(lee_witness *witness, const lee_witness_request *request, size_t body,
                      const lee_note_verifier *log, uint64_t t_s, lee_witness_answer *out)
{
    size_t at = 0;
    size_t length = 0;
    char line[LEE_NOTE_LINE_BYTES];
    lee_error error = lee_note_find_line(request->note, request->note_length, log, &at, &length);
    const size_t line_length =
        lee_note_cosign_line(request->note, body, &witness->signer, t_s, line, sizeof(line));
    lee_buffer note;
    lee_buffer_init(&note, LEE_NOTE_MAX_BYTES);
    lee_buffer_bytes(&note, request->note, body);
    lee_buffer_char(&note, '\n');
    lee_buffer_bytes(&note, request->note + at, length);
    lee_buffer_bytes(&note, line, line_length);
    if (!error) {
        error = line_length ? note.error : LEE_ERR_NO_MEMORY;
    }
    lee_path path;
    log_path(witness, log->name, &path);
    if (!error) {
        error = lee_disk_put(&witness->disk, &path, note.bytes, note.length);
    }
    if (!error) {
        error = lee_disk_touch(&witness->disk, &path);
    }
    if (!error) {
        error = lee_disk_sync_folders(&witness->disk);
    }
    lee_buffer_free(&note);
    if (!error) {
        out->status = 200;
        out->type = TYPE_TEXT;
        lee_buffer_bytes(&out->body, line, line_length);
    }
    return error;
}

/* Everything but the disk: 0 when it is to be signed. */
static void judge(lee_witness *witness, const lee_witness_request *request, uint64_t t_s,
                  lee_witness_answer *out)
{
    size_t body = 0;
    lee_checkpoint head;
    if (lee_note_parse(request->note, request->note_length, &body) ||
        lee_checkpoint_parse(request->note, body, &head)) {
        say(out, 400, "this is not a signed checkpoint");
        return;
    }
    const lee_note_verifier *const log = find_log(witness, head.origin);
    if (!log) {
        say(out, 404, "this log is not known here");
        return;
    }
    if (lee_note_verify(request->note, request->note_length, log, &body)) {
        say(out, 403, "the checkpoint is not signed by the log's key");
        return;
    }
    if (request->old_size > head.size) {
        say(out, 400, "the old size is above the checkpoint's");
        return;
    }
    lee_checkpoint last;
    lee_error error = load_log(witness, log->name, &last);
    if (!error && last.size != request->old_size) {
        witness->counters.conflicts++;
        say_size(out, last.size);
        return;
    }
    if (!error && last.size == head.size && !lee_digest_equal(&last.root, &head.root)) {
        witness->counters.forks++;
        say_size(out, last.size);
        return;
    }
    if (!error && !lee_merkle_check_consistency(last.size, head.size, &last.root, &head.root,
                                                &request->proof)) {
        witness->counters.forks++;
        say(out, 422, "the proof does not show that the checkpoint goes on from the one before");
        return;
    }
    if (!error) {
        error = sign(witness, request, body, log, t_s, out);
    }
    if (error) {
        memset(&witness->disk.failure, 0, sizeof(witness->disk.failure));
        say(out, 500, "what was signed last cannot be read or kept, so nothing is signed");
    }
}

void lee_witness_add_checkpoint(lee_witness *witness, const char *body, size_t length, uint64_t t_s,
                                lee_witness_answer *out)
{
    assert(witness && (body || length == 0) && out);
    *out = (lee_witness_answer){.status = 0};
    lee_buffer_init(&out->body, 4096);
    lee_witness_request request;
    if (lee_witness_request_read(body, length, &request)) {
        say(out, 400, "this is not a request of c2sp.org/tlog-witness");
    } else {
        judge(witness, &request, t_s, out);
    }
    assert(out->status != 0 && out->type);
    witness->counters.cosigned += out->status == 200;
    witness->counters.refused += out->status >= 400 && out->status <= 404;
    witness->counters.failed += out->status == 500;
}

/* --- asking ---------------------------------------------------------------------------------- */

lee_error lee_cosigner_ask(const lee_cosigner *cosigner, const lee_file_system *fs,
                           const char *folder, const lee_checkpoint *head, const char *note,
                           size_t note_length, lee_buffer *out)
{
    assert(cosigner && fs && folder && head && note && out);
    assert(cosigner->size <= head->size);
    lee_merkle_proof proof = {.count = 0};
    lee_error error = LEE_OK;
    if (cosigner->size > 0 && cosigner->size < head->size) {
        lee_tiles tiles;
        lee_tiles_init(&tiles, fs, folder, head->size);
        error = lee_merkle_prove_consistency(lee_tiles_source, &tiles, cosigner->size, head->size,
                                             &proof);
        lee_tiles_free(&tiles);
    }
    if (!error && proof.count > LEE_WITNESS_PROOF_MAX) {
        error = LEE_ERR_LIMIT;
    }
    lee_buffer_reset(out);
    if (!error) {
        lee_witness_request_write(cosigner->size, &proof, note, note_length, out);
    }
    return error ? error : out->error;
}

/* The answer's line of this witness, if it is there and verifies over our note. */
static bool take_line(const lee_cosigner *cosigner, const char *note, size_t note_length,
                      const char *body, size_t body_length, lee_buffer *lines, uint64_t *t_s)
{
    lee_buffer whole;
    lee_buffer_init(&whole, LEE_NOTE_MAX_BYTES);
    lee_buffer_bytes(&whole, note, note_length);
    lee_buffer_bytes(&whole, body, body_length);
    size_t at = 0;
    size_t length = 0;
    size_t text = 0;
    const char *const joined = (const char *)whole.bytes;
    /* The text of the joined note must still be ours: an empty line in the answer would move it. */
    const bool good = !whole.error &&
                      !lee_note_verify_witness(joined, whole.length, &cosigner->key, &text, t_s) &&
                      text < note_length &&
                      !lee_note_find_line(joined, whole.length, &cosigner->key, &at, &length) &&
                      at >= note_length;
    if (good) {
        lee_buffer_bytes(lines, joined + at, length);
    }
    lee_buffer_free(&whole);
    return good;
}

lee_cosign_result lee_cosigner_take(lee_cosigner *cosigner, const lee_checkpoint *head,
                                    const char *note, size_t note_length, unsigned status,
                                    const char *body, size_t body_length, lee_buffer *lines,
                                    uint64_t *t_s)
{
    assert(cosigner && head && note && (body || body_length == 0) && lines && t_s);
    uint64_t size = 0;
    if (status == 200) {
        if (!take_line(cosigner, note, note_length, body, body_length, lines, t_s)) {
            return LEE_COSIGN_REFUSED;
        }
        cosigner->size = head->size;
        return LEE_COSIGN_SIGNED;
    }
    if (status != 409 || body_length < 2 || body[body_length - 1] != '\n' ||
        !lee_note_size_parse(body, body_length - 1, &size)) {
        return status == 422 ? LEE_COSIGN_FORK : LEE_COSIGN_REFUSED;
    }
    if (size > head->size) {
        return LEE_COSIGN_AHEAD;
    }
    if (size == cosigner->size) {
        return size == head->size ? LEE_COSIGN_FORK : LEE_COSIGN_REFUSED;
    }
    cosigner->size = size;
    return LEE_COSIGN_AGAIN;
}

/* --- the attested head ------------------------------------------------------------------------ */

lee_error lee_head_load(const lee_file_system *fs, const char *folder, lee_note_verifier *key,
                        lee_checkpoint *head, lee_buffer *note)
{
    assert(fs && folder && key && head && note);
    lee_disk disk;
    lee_disk_init(&disk, fs, folder);
    lee_path path;
    path_below(&disk, "/keys/journal.vkey", &path);
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    lee_error error = lee_disk_read(&disk, &path, &text);
    if (!error && (text.length == 0 ||
                   lee_note_verifier_parse((const char *)text.bytes, text.length - 1, key))) {
        error = LEE_ERR_CORRUPT;
    }
    path_below(&disk, "/checkpoint", &path);
    lee_buffer_reset(&text);
    if (!error) {
        error = lee_disk_read(&disk, &path, &text);
    }
    size_t body = 0;
    size_t at = 0;
    size_t length = 0;
    const char *const whole = (const char *)text.bytes;
    if (!error && (lee_note_verify(whole, text.length, key, &body) ||
                   lee_note_find_line(whole, text.length, key, &at, &length) ||
                   lee_checkpoint_parse(whole, body, head) || strcmp(head->origin, key->name))) {
        error = LEE_ERR_CORRUPT;
    }
    if (!error) {
        lee_buffer_reset(note);
        lee_buffer_bytes(note, whole, body);
        lee_buffer_char(note, '\n');
        lee_buffer_bytes(note, whole + at, length);
        error = note->error;
    }
    lee_buffer_free(&text);
    return error;
}

void lee_stamp_path(const char *base, uint32_t number, lee_path *out)
{
    assert(base && out && number < LEE_STAMPS_MAX);
    lee_path_set(out, base);
    lee_path_add(out, ".");
    lee_path_add_number(out, number, 1);
    lee_path_add(out, ".tsr");
}

lee_error lee_head_digest(const char *note, size_t length, const lee_note_verifier *key,
                          lee_digest *out)
{
    assert(note && key && out);
    size_t body = 0;
    size_t at = 0;
    size_t line = 0;
    lee_error error = lee_note_verify(note, length, key, &body);
    if (!error) {
        error = lee_note_find_line(note, length, key, &at, &line);
    }
    if (!error && at != body + 1) {
        error = LEE_ERR_SYNTAX;
    }
    if (!error) {
        *out = lee_digest_of(note, at + line);
    }
    return error;
}

bool lee_stamp_is_of(const uint8_t *stamp, size_t length, const lee_digest *digest)
{
    assert((stamp || length == 0) && digest);
    for (size_t at = 0; at + LEE_DIGEST_BYTES <= length; at++) {
        if (memcmp(stamp + at, digest->bytes, LEE_DIGEST_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

lee_error lee_attested_put(const lee_file_system *fs, const char *folder, const lee_buffer *note,
                           const lee_buffer *stamps)
{
    assert(fs && folder && note && note->length > 0);
    lee_disk disk;
    lee_disk_init(&disk, fs, folder);
    lee_path base;
    path_below(&disk, LEE_ATTESTED_NAME, &base);
    lee_path path;
    lee_error error = LEE_OK;
    for (uint32_t i = 0; !error && stamps && i < LEE_STAMPS_MAX; i++) {
        if (stamps[i].length > 0) {
            lee_stamp_path(base.text, i, &path);
            error = lee_disk_put(&disk, &path, stamps[i].bytes, stamps[i].length);
        }
    }
    path = base;
    if (!error) {
        error = lee_disk_put(&disk, &path, note->bytes, note->length);
    }
    if (!error) {
        error = lee_disk_touch(&disk, &path);
    }
    return error ? error : lee_disk_sync_folders(&disk);
}
