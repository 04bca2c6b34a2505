#include "leeward/attention.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/time_text.h"
#include "geo/distance.h"
#include "record/codec.h"
#include "watch/attention_state.h"

/* Members begin within this of each other and fly alike. */
#define GROUP_BEGUN_US (120 * LEE_US_PER_S)
#define GROUP_ALT_FT 1000
#define GROUP_SPEED_KT_E3 60000
#define GROUP_TRACK_DEG_E3 45000

#define BEGUN_MAX 256u
#define BUCKETS 4096u
#define WAYS 4u
#define SEVERITIES (LEE_SEVERITY_HIGH + 1)

typedef enum { QUIET_NOT, QUIET_REPEAT, QUIET_MEMBER, QUIET_ACKNOWLEDGED } quiet;

static const char *const words[] = {"", "repeat", "member", "acknowledged"};

typedef struct {
    uint64_t subject; /* target and zone; 0: free */
    int64_t until_us;
    int32_t severity; /* up to which it is quiet */
} acknowledged;

/* An alert told aloud, by subject. */
typedef struct {
    uint64_t subject; /* 0: free */
    int64_t t_us;
    bool was_grave[SEVERITIES]; /* something no less grave was told, and when last: */
    int64_t grave_us[SEVERITIES];
} alerted;

/* An incident that is open. */
typedef struct {
    uint64_t incident; /* 0: free */
    uint64_t subject;
    uint64_t group; /* 0: it is first or alone */
    int64_t t_us;   /* of its newest event */
    int32_t severity;
    int32_t quiet_severity; /* up to which a repetition stays quiet */
    quiet quiet;
} known;

/* A beginning, for those that begin after it. */
typedef struct {
    uint64_t incident; /* 0: free */
    uint64_t group;
    uint64_t zone; /* hash of its id: numbers change with generations */
    uint64_t target;
    int64_t t_us;
    lee_point point;
    uint64_t present; /* of the next three: LEE_REPORT_HAS_* */
    int32_t alt_baro_ft;
    int32_t speed_ground_kt_e3;
    int32_t track_deg_e3;
    int32_t severity; /* the gravest told aloud of the group, in the entry of its first; -1: none */
} begun;

struct lee_attention {
    acknowledged acknowledged[LEE_ACKNOWLEDGED_MAX];
    uint32_t acknowledged_count;
    alerted alerted[BUCKETS][WAYS];
    known known[BUCKETS][WAYS];
    begun begun[BEGUN_MAX];
    uint32_t begun_next;
};

lee_error lee_attention_create(lee_attention **out)
{
    assert(out);
    lee_attention *const attention = lee_alloc(1, sizeof *attention);
    if (!attention) {
        return LEE_ERR_NO_MEMORY;
    }
    *out = attention;
    return LEE_OK;
}

void lee_attention_free(lee_attention *attention)
{
    lee_free(attention);
}

void lee_attention_state(lee_state *state, lee_attention *attention)
{
    assert(state && attention);
    lee_state_section(state, "attention");
    lee_state_plain(state, attention, sizeof *attention);
}

static uint64_t subject_of(const lee_event *event)
{
    const uint64_t hash =
        lee_target_hash(&event->target) * 31 + lee_hash(event->zone, strlen(event->zone));
    return hash != 0 ? hash : 1;
}

/* --- tables: a place of the bucket, free, or used longest ago -----------------------------------
 */

static known *known_at(lee_attention *attention, uint64_t incident)
{
    known *const bucket = attention->known[incident % BUCKETS];
    known *oldest = &bucket[0];
    for (uint32_t i = 0; i < WAYS; i++) {
        if (bucket[i].incident == incident) {
            return &bucket[i];
        }
        if (oldest->incident != 0 && (bucket[i].incident == 0 || bucket[i].t_us < oldest->t_us)) {
            oldest = &bucket[i];
        }
    }
    return oldest;
}

static alerted *alerted_at(lee_attention *attention, uint64_t subject)
{
    alerted *const bucket = attention->alerted[subject % BUCKETS];
    alerted *oldest = &bucket[0];
    for (uint32_t i = 0; i < WAYS; i++) {
        if (bucket[i].subject == subject) {
            return &bucket[i];
        }
        if (oldest->subject != 0 && (bucket[i].subject == 0 || bucket[i].t_us < oldest->t_us)) {
            oldest = &bucket[i];
        }
    }
    return oldest;
}

