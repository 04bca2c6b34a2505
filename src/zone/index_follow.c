/* Follows moving targets. For each there is a hold: a box, a slab of altitudes and a time in which
 * nothing can change; a report within it is done. Outside it the cell of the point is found anew,
 * and of its zones first those that hold the altitude and the time: they are "open". Only open
 * zones' edges are asked, and only they bound the box; the slab keeps the others shut. The zones
 * that remain are compared with those that the target was in. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "leeward/zone_set.h"
#include "zone/index_batch.h"
#include "zone/set.h"

#define ZONES_KEPT 10u
#define LINE_BYTES 64u
#define HOLDS_AHEAD 48u
/* Reports whose holds are asked at once. About one in six is outside, and those are looked for in
 * the index LEE_BATCH at once, so that their waits for memory overlap. */
#define SIFT_MAX 256u

/* One cache line, the only one that most reports ask for. */
typedef struct {
    _Alignas(LINE_BYTES) lee_box box;
    int32_t lower_ft; /* within: lower_ft <= altitude < upper_ft */
    int32_t upper_ft;
    int64_t until_us; /* within: time < until_us */
    /* Where it was judged last. */
    const lee_tile *tile; /* NULL before the first report */
    const uint32_t *cover;
    uint32_t entry;
    uint32_t open;  /* of a plain leaf: slots whose zones hold the altitudes and the time */
    uint32_t slots; /* of those: which held the point */
    uint32_t batch; /* the last batch in which it was outside its hold */
} hold;

/* Another line: the place that was judged, and the zones it was in, altitude and time considered,
 * ascending. When they are more than fit, they are found again from the place. */
typedef struct {
    lee_point point;
    int64_t t_us;
    int32_t alt_ft;
    uint32_t zone_count;
    uint32_t zones[ZONES_KEPT];
} last_place;

/* A zone's altitudes beside each other: the whole volume is looked at for its schedule only. */
typedef struct {
    int32_t lower_ft;
    int32_t upper_ft;
} band;

struct lee_zone_follower {
    const lee_zone_index *index;
    const lee_zone_volume *volumes;
    band *bands;
    uint32_t *scheduled; /* bit set of zones that are not always active */
    void *memory;        /* of holds and last places, before they were aligned */
    hold *holds;
    last_place *lasts;
    uint32_t target_count;
    uint32_t batch;
    /* The zones before and now: as many as there are zones. */
    uint32_t *before, *now;
};

static bool alloc_targets(lee_zone_follower *f, uint32_t target_count)
{
    static_assert(sizeof(hold) == LINE_BYTES && sizeof(last_place) == LINE_BYTES, "one line each");
    f->memory = lee_alloc(2 * (size_t)target_count + 1, LINE_BYTES);
    if (!f->memory) {
        return false;
    }
    const uintptr_t at = ((uintptr_t)f->memory + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1);
    f->holds = (hold *)at;
    f->lasts = (last_place *)(at + (size_t)target_count * LINE_BYTES);
    f->target_count = target_count;
    for (uint32_t t = 0; t < target_count; t++) {
        f->holds[t].until_us = INT64_MIN;
    }
    return true;
}

static bool copy_bands(lee_zone_follower *f, size_t zone_count)
{
    f->bands = lee_alloc(zone_count + 1, sizeof(*f->bands));
    f->scheduled = lee_alloc(zone_count / 32 + 1, sizeof(uint32_t));
    if (!f->bands || !f->scheduled) {
        return false;
    }
    for (size_t z = 0; z < zone_count; z++) {
        f->bands[z] = (band){f->volumes[z].lower_ft, f->volumes[z].upper_ft};
        f->scheduled[z / 32] |= (uint32_t)!f->volumes[z].schedule.always << (z % 32);
    }
    return true;
}

lee_error lee_zone_follower_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                   uint32_t target_count, lee_zone_follower **out)
{
    assert(set && volumes && out);
    const size_t zone_count = lee_zone_set_list(set)->count;
    lee_zone_follower *f = lee_alloc(1, sizeof(*f));
    if (!f) {
        return LEE_ERR_NO_MEMORY;
    }
    f->index = lee__zone_set_index(set);
    f->volumes = volumes;
    f->before = lee_alloc(zone_count + 1, sizeof(uint32_t));
    f->now = lee_alloc(zone_count + 1, sizeof(uint32_t));
    if (!f->before || !f->now || !copy_bands(f, zone_count) || !alloc_targets(f, target_count)) {
        lee_zone_follower_free(f);
        return LEE_ERR_NO_MEMORY;
    }
    *out = f;
    return LEE_OK;
}

