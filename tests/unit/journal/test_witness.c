#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "journal/witness.h"
#include "support/file_memory.c"

static const uint8_t log_seed[32] = "a log's seed for tests, not used";
static const uint8_t witness_seed[32] = "a witness's seed for tests only";

/* The request of c2sp.org/tlog-witness, "add-checkpoint". */
#define EXAMPLE                                                                                    \
    "old 20852014\n"                                                                               \
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"                                               \
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"                                               \
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"                                               \
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"                                               \
    "\n"                                                                                           \
    "example.com/behind-the-sofa\n"                                                                \
    "20852163\n"                                                                                   \
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"                                               \
    "\n"                                                                                           \
    "\xE2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4UR" \
    "YN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"

typedef struct {
    file_memory *memory; /* of the journal */
    file_memory *other;  /* of the witness */
    lee_journal *journal;
    lee_witness *witness;
    lee_cosigner cosigner;
} world;

static lee_witness *open_witness(file_memory *memory)
{
    lee_witness *witness = NULL;
    char message[LEE_JOURNAL_MESSAGE_BYTES];
    assert_int_equal(lee_witness_open(file_memory_fs(memory), "w", "example.org/w", witness_seed,
                                      &witness, message),
                     LEE_OK);
    return witness;
}

static lee_journal *open_journal(file_memory *memory)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = log_seed;
    options.origin = "example.org/log";
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_OK);
    return journal;
}

static world make_world(void)
{
    world w = {.memory = file_memory_create(), .other = file_memory_create()};
    w.journal = open_journal(w.memory);
    w.witness = open_witness(w.other);
    assert_int_equal(lee_witness_trust(w.witness, lee_journal_verifier(w.journal)), LEE_OK);
    w.cosigner.key = *lee_witness_verifier(w.witness);
    return w;
}

static void free_world(world *w)
{
    lee_journal_abandon(w->journal);
    lee_witness_free(w->witness);
    file_memory_free(w->memory);
    file_memory_free(w->other);
}

static void extend(lee_journal *journal, uint64_t count, char content)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = 0;
        const uint8_t bytes[2] = {(uint8_t)content, (uint8_t)i};
        assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, bytes, 2, &index), LEE_OK);
    }
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
}

/* Asks the witness about the newest head; adds its line to `lines`. */
static lee_cosign_result ask(world *w, lee_buffer *lines, unsigned *status)
{
    lee_note_verifier key;
    lee_checkpoint head;
    lee_buffer note;
    lee_buffer request;
    lee_buffer_init(&note, LEE_NOTE_MAX_BYTES);
    lee_buffer_init(&request, LEE_WITNESS_REQUEST_MAX_BYTES);
    const lee_file_system *const fs = file_memory_fs(w->memory);
    assert_int_equal(lee_head_load(fs, "j", &key, &head, &note), LEE_OK);
    const char *const text = (const char *)note.bytes;
    assert_int_equal(lee_cosigner_ask(&w->cosigner, fs, "j", &head, text, note.length, &request),
                     LEE_OK);
    lee_witness_answer answer;
    lee_witness_add_checkpoint(w->witness, (const char *)request.bytes, request.length, 1700000000,
                               &answer);
    uint64_t t_s = 0;
    const lee_cosign_result result =
        lee_cosigner_take(&w->cosigner, &head, text, note.length, answer.status,
                          (const char *)answer.body.bytes, answer.body.length, lines, &t_s);
    assert_true(result != LEE_COSIGN_SIGNED || t_s == 1700000000);
    *status = answer.status;
    lee_buffer_free(&answer.body);
    lee_buffer_free(&note);
    lee_buffer_free(&request);
    return result;
}

static lee_cosign_result ask_quietly(world *w, unsigned *status)
{
    lee_buffer lines;
    lee_buffer_init(&lines, LEE_NOTE_MAX_BYTES);
    const lee_cosign_result result = ask(w, &lines, status);
    lee_buffer_free(&lines);
    return result;
}

static void the_published_request_is_read_and_written_alike(void **unused)
{
    (void)unused;
    lee_witness_request request;
    assert_int_equal(lee_witness_request_read(EXAMPLE, strlen(EXAMPLE), &request), LEE_OK);
    assert_int_equal(request.old_size, 20852014);
    assert_int_equal(request.proof.count, 4);
    assert_int_equal(request.note[0], 'e');
    lee_buffer again;
    lee_buffer_init(&again, LEE_WITNESS_REQUEST_MAX_BYTES);
    lee_witness_request_write(request.old_size, &request.proof, request.note, request.note_length,
                              &again);
    assert_int_equal(again.length, strlen(EXAMPLE));
    assert_memory_equal(again.bytes, EXAMPLE, again.length);
    lee_buffer_free(&again);
}

