/* Duties: who is in a zone must remain there, or somebody must be there. Their breach is an
 * incident of its own: `lost` with reason `absent` or `must_remain`, `ended` with `returned` or
 * `duty_over`.
 *
 * A duty to remain is kept by each target alone: behind it in the table stands a row for each that
 * came in, so that one of several who leaves is missed though the others stay. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/time_text.h"
#include "zone/schedule.h"

static bool is_duty(const lee_permit *permit)
{
    return permit->duty != LEE_DUTY_NONE || permit->asks.stay;
}

/* A row of one target that must remain, and not the duty itself. */
static bool is_remainer(const lee_duty *duty)
{
    return duty->who.text[0] != '\0';
}

static uint64_t key_of(const lee_watch *watch, const lee_permit *permit, uint32_t zone)
{
    const char *const id = watch->generation.list->zones[zone].id;
    return lee_permit_hash(permit->id) * 31 + lee_hash(id, strlen(id));
}

/* The first of this key, which is the duty itself; `count`: there is none. */
static uint32_t find(const lee_duty *duties, uint32_t count, uint64_t key)
{
    uint32_t i = 0;
    while (i < count && duties[i].key != key) {
        i++;
    }
    return i;
}

/* Behind the last who must remain by the duty at i. */
static uint32_t end_of(const lee_duty *duties, uint32_t count, uint32_t i)
{
    uint32_t end = i + 1;
    while (end < count && is_remainer(&duties[end])) {
        end++;
    }
    return end;
}

static void remove_rows(lee_watch *watch, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        watch->remainer_count -= is_remainer(&watch->duties[i]);
    }
    memmove(&watch->duties[from], &watch->duties[to],
            (watch->duty_count - to) * sizeof *watch->duties);
    watch->duty_count -= to - from;
}

/* --- telling ------------------------------------------------------------------------------------
 */

/* The exact target, or a name made of what the permit asks for: "unit:ambulance". */
static lee_target target_of(const lee_permit *permit)
{
    lee_target target = {{0}};
    if (lee_target_parse(permit->target, strlen(permit->target), &target) &&
        permit->match == LEE_PERMIT_TARGET) {
        return target;
    }
    const char *const colon = strchr(permit->target, ':');
    const char *const text = colon ? colon + 1 : permit->target;
    char name[LEE_TARGET_BYTES] = "unit:";
    size_t length = strcspn(text, "*");
    const size_t most = sizeof name - 6;
    length = length < most ? length : most;
    memcpy(name + 5, text, length);
    if (!lee_target_parse(name, 5 + length, &target)) {
        (void)lee_target_parse("unit:any", 8, &target);
    }
    return target;
}

