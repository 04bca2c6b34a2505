#include "decode/avr.h"

#include <string.h>

#define TICK_DIGITS 12
#define LEVEL_DIGITS 2

/* The value of a hexadecimal digit; negative: not one. */
static const int8_t hex_digits[256] = {
#define NOT16 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
    NOT16, NOT16, NOT16, 0,     1,     2,     3,     4,     5,     6,     7,  8,  9,
    -1,    -1,    -1,    -1,    -1,    -1,    -1,    10,    11,    12,    13, 14, 15,
    -1,    -1,    -1,    -1,    -1,    -1,    -1,    -1,    -1,    NOT16, -1, 10, 11,
    12,    13,    14,    15,    -1,    -1,    -1,    -1,    -1,    -1,    -1, -1, -1,
    NOT16, NOT16, NOT16, NOT16, NOT16, NOT16, NOT16, NOT16, NOT16,
#undef NOT16
};

/* Digits between the first character and the message; -1: no AVR message begins like that. */
static int head_digits(char first)
{
    switch (first) {
    case '*':
    case ':':
        return 0;
    case '@':
    case '%':
        return TICK_DIGITS;
    case '<':
        return TICK_DIGITS + LEVEL_DIGITS;
    default:
        return -1;
    }
}

static const char *skip_space(const char *line, size_t *length)
{
    while (*length > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        (*length)--;
    }
    return line;
}

bool lee__avr_tick(const char *line, size_t length, uint64_t *out)
{
    line = skip_space(line, &length);
    if (length < 1 + TICK_DIGITS || head_digits(*line) < TICK_DIGITS) {
        return false;
    }
    uint64_t tick = 0;
    int bad = 0;
    for (int i = 1; i <= TICK_DIGITS; i++) {
        const int digit = hex_digits[(uint8_t)line[i]];
        bad |= digit;
        tick = tick << 4 | (uint64_t)(digit & 15);
    }
    if (bad < 0) {
        return false;
    }
    *out = tick;
    return true;
}

size_t lee__avr_message(const char *line, size_t length, uint8_t out[LEE__AVR_MESSAGE_MAX_BYTES])
{
    line = skip_space(line, &length);
    const int head = length > 0 ? head_digits(*line) : -1;
    const size_t around = (size_t)head + 2; /* first character and semicolon */
    if (head < 0 || length < around || line[length - 1] != ';') {
        return 0;
    }
    const size_t digits = length - around;
    if (digits != 4 && digits != 14 && digits != 28) {
        return 0;
    }
    const char *const hex = line + 1 + head;
    int bad = 0;
    for (size_t i = 0; i < digits / 2; i++) {
        const int high = hex_digits[(uint8_t)hex[2 * i]];
        const int low = hex_digits[(uint8_t)hex[2 * i + 1]];
        bad |= high | low;
        out[i] = (uint8_t)((high & 15) << 4 | (low & 15));
    }
    return bad < 0 ? 0 : digits / 2;
}
