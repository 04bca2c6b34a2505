/* Parsers that work, die, hang and lie. The parser is this program again: main() serves, and what
 * takes it over is a callsign. */
#define _GNU_SOURCE /* memmem */
#include "app/parser.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/app/pipeline_kit.h"

static bool holds(const lee_frame *frame, const char *word)
{
    return memmem(frame->bytes, frame->length, word, strlen(word)) != NULL;
}

/* In the parser: what a message that takes it over would do. */
static void attack(const lee_frame *frame)
{
    static const uint8_t lie[] = {0, 0, 0, 0, 4, 0, 0, 0, 9, 9, 9, 9};
    if (holds(frame, "CRASH")) {
        abort();
    } else if (holds(frame, "OPEN")) {
        (void)open("/etc/passwd", O_RDONLY);
    } else if (holds(frame, "HANG")) {
        for (;;) {
        }
    } else if (holds(frame, "LIE")) {
        (void)!write(3, lie, sizeof lie);
        _exit(0);
    } else if (holds(frame, "LONG")) {
        const uint32_t head[2] = {0, UINT32_MAX};
        (void)!write(3, head, sizeof head);
        _exit(0);
    }
}

static lee_parser *of_frames(void)
{
    lee_parser *parser = NULL;
    assert_int_equal(lee_parser_create(NULL, &parser), LEE_OK);
    return parser;
}

/* A frame of feed 0: a Beast message in hex, or a report line of one with that callsign. */
static void put_line(lee_buffer *out, int64_t t_us, const char *callsign, double lat)
{
    char text[300];
    (void)snprintf(text, sizeof text,
                   "{\"t_us\":%lld,\"target\":\"icao24:4ca216\",\"source\":\"adsb\",\"lat\":%.4f,"
                   "\"lon\":36.7,\"alt_baro_ft\":5000,\"callsign\":\"%s\"}",
                   (long long)t_us, lat, callsign);
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .format = LEE_FORMAT_REPORT_JSONL};
    lee_frame_encode(&frame, out);
}

static void put_avr(lee_buffer *out, int64_t t_us, const char *text)
{
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .format = LEE_FORMAT_AVR};
    lee_frame_encode(&frame, out);
}

/* The published pair of 40621D, which says a place only together. */
#define EVEN "*8D40621D58C382D690C8AC2863A7;"
#define ODD "*8D40621D58C386435CC412692AD6;"

static lee_error decode(lee_parser *parser, const lee_buffer *frames, lee_bytes *out)
{
    const lee_decoding decoding = lee_parser_decoding(parser);
    return decoding.frames(decoding.context, frames->bytes, frames->length, out);
}

static void begin(lee_parser *parser)
{
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    const lee_decoding decoding = lee_parser_decoding(parser);
    assert_int_equal(decoding.begin(decoding.context, &options), LEE_OK);
}

static lee_report report_of(lee_parser *parser, const char *avr, int64_t t_us)
{
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    put_avr(&b, t_us, avr);
    lee_bytes results;
    lee_report report;
    assert_int_equal(decode(parser, &b, &results), LEE_OK);
    assert_int_equal(lee_bytes_u8(&results), LEE_DECODED_REPORT);
    assert_int_equal(lee_report_decode(&results, &report), LEE_OK);
    assert_int_equal(lee_bytes_left(&results), 0);
    lee_buffer_free(&b);
    return report;
}

/* --- frames --------------------------------------------------------------------------------- */

static void what_it_knew_survives_its_death(void **state)
{
    (void)state;
    for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
        lee_parser *const parser = of_frames();
        begin(parser);
        (void)report_of(parser, EVEN, T0);
        if (checkpoint) {
            assert_true(lee_parser_checkpoint(parser));
        }
        const pid_t before = lee_parser_process(parser);
        assert_true(before > 0);
        assert_int_equal(kill(before, SIGKILL), 0);
        lee_report report = {.t_us = 0};
        lee_bytes results;
        lee_buffer b;
        lee_buffer_init(&b, 65536);
        put_avr(&b, T0 + S, ODD);
        /* Whoever asks first hears of it, and the next finds another. */
        assert_int_equal(decode(parser, &b, &results), LEE_ERR_IO);
        report = report_of(parser, ODD, T0 + S);
        assert_true((report.present & LEE_REPORT_HAS_LAT) != 0);
        assert_int_equal(report.lat_e7 / 10000, 52265);
        assert_int_equal(lee_parser_starts(parser), 2);
        assert_true(lee_parser_process(parser) != before);
        lee_buffer_free(&b);
        lee_parser_free(parser);
    }
}

