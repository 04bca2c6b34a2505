#define _GNU_SOURCE
#include "sim/traffic.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/decode/encode.h"

/* To and fro over a square of 80 by 50 km in which the zones lie. */
#define WEST_E7 INT64_C(99000000)
#define SPAN_E7 INT64_C(10000000)
#define SOUTH_E7 INT64_C(499000000)
#define HIGH_E7 INT64_C(6000000)
#define SPEED_E7_S INT64_C(22000)

void sim_target_place(uint32_t number, int64_t utc_us, int32_t *lat_e7, int32_t *lon_e7)
{
    const int64_t phase = (int64_t)((number * UINT64_C(2654435769)) % (2 * (uint64_t)SPAN_E7));
    const int64_t speed = SPEED_E7_S * (4 + number % 5) / 6;
    const int64_t way = utc_us % INT64_C(1000000000000) / 1000 * speed / 1000 + phase;
    const int64_t along = way % (2 * SPAN_E7);
    *lon_e7 = (int32_t)(WEST_E7 + (along < SPAN_E7 ? along : 2 * SPAN_E7 - along));
    *lat_e7 = (int32_t)(SOUTH_E7 + (int64_t)((number * UINT64_C(40503)) % 1000) * HIGH_E7 / 1000);
}

void sim_target_name(uint32_t number, sim_format format, char out[32])
{
    if (format == SIM_AIS) {
        (void)snprintf(out, 32, "mmsi:%09u", 211000000u + number);
    } else {
        (void)snprintf(out, 32, "icao24:%06x", 0x3c0000u + number);
    }
}

/* --- writing --------------------------------------------------------------------------------- */

static void put_bits(uint8_t *bits, unsigned at, unsigned count, uint64_t value)
{
    for (unsigned i = 0; i < count; i++) {
        bits[at + i] = (value >> (count - 1 - i)) & 1;
    }
}

/* ITU-R M.1371-5, Annex 8, 3.1: a position report of class A. */
static void ais_line(uint32_t number, int32_t lat_e7, int32_t lon_e7, char out[512])
{
    uint8_t bits[168] = {0};
    put_bits(bits, 0, 6, 1);
    put_bits(bits, 8, 30, 211000000u + number);
    put_bits(bits, 42, 8, 128);
    put_bits(bits, 50, 10, 120);
    put_bits(bits, 61, 28, (uint64_t)((int64_t)lon_e7 * 6 / 100));
    put_bits(bits, 89, 27, (uint64_t)((int64_t)lat_e7 * 6 / 100));
    put_bits(bits, 116, 12, 900);
    put_bits(bits, 128, 9, 511);
    put_bits(bits, 137, 6, 60);
    int length = snprintf(out, 512, "!AIVDM,1,1,,A,");
    for (unsigned i = 0; i < 28; i++) {
        unsigned six = 0;
        for (unsigned k = 0; k < 6; k++) {
            six = six << 1 | bits[i * 6 + k];
        }
        out[length++] = (char)(six < 40 ? six + 48 : six + 56);
    }
    length += snprintf(out + length, 8, ",0");
    uint8_t sum = 0;
    for (int i = 1; i < length; i++) {
        sum ^= (uint8_t)out[i];
    }
    (void)snprintf(out + length, 16, "*%02X\r\n", sum);
}

static void degrees(int32_t e7, char out[16])
{
    (void)snprintf(out, 16, "%d.%07d", e7 / 10000000, e7 % 10000000);
}

