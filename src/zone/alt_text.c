#include "zone/alt_text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "zone/names.h"

#define WORD_MAX 16

typedef struct {
    const char *at;
    const char *end;
} cursor;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '.';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_space(cursor *in)
{
    while (in->at < in->end && is_space(*in->at) &&
           !(*in->at == '.' && in->at + 1 < in->end && is_digit(in->at[1]))) {
        in->at++;
    }
}

/* The letters that stand next, upper case, at most WORD_MAX - 1; false: there are none. */
static bool take_word(cursor *in, char out[WORD_MAX])
{
    skip_space(in);
    size_t length = 0;
    while (in->at < in->end && length < WORD_MAX - 1) {
        const char c = *in->at;
        if (c >= 'a' && c <= 'z') {
            out[length++] = (char)(c - 'a' + 'A');
        } else if (c >= 'A' && c <= 'Z') {
            out[length++] = c;
        } else {
            break;
        }
        in->at++;
    }
    out[length] = '\0';
    return length > 0;
}

/* A decimal number as thousandths; digits beyond the third are cut. */
static bool take_number(cursor *in, int64_t *out_e3, bool *has_fraction)
{
    skip_space(in);
    const char *start = in->at;
    const bool negative = in->at < in->end && *in->at == '-';
    in->at += negative;
    int64_t value = 0;
    int digits = 0;
    while (in->at < in->end && is_digit(*in->at) && digits < 9) {
        value = value * 10 + (*in->at++ - '0');
        digits++;
    }
    value *= 1000;
    int64_t unit = 100;
    *has_fraction = false;
    if (in->at + 1 < in->end && *in->at == '.' && is_digit(in->at[1])) {
        in->at++;
        while (in->at < in->end && is_digit(*in->at)) {
            *has_fraction = *has_fraction || *in->at != '0';
            value += unit * (*in->at++ - '0');
            unit /= 10;
            digits++;
        }
    }
    if (digits == 0 || (in->at < in->end && is_digit(*in->at))) {
        in->at = start;
        return false;
    }
    *out_e3 = negative ? -value : value;
    return true;
}

