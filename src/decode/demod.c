#include "decode/demod.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "decode/demod_judge.h"
#include "decode/demod_sequence.h"

/* Places are counted in tenths of a sample; a sample is what was received in the ten tenths around
 * it. A place that is looked at is an even number of tenths, so that it never falls on an edge. */
#define TENTHS 10
#define PLACES 5 /* between two samples */

#define PULSES 4
#define PULSE_TAPS 3 /* samples that one pulse touches */

/* Magnitudes: 11 bits, so that sums over a preamble fit into 16 bits and eight of them are added at
 * once. */
#define MAGNITUDE_MAX 2047
#define PULSE_WEIGHT 4 /* sum of a pulse's weights in the search for preambles */

#define STRIP 8   /* neighbours added at once */
#define TILE 1024 /* places looked at in one go */
#define BEFORE 1  /* samples kept before the first place */
#define AHEAD 320 /* samples needed behind a place: 120 us and more */
#define BUFFER (BEFORE + 8 * TILE + AHEAD)

/* The mean of a preamble's pulses over that of what is between them, in tenths, from which on it is
 * looked at. Lower finds little more and takes longer: noise passes once in a hundred places. */
#define CONTRAST_MIN 18
/* A preamble's best score times `of_best` is above this times what is received in its window. */
#define OF_SUM (PULSES * PULSE_WEIGHT * TENTHS * CONTRAST_MIN)
/* Within a message only one that is not fainter is looked for, in tenths of its level. */
#define LOUDER_MIN 10
/* Places tried for one preamble, of which the first bits tell the best. */
#define TRIES 3
#define PROBED_BITS 16
/* Bits are read where the pulses in the time of a short message are higher than this over what is
 * received between those of the preamble, in tenths of that: few preambles that noise makes are,
 * and nearly every message that can be read. */
#define HEIGHT_MIN 10
/* The same for a sequence of bits to be looked for, which takes longer. */
#define SEQUENCE_HEIGHT_MIN 20
#define SEQUENCE_PLACES 5

typedef struct {
    uint16_t sample;
    uint16_t place;
} pulse_place;

/* Halves of a microsecond that bits have, and where each begins and the last one ends. */
#define EDGES (2 * LEE__DEMOD_BITS_MAX + 1)

struct lee__demod {
    lee__demod_samples samples;
    uint32_t sample_rate_hz;
    int32_t chip_tenths; /* half a microsecond: 12 or 10 */
    int32_t window;      /* samples of a preamble */
    int window_shift;    /* may_be */
    int32_t of_best;     /* is_preamble */
    int16_t pulse_weights[PLACES][PULSE_TAPS];
    pulse_place pulses[PLACES][PULSES];
    uint16_t edges[PLACES][EDGES]; /* of the bits: where in `sums`, from a sample's own on */
    uint16_t gaps[PLACES][4];      /* where two stretches without a pulse begin and end */
    uint16_t *magnitude_of;        /* of two bytes of LEE__DEMOD_U8, else NULL */
    uint64_t first;                /* number of the sample that is the first place of the buffer */
    uint64_t busy_until;           /* sample at which the last message found ends */
    int32_t busy_level;
    size_t part_length; /* bytes of a sample that is not whole */
    uint8_t part[4];
    size_t length; /* samples in `magnitudes` */
    lee__demod_judge judge;
    int16_t magnitudes[BUFFER];
    /* What was received, in sample-tenths, until a place: of sample s and place p at s * PLACES +
     * p. Modulo 2^32, since only differences are looked at. */
    uint32_t sums[BUFFER * PLACES];
    uint16_t prefixes[BUFFER]; /* the same before each sample, in samples and modulo 2^16 */
    int16_t pulse_sums[PLACES][TILE + 8 * STRIP];
    int16_t best[TILE + 2 * STRIP]; /* from the place before the first of a tile on */
    int16_t scores[PLACES][TILE + 2 * STRIP];
};

/* --- tables ---------------------------------------------------------------------------------- */

