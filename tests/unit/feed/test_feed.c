/* For mkstemp. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "feed/feed.h"
#include "io/socket.h"

typedef struct {
    char text[300000];
    size_t length;
    int restarts;
    int chunks;
    int full_after; /* chunks that are taken before FULL; -1: no limit */
    bool stop;
    int64_t now_us;
} heard;

static heard *heard_made(void)
{
    heard *const into = calloc(1, sizeof *into);
    assert_non_null(into);
    into->full_after = -1;
    return into;
}

static lee_feed_answer take(void *context, const lee_feed_chunk *chunk)
{
    heard *const into = context;
    assert_true(chunk->length > 0 && chunk->length <= LEE_FEED_CHUNK_BYTES);
    if (into->stop) {
        return LEE_FEED_STOP;
    }
    if (into->full_after == 0) {
        return LEE_FEED_FULL;
    }
    into->full_after -= into->full_after > 0 ? 1 : 0;
    assert_true(into->length + chunk->length <= sizeof into->text);
    memcpy(into->text + into->length, chunk->bytes, chunk->length);
    into->length += chunk->length;
    into->restarts += chunk->restart ? 1 : 0;
    into->chunks++;
    return LEE_FEED_TAKEN;
}

static int64_t tell_time(void *context)
{
    return ++((heard *)context)->now_us;
}

static lee_feed *feed_made(const char *text, heard *into)
{
    lee_feed_uri uri;
    lee_error_info error;
    lee_feed *feed = NULL;
    assert_int_equal(lee_feed_uri_parse(text, strlen(text), &uri, &error), LEE_OK);
    const lee_feed_handlers handlers = {take, NULL, tell_time, into};
    assert_int_equal(lee_feed_create(&uri, &handlers, &feed), LEE_OK);
    return feed;
}

static void file_made(char path[64], const void *bytes, size_t length)
{
    (void)snprintf(path, 64, "/tmp/leeward-feed-XXXXXX");
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    (void)close(fd);
}

static size_t pack(const void *bytes, size_t length, uint8_t *out, size_t capacity)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)capacity;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t packed = capacity - stream.avail_out;
    (void)deflateEnd(&stream);
    return packed;
}

static void a_file_is_read_whole_in_order(void **state)
{
    (void)state;
    static char content[200000];
    for (size_t i = 0; i < sizeof content; i++) {
        content[i] = (char)(i * 7 + i / 251);
    }
    char path[64];
    file_made(path, content, sizeof content);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made(path, into);
    assert_int_equal(lee_feed_read_all(feed), LEE_OK);
    assert_int_equal(into->length, sizeof content);
    assert_memory_equal(into->text, content, sizeof content);
    assert_int_equal(into->restarts, 1);
    assert_int_equal(lee_feed_status_of(feed)->state, LEE_FEED_ENDED);
    assert_int_equal(lee_feed_status_of(feed)->bytes, sizeof content);
    lee_feed_free(feed);
    free(into);
    (void)unlink(path);
}

static void a_packed_file_is_unpacked_across_its_members(void **state)
{
    (void)state;
    static char content[150000];
    static uint8_t packed[160000];
    memset(content, 'x', sizeof content);
    size_t length = pack(content, sizeof content, packed, sizeof packed);
    length += pack("the end", 7, packed + length, sizeof packed - length);
    memset(packed + length, 0, 100);
    char path[64];
    file_made(path, packed, length + 100);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made(path, into);
    assert_int_equal(lee_feed_read_all(feed), LEE_OK);
    assert_int_equal(into->length, sizeof content + 7);
    assert_memory_equal(into->text + sizeof content, "the end", 7);
    lee_feed_free(feed);
    (void)unlink(path);
    /* Cut anywhere, it is refused, after what was whole. */
    file_made(path, packed, length - 1);
    into->length = 0;
    lee_feed *const cut = feed_made(path, into);
    assert_int_equal(lee_feed_read_all(cut), LEE_ERR_CORRUPT);
    assert_int_equal(lee_feed_status_of(cut)->state, LEE_FEED_FAILED);
    assert_true(into->length >= sizeof content);
    lee_feed_free(cut);
    free(into);
    (void)unlink(path);
}