static int64_t round_by(int64_t value, int64_t by)
{
    return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

int64_t lee_feet_of_metres_e3(int64_t metres_e3)
{
    return round_by(metres_e3 * 328084, 100000000);
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(word, *words) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const surface_words[] = {"GND", "SFC", "GROUND", "SURFACE", NULL};
static const char *const unlimited_words[] = {"UNL", "UNLIM", "UNLTD", "UNLIMITED", "UNLD", NULL};
static const char *const feet_words[] = {"FT", "F", "FEET", NULL};
static const char *const metre_words[] = {"M", "MT", "MTR", "METER", "METERS", "METRES", NULL};

static lee_error finish_level(cursor *in, lee_alt_limit *out, uint32_t *oddities)
{
    *oddities |= in->at < in->end && is_space(*in->at) ? LEE_ALT_TEXT_SPELLING : 0;
    int64_t value_e3 = 0;
    bool has_fraction = false;
    if (!take_number(in, &value_e3, &has_fraction)) {
        return LEE_ERR_MISSING;
    }
    char word[WORD_MAX];
    lee_alt_ref ref = LEE_ALT_STD;
    if (take_word(in, word) && (!lee_zone_ref_parse(word, &ref) || ref != LEE_ALT_STD)) {
        return LEE_ERR_SYNTAX;
    }
    const int64_t ft = round_by(value_e3, 10);
    if (ft < LEE_ALT_LIMIT_MIN_FT || ft > LEE_ALT_LIMIT_MAX_FT) {
        return LEE_ERR_DOMAIN;
    }
    *out = (lee_alt_limit){.kind = LEE_LIMIT_VALUE, .alt = {(int32_t)ft, LEE_ALT_STD}};
    return LEE_OK;
}

/* Number, unit and reference in the orders that occur; `ref_known` when the reference came first.
 */
static lee_error finish_value(cursor *in, bool ref_known, lee_alt_ref ref, bool is_feet,
                              lee_alt_limit *out, uint32_t *oddities)
{
    int64_t value_e3 = 0;
    bool has_fraction = false;
    if (!take_number(in, &value_e3, &has_fraction)) {
        return LEE_ERR_SYNTAX;
    }
    bool is_metres = false;
    char word[WORD_MAX];
    for (int words = 0; words < 3 && take_word(in, word); words++) {
        lee_alt_ref named = LEE_ALT_MSL;
        if (!is_feet && !is_metres && is_one_of(word, feet_words)) {
            is_feet = true;
        } else if (!is_feet && !is_metres && is_one_of(word, metre_words)) {
            is_metres = true;
        } else if (!ref_known && lee_zone_ref_parse(word, &named)) {
            ref_known = true;
            ref = named;
            *oddities |=
                strcmp(word, "AMSL") != 0 && strcmp(word, "MSL") != 0 && strcmp(word, "AGL") != 0
                    ? LEE_ALT_TEXT_SPELLING
                    : 0;
        } else {
            return LEE_ERR_SYNTAX;
        }
    }
    *oddities |= !is_feet && !is_metres ? LEE_ALT_TEXT_NO_UNIT : 0;
    *oddities |= is_metres ? LEE_ALT_TEXT_METRES : 0;
    *oddities |= ref_known ? 0 : LEE_ALT_TEXT_NO_REF;
    *oddities |= has_fraction && !is_metres ? LEE_ALT_TEXT_ROUNDED : 0;
    const int64_t ft = is_metres ? lee_feet_of_metres_e3(value_e3) : round_by(value_e3, 1000);
    if (ft < LEE_ALT_LIMIT_MIN_FT || ft > LEE_ALT_LIMIT_MAX_FT) {
        return LEE_ERR_DOMAIN;
    }
    *out = (lee_alt_limit){.kind = LEE_LIMIT_VALUE, .alt = {(int32_t)ft, ref}};
    return LEE_OK;
}

static lee_error parse(cursor *in, lee_alt_limit *out, uint32_t *oddities)
{
    char word[WORD_MAX];
    if (!take_word(in, word)) {
        return finish_value(in, false, LEE_ALT_MSL, false, out, oddities);
    }
    if (strcmp(word, "FL") == 0) {
        return finish_level(in, out, oddities);
    }
    skip_space(in);
    if (is_one_of(word, unlimited_words)) {
        *oddities |= strcmp(word, "UNL") != 0 ? LEE_ALT_TEXT_SPELLING : 0;
        *out = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
        return LEE_OK;
    }
    if (is_one_of(word, surface_words) && in->at == in->end) {
        *oddities |= strcmp(word, "GND") != 0 ? LEE_ALT_TEXT_SPELLING : 0;
        *out = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
        return LEE_OK;
    }
    *oddities |= LEE_ALT_TEXT_SPELLING;
    lee_alt_ref ref = LEE_ALT_MSL;
    if (is_one_of(word, feet_words)) {
        return finish_value(in, false, ref, true, out, oddities);
    }
    if (lee_zone_ref_parse(word, &ref)) {
        return finish_value(in, true, ref, false, out, oddities);
    }
    return LEE_ERR_SYNTAX;
}

lee_error lee_alt_text_parse(const char *text, size_t length, lee_alt_limit *out,
                             uint32_t *oddities)
{
    assert(text && out && oddities);

    cursor in = {text, text + length};
    lee_alt_limit limit = {0};
    uint32_t found = 0;
    skip_space(&in);
    const lee_error error = parse(&in, &limit, &found);
    if (error != LEE_OK) {
        return error;
    }
    skip_space(&in);
    if (in.at != in.end) {
        return LEE_ERR_SYNTAX;
    }
    *out = limit;
    *oddities = found;
    return LEE_OK;
}