static int32_t overlap(int32_t begin, int32_t end, int32_t sample)
{
    const int32_t from = begin > sample * TENTHS ? begin : sample * TENTHS;
    const int32_t to = end < (sample + 1) * TENTHS ? end : (sample + 1) * TENTHS;
    return to > from ? to - from : 0;
}

/* Of a place in tenths the sample that it falls into, and where in it (0 to 4: 1, 3 … tenths after
 * its beginning). */
static pulse_place place_of(int32_t tenths)
{
    const int32_t from_edge = tenths + TENTHS / 2;
    return (pulse_place){(uint16_t)(from_edge / TENTHS), (uint16_t)(from_edge % TENTHS / 2)};
}

static uint16_t index_of(int32_t tenths)
{
    const pulse_place place = place_of(tenths);
    return (uint16_t)(place.sample * PLACES + place.place);
}

static void make_tables(lee__demod *demod)
{
    static const int32_t pulse_chips[PULSES] = {0, 2, 7, 9};
    /* Three and five chips, half a chip from the pulses beside them. */
    static const int32_t gap_half_chips[4] = {7, 13, 21, 31};
    const int32_t chip = demod->chip_tenths;
    for (int32_t place = 0; place < PLACES; place++) {
        const int32_t begin = 2 * place + 1;
        int32_t left = PULSE_WEIGHT;
        int32_t widest = 0;
        for (int32_t i = 0; i < PULSE_TAPS; i++) {
            const int32_t share = overlap(begin, begin + chip, i);
            const int32_t weight = (share * PULSE_WEIGHT + chip / 2) / chip;
            demod->pulse_weights[place][i] = (int16_t)weight;
            left -= weight;
            widest = share > overlap(begin, begin + chip, widest) ? i : widest;
        }
        demod->pulse_weights[place][widest] = (int16_t)(demod->pulse_weights[place][widest] + left);
        for (int32_t i = 0; i < PULSES; i++) {
            demod->pulses[place][i] = place_of(2 * place + pulse_chips[i] * chip);
        }
        for (int32_t i = 0; i < EDGES; i++) {
            demod->edges[place][i] = index_of(2 * place + (16 + i) * chip);
        }
        for (int32_t i = 0; i < 4; i++) {
            demod->gaps[place][i] = index_of(2 * place + gap_half_chips[i] * chip / 2);
        }
    }
    demod->window = 16 * chip / TENTHS;
    const int32_t pulses = PULSES * chip;
    demod->of_best = TENTHS * (TENTHS * demod->window - pulses) + pulses * CONTRAST_MIN;
    demod->window_shift = chip > TENTHS ? 2 : 1;
    assert(OF_SUM << demod->window_shift >= demod->of_best * ((1 << demod->window_shift) + 1));
}

/* The square root, rounded down. */
static uint32_t root(uint32_t square)
{
    uint32_t low = 0;
    for (uint32_t bit = UINT32_C(1) << 15; bit != 0; bit >>= 1) {
        const uint32_t tried = low | bit;
        low = (uint64_t)tried * tried <= square ? tried : low;
    }
    return low;
}

/* Twice the distance from zero has no fraction. 361 is the furthest. A root is never below the one
 * before it in its row, so it is counted up to. */
static void make_magnitudes(uint16_t *out)
{
    for (uint32_t i = 0; i < 128; i++) {
        uint32_t magnitude = 0;
        for (uint32_t q = 0; q < 128; q++) {
            const uint32_t x = 2 * i + 1;
            const uint32_t y = 2 * q + 1;
            const uint32_t square = (x * x + y * y) * 32;
            while ((magnitude + 1) * (magnitude + 1) <= square) {
                magnitude++;
            }
            for (uint32_t mirrored = 0; mirrored < 4; mirrored++) {
                const uint32_t row = (mirrored & 1) != 0 ? 127 - i : 128 + i;
                const uint32_t column = (mirrored & 2) != 0 ? 127 - q : 128 + q;
                out[row << 8 | column] = (uint16_t)magnitude;
            }
        }
    }
}

