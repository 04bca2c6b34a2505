/* Follows moving targets. For each there is a hold: a box, a slab of altitudes and a time in which
 * nothing can change; a report within it is done. Outside it the point is located anew and compared
 * with where the target was: what it was in is not stored but found again, which is needed only
 * when cell or lanes differ. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "leeward/zone_set.h"
#include "zone/index_batch.h"
#include "zone/set.h"

/* One cache line. */
typedef struct {
    lee_box box;
    int32_t lower_ft; /* within: lower_ft <= altitude < upper_ft */
    int32_t upper_ft;
    int64_t until_us; /* within: time < until_us */
    /* Where it was judged last. */
    int64_t t_us;
    lee_point point;
    int32_t alt_ft;
    uint32_t entry; /* NOT_SEEN before the first report */
    uint32_t slots; /* of a plain leaf: those that held the point */
    uint32_t batch; /* the last batch in which it was outside its hold */
} hold;
#define NOT_SEEN 3u /* no entry has this tag */

struct lee_zone_follower {
    const lee_zone_index *index;
    const lee_zone_volume *volumes;
    hold *holds;
    uint32_t target_count;
    uint32_t batch;
    /* The zones before and now: as many as there are zones. */
    uint32_t *before, *now;
};

lee_error lee_zone_follower_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                   uint32_t target_count, lee_zone_follower **out)
{
    static_assert(sizeof(hold) <= 64, "one cache line");
    assert(set && volumes && out);
    const size_t zone_count = (size_t)lee_zone_set_list(set)->count + 1;
    lee_zone_follower *f = lee_alloc(1, sizeof(*f));
    if (!f) {
        return LEE_ERR_NO_MEMORY;
    }
    f->index = lee__zone_set_index(set);
    f->volumes = volumes;
    f->target_count = target_count;
    f->holds = lee_alloc(target_count, sizeof(hold));
    f->before = lee_alloc(zone_count, sizeof(uint32_t));
    f->now = lee_alloc(zone_count, sizeof(uint32_t));
    if (!f->holds || !f->before || !f->now) {
        lee_zone_follower_free(f);
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t t = 0; t < target_count; t++) {
        f->holds[t].entry = NOT_SEEN;
        f->holds[t].until_us = INT64_MIN;
    }
    *out = f;
    return LEE_OK;
}

void lee_zone_follower_free(lee_zone_follower *follower)
{
    if (follower) {
        lee_free(follower->holds);
        lee_free(follower->before);
        lee_free(follower->now);
        lee_free(follower);
    }
}

/* Without short circuits: most reports are within, and six guesses cost more than six compares. */
static bool within(const hold *h, lee_point p, int32_t alt_ft, int64_t t_us)
{
    return (p.lat_e7 >= h->box.min.lat_e7) & (p.lat_e7 <= h->box.max.lat_e7) &
           (p.lon_e7 >= h->box.min.lon_e7) & (p.lon_e7 <= h->box.max.lon_e7) &
           (alt_ft >= h->lower_ft) & (alt_ft < h->upper_ft) & (t_us < h->until_us);
}

/* Whether the schedule is active; *until_us becomes the next edge if that is sooner. */
static bool active(const lee_schedule *schedule, int64_t t_us, int64_t *until_us)
{
    if (schedule->always) {
        return true;
    }
    uint32_t low = 0;
    uint32_t high = schedule->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (schedule->intervals[middle].to_us <= t_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == schedule->count) {
        return false;
    }
    const lee_interval next = schedule->intervals[low];
    const bool begun = next.from_us <= t_us;
    const int64_t edge = begun ? next.to_us : next.from_us;
    *until_us = edge < *until_us ? edge : *until_us;
    return begun;
}

/* Keeps the zones whose volume holds the altitude and time, and narrows the slab and the time to
 * where that stays so. */
