/* What a target does that is worth telling: rules with parameters of the zone, and the conditions
 * of permits, which are the same measures with the permit's own times. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/distance.h"

/* Where a zone says nothing but a permit asks. */
#define STOP_KT_E3 2000
#define MEET_M 500

typedef struct {
    uint8_t bit;
    const char *word;
} behaviour_word;

/* Gravest first. */
static const behaviour_word words[] = {
    {LEE_BEHAVIOUR_EMERGENCY, "emergency"}, {LEE_BEHAVIOUR_LOW_FAST, "low_fast"},
    {LEE_BEHAVIOUR_MEET, "rendezvous"},     {LEE_BEHAVIOUR_STOP, "stopped"},
    {LEE_BEHAVIOUR_LOITER, "loitering"},    {LEE_BEHAVIOUR_LEAVES_ROUTE, "leaving_route"},
    {LEE_BEHAVIOUR_APPEARED, "appeared"},
};

static bool is_known(const lee_moment *m, int index)
{
    return lee_track_field_age(&m->watch->track_options, m->track, index, m->now.t_us) !=
           LEE_AGE_EXPIRED;
}

/* --- measures -----------------------------------------------------------------------------------
 */

/* Inside, also while margins and `hold` bear that it is outside. */
static bool is_present(const lee_pair *pair)
{
    return pair->within || pair->state == LEE_PAIR_INSIDE;
}

/* A speed that is not known is no stop. */
static void measure_stop(const lee_moment *m, const lee_zone_watch *rules, lee_pair *pair)
{
    const int32_t slow_kt_e3 = rules->stop_kt > 0 ? rules->stop_kt * 1000 : STOP_KT_E3;
    const bool slow = is_known(m, LEE_REPORT_INDEX_SPEED_GROUND) &&
                      m->track->last.speed_ground_kt_e3 < slow_kt_e3;
    if (!slow) {
        pair->slow_since_us = INT64_MAX;
    } else if (pair->slow_since_us == INT64_MAX) {
        pair->slow_since_us = m->now.t_us;
    }
}

static void measure_loiter(const lee_moment *m, const lee_zone_watch *rules, lee_pair *pair)
{
    if (rules->loiter_s > 0 &&
        (pair->loiter_since_us == INT64_MAX ||
         lee_distance_m(pair->loiter_point, m->now.point) > rules->loiter_m)) {
        pair->loiter_since_us = m->now.t_us;
        pair->loiter_point = m->now.point;
    }
}

/* Whether another target that was heard lately is inside the same zone and near. */
static bool has_company(const lee_moment *m, const lee_pair *pair, int32_t meet_m)
{
    const lee_watch *const watch = m->watch;
    /* The carrier of a zone that moves has no dealings with it, but may be met. */
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, pair->zone);
    if (bubble && !lee__bubble_is_stale(watch, bubble, m->now.t_us) &&
        m->now.t_us <=
            lee__time_after(bubble->carrier.t_us, watch->options.expire_after_s * LEE_US_PER_S) &&
        lee_distance_m(bubble->carrier.point, m->now.point) <= meet_m) {
        return true;
    }
    for (uint32_t i = 0; i < watch->timer_count; i++) {
        const lee_pair *const other = &watch->pairs[watch->timers[i]];
        if (other->zone != pair->zone || other->track == pair->track || !is_present(other) ||
            other->lost) {
            continue;
        }
        const lee_place *const place = &watch->visits[other->track].place;
        if (m->now.t_us <=
                lee__time_after(place->t_us, watch->options.expire_after_s * LEE_US_PER_S) &&
            lee_distance_m(place->point, m->now.point) <= meet_m) {
            return true;
        }
    }
    return false;
}

static void measure_meeting(const lee_moment *m, const lee_zone_watch *rules, lee_pair *pair)
{
    if (rules->meet_s <= 0 && !lee_permit_book_asks_meet(m->watch->permits)) {
        return;
    }
    const int32_t meet_m = rules->meet_m > 0 ? rules->meet_m : MEET_M;
    if (!has_company(m, pair, meet_m)) {
        pair->meet_since_us = INT64_MAX;
    } else if (pair->meet_since_us == INT64_MAX) {
        pair->meet_since_us = m->now.t_us;
    }
}

static bool is_low_and_fast(const lee_moment *m, const lee_zone_watch *rules)
{
    const lee_band_altitude *const altitude = &m->now.altitude;
    if (rules->low_ft <= 0 || altitude->on_ground || !(altitude->has_baro || altitude->has_hae) ||
        !is_known(m, LEE_REPORT_INDEX_SPEED_GROUND)) {
        return false;
    }
    const int32_t alt_ft = altitude->has_baro ? altitude->alt_baro_ft : altitude->alt_hae_ft;
    return alt_ft < rules->low_ft && m->track->last.speed_ground_kt_e3 > rules->fast_kt * 1000;
}

