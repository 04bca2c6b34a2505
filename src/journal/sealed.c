#include "journal/sealed.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

static const char domain[] = "leeward/field/v1";

static bool is_name(const uint8_t *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const uint8_t c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
            return false;
        }
    }
    return length <= LEE_SEALED_NAME_MAX;
}

static void put_u16(lee_buffer *out, size_t value)
{
    assert(value <= UINT16_MAX);
    lee_buffer_u8(out, (uint8_t)value);
    lee_buffer_u8(out, (uint8_t)(value >> 8));
}

static size_t take_u16(lee_bytes *in)
{
    const size_t low = lee_bytes_u8(in);
    return low | (size_t)lee_bytes_u8(in) << 8;
}

bool lee_sealed_next(lee_bytes *payload, lee_sealed_part *out)
{
    assert(payload && out);
    out->open_length = take_u16(payload);
    out->open = lee_bytes_take(payload, out->open_length);
    const size_t name_length = lee_bytes_u8(payload);
    const uint8_t *const name = lee_bytes_take(payload, name_length);
    if (payload->failed || !is_name(name, name_length)) {
        return false;
    }
    memcpy(out->name, name, name_length);
    out->name[name_length] = '\0';
    if (name_length == 0) {
        return lee_bytes_left(payload) == 0;
    }
    const uint8_t *const hash = lee_bytes_take(payload, LEE_DIGEST_BYTES);
    if (!hash) {
        return false;
    }
    memcpy(out->commitment.bytes, hash, LEE_DIGEST_BYTES);
    return true;
}

static lee_digest commit(const char *name, const uint8_t *salted, size_t length)
{
    lee_digest digest;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)domain, sizeof(domain) - 1);
    crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name));
    crypto_hash_sha256_update(&state, salted, length);
    crypto_hash_sha256_final(&state, digest.bytes);
    return digest;
}

bool lee_sealed_matches(const lee_sealed_part *part, const uint8_t *bytes, size_t length)
{
    assert(part && bytes);
    if (length < LEE_SEALED_SALT_BYTES) {
        return false;
    }
    const lee_digest digest = commit(part->name, bytes, length);
    return lee_digest_equal(&digest, &part->commitment);
}

void lee_sealed_write(const uint8_t *bytes, size_t length, const lee_sealed_span *spans,
                      uint32_t count, const uint8_t *salts, lee_buffer *payload, lee_buffer *values)
{
    assert(bytes && spans && salts && payload && values);
    assert(count > 0 && count <= LEE_SEALED_FIELDS_MAX);
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        const lee_sealed_span *const span = &spans[i];
        const size_t name_length = strlen(span->name);
        assert(span->at >= at && span->at <= length && span->length <= length - span->at);
        assert(name_length > 0 && is_name((const uint8_t *)span->name, name_length));
        put_u16(values, LEE_SEALED_SALT_BYTES + span->length);
        const size_t salted_at = values->length;
        lee_buffer_bytes(values, salts + (size_t)i * LEE_SEALED_SALT_BYTES, LEE_SEALED_SALT_BYTES);
        lee_buffer_bytes(values, bytes + span->at, span->length);
        put_u16(payload, span->at - at);
        lee_buffer_bytes(payload, bytes + at, span->at - at);
        lee_buffer_u8(payload, (uint8_t)name_length);
        lee_buffer_bytes(payload, span->name, name_length);
        if (!values->error) {
            const lee_digest digest =
                commit(span->name, values->bytes + salted_at, values->length - salted_at);
            lee_buffer_bytes(payload, digest.bytes, LEE_DIGEST_BYTES);
        }
        at = span->at + span->length;
    }
    put_u16(payload, length - at);
    lee_buffer_bytes(payload, bytes + at, length - at);
    lee_buffer_u8(payload, 0);
}

lee_error lee_sealed_open(const uint8_t *payload, size_t length, lee_sealed_lookup *lookup,
                          void *context, lee_buffer *out, uint32_t *withheld)
{
    assert(payload && lookup && out && withheld);
    lee_bytes cursor;
    lee_sealed_part part;
    lee_bytes_init(&cursor, payload, length);
    lee_buffer_reset(out);
    *withheld = 0;
    for (uint32_t field = 0; field <= LEE_SEALED_FIELDS_MAX; field++) {
        if (!lee_sealed_next(&cursor, &part)) {
            return LEE_ERR_CORRUPT;
        }
        lee_buffer_bytes(out, part.open, part.open_length);
        if (part.name[0] == '\0') {
            return field == 0 ? LEE_ERR_CORRUPT : out->error;
        }
        if (field == LEE_SEALED_FIELDS_MAX) {
            break;
        }
        size_t size = 0;
        const uint8_t *const salted = lookup(context, field, part.name, &size);
        if (!salted) {
            (*withheld)++;
            continue;
        }
        if (!lee_sealed_matches(&part, salted, size)) {
            return LEE_ERR_CORRUPT;
        }
        lee_buffer_bytes(out, salted + LEE_SEALED_SALT_BYTES, size - LEE_SEALED_SALT_BYTES);
    }
    return LEE_ERR_CORRUPT;
}

const uint8_t *lee_sealed_field(const uint8_t *values, size_t values_length, uint32_t field,
                                size_t *length)
{
    assert((values || values_length == 0) && length);
    lee_bytes cursor;
    lee_bytes_init(&cursor, values, values_length);
    const uint8_t *bytes = NULL;
    for (uint32_t i = 0; i <= field; i++) {
        *length = take_u16(&cursor);
        bytes = lee_bytes_take(&cursor, *length);
    }
    return bytes;
}
