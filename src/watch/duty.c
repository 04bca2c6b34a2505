/* Duties: somebody must remain in a zone, or must be there. Their breach is an incident of its own:
 * `lost` with reason `absent` or `must_remain`, `ended` with `returned` or `duty_over`. */
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

static uint64_t key_of(const lee_watch *watch, const lee_permit *permit, uint32_t zone)
{
    const char *const id = watch->generation.list->zones[zone].id;
    return lee_permit_hash(permit->id) * 31 + lee_hash(id, strlen(id));
}

static const lee_duty *find(const lee_duty *duties, uint32_t count, uint64_t key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (duties[i].key == key) {
            return &duties[i];
        }
    }
    return NULL;
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
        .target = target_of(permit),
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
        const uint64_t parts[3] = {duty->key, (uint64_t)t_us, watch->options.incident_key};
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

static bool is_there(lee_watch *watch, const lee_duty *duty, const lee_permit *permit)
{
    for (uint32_t i = 0; i < watch->timer_count; i++) {
        const lee_pair *const pair = &watch->pairs[watch->timers[i]];
        if (pair->zone != duty->zone || !pair->within || pair->lost) {
            continue;
        }
        lee_moment m;
        lee__moment(watch, pair->track, watch->clock_us, false, &m);
        if (lee_permit_names(permit, lee__moment_subject(&m))) {
            return true;
        }
    }
    return false;
}

static void judge(lee_watch *watch, lee_duty *duty, const lee_permit *permit, int64_t t_us)
{
    const bool due = t_us >= permit->from_us && t_us < permit->to_us &&
                     lee_permit_is_granted(permit, t_us) &&
                     lee_schedule_active(&watch->generation.list->zones[duty->zone].schedule, t_us);
    const bool there = due && is_there(watch, duty, permit);
    const bool remains = permit->duty != LEE_DUTY_PRESENT;
    if (!due || there) {
        if (duty->told) {
            tell(watch, duty, permit, LEE_EVENT_ENDED, due ? "returned" : "duty_over", t_us);
        }
        duty->missing_since_us = INT64_MAX;
        duty->seen = there;
        return;
    }
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, duty->zone);
    if ((remains && !duty->seen) || (bubble && !bubble->carrier.is_known)) {
        return; /* nobody is missed from a place that is not known */
    }
    duty->missing_since_us = duty->missing_since_us == INT64_MAX ? t_us : duty->missing_since_us;
    if (!duty->told && t_us - duty->missing_since_us >= permit->absent_after_s * LEE_US_PER_S) {
        tell(watch, duty, permit, LEE_EVENT_LOST, remains ? "must_remain" : "absent", t_us);
    }
}

void lee__duty_judge(lee_watch *watch, int64_t t_us)
{
    for (uint32_t i = 0; i < watch->duty_count; i++) {
        judge(watch, &watch->duties[i], lee_permit_book_at(watch->permits, watch->duties[i].permit),
              t_us);
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

void lee__duty_end_gone(lee_watch *watch, const lee_permit_book *next, int64_t t_us)
{
    for (uint32_t i = 0; i < watch->duty_count; i++) {
        lee_duty *const duty = &watch->duties[i];
        const lee_permit *const permit = lee_permit_book_at(watch->permits, duty->permit);
        bool kept = false;
        const lee_permit_list *const list = next ? lee_permit_book_list(next) : NULL;
        for (uint32_t k = 0; list && duty->told && k < list->count && !kept; k++) {
            kept = is_duty(&list->permits[k]) && strcmp(list->permits[k].id, permit->id) == 0;
        }
        if (duty->told && !kept) {
            tell(watch, duty, permit, LEE_EVENT_ENDED, "duty_over", t_us);
        }
    }
}

void lee__duty_build(lee_watch *watch)
{
    const lee_permit_list *const list =
        watch->permits ? lee_permit_book_list(watch->permits) : NULL;
    uint32_t made = 0;
    for (uint32_t i = 0; list && i < list->count; i++) {
        uint32_t count = 0;
        const uint32_t *const zones =
            is_duty(&list->permits[i]) ? lee_permit_book_zones(watch->permits, i, &count) : NULL;
        for (uint32_t k = 0; k < count && made < LEE_DUTIES_MAX; k++) {
            const uint64_t key = key_of(watch, &list->permits[i], zones[k]);
            const lee_duty *const before = find(watch->duties, watch->duty_count, key);
            lee_duty duty = {.key = key, .missing_since_us = INT64_MAX};
            duty = before ? *before : duty;
            duty.permit = i;
            duty.zone = zones[k];
            watch->duties_next[made++] = duty;
        }
    }
    lee_duty *const old = watch->duties;
    watch->duties = watch->duties_next;
    watch->duties_next = old;
    watch->duty_count = made;
}
