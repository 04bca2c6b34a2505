/* For mkdtemp, which C does not have. */
#define _GNU_SOURCE
/* Against answers that `openssl ts -reply` made, in a folder of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/read_file.h"
#include "outlet/stamp.h"

#define TOOL LEE_SOURCE_DIR "/tests/outlet/tsa.py"

static char folder[64];

static int run(const char *arguments)
{
    char call[1024];
    snprintf(call, sizeof call, "python3 " TOOL " %s", arguments);
    return system(call);
}

static int make_authority(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/leeward-stamp-XXXXXX");
    char arguments[200];
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(arguments, sizeof arguments, "make %s", folder);
    return run(arguments) == 0 ? 0 : -1;
}

static int remove_authority(void **state)
{
    (void)state;
    char call[200];
    snprintf(call, sizeof call, "rm -rf %s", folder);
    return system(call) == 0 ? 0 : -1;
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static lee_buffer answer_to(const lee_digest *digest, uint64_t nonce)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_STAMP_MAX_BYTES);
    assert_int_equal(lee_stamp_request(digest, nonce, &bytes), LEE_OK);
    assert_int_equal(lee_file_write_private(path_of("q"), bytes.bytes, bytes.length), LEE_OK);
    char arguments[200];
    snprintf(arguments, sizeof arguments, "reply %s", folder);
    assert_int_equal(run(arguments), 0);
    lee_buffer_reset(&bytes);
    assert_int_equal(lee_file_read_whole(path_of("r"), &bytes), LEE_OK);
    return bytes;
}

static void what_an_authority_answers_is_taken_and_nothing_else(void **state)
{
    (void)state;
    const lee_digest digest = lee_digest_of("hello", 5);
    const uint64_t nonce = UINT64_C(0xfedcba9876543210);
    const uint64_t other_nonce = 7;
    lee_buffer answer = answer_to(&digest, nonce);
    char ca[256];
    char stranger[256];
    snprintf(ca, sizeof ca, "%s", path_of("ca.pem"));
    snprintf(stranger, sizeof stranger, "%s", path_of("stranger.pem"));
    lee_stamp_wanted wanted = {.digest = digest, .nonce = &nonce, .ca_file = ca};
    uint64_t t_s = 0;
    const char *reason = NULL;
#define CHECK() lee_stamp_check(answer.bytes, answer.length, &wanted, &t_s, &reason)
    assert_int_equal(CHECK(), LEE_OK);
    assert_true(t_s > 1700000000);
    wanted.nonce = NULL;
    assert_int_equal(CHECK(), LEE_OK);
    wanted.ca_file = NULL;
    assert_int_equal(CHECK(), LEE_OK);
    wanted.nonce = &other_nonce;
    assert_int_equal(CHECK(), LEE_ERR_CHECKSUM);
    wanted.nonce = &nonce;
    wanted.ca_file = stranger;
    assert_int_equal(CHECK(), LEE_ERR_CHECKSUM);
    wanted.ca_file = "/there/is/no/such/file";
    assert_int_equal(CHECK(), LEE_ERR_NOT_FOUND);
    wanted.ca_file = ca;
    wanted.digest = lee_digest_of("hullo", 5);
    assert_int_equal(CHECK(), LEE_ERR_CHECKSUM);
    lee_buffer_free(&answer);
}

static void no_altered_answer_is_taken(void **state)
{
    (void)state;
    const lee_digest digest = lee_digest_of("hello", 5);
    lee_buffer answer = answer_to(&digest, 1);
    char ca[256];
    snprintf(ca, sizeof ca, "%s", path_of("ca.pem"));
    const lee_stamp_wanted wanted = {.digest = digest, .ca_file = ca};
    uint64_t t_s = 0;
    const char *reason = NULL;
    uint64_t before = 0;
    assert_int_equal(lee_stamp_check(answer.bytes, answer.length, &wanted, &before, &reason),
                     LEE_OK);
    for (size_t i = 0; i < answer.length; i += 11) {
        answer.bytes[i] ^= 0x10;
        /* What the certificates that come along say of themselves is not signed by the authority,
         * and spare ones are not looked at: then it must be the same time. */
        if (lee_stamp_check(answer.bytes, answer.length, &wanted, &t_s, &reason) == LEE_OK) {
            assert_int_equal(t_s, before);
        }
        answer.bytes[i] ^= 0x10;
        assert_int_not_equal(lee_stamp_check(answer.bytes, i, &wanted, &t_s, &reason), LEE_OK);
    }
    assert_int_equal(lee_stamp_check(NULL, 0, &wanted, &t_s, &reason), LEE_ERR_SYNTAX);
    lee_buffer_u8(&answer, 0);
    assert_int_equal(lee_stamp_check(answer.bytes, answer.length, &wanted, &t_s, &reason),
                     LEE_ERR_SYNTAX);
    lee_buffer_free(&answer);
}

static void a_refusal_is_told_as_one(void **state)
{
    (void)state;
    /* PKIStatusInfo with status 2, rejection (RFC 3161 2.4.2). */
    static const uint8_t refused[] = {0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02};
    const lee_stamp_wanted wanted = {.ca_file = NULL};
    uint64_t t_s = 0;
    const char *reason = NULL;
    assert_int_equal(lee_stamp_check(refused, sizeof refused, &wanted, &t_s, &reason),
                     LEE_ERR_DENIED);
    assert_string_equal(reason, "the server refused");
}

int main(void)
{
    if (system("openssl version >/dev/null 2>&1") != 0) {
        puts("skipped: openssl is not installed");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_authority_answers_is_taken_and_nothing_else),
        cmocka_unit_test(no_altered_answer_is_taken),
        cmocka_unit_test(a_refusal_is_told_as_one),
    };
    return cmocka_run_group_tests(tests, make_authority, remove_authority);
}