static void tell(lee_watch *watch, lee_duty *duty, const lee_permit *permit, lee_event_kind kind,
                 const char *reason, int64_t t_us)
{
    const lee_zone *const zone = &watch->generation.list->zones[duty->zone];
    const lee_box box = watch->generation.facts[duty->zone].box;
    lee_event event = {
        .t_us = t_us,
        .kind = kind,
        .zone = zone->id,
        .zone_index = duty->zone,
        .zone_generation = watch->generation.number,
        .target = is_remainer(duty) ? duty->who : target_of(permit),
        .present = LEE_EVENT_HAS_POSITION | LEE_EVENT_HAS_SEVERITY | LEE_EVENT_HAS_PERMIT |
                   LEE_EVENT_HAS_REASON | LEE_EVENT_HAS_SEVERITY_REASONS,
        .lat_e7 = (int32_t)(((int64_t)box.min.lat_e7 + box.max.lat_e7) / 2),
        .lon_e7 = (int32_t)(((int64_t)box.min.lon_e7 + box.max.lon_e7) / 2),
        .severity = LEE_SEVERITY_HIGH,
    };
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, duty->zone);
    if (bubble) {
        event.lat_e7 = bubble->carrier.point.lat_e7;
        event.lon_e7 = bubble->carrier.point.lon_e7;
        event.present &= bubble->carrier.is_known ? UINT32_MAX : ~(uint32_t)LEE_EVENT_HAS_POSITION;
    }
    const uint32_t slot = lee_track_table_find(watch->tracks, &event.target);
    if (slot != LEE_TRACK_NONE && watch->visits[slot].has_place) {
        event.present |= LEE_EVENT_HAS_POSITION;
        event.lat_e7 = watch->visits[slot].place.point.lat_e7;
        event.lon_e7 = watch->visits[slot].place.point.lon_e7;
    }
    if (kind == LEE_EVENT_LOST) {
        const uint64_t who = lee_hash(duty->who.text, strlen(duty->who.text));
        const uint64_t parts[3] = {duty->key ^ (is_remainer(duty) ? who : 0), (uint64_t)t_us,
                                   watch->options.incident_key};
        duty->incident = 0;
        for (int i = 0; i < 3; i++) {
            uint8_t bytes[16];
            for (int k = 0; k < 8; k++) {
                bytes[k] = (uint8_t)(duty->incident >> (8 * k));
                bytes[8 + k] = (uint8_t)(parts[i] >> (8 * k));
            }
            duty->incident = lee_hash(bytes, sizeof bytes);
        }
    }
    event.incident = duty->incident;
    const size_t length = strlen(permit->id);
    memcpy(event.permit, permit->id, length < 47 ? length : 47);
    memcpy(event.reason, reason, strlen(reason));
    memcpy(event.severity_reasons, "duty", 4);
    duty->told = kind == LEE_EVENT_LOST;
    lee__tell_parameters(watch, &event);
    watch->counters.events++;
    watch->sink(watch->sink_context, &event);
}

/* --- judging ------------------------------------------------------------------------------------
 */

static bool is_inside(const lee_pair *pair, uint32_t zone)
{
    return pair->zone == zone && pair->within && !pair->lost;
}

static bool names(lee_watch *watch, const lee_permit *permit, const lee_pair *pair)
{
    lee_moment m;
    lee__moment(watch, pair->track, watch->clock_us, false, &m);
    return lee_permit_names(permit, lee__moment_subject(&m));
}

static bool is_any_there(lee_watch *watch, const lee_duty *duty, const lee_permit *permit)
{
    for (uint32_t i = 0; i < watch->timer_count; i++) {
        const lee_pair *const pair = &watch->pairs[watch->timers[i]];
        if (is_inside(pair, duty->zone) && names(watch, permit, pair)) {
            return true;
        }
    }
    return false;
}

/* Whatever it is called by now: it came in as one that must remain. */
static bool is_there(const lee_watch *watch, const lee_duty *duty)
{
    const uint32_t slot = lee_track_table_find(watch->tracks, &duty->who);
    uint32_t at = slot == LEE_TRACK_NONE ? LEE_WATCH_NONE : watch->visits[slot].first_pair;
    while (at != LEE_WATCH_NONE && !is_inside(&watch->pairs[at], duty->zone)) {
        at = watch->pairs[at].next;
    }
    return at != LEE_WATCH_NONE;
}

/* One row, while it is due or not. */
static void keep_watch(lee_watch *watch, lee_duty *duty, bool due, bool there, int64_t t_us)
{
    const lee_permit *const permit = lee_permit_book_at(watch->permits, duty->permit);
    if (!due || there) {
        if (duty->told) {
            tell(watch, duty, permit, LEE_EVENT_ENDED, due ? "returned" : "duty_over", t_us);
        }
        duty->missing_since_us = INT64_MAX;
        return;
    }
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, duty->zone);
    if (bubble && !bubble->carrier.is_known) {
        return; /* nobody is missed from a place that is not known */
    }
    duty->missing_since_us = duty->missing_since_us == INT64_MAX ? t_us : duty->missing_since_us;
    if (!duty->told && t_us - duty->missing_since_us >= permit->absent_after_s * LEE_US_PER_S) {
        tell(watch, duty, permit, LEE_EVENT_LOST, is_remainer(duty) ? "must_remain" : "absent",
             t_us);
    }
}

