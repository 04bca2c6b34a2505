/* The state machine of one target and one zone; docs/watch.md tells it in words. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "zone/schedule.h"

static const lee_zone *zone_of(const lee_moment *m, uint32_t zone)
{
    return &m->watch->generation.list->zones[zone];
}

/* A new place, or a carrier's report, and not a place judged again because something else changed.
 */
static bool counts_as_report(const lee_moment *m)
{
    return m->is_report || m->is_moved;
}

static void set_permit(lee_pair *pair, bool permitted, const char permit_id[48])
{
    pair->permitted = permitted;
    memcpy(pair->permit_id, permit_id, sizeof pair->permit_id);
}

void lee__judge_close(lee_moment *m, uint32_t *link, const char *reason)
{
    lee_pair *const pair = &m->watch->pairs[*link];
    if (lee__pair_is_open(pair)) {
        lee__tell_end(m, pair, reason);
    }
    lee__pair_remove(m->watch, link);
}

/* --- ways in and out ----------------------------------------------------------------------------
 */

static void set_cross(const lee_moment *m, lee_pair *pair, lee_ratio at)
{
    pair->has_cross = true;
    pair->cross_us = m->before.t_us + lee__way_scale(at, m->now.t_us - m->before.t_us);
    pair->cross_point = lee__way_point(m->before.point, m->now.point, at);
}

/* Where the way came in: the start of the stretch that ends where the target is now, which is the
 * presence that the report proves; or where it went out: the end of the stretch that starts where
 * it was. No such stretch: it stands on the very boundary. */
static void note_way(const lee_moment *m, uint32_t zone, bool in, lee_pair *pair)
{
    static const lee_ratio start = {0, 1};
    static const lee_ratio end = {1, 1};
    lee_path_stretch first;
    lee_path_stretch last;
    bool blurred;
    pair->has_cross = false;
    if (!lee__moment_has_way(m, zone)) {
        return;
    }
    const size_t count =
        lee__exempt_path(m, zone, &m->before, &m->now, LEE_WAY_UNKNOWN,
                         in ? LEE_WAY_INSIDE : LEE_WAY_UNKNOWN, &first, &last, &blurred);
    if (blurred) {
        return;
    }
    if (in) {
        set_cross(m, pair, count > 0 && lee__way_compare(last.to, end) == 0 ? last.from : end);
    } else {
        set_cross(m, pair,
                  count > 0 && lee__way_compare(first.from, start) == 0 ? first.to : start);
    }
}

/* --- inside -------------------------------------------------------------------------------------
 */

/* An incident runs wholly with or wholly without a permit: where one begins or ends around a
 * target, one incident ends and another begins. */
static void switch_permit(lee_moment *m, lee_pair *pair, bool permitted, const char permit_id[48],
                          const lee_stance *stance)
{
    lee__tell_end(m, pair, lee__inhibit_leave(pair->permit_id, permit_id));
    set_permit(pair, permitted, permit_id);
    pair->first = LEE_EVENT_PRESENT;
    if (lee__tell_begin(m, pair, LEE_EVENT_PRESENT)) {
        pair->state = LEE_PAIR_INSIDE;
        lee__tell(m, pair, LEE_EVENT_PRESENT, NULL, stance);
    }
}

static void stay_inside(lee_moment *m, lee_pair *pair, bool permitted, const char permit_id[48],
                        const lee_stance *stance)
{
    if (permitted != pair->permitted) {
        switch_permit(m, pair, permitted, permit_id, stance);
    } else if (pair->lost && m->is_report) {
        pair->lost = false;
        lee__tell(m, pair, LEE_EVENT_UPDATED, "heard_again", stance);
    } else if (pair->blurred && !stance->blurred) {
        lee__tell(m, pair, LEE_EVENT_UPDATED, "altitude_known", stance);
    }
}

static void come_inside(lee_moment *m, lee_pair *pair, bool permitted, const char permit_id[48],
                        const lee_stance *stance)
{
    /* A permitted entry is an incident of its own: the warning that went before it is over. */
    if (pair->state == LEE_PAIR_PREDICTED && permitted) {
        const bool has_cross = pair->has_cross;
        lee__tell_end(m, pair, lee__inhibit_leave(permit_id, ""));
        pair->has_cross = has_cross;
    }
    set_permit(pair, permitted, permit_id);
    if (pair->state == LEE_PAIR_PENDING && !lee__tell_begin(m, pair, pair->first)) {
        return;
    }
    pair->state = LEE_PAIR_INSIDE;
    pair->lost = false;
    lee__tell(m, pair, pair->first, NULL, stance);
}

