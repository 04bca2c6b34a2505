#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/snapshot.h"

static const uint8_t key[LEE_SNAPSHOT_KEY_BYTES] = "a key for tests, not for use ...";
static const lee_snapshot_head head = {
    .program = {"the program"}, .size = 12345, .root = {"the root"}};

static void make(lee_buffer *out)
{
    lee_buffer_init(out, 4096);
    lee_snapshot_begin(&head, out);
    lee_buffer_text(out, "what is known");
    lee_snapshot_finish(key, out);
    assert_int_equal(out->error, LEE_OK);
}

static lee_error open_it(const uint8_t *bytes, size_t length, const uint8_t *with,
                         const lee_digest *program, const char **reason)
{
    lee_snapshot_head found;
    const uint8_t *state = NULL;
    size_t state_length = 0;
    *reason = NULL;
    const lee_error error =
        lee_snapshot_open(bytes, length, with, program, &found, &state, &state_length, reason);
    if (error == LEE_OK) {
        assert_int_equal(found.size, 12345);
        assert_true(lee_digest_equal(&found.root, &head.root));
        assert_int_equal(state_length, strlen("what is known"));
        assert_memory_equal(state, "what is known", state_length);
    }
    assert_int_equal(error == LEE_OK, *reason == NULL);
    return error;
}

static void a_snapshot_is_believed_by_the_program_and_key_that_made_it(void **state)
{
    (void)state;
    lee_buffer b;
    const char *reason;
    make(&b);
    assert_int_equal(lee_snapshot_size(b.bytes, b.length), 12345);
    assert_int_equal(open_it(b.bytes, b.length, key, &head.program, &reason), LEE_OK);
    uint8_t other_key[LEE_SNAPSHOT_KEY_BYTES] = {0};
    assert_int_equal(open_it(b.bytes, b.length, other_key, &head.program, &reason),
                     LEE_ERR_CORRUPT);
    const lee_digest newer = {"a newer program"};
    assert_int_equal(open_it(b.bytes, b.length, key, &newer, &reason), LEE_ERR_CORRUPT);
    assert_string_equal(reason, "another program wrote it");
    lee_buffer_free(&b);
}

static void every_flipped_bit_and_every_cut_is_found(void **state)
{
    (void)state;
    lee_buffer b;
    const char *reason;
    make(&b);
    for (size_t i = 0; i < b.length; i++) {
        assert_int_equal(open_it(b.bytes, i, key, &head.program, &reason), LEE_ERR_CORRUPT);
        for (int bit = 0; bit < 8; bit++) {
            b.bytes[i] ^= (uint8_t)(1 << bit);
            assert_int_equal(open_it(b.bytes, b.length, key, &head.program, &reason),
                             LEE_ERR_CORRUPT);
            b.bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    assert_int_equal(lee_snapshot_size(b.bytes, 10), 0);
    assert_int_equal(lee_snapshot_size(NULL, 0), 0);
    lee_buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_is_believed_by_the_program_and_key_that_made_it),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
