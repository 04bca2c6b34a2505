#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/journal.h"
#include "journal/journal_private.h"
#include "journal/tiles.h"
/* The helper is test code that several programs share; each compiles it into itself. */
#include "support/file_memory.c"

static const uint8_t seed[32] = "a seed for tests, never for use";
static const uint8_t other_seed[32] = "another seed, never for use too";

/* --- the signer by itself --------------------------------------------------------------------- */

/* Trees of which the leaves are numbers, as a source of their own proofs. */
static lee_error number_tree(void *context, unsigned level, uint64_t index, lee_digest *out)
{
    (void)context;
    lee_digest work[64];
    assert_true(level <= 6);
    const size_t count = (size_t)1 << level;
    for (size_t i = 0; i < count; i++) {
        const uint64_t number = (index << level) + i;
        work[i] = lee_merkle_leaf(&number, sizeof number);
    }
    *out = lee_merkle_fold(work, count);
    return LEE_OK;
}

typedef struct {
    file_memory *memory;
    lee_signer *signer;
    lee_buffer answer;
} bench;

static void begin(bench *b, file_memory *memory)
{
    b->memory = memory;
    lee_buffer_init(&b->answer, LEE_SIGNER_ANSWER_MAX_BYTES);
    assert_int_equal(lee_signer_create(file_memory_fs(memory), "j", seed, &b->signer), LEE_OK);
    const uint8_t open[2] = {LEE_SIGNER_OPEN, 1};
    lee_signer_answer(b->signer, open, sizeof open, &b->answer);
    assert_int_equal(b->answer.bytes[0], LEE_SIGNER_DONE);
}

static void end(bench *b)
{
    lee_signer_free(b->signer);
    lee_buffer_free(&b->answer);
}

/* Asks for the head of the numbers below `size` and gives the first byte of the answer. */
static int ask(bench *b, uint64_t size, uint64_t old_size, int alter)
{
    lee_buffer question;
    lee_digest root = lee_merkle_empty();
    lee_merkle_proof proof = {.count = 0};
    lee_buffer_init(&question, LEE_SIGNER_QUESTION_MAX_BYTES);
    if (size) {
        assert_int_equal(lee_merkle_root_of(number_tree, NULL, size, &root), LEE_OK);
    }
    if (old_size && old_size < size) {
        assert_int_equal(lee_merkle_prove_consistency(number_tree, NULL, old_size, size, &proof),
                         LEE_OK);
    }
    root.bytes[3] ^= alter == 1;
    if (alter == 2 && proof.count) {
        proof.hashes[proof.count - 1].bytes[7] ^= 1;
    }
    lee_buffer_u8(&question, LEE_SIGNER_SIGN);
    lee_buffer_u64_le(&question, size);
    lee_buffer_bytes(&question, root.bytes, LEE_DIGEST_BYTES);
    lee_buffer_u64_le(&question, old_size);
    lee_buffer_u8(&question, (uint8_t)proof.count);
    lee_buffer_bytes(&question, proof.hashes, (size_t)proof.count * LEE_DIGEST_BYTES);
    lee_signer_answer(b->signer, question.bytes, question.length, &b->answer);
    lee_buffer_free(&question);
    assert_int_equal(b->answer.error, LEE_OK);
    return b->answer.bytes[0];
}

static uint64_t answered_size(const bench *b)
{
    assert_int_equal(b->answer.length, 9);
    uint64_t size = 0;
    memcpy(&size, b->answer.bytes + 1, 8);
    return size;
}

static void heads_are_signed_in_order_with_a_proof_alone(void **state)
{
    (void)state;
    bench b;
    begin(&b, file_memory_create());
    assert_int_equal(ask(&b, 0, 0, 0), LEE_SIGNER_DONE);
    assert_int_equal(ask(&b, 7, 0, 0), LEE_SIGNER_DONE);
    assert_int_equal(ask(&b, 40, 7, 2), LEE_SIGNER_REFUSED); /* a wrong proof */
    assert_int_equal(ask(&b, 40, 7, 1), LEE_SIGNER_REFUSED); /* of another root */
    assert_int_equal(ask(&b, 40, 6, 0), LEE_SIGNER_STALE);   /* from another head */
    assert_int_equal(answered_size(&b), 7);
    assert_int_equal(ask(&b, 40, 7, 0), LEE_SIGNER_DONE);
    assert_int_equal(ask(&b, 39, 7, 0), LEE_SIGNER_REFUSED); /* fewer */
    assert_int_equal(answered_size(&b), 40);
    assert_int_equal(ask(&b, 0, 0, 0), LEE_SIGNER_REFUSED);
    assert_int_equal(ask(&b, 40, 40, 1), LEE_SIGNER_REFUSED); /* as many, and others */
    assert_int_equal(ask(&b, 40, 0, 0), LEE_SIGNER_DONE);     /* the same once more */
    file_memory *const memory = b.memory;
    end(&b);

    /* Another process, which remembers by the file alone. */
    begin(&b, memory);
    assert_int_equal(ask(&b, 39, 7, 0), LEE_SIGNER_REFUSED);
    assert_int_equal(ask(&b, 50, 7, 0), LEE_SIGNER_STALE);
    assert_int_equal(ask(&b, 50, 40, 0), LEE_SIGNER_DONE);
    /* And at work it remembers without the file. */
    file_memory_delete(memory, "j/keys/last_head");
    assert_int_equal(ask(&b, 40, 7, 0), LEE_SIGNER_REFUSED);
    assert_int_equal(ask(&b, 60, 50, 0), LEE_SIGNER_DONE);
    end(&b);
    file_memory_free(memory);
}

