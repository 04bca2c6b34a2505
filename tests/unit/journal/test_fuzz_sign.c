#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/fuzz_sign.h"

#define CHECKPOINT "example.org/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static size_t verify(const uint8_t *note, size_t size, bool with_witness)
{
    const lee_note_signer log = fuzz_log_signer();
    const lee_note_signer witness = fuzz_witness_signer();
    size_t body = 0;
    size_t again = 0;
    uint64_t t_s = 0;
    assert_int_equal(lee_note_verify((const char *)note, size, &log.verifier, &body), LEE_OK);
    assert_int_equal(
        lee_note_verify_witness((const char *)note, size, &witness.verifier, &again, &t_s),
        with_witness ? LEE_OK : LEE_ERR_MISSING);
    return body;
}

static void a_changed_note_is_signed_again(void **state)
{
    (void)state;
    uint8_t note[2048] = CHECKPOINT;
    size_t size = fuzz_sign_note(note, sizeof CHECKPOINT - 1, sizeof note, true);
    assert_int_equal(verify(note, size, true), sizeof CHECKPOINT - 1);
    note[16] = '9';
    size = fuzz_sign_note(note, size, sizeof note, false);
    assert_int_equal(verify(note, size, false), sizeof CHECKPOINT - 1);
    lee_checkpoint head;
    assert_int_equal(lee_checkpoint_parse((char *)note, sizeof CHECKPOINT - 1, &head), LEE_OK);
    assert_int_equal(head.size, 9);
}

static void a_text_without_an_end_gets_one(void **state)
{
    (void)state;
    uint8_t note[2048] = "a";
    const size_t size = fuzz_sign_note(note, 1, sizeof note, true);
    assert_int_equal(verify(note, size, true), 2);
}

static void what_has_no_room_stays_as_it_is(void **state)
{
    (void)state;
    uint8_t note[2048] = CHECKPOINT;
    assert_int_equal(fuzz_sign_note(note, 10, 100, true), 10);
    assert_int_equal(fuzz_sign_note(note, 0, sizeof note, true), 0);
    assert_string_equal((char *)note, CHECKPOINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_note_is_signed_again),
        cmocka_unit_test(a_text_without_an_end_gets_one),
        cmocka_unit_test(what_has_no_room_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
