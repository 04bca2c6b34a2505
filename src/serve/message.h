/* serve/message.h: bytes to send, shared by all who get them and freed with the last.
 *
 * A message is encoded once however many clients listen. In front of the bytes there is room for
 * the frame header that the WebSocket layer writes there; the header of an unmasked frame depends
 * on the length alone, so sharing it is safe. Used by one thread. */
#ifndef LEE_SERVE_MESSAGE_H
#define LEE_SERVE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define LEE_MESSAGE_HEADROOM 32u

typedef struct lee_message lee_message;

/* A copy of the bytes, held once; NULL: no memory. */
lee_message *lee_message_create(const void *bytes, size_t length);
/* The same of a buffer; NULL also when the buffer has an error. */
lee_message *lee_message_of(const lee_buffer *buffer);
/* A message whose bytes are static, for assets; they cannot be sent as a frame. */
lee_message *lee_message_static(const void *bytes, size_t length);

lee_message *lee_message_hold(lee_message *message);
/* NULL is allowed. */
void lee_message_release(lee_message *message);

const uint8_t *lee_message_bytes(const lee_message *message);
size_t lee_message_length(const lee_message *message);
/* With LEE_MESSAGE_HEADROOM writable bytes before it. Not of a static message. */
uint8_t *lee_message_frame(lee_message *message);

#endif