/* For all that is known: nobody knows where a bubble was before its carrier was heard. */
static bool was_outside_before(const lee_moment *m, uint32_t zone)
{
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    if (!m->has_before || !counts_as_report(m)) {
        return false;
    }
    if (!bubble) {
        return !lee__exempt_holds(m, zone, &m->before);
    }
    return lee__bubble_is_known(bubble, m->before.t_us) &&
           !(lee__bubble_holds(m->watch, bubble, &m->before, m->now.t_us, 0.0) &&
             lee__volume_is_between(m->watch, zone, &m->before, 0) &&
             lee__exempt_at(m, zone, &m->before) == LEE_WATCH_NONE);
}

static void judge_inside(lee_moment *m, uint32_t zone, const lee_stance *stance, uint32_t *link)
{
    lee_watch *const watch = m->watch;
    lee_pair *const pair = lee__pair_need(watch, m->slot, zone, link);
    if (!pair) {
        return;
    }
    if (!pair->within && pair->state != LEE_PAIR_INSIDE) {
        const bool was_outside = was_outside_before(m, zone);
        pair->first = was_outside ? LEE_EVENT_ENTERED : LEE_EVENT_PRESENT;
        pair->hits = 0;
        pair->proof_e3 = 0;
        if (was_outside) {
            note_way(m, zone, true, pair);
        }
        const bool appeared = m->is_report && !m->has_before;
        pair->behaviour |= appeared ? LEE_BEHAVIOUR_APPEARED : 0;
    }
    pair->within = true;
    pair->near = false;
    pair->heading = false;
    pair->misses = 0;
    /* A place counts once, however often it is judged again. */
    if (counts_as_report(m) || pair->hits == 0) {
        pair->hits += pair->hits < INT32_MAX;
        pair->seen = pair->seen << 1 | 1;
    }
    lee__behaviour_note(m, pair);
    char permit_id[48];
    const bool permitted = lee__behaviour_permitted(m, pair, permit_id);
    lee__predict_leaving(m, pair);
    if (pair->state == LEE_PAIR_INSIDE) {
        stay_inside(m, pair, permitted, permit_id, stance);
    } else if (lee__pair_is_confirmed(&zone_of(m, zone)->watch, pair->hits, pair->seen)) {
        come_inside(m, pair, permitted, permit_id, stance);
    } else if (pair->lost && m->is_report) {
        pair->lost = false;
        lee__tell(m, pair, LEE_EVENT_UPDATED, "heard_again", stance);
    }
    pair->blurred = stance->blurred;
    lee__verdict_weigh(m, pair, stance);
    lee__behaviour_tell(m, pair, stance);
}

/* --- outside ------------------------------------------------------------------------------------
 */

/* Whether it is outside by more than the margins: only then it may have left. */
static bool is_far(const lee_moment *m, uint32_t zone, bool in_area)
{
    const lee_zone *const z = zone_of(m, zone);
    if (m->is_clear && !in_area) {
        return true;
    }
    if (!lee__volume_is_between(m->watch, zone, &m->now, z->watch.vertical_margin_ft) ||
        lee__exempt_at(m, zone, &m->now) != LEE_WATCH_NONE) {
        return true;
    }
    if (in_area || z->watch.lateral_margin_m <= 0) {
        return !in_area;
    }
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    if (bubble) {
        return !lee__bubble_holds(m->watch, bubble, &m->now, m->now.t_us,
                                  z->watch.lateral_margin_m);
    }
    const int quick = lee__ways_are_beyond(&m->watch->generation.ways, zone, m->now.point,
                                           z->watch.lateral_margin_m);
    return quick < 0 ? lee_area_distance_m(&z->area, m->now.point, NULL) > z->watch.lateral_margin_m
                     : quick > 0;
}

/* It went out again. What a carrier's report told of its way is not told once more at the target's
 * own report, which proves the same way. */