static bool is_known(const lee_watch *watch, uint32_t duty, const lee_target *who)
{
    const uint32_t end = end_of(watch->duties, watch->duty_count, duty);
    uint32_t i = duty + 1;
    while (i < end && !lee_target_equal(&watch->duties[i].who, who)) {
        i++;
    }
    return i < end;
}

/* Puts in who came, by name, so that their order does not hang on anything else. */
static void take_in(lee_watch *watch, uint32_t duty, const lee_target *who)
{
    if (watch->remainer_count == LEE_REMAINERS_MAX) {
        watch->counters.incidents_refused += !watch->duties[duty].is_full;
        watch->duties[duty].is_full = true;
        return;
    }
    const uint32_t end = end_of(watch->duties, watch->duty_count, duty);
    uint32_t at = duty + 1;
    while (at < end && strcmp(watch->duties[at].who.text, who->text) < 0) {
        at++;
    }
    memmove(&watch->duties[at + 1], &watch->duties[at],
            (watch->duty_count - at) * sizeof *watch->duties);
    watch->duties[at] = watch->duties[duty];
    watch->duties[at].who = *who;
    watch->duty_count++;
    watch->remainer_count++;
}

/* Returns where the next duty is. */
static uint32_t judge_remaining(lee_watch *watch, uint32_t duty, bool due, int64_t t_us)
{
    const lee_duty *const d = &watch->duties[duty];
    const lee_permit *const permit = lee_permit_book_at(watch->permits, d->permit);
    for (uint32_t i = 0; due && i < watch->timer_count; i++) {
        const lee_pair *const pair = &watch->pairs[watch->timers[i]];
        const lee_target *const who = &lee_track_table_at(watch->tracks, pair->track)->last.target;
        if (is_inside(pair, d->zone) && !is_known(watch, duty, who) && names(watch, permit, pair)) {
            take_in(watch, duty, who);
        }
    }
    const uint32_t end = end_of(watch->duties, watch->duty_count, duty);
    for (uint32_t i = duty + 1; i < end; i++) {
        lee_duty *const one = &watch->duties[i];
        keep_watch(watch, one, due, due && is_there(watch, one), t_us);
    }
    if (!due) {
        remove_rows(watch, duty + 1, end);
        return duty + 1;
    }
    return end;
}

void lee__duty_judge(lee_watch *watch, int64_t t_us)
{
    for (uint32_t i = 0; i < watch->duty_count;) {
        lee_duty *const duty = &watch->duties[i];
        const lee_permit *const permit = lee_permit_book_at(watch->permits, duty->permit);
        const bool due =
            t_us >= permit->from_us && t_us < permit->to_us &&
            lee_permit_is_granted(permit, t_us) &&
            lee_schedule_active(&watch->generation.list->zones[duty->zone].schedule, t_us);
        if (permit->duty == LEE_DUTY_PRESENT) {
            keep_watch(watch, duty, due, due && is_any_there(watch, duty, permit), t_us);
            i++;
        } else {
            i = judge_remaining(watch, i, due, t_us);
        }
    }
}

int64_t lee__duty_next_edge(const lee_watch *watch)
{
    int64_t edge_us = INT64_MAX;
    for (uint32_t i = 0; i < watch->duty_count; i++) {
        const lee_duty *const duty = &watch->duties[i];
        if (duty->told || duty->missing_since_us == INT64_MAX) {
            continue;
        }
        const lee_permit *const permit = lee_permit_book_at(watch->permits, duty->permit);
        const int64_t due_us =
            lee__time_after(duty->missing_since_us, permit->absent_after_s * LEE_US_PER_S);
        edge_us = due_us > watch->clock_us && due_us < edge_us ? due_us : edge_us;
    }
    return edge_us;
}

/* --- the table ----------------------------------------------------------------------------------
 */

