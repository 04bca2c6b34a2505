/* What a signer is asked, and what it answers: the first byte says whether the rest is a question,
 * or the answer that a journal gets when it wants a head signed, or when it is opened. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/journal.h"
#include "support/file_memory.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t seed_bytes[32] = "a seed for tests, never for use";

typedef struct {
    lee_signer *right;
    const uint8_t *bytes;
    size_t length; /* 0: the right one answers */
    lee_buffer answer;
} asked;

static lee_error ask(void *context, const uint8_t *question, size_t length)
{
    asked *const a = context;
    lee_signer_answer(a->right, question, length, &a->answer);
    return LEE_OK;
}

static lee_error take(void *context, bool wait, lee_buffer *answer)
{
    const asked *const a = context;
    (void)wait;
    if (a->length) {
        lee_buffer_bytes(answer, a->bytes, a->length);
    } else {
        lee_buffer_bytes(answer, a->answer.bytes, a->answer.length);
    }
    return answer->error;
}

static void distrust(void *context)
{
    (void)context;
}

static void answer_a_journal(const uint8_t *data, size_t size, bool opening)
{
    file_memory *const memory = file_memory_create();
    asked a = {.bytes = data};
    lee_buffer_init(&a.answer, LEE_SIGNER_ANSWER_MAX_BYTES);
    const lee_signer_link link = {.context = &a, .ask = ask, .take = take, .distrust = distrust};
    lee_journal_options options;
    lee_journal_recovery found;
    lee_journal *journal = NULL;
    lee_journal_options_default(&options);
    options.seed = seed_bytes;
    options.signer = &link;
    lee_error error = lee_signer_create(file_memory_fs(memory), "j", seed_bytes, &a.right);
    assert(!error);
    error = lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found);
    assert(!error);
    uint64_t index = 0;
    error = lee_journal_append(journal, LEE_RECORD_TICK, seed_bytes, 4, &index);
    assert(!error);
    error = lee_journal_commit(journal);
    assert(!error);
    a.length = size;
    error = lee_journal_checkpoint(journal);
    a.length = 0;
    /* Only the one right answer is believed, and afterwards the right signer is. */
    if (error == LEE_OK || size == 0) {
        assert(error == LEE_OK);
    }
    error = lee_journal_close(journal);
    assert(!error);
    if (opening) {
        a.length = size;
        error = lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found);
        a.length = 0;
    }
    if (opening && !error) {
        error = lee_journal_close(journal);
        assert(!error);
    }
    lee_journal_check_result result;
    error = lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result);
    assert(!error && result.size == 1);
    lee_signer_free(a.right);
    lee_buffer_free(&a.answer);
    file_memory_free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] & 1) {
        answer_a_journal(data + 1, size - 1, data[0] & 2);
        return 0;
    }
    static lee_signer *signer;
    static file_memory *memory;
    if (!signer) {
        memory = file_memory_create();
        const lee_error error = lee_signer_create(file_memory_fs(memory), "j", seed_bytes, &signer);
        assert(!error);
    }
    lee_buffer answer;
    lee_buffer_init(&answer, LEE_SIGNER_ANSWER_MAX_BYTES);
    lee_signer_answer(signer, data + 1, size - 1, &answer);
    assert(!answer.error && answer.length > 0);
    lee_buffer_free(&answer);
    return 0;
}