static uint32_t filter(const lee_zone_follower *f, uint32_t *zones, size_t count, int32_t alt_ft,
                       int64_t t_us, hold *h)
{
    uint32_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const lee_zone_volume *v = &f->volumes[zones[i]];
        const bool above_floor = alt_ft >= v->lower_ft;
        const bool below_top = alt_ft < v->upper_ft;
        const int32_t lower = above_floor ? v->lower_ft : INT32_MIN;
        const int32_t upper = above_floor ? INT32_MAX : v->lower_ft;
        h->lower_ft = lower > h->lower_ft ? lower : h->lower_ft;
        h->upper_ft = upper < h->upper_ft ? upper : h->upper_ft;
        if (below_top) {
            h->upper_ft = v->upper_ft < h->upper_ft ? v->upper_ft : h->upper_ft;
        } else {
            h->lower_ft = v->upper_ft > h->lower_ft ? v->upper_ft : h->lower_ft;
        }
        if (above_floor && below_top && active(&v->schedule, t_us, &h->until_us)) {
            zones[kept++] = zones[i];
        }
    }
    return kept;
}

typedef struct {
    lee_zone_crossing *out;
    size_t count;
} crossings;

/* Both ascending: what is only in the first was left, only in the second entered. */
static void compare_lists(const lee_zone_follower *f, uint32_t before_count, uint32_t now_count,
                          uint32_t target, uint32_t report, crossings *found)
{
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < before_count || k < now_count) {
        const uint64_t was = i < before_count ? f->before[i] : UINT64_MAX;
        const uint64_t is = k < now_count ? f->now[k] : UINT64_MAX;
        if (was != is) {
            const bool entered = is < was;
            found->out[found->count++] =
                (lee_zone_crossing){target, (uint32_t)(entered ? is : was), report, entered};
        }
        i += was <= is;
        k += is <= was;
    }
}

/* A report's cell, and the slots of it that hold the point where that is all to be known. */
typedef struct {
    lee_found_cell cell;
    lee_grid_point place;
    uint32_t slots;
} located;

static bool is_plain_leaf(const lee_zone_index *index, uint32_t entry)
{
    return LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF &&
           !((const lee_leaf *)(const void *)lee__leaf_at(index, entry))->wide;
}

/* Whether the zones under the point are certainly those of the hold: the same slots of the same
 * leaf, or nothing but the same list. */
static bool same_zones(const lee_zone_index *index, const hold *h, const located *at)
{
    const uint32_t entry = at->cell.entry;
    if (h->entry == entry) {
        return h->slots == at->slots &&
               (LEE_ENTRY_TAG(entry) == LEE_ENTRY_LIST || is_plain_leaf(index, entry));
    }
    if (h->slots != 0 || at->slots != 0 || h->entry == NOT_SEEN) {
        return false;
    }
    uint32_t lists[2];
    const uint32_t entries[2] = {h->entry, entry};
    for (int i = 0; i < 2; i++) {
        lists[i] = LEE_ENTRY_OFFSET(entries[i]);
        if (LEE_ENTRY_TAG(entries[i]) == LEE_ENTRY_LEAF) {
            if (!is_plain_leaf(index, entries[i])) {
                return false;
            }
            lists[i] = lee__leaf_at(index, entries[i])[0];
        }
    }
    return lists[0] == lists[1];
}

/* Tells what changed between the hold and a place with other zones, another slab or another time;
 * narrows slab and time for the new one. */
static void tell_changes(lee_zone_follower *f, const lee_zone_reports *r, uint32_t report,
                         const located *at, hold *h, crossings *found)
{
    uint32_t before_count = 0;
    if (h->entry != NOT_SEEN) {
        const lee_grid_point was = lee__grid_point(h->point);
        const size_t held = lee__entry_zones(f->index, h->entry, was, f->before, UINT32_MAX);
        before_count = filter(f, f->before, held, h->alt_ft, h->t_us, h);
    }
    const size_t held = lee__entry_zones(f->index, at->cell.entry, at->place, f->now, UINT32_MAX);
    h->lower_ft = INT32_MIN;
    h->upper_ft = INT32_MAX;
    h->until_us = INT64_MAX;
    const uint32_t now_count = filter(f, f->now, held, r->alt_ft[report], r->t_us[report], h);
    compare_lists(f, before_count, now_count, r->target[report], report, found);
}

