/* A track at one moment, as the judges see it. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/schedule.h"

int64_t lee__time_after(int64_t t_us, int64_t span_us)
{
    assert(span_us >= 0);
    return t_us > INT64_MAX - span_us ? INT64_MAX : t_us + span_us;
}

int64_t lee__lost_after_us(const lee_watch *watch, uint32_t zone)
{
    const int32_t lost_after_s = watch->generation.list->zones[zone].watch.lost_after_s;
    return lost_after_s > 0 ? lost_after_s * LEE_US_PER_S : 0;
}

bool lee__zone_is_pre_active(const lee_watch *watch, uint32_t zone, int64_t t_us)
{
    const lee_zone *const z = &watch->generation.list->zones[zone];
    int64_t edge_us;
    return z->watch.look_ahead_s > 0 && !lee_schedule_active(&z->schedule, t_us) &&
           lee_schedule_next_edge(&z->schedule, t_us, &edge_us) &&
           edge_us <= lee__time_after(t_us, z->watch.look_ahead_s * LEE_US_PER_S);
}

lee_band_altitude lee__moment_altitude(const lee_watch *watch, const lee_track *track, int64_t t_us)
{
    const lee_track_options *const options = &watch->track_options;
    const lee_report *const last = &track->last;
    lee_band_altitude altitude = {0};
    if (lee_track_field_age(options, track, LEE_REPORT_INDEX_ALT_BARO, t_us) != LEE_AGE_EXPIRED) {
        altitude.has_baro = true;
        altitude.alt_baro_ft = last->alt_baro_ft;
    }
    if (lee_track_field_age(options, track, LEE_REPORT_INDEX_ALT_HAE, t_us) != LEE_AGE_EXPIRED) {
        altitude.has_hae = true;
        altitude.alt_hae_ft = last->alt_hae_ft;
    }
    altitude.on_ground =
        last->on_ground &&
        lee_track_field_age(options, track, LEE_REPORT_INDEX_ON_GROUND, t_us) != LEE_AGE_EXPIRED;
    return altitude;
}

static lee_permit_subject subject_of(const lee_moment *m)
{
    const lee_report *const last = &m->track->last;
    lee_permit_subject subject = {.target = last->target, .altitude = m->now.altitude};
    if (lee__moment_knows(m, LEE_REPORT_INDEX_CALLSIGN)) {
        memcpy(subject.callsign, last->callsign, sizeof subject.callsign);
    }
    if (lee__moment_knows(m, LEE_REPORT_INDEX_CATEGORY)) {
        memcpy(subject.category, last->category, sizeof subject.category);
    }
    if (lee__moment_knows(m, LEE_REPORT_INDEX_REGISTRATION)) {
        memcpy(subject.registration, last->registration, sizeof subject.registration);
    }
    subject.point = m->now.point;
    subject.has_track = lee__moment_knows(m, LEE_REPORT_INDEX_TRACK);
    subject.track_deg_e3 = subject.has_track ? last->track_deg_e3 : 0;
    subject.has_squawk = lee__moment_knows(m, LEE_REPORT_INDEX_SQUAWK);
    subject.squawk = subject.has_squawk ? last->squawk : 0;
    return subject;
}

const lee_permit_subject *lee__moment_subject(lee_moment *m)
{
    if (!m->has_subject) {
        m->subject = subject_of(m);
        m->has_subject = true;
    }
    return &m->subject;
}

void lee__moment(lee_watch *watch, uint32_t slot, int64_t t_us, bool is_report, lee_moment *m)
{
    lee_visit *const visit = &watch->visits[slot];
    assert(is_report || visit->has_place);
    m->watch = watch;
    m->slot = slot;
    m->track = lee_track_table_at(watch->tracks, slot);
    m->visit = visit;
    m->t_us = t_us > visit->told_us ? t_us : visit->told_us;
    m->is_report = is_report;
    m->is_moved = false;
    m->has_drift = false;
    m->has_before = visit->has_place;
    m->before = visit->place;
    m->is_clear = false;
    m->course.known = false;
    m->climb.known = false;
    m->fan.horizon_s = 0.0;
    m->route.horizon_s = 0.0;
    m->has_subject = false;
    m->now = (lee_place){.t_us = t_us, .point = visit->place.point};
    if (is_report) {
        m->now.point = (lee_point){m->track->last.lat_e7, m->track->last.lon_e7};
    }
    m->now.altitude = lee__moment_altitude(watch, m->track, t_us);
    m->now.air = lee__air_at(watch, m->now.point, t_us);
    const int64_t known_us = watch->generation.lost_after_max_s * LEE_US_PER_S;
    m->has_way = is_report && m->has_before &&
                 (uint64_t)m->now.t_us - (uint64_t)m->before.t_us <= (uint64_t)known_us;
    if (m->has_way) {
        m->way = lee__way_between(m->before.point, m->now.point);
    }
}

bool lee__moment_has_way(const lee_moment *m, uint32_t zone)
{
    assert(!m->is_report || !m->has_before || m->now.t_us >= m->before.t_us);
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    if (!(m->is_report || m->is_moved) || !m->has_before ||
        (uint64_t)m->now.t_us - (uint64_t)m->before.t_us >
            (uint64_t)lee__lost_after_us(m->watch, zone)) {
        return false;
    }
    return !bubble || (lee__bubble_is_known(bubble, m->before.t_us) &&
                       !lee__bubble_is_stale(m->watch, bubble, m->now.t_us));
}

bool lee__moment_leave_has_edge(const lee_moment *m, uint32_t zone)
{
    const lee_report *const last = &m->track->last;
    lee_permit_subject subject = {.target = last->target,
                                  .has_squawk = last->present & LEE_REPORT_HAS_SQUAWK,
                                  .squawk = last->squawk};
    memcpy(subject.callsign, last->callsign, sizeof subject.callsign);
    memcpy(subject.category, last->category, sizeof subject.category);
    memcpy(subject.registration, last->registration, sizeof subject.registration);
    return lee_permit_book_has_edge(m->watch->permits, &subject, zone, m->now.t_us) ||
           lee__inhibit_has_edge(&m->watch->inhibitions, &last->target,
                                 m->watch->generation.list->zones[zone].id, m->now.t_us);
}

static const lee_pair *pair_of(const lee_moment *m, uint32_t zone)
{
    uint32_t at = m->visit->first_pair;
    while (at != LEE_WATCH_NONE && m->watch->pairs[at].zone != zone) {
        at = m->watch->pairs[at].next;
    }
    return at == LEE_WATCH_NONE ? NULL : &m->watch->pairs[at];
}

/* With what this target broke in this zone. */
static lee_permit_subject subject_in(const lee_moment *m, uint32_t zone, lee_leave_where where)
{
    lee_permit_subject subject = m->has_subject ? m->subject : subject_of(m);
    const lee_pair *const pair = pair_of(m, zone);
    subject.broken = pair ? &pair->broken : NULL;
    subject.is_off_routes = where == LEE_LEAVE_OFF_ROUTES;
    return subject;
}

