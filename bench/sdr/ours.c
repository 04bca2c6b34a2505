/* The messages of a file of samples: ours RATE_HZ FILE. A line for each: the count of a 12 MHz
 * clock, how many of its bits were turned over, and the message. */
#include <stdio.h>
#include <stdlib.h>

#include "decode/demod.h"

static void on_message(void *context, const lee__demod_message *message)
{
    (void)context;
    printf("%llu %u ", (unsigned long long)message->tick, message->repaired_bits);
    for (size_t i = 0; i < message->length; i++) {
        printf("%02x", message->bytes[i]);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    static uint8_t bytes[65536];
    lee__demod *demod;
    FILE *const file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (file == NULL ||
        lee__demod_create(LEE__DEMOD_U8, (uint32_t)atoi(argv[1]), &demod) != LEE_OK) {
        fputs("usage: ours 2400000|2000000 FILE\n", stderr);
        return 2;
    }
    for (size_t length; (length = fread(bytes, 1, sizeof bytes, file)) > 0;) {
        lee__demod_push(demod, bytes, length, on_message, NULL);
    }
    lee__demod_finish(demod, on_message, NULL);
    lee__demod_free(demod);
    return fclose(file);
}