/* --- acknowledging ------------------------------------------------------------------------------
 */

/* The place of the subject, or a new one where there is room. */
static acknowledged *place_for(lee_attention *attention, uint64_t subject, int64_t t_us)
{
    uint32_t kept = 0;
    acknowledged *found = NULL;
    for (uint32_t i = 0; i < attention->acknowledged_count; i++) {
        if (attention->acknowledged[i].until_us > t_us) {
            acknowledged *const to = &attention->acknowledged[kept++];
            *to = attention->acknowledged[i];
            found = to->subject == subject ? to : found;
        }
    }
    attention->acknowledged_count = kept;
    if (!found && kept < LEE_ACKNOWLEDGED_MAX) {
        found = &attention->acknowledged[attention->acknowledged_count++];
    }
    return found;
}

lee_error lee_attention_acknowledge(lee_attention *attention, uint64_t incident, int64_t t_us,
                                    int64_t until_us)
{
    assert(attention);
    const known *const one = known_at(attention, incident);
    if (one->incident != incident || incident == 0) {
        return LEE_ERR_NOT_FOUND;
    }
    acknowledged *const place = place_for(attention, one->subject, t_us);
    if (!place) {
        return LEE_ERR_LIMIT;
    }
    *place = (acknowledged){one->subject, until_us, one->severity};
    return LEE_OK;
}

static bool is_acknowledged(const lee_attention *attention, uint64_t subject,
                            const lee_event *event)
{
    for (uint32_t i = 0; i < attention->acknowledged_count; i++) {
        const acknowledged *const one = &attention->acknowledged[i];
        if (one->subject == subject) {
            return event->t_us < one->until_us && event->severity <= one->severity;
        }
    }
    return false;
}

/* --- groups -------------------------------------------------------------------------------------
 */

static bool is_near(int64_t a, int64_t b, int64_t most)
{
    return a - b <= most && b - a <= most;
}

static bool flies_alike(const begun *a, const begun *b)
{
    const uint64_t both = a->present & b->present;
    if ((both & LEE_REPORT_HAS_ALT_BARO &&
         !is_near(a->alt_baro_ft, b->alt_baro_ft, GROUP_ALT_FT)) ||
        (both & LEE_REPORT_HAS_SPEED_GROUND &&
         !is_near(a->speed_ground_kt_e3, b->speed_ground_kt_e3, GROUP_SPEED_KT_E3))) {
        return false;
    }
    const int32_t apart = (a->track_deg_e3 - b->track_deg_e3 + 720000) % 360000;
    return !(both & LEE_REPORT_HAS_TRACK) || apart <= GROUP_TRACK_DEG_E3 ||
           apart >= 360000 - GROUP_TRACK_DEG_E3;
}

static begun *first_of(lee_attention *attention, uint64_t group)
{
    for (uint32_t i = 0; group != 0 && i < BEGUN_MAX; i++) {
        if (attention->begun[i].incident == group) {
            return &attention->begun[i];
        }
    }
    return NULL;
}

