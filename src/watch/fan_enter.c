/* When and where the ways of the fan lead into an area. */
#include "watch/fan.h"

#include <assert.h>
#include <math.h>

#include "watch/fan_plane.h"

typedef lee_fan_two two;

/* --- entering -----------------------------------------------------------------------------------
 */

/* What is met on a way: whether edges were crossed an odd number of times before from_s (at all,
 * where there are more than can be counted), and the first crossing after that. */
typedef struct {
    bool flipped;
    lee_fan_place first;
} walk;

static void note(const lee_fan_sight *s, walk *w, lee_fan_place at)
{
    if (at.t_s < s->from_s) {
        w->flipped = s->is_crowded || !w->flipped;
    } else if (at.t_s < w->first.t_s) {
        w->first = at;
    }
}

/* Where a chord crosses edges: side by side, so that a vertex counts once. Gives each to `out`. */
typedef struct {
    const lee_fan_sight *sight;
    lee_fan_sight *trunk; /* NULL: to the walk */
    walk *walk;
} listener;

static void hear(const listener *l, lee_fan_place at)
{
    if (!l->trunk) {
        note(l->sight, l->walk, at);
    } else if (l->trunk->trunk_count < LEE_FAN_CROSSINGS) {
        l->trunk->trunk_at[l->trunk->trunk_count++] = at;
    } else {
        lee_fan_place *const last = &l->trunk->trunk_at[LEE_FAN_CROSSINGS - 1];
        *last = at.t_s < last->t_s ? at : *last;
        l->trunk->is_crowded = true;
    }
}

/* What a chord meets where the zone is by then. */
static void cross_mover(const lee_fan *fan, const lee_fan_place *a, const lee_fan_place *b,
                        const listener *l)
{
    const double east_m = LEE_PLANE_METRES_PER_E7 / fan->scale[1];
    lee_span spans[LEE_MOVER_SPANS_MAX];
    const size_t count = lee__mover_spans(
        &l->sight->mover, (lee_vector){a->lon * east_m, a->lat * LEE_PLANE_METRES_PER_E7}, a->t_s,
        (lee_vector){b->lon * east_m, b->lat * LEE_PLANE_METRES_PER_E7}, b->t_s, spans);
    for (size_t i = 0; i < 2 * count; i++) {
        const double at = i % 2 == 0 ? spans[i / 2].from : spans[i / 2].to;
        if (at > 0.0 && at < 1.0) {
            hear(l,
                 (lee_fan_place){a->lat + at * (b->lat - a->lat), a->lon + at * (b->lon - a->lon),
                                 a->t_s + at * (b->t_s - a->t_s)});
        }
    }
}

/* A chord with what is worked out of it once. */
typedef struct {
    const lee_fan_place *a;
    const lee_fan_place *b;
    double lat_by;
    double lon_by;
} chord;

static inline double own_side(const chord *c, lee_point origin)
{
    return c->lon_by * (c->a->lat + origin.lat_e7) - c->lat_by * (c->a->lon + origin.lon_e7);
}

/* Where the chord meets the edge from the first of the vertices to the next, if these lie on
 * different sides of its line. */
static void meet_edge(const chord *c, const lee_point *vertices, const listener *l)
{
    const lee_point origin = l->sight->origin;
    const double own = own_side(c, origin);
    const double lat[] = {vertices[0].lat_e7, vertices[1].lat_e7};
    const double lon[] = {vertices[0].lon_e7, vertices[1].lon_e7};
    const double tail = c->lon_by * lat[0] - c->lat_by * lon[0] - own;
    const double head = c->lon_by * lat[1] - c->lat_by * lon[1] - own;
    if ((tail > 0.0) == (head > 0.0)) {
        return;
    }
    const double edge_lat = lat[1] - lat[0];
    const double edge_lon = lon[1] - lon[0];
    const double part = ((lon[1] - (c->a->lon + origin.lon_e7)) * edge_lat -
                         (lat[1] - (c->a->lat + origin.lat_e7)) * edge_lon) /
                        (head - tail);
    if (part >= 0.0 && part < 1.0) {
        hear(l, (lee_fan_place){c->a->lat + part * c->lat_by, c->a->lon + part * c->lon_by,
                                c->a->t_s + part * (c->b->t_s - c->a->t_s)});
    }
}

/* `edges`: a bit for each edge of the run that the chord may meet. */
static inline void meet_edges(const chord *c, const lee_way_run *run, uint32_t edges,
                              const listener *l)
{
    const lee_point *const points = &l->sight->ways->points[run->first];
    for (; edges != 0; edges &= edges - 1) {
        meet_edge(c, points + __builtin_ctz(edges), l);
    }
}