/* A report outside its target's hold. */
static void judge(lee_zone_follower *f, const lee_zone_reports *r, uint32_t report,
                  const located *at, crossings *found)
{
    hold *h = &f->holds[r->target[report]];
    const lee_point point = {r->lat_e7[report], r->lon_e7[report]};
    const int32_t alt_ft = r->alt_ft[report];
    const int64_t t_us = r->t_us[report];
    const bool in_slab = alt_ft >= h->lower_ft && alt_ft < h->upper_ft && t_us < h->until_us;
    if (!in_slab || !same_zones(f->index, h, at)) {
        tell_changes(f, r, report, at, h, found);
    }
    h->box = lee__free_box(f->index, at->cell, at->place);
    if (point.lon_e7 > h->box.max.lon_e7 || point.lat_e7 > h->box.max.lat_e7) {
        h->box = (lee_box){point, point};
    }
    h->t_us = t_us;
    h->point = point;
    h->alt_ft = alt_ft;
    h->entry = at->cell.entry;
    h->slots = at->slots;
}

/* The reports of a batch that their target's hold does not answer. A target that leaves its hold is
 * judged for the rest of the batch: the hold at hand is no longer that of its last report. */
static uint32_t sift(lee_zone_follower *f, const lee_zone_reports *r, size_t start, uint32_t size,
                     uint32_t *missed)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < size; i++) {
        __builtin_prefetch(&f->holds[r->target[start + i]]);
    }
    for (uint32_t i = 0; i < size; i++) {
        const size_t at = start + i;
        assert(r->target[at] < f->target_count);
        hold *h = &f->holds[r->target[at]];
        const bool out =
            !within(h, (lee_point){r->lat_e7[at], r->lon_e7[at]}, r->alt_ft[at], r->t_us[at]) ||
            h->batch == f->batch;
        if (out) {
            h->batch = f->batch;
        }
        missed[count] = (uint32_t)at;
        count += out;
    }
    return count;
}

static void judge_missed(lee_zone_follower *f, const lee_zone_reports *r, const uint32_t *missed,
                         uint32_t count, crossings *found)
{
    int32_t lat[LEE_BATCH];
    int32_t lon[LEE_BATCH];
    lee_batch b;
    for (uint32_t i = 0; i < count; i++) {
        lat[i] = r->lat_e7[missed[i]];
        lon[i] = r->lon_e7[missed[i]];
    }
    lee__batch_addresses(f->index, lat, lon, count, &b);
    lee__batch_entries(f->index, count, &b);
    for (uint32_t i = 0; i < count; i++) {
        /* Outside the grid the shared empty page answered. */
        const uint32_t bits = b.at[i] == 0 ? 32 : b.bits[i];
        located at = {{b.entry[i], lee__cell_around(b.point[i], bits)}, b.point[i], 0};
        if (is_plain_leaf(f->index, b.entry[i])) {
            const uint32_t *const leaf = lee__leaf_at(f->index, b.entry[i]);
            const lee_lane_bits lanes = f->index->portable ? lee__leaf_lanes(leaf, b.point[i])
                                                           : lee__leaf_lanes_avx2(leaf, b.point[i]);
            at.slots = lee__leaf_slots(
                leaf,
                lanes.near ? lee__settle_lanes(f->index, leaf, b.point[i], lanes) : lanes.counts);
        }
        judge(f, r, missed[i], &at, found);
    }
}

size_t lee_zone_follower_report(lee_zone_follower *f, const lee_zone_reports *r,
                                lee_zone_crossing *out, size_t capacity, size_t *crossing_count)
{
    assert(f && r && out && crossing_count);
    crossings found = {out, 0};
    size_t done = 0;
    const size_t most = (size_t)2 * LEE_BATCH * f->index->held_max;
    while (done < r->count && (found.count + most <= capacity || done == 0)) {
        const size_t left = r->count - done;
        uint32_t missed[LEE_BATCH];
        uint32_t size = left < LEE_BATCH ? (uint32_t)left : LEE_BATCH;
        if (most > capacity) {
            size = 1;
            assert(capacity >= (size_t)2 * f->index->held_max);
        }
        f->batch++;
        const uint32_t count = sift(f, r, done, size, missed);
        if (f->index->rows > 0) {
            judge_missed(f, r, missed, count, &found);
        }
        done += size;
    }
    *crossing_count = found.count;
    return done;
}
