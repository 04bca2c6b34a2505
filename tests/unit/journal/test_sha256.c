#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "journal/sha256.h"

static void assert_hex(const uint8_t digest[32], const char *hex)
{
    char text[65];
    for (int i = 0; i < 32; i++) {
        text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    text[64] = '\0';
    assert_string_equal(text, hex);
}

/* Examples of FIPS 180-2 appendix B and the empty string. */
static void the_published_examples_come_out(void **unused)
{
    (void)unused;
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    uint8_t digest[32];
    lee_sha256(NULL, 0, "", 0, digest);
    assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    lee_sha256(NULL, 0, "abc", 3, digest);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    lee_sha256("a", 1, "bc", 2, digest);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    lee_sha256(NULL, 0, two, 56, digest);
    assert_hex(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Every length around every boundary, with every length of head: fast and portable agree. */
static void the_fast_and_the_portable_way_agree(void **unused)
{
    (void)unused;
    static uint8_t bytes[70000];
    uint64_t random = 7;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(random >> 56);
    }
    uint8_t fast[32];
    uint8_t portable[32];
    for (size_t head = 0; head <= 64; head++) {
        for (size_t length = 0; length <= 300; length++) {
            lee_sha256(bytes, head, bytes + head, length, fast);
            lee_sha256_portable(bytes, head, bytes + head, length, portable);
            assert_memory_equal(fast, portable, 32);
            lee_sha256(NULL, 0, bytes, head + length, portable);
            assert_memory_equal(fast, portable, 32);
        }
    }
    for (size_t length = 300; length < sizeof(bytes) - 64; length += 997) {
        lee_sha256(bytes, 1, bytes + 1, length, fast);
        lee_sha256_portable(bytes, 1, bytes + 1, length, portable);
        assert_memory_equal(fast, portable, 32);
    }
    if (!lee_sha256_is_fast()) {
        print_message("this build or processor has no SHA instructions: only libsodium ran\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_examples_come_out),
        cmocka_unit_test(the_fast_and_the_portable_way_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
