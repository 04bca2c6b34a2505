#include "track/table.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
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
    lee_conduct motion;
    uint64_t recent[RECENT_COUNT]; /* hashes of the contents said at track.last.t_us */
    uint32_t recent_count;
    uint64_t name_hash; /* lee_crowd_name */
    int64_t oldest_us;  /* no field that is there was said before this */
    bool has_base;      /* the altitude from which the next rate is made */
    bool has_rate;
    uint8_t rank_most; /* of the sources of all that was said so far */
    int32_t base_ft;
    int64_t base_us;
    int32_t rate_fpm;
    int64_t rate_us;
} entry;

/* The list of age, apart from the entries: a report changes the links of three tracks, and those of
 * its neighbours should not cost a visit to their entries. */
typedef struct {
    uint32_t older; /* neighbours; only of tracks that are not pinned */
    uint32_t newer;
    uint64_t heard; /* number of the report that was last heard: the order of age */
    bool pinned;
    bool established; /* which of the two lists */
} link;

/* A track heard this often over this long is established: a flood of names has no time to be. */
#define ESTABLISHED_REPORTS 8u
#define ESTABLISHED_US (10 * LEE_US_PER_S)
/* Not heard for so long it is no more than what others say of it. */
#define ESTABLISHED_GONE_US (600 * LEE_US_PER_S)

struct lee_track_table {
    lee_track_options options;
    lee_map *slots;  /* target -> slot */
    uint32_t *hints; /* slots by a quick hash of the target: asked first, may be wrong */
    uint32_t hint_mask;
    entry *entries;
    link *links; /* by slot */
    uint32_t count;
    uint32_t oldest[2]; /* of those that are not established, and of those that are */
    uint32_t newest[2];
    uint64_t heard;
    lee_crowd *crowd;
    lee_track_counters counters;
};

/* By lee_source. */
static const uint8_t ranks[] = {
    [LEE_SOURCE_ADSB] = 5, [LEE_SOURCE_AIS] = 5,    [LEE_SOURCE_REMOTE_ID] = 5,
    [LEE_SOURCE_GNSS] = 5, [LEE_SOURCE_MODE_S] = 4, [LEE_SOURCE_ASTERIX] = 4,
    [LEE_SOURCE_MLAT] = 3, [LEE_SOURCE_TISB] = 2,   [LEE_SOURCE_OBSERVER] = 1,
};
static_assert(sizeof ranks == LEE_SOURCE_COUNT, "a rank for each source");

int lee_source_rank(lee_source source)
{
    return source < LEE_SOURCE_COUNT ? ranks[source] : 0;
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
    for (int list = 0; list < 2; list++) {
        table->oldest[list] = LEE_TRACK_NONE;
        table->newest[list] = LEE_TRACK_NONE;
    }
    table->slots = lee_map_create_keyed(options->capacity, sizeof(lee_target), options->hash_key);
    table->crowd = lee_crowd_create(options->capacity);
    table->entries = lee_alloc(options->capacity, sizeof *table->entries);
    table->links = lee_alloc(options->capacity, sizeof *table->links);
    table->hint_mask = 15;
    while (table->hint_mask < options->capacity) {
        table->hint_mask = 2 * table->hint_mask + 1;
    }
    table->hints = lee_alloc((size_t)table->hint_mask + 1, sizeof *table->hints);
    if (!table->slots || !table->entries || !table->links || !table->hints || !table->crowd) {
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
        lee_free(table->hints);
        lee_free(table->entries);
        lee_free(table->links);
        lee_crowd_free(table->crowd);
        lee_free(table);
    }
}

/* --- the list of age -------------------------------------------------------------------------- */

static void list_remove(lee_track_table *table, uint32_t slot)
{
    const link *const gone = &table->links[slot];
    if (gone->older == LEE_TRACK_NONE) {
        table->oldest[gone->established] = gone->newer;
    } else {
        table->links[gone->older].newer = gone->newer;
    }
    if (gone->newer == LEE_TRACK_NONE) {
        table->newest[gone->established] = gone->older;
    } else {
        table->links[gone->newer].older = gone->older;
    }
}

/* Walks from the newest end: a track just heard stops at once, one that was pinned while it was
 * silent finds the place of its age. */
