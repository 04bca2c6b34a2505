#include "serve/message.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

struct lee_message {
    uint32_t holders;
    size_t length;
    const uint8_t *outside; /* of a static message */
    uint8_t room[];         /* headroom, then the bytes */
};

static lee_message *message_make(size_t length)
{
    lee_message *const message = lee_alloc(1, sizeof *message + LEE_MESSAGE_HEADROOM + length + 1);
    if (message) {
        message->holders = 1;
        message->length = length;
    }
    return message;
}

lee_message *lee_message_create(const void *bytes, size_t length)
{
    assert(bytes || length == 0);
    lee_message *const message = message_make(length);
    if (message && length > 0) {
        memcpy(message->room + LEE_MESSAGE_HEADROOM, bytes, length);
    }
    return message;
}

lee_message *lee_message_of(const lee_buffer *buffer)
{
    assert(buffer);
    return buffer->error == LEE_OK ? lee_message_create(buffer->bytes, buffer->length) : NULL;
}

lee_message *lee_message_static(const void *bytes, size_t length)
{
    assert(bytes);
    lee_message *const message = message_make(0);
    if (message) {
        message->outside = bytes;
        message->length = length;
    }
    return message;
}

lee_message *lee_message_hold(lee_message *message)
{
    assert(message && message->holders > 0);
    message->holders++;
    return message;
}

void lee_message_release(lee_message *message)
{
    if (message && --message->holders == 0) {
        lee_free(message);
    }
}

const uint8_t *lee_message_bytes(const lee_message *message)
{
    assert(message);
    return message->outside ? message->outside : message->room + LEE_MESSAGE_HEADROOM;
}

size_t lee_message_length(const lee_message *message)
{
    assert(message);
    return message->length;
}

uint8_t *lee_message_frame(lee_message *message)
{
    assert(message && !message->outside);
    return message->room + LEE_MESSAGE_HEADROOM;
}