void lee_zone_follower_free(lee_zone_follower *follower)
{
    if (follower) {
        lee_free(follower->memory);
        lee_free(follower->bands);
        lee_free(follower->scheduled);
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

/* --- which zones, with altitude and time ------------------------------------------------------ */

/* Zones that hold the altitude and the time, and the slab and time within which that stays so. */
typedef struct {
    int32_t alt_ft;
    int64_t t_us;
    int32_t lower_ft, upper_ft;
    int64_t until_us;
    uint32_t *zones;
    uint32_t count;
} sieve;

/* Without branches but for schedules: bands are met and missed without a rule. */
static inline __attribute__((always_inline)) void sieve_put(const lee_zone_follower *f, sieve *s,
                                                            uint32_t zone)
{
    const band b = f->bands[zone];
    const bool above_floor = s->alt_ft >= b.lower_ft;
    const bool above_top = s->alt_ft >= b.upper_ft;
    const int32_t floor_below = above_floor ? b.lower_ft : INT32_MIN;
    const int32_t floor_above = above_floor ? INT32_MAX : b.lower_ft;
    const int32_t top_below = above_top ? b.upper_ft : INT32_MIN;
    const int32_t top_above = above_top ? INT32_MAX : b.upper_ft;
    const int32_t lower = floor_below > top_below ? floor_below : top_below;
    const int32_t upper = floor_above < top_above ? floor_above : top_above;
    s->lower_ft = lower > s->lower_ft ? lower : s->lower_ft;
    s->upper_ft = upper < s->upper_ft ? upper : s->upper_ft;
    bool in = above_floor & !above_top;
    if (__builtin_expect(in && (f->scheduled[zone / 32] >> (zone % 32) & 1u), 0)) {
        in = active(&f->volumes[zone].schedule, s->t_us, &s->until_us);
    }
    s->zones[s->count] = zone;
    s->count += in;
}

/* The sieve is copied, so that it stays in registers. */
static inline __attribute__((always_inline)) void sieve_all(const lee_zone_follower *f, sieve *to,
                                                            const uint32_t *zones, size_t count)
{
    sieve s = *to;
    for (size_t i = 0; i < count; i++) {
        sieve_put(f, &s, zones[i]);
    }
    *to = s;
}

static void sort_zones(uint32_t *zones, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t moved = zones[i];
        uint32_t at = i;
        for (; at > 0 && zones[at - 1] > moved; at--) {
            zones[at] = zones[at - 1];
        }
        zones[at] = moved;
    }
}

/* A report's cell; the leaf where it is one that has slots. */
typedef struct {
    lee_found_cell cell;
    lee_grid_point place;
    const uint32_t *leaf; /* or NULL */
    bool wide;
} located;

/* The open ones of a leaf's slots. None is put among the sieve's zones: the edges are not asked. */
static uint32_t sieve_slots(const lee_zone_follower *f, sieve *to, const uint32_t *leaf)
{
    const uint32_t *const zones = lee__leaf_zones(leaf);
    const uint32_t slot_count = ((const lee_leaf *)(const void *)leaf)->slot_count;
    sieve s = *to;
    uint32_t open = 0;
    for (uint32_t k = 0; k < slot_count; k++) {
        sieve_put(f, &s, zones[k]);
        open |= (s.count - to->count) << k;
        s.count = to->count;
    }
    *to = s;
    return open;
}

/* The zones of the place that hold altitude and time. Slots must be those of the open ones that
 * hold the point. */
static void sieve_place(const lee_zone_follower *f, const located *at, uint32_t slots, sieve *s)
{
    if (at->wide) {
        const size_t count = lee__found_zones(f->index, &at->cell, at->place, s->zones, UINT32_MAX);
        sieve_all(f, s, s->zones, count);
        return;
    }
    const uint32_t *const list = lee__list_of(at->cell.tile, at->cell.entry);
    sieve_all(f, s, list + 1, list[0]);
    sieve_all(f, s, at->cell.cover + 1, at->cell.cover[0]);
    for (; slots; slots &= slots - 1) {
        s->zones[s->count++] = lee__leaf_zones(at->leaf)[__builtin_ctz(slots)];
    }
    sort_zones(s->zones, s->count);
}

static sieve sieve_at(int32_t alt_ft, int64_t t_us, uint32_t *zones)
{
    return (sieve){alt_ft, t_us, INT32_MIN, INT32_MAX, INT64_MAX, zones, 0};
}

/* --- judging ---------------------------------------------------------------------------------- */

typedef struct {
    lee_zone_crossing *out;
    size_t count;
} crossings;

/* Both ascending: what is only in the first was left, only in the second entered. */
static void compare_lists(const uint32_t *before, uint32_t before_count, const uint32_t *now,
                          uint32_t now_count, uint32_t target, uint32_t report, crossings *found)
{
    uint32_t i = 0;
    uint32_t k = 0;
    while (i < before_count || k < now_count) {
        const uint64_t was = i < before_count ? before[i] : UINT64_MAX;
        const uint64_t is = k < now_count ? now[k] : UINT64_MAX;
        if (was != is) {
            const bool entered = is < was;
            found->out[found->count++] =
                (lee_zone_crossing){target, (uint32_t)(entered ? is : was), report, entered};
        }
        i += was <= is;
        k += is <= was;
    }
}

/* The zones that the target was in when judged last. */
static const uint32_t *zones_before(const lee_zone_follower *f, const last_place *l,
                                    uint32_t *out_count)
{
    *out_count = l->zone_count;
    if (l->zone_count <= ZONES_KEPT) {
        return l->zones;
    }
    const lee_grid_point place = lee__grid_point(l->point);
    const lee_found_cell cell = lee__index_find(f->index, place);
    const size_t held = lee__found_zones(f->index, &cell, place, f->before, UINT32_MAX);
    sieve s = sieve_at(l->alt_ft, l->t_us, f->before);
    sieve_all(f, &s, f->before, held);
    assert(s.count == l->zone_count);
    return f->before;
}

/* Tells what changed since the target was judged last. */
static void tell_changes(lee_zone_follower *f, uint32_t target, uint32_t report, sieve s,
                         crossings *found)
{
    last_place *l = &f->lasts[target];
    if (s.count == l->zone_count && s.count <= ZONES_KEPT &&
        memcmp(s.zones, l->zones, s.count * sizeof(uint32_t)) == 0) {
        return;
    }
    uint32_t before_count;
    const uint32_t *const before = zones_before(f, l, &before_count);
    compare_lists(before, before_count, s.zones, s.count, target, report, found);
    l->zone_count = s.count;
    if (s.count <= ZONES_KEPT) {
        memcpy(l->zones, s.zones, s.count * sizeof(uint32_t));
    }
}

/* A difference that fits: a leap is only a direction. */
static int32_t step_of(int32_t from, int32_t to)
{
    const int64_t step = (int64_t)to - from;
    return step > INT32_MAX ? INT32_MAX : step < -INT32_MAX ? -INT32_MAX : (int32_t)step;
}

/* The lanes that open slots need. */
static uint32_t lanes_of(const uint32_t *leaf, uint32_t open)
{
    const uint32_t *const masks = lee__leaf_masks(leaf);
    uint32_t lanes = 0;
    for (; open; open &= open - 1) {
        lanes |= masks[__builtin_ctz(open)];
    }
    return lanes;
}

/* A report outside its target's hold. In the same cell, slab and time the same slots are open;
 * where the same of them hold the point too, there is nothing to tell. */
static void judge(lee_zone_follower *f, const lee_zone_reports *r, uint32_t report,
                  const located *at, crossings *found)
{
    hold *h = &f->holds[r->target[report]];
    last_place *l = &f->lasts[r->target[report]];
    const lee_point point = {r->lat_e7[report], r->lon_e7[report]};
    const int32_t alt_ft = r->alt_ft[report];
    const int64_t t_us = r->t_us[report];
    const bool same = h->tile == at->cell.tile && h->cover == at->cell.cover &&
                      h->entry == at->cell.entry && !at->wide && alt_ft >= h->lower_ft &&
                      alt_ft < h->upper_ft && t_us < h->until_us;
    lee_way way = {0, 0};
    if (h->tile) {
        way = (lee_way){step_of(l->point.lon_e7, point.lon_e7),
                        step_of(l->point.lat_e7, point.lat_e7)};
    }
    sieve s = sieve_at(alt_ft, t_us, f->now);
    uint32_t slots = 0;
    uint32_t lanes = 0;
    if (at->leaf) {
        if (!same) {
            h->open = sieve_slots(f, &s, at->leaf);
        }
        if (h->open) {
            lanes = lanes_of(at->leaf, h->open);
            slots = h->open & lee__leaf_holds(f->index, at->cell.tile, at->leaf, at->place);
        }
    }
    if (!same || slots != h->slots) {
        sieve_place(f, at, slots, &s);
        tell_changes(f, r->target[report], report, s, found);
    }
    if (!same) {
        h->lower_ft = s.lower_ft;
        h->upper_ft = s.upper_ft;
        h->until_us = s.until_us;
        h->tile = at->cell.tile;
        h->cover = at->cell.cover;
        h->entry = at->cell.entry;
    }
    h->slots = slots;
    h->box = lee__free_box(f->index, &at->cell, at->place, way, lanes);
    if (point.lon_e7 > h->box.max.lon_e7 || point.lat_e7 > h->box.max.lat_e7) {
        h->box = (lee_box){point, point};
    }
    l->point = point;
    l->t_us = t_us;
    l->alt_ft = alt_ft;
}

/* The columns come from memory in order; asking early costs less than trusting the processor to
 * notice. */
static void prefetch_columns(const lee_zone_reports *r, size_t start, size_t size)
{
    for (size_t i = start; i < start + size && i < r->count; i += LINE_BYTES / sizeof(int32_t)) {
        __builtin_prefetch(r->lat_e7 + i);
        __builtin_prefetch(r->lon_e7 + i);
        __builtin_prefetch(r->alt_ft + i);
        __builtin_prefetch(r->t_us + i);
        __builtin_prefetch(r->t_us + i + LINE_BYTES / sizeof(int64_t));
    }
}

/* The reports from one to another that their target's hold does not answer. A target that leaves
 * its hold is judged for the rest of them: the hold at hand is no longer that of its last report.
 */
static uint32_t sift(lee_zone_follower *f, const lee_zone_reports *r, size_t start, uint32_t size,
                     uint32_t *missed)
{
    uint32_t count = 0;
    const size_t last = r->count - 1;
    for (uint32_t i = 0; i < size; i++) {
        const size_t at = start + i;
        const size_t ahead = at + HOLDS_AHEAD < last ? at + HOLDS_AHEAD : last;
        __builtin_prefetch(&f->holds[r->target[ahead]]);
        assert(r->target[at] < f->target_count);
        hold *h = &f->holds[r->target[at]];
        const bool out =
            !within(h, (lee_point){r->lat_e7[at], r->lon_e7[at]}, r->alt_ft[at], r->t_us[at]) ||
            h->batch == f->batch;
        missed[count] = (uint32_t)at;
        count += out;
        if (out) {
            h->batch = f->batch;
            __builtin_prefetch(&f->lasts[r->target[at]]);
        }
    }
    return count;
}

/* Asks memory for what the zones will be compared with. */
static void prefetch_bands(const lee_zone_follower *f, const uint32_t *zones, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < 8; i++) {
        __builtin_prefetch(&f->bands[zones[i]]);
    }
}

