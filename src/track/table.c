#include "track/table.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time_text.h"

/* Reports of one instant that are remembered to tell a second copy: a transponder sends position,
 * velocity and identity within one microsecond tick of some receivers. */
#define RECENT_COUNT 4

/* Altitude comes in steps of 25 or 100 ft, so a rate made from less than 4 s of it would be noise.
 */
#define RATE_BASE_MIN_US (4 * LEE_US_PER_S)
#define RATE_BASE_MAX_US (30 * LEE_US_PER_S)

typedef struct {
    lee_track track;
    uint64_t recent[RECENT_COUNT]; /* hashes of the contents said at track.last.t_us */
    uint32_t recent_count;
    uint32_t older; /* neighbours in the list of age; only of tracks that are not pinned */
    uint32_t newer;
    uint64_t heard; /* number of the report that was last heard: the order of age */
    bool pinned;
    bool has_base; /* the altitude from which the next rate is made */
    bool has_rate;
    int32_t base_ft;
    int64_t base_us;
    int32_t rate_fpm;
    int64_t rate_us;
} entry;

struct lee_track_table {
    lee_track_options options;
    lee_map *slots; /* target -> slot */
    entry *entries;
    uint32_t count;
    uint32_t oldest;
    uint32_t newest;
    uint64_t heard;
};

int lee_source_rank(lee_source source)
{
    switch (source) {
    case LEE_SOURCE_ADSB:
    case LEE_SOURCE_AIS:
    case LEE_SOURCE_REMOTE_ID:
    case LEE_SOURCE_GNSS:
        return 5;
    case LEE_SOURCE_MODE_S:
    case LEE_SOURCE_ASTERIX:
        return 4;
    case LEE_SOURCE_MLAT:
        return 3;
    case LEE_SOURCE_TISB:
        return 2;
    case LEE_SOURCE_OBSERVER:
        return 1;
    case LEE_SOURCE_COUNT:
        break;
    }
    return 0;
}

lee_error lee_track_table_create(const lee_track_options *options, lee_track_table **out)
{
    assert(options && out);
    assert(options->capacity > 0 && options->capacity <= LEE_TRACKS_MAX);
    assert(options->stale_after_s >= 0 && options->expire_after_s >= options->stale_after_s);
    lee_track_table *const table = lee_alloc(1, sizeof *table);
    if (!table) {
        return LEE_ERR_NO_MEMORY;
    }
    table->options = *options;
    table->oldest = LEE_TRACK_NONE;
    table->newest = LEE_TRACK_NONE;
    table->slots = lee_map_create(options->capacity, sizeof(lee_target));
    table->entries = lee_alloc(options->capacity, sizeof *table->entries);
    if (!table->slots || !table->entries) {
        lee_track_table_free(table);
        return LEE_ERR_NO_MEMORY;
    }
    *out = table;
    return LEE_OK;
}

void lee_track_table_free(lee_track_table *table)
{
    if (table) {
        lee_map_free(table->slots);
        lee_free(table->entries);
        lee_free(table);
    }
}

/* --- the list of age -------------------------------------------------------------------------- */

static void list_remove(lee_track_table *table, uint32_t slot)
{
    const entry *const e = &table->entries[slot];
    if (e->older == LEE_TRACK_NONE) {
        table->oldest = e->newer;
    } else {
        table->entries[e->older].newer = e->newer;
    }
    if (e->newer == LEE_TRACK_NONE) {
        table->newest = e->older;
    } else {
        table->entries[e->newer].older = e->older;
    }
}

/* Walks from the newest end: a track just heard stops at once, one that was pinned while it was
 * silent finds the place of its age. */
static void list_insert(lee_track_table *table, uint32_t slot)
{
    entry *const e = &table->entries[slot];
    uint32_t older = table->newest;
    uint32_t newer = LEE_TRACK_NONE;
    while (older != LEE_TRACK_NONE && table->entries[older].heard > e->heard) {
        newer = older;
        older = table->entries[older].older;
    }
    e->older = older;
    e->newer = newer;
    if (older == LEE_TRACK_NONE) {
        table->oldest = slot;
    } else {
        table->entries[older].newer = slot;
    }
    if (newer == LEE_TRACK_NONE) {
        table->newest = slot;
    } else {
        table->entries[newer].older = slot;
    }
}

void lee_track_table_pin(lee_track_table *table, uint32_t slot, bool pinned)
{
    assert(table && slot < table->count);
    entry *const e = &table->entries[slot];
    if (e->pinned == pinned) {
        return;
    }
    if (pinned) {
        list_remove(table, slot);
    }
    e->pinned = pinned;
    if (!pinned) {
        list_insert(table, slot);
    }
}

/* --- merging ---------------------------------------------------------------------------------- */

