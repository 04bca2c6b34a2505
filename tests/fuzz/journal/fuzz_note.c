/* Signed notes, keys and checkpoints out of hostile bytes. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/note.h"
#include "support/fuzz_mutate.h"
#include "support/fuzz_sign.h"

static size_t repair(uint8_t *data, size_t size, size_t size_max)
{
    return fuzz_sign_note(data, size, size_max, size % 2 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is signed is found again, line by line. */
static void verify_signed(const char *text, size_t size, size_t body)
{
    const lee_note_signer log = fuzz_log_signer();
    const lee_note_signer witness = fuzz_witness_signer();
    size_t again = 0;
    size_t at = 0;
    size_t length = 0;
    uint64_t t_s = 0;
    if (lee_note_verify(text, size, &log.verifier, &again) == LEE_OK) {
        const lee_error error = lee_note_find_line(text, size, &log.verifier, &at, &length);
        assert(error == LEE_OK && again == body && at > body && at + length <= size);
    }
    if (lee_note_verify_witness(text, size, &witness.verifier, &again, &t_s) == LEE_OK) {
        const lee_error error = lee_note_find_line(text, size, &witness.verifier, &at, &length);
        assert(error == LEE_OK && again == body && at > body && at + length <= size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const char *text = (const char *)data;
    size_t body = 0;
    if (lee_note_parse(text, size, &body) == LEE_OK) {
        assert(body > 0 && body < size && text[body - 1] == '\n' && text[body] == '\n');
        lee_checkpoint head;
        if (lee_checkpoint_parse(text, body, &head) == LEE_OK) {
            assert(head.size <= LEE_MERKLE_SIZE_MAX && head.origin[0] != '\0');
        }
        verify_signed(text, size, body);
        lee_note_verifier key;
        size_t again = 0;
        const lee_error error = lee_note_verifier_parse(vkey, strlen(vkey), &key);
        assert(error == LEE_OK);
        if (lee_note_verify(text, size, &key, &again) == LEE_OK) {
            assert(again == body);
        }
        static const char witness_key[] =
            "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
        uint64_t t_s = 0;
        const lee_error parsed = lee_note_witness_parse(witness_key, strlen(witness_key), &key);
        assert(parsed == LEE_OK);
        if (lee_note_verify_witness(text, size, &key, &again, &t_s) == LEE_OK) {
            assert(again == body && t_s <= INT64_MAX);
        }
    }
    lee_checkpoint head;
    const lee_error error = lee_checkpoint_parse(text, size, &head);
    (void)error;
    lee_note_verifier key;
    if (lee_note_verifier_parse(text, size, &key) == LEE_OK) {
        char back[LEE_NOTE_KEY_TEXT_BYTES];
        assert(lee_note_verifier_format(&key, back) == size && memcmp(back, text, size) == 0);
    }
    return 0;
}