static void begin(lee_attention *attention, const lee_event *event, const lee_zone *zone,
                  const lee_track *track, known *one)
{
    *one = (known){.incident = event->incident, .subject = subject_of(event)};
    if (!zone || !track || zone->watch.group_m <= 0) {
        return;
    }
    begun now = {
        .incident = event->incident,
        .group = event->incident,
        .zone = lee_hash(event->zone, strlen(event->zone)),
        .target = lee_target_hash(&event->target),
        .t_us = event->t_us,
        .point = {event->lat_e7, event->lon_e7},
        .present = track->last.present,
        .alt_baro_ft = track->last.alt_baro_ft,
        .speed_ground_kt_e3 = track->last.speed_ground_kt_e3,
        .track_deg_e3 = track->last.track_deg_e3,
        .severity = -1,
    };
    for (uint32_t i = 0; i < BEGUN_MAX && one->group == 0; i++) {
        const begun *const with = &attention->begun[(attention->begun_next + i) % BEGUN_MAX];
        if (with->incident != 0 && with->zone == now.zone && with->target != now.target &&
            now.t_us - with->t_us <= GROUP_BEGUN_US &&
            lee_distance_m(now.point, with->point) <= zone->watch.group_m &&
            flies_alike(&now, with)) {
            one->group = with->group;
        }
    }
    now.group = one->group != 0 ? one->group : now.incident;
    attention->begun[attention->begun_next] = now;
    attention->begun_next = (attention->begun_next + 1) % BEGUN_MAX;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

static bool is_beginning(lee_event_kind kind)
{
    return kind == LEE_EVENT_PREDICTED || kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_PRESENT ||
           kind == LEE_EVENT_CROSSED || kind == LEE_EVENT_LOST;
}

/* Told aloud: remembered for the subject and for its group. */
static quiet speak(lee_attention *attention, const known *one, const lee_event *event)
{
    alerted *const entry = alerted_at(attention, one->subject);
    if (entry->subject != one->subject) {
        *entry = (alerted){.subject = one->subject};
    }
    entry->t_us = event->t_us;
    for (int32_t i = 0; i <= event->severity; i++) {
        entry->was_grave[i] = true;
        entry->grave_us[i] = event->t_us;
    }
    begun *const first = first_of(attention, one->group != 0 ? one->group : one->incident);
    if (first && event->severity > first->severity) {
        first->severity = event->severity;
    }
    return QUIET_NOT;
}

/* Within the zone's time something no less grave was told aloud of this target in this zone. */
static bool was_told_lately(lee_attention *attention, const known *one, const lee_event *event,
                            const lee_zone *zone)
{
    const alerted *const before = alerted_at(attention, one->subject);
    return zone && before->subject == one->subject && before->was_grave[event->severity] &&
           event->t_us - before->grave_us[event->severity] < zone->watch.realert_s * LEE_US_PER_S;
}

static quiet choose(lee_attention *attention, known *one, bool is_first, const lee_event *event,
                    const lee_zone *zone)
{
    if (is_acknowledged(attention, one->subject, event)) {
        return QUIET_ACKNOWLEDGED;
    }
    if (event->kind == LEE_EVENT_LEFT || event->kind == LEE_EVENT_ENDED) {
        return one->quiet;
    }
    const begun *const first = first_of(attention, one->group);
    if (first && event->severity <= first->severity) {
        return QUIET_MEMBER;
    }
    const bool may_repeat = is_first || one->quiet == QUIET_REPEAT;
    if (may_repeat && was_told_lately(attention, one, event, zone)) {
        one->quiet_severity = is_first || event->severity > one->quiet_severity
                                  ? event->severity
                                  : one->quiet_severity;
        return QUIET_REPEAT;
    }
    if (!is_first && one->quiet == QUIET_REPEAT && event->severity <= one->quiet_severity) {
        return QUIET_REPEAT;
    }
    return speak(attention, one, event);
}

void lee_attention_event(lee_attention *attention, lee_event *event, const lee_zone *zone,
                         const lee_track *track)
{
    assert(attention && event);
    /* Who has leave asks for nothing; a verdict is for those who read it. */
    if (event->present & LEE_EVENT_HAS_PERMIT || event->kind == LEE_EVENT_VERDICT) {
        return;
    }
    known *const one = known_at(attention, event->incident);
    const bool is_first = one->incident != event->incident;
    if (is_first && !is_beginning(event->kind)) {
        *one = (known){.incident = event->incident, .subject = subject_of(event)};
    } else if (is_first) {
        begin(attention, event, zone, track, one);
    }
    one->quiet = choose(attention, one, is_first, event, zone);
    one->t_us = event->t_us;
    one->severity = event->severity;
    if (one->quiet != QUIET_NOT) {
        event->present |= LEE_EVENT_HAS_ATTENTION;
        memcpy(event->attention, words[one->quiet], strlen(words[one->quiet]) + 1);
    }
    if (one->group != 0) {
        event->present |= LEE_EVENT_HAS_GROUP;
        lee_incident_text(one->group, event->group);
    }
    if (event->kind == LEE_EVENT_ENDED) {
        one->incident = 0;
    }
}