static void malformed_requests_are_refused(void **unused)
{
    (void)unused;
    static const char *const bad[] = {"",
                                      "old 1",
                                      "old 1\n",
                                      "old 1\n\n",
                                      "old 01\n\nx\n",
                                      "old\n\n",
                                      "old  1\n\nx\n",
                                      "Old 1\n\nx\n",
                                      "old -1\n\nx\n",
                                      "old 1\r\n\nx\n",
                                      "\nx\n",
                                      "old 1\nAAAA\n",
                                      "old 1\n \n\nx\n",
                                      "old 9223372036854775808\n\nx\n"};
    lee_witness_request request;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(lee_witness_request_read(bad[i], strlen(bad[i]), &request),
                         LEE_ERR_SYNTAX);
    }
    char text[8192] = "old 1\n";
    for (int i = 0; i < 64; i++) {
        strncat(text, "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
                sizeof(text) - strlen(text) - 1);
        const lee_error expected = i < 63 ? LEE_OK : LEE_ERR_LIMIT;
        char whole[8300];
        memcpy(whole, text, strlen(text));
        memcpy(whole + strlen(text), "\nx\n", 4);
        assert_int_equal(lee_witness_request_read(whole, strlen(whole), &request), expected);
    }
}

static void a_growing_log_is_signed_head_by_head(void **unused)
{
    (void)unused;
    world w = make_world();
    const uint64_t steps[] = {0, 1, 1, 5, 248, 1, 300, 700, 0, 66000};
    lee_buffer lines;
    lee_buffer_init(&lines, LEE_NOTE_MAX_BYTES);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        extend(w.journal, steps[i], 'a');
        unsigned status = 0;
        lee_buffer_reset(&lines);
        assert_int_equal(ask(&w, &lines, &status), LEE_COSIGN_SIGNED);
        assert_int_equal(status, 200);
        assert_true(lines.length > 0);
    }
    lee_witness_counters counted;
    lee_witness_count(w.witness, &counted);
    assert_int_equal(counted.cosigned, sizeof(steps) / sizeof(steps[0]));
    lee_buffer_free(&lines);
    free_world(&w);
}

static void who_does_not_know_the_size_is_told_and_asks_again(void **unused)
{
    (void)unused;
    world w = make_world();
    unsigned status = 0;
    extend(w.journal, 10, 'a');
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
    extend(w.journal, 10, 'a');
    w.cosigner.size = 0;
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_AGAIN);
    assert_int_equal(status, 409);
    assert_int_equal(w.cosigner.size, 10);
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
    free_world(&w);
}

/* The size that the witness of these files knows to have signed. */
static uint64_t remembered_size(world *w, file_memory *files)
{
    lee_witness *const before = w->witness;
    w->witness = open_witness(files);
    assert_int_equal(lee_witness_trust(w->witness, lee_journal_verifier(w->journal)), LEE_OK);
    w->cosigner.size = 0;
    unsigned status = 0;
    assert_int_equal(ask_quietly(w, &status), LEE_COSIGN_AGAIN);
    assert_int_equal(status, 409);
    lee_witness_free(w->witness);
    w->witness = before;
    return w->cosigner.size;
}

static void what_was_signed_is_durable_when_the_answer_is_there(void **unused)
{
    (void)unused;
    world w = make_world();
    unsigned status = 0;
    extend(w.journal, 10, 'a');
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
    const size_t first = file_memory_op_count(w.other);
    extend(w.journal, 10, 'a');
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
    const size_t second = file_memory_op_count(w.other);
    extend(w.journal, 10, 'a');
    for (size_t ops = first; ops <= second; ops++) {
        for (uint64_t seed = 1; seed <= 20; seed++) {
            uint64_t promised = 0;
            file_memory *const crashed = file_memory_crash(w.other, ops, seed, &promised);
            const uint64_t size = remembered_size(&w, crashed);
            assert_true(size == 20 || (size == 10 && ops < second));
            file_memory_free(crashed);
        }
    }
    free_world(&w);
}

static void a_disk_that_fails_gets_no_signature_that_is_forgotten(void **unused)
{
    (void)unused;
    bool failed = true;
    for (uint64_t at = 1; failed; at++) {
        world w = make_world();
        unsigned status = 0;
        extend(w.journal, 10, 'a');
        assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
        extend(w.journal, 10, 'a');
        file_memory_fail(w.other, at, 5, false);
        const lee_cosign_result result = ask_quietly(&w, &status);
        failed = file_memory_did_fail(w.other);
        file_memory_fail(w.other, 0, 0, false);
        assert_true(result == LEE_COSIGN_SIGNED || status == 500);
        extend(w.journal, 10, 'a');
        uint64_t promised = 0;
        file_memory *const crashed =
            file_memory_crash(w.other, file_memory_op_count(w.other), at, &promised);
        const uint64_t size = remembered_size(&w, crashed);
        assert_true(size == 20 || (size == 10 && status == 500));
        file_memory_free(crashed);
        free_world(&w);
    }
}

