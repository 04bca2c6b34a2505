/* Tells the steps of a decision in words, for one target and one zone, while it is traced. */
#include "watch/explain.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "record/codec.h"
#include "watch/state.h"
#include "zone/names.h"
#include "zone/watch_fields.h"

/* --- asking for it ------------------------------------------------------------------------------
 */

void lee_watch_trace(lee_watch *watch, const lee_target *target, const char *zone,
                     lee_trace_sink *sink, void *context)
{
    assert(watch && (!sink || (target && zone)));
    watch->tracing = (lee_tracing){.sink = sink, .context = context};
    if (sink) {
        const size_t length = strlen(zone);
        const size_t most = sizeof watch->tracing.zone - 1;
        watch->tracing.target = *target;
        memcpy(watch->tracing.zone, zone, length < most ? length : most);
    }
}

bool lee__explain_wants(const lee_watch *watch, uint32_t slot, uint32_t zone)
{
    return strcmp(watch->generation.list->zones[zone].id, watch->tracing.zone) == 0 &&
           lee_target_equal(&lee_track_table_at(watch->tracks, slot)->last.target,
                            &watch->tracing.target);
}

/* --- building a step ----------------------------------------------------------------------------
 */

static lee_trace begin(const char *step, int64_t t_us)
{
    return (lee_trace){.t_us = t_us, .step = step};
}

static void say(lee_trace *trace, const char *words)
{
    assert(trace->word_count < LEE_TRACE_WORDS_MAX);
    trace->words[trace->word_count++] = words;
}

static void put_fixed(lee_trace *trace, const char *key, int64_t value, int decimals)
{
    assert(trace->value_count < LEE_TRACE_VALUES_MAX);
    trace->values[trace->value_count++] =
        (lee_trace_value){.key = key, .value = value, .decimals = decimals};
}

static void put_int(lee_trace *trace, const char *key, int64_t value)
{
    put_fixed(trace, key, value, 0);
}

static void put_text(lee_trace *trace, const char *key, const char *text)
{
    assert(trace->value_count < LEE_TRACE_VALUES_MAX);
    trace->values[trace->value_count++] = (lee_trace_value){.key = key, .text = text};
}

static void tell(const lee_watch *watch, const lee_trace *trace)
{
    watch->tracing.sink(watch->tracing.context, trace);
}

/* --- the zone and its parameters ----------------------------------------------------------------
 */

static const char *const kind_of_ft[LEE_ALT_REF_COUNT] = {
    [LEE_ALT_STD] = " ft of pressure altitude",
    [LEE_ALT_MSL] = " ft above sea level",
    [LEE_ALT_AGL] = " ft above ground",
    [LEE_ALT_HAE] = " ft above the ellipsoid",
};

static void put_limit(lee_trace *trace, const char *key, const char *ref_key,
                      const lee_alt_limit *limit)
{
    if (limit->kind == LEE_LIMIT_VALUE) {
        put_int(trace, key, limit->alt.ft);
        put_text(trace, ref_key, kind_of_ft[limit->alt.ref]);
    } else {
        put_text(trace, key, limit->kind == LEE_LIMIT_SFC ? "the surface" : "no limit");
        put_text(trace, ref_key, "");
    }
}

/* All that the zone may set, by name, so that whoever reads it knows what decided. */
static void tell_parameters(lee_watch *watch, uint32_t zone_index, int64_t t_us)
{
    const lee_zone_watch *const rules = &watch->generation.list->zones[zone_index].watch;
    char digest[17];
    lee_incident_text(watch->generation.facts[zone_index].parameters, digest);
    lee_trace trace = begin("rules", t_us);
    say(&trace, "Its parameters, {parameters}, are");
#define SAY(member, min, max) " " #member " {" #member "}"
    say(&trace, LEE_ZONE_WATCH_FIELDS(SAY) ".");
#undef SAY
    if (rules->observers > 0) {
        say(&trace, " It asks for {observers} observers.");
        put_int(&trace, "observers", rules->observers);
    }
    put_text(&trace, "parameters", digest);
#define PUT(member, min, max) put_int(&trace, #member, rules->member);
    LEE_ZONE_WATCH_FIELDS(PUT)
#undef PUT
    tell(watch, &trace);
}

