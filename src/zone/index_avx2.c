/* locate_many and the leaf test for processors with AVX2: eight lanes at once. Elsewhere, and where
 * the processor lacks it, the portable form gives the same answers (index_locate.c). */
#include "zone/index_batch.h"

#include <assert.h>

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,popcnt,bmi,bmi2")))

bool lee__has_avx2(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

/* Parity of each of four words, as four bits. */
TARGET static inline uint32_t four_parities(__m128i x)
{
    x = _mm_xor_si128(x, _mm_srli_epi32(x, 16));
    x = _mm_xor_si128(x, _mm_srli_epi32(x, 8));
    x = _mm_xor_si128(x, _mm_srli_epi32(x, 4));
    x = _mm_xor_si128(x, _mm_srli_epi32(x, 2));
    x = _mm_xor_si128(x, _mm_srli_epi32(x, 1));
    return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(_mm_slli_epi32(x, 31)));
}

/* Lanes i to i + 7. Loads may run past the lanes, into what follows; those bits are cut off. */
TARGET static inline __attribute__((always_inline)) lee_lane_bits
eight_lanes(const uint32_t *leaf, lee_steps steps, uint32_t i)
{
    const uint32_t lanes = ((const lee_leaf *)(const void *)leaf)->lane_count;
    const __m256i uv =
        _mm256_set1_epi32((int32_t)(((uint32_t)steps.u & 0xffffu) | (uint32_t)steps.v << 16));
    const __m256i vv = _mm256_set1_epi16((int16_t)steps.v);
    const uint32_t *const direction = leaf + LEE_LEAF_WORDS + i;
    const __m256i ab = _mm256_loadu_si256((const __m256i *)(const void *)direction);
    const __m256i c = _mm256_loadu_si256((const __m256i *)(const void *)(direction + lanes));
    const __m256i rows = _mm256_loadu_si256((const __m256i *)(const void *)(direction + 2 * lanes));
    const __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(ab, uv), c);
    /* Low halves: first row above the point's; high halves: last row below it. */
    const __m256i missed =
        _mm256_blend_epi16(_mm256_cmpgt_epi16(rows, vv), _mm256_cmpgt_epi16(vv, rows), 0xaa);
    const __m256i within = _mm256_cmpeq_epi32(missed, _mm256_setzero_si256());
    /* Where steps are coarse, rows cut short by them are in doubt. */
    const __m256i whole = _mm256_cmpeq_epi32(_mm256_cmpeq_epi16(rows, vv), _mm256_setzero_si256());
    const __m256i cut = _mm256_andnot_si256(whole, _mm256_set1_epi32(-(int32_t)steps.coarse));
    const __m256i close = _mm256_or_si256(
        _mm256_cmpgt_epi32(_mm256_set1_epi32(LEE_LANE_DOUBT), _mm256_abs_epi32(sum)), cut);
    const uint32_t in = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(within));
    return (lee_lane_bits){in & ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(sum)),
                           in & (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(close))};
}

TARGET static inline __attribute__((always_inline)) lee_lane_bits leaf_lanes(const uint32_t *leaf,
                                                                             lee_grid_point point)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const uint32_t lanes = header->lane_count;
    const lee_steps steps = lee__steps_in(point, header->size_bits);
    lee_lane_bits all = {0, 0};
    for (uint32_t i = 0; i < lanes; i += 8) {
        const lee_lane_bits some = eight_lanes(leaf, steps, i);
        all.counts |= _bzhi_u32(some.counts, lanes - i) << i;
        all.near |= _bzhi_u32(some.near, lanes - i) << i;
    }
    return all;
}

/* The same of a leaf of up to sixteen lanes, without a branch. */
TARGET static inline __attribute__((always_inline)) lee_lane_bits few_lanes(const uint32_t *leaf,
                                                                            lee_grid_point point)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const lee_steps steps = lee__steps_in(point, header->size_bits);
    const lee_lane_bits first = eight_lanes(leaf, steps, 0);
    const lee_lane_bits then = eight_lanes(leaf, steps, 8);
    return (lee_lane_bits){_bzhi_u32(first.counts | then.counts << 8, header->lane_count),
                           _bzhi_u32(first.near | then.near << 8, header->lane_count)};
}

TARGET static inline __attribute__((always_inline)) uint32_t leaf_slots(const uint32_t *leaf,
                                                                        uint32_t counts)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *const masks = lee__leaf_masks(leaf);
    const __m128i all = _mm_set1_epi32((int32_t)counts);
    uint32_t slots =
        four_parities(_mm_and_si128(all, _mm_loadu_si128((const __m128i *)(const void *)masks)));
    for (uint32_t s = 4; s < header->slot_count; s += 4) {
        const __m128i some = _mm_loadu_si128((const __m128i *)(const void *)(masks + s));
        slots |= four_parities(_mm_and_si128(all, some)) << s;
    }
    return _bzhi_u32(slots ^ header->base, header->slot_count);
}

