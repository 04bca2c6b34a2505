/* Targets of which only a region is known, made from sightings: a zone that protects people is
 * warned for when the region may reach it. Other zones are left alone: the middle of a region is no
 * place where anything was seen. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "zone/schedule.h"

#define GROW_MAX_M 2000000.0
#define UPDATE_US (60 * LEE_US_PER_S)

static bool protects_people(const lee_zone *zone)
{
    return (zone->protects && zone->protects[0] != '\0') || zone->kind == LEE_ZONE_SAFE;
}

static bool reaches(const lee_moment *m, uint32_t zone)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    return protects_people(z) && lee_schedule_active(&z->schedule, m->t_us) &&
           (lee_area_contains(&z->area, m->now.point) ||
            lee_area_distance_m(&z->area, m->now.point, NULL) <= m->track->region_m);
}

/* Whether so many saw it that an incident with the zone may begin. One that did goes on. */
static bool is_seen_by_enough(const lee_moment *m, uint32_t zone)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    return m->track->observers >= (uint32_t)z->watch.observers;
}

/* An altitude is not known, so a zone of any band may be reached. */
static void come_near(lee_moment *m, uint32_t zone, uint32_t *link)
{
    lee_watch *const watch = m->watch;
    lee_pair *const pair = lee__pair_need(watch, m->slot, zone, link);
    if (!pair) {
        return;
    }
    pair->entry_us = 0; /* as grave as an entry at hand */
    if (pair->state == LEE_PAIR_PENDING) {
        char permit_id[48];
        pair->permitted = lee__moment_permitted(m, zone, LEE_LEAVE_HERE, permit_id);
        if (!lee__tell_begin(m, pair, LEE_EVENT_PREDICTED)) {
            return;
        }
        pair->state = LEE_PAIR_PREDICTED;
        lee__tell(m, pair, LEE_EVENT_PREDICTED, "region_reaches", NULL);
    } else if (pair->lost) {
        pair->lost = false;
        lee__tell(m, pair, LEE_EVENT_UPDATED, "heard_again", NULL);
    } else if (m->t_us - pair->update_us >= UPDATE_US) {
        lee__tell(m, pair, LEE_EVENT_UPDATED, "periodic", NULL);
    }
}

void lee__judge_region(lee_moment *m, uint32_t zone, uint32_t **link)
{
    lee_watch *const watch = m->watch;
    const bool is_open = lee__pair_at(watch, *link, zone) != NULL;
    if (reaches(m, zone) && (is_open || is_seen_by_enough(m, zone))) {
        come_near(m, zone, *link);
    } else if (is_open) {
        lee__judge_close(m, *link, "averted");
    }
    lee_pair *const pair = lee__pair_at(watch, *link, zone);
    if (!pair) {
        return;
    }
    const int64_t lost_after_us = lee__lost_after_us(watch, zone);
    lee__pair_deadline(
        watch, **link,
        lee__time_after(m->now.t_us, lost_after_us > 0 ? lost_after_us : LEE_WATCH_FORGET_US));
    *link = &pair->next;
}

size_t lee__region_zones(const lee_moment *m)
{
    const lee_generation *const g = &m->watch->generation;
    lee_box beyond;
    const double region_m = m->track->region_m < GROW_MAX_M ? m->track->region_m : GROW_MAX_M;
    const lee_box box = lee_box_grow(lee_box_of(m->now.point), region_m, &beyond);
    size_t count = lee_zone_set_in_box(g->set, box, g->found, g->list->count);
    if (beyond.min.lat_e7 <= beyond.max.lat_e7 && beyond.min.lon_e7 <= beyond.max.lon_e7) {
        /* Over the antimeridian: all zones are asked, one by one. */
        for (count = 0; count < g->list->count; count++) {
            g->found[count] = (uint32_t)count;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        g->found[kept] = g->found[i];
        kept += reaches(m, g->found[i]);
    }
    return kept;
}
