/* Names of the formats, and telling one from another by a look at the data. */
#include <assert.h>
#include <string.h>

#include "decode/csv.h"
#include "decode/deframe.h"
#include "leeward/frame.h"

static const char *const names[LEE_FORMAT_COUNT] = {
#define LEE_FORMAT_TEXT(name, text) [LEE_FORMAT_##name] = text,
    LEE_FORMAT_LIST(LEE_FORMAT_TEXT)
#undef LEE_FORMAT_TEXT
};

const char *lee_format_name(lee_format format)
{
    return (unsigned)format < LEE_FORMAT_COUNT ? names[format] : NULL;
}

_Bool lee_format_parse(const char *name, lee_format *out)
{
    assert(name);
    assert(out);

    for (int format = 0; format < LEE_FORMAT_COUNT; format++) {
        if (strcmp(name, names[format]) == 0) {
            *out = (lee_format)format;
            return true;
        }
    }
    return false;
}

/* Endings of file names that tell the format. */
static const struct {
    const char *ending;
    lee_format format;
} endings[] = {
    {".avr", LEE_FORMAT_AVR}, {".beast", LEE_FORMAT_BEAST}, {".beast.bin", LEE_FORMAT_BEAST},
    {".sbs", LEE_FORMAT_SBS}, {".ast", LEE_FORMAT_ASTERIX}, {".nmea", LEE_FORMAT_AIS},
    {".gpx", LEE_FORMAT_GPX}, {".aivdm", LEE_FORMAT_AIS},
};

static bool ends_with(const char *name, size_t length, const char *ending)
{
    const size_t ending_length = strlen(ending);
    return length > ending_length &&
           memcmp(name + length - ending_length, ending, ending_length) == 0;
}

static bool guess_by_name(const char *name, lee_format *out)
{
    size_t length = name ? strlen(name) : 0;
    if (ends_with(name, length, ".gz")) {
        length -= 3;
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ends_with(name, length, endings[i].ending)) {
            *out = endings[i].format;
            return true;
        }
    }
    return false;
}

static bool begins_with(const char *text, size_t length, const char *word)
{
    const size_t word_length = strlen(word);
    return length >= word_length && memcmp(text, word, word_length) == 0;
}

static bool contains(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++) {
        if (begins_with(text + i, length - i, word)) {
            return true;
        }
    }
    return false;
}

static size_t line_length(const char *text, size_t length)
{
    const char *const newline = memchr(text, '\n', length);
    return newline ? (size_t)(newline - text) : length;
}

static bool is_sbs(const char *text, size_t length)
{
    static const char *const kinds[] = {"MSG,", "SEL,", "ID,", "AIR,", "STA,", "CLK,"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (begins_with(text, length, kinds[i])) {
            return true;
        }
    }
    return false;
}

/* A character that begins an AVR message, and hexadecimal digits behind it. */
static bool is_avr(const char *text, size_t length)
{
    if (length < 6 || strchr("*@%<:", text[0]) == NULL || text[0] == '\0') {
        return false;
    }
    for (size_t i = 1; i < 5; i++) {
        if (text[i] == '\0' || strchr("0123456789abcdefABCDEF", text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool guess_by_text(const char *text, size_t length, lee_format *out)
{
    lee_slice fields[LEE_CSV_FIELDS_MAX];

    while (length > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
        text++;
        length--;
    }
    if (length == 0) {
        return false;
    }
    if (*text == '{' || *text == '[') {
        const bool is_report =
            contains(text, line_length(text, length), "\"t_us\"") && *text == '{';
        *out = is_report ? LEE_FORMAT_REPORT_JSONL : LEE_FORMAT_AIRCRAFT_JSON;
    } else if (is_sbs(text, length)) {
        *out = LEE_FORMAT_SBS;
    } else if (is_avr(text, length)) {
        *out = LEE_FORMAT_AVR;
    } else if (begins_with(text, length, "!AI") || begins_with(text, length, "\\")) {
        *out = LEE_FORMAT_AIS;
    } else if (contains(text, length < 512 ? length : 512, "<gpx")) {
        *out = LEE_FORMAT_GPX;
    } else if (lee_csv_is_header(fields, lee_csv_split(text, line_length(text, length), fields,
                                                       LEE_CSV_FIELDS_MAX))) {
        *out = LEE_FORMAT_OPENSKY_CSV;
    } else {
        return false;
    }
    return true;
}

bool lee_format_guess(const uint8_t *bytes, size_t length, const char *name, lee_format *out)
{
    assert(bytes || length == 0);
    assert(out);

    if (length >= 2 && bytes[0] == 0x1a &&
        (bytes[1] == 0xe3 || (bytes[1] >= '1' && bytes[1] <= '5'))) {
        *out = LEE_FORMAT_BEAST;
        return true;
    }
    return (length > 0 && guess_by_text((const char *)bytes, length, out)) ||
           guess_by_name(name, out);
}