static void tell_zone(lee_watch *watch, uint32_t zone_index, int64_t t_us)
{
    const lee_zone *const zone = &watch->generation.list->zones[zone_index];
    const lee_band_conditions *const there = &watch->generation.facts[zone_index].conditions;
    lee_tracing *const tracing = &watch->tracing;
    if (tracing->has_told_zone && tracing->told_generation == watch->generation.number) {
        return;
    }
    tracing->has_told_zone = true;
    tracing->told_generation = watch->generation.number;
    lee_trace trace = begin("zone", t_us);
    say(&trace, "Judged against zone {zone} ({kind}, entry {entry}) of generation {generation}: "
                "from {lower}{lower_ref} up to {upper}{upper_ref}. ");
    say(&trace, "It looks {look_ahead_s} s ahead and warns {warning_time_s} s before an entry; "
                "{confirm} reports in a row confirm, {hold} misses are borne. ");
    say(&trace, "Outside again is what is more than {lateral_margin_m} m or {vertical_margin_ft} "
                "ft outside; silence of {lost_after_s} s is told. ");
    say(&trace, "The geoid is {geoid_m} m above the ellipsoid, within {geoid_error_m} m; a "
                "value is stale after {stale_after_s} s and not used after {expire_after_s} s.");
    put_text(&trace, "zone", zone->id);
    put_text(&trace, "kind", lee_zone_kind_name(zone->kind));
    put_text(&trace, "entry", lee_zone_entry_name(zone->entry));
    put_int(&trace, "generation", (int64_t)watch->generation.number);
    put_limit(&trace, "lower", "lower_ref", &zone->lower);
    put_limit(&trace, "upper", "upper_ref", &zone->upper);
    put_int(&trace, "look_ahead_s", zone->watch.look_ahead_s);
    put_int(&trace, "warning_time_s", zone->watch.warning_time_s);
    put_int(&trace, "confirm", zone->watch.confirm);
    put_int(&trace, "hold", zone->watch.hold);
    put_int(&trace, "lateral_margin_m", zone->watch.lateral_margin_m);
    put_int(&trace, "vertical_margin_ft", zone->watch.vertical_margin_ft);
    put_int(&trace, "lost_after_s", zone->watch.lost_after_s);
    put_int(&trace, "geoid_m", there->geoid_m);
    put_int(&trace, "geoid_error_m", there->geoid_error_m);
    put_int(&trace, "stale_after_s", watch->options.stale_after_s);
    put_int(&trace, "expire_after_s", watch->options.expire_after_s);
    tell(watch, &trace);
    tell_parameters(watch, zone_index, t_us);
}

/* --- what is known of the target ----------------------------------------------------------------
 */

static bool is_known(const lee_moment *m, int index)
{
    return lee_track_field_age(&m->watch->track_options, m->track, index, m->now.t_us) !=
           LEE_AGE_EXPIRED;
}

static void say_altitude(lee_trace *trace, const lee_band_altitude *altitude)
{
    if (altitude->has_baro) {
        say(trace, ", {alt_baro_ft} ft of pressure altitude");
        put_int(trace, "alt_baro_ft", altitude->alt_baro_ft);
    }
    if (altitude->has_hae) {
        say(trace, ", {alt_hae_ft} ft above the ellipsoid");
        put_int(trace, "alt_hae_ft", altitude->alt_hae_ft);
    }
    if (altitude->on_ground) {
        say(trace, ", on the ground");
    } else if (!altitude->has_baro && !altitude->has_hae) {
        say(trace, ", altitude not known");
    }
}

