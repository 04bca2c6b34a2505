#include "base/state.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

/* Values from this size on are looked through for zeros, by pieces. */
#define SPARSE_MIN_BYTES 4096u
#define PIECE_BYTES 64u

void lee_state_save(lee_state *state, lee_buffer *out)
{
    assert(state && out);
    *state = (lee_state){.out = out, .section = ""};
}

void lee_state_load(lee_state *state, const uint8_t *bytes, size_t length)
{
    assert(state && (bytes || length == 0));
    *state = (lee_state){.section = ""};
    lee_bytes_init(&state->in, bytes, length);
}

bool lee_state_is_loading(const lee_state *state)
{
    return !state->out;
}

static void fail(lee_state *state, lee_error error)
{
    if (state->error == LEE_OK) {
        state->error = error;
    }
}

static void put(lee_state *state, const void *value, size_t bytes)
{
    if (state->error == LEE_OK) {
        lee_buffer_u64_le(state->out, bytes);
        lee_buffer_bytes(state->out, value, bytes);
        state->error = state->out->error;
    }
}

/* The next value, whose length must be within the limits; NULL after an error. */
static const uint8_t *take(lee_state *state, size_t least, size_t most, size_t *length)
{
    const uint64_t said = lee_bytes_u64_le(&state->in);
    const uint8_t *bytes = NULL;
    if (state->error == LEE_OK && !state->in.failed && said >= least && said <= most) {
        bytes = lee_bytes_take(&state->in, (size_t)said);
        *length = (size_t)said;
    }
    if (!bytes) {
        fail(state, LEE_ERR_CORRUPT);
    }
    return bytes;
}

static size_t piece_at(size_t at, size_t bytes)
{
    return bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
}

/* How many bytes from `at` on belong to pieces that are all zeros, or all of them not. */
static size_t run_at(const uint8_t *value, size_t at, size_t bytes, bool of_zeros)
{
    static const uint8_t zeros[PIECE_BYTES];
    const size_t from = at;
    while (at < bytes) {
        const size_t piece = piece_at(at, bytes);
        if ((memcmp(value + at, zeros, piece) == 0) != of_zeros) {
            break;
        }
        at += piece;
    }
    return at - from;
}

/* Large tables are empty for the most part: how many zeros, how many bytes behind them, these. */
static void put_sparse(lee_state *state, const uint8_t *value, size_t bytes)
{
    if (state->error != LEE_OK) {
        return;
    }
    lee_buffer_u64_le(state->out, bytes);
    for (size_t at = 0; at < bytes;) {
        const size_t zeros = run_at(value, at, bytes, true);
        const size_t others = run_at(value, at + zeros, bytes, false);
        lee_buffer_u64_le(state->out, zeros);
        lee_buffer_u64_le(state->out, others);
        lee_buffer_bytes(state->out, value + at + zeros, others);
        at += zeros + others;
    }
    state->error = state->out->error;
}

/* What is zero is left alone: of a fresh table the system need not even make memory. */
static void clear(uint8_t *value, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += piece_at(at, bytes)) {
        at += run_at(value, at, bytes, true);
        if (at < bytes) {
            memset(value + at, 0, piece_at(at, bytes));
        }
    }
}

static void take_sparse(lee_state *state, uint8_t *value, size_t bytes)
{
    lee_state_require(state, lee_bytes_u64_le(&state->in) == bytes && !state->in.failed);
    for (size_t at = 0; at < bytes && state->error == LEE_OK;) {
        const uint64_t zeros = lee_bytes_u64_le(&state->in);
        const uint64_t others = lee_bytes_u64_le(&state->in);
        const bool fits = !state->in.failed && zeros <= bytes - at &&
                          others <= bytes - at - zeros && zeros + others > 0;
        const uint8_t *const from = fits ? lee_bytes_take(&state->in, (size_t)others) : NULL;
        if (!from) {
            fail(state, LEE_ERR_CORRUPT);
            return;
        }
        clear(value + at, (size_t)zeros);
        memcpy(value + at + zeros, from, (size_t)others);
        at += (size_t)(zeros + others);
    }
}

void lee_state_plain(lee_state *state, void *value, size_t bytes)
{
    assert(state && (value || bytes == 0));
    if (bytes >= SPARSE_MIN_BYTES) {
        if (state->out) {
            put_sparse(state, value, bytes);
        } else {
            take_sparse(state, value, bytes);
        }
        return;
    }
    if (state->out) {
        put(state, value, bytes);
        return;
    }
    size_t length = 0;
    const uint8_t *const from = take(state, bytes, bytes, &length);
    if (from && length > 0) {
        memcpy(value, from, length);
    }
}

void lee_state_same(lee_state *state, const void *value, size_t bytes)
{
    assert(state && (value || bytes == 0));
    if (state->out) {
        put(state, value, bytes);
        return;
    }
    size_t length = 0;
    const uint8_t *const from = take(state, bytes, bytes, &length);
    lee_state_require(state, from && (length == 0 || memcmp(from, value, length) == 0));
}

void lee_state_section(lee_state *state, const char *name)
{
    assert(state && name);
    if (state->error == LEE_OK) {
        state->section = name;
    }
    lee_state_same(state, name, strlen(name));
}

void lee_state_count(lee_state *state, uint32_t *count, uint32_t max)
{
    assert(state && count);
    lee_state_plain(state, count, sizeof *count);
    if (!state->out) {
        lee_state_require(state, *count <= max);
        *count = state->error == LEE_OK ? *count : 0;
    }
    assert(*count <= max);
}

void lee_state_block(lee_state *state, uint8_t **bytes, size_t *length, size_t max)
{
    assert(state && bytes && length);
    uint8_t there = *bytes != NULL;
    lee_state_plain(state, &there, sizeof there);
    if (state->out) {
        assert(!there || *length <= max);
        put(state, *bytes, there ? *length : 0);
        return;
    }
    size_t said = 0;
    lee_state_require(state, there <= 1);
    const uint8_t *const from = take(state, 0, there ? max : 0, &said);
    *bytes = NULL;
    *length = 0;
    if (from && there) {
        *bytes = (uint8_t *)lee_copy_text((const char *)from, said);
        *length = *bytes ? said : 0;
        if (!*bytes) {
            fail(state, LEE_ERR_NO_MEMORY);
        }
    }
}

void lee_state_buffer(lee_state *state, lee_buffer *buffer)
{
    assert(state && buffer);
    if (state->out) {
        put(state, buffer->bytes, buffer->length);
        return;
    }
    size_t length = 0;
    const uint8_t *const from = take(state, 0, buffer->limit, &length);
    lee_buffer_reset(buffer);
    if (from) {
        lee_buffer_bytes(buffer, from, length);
        fail(state, buffer->error);
    }
}

void lee_state_require(lee_state *state, bool holds)
{
    assert(state);
    if (!holds) {
        fail(state, LEE_ERR_CORRUPT);
    }
}

lee_error lee_state_end(lee_state *state)
{
    assert(state);
    lee_state_require(state, state->out || lee_bytes_left(&state->in) == 0);
    return state->error;
}
