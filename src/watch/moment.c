/* A track at one moment, as the judges see it. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"

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

static bool is_usable(const lee_moment *m, int index)
{
    return lee_track_field_age(&m->watch->track_options, m->track, index, m->now.t_us) !=
           LEE_AGE_EXPIRED;
}

/* The altitude at the moment's own time: what has expired by then is not known any more. */
static lee_band_altitude altitude_of(const lee_moment *m, int64_t t_us)
{
    const lee_track_options *const options = &m->watch->track_options;
    const lee_report *const last = &m->track->last;
    lee_band_altitude altitude = {0};
    if (lee_track_field_age(options, m->track, LEE_REPORT_INDEX_ALT_BARO, t_us) !=
        LEE_AGE_EXPIRED) {
        altitude.has_baro = true;
        altitude.alt_baro_ft = last->alt_baro_ft;
    }
    if (lee_track_field_age(options, m->track, LEE_REPORT_INDEX_ALT_HAE, t_us) != LEE_AGE_EXPIRED) {
        altitude.has_hae = true;
        altitude.alt_hae_ft = last->alt_hae_ft;
    }
    altitude.on_ground =
        last->on_ground &&
        lee_track_field_age(options, m->track, LEE_REPORT_INDEX_ON_GROUND, t_us) != LEE_AGE_EXPIRED;
    return altitude;
}

static lee_permit_subject subject_of(const lee_moment *m)
{
    const lee_report *const last = &m->track->last;
    lee_permit_subject subject = {.target = last->target, .altitude = m->now.altitude};
    if (is_usable(m, LEE_REPORT_INDEX_CALLSIGN)) {
        memcpy(subject.callsign, last->callsign, sizeof subject.callsign);
    }
    if (is_usable(m, LEE_REPORT_INDEX_CATEGORY)) {
        memcpy(subject.category, last->category, sizeof subject.category);
    }
    subject.has_squawk = is_usable(m, LEE_REPORT_INDEX_SQUAWK);
    subject.squawk = subject.has_squawk ? last->squawk : 0;
    return subject;
}

lee_moment lee__moment(lee_watch *watch, uint32_t slot, int64_t t_us, bool is_report)
{
    lee_visit *const visit = &watch->visits[slot];
    lee_moment m = {
        .watch = watch,
        .slot = slot,
        .track = lee_track_table_at(watch->tracks, slot),
        .visit = visit,
        .t_us = t_us > visit->told_us ? t_us : visit->told_us,
        .is_report = is_report,
        .has_before = visit->has_place,
        .before = visit->place,
    };
    assert(is_report || visit->has_place);
    m.now.t_us = t_us;
    m.now.point = visit->place.point;
    if (is_report) {
        m.now.point = (lee_point){m.track->last.lat_e7, m.track->last.lon_e7};
    }
    m.now.altitude = altitude_of(&m, t_us);
    m.subject = subject_of(&m);
    return m;
}

bool lee__moment_has_way(const lee_moment *m, uint32_t zone)
{
    assert(!m->is_report || !m->has_before || m->now.t_us >= m->before.t_us);
    return m->is_report && m->has_before &&
           (uint64_t)m->now.t_us - (uint64_t)m->before.t_us <=
               (uint64_t)lee__lost_after_us(m->watch, zone);
}

bool lee__moment_permitted(const lee_moment *m, uint32_t zone, char permit_id[48])
{
    const uint32_t permit =
        lee_permit_book_match(m->watch->permits, &m->subject, zone, m->t_us, &m->watch->conditions);
    memset(permit_id, 0, 48);
    if (permit == LEE_PERMIT_NONE) {
        return false;
    }
    const char *const id = lee_permit_book_at(m->watch->permits, permit)->id;
    const size_t length = strlen(id);
    memcpy(permit_id, id, length < 47 ? length : 47);
    return true;
}
