#include "oracle_attention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_earth.h"

#define S INT64_C(1000000)
#define REMEMBERED 256

typedef struct {
    const lee_zone_list *zones;
    oracle_told *told;
} scene;

static bool is_same_pair(const lee_event *a, const lee_event *b)
{
    return a->zone_index == b->zone_index && lee_target_equal(&a->target, &b->target);
}

/* What runs under leave asks for nothing, nor do verdicts. */
static bool counts(const oracle_told *t)
{
    return !t->is_acknowledgement && !(t->event.present & LEE_EVENT_HAS_PERMIT) &&
           t->event.kind != LEE_EVENT_VERDICT;
}

static bool begins(const scene *s, int i)
{
    const lee_event_kind kind = s->told[i].event.kind;
    return counts(&s->told[i]) && s->told[i].first == i &&
           (kind == LEE_EVENT_PREDICTED || kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_PRESENT ||
            kind == LEE_EVENT_CROSSED || kind == LEE_EVENT_LOST) &&
           s->zones->zones[s->told[i].event.zone_index].watch.group_m > 0;
}

static bool flies_alike(const oracle_told *a, const oracle_told *b)
{
    const int apart = abs(a->track_deg_e3 - b->track_deg_e3) % 360000;
    return (!a->has_alt || !b->has_alt || abs(a->alt_ft - b->alt_ft) <= 1000) &&
           (!a->has_course || !b->has_course ||
            (abs(a->speed_kt_e3 - b->speed_kt_e3) <= 60000 && (apart <= 45000 || apart >= 315000)));
}

/* The last REMEMBERED beginnings before i are looked at, the oldest first. */
static int oldest_remembered(const scene *s, int i)
{
    int count = 0;
    for (int k = i; k-- > 0;) {
        count += begins(s, k);
        if (count == REMEMBERED) {
            return k;
        }
    }
    return 0;
}

static int group_begun(const scene *s, int i, bool *unsure)
{
    const lee_event *const e = &s->told[i].event;
    const double most_m = s->zones->zones[e->zone_index].watch.group_m;
    for (int k = oldest_remembered(s, i); k < i; k++) {
        const lee_event *const o = &s->told[k].event;
        if (!begins(s, k) || o->zone_index != e->zone_index ||
            lee_target_equal(&o->target, &e->target) || e->t_us - o->t_us > 120 * S ||
            !flies_alike(&s->told[i], &s->told[k])) {
            continue;
        }
        const double off_m =
            oracle_distance_m((lee_point){e->lat_e7, e->lon_e7}, (lee_point){o->lat_e7, o->lon_e7});
        *unsure |= off_m > most_m * 0.9999 - 0.01 && off_m < most_m * 1.0001 + 0.01;
        if (off_m <= most_m) {
            return s->told[k].group >= 0 ? s->told[k].group : k;
        }
    }
    return -1;
}

/* The gravest told aloud of the group, while its first beginning is remembered; -1: none. */
static int group_severity(const scene *s, int i, int group)
{
    int most = -1;
    if (group < 0 || group < oldest_remembered(s, i)) {
        return most;
    }
    for (int k = group; k < i; k++) {
        const oracle_told *const t = &s->told[k];
        const int first = counts(t) ? t->first : -1;
        const bool is_of = first == group || (first >= 0 && s->told[first].group == group);
        const bool is_aloud = counts(t) && t->attention == 0 && t->event.kind != LEE_EVENT_LEFT &&
                              t->event.kind != LEE_EVENT_ENDED;
        most = is_of && is_aloud && t->event.severity > most ? t->event.severity : most;
    }
    return most;
}

/* By the newest acknowledgement of the pair, up to the severity that it had then. */
static bool is_acknowledged(const scene *s, int i)
{
    const lee_event *const e = &s->told[i].event;
    for (int k = i; k-- > 0;) {
        const oracle_told *const a = &s->told[k];
        if (!a->is_acknowledgement) {
            continue;
        }
        int last = -1;
        for (int n = 0; n < k; n++) {
            last = counts(&s->told[n]) && s->told[n].event.incident == a->event.incident ? n : last;
        }
        if (is_same_pair(&s->told[last].event, e)) {
            return e->t_us < a->until_us && e->severity <= s->told[last].event.severity;
        }
    }
    return false;
}

/* Something no less grave was told aloud of the pair within the zone's time. */
static bool was_told_lately(const scene *s, int i)
{
    const lee_event *const e = &s->told[i].event;
    const int64_t within_us = s->zones->zones[e->zone_index].watch.realert_s * S;
    for (int k = i; k-- > 0;) {
        const oracle_told *const t = &s->told[k];
        if (counts(t) && t->attention == 0 && is_same_pair(&t->event, e) &&
            t->event.kind != LEE_EVENT_LEFT && t->event.kind != LEE_EVENT_ENDED &&
            t->event.severity >= e->severity && e->t_us - t->event.t_us < within_us) {
            return true;
        }
    }
    return false;
}

/* What a repetition was told with, all of it quietly: of those before i. */
static bool repeats(const scene *s, int i, int first)
{
    bool was_repeat = false;
    int most = -1;
    for (int k = first; k < i; k++) {
        const oracle_told *const t = &s->told[k];
        if (!counts(t) || t->event.incident != s->told[i].event.incident) {
            continue;
        }
        was_repeat = t->attention == 'r';
        most = was_repeat && t->event.severity > most ? t->event.severity : most;
    }
    return was_repeat && (s->told[i].event.severity <= most || was_told_lately(s, i));
}

static char judge(const scene *s, int i)
{
    const lee_event *const e = &s->told[i].event;
    const int first = s->told[i].first;
    if (is_acknowledged(s, i)) {
        return 'a';
    }
    if (e->kind == LEE_EVENT_LEFT || e->kind == LEE_EVENT_ENDED) {
        char last = 0;
        for (int k = first; k < i; k++) {
            last = counts(&s->told[k]) && s->told[k].event.incident == e->incident
                       ? s->told[k].attention
                       : last;
        }
        return last;
    }
    if (e->severity <= group_severity(s, i, s->told[first].group)) {
        return 'm';
    }
    return (first == i ? was_told_lately(s, i) : repeats(s, i, first)) ? 'r' : 0;
}

size_t oracle_judge_attention(const lee_zone_list *zones, oracle_told *told, size_t count)
{
    const scene s = {zones, told};
    size_t wrong = 0;
    for (int i = 0; i < (int)count; i++) {
        oracle_told *const t = &told[i];
        bool unsure = false;
        t->group = -1;
        t->attention = 0;
        if (!counts(t)) {
            continue;
        }
        int first = 0;
        while (first < i &&
               !(counts(&told[first]) && told[first].event.incident == t->event.incident)) {
            first++;
        }
        t->first = first;
        t->group = first < i ? told[first].group : begins(&s, i) ? group_begun(&s, i, &unsure) : -1;
        if (unsure) {
            return wrong; /* what follows may be otherwise */
        }
        t->attention = judge(&s, i);
        char group[20] = "";
        if (t->group >= 0) {
            snprintf(group, sizeof group, "%016" PRIx64, told[t->group].event.incident);
        }
        const bool is_same =
            t->event.attention[0] == t->attention && strcmp(t->event.group, group) == 0;
        if (!is_same && wrong++ == 0) {
            printf("  attention of event %d at %" PRId64 ": engine '%s' %s, oracle '%c' %s\n", i,
                   t->event.t_us, t->event.attention, t->event.group,
                   t->attention ? t->attention : '-', group);
        }
    }
    return wrong;
}
