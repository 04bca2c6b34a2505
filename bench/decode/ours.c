/* Deframes and decodes a file that is in memory: ours FORMAT FILE. Prints the frames, the reports,
 * those with a position, and the CPU seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "leeward/decoder.h"
#include "leeward/deframe.h"

typedef struct {
    lee_decoder *decoder;
    uint64_t positions;
    uint64_t sum; /* so that nothing can be left out */
} run;

static void on_frame(void *context, const lee_frame *frame)
{
    run *const r = context;
    lee_report report;
    lee_error_info why;
    if (lee_decoder_frame(r->decoder, frame, &report, &why) == LEE_DECODED_REPORT) {
        r->positions += (report.present & LEE_REPORT_HAS_LAT) != 0;
        r->sum += (uint64_t)report.t_us + report.present;
    }
}

int main(int argc, char **argv)
{
    lee_format format;
    FILE *const file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (file == NULL || !lee_format_parse(argv[1], &format)) {
        fputs("usage: ours FORMAT FILE\n", stderr);
        return 2;
    }
    fseek(file, 0, SEEK_END);
    const size_t length = (size_t)ftell(file);
    rewind(file);
    uint8_t *const bytes = malloc(length);
    if (bytes == NULL || fread(bytes, 1, length, file) != length) {
        return 1;
    }
    fclose(file);
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    lee_decoder_options decoder_options;
    lee_decoder_options_default(&decoder_options);
    lee_deframer *deframer = NULL;
    run r = {.positions = 0};
    if (lee_deframer_create(format, &options, &deframer) != LEE_OK ||
        lee_decoder_create(&decoder_options, &r.decoder) != LEE_OK) {
        return 1;
    }
    const clock_t begin = clock();
    for (size_t at = 0; at < length; at += 65536) {
        lee_deframer_push(deframer, bytes + at, length - at < 65536 ? length - at : 65536, 0,
                          on_frame, &r);
    }
    lee_deframer_finish(deframer, on_frame, &r);
    const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    lee_decoder_counters counted;
    lee_decoder_count(r.decoder, &counted);
    printf("%llu %llu %llu %.6f %llu\n", (unsigned long long)counted.frames,
           (unsigned long long)counted.reports, (unsigned long long)r.positions, seconds,
           (unsigned long long)r.sum);
    lee_deframer_free(deframer);
    lee_decoder_free(r.decoder);
    free(bytes);
    return 0;
}
