/* What is said of operators comes out for those alone who asked, and changes no frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "decode/remote_id.h"
#include "record/codec.h"

#define T0_S 1700000000u

static struct {
    lee_buffer frames;
    lee_remote_operator said[16];
    size_t count;
} heard;

static int setup(void **state)
{
    (void)state;
    heard.count = 0;
    lee_buffer_init(&heard.frames, 65536);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lee_buffer_free(&heard.frames);
    return 0;
}

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    lee_frame_encode(frame, &heard.frames);
}

static void on_operator(void *context, const lee_remote_operator *said)
{
    assert_ptr_equal(context, &heard);
    assert_true(heard.count < 16);
    heard.said[heard.count++] = *said;
}

static void push(const uint8_t *bytes, size_t length, bool keeps)
{
    lee_deframe_options options;
    lee_deframer *deframer = NULL;
    lee_deframe_options_default(&options);
    options.feed = 5;
    assert_int_equal(lee_deframer_create(LEE_FORMAT_REMOTE_ID, &options, &deframer), LEE_OK);
    if (keeps) {
        assert_int_equal(lee__deframe_keep_operators(deframer, on_operator, &heard), LEE_OK);
    }
    heard.count = 0;
    lee_buffer_reset(&heard.frames);
    lee_deframer_push(deframer, bytes, length, 0, on_frame, NULL);
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
}

static bool holds(const lee_buffer *all, const void *bytes, size_t length)
{
    for (size_t i = 0; i + length <= all->length; i++) {
        if (memcmp(all->bytes + i, bytes, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Not asked, then asked: the same frames, which hold none of it. */
static void run(const uint8_t *bytes, size_t length)
{
    push(bytes, length, false);
    assert_int_equal(heard.count, 0);
    lee_buffer before = heard.frames;
    lee_buffer_init(&heard.frames, 65536);
    push(bytes, length, true);
    assert_int_equal(before.length, heard.frames.length);
    assert_memory_equal(before.bytes, heard.frames.bytes, before.length);
    for (size_t i = 0; i < heard.count; i++) {
        const lee_remote_operator *const said = &heard.said[i];
        assert_int_equal(said->feed, 5);
        assert_true(lee_remote_operator_is_known(said));
        if (said->has_position) {
            assert_false(holds(&before, &said->lat_e7, 4) || holds(&before, &said->lon_e7, 4));
        }
        assert_true(said->id[0] == '\0' || !holds(&before, said->id, strlen(said->id)));
    }
    lee_buffer_free(&before);
}

/* --- packets ---------------------------------------------------------------------------------- */

#define LAT_E7 471111111
#define LON_E7 (-82222222)

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

typedef struct {
    uint8_t bytes[25];
} message;

static message basic_id(const char *id)
{
    message m = {{0x02, 0x12}};
    memcpy(m.bytes + 2, id, strlen(id));
    return m;
}

static message location(int32_t lat_e7)
{
    message m = {{0x12, 0x20}};
    put_u32(m.bytes + 5, (uint32_t)lat_e7);
    put_u32(m.bytes + 9, 90000000);
    return m;
}

/* 430.5 m. */
static message system_message(uint8_t kind, int32_t lat_e7, int32_t lon_e7)
{
    message m = {{0x42, kind}};
    put_u32(m.bytes + 2, (uint32_t)lat_e7);
    put_u32(m.bytes + 6, (uint32_t)lon_e7);
    m.bytes[18] = (uint8_t)2861;
    m.bytes[19] = 2861 >> 8;
    return m;
}

static message operator_id(const char *id)
{
    message m = {{0x52, 0}};
    memcpy(m.bytes + 2, id, strlen(id));
    return m;
}

/* A capture of Bluetooth advertisements, a message each, of one transmitter or two. */
static size_t capture(uint8_t *out, const message *messages, size_t count, const uint8_t *from)
{
    static const uint8_t head[] = {0xd6, 0xbe, 0x89, 0x8e, 0x02, 37,   6,    5,    4,
                                   3,    2,    1,    30,   0x16, 0xfa, 0xff, 0x0d, 0x09};
    memset(out, 0, 24);
    put_u32(out, 0xa1b2c3d4);
    out[4] = 2;
    out[6] = 4;
    put_u32(out + 16, 262144);
    put_u32(out + 20, 251);
    size_t at = 24;
    for (size_t i = 0; i < count; i++) {
        const uint32_t length = sizeof head + sizeof(message) + 3;
        put_u32(out + at, T0_S + (uint32_t)i);
        put_u32(out + at + 4, 0);
        put_u32(out + at + 8, length);
        put_u32(out + at + 12, length);
        memcpy(out + at + 16, head, sizeof head);
        out[at + 16 + 6] = from ? from[i] : 6;
        memcpy(out + at + 16 + sizeof head, messages[i].bytes, sizeof(message));
        memset(out + at + 16 + sizeof head + sizeof(message), 0, 3);
        at += 16 + length;
    }
    return at;
}

