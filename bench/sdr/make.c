/* Makes I/Q samples (8 bits) of Mode S messages in noise with a fixed seed:
 *   make RATE_HZ SECONDS MESSAGES_A_SECOND SNR_DB SPREAD_DB TRUTH < HEX-LINES > SAMPLES
 * The messages are sent in their order, over and over, at times of a Poisson process, so that some
 * overlap; each with its own place between the samples, phase, carrier (off by up to 200 kHz) and
 * level (SNR_DB and up to SPREAD_DB more or less). SNR is that of a pulse's top over the noise.
 * TRUTH gets a line for each: the count of a 12 MHz clock 64 us after its beginning, and the
 * message. */
#include <stdio.h>
#include <stdlib.h>

#include "unit/decode/modulate.h"

#define NOISE_SIGMA 4.0 /* steps of the converter, in I and in Q */
#define BLOCK_SAMPLES 240000
#define TAIL_SAMPLES 1000 /* a message that reaches into the next block */
#define MESSAGES_MAX 200000

typedef struct {
    uint8_t bytes[14];
    size_t length;
} message;

static message messages[MESSAGES_MAX];
static double samples[2 * (BLOCK_SAMPLES + TAIL_SAMPLES)];
static uint64_t seed = 20260101;

static size_t read_messages(void)
{
    char line[64];
    size_t count = 0;
    while (count < MESSAGES_MAX && fgets(line, sizeof line, stdin)) {
        message *const m = &messages[count];
        unsigned byte;
        for (m->length = 0; m->length < 14 && sscanf(line + 2 * m->length, "%2x", &byte) == 1;) {
            m->bytes[m->length++] = (uint8_t)byte;
        }
        count += m->length == 7 || m->length == 14;
    }
    return count;
}

static void tell(FILE *truth, double t_us, const message *m)
{
    fprintf(truth, "%lld ", (long long)((t_us + 64) * 12));
    for (size_t i = 0; i < m->length; i++) {
        fprintf(truth, "%02x", m->bytes[i]);
    }
    fputc('\n', truth);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        return 2;
    }
    const double rate_hz = atof(argv[1]);
    const double end_us = atof(argv[2]) * 1e6;
    const double gap_us = 1e6 / atof(argv[3]);
    const double snr_db = atof(argv[4]);
    const double spread_db = atof(argv[5]);
    FILE *const truth = fopen(argv[6], "w");
    const size_t count = read_messages();
    if (!truth || count == 0) {
        return 2;
    }
    double t_us = 100;
    size_t next = 0;
    const double block_us = BLOCK_SAMPLES / rate_hz * 1e6;
    for (double begin_us = 0; begin_us < end_us; begin_us += block_us) {
        for (; t_us < begin_us + block_us && t_us < end_us - 1000; next++) {
            const message *const m = &messages[next % count];
            const double level_db = snr_db + spread_db * (2 * modulate_random(&seed) - 1);
            const modulated sent = {.t_us = t_us - begin_us,
                                    .bytes = m->bytes,
                                    .length = m->length,
                                    .amplitude = NOISE_SIGMA * sqrt(2.0) * pow(10, level_db / 20),
                                    .phase_rad = 6.283185307179586 * modulate_random(&seed),
                                    .offset_hz = 200e3 * (2 * modulate_random(&seed) - 1)};
            modulate_add(&sent, rate_hz, samples, BLOCK_SAMPLES + TAIL_SAMPLES);
            tell(truth, t_us, m);
            t_us += -gap_us * log(1 - modulate_random(&seed));
        }
        modulate_noise(&seed, NOISE_SIGMA, samples, BLOCK_SAMPLES);
        for (size_t i = 0; i < 2 * BLOCK_SAMPLES; i++) {
            putchar(modulate_u8(samples[i]));
        }
        memmove(samples, samples + 2 * BLOCK_SAMPLES, 2 * TAIL_SAMPLES * sizeof samples[0]);
        memset(samples + 2 * TAIL_SAMPLES, 0, 2 * BLOCK_SAMPLES * sizeof samples[0]);
    }
    return fclose(truth) == 0 ? 0 : 1;
}
