#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/json.h"

static void holds(const lee_buffer *buffer, const char *text)
{
    assert_int_equal(buffer->error, LEE_OK);
    assert_int_equal(buffer->length, strlen(text));
    assert_memory_equal(buffer->bytes, text, strlen(text));
}

static void numbers_are_written_exactly(void **state)
{
    (void)state;
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_buffer_int(&b, INT64_MIN);
    lee_buffer_char(&b, ' ');
    lee_buffer_uint(&b, UINT64_MAX);
    lee_buffer_char(&b, ' ');
    lee_buffer_fixed(&b, -5, 1);
    lee_buffer_char(&b, ' ');
    lee_buffer_fixed(&b, 435000010, 7);
    lee_buffer_char(&b, ' ');
    lee_buffer_fixed(&b, -1230000000, 7);
    lee_buffer_char(&b, ' ');
    lee_buffer_fixed(&b, 0, 7);
    holds(&b, "-9223372036854775808 18446744073709551615 -0.5 43.500001 -123 0");
    lee_buffer_free(&b);
}

static void the_limit_is_sticky_and_nothing_is_half_written(void **state)
{
    (void)state;
    lee_buffer b;
    lee_buffer_init(&b, 10);
    lee_buffer_text(&b, "12345678");
    lee_buffer_text(&b, "9ab");
    assert_int_equal(b.error, LEE_ERR_LIMIT);
    lee_buffer_char(&b, 'x');
    assert_int_equal(b.length, 8);
    lee_buffer_reset(&b);
    lee_buffer_text(&b, "1234567890");
    holds(&b, "1234567890");
    lee_buffer_free(&b);
}

static void json_is_escaped_and_always_valid_utf8(void **state)
{
    (void)state;
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_json json;
    lee_json_begin(&json, &b);
    lee_json_object(&json);
    lee_json_put_text(&json, "a\"b", "line\n\x01\\ \xC3\xA9 \xFF\xED\xA0\x80");
    lee_json_key(&json, "list");
    lee_json_array(&json);
    lee_json_int(&json, -1);
    lee_json_bool(&json, true);
    lee_json_null(&json);
    lee_json_array_end(&json);
    lee_json_put_fixed(&json, "lat", -435, 1);
    lee_json_object_end(&json);
    holds(&b, "{\"a\\\"b\":\"line\\n\\u0001\\\\ \xC3\xA9 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
              "\xEF\xBF\xBD\",\"list\":[-1,true,null],\"lat\":-43.5}");
    lee_buffer_free(&b);
}

static void a_special_character_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written;
    } specials[] = {{"a", "a"},
                    {"\"", "\\\""},
                    {"\x01", "\\u0001"},
                    {"\xc3\xa9", "\xc3\xa9"},
                    {"\xc3", "\xef\xbf\xbd"}};
    for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++) {
        const size_t width = strlen(specials[i].text);
        for (size_t length = width; length < 36; length++) {
            for (size_t at = 0; at + width <= length; at++) {
                char text[40];
                memset(text, 'a', sizeof text);
                memcpy(text + at, specials[i].text, width);
                lee_buffer out;
                lee_buffer_init(&out, 100);
                lee_json json;
                lee_json_begin(&json, &out);
                lee_json_text_n(&json, text, length);
                const size_t written = strlen(specials[i].written);
                assert_int_equal(out.length, length - width + written + 2);
                assert_memory_equal(out.bytes + 1, text, at);
                assert_memory_equal(out.bytes + 1 + at, specials[i].written, written);
                assert_memory_equal(out.bytes + 1 + at + written, text + at + width,
                                    length - at - width);
                lee_buffer_free(&out);
            }
        }
    }
}

