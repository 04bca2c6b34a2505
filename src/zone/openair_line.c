#include "zone/openair_line.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"

static const char *const token_names[] = {
#define LEE_OPENAIR_TOKEN_NAME(name) #name,
    LEE_OPENAIR_TOKEN_LIST(LEE_OPENAIR_TOKEN_NAME)
#undef LEE_OPENAIR_TOKEN_NAME
};

static const char *const ignored_names[] = {"SP", "SB", "AT", "TO", "TC", "TP", "AF", "AX", "AR"};

void lee_openair_lines_init(lee_openair_lines *lines, const char *text, size_t length)
{
    assert(lines && text);
    *lines = (lee_openair_lines){.at = text, .end = text + length};
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\0';
}

bool lee_openair_is_blank(const char *at, const char *end)
{
    while (at < end && is_space(*at)) {
        at++;
    }
    return at >= end;
}

/* Comments begin with * at the start of the line or after a space; in lines of geometry, anywhere.
 * "V D=+" and names like "A*B" keep theirs. */
static const char *find_comment(const char *start, const char *end)
{
    const bool is_geometry =
        end - start > 1 && (*start == 'D' || *start == 'd' || *start == 'V' || *start == 'v');
    for (const char *at = start; at < end; at++) {
        if (*at == '*' && (at == start || is_geometry || is_space(at[-1]))) {
            return at;
        }
    }
    return end;
}

static bool token_matches(const char *start, size_t length, const char *name)
{
    if (strlen(name) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        const char c = start[i] >= 'a' && start[i] <= 'z' ? (char)(start[i] - 'a' + 'A') : start[i];
        if (c != name[i]) {
            return false;
        }
    }
    return true;
}

static void set_token(const char *start, const char *end, lee_openair_line *out)
{
    const char *after = start;
    while (after < end && !is_space(*after)) {
        after++;
    }
    const size_t length = (size_t)(after - start);
    out->token = "";
    for (size_t i = 0; i < sizeof token_names / sizeof *token_names; i++) {
        if (token_matches(start, length, token_names[i])) {
            out->token = token_names[i];
        }
    }
    for (size_t i = 0; i < sizeof ignored_names / sizeof *ignored_names; i++) {
        if (token_matches(start, length, ignored_names[i])) {
            out->token = ignored_names[i];
        }
    }
    const char *text = out->token[0] ? after : start;
    while (text < end && is_space(*text)) {
        text++;
    }
    out->text = text;
    out->length = (size_t)(end - text);
}

bool lee_openair_lines_next(lee_openair_lines *lines, lee_openair_line *out)
{
    assert(lines && out);
    while (lines->at < lines->end) {
        const char *start = lines->at;
        const char *end = start;
        while (end < lines->end && *end != '\n' && *end != '\r') {
            end++;
        }
        lines->at = end;
        if (lines->at < lines->end) {
            const bool is_pair = *end == '\r' && end + 1 < lines->end && end[1] == '\n';
            lines->at += is_pair ? 2 : 1;
        }
        lines->number++;
        while (start < end && is_space(*start)) {
            start++;
        }
        end = find_comment(start, end);
        while (end > start && is_space(end[-1])) {
            end--;
        }
        if (start < end) {
            out->number = lines->number;
            set_token(start, end, out);
            return true;
        }
    }
    return false;
}

lee_openair_token lee_openair_token_of(const lee_openair_line *line)
{
    assert(line && line->token);
    for (size_t i = 0; i < sizeof token_names / sizeof *token_names; i++) {
        if (line->token == token_names[i]) {
            return (lee_openair_token)i;
        }
    }
    return line->token[0] ? LEE_OPENAIR_IGNORED : LEE_OPENAIR_UNKNOWN;
}

bool lee_openair_number(const char **at, const char *end, double *out)
{
    assert(at && *at && end && out);
    const char *p = *at;
    while (p < end && (is_space(*p) || *p == ',')) {
        p++;
    }
    int64_t mantissa = 0;
    int digits = 0;
    double divisor = 1;
    bool fraction = false;
    for (; p < end; p++) {
        if (*p == '.' && !fraction) {
            fraction = true;
        } else if (*p >= '0' && *p <= '9') {
            /* Digits beyond the fifteenth say nothing about a length in nautical miles. */
            if (digits < 15) {
                mantissa = mantissa * 10 + (*p - '0');
                divisor = fraction ? divisor * 10 : divisor;
            } else if (!fraction) {
                return false;
            }
            digits++;
        } else {
            break;
        }
    }
    if (digits == 0 || (double)mantissa / divisor > 1e9) {
        return false;
    }
    *out = (double)mantissa / divisor;
    *at = p;
    return true;
}

bool lee_openair_instant(const char *text, size_t length, int64_t *out)
{
    assert(text && out);
    while (length > 0 && is_space(*text)) {
        text++;
        length--;
    }
    while (length > 0 && is_space(text[length - 1])) {
        length--;
    }
    if (length == 4 && memcmp(text, "NONE", 4) == 0) {
        return true;
    }
    /* "2025-01-01T12:00Z" has no seconds, which RFC 3339 wants. */
    char whole[32];
    if (length == 17 && text[16] == 'Z') {
        memcpy(whole, text, 16);
        memcpy(whole + 16, ":00Z", 4);
        return lee_time_parse(whole, 20, out);
    }
    return lee_time_parse(text, length, out);
}

/* The length of the UTF-8 sequence at `at`, 0 when it is none (RFC 3629). */
static size_t sequence_length(const unsigned char *at, size_t left)
{
    const unsigned char c = at[0];
    if (c < 0x80) {
        return 1;
    }
    const size_t length = c >= 0xC2 && c <= 0xDF   ? 2
                          : (c & 0xF0) == 0xE0     ? 3
                          : c >= 0xF0 && c <= 0xF4 ? 4
                                                   : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    const bool overlong = (c == 0xE0 && at[1] < 0xA0) || (c == 0xF0 && at[1] < 0x90);
    const bool beyond = (c == 0xED && at[1] > 0x9F) || (c == 0xF4 && at[1] > 0x8F);
    return overlong || beyond ? 0 : length;
}

bool lee_openair_is_utf8(const char *text, size_t length)
{
    assert(text);
    for (size_t i = 0; i < length;) {
        const size_t step = sequence_length((const unsigned char *)text + i, length - i);
        if (step == 0) {
            return false;
        }
        i += step;
    }
    return true;
}

char *lee_openair_utf8(const lee_openair_line *line)
{
    assert(line);
    if (lee_openair_is_utf8(line->text, line->length)) {
        return lee_copy_text(line->text, line->length);
    }
    char *out = lee_alloc(line->length * 2 + 1, 1);
    if (!out) {
        return NULL;
    }
    size_t at = 0;
    for (size_t i = 0; i < line->length; i++) {
        const unsigned char c = (unsigned char)line->text[i];
        if (c < 0x80) {
            out[at++] = (char)c;
        } else {
            out[at++] = (char)(0xC0 | c >> 6);
            out[at++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return out;
}
