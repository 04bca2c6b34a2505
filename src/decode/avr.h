/* decode/avr.h: AVR messages: "*HEX;", or with a 12 MHz counter before the message "@TICKSHEX;" and
 * "%TICKSHEX;" and with a signal level besides "<TICKSLLHEX;". */
#ifndef LEE_DECODE_AVR_H
#define LEE_DECODE_AVR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest message (112 bits). */
#define LEE__AVR_MESSAGE_MAX_BYTES 14

/* The counter of the message in `line`. False: it has none. */
bool lee__avr_tick(const char *line, size_t length, uint64_t *out);

/* The message of a line in bytes. Returns how many: 2, 7 or 14; 0: not an AVR message. */
size_t lee__avr_message(const char *line, size_t length, uint8_t out[LEE__AVR_MESSAGE_MAX_BYTES]);

#endif