/* Another history under the same key: as somebody makes who wants to show another past. */
static void two_histories_are_never_both_signed(void **unused)
{
    (void)unused;
    world w = make_world();
    unsigned status = 0;
    extend(w.journal, 300, 'a');
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
    lee_journal_abandon(w.journal);
    file_memory_free(w.memory);
    w.memory = file_memory_create();
    w.journal = open_journal(w.memory);
    extend(w.journal, 299, 'b');
    w.cosigner.size = 0;
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_AHEAD);
    extend(w.journal, 1, 'b'); /* as many records, another root */
    w.cosigner.size = 300;
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_FORK);
    assert_int_equal(status, 409);
    extend(w.journal, 50, 'b'); /* more, but not going on from those */
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_FORK);
    assert_int_equal(status, 422);
    lee_witness_counters counted;
    lee_witness_count(w.witness, &counted);
    assert_int_equal(counted.cosigned, 1);
    assert_int_equal(counted.forks, 2);
    free_world(&w);
}

static unsigned status_of(lee_witness *witness, const char *request)
{
    lee_witness_answer answer;
    lee_witness_add_checkpoint(witness, request, strlen(request), 5, &answer);
    lee_buffer_free(&answer.body);
    return answer.status;
}

static void each_refusal_has_its_status(void **unused)
{
    (void)unused;
    world w = make_world();
    lee_note_signer log;
    lee_note_signer thief;
    assert_int_equal(lee_note_signer_make("example.org/log", log_seed, &log), LEE_OK);
    assert_int_equal(lee_note_signer_make("example.org/log", witness_seed, &thief), LEE_OK);
    char note[LEE_CHECKPOINT_TEXT_BYTES];
    char request[LEE_CHECKPOINT_TEXT_BYTES + 80];
    const lee_digest root = lee_merkle_leaf("x", 1);
    lee_checkpoint_sign(1, &root, &log, note);
    snprintf(request, sizeof(request), "old 2\n\n%s", note);
    assert_int_equal(status_of(w.witness, request), 400);
    snprintf(request, sizeof(request), "old 1\n\n%s", note);
    assert_int_equal(status_of(w.witness, request), 409);
    /* A proof where there can be none. */
    snprintf(request, sizeof(request), "old 0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n%s",
             note);
    assert_int_equal(status_of(w.witness, request), 422);
    snprintf(request, sizeof(request), "old 0\n\n%s", note);
    request[strlen(request) - 10] ^= 1;
    assert_in_range(status_of(w.witness, request), 400, 403);
    lee_checkpoint_sign(1, &root, &thief, note);
    snprintf(request, sizeof(request), "old 0\n\n%s", note);
    assert_int_equal(status_of(w.witness, request), 403);
    assert_int_equal(status_of(w.witness, EXAMPLE), 404);
    assert_int_equal(status_of(w.witness, "hello"), 400);
    lee_checkpoint_sign(1, &root, &log, note);
    snprintf(request, sizeof(request), "old 0\n\n%s", note);
    assert_int_equal(status_of(w.witness, request), 200);
    free_world(&w);
}

/* A witness that forgot would sign anything: it must rather not sign. */
static void a_damaged_memory_signs_nothing(void **unused)
{
    (void)unused;
    world w = make_world();
    unsigned status = 0;
    extend(w.journal, 10, 'a');
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_SIGNED);
    const lee_digest name = lee_digest_of("example.org/log", strlen("example.org/log"));
    lee_path path;
    lee_path_set(&path, "w/logs/");
    lee_path_add_hex(&path, name.bytes, LEE_DIGEST_BYTES);
    size_t length = 0;
    uint8_t *const bytes = file_memory_bytes(w.other, path.text, &length);
    assert_non_null(bytes);
    bytes[17] ^= 8; /* the number of records */
    extend(w.journal, 10, 'a');
    assert_int_equal(ask_quietly(&w, &status), LEE_COSIGN_REFUSED);
    assert_int_equal(status, 500);
    free_world(&w);
}

