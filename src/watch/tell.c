/* Events: their fields, the numbers of incidents, and the counting of those that are open. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "geo/distance.h"
#include "record/codec.h"

static void put_le(uint8_t *out, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

/* From zone, target, instant and first event, so that a replay, or another watch that sees the same
 * traffic, gives the same number. The count tells incidents apart that follow each other within one
 * instant, as when a permit is replaced. */
static uint64_t number_of(const lee_moment *m, const char *zone, lee_event_kind first)
{
    uint8_t bytes[8 + LEE_TARGET_BYTES + 8 + 8 + 8 + 8];
    const uint32_t ordinal = m->visit->ended_us == m->t_us ? m->visit->ended_count : 0;
    put_le(bytes, lee_hash(zone, strlen(zone)));
    memcpy(bytes + 8, m->track->last.target.text, LEE_TARGET_BYTES);
    put_le(bytes + 8 + LEE_TARGET_BYTES, (uint64_t)m->t_us);
    put_le(bytes + 16 + LEE_TARGET_BYTES, (uint64_t)first);
    put_le(bytes + 24 + LEE_TARGET_BYTES, ordinal);
    put_le(bytes + 32 + LEE_TARGET_BYTES, m->watch->options.incident_key);
    return lee_hash(bytes, sizeof bytes);
}

bool lee__tell_begin(lee_moment *m, lee_pair *pair, lee_event_kind first)
{
    lee_watch *const watch = m->watch;
    assert(!lee__pair_is_open(pair));
    if (watch->counters.incidents_open == watch->options.incidents_max) {
        if (!pair->refused) {
            watch->counters.incidents_refused++;
        }
        pair->refused = true;
        return false;
    }
    watch->counters.incidents_open++;
    pair->refused = false;
    pair->lost = false;
    pair->incident = number_of(m, watch->generation.list->zones[pair->zone].id, first);
    return true;
}

static bool is_imminent(const lee_watch *watch, const lee_pair *pair)
{
    return lee__predict_is_imminent(&watch->generation.list->zones[pair->zone].watch,
                                    pair->entry_us);
}

lee_severity lee__tell_severity(const lee_watch *watch, const lee_pair *pair, lee_event_kind kind)
{
    if (pair->permitted) {
        return pair->behaviour & LEE_BEHAVIOUR_LEAVES_ROUTE ? LEE_SEVERITY_MEDIUM
                                                            : LEE_SEVERITY_LOW;
    }
    if (watch->generation.list->zones[pair->zone].entry == LEE_ENTRY_ALLOW) {
        return (pair->behaviour & ~LEE_BEHAVIOUR_APPEARED) != 0 ? LEE_SEVERITY_MEDIUM
                                                                : LEE_SEVERITY_LOW;
    }
    if (pair->state == LEE_PAIR_INSIDE || kind == LEE_EVENT_CROSSED) {
        return LEE_SEVERITY_HIGH;
    }
    /* Where it first was seen says nothing of what it does. */
    if ((pair->behaviour & ~LEE_BEHAVIOUR_APPEARED) != 0) {
        return LEE_SEVERITY_MEDIUM;
    }
    return pair->heading && is_imminent(watch, pair) ? LEE_SEVERITY_MEDIUM : LEE_SEVERITY_LOW;
}

static void put_altitude(const lee_moment *m, const lee_stance *stance, lee_event *event)
{
    const lee_band_altitude *const altitude = &m->now.altitude;
    lee_alt alt = {altitude->alt_baro_ft, LEE_ALT_STD};
    if (stance && stance->band.has_used) {
        alt = stance->band.used;
    } else if (!altitude->has_baro && altitude->has_hae) {
        alt = (lee_alt){altitude->alt_hae_ft, LEE_ALT_HAE};
    } else if (!altitude->has_baro) {
        return;
    }
    event->present |= LEE_EVENT_HAS_ALT | LEE_EVENT_HAS_ALT_REF;
    event->alt_ft = alt.ft;
    event->alt_ref = (int32_t)alt.ref;
}

static void put_entry(lee_moment *m, lee_pair *pair, lee_event *event)
{
    if (pair->entry_guessed) {
        event->present |= LEE_EVENT_HAS_P_INSIDE;
        event->p_inside_e3 = pair->chance_e3;
    } else if (!pair->entry_placed) {
        pair->entry_point = lee__way_point(m->now.point, lee__predict_end(m).point, pair->entry_at);
    }
    event->present |=
        LEE_EVENT_HAS_TIME_TO_ENTRY | LEE_EVENT_HAS_ENTRY_LAT | LEE_EVENT_HAS_ENTRY_LON;
    event->time_to_entry_s_e3 = (int32_t)(pair->entry_us / 1000);
    event->entry_lat_e7 = pair->entry_point.lat_e7;
    event->entry_lon_e7 = pair->entry_point.lon_e7;
}

