/* Several watches as one. Each keeps what it tells until the end of a batch; then the lists are
 * merged, each already being in the order in which a single watch would have told it. */
#include "leeward/watch_shards.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "watch/state.h"

/* An event with what says its place among those of other shards. */
typedef struct {
    lee_turn turn;
    uint64_t born; /* number of the report that its target was first heard by */
    bool has_track;
    lee_watch_told told;
    lee_track track;
} told_entry;

typedef struct {
    lee_watch *watch;
    lee_watch_shards *all;
    lee_buffer told; /* of told_entry */
    size_t next;     /* to be told, in bytes */
    size_t report;   /* being judged, of the batch */
    uint32_t *own;   /* numbers of its reports in the batch, ascending */
    size_t own_count;
    uint64_t *born;   /* by slot */
    uint32_t tracks;  /* slots that have a number in `born` */
    uint8_t pad[128]; /* each shard on cache lines of its own */
} shard;

struct lee_watch_shards {
    lee_watch_told_sink *sink;
    void *sink_context;
    lee_watch_options options;
    const lee_report *reports;   /* the batch; NULL: none */
    const lee_hearing *hearings; /* of the batch, or NULL */
    size_t report_count;
    uint64_t reports_before; /* of earlier batches */
    int64_t *passed_us;      /* by report: the latest time of those up to it */
    size_t capacity;         /* of that, and of each shard's own */
    bool is_inexact;
    uint32_t count;
    shard shards[];
};

static void keep(void *context, const lee_event *event)
{
    shard *const s = context;
    const uint32_t slot = lee_track_table_find(s->watch->tracks, &event->target);
    const lee_track *const track = lee_watch_find_track(s->watch, &event->target);
    told_entry entry = {.turn = s->watch->turn,
                        .born = slot < s->tracks ? s->born[slot] : UINT64_MAX,
                        .has_track = track != NULL,
                        .told = {.report = s->report, .event = *event}};
    if (track) {
        entry.track = *track;
    }
    lee_buffer_bytes(&s->told, &entry, sizeof entry);
    /* An event that cannot be kept for want of memory must not pass for silence. */
    assert(s->told.error == LEE_OK);
}

lee_error lee_watch_shards_create(const lee_watch_options *options, uint32_t count,
                                  lee_watch_told_sink *sink, void *context, lee_watch_shards **out)
{
    assert(options && sink && out);
    assert(count > 0 && count <= LEE_WATCH_SHARDS_MAX);
    if (options->qnh_from_aircraft && count > 1) {
        return LEE_ERR_UNSUPPORTED;
    }
    lee_watch_shards *const all = lee_alloc(1, sizeof *all + count * sizeof(shard));
    if (!all) {
        return LEE_ERR_NO_MEMORY;
    }
    all->sink = sink;
    all->sink_context = context;
    all->options = *options;
    all->count = count;
    lee_error error = LEE_OK;
    for (uint32_t k = 0; k < count; k++) {
        lee_buffer_init(&all->shards[k].told, SIZE_MAX / 2);
    }
    for (uint32_t k = 0; k < count && error == LEE_OK; k++) {
        shard *const s = &all->shards[k];
        s->all = all;
        error = lee_watch_create(options, keep, s, &s->watch);
        if (error == LEE_OK) {
            s->born = lee_alloc(options->tracks_max, sizeof *s->born);
            error = s->born ? LEE_OK : LEE_ERR_NO_MEMORY;
        }
    }
    if (error != LEE_OK) {
        lee_watch_shards_free(all);
        return error;
    }
    *out = all;
    return LEE_OK;
}

void lee_watch_shards_free(lee_watch_shards *shards)
{
    if (!shards) {
        return;
    }
    for (uint32_t k = 0; k < shards->count; k++) {
        lee_watch_free(shards->shards[k].watch);
        lee_buffer_free(&shards->shards[k].told);
        lee_free(shards->shards[k].born);
        lee_free(shards->shards[k].own);
    }
    lee_free(shards->passed_us);
    lee_free(shards);
}

/* --- telling ------------------------------------------------------------------------------------
 */

static const told_entry *head(const shard *s)
{
    return s->next < s->told.length ? (const told_entry *)(const void *)(s->told.bytes + s->next)
                                    : NULL;
}

/* Whether a single watch would have decided x before y, which are of different targets: the order
 * of `advance` in watch.c, then of slots, which is that of first sight. */
static bool is_before(const told_entry *x, const told_entry *y)
{
    if (x->told.report != y->told.report) {
        return x->told.report < y->told.report;
    }
    if (x->turn.edges != y->turn.edges) {
        return x->turn.edges < y->turn.edges;
    }
    if (x->turn.stage != y->turn.stage) {
        return x->turn.stage < y->turn.stage;
    }
    if (x->turn.stage == LEE_STAGE_SILENCE && x->turn.t_us != y->turn.t_us) {
        return x->turn.t_us < y->turn.t_us;
    }
    return x->born < y->born;
}

