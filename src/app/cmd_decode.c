#define _POSIX_C_SOURCE 200809L
#include "app/cmd_decode.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/intake.h"
#include "app/memory.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "leeward/decoder.h"
#include "record/codec.h"

#define OUT_BYTES ((size_t)1024 * 1024)
#define LINE_MAX_BYTES ((size_t)256 * 1024)
#define LIVE_FLUSH_MS 250

/* So many refusals are said one by one on standard error, unless --all prints them all. */
#define REFUSALS_SAID_MAX 20

typedef struct {
    lee_decoder *decoder;
    lee_intake *intake;
    lee_buffer out; /* what is not written yet */
    bool all;
    bool write_failed;
    uint64_t refusals_said;
} decode_run;

static void write_out(decode_run *run)
{
    if (run->out.error != LEE_OK ||
        fwrite(run->out.bytes, 1, run->out.length, stdout) != run->out.length) {
        run->write_failed = true;
    }
    lee_buffer_reset(&run->out);
}

static void end_line(decode_run *run)
{
    lee_buffer_char(&run->out, '\n');
    if (run->out.length >= OUT_BYTES) {
        write_out(run);
    }
}

/* A frame without report, for --all. */
static void print_frame(decode_run *run, const lee_frame *frame, lee_decode_result result,
                        const lee_error_info *why)
{
    lee_json json;
    lee_json_begin(&json, &run->out);
    lee_json_object(&json);
    lee_json_put_int(&json, "t_us", frame->t_us);
    lee_json_put_text(&json, result == LEE_DECODED_NOTHING ? "nothing" : "refused", why->reason);
    if (why->field != NULL) {
        lee_json_put_text(&json, "field", why->field);
    }
    lee_json_put_text(&json, "feed", lee_intake_feed_at(run->intake, frame->feed).name);
    if (frame->line > 0) {
        lee_json_put_int(&json, "line", frame->line);
    }
    lee_json_put_int(&json, "offset", (int64_t)why->offset);
    lee_json_key(&json, "frame");
    if (frame->format == LEE_FORMAT_BEAST || frame->format == LEE_FORMAT_ASTERIX ||
        frame->format == LEE_FORMAT_REMOTE_ID || frame->format == LEE_FORMAT_MAVLINK) {
        lee_buffer_char(&run->out, '"');
        lee_buffer_hex(&run->out, frame->bytes, frame->length);
        lee_buffer_char(&run->out, '"');
        json.comma_due = true;
    } else {
        lee_json_text_n(&json, (const char *)frame->bytes, frame->length);
    }
    lee_json_object_end(&json);
    end_line(run);
}

static void say_refusal(decode_run *run, const lee_frame *frame, const lee_error_info *why)
{
    const char *const feed = lee_intake_feed_at(run->intake, frame->feed).name;
    run->refusals_said++;
    if (run->refusals_said > REFUSALS_SAID_MAX) {
        return;
    }
    if (frame->line > 0) {
        fprintf(stderr, "leeward: feed %s: line %u: ", feed, frame->line);
    } else {
        fprintf(stderr, "leeward: feed %s: byte %llu: ", feed, (unsigned long long)why->offset);
    }
    if (why->field != NULL) {
        fprintf(stderr, "%s: ", why->field);
    }
    fprintf(stderr, "%s\n", why->reason);
    if (run->refusals_said == REFUSALS_SAID_MAX) {
        fputs("leeward: further refusals are only counted; --all shows each\n", stderr);
    }
}

static void on_frame(void *context, const lee_frame *frame)
{
    decode_run *const run = context;
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    const lee_decode_result result = lee_decoder_frame(run->decoder, frame, &report, &why);
    if (result == LEE_DECODED_REPORT) {
        lee_report_write_json(&report, frame, &run->out);
        end_line(run);
        return;
    }
    if (run->all) {
        print_frame(run, frame, result, &why);
    } else if (result == LEE_DECODED_REFUSED) {
        say_refusal(run, frame, &why);
    }
}

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void on_flush(void *context)
{
    decode_run *const run = context;
    write_out(run);
    run->write_failed |= fflush(stdout) != 0;
}

static lee_error run_live(decode_run *run)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    lee_loop *loop = NULL;
    lee_loop_timer *flush = NULL;
    lee_error error = lee_loop_create(&loop);
    if (error != LEE_OK) {
        return error;
    }
    error = lee_loop_add_timer(loop, LIVE_FLUSH_MS, LIVE_FLUSH_MS, on_flush, run, &flush);
    if (error == LEE_OK) {
        error = lee_intake_start(run->intake, loop);
    }
    while (error == LEE_OK && !stop_asked && !lee_intake_is_over(run->intake) &&
           !run->write_failed) {
        error = lee_loop_run_once(loop, LIVE_FLUSH_MS);
    }
    lee_loop_remove_timer(loop, flush);
    return error; /* the loop lives as long as the feeds: the process ends here */
}

