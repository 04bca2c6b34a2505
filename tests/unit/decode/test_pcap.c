#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/pcap.h"

#define PACKETS_MAX 256

static struct {
    lee_pcap_packet packets[PACKETS_MAX];
    uint8_t first[PACKETS_MAX]; /* byte of each */
    size_t count;
    size_t refused_bytes;
} heard;

static void keep(void *context, const lee_pcap_packet *packet)
{
    (void)context;
    assert_int_equal(packet->refused == LEE_OK, packet->reason == NULL);
    if (packet->refused != LEE_OK) {
        assert_in_range(packet->length, 1, LEE_PCAP_REFUSED_MAX_BYTES);
        heard.refused_bytes += packet->length;
    }
    if (heard.count < PACKETS_MAX) {
        heard.packets[heard.count] = *packet;
        heard.first[heard.count] = packet->length > 0 ? packet->bytes[0] : 0;
    }
    heard.count++;
}

/* Runs a file through in pieces of the given size, each in memory of its own. */
static void run(const uint8_t *bytes, size_t length, size_t piece)
{
    lee_pcap *pcap = NULL;
    assert_true(lee_pcap_create(&pcap) == LEE_OK);
    memset(&heard, 0, sizeof heard);
    for (size_t at = 0; at < length; at += piece) {
        const size_t size = length - at < piece ? length - at : piece;
        uint8_t *const copy = malloc(size);
        memcpy(copy, bytes + at, size);
        lee_pcap_push(pcap, copy, size, keep, NULL);
        free(copy);
    }
    lee_pcap_finish(pcap, keep, NULL);
    lee_pcap_free(pcap);
}

typedef struct {
    uint8_t bytes[8192];
    size_t length;
    bool big;
} file;

static void put(file *f, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const size_t shift = 8 * (f->big ? size - 1 - i : i);
        f->bytes[f->length++] = (uint8_t)(shift < 64 ? value >> shift : 0);
    }
}

static file pcap_file(bool big, uint32_t magic)
{
    file f = {.big = big};
    put(&f, magic, 4);
    put(&f, 2, 2);
    put(&f, 4, 2);
    put(&f, 0, 8);
    put(&f, 65535, 4);
    put(&f, LEE_LINK_ETHERNET, 4);
    return f;
}

static void put_packet(file *f, uint32_t seconds, uint32_t fraction, uint8_t fill, uint32_t length)
{
    put(f, seconds, 4);
    put(f, fraction, 4);
    put(f, length, 4);
    put(f, length + 10, 4);
    memset(f->bytes + f->length, fill, length);
    f->length += length;
}

static void packets_come_out_alike_however_the_file_is_cut(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        const bool nano = variant >= 2;
        file f = pcap_file(variant % 2 == 1, nano ? 0xa1b23c4du : 0xa1b2c3d4u);
        put_packet(&f, 1000, nano ? 5999 : 5, 7, 60);
        put_packet(&f, 1001, 0, 8, 0);
        put_packet(&f, 1002, 0, 9, 1);
        const size_t pieces[] = {1, 2, 23, 41, 8192};
        for (size_t i = 0; i < 5; i++) {
            run(f.bytes, f.length, pieces[i]);
            assert_int_equal(heard.count, 3);
            assert_int_equal(heard.packets[0].t_us, 1000000005);
            assert_true(heard.packets[0].time_known);
            assert_int_equal(heard.packets[0].length, 60);
            assert_int_equal(heard.packets[0].length_original, 70);
            assert_int_equal(heard.packets[0].stream_offset, 40);
            assert_int_equal(heard.packets[0].link_type, LEE_LINK_ETHERNET);
            assert_int_equal(heard.first[0], 7);
            assert_int_equal(heard.packets[1].length, 0);
            assert_int_equal(heard.packets[2].t_us, 1002000000);
            assert_int_equal(heard.first[2], 9);
        }
    }
}

static void put_block(file *f, uint32_t type, const file *body)
{
    const uint32_t total = (uint32_t)(12 + ((body->length + 3) & ~(size_t)3));
    put(f, type, 4);
    put(f, total, 4);
    memcpy(f->bytes + f->length, body->bytes, body->length);
    memset(f->bytes + f->length + body->length, 0, total - 12 - body->length);
    f->length += total - 12;
    put(f, total, 4);
}

static void put_section(file *f)
{
    file body = {.big = f->big};
    put(&body, 0x1a2b3c4d, 4);
    put(&body, 1, 2);
    put(&body, 0, 2);
    put(&body, UINT64_MAX, 8);
    put_block(f, 0x0a0d0d0a, &body);
}

