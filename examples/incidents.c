/* examples/incidents.c: bytes in, incidents out.
 *
 *   cc incidents.c $(pkg-config --cflags --libs leeward) -o incidents && ./incidents sbs
 * <flight.sbs
 *
 * Reads what a receiver sends on standard input, in any format that lee_format_parse knows, and
 * prints what happens at one zone. */
#include <stdio.h>

#include <leeward/decoder.h>
#include <leeward/deframe.h>
#include <leeward/watch.h>

typedef struct {
    lee_decoder *decoder;
    lee_watch *watch;
} engine;

static void on_event(void *context, const lee_event *event)
{
    static const char *const names[] = {
#define NAME(bit, text) text,
        LEE_EVENT_LIST(NAME)
#undef NAME
    };
    (void)context;
    printf("%lld %s %s %s\n", (long long)(event->t_us / 1000000), event->target.text,
           names[event->kind], event->zone);
}

static void on_frame(void *context, const lee_frame *frame)
{
    const engine *e = context;
    lee_report report;
    lee_error_info why;
    if (lee_decoder_frame(e->decoder, frame, &report, &why) == LEE_DECODED_REPORT) {
        lee_watch_report(e->watch, &report);
    } else {
        fprintf(stderr, "line %u: %s\n", frame->line, why.reason);
    }
}

/* From the surface to 10,000 ft above mean sea level; told two minutes before entry. */
static lee_error make_zone(lee_zone_set **out)
{
    static const lee_point corners[] = {{365000000, 361000000},
                                        {365000000, 362000000},
                                        {366000000, 362000000},
                                        {366000000, 361000000}};
    static const lee_ring ring = {corners, 4};
    static const lee_zone zone = {
        .id = "hospital",
        .kind = LEE_ZONE_NO_FLY,
        .upper = {LEE_LIMIT_VALUE, {10000, LEE_ALT_MSL}},
        .schedule = {.always = true},
        .watch = {.look_ahead_s = 120, .warning_time_s = 120, .confirm = 1, .lost_after_s = 60},
        .area = {&ring, 1}};
    static const lee_zone_list list = {&zone, 1};
    return lee_zone_set_build(&list, out);
}

int main(int argc, char **argv)
{
    lee_format format;
    if (argc != 2 || !lee_format_parse(argv[1], &format)) {
        fprintf(stderr, "usage: incidents FORMAT <BYTES\n");
        return 2;
    }
    lee_deframe_options deframe;
    lee_deframe_options_default(&deframe);
    lee_decoder_options decode;
    lee_decoder_options_default(&decode);
    lee_watch_options watch;
    lee_watch_options_default(&watch);
    lee_deframer *deframer = NULL;
    lee_zone_set *zones = NULL;
    engine e = {NULL, NULL};
    int status = 1;
    if (lee_deframer_create(format, &deframe, &deframer) ||
        lee_decoder_create(&decode, &e.decoder) || make_zone(&zones) ||
        lee_watch_create(&watch, on_event, NULL, &e.watch) ||
        lee_watch_set_zones(e.watch, zones, 1, 0)) {
        goto out;
    }
    uint8_t bytes[4096];
    for (size_t length; (length = fread(bytes, 1, sizeof(bytes), stdin)) > 0;) {
        lee_deframer_push(deframer, bytes, length, 0, on_frame, &e);
    }
    lee_deframer_finish(deframer, on_frame, &e);
    status = ferror(stdin) ? 1 : 0;
out:
    lee_watch_free(e.watch);
    lee_zone_set_free(zones);
    lee_decoder_free(e.decoder);
    lee_deframer_free(deframer);
    return status;
}
