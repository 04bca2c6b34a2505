/* Samples (I and Q of 8 bits) at 2 million a second to the same at 2.4 million: resample < IN >
 * OUT. Interpolated by a sinc with a Hann window, so that nothing within the band is lost. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UP 6
#define DOWN 5
#define HALF 24 /* samples looked at on either side */
#define BLOCK 100000

static double taps[UP][2 * HALF];

static void make_taps(void)
{
    const double pi = 3.14159265358979;
    for (int phase = 0; phase < UP; phase++) {
        for (int i = 0; i < 2 * HALF; i++) {
            const double x = i - (HALF - 1) - phase / (double)UP;
            const double window = 0.5 + 0.5 * cos(pi * x / HALF);
            taps[phase][i] = fabs(x) < 1e-9 ? 1 : window * sin(pi * x) / (pi * x);
        }
    }
}

int main(void)
{
    /* Behind HALF - 1 samples of silence, which stand before the first. */
    static uint8_t in[2 * (BLOCK + 2 * HALF)];
    size_t kept = HALF - 1;
    memset(in, 127, 2 * kept);
    make_taps();
    for (size_t read; (read = fread(in + 2 * kept, 2, BLOCK, stdin)) > 0;) {
        const size_t count = kept + read;
        size_t at = 0;
        /* Five samples become six. */
        for (; at + DOWN + 2 * HALF <= count; at += DOWN) {
            for (size_t k = 0; k < UP; k++) {
                const size_t place = k * DOWN;
                const uint8_t *const from = in + 2 * (at + place / UP);
                for (size_t part = 0; part < 2; part++) {
                    double sum = 0;
                    for (size_t i = 0; i < 2 * HALF; i++) {
                        sum += taps[place % UP][i] * (from[2 * i + part] - 127.5);
                    }
                    const double value = floor(sum + 128);
                    putchar(value < 0 ? 0 : value > 255 ? 255 : (int)value);
                }
            }
        }
        kept = count - at;
        memmove(in, in + 2 * at, 2 * kept);
    }
    return ferror(stdin);
}