static void put_interface(file *f, uint16_t link_type, int resolution, int64_t offset_s)
{
    file body = {.big = f->big};
    put(&body, link_type, 2);
    put(&body, 0, 2);
    put(&body, 65535, 4);
    if (resolution >= 0) {
        put(&body, 9, 2);
        put(&body, 1, 2);
        put(&body, f->big ? (uint64_t)resolution << 24 : (uint64_t)resolution, 4);
        put(&body, 14, 2);
        put(&body, 8, 2);
        put(&body, (uint64_t)offset_s, 8);
        put(&body, 0, 4);
    }
    put_block(f, 1, &body);
}

static void put_enhanced(file *f, uint32_t interface, uint64_t ticks, uint8_t fill, uint32_t length)
{
    file body = {.big = f->big};
    put(&body, interface, 4);
    put(&body, ticks >> 32, 4);
    put(&body, ticks & 0xffffffff, 4);
    put(&body, length, 4);
    put(&body, length, 4);
    memset(body.bytes + body.length, fill, length);
    body.length += length;
    put_block(f, 6, &body);
}

static void interfaces_of_pcapng_have_their_own_clock_and_link(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        file f = {.big = big != 0};
        put_section(&f);
        put_interface(&f, LEE_LINK_ETHERNET, -1, 0);
        put_interface(&f, LEE_LINK_RAW, 9, 100);
        put_interface(&f, LEE_LINK_NULL, 0x80 | 20, 0);
        file other = {.big = f.big};
        put(&other, 0, 8);
        put_block(&f, 4, &other); /* names: passed over */
        put_enhanced(&f, 0, 1000005, 1, 5);
        put_enhanced(&f, 1, 1000005999, 2, 6);
        put_enhanced(&f, 2, (3u << 20) | (1u << 19), 3, 7);
        put_enhanced(&f, 3, 0, 4, 8); /* no such interface */
        for (size_t piece = 1; piece < 50; piece += 7) {
            run(f.bytes, f.length, piece);
            assert_int_equal(heard.count, 4);
            assert_int_equal(heard.packets[0].t_us, 1000005);
            assert_int_equal(heard.packets[1].t_us, 101000005);
            assert_int_equal(heard.packets[1].link_type, LEE_LINK_RAW);
            assert_int_equal(heard.packets[2].t_us, 3500000);
            assert_int_equal(heard.packets[2].length, 7);
            assert_int_equal(heard.first[2], 3);
            assert_true(heard.packets[3].refused == LEE_ERR_MISSING);
        }
        uint16_t link_type = 77;
        assert_true(lee_pcap_peek_link_type(f.bytes, 256, &link_type));
        assert_int_equal(link_type, LEE_LINK_ETHERNET);
    }
}

static void lengths_that_cannot_be_refuse_the_rest_of_the_file(void **state)
{
    (void)state;
    file f = pcap_file(false, 0xa1b2c3d4);
    put_packet(&f, 1, 0, 1, 20);
    const size_t good = f.length;
    put(&f, 1, 8);
    put(&f, LEE_PCAP_PACKET_MAX_BYTES + 1, 4);
    put(&f, 0, 500);
    for (size_t piece = 1; piece < 600; piece += 199) {
        run(f.bytes, f.length, piece);
        assert_int_equal(heard.count, 2);
        assert_true(heard.packets[1].refused == LEE_ERR_LIMIT);
        assert_int_equal(heard.refused_bytes, f.length - good);
    }
    file g = {.big = false};
    put_section(&g);
    const size_t section = g.length;
    put(&g, 6, 4);
    put(&g, 8, 4); /* shorter than a block's own frame */
    put(&g, 0, 100);
    run(g.bytes, g.length, 7);
    assert_int_equal(heard.count, 1);
    assert_true(heard.packets[0].refused == LEE_ERR_SYNTAX);
    assert_int_equal(heard.refused_bytes, g.length - section);
}

static void half_a_packet_at_the_end_is_refused(void **state)
{
    (void)state;
    file f = pcap_file(false, 0xa1b2c3d4);
    put_packet(&f, 1, 0, 1, 20);
    for (size_t cut = 25; cut < f.length; cut++) {
        run(f.bytes, cut, 9);
        assert_int_equal(heard.count, 1);
        assert_true(heard.packets[0].refused == LEE_ERR_TRUNCATED);
        assert_int_equal(heard.refused_bytes, cut - 24);
    }
}