static void note_room(lee_watch_shards *all)
{
    uint64_t tracks = 0;
    uint64_t pairs = 0;
    for (uint32_t k = 0; k < all->count; k++) {
        const lee_watch *const watch = all->shards[k].watch;
        tracks += lee_track_table_count(watch->tracks);
        pairs += watch->pair_count;
        all->is_inexact |= watch->counters.tracks_evicted > 0;
    }
    /* Half the room for pairs is what may be open at once; within a batch there were hardly twice
     * as many as after it. */
    all->is_inexact |= tracks > all->options.tracks_max || pairs > all->options.incidents_max / 2;
}

static void tell_all(lee_watch_shards *all)
{
    for (;;) {
        shard *first = NULL;
        for (uint32_t k = 0; k < all->count; k++) {
            shard *const s = &all->shards[k];
            if (head(s) && (!first || is_before(head(s), head(first)))) {
                first = s;
            }
        }
        if (!first) {
            break;
        }
        lee_watch_told told = head(first)->told;
        told.track = head(first)->has_track ? &head(first)->track : NULL;
        first->next += sizeof(told_entry);
        all->sink(all->sink_context, &told);
    }
    for (uint32_t k = 0; k < all->count; k++) {
        lee_buffer_reset(&all->shards[k].told);
        all->shards[k].next = 0;
        all->shards[k].report = 0;
    }
    note_room(all);
}

/* --- between batches ----------------------------------------------------------------------------
 */

/* Whether what one target does to a zone depends on where another is, which another shard knows. */
static bool zones_need_one_watch(const lee_zone_list *list)
{
    bool found = lee_zone_list_moves(list);
    for (uint32_t z = 0; z < list->count; z++) {
        found |= list->zones[z].watch.meet_s > 0;
    }
    return found;
}

static bool permits_need_one_watch(const lee_permit_list *permits)
{
    bool found = false;
    for (uint32_t i = 0; i < permits->count; i++) {
        const lee_permit *const p = &permits->permits[i];
        found |= p->duty != LEE_DUTY_NONE || p->asks.stay || p->asks.meet_s > 0;
    }
    return found;
}

lee_error lee_watch_shards_set_zones(lee_watch_shards *shards, const lee_zone_set *set,
                                     uint64_t generation, int64_t t_us)
{
    assert(shards && !shards->reports);
    if (shards->count > 1 && set && zones_need_one_watch(lee_zone_set_list(set))) {
        return LEE_ERR_UNSUPPORTED;
    }
    lee_error error = LEE_OK;
    for (uint32_t k = 0; k < shards->count && error == LEE_OK; k++) {
        error = lee_watch_set_zones(shards->shards[k].watch, set, generation, t_us);
    }
    tell_all(shards);
    return error;
}

lee_error lee_watch_shards_set_permits(lee_watch_shards *shards, const lee_permit_list *permits,
                                       int64_t t_us)
{
    assert(shards && !shards->reports);
    if (shards->count > 1 && permits && permits_need_one_watch(permits)) {
        return LEE_ERR_UNSUPPORTED;
    }
    lee_error error = LEE_OK;
    for (uint32_t k = 0; k < shards->count && error == LEE_OK; k++) {
        error = lee_watch_set_permits(shards->shards[k].watch, permits, t_us);
    }
    tell_all(shards);
    return error;
}

void lee_watch_shards_set_qnh(lee_watch_shards *shards, const lee_qnh_table *statements)
{
    assert(shards && !shards->reports);
    for (uint32_t k = 0; k < shards->count; k++) {
        lee_watch_set_qnh(shards->shards[k].watch, statements);
    }
}

void lee_watch_shards_tick(lee_watch_shards *shards, int64_t t_us)
{
    assert(shards && !shards->reports);
    for (uint32_t k = 0; k < shards->count; k++) {
        lee_watch_tick(shards->shards[k].watch, t_us);
    }
    tell_all(shards);
}

void lee_watch_shards_set_receiver(lee_watch_shards *shards, uint16_t feed,
                                   const lee_receiver_site *site)
{
    assert(shards && !shards->reports);
    for (uint32_t k = 0; k < shards->count; k++) {
        lee_watch_set_receiver(shards->shards[k].watch, feed, site);
    }
}

/* --- batches ------------------------------------------------------------------------------------
 */