/* What the target said, without who heard it: two receivers of one transmission say the same. */
static uint64_t content_hash(const lee_report *report)
{
    lee_report said;
    /* The whole object is hashed, so that its padding has to be defined. */
    memset(&said, 0, sizeof said);
    said.t_us = report->t_us;
    said.source = report->source;
    said.present = report->present & ~(uint32_t)LEE_REPORT_HAS_RECEIVER;
#define LEE_COPY(bit, type, member, key, kind, argument)                                           \
    if (report->present & LEE_REPORT_HAS_##bit) {                                                  \
        said.member = report->member;                                                              \
    }
    LEE_REPORT_FIELDS(LEE_COPY)
#undef LEE_COPY
#define LEE_COPY(bit, member, key, bytes)                                                          \
    if (said.present & LEE_REPORT_HAS_##bit) {                                                     \
        memcpy(said.member, report->member, sizeof said.member);                                   \
    }
    LEE_REPORT_TEXTS(LEE_COPY)
#undef LEE_COPY
    return lee_hash(&said, sizeof said);
}

static bool is_duplicate(entry *e, const lee_report *report, bool is_new)
{
    const uint64_t hash = content_hash(report);
    if (is_new || report->t_us > e->track.last.t_us) {
        e->recent_count = 0;
    } else if (report->t_us == e->track.last.t_us) {
        const uint32_t kept = e->recent_count < RECENT_COUNT ? e->recent_count : RECENT_COUNT;
        for (uint32_t i = 0; i < kept; i++) {
            if (e->recent[i] == hash) {
                return true;
            }
        }
    } else {
        return false;
    }
    e->recent[e->recent_count++ % RECENT_COUNT] = hash;
    return false;
}

static lee_age age_of(const lee_track_options *options, int64_t said_us, int64_t t_us)
{
    /* Unsigned, so that times at the ends of int64 cannot overflow. */
    const uint64_t age_us = t_us > said_us ? (uint64_t)t_us - (uint64_t)said_us : 0;
    if (age_us > (uint64_t)options->expire_after_s * (uint64_t)LEE_US_PER_S) {
        return LEE_AGE_EXPIRED;
    }
    return age_us > (uint64_t)options->stale_after_s * (uint64_t)LEE_US_PER_S ? LEE_AGE_STALE
                                                                              : LEE_AGE_FRESH;
}

lee_age lee_track_field_age(const lee_track_options *options, const lee_track *track,
                            int report_index, int64_t t_us)
{
    assert(options && track);
    assert(report_index >= 0 && report_index < LEE_REPORT_FIELD_COUNT);
    if (!(track->last.present & (uint32_t)1 << report_index)) {
        return LEE_AGE_EXPIRED;
    }
    return age_of(options, track->field_us[report_index], t_us);
}

/* Whether a field of the report becomes that of the track. */
static bool takes(const lee_track_options *options, const lee_track *track, int index,
                  const lee_report *report)
{
    const lee_age age = lee_track_field_age(options, track, index, report->t_us);
    if (age == LEE_AGE_EXPIRED) {
        return true;
    }
    if (report->t_us < track->field_us[index]) {
        return false;
    }
    return age == LEE_AGE_STALE ||
           lee_source_rank(report->source) >= lee_source_rank(track->field_source[index]);
}

static void drop_expired(const lee_track_options *options, lee_track *track)
{
    for (int index = 0; index < LEE_REPORT_FIELD_COUNT; index++) {
        if (lee_track_field_age(options, track, index, track->last.t_us) == LEE_AGE_EXPIRED) {
            track->last.present &= ~((uint32_t)1 << index);
        }
    }
}

/* The rate is made from pressure altitude alone; the other kind jumps with the satellites. */
static void note_altitude(entry *e, int64_t t_us, int32_t alt_ft)
{
    if (e->has_base && t_us > e->base_us && t_us - e->base_us < RATE_BASE_MIN_US) {
        return;
    }
    if (e->has_base && t_us > e->base_us && t_us - e->base_us <= RATE_BASE_MAX_US) {
        const int64_t rise_ft = (int64_t)alt_ft - e->base_ft;
        const int64_t rate = rise_ft * 60 * LEE_US_PER_S / (t_us - e->base_us);
        /* No aircraft that is judged here climbs or falls faster; the altitude was wrong. */
        e->has_rate = rate >= -30000 && rate <= 30000;
        e->rate_fpm = e->has_rate ? (int32_t)rate : 0;
        e->rate_us = t_us;
    }
    e->has_base = true;
    e->base_ft = alt_ft;
    e->base_us = t_us;
}

static void set_said(lee_track *track, int index, const lee_report *report)
{
    track->last.present |= (uint32_t)1 << index;
    track->field_us[index] = report->t_us;
    track->field_source[index] = (uint8_t)report->source;
}

