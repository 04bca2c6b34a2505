#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/note.h"

/* The key, text and signature of the reference implementation's tests (golang.org/x/mod/sumdb/note,
 * note_test.go), which c2sp.org/signed-note describes. */
static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char skey[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
#define TEXT                                                                                       \
    "If you think cryptography is the answer to your problem,\n"                                   \
    "then you don't know what your problem is.\n"
#define LINE                                                                                       \
    "\xE2\x80\x94 PeterNeumann "                                                                   \
    "x08go/ZJkuBS9UG/"                                                                             \
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
static const char note[] = TEXT "\n" LINE;

static lee_note_verifier verifier(void)
{
    lee_note_verifier out;
    assert_int_equal(lee_note_verifier_parse(vkey, strlen(vkey), &out), LEE_OK);
    return out;
}

static lee_error verify(const char *text)
{
    const lee_note_verifier key = verifier();
    size_t body = 0;
    return lee_note_verify(text, strlen(text), &key, &body);
}

static void the_reference_note_verifies_and_is_signed_alike(void **state)
{
    (void)state;
    const lee_note_verifier key = verifier();
    size_t body = 0;
    assert_int_equal(lee_note_verify(note, strlen(note), &key, &body), LEE_OK);
    assert_int_equal(body, strlen(TEXT));
    lee_note_signer signer;
    assert_int_equal(lee_note_signer_parse(skey, strlen(skey), &signer), LEE_OK);
    assert_memory_equal(signer.verifier.public_key, key.public_key, 32);
    char line[200];
    const size_t length = lee_note_sign_line(TEXT, strlen(TEXT), &signer, line, sizeof(line));
    assert_int_equal(length, strlen(LINE));
    assert_memory_equal(line, LINE, length);
    assert_int_equal(lee_note_sign_line(TEXT, strlen(TEXT), &signer, line, length - 1), 0);
    char text[LEE_NOTE_KEY_TEXT_BYTES];
    assert_int_equal(lee_note_signer_format(&signer, text), strlen(skey));
    assert_string_equal(text, skey);
    assert_int_equal(lee_note_verifier_format(&key, text), strlen(vkey));
    assert_string_equal(text, vkey);
}

static void another_published_note_verifies(void **state)
{
    (void)state;
    /* From the documentation of an independent implementation in Elixir (hex.pm, signed_note). */
    const char *other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const char *text =
        "This is an example message.\n\n\xE2\x80\x94 example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72Ineya"
        "QM=\n";
    lee_note_verifier key;
    size_t body = 0;
    assert_int_equal(lee_note_verifier_parse(other, strlen(other), &key), LEE_OK);
    assert_int_equal(lee_note_verify(text, strlen(text), &key, &body), LEE_OK);
}

static void no_part_and_no_alteration_of_a_key_is_a_key(void **state)
{
    (void)state;
    lee_note_verifier out;
    const size_t length = strlen(vkey);
    for (size_t from = 0; from < length; from++) {
        for (size_t to = from; to <= length; to++) {
            if (from != 0 || to != length) {
                assert_int_not_equal(lee_note_verifier_parse(vkey + from, to - from, &out), LEE_OK);
            }
        }
    }
    for (size_t i = 0; i < length; i++) {
        char altered[sizeof(vkey)];
        memcpy(altered, vkey, sizeof(vkey));
        altered[i]++;
        assert_int_not_equal(lee_note_verifier_parse(altered, length, &out), LEE_OK);
    }
}

static void every_altered_byte_of_a_note_is_refused(void **state)
{
    (void)state;
    char altered[sizeof(note)];
    for (size_t i = 0; i < strlen(note); i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(altered, note, sizeof(note));
            altered[i] = (char)((unsigned char)altered[i] ^ 1u << bit);
            size_t body = 0;
            const lee_note_verifier key = verifier();
            assert_int_not_equal(lee_note_verify(altered, strlen(note), &key, &body), LEE_OK);
        }
    }
    for (size_t length = 0; length < strlen(note); length++) {
        size_t body = 0;
        const lee_note_verifier key = verifier();
        assert_int_not_equal(lee_note_verify(note, length, &key, &body), LEE_OK);
    }
}

