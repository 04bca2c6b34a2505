#include "app/snapshot.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "base/bytes.h"

static const char magic[] = "leeward snapshot 1\n";
#define MAGIC_BYTES (sizeof magic - 1)
#define HEAD_BYTES (MAGIC_BYTES + LEE_DIGEST_BYTES + 8 + LEE_DIGEST_BYTES)

static_assert(crypto_auth_hmacsha256_KEYBYTES == LEE_SNAPSHOT_KEY_BYTES, "one HMAC key");

void lee_snapshot_begin(const lee_snapshot_head *head, lee_buffer *out)
{
    assert(head && out && out->length == 0);
    lee_buffer_bytes(out, magic, MAGIC_BYTES);
    lee_buffer_bytes(out, head->program.bytes, LEE_DIGEST_BYTES);
    lee_buffer_u64_le(out, head->size);
    lee_buffer_bytes(out, head->root.bytes, LEE_DIGEST_BYTES);
}

void lee_snapshot_finish(const uint8_t key[LEE_SNAPSHOT_KEY_BYTES], lee_buffer *out)
{
    assert(key && out && (out->error != LEE_OK || out->length >= HEAD_BYTES));
    uint8_t code[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256(code, out->bytes, out->length, key);
    lee_buffer_bytes(out, code, sizeof code);
}

static bool has_form(const uint8_t *bytes, size_t length)
{
    return length >= HEAD_BYTES + crypto_auth_hmacsha256_BYTES &&
           memcmp(bytes, magic, MAGIC_BYTES) == 0;
}

uint64_t lee_snapshot_size(const uint8_t *bytes, size_t length)
{
    assert(bytes || length == 0);
    if (!has_form(bytes, length)) {
        return 0;
    }
    lee_bytes in;
    lee_bytes_init(&in, bytes + MAGIC_BYTES + LEE_DIGEST_BYTES, 8);
    return lee_bytes_u64_le(&in);
}

lee_error lee_snapshot_open(const uint8_t *bytes, size_t length,
                            const uint8_t key[LEE_SNAPSHOT_KEY_BYTES], const lee_digest *program,
                            lee_snapshot_head *head, const uint8_t **state, size_t *state_length,
                            const char **reason)
{
    assert((bytes || length == 0) && key && program && head && state && state_length && reason);
    if (!has_form(bytes, length)) {
        *reason = "it is no snapshot of this form";
        return LEE_ERR_CORRUPT;
    }
    lee_bytes in;
    lee_bytes_init(&in, bytes, HEAD_BYTES);
    (void)lee_bytes_take(&in, MAGIC_BYTES);
    lee_snapshot_head found;
    memcpy(found.program.bytes, lee_bytes_take(&in, LEE_DIGEST_BYTES), LEE_DIGEST_BYTES);
    found.size = lee_bytes_u64_le(&in);
    memcpy(found.root.bytes, lee_bytes_take(&in, LEE_DIGEST_BYTES), LEE_DIGEST_BYTES);
    assert(!in.failed);
    /* Before the code, so that after an update of the program people read what is meant. */
    if (!lee_digest_equal(&found.program, program)) {
        *reason = "another program wrote it";
        return LEE_ERR_CORRUPT;
    }
    const size_t signed_length = length - crypto_auth_hmacsha256_BYTES;
    if (crypto_auth_hmacsha256_verify(bytes + signed_length, bytes, signed_length, key) != 0) {
        *reason = "it is damaged, or another key signed it";
        return LEE_ERR_CORRUPT;
    }
    *head = found;
    *state = bytes + HEAD_BYTES;
    *state_length = signed_length - HEAD_BYTES;
    return LEE_OK;
}
