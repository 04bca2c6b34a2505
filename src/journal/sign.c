/* The journal's side of signing: the proof that a head goes on from the one signed last, the
 * question, and what an answer must be to be believed. */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "journal/journal_private.h"
#include "journal/tiles.h"

static void failed(lee_journal *journal, const char *why)
{
    journal->signer_failed = true;
    journal->signer_errno = 0;
    journal->signer_message[0] = '\0';
    lee__say(journal->signer_message, journal->disk.folder);
    lee__say(journal->signer_message, LEE_KEY_NAME);
    lee__say(journal->signer_message, ": the process that holds the key ");
    lee__say(journal->signer_message, why);
}

static lee_error distrust(lee_journal *journal, const char *why)
{
    if (journal->options.signer) {
        journal->options.signer->distrust(journal->options.signer->context);
    }
    failed(journal, why);
    return LEE_ERR_DENIED;
}

static lee_error ask(lee_journal *journal, const lee_buffer *question)
{
    journal->signer_failed = false;
    if (question->error) {
        return question->error;
    }
    assert(question->length <= LEE_SIGNER_QUESTION_MAX_BYTES);
    if (!journal->options.signer) {
        lee_signer_answer(journal->own_signer, question->bytes, question->length, &journal->answer);
        return journal->answer.error;
    }
    const lee_signer_link *const link = journal->options.signer;
    lee_buffer_reset(&journal->answer);
    if (link->ask(link->context, question->bytes, question->length)) {
        failed(journal, "is not there");
        return LEE_ERR_DENIED;
    }
    return LEE_OK;
}