static inline uint32_t all_edges(const lee_way_run *run)
{
    return (1u << run->count) - 1;
}

/* --- which edges may be met ---------------------------------------------------------------------
 *
 * Quickly, in numbers of 24 bits. A vertex from the origin is rounded by a share of 2^-24 and less
 * far from it than `most`, so that sums of its products with numbers rounded as much are wrong by
 * less than 2^-20 of the sum of all that is added, which is left open. meet_edge itself errs by
 * less than 2^-50 of the same products of whole coordinates, below 2^31: as `most` is 16 or more,
 * that is less too. */

#define FOUR_DOUBT 0x1p-20
#define MOST_LEAST 16.0
/* Beyond this numbers of four squares would overflow. */
#define MOST_MAX 1e8

typedef lee_fan_four four;
typedef int32_t mask __attribute__((vector_size(16)));

static inline uint32_t bits_of(mask all)
{
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_ps((__m128)all);
#else
    return (uint32_t)(all[0] & 1) | (uint32_t)(all[1] & 2) | (uint32_t)(all[2] & 4) |
           (uint32_t)(all[3] & 8);
#endif
}

static inline four next_of(four a, four b)
{
    return (four){a[1], a[2], a[3], b[0]};
}

static inline four four_of(double a)
{
    const float f = (float)a;
    return (four){f, f, f, f};
}

/* Four points from the origin. */
static inline void four_points(const lee_point *points, lee_point origin, four *lat, four *lon)
{
#ifdef __SSE2__
    const __m128i from = _mm_set_epi32(origin.lon_e7, origin.lat_e7, origin.lon_e7, origin.lat_e7);
    const __m128 a = _mm_cvtepi32_ps(
        _mm_sub_epi32(_mm_loadu_si128((const __m128i *)(const void *)points), from));
    const __m128 b = _mm_cvtepi32_ps(
        _mm_sub_epi32(_mm_loadu_si128((const __m128i *)(const void *)(points + 2)), from));
    *lat = (four)_mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
    *lon = (four)_mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1));
#else
    for (int i = 0; i < 4; i++) {
        (*lat)[i] = (float)((double)points[i].lat_e7 - origin.lat_e7);
        (*lon)[i] = (float)((double)points[i].lon_e7 - origin.lon_e7);
    }
#endif
}

/* Reads as many vertices as fill the fours: those beyond its own are not asked, and there is room
 * for them beyond the last point of all zones. */
static inline void take_run(const lee_fan_sight *s, const lee_way_run *from, lee_fan_run *run)
{
    static_assert(4 * LEE_FAN_FOURS <= LEE_WAY_ROOM, "points to read");
    const lee_point *const points = &s->ways->points[from->first];
    run->run = from;
    for (uint32_t k = 0; k < LEE_FAN_FOURS; k++) {
        four_points(points + 4 * k, s->origin, &run->lat[k], &run->lon[k]);
    }
}

/* The line of a chord. */
typedef struct {
    four lat_by;
    four lon_by;
    four own;
    four doubt;
} line;

static inline line line_of(const lee_fan_sight *s, const chord *c)
{
    const double own = c->lon_by * c->a->lat - c->lat_by * c->a->lon;
    const double sum = (fabs(c->lat_by) + fabs(c->lon_by)) * s->most + fabs(own);
    return (line){four_of(c->lat_by), four_of(c->lon_by), four_of(own), four_of(sum * FOUR_DOUBT)};
}

/* The edges of the run that have not both ends certainly on one side of the line. */
static inline uint32_t edges_across(const lee_fan_run *run, const line *l)
{
    uint32_t left = 0;
    uint32_t right = 0;
#pragma GCC unroll 3
    for (uint32_t k = 0; k < LEE_FAN_FOURS; k++) {
        const four side = l->lon_by * run->lat[k] - l->lat_by * run->lon[k] - l->own;
        left |= bits_of(side > l->doubt) << 4 * k;
        right |= bits_of(side < -l->doubt) << 4 * k;
    }
    return ~((left & left >> 1) | (right & right >> 1)) & all_edges(run->run);
}

/* The chords of a turn lie between two circles, which are a two-hundredth wider and narrower than
 * need be. In units of latitude. */
#define CIRCLE_DOUBT 0.005
typedef struct {
    bool serves;
    four lat;
    four lon;
    four narrow; /* units of latitude for one of longitude */
    four inner2; /* the squares of the radii */
    four outer2;
} circle;