static void each_way_of_going_wrong_ends_it_and_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *callsign;
        const char *reason;
    } cases[] = {{"CRASH", "it was ended by signal"},
                 {"OPEN", "it was ended by signal 31"},
                 {"LIE", "its reports are none"},
                 {"LONG", "its answer is too long"},
                 {"HANG", "it does not answer"}};
    lee_parser *const parser = of_frames();
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    begin(parser);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lee_bytes results;
        lee_buffer_reset(&b);
        put_line(&b, T0, cases[i].callsign, 35.7);
        assert_int_equal(decode(parser, &b, &results), LEE_ERR_IO);
        if (!strstr(lee_parser_reason(parser), cases[i].reason)) {
            fail_msg("%s: %s", cases[i].callsign, lee_parser_reason(parser));
        }
        assert_int_equal(lee_parser_process(parser), 0);
        lee_buffer_reset(&b);
        put_line(&b, T0, "GOOD", 35.7);
        assert_int_equal(decode(parser, &b, &results), LEE_OK);
        assert_string_equal(lee_parser_reason(parser), "");
    }
    lee_buffer_free(&b);
    lee_parser_free(parser);
}

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    lee_buffer *const out = context;
    lee_buffer_u8(out, (uint8_t)kind);
    lee_buffer_bytes(out, bytes, length);
}

/* All that a pipeline decides, and its state, by whomever its frames are decoded. */
static void run(lee_parser *parser, bool dies, lee_buffer *decided, lee_buffer *saved)
{
    lee_pipeline *pipeline = NULL;
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    assert_int_equal(lee_pipeline_create(on_output, decided, &pipeline), LEE_OK);
    if (parser) {
        const lee_decoding decoding = lee_parser_decoding(parser);
        lee_pipeline_set_decoding(pipeline, &decoding);
    }
    kit_set_up(pipeline, KIT_TOWN);
    for (int i = 0; i < 40; i++) {
        lee_buffer_reset(&b);
        put_line(&b, T0 + i * S, "GOOD", 35.4 + 0.01 * i);
        put_avr(&b, T0 + i * S, i % 2 == 0 ? EVEN : ODD);
        put_avr(&b, T0 + i * S, "*nonsense;");
        kit_apply(pipeline, LEE_RECORD_FRAME, &b);
        kit_tick(pipeline, T0 + i * S);
        if (dies && i % 10 == 5) {
            /* Refused whole: nothing is changed by it. */
            lee_error_info why;
            lee_buffer_reset(&b);
            put_line(&b, T0 + i * S, "GOOD", 36.0);
            put_line(&b, T0 + i * S, "CRASH", 36.1);
            assert_int_equal(
                lee_pipeline_apply(pipeline, LEE_RECORD_FRAME, b.bytes, b.length, &why),
                LEE_ERR_IO);
        }
    }
    assert_int_equal(lee_pipeline_feed(pipeline, 0)->frames, 120);
    assert_int_equal(lee_pipeline_feed(pipeline, 0)->refused, 40);
    lee_state walk;
    lee_state_save(&walk, saved);
    lee_pipeline_state(&walk, pipeline);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    lee_buffer_free(&b);
    lee_pipeline_free(pipeline);
}

static void what_is_decided_does_not_depend_on_who_decodes(void **state)
{
    (void)state;
    lee_buffer decided[3];
    lee_buffer saved[3];
    for (int i = 0; i < 3; i++) {
        lee_buffer_init(&decided[i], SIZE_MAX / 2);
        lee_buffer_init(&saved[i], SIZE_MAX / 2);
        lee_parser *const parser = i > 0 ? of_frames() : NULL;
        run(parser, i == 2, &decided[i], &saved[i]);
        assert_true(!parser || lee_parser_starts(parser) == (i == 2 ? 5 : 1));
        lee_parser_free(parser);
    }
    assert_true(decided[0].length > 100);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(decided[i].length, decided[0].length);
        assert_memory_equal(decided[i].bytes, decided[0].bytes, decided[0].length);
        assert_int_equal(saved[i].length, saved[0].length);
    }
    for (int i = 0; i < 3; i++) {
        lee_buffer_free(&decided[i]);
        lee_buffer_free(&saved[i]);
    }
}

/* --- a stream ------------------------------------------------------------------------------- */