static void say_motion(lee_trace *trace, const lee_moment *m)
{
    const lee_report *const last = &m->track->last;
    if (is_known(m, LEE_REPORT_INDEX_SPEED_GROUND)) {
        say(trace, ", {speed_ground_kt} kt");
        put_fixed(trace, "speed_ground_kt", last->speed_ground_kt_e3, 3);
    }
    if (is_known(m, LEE_REPORT_INDEX_TRACK)) {
        say(trace, " towards {track_deg} degrees");
        put_fixed(trace, "track_deg", last->track_deg_e3, 3);
    }
    int32_t rate_fpm = 0;
    if (lee_track_table_rate(m->watch->tracks, m->slot, m->now.t_us, &rate_fpm)) {
        say(trace, ", vertical rate {vertical_rate_fpm} ft/min");
        put_int(trace, "vertical_rate_fpm", rate_fpm);
    }
}

static void tell_report(const lee_moment *m)
{
    lee_trace trace = begin("report", m->t_us);
    const lee_report *const last = &m->track->last;
    if (m->is_report) {
        say(&trace, "A report ({source}) of {target}");
        put_text(&trace, "source",
                 lee_source_name((lee_source)m->track->field_source[LEE_REPORT_INDEX_LAT]));
    } else {
        say(&trace, "Judged again because zones, permits or the hour changed, {age_s} s after its "
                    "last position: {target}");
        put_fixed(&trace, "age_s", (m->now.t_us - m->before.t_us) / 1000, 3);
    }
    put_text(&trace, "target", last->target.text);
    if (m->has_subject && m->subject.callsign[0] != '\0') {
        say(&trace, " ({callsign})");
        put_text(&trace, "callsign", m->subject.callsign);
    }
    say(&trace, " at {lat}, {lon}");
    put_fixed(&trace, "lat", m->now.point.lat_e7, 7);
    put_fixed(&trace, "lon", m->now.point.lon_e7, 7);
    say_altitude(&trace, &m->now.altitude);
    say_motion(&trace, m);
    if (m->has_before && m->is_report) {
        say(&trace, "; the position before was {since_s} s ago");
        put_fixed(&trace, "since_s", (m->now.t_us - m->before.t_us) / 1000, 3);
    }
    say(&trace, ".");
    tell(m->watch, &trace);
}

/* --- where it is ---------------------------------------------------------------------------------
 */

/* The pressure that a conversion took, and whose word it is. */
static void say_air(lee_trace *trace, const lee_moment *m)
{
    const lee_air *const air = &m->now.air;
    const lee_watch *const watch = m->watch;
    const int32_t configured_e1 = watch->has_air ? 0 : watch->options.qnh_hpa_e1;
    if (air->from == LEE_AIR_UNKNOWN && configured_e1 == 0) {
        say(trace, watch->has_air
                       ? " The pressure at sea level is not known here now: limits that need it "
                         "are taken {qnh_unknown_ft} ft wider."
                       : " Nobody states the pressure at sea level: altitudes by pressure and "
                         "above the sea are compared as they are.");
        put_int(trace, "qnh_unknown_ft", air->unknown_ft);
        return;
    }
    say(trace, " The pressure at sea level is {qnh_hpa} hPa, within {qnh_error_ft} ft, ");
    put_fixed(trace, "qnh_hpa", configured_e1 != 0 ? configured_e1 : air->qnh_hpa_e1, 1);
    put_int(trace, "qnh_error_ft", configured_e1 != 0 ? LEE_QNH_ERROR_FT : air->error_ft);
    const lee_qnh *const stated = air->from == LEE_AIR_STATED
                                      ? lee_qnh_table_find(watch->qnh, m->now.point, m->now.t_us)
                                      : NULL;
    if (stated) {
        say(trace, "as {qnh} states.");
        put_text(trace, "qnh", stated->id);
    } else {
        say(trace, air->from == LEE_AIR_AIRCRAFT ? "as aircraft nearby show." : "as configured.");
    }
}

