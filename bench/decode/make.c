/* Makes a recording with a fixed seed: make beast|sbs|json|report|ais COUNT [AIRCRAFT] > FILE.
 *
 * 5,000 aircraft, or as many as are asked for, send 5 messages a second each: of 20 messages 8 are
 * airborne positions (even and odd in turn), 4 velocities, 1 an identification, 4 all-call replies
 * (DF11), 3 altitude replies (DF4). Parity and CPR halves are right. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/decode/encode.h"

#define AIRCRAFT_MAX 5000
#define TICKS_PER_MESSAGE 480 /* 12 MHz / 25,000 messages a second */

static uint64_t seed = 20260101;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % limit);
}

typedef struct {
    uint32_t address;
    lee_point point;
    int32_t north_kt;
    int32_t east_kt;
    int32_t alt_ft;
    uint32_t sent;
    bool odd;
} aircraft;

static aircraft fleet[AIRCRAFT_MAX];
static uint32_t fleet_size = AIRCRAFT_MAX;
static lee_crc24 crc;

static void put_beast(uint64_t tick, const uint8_t *message, size_t length)
{
    uint8_t plain[21];
    for (int i = 0; i < 6; i++) {
        plain[i] = (uint8_t)(tick >> (40 - 8 * i));
    }
    plain[6] = 0x80;
    memcpy(plain + 7, message, length);
    putchar(0x1a);
    putchar(length == 14 ? '3' : '2');
    for (size_t i = 0; i < 7 + length; i++) {
        putchar(plain[i]);
        if (plain[i] == 0x1a) {
            putchar(0x1a);
        }
    }
}

static void send_message(uint64_t tick, uint32_t head, uint64_t me, uint32_t overlay)
{
    const size_t length = head >> 31 != 0 ? 14 : 7;
    uint8_t bytes[14] = {(uint8_t)(head >> 24), (uint8_t)(head >> 16), (uint8_t)(head >> 8),
                         (uint8_t)head};
    for (unsigned i = 0; length == 14 && i < 7; i++) {
        bytes[4 + i] = (uint8_t)(me >> (48 - 8 * i));
    }
    const uint32_t parity = lee_crc24_remainder(&crc, bytes, length) ^ overlay;
    bytes[length - 3] = (uint8_t)(parity >> 16);
    bytes[length - 2] = (uint8_t)(parity >> 8);
    bytes[length - 1] = (uint8_t)parity;
    put_beast(tick, bytes, length);
}

static uint32_t altitude_code(int32_t alt_ft)
{
    return (uint32_t)(alt_ft + 1000) / 25;
}

static uint64_t position_field(aircraft *a)
{
    const lee_cpr half = cpr_encode(a->point, a->odd, false);
    const uint32_t n = altitude_code(a->alt_ft);
    const uint32_t code = (n & 0x7f0) << 1 | 0x10 | (n & 15);
    const uint64_t field = UINT64_C(11) << 51 | (uint64_t)code << 36 | (uint64_t)a->odd << 34 |
                           (uint64_t)half.lat << 17 | half.lon;
    a->odd = !a->odd;
    return field;
}

static uint64_t velocity_field(const aircraft *a)
{
    const uint64_t east = (uint64_t)(a->east_kt < 0) << 10 | (uint64_t)(abs(a->east_kt) + 1);
    const uint64_t north = (uint64_t)(a->north_kt < 0) << 10 | (uint64_t)(abs(a->north_kt) + 1);
    return UINT64_C(19) << 51 | UINT64_C(1) << 48 | east << 32 | north << 21 | UINT64_C(5) << 10 |
           17;
}

static uint64_t name_field(const aircraft *a)
{
    uint64_t field = UINT64_C(4) << 51 | UINT64_C(3) << 48;
    uint32_t number = a->address;
    for (int i = 0; i < 8; i++, number /= 26) {
        field |= (uint64_t)(1 + number % 26) << (42 - 6 * i);
    }
    return field;
}

