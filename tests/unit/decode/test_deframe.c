#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/deframe.h"

#define FRAMES_MAX 4096

typedef struct {
    lee_frame frame;
    uint8_t bytes[64]; /* the beginning */
} kept;

static struct {
    kept frames[FRAMES_MAX];
    size_t count;
    const uint8_t *input;
} heard;

static void keep(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < FRAMES_MAX);
    assert_int_equal(frame->refused == LEE_OK, frame->reason == NULL);
    assert_in_range(frame->length, 1, LEE_FRAME_MAX_BYTES);
    assert_memory_equal(frame->bytes, heard.input + frame->stream_offset, frame->length);
    kept *const k = &heard.frames[heard.count++];
    k->frame = *frame;
    memset(k->bytes, 0, sizeof k->bytes);
    memcpy(k->bytes, frame->bytes,
           frame->length < sizeof k->bytes ? frame->length : sizeof k->bytes);
}

/* Runs a stream through in pieces of the given size. */
static void run(lee_format format, const void *bytes, size_t length, size_t piece, bool live)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    options.t0_us = 1000000;
    options.live = live;
    lee_deframer *deframer = NULL;
    assert_true(lee_deframer_create(format, &options, &deframer) == LEE_OK);
    heard.count = 0;
    heard.input = bytes;
    for (size_t at = 0; at < length; at += piece) {
        const size_t size = length - at < piece ? length - at : piece;
        uint8_t *const copy = malloc(size);
        memcpy(copy, heard.input + at, size);
        lee_deframer_push(deframer, copy, size, 777000000, keep, NULL);
        free(copy);
    }
    lee_deframer_finish(deframer, keep, NULL);
    lee_deframer_free(deframer);
}

static void run_text(lee_format format, const char *text, size_t piece)
{
    run(format, text, strlen(text), piece, false);
}

/* A frame for each time, which is seconds and nanoseconds; out times_us of the frames. */
static void run_gps(const uint64_t (*times)[2], size_t count, bool live, int64_t base_us,
                    int64_t *times_us)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    options.t0_us = base_us;
    options.live = live;
    options.clock_gps = true;
    lee_deframer *deframer = NULL;
    assert_true(lee_deframer_create(LEE_FORMAT_AVR, &options, &deframer) == LEE_OK);
    char text[256];
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t tick = times[i][0] << 30 | times[i][1];
        length += (size_t)snprintf(text + length, sizeof text - length, "@%012llX1200;",
                                   (unsigned long long)tick);
    }
    heard.count = 0;
    heard.input = (const uint8_t *)text;
    lee_deframer_push(deframer, heard.input, length, base_us, keep, NULL);
    assert_int_equal(heard.count, count);
    for (size_t i = 0; i < count; i++) {
        times_us[i] = heard.frames[i].frame.t_us;
    }
    lee_deframer_free(deframer);
}

#define DAY_US (INT64_C(86400) * 1000000)

static void gps_time_of_a_recording_goes_on_over_midnight(void **state)
{
    (void)state;
    static const uint64_t times[][2] = {{86399, 999999999}, {0, 1000},       {86399, 5000},
                                        {86400, 0},         {5, 1000000000}, {7200, 0}};
    int64_t t_us[6];
    run_gps(times, 6, false, 100 * DAY_US + 5000000, t_us);
    assert_int_equal(t_us[0], 101 * DAY_US - 1);
    assert_int_equal(t_us[1], 101 * DAY_US + 1);
    assert_int_equal(t_us[2], 101 * DAY_US - 1000000 + 5);
    assert_int_equal(t_us[3], t_us[2]); /* no time of day */
    assert_int_equal(t_us[4], t_us[2]);
    assert_int_equal(t_us[5], 101 * DAY_US + INT64_C(7200000000));
}