static void malformed_notes_are_refused(void **state)
{
    (void)state;
    assert_int_equal(verify("\n\n" LINE), LEE_ERR_CHECKSUM); /* an empty line is a text */
    assert_int_equal(verify("\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n"), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n" LINE "trailing\n"), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\r\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\t\n\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\xC0\xAF\n\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\xED\xA0\x80\n\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n-- PeterNeumann x08go/ZJ\n"), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n\xE2\x80\x94 Peter x08go/ZJ \n"), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n\xE2\x80\x94  x08go/ZJ\n"), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n\xE2\x80\x94 Peter AAAA\n"), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n\xE2\x80\x94 Peter AAAAAAB=\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n\xE2\x80\x94 Peter AA==AAAAAAAA\n" LINE), LEE_ERR_SYNTAX);
    assert_int_equal(verify(TEXT "\n" LINE LINE), LEE_ERR_DUPLICATE);
}

/* Appends to a text that has room for 20,000 bytes. */
static void add(char *text, const char *more)
{
    const size_t used = strlen(text);
    assert_true(used + strlen(more) < 20000);
    memcpy(text + used, more, strlen(more) + 1);
}

static void unknown_signatures_are_ignored_and_a_known_one_must_be_there(void **state)
{
    (void)state;
    static const char other[] = "\xE2\x80\x94 Somebody AAAAAAAAAAAAAAAA\n";
    static const char same_name[] = "\xE2\x80\x94 PeterNeumann AAAAAAAAAAAAAAAA\n";
    char text[20000] = TEXT "\n";
    add(text, other);
    add(text, same_name);
    assert_int_equal(verify(text), LEE_ERR_MISSING);
    add(text, LINE);
    assert_int_equal(verify(text), LEE_OK);
    for (int i = 0; i < 13; i++) {
        add(text, other);
    }
    assert_int_equal(verify(text), LEE_OK); /* sixteen must be accepted */
    for (int i = 0; i < 90; i++) {
        add(text, other);
    }
    assert_int_equal(verify(text), LEE_ERR_LIMIT);
    assert_int_equal(verify(TEXT "x\n" LINE), LEE_ERR_SYNTAX);
}

static void checkpoints_are_read_strictly(void **state)
{
    (void)state;
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    static const struct {
        const char *body;
        lee_error expected;
    } cases[] = {
        /* The example of c2sp.org/tlog-checkpoint. */
        {"example.com/behind-the-sofa\n20852163\n" ROOT, LEE_OK},
        {"example.com/behind-the-sofa\n20852163\n" ROOT "an extension\n", LEE_OK},
        {"o\n9223372036854775807\n" ROOT, LEE_OK},
        {"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", LEE_OK},
        {"o\n0\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n9223372036854775808\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n18446744073709551616\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n007\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n+7\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n-7\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n7 \n" ROOT, LEE_ERR_SYNTAX},
        {"o\n7\r\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n\n" ROOT, LEE_ERR_SYNTAX},
        {"\n7\n" ROOT, LEE_ERR_SYNTAX},
        {"o\n7\n", LEE_ERR_SYNTAX},
        {"o\n7\n" ROOT "\n", LEE_ERR_SYNTAX},
        {"o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", LEE_ERR_SYNTAX},
        {"o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", LEE_ERR_SYNTAX},
        {"o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n", LEE_ERR_SYNTAX},
        {"", LEE_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lee_checkpoint out;
        assert_int_equal(lee_checkpoint_parse(cases[i].body, strlen(cases[i].body), &out),
                         cases[i].expected);
    }
    lee_checkpoint out;
    assert_int_equal(lee_checkpoint_parse(cases[0].body, strlen(cases[0].body), &out), LEE_OK);
    assert_string_equal(out.origin, "example.com/behind-the-sofa");
    assert_int_equal(out.size, 20852163);
}

static void a_signed_checkpoint_is_read_back(void **state)
{
    (void)state;
    lee_note_signer signer;
    assert_int_equal(lee_note_signer_parse(skey, strlen(skey), &signer), LEE_OK);
    const uint64_t sizes[] = {1, 9, 10, 70000, LEE_MERKLE_SIZE_MAX};
    for (size_t i = 0; i < 5; i++) {
        const lee_digest root = lee_digest_of(&sizes[i], sizeof(sizes[i]));
        char text[LEE_CHECKPOINT_TEXT_BYTES];
        const size_t length = lee_checkpoint_sign(sizes[i], &root, &signer, text);
        assert_int_equal(strlen(text), length);
        size_t body = 0;
        assert_int_equal(lee_note_verify(text, length, &signer.verifier, &body), LEE_OK);
        lee_checkpoint out;
        assert_int_equal(lee_checkpoint_parse(text, body, &out), LEE_OK);
        assert_int_equal(out.size, sizes[i]);
        assert_memory_equal(out.root.bytes, root.bytes, 32);
        assert_string_equal(out.origin, "PeterNeumann");
    }
}

static void random_and_cut_bytes_do_no_harm(void **state)
{
    (void)state;
    const lee_note_verifier key = verifier();
    uint64_t random = 1;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof(note)];
        memcpy(text, note, sizeof(note));
        random = random * 6364136223846793005u + 1442695040888963407u;
        const size_t length = (size_t)(random >> 33) % sizeof(note);
        for (int k = 0; k < 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[(random >> 33) % sizeof(note)] = (char)(random >> 20);
        }
        size_t body = 0;
        if (lee_note_parse(text, length, &body) == LEE_OK) {
            assert_true(body <= length && text[body - 1] == '\n');
        }
        lee_checkpoint head;
        const lee_error error = lee_checkpoint_parse(text, length, &head);
        lee_note_verifier other;
        const lee_error parsed = lee_note_verifier_parse(text, length, &other);
        (void)error;
        (void)parsed;
        assert_true(lee_note_verify(text, length, &key, &body) != LEE_OK ||
                    (length == strlen(note) && memcmp(text, note, length) == 0));
    }
}

