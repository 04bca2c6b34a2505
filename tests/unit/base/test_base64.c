#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static void base64_is_canonical_or_refused(void **state)
{
    (void)state;
    uint8_t out[8];
    size_t length = 0;
    assert_true(lee_base64_decode("Zm9vYg==", 8, out, sizeof(out), &length));
    assert_int_equal(length, 4);
    assert_memory_equal(out, "foob", 4);
    const char *const bad[] = {"Zm9vYh==", "Zm9vYg=",  "Zm9vYg", "Zm9v\n", "Zm9=vYg=",
                               "====",     "Zm9v YmF", "Z===",   "-_==",   "Zg==Zg=="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(lee_base64_decode(bad[i], strlen(bad[i]), out, sizeof(out), &length));
    }
    assert_false(lee_base64_decode("Zm9vYmFyYmF6", 12, out, sizeof(out), &length));
    /* RFC 4648 section 10. */
    const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    const char *const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t i = 0; i < 7; i++) {
        char text[16];
        const size_t n = lee_base64_encode((const uint8_t *)plain[i], strlen(plain[i]), text);
        assert_int_equal(n, strlen(coded[i]));
        assert_memory_equal(text, coded[i], n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_canonical_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