static void put_cross(const lee_pair *pair, lee_event *event)
{
    event->present |= LEE_EVENT_HAS_CROSSED_AT | LEE_EVENT_HAS_CROSS_LAT | LEE_EVENT_HAS_CROSS_LON;
    event->crossed_at_us = pair->cross_us;
    event->cross_lat_e7 = pair->cross_point.lat_e7;
    event->cross_lon_e7 = pair->cross_point.lon_e7;
}

static void put_depth(const lee_moment *m, const lee_pair *pair, lee_event *event)
{
    const lee_area *const area = &m->watch->generation.list->zones[pair->zone].area;
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, pair->zone);
    const double depth_m = lee__exempt_depth_m(
        m, pair->zone,
        bubble ? lee__bubble_depth_m(m, bubble) : lee_area_distance_m(area, m->now.point, NULL));
    if (depth_m < 1e9) {
        event->present |= LEE_EVENT_HAS_DEPTH;
        event->depth_m = (int32_t)(depth_m + 0.5);
    }
}

static void put_text(char *out, size_t capacity, const char *text)
{
    const size_t length = strlen(text);
    assert(length < capacity);
    memcpy(out, text, length < capacity ? length : capacity - 1);
}

static const char *const heads[] = {"straight", "turning", "levelling", "following"};

static bool is_suspect_itself(const lee_track *track)
{
    const uint32_t others = LEE_DOUBTS_OF_CROWD | (uint32_t)LEE_DOUBT_ACCURACY;
    return track->confidence == LEE_CONFIDENCE_SUSPECT && (track->doubts & ~others);
}

static void put_texts(lee_moment *m, const lee_pair *pair, const char *reason,
                      const lee_stance *stance, lee_event *event)
{
    const lee_permit_subject *const subject = lee__moment_subject(m);
    if (subject->callsign[0] != '\0') {
        event->present |= LEE_EVENT_HAS_CALLSIGN;
        memcpy(event->callsign, subject->callsign, sizeof event->callsign);
    }
    if (pair->permitted) {
        event->present |= LEE_EVENT_HAS_PERMIT;
        memcpy(event->permit, pair->permit_id, sizeof event->permit);
    }
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, pair->zone);
    const bool is_stale = stance && bubble && lee__bubble_is_stale(m->watch, bubble, m->now.t_us);
    const bool doubtful = stance && (stance->blurred || stance->cautious || is_stale);
    if (doubtful || is_suspect_itself(m->track) || m->track->region_m > 0) {
        event->present |= LEE_EVENT_HAS_CONFIDENCE;
        put_text(event->confidence, sizeof event->confidence, "low");
    }
    if (!reason && pair->permitted) {
        reason = lee__inhibit_leave(pair->permit_id, "");
    } else if (!reason && doubtful) {
        reason = is_stale          ? "carrier_stale"
                 : stance->blurred ? "altitude_unknown"
                                   : "limit_uncertain";
    } else if (!reason && event->kind == LEE_EVENT_PREDICTED && pair->starts) {
        reason = "zone_starts";
    } else if (!reason && event->kind == LEE_EVENT_PREDICTED && pair->by_error) {
        reason = "within_errors";
    } else if (!reason && event->kind == LEE_EVENT_PREDICTED && pair->entry_guessed) {
        reason = heads[pair->heads];
    } else if (!reason && pair->miss != LEE_MISS_NONE && event->kind != LEE_EVENT_LEFT) {
        reason = lee_permit_miss_name((lee_permit_miss)pair->miss);
    }
    if (reason) {
        event->present |= LEE_EVENT_HAS_REASON;
        put_text(event->reason, sizeof event->reason, reason);
    }
}

static void put_reason(lee_event *event, const char *word)
{
    size_t at = strlen(event->severity_reasons);
    const size_t length = strlen(word);
    if (at + 1 + length < sizeof event->severity_reasons) {
        event->present |= LEE_EVENT_HAS_SEVERITY_REASONS;
        if (at > 0) {
            event->severity_reasons[at++] = ' ';
        }
        memcpy(event->severity_reasons + at, word, length);
    }
}