void lee__duty_end(lee_watch *watch, uint32_t duty, const char *reason, int64_t t_us)
{
    assert(duty < watch->duty_count);
    lee_duty *const one = &watch->duties[duty];
    if (one->told) {
        tell(watch, one, lee_permit_book_at(watch->permits, one->permit), LEE_EVENT_ENDED, reason,
             t_us);
    }
}

/* Whether one of the next permits asks the same in the same zone. */
static bool is_kept(const lee_watch *watch, const lee_duty *duty, const lee_permit_book *next)
{
    const lee_permit *const permit = lee_permit_book_at(watch->permits, duty->permit);
    const lee_permit_list *const list = lee_permit_book_list(next);
    bool kept = false;
    for (uint32_t i = 0; i < list->count && !kept; i++) {
        const lee_permit *const other = &list->permits[i];
        if (is_duty(other) && strcmp(other->id, permit->id) == 0 &&
            strcmp(other->target, permit->target) == 0 &&
            (other->duty == LEE_DUTY_PRESENT) == (permit->duty == LEE_DUTY_PRESENT)) {
            uint32_t count = 0;
            const uint32_t *const zones = lee_permit_book_zones(next, i, &count);
            for (uint32_t k = 0; k < count; k++) {
                kept = kept || zones[k] == duty->zone;
            }
        }
    }
    return kept;
}

void lee__duty_end_gone(lee_watch *watch, const lee_permit_book *next, int64_t t_us)
{
    for (uint32_t i = 0; i < watch->duty_count;) {
        const uint32_t end = end_of(watch->duties, watch->duty_count, i);
        if (is_kept(watch, &watch->duties[i], next)) {
            i = end;
            continue;
        }
        for (uint32_t k = i; k < end; k++) {
            lee__duty_end(watch, k, "duty_over", t_us);
        }
        remove_rows(watch, i, end);
    }
}

void lee__duty_build(lee_watch *watch)
{
    const lee_permit_list *const list =
        watch->permits ? lee_permit_book_list(watch->permits) : NULL;
    uint32_t made = 0;
    uint32_t remainers = 0;
    for (uint32_t i = 0; list && i < list->count; i++) {
        uint32_t count = 0;
        const uint32_t *const zones =
            is_duty(&list->permits[i]) ? lee_permit_book_zones(watch->permits, i, &count) : NULL;
        for (uint32_t k = 0; k < count && made - remainers < LEE_DUTIES_MAX; k++) {
            const uint64_t key = key_of(watch, &list->permits[i], zones[k]);
            if (find(watch->duties_next, made, key) < made) {
                continue; /* a permit that names a zone twice asks no more */
            }
            const uint32_t first = find(watch->duties, watch->duty_count, key);
            uint32_t rows = 1;
            watch->duties_next[made] = (lee_duty){.key = key, .missing_since_us = INT64_MAX};
            if (first < watch->duty_count) {
                rows = end_of(watch->duties, watch->duty_count, first) - first;
                memcpy(&watch->duties_next[made], &watch->duties[first],
                       rows * sizeof *watch->duties);
            }
            for (uint32_t row = made; row < made + rows; row++) {
                watch->duties_next[row].permit = i;
                watch->duties_next[row].zone = zones[k];
                watch->duties_next[row].is_full = false;
            }
            made += rows;
            remainers += rows - 1;
        }
    }
    lee_duty *const old = watch->duties;
    watch->duties = watch->duties_next;
    watch->duties_next = old;
    watch->duty_count = made;
    watch->remainer_count = remainers;
}

void lee__duties_state(lee_state *state, lee_watch *watch)
{
    const uint32_t duties = watch->duty_count - watch->remainer_count;
    lee_state_same(state, &duties, sizeof duties);
    lee_state_count(state, &watch->remainer_count, LEE_REMAINERS_MAX);
    watch->duty_count = duties + watch->remainer_count;
    lee_state_plain(state, watch->duties, watch->duty_count * sizeof *watch->duties);
}