static void close_left(lee_moment *m, uint32_t *link)
{
    const uint32_t zone = m->watch->pairs[*link].zone;
    lee__judge_close(m, link, "left");
    if (m->is_moved && lee__pair_add(m->watch, m->slot, zone, link) != LEE_WATCH_NONE) {
        m->watch->pairs[*link].swept_us = m->now.t_us;
    }
}

static void judge_leaving(lee_moment *m, uint32_t zone, bool in_area, uint32_t *link)
{
    lee_pair *const pair = lee__pair_at(m->watch, link, zone);
    const bool is_first = pair->within;
    if (pair->within) {
        note_way(m, zone, false, pair);
        pair->within = false;
    }
    pair->hits = 0;
    lee__behaviour_note(m, pair);
    if (!is_far(m, zone, in_area)) {
        pair->misses = 0;
    } else if (is_first || counts_as_report(m)) {
        pair->misses += pair->misses < INT32_MAX;
    }
    if (pair->misses > 0 && pair->misses > zone_of(m, zone)->watch.hold) {
        lee__tell(m, pair, LEE_EVENT_LEFT, NULL, NULL);
        close_left(m, link);
        return;
    }
    if (pair->lost && m->is_report) {
        pair->lost = false;
        lee__tell(m, pair, LEE_EVENT_UPDATED, "heard_again", NULL);
    }
    lee__behaviour_tell(m, pair, NULL);
}

/* Both places are outside, but the straight way between them led through. */
static bool judge_crossed(lee_moment *m, uint32_t zone, bool in_area, uint32_t *link)
{
    lee_watch *const watch = m->watch;
    lee_path_stretch first;
    lee_path_stretch last;
    lee_stance stance = {0};
    if ((m->is_clear && !in_area) || !lee__moment_has_way(m, zone) ||
        (!in_area && !lee__bubble_of(&watch->generation, zone) &&
         lee__way_misses_edges(&watch->generation.ways, zone, &m->way)) ||
        lee__exempt_path(m, zone, &m->before, &m->now, LEE_WAY_UNKNOWN,
                         in_area ? LEE_WAY_INSIDE : LEE_WAY_OUTSIDE, &first, &last,
                         &stance.blurred) == 0) {
        return false;
    }
    if (lee_schedule_active(&zone_of(m, zone)->schedule, m->before.t_us) &&
        lee__exempt_holds(m, zone, &m->before)) {
        return false;
    }
    if (m->has_drift && lee__exempt_path(m, zone, &m->drift_before, &m->drift, LEE_WAY_UNKNOWN,
                                         LEE_WAY_UNKNOWN, &last, &last, &stance.blurred) == 0) {
        return false;
    }
    lee_pair *const pair = lee__pair_need(watch, m->slot, zone, link);
    if (!pair) {
        return false;
    }
    lee__behaviour_note(m, pair);
    char permit_id[48];
    const bool permitted = lee__moment_permitted(m, zone, LEE_LEAVE_HERE, permit_id);
    pair->miss = (uint8_t)m->miss;
    if (pair->state == LEE_PAIR_PREDICTED && permitted) {
        lee__tell_end(m, pair, lee__inhibit_leave(permit_id, ""));
    }
    set_permit(pair, permitted, permit_id);
    pair->heading = false;
    if (pair->state == LEE_PAIR_PREDICTED || lee__tell_begin(m, pair, LEE_EVENT_CROSSED)) {
        pair->state = LEE_PAIR_INSIDE;
        set_cross(m, pair, first.from);
        lee__tell(m, pair, LEE_EVENT_CROSSED, NULL, &stance);
        close_left(m, link);
        return true;
    }
    return false;
}

typedef enum { INACTIVE, PRE_ACTIVE, ACTIVE } zone_hours;

static zone_hours hours_of(const lee_moment *m, uint32_t zone)
{
    const lee_schedule *const schedule = &zone_of(m, zone)->schedule;
    if (schedule->always || lee_schedule_active(schedule, m->t_us)) {
        return ACTIVE;
    }
    return lee__zone_is_pre_active(m->watch, zone, m->t_us) ? PRE_ACTIVE : INACTIVE;
}

