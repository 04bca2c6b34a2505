#include "zone/write.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/shape.h"

static const char *const classes[LEE_ZONE_KIND_COUNT] = {
    [LEE_ZONE_SAFE] = "P",       [LEE_ZONE_NO_FLY] = "P",     [LEE_ZONE_RESTRICTED] = "R",
    [LEE_ZONE_DANGER] = "Q",     [LEE_ZONE_PROHIBITED] = "P", [LEE_ZONE_CONTROLLED] = "C",
    [LEE_ZONE_CORRIDOR] = "UNC", [LEE_ZONE_NOTICE] = "UNC",
};

static void write_padded(uint64_t value, int digits, lee_buffer *out)
{
    uint64_t limit = 1;
    for (int i = 1; i < digits; i++) {
        limit *= 10;
    }
    for (; limit > 1 && value < limit; limit /= 10) {
        lee_buffer_char(out, '0');
    }
    lee_buffer_uint(out, value);
}

/* DD:MM:SS.sssss; 10^-7 degrees are 36 x 10^-5 seconds, so nothing is lost. */
static void write_angle(int32_t e7, int degree_digits, char positive, char negative,
                        lee_buffer *out)
{
    const uint64_t total_e5 = (uint64_t)(e7 < 0 ? -(int64_t)e7 : e7) * 36;
    write_padded(total_e5 / 360000000, degree_digits, out);
    lee_buffer_char(out, ':');
    write_padded(total_e5 / 6000000 % 60, 2, out);
    lee_buffer_char(out, ':');
    write_padded(total_e5 / 100000 % 60, 2, out);
    if (total_e5 % 100000 != 0) {
        lee_buffer_char(out, '.');
        write_padded(total_e5 % 100000, 5, out);
    }
    lee_buffer_char(out, ' ');
    lee_buffer_char(out, e7 < 0 ? negative : positive);
}

static void write_point(const lee_point *point, lee_buffer *out)
{
    lee_buffer_text(out, "DP ");
    write_angle(point->lat_e7, 2, 'N', 'S', out);
    lee_buffer_char(out, ' ');
    write_angle(point->lon_e7, 3, 'E', 'W', out);
    lee_buffer_char(out, '\n');
}

static void write_limit(const char *token, const lee_alt_limit *limit, lee_buffer *out)
{
    static const char *const refs[] = {
        [LEE_ALT_STD] = "ft STD\n",
        [LEE_ALT_MSL] = "ft AMSL\n",
        [LEE_ALT_AGL] = "ft AGL\n",
        [LEE_ALT_HAE] = "ft HAE\n",
    };
    lee_buffer_text(out, token);
    if (limit->kind != LEE_LIMIT_VALUE) {
        lee_buffer_text(out, limit->kind == LEE_LIMIT_SFC ? "GND\n" : "UNL\n");
    } else if (limit->alt.ref == LEE_ALT_STD && limit->alt.ft >= 0 && limit->alt.ft % 100 == 0) {
        lee_buffer_text(out, "FL");
        write_padded((uint64_t)limit->alt.ft / 100, 3, out);
        lee_buffer_char(out, '\n');
    } else {
        lee_buffer_int(out, limit->alt.ft);
        lee_buffer_text(out, refs[limit->alt.ref]);
    }
}

static void write_instant(int64_t t_us, lee_buffer *out)
{
    char text[LEE_TIME_TEXT_BYTES];
    if (t_us == INT64_MIN || t_us == INT64_MAX) {
        lee_buffer_text(out, "NONE");
    } else {
        lee_buffer_bytes(out, text, lee_time_format(t_us, text));
    }
}

/* The name as plain text on one line; of a map of languages, its first text. Escapes other than of
 * quotes and backslashes cannot stand in a line and become spaces. */
static void write_name(const lee_zone *zone, lee_buffer *out)
{
    const char *at = zone->name ? zone->name : "";
    const char *colon = *at == '{' ? strstr(at, "\":\"") : NULL;
    at = *at == '{' ? (colon ? colon + 3 : "") : at + (*at == '"');
    lee_buffer_text(out, "AN ");
    for (; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
            lee_buffer_char(out, *at == '"' || *at == '\\' || *at == '/' ? *at : ' ');
            at += *at == 'u' && strlen(at) > 4 ? 4 : 0;
        } else {
            /* A star after a space would begin a comment. */
            lee_buffer_char(out, *at == '*' ? '-' : *at);
        }
    }
    lee_buffer_char(out, '\n');
}

static void write_block(const lee_zone *zone, const lee_ring *ring, lee_buffer *out)
{
    lee_buffer_text(out, "\nAC ");
    lee_buffer_text(out, classes[zone->kind]);
    lee_buffer_char(out, '\n');
    write_name(zone, out);
    lee_buffer_text(out, "AI ");
    lee_buffer_text(out, zone->id);
    lee_buffer_char(out, '\n');
    for (uint32_t i = 0; i < zone->schedule.count && !zone->schedule.always; i++) {
        lee_buffer_text(out, "AA ");
        write_instant(zone->schedule.intervals[i].from_us, out);
        lee_buffer_char(out, '/');
        write_instant(zone->schedule.intervals[i].to_us, out);
        lee_buffer_char(out, '\n');
    }
    write_limit("AL ", &zone->lower, out);
    write_limit("AH ", &zone->upper, out);
    for (uint32_t i = 0; i < ring->count; i++) {
        write_point(&ring->points[i], out);
    }
    write_point(&ring->points[0], out);
}

static bool can_hold(const lee_zone *zone)
{
    for (uint32_t i = 0; i < zone->area.count; i++) {
        if (lee_ring_area2(&zone->area.rings[i]) < 0) {
            return false;
        }
    }
    /* Without intervals a block would be active always. */
    return zone->schedule.always || zone->schedule.count > 0;
}

void lee_zone_write_openair(const lee_zone_list *list, lee_buffer *out, uint32_t *left_out)
{
    assert(list && out && left_out);
    *left_out = 0;
    lee_buffer_text(out, "* OpenAir 2.0, written by leeward\n");
    for (uint32_t i = 0; i < list->count; i++) {
        const lee_zone *zone = &list->zones[i];
        if (zone->moving.radius_m > 0) {
            continue;
        }
        if (!can_hold(zone)) {
            ++*left_out;
            continue;
        }
        for (uint32_t r = 0; r < zone->area.count; r++) {
            write_block(zone, &zone->area.rings[r], out);
        }
    }
}