/* For each set of four, where its numbers go. */
#define WORD(k) (4 * (k)), (4 * (k) + 1), (4 * (k) + 2), (4 * (k) + 3)
#define LEFT(a, b, c, d)                                                                           \
    {                                                                                              \
        WORD(a), WORD(b), WORD(c), WORD(d)                                                         \
    }
static const uint8_t gather_four[16][16] = {
    LEFT(0, 0, 0, 0), LEFT(0, 0, 0, 0), LEFT(1, 0, 0, 0), LEFT(0, 1, 0, 0),
    LEFT(2, 0, 0, 0), LEFT(0, 2, 0, 0), LEFT(1, 2, 0, 0), LEFT(0, 1, 2, 0),
    LEFT(3, 0, 0, 0), LEFT(0, 3, 0, 0), LEFT(1, 3, 0, 0), LEFT(0, 1, 3, 0),
    LEFT(2, 3, 0, 0), LEFT(0, 2, 3, 0), LEFT(1, 2, 3, 0), LEFT(0, 1, 2, 3)};

TARGET static inline __attribute__((always_inline)) uint32_t
copy_slots(const uint32_t *zones, uint32_t slot_count, uint32_t slots, uint32_t *out)
{
    uint32_t count = 0;
    uint32_t s = 0;
    do {
        const uint32_t four = slots >> s & 15u;
        const __m128i from = _mm_loadu_si128((const __m128i *)(const void *)(zones + s));
        const __m128i order = _mm_loadu_si128((const __m128i *)(const void *)gather_four[four]);
        _mm_storeu_si128((__m128i *)(void *)(out + count), _mm_shuffle_epi8(from, order));
        count += (uint32_t)__builtin_popcount(four);
        s += 4;
    } while (s < slot_count);
    return count;
}

TARGET uint32_t lee__leaf_holds_avx2(const lee_tile *tile, const uint32_t *leaf,
                                     lee_grid_point point)
{
    const lee_lane_bits lanes = leaf_lanes(leaf, point);
    uint32_t counts = lanes.counts;
    if (__builtin_expect(lanes.near != 0, 0)) {
        counts = lee__settle_lanes(tile, leaf, point, lanes);
    }
    return leaf_slots(leaf, counts);
}

/* --- one point ----------------------------------------------------------------------------------
 *
 * Here no other point's work hides a wrong guess of a branch, which costs more than a cache line.
 * So up to eight zones, of the list, the cover and the slots, are put into one register and sorted
 * there. */

/* Compares each number with the one that `shuffled` has in its place: the larger go where the bits
 * of `upper` are. */
#define ORDER(v, shuffled, upper)                                                                  \
    _mm256_blend_epi32(_mm256_min_epu32(v, shuffled), _mm256_max_epu32(v, shuffled), upper)

/* Batcher's bitonic sort of eight. */
TARGET static inline __m256i sort_eight(__m256i v)
{
    __m256i other = _mm256_shuffle_epi32(v, 0xb1);
    v = ORDER(v, other, 0xaa);
    other = _mm256_shuffle_epi32(v, 0x1b);
    v = ORDER(v, other, 0xcc);
    other = _mm256_shuffle_epi32(v, 0xb1);
    v = ORDER(v, other, 0xaa);
    other = _mm256_shuffle_epi32(_mm256_permute2x128_si256(v, v, 1), 0x1b);
    v = ORDER(v, other, 0xf0);
    other = _mm256_shuffle_epi32(v, 0x4e);
    v = ORDER(v, other, 0xcc);
    other = _mm256_shuffle_epi32(v, 0xb1);
    return ORDER(v, other, 0xaa);
}

/* Parity of each of eight words, as eight bits. */
TARGET static inline uint32_t eight_parities(__m256i x)
{
    x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 16));
    x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 8));
    x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 4));
    x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 2));
    x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 1));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(x, 31)));
}

/* Eight numbers one byte each, least first, as eight words. */
TARGET static inline __m256i widen(uint64_t bytes)
{
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)bytes));
}