/* Outside by less than the margins, so that going dark there is told. */
static void judge_near(lee_moment *m, uint32_t zone, bool in_area, uint32_t *link)
{
    lee_watch *const watch = m->watch;
    const lee_zone *const z = zone_of(m, zone);
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    const bool has_margin = z->watch.lateral_margin_m > 0 || z->watch.vertical_margin_ft > 0;
    const bool near = has_margin &&
                      (in_area || lee__bubble_of(&watch->generation, zone) ||
                       lee__box_holds(facts->near_box, m->now.point) ||
                       lee__box_holds(facts->near_beyond, m->now.point)) &&
                      !is_far(m, zone, in_area);
    if (near && !lee__pair_at(watch, link, zone)) {
        (void)lee__pair_add(watch, m->slot, zone, link);
    }
    lee_pair *const pair = lee__pair_at(watch, link, zone);
    if (pair) {
        pair->near = near;
        lee__behaviour_note(m, pair);
    }
}

static void judge_outside(lee_moment *m, uint32_t zone, bool in_area, zone_hours hours,
                          uint32_t *link)
{
    lee_pair *const pair = lee__pair_at(m->watch, link, zone);
    const bool is_new = counts_as_report(m);
    if (pair && pair->state == LEE_PAIR_INSIDE) {
        judge_leaving(m, zone, in_area, link);
        return;
    }
    if (pair) {
        pair->hits = 0;
        pair->proof_e3 = 0;
        pair->within = false;
        pair->near = pair->near && hours == ACTIVE;
        pair->seen <<= is_new;
        pair->broken = (lee_broken){.count = 0};
        lee__behaviour_note(m, pair);
    }
    if (!is_new || judge_crossed(m, zone, in_area, link) || hours == INACTIVE) {
        return;
    }
    if (hours == ACTIVE) {
        judge_near(m, zone, in_area, link);
    }
    lee__predict_zone(m, zone, in_area, link);
}

/* --- one zone -----------------------------------------------------------------------------------
 */

/* Until when this pair, heard at heard_us, may be silent: for its zone, or for the permit of its
 * presence; where it is lost, until its incident ends. */
static int64_t silent_until_us(const lee_watch *watch, const lee_pair *pair, int64_t heard_us)
{
    const int64_t zone_us = lee__lost_after_us(watch, pair->zone);
    int64_t due_us = pair->lost
                         ? pair->lost_end_us
                         : lee__time_after(heard_us, zone_us > 0 ? zone_us : LEE_WATCH_FORGET_US);
    if (pair->state == LEE_PAIR_INSIDE && pair->permitted && pair->report_s > 0) {
        const int64_t asked_us = lee__time_after(heard_us, pair->report_s * LEE_US_PER_S);
        due_us = asked_us < due_us ? asked_us : due_us;
    }
    return due_us;
}

/* Keeps the pair while something about it is open, and watches over its silence. */
static void settle(lee_moment *m, uint32_t zone, bool was_lost, uint32_t **link)
{
    lee_watch *const watch = m->watch;
    lee_pair *const pair = lee__pair_at(watch, *link, zone);
    if (!pair) {
        return;
    }
    const bool is_swept = !m->is_report && pair->swept_us > m->visit->place.t_us;
    if (pair->state == LEE_PAIR_PENDING && !pair->within && !pair->near && !pair->heading &&
        !is_swept && !lee__pair_is_remembered(&zone_of(m, zone)->watch, pair)) {
        lee__pair_remove(watch, *link);
        return;
    }
    const bool is_asked = pair->permitted && pair->report_s > 0;
    if (pair->deadline_us == INT64_MAX || (was_lost && !pair->lost) || is_asked) {
        const int64_t heard_us = m->is_report ? m->now.t_us : m->visit->place.t_us;
        const int64_t due_us = silent_until_us(watch, pair, heard_us);
        /* Nothing is told of a time when the zone was not active yet. */
        lee__pair_deadline(watch, **link, due_us > m->t_us ? due_us : m->t_us);
    }
    *link = &pair->next;
}

/* A place that has expired begins nothing; what began goes on. What a carrier leads over a silent
 * target is judged where the carrier's report is. */
static bool may_begin(const lee_moment *m, const lee_pair *pair)
{
    const int64_t expire_us = m->watch->options.expire_after_s * LEE_US_PER_S;
    return counts_as_report(m) || (pair && pair->state == LEE_PAIR_INSIDE) ||
           m->now.t_us <= lee__time_after(m->visit->place.t_us, expire_us);
}