void sim_line_of_target(sim_format format, uint32_t number, int64_t utc_us, char out[512])
{
    int32_t lat_e7 = 0;
    int32_t lon_e7 = 0;
    char lat[16];
    char lon[16];
    sim_target_place(number, utc_us, &lat_e7, &lon_e7);
    degrees(lat_e7, lat);
    degrees(lon_e7, lon);
    switch (format) {
    case SIM_JSONL:
        (void)snprintf(out, 512,
                       "{\"t_us\":%lld,\"target\":\"icao24:%06x\",\"source\":\"adsb\",\"lat\":%s,"
                       "\"lon\":%s,\"alt_baro_ft\":5000}\n",
                       (long long)utc_us, 0x3c0000u + number, lat, lon);
        break;
    case SIM_SBS:
        (void)snprintf(out, 512, "MSG,3,1,1,%06X,1,,,,,,5000,,,%s,%s,,,,,,0\r\n",
                       0x3c0000u + number, lat, lon);
        break;
    case SIM_AIS:
        ais_line(number, lat_e7, lon_e7, out);
        break;
    case SIM_AVR: {
        const bool odd = utc_us / 1000000 % 2 != 0;
        message_encode(0x8d000000u | (0x3c0000u + number),
                       position_encode((lee_point){lat_e7, lon_e7}, odd, false), 0, out);
        const size_t length = strlen(out);
        (void)snprintf(out + length, 2, "\n");
        break;
    }
    }
}

void sim_line_of_garbage(char out[512])
{
    const size_t length = 1 + (size_t)sim_below(120);
    for (size_t i = 0; i < length; i++) {
        out[i] =
            (char)('a' + sim_below(26)); /* nothing that begins or ends a frame of any format */
    }
    out[length] = '\n';
    out[length + 1] = '\0';
}

/* --- reading --------------------------------------------------------------------------------- */

/* Degrees with at most seven decimals. */
static int32_t e7_of(const char *text)
{
    const bool negative = *text == '-';
    int64_t value = 0;
    int decimals = -1;
    for (text += negative; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
        if (*text == '.') {
            decimals = 0;
        } else if (decimals < 7) {
            value = value * 10 + (*text - '0');
            decimals += decimals >= 0;
        }
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 7; decimals++) {
        value *= 10;
    }
    return (int32_t)(negative ? -value : value);
}

static uint64_t get_bits(const char *payload, unsigned at, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = at; i < at + count; i++) {
        unsigned six = (unsigned)payload[i / 6] - 48;
        six = six > 39 ? six - 8 : six;
        value = value << 1 | ((six >> (5 - i % 6)) & 1);
    }
    return value;
}

bool sim_line_read(const char *line, size_t length, char target[32], int32_t *lat_e7,
                   int32_t *lon_e7, int64_t *t_us)
{
    char text[512];
    if (length >= sizeof text) {
        return false;
    }
    memcpy(text, line, length);
    text[length] = '\0';
    *t_us = 0;
    const char *const lat = strstr(text, "\"lat\":");
    const char *const lon = strstr(text, "\"lon\":");
    const char *const name = strstr(text, "\"target\":\"");
    if (strncmp(text, "{\"t_us\":", 8) == 0 && lat && lon && name) {
        *t_us = strtoll(text + 8, NULL, 10);
        (void)snprintf(target, 32, "%.13s", name + 10);
        *lat_e7 = e7_of(lat + 6);
        *lon_e7 = e7_of(lon + 6);
        return true;
    }
    if (strncmp(text, "!AIVDM,1,1,,A,1", 15) == 0 && length >= 14 + 28) {
        const char *const payload = text + 14;
        (void)snprintf(target, 32, "mmsi:%09u", (unsigned)get_bits(payload, 8, 30));
        *lon_e7 = (int32_t)((int64_t)get_bits(payload, 61, 28) * 100 / 6);
        *lat_e7 = (int32_t)((int64_t)get_bits(payload, 89, 27) * 100 / 6);
        return true;
    }
    if (strncmp(text, "MSG,3,1,1,", 10) == 0) {
        (void)snprintf(target, 32, "icao24:%06lx", strtoul(text + 10, NULL, 16));
        const char *at = text;
        for (int i = 0; i < 14 && at; i++) {
            at = strchr(at + 1, ',');
        }
        const char *const second = at ? strchr(at + 1, ',') : NULL;
        if (!second) {
            return false;
        }
        *lat_e7 = e7_of(at + 1);
        *lon_e7 = e7_of(second + 1);
        return true;
    }
    return false;
}