static void gps_time_of_a_live_feed_has_the_day_of_receipt(void **state)
{
    (void)state;
    static const uint64_t times[][2] = {
        {10, 0},    {86395, 500000000},       {86350, 0}, {86349, 0}, {10, 1000},
        {43200, 0}, {0xff004d4c4154 >> 30, 0}};
    const int64_t received_us = 100 * DAY_US + 10 * INT64_C(1000000);
    int64_t t_us[7];
    run_gps(times, 7, true, received_us, t_us);
    assert_int_equal(t_us[0], received_us);
    assert_int_equal(t_us[1], 100 * DAY_US - 4500000);
    assert_int_equal(t_us[2], received_us - 60000000);
    for (size_t i = 3; i < 7; i++) {
        assert_int_equal(t_us[i], received_us); /* too old, of the future, or no time of day */
    }
}

static void beast_frames_survive_every_cut_and_escape(void **state)
{
    (void)state;
    static const uint8_t stream[] = {'x',  'y', /* garbage */
                                     0x1a, '2',  0, 0, 0,    0, 0x1a, 0x1a, 0,    0x80,
                                     1,    2,    3, 4, 5,    6, 0x1a, 0x1a, 0x1a, '1',
                                     0,    0,    0, 0, 0x20, 0, 9,    7,    7,    0x1a,
                                     '3',  0,    0, 0, 0,    0, 1, /* cut short */
                                     0x1a, '2',  0, 0, 0,    0, 0x30, 0,    0,    1,
                                     2,    3,    4, 5, 6,    7, 0x1a, 'Z',  5,    0x1a,
                                     0x1a, 6, /* unknown type */
                                     0x1a, 0xe3, 1, 2, 3,    4, 5,    6,    7,    8,
                                     0x1a, '3',  1};
    for (size_t piece = 1; piece <= sizeof stream; piece++) {
        run(LEE_FORMAT_BEAST, stream, sizeof stream, piece, false);
        assert_int_equal(heard.count, 8);
        size_t at = 0;
        static const lee_error refused[8] = {
            LEE_ERR_SYNTAX, LEE_OK,         LEE_OK, LEE_ERR_TRUNCATED,
            LEE_OK,         LEE_ERR_SYNTAX, LEE_OK, LEE_ERR_TRUNCATED};
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(heard.frames[i].frame.refused, refused[i]);
            assert_int_equal(heard.frames[i].frame.stream_offset, at);
            at += heard.frames[i].frame.length;
        }
        assert_int_equal(at, sizeof stream);
        assert_int_equal(heard.frames[1].frame.t_us, 1000000);
        assert_int_equal(heard.frames[2].frame.t_us, 1000000 + (0x2000 - 0x1a00 + 9) / 12);
        assert_int_equal(heard.frames[4].frame.t_us, 1000000 + (0x3000 - 0x1a00) / 12);
    }
}

static void a_message_with_an_escape_anywhere_is_one_frame(void **state)
{
    (void)state;
    for (size_t payload = 14; payload <= 21; payload += 7) {
        for (size_t escape = 0; escape <= payload; escape++) {
            uint8_t stream[3 * 32];
            size_t length = 0;
            for (size_t copy = 0; copy < 3; copy++) {
                stream[length++] = 0x1a;
                stream[length++] = payload == 21 ? '3' : '2';
                for (size_t i = 0; i < payload; i++) {
                    const uint8_t byte = i == escape ? 0x1a : (uint8_t)i;
                    stream[length++] = byte;
                    if (byte == 0x1a) {
                        stream[length++] = byte;
                    }
                }
            }
            for (size_t piece = 1; piece <= length; piece++) {
                run(LEE_FORMAT_BEAST, stream, length, piece, false);
                assert_int_equal(heard.count, 3);
                for (size_t i = 0; i < 3; i++) {
                    assert_int_equal(heard.frames[i].frame.refused, LEE_OK);
                    assert_int_equal(heard.frames[i].frame.length, length / 3);
                    assert_int_equal(heard.frames[i].frame.t_us, 1000000);
                }
            }
        }
    }
}

static void live_frames_have_the_time_of_receipt(void **state)
{
    (void)state;
    run(LEE_FORMAT_AVR, "@000000000010200000000000FF;*20000000000000;", 44, 7, true);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.frames[0].frame.t_us, 777000000);
    assert_int_equal(heard.frames[1].frame.t_us, 777000000);
}