static void list_insert(lee_track_table *table, uint32_t slot)
{
    link *const added = &table->links[slot];
    uint32_t older = table->newest[added->established];
    uint32_t newer = LEE_TRACK_NONE;
    while (older != LEE_TRACK_NONE && table->links[older].heard > added->heard) {
        newer = older;
        older = table->links[older].older;
    }
    added->older = older;
    added->newer = newer;
    if (older == LEE_TRACK_NONE) {
        table->oldest[added->established] = slot;
    } else {
        table->links[older].newer = slot;
    }
    if (newer == LEE_TRACK_NONE) {
        table->newest[added->established] = slot;
    } else {
        table->links[newer].older = slot;
    }
}

void lee_track_table_pin(lee_track_table *table, uint32_t slot, bool pinned)
{
    assert(table && slot < table->count);
    link *const of = &table->links[slot];
    if (of->pinned == pinned) {
        return;
    }
    if (pinned) {
        list_remove(table, slot);
    }
    of->pinned = pinned;
    if (!pinned) {
        list_insert(table, slot);
    }
}

/* --- finding ---------------------------------------------------------------------------------- */

/* The map's hash withstands targets chosen to collide, and costs as much as the rest of a report.
 * So a table of hints is asked first: one look and a comparison where the target was heard before.
 * Targets that collide there only fall back to the map. */
static uint32_t *hint_of(const lee_track_table *table, const lee_target *target)
{
    static_assert(LEE_TARGET_BYTES == 48, "six words");
    uint64_t words[6];
    memcpy(words, target->text, sizeof words);
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = (words[0] ^ words[3] * 3 ^ table->options.hash_key[0]) * odd;
    mixed = (mixed ^ mixed >> 29 ^ words[1] ^ words[4] * 5) * odd;
    mixed = (mixed ^ mixed >> 29 ^ words[2] ^ words[5] * 7) * odd;
    return &table->hints[mixed >> 32 & table->hint_mask];
}

uint32_t lee_track_table_expect(const lee_track_table *table, const lee_report *report)
{
    lee_crowd_expect(table->crowd, report);
    const uint32_t slot = *hint_of(table, &report->target);
    if (slot >= table->count) {
        return LEE_TRACK_NONE;
    }
    const char *const at = (const char *)&table->entries[slot];
    for (size_t line = 0; line < sizeof *table->entries; line += 64) {
        __builtin_prefetch(at + line);
    }
    __builtin_prefetch(&table->links[slot]);
    return slot;
}

static bool is_same(const lee_target *a, const lee_target *b)
{
    uint64_t x[6];
    uint64_t y[6];
    memcpy(x, a->text, sizeof x);
    memcpy(y, b->text, sizeof y);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]) |
            (x[5] ^ y[5])) == 0;
}

static uint32_t find_slot(const lee_track_table *table, const lee_target *target)
{
    uint32_t *const hint = hint_of(table, target);
    if (*hint < table->count && is_same(&table->entries[*hint].track.last.target, target)) {
        return *hint;
    }
    const uint32_t slot = lee_map_get(table->slots, target);
    if (slot != LEE_MAP_NONE) {
        *hint = slot;
    }
    return slot;
}

/* --- merging ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ hash >> 32;
}

static uint64_t mix_text(uint64_t hash, const char *text, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 8) {
        uint64_t word = 0;
        memcpy(&word, text + at, bytes - at < 8 ? bytes - at : 8);
        hash = mix(hash, word);
    }
    return hash;
}

/* The numbers of a report stand in a row in the order of their bits, so that those that are there
 * are walked without asking for each of the others. */
#define LEE_IN_A_ROW(bit, type, member, key, kind, argument)                                       \
    static_assert(offsetof(lee_report, member) ==                                                  \
                          offsetof(lee_report, lat_e7) +                                           \
                              sizeof(int32_t) * (size_t)LEE_REPORT_INDEX_##bit &&                  \
                      sizeof(type) == sizeof(int32_t),                                             \
                  "numbers in a row");