lee_error lee__demod_create(lee__demod_samples samples, uint32_t sample_rate_hz, lee__demod **out)
{
    assert(sample_rate_hz == 2400000 || sample_rate_hz == 2000000);
    assert(out);

    lee__demod *const demod = lee_alloc(1, sizeof *demod);
    if (demod == NULL) {
        return LEE_ERR_NO_MEMORY;
    }
    demod->samples = samples;
    demod->sample_rate_hz = sample_rate_hz;
    demod->chip_tenths = (int32_t)(sample_rate_hz / 200000);
    if (samples == LEE__DEMOD_U8) {
        demod->magnitude_of = lee_alloc(65536, sizeof *demod->magnitude_of);
        if (demod->magnitude_of == NULL) {
            lee_free(demod);
            return LEE_ERR_NO_MEMORY;
        }
        make_magnitudes(demod->magnitude_of);
    }
    make_tables(demod);
    lee__demod_judge_init(&demod->judge);
    demod->length = BEFORE;
    *out = demod;
    return LEE_OK;
}

void lee__demod_free(lee__demod *demod)
{
    if (demod != NULL) {
        lee_free(demod->magnitude_of);
        lee_free(demod);
    }
}

uint64_t lee__demod_samples_taken(const lee__demod *demod)
{
    assert(demod);
    return demod->first + demod->length - BEFORE;
}

/* --- one message ----------------------------------------------------------------------------- */

/* What was received before a sample, in sample-tenths and modulo 2^32. */
static uint32_t sum_before(const lee__demod *demod, size_t sample)
{
    return demod->sums[sample * PLACES] - (uint16_t)demod->magnitudes[sample];
}

/* The bits from `from` to `to` of a message whose preamble begins at `place` of number `at` of the
 * magnitudes: what was received in its first half less that in the second. The sum of their
 * sizes. */
static int32_t slice(const lee__demod *demod, size_t at, int32_t place, uint32_t from, uint32_t to,
                     int32_t *soft)
{
    const uint32_t *const sums = demod->sums + at * PLACES;
    const uint16_t *const edges = demod->edges[place];
    uint32_t before = sums[edges[2 * (size_t)from]];
    int32_t difference = 0; /* 112 bits of 12 tenths of 11 bits */
    for (size_t i = from; i < to; i++) {
        const uint32_t middle = sums[edges[2 * i + 1]];
        const uint32_t after = sums[edges[2 * i + 2]];
        soft[i] = (int32_t)(2 * middle - before - after);
        difference += abs(soft[i]);
        before = after;
    }
    return difference;
}

/* Bits of a message by its downlink format; 0: none that is wanted has it. */
static uint32_t bit_count(const int32_t *soft)
{
    unsigned df = 0;
    for (int i = 0; i < 5; i++) {
        df = df << 1 | (soft[i] > 0);
    }
    switch (df) {
    case 0:
    case 4:
    case 5:
    case 11:
        return 56;
    case 16:
    case 17:
    case 18:
    case 20:
    case 21:
        return 112;
    default:
        return 0;
    }
}

/* Reads the message at a place in tenths from number `at` of the magnitudes. The mean level of its
 * pulses; 0: it is none. */
static int32_t read_bits(const lee__demod *demod, size_t at, int32_t tenths, lee__demod_bits *out)
{
    at += (size_t)(tenths / TENTHS);
    const int32_t place = tenths % TENTHS / 2;
    int32_t difference = slice(demod, at, place, 0, 5, out->soft);
    out->count = bit_count(out->soft);
    if (out->count == 0) {
        return 0;
    }
    difference += slice(demod, at, place, 5, out->count, out->soft);
    const size_t begin = at + demod->edges[place][0] / PLACES;
    const size_t samples = (size_t)out->count * 2 * (size_t)demod->chip_tenths / TENTHS;
    const uint32_t sum = sum_before(demod, begin + samples) - sum_before(demod, begin) + TENTHS;
    out->clarity = (uint32_t)((int64_t)difference * 256 / sum);
    return difference / ((int32_t)out->count * demod->chip_tenths);
}

/* Of a place that is `tenths` after the sample before this one. */
static uint64_t tick_of(const lee__demod *demod, uint64_t sample, int32_t tenths)
{
    const uint64_t per_sample = UINT64_C(12000000) / demod->sample_rate_hz;
    return sample * per_sample + (uint64_t)tenths * per_sample / TENTHS + 64 * 12 - per_sample;
}