static void send_beast(uint64_t index)
{
    aircraft *const a = &fleet[index % fleet_size];
    const uint64_t tick = index * TICKS_PER_MESSAGE + random_below(100);
    const uint32_t kind = (a->sent++ + a->address) % 20;
    /* 0.2 s of flight; 1 kt is 1/216000 degree a second. */
    a->point.lat_e7 += a->north_kt * 2000 / 216;
    a->point.lon_e7 += a->east_kt * 2000 / 216;
    if (kind % 5 < 2) {
        send_message(tick, 0x8d000000u | a->address, position_field(a), 0);
    } else if (kind % 5 == 2) {
        send_message(tick, 0x8d000000u | a->address, velocity_field(a), 0);
    } else if (kind == 3) {
        send_message(tick, 0x8d000000u | a->address, name_field(a), 0);
    } else if (kind % 5 == 3) {
        const uint32_t n = altitude_code(a->alt_ft);
        const uint32_t code = (n & 0x7e0) << 2 | (n & 0x10) << 1 | 0x10 | (n & 15);
        send_message(tick, 0x20000000u | code, 0, a->address);
    } else {
        send_message(tick, 0x5d000000u | a->address, 0, 0);
    }
}

static void send_sbs(uint64_t index)
{
    aircraft *const a = &fleet[index % fleet_size];
    a->point.lat_e7 += a->north_kt * 2000 / 216;
    const unsigned ms = (unsigned)(index / 25 % 1000);
    const unsigned s = (unsigned)(index / 25000);
    char stamp[64];
    snprintf(stamp, sizeof stamp, "2026/01/01,%02u:%02u:%02u.%03u", s / 3600 % 24, s / 60 % 60,
             s % 60, ms);
    if (index / fleet_size % 2 == 0) {
        printf("MSG,3,1,1,%06X,1,%s,%s,,%d,,,%.5f,%.5f,,,0,0,0,0\r\n", a->address, stamp, stamp,
               a->alt_ft, a->point.lat_e7 / 1e7, a->point.lon_e7 / 1e7);
    } else {
        printf("MSG,4,1,1,%06X,1,%s,%s,,,%d,%d,,,64,,0,0,0,0\r\n", a->address, stamp, stamp,
               abs(a->north_kt), (int)(a->address % 360));
    }
}

static void send_report(uint64_t index)
{
    aircraft *const a = &fleet[index % fleet_size];
    a->point.lat_e7 += a->north_kt * 2000 / 216;
    printf(
        "{\"t_us\":%llu,\"target\":\"icao24:%06x\",\"source\":\"adsb\",\"lat\":%.6f,\"lon\":%.6f,"
        "\"alt_baro_ft\":%d,\"alt_hae_ft\":%d,\"speed_ground_kt\":%.1f,\"track_deg\":%.2f,"
        "\"vertical_rate_fpm\":64,\"squawk\":\"%04o\",\"nic\":8,\"nac_p\":10,\"sil\":3,"
        "\"adsb_version\":2,\"rc_m\":186,\"nac_v\":2,\"gva\":2,\"sda\":2,"
        "\"callsign\":\"LEE%04u\",\"category\":\"A3\",\"emergency\":\"none\"}\n",
        1700000000000000ULL + (unsigned long long)index * 40, a->address, a->point.lat_e7 / 1e7,
        a->point.lon_e7 / 1e7, a->alt_ft, a->alt_ft + 300, abs(a->north_kt) + 0.5,
        (a->address % 36000) / 100.0, a->address % 4096, a->address % 10000);
}