static lee_error make_room(lee_watch_shards *all, size_t count)
{
    if (count > UINT32_MAX) {
        return LEE_ERR_NO_MEMORY;
    }
    if (count <= all->capacity) {
        return LEE_OK;
    }
    int64_t *const passed_us = lee_realloc(all->passed_us, count, sizeof *passed_us);
    if (!passed_us) {
        return LEE_ERR_NO_MEMORY;
    }
    all->passed_us = passed_us;
    for (uint32_t k = 0; k < all->count; k++) {
        uint32_t *const own = lee_realloc(all->shards[k].own, count, sizeof *own);
        if (!own) {
            return LEE_ERR_NO_MEMORY;
        }
        all->shards[k].own = own;
    }
    all->capacity = count;
    return LEE_OK;
}

/* Any function of the name will do, as what is told does not depend on it: this is done for every
 * report before the shards begin, so it is a quick one. */
static uint32_t owner_of(const lee_target *target, uint32_t shards)
{
    static_assert(LEE_TARGET_BYTES == 48, "six words");
    uint64_t words[6];
    memcpy(words, target->text, sizeof words);
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = (words[0] ^ words[3] * 3 ^ words[4] * 5) * odd;
    mixed = (mixed ^ mixed >> 29 ^ words[1] ^ words[2] * 7 ^ words[5] * 11) * odd;
    mixed = (mixed ^ mixed >> 32) * odd;
    return (uint32_t)((mixed >> 32) * shards >> 32);
}

lee_error lee_watch_shards_begin(lee_watch_shards *shards, const lee_report *reports,
                                 const lee_hearing *hearings, size_t count)
{
    assert(shards && reports && !shards->reports);
    const lee_error error = make_room(shards, count);
    if (error != LEE_OK) {
        return error;
    }
    for (uint32_t k = 0; k < shards->count; k++) {
        shards->shards[k].own_count = 0;
    }
    int64_t passed_us = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        shard *const owner = &shards->shards[owner_of(&reports[i].target, shards->count)];
        owner->own[owner->own_count++] = (uint32_t)i;
        passed_us = reports[i].t_us > passed_us ? reports[i].t_us : passed_us;
        shards->passed_us[i] = passed_us;
    }
    shards->reports = reports;
    shards->hearings = hearings;
    shards->report_count = count;
    return LEE_OK;
}

/* The times of others' reports, from one of the batch up to another: a tick for each in which
 * something may be due, and for the rest of them one clock. */
static void pass_time(shard *s, size_t from, size_t until)
{
    lee_watch *const watch = s->watch;
    if (from == until) {
        return;
    }
    const int64_t passed_us = s->all->passed_us[until - 1];
    if (watch->has_clock && passed_us < lee__watch_due(watch)) {
        watch->clock_us = passed_us > watch->clock_us ? passed_us : watch->clock_us;
        return;
    }
    for (size_t i = from; i < until; i++) {
        s->report = i;
        lee_watch_tick(watch, s->all->reports[i].t_us);
    }
}

void lee_watch_shards_work(lee_watch_shards *shards, uint32_t number)
{
    assert(shards && shards->reports && number < shards->count);
    shard *const s = &shards->shards[number];
    size_t next = 0;
    for (size_t k = 0; k < s->own_count; k++) {
        const size_t i = s->own[k];
        pass_time(s, next, i);
        next = i + 1;
        s->report = i;
        lee_watch_hear(s->watch, &shards->reports[i],
                       shards->hearings ? &shards->hearings[i] : NULL);
        const uint32_t tracks = lee_track_table_count(s->watch->tracks);
        while (s->tracks < tracks) {
            s->born[s->tracks++] = shards->reports_before + i;
        }
    }
    pass_time(s, next, shards->report_count);
}

void lee_watch_shards_end(lee_watch_shards *shards)
{
    assert(shards && shards->reports);
    shards->reports_before += shards->report_count;
    shards->reports = NULL;
    tell_all(shards);
}

/* --- questions ----------------------------------------------------------------------------------
 */

bool lee_watch_shards_is_exact(const lee_watch_shards *shards)
{
    assert(shards);
    return !shards->is_inexact;
}

void lee_watch_shards_count(const lee_watch_shards *shards, lee_watch_counters *out)
{
    assert(shards && out);
    *out = (lee_watch_counters){0};
    for (uint32_t k = 0; k < shards->count; k++) {
        lee_watch_counters one;
        lee_watch_count(shards->shards[k].watch, &one);
        out->reports += one.reports;
        out->reports_late += one.reports_late;
        out->reports_duplicate += one.reports_duplicate;
        out->tracks_evicted += one.tracks_evicted;
        out->incidents_refused += one.incidents_refused;
        out->events += one.events;
        out->tracks += one.tracks;
        out->incidents_open += one.incidents_open;
    }
}