/* 7400 lost link, 7500 unlawful interference, 7600 radio failure, 7700 emergency. */
static bool is_emergency(lee_moment *m)
{
    const lee_report *const last = &m->track->last;
    if (is_known(m, LEE_REPORT_INDEX_SQUAWK) && (last->squawk == 07400 || last->squawk == 07500 ||
                                                 last->squawk == 07600 || last->squawk == 07700)) {
        return true;
    }
    return is_known(m, LEE_REPORT_INDEX_EMERGENCY) && last->emergency[0] != '\0' &&
           strcmp(last->emergency, "none") != 0;
}

static bool lasts(const lee_moment *m, int64_t since_us, int32_t span_s)
{
    return span_s > 0 && since_us != INT64_MAX && m->now.t_us - since_us >= span_s * LEE_US_PER_S;
}

void lee__behaviour_note(lee_moment *m, lee_pair *pair)
{
    if (!m->is_report) {
        return;
    }
    const lee_zone_watch *const rules = &m->watch->generation.list->zones[pair->zone].watch;
    uint8_t now = pair->behaviour & (LEE_BEHAVIOUR_APPEARED | LEE_BEHAVIOUR_LEAVES_ROUTE);
    if (is_present(pair)) {
        measure_stop(m, rules, pair);
        measure_loiter(m, rules, pair);
        measure_meeting(m, rules, pair);
        now |= lasts(m, pair->slow_since_us, rules->stop_s) ? LEE_BEHAVIOUR_STOP : 0;
        now |= lasts(m, pair->loiter_since_us, rules->loiter_s) ? LEE_BEHAVIOUR_LOITER : 0;
        now |= lasts(m, pair->meet_since_us, rules->meet_s) ? LEE_BEHAVIOUR_MEET : 0;
    } else {
        now &= (uint8_t)~LEE_BEHAVIOUR_LEAVES_ROUTE;
        lee__behaviour_begin(pair);
    }
    now |= is_low_and_fast(m, rules) ? LEE_BEHAVIOUR_LOW_FAST : 0;
    now |= rules->emergency != 0 && is_emergency(m) ? LEE_BEHAVIOUR_EMERGENCY : 0;
    pair->behaviour = now;
    pair->behaviour_told &= now; /* what ceased may be told again */
}

void lee__behaviour_begin(lee_pair *pair)
{
    pair->slow_since_us = INT64_MAX;
    pair->loiter_since_us = INT64_MAX;
    pair->meet_since_us = INT64_MAX;
}

void lee__behaviour_tell(lee_moment *m, lee_pair *pair, const lee_stance *stance)
{
    const uint8_t fresh = pair->behaviour & (uint8_t)~pair->behaviour_told;
    for (size_t i = 0; fresh != 0 && lee__pair_is_open(pair) && i < sizeof words / sizeof words[0];
         i++) {
        if (fresh & words[i].bit) {
            lee__tell(m, pair, LEE_EVENT_UPDATED, words[i].word, stance);
            return;
        }
    }
}

const char *lee__behaviour_word(uint8_t behaviour, size_t index)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((behaviour & words[i].bit) != 0 && index-- == 0) {
            return words[i].word;
        }
    }
    return NULL;
}

/* --- conditions of permits ----------------------------------------------------------------------
 */

static lee_permit_miss broken_now(const lee_moment *m, const lee_pair *pair,
                                  const lee_permit_conditions *asks)
{
    if (!m->is_report) {
        return LEE_MISS_NONE;
    }
    if (lasts(m, pair->slow_since_us, asks->stop_s)) {
        return LEE_MISS_STOP;
    }
    if (lasts(m, pair->meet_since_us, asks->meet_s)) {
        return LEE_MISS_MEET;
    }
    const bool silent = asks->report_s > 0 && m->has_before && pair->hits > 1 &&
                        m->now.t_us - m->before.t_us > asks->report_s * LEE_US_PER_S;
    return silent ? LEE_MISS_REPORT : LEE_MISS_NONE;
}

bool lee__behaviour_permitted(lee_moment *m, lee_pair *pair, char permit_id[48])
{
    bool permitted = lee__moment_permitted(m, pair->zone, LEE_LEAVE_HERE, permit_id);
    lee_permit_miss why = LEE_MISS_NONE;
    while (permitted && m->permit &&
           (why = broken_now(m, pair, &m->permit->asks)) != LEE_MISS_NONE) {
        lee_permit_break(&pair->broken, m->permit->id, why);
        permitted = lee__moment_permitted(m, pair->zone, LEE_LEAVE_HERE, permit_id);
    }
    pair->report_s = permitted && m->permit ? m->permit->asks.report_s : 0;
    pair->miss = (uint8_t)m->miss;
    return permitted;
}