size_t lee__moment_routes(const lee_moment *m, uint32_t zone, uint32_t *out, size_t capacity)
{
    const lee_permit_subject subject = subject_in(m, zone, LEE_LEAVE_HERE);
    return lee_permit_book_routes(m->watch->permits, &subject, zone, m->t_us, out, capacity);
}

static uint32_t match(const lee_moment *m, uint32_t zone, lee_leave_where where,
                      lee_permit_miss *miss)
{
    const lee_permit_subject subject = subject_in(m, zone, where);
    const lee_band_conditions conditions = lee__volume_conditions(m->watch, zone, &m->now);
    return lee_permit_book_match(m->watch->permits, &subject, zone, m->t_us, &conditions, miss);
}

bool lee__moment_may_be_in(const lee_moment *m, uint32_t zone, lee_leave_where where)
{
    return m->watch->generation.list->zones[zone].entry == LEE_ENTRY_ALLOW ||
           (m->watch->permits && match(m, zone, where, NULL) != LEE_PERMIT_NONE);
}

static void put_id(char permit_id[48], const char *prefix, const char *id)
{
    const size_t before = strlen(prefix);
    const size_t length = strlen(id);
    assert(before < 47);
    memcpy(permit_id, prefix, before);
    memcpy(permit_id + before, id, length < 47 - before ? length : 47 - before);
}

bool lee__moment_permitted(lee_moment *m, uint32_t zone, lee_leave_where where, char permit_id[48])
{
    memset(permit_id, 0, 48);
    lee_watch *const watch = m->watch;
    const lee_zone *const z = &watch->generation.list->zones[zone];
    uint32_t permit = LEE_PERMIT_NONE;
    m->permit = NULL;
    m->miss = LEE_MISS_NONE;
    if (watch->permits) {
        (void)lee__moment_subject(m);
        permit = match(m, zone, where, &m->miss);
    }
    if (permit != LEE_PERMIT_NONE) {
        m->permit = lee_permit_book_at(watch->permits, permit);
        put_id(permit_id, "", m->permit->id);
    } else if (watch->inhibitions.count > 0) {
        const lee_inhibition *const inhibition =
            lee__inhibit_find(&watch->inhibitions, &m->track->last.target, z->id, m->t_us);
        if (inhibition) {
            put_id(permit_id, LEE_INHIBIT_PREFIX, inhibition->id);
        }
    }
    if (lee__is_explained(watch, m->slot, zone)) {
        lee__explain_permit(m, zone, permit_id[0] != '\0' ? permit_id : NULL);
    }
    return permit_id[0] != '\0';
}