/* The places around the one that the preamble shows best, in tenths from the magnitude before `at`,
 * by how clearly the first bits are seen from them: there are more pulses in these than in a
 * preamble. */
static void order_places(const lee__demod *demod, size_t at, int32_t tenths, int32_t places[PLACES])
{
    int32_t seen[PLACES];
    for (int32_t i = 0; i < PLACES; i++) {
        const int32_t place = tenths + 2 * (i - PLACES / 2) + TENTHS;
        int32_t soft[PROBED_BITS];
        const int32_t sum = slice(demod, at - 1 + (size_t)(place / TENTHS), place % TENTHS / 2, 0,
                                  PROBED_BITS, soft);
        int32_t k = i;
        for (; k > 0 && seen[k - 1] < sum; k--) {
            seen[k] = seen[k - 1];
            places[k] = places[k - 1];
        }
        seen[k] = sum;
        places[k] = place;
    }
}

/* How high the pulses of a short message whose preamble begins there would be over what is
 * received without one, which is *floor. */
static int32_t height_of(const lee__demod *demod, size_t at, int32_t tenths, int32_t *floor)
{
    const int32_t place = tenths % TENTHS / 2;
    const uint32_t *const sums = demod->sums + (at + (size_t)(tenths / TENTHS)) * PLACES;
    const uint16_t *const gaps = demod->gaps[place];
    const uint16_t *const edges = demod->edges[place];
    const uint32_t without = sums[gaps[1]] - sums[gaps[0]] + sums[gaps[3]] - sums[gaps[2]];
    const uint32_t with = sums[edges[2 * 56]] - sums[edges[0]];
    *floor = (int32_t)without / (8 * demod->chip_tenths);
    return (int32_t)(with - without * (2 * 56 / 8)) / (56 * demod->chip_tenths);
}

/* The same as read_bits where a sample touches two halves of bits, as at 2 a microsecond. */
static int32_t read_sequence(const lee__demod *demod, size_t at, int32_t tenths,
                             lee__demod_bits *out)
{
    assert(demod->chip_tenths == TENTHS);

    const int32_t edge = demod->edges[tenths % TENTHS / 2][0];
    lee__demod_sequence sequence = {.samples =
                                        demod->magnitudes + at + tenths / TENTHS + edge / PLACES,
                                    .into = 2 * (edge % PLACES) + 1};
    sequence.level = height_of(demod, at, tenths, &sequence.floor);
    if (sequence.level <= 0 || sequence.level * TENTHS < sequence.floor * SEQUENCE_HEIGHT_MIN) {
        return 0;
    }
    (void)lee__demod_sequence_read(&sequence, PROBED_BITS, false, out->soft);
    out->count = bit_count(out->soft);
    if (out->count == 0) {
        return 0;
    }
    out->clarity = 256; /* the level says so */
    return lee__demod_sequence_read(&sequence, out->count, true, out->soft);
}

typedef int32_t read_function(const lee__demod *demod, size_t at, int32_t tenths,
                              lee__demod_bits *out);

/* What is read at one of several places. */
typedef struct {
    lee__demod_bits bits[2]; /* the best, and the one that is being read */
    unsigned kept;
    int32_t level; /* of the best; 0: there is none */
    int32_t tenths;
} reading;

/* Reads the bits at places in tenths from number `at` of the magnitudes. True: they are a message
 * as they are at one of them, and *out is filled. */
static bool read_places(lee__demod *demod, read_function *read, int tries, size_t at,
                        uint64_t sample, const int32_t *places, reading *best,
                        lee__demod_message *out, int32_t *out_level)
{
    for (int i = 0; i < tries; i++) {
        lee__demod_bits *const now = &best->bits[best->kept ^ 1];
        const int32_t level = read(demod, at, places[i], now);
        if (level <= 0) {
            continue;
        }
        const uint64_t tick = tick_of(demod, sample, places[i]);
        if (lee__demod_accept(&demod->judge, now, tick, out->bytes)) {
            *out_level = level;
            out->tick = tick;
            out->length = (uint8_t)(now->count / 8);
            out->repaired_bits = 0;
            return true;
        }
        if (level > best->level) {
            best->level = level;
            best->tenths = places[i];
            best->kept ^= 1;
        }
    }
    return false;
}