static void an_answer_that_is_not_the_witness_s_signature_is_refused(void **unused)
{
    (void)unused;
    world w = make_world();
    extend(w.journal, 3, 'a');
    lee_note_verifier key;
    lee_checkpoint head;
    lee_buffer note;
    lee_buffer lines;
    lee_buffer_init(&note, LEE_NOTE_MAX_BYTES);
    lee_buffer_init(&lines, LEE_NOTE_MAX_BYTES);
    assert_int_equal(lee_head_load(file_memory_fs(w.memory), "j", &key, &head, &note), LEE_OK);
    const char *const text = (const char *)note.bytes;
    lee_note_signer signer;
    lee_note_signer other;
    assert_int_equal(lee_note_witness_make("example.org/w", witness_seed, &signer), LEE_OK);
    assert_int_equal(lee_note_witness_make("example.org/other", log_seed, &other), LEE_OK);
    size_t body = 0;
    assert_int_equal(lee_note_parse(text, note.length, &body), LEE_OK);
    char good[LEE_NOTE_LINE_BYTES + 1] = "";
    char foreign[LEE_NOTE_LINE_BYTES + 1] = "";
    const size_t length = lee_note_cosign_line(text, body, &signer, 9, good, sizeof(good) - 1);
    assert_true(lee_note_cosign_line(text, body, &other, 9, foreign, sizeof(foreign) - 1) > 0);
    uint64_t t_s = 0;
#define TAKE(answer)                                                                               \
    lee_cosigner_take(&w.cosigner, &head, text, note.length, 200, answer, strlen(answer), &lines,  \
                      &t_s)
    assert_int_equal(TAKE(""), LEE_COSIGN_REFUSED);
    assert_int_equal(TAKE(foreign), LEE_COSIGN_REFUSED);
    assert_int_equal(TAKE("\nhello\n"), LEE_COSIGN_REFUSED);
    for (size_t i = 0; i < length; i++) {
        good[i] ^= 1;
        assert_int_equal(TAKE(good), LEE_COSIGN_REFUSED);
        good[i] ^= 1;
    }
    /* A text of its own before an empty line, signed well, must not stand for ours. */
    char shifted[2 * LEE_NOTE_LINE_BYTES] = "x\n\n";
    strncat(shifted, good, sizeof(shifted) - 4);
    assert_int_equal(TAKE(shifted), LEE_COSIGN_REFUSED);
    assert_int_equal(lines.length, 0);
    char both[2 * LEE_NOTE_LINE_BYTES + 2];
    snprintf(both, sizeof(both), "%s%s", foreign, good);
    assert_int_equal(TAKE(both), LEE_COSIGN_SIGNED);
    assert_int_equal(lines.length, length);
    assert_memory_equal(lines.bytes, good, length);
    assert_int_equal(t_s, 9);
    lee_buffer_free(&note);
    lee_buffer_free(&lines);
    free_world(&w);
}

static void the_attested_head_is_checked_with_the_journal(void **unused)
{
    (void)unused;
    world w = make_world();
    const lee_file_system *const fs = file_memory_fs(w.memory);
    lee_note_verifier key;
    lee_checkpoint head;
    lee_buffer note;
    lee_buffer_init(&note, LEE_NOTE_MAX_BYTES);
    extend(w.journal, 300, 'a');
    assert_int_equal(lee_head_load(fs, "j", &key, &head, &note), LEE_OK);
    assert_int_equal(lee_attested_put(fs, "j", &note, NULL), LEE_OK);
    extend(w.journal, 300, 'a');
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(fs, "j", NULL, NULL, NULL, &result), LEE_OK);
    assert_true(result.has_attested);
    assert_int_equal(result.attested.size, 300);
    assert_int_equal(result.size, 600);
    /* One of another history, well signed. */
    lee_note_signer log;
    assert_int_equal(lee_note_signer_make("example.org/log", log_seed, &log), LEE_OK);
    char text[LEE_CHECKPOINT_TEXT_BYTES];
    const lee_digest root = lee_merkle_leaf("x", 1);
    for (uint64_t size = 299; size < 900; size += 500) {
        lee_buffer_reset(&note);
        lee_buffer_bytes(&note, text, lee_checkpoint_sign(size, &root, &log, text));
        assert_int_equal(lee_attested_put(fs, "j", &note, NULL), LEE_OK);
        assert_int_equal(lee_journal_check(fs, "j", NULL, NULL, NULL, &result), LEE_ERR_CORRUPT);
        assert_int_equal(result.damage_count, 1);
    }
    lee_buffer_free(&note);
    free_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_request_is_read_and_written_alike),
        cmocka_unit_test(malformed_requests_are_refused),
        cmocka_unit_test(a_growing_log_is_signed_head_by_head),
        cmocka_unit_test(who_does_not_know_the_size_is_told_and_asks_again),
        cmocka_unit_test(what_was_signed_is_durable_when_the_answer_is_there),
        cmocka_unit_test(a_disk_that_fails_gets_no_signature_that_is_forgotten),
        cmocka_unit_test(two_histories_are_never_both_signed),
        cmocka_unit_test(each_refusal_has_its_status),
        cmocka_unit_test(a_damaged_memory_signs_nothing),
        cmocka_unit_test(an_answer_that_is_not_the_witness_s_signature_is_refused),
        cmocka_unit_test(the_attested_head_is_checked_with_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