static void exempt(const lee_moment *m, uint32_t zone, lee_stance *stance)
{
    const uint32_t by = stance->within ? lee__exempt_at(m, zone, &m->now) : LEE_WATCH_NONE;
    if (by != LEE_WATCH_NONE) {
        stance->within = false;
        stance->exempted_by = zone_of(m, by)->id;
    }
}

void lee__judge_zone(lee_moment *m, uint32_t zone, bool in_area, uint32_t **link)
{
    lee_watch *const watch = m->watch;
    const zone_hours hours = hours_of(m, zone);
    const bool active = hours == ACTIVE;
    const lee_pair *const pair = lee__pair_at(watch, *link, zone);
    const bool was_lost = pair && pair->lost;
    if (pair && (hours == INACTIVE || (!active && pair->state == LEE_PAIR_INSIDE))) {
        lee__judge_close(m, *link, "zone_inactive");
    }
    const bool explained = lee__is_explained(watch, m->slot, zone);
    lee_stance stance = {0};
    if (active && in_area && may_begin(m, lee__pair_at(watch, *link, zone))) {
        stance = explained ? lee__volume_stance(watch, zone, &m->now, 0)
                           : lee__volume_brief_stance(watch, zone, &m->now);
    }
    exempt(m, zone, &stance);
    if (stance.exempted_by && !counts_as_report(m) && pair && pair->within &&
        lee__pair_at(watch, *link, zone) == pair) {
        lee__judge_close(m, *link, "permitted"); /* it did not leave: leave came around it */
    }
    if (explained) {
        lee__explain_place(m, zone, in_area, active, &stance);
    }
    if (stance.within) {
        judge_inside(m, zone, &stance, *link);
    } else {
        judge_outside(m, zone, in_area, hours, *link);
    }
    if (explained) {
        lee__explain_state(m, zone, lee__pair_at(watch, *link, zone));
    }
    settle(m, zone, was_lost, link);
}

void lee__judge_leave_ahead(lee_moment *m, lee_pair *pair)
{
    char permit_id[48];
    const bool permitted = lee__moment_permitted(
        m, pair->zone, pair->off_routes ? LEE_LEAVE_OFF_ROUTES : LEE_LEAVE_HERE, permit_id);
    pair->miss = (uint8_t)m->miss;
    if (permitted && pair->state == LEE_PAIR_PREDICTED) {
        lee__tell_end(m, pair, lee__inhibit_leave(permit_id, ""));
    }
    set_permit(pair, permitted, permit_id);
}

void lee__judge_leave(lee_moment *m, uint32_t zone, uint32_t **link)
{
    lee_pair *const pair = lee__pair_at(m->watch, *link, zone);
    const bool was_lost = pair->lost;
    const bool explained = lee__is_explained(m->watch, m->slot, zone);
    if (explained) {
        lee__explain_again(m, zone);
    }
    if (pair->state == LEE_PAIR_INSIDE && pair->within) {
        char permit_id[48];
        const bool permitted = lee__behaviour_permitted(m, pair, permit_id);
        if (permitted != pair->permitted) {
            const lee_stance stance = lee__volume_stance(m->watch, zone, &m->visit->place, 0);
            switch_permit(m, pair, permitted, permit_id, &stance);
        }
    } else if (pair->state == LEE_PAIR_PREDICTED || pair->heading) {
        lee__judge_leave_ahead(m, pair);
    }
    if (explained) {
        lee__explain_state(m, zone, pair);
    }
    settle(m, zone, was_lost, link);
}

bool lee__judge_exempt(lee_moment *m, uint32_t zone, bool in_area, uint32_t **link)
{
    lee_watch *const watch = m->watch;
    const lee_pair *const pair = lee__pair_at(watch, *link, zone);
    const bool was_lost = pair && pair->lost;
    lee_place place = m->visit->place;
    place.t_us = m->now.t_us;
    if (!in_area || hours_of(m, zone) != ACTIVE || !may_begin(m, pair)) {
        return false;
    }
    lee_stance stance = lee__volume_stance(watch, zone, &place, 0);
    const uint32_t by = stance.within ? lee__exempt_at(m, zone, &place) : LEE_WATCH_NONE;
    const bool begins = stance.within && by == LEE_WATCH_NONE && !(pair && pair->within);
    const bool ends = by != LEE_WATCH_NONE && pair && pair->within;
    if (!begins && !ends) {
        return false;
    }
    const bool explained = lee__is_explained(watch, m->slot, zone);
    if (ends) {
        stance.within = false;
        stance.exempted_by = zone_of(m, by)->id;
    }
    if (explained) {
        lee__explain_place(m, zone, in_area, true, &stance);
    }
    if (ends) {
        lee__judge_close(m, *link, "permitted");
    } else {
        judge_inside(m, zone, &stance, *link);
    }
    if (explained) {
        lee__explain_state(m, zone, lee__pair_at(watch, *link, zone));
    }
    settle(m, zone, was_lost, link);
    return true;
}