static inline circle circle_of(const lee_fan *fan, const lee_fan_way *way, double most)
{
    const lee_fan_place *const start = &fan->places[way->first];
    const two right = lee__fan_to_middle(fan, way);
    const double radius = sqrt(right[0] * right[0] + right[1] * right[1]);
    const double inner = radius * (LEE_FAN_COS_HALF - CIRCLE_DOUBT);
    const double outer = radius * (1.0 + CIRCLE_DOUBT);
    /* The middle is no farther than `most` and where the run was met: twice is more than enough. */
    return (circle){
        .serves = 2.0 * (most + radius) * FOUR_DOUBT * 4.0 < radius * CIRCLE_DOUBT,
        .lat = four_of(start->lat + right[0]),
        .lon = four_of(start->lon / fan->scale[1] + right[1]),
        .narrow = four_of(1.0 / fan->scale[1]),
        .inner2 = four_of(inner * inner),
        .outer2 = four_of(outer * outer),
    };
}

/* The edges of the run that do not certainly lie within the inner circle or beyond the outer one:
 * by their line, or as they lead away from it at one end. */
static inline uint32_t edges_round(const lee_fan_run *run, const circle *o)
{
    if (!o->serves) {
        return all_edges(run->run);
    }
    uint32_t apart = 0;
    four lat = run->lat[0] - o->lat;
    four lon = run->lon[0] * o->narrow - o->lon;
    four far2 = lat * lat + lon * lon;
    for (uint32_t k = 0; k + 1 < LEE_FAN_FOURS; k++) {
        const four lat_after = run->lat[k + 1] - o->lat;
        const four lon_after = run->lon[k + 1] * o->narrow - o->lon;
        const four far2_after = lat_after * lat_after + lon_after * lon_after;
        const four lat_end = next_of(lat, lat_after);
        const four lon_end = next_of(lon, lon_after);
        const four far2_end = next_of(far2, far2_after);
        const four lat_by = lat_end - lat;
        const four lon_by = lon_end - lon;
        const four off = lat * lon_by - lon * lat_by;
        const mask within = (far2 < o->inner2) & (far2_end < o->inner2);
        const mask beside = off * off > o->outer2 * (lat_by * lat_by + lon_by * lon_by);
        const mask leaves = (far2 > o->outer2) & (lat * lat_by + lon * lon_by >= 0.0F);
        const mask comes = (far2_end > o->outer2) & (lat_end * lat_by + lon_end * lon_by <= 0.0F);
        apart |= bits_of(within | beside | leaves | comes) << 4 * k;
        lat = lat_after;
        lon = lon_after;
        far2 = far2_after;
    }
    return ~apart & all_edges(run->run);
}

/* --- ways and edges -----------------------------------------------------------------------------
 */

/* A bit for each run kept that may meet the box. */
static inline uint32_t runs_near(const lee_fan_sight *s, const lee_fan_box *box)
{
    uint32_t near = 0;
    for (uint32_t r = 0; r < s->run_count; r++) {
        near |= (uint32_t)lee__fan_boxes_meet(box, &s->runs[r].box) << r;
    }
    return near;
}

static inline chord chord_of(const lee_fan_place *a, const lee_fan_place *b)
{
    return (chord){.a = a, .b = b, .lat_by = b->lat - a->lat, .lon_by = b->lon - a->lon};
}

/* The zone has more runs near than are kept. */
static void cross_many(const chord *c, const listener *l)
{
    const lee_fan_sight *const s = l->sight;
    const two a = lee__two_of_place(c->a);
    const two b = lee__two_of_place(c->b);
    const lee_fan_box box = {lee__two_lesser(a, b), lee__two_greater(a, b)};
    const uint32_t *const first = &s->ways->first_run[s->zone];
    for (uint32_t r = first[0]; r < first[1]; r++) {
        const lee_fan_box of_run = lee__fan_box_from(s->origin, s->ways->runs[r].box);
        if (lee__fan_boxes_meet(&box, &of_run)) {
            meet_edges(c, &s->ways->runs[r], all_edges(&s->ways->runs[r]), l);
        }
    }
}

/* `near`: of the runs kept those that the chord may meet. */
static void cross_edges(const lee_fan_place *a, const lee_fan_place *b, uint32_t near,
                        const listener *l)
{
    const lee_fan_sight *const s = l->sight;
    const chord c = chord_of(a, b);
    if (s->has_many) {
        cross_many(&c, l);
        return;
    }
    const line of = line_of(s, &c);
    for (; near != 0; near &= near - 1) {
        const lee_fan_run *const run = &s->runs[__builtin_ctz(near)];
        meet_edges(&c, run->run, edges_across(run, &of), l);
    }
}

