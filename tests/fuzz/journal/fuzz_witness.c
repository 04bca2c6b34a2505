/* Requests to a witness, and what it answers, out of hostile bytes. The first byte says which. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/witness.h"
#include "support/file_memory.c"
#include "support/fuzz_mutate.h"
#include "support/fuzz_sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The note of a request stands behind the first empty line; an answer is a cosignature of a note
 * that is not in it. */
static size_t repair(uint8_t *data, size_t size, size_t size_max)
{
    if (size == 0 || data[0] == '2' || data[0] == '4') {
        return size;
    }
    for (size_t at = 2; at < size; at++) {
        if (data[at] == '\n' && data[at - 1] == '\n') {
            const size_t note = at + 1;
            return note + fuzz_sign_note(data + note, size - note, size_max - note, false);
        }
    }
    return size;
}

/* Nothing that is not a request is one, and one that is reads again as it is written. */
static void read_request(const char *text, size_t size)
{
    lee_witness_request request;
    if (lee_witness_request_read(text, size, &request) != LEE_OK) {
        return;
    }
    assert(request.proof.count <= LEE_WITNESS_PROOF_MAX);
    assert(request.note + request.note_length == text + size);
    lee_buffer again;
    lee_buffer_init(&again, LEE_WITNESS_REQUEST_MAX_BYTES);
    lee_witness_request_write(request.old_size, &request.proof, request.note, request.note_length,
                              &again);
    assert(again.length == size && memcmp(again.bytes, text, size) == 0);
    lee_buffer_free(&again);
}

static void answer_request(const char *text, size_t size)
{
    file_memory *const memory = file_memory_create();
    lee_witness *witness = NULL;
    char message[LEE_JOURNAL_MESSAGE_BYTES];
    const lee_note_signer log = fuzz_log_signer();
    const lee_note_signer own = fuzz_witness_signer();
    lee_error error = lee_witness_open(file_memory_fs(memory), "w", own.verifier.name, own.seed,
                                       &witness, message);
    error = error ? error : lee_witness_trust(witness, &log.verifier);
    assert(error == LEE_OK);
    lee_witness_answer answer;
    lee_witness_add_checkpoint(witness, text, size, 1700000000, &answer);
    assert(answer.status == 200 || (answer.status >= 400 && answer.status <= 422));
    lee_buffer_free(&answer.body);
    lee_witness_free(witness);
    file_memory_free(memory);
}

static void take_answer(const char *text, size_t size, unsigned status)
{
    const lee_note_signer log = fuzz_log_signer();
    const lee_note_signer witness = fuzz_witness_signer();
    const lee_checkpoint head = {.origin = "example.org/log", .size = 7};
    char note[LEE_CHECKPOINT_TEXT_BYTES];
    const size_t length = lee_checkpoint_sign(head.size, &head.root, &log, note);
    lee_cosigner cosigner = {.key = witness.verifier, .size = 3};
    lee_buffer lines;
    lee_buffer_init(&lines, LEE_NOTE_MAX_BYTES);
    uint64_t t_s = 0;
    const lee_cosign_result result =
        lee_cosigner_take(&cosigner, &head, note, length, status, text, size, &lines, &t_s);
    assert(cosigner.size <= head.size);
    assert((result == LEE_COSIGN_SIGNED) == (lines.length > 0));
    lee_buffer_free(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const char *const text = (const char *)data + 1;
    if (data[0] == '2' || data[0] == '4') {
        take_answer(text, size - 1, data[0] == '2' ? 200 : 409);
    } else {
        read_request(text, size - 1);
        answer_request(text, size - 1);
    }
    return 0;
}