static void send_json(uint64_t index)
{
    aircraft *const a = &fleet[index % fleet_size];
    a->point.lat_e7 += a->north_kt * 2000 / 216;
    printf("{\"now\":%.3f,\"hex\":\"%06x\",\"type\":\"adsb_icao\",\"flight\":\"LEE%04u \","
           "\"alt_baro\":%d,\"alt_geom\":%d,\"gs\":%.1f,\"track\":%.2f,\"baro_rate\":64,"
           "\"squawk\":\"%04o\",\"emergency\":\"none\",\"category\":\"A3\",\"lat\":%.6f,"
           "\"lon\":%.6f,\"nic\":8,\"rc\":186,\"seen_pos\":0.3,\"version\":2,\"nac_p\":10,"
           "\"nac_v\":2,\"sil\":3,\"sil_type\":\"perhour\",\"gva\":2,\"sda\":2,\"mlat\":[],"
           "\"tisb\":[],\"messages\":%u,\"seen\":0.1,\"rssi\":-18.3}\n",
           1.7e9 + (double)index / 25000, a->address, a->address % 10000, a->alt_ft,
           a->alt_ft + 300, abs(a->north_kt) + 0.5, (double)(a->address % 36000) / 100,
           a->address & 07777, a->point.lat_e7 / 1e7, a->point.lon_e7 / 1e7, a->sent++);
}

static void put_bits(uint8_t *bits, size_t *at, uint64_t value, unsigned width)
{
    while (width > 0) {
        bits[(*at)++] = (uint8_t)(value >> --width & 1);
    }
}

static void send_ais(uint64_t index)
{
    aircraft *const a = &fleet[index % fleet_size];
    a->point.lat_e7 += a->north_kt;
    uint8_t bits[168] = {0};
    size_t at = 0;
    put_bits(bits, &at, 1, 6);
    put_bits(bits, &at, 0, 2);
    put_bits(bits, &at, 244000000 + a->address % 1000000, 30);
    put_bits(bits, &at, 0, 4);
    put_bits(bits, &at, 0, 8);
    put_bits(bits, &at, 123, 10);
    put_bits(bits, &at, 1, 1);
    put_bits(bits, &at, (uint64_t)((int64_t)a->point.lon_e7 * 6 / 100) & 0xfffffff, 28);
    put_bits(bits, &at, (uint64_t)((int64_t)a->point.lat_e7 * 6 / 100) & 0x7ffffff, 27);
    put_bits(bits, &at, a->address % 3600, 12);
    put_bits(bits, &at, a->address % 360, 9);
    put_bits(bits, &at, index / fleet_size % 60, 6);
    char line[64] = "AIVDM,1,1,,A,";
    size_t length = strlen(line);
    for (size_t i = 0; i < 168; i += 6) {
        unsigned value = 0;
        for (size_t k = 0; k < 6; k++) {
            value = value << 1 | bits[i + k];
        }
        line[length++] = (char)(value < 40 ? value + 48 : value + 56);
    }
    memcpy(line + length, ",0", 3);
    unsigned sum = 0;
    for (const char *c = line; *c != '\0'; c++) {
        sum ^= (unsigned char)*c;
    }
    printf("!%s*%02X\r\n", line, sum);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*send)(uint64_t);
    } kinds[] = {{"beast", send_beast},
                 {"sbs", send_sbs},
                 {"json", send_json},
                 {"report", send_report},
                 {"ais", send_ais}};
    if (argc == 4) {
        fleet_size = (uint32_t)strtoul(argv[3], NULL, 10);
    }
    if (argc < 3 || argc > 4 || fleet_size < 1 || fleet_size > AIRCRAFT_MAX) {
        fputs("usage: make beast|sbs|json|report|ais COUNT [AIRCRAFT]\n", stderr);
        return 2;
    }
    lee_crc24_init(&crc);
    for (uint32_t i = 0; i < fleet_size; i++) {
        fleet[i] = (aircraft){.address = 0x400000 + i * 37 + random_below(37),
                              .point = {400000000 + (int32_t)random_below(100000000),
                                        50000000 + (int32_t)random_below(200000000)},
                              .north_kt = (int32_t)random_below(900) - 450,
                              .east_kt = (int32_t)random_below(900) - 450,
                              .alt_ft = 1000 + (int32_t)random_below(1500) * 25};
    }
    const uint64_t count = strtoull(argv[2], NULL, 10);
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        for (uint64_t i = 0; strcmp(argv[1], kinds[kind].name) == 0 && i < count; i++) {
            kinds[kind].send(i);
        }
    }
    return 0;
}