static void say_band(lee_trace *trace, const lee_moment *m, const lee_stance *stance)
{
    static const char *const sides[LEE_BAND_SIDE_COUNT] = {
        [LEE_BAND_BELOW] = "below", [LEE_BAND_WITHIN] = "within", [LEE_BAND_ABOVE] = "above"};
    const lee_band_answer *const band = &stance->band;
    if (stance->blurred) {
        say(trace, " Its altitude is not known, which counts as between the limits.");
        return;
    }
    if (!band->has_used) {
        say(trace, " No altitude is needed: the zone has no limits in height.");
        return;
    }
    say(trace, " Its altitude, {used_ft}{used_ref}, is {side} the limits");
    put_int(trace, "used_ft", band->used.ft);
    put_text(trace, "used_ref", kind_of_ft[band->used.ref]);
    put_text(trace, "side", sides[band->side]);
    if (band->error_ft > 0) {
        say(trace, " (converted, within {error_ft} ft)");
        put_int(trace, "error_ft", band->error_ft);
    }
    say(trace, stance->cautious ? "; what is not known of the ground or the pressure makes a limit "
                                  "count as the wider one."
                                : ".");
    if (band->error_ft > 0) {
        say_air(trace, m);
    }
}

static void say_ground(lee_trace *trace, const lee_moment *m, uint32_t zone)
{
    const lee_band_conditions here = lee__volume_conditions(m->watch, zone, &m->now);
    if (here.has_terrain) {
        say(trace, " The ground is {ground_ft} ft above the sea there.");
        put_int(trace, "ground_ft", here.terrain_min_ft);
    } else {
        say(trace, " The terrain does not say how high the ground is there.");
    }
}

void lee__explain_again(lee_moment *m, uint32_t zone)
{
    tell_zone(m->watch, zone, m->t_us);
    (void)lee__moment_subject(m);
    tell_report(m);
}

/* With whom the zone goes, and how old its place is. */
static void say_carrier(lee_trace *trace, const lee_moment *m, const lee_zone *zone,
                        const lee_bubble *bubble)
{
    put_text(trace, "carrier", zone->moving.around.text);
    if (!bubble->carrier.is_known) {
        say(trace, "It goes with {carrier}, which was not heard yet. ");
        return;
    }
    const int64_t age_us = m->now.t_us - bubble->carrier.t_us;
    say(trace, lee__bubble_is_stale(m->watch, bubble, m->now.t_us)
                   ? "It goes with {carrier}, which is silent for {carrier_age_s} s: it grew. "
                   : "It goes with {carrier}, heard {carrier_age_s} s ago. ");
    put_fixed(trace, "carrier_age_s", age_us > 0 ? age_us / 1000 : 0, 3);
}

void lee__explain_place(lee_moment *m, uint32_t zone, bool in_area, bool active,
                        const lee_stance *stance)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    lee__explain_again(m, zone);
    lee_trace trace = begin("place", m->t_us);
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    const double edge_m =
        bubble ? lee__bubble_edge_m(m, bubble) : lee_area_distance_m(&z->area, m->now.point, NULL);
    if (!active) {
        say(&trace, "The zone is not active at this hour. ");
    }
    if (bubble) {
        say_carrier(&trace, m, z, bubble);
    }
    say(&trace, in_area ? "It is inside the area, {edge_m} m from its edge."
                        : "It is outside the area, {edge_m} m from its edge.");
    put_fixed(&trace, "edge_m", edge_m < 1e12 ? (int64_t)(edge_m * 10.0 + 0.5) : -1, 1);
    if (in_area && active) {
        say_band(&trace, m, stance);
        if (m->watch->generation.facts[zone].over_ground) {
            say_ground(&trace, m, zone);
        }
    }
    if (stance->exempted_by) {
        say(&trace, " It is in {exempted_by}, which exempts who may be there from this zone.");
        put_text(&trace, "exempted_by", stance->exempted_by);
    }
    say(&trace, stance->within ? " So it is inside the zone." : " So it is not inside the zone.");
    tell(m->watch, &trace);
}