static void run_messages(const message *messages, size_t count, const uint8_t *from)
{
    uint8_t file[1024];
    run(file, capture(file, messages, count, from));
}

static void a_place_and_an_identifier_come_out_with_the_drones_name(void **state)
{
    (void)state;
    const message messages[] = {basic_id("A1"), system_message(1, LAT_E7, LON_E7),
                                operator_id("CHE-secret"), location(460000000)};
    run_messages(messages, 4, NULL);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.said[0].target.text, "rid:A1");
    assert_true(heard.said[0].t_us == (T0_S + INT64_C(1)) * 1000000);
    assert_int_equal(heard.said[0].location, LEE_OPERATOR_DYNAMIC);
    assert_true(heard.said[0].has_position && heard.said[0].has_alt);
    assert_int_equal(heard.said[0].lat_e7, LAT_E7);
    assert_int_equal(heard.said[0].lon_e7, LON_E7);
    assert_int_equal(heard.said[0].alt_hae_m_e1, 4305);
    assert_string_equal(heard.said[0].id, "");
    assert_string_equal(heard.said[1].target.text, "rid:A1");
    assert_string_equal(heard.said[1].id, "CHE-secret");
    assert_false(heard.said[1].has_position);
}

static void a_transmitter_without_a_name_has_its_address(void **state)
{
    (void)state;
    const message messages[] = {basic_id("A1"), operator_id("X1"), operator_id("X2")};
    const uint8_t from[] = {6, 6, 7};
    run_messages(messages, 3, from);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.said[0].target.text, "rid:A1");
    assert_string_equal(heard.said[1].target.text, "rid:mac:010203040507");
}

static void what_is_not_known_is_not_said(void **state)
{
    (void)state;
    const message messages[] = {system_message(0, 0, 0), system_message(0, 900000001, 5),
                                operator_id(""), location(460000000)};
    run_messages(messages, 4, NULL);
    assert_int_equal(heard.count, 0);
    const message kinds[] = {system_message(0, LAT_E7, LON_E7), system_message(1, LAT_E7, LON_E7),
                             system_message(2, LAT_E7, LON_E7), system_message(3, LAT_E7, LON_E7)};
    run_messages(kinds, 4, NULL);
    assert_int_equal(heard.count, 4);
    assert_int_equal(heard.said[0].location, LEE_OPERATOR_AT_TAKEOFF);
    assert_int_equal(heard.said[1].location, LEE_OPERATOR_DYNAMIC);
    assert_int_equal(heard.said[2].location, LEE_OPERATOR_FIXED);
    assert_int_equal(heard.said[3].location, LEE_OPERATOR_LOCATION_UNKNOWN);
}

static void a_refused_packet_says_nothing(void **state)
{
    (void)state;
    const message messages[] = {system_message(1, LAT_E7, LON_E7), operator_id("X1")};
    uint8_t file[1024];
    const size_t length = capture(file, messages, 2, NULL);
    file[24 + 16 + 18] = 0x4f; /* a version that is not known */
    run(file, length);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.said[0].id, "X1");
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void run_text(const char *text)
{
    run((const uint8_t *)text, strlen(text));
}

#define STATE                                                                                      \
    "\"current_state\":{\"timestamp\":\"2024-01-01T00:00:00Z\",\"position\":{\"lat\":46,"          \
    "\"lng\":9}}"