static void a_damaged_packed_file_is_refused(void **state)
{
    (void)state;
    uint8_t packed[256];
    char path[64];
    const size_t length = pack("some words to be packed", 23, packed, sizeof packed);
    packed[length - 6] ^= 1; /* in the checksum */
    file_made(path, packed, length);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made(path, into);
    assert_int_equal(lee_feed_read_all(feed), LEE_ERR_CORRUPT);
    lee_feed_free(feed);
    free(into);
    (void)unlink(path);
}

static void a_file_that_is_not_there_says_so(void **state)
{
    (void)state;
    heard *const into = heard_made();
    lee_feed *const feed = feed_made("/nowhere/at/all", into);
    assert_int_equal(lee_feed_read_all(feed), LEE_ERR_NOT_FOUND);
    assert_string_equal(lee_feed_status_of(feed)->reason, "No such file or directory");
    lee_feed_free(feed);
    free(into);
}

static void a_file_on_the_loop_waits_while_the_sink_is_full(void **state)
{
    (void)state;
    static char content[200000];
    memset(content, 'y', sizeof content);
    char path[64];
    file_made(path, content, sizeof content);
    lee_loop *loop = NULL;
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    heard *const into = heard_made();
    into->full_after = 1;
    lee_feed *const feed = feed_made(path, into);
    assert_int_equal(lee_feed_start(feed, loop), LEE_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(lee_loop_run_once(loop, 5), LEE_OK);
    }
    assert_int_equal(into->chunks, 1);
    into->full_after = -1;
    lee_feed_resume(feed);
    while (lee_feed_status_of(feed)->state != LEE_FEED_ENDED) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_int_equal(into->length, sizeof content);
    lee_feed_free(feed);
    lee_loop_free(loop);
    free(into);
    (void)unlink(path);
}

typedef struct {
    lee_loop *loop;
    int listener;
    char uri[64];
} receiver;

static receiver receiver_made(void)
{
    receiver made = {.listener = -1};
    lee_address address;
    assert_int_equal(lee_loop_create(&made.loop), LEE_OK);
    assert_true(lee_address_parse("127.0.0.1", 0, &address));
    made.listener = lee_socket_listen(&address);
    assert_true(made.listener >= 0);
    (void)snprintf(made.uri, sizeof made.uri, "tcp://127.0.0.1:%u",
                   (unsigned)lee_socket_port(made.listener));
    return made;
}

static int accepted(const receiver *from)
{
    for (;;) {
        assert_int_equal(lee_loop_run_once(from->loop, 50), LEE_OK);
        const int fd = lee_socket_accept(from->listener);
        if (fd >= 0) {
            return fd;
        }
    }
}

