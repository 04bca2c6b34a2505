/* zlib then promises not to write through the input pointer. */
#define ZLIB_CONST
#include "feed/unpack.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

#include "base/alloc.h"

struct lee_unpack {
    z_stream stream;
    const uint8_t *next;
    size_t left;
    bool member_ended;
    bool corrupt;
};

static voidpf zlib_alloc(voidpf context, uInt count, uInt size)
{
    (void)context;
    return lee_alloc(count, size);
}

static void zlib_free(voidpf context, voidpf block)
{
    (void)context;
    lee_free(block);
}

bool lee_unpack_is_gzip(const uint8_t *bytes, size_t length)
{
    return length >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

lee_unpack *lee_unpack_create(void)
{
    lee_unpack *const unpack = lee_alloc(1, sizeof *unpack);
    if (!unpack) {
        return NULL;
    }
    unpack->stream.zalloc = zlib_alloc;
    unpack->stream.zfree = zlib_free;
    /* 16 more than the window: only the gzip wrapper. */
    if (inflateInit2(&unpack->stream, 15 + 16) != Z_OK) {
        lee_free(unpack);
        return NULL;
    }
    return unpack;
}

void lee_unpack_free(lee_unpack *unpack)
{
    if (unpack) {
        (void)inflateEnd(&unpack->stream);
        lee_free(unpack);
    }
}

void lee_unpack_feed(lee_unpack *unpack, const uint8_t *bytes, size_t length)
{
    assert(unpack && bytes);
    assert(unpack->left == 0);
    unpack->next = bytes;
    unpack->left = length;
}

/* Between members: false when nothing but padding is left of what was given. */
static bool member_begin(lee_unpack *unpack)
{
    while (unpack->left > 0 && *unpack->next == 0) {
        unpack->next++;
        unpack->left--;
    }
    if (unpack->left == 0) {
        return false;
    }
    unpack->member_ended = false;
    return inflateReset(&unpack->stream) == Z_OK;
}

lee_error lee_unpack_read(lee_unpack *unpack, uint8_t *out, size_t capacity, size_t *length)
{
    assert(unpack && out && length);
    assert(capacity > 0 && capacity <= UINT_MAX);

    if (unpack->corrupt) {
        return LEE_ERR_CORRUPT;
    }
    unpack->stream.next_out = out;
    unpack->stream.avail_out = (uInt)capacity;
    while (unpack->stream.avail_out > 0) {
        if (unpack->member_ended && !member_begin(unpack)) {
            break;
        }
        const uInt given = unpack->left > UINT_MAX ? UINT_MAX : (uInt)unpack->left;
        const uInt room = unpack->stream.avail_out;
        unpack->stream.next_in = unpack->next;
        unpack->stream.avail_in = given;
        const int status = inflate(&unpack->stream, Z_NO_FLUSH);
        const uInt used = given - unpack->stream.avail_in;
        unpack->next += used;
        unpack->left -= used;
        unpack->member_ended = status == Z_STREAM_END;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
            unpack->corrupt = true;
            break;
        }
        if (used == 0 && unpack->stream.avail_out == room && status != Z_STREAM_END) {
            break;
        }
    }
    *length = capacity - unpack->stream.avail_out;
    /* What was unpacked before the damage is still handed over; the next call tells. */
    return unpack->corrupt && *length == 0 ? LEE_ERR_CORRUPT : LEE_OK;
}

bool lee_unpack_at_end(const lee_unpack *unpack)
{
    assert(unpack);
    return unpack->member_ended && unpack->left == 0;
}