static lee_parser *of_stream(const char *name)
{
    lee_parser_stream stream = {.deframe = {.feed = 7, .live = true}};
    (void)snprintf(stream.path, sizeof stream.path, "%s", name);
    lee_parser *parser = NULL;
    assert_int_equal(lee_parser_create(&stream, &parser), LEE_OK);
    return parser;
}

static void put(lee_buffer *chunks, const char *text, bool datagram)
{
    lee_parser_chunk_put(&(lee_feed_chunk){.bytes = (const uint8_t *)text,
                                           .length = strlen(text),
                                           .t_us = T0,
                                           .datagram = datagram},
                         chunks);
}

static lee_error push(lee_parser *parser, const char *text, int64_t t_us, lee_parsed *out)
{
    const lee_feed_chunk chunk = {
        .bytes = (const uint8_t *)text, .length = strlen(text), .t_us = t_us};
    lee_buffer chunks;
    lee_buffer_init(&chunks, 1024);
    lee_parser_chunk_put(&chunk, &chunks);
    const lee_error error = lee_parser_push(parser, chunks.bytes, chunks.length, out);
    lee_buffer_free(&chunks);
    return error;
}

static void a_stream_becomes_frames(void **state)
{
    (void)state;
    lee_parser *const parser = of_stream("");
    lee_parsed parsed;
    assert_int_equal(push(parser, EVEN "\nrubbish\n*8D40621D58C386", T0, &parsed), LEE_OK);
    assert_true(parsed.format_known);
    assert_int_equal(parsed.format, LEE_FORMAT_AVR);
    lee_bytes in;
    lee_frame frame;
    lee_bytes_init(&in, parsed.frames, parsed.length);
    assert_int_equal(lee_frame_decode(&in, &frame), LEE_OK);
    assert_int_equal(frame.feed, 7);
    assert_int_equal(frame.t_us, T0);
    assert_memory_equal(frame.bytes, EVEN, strlen(EVEN));
    /* Half a line waits over there. */
    assert_int_equal(push(parser, "435CC412692AD6;\n", T0 + S, &parsed), LEE_OK);
    lee_bytes_init(&in, parsed.frames, parsed.length);
    assert_int_equal(lee_frame_decode(&in, &frame), LEE_OK);
    assert_memory_equal(frame.bytes, ODD, strlen(ODD));
    assert_int_equal(lee_bytes_left(&in), 0);
    lee_parser_free(parser);
}

static void many_chunks_are_parsed_as_one_by_one(void **state)
{
    (void)state;
    static const char *const texts[] = {EVEN "\n*8D40621D58C386", "435CC412692AD6;\n", "rubbish\n",
                                        ODD};
    lee_parser *const together = of_stream("");
    lee_parser *const alone = of_stream("");
    lee_buffer all, one, frames;
    lee_buffer_init(&all, 4096);
    lee_buffer_init(&one, 4096);
    lee_buffer_init(&frames, 4096);
    lee_parsed parsed;
    uint64_t refused = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put(&all, texts[i], i == 3); /* a datagram ends its line */
        lee_buffer_reset(&one);
        put(&one, texts[i], i == 3);
        assert_int_equal(lee_parser_push(alone, one.bytes, one.length, &parsed), LEE_OK);
        lee_buffer_bytes(&frames, parsed.frames, parsed.length);
        refused += parsed.refused;
    }
    assert_int_equal(lee_parser_push(together, all.bytes, all.length, &parsed), LEE_OK);
    assert_int_equal(parsed.refused, refused);
    assert_int_equal(parsed.length, frames.length);
    assert_memory_equal(parsed.frames, frames.bytes, frames.length);
    lee_buffer_free(&all);
    lee_buffer_free(&one);
    lee_buffer_free(&frames);
    lee_parser_free(together);
    lee_parser_free(alone);
}