/* Ethernet with a VLAN tag, IPv4, UDP with three bytes, and padding. */
static const uint8_t datagram[] = {
    1,    0, 94,   2,  1, 31, 2,    0, 0,   0,   0,   1, 0x81, 0, 0, 5, 8,   0, /* Ethernet */
    0x45, 0, 0,    31, 0, 0,  0x40, 0, 64,  17,  0,   0, 10,   0, 0, 1, 232, 2, 1, 31, /* IPv4 */
    0x30, 0, 0x40, 0,  0, 11, 0,    0, 'a', 'b', 'c', 0, 0,    0, 0, 0, 0,   0}; /* UDP, padding */

static lee_error payload_of(const uint8_t *bytes, size_t length, uint16_t link, size_t *out_length)
{
    uint8_t *const copy = malloc(length + 1);
    memcpy(copy, bytes, length);
    uint8_t *const exact = realloc(copy, length > 0 ? length : 1);
    const lee_pcap_packet packet = {.bytes = exact, .length = length, .link_type = link};
    const uint8_t *payload = NULL;
    const char *reason = NULL;
    *out_length = 0;
    const lee_error error = lee_pcap_udp_payload(&packet, &payload, out_length, &reason);
    assert_true((error == LEE_OK) == (payload != NULL));
    assert_true((error == LEE_OK) == (reason == NULL));
    if (error == LEE_OK) {
        assert_true(payload >= exact && payload + *out_length <= exact + length);
        assert_memory_equal(payload, "abc", *out_length < 3 ? *out_length : 3);
    }
    free(exact);
    return error;
}

static void a_datagram_is_found_behind_tags_and_without_padding(void **state)
{
    (void)state;
    size_t length;
    assert_true(payload_of(datagram, sizeof datagram, LEE_LINK_ETHERNET, &length) == LEE_OK);
    assert_int_equal(length, 3);
    assert_true(payload_of(datagram + 18, 31, LEE_LINK_RAW, &length) == LEE_OK);
    assert_int_equal(length, 3);
    for (size_t cut = 0; cut < 49; cut++) {
        assert_true(payload_of(datagram, cut, LEE_LINK_ETHERNET, &length) != LEE_OK);
    }
    assert_true(payload_of(datagram, sizeof datagram, 9999, &length) == LEE_ERR_UNSUPPORTED);
}

static void fragments_and_other_protocols_are_told_apart(void **state)
{
    (void)state;
    size_t length;
    uint8_t changed[sizeof datagram];
    memcpy(changed, datagram, sizeof datagram);
    changed[24] = 0x20; /* more fragments */
    assert_true(payload_of(changed, sizeof changed, LEE_LINK_ETHERNET, &length) ==
                LEE_ERR_UNSUPPORTED);
    memcpy(changed, datagram, sizeof datagram);
    changed[27] = 6; /* TCP */
    assert_true(payload_of(changed, sizeof changed, LEE_LINK_ETHERNET, &length) ==
                LEE_ERR_NOT_FOUND);
    memcpy(changed, datagram, sizeof datagram);
    changed[43] = 12; /* UDP length beyond the IP packet */
    assert_true(payload_of(changed, sizeof changed, LEE_LINK_ETHERNET, &length) == LEE_ERR_SYNTAX);
    changed[43] = 7;
    assert_true(payload_of(changed, sizeof changed, LEE_LINK_ETHERNET, &length) == LEE_ERR_SYNTAX);
}

static void random_bytes_do_no_harm(void **state)
{
    (void)state;
    uint32_t seed = 12345;
    for (int round = 0; round < 3000; round++) {
        uint8_t bytes[300];
        file f = round % 2 == 0 ? pcap_file(round % 4 == 0, 0xa1b2c3d4) : (file){.big = false};
        if (round % 2 == 1) {
            put_section(&f);
            put_interface(&f, LEE_LINK_ETHERNET, 9, 0);
        }
        memcpy(bytes, f.bytes, f.length);
        for (size_t i = f.length; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = seed >> 28 < 9 ? 0 : (uint8_t)(seed >> 24);
        }
        run(bytes, sizeof bytes, 1 + seed % 64);
        size_t length;
        if (heard.count > 0) {
            (void)payload_of(bytes + 100, 60, LEE_LINK_ETHERNET, &length);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_come_out_alike_however_the_file_is_cut),
        cmocka_unit_test(interfaces_of_pcapng_have_their_own_clock_and_link),
        cmocka_unit_test(lengths_that_cannot_be_refuse_the_rest_of_the_file),
        cmocka_unit_test(half_a_packet_at_the_end_is_refused),
        cmocka_unit_test(a_datagram_is_found_behind_tags_and_without_padding),
        cmocka_unit_test(fragments_and_other_protocols_are_told_apart),
        cmocka_unit_test(random_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