static void varints_read_back_and_have_one_form(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, 63, 64, -64, -65, INT32_MAX, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        lee_buffer b;
        lee_buffer_init(&b, 64);
        lee_buffer_varint_signed(&b, values[i]);
        lee_bytes in;
        lee_bytes_init(&in, b.bytes, b.length);
        assert_true(lee_bytes_varint_signed(&in) == values[i]);
        assert_false(in.failed);
        assert_int_equal(lee_bytes_left(&in), 0);
        lee_bytes_init(&in, b.bytes, b.length - 1);
        (void)lee_bytes_varint(&in);
        assert_true(in.failed);
        lee_buffer_free(&b);
    }
    const uint8_t longer_than_needed[] = {0x81, 0x00};
    const uint8_t too_wide[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 2};
    lee_bytes in;
    lee_bytes_init(&in, longer_than_needed, sizeof longer_than_needed);
    (void)lee_bytes_varint(&in);
    assert_true(in.failed);
    lee_bytes_init(&in, too_wide, sizeof too_wide);
    (void)lee_bytes_varint(&in);
    assert_true(in.failed);
}

static void bits_are_read_most_significant_first(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0xA5, 0x0F, 0xFF};
    lee_bits in;
    lee_bits_init(&in, bytes, 24);
    assert_int_equal(lee_bits_u(&in, 3), 5);
    assert_int_equal(lee_bits_u(&in, 9), 0x50 >> 4 << 4 | 0);
    assert_int_equal(lee_bits_s(&in, 4), -1);
    lee_bits_skip(&in, 7);
    assert_int_equal(lee_bits_s(&in, 1), -1);
    assert_false(in.failed);
    assert_int_equal(lee_bits_u(&in, 1), 0);
    assert_true(in.failed);
}

static void checksums_match_published_values(void **state)
{
    (void)state;
    /* RFC 3720 B.4. */
    uint8_t bytes[32] = {0};
    assert_int_equal(lee_crc32c(0, bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(lee_crc32c(0, bytes, 32), 0x62A8AB43);
    for (uint8_t i = 0; i < 32; i++) {
        bytes[i] = i;
    }
    assert_int_equal(lee_crc32c(0, bytes, 32), 0x46DD794E);
    assert_int_equal(lee_crc32c(lee_crc32c(0, bytes, 13), bytes + 13, 19), 0x46DD794E);
    /* SipHash-1-3 keeps its word order whatever the length: neighbours differ. */
    const uint64_t key[2] = {1, 2};
    for (size_t n = 1; n < 32; n++) {
        assert_true(lee_hash_keyed(key, bytes, n) != lee_hash_keyed(key, bytes, n - 1));
    }
    const uint64_t other_key[2] = {1, 3};
    assert_true(lee_hash_keyed(key, bytes, 8) != lee_hash_keyed(other_key, bytes, 8));
}

static void an_arena_keeps_to_its_limit_and_reuses_blocks(void **state)
{
    (void)state;
    lee_arena *const arena = lee_arena_create(1000000);
    assert_non_null(arena);
    for (int round = 0; round < 3; round++) {
        size_t count = 0;
        while (lee_arena_alloc(arena, 1, 1000)) {
            count++;
        }
        assert_true(count > 600 && count <= 1000);
        assert_true(lee_arena_used_bytes(arena) <= 1000000);
        lee_arena_reset(arena);
        assert_int_equal(lee_arena_used_bytes(arena), 0);
    }
    assert_null(lee_arena_alloc(arena, SIZE_MAX / 4, 8));
    assert_string_equal(lee_arena_text(arena, "abcdef", 3), "abc");
    lee_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_exactly),
        cmocka_unit_test(the_limit_is_sticky_and_nothing_is_half_written),
        cmocka_unit_test(json_is_escaped_and_always_valid_utf8),
        cmocka_unit_test(a_special_character_is_escaped_wherever_it_stands),
        cmocka_unit_test(varints_read_back_and_have_one_form),
        cmocka_unit_test(bits_are_read_most_significant_first),
        cmocka_unit_test(checksums_match_published_values),
        cmocka_unit_test(an_arena_keeps_to_its_limit_and_reuses_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