/* All chords of a way until `last` against one edge. Their boxes are apart by a unit, which is far
 * beyond all rounding, where they are left out. */
static void cross_edge(const lee_fan *fan, uint32_t first, uint32_t last, const lee_point *vertices,
                       const listener *l)
{
    const two from = lee__two_of_point(l->sight->origin);
    const two tail = lee__two_of_point(vertices[0]) - from;
    const two head = lee__two_of_point(vertices[1]) - from;
    const lee_fan_box edge = {lee__two_lesser(tail, head) - 1.0,
                              lee__two_greater(tail, head) + 1.0};
    two a = lee__two_of_place(&fan->places[first]);
    for (uint32_t i = first; i < last; i++) {
        const two b = lee__two_of_place(&fan->places[i + 1]);
        const lee_fan_box box = {lee__two_lesser(a, b), lee__two_greater(a, b)};
        if (lee__fan_boxes_meet(&box, &edge)) {
            const chord c = chord_of(&fan->places[i], &fan->places[i + 1]);
            meet_edge(&c, vertices, l);
        }
        a = b;
    }
}

/* The chords of a turn. */
static void cross_turn(const lee_fan *fan, const lee_fan_way *way, uint32_t near, const listener *l)
{
    const lee_fan_sight *const s = l->sight;
    const circle o = circle_of(fan, way, s->most);
    uint32_t first = way->first;
    uint32_t last = way->last;
    while (first < last && fan->places[first + 1].t_s < s->soonest_s) {
        first++;
    }
    while (!l->trunk && last > first && fan->places[last - 1].t_s > s->until_s) {
        last--;
    }
    for (; near != 0; near &= near - 1) {
        const lee_fan_run *const run = &s->runs[__builtin_ctz(near)];
        const lee_point *const points = &s->ways->points[run->run->first];
        for (uint32_t edges = edges_round(run, &o); edges != 0; edges &= edges - 1) {
            cross_edge(fan, first, last, points + __builtin_ctz(edges), l);
        }
    }
}

static void cross_way(const lee_fan *fan, const lee_fan_way *way, uint32_t near, const listener *l)
{
    const lee_fan_sight *const s = l->sight;
    if (way->radius_s != 0.0 && !s->moves && !s->has_many) {
        cross_turn(fan, way, near, l);
        return;
    }
    for (uint32_t i = way->first; i < way->last; i++) {
        if (!l->trunk &&
            (l->walk->first.t_s < LEE_FAN_NEVER_S || fan->places[i].t_s > s->until_s)) {
            return;
        }
        if (s->moves) {
            cross_mover(fan, &fan->places[i], &fan->places[i + 1], l);
        } else {
            cross_edges(&fan->places[i], &fan->places[i + 1], near, l);
        }
    }
}

/* No edge is farther. */
#define FARTHEST 1e10

double lee__ahead_soonest_s(const lee_fan_sight *s, double speed, double narrow)
{
    const two scale = {1.0, narrow};
    double least2 = s->moves ? 0.0 : FARTHEST * FARTHEST;
    const uint32_t *const first = &s->ways->first_run[s->zone];
    for (uint32_t r = first[0]; r < first[1]; r++) {
        const lee_fan_box of_run = lee__fan_box_from(s->origin, s->ways->runs[r].box);
        const two off =
            lee__two_greater(lee__two_greater(of_run.min, -of_run.max), (two){0.0, 0.0}) * scale;
        least2 = lee__lesser(least2, off[0] * off[0] + off[1] * off[1]);
    }
    /* A hundredth and a unit are far beyond all that the ways are rounded by. */
    const double way = sqrt(least2) - 1.0;
    return way > 0.0 ? way / (speed * 1.01) : 0.0;
}

void lee__ahead_look_again(const lee_fan *fan, lee_fan_sight *s)
{
    s->run_count = 0;
    s->has_many = false;
    two most = {MOST_LEAST, MOST_LEAST};
    const uint32_t *const first = &s->ways->first_run[s->zone];
    for (uint32_t r = first[0]; !s->moves && r < first[1]; r++) {
        const lee_fan_box of_run = lee__fan_box_from(s->origin, s->ways->runs[r].box);
        if (!lee__fan_boxes_meet(&fan->box, &of_run)) {
            continue;
        }
        most = lee__two_greater(most, lee__two_greater(-of_run.min, of_run.max));
        if (s->run_count == LEE_FAN_RUNS || most[0] > MOST_MAX || most[1] > MOST_MAX) {
            s->run_count = 0;
            s->has_many = true;
            return;
        }
        s->runs[s->run_count].box = of_run;
        take_run(s, &s->ways->runs[r], &s->runs[s->run_count++]);
    }
    s->most = lee__greater(most[0], most[1]);
}