/* Latitude and longitude go together: half a position would be a place where nobody was. */
static bool merge(const lee_track_options *options, lee_track *track, const lee_report *report)
{
    uint32_t taken = 0;
    for (int index = 0; index < LEE_REPORT_FIELD_COUNT; index++) {
        const uint32_t bit = (uint32_t)1 << index;
        if ((report->present & bit) && takes(options, track, index, report)) {
            taken |= bit;
        }
    }
    if ((taken & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        taken &= ~(uint32_t)LEE_REPORT_HAS_POSITION;
    }
#define LEE_TAKE(bit, type, member, key, kind, argument)                                           \
    if (taken & LEE_REPORT_HAS_##bit) {                                                            \
        track->last.member = report->member;                                                       \
        set_said(track, LEE_REPORT_INDEX_##bit, report);                                           \
    }
    LEE_REPORT_FIELDS(LEE_TAKE)
#undef LEE_TAKE
#define LEE_TAKE(bit, member, key, bytes)                                                          \
    if (taken & LEE_REPORT_HAS_##bit) {                                                            \
        memcpy(track->last.member, report->member, sizeof report->member);                         \
        set_said(track, LEE_REPORT_INDEX_##bit, report);                                           \
    }
    LEE_REPORT_TEXTS(LEE_TAKE)
#undef LEE_TAKE
    return taken & LEE_REPORT_HAS_LAT;
}

/* A slot for a new target: a free one, else that of the track heard longest ago. */
static uint32_t take_slot(lee_track_table *table, const lee_report *report, bool *evicted)
{
    uint32_t slot = table->count;
    if (slot < table->options.capacity) {
        table->count++;
    } else {
        slot = table->oldest;
        if (slot == LEE_TRACK_NONE) {
            return slot;
        }
        list_remove(table, slot);
        const bool was_there =
            lee_map_remove(table->slots, &table->entries[slot].track.last.target);
        assert(was_there);
        (void)was_there;
        *evicted = true;
    }
    entry *const e = &table->entries[slot];
    *e = (entry){.older = LEE_TRACK_NONE, .newer = LEE_TRACK_NONE};
    e->track.last.target = report->target;
    e->track.last.t_us = report->t_us;
    e->track.last.source = report->source;
    e->track.first_us = report->t_us;
    const bool fits = lee_map_put(table->slots, &report->target, slot);
    assert(fits);
    (void)fits;
    return slot;
}

lee_track_update lee_track_table_put(lee_track_table *table, const lee_report *report)
{
    assert(table && report);
    assert(report->source < LEE_SOURCE_COUNT);
    lee_track_update update = {.slot = lee_map_get(table->slots, &report->target)};
    if (update.slot == LEE_MAP_NONE) {
        update.slot = take_slot(table, report, &update.evicted);
        update.is_new = true;
        if (update.slot == LEE_TRACK_NONE) {
            return (lee_track_update){.outcome = LEE_TRACK_REFUSED, .slot = LEE_TRACK_NONE};
        }
    } else if (!table->entries[update.slot].pinned) {
        list_remove(table, update.slot);
    }
    entry *const e = &table->entries[update.slot];
    e->heard = ++table->heard;
    if (!e->pinned) {
        list_insert(table, update.slot);
    }
    if (is_duplicate(e, report, update.is_new)) {
        update.outcome = LEE_TRACK_DUPLICATE;
        return update;
    }
    lee_track *const track = &e->track;
    track->report_count++;
    const bool late = report->t_us < track->last.t_us;
    update.outcome = late ? LEE_TRACK_LATE : LEE_TRACK_NEWER;
    if (late) {
        track->first_us = report->t_us < track->first_us ? report->t_us : track->first_us;
    } else {
        track->last.t_us = report->t_us;
        track->last.source = report->source;
        drop_expired(&table->options, track);
    }
    update.has_place = merge(&table->options, track, report);
    if (!late && (report->present & LEE_REPORT_HAS_ALT_BARO) &&
        track->field_us[LEE_REPORT_INDEX_ALT_BARO] == report->t_us) {
        note_altitude(e, report->t_us, track->last.alt_baro_ft);
    }
    return update;
}

/* --- questions -------------------------------------------------------------------------------- */

uint32_t lee_track_table_find(const lee_track_table *table, const lee_target *target)
{
    assert(table && target);
    const uint32_t slot = lee_map_get(table->slots, target);
    return slot == LEE_MAP_NONE ? LEE_TRACK_NONE : slot;
}

uint32_t lee_track_table_count(const lee_track_table *table)
{
    assert(table);
    return table->count;
}

const lee_track *lee_track_table_at(const lee_track_table *table, uint32_t slot)
{
    assert(table && slot < table->count);
    return &table->entries[slot].track;
}

void lee_track_table_relate(lee_track_table *table, uint32_t slot, lee_relation relation)
{
    assert(table && slot < table->count);
    table->entries[slot].track.relation = relation;
}

bool lee_track_table_rate(const lee_track_table *table, uint32_t slot, int64_t t_us,
                          int32_t *rate_fpm)
{
    assert(table && slot < table->count);
    assert(rate_fpm);
    const entry *const e = &table->entries[slot];
    if (lee_track_field_age(&table->options, &e->track, LEE_REPORT_INDEX_VERTICAL_RATE, t_us) ==
        LEE_AGE_FRESH) {
        *rate_fpm = e->track.last.vertical_rate_fpm;
        return true;
    }
    if (e->has_rate && age_of(&table->options, e->rate_us, t_us) == LEE_AGE_FRESH) {
        *rate_fpm = e->rate_fpm;
        return true;
    }
    return false;
}