static void a_head_is_kept_before_its_signature_is_told(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        bench b;
        begin(&b, file_memory_create());
        assert_int_equal(ask(&b, 5, 0, 0), LEE_SIGNER_DONE);
        file_memory_fail(b.memory, at, EIO, true);
        const int code = ask(&b, 9, 5, 0);
        const bool failed = file_memory_did_fail(b.memory);
        assert_int_equal(code, failed ? LEE_SIGNER_FAILED : LEE_SIGNER_DONE);
        file_memory_fail(b.memory, 0, 0, false);
        file_memory *const memory = b.memory;
        end(&b);
        file_memory_free(memory);
        if (!failed) {
            assert_true(at > 3);
            return;
        }
    }
}

static void questions_that_are_none_are_answered_so(void **state)
{
    (void)state;
    bench b;
    begin(&b, file_memory_create());
    assert_int_equal(ask(&b, 5, 0, 0), LEE_SIGNER_DONE);
    uint64_t random = 3;
    uint8_t bytes[300];
    for (int i = 0; i < 20000; i++) {
        const size_t length = (size_t)(file_memory_random(&random) % sizeof bytes);
        for (size_t k = 0; k < length; k++) {
            bytes[k] = (uint8_t)file_memory_random(&random);
        }
        bytes[0] = (uint8_t)(file_memory_random(&random) % 4);
        lee_signer_answer(b.signer, bytes, length, &b.answer);
        assert_true(b.answer.length > 0);
        assert_int_not_equal(b.answer.bytes[0] == LEE_SIGNER_DONE && bytes[0] == LEE_SIGNER_SIGN,
                             1);
    }
    assert_int_equal(ask(&b, 9, 5, 0), LEE_SIGNER_DONE); /* none of them moved it */
    file_memory *const memory = b.memory;
    end(&b);
    file_memory_free(memory);
}

/* --- the journal with a signer that fails ------------------------------------------------------
 */

typedef enum {
    RIGHT,
    ABSENT,
    SILENT,
    DIES,
    EMPTY,
    CUT,
    LONG,
    FLIPPED,
    OTHER_KEY,
    OTHER_SIZE,
    ALWAYS_STALE,
    UNKNOWN_CODE,
    NO_ERROR,
    WAYS
} way;

typedef struct {
    lee_signer *signer;
    lee_signer *stranger;
    file_memory *elsewhere;
    way how;
    file_memory *memory;
    uint8_t question[LEE_SIGNER_QUESTION_MAX_BYTES];
    lee_buffer answer;
    uint8_t flip;
    int distrusted;
} fake;

static lee_error fake_ask(void *context, const uint8_t *question, size_t length)
{
    fake *const f = context;
    if (f->how == ABSENT) {
        return LEE_ERR_IO;
    }
    memcpy(f->question, question, length);
    lee_signer_answer(f->how == OTHER_KEY ? f->stranger : f->signer, question, length, &f->answer);
    return f->answer.error;
}

/* A head that is signed by the right key, over one record more than was asked. */
static void sign_more(fake *f, lee_buffer *answer)
{
    lee_disk disk;
    lee_note_signer key;
    char text[LEE_CHECKPOINT_TEXT_BYTES];
    uint64_t size = 0;
    lee_digest root;
    memcpy(&size, f->question + 1, 8);
    memcpy(root.bytes, f->question + 9, LEE_DIGEST_BYTES);
    lee_disk_init(&disk, file_memory_fs(f->memory), "j");
    assert_int_equal(lee__key_read(&disk, &key), LEE_OK);
    const size_t length = lee_checkpoint_sign(size + 1, &root, &key, text);
    lee_buffer_u8(answer, LEE_SIGNER_DONE);
    lee_buffer_u8(answer, (uint8_t)length);
    lee_buffer_u8(answer, (uint8_t)(length >> 8));
    lee_buffer_bytes(answer, text, length);
}