static void say_summary(const decode_run *run)
{
    lee_decoder_counters counted;
    lee_decoder_count(run->decoder, &counted);
    fprintf(stderr, "leeward: %llu frames = %llu reports + %llu no report + %llu refused\n",
            (unsigned long long)counted.frames, (unsigned long long)counted.reports,
            (unsigned long long)counted.nothing, (unsigned long long)counted.refused);
    if (counted.positions_implausible > 0 || counted.aircraft_evicted > 0) {
        fprintf(stderr,
                "leeward: %llu positions held back as too far away, %llu aircraft forgotten for "
                "room\n",
                (unsigned long long)counted.positions_implausible,
                (unsigned long long)counted.aircraft_evicted);
    }
}

/* "LAT,LON" in degrees. */
static bool read_site(const char *text, lee_point *out)
{
    const char *const comma = strchr(text, ',');
    if (comma == NULL) {
        return false;
    }
    lee_json_scan scan;
    lee_json_value value;
    int64_t lat_e7;
    int64_t lon_e7;
    lee_json_scan_init(&scan, text, (size_t)(comma - text));
    if (!lee_json_scan_value(&scan, &value) || !lee_json_scan_done(&scan) ||
        !lee_json_value_fixed(&value, 7, &lat_e7)) {
        return false;
    }
    lee_json_scan_init(&scan, comma + 1, strlen(comma + 1));
    if (!lee_json_scan_value(&scan, &value) || !lee_json_scan_done(&scan) ||
        !lee_json_value_fixed(&value, 7, &lon_e7)) {
        return false;
    }
    if (lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7 || lon_e7 < -LEE_LON_MAX_E7 ||
        lon_e7 > LEE_LON_MAX_E7) {
        return false;
    }
    *out = (lee_point){(int32_t)lat_e7, (int32_t)lon_e7};
    return true;
}

typedef struct {
    lee_arg *feeds, *format, *all, *site;
} decode_args;

static lee_error add_feeds(decode_run *run, const decode_args *args)
{
    lee_format format;
    const char *const name = lee_args_value(args->format, NULL);
    if (name != NULL && !lee_format_parse(name, &format)) {
        fprintf(stderr, "leeward: --format %s: not a format\n", name);
        return LEE_ERR_DOMAIN;
    }
    for (int i = 0; i < args->feeds->count; i++) {
        const lee_error error =
            lee_intake_add(run->intake, args->feeds->values[i], name != NULL ? &format : NULL);
        if (error != LEE_OK) {
            return error;
        }
    }
    return LEE_OK;
}

static int decode_with(const decode_args *args, const lee_decoder_options *options)
{
    decode_run run = {.all = args->all->count > 0};
    lee_buffer_init(&run.out, OUT_BYTES + LINE_MAX_BYTES);
    lee_error error = lee_decoder_create(options, &run.decoder);
    if (error == LEE_OK) {
        error = lee_intake_create(on_frame, on_frame, &run, &run.intake);
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s\n", lee_error_text(error));
        goto out;
    }
    error = add_feeds(&run, args);
    lee_memory_require(error);
    if (error != LEE_OK) {
        lee_intake_free(run.intake);
        lee_decoder_free(run.decoder);
        lee_buffer_free(&run.out);
        return LEE_EXIT_USAGE;
    }
    error = lee_intake_is_recorded(run.intake) ? lee_intake_read_all(run.intake) : run_live(&run);
    on_flush(&run);
    say_summary(&run);
    if (run.write_failed) {
        fputs("leeward: reports could not be written\n", stderr);
    }
out:;
    lee_decoder_counters counted = {.refused = 0};
    if (run.decoder != NULL) {
        lee_decoder_count(run.decoder, &counted);
    }
    lee_intake_free(run.intake);
    lee_decoder_free(run.decoder);
    lee_buffer_free(&run.out);
    const bool failed = error != LEE_OK || run.write_failed || counted.refused > 0;
    return failed ? LEE_EXIT_REFUSED : LEE_EXIT_DONE;
}

static int usage(void)
{
    fputs("usage: leeward decode --feed URI... [--format NAME] [--all] [--site LAT,LON]\n"
          "Prints what the feeds report as JSON lines. --all shows frames without report too,\n"
          "--site is the receiver, for positions on the ground.\n",
          stderr);
    return LEE_EXIT_USAGE;
}

int lee_cmd_decode(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--feed", .many = true},
                         {.name = "--format"},
                         {.name = "--all", .flag = true},
                         {.name = "--site"},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    const decode_args args = {&options[0], &options[1], &options[2], &options[3]};
    if (!lee_args_read(argc, argv, options, &words) || words.count > 0 || args.feeds->count == 0) {
        return usage();
    }
    lee_decoder_options decoder_options;
    lee_decoder_options_default(&decoder_options);
    const char *const site = lee_args_value(args.site, NULL);
    if (site != NULL) {
        decoder_options.site_known = true;
        if (!read_site(site, &decoder_options.site)) {
            fprintf(stderr, "leeward: --site %s: must be LAT,LON in degrees\n", site);
            return LEE_EXIT_USAGE;
        }
    }
    return decode_with(&args, &decoder_options);
}