static void a_counter_that_was_restarted_goes_on_from_the_last_time(void **state)
{
    (void)state;
    run_text(LEE_FORMAT_AVR,
             "@00000BEBC20000000000000000;\n@00000C7763E000000000000000;\n"
             "@00000000000000000000000000;\n@0000000000F000000000000000;\n"
             "@FF004D4C415400000000000000;\n",
             9);
    assert_int_equal(heard.count, 5);
    const int64_t second = 1000000 + (0xC7763E0 - 0xBEBC200) / 12;
    assert_int_equal(heard.frames[1].frame.t_us, second);
    assert_int_equal(heard.frames[2].frame.t_us, second);
    assert_int_equal(heard.frames[3].frame.t_us, second + 20);
    assert_int_equal(heard.frames[4].frame.t_us, second + 20);
}

static void lines_are_counted_and_the_last_needs_no_end(void **state)
{
    (void)state;
    const char text[] = "MSG,1\r\n\r\n  \nMSG,3,,,,,2024/06/06,08:58:01.250\nrest";
    for (size_t piece = 1; piece < sizeof text; piece++) {
        run_text(LEE_FORMAT_SBS, text, piece);
        assert_int_equal(heard.count, 3);
        assert_int_equal(heard.frames[0].frame.length, 5);
        assert_int_equal(heard.frames[0].frame.line, 1);
        assert_int_equal(heard.frames[1].frame.line, 4);
        assert_int_equal(heard.frames[1].frame.t_us, INT64_C(1717664281250000));
        assert_int_equal(heard.frames[2].frame.line, 5);
        assert_int_equal(heard.frames[2].frame.t_us, INT64_C(1717664281250000));
    }
}

static void a_line_that_is_too_long_comes_in_refused_pieces(void **state)
{
    (void)state;
    const size_t length = 2 * LEE_FRAME_MAX_BYTES + 10;
    char *const text = malloc(length + 4);
    memset(text, 'x', length);
    memcpy(text + length, "\nok\n", 4);
    for (size_t piece = 1000; piece < 40000; piece += 7777) {
        run(LEE_FORMAT_SBS, text, length + 4, piece, false);
        assert_int_equal(heard.count, 4);
        assert_int_equal(heard.frames[0].frame.length, LEE_FRAME_MAX_BYTES);
        assert_int_equal(heard.frames[1].frame.refused, LEE_ERR_LIMIT);
        assert_int_equal(heard.frames[2].frame.length, 10);
        assert_int_equal(heard.frames[2].frame.refused, LEE_ERR_LIMIT);
        assert_int_equal(heard.frames[3].frame.refused, LEE_OK);
    }
    free(text);
}

static void a_line_of_exactly_the_limit_is_a_frame(void **state)
{
    (void)state;
    char *const text = malloc(LEE_FRAME_MAX_BYTES + 1);
    memset(text, 'x', LEE_FRAME_MAX_BYTES);
    text[LEE_FRAME_MAX_BYTES] = '\n';
    for (size_t piece = 1; piece <= LEE_FRAME_MAX_BYTES + 1; piece += 4096) {
        run(LEE_FORMAT_SBS, text, LEE_FRAME_MAX_BYTES + 1, piece, false);
        assert_int_equal(heard.count, 1);
        assert_int_equal(heard.frames[0].frame.refused, LEE_OK);
    }
    free(text);
}

static void a_snapshot_gives_its_objects_wherever_it_is_cut(void **state)
{
    (void)state;
    const char text[] = "{ \"now\" : 100.5, \"messages\": {\"aircraft\":1},\n \"aircraft\" : [\n"
                        "{\"hex\":\"abc\",\"lat\":1,\"seen_pos\":2.5,\"seen\":1},"
                        " {\"x\":[{}],\"s\":\"}]\\\"{\",\"seen\":1}\n], \"tail\":{\"a\":[1]} }\n"
                        "{\"now\":200,\"hex\":\"z\"}";
    for (size_t piece = 1; piece < sizeof text; piece++) {
        run_text(LEE_FORMAT_AIRCRAFT_JSON, text, piece);
        assert_int_equal(heard.count, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(heard.frames[i].frame.refused, LEE_OK);
        }
        assert_int_equal(heard.frames[0].frame.t_us, 98000000);
        assert_int_equal(heard.frames[0].frame.line, 3);
        assert_int_equal(heard.frames[1].frame.t_us, 99500000);
        assert_int_equal(heard.frames[2].frame.t_us, 200000000);
        assert_int_equal(heard.frames[2].frame.line, 5);
    }
}