static lee_error fake_take(void *context, bool wait, lee_buffer *answer)
{
    fake *const f = context;
    (void)wait;
    const lee_buffer *const made = &f->answer;
    switch (f->how) {
    case DIES:
        return LEE_ERR_IO;
    case SILENT:
    case EMPTY:
        return LEE_OK;
    case CUT:
        lee_buffer_bytes(answer, made->bytes, made->length - 1);
        break;
    case LONG:
        lee_buffer_bytes(answer, made->bytes, made->length);
        lee_buffer_u8(answer, 0);
        break;
    case FLIPPED:
        lee_buffer_bytes(answer, made->bytes, made->length);
        /* The signature from behind, and what is signed from the front. */
        f->flip++;
        answer->bytes[f->flip % 2 ? 3 + f->flip / 2u : answer->length - 2 - f->flip / 2u] ^= 4;
        break;
    case ALWAYS_STALE:
        lee_buffer_u8(answer, LEE_SIGNER_STALE);
        lee_buffer_u64_le(answer, 1);
        break;
    case UNKNOWN_CODE:
        lee_buffer_u8(answer, 77);
        lee_buffer_u64_le(answer, 1);
        break;
    case NO_ERROR:
        lee_buffer_u8(answer, LEE_SIGNER_FAILED);
        lee_buffer_u8(answer, 0);
        lee_buffer_u8(answer, 0);
        lee_buffer_u8(answer, 0);
        lee_buffer_u8(answer, 0);
        break;
    case OTHER_SIZE:
        sign_more(f, answer);
        break;
    case RIGHT:
    case ABSENT:
    case OTHER_KEY:
    case WAYS:
        lee_buffer_bytes(answer, made->bytes, made->length);
        break;
    }
    return answer->error;
}

static void fake_distrust(void *context)
{
    ((fake *)context)->distrusted++;
}

static void fake_begin(fake *f, file_memory *memory, lee_signer_link *link)
{
    memset(f, 0, sizeof *f);
    f->elsewhere = file_memory_create();
    f->memory = memory;
    lee_buffer_init(&f->answer, LEE_SIGNER_ANSWER_MAX_BYTES);
    assert_int_equal(lee_signer_create(file_memory_fs(memory), "j", seed, &f->signer), LEE_OK);
    assert_int_equal(lee_signer_create(file_memory_fs(f->elsewhere), "j", other_seed, &f->stranger),
                     LEE_OK);
    const uint8_t open[2] = {LEE_SIGNER_OPEN, 1};
    lee_signer_answer(f->stranger, open, sizeof open, &f->answer);
    *link = (lee_signer_link){
        .context = f, .ask = fake_ask, .take = fake_take, .distrust = fake_distrust};
}

static void fake_end(fake *f)
{
    lee_signer_free(f->signer);
    lee_signer_free(f->stranger);
    file_memory_free(f->elsewhere);
    lee_buffer_free(&f->answer);
}

static void append(lee_journal *journal, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t index = 0;
        assert_int_equal(lee_journal_append(journal, LEE_RECORD_TICK, seed, 9, &index), LEE_OK);
    }
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
}

static lee_error open_with(file_memory *memory, const lee_signer_link *link, const uint8_t *secret,
                           lee_journal **out, lee_journal_recovery *found)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = secret;
    options.signer = link;
    return lee_journal_open(file_memory_fs(memory), "j", &options, out, found);
}

static void whatever_a_signer_answers_records_go_on_and_only_right_heads_stand(void **state)
{
    (void)state;
    for (way how = ABSENT; how < WAYS; how++) {
        file_memory *const memory = file_memory_create();
        lee_signer_link link;
        fake f;
        fake_begin(&f, memory, &link);
        lee_journal *journal = NULL;
        lee_journal_recovery found;
        assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_OK);
        append(journal, 300);
        assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        lee_journal_state now;
        for (int round = 0; round < 40; round++) {
            f.how = how;
            append(journal, 20);
            bool done = false;
            lee_error error = LEE_OK;
            for (int i = 0; i < 20 && !error && !done; i++) {
                error = lee_journal_checkpoint_some(journal, 50, &done);
            }
            lee_journal_status(journal, &now);
            assert_false(done);
            assert_false(now.degraded);
            assert_int_equal(now.durable_count, 300 + 20 * (round + 1));
            assert_int_equal(now.checkpoint_size, 300);
            if (how != SILENT && how != EMPTY) { /* who polls just goes on polling */
                assert_int_equal(error, how == ALWAYS_STALE ? LEE_ERR_STATE : LEE_ERR_DENIED);
                assert_non_null(strstr(now.message, "is signed for"));
            }
        }
        assert_int_equal(f.distrusted > 0, how >= CUT && how != ALWAYS_STALE);
        /* A right one again: nothing was lost, and the head is sound. */
        f.how = RIGHT;
        if (how == SILENT || how == EMPTY) {
            assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        }
        assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        lee_journal_check_result result;
        assert_int_equal(lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result),
                         LEE_OK);
        assert_int_equal(result.size, 1100);
        assert_int_equal(file_memory_open_count(memory), 0);
        fake_end(&f);
        file_memory_free(memory);
    }
}

