/* support/fuzz_sign.h: signs notes again after a mutation, with keys that are for tests alone.
 *
 * Otherwise nothing behind a signature is ever reached. support/fuzz_mutate.h makes libFuzzer's
 * mutator of these. */
#ifndef LEE_SUPPORT_FUZZ_SIGN_H
#define LEE_SUPPORT_FUZZ_SIGN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "journal/note.h"

static inline lee_note_signer fuzz_log_signer(void)
{
    static const uint8_t seed[32] = "a log's seed for tests, not used";
    lee_note_signer signer;
    if (lee_note_signer_make("example.org/log", seed, &signer) != LEE_OK) {
        abort();
    }
    return signer;
}

static inline lee_note_signer fuzz_witness_signer(void)
{
    static const uint8_t seed[32] = "a witness's seed for tests only";
    lee_note_signer signer;
    if (lee_note_witness_make("example.org/w", seed, &signer) != LEE_OK) {
        abort();
    }
    return signer;
}

/* Where the last empty line begins; `size`: there is none. */
static inline size_t fuzz_empty_line(const uint8_t *data, size_t size)
{
    for (size_t at = size; at-- > 1;) {
        if (data[at] == '\n' && data[at - 1] == '\n') {
            return at;
        }
    }
    return size;
}

/* Takes what stands before the last empty line, or all, as the text of a note, and puts behind it
 * the signatures of the log and, when it says so, of the witness. Returns the size; what has no
 * room for them stays as it is. */
static inline size_t fuzz_sign_note(uint8_t *data, size_t size, size_t size_max, bool with_witness)
{
    const lee_note_signer log = fuzz_log_signer();
    const lee_note_signer witness = fuzz_witness_signer();
    char lines[2 * LEE_NOTE_LINE_BYTES];
    size_t body = fuzz_empty_line(data, size);
    if (body == 0 || body + sizeof lines + 2 > size_max) {
        return size;
    }
    if (data[body - 1] != '\n') {
        data[body++] = '\n';
    }
    size_t length = lee_note_sign_line((char *)data, body, &log, lines, sizeof lines);
    if (with_witness) {
        length += lee_note_cosign_line((char *)data, body, &witness, 1700000000, lines + length,
                                       sizeof lines - length);
    }
    data[body] = '\n';
    memcpy(data + body + 1, lines, length);
    return body + 1 + length;
}

#endif