static lee_error take(lee_journal *journal, bool wait)
{
    if (!journal->options.signer) {
        return LEE_OK;
    }
    const lee_signer_link *const link = journal->options.signer;
    lee_buffer_reset(&journal->answer);
    const lee_error error = link->take(link->context, wait, &journal->answer);
    if (error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (error || (wait && journal->answer.length == 0)) {
        failed(journal, "does not answer");
        return LEE_ERR_DENIED;
    }
    return LEE_OK;
}

/* A text after its length; NULL: the answer is not one. */
static const char *take_text(lee_bytes *answer, size_t *length)
{
    *length = lee_bytes_u8(answer);
    *length |= (size_t)lee_bytes_u8(answer) << 8;
    return (const char *)lee_bytes_take(answer, *length);
}

/* The same, and nothing follows it. */
static const char *take_last_text(lee_bytes *answer, size_t *length)
{
    const char *const text = take_text(answer, length);
    return lee_bytes_left(answer) == 0 ? text : NULL;
}

/* The signer could not: which error it had, and the text of it. */
static lee_error take_failure(lee_journal *journal, lee_bytes *answer)
{
    const lee_error error = (lee_error)-lee_bytes_u8(answer);
    journal->signer_errno = lee_bytes_u8(answer);
    size_t length = 0;
    const char *const text = take_last_text(answer, &length);
    const bool known = error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY ||
                       error == LEE_ERR_NOT_FOUND || error == LEE_ERR_CORRUPT ||
                       error == LEE_ERR_SYNTAX;
    if (!text || !known || length >= sizeof(journal->signer_message) ||
        memchr(text, '\0', length)) {
        return distrust(journal, "gives answers that are none");
    }
    if (length == 0) {
        failed(journal, "says: ");
        lee__say(journal->signer_message, lee_error_text(error));
    } else {
        journal->signer_failed = true;
        memcpy(journal->signer_message, text, length);
        journal->signer_message[length] = '\0';
    }
    return error;
}

/* Takes the answer's code, and all of an answer that says that it failed. */
static lee_error take_code(lee_journal *journal, lee_bytes *answer, uint8_t *code)
{
    lee_bytes_init(answer, journal->answer.bytes, journal->answer.length);
    *code = lee_bytes_u8(answer);
    return *code == LEE_SIGNER_FAILED ? take_failure(journal, answer) : LEE_OK;
}

/* What the signer signed last, where it says so. */
static bool take_told(lee_bytes *answer, lee_journal *journal)
{
    journal->has_told = lee_bytes_left(answer) > 0;
    if (!journal->has_told) {
        return true;
    }
    journal->told = (lee_checkpoint){.size = lee_bytes_u64_le(answer)};
    const uint8_t *const root = lee_bytes_take(answer, LEE_DIGEST_BYTES);
    if (!root || lee_bytes_left(answer) != 0) {
        return false;
    }
    memcpy(journal->told.root.bytes, root, LEE_DIGEST_BYTES);
    memcpy(journal->told.origin, journal->verifier.name, sizeof(journal->told.origin));
    return true;
}

lee_error lee__sign_open(lee_journal *journal, bool may_make)
{
    assert(journal);
    const char *const origin = journal->options.origin ? journal->options.origin : "";
    if (strlen(origin) > LEE_NOTE_NAME_MAX) {
        return LEE_ERR_SYNTAX;
    }
    lee_buffer question;
    lee_buffer_init(&question, LEE_SIGNER_QUESTION_MAX_BYTES);
    lee_buffer_u8(&question, LEE_SIGNER_OPEN);
    lee_buffer_u8(&question, may_make);
    lee_buffer_text(&question, origin);
    lee_error error = ask(journal, &question);
    lee_buffer_free(&question);
    lee_bytes answer;
    uint8_t code = 0;
    if (!error) {
        error = take(journal, true);
    }
    if (!error) {
        error = take_code(journal, &answer, &code);
    }
    if (error) {
        return error;
    }
    size_t length = 0;
    const char *const text = take_text(&answer, &length);
    if (code != LEE_SIGNER_DONE || !text ||
        lee_note_verifier_parse(text, length, &journal->verifier) || !take_told(&answer, journal)) {
        return distrust(journal, "gives answers that are none");
    }
    return LEE_OK;
}

/* Out of the files, like everything that is signed for. */
static lee_error prove(lee_journal *journal, uint64_t size, lee_merkle_proof *out)
{
    out->count = 0;
    const uint64_t old_size = journal->signed_size;
    if (old_size == 0 || old_size >= size) {
        return LEE_OK;
    }
    lee_tiles tiles;
    lee_tiles_init(&tiles, journal->disk.fs, journal->disk.folder, size);
    const lee_error error =
        lee_merkle_prove_consistency(lee_tiles_source, &tiles, old_size, size, out);
    lee_tiles_free(&tiles);
    return error;
}

lee_error lee__sign_ask(lee_journal *journal, uint64_t size, const lee_digest *root)
{
    assert(journal && root);
    lee_merkle_proof proof;
    lee_error error = prove(journal, size, &proof);
    if (error) {
        return error;
    }
    lee_buffer question;
    lee_buffer_init(&question, LEE_SIGNER_QUESTION_MAX_BYTES);
    lee_buffer_u8(&question, LEE_SIGNER_SIGN);
    lee_buffer_u64_le(&question, size);
    lee_buffer_bytes(&question, root->bytes, LEE_DIGEST_BYTES);
    lee_buffer_u64_le(&question, journal->signed_size);
    lee_buffer_u8(&question, (uint8_t)proof.count);
    lee_buffer_bytes(&question, proof.hashes, (size_t)proof.count * LEE_DIGEST_BYTES);
    error = ask(journal, &question);
    lee_buffer_free(&question);
    return error;
}

/* The note must be what was asked for, signed by the journal's own key. */
static bool is_right(const lee_journal *journal, const char *note, size_t length, uint64_t size,
                     const lee_digest *root)
{
    size_t body = 0;
    lee_checkpoint head;
    return note && length <= LEE_NOTE_MAX_BYTES &&
           !lee_note_verify(note, length, &journal->verifier, &body) &&
           !lee_checkpoint_parse(note, body, &head) &&
           strcmp(head.origin, journal->verifier.name) == 0 && head.size == size &&
           lee_digest_equal(&head.root, root);
}

lee_error lee__sign_take(lee_journal *journal, bool wait, uint64_t size, const lee_digest *root,
                         lee_buffer *note, bool *stale)
{
    assert(journal && root && note && stale);
    lee_error error = take(journal, wait);
    if (error || journal->answer.length == 0) {
        return error;
    }
    lee_bytes answer;
    uint8_t code = 0;
    error = take_code(journal, &answer, &code);
    if (error) {
        return error;
    }
    if (code == LEE_SIGNER_DONE) {
        size_t length = 0;
        const char *const text = take_last_text(&answer, &length);
        if (!is_right(journal, text, length, size, root)) {
            return distrust(journal, "signs what was not asked");
        }
        lee_buffer_reset(note);
        lee_buffer_bytes(note, text, length);
        journal->signed_size = size;
        return note->error;
    }
    const uint64_t last_size = lee_bytes_u64_le(&answer);
    if ((code != LEE_SIGNER_STALE && code != LEE_SIGNER_REFUSED) || answer.failed ||
        lee_bytes_left(&answer) != 0 || (code == LEE_SIGNER_STALE && last_size >= size)) {
        return distrust(journal, "gives answers that are none");
    }
    *stale = code == LEE_SIGNER_STALE;
    journal->signed_size = last_size;
    return *stale ? LEE_OK : LEE_ERR_STATE;
}