static void a_journal_opens_and_stores_without_its_signer(void **state)
{
    (void)state;
    file_memory *const memory = file_memory_create();
    lee_signer_link link;
    fake f;
    fake_begin(&f, memory, &link);
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    f.how = ABSENT; /* a new one cannot be made so */
    assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_ERR_IO);
    assert_non_null(strstr(found.message, "journal.key"));
    f.how = RIGHT;
    assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_OK);
    append(journal, 10);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    f.how = ABSENT;
    assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_OK);
    assert_non_null(strstr(found.message, "not signed for"));
    append(journal, 10);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_ERR_DENIED);
    f.how = RIGHT;
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    fake_end(&f);
    file_memory_free(memory);
}

/* Another user's folder, of which the journal's process sees nothing. */
static void a_signer_elsewhere_has_its_own_files_and_notices_an_older_copy(void **state)
{
    (void)state;
    file_memory *const memory = file_memory_create();
    lee_signer_link link;
    fake f;
    fake_begin(&f, memory, &link);
    f.how = OTHER_KEY; /* always asked: the one whose files are elsewhere */
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    size_t length = 0;
    assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_OK);
    append(journal, 300);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    assert_null(file_memory_bytes(memory, "j/keys/journal.key", &length));
    assert_null(file_memory_bytes(memory, "j/keys/last_head", &length));
    assert_non_null(file_memory_bytes(memory, "j/keys/journal.vkey", &length));
    file_memory *const older = file_memory_clone(memory);
    assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_OK);
    assert_string_equal(found.message, "");
    append(journal, 300);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result),
                     LEE_OK);
    assert_int_equal(result.size, 600);
    assert_int_equal(open_with(older, &link, other_seed, &journal, &found), LEE_ERR_CORRUPT);
    assert_true(found.rolled_back);

    /* One with another key is not the signer of this journal. */
    lee_signer_free(f.signer);
    file_memory *const third = file_memory_create();
    assert_int_equal(lee_signer_create(file_memory_fs(third), "j", seed, &f.signer), LEE_OK);
    const uint8_t open[2] = {LEE_SIGNER_OPEN, 1};
    lee_signer_answer(f.signer, open, sizeof open, &f.answer);
    f.how = RIGHT;
    assert_int_equal(open_with(memory, &link, other_seed, &journal, &found), LEE_ERR_CORRUPT);
    assert_non_null(strstr(found.message, "not the key of the process that signs"));
    fake_end(&f);
    file_memory_free(third);
    file_memory_free(older);
    file_memory_free(memory);
}

static void a_journal_without_a_secret_of_its_own_opens_and_gets_one(void **state)
{
    (void)state;
    file_memory *const memory = file_memory_create();
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    assert_int_equal(open_with(memory, NULL, seed, &journal, &found), LEE_OK);
    append(journal, 500);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    append(journal, 70);
    uint8_t before[32];
    uint8_t after[32];
    lee_journal_derive_key(journal, "test", before);
    lee_journal_abandon(journal);
    file_memory_delete(memory, "j/keys/journal.secret");
    assert_int_equal(open_with(memory, NULL, NULL, &journal, &found), LEE_ERR_MISSING);
    assert_int_equal(open_with(memory, NULL, other_seed, &journal, &found), LEE_OK);
    assert_int_equal(found.count, 570);
    assert_int_equal(found.damage_count, 0);
    lee_journal_derive_key(journal, "test", after);
    assert_memory_not_equal(before, after, 32); /* not of the key */
    append(journal, 7);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    /* From now on the same. */
    assert_int_equal(open_with(memory, NULL, seed, &journal, &found), LEE_OK);
    lee_journal_derive_key(journal, "test", before);
    assert_memory_equal(before, after, 32);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result),
                     LEE_OK);
    file_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_signed_in_order_with_a_proof_alone),
        cmocka_unit_test(a_head_is_kept_before_its_signature_is_told),
        cmocka_unit_test(questions_that_are_none_are_answered_so),
        cmocka_unit_test(whatever_a_signer_answers_records_go_on_and_only_right_heads_stand),
        cmocka_unit_test(a_journal_opens_and_stores_without_its_signer),
        cmocka_unit_test(a_signer_elsewhere_has_its_own_files_and_notices_an_older_copy),
        cmocka_unit_test(a_journal_without_a_secret_of_its_own_opens_and_gets_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
