#include "decode/demod_sequence.h"

#include <assert.h>

#define TENTHS 10

/* How much better than silence each pair of a bit and the one before explains two samples, in
 * units of a fiftieth of the level: [the one before][the bit]. Sums over a message fit in 32 bits:
 * 112 bits of two samples of 11 bits, times 100. */
typedef struct {
    int32_t of[2][2];
} pair_scores;

typedef struct {
    const lee__demod_sequence *of;
    int32_t first;          /* tenths that a sample has of the half that begins in it */
    int32_t second;         /* and of the half before that one */
    pair_scores of_nothing; /* of two samples that show nothing */
} model;

static model model_make(const lee__demod_sequence *sequence)
{
    const int32_t first = TENTHS - sequence->into;
    const int32_t second = sequence->into;
    const int32_t half = sequence->level / 2;
    /* A pulse that the model expects and its square are weighed against each other: the logarithm
     * of the likelihood in noise of one strength. */
    return (model){
        .of = sequence,
        .first = first,
        .second = second,
        .of_nothing = {{{-half * (first * first + second * second),
                         -half * (TENTHS * TENTHS + second * second)},
                        {-half * first * first, -half * (first * first + second * second)}}}};
}

static inline int32_t sample_of(const model *m, uint32_t index)
{
    return TENTHS * (m->of->samples[index] - m->of->floor);
}

/* A bit that is 1 has its pulse in its first half; the bit before had one right before this one
 * when it was 0. */
__attribute__((always_inline)) static inline pair_scores scores_of(const model *m, uint32_t bit)
{
    const int32_t a = sample_of(m, 2 * bit);
    const int32_t b = sample_of(m, 2 * bit + 1);
    pair_scores s = m->of_nothing;
    s.of[0][0] += a * m->second + b * m->first;
    s.of[0][1] += a * TENTHS + b * m->second;
    s.of[1][0] += b * m->first;
    s.of[1][1] += a * m->first + b * m->second;
    return s;
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

int32_t lee__demod_sequence_read(const lee__demod_sequence *sequence, uint32_t count, bool ends,
                                 int32_t *soft)
{
    assert(sequence && soft);
    assert(count > 0 && count <= LEE__DEMOD_BITS_MAX);
    assert(sequence->into >= 0 && sequence->into < TENTHS && sequence->level > 0);

    const model m = model_make(sequence);
    /* The best that any bits before explain, by the last of them. Before the first there is no
     * pulse, as behind a 1. */
    int32_t until[LEE__DEMOD_BITS_MAX][2];
    pair_scores s = scores_of(&m, 0);
    until[0][0] = s.of[1][0];
    until[0][1] = s.of[1][1];
    for (uint32_t i = 1; i < count; i++) {
        s = scores_of(&m, i);
        until[i][0] = larger(until[i - 1][0] + s.of[0][0], until[i - 1][1] + s.of[1][0]);
        until[i][1] = larger(until[i - 1][0] + s.of[0][1], until[i - 1][1] + s.of[1][1]);
    }
    /* The same of the bits behind: of a 0 at the end the next sample still shows some. */
    int32_t after[2] = {0, 0};
    if (ends) {
        after[0] = sample_of(&m, 2 * count) * m.second - sequence->level / 2 * m.second * m.second;
    }
    const int32_t best = larger(until[count - 1][0] + after[0], until[count - 1][1] + after[1]);
    for (uint32_t i = count; i-- > 0;) {
        soft[i] = until[i][1] + after[1] - until[i][0] - after[0];
        s = scores_of(&m, i);
        const int32_t behind_0 = larger(s.of[0][0] + after[0], s.of[0][1] + after[1]);
        after[1] = larger(s.of[1][0] + after[0], s.of[1][1] + after[1]);
        after[0] = behind_0;
    }
    return best / ((int32_t)count * TENTHS * TENTHS / 2);
}
