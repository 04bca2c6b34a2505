#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/remote_id.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define T0_S 1700000000u

enum { LINK_RADIOTAP = 127, LINK_WIFI = 105, LINK_BLE = 251, LINK_BLE_PHDR = 256 };

/* What the last capture gave. */
static struct {
    lee_decode_result results[64];
    lee_report reports[64];
    lee_error_info whys[64];
    uint8_t bytes[64][LEE_RID_FRAME_MAX_BYTES];
    uint32_t lengths[64];
    size_t count;
    lee_decoder *decoder;
} heard;

static int setup(void **state)
{
    (void)state;
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 1;
    heard.count = 0;
    return lee_decoder_create(&options, &heard.decoder) == LEE_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    lee_decoder_free(heard.decoder);
    return 0;
}

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < 64);
    const size_t n = heard.count++;
    assert_in_range(frame->length, 1, LEE_RID_FRAME_MAX_BYTES);
    memcpy(heard.bytes[n], frame->bytes, frame->length);
    heard.lengths[n] = frame->length;
    heard.results[n] = lee_decoder_frame(heard.decoder, frame, &heard.reports[n], &heard.whys[n]);
    if (heard.results[n] == LEE_DECODED_REPORT) {
        assert_int_equal(lee_report_check(&heard.reports[n], &heard.whys[n]), LEE_OK);
        assert_string_not_equal(heard.reports[n].target.text, "");
    }
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

/* Runs one packet through, of a capture made for it; `second` goes into its time. */
static void run(uint32_t link_type, const uint8_t *packet, size_t length, uint32_t second)
{
    uint8_t *const file = calloc(1, 40 + length);
    put_u32(file, 0xa1b2c3d4);
    file[4] = 2;
    file[6] = 4;
    put_u32(file + 16, 262144);
    put_u32(file + 20, link_type);
    put_u32(file + 24, T0_S + second);
    put_u32(file + 28, 250000);
    put_u32(file + 32, (uint32_t)length);
    put_u32(file + 36, (uint32_t)length);
    memcpy(file + 40, packet, length);
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    lee_deframer *deframer = NULL;
    assert_int_equal(lee_deframer_create(LEE_FORMAT_REMOTE_ID, &options, &deframer), LEE_OK);
    heard.count = 0;
    lee_deframer_push(deframer, file, 40 + length, 0, on_frame, NULL);
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
    free(file);
    assert_int_equal(heard.count, 1);
}

/* --- messages and packets --------------------------------------------------------------------- */

static void basic_id(uint8_t out[25], unsigned kind, const char *id)
{
    memset(out, 0, 25);
    out[0] = 0x02;
    out[1] = (uint8_t)(kind << 4 | 2);
    memcpy(out + 2, id, strlen(id));
}

static void location(uint8_t out[25], int32_t lat_e7, int32_t lon_e7)
{
    memset(out, 0, 25);
    out[0] = 0x12;
    out[1] = 0x22; /* airborne, west */
    out[2] = 108;  /* + 180 */
    out[3] = 82;   /* 20.5 m/s */
    out[4] = 5;    /* 2.5 m/s up */
    put_u32(out + 5, (uint32_t)lat_e7);
    put_u32(out + 9, (uint32_t)lon_e7);
    out[13] = 0x34; /* 2100 / 2 - 1000 = 50 m */
    out[14] = 0x08;
    out[15] = 0xaa; /* 2474 / 2 - 1000 = 237 m */
    out[16] = 0x09;
    out[19] = 0x3a;
}

static void system_message(uint8_t out[25])
{
    memset(out, 0, 25);
    out[0] = 0x42;
    put_u32(out + 2, 455443876);
    put_u32(out + 6, 0xb6b4b6bau);
    out[18] = 0x77;
    out[19] = 0x78;
}

static size_t pack(uint8_t *out, uint8_t (*messages)[25], size_t count)
{
    out[0] = 0xf2;
    out[1] = 25;
    out[2] = (uint8_t)count;
    memcpy(out + 3, messages, 25 * count);
    return 3 + 25 * count;
}