TARGET static inline __m256i load_eight(const uint32_t *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

/* In place of the leaf of a cell without edges. */
static const uint32_t no_leaf[LEE_LEAF_WORDS + 3 * LEE_LANES_SPLIT + LEE_SPARE_WORDS] = {
    0, 0, (uint32_t)1 << 16};

TARGET static inline __attribute__((always_inline)) size_t
found_zones(const lee_zone_index *index, const lee_found_cell *found, lee_grid_point point,
            uint32_t *out, size_t capacity)
{
    static const uint64_t in_turn = UINT64_C(0x0706050403020100);
    const uint32_t *const cover = found->cover;
    const bool is_leaf = LEE_ENTRY_TAG(found->entry) == LEE_ENTRY_LEAF;
    const uint32_t *const cell = lee__leaf_at(found->tile, found->entry);
    const uint32_t *const leaf = is_leaf ? cell : no_leaf;
    const uint32_t *const list_of_leaf = found->tile->words + leaf[0];
    const uint32_t *const list = is_leaf ? list_of_leaf : cell;
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    if (__builtin_expect((header->wide != 0) | (header->slot_count > 8) | (header->lane_count > 16),
                         0)) {
        return lee__found_zones(index, found, point, out, capacity);
    }
    const lee_lane_bits lanes = few_lanes(leaf, point);
    uint32_t counts = lanes.counts;
    if (__builtin_expect(lanes.near != 0, 0)) {
        counts = lee__settle_lanes(found->tile, leaf, point, lanes);
    }
    const __m256i masks = load_eight(lee__leaf_masks(leaf));
    uint32_t slots = eight_parities(_mm256_and_si256(_mm256_set1_epi32((int32_t)counts), masks));
    slots = _bzhi_u32(slots ^ header->base, header->slot_count);
    const uint32_t *const slot_zones = lee__leaf_zones(leaf);
    const uint32_t listed = list[0];
    const uint32_t covered = listed + cover[0];
    const uint32_t count = covered + (uint32_t)__builtin_popcount(slots);
    if (__builtin_expect((count > 8) | (capacity < 8), 0)) {
        return lee__found_zones(index, found, point, out, capacity);
    }
    /* Each source is moved to the places after those before it. */
    const __m256i place = widen(in_turn);
    const __m256i from_cover = _mm256_permutevar8x32_epi32(
        load_eight(cover + 1), _mm256_sub_epi32(place, _mm256_set1_epi32((int32_t)listed)));
    const uint64_t bytes = _pext_u64(in_turn, _pdep_u64(slots, UINT64_C(0x0101010101010101)) * 255);
    const __m256i from_slots = _mm256_permutevar8x32_epi32(
        load_eight(slot_zones), widen(covered < 8 ? bytes << 8 * covered : 0));
    __m256i v = _mm256_blendv_epi8(from_cover, load_eight(list + 1),
                                   _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)listed), place));
    v = _mm256_blendv_epi8(from_slots, v,
                           _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)covered), place));
    v = _mm256_or_si256(v, _mm256_cmpgt_epi32(place, _mm256_set1_epi32((int32_t)count - 1)));
    _mm256_storeu_si256((__m256i *)(void *)out, sort_eight(v));
    return count;
}

TARGET size_t lee__locate_avx2(const lee_zone_index *index, lee_point point, uint32_t *out,
                               size_t capacity)
{
    const lee_grid_point place = lee__grid_point(point);
    const lee_found_cell found = lee__find_cell(index, place);
    return found_zones(index, &found, place, out, capacity);
}

TARGET size_t lee__locate_many_avx2(const lee_zone_index *index, const int32_t *lat_e7,
                                    const int32_t *lon_e7, size_t count, uint32_t *zones,
                                    size_t capacity, uint32_t *ends)
{
    return lee__locate_batches(index, lat_e7, lon_e7, count, zones, capacity, ends, leaf_lanes,
                               leaf_slots, copy_slots);
}

#else

bool lee__has_avx2(void)
{
    return false;
}

size_t lee__locate_avx2(const lee_zone_index *index, lee_point point, uint32_t *out,
                        size_t capacity)
{
    const lee_grid_point place = lee__grid_point(point);
    const lee_found_cell found = lee__find_cell(index, place);
    return lee__found_zones(index, &found, place, out, capacity);
}

uint32_t lee__leaf_holds_avx2(const lee_tile *tile, const uint32_t *leaf, lee_grid_point point)
{
    const lee_lane_bits lanes = lee__leaf_lanes(leaf, point);
    return lee__leaf_slots(leaf, lee__settle_lanes(tile, leaf, point, lanes));
}

size_t lee__locate_many_avx2(const lee_zone_index *index, const int32_t *lat_e7,
                             const int32_t *lon_e7, size_t count, uint32_t *zones, size_t capacity,
                             uint32_t *ends)
{
    return lee__locate_batches(index, lat_e7, lon_e7, count, zones, capacity, ends, lee__leaf_lanes,
                               lee__leaf_slots, lee__copy_slots);
}

#endif