static void judge_missed(lee_zone_follower *f, const lee_zone_reports *r, const uint32_t *missed,
                         uint32_t count, crossings *found)
{
    int32_t lat[LEE_BATCH] = {0};
    int32_t lon[LEE_BATCH] = {0};
    located at[LEE_BATCH];
    lee_batch b;
    for (uint32_t i = 0; i < count; i++) {
        lat[i] = r->lat_e7[missed[i]];
        lon[i] = r->lon_e7[missed[i]];
    }
    lee__batch_cells(f->index, lat, lon, count, &b);
    for (uint32_t i = 0; i < count; i++) {
        const bool leaf = LEE_ENTRY_TAG(b.entry[i]) == LEE_ENTRY_LEAF;
        const uint32_t *const words = lee__leaf_at(b.tile[i], b.entry[i]);
        const lee_leaf *const header = (const lee_leaf *)(const void *)words;
        const bool wide = leaf && header->wide;
        at[i] =
            (located){{b.tile[i], b.cover[i], b.entry[i], lee__cell_around(b.point[i], b.bits[i])},
                      b.point[i],
                      leaf && !wide ? words : NULL,
                      wide};
        if (at[i].leaf) {
            __builtin_prefetch(b.tile[i]->words + header->list);
            prefetch_bands(f, lee__leaf_zones(words), header->slot_count);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *const list = lee__list_of(b.tile[i], b.entry[i]);
        prefetch_bands(f, list + 1, list[0]);
        prefetch_bands(f, b.cover[i] + 1, b.cover[i][0]);
    }
    for (uint32_t i = 0; i < count; i++) {
        judge(f, r, missed[i], &at[i], found);
    }
}

size_t lee_zone_follower_report(lee_zone_follower *f, const lee_zone_reports *r,
                                lee_zone_crossing *out, size_t capacity, size_t *crossing_count)
{
    assert(f && r && out && crossing_count);
    crossings found = {out, 0};
    size_t done = 0;
    /* Of one report: all zones left, all others entered. */
    const size_t most = (size_t)2 * f->index->held_max;
    assert(capacity >= most);
    while (done < r->count) {
        const size_t left = r->count - done;
        const size_t room = most ? (capacity - found.count) / most : SIFT_MAX;
        uint32_t size = left < SIFT_MAX ? (uint32_t)left : SIFT_MAX;
        size = room < size ? (uint32_t)room : size;
        if (size == 0) {
            break;
        }
        uint32_t missed[SIFT_MAX];
        f->batch++;
        prefetch_columns(r, done + size, SIFT_MAX);
        const uint32_t count = sift(f, r, done, size, missed);
        for (uint32_t i = 0; i < count; i += LEE_BATCH) {
            const uint32_t some = count - i < LEE_BATCH ? count - i : LEE_BATCH;
            judge_missed(f, r, missed + i, some, &found);
        }
        done += size;
    }
    *crossing_count = found.count;
    return done;
}
