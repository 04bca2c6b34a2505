#include "record/input.h"

#include <assert.h>

void lee_input_text_encode(const lee_input_text *input, lee_buffer *out)
{
    assert(input && out);
    lee_buffer_varint_signed(out, input->t_us);
    lee_buffer_varint(out, input->generation);
    lee_buffer_bytes(out, input->text, input->length);
}

bool lee_input_text_decode(const uint8_t *bytes, size_t length, lee_input_text *out)
{
    assert(out);
    lee_bytes in;
    lee_bytes_init(&in, bytes, length);
    out->t_us = lee_bytes_varint_signed(&in);
    out->generation = lee_bytes_varint(&in);
    if (in.failed) {
        return false;
    }
    out->length = lee_bytes_left(&in);
    out->text = lee_bytes_take(&in, out->length);
    return true;
}

void lee_input_tick_encode(int64_t t_us, lee_buffer *out)
{
    lee_buffer_varint_signed(out, t_us);
}

bool lee_input_tick_decode(const uint8_t *bytes, size_t length, int64_t *t_us)
{
    lee_bytes in;
    lee_bytes_init(&in, bytes, length);
    const int64_t value = lee_bytes_varint_signed(&in);
    if (in.failed || lee_bytes_left(&in) != 0) {
        return false;
    }
    *t_us = value;
    return true;
}
