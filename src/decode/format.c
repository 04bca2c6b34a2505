/* Names of the formats, and telling one from another by a look at the data. */
#include <assert.h>
#include <string.h>

#include "decode/asterix.h"
#include "decode/csv.h"
#include "decode/pcap.h"
#include "decode/remote_id.h"
#include "leeward/deframe.h"
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
    {".gpx", LEE_FORMAT_GPX}, {".aivdm", LEE_FORMAT_AIS},   {".igc", LEE_FORMAT_GPX},
    {".iq", LEE_FORMAT_IQ},   {".cu8", LEE_FORMAT_IQ},      {".cs16", LEE_FORMAT_IQ16},
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

/* A sentence of NMEA 0183 behind any comments: '!' or '$', talker and name, a comma. */
static bool is_nmea(const char *text, size_t length)
{
    while (length > 0 && (*text == '#' || *text == '\r' || *text == '\n')) {
        const size_t line = line_length(text, length);
        const size_t passed = line < length ? line + 1 : line;
        text += passed;
        length -= passed;
    }
    if (length > 0 && *text == '\\') {
        return true; /* a TAG block */
    }
    if (length < 7 || (*text != '!' && *text != '$')) {
        return false;
    }
    size_t letters = 0;
    while (letters + 1 < length && text[letters + 1] >= 'A' && text[letters + 1] <= 'Z') {
        letters++;
    }
    return letters >= 4 && letters + 1 < length && text[letters + 1] == ',';
}

/* A flight log: the maker's line and, near it, the header with the date. */
static bool is_igc(const char *text, size_t length)
{
    return length > 0 && *text == 'A' && contains(text, length < 1024 ? length : 1024, "\nHFDTE");
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
        const size_t head = length < 1024 ? length : 1024;
        const bool is_trace = contains(text, head, "\"icao\"") && contains(text, head, "\"trace\"");
        const bool is_states = contains(text, head, "\"states\"");
        const bool is_report =
            contains(text, line_length(text, length), "\"t_us\"") && *text == '{';
        const bool is_drone =
            contains(text, head, "\"UASdata\"") || contains(text, head, "\"sensor ID\"") ||
            contains(text, head, "\"current_state\"") || contains(text, head, "\"states\":[{") ||
            contains(text, head, "\"flight_details\"");
        *out = is_report   ? LEE_FORMAT_REPORT_JSONL
               : is_drone  ? LEE_FORMAT_REMOTE_ID
               : is_trace  ? LEE_FORMAT_READSB_TRACE
               : is_states ? LEE_FORMAT_OPENSKY_JSON
                           : LEE_FORMAT_AIRCRAFT_JSON;
    } else if (is_sbs(text, length)) {
        *out = LEE_FORMAT_SBS;
    } else if (is_avr(text, length)) {
        *out = LEE_FORMAT_AVR;
    } else if (is_nmea(text, length)) {
        *out = LEE_FORMAT_AIS;
    } else if (contains(text, length < 512 ? length : 512, "<gpx") || is_igc(text, length)) {
        *out = LEE_FORMAT_GPX;
    } else if (lee_csv_is_header(fields, lee_csv_split(text, line_length(text, length), fields,
                                                       LEE_CSV_FIELDS_MAX))) {
        *out = LEE_FORMAT_OPENSKY_CSV;
    } else {
        return false;
    }
    return true;
}

/* A capture of a network carries ASTERIX, one of radio Remote ID. */
static bool guess_by_capture(const uint8_t *bytes, size_t length, lee_format *out)
{
    uint16_t link_type;
    if (!lee_pcap_peek_link_type(bytes, length, &link_type)) {
        return false;
    }
    const bool radio =
        link_type == LEE_LINK_IEEE802_11 || link_type == LEE_LINK_IEEE802_11_RADIOTAP ||
        link_type == LEE_LINK_BLUETOOTH_LE_LL || link_type == LEE_LINK_BLUETOOTH_LE_LL_PHDR;
    *out = radio ? LEE_FORMAT_REMOTE_ID : LEE_FORMAT_ASTERIX;
    return true;
}

/* A data block of a category that is read, whose first record is whole. */
static bool is_asterix(const uint8_t *bytes, size_t length)
{
    const size_t header = LEE_ASTERIX_BLOCK_HEADER_BYTES;
    if (length <= header) {
        return false;
    }
    const size_t block = (size_t)bytes[1] << 8 | bytes[2];
    if (block <= header) {
        return false;
    }
    const size_t seen = (block < length ? block : length) - header;
    const lee_asterix_table *const tables[] = {
        lee_asterix_table_of(bytes[0], 0),
        lee_asterix_table_of(bytes[0], LEE_ASTERIX_EDITION_0_26)};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        lee_asterix_record record;
        lee_error_info why;
        if (tables[i] != NULL && seen <= UINT16_MAX &&
            lee_asterix_parse(tables[i], bytes + header, seen, &record, &why) == LEE_OK) {
            return true;
        }
    }
    return false;
}

bool lee_format_guess(const uint8_t *bytes, size_t length, const char *name, lee_format *out)
{
    assert(bytes || length == 0);
    assert(out);

    /* Samples can begin with any bytes, so that here the name comes first. */
    if (guess_by_name(name, out) && (*out == LEE_FORMAT_IQ || *out == LEE_FORMAT_IQ16)) {
        return true;
    }
    if (length >= 2 && bytes[0] == 0x1a &&
        (bytes[1] == 0xe3 || (bytes[1] >= '1' && bytes[1] <= '5'))) {
        *out = LEE_FORMAT_BEAST;
        return true;
    }
    if (lee_rid_is_capture(bytes, length)) {
        *out = LEE_FORMAT_REMOTE_ID;
        return true;
    }
    if (guess_by_capture(bytes, length, out)) {
        return true;
    }
    if (is_asterix(bytes, length)) {
        *out = LEE_FORMAT_ASTERIX;
        return true;
    }
    return (length > 0 && guess_by_text((const char *)bytes, length, out)) ||
           guess_by_name(name, out);
}
