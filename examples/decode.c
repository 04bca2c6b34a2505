/* examples/decode.c: bytes in, reports out.
 *
 *   cc decode.c $(pkg-config --cflags --libs leeward) -o decode && ./decode sbs <flight.sbs
 *
 * Reads what a receiver sends on standard input, in any format that lee_format_parse knows. */
#include <stdio.h>

#include <leeward/decoder.h>
#include <leeward/deframe.h>

/* Called for each frame of the stream; the frame is borrowed until this returns. */
static void on_frame(void *context, const lee_frame *frame)
{
    lee_report report;
    lee_error_info why;
    if (lee_decoder_frame(context, frame, &report, &why) != LEE_DECODED_REPORT) {
        return;
    }
    /* A field that the source did not say is absent, which is a bit and never a number. */
    printf("%lld %s", (long long)(report.t_us / 1000000), report.target.text);
    if (report.present & LEE_REPORT_HAS_LAT) {
        printf(" at %.4f %.4f", report.lat_e7 / 1e7, report.lon_e7 / 1e7);
    }
    if (report.present & LEE_REPORT_HAS_ALT_BARO) {
        printf(" %d ft", report.alt_baro_ft);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    lee_format format;
    if (argc != 2 || !lee_format_parse(argv[1], &format)) {
        fprintf(stderr, "usage: decode FORMAT <BYTES\n");
        return 2;
    }
    lee_deframe_options deframe;
    lee_deframe_options_default(&deframe);
    lee_decoder_options decode;
    lee_decoder_options_default(&decode);
    lee_deframer *deframer = NULL;
    lee_decoder *decoder = NULL;
    int status = 1;
    if (!lee_deframer_create(format, &deframe, &deframer) &&
        !lee_decoder_create(&decode, &decoder)) {
        uint8_t bytes[4096];
        for (size_t length; (length = fread(bytes, 1, sizeof(bytes), stdin)) > 0;) {
            lee_deframer_push(deframer, bytes, length, 0, on_frame, decoder);
        }
        lee_deframer_finish(deframer, on_frame, decoder);
        lee_decoder_counters sum;
        lee_decoder_count(decoder, &sum);
        fprintf(stderr, "%llu frames, %llu reports\n", (unsigned long long)sum.frames,
                (unsigned long long)sum.reports);
        status = ferror(stdin) ? 1 : 0;
    }
    lee_decoder_free(decoder);
    lee_deframer_free(deframer);
    return status;
}