void lee__ahead_look(const lee_fan *fan, lee_fan_sight *s)
{
    const lee_fan_way *const trunk = &fan->ways[0];
    const listener l = {.sight = s, .trunk = s};
    s->trunk_count = 0;
    s->is_crowded = false;
    lee__ahead_look_again(fan, s);
    const uint32_t near = runs_near(s, &trunk->box);
    if (s->moves || s->has_many || near != 0) {
        cross_way(fan, trunk, near, &l);
    }
}

/* Where the way is at t_s. */
static lee_fan_place place_at(const lee_fan *fan, const lee_fan_way *way, double t_s)
{
    const lee_fan_way *const on = t_s < way->branch_s ? &fan->ways[0] : way;
    uint32_t i = on->first;
    while (i + 1 < on->last && fan->places[i + 1].t_s < t_s) {
        i++;
    }
    const lee_fan_place *const a = &fan->places[i];
    const lee_fan_place *const b = &fan->places[i < on->last ? i + 1 : i];
    const double at = b->t_s > a->t_s ? lee__lesser((t_s - a->t_s) / (b->t_s - a->t_s), 1.0) : 0.0;
    return (lee_fan_place){a->lat + at * (b->lat - a->lat), a->lon + at * (b->lon - a->lon), t_s};
}

/* What the way meets of its own, beside the trunk. */
static void walk_own(lee_fan *fan, const lee_fan_sight *s, lee_fan_way *way, walk *w)
{
    const listener l = {.sight = s, .walk = w};
    if (way->only_beyond && fan->drifts && w->first.t_s == LEE_FAN_NEVER_S) {
        /* From where the trunk has drifted to by then: an edge may pass between. */
        const lee_fan_place from = place_at(fan, &fan->ways[0], way->branch_s);
        lee_fan_place to = fan->places[way->first];
        to.t_s = from.t_s;
        if (s->moves) {
            cross_mover(fan, &from, &to, &l);
        } else {
            cross_edges(&from, &to, (1u << s->run_count) - 1, &l);
        }
    }
    const uint32_t near = runs_near(s, &way->box);
    if (w->first.t_s < LEE_FAN_NEVER_S || (near == 0 && !s->has_many && !s->moves)) {
        return;
    }
    if (way->waits) {
        lee__ahead_draw_begun(fan, way);
    }
    cross_way(fan, way, near, &l);
}

bool lee__ahead_enters(lee_fan *fan, const lee_fan_sight *s, uint32_t number, lee_fan_place *out)
{
    lee_fan_way *const way = &fan->ways[number];
    walk w = {.first = {.t_s = LEE_FAN_NEVER_S}};
    const double branch_s = number == 0 ? LEE_FAN_NEVER_S : way->branch_s;
    for (uint32_t i = 0; i < s->trunk_count; i++) {
        if (s->trunk_at[i].t_s < branch_s) {
            note(s, &w, s->trunk_at[i]);
        }
    }
    if (number > 0) {
        walk_own(fan, s, way, &w);
    }
    if (s->is_crowded ? w.flipped : s->in_area != w.flipped) {
        if (way->waits) {
            lee__ahead_draw_begun(fan, way);
        }
        w.first = s->from_s > 0.0 ? place_at(fan, way, s->from_s) : (lee_fan_place){0};
    }
    *out = w.first;
    return w.first.t_s <= s->until_s && (!way->only_beyond || w.first.t_s > way->branch_s);
}

uint32_t lee__ahead_places(lee_fan *fan, uint32_t number, lee_fan_place *out)
{
    lee_fan_way *const way = &fan->ways[number];
    const lee_fan_way *const trunk = &fan->ways[0];
    uint32_t count = 0;
    if (way->waits) {
        lee__ahead_draw_begun(fan, way);
    }
    if (number > 0 && way->branch_s > 0.0) {
        for (uint32_t i = trunk->first; i <= trunk->last && fan->places[i].t_s < way->branch_s;
             i++) {
            out[count++] = fan->places[i];
        }
        out[count++] = place_at(fan, trunk, way->branch_s);
    }
    for (uint32_t i = way->first; i <= way->last; i++) {
        out[count++] = fan->places[i];
    }
    assert(count <= LEE_FAN_PLACES + 1);
    return count;
}