static size_t beacon(uint8_t *out, const uint8_t *message, size_t length)
{
    static const uint8_t address[6] = {0x84, 0xcc, 0xa8, 0x60, 0x43, 0x24};
    memset(out, 0, 36);
    out[0] = 0x80;
    memcpy(out + 10, address, 6);
    size_t at = 36;
    static const uint8_t name[] = {0x00, 0x03, 'd', 'r', 'n', 0xdd, 0x03, 0x00, 0x50, 0xf2};
    memcpy(out + at, name, sizeof name);
    at += sizeof name;
    out[at++] = 0xdd;
    out[at++] = (uint8_t)(5 + length);
    static const uint8_t mark[] = {0xfa, 0x0b, 0xbc, 0x0d, 0x07};
    memcpy(out + at, mark, sizeof mark);
    memcpy(out + at + 5, message, length);
    return at + 5 + length;
}

static void run_beacon(const uint8_t *message, size_t length, uint32_t second)
{
    uint8_t packet[512];
    run(LINK_WIFI, packet, beacon(packet, message, length), second);
}

static size_t nan_frame(uint8_t *out, const uint8_t *message, size_t length)
{
    memset(out, 0, 24);
    out[0] = 0xd0;
    out[10] = 0x84;
    static const uint8_t head[] = {0x04, 0x09, 0x50, 0x6f, 0x9a, 0x13, 0x03, 0,    0, 0x88,
                                   0x69, 0x19, 0x9d, 0x92, 0x09, 0x01, 0x00, 0x10, 0, 0x22};
    memcpy(out + 24, head, sizeof head);
    out[24 + 7] = (uint8_t)(length + 11);
    out[24 + 18] = (uint8_t)(length + 1);
    memcpy(out + 24 + sizeof head, message, length);
    return 24 + sizeof head + length;
}

static size_t advertisement(uint8_t *out, const uint8_t *message, size_t length)
{
    static const uint8_t head[] = {0xd6, 0xbe, 0x89, 0x8e, 0x02, 0,    6,    5,    4,
                                   3,    2,    1,    0,    0x16, 0xfa, 0xff, 0x0d, 0x09};
    memcpy(out, head, sizeof head);
    out[5] = (uint8_t)(6 + 6 + length);
    out[12] = (uint8_t)(5 + length);
    memcpy(out + sizeof head, message, length);
    memset(out + sizeof head + length, 0, 3);
    return sizeof head + length + 3;
}