static void sbs_times_follow_the_date_of_each_line(void **state)
{
    (void)state;
    static const struct {
        const char *date;
        const char *time;
        int64_t want_us;
    } lines[] = {{"2024/06/06", "23:59:59.250", INT64_C(1717718399250000)},
                 {"2024/06/06", "23:59:60", INT64_C(1717718400000000)},
                 {"2024/06/07", "00:00:00.000001", INT64_C(1717718400000001)},
                 {"2024/06/07", "00:00:00.25", INT64_C(1717718400250000)},
                 {"2024/06/07", "00:00:00", INT64_C(1717718400000000)},
                 {"2024/06/07", "00:00:00.12x", INT64_C(1717718400000000)},
                 {"2024/06/07", "00:00:00.1234567", INT64_C(1717718400123456)},
                 {"2024/06/07", "00:00.5", INT64_C(1717718400123456)},
                 {"2024/06/07", "00:00:01.5e1", INT64_C(1717718400123456)},
                 {"2024/06/07", "00:00:01.", INT64_C(1717718400123456)},
                 {"2024/06/07", "24:00:00", INT64_C(1717718400123456)},
                 {"2024/06/06", "00:00:00", INT64_C(1717632000000000)},
                 {"2024/06/31", "00:00:00", INT64_C(1717632000000000)}};
    char text[1024] = "";
    size_t length = 0;
    const size_t count = sizeof lines / sizeof lines[0];
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "MSG,8,,,,,%s,%s,,\n",
                                   lines[i].date, lines[i].time);
    }
    run(LEE_FORMAT_SBS, text, length, length, false);
    assert_int_equal(heard.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(heard.frames[i].frame.t_us, lines[i].want_us);
    }
}

static void an_object_had_at_once_is_the_one_followed_by_character(void **state)
{
    (void)state;
    const char text[] = "{\"now\":100.5,\"hex\":\"abc\",\"lat\":1.5,\"seen\":9,\"seen_pos\":2.25}\n"
                        "{\"aircraft\":[],\"hex\":\"abd\"} {\"seen\":1,\"hex\":\"abe\"}\r\n"
                        "{\"timestamp\":200,\"a\" 5,\"hex\":\"b\"}\n{\"now\":300,\"hex\":\"c\"";
    run_text(LEE_FORMAT_AIRCRAFT_JSON, text, 1);
    static kept by_character[8];
    const size_t count = heard.count;
    assert_in_range(count, 4, 8);
    memcpy(by_character, heard.frames, count * sizeof by_character[0]);
    assert_int_equal(by_character[0].frame.t_us, 98250000);
    for (size_t piece = 2; piece <= sizeof text; piece++) {
        run_text(LEE_FORMAT_AIRCRAFT_JSON, text, piece);
        assert_int_equal(heard.count, count);
        for (size_t i = 0; i < count; i++) {
            const lee_frame *const want = &by_character[i].frame;
            const lee_frame *const got = &heard.frames[i].frame;
            assert_int_equal(got->t_us, want->t_us);
            assert_int_equal(got->stream_offset, want->stream_offset);
            assert_int_equal(got->length, want->length);
            assert_int_equal(got->line, want->line);
            assert_int_equal(got->refused, want->refused);
        }
    }
}