LEE_REPORT_FIELDS(LEE_IN_A_ROW)
#undef LEE_IN_A_ROW
#define TEXT_COUNT (LEE_REPORT_INDEX_NIC_BARO - LEE_REPORT_INDEX_CALLSIGN)
#define LEE_IN_A_ROW(bit, type, member, key, kind, argument)                                       \
    static_assert(offsetof(lee_report, member) ==                                                  \
                          offsetof(lee_report, lat_e7) +                                           \
                              sizeof(int32_t) * (size_t)(LEE_REPORT_INDEX_##bit - TEXT_COUNT) &&   \
                      sizeof(type) == sizeof(int32_t),                                             \
                  "later numbers in a row with them");
LEE_REPORT_MORE(LEE_IN_A_ROW)
#undef LEE_IN_A_ROW
#define TEXTS ((uint64_t)((1 << TEXT_COUNT) - 1) << LEE_REPORT_INDEX_CALLSIGN)
static_assert(LEE_REPORT_FIELD_COUNT <= 56 && LEE_SOURCE_COUNT < 256,
              "a source and the presence of fields fit in a word");

static size_t place_of(int index)
{
    const int row = index < LEE_REPORT_INDEX_CALLSIGN ? index : index - TEXT_COUNT;
    return offsetof(lee_report, lat_e7) + sizeof(int32_t) * (size_t)row;
}

/* What the target said, without who heard it: two receivers of one transmission say the same. */
static uint64_t content_hash(const lee_report *report)
{
    const uint64_t said = report->present & ~(uint64_t)LEE_REPORT_HAS_RECEIVER;
    uint64_t hash = mix((uint64_t)report->t_us, (uint64_t)report->source << 56 | said);
    for (uint64_t left = said & ~TEXTS; left != 0; left &= left - 1) {
        uint32_t word;
        memcpy(&word, (const char *)report + place_of(__builtin_ctzll(left)), sizeof word);
        hash = mix(hash, word);
    }
#define LEE_MIX(bit, member, key, bytes)                                                           \
    if (said & LEE_REPORT_HAS_##bit) {                                                             \
        hash = mix_text(hash, report->member, bytes);                                              \
    }
    if (said & TEXTS) {
        LEE_REPORT_TEXTS(LEE_MIX)
    }
#undef LEE_MIX
    return hash;
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

/* Whether a field of the report, which the track has, becomes that of the track. */
static bool takes(const lee_track_options *options, const lee_track *track, int index, int64_t t_us,
                  uint8_t rank)
{
    const int64_t said_us = track->field_us[index];
    if (t_us >= said_us && rank >= ranks[track->field_source[index]]) {
        return true;
    }
    const lee_age age = lee_track_age(options, said_us, t_us);
    return age == LEE_AGE_EXPIRED || (t_us >= said_us && age == LEE_AGE_STALE);
}

/* All fields are looked at only when the oldest of them may have expired. */
static void drop_expired(const lee_track_options *options, entry *e)
{
    lee_track *const track = &e->track;
    const int64_t now_us = track->last.t_us;
    if (lee_track_age(options, e->oldest_us, now_us) != LEE_AGE_EXPIRED) {
        return;
    }
    e->oldest_us = now_us;
    for (uint64_t left = track->last.present; left != 0; left &= left - 1) {
        const int index = __builtin_ctzll(left);
        const int64_t said_us = track->field_us[index];
        if (lee_track_age(options, said_us, now_us) == LEE_AGE_EXPIRED) {
            track->last.present &= ~(UINT64_C(1) << index);
        } else {
            e->oldest_us = said_us < e->oldest_us ? said_us : e->oldest_us;
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

/* Latitude and longitude go together: half a position would be a place where nobody was. */
static bool merge(const lee_track_options *options, entry *e, const lee_report *report)
{
    lee_track *const track = &e->track;
    const int64_t t_us = report->t_us;
    const uint8_t source = (uint8_t)report->source;
    const uint8_t rank = ranks[source];
    uint64_t taken = report->present;
    /* What is newest, and of a source that none before was trusted more than, is taken as it is. */
    const bool is_asked = t_us < track->last.t_us || rank < e->rank_most;
    for (uint64_t left = is_asked ? report->present & track->last.present : 0; left != 0;
         left &= left - 1) {
        const int index = __builtin_ctzll(left);
        taken &= ~((uint64_t)!takes(options, track, index, t_us, rank) << index);
    }
    e->rank_most = rank > e->rank_most ? rank : e->rank_most;
    if ((taken & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        taken &= ~(uint64_t)LEE_REPORT_HAS_POSITION;
    }
    track->last.present |= taken;
    e->oldest_us = t_us < e->oldest_us ? t_us : e->oldest_us;
    for (uint64_t left = taken; left != 0; left &= left - 1) {
        const int index = __builtin_ctzll(left);
        track->field_us[index] = t_us;
        track->field_source[index] = source;
    }
    for (uint64_t left = taken & ~TEXTS; left != 0; left &= left - 1) {
        const size_t at = place_of(__builtin_ctzll(left));
        memcpy((char *)&track->last + at, (const char *)report + at, sizeof(int32_t));
    }
#define LEE_TAKE(bit, member, key, bytes)                                                          \
    if (taken & LEE_REPORT_HAS_##bit) {                                                            \
        memcpy(track->last.member, report->member, sizeof report->member);                         \
    }
    if (taken & TEXTS) {
        LEE_REPORT_TEXTS(LEE_TAKE)
    }
#undef LEE_TAKE
    return taken & LEE_REPORT_HAS_LAT;
}

/* The track that makes room: one not heard for long; else the one heard longest ago of those that
 * are not established; else of those that are. */
static uint32_t take_oldest(lee_track_table *table, int64_t now_us)
{
    const uint32_t oldest = table->oldest[true];
    const bool is_gone = oldest != LEE_TRACK_NONE &&
                         now_us > table->entries[oldest].track.last.t_us &&
                         (uint64_t)now_us - (uint64_t)table->entries[oldest].track.last.t_us >
                             (uint64_t)ESTABLISHED_GONE_US;
    const bool established = is_gone || table->oldest[false] == LEE_TRACK_NONE;
    const uint32_t slot = table->oldest[established];
    if (slot == LEE_TRACK_NONE) {
        return slot;
    }
    table->counters.evicted++;
    table->counters.evicted_established += established && !is_gone;
    list_remove(table, slot);
    entry *const e = &table->entries[slot];
    table->counters.established -= table->links[slot].established;
    table->counters.suspect -= e->track.confidence == LEE_CONFIDENCE_SUSPECT;
    const bool was_there = lee_map_remove(table->slots, &e->track.last.target);
    assert(was_there);
    (void)was_there;
    return slot;
}

/* A slot for a new target: a free one, else that of the track that makes room. */
static uint32_t take_slot(lee_track_table *table, const lee_report *report, bool is_branch,
                          bool *evicted)
{
    uint32_t slot = table->count;
    if (slot < table->options.capacity) {
        table->count++;
    } else {
        slot = take_oldest(table, report->t_us);
        if (slot == LEE_TRACK_NONE) {
            return slot;
        }
        *evicted = true;
    }
    entry *const e = &table->entries[slot];
    *e = (entry){.oldest_us = report->t_us, .name_hash = lee_crowd_name(&report->target)};
    table->links[slot] = (link){.older = LEE_TRACK_NONE, .newer = LEE_TRACK_NONE};
    e->track.last.target = report->target;
    e->track.last.t_us = report->t_us;
    e->track.last.source = report->source;
    e->track.first_us = report->t_us;
    lee__conduct_start(&e->motion, is_branch);
    const bool fits = lee_map_put(table->slots, &report->target, slot);
    assert(fits);
    (void)fits;
    return slot;
}

/* Where two accounts go on under one name, the report may belong to the second. */
static const lee_report *settle_name(lee_track_table *table, const lee_report *report,
                                     uint32_t *slot, lee_report *renamed, bool *is_branch)
{
    if (*slot == LEE_MAP_NONE || !table->entries[*slot].motion.is_split) {
        return report;
    }
    const entry *const first = &table->entries[*slot];
    const char *const end = memchr(report->target.text, '\0', LEE_TARGET_BYTES - 2);
    if (!end) {
        return report; /* the name has no room for more */
    }
    *renamed = *report;
    memcpy(renamed->target.text + (end - report->target.text), "@2", 2);
    const uint32_t second = find_slot(table, &renamed->target);
    const lee_conduct *const motion =
        second == LEE_MAP_NONE ? NULL : &table->entries[second].motion;
    if (!lee__conduct_is_second(&first->motion, motion, report, first->track.last.category)) {
        return report;
    }
    *slot = second;
    *is_branch = true;
    return renamed;
}

static void establish(lee_track_table *table, uint32_t slot, bool is_swarm)
{
    const lee_track *const track = &table->entries[slot].track;
    link *const of = &table->links[slot];
    const bool enough = track->report_count >= ESTABLISHED_REPORTS && !is_swarm &&
                        !(track->doubts & LEE_DOUBT_SWARM) &&
                        track->last.t_us - track->first_us >= ESTABLISHED_US;
    if (enough && !of->established) {
        if (!of->pinned) {
            list_remove(table, slot);
        }
        of->established = true;
        table->counters.established++;
        if (!of->pinned) {
            list_insert(table, slot);
        }
    }
}

static void settle_confidence(lee_track_table *table, entry *e)
{
    table->counters.suspect -= e->track.confidence == LEE_CONFIDENCE_SUSPECT;
    lee__conduct_settle(&e->motion, &e->track, e->track.last.t_us);
    table->counters.suspect += e->track.confidence == LEE_CONFIDENCE_SUSPECT;
}

#define ASTRAY (LEE_DOUBT_JUMP | LEE_DOUBT_REACQUIRED | LEE_DOUBT_VELOCITY | LEE_DOUBT_SLOW)

/* Whether the newest report of the track can be true. */
static void judge(lee_track_table *table, uint32_t slot, const lee_report *report,
                  const lee_hearing *hearing, bool is_swarm)
{
    entry *const e = &table->entries[slot];
    lee_track *const track = &e->track;
    const bool was_split = e->motion.is_split;
    if (is_swarm) {
        lee__doubt(track, LEE_DOUBT_SWARM, report->t_us);
    }
    if (report->source != LEE_SOURCE_OBSERVER) {
        const lee_account before = e->motion.now;
        const int64_t doubted_us = track->doubted_us;
        track->doubted_us = LEE_CONDUCT_NEVER_US;
        lee_said said = lee__said_make(report, track->last.category, &before);
        lee__conduct_note(&e->motion, &before, track, &said);
        const bool is_astray = track->doubted_us == report->t_us && (track->doubts & ASTRAY);
        lee_crowd_range(table->crowd, &e->motion, report, hearing, track);
        lee_crowd_echo(table->crowd, &e->motion, &before, &said, track);
        lee_crowd_area(table->crowd, report, e->name_hash, is_astray, track);
        track->doubted_us = track->doubted_us > doubted_us ? track->doubted_us : doubted_us;
    }
    settle_confidence(table, e);
    table->counters.splits += e->motion.is_split && !was_split;
}

/* The slot that the report goes to, taken and made the newest of its list. */
static uint32_t slot_for(lee_track_table *table, const lee_report *report, bool is_branch,
                         lee_track_update *update)
{
    uint32_t slot = update->slot;
    if (slot == LEE_MAP_NONE) {
        slot = take_slot(table, report, is_branch, &update->evicted);
        update->is_new = true;
        if (slot == LEE_TRACK_NONE) {
            return slot;
        }
    } else if (!table->links[slot].pinned) {
        list_remove(table, slot);
    }
    table->links[slot].heard = ++table->heard;
    if (!table->links[slot].pinned) {
        list_insert(table, slot);
    }
    return slot;
}

/* Merges what is no duplicate. */
static void take_in(lee_track_table *table, const lee_report *report, const lee_hearing *hearing,
                    bool is_swarm, lee_track_update *update)
{
    entry *const e = &table->entries[update->slot];
    lee_track *const track = &e->track;
    track->report_count++;
    const bool late = report->t_us < track->last.t_us;
    update->outcome = late ? LEE_TRACK_LATE : LEE_TRACK_NEWER;
    if (late) {
        track->first_us = report->t_us < track->first_us ? report->t_us : track->first_us;
    } else {
        track->last.t_us = report->t_us;
        track->last.source = report->source;
        drop_expired(&table->options, e);
    }
    update->has_place = merge(&table->options, e, report);
    if (late) {
        return;
    }
    if ((report->present & LEE_REPORT_HAS_ALT_BARO) &&
        track->field_us[LEE_REPORT_INDEX_ALT_BARO] == report->t_us) {
        note_altitude(e, report->t_us, track->last.alt_baro_ft);
    }
    judge(table, update->slot, report, hearing, is_swarm);
    establish(table, update->slot, is_swarm);
}

lee_track_update lee_track_table_put(lee_track_table *table, const lee_report *report,
                                     const lee_hearing *hearing)
{
    static const lee_hearing unknown = {.feed = LEE_FEED_NONE};
    assert(table && report);
    assert(report->source < LEE_SOURCE_COUNT);
    hearing = hearing ? hearing : &unknown;
    lee_track_update update = {.slot = find_slot(table, &report->target)};
    lee_report renamed;
    bool is_branch = false;
    report = settle_name(table, report, &update.slot, &renamed, &is_branch);
    const bool is_swarm =
        lee_crowd_hear(table->crowd, report, hearing, update.slot == LEE_MAP_NONE && !is_branch);
    update.slot = slot_for(table, report, is_branch, &update);
    if (update.slot == LEE_TRACK_NONE) {
        return (lee_track_update){.outcome = LEE_TRACK_REFUSED, .slot = LEE_TRACK_NONE};
    }
    entry *const e = &table->entries[update.slot];
    if (hearing->feed < LEE_FEEDS_MAX) {
        e->track.feeds |= UINT64_C(1) << hearing->feed;
    }
    e->track.region_m = hearing->region_m;
    e->track.observers = hearing->observers;
    lee__conduct_hear(&e->motion, report, hearing);
    lee_crowd_arrival(table->crowd, &e->motion, report, e->name_hash, hearing, &e->track);
    if (is_branch && update.is_new) {
        lee__doubt(&e->track, LEE_DOUBT_TWO_PLACES, report->t_us);
    }
    if (is_duplicate(e, report, update.is_new)) {
        update.outcome = LEE_TRACK_DUPLICATE;
        settle_confidence(table, e);
    } else {
        take_in(table, report, hearing, is_swarm, &update);
    }
    lee_crowd_count(table->crowd, hearing, update.outcome == LEE_TRACK_DUPLICATE,
                    update.outcome == LEE_TRACK_LATE);
    return update;
}

/* --- questions -------------------------------------------------------------------------------- */

uint32_t lee_track_table_find(const lee_track_table *table, const lee_target *target)
{
    assert(table && target);
    const uint32_t slot = find_slot(table, target);
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

bool lee_track_table_is_established(const lee_track_table *table, uint32_t slot)
{
    assert(table && slot < table->count);
    return table->links[slot].established;
}

void lee_track_table_set_site(lee_track_table *table, uint16_t feed, const lee_receiver_site *site)
{
    assert(table);
    lee_crowd_set_site(table->crowd, feed, site);
}

const lee_crowd *lee_track_table_crowd(const lee_track_table *table)
{
    assert(table);
    return table->crowd;
}

void lee_track_table_counters(const lee_track_table *table, lee_track_counters *out)
{
    assert(table && out);
    *out = table->counters;
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
    if (e->has_rate && lee_track_age(&table->options, e->rate_us, t_us) == LEE_AGE_FRESH) {
        *rate_fpm = e->rate_fpm;
        return true;
    }
    return false;
}

/* --- saving and loading ----------------------------------------------------------------------- */

void lee_track_table_state(lee_state *state, lee_track_table *table)
{
    assert(state && table);
    lee_state_section(state, "tracks");
    lee_state_same(state, &table->options, sizeof table->options);
    lee_state_count(state, &table->count, table->options.capacity);
    lee_state_plain(state, table->entries, table->count * sizeof *table->entries);
    lee_state_plain(state, table->links, table->count * sizeof *table->links);
    lee_state_plain(state, &table->oldest, sizeof table->oldest);
    lee_state_plain(state, &table->newest, sizeof table->newest);
    lee_state_plain(state, &table->heard, sizeof table->heard);
    lee_state_plain(state, &table->counters, sizeof table->counters);
    lee_crowd_state(state, table->crowd);
    for (uint32_t slot = 0; lee_state_is_loading(state) && slot < table->count; slot++) {
        /* The hints fill again by themselves. */
        const bool fits = lee_map_put(table->slots, &table->entries[slot].track.last.target, slot);
        lee_state_require(state, fits);
    }
}
