#include "zone/openair_coord.h"

#include <assert.h>
#include <stdbool.h>

#define E9 INT64_C(1000000000)

typedef struct {
    const char *at;
    const char *end;
} cursor;

static void skip_space(cursor *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t')) {
        in->at++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

typedef struct {
    int64_t whole;
    int64_t fraction_e9;
    int digits; /* of the whole part */
    bool has_fraction;
} number;

static bool take_number(cursor *in, number *out)
{
    *out = (number){0};
    while (in->at < in->end && is_digit(*in->at) && out->digits < 9) {
        out->whole = out->whole * 10 + (*in->at++ - '0');
        out->digits++;
    }
    if (out->digits == 0) {
        return false;
    }
    if (in->at + 1 < in->end && *in->at == '.' && is_digit(in->at[1])) {
        out->has_fraction = true;
        in->at++;
        int64_t unit = E9 / 10;
        while (in->at < in->end && is_digit(*in->at)) {
            out->fraction_e9 += unit * (*in->at++ - '0');
            unit /= 10;
        }
    }
    return true;
}

static char take_hemisphere(cursor *in)
{
    skip_space(in);
    if (in->at == in->end) {
        return 0;
    }
    char c = *in->at;
    c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    if (c != 'N' && c != 'S' && c != 'E' && c != 'W') {
        return 0;
    }
    in->at++;
    return c;
}

/* One angle in 10^-9 seconds of arc, and in how many parts it was written. */
typedef struct {
    int64_t arc_e9;
    int parts;
    char hemisphere;
} angle;

static lee_error add_part(int parts, const number *value, angle *out, uint32_t *oddities)
{
    static const int64_t unit_s[] = {3600, 60, 1};
    if (parts > 0) {
        const bool is_sixty = value->whole == 60 && value->fraction_e9 == 0;
        if (value->whole > 59 && !is_sixty) {
            return LEE_ERR_DOMAIN;
        }
        *oddities |= is_sixty ? LEE_COORD_SIXTY : 0;
    } else if (value->whole > 360) {
        return LEE_ERR_DOMAIN;
    }
    out->arc_e9 += (value->whole * E9 + value->fraction_e9) * unit_s[parts];
    return LEE_OK;
}

/* DDMMSS.ss or DDDMMSS.ss in one number. */
static lee_error add_packed(const number *value, angle *out, uint32_t *oddities)
{
    const number parts[] = {
        {.whole = value->whole / 10000},
        {.whole = value->whole / 100 % 100},
        {.whole = value->whole % 100, .fraction_e9 = value->fraction_e9},
    };
    *oddities |= LEE_COORD_PACKED;
    out->parts = 3;
    for (int i = 0; i < 3; i++) {
        const lee_error error = add_part(i, &parts[i], out, oddities);
        if (error != LEE_OK) {
            return error;
        }
    }
    return LEE_OK;
}

static lee_error take_angle(cursor *in, angle *out, uint32_t *oddities)
{
    *out = (angle){0};
    out->hemisphere = take_hemisphere(in);
    skip_space(in);
    number value = {0};
    do {
        if (out->parts == 3 || value.has_fraction || !take_number(in, &value)) {
            return LEE_ERR_SYNTAX;
        }
        if (out->parts == 0 && value.digits >= 6) {
            const lee_error error = add_packed(&value, out, oddities);
            if (error != LEE_OK) {
                return error;
            }
            break;
        }
        const lee_error error = add_part(out->parts++, &value, out, oddities);
        if (error != LEE_OK) {
            return error;
        }
    } while (in->at < in->end && *in->at == ':' && in->at++ < in->end);
    if (!out->hemisphere) {
        out->hemisphere = take_hemisphere(in);
    }
    return out->hemisphere ? LEE_OK : LEE_ERR_SYNTAX;
}

static int64_t to_e7(const angle *from, char negative)
{
    /* 10^-9 seconds in 10^-7 degrees: 3600 x 10^9 / 10^7. */
    const int64_t e7 = (from->arc_e9 + 180000) / 360000;
    return from->hemisphere == negative ? -e7 : e7;
}

lee_error lee_openair_coord_parse(const char **at, const char *end, lee_point *out,
                                  uint32_t *oddities)
{
    assert(at && *at && end && out && oddities);

    cursor in = {*at, end};
    angle lat;
    angle lon;
    lee_error error = take_angle(&in, &lat, oddities);
    if (error == LEE_OK) {
        while (in.at < in.end && *in.at == ',') {
            in.at++;
        }
        error = take_angle(&in, &lon, oddities);
    }
    *at = in.at;
    if (error != LEE_OK) {
        return error;
    }
    if ((lat.hemisphere != 'N' && lat.hemisphere != 'S') ||
        (lon.hemisphere != 'E' && lon.hemisphere != 'W')) {
        return LEE_ERR_SYNTAX;
    }
    *oddities |= lat.parts != lon.parts ? LEE_COORD_MIXED : 0;
    const int64_t lat_e7 = to_e7(&lat, 'S');
    const int64_t lon_e7 = to_e7(&lon, 'W');
    if (lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7 || lon_e7 < -LEE_LON_MAX_E7 ||
        lon_e7 > LEE_LON_MAX_E7) {
        return LEE_ERR_DOMAIN;
    }
    *out = (lee_point){(int32_t)lat_e7, (int32_t)lon_e7};
    return LEE_OK;
}