static void the_network_says_it_in_two_forms(void **state)
{
    (void)state;
    run_text("{\"id\":\"f1\",\"details\":{\"operator_id\":\"CHE-secret\",\"operator_location\":"
             "{\"lat\":47.1111111,\"lng\":-8.2222222}}," STATE "}");
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.said[0].target.text, "rid:x:6631");
    assert_string_equal(heard.said[0].id, "CHE-secret");
    assert_int_equal(heard.said[0].lat_e7, LAT_E7);
    assert_int_equal(heard.said[0].lon_e7, LON_E7);
    assert_false(heard.said[0].has_alt);
    assert_int_equal(heard.said[0].location, LEE_OPERATOR_LOCATION_UNKNOWN);
    run_text("{\"id\":\"f1\",\"details\":{\"operator_location\":{\"position\":{\"lng\":-8.2222222,"
             "\"lat\":47.1111111},\"altitude\":{\"value\":430.5,\"units\":\"M\"},"
             "\"altitude_type\":\"Fixed\"}}," STATE "}");
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.said[0].lat_e7, LAT_E7);
    assert_int_equal(heard.said[0].lon_e7, LON_E7);
    assert_int_equal(heard.said[0].alt_hae_m_e1, 4305);
    assert_int_equal(heard.said[0].location, LEE_OPERATOR_FIXED);
}

static void of_several_states_the_first_says_it(void **state)
{
    (void)state;
    run_text("{\"flight_details\":{\"serial_number\":\"A1\",\"operator_id\":\"CHE-secret\"},"
             "\"states\":[{\"speed\":-1},{\"timestamp\":\"2024-01-01T00:00:00Z\",\"position\":"
             "{\"lat\":46,\"lng\":9}},{\"timestamp\":\"2024-01-01T00:00:01Z\",\"position\":"
             "{\"lat\":46,\"lng\":9}}]}\n"
             "{\"id\":\"f2\"," STATE "}");
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.said[0].target.text, "rid:A1");
}

static void what_is_none_in_json_is_left(void **state)
{
    (void)state;
    run_text("{\"id\":\"f1\",\"simulated\":true,\"details\":{\"operator_id\":\"X\"}," STATE "}");
    assert_int_equal(heard.count, 0);
    run_text("{\"id\":\"f1\",\"details\":{\"operator_id\":\"longer than twenty bytes is none\","
             "\"operator_location\":{\"lat\":47.1}}," STATE "}");
    assert_int_equal(heard.count, 0);
    run_text("{\"id\":\"f1\",\"details\":{\"operator_id\":null,\"operator_location\":{\"lat\":91,"
             "\"lng\":0}}," STATE "}");
    assert_int_equal(heard.count, 0);
}

/* ODID_UAS_Data with System and Operator ID. */
static void a_receiver_says_it_of_what_is_valid(void **state)
{
    (void)state;
    for (int valid = 0; valid < 4; valid++) {
        uint8_t data[914] = {0};
        const int32_t kind = 1;
        const double lat = 47.1111111;
        const double lon = -8.2222222;
        const float alt = 430.5f;
        data[4] = 1;
        memcpy(data + 8, "A1", 2);
        memcpy(data + 808, &kind, 4);
        memcpy(data + 816, &lat, 8);
        memcpy(data + 824, &lon, 8);
        memcpy(data + 852, &alt, 4);
        memcpy(data + 868, "CHE-secret", 10);
        data[892] = 1;
        data[912] = valid & 1;
        data[913] = (uint8_t)(valid >> 1);
        char text[1300];
        char line[1500];
        text[lee_base64_encode(data, sizeof data, text)] = '\0';
        (void)snprintf(line, sizeof line, "{\"data\":{\"UASdata\":\"%s\"}}", text);
        run_text(line);
        assert_int_equal(heard.count, valid != 0);
        if (valid & 1) {
            assert_int_equal(heard.said[0].lat_e7, LAT_E7);
            assert_int_equal(heard.said[0].lon_e7, LON_E7);
            assert_int_equal(heard.said[0].alt_hae_m_e1, 4305);
            assert_int_equal(heard.said[0].location, LEE_OPERATOR_DYNAMIC);
        }
        if (valid != 0) {
            assert_string_equal(heard.said[0].target.text, "rid:A1");
            assert_string_equal(heard.said[0].id, valid & 2 ? "CHE-secret" : "");
            assert_int_equal(heard.said[0].has_position, valid & 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_and_an_identifier_come_out_with_the_drones_name),
        cmocka_unit_test(a_transmitter_without_a_name_has_its_address),
        cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(a_refused_packet_says_nothing),
        cmocka_unit_test(the_network_says_it_in_two_forms),
        cmocka_unit_test(of_several_states_the_first_says_it),
        cmocka_unit_test(what_is_none_in_json_is_left),
        cmocka_unit_test(a_receiver_says_it_of_what_is_valid),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