/* Looks at one preamble, whose best place is `tenths` from number `at` of the magnitudes. True:
 * *out is filled. */
static bool examine(lee__demod *demod, size_t at, uint64_t sample, int32_t tenths,
                    lee__demod_message *out, int32_t *out_level)
{
    int32_t floor;
    if (height_of(demod, at - 1, tenths + TENTHS, &floor) * TENTHS < floor * HEIGHT_MIN) {
        return false;
    }
    int32_t places[PLACES];
    order_places(demod, at, tenths, places);
    reading plain, sequence;
    plain.kept = sequence.kept = 0;
    plain.level = sequence.level = 0;
    if (read_places(demod, read_bits, TRIES, at - 1, sample, places, &plain, out, out_level)) {
        return true;
    }
    if (demod->chip_tenths == TENTHS) {
        static const int32_t beside[SEQUENCE_PLACES] = {0, -2, 2, -4, 4};
        for (int i = 0; i < SEQUENCE_PLACES; i++) {
            places[i] = tenths + TENTHS + beside[i];
        }
        if (read_places(demod, read_sequence, SEQUENCE_PLACES, at - 1, sample, places, &sequence,
                        out, out_level)) {
            return true;
        }
    }
    const reading *const best = sequence.level > 0 ? &sequence : &plain;
    if (best->level == 0) {
        return false;
    }
    const lee__demod_bits *const bits = &best->bits[best->kept];
    *out_level = best->level;
    out->tick = tick_of(demod, sample, best->tenths);
    out->length = (uint8_t)(bits->count / 8);
    out->repaired_bits = (uint8_t)lee__demod_repair(&demod->judge, bits, out->tick, out->bytes);
    return out->repaired_bits > 0;
}

/* --- the search for preambles ---------------------------------------------------------------- */

/* Eight neighbours at once; compilers make one instruction of each operation. */
typedef int16_t strip __attribute__((vector_size(2 * STRIP)));
typedef uint16_t unsigned_strip __attribute__((vector_size(2 * STRIP)));

static inline strip strip_load(const int16_t *from)
{
    strip out;
    memcpy(&out, from, sizeof out);
    return out;
}

static inline void strip_store(int16_t *to, strip value)
{
    memcpy(to, &value, sizeof value);
}

/* For each of `count` samples from `m` on the score of each of its places, in `scores`, and the
 * best of them, in `best`. */
static void score(lee__demod *demod, const int16_t *m, size_t count)
{
    const size_t reach = count + (size_t)demod->pulses[PLACES - 1][PULSES - 1].sample + 1;
    for (int place = 0; place < PLACES; place++) {
        const strip none = {0};
        const strip first = none + demod->pulse_weights[place][0];
        const strip second = none + demod->pulse_weights[place][1];
        const strip third = none + demod->pulse_weights[place][2];
        int16_t *const out = demod->pulse_sums[place];
        for (size_t i = 0; i < reach; i += STRIP) {
            strip_store(out + i, first * strip_load(m + i) + second * strip_load(m + i + 1) +
                                     third * strip_load(m + i + 2));
        }
    }
    const int16_t *pulse[PLACES][PULSES];
    for (int place = 0; place < PLACES; place++) {
        for (int i = 0; i < PULSES; i++) {
            const pulse_place p = demod->pulses[place][i];
            pulse[place][i] = demod->pulse_sums[p.place] + p.sample;
        }
    }
    for (size_t i = 0; i < count; i += STRIP) {
        strip best = {0};
        for (int place = 0; place < PLACES; place++) {
            const int16_t *const *const p = pulse[place];
            const strip sum = strip_load(p[0] + i) + strip_load(p[1] + i) + strip_load(p[2] + i) +
                              strip_load(p[3] + i);
            const strip more = sum > best;
            best = (sum & more) | (best & ~more);
            strip_store(demod->scores[place] + i, sum);
        }
        strip_store(demod->best + i, best);
    }
}