static void run_advertisement(const uint8_t *message, size_t length, uint32_t second)
{
    uint8_t packet[512];
    run(LINK_BLE, packet, advertisement(packet, message, length), second);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void a_pack_in_a_beacon_is_one_report(void **state)
{
    (void)state;
    uint8_t messages[3][25];
    uint8_t bytes[300];
    basic_id(messages[0], 1, "SSEVTFG93700070");
    location(messages[1], 455450519, -1229722906);
    system_message(messages[2]);
    run_beacon(bytes, pack(bytes, messages, 3), 5);
    assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
    const lee_report *const r = &heard.reports[0];
    assert_string_equal(r->target.text, "rid:SSEVTFG93700070");
    assert_int_equal(r->source, LEE_SOURCE_REMOTE_ID);
    assert_int_equal(r->t_us, (INT64_C(1700000005) * 1000000) + 250000);
    assert_int_equal(r->lat_e7, 455450519);
    assert_int_equal(r->lon_e7, -1229722906);
    assert_int_equal(r->track_deg_e3, 288000);
    assert_int_equal(r->speed_ground_kt_e3, 39849);
    assert_int_equal(r->vertical_rate_fpm, 492);
    assert_int_equal(r->alt_baro_ft, 164);
    assert_int_equal(r->alt_hae_ft, 778);
    assert_int_equal(r->on_ground, 0);
    assert_int_equal(r->nac_p, 10);
}

static bool contains(const uint8_t *bytes, size_t length, const void *part, size_t part_length)
{
    for (size_t i = 0; i + part_length <= length; i++) {
        if (memcmp(bytes + i, part, part_length) == 0) {
            return true;
        }
    }
    return false;
}

static void nothing_of_the_operator_leaves_the_deframer(void **state)
{
    (void)state;
    uint8_t messages[3][25];
    uint8_t bytes[300];
    location(messages[0], 455450519, -1229722906);
    system_message(messages[1]);
    basic_id(messages[2], 0, "GBR-OP-123ABCD");
    messages[2][0] = 0x52; /* Operator ID has the same layout */
    uint8_t secret[4];
    for (int alone = 0; alone < 3; alone++) {
        if (alone == 0) {
            run_beacon(bytes, pack(bytes, messages, 3), 0);
        } else {
            run_advertisement(messages[alone], 25, 0);
        }
        assert_int_not_equal(heard.results[0], LEE_DECODED_REFUSED);
        put_u32(secret, 455443876);
        assert_false(contains(heard.bytes[0], heard.lengths[0], secret, 4));
        put_u32(secret, 0xb6b4b6bau);
        assert_false(contains(heard.bytes[0], heard.lengths[0], secret, 4));
        assert_false(contains(heard.bytes[0], heard.lengths[0], "\x77\x78", 2));
        assert_false(contains(heard.bytes[0], heard.lengths[0], "GBR", 3));
    }
    /* Nor in a pack that is refused, where nobody can tell what stands where. */
    pack(bytes, messages, 3);
    bytes[1] = 24;
    run_beacon(bytes, 78, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
    assert_true(heard.lengths[0] <= LEE_RID_ENVELOPE_BYTES);
}

static void sizes_of_packs_are_checked(void **state)
{
    (void)state;
    uint8_t messages[10][25];
    uint8_t bytes[300];
    for (int i = 0; i < 10; i++) {
        basic_id(messages[i], 0, "");
        messages[i][0] = 0x32;
    }
    location(messages[0], 455450519, -1229722906);
    static const struct {
        uint8_t count;
        size_t length; /* of the element */
        bool good;
    } cases[] = {{0, 3, false},    {1, 28, true},  {9, 228, true}, {10, 253 - 25, false},
                 {255, 78, false}, {2, 52, false}, {2, 53, true},  {3, 53, false},
                 {1, 3, false},    {1, 2, false},  {1, 27, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pack(bytes, messages, 10 < cases[i].count ? 3 : cases[i].count);
        bytes[2] = cases[i].count;
        run_beacon(bytes, cases[i].length, 0);
        assert_int_equal(heard.results[0] == LEE_DECODED_REPORT, cases[i].good);
        assert_int_equal(heard.results[0] == LEE_DECODED_REFUSED, !cases[i].good);
    }
    for (unsigned size = 0; size < 256; size++) {
        pack(bytes, messages, 2);
        bytes[1] = (uint8_t)size;
        run_beacon(bytes, 53, 0);
        assert_int_equal(heard.results[0] == LEE_DECODED_REPORT, size == 25);
    }
}

static void ten_messages_are_too_many_even_when_all_are_there(void **state)
{
    (void)state;
    uint8_t bytes[253] = {0xf2, 25, 9};
    size_t used = 0;
    const char *field = NULL;
    const char *reason = NULL;
    assert_int_equal(lee_rid_check(bytes, 228, &used, &field, &reason), LEE_OK);
    assert_int_equal(used, 228);
    bytes[2] = 10;
    assert_int_equal(lee_rid_check(bytes, 253, &used, &field, &reason), LEE_ERR_DOMAIN);
    assert_string_equal(field, "pack size");
}

static void what_follows_a_pack_must_be_zeros(void **state)
{
    (void)state;
    uint8_t messages[1][25];
    uint8_t bytes[300] = {0};
    location(messages[0], 455450519, -1229722906);
    pack(bytes, messages, 1);
    run_beacon(bytes, 228, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
    assert_int_equal(heard.lengths[0], LEE_RID_ENVELOPE_BYTES + 28);
    assert_string_equal(heard.reports[0].target.text, "rid:mac:84cca8604324");
    bytes[227] = 1;
    run_beacon(bytes, 228, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
}

static void a_pack_within_a_pack_is_refused(void **state)
{
    (void)state;
    uint8_t messages[2][25];
    uint8_t bytes[300];
    location(messages[0], 455450519, -1229722906);
    memset(messages[1], 0, 25);
    messages[1][0] = 0xf2;
    messages[1][1] = 25;
    messages[1][2] = 1;
    run_beacon(bytes, pack(bytes, messages, 2), 0);
    assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
    location(messages[1], 0, 1);
    run_beacon(bytes, pack(bytes, messages, 2), 0); /* and so are two places at once */
    assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
}

static void what_is_not_known_is_absent(void **state)
{
    (void)state;
    uint8_t message[25];
    location(message, 0, 0);
    message[1] = 0x03; /* status not declared, fast scale */
    message[2] = 181;
    message[3] = 255;
    message[4] = 126;
    memset(message + 13, 0, 7);
    run_advertisement(message, 25, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_NOTHING);
    message[3] = 254; /* that fast or faster */
    message[4] = 124;
    run_advertisement(message, 25, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_NOTHING);
    message[3] = 253;
    message[4] = (uint8_t)-123;
    run_advertisement(message, 25, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
    assert_int_equal(heard.reports[0].present,
                     LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_VERTICAL_RATE);
    assert_int_equal(heard.reports[0].speed_ground_kt_e3, 492765);
    assert_int_equal(heard.reports[0].vertical_rate_fpm, -12106);
    location(message, 0, 1);
    run_advertisement(message, 25, 0);
    assert_int_equal(heard.reports[0].lon_e7, 1);
    assert_true((heard.reports[0].present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION);
}

static void places_and_times_out_of_range_are_refused(void **state)
{
    (void)state;
    uint8_t message[25];
    static const struct {
        int32_t lat, lon;
        unsigned timestamp;
        const char *field;
    } cases[] = {{900000000, 1800000000, 36000, NULL},
                 {900000001, 0, 0, "lat"},
                 {-900000001, 0, 0, "lat"},
                 {0, 1800000001, 0, "lon"},
                 {0, -1800000001, 0, "lon"},
                 {1, 1, 36001, "timestamp"},
                 {1, 1, 65534, "timestamp"},
                 {1, 1, 65535, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        location(message, cases[i].lat, cases[i].lon);
        message[21] = (uint8_t)cases[i].timestamp;
        message[22] = (uint8_t)(cases[i].timestamp >> 8);
        run_advertisement(message, 25, 0);
        if (cases[i].field == NULL) {
            assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
        } else {
            assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
            assert_string_equal(heard.whys[0].field, cases[i].field);
        }
    }
}

static void a_name_holds_for_a_minute_and_fields_do_not(void **state)
{
    (void)state;
    uint8_t name[25];
    uint8_t place[25];
    basic_id(name, 1, "ABC123");
    location(place, 455450519, -1229722906);
    run_advertisement(place, 25, 0);
    assert_string_equal(heard.reports[0].target.text, "rid:mac:010203040506");
    run_advertisement(name, 25, 1);
    assert_int_equal(heard.results[0], LEE_DECODED_NOTHING);
    run_advertisement(place, 25, 61);
    assert_string_equal(heard.reports[0].target.text, "rid:ABC123");
    run_advertisement(place, 25, 62);
    assert_string_equal(heard.reports[0].target.text, "rid:mac:010203040506");
    /* Nothing of the message before is in the next (opendroneid-core-c pull request 37). */
    uint8_t bare[25];
    location(bare, 0, 0);
    memset(bare + 13, 0, 7);
    run_advertisement(bare, 25, 63);
    assert_true((heard.reports[0].present & (LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO |
                                             LEE_REPORT_HAS_ALT_HAE | LEE_REPORT_HAS_NAC_P)) == 0);
}

static void serial_numbers_name_before_other_identifiers(void **state)
{
    (void)state;
    uint8_t name[25];
    uint8_t place[25];
    location(place, 455450519, -1229722906);
    basic_id(name, 4, "\x01\xff session");
    run_advertisement(name, 25, 0);
    run_advertisement(place, 25, 0);
    assert_string_equal(heard.reports[0].target.text, "rid:x:01ff2073657373696f6e");
    basic_id(name, 1, "ABC123");
    run_advertisement(name, 25, 1);
    basic_id(name, 2, "HB-DRONE.7");
    run_advertisement(name, 25, 2);
    assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
    assert_string_equal(heard.reports[0].registration, "HB-DRONE.7");
    run_advertisement(place, 25, 3);
    assert_string_equal(heard.reports[0].target.text, "rid:ABC123");
}

static void names_that_are_no_text_become_hex(void **state)
{
    (void)state;
    uint8_t messages[2][25];
    uint8_t bytes[100];
    static const char *const names[][2] = {{"A B", "rid:x:412042"},
                                           {"\"", "rid:x:22"},
                                           {"mac:0102", "rid:x:6d61633a30313032"},
                                           {"\xc3\xa9", "rid:x:c3a9"},
                                           {"ABCDEFGHIJKLMNOPQRST", "rid:ABCDEFGHIJKLMNOPQRST"},
                                           {"x-1", "rid:x-1"}};
    location(messages[1], 455450519, -1229722906);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        basic_id(messages[0], 1, names[i][0]);
        run_beacon(bytes, pack(bytes, messages, 2), (uint32_t)(100 * i));
        assert_string_equal(heard.reports[0].target.text, names[i][1]);
        lee_target target;
        assert_true(lee_target_parse(names[i][1], strlen(names[i][1]), &target));
        assert_true(lee_target_equal(&target, &heard.reports[0].target));
    }
}

static void versions_that_are_not_known_are_refused(void **state)
{
    (void)state;
    uint8_t message[25];
    for (unsigned version = 0; version < 16; version++) {
        location(message, 1, 1);
        message[0] = (uint8_t)(0x10 | version);
        run_advertisement(message, 25, 0);
        assert_int_equal(heard.results[0] == LEE_DECODED_REPORT, version <= 2);
    }
}

static void every_transport_is_read_and_none_when_cut_short(void **state)
{
    (void)state;
    uint8_t messages[2][25];
    uint8_t bytes[100];
    uint8_t packet[512] = {0};
    basic_id(messages[0], 1, "ABC123");
    location(messages[1], 455450519, -1229722906);
    const size_t length = pack(bytes, messages, 2);
    const uint32_t links[] = {LINK_WIFI, LINK_WIFI, LINK_RADIOTAP, LINK_BLE, LINK_BLE_PHDR};
    static const uint8_t transports[] = {3, 4, 4, 1, 1};
    for (size_t i = 0; i < 5; i++) {
        size_t size = 0;
        memset(packet, 0, sizeof packet);
        switch (i) {
        case 0:
            size = beacon(packet, bytes, length);
            break;
        case 1:
            size = nan_frame(packet, bytes, length);
            break;
        case 2:
            packet[2] = 8;
            size = 8 + nan_frame(packet + 8, bytes, length);
            break;
        case 3:
            size = advertisement(packet, bytes, length);
            break;
        default:
            size = 10 + advertisement(packet + 10, bytes, length);
            break;
        }
        run(links[i], packet, size, 0);
        assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
        assert_int_equal(heard.bytes[0][0], transports[i]);
        assert_string_equal(heard.reports[0].target.text, "rid:ABC123");
        for (size_t cut = 0; cut < size - 3; cut++) {
            uint8_t *const exact = malloc(cut + 1);
            memcpy(exact, packet, cut);
            run(links[i], exact, cut, 0);
            assert_int_not_equal(heard.results[0], LEE_DECODED_REPORT);
            free(exact);
        }
    }
    /* The receiver's mark that the CRC was wrong. */
    memset(packet, 0, 10);
    packet[9] = 0x04;
    run(LINK_BLE_PHDR, packet, 10 + advertisement(packet + 10, bytes, length), 0);
    assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
    assert_int_equal(heard.whys[0].code, LEE_ERR_CHECKSUM);
}

static void the_43_byte_nan_frame_of_core_c_106_is_no_report(void **state)
{
    (void)state;
    uint8_t packet[512];
    uint8_t none[1] = {0};
    const size_t size = nan_frame(packet, none, 0);
    assert_int_equal(size, 44);
    uint8_t place[25];
    location(place, 1, 1);
    const size_t whole = nan_frame(packet, place, 25);
    packet[24 + 17] = 0; /* a service that says it has no data */
    run(LINK_WIFI, packet, whole, 0);
    assert_int_equal(heard.results[0], LEE_DECODED_NOTHING);
    (void)nan_frame(packet, none, 0);
    for (unsigned info = 0; info < 256; info++) {
        packet[24 + 18] = (uint8_t)info;
        run(LINK_WIFI, packet, 43, 0);
        assert_int_not_equal(heard.results[0], LEE_DECODED_REPORT);
    }
}

static void a_swarm_of_names_is_bounded(void **state)
{
    (void)state;
    uint8_t frame_bytes[32] = {1};
    lee_report report;
    lee_error_info why;
    basic_id(frame_bytes + 7, 1, "SWARM");
    for (uint32_t i = 1; i <= 100000; i++) {
        put_u32(frame_bytes + 1, i);
        const lee_frame frame = {
            .t_us = i, .bytes = frame_bytes, .length = 32, .format = LEE_FORMAT_REMOTE_ID};
        assert_int_equal(lee_decoder_frame(heard.decoder, &frame, &report, &why),
                         LEE_DECODED_NOTHING);
    }
    lee_decoder_counters counters;
    lee_decoder_count(heard.decoder, &counters);
    assert_int_equal(counters.rid_names_evicted, 100000 - LEE_RID_SETS * LEE_RID_WAYS);
}

static void frames_from_elsewhere_are_checked_again(void **state)
{
    (void)state;
    lee_report report;
    lee_error_info why;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        uint8_t *const bytes = malloc(64);
        for (size_t at = 0; at < 64; at += 8) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            memcpy(bytes + at, &seed, 8);
        }
        bytes[0] %= 6;
        if (i % 2 == 0) {
            bytes[7] = (uint8_t)(i % 4 == 0 ? 0xf2 : bytes[7] & 0xf2);
            bytes[8] = i % 4 == 0 ? 25 : bytes[8];
            bytes[9] = i % 4 == 0 ? 2 : bytes[9];
            bytes[10] &= 0x12;
            bytes[35] &= 0x12;
        }
        const uint32_t length = i % 4 == 0 ? 60 : i % 4 == 2 ? 32 : (uint32_t)(seed % 64);
        uint8_t *const exact = realloc(bytes, length > 0 ? length : 1);
        const lee_frame frame = {
            .t_us = i, .bytes = exact, .length = length, .format = LEE_FORMAT_REMOTE_ID};
        if (lee_decoder_frame(heard.decoder, &frame, &report, &why) == LEE_DECODED_REPORT) {
            assert_int_equal(lee_report_check(&report, &why), LEE_OK);
        }
        free(exact);
    }
    lee_decoder_counters counters;
    lee_decoder_count(heard.decoder, &counters);
    assert_true(counters.reports > 100);
}

static void what_is_compressed_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const uint8_t magics[3][6] = {{0xfd, '7', 'z', 'X', 'Z', 0}, /* as Python makes it */
                                         {0x5d, 0, 0, 0x80, 0, 0xff},   /* .lzma */
                                         {0x5d, 0, 1, 0, 0, 0}};        /* neither */
    for (size_t i = 0; i < 3; i++) {
        lee_deframe_options options;
        lee_deframe_options_default(&options);
        lee_deframer *deframer = NULL;
        assert_int_equal(lee_deframer_create(LEE_FORMAT_REMOTE_ID, &options, &deframer), LEE_OK);
        heard.count = 0;
        lee_deframer_push(deframer, magics[i], sizeof magics[i], 0, on_frame, NULL);
        lee_deframer_finish(deframer, on_frame, NULL);
        lee_deframer_free(deframer);
        assert_int_equal(heard.count, 1);
        assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
        assert_int_equal(heard.whys[0].code, i < 2 ? LEE_ERR_UNSUPPORTED : LEE_ERR_SYNTAX);
        assert_string_equal(heard.whys[0].reason,
                            i < 2 ? "compressed (LZMA): let it be sent without compression"
                                  : "not a capture file");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_pack_in_a_beacon_is_one_report),
        TEST(nothing_of_the_operator_leaves_the_deframer),
        TEST(sizes_of_packs_are_checked),
        TEST(ten_messages_are_too_many_even_when_all_are_there),
        TEST(what_follows_a_pack_must_be_zeros),
        TEST(a_pack_within_a_pack_is_refused),
        TEST(what_is_not_known_is_absent),
        TEST(places_and_times_out_of_range_are_refused),
        TEST(a_name_holds_for_a_minute_and_fields_do_not),
        TEST(serial_numbers_name_before_other_identifiers),
        TEST(names_that_are_no_text_become_hex),
        TEST(versions_that_are_not_known_are_refused),
        TEST(every_transport_is_read_and_none_when_cut_short),
        TEST(the_43_byte_nan_frame_of_core_c_106_is_no_report),
        TEST(a_swarm_of_names_is_bounded),
        TEST(frames_from_elsewhere_are_checked_again),
        TEST(what_is_compressed_is_refused_with_the_reason),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
