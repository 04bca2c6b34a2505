/* unit/decode/modulate.h: what a receiver's samples are when Mode S messages are sent, for tests
 * and benchmarks.
 *
 * A message is a train of pulses of 0.5 us with edges of 0.1 us (ICAO Annex 10 Vol IV 3.1.2.2.1) on
 * a carrier that is off by some kilohertz. It goes through the low-pass filter that an RTL2832 has
 * where librtlsdr sets it (32 symmetrical taps at 28.8 MHz) and is then sampled, at any instants:
 * no sample knows where a pulse begins. */
#ifndef LEE_TEST_DECODE_MODULATE_H
#define LEE_TEST_DECODE_MODULATE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MODULATE_GRID_HZ 28800000.0
#define MODULATE_TAPS 32

typedef struct {
    double t_us; /* when the preamble begins */
    const uint8_t *bytes;
    size_t length;
    double amplitude; /* of a pulse, in the units of the samples */
    double phase_rad;
    double offset_hz; /* of the carrier */
} modulated;

static inline double modulate_tap(double index)
{
    static const int half[MODULATE_TAPS / 2] = {-54, -36, -41, -40, -32, -14, 14,  53,
                                                101, 156, 215, 273, 327, 372, 404, 421};
    const int sum = 2 * 2119;
    if (index < 0 || index > MODULATE_TAPS - 1) {
        return 0;
    }
    const int low = (int)index;
    const int high = low < MODULATE_TAPS - 1 ? low + 1 : low;
    const double a = half[low < 16 ? low : 31 - low];
    const double b = half[high < 16 ? high : 31 - high];
    return (a + (b - a) * (index - low)) / sum;
}

/* Whether half a microsecond number `chip` of the message holds a pulse. */
static inline bool modulate_chip(const modulated *m, int chip)
{
    if (chip < 0 || chip >= 16 + (int)m->length * 16) {
        return false;
    }
    if (chip < 16) {
        return chip == 0 || chip == 2 || chip == 7 || chip == 9;
    }
    const int bit = (chip - 16) / 2;
    const bool one = (m->bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
    return one == (chip % 2 == 0);
}

/* The height of the pulses t_us after the message began. */
static inline double modulate_envelope(const modulated *m, double t_us)
{
    const double edge_us = 0.1;
    const int chip = (int)floor(t_us / 0.5);
    const double into = t_us - chip * 0.5;
    const double here = modulate_chip(m, chip);
    if (into < edge_us / 2) {
        const double before = modulate_chip(m, chip - 1);
        return before + (here - before) * (0.5 + into / edge_us);
    }
    if (into > 0.5 - edge_us / 2) {
        const double after = modulate_chip(m, chip + 1);
        return here + (after - here) * (into - 0.5 + edge_us / 2) / edge_us;
    }
    return here;
}

/* Adds the message to `count` samples (I and Q in turn) at `rate_hz`, of which the first is at 0.
 */
static inline void modulate_add(const modulated *m, double rate_hz, double *iq, size_t count)
{
    const double length_us = 8.0 + 8.0 * (double)m->length;
    const double filter_us = 0.6;
    const double first = floor((m->t_us - filter_us) * rate_hz * 1e-6);
    const double last = ceil((m->t_us + length_us + filter_us) * rate_hz * 1e-6);
    for (double n = first < 0 ? 0 : first; n <= last && n < (double)count; n++) {
        const double t = n / rate_hz; /* s */
        const double centre = floor(t * MODULATE_GRID_HZ);
        double i = 0;
        double q = 0;
        for (int k = -MODULATE_TAPS / 2; k <= MODULATE_TAPS / 2; k++) {
            const double u = (centre + k) / MODULATE_GRID_HZ;
            const double tap = modulate_tap((t - u) * MODULATE_GRID_HZ + 15.5);
            const double a = tap * m->amplitude * modulate_envelope(m, u * 1e6 - m->t_us);
            if (a > 0 || a < 0) {
                const double angle =
                    m->phase_rad + 6.283185307179586 * m->offset_hz * (u - m->t_us * 1e-6);
                i += a * cos(angle);
                q += a * sin(angle);
            }
        }
        iq[2 * (size_t)n] += i;
        iq[2 * (size_t)n + 1] += q;
    }
}

/* Numbers from a seed, evenly in [0, 1), and of the normal distribution. */
static inline double modulate_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (double)(*seed >> 11) / 9007199254740992.0;
}

static inline void modulate_noise(uint64_t *seed, double sigma, double *iq, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        const double radius = sigma * sqrt(-2 * log(1 - modulate_random(seed)));
        const double angle = 6.283185307179586 * modulate_random(seed);
        iq[2 * n] += radius * cos(angle);
        iq[2 * n + 1] += radius * sin(angle);
    }
}

/* As an RTL2832 gives it: 8 bits, 127.5 is zero. */
static inline uint8_t modulate_u8(double value)
{
    const double shifted = floor(value + 128.0);
    return (uint8_t)(shifted < 0 ? 0 : shifted > 255 ? 255 : shifted);
}

#endif