/* The mean level of a preamble's pulses. */
static int32_t preamble_level(int16_t best)
{
    return best / (PULSES * PULSE_WEIGHT);
}

/* Looks closer at the preamble that begins `index` places after the first of the buffer, which is
 * number `at` of the scores. */
static void try_preamble(lee__demod *demod, size_t index, size_t at, lee__demod_sink *sink,
                         void *context)
{
    const uint64_t sample = demod->first + index;
    if (sample < demod->busy_until &&
        preamble_level(demod->best[at]) * TENTHS < demod->busy_level * LOUDER_MIN) {
        return;
    }
    int32_t place = 0;
    while (demod->scores[place][at] != demod->best[at]) {
        place++;
    }
    lee__demod_message message = {.sample = sample};
    int32_t level = 0;
    if (examine(demod, BEFORE + index, sample, 2 * place, &message, &level)) {
        demod->busy_level = preamble_level(demod->best[at]);
        demod->busy_until =
            sample + (uint64_t)(16 + 16 * message.length) * (uint64_t)demod->chip_tenths / TENTHS;
        message.level =
            (uint8_t)(level > MAGNITUDE_MAX * 255 / 256 ? 255 : level * 256 / (MAGNITUDE_MAX + 1));
        sink(context, &message);
    }
}

/* May one of eight places from number `at` of the magnitudes on, whose scores are from `best` on,
 * be a preamble? Its score is higher than at both neighbours and, in 16 bits, not below 5/4 (at 2
 * samples a microsecond 3/2) of what is received in its window: is_preamble asks for more, which
 * make_tables asserts. */
static inline bool may_be(const lee__demod *demod, size_t at, const int16_t *best)
{
    unsigned_strip begin, end;
    memcpy(&begin, demod->prefixes + at, sizeof begin);
    memcpy(&end, demod->prefixes + at + demod->window, sizeof end);
    const strip sum = (strip)((end - begin) >> 1);
    const strip here = strip_load(best);
    const strip peak = (here > strip_load(best - 1)) & (here >= strip_load(best + 1)) &
                       (here >> 1 >= sum + (sum >> demod->window_shift));
    uint64_t any[2];
    memcpy(any, &peak, sizeof any);
    return (any[0] | any[1]) != 0;
}

static bool is_preamble(const lee__demod *demod, size_t at, const int16_t *best)
{
    const uint16_t sum =
        (uint16_t)(demod->prefixes[at + (size_t)demod->window] - demod->prefixes[at]);
    return best[0] >= best[1] && best[-1] < best[0] && best[0] * demod->of_best > sum * OF_SUM;
}

/* Looks at `count` places from number `begin` of the buffer on. */
static void search(lee__demod *demod, size_t begin, size_t count, lee__demod_sink *sink,
                   void *context)
{
    assert(count <= TILE);
    score(demod, demod->magnitudes + BEFORE + begin - 1, count + 2);
    const int16_t *const best = demod->best + 1;
    for (size_t strip_at = 0; strip_at < count; strip_at += STRIP) {
        if (!may_be(demod, BEFORE + begin + strip_at, best + strip_at)) {
            continue;
        }
        const size_t end = strip_at + STRIP < count ? strip_at + STRIP : count;
        for (size_t i = strip_at; i < end; i++) {
            if (is_preamble(demod, BEFORE + begin + i, best + i)) {
                try_preamble(demod, begin + i, i + 1, sink, context);
            }
        }
    }
}

/* Looks at all places behind which there are enough samples, when there are `least` of them, and
 * forgets them. */
static void search_all(lee__demod *demod, size_t least, lee__demod_sink *sink, void *context)
{
    if (demod->length < BEFORE + AHEAD + least) {
        return;
    }
    const size_t places = demod->length - BEFORE - AHEAD;
    for (size_t at = 0; at < places;) {
        const size_t count = places - at < TILE ? places - at : TILE;
        search(demod, at, count, sink, context);
        at += count;
    }
    demod->first += places;
    demod->length -= places;
    memmove(demod->magnitudes, demod->magnitudes + places,
            demod->length * sizeof demod->magnitudes[0]);
    memmove(demod->prefixes, demod->prefixes + places, demod->length * sizeof demod->prefixes[0]);
    memmove(demod->sums, demod->sums + places * PLACES,
            demod->length * PLACES * sizeof demod->sums[0]);
}

