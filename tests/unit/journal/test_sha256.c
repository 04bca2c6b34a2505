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
    lee_sha256("", 0, digest);
    assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    lee_sha256("abc", 3, digest);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const lee_sha256_message rest = {(const uint8_t *)"bc", 2};
    lee_sha256_prefixed('a', &rest, 1, digest);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    lee_sha256(two, 56, digest);
    assert_hex(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void fill(uint8_t *bytes, size_t length)
{
    uint64_t random = 7;
    for (size_t i = 0; i < length; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(random >> 56);
    }
}

static void assert_prefixed(uint8_t prefix, const lee_sha256_message *message, const uint8_t *fast)
{
    uint8_t portable[32];
    lee_sha256_portable(&prefix, 1, message->bytes, message->length, portable);
    assert_memory_equal(fast, portable, 32);
}

/* Every length around every boundary: fast and portable agree. */
static void the_fast_and_the_portable_way_agree(void **unused)
{
    (void)unused;
    static uint8_t bytes[70000];
    uint8_t fast[32];
    uint8_t portable[32];
    fill(bytes, sizeof(bytes));
    for (size_t length = 0; length < sizeof(bytes); length += length < 400 ? 1 : 997) {
        lee_sha256(bytes, length, fast);
        lee_sha256_portable(NULL, 0, bytes, length, portable);
        assert_memory_equal(fast, portable, 32);
        for (unsigned prefix = 0; prefix < 256; prefix += 85) {
            const lee_sha256_message message = {bytes, length};
            lee_sha256_prefixed((uint8_t)prefix, &message, 1, fast);
            assert_prefixed((uint8_t)prefix, &message, fast);
        }
    }
    if (!lee_sha256_is_fast()) {
        print_message("this build or processor has no SHA instructions: only libsodium ran\n");
    }
}

/* Each of two that are hashed beside each other may end first, and the next takes its place. */
static void messages_hashed_beside_each_other_do_not_mix(void **unused)
{
    (void)unused;
    enum { COUNT = 64 };
    static uint8_t bytes[5000];
    static uint8_t digests[COUNT][32];
    lee_sha256_message messages[COUNT];
    fill(bytes, sizeof(bytes));
    for (size_t a = 0; a <= 200; a++) {
        for (size_t b = 0; b <= 200; b++) {
            messages[0] = (lee_sha256_message){bytes, a};
            messages[1] = (lee_sha256_message){bytes + 300, b};
            lee_sha256_prefixed(0, messages, 2, digests[0]);
            assert_prefixed(0, &messages[0], digests[0]);
            assert_prefixed(0, &messages[1], digests[1]);
        }
    }
    for (size_t count = 0; count <= COUNT; count++) {
        for (size_t i = 0; i < count; i++) {
            messages[i] = (lee_sha256_message){bytes + i, (i * i * 131 + count * 17) % 4900};
        }
        memset(digests, 0, sizeof(digests));
        lee_sha256_prefixed(9, messages, count, digests[0]);
        for (size_t i = 0; i < count; i++) {
            assert_prefixed(9, &messages[i], digests[i]);
        }
        static const uint8_t untouched[32];
        assert_true(count == COUNT || memcmp(digests[count], untouched, 32) == 0);
    }
}

static void nodes_are_hashed_where_they_stand(void **unused)
{
    (void)unused;
    enum { COUNT = 33 };
    uint8_t pairs[COUNT * 64];
    uint8_t work[COUNT * 64];
    fill(pairs, sizeof(pairs));
    for (size_t count = 0; count <= COUNT; count++) {
        memcpy(work, pairs, sizeof(work));
        lee_sha256_nodes(work, count, work);
        for (size_t i = 0; i < count; i++) {
            const lee_sha256_message pair = {pairs + 64 * i, 64};
            assert_prefixed(1, &pair, work + 32 * i);
        }
        assert_memory_equal(work + 32 * count, pairs + 32 * count, sizeof(work) - 32 * count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_examples_come_out),
        cmocka_unit_test(the_fast_and_the_portable_way_agree),
        cmocka_unit_test(messages_hashed_beside_each_other_do_not_mix),
        cmocka_unit_test(nodes_are_hashed_where_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