/* Computed with openssl and Python's standard library: the body is the example of
 * c2sp.org/tlog-cosignature, with its time; the key is of the seed 0, 1, ... 31. */
static void a_witness_signs_with_a_time_and_nothing_else_passes_for_it(void **state)
{
    (void)state;
    static const char witness_key[] =
        "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    static const char body[] =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    char text[] = "example.com/behind-the-sofa\n20852163\n"
                  "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
                  "\xE2\x80\x94 witness.example/w1 "
                  "519lMgAAAABkGFDLBuRDazBLVac2NE+Y+IjbjQOcXLfF9CSDZVUIoS83rE1nFZsVE8YiWV6Ngr7lV8H6"
                  "bdoBQGP/l73euDMQ9k+bBQ==\n";
    const size_t length = sizeof(text) - 1;
    lee_note_verifier log;
    lee_note_verifier witness;
    assert_int_equal(lee_note_verifier_parse(witness_key, strlen(witness_key), &log),
                     LEE_ERR_UNSUPPORTED);
    assert_int_equal(lee_note_witness_parse(vkey, strlen(vkey), &witness), LEE_ERR_UNSUPPORTED);
    assert_int_equal(lee_note_witness_parse(witness_key, strlen(witness_key), &witness), LEE_OK);
    char back[LEE_NOTE_KEY_TEXT_BYTES];
    (void)lee_note_verifier_format(&witness, back);
    assert_string_equal(back, witness_key);
    size_t got = 0;
    uint64_t t_s = 0;
    assert_int_equal(lee_note_verify_witness(text, length, &witness, &got, &t_s), LEE_OK);
    assert_int_equal(got, strlen(body));
    assert_int_equal(t_s, 1679315147);
    for (size_t i = 0; i < length; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ 1 << bit);
            assert_int_not_equal(lee_note_verify_witness(text, length, &witness, &got, &t_s),
                                 LEE_OK);
            text[i] = (char)(text[i] ^ 1 << bit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_note_verifies_and_is_signed_alike),
        cmocka_unit_test(another_published_note_verifies),
        cmocka_unit_test(no_part_and_no_alteration_of_a_key_is_a_key),
        cmocka_unit_test(every_altered_byte_of_a_note_is_refused),
        cmocka_unit_test(malformed_notes_are_refused),
        cmocka_unit_test(unknown_signatures_are_ignored_and_a_known_one_must_be_there),
        cmocka_unit_test(checkpoints_are_read_strictly),
        cmocka_unit_test(a_signed_checkpoint_is_read_back),
        cmocka_unit_test(a_witness_signs_with_a_time_and_nothing_else_passes_for_it),
        cmocka_unit_test(random_and_cut_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
