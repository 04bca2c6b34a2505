/* Requests to a witness, and what it answers, out of hostile bytes. The first byte says which. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/witness.h"
#include "support/file_memory.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t log_seed[32] = "a log's seed for tests, not used";
static const uint8_t witness_seed[32] = "a witness's seed for tests only";

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
    lee_error error = lee_witness_open(file_memory_fs(memory), "w", "example.org/w", witness_seed,
                                       &witness, message);
    lee_note_signer log;
    error = error ? error : lee_note_signer_make("example.org/log", log_seed, &log);
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
    lee_note_signer log;
    lee_note_signer witness;
    lee_error error = lee_note_signer_make("example.org/log", log_seed, &log);
    error = error ? error : lee_note_witness_make("example.org/w", witness_seed, &witness);
    assert(error == LEE_OK);
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