static void broken_objects_are_refused_and_the_next_is_found(void **state)
{
    (void)state;
    const char text[] =
        "{\"hex\":\"a\",\"b\n{\"hex\":\"b\"}|{\"c\":1,{\"hex\":\"d\"} junk, more {\"e\":2}\n"
        "{\"f\":";
    static const lee_error refused[] = {LEE_ERR_SYNTAX, LEE_OK, LEE_ERR_SYNTAX,   LEE_OK,
                                        LEE_ERR_SYNTAX, LEE_OK, LEE_ERR_TRUNCATED};
    for (size_t piece = 1; piece < sizeof text; piece++) {
        run_text(LEE_FORMAT_AIRCRAFT_JSON, text, piece);
        assert_int_equal(heard.count, 7);
        for (size_t i = 0; i < 7; i++) {
            assert_int_equal(heard.frames[i].frame.refused, refused[i]);
        }
    }
}

static void csv_takes_its_time_from_the_column_of_positions(void **state)
{
    (void)state;
    run_text(LEE_FORMAT_OPENSKY_CSV,
             "time,icao24,lat,lon,lastposupdate\n1500,abc123,1,2,1499.25\n1510,abc123,,,\n", 11);
    assert_int_equal(heard.count, 3);
    assert_int_equal(heard.frames[1].frame.t_us, 1499250000);
    assert_int_equal(heard.frames[2].frame.t_us, 1510000000);
}

static void every_format_has_a_deframer(void **state)
{
    (void)state;
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    for (int format = 0; format < LEE_FORMAT_COUNT; format++) {
        lee_deframer *deframer = NULL;
        assert_true(lee_deframer_create((lee_format)format, &options, &deframer) == LEE_OK);
        assert_non_null(deframer);
        lee_deframer_finish(deframer, keep, NULL);
        lee_deframer_free(deframer);
    }
}

static void random_bytes_are_all_accounted_for(void **state)
{
    (void)state;
    static const char letters[] = "{}[]\",:;*@\n\\ 0aA1\x1a\x1a"
                                  "23";
    static const lee_format formats[] = {LEE_FORMAT_BEAST,       LEE_FORMAT_AVR,
                                         LEE_FORMAT_SBS,         LEE_FORMAT_AIRCRAFT_JSON,
                                         LEE_FORMAT_OPENSKY_CSV, LEE_FORMAT_REPORT_JSONL};
    uint32_t seed = 3;
    for (int round = 0; round < 600; round++) {
        uint8_t bytes[1500];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)letters[(seed >> 16) % (sizeof letters - 1)];
        }
        const lee_format format = formats[round % 6];
        run(format, bytes, sizeof bytes, 1 + (seed >> 8) % 50, false);
        size_t total = 0;
        for (size_t i = 0; i < heard.count; i++) {
            total += heard.frames[i].frame.length;
        }
        if (format == LEE_FORMAT_BEAST) {
            assert_int_equal(total, sizeof bytes);
        }
        const size_t count = heard.count;
        run(format, bytes, sizeof bytes, sizeof bytes, false);
        assert_int_equal(heard.count, count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gps_time_of_a_recording_goes_on_over_midnight),
        cmocka_unit_test(gps_time_of_a_live_feed_has_the_day_of_receipt),
        cmocka_unit_test(beast_frames_survive_every_cut_and_escape),
        cmocka_unit_test(a_message_with_an_escape_anywhere_is_one_frame),
        cmocka_unit_test(live_frames_have_the_time_of_receipt),
        cmocka_unit_test(a_counter_that_was_restarted_goes_on_from_the_last_time),
        cmocka_unit_test(lines_are_counted_and_the_last_needs_no_end),
        cmocka_unit_test(a_line_that_is_too_long_comes_in_refused_pieces),
        cmocka_unit_test(a_line_of_exactly_the_limit_is_a_frame),
        cmocka_unit_test(a_snapshot_gives_its_objects_wherever_it_is_cut),
        cmocka_unit_test(sbs_times_follow_the_date_of_each_line),
        cmocka_unit_test(an_object_had_at_once_is_the_one_followed_by_character),
        cmocka_unit_test(broken_objects_are_refused_and_the_next_is_found),
        cmocka_unit_test(csv_takes_its_time_from_the_column_of_positions),
        cmocka_unit_test(every_format_has_a_deframer),
        cmocka_unit_test(random_bytes_are_all_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