static void a_tcp_feed_reconnects_and_says_where_the_stream_began_anew(void **state)
{
    (void)state;
    const receiver from = receiver_made();
    heard *const into = heard_made();
    lee_feed *const feed = feed_made(from.uri, into);
    assert_int_equal(lee_feed_start(feed, from.loop), LEE_OK);
    int fd = accepted(&from);
    assert_int_equal(lee_socket_write(fd, "one", 3), 3);
    while (into->length < 3) {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    assert_int_equal(lee_feed_status_of(feed)->state, LEE_FEED_CONNECTED);
    lee_descriptor_close(fd);
    while (lee_feed_status_of(feed)->state == LEE_FEED_CONNECTED) {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    assert_string_equal(lee_feed_status_of(feed)->reason, "the other side closed the connection");
    fd = accepted(&from);
    assert_int_equal(lee_socket_write(fd, "two", 3), 3);
    while (into->length < 6) {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    assert_memory_equal(into->text, "onetwo", 6);
    assert_int_equal(into->restarts, 2);
    assert_int_equal(lee_feed_status_of(feed)->connections, 2);
    assert_true(lee_feed_status_of(feed)->last_us > 0);
    lee_descriptor_close(fd);
    lee_descriptor_close(from.listener);
    lee_feed_free(feed);
    lee_loop_free(from.loop);
    free(into);
}

static void a_tcp_feed_loses_nothing_while_the_sink_is_full(void **state)
{
    (void)state;
    const receiver from = receiver_made();
    heard *const into = heard_made();
    into->full_after = 0;
    lee_feed *const feed = feed_made(from.uri, into);
    assert_int_equal(lee_feed_start(feed, from.loop), LEE_OK);
    const int fd = accepted(&from);
    assert_int_equal(lee_socket_write(fd, "abcdef", 6), 6);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(lee_loop_run_once(from.loop, 20), LEE_OK);
    }
    assert_int_equal(into->length, 0);
    into->full_after = -1;
    lee_feed_resume(feed);
    assert_int_equal(lee_socket_write(fd, "ghi", 3), 3);
    while (into->length < 9) {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    assert_memory_equal(into->text, "abcdefghi", 9);
    into->stop = true;
    assert_int_equal(lee_socket_write(fd, "j", 1), 1);
    while (lee_feed_status_of(feed)->state != LEE_FEED_ENDED) {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    lee_descriptor_close(fd);
    lee_descriptor_close(from.listener);
    lee_feed_free(feed);
    lee_loop_free(from.loop);
    free(into);
}

static void a_silent_tcp_feed_is_given_up(void **state)
{
    (void)state;
    receiver from = receiver_made();
    heard *const into = heard_made();
    (void)snprintf(from.uri + strlen(from.uri), 16, "?silent_s=1");
    lee_feed *const feed = feed_made(from.uri, into);
    assert_int_equal(lee_feed_start(feed, from.loop), LEE_OK);
    const int fd = accepted(&from);
    while (lee_feed_status_of(feed)->reason[0] == '\0') {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    assert_string_equal(lee_feed_status_of(feed)->reason, "nothing came for too long");
    assert_int_equal(lee_feed_status_of(feed)->state, LEE_FEED_WAITING);
    lee_descriptor_close(fd);
    lee_descriptor_close(from.listener);
    lee_feed_free(feed);
    lee_loop_free(from.loop);
    free(into);
}

static void a_refused_connection_is_told_and_tried_again(void **state)
{
    (void)state;
    const receiver from = receiver_made();
    lee_descriptor_close(from.listener);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made(from.uri, into);
    assert_int_equal(lee_feed_start(feed, from.loop), LEE_OK);
    while (lee_feed_status_of(feed)->reason[0] == '\0') {
        assert_int_equal(lee_loop_run_once(from.loop, 1000), LEE_OK);
    }
    assert_string_equal(lee_feed_status_of(feed)->reason, "Connection refused");
    assert_int_equal(lee_feed_status_of(feed)->state, LEE_FEED_WAITING);
    lee_feed_free(feed);
    lee_loop_free(from.loop);
    free(into);
}

/* A program rtl_sdr in the way of the real one, that does what `script` says. */
static void radio_made(char folder[64], const char *script)
{
    char path[128];
    char paths[512];
    (void)snprintf(folder, 64, "/tmp/leeward-radio-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/rtl_sdr", folder);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "#!/bin/sh\n%s\n", script);
    (void)fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
    (void)snprintf(paths, sizeof paths, "%s:/usr/bin:/bin", folder);
    assert_int_equal(setenv("PATH", paths, 1), 0);
}

static void radio_removed(const char *folder)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/rtl_sdr", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_radio_is_read_and_started_again_when_it_was_pulled_out(void **state)
{
    (void)state;
    char folder[64];
    lee_loop *loop = NULL;
    radio_made(folder, "echo \"$@\"; echo 'cb transfer status: 5, canceling...' >&2");
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made("rtl://0007?gain_db=40.2&ppm=-3&rate_hz=2000000", into);
    assert_int_equal(lee_feed_start(feed, loop), LEE_OK);
    while (lee_feed_status_of(feed)->reason[0] == '\0') {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_int_equal(lee_feed_status_of(feed)->state, LEE_FEED_WAITING);
    assert_string_equal(lee_feed_status_of(feed)->reason,
                        "the radio stopped: cb transfer status: 5, canceling...");
    assert_string_equal(into->text, "-f 1090000000 -s 2000000 -g 40.2 -p -3 -b 65536 -d 0007 -\n");
    while (into->restarts < 2) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    lee_feed_free(feed);
    lee_loop_free(loop);
    free(into);
    radio_removed(folder);
}

static void a_radio_that_hangs_is_given_up(void **state)
{
    (void)state;
    char folder[64];
    lee_loop *loop = NULL;
    radio_made(folder, "exec sleep 60");
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made("rtl://?silent_s=1", into);
    assert_int_equal(lee_feed_start(feed, loop), LEE_OK);
    while (lee_feed_status_of(feed)->reason[0] == '\0') {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_string_equal(lee_feed_status_of(feed)->reason, "nothing came for too long");
    lee_feed_free(feed);
    lee_loop_free(loop);
    free(into);
    radio_removed(folder);
}

static void a_radio_without_its_program_says_what_is_missing(void **state)
{
    (void)state;
    lee_loop *loop = NULL;
    assert_int_equal(setenv("PATH", "/leeward-has-no-such-folder", 1), 0);
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    heard *const into = heard_made();
    lee_feed *const feed = feed_made("rtl://", into);
    assert_int_equal(lee_feed_start(feed, loop), LEE_OK);
    while (lee_feed_status_of(feed)->reason[0] == '\0') {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_string_equal(lee_feed_status_of(feed)->reason,
                        "rtl_sdr is not installed (Debian's package rtl-sdr)");
    assert_int_equal(lee_feed_status_of(feed)->state, LEE_FEED_WAITING);
    lee_feed_free(feed);
    lee_loop_free(loop);
    free(into);
}

static void datagrams_come_whole_and_drops_are_counted(void **state)
{
    (void)state;
    lee_loop *loop = NULL;
    lee_address any;
    lee_address to;
    char uri[64];
    assert_int_equal(lee_loop_create(&loop), LEE_OK);
    assert_true(lee_address_parse("127.0.0.1", 0, &any));
    const int probe = lee_socket_udp(&any);
    assert_true(probe >= 0);
    const uint16_t port = lee_socket_port(probe);
    lee_descriptor_close(probe);
    (void)snprintf(uri, sizeof uri, "udp://127.0.0.1:%u", (unsigned)port);
    heard *const into = heard_made();
    into->full_after = 2;
    lee_feed *const feed = feed_made(uri, into);
    assert_int_equal(lee_feed_start(feed, loop), LEE_OK);
    while (lee_feed_status_of(feed)->state != LEE_FEED_CONNECTED) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_true(lee_address_parse("127.0.0.1", port, &to));
    const int sender = lee_socket_udp(&any);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lee_socket_send_to(sender, &to, "abc", 3), 0);
    }
    while (lee_feed_status_of(feed)->bytes < 9) {
        assert_int_equal(lee_loop_run_once(loop, 1000), LEE_OK);
    }
    assert_int_equal(into->chunks, 2);
    assert_int_equal(lee_feed_status_of(feed)->datagrams_dropped, 1);
    lee_descriptor_close(sender);
    lee_feed_free(feed);
    lee_loop_free(loop);
    free(into);
}

static void waiting_times_double_up_to_half_a_minute(void **state)
{
    (void)state;
    const int64_t wanted[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (uint32_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(lee_feed_backoff_ms(i), wanted[i]);
    }
    assert_int_equal(lee_feed_backoff_ms(UINT32_MAX), 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole_in_order),
        cmocka_unit_test(a_packed_file_is_unpacked_across_its_members),
        cmocka_unit_test(a_damaged_packed_file_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_says_so),
        cmocka_unit_test(a_file_on_the_loop_waits_while_the_sink_is_full),
        cmocka_unit_test(a_tcp_feed_reconnects_and_says_where_the_stream_began_anew),
        cmocka_unit_test(a_tcp_feed_loses_nothing_while_the_sink_is_full),
        cmocka_unit_test(a_silent_tcp_feed_is_given_up),
        cmocka_unit_test(a_refused_connection_is_told_and_tried_again),
        cmocka_unit_test(a_radio_is_read_and_started_again_when_it_was_pulled_out),
        cmocka_unit_test(a_radio_that_hangs_is_given_up),
        cmocka_unit_test(a_radio_without_its_program_says_what_is_missing),
        cmocka_unit_test(datagrams_come_whole_and_drops_are_counted),
        cmocka_unit_test(waiting_times_double_up_to_half_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
