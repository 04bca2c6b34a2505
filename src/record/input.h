/* record/input.h: the bytes of the input records that have more than one part. */
#ifndef LEE_RECORD_INPUT_H
#define LEE_RECORD_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"

/* ZONES and PERMITS: when they begin to hold, the generation, and the text as accepted. */
typedef struct {
    int64_t t_us;
    uint64_t generation;
    const uint8_t *text;
    size_t length;
} lee_input_text;

void lee_input_text_encode(const lee_input_text *input, lee_buffer *out);

/* Borrows the text. False: the bytes end too early. */
bool lee_input_text_decode(const uint8_t *bytes, size_t length, lee_input_text *out);

void lee_input_tick_encode(int64_t t_us, lee_buffer *out);
bool lee_input_tick_decode(const uint8_t *bytes, size_t length, int64_t *t_us);

#endif
