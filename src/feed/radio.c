#include "feed/radio.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/socket.h"

#define PROGRAM "rtl_sdr"
#define FREQUENCY_HZ "1090000000" /* ICAO Annex 10 Vol IV 3.1.2.1.1 */
/* Samples come in blocks of so many bytes, 14 ms of them; the program's own size is 55 ms. */
#define BLOCK_BYTES "65536"

bool lee_radio_start(const lee_feed_uri *uri, lee_child **out, char *reason, size_t capacity)
{
    assert(uri && uri->kind == LEE_FEED_RTL && out && reason);
    char rate[16];
    char gain[16];
    char ppm[16];
    (void)snprintf(rate, sizeof rate, "%u", (unsigned)uri->sample_rate_hz);
    /* Its 0 lets the tuner choose. */
    const int gain_e1 = uri->gain_db_e1 == LEE_FEED_GAIN_AUTO ? 0 : (int)uri->gain_db_e1;
    (void)snprintf(gain, sizeof gain, "%d.%d", gain_e1 / 10, gain_e1 % 10);
    (void)snprintf(ppm, sizeof ppm, "%d", (int)uri->ppm);
    const char *const argv[] = {PROGRAM,
                                "-f",
                                FREQUENCY_HZ,
                                "-s",
                                rate,
                                "-g",
                                gain,
                                "-p",
                                ppm,
                                "-b",
                                BLOCK_BYTES,
                                "-d",
                                uri->host[0] ? uri->host : "0",
                                "-",
                                NULL};
    const int error = lee_child_start(argv, out);
    if (error == -ENOENT) {
        (void)snprintf(reason, capacity, "rtl_sdr is not installed (Debian's package rtl-sdr)");
    } else if (error != 0) {
        lee_socket_text_error(error, reason, capacity);
    }
    return error == 0;
}

void lee_radio_reason(lee_child *child, char *reason, size_t capacity)
{
    assert(child && reason);
    char words[80];
    lee_child_last_words(child, words, sizeof words);
    (void)snprintf(reason, capacity, "the radio stopped%s%s", words[0] ? ": " : "", words);
}
