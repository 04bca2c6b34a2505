/* Tells what was pruned from what was lost or taken: of the entries that are not here, every one
 * must be in a range of a PRUNE record under the signed head. In it nothing but frames may be gone:
 * what is missing and the frames that are still there must be as many as it says. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "journal/journal_private.h"

typedef struct {
    uint64_t record; /* that says so */
    lee_prune_range range;
} pruned_range;

struct lee_pruned {
    uint64_t *bundles; /* that are here in part */
    size_t bundle_count;
    size_t bundle_capacity;
    pruned_range *ranges;
    size_t range_count;
    size_t range_capacity;
    lee_prune prune; /* the record that was read last */
};

lee_pruned *lee__pruned_create(void)
{
    return lee_alloc(1, sizeof(lee_pruned));
}

void lee__pruned_free(lee_pruned *pruned)
{
    if (pruned) {
        lee_free(pruned->bundles);
        lee_free(pruned->ranges);
        lee_free(pruned);
    }
}

/* Room for one more; bounded by the records that were read. */
static bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    const size_t wanted = *capacity ? *capacity * 2 : 64;
    void *const grown = lee_realloc(*items, wanted, size);
    if (grown) {
        *items = grown;
        *capacity = wanted;
    }
    return grown;
}

lee_error lee__pruned_bundle(lee_pruned *pruned, uint64_t number)
{
    assert(pruned);
    void *items = pruned->bundles;
    if (!grow(&items, pruned->bundle_count, &pruned->bundle_capacity, sizeof(uint64_t))) {
        return LEE_ERR_NO_MEMORY;
    }
    pruned->bundles = items;
    pruned->bundles[pruned->bundle_count++] = number;
    return LEE_OK;
}

static void tell(lee_journal_check_result *out, uint64_t index, const lee_prune *prune)
{
    if (out->prunings == LEE_JOURNAL_PRUNINGS_TOLD) {
        memmove(out->pruning, out->pruning + 1,
                (LEE_JOURNAL_PRUNINGS_TOLD - 1) * sizeof(out->pruning[0]));
    }
    const uint64_t at =
        out->prunings < LEE_JOURNAL_PRUNINGS_TOLD ? out->prunings : LEE_JOURNAL_PRUNINGS_TOLD - 1;
    lee_journal_pruning *const told = &out->pruning[at];
    *told =
        (lee_journal_pruning){.record = index, .t_us = prune->t_us, .before_us = prune->before_us};
    memcpy(told->policy, prune->policy, sizeof(told->policy));
    for (uint32_t i = 0; i < prune->count; i++) {
        told->count += prune->ranges[i].count;
    }
}

lee_error lee__pruned_record(lee_pruned *pruned, uint64_t index, const uint8_t *bytes,
                             size_t length, lee_journal_check_result *out, const char **reason)
{
    assert(pruned && bytes && out && reason);
    lee_prune *const prune = &pruned->prune;
    if (!lee_prune_read(bytes, length, prune) ||
        (prune->count > 0 && prune->ranges[prune->count - 1].end > index)) {
        *reason = "a record of pruning does not follow its format";
        return LEE_OK;
    }
    tell(out, index, prune);
    out->prunings += out->prunings < UINT64_MAX;
    for (uint32_t i = 0; i < prune->count; i++) {
        void *items = pruned->ranges;
        if (!grow(&items, pruned->range_count, &pruned->range_capacity, sizeof(pruned_range))) {
            return LEE_ERR_NO_MEMORY;
        }
        pruned->ranges = items;
        pruned->ranges[pruned->range_count++] =
            (pruned_range){.record = index, .range = prune->ranges[i]};
    }
    return LEE_OK;
}

static int by_place(const void *a, const void *b)
{
    const pruned_range *const x = a;
    const pruned_range *const y = b;
    const int by_first = (x->range.first > y->range.first) - (x->range.first < y->range.first);
    return by_first ? by_first : (x->record > y->record) - (x->record < y->record);
}

/* Whether a range takes `index` away. Indices ascend, and so does what is known of the ranges: *at
 * of them begin at or before `index`, and the furthest of these ends at *end. */
static bool is_covered(const lee_pruned *pruned, size_t *at, uint64_t *end, uint64_t index)
{
    while (*at < pruned->range_count && pruned->ranges[*at].range.first <= index) {
        const uint64_t other = pruned->ranges[(*at)++].range.end;
        *end = other > *end ? other : *end;
    }
    return index < *end;
}

static lee_error check_kept(lee_pruned *pruned, lee_disk *disk, lee_pruned_sink *sink,
                            void *context, lee_journal_check_result *out)
{
    lee_buffer bundle;
    lee_buffer_init(&bundle, LEE_BUNDLE_MAX_BYTES);
    lee_error error = LEE_OK;
    size_t range = 0;
    uint64_t end = 0;
    for (size_t b = 0; !error && b < pruned->bundle_count; b++) {
        lee_path path;
        error = lee__kept_read(disk, pruned->bundles[b], &path, &bundle);
        size_t at = 0;
        const uint8_t *entry = NULL;
        size_t length = 0;
        for (uint32_t i = 0; !error && i < LEE_TILE_WIDTH &&
                             lee__kept_next(bundle.bytes, bundle.length, &at, &entry, &length);
             i++) {
            const uint64_t index = pruned->bundles[b] * LEE_TILE_WIDTH + i;
            if (length == 0 && is_covered(pruned, &range, &end, index)) {
                out->pruned++;
            } else if (length == 0) {
                sink(context, &path, index,
                     "an entry is missing and no record says that it was pruned");
            }
        }
        if (error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT) {
            error = LEE_OK; /* it was there a moment ago: told when it was read */
        }
    }
    lee_buffer_free(&bundle);
    return error;
}

lee_error lee__pruned_check(lee_pruned *pruned, lee_disk *disk, uint64_t size,
                            lee_pruned_sink *sink, void *context, lee_journal_check_result *out)
{
    assert(pruned && disk && sink && out);
    /* Later records may take away what stands before that which earlier ones took. */
    if (pruned->range_count > 0) {
        qsort(pruned->ranges, pruned->range_count, sizeof(pruned_range), by_place);
    }
    lee_error error = check_kept(pruned, disk, sink, context, out);
    for (size_t i = 0; !error && i < pruned->range_count; i++) {
        const pruned_range *const told = &pruned->ranges[i];
        const lee_prune_range *const range = &told->range;
        lee_path path;
        lee_path_kept(&path, disk->folder, range->first / LEE_TILE_WIDTH);
        lee_prune_range again = *range;
        const bool fits = range->end <= size - size % LEE_TILE_WIDTH;
        error = fits ? lee_prune_measure(disk->fs, disk->folder, &again) : LEE_OK;
        if (!fits) {
            sink(context, &path, told->record,
                 "a record of pruning takes away what is not in a full bundle");
        } else if (error == LEE_ERR_CORRUPT || error == LEE_ERR_LIMIT) {
            error = LEE_OK;
            sink(context, &path, range->first, "a pruned range cannot be read");
        } else if (!error && again.count != range->count) {
            sink(context, &path, range->first,
                 "in a pruned range other records are missing than were pruned");
        }
    }
    return error;
}
