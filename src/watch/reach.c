/* Which zones a track can have to do with before it is heard again. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"

/* The area in which a track keeps its zones is not smaller than this, so that slow targets ask
 * seldom. */
#define CALM_MIN_M 5000.0
#define GROW_MAX_M 2000000.0

static const lee_box everywhere = {{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7},
                                   {LEE_LAT_MAX_E7, LEE_LON_MAX_E7}};

static bool box_holds(lee_box box, lee_point point)
{
    return lee_box_meets(box, lee_box_of(point));
}

static bool is_empty(lee_box box)
{
    return box.min.lat_e7 > box.max.lat_e7 || box.min.lon_e7 > box.max.lon_e7;
}

/* The union of two ascending lists; a number may be in both. */
static size_t unite(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count,
                    uint32_t *out)
{
    size_t i = 0;
    size_t j = 0;
    size_t count = 0;
    while (i < a_count || j < b_count) {
        if (j == b_count || (i < a_count && a[i] < b[j])) {
            out[count++] = a[i++];
        } else {
            i += i < a_count && a[i] == b[j];
            out[count++] = b[j++];
        }
    }
    return count;
}

static size_t ask(const lee_generation *g, lee_box box, lee_box beyond)
{
    const size_t capacity = g->list->count;
    size_t count = lee_zone_set_in_box(g->set, box, g->found, capacity);
    if (is_empty(beyond)) {
        return count;
    }
    const size_t more = lee_zone_set_in_box(g->set, beyond, g->beyond, capacity);
    count = unite(g->found, count, g->beyond, more, g->merged);
    memcpy(g->found, g->merged, count * sizeof *g->found);
    return count;
}

static void stretch(lee_box *box, lee_point point)
{
    box->min.lat_e7 = point.lat_e7 < box->min.lat_e7 ? point.lat_e7 : box->min.lat_e7;
    box->min.lon_e7 = point.lon_e7 < box->min.lon_e7 ? point.lon_e7 : box->min.lon_e7;
    box->max.lat_e7 = point.lat_e7 > box->max.lat_e7 ? point.lat_e7 : box->max.lat_e7;
    box->max.lon_e7 = point.lon_e7 > box->max.lon_e7 ? point.lon_e7 : box->max.lon_e7;
}

/* Where there are too many zones to remember: those around the way behind and ahead alone. */
static size_t ask_tightly(const lee_moment *m, bool has_way)
{
    const lee_generation *const g = &m->watch->generation;
    lee_box box = lee_box_of(m->now.point);
    if (has_way) {
        stretch(&box, m->before.point);
    }
    if (m->course.known) {
        stretch(&box, m->course.end.point);
    }
    if ((int64_t)box.max.lon_e7 - box.min.lon_e7 >= LEE_LON_MAX_E7) {
        return ask(g, everywhere, (lee_box){{1, 1}, {0, 0}});
    }
    lee_box beyond;
    box = lee_box_grow(box, g->margin_max_m > 0 ? g->margin_max_m : 0.0, &beyond);
    return ask(g, box, beyond);
}

static bool is_calm(const lee_moment *m, bool has_way, double reach_m)
{
    const lee_visit *const v = m->visit;
    return v->is_calm && reach_m <= v->reach_m && box_holds(v->calm, m->now.point) &&
           (!has_way || box_holds(v->calm, m->before.point));
}

size_t lee__reach_zones(lee_moment *m)
{
    const lee_generation *const g = &m->watch->generation;
    lee_visit *const v = m->visit;
    if (g->list->count == 0) {
        return 0;
    }
    const double reach_m = (m->course.known ? m->course.reach_m : 0.0) + g->margin_max_m;
    const bool has_way = m->has_before && m->now.t_us - m->before.t_us <=
                                              (int64_t)g->lost_after_max_s * LEE_US_PER_S;
    if (is_calm(m, has_way, reach_m)) {
        if (v->is_crowded) {
            return ask_tightly(m, has_way);
        }
        memcpy(g->found, v->cached, v->cached_count * sizeof *v->cached);
        return v->cached_count;
    }
    v->is_calm = false;
    /* A tenth more than now, so that a target that gains speed does not ask every time. */
    const double ahead_m = reach_m * 1.1 + 1.0;
    double around_m = ahead_m > CALM_MIN_M ? ahead_m : CALM_MIN_M;
    if (has_way) {
        around_m += lee_distance_m(m->before.point, m->now.point) * 1.01;
    }
    if (around_m > GROW_MAX_M || ahead_m > GROW_MAX_M) {
        return ask(g, everywhere, (lee_box){{1, 1}, {0, 0}});
    }
    lee_box calm_beyond;
    const lee_box calm = lee_box_grow(lee_box_of(m->now.point), around_m, &calm_beyond);
    if (!is_empty(calm_beyond)) {
        return ask_tightly(m, has_way);
    }
    lee_box beyond;
    const lee_box box = lee_box_grow(calm, ahead_m, &beyond);
    const size_t count = ask(g, box, beyond);
    v->is_calm = true;
    v->calm = calm;
    v->reach_m = ahead_m;
    v->is_crowded = count > LEE_WATCH_CACHE_ZONES;
    v->cached_count = v->is_crowded ? 0 : (uint32_t)count;
    memcpy(v->cached, g->found, v->cached_count * sizeof *v->cached);
    return v->is_crowded ? ask_tightly(m, has_way) : count;
}