/* --- what is ahead, leave, state -----------------------------------------------------------------
 */

/* The ways ahead that lead in, with the weight of each kind. */
static void say_ways(lee_trace *trace, const lee_moment *m, const lee_outlook *outlook)
{
    const lee_report *const last = &m->track->last;
    say(trace, " Of its ways ahead these lead in: going straight {way_straight}, turning "
               "{way_turning}, ending its climb or descent {way_levelling}; together "
               "{chance_of_entry} of all.");
    put_fixed(trace, "way_straight", (int64_t)(outlook->shares[LEE_HEADS_STRAIGHT] * 1e3 + 0.5), 3);
    put_fixed(trace, "way_turning", (int64_t)(outlook->shares[LEE_HEADS_TURNING] * 1e3 + 0.5), 3);
    put_fixed(trace, "way_levelling", (int64_t)(outlook->shares[LEE_HEADS_LEVELLING] * 1e3 + 0.5),
              3);
    put_fixed(trace, "chance_of_entry", (int64_t)(outlook->chance * 1e3 + 0.5), 3);
    if (outlook->follows > 0.0) {
        say(trace, outlook->follows_axis
                       ? " It is expected to follow the axis of corridor {route} with a chance of "
                         "{follows}, as it did so far: on that way {way_following} leads in."
                       : " It is expected to follow the route of permit {route} with a chance of "
                         "{follows}, as it did so far: on that way {way_following} leads in.");
        put_text(trace, "route", outlook->route);
        put_fixed(trace, "follows", (int64_t)(outlook->follows * 1e3 + 0.5), 3);
        put_fixed(trace, "way_following",
                  (int64_t)(outlook->shares[LEE_HEADS_FOLLOWING] * 1e3 + 0.5), 3);
    }
    if (outlook->off_routes) {
        say(trace, " Only what lies off the routes of its permits counts.");
    }
    if (is_known(m, LEE_REPORT_INDEX_ALT_SELECTED)) {
        say(trace, " Its crew has selected {alt_selected_ft} ft.");
        put_int(trace, "alt_selected_ft", last->alt_selected_ft);
    }
}

void lee__explain_ahead(lee_moment *m, uint32_t zone, const char *outcome, int64_t entry_us,
                        const lee_outlook *outlook)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    lee_trace trace = begin("ahead", m->t_us);
    put_text(&trace, "outcome", outcome);
    if (strcmp(outcome, "no_look_ahead") == 0) {
        say(&trace, "This zone asks for no look ahead.");
    } else if (strcmp(outcome, "no_course") == 0) {
        say(&trace, "Nothing is predicted: it is on the ground, or speed or track is not known.");
    } else if (strcmp(outcome, "leaves_route") == 0) {
        say(&trace, "Going on like this it leaves the routes of its permits within the zone in "
                    "{time_to_entry_s} s.");
        put_fixed(&trace, "time_to_entry_s", entry_us / 1000, 3);
    } else if (strcmp(outcome, "keeps_route") == 0) {
        say(&trace, "Going on like this it keeps to the routes of its permits.");
    } else if (strcmp(outcome, "misses") != 0) {
        say(&trace, strcmp(outcome, "enters") == 0
                        ? "Going on like this it enters in {time_to_entry_s} s"
                        : "Going on like this it misses the zone, but with the errors that the "
                          "zone allows for it enters in {time_to_entry_s} s");
        put_fixed(&trace, "time_to_entry_s", entry_us / 1000, 3);
        put_int(&trace, "warning_time_s", z->watch.warning_time_s);
        put_int(&trace, "imminent_s", z->watch.imminent_s);
        say(&trace, lee__predict_is_imminent(&z->watch, entry_us)
                        ? ", which is imminent (at most {imminent_s} s): no confirmation is needed."
                    : entry_us <= z->watch.warning_time_s * LEE_US_PER_S
                        ? ", within the warning time of {warning_time_s} s."
                        : ", which is before the warning time of {warning_time_s} s.");
    } else {
        say(&trace, "Going on like this it does not enter within {look_ahead_s} s.");
        put_int(&trace, "look_ahead_s", z->watch.look_ahead_s);
    }
    if (outlook) {
        say_ways(&trace, m, outlook);
    }
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    if (bubble && bubble->carrier.turn_deg_s != 0.0) {
        const double turn = bubble->carrier.turn_deg_s * 1e3;
        say(&trace, " The zone's carrier turns by {carrier_turn_deg_s} degrees a second: it may go "
                    "on so or straight, whatever leads in more likely or sooner.");
        put_fixed(&trace, "carrier_turn_deg_s", (int64_t)(turn < 0.0 ? turn - 0.5 : turn + 0.5), 3);
    }
    tell(m->watch, &trace);
}