/* Why it is as grave as it is. */
static void put_severity_reasons(const lee_moment *m, const lee_pair *pair, lee_event *event)
{
    const bool allows = m->watch->generation.list->zones[pair->zone].entry == LEE_ENTRY_ALLOW;
    if (pair->permitted) {
        put_reason(event, lee__inhibit_leave(pair->permit_id, ""));
    } else if (allows) {
        put_reason(event, "entry_allowed");
    } else if (event->kind == LEE_EVENT_CROSSED) {
        put_reason(event, "crossed");
    } else if (pair->state == LEE_PAIR_INSIDE) {
        put_reason(event, "inside");
    } else if (pair->heading && is_imminent(m->watch, pair)) {
        put_reason(event, "imminent");
    } else {
        put_reason(event, pair->heading ? "ahead" : "near");
    }
    if (!pair->permitted && pair->starts && pair->heading) {
        put_reason(event, "zone_starts");
    }
    if (!pair->permitted && pair->miss != LEE_MISS_NONE) {
        put_reason(event, lee_permit_miss_name((lee_permit_miss)pair->miss));
    }
    const char *word;
    for (size_t i = 0; (word = lee__behaviour_word(pair->behaviour, i)) != NULL; i++) {
        put_reason(event, word);
    }
}

void lee__tell_parameters(const lee_watch *watch, lee_event *event)
{
    event->present |= LEE_EVENT_HAS_PARAMETERS;
    lee_incident_text(watch->generation.facts[event->zone_index].parameters, event->parameters);
}

void lee__tell(lee_moment *m, lee_pair *pair, lee_event_kind kind, const char *reason,
               const lee_stance *stance)
{
    lee_watch *const watch = m->watch;
    assert(m->t_us >= m->visit->told_us);
    lee_stance whole = {0};
    if (stance) {
        whole = lee__volume_whole_stance(m, pair->zone, stance);
        stance = &whole;
    }
    lee_event event = {
        .t_us = m->t_us,
        .kind = kind,
        .incident = pair->incident,
        .zone = watch->generation.list->zones[pair->zone].id,
        .zone_index = pair->zone,
        .zone_generation = watch->generation.number,
        .target = m->track->last.target,
        .present = LEE_EVENT_HAS_POSITION | LEE_EVENT_HAS_SEVERITY,
        .lat_e7 = m->now.point.lat_e7,
        .lon_e7 = m->now.point.lon_e7,
        .severity = kind == LEE_EVENT_ENDED || kind == LEE_EVENT_LEFT || kind == LEE_EVENT_VERDICT
                        ? pair->severity_told
                        : (int32_t)lee__tell_severity(watch, pair, kind),
    };
    lee__tell_parameters(watch, &event);
    put_altitude(m, stance, &event);
    put_texts(m, pair, reason, stance, &event);
    if (kind != LEE_EVENT_ENDED && kind != LEE_EVENT_LEFT) {
        put_severity_reasons(m, pair, &event);
    }
    if (pair->heading && (kind == LEE_EVENT_PREDICTED || kind == LEE_EVENT_UPDATED)) {
        put_entry(m, pair, &event);
        pair->entry_told_us = pair->entry_us;
    }
    if (pair->has_cross &&
        (kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_CROSSED || kind == LEE_EVENT_LEFT)) {
        put_cross(pair, &event);
    }
    if (kind == LEE_EVENT_VERDICT) {
        event.present |= LEE_EVENT_HAS_P_INSIDE;
        event.p_inside_e3 = pair->proof_e3;
    }
    if (kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_PRESENT) {
        put_depth(m, pair, &event);
    }
    pair->severity_told = (uint8_t)event.severity;
    /* What ends and what is proved is not where anybody looks for what began. */
    const bool is_news =
        kind != LEE_EVENT_LEFT && kind != LEE_EVENT_ENDED && kind != LEE_EVENT_VERDICT;
    pair->behaviour_told |= is_news ? pair->behaviour : 0;
    pair->update_us = m->t_us;
    m->visit->told_us = m->t_us;
    watch->counters.events++;
    if (lee__is_explained(watch, m->slot, pair->zone)) {
        lee__explain_event(watch, &event);
    }
    watch->sink(watch->sink_context, &event);
}

void lee__tell_end(lee_moment *m, lee_pair *pair, const char *reason)
{
    assert(lee__pair_is_open(pair));
    lee__tell(m, pair, LEE_EVENT_ENDED, reason, NULL);
    if (pair->state == LEE_PAIR_INSIDE &&
        m->watch->generation.list->zones[pair->zone].watch.map_error_m > 0) {
        lee__tell(m, pair, LEE_EVENT_VERDICT, lee__verdict_word(pair), NULL);
    }
    pair->proof_e3 = 0;
    pair->proof_told = false;
    pair->seen = 0;
    pair->predicted_seen = 0;
    assert(m->watch->counters.incidents_open > 0);
    m->watch->counters.incidents_open--;
    m->visit->ended_count = m->visit->ended_us == m->t_us ? m->visit->ended_count + 1 : 1;
    m->visit->ended_us = m->t_us;
    pair->state = LEE_PAIR_PENDING;
    pair->lost = false;
    pair->has_cross = false;
    pair->incident = 0;
}