/* --- silence ------------------------------------------------------------------------------------
 */

static uint32_t *link_of(lee_watch *watch, uint32_t pair)
{
    uint32_t *link = &watch->visits[watch->pairs[pair].track].first_pair;
    while (*link != pair) {
        assert(*link != LEE_WATCH_NONE);
        link = &watch->pairs[*link].next;
    }
    return link;
}

/* It did not report as its permit asks: that leave is over, and so is each other that asks the
 * same.
 */
static bool break_silence(lee_moment *m, lee_pair *pair, int64_t heard_us)
{
    const int64_t silent_us = m->now.t_us - heard_us;
    char permit_id[48];
    bool is_broken = false;
    while (pair->permitted && pair->state == LEE_PAIR_INSIDE &&
           lee__moment_permitted(m, pair->zone, LEE_LEAVE_HERE, permit_id) && m->permit &&
           m->permit->asks.report_s > 0 && silent_us >= m->permit->asks.report_s * LEE_US_PER_S) {
        lee_permit_break(&pair->broken, m->permit->id, LEE_MISS_REPORT);
        is_broken = true;
    }
    if (is_broken && !lee__behaviour_permitted(m, pair, permit_id)) {
        switch_permit(m, pair, false, permit_id, NULL);
    }
    return is_broken;
}

/* Going dark before anything was told: it is told where the target was near or seemed inside, and
 * has no leave. */
static bool begin_lost(lee_moment *m, lee_pair *pair)
{
    char permit_id[48];
    if (pair->state != LEE_PAIR_PENDING) {
        return true;
    }
    if (!(pair->near || pair->within) ||
        lee__moment_permitted(m, pair->zone, LEE_LEAVE_HERE, permit_id) ||
        !lee__tell_begin(m, pair, LEE_EVENT_LOST)) {
        return false;
    }
    set_permit(pair, false, permit_id);
    pair->miss = (uint8_t)m->miss;
    pair->heading = false;
    pair->state = LEE_PAIR_PREDICTED;
    return true;
}

void lee__judge_silence(lee_watch *watch, uint32_t at, int64_t t_us)
{
    lee_pair *const pair = &watch->pairs[at];
    const int64_t heard_us = watch->visits[pair->track].place.t_us;
    const int64_t due_us = silent_until_us(watch, pair, heard_us);
    if (due_us > t_us) {
        lee__pair_deadline(watch, at, due_us);
        return;
    }
    if (lee__is_explained(watch, pair->track, pair->zone)) {
        lee__explain_silence(watch, pair->zone, t_us, heard_us);
    }
    lee_moment m;
    lee__moment(watch, pair->track, t_us, false, &m);
    const bool was_asked = pair->state == LEE_PAIR_INSIDE && pair->permitted && pair->report_s > 0;
    if (break_silence(&m, pair, heard_us) ||
        (was_asked && silent_until_us(watch, pair, heard_us) > t_us)) {
        const int64_t next_us = silent_until_us(watch, pair, heard_us);
        lee__pair_deadline(watch, at, next_us > t_us ? next_us : t_us);
    } else if (pair->lost || lee__lost_after_us(watch, pair->zone) == 0) {
        lee__judge_close(&m, link_of(watch, at), "lost");
    } else if (begin_lost(&m, pair)) {
        lee__tell(&m, pair, LEE_EVENT_LOST, NULL, NULL);
        pair->lost = true;
        const int32_t end_s = zone_of(&m, pair->zone)->watch.lost_end_s;
        pair->lost_end_us =
            lee__time_after(m.t_us, (end_s > 0 ? end_s : LEE_WATCH_LOST_END_S) * LEE_US_PER_S);
        lee__pair_deadline(watch, at, silent_until_us(watch, pair, heard_us));
    } else {
        lee__pair_remove(watch, link_of(watch, at));
    }
}