void lee__explain_permit(lee_moment *m, uint32_t zone, const char *permit_id)
{
    (void)zone;
    lee_trace trace = begin("permit", m->t_us);
    if (permit_id) {
        say(&trace, "Permit {permit} lets it in.");
        put_text(&trace, "permit", permit_id);
    } else if (m->miss != LEE_MISS_NONE) {
        say(&trace, "The permit that names it does not let it in: {miss}.");
        put_text(&trace, "miss", lee_permit_miss_name(m->miss));
    } else {
        say(&trace, "No permit lets it in.");
    }
    tell(m->watch, &trace);
}

void lee__explain_state(lee_moment *m, uint32_t zone, const lee_pair *pair)
{
    lee_trace trace = begin("state", m->t_us);
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    if (!pair) {
        say(&trace, "Nothing is open between this target and this zone.");
        tell(m->watch, &trace);
        return;
    }
    static const char *const states[] = {"pending", "predicted", "inside"};
    put_text(&trace, "state", states[pair->state]);
    put_int(&trace, "confirm", z->watch.confirm);
    put_int(&trace, "hold", z->watch.hold);
    put_int(&trace, "hits", pair->hits);
    put_int(&trace, "misses", pair->misses);
    put_int(&trace, "predict_hits", pair->predict_hits);
    put_int(&trace, "predict_misses", pair->predict_misses);
    say(&trace, "State: {state}");
    if (pair->within) {
        say(&trace, "; {hits} reports inside in a row ({confirm} confirm)");
    } else if (pair->state == LEE_PAIR_INSIDE) {
        say(&trace, "; {misses} reports outside in a row ({hold} are borne)");
    } else if (pair->heading) {
        say(&trace, "; {predict_hits} predictions of entry in a row ({confirm} confirm)");
    } else if (pair->state == LEE_PAIR_PREDICTED) {
        say(&trace, "; {predict_misses} predictions in a row without entry ({hold} are borne)");
    }
    if (pair->entry_guessed) {
        static const char *const ways[] = {"straight", "turning", "levelling", "following"};
        say(&trace, "; the chance of entry is {chance}, most likely {way} "
                    "({alert_chance_pct} % alerts)");
        put_fixed(&trace, "chance", pair->chance_e3, 3);
        put_text(&trace, "way", ways[pair->heads]);
        put_int(&trace, "alert_chance_pct", z->watch.alert_chance_pct);
    }
    say(&trace, pair->near ? "; near by the margins." : ".");
    tell(m->watch, &trace);
}