/* --- samples in ------------------------------------------------------------------------------ */

static int16_t magnitude_s16(const uint8_t *bytes)
{
    const int32_t i = (int16_t)(uint16_t)(bytes[0] | bytes[1] << 8);
    const int32_t q = (int16_t)(uint16_t)(bytes[2] | bytes[3] << 8);
    const uint32_t magnitude = root((uint32_t)(i * i) + (uint32_t)(q * q)) / 4;
    return (int16_t)(magnitude > MAGNITUDE_MAX ? MAGNITUDE_MAX : magnitude);
}

/* Sums for `count` magnitudes behind those that have them. The one before the first has some. */
static void add_up(lee__demod *demod, size_t count)
{
    const size_t from = demod->length;
    const uint32_t last = (uint32_t)demod->magnitudes[from - 1];
    uint32_t sum = demod->sums[from * PLACES - 1] + last;
    uint32_t prefix = demod->prefixes[from - 1] + last;
    for (size_t i = from; i < from + count; i++) {
        const uint32_t m = (uint32_t)demod->magnitudes[i];
        uint32_t *const out = demod->sums + i * PLACES;
        demod->prefixes[i] = (uint16_t)prefix;
        prefix += m;
        sum += m;
        static_assert(PLACES == 5, "written out, because it is done for every sample");
        const uint32_t twice = 2 * m;
        out[0] = sum;
        out[1] = sum += twice;
        out[2] = sum += twice;
        out[3] = sum += twice;
        out[4] = sum += twice;
        sum += m;
    }
    demod->length += count;
}

static void take_samples(lee__demod *demod, const uint8_t *bytes, size_t count)
{
    int16_t *const out = demod->magnitudes + demod->length;
    if (demod->samples == LEE__DEMOD_U8) {
        for (size_t i = 0; i < count; i++) {
            uint16_t pair; /* which of its bytes is I and which Q is all the same */
            memcpy(&pair, bytes + 2 * i, sizeof pair);
            out[i] = (int16_t)demod->magnitude_of[pair];
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            out[i] = magnitude_s16(bytes + 4 * i);
        }
    }
    add_up(demod, count);
}

void lee__demod_push(lee__demod *demod, const uint8_t *bytes, size_t length, lee__demod_sink *sink,
                     void *context)
{
    assert(demod && sink);
    assert(bytes || length == 0);

    const size_t width = demod->samples == LEE__DEMOD_U8 ? 2 : 4;
    while (demod->part_length > 0 && length > 0) {
        demod->part[demod->part_length++] = *bytes++;
        length--;
        if (demod->part_length == width) {
            demod->part_length = 0;
            take_samples(demod, demod->part, 1);
            search_all(demod, TILE, sink, context);
        }
    }
    while (length >= width) {
        const size_t room = BUFFER - demod->length;
        const size_t count = length / width < room ? length / width : room;
        take_samples(demod, bytes, count);
        bytes += count * width;
        length -= count * width;
        search_all(demod, TILE, sink, context);
    }
    if (length > 0) {
        memcpy(demod->part, bytes, length);
        demod->part_length = length;
    }
}

void lee__demod_finish(lee__demod *demod, lee__demod_sink *sink, void *context)
{
    assert(demod && sink);

    const uint64_t taken = lee__demod_samples_taken(demod);
    demod->part_length = 0;
    search_all(demod, 0, sink, context);
    memset(demod->magnitudes + demod->length, 0, AHEAD * sizeof demod->magnitudes[0]);
    add_up(demod, AHEAD);
    search_all(demod, 0, sink, context);
    /* The next stream begins behind the last sample. */
    demod->first = taken;
    demod->length = BEFORE;
    demod->magnitudes[0] = 0;
    memset(demod->sums, 0, PLACES * sizeof demod->sums[0]);
    demod->prefixes[0] = 0;
    demod->busy_until = 0;
}