/* What is said of operators passes only where it was asked for; the frames are the same. */
static void operators_pass_when_they_are_asked_for(void **state)
{
    (void)state;
    static const char text[] =
        "{\"id\":\"f1\",\"details\":{\"serial_number\":\"A1\",\"operator_id\":\"CHE-secret\","
        "\"operator_location\":{\"lat\":47.1111111,\"lng\":8.2}},\"current_state\":{"
        "\"timestamp\":\"2024-01-01T00:00:00Z\",\"position\":{\"lat\":46,\"lng\":9}}}\n";
    lee_buffer frames;
    lee_buffer_init(&frames, 4096);
    for (int asked = 0; asked < 2; asked++) {
        lee_parser_stream stream = {.deframe = {.feed = 7, .live = true},
                                    .has_format = true,
                                    .format = LEE_FORMAT_REMOTE_ID,
                                    .keeps_operators = asked};
        lee_parser *parser = NULL;
        lee_parsed parsed;
        lee_bytes in;
        lee_remote_operator said;
        assert_int_equal(lee_parser_create(&stream, &parser), LEE_OK);
        assert_int_equal(push(parser, text, T0, &parsed), LEE_OK);
        lee_bytes_init(&in, parsed.operators, parsed.operators_length);
        assert_int_equal(lee_parser_operator_take(&in, &said), asked);
        if (asked) {
            assert_int_equal(said.feed, 7);
            assert_int_equal(said.lat_e7, 471111111);
            assert_string_equal(said.id, "CHE-secret");
            assert_string_equal(said.target.text, "rid:A1");
            assert_int_equal(lee_bytes_left(&in), 0);
            assert_int_equal(parsed.length, frames.length);
            assert_memory_equal(parsed.frames, frames.bytes, frames.length);
            /* The next answer has no more of it than was said. */
            assert_int_equal(push(parser, "{\"status\":{}}\n", T0, &parsed), LEE_OK);
            assert_int_equal(parsed.operators_length, 0);
        } else {
            assert_int_equal(parsed.operators_length, 0);
            lee_buffer_bytes(&frames, parsed.frames, parsed.length);
            assert_null(memmem(parsed.frames, parsed.length, "secret", 6));
        }
        lee_parser_free(parser);
    }
    lee_buffer_free(&frames);
}

static void one_started_again_knows_the_format(void **state)
{
    (void)state;
    lee_parser *const parser = of_stream("");
    lee_parsed parsed;
    assert_int_equal(push(parser, EVEN "\n", T0, &parsed), LEE_OK);
    assert_int_equal(kill(lee_parser_process(parser), SIGKILL), 0);
    assert_int_equal(push(parser, "lost", T0, &parsed), LEE_ERR_IO);
    assert_int_equal(push(parser, "the middle of a line\n" ODD "\n", T0, &parsed), LEE_OK);
    assert_int_equal(parsed.format, LEE_FORMAT_AVR);
    assert_true(parsed.length > 0);
    lee_parser_free(parser);
}

static void an_unknown_format_is_said_and_a_name_may_tell_it(void **state)
{
    (void)state;
    lee_parser *parser = of_stream("");
    lee_parsed parsed;
    assert_int_equal(push(parser, "what is this", T0, &parsed), LEE_ERR_UNSUPPORTED);
    lee_parser_free(parser);
    parser = of_stream("recording.sbs");
    assert_int_equal(push(parser, "what is this", T0, &parsed), LEE_OK);
    assert_int_equal(parsed.format, LEE_FORMAT_SBS);
    lee_parser_free(parser);
}

static void a_stream_begins_anew_after_a_death(void **state)
{
    (void)state;
    lee_parser *const parser = of_stream("");
    lee_parsed parsed;
    assert_int_equal(push(parser, "*8D40621D58C386", T0, &parsed), LEE_OK);
    assert_int_equal(kill(lee_parser_process(parser), SIGKILL), 0);
    assert_int_equal(push(parser, "lost", T0, &parsed), LEE_ERR_IO);
    assert_int_equal(push(parser, EVEN "\n", T0, &parsed), LEE_OK);
    assert_true(parsed.length > 0);
    lee_parser_free(parser);
}

static void no_process_is_left_behind(void **state)
{
    (void)state;
    lee_parser *const parser = of_stream("");
    lee_parsed parsed;
    assert_int_equal(push(parser, EVEN "\n", T0, &parsed), LEE_OK);
    const pid_t child = lee_parser_process(parser);
    lee_parser_free(parser);
    assert_int_equal(kill(child, 0), -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "parser") == 0) {
        return lee_parser_serve(attack);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_knew_survives_its_death),
        cmocka_unit_test(each_way_of_going_wrong_ends_it_and_is_said),
        cmocka_unit_test(what_is_decided_does_not_depend_on_who_decodes),
        cmocka_unit_test(a_stream_becomes_frames),
        cmocka_unit_test(many_chunks_are_parsed_as_one_by_one),
        cmocka_unit_test(operators_pass_when_they_are_asked_for),
        cmocka_unit_test(one_started_again_knows_the_format),
        cmocka_unit_test(an_unknown_format_is_said_and_a_name_may_tell_it),
        cmocka_unit_test(a_stream_begins_anew_after_a_death),
        cmocka_unit_test(no_process_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