void lee__explain_event(const lee_watch *watch, const lee_event *event)
{
    lee_trace trace = begin("event", event->t_us);
    char incident[17];
    lee_incident_text(event->incident, incident);
    say(&trace, "Told: {event} of incident {incident}, severity {severity}");
    put_text(&trace, "event", lee_event_kind_name(event->kind));
    put_text(&trace, "incident", incident);
    put_text(&trace, "severity", lee_severity_name((lee_severity)event->severity));
    if (event->present & LEE_EVENT_HAS_REASON) {
        say(&trace, ", because {reason}");
        put_text(&trace, "reason", event->reason);
    }
    if (event->present & LEE_EVENT_HAS_CROSSED_AT) {
        say(&trace, "; the edge was crossed {since_s} s before, at {cross_lat}, {cross_lon}");
        put_fixed(&trace, "since_s", (event->t_us - event->crossed_at_us) / 1000, 3);
        put_fixed(&trace, "cross_lat", event->cross_lat_e7, 7);
        put_fixed(&trace, "cross_lon", event->cross_lon_e7, 7);
    }
    if (event->present & LEE_EVENT_HAS_TIME_TO_ENTRY) {
        say(&trace, "; entry in {time_to_entry_s} s at {entry_lat}, {entry_lon}");
        put_fixed(&trace, "time_to_entry_s", event->time_to_entry_s_e3, 3);
        put_fixed(&trace, "entry_lat", event->entry_lat_e7, 7);
        put_fixed(&trace, "entry_lon", event->entry_lon_e7, 7);
    }
    if (event->present & LEE_EVENT_HAS_CONFIDENCE) {
        say(&trace, "; confidence {confidence}");
        put_text(&trace, "confidence", event->confidence);
    }
    say(&trace, ".");
    tell(watch, &trace);
}

void lee__explain_silence(const lee_watch *watch, uint32_t zone, int64_t t_us, int64_t heard_us)
{
    lee_trace trace = begin("silence", t_us);
    say(&trace, "No position for {silent_s} s; the zone bears {lost_after_s} s.");
    put_fixed(&trace, "silent_s", (t_us - heard_us) / 1000, 3);
    put_int(&trace, "lost_after_s", watch->generation.list->zones[zone].watch.lost_after_s);
    tell(watch, &trace);
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void write_value(const lee_trace *trace, const char *key, size_t length, lee_buffer *out)
{
    for (uint32_t i = 0; i < trace->value_count; i++) {
        const lee_trace_value *const value = &trace->values[i];
        if (strlen(value->key) == length && memcmp(value->key, key, length) == 0) {
            if (value->text) {
                lee_buffer_text(out, value->text);
            } else {
                lee_buffer_fixed(out, value->value, value->decimals);
            }
            return;
        }
    }
    assert(false); /* every {key} has its value */
}

void lee_trace_write_words(const lee_trace *trace, lee_buffer *out)
{
    assert(trace && out);
    for (uint32_t i = 0; i < trace->word_count; i++) {
        const char *at = trace->words[i];
        for (const char *open = strchr(at, '{'); open; open = strchr(at, '{')) {
            const char *const close = strchr(open, '}');
            assert(close);
            lee_buffer_bytes(out, at, (size_t)(open - at));
            write_value(trace, open + 1, (size_t)(close - open) - 1, out);
            at = close + 1;
        }
        lee_buffer_text(out, at);
    }
}

void lee_trace_write_json(const lee_trace *trace, lee_json *json)
{
    assert(trace && json);
    lee_buffer words;
    lee_buffer_init(&words, 16384);
    lee_trace_write_words(trace, &words);
    lee_json_object(json);
    lee_json_put_int(json, "t_us", trace->t_us);
    lee_json_put_text(json, "step", trace->step);
    lee_json_key(json, "words");
    lee_json_text_n(json, (const char *)words.bytes, words.length);
    lee_json_key(json, "said");
    lee_json_array(json);
    for (uint32_t i = 0; i < trace->word_count; i++) {
        lee_json_text(json, trace->words[i]);
    }
    lee_json_array_end(json);
    lee_json_key(json, "values");
    lee_json_object(json);
    for (uint32_t i = 0; i < trace->value_count; i++) {
        const lee_trace_value *const value = &trace->values[i];
        if (value->text) {
            lee_json_put_text(json, value->key, value->text);
        } else {
            lee_json_put_fixed(json, value->key, value->value, value->decimals);
        }
    }
    lee_json_object_end(json);
    lee_json_object_end(json);
    lee_buffer_free(&words);
}
