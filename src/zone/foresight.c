/* Foresight: the paths of the same targets, from the fans ahead of them.
 *
 * Most reports are answered from a fan alone (fan.h), with times worked out in doubles. All that is
 * said of a stretch is in whole microseconds, rounded down: when a double is not so near to a whole
 * number that its error might matter, and no two things of a zone fall into one microsecond, the
 * order of these numbers is that of the fractions they come from, and so is the answer. If not, the
 * fractions are asked, from the same edges. And where there is no fan, the cells are walked. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "zone/fan.h"

#define AHEAD 8u /* reports whose fans are asked for ahead */
#define LINE 64u
#define FAN_LINES 6u
/* Longer paths are left to the fractions: feet (LEE_FAN_FEET) times this fit into 63 bits. */
#define SPAN_MAX_US (INT64_C(1) << 32)

struct lee_zone_foresight {
    lee_zone_predictor *predictor;
    const lee_zone_volume *volumes;
    lee_fan_maker *maker;
    void *room;
    lee_fan *fans; /* in the room, at the beginning of a cache line; behind them what is more */
    uint32_t target_count;
    lee_fan_see_function *see;
};

static_assert(sizeof(lee_fan) == FAN_LINES * LINE, "what is asked for ahead");

lee_error lee_zone_foresight_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                    uint32_t target_count, lee_zone_foresight **out)
{
    assert(set && out);
    lee_zone_foresight *const f = lee_alloc(1, sizeof *f);
    if (!f) {
        return LEE_ERR_NO_MEMORY;
    }
    f->room = lee_alloc((size_t)target_count + 1, sizeof(lee_fan) + sizeof(lee_fan_more));
    if (!f->room || lee_zone_predictor_create(set, volumes, &f->predictor) ||
        !(f->maker = lee__fan_maker_create(f->predictor))) {
        lee_zone_foresight_free(f);
        return LEE_ERR_NO_MEMORY;
    }
    f->fans = (lee_fan *)(void *)((char *)f->room + (LINE - (uintptr_t)f->room % LINE) % LINE);
    lee_fan_more *const more = (lee_fan_more *)(void *)(f->fans + target_count);
    for (uint32_t i = 0; i < target_count; i++) {
        f->fans[i].more = &more[i];
    }
    f->volumes = volumes;
    f->target_count = target_count;
    f->see = f->predictor->walk.index->portable ? lee__fan_see : lee__fan_see_avx2;
    *out = f;
    return LEE_OK;
}

void lee_zone_foresight_free(lee_zone_foresight *f)
{
    if (f) {
        lee__fan_maker_free(f->maker);
        lee_zone_predictor_free(f->predictor);
        lee_free(f->room);
        lee_free(f);
    }
}

/* --- by fractions -----------------------------------------------------------------------------
 */

/* By zone, then along the path. */
static void sort_few(lee_crossing *c, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const lee_crossing moved = c[i];
        uint32_t at = i;
        for (; at > 0 &&
               (c[at - 1].zone > moved.zone ||
                (c[at - 1].zone == moved.zone && lee__crossing_compare(&c[at - 1], &moved) > 0));
             at--) {
            c[at] = c[at - 1];
        }
        c[at] = moved;
    }
}

/* False: no memory. */
static bool put_by_fractions(lee_zone_foresight *f, const lee_fan *fan, const lee_zone_path *p,
                             const lee_fan_sight *sight, uint64_t holding, lee_passages *found)
{
    lee_crossing crossings[LEE_FAN_EDGES_MAX];
    uint32_t starts[LEE_FAN_ZONES_MAX];
    uint32_t count = 0;
    uint32_t start_count = 0;
    const lee_line line = lee__fan_line(&sight->way);
    for (uint32_t w = 0; w < LEE_FAN_WORDS; w++) {
        for (uint64_t left = sight->seen.crossed[w]; left; left &= left - 1) {
            const uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(left);
            const lee_fan_edge e = lee__fan_edge(fan, i);
            lee_crossing *const c = &crossings[count++];
            const bool crosses = lee_cross_between(&line, e.x, e.y, e.x + e.dx, e.y + e.dy, &c->at);
            assert(crosses);
            (void)crosses;
            c->rough = (double)c->at.num / (double)c->at.den;
            c->zone = lee__fan_zone(fan, *lee__fan_place(fan, i));
        }
    }
    sort_few(crossings, count);
    for (; holding; holding &= holding - 1) {
        starts[start_count++] = lee__fan_zone(fan, (uint32_t)__builtin_ctzll(holding));
    }
    return lee__passages_put(f->predictor, p, starts, start_count, crossings, count, found);
}

/* --- in microseconds --------------------------------------------------------------------------
 */

/* Microseconds since the path's start, rounded down. */
typedef struct {
    int64_t from, to;
    bool starts, ends;
} stretch;

typedef enum { NOT, IS, UNSURE } answer;

/* When the way crosses the edge. */
static inline int64_t crossing_us(const lee_fan *fan, uint32_t edge, const lee_fan_way *way,
                                  int64_t span, bool *sure)
{
    const lee_fan_edge e = lee__fan_edge(fan, edge);
    /* lee_cross_between; within 63 bits by LEE_FAN_REACH. */
    const int64_t den = way->dx * e.dy - way->dy * e.dx;
    const int64_t num = (e.x - way->x) * e.dy - (e.y - way->y) * e.dx;
    /* Two numbers rounded, a quotient and a product: wrong by less than 2^-50 of itself. */
    const double at = (double)num / (double)den * (double)span;
    const double doubt = (double)span * 0x1p-50;
    const int64_t us = (int64_t)at;
    const double beyond = at - (double)us;
    *sure &= (beyond > doubt) & (beyond < 1.0 - doubt);
    return us;
}

static answer is_some(const stretch *s)
{
    return s->from < s->to ? IS : s->from == s->to ? UNSURE : NOT;
}

/* The part within the band of a path that is partly within. */
static stretch meet_band(int32_t lower_ft, int32_t upper_ft, const lee_zone_path *p, int64_t span)
{
    /* Going up it comes in at the floor and goes out at the ceiling; going down the other way. */
    const bool up = p->to_ft > p->from_ft;
    const int64_t a = p->from_ft;
    const int64_t b = p->to_ft;
    const int64_t rise_ft = up ? b - a : a - b;
    const int64_t in_ft = up ? lower_ft - a : a - upper_ft;
    const int64_t out_ft = up ? upper_ft - a : a - lower_ft;
    stretch s = {0, span, in_ft <= 0, out_ft >= rise_ft};
    if (!s.starts) {
        s.from = in_ft * span / rise_ft;
    }
    if (!s.ends) {
        s.to = out_ft * span / rise_ft;
    }
    return s;
}

/* The first part of the stretch while the zone is active. */
static answer meet_schedule(const lee_schedule *schedule, const lee_zone_path *p, stretch *s)
{
    const int64_t begins_us = p->from_us + s->from;
    /* The first that ends later, without a branch that can not be foretold. */
    uint32_t low = 0;
    for (uint32_t count = schedule->count; count > 0;) {
        const uint32_t half = count / 2;
        const uint32_t after = count - half - 1;
        const bool ended = schedule->intervals[low + half].to_us <= begins_us;
        low += ended ? half + 1 : 0;
        count = ended ? after : half;
    }
    for (; low < schedule->count && schedule->intervals[low].from_us < p->to_us; low++) {
        const lee_interval *const active = &schedule->intervals[low];
        stretch part = *s;
        if (active->from_us > p->from_us) {
            const int64_t from = active->from_us - p->from_us;
            part.from = from > part.from ? from : part.from;
            part.starts = false;
        }
        if (active->to_us < p->to_us) {
            const int64_t to = active->to_us - p->from_us;
            part.to = to < part.to ? to : part.to;
            part.ends = false;
        }
        const answer some = is_some(&part);
        if (some != NOT) {
            *s = part;
            return some;
        }
    }
    return NOT;
}

/* One path and all that is known of it. */
typedef struct {
    const lee_zone_foresight *foresight;
    const lee_fan *fan;
    const lee_zone_path *path;
    int64_t span;
    /* By zone, as bits: */
    uint64_t holding; /* the start */
    uint64_t once;    /* crossed one time */
    uint64_t often;   /* crossed more often */
    uint64_t met;     /* at a height of the path */
    uint64_t cut;     /* not at all heights of the path */
    uint64_t limited; /* has a limit */
    uint32_t crossed_count;
    uint8_t places[LEE_FAN_EDGES_MAX]; /* of each crossing: its zone */
    int64_t times[LEE_FAN_EDGES_MAX];  /* and when */
} outlook;

/* Narrows a stretch in a zone's area to the first part that is in its volume. */
static answer meet_limits(const outlook *o, uint32_t place, stretch *s)
{
    if (o->cut >> place & 1) {
        const lee_fan_zones *const four = lee__fan_zones(o->fan, place / LEE_FAN_LANES);
        const stretch band = meet_band(four->lower_ft[place % LEE_FAN_LANES],
                                       four->upper_ft[place % LEE_FAN_LANES], o->path, o->span);
        s->from = band.from > s->from ? band.from : s->from;
        s->to = band.to < s->to ? band.to : s->to;
        s->starts &= band.starts;
        s->ends &= band.ends;
        const answer some = is_some(s);
        if (some != IS) {
            return some;
        }
    }
    if (!(o->fan->scheduled >> place & 1)) {
        return IS;
    }
    const uint32_t zone = lee__fan_zone(o->fan, place);
    return meet_schedule(&o->foresight->volumes[zone].schedule, o->path, s);
}

/* The first stretch in the volume, of those in the area: from turn to turn. */
static answer first_stretch(const outlook *o, uint32_t place, const int64_t *turns, uint32_t count,
                            stretch *out)
{
    uint32_t at = 0;
    bool inside = o->holding >> place & 1;
    while (inside || at < count) {
        stretch s = {inside ? 0 : turns[at++], o->span, inside, true};
        if (at < count) {
            s.to = turns[at++];
            s.ends = false;
        }
        inside = false;
        const answer some = meet_limits(o, place, &s);
        if (some != NOT) {
            *out = s;
            return some;
        }
    }
    return NOT;
}

/* The times of one zone's crossings in order. False: two are too near to each other. */
static bool turns_of(const outlook *o, uint32_t place, int64_t *turns, uint32_t *count)
{
    uint32_t n = 0;
    bool apart = true;
    for (uint32_t i = 0; i < o->crossed_count; i++) {
        if (o->places[i] == place) {
            uint32_t at = n++;
            for (; at > 0 && turns[at - 1] >= o->times[i]; at--) {
                apart &= turns[at - 1] != o->times[i];
                turns[at] = turns[at - 1];
            }
            turns[at] = o->times[i];
        }
    }
    *count = n;
    return apart;
}

/* Field by field where it belongs: a copy would wait for what was just written. */
static inline void write_passage(const outlook *o, uint32_t place, const stretch *s,
                                 lee_zone_passage *out)
{
    out->zone = lee__fan_zone(o->fan, place);
    out->enter_us = o->path->from_us + s->from;
    out->leave_us = o->path->from_us + s->to;
    out->starts = s->starts;
    out->ends = s->ends;
    out->alt_unknown = !o->path->has_alt && o->limited >> place & 1;
}

/* In the order of entry, then of zones; those that do not fit are counted. */
static void put_in_order(const outlook *o, uint32_t place, const stretch *s, lee_passages *found)
{
    size_t at = found->count++;
    if (at >= found->capacity) {
        return;
    }
    const int64_t enter_us = o->path->from_us + s->from;
    const uint32_t zone = lee__fan_zone(o->fan, place);
    for (; at > 0 && (found->out[at - 1].enter_us > enter_us ||
                      (found->out[at - 1].enter_us == enter_us && found->out[at - 1].zone > zone));
         at--) {
        found->out[at] = found->out[at - 1];
    }
    write_passage(o, place, s, &found->out[at]);
}

/* The zones without limits on this path that hold its start: they are the first, in their order.
 * They end where they are crossed, if they are. */
static void put_held(const outlook *o, uint64_t places, const int64_t *leaves, lee_passages *found)
{
    for (; places; places &= places - 1) {
        const uint32_t place = (uint32_t)__builtin_ctzll(places);
        const bool ends = !(o->once >> place & 1);
        const stretch s = {0, ends ? o->span : leaves[place], true, ends};
        if (found->count < found->capacity) {
            write_passage(o, place, &s, &found->out[found->count]);
        }
        found->count++;
    }
}

/* The others: zones with limits, and those crossed several times. False: times are too near. */
static bool put_limited(const outlook *o, uint64_t places, lee_passages *found)
{
    int64_t turns[LEE_FAN_EDGES_MAX];
    for (; places; places &= places - 1) {
        const uint32_t place = (uint32_t)__builtin_ctzll(places);
        uint32_t count = 0;
        stretch s;
        if (((o->once | o->often) >> place & 1) && !turns_of(o, place, turns, &count)) {
            return false;
        }
        const answer some = first_stretch(o, place, turns, count, &s);
        if (some == UNSURE) {
            return false;
        }
        if (some == IS) {
            put_in_order(o, place, &s, found);
        }
    }
    return true;
}

/* False: times are too near to a whole number, to each other or to an end to tell. */
static bool put_by_times(outlook *o, const lee_fan_sight *sight, lee_passages *found)
{
    const lee_fan *const fan = o->fan;
    int64_t leaves[LEE_FAN_ZONES_MAX];
    uint8_t entered[LEE_FAN_EDGES_MAX];
    uint32_t entered_count = 0;
    uint32_t count = 0;
    bool sure = true;
    for (uint32_t w = 0; w < LEE_FAN_WORDS; w++) {
        for (uint64_t left = sight->seen.crossed[w]; left; left &= left - 1) {
            const uint32_t edge = w * 64 + (uint32_t)__builtin_ctzll(left);
            const uint8_t place = *lee__fan_place(fan, edge);
            const uint64_t bit = UINT64_C(1) << place;
            o->often |= o->once & bit;
            o->once |= bit;
            o->places[count] = place;
            leaves[place] = o->times[count++] = crossing_us(fan, edge, &sight->way, o->span, &sure);
        }
    }
    o->crossed_count = count;
    o->once &= ~o->often;
    const uint64_t plain = o->met & ~o->cut & ~fan->scheduled & ~o->often;
    for (uint32_t i = 0; i < count; i++) {
        entered[entered_count] = (uint8_t)i;
        entered_count += (uint32_t)((plain & ~o->holding) >> o->places[i] & 1);
    }
    put_held(o, plain & o->holding, leaves, found);
    for (uint32_t i = 0; i < entered_count; i++) {
        const stretch s = {o->times[entered[i]], o->span, false, true};
        put_in_order(o, o->places[entered[i]], &s, found);
    }
    return sure && put_limited(o, (o->holding | o->once | o->often) & o->met & ~plain, found);
}

/* --- one path ---------------------------------------------------------------------------------
 */

/* False: no memory. */
static bool ask_fan(lee_zone_foresight *f, lee_fan *fan, const lee_zone_path *p,
                    const lee_fan_sight *sight, lee_passages *found)
{
    outlook o;
    fan->age = (uint8_t)(fan->age + (fan->age < UINT8_MAX));
    o.foresight = f;
    o.fan = fan;
    o.path = p;
    o.span = p->to_us - p->from_us;
    o.holding = lee__fan_hold(fan, sight);
    o.once = o.often = 0;
    o.limited = sight->cut; /* of a path of unknown altitude */
    o.met = p->has_alt ? sight->met : UINT64_MAX;
    o.cut = p->has_alt ? sight->cut : 0;
    if (o.span > 0 && o.span < SPAN_MAX_US && put_by_times(&o, sight, found)) {
        return true;
    }
    found->count = 0;
    if (!put_by_fractions(f, fan, p, sight, o.holding, found)) {
        return false;
    }
    if (found->count <= found->capacity) {
        lee__passages_sort(found->out, found->count);
    }
    return true;
}

/* Without a fan that holds the path. */
static lee_error foresee_anew(lee_zone_foresight *f, lee_fan *fan, const lee_zone_path *p,
                              lee_passages *found)
{
    const lee_point from = lee_point_canonical(p->from);
    const lee_point to = lee_point_canonical(p->to);
    if (fan->rests == 0 && !lee__leads_over_antimeridian(from, to)) {
        const lee_walked_path walked = lee__walked_path(from, to);
        lee_fan_sight sight;
        lee__fan_make(f->maker, fan, p, &walked);
        if (f->see(fan, p, &sight)) {
            return ask_fan(f, fan, p, &sight, found) ? LEE_OK : LEE_ERR_NO_MEMORY;
        }
    }
    fan->usable = false;
    fan->rests = (uint8_t)(fan->rests - (fan->rests > 0));
    uint32_t end = 0;
    size_t done;
    const lee_error error =
        lee_zone_predictor_paths(f->predictor, p, 1, found->out, found->capacity, &end, &done);
    found->count = done == 1 ? end : found->capacity + 1;
    return error;
}

/* Asks memory for the fans of reports to come; when their first lines are there, for as much of
 * the rest as they use. */
static void ask_ahead(const lee_zone_foresight *f, const uint32_t *targets, size_t at, size_t count)
{
    if (at + AHEAD >= count) {
        return;
    }
    const char *const far = (const char *)&f->fans[targets[at + AHEAD]];
    __builtin_prefetch(far);
    __builtin_prefetch(far + LINE);
    const lee_fan *const near = &f->fans[targets[at + AHEAD / 2]];
    for (uint32_t i = 2; i < FAN_LINES; i++) {
        __builtin_prefetch((const char *)near + i * LINE);
    }
    for (uint32_t k = 1; k * LEE_FAN_LANES < near->zone_count; k++) {
        __builtin_prefetch(&near->more->zones[k]);
        __builtin_prefetch(&near->more->zones[k].zone);
    }
    for (uint32_t k = 1; k * LEE_FAN_LANES < near->edge_count; k++) {
        __builtin_prefetch(&near->more->places[k * LEE_FAN_LANES]);
        __builtin_prefetch(&near->more->blocks[k]);
        __builtin_prefetch(&near->more->blocks[k].dx);
    }
}

lee_error lee_zone_foresight_paths(lee_zone_foresight *f, const uint32_t *targets,
                                   const lee_zone_path *paths, size_t count, lee_zone_passage *out,
                                   size_t capacity, uint32_t *ends, size_t *done)
{
    assert(f && done);
    assert((targets && paths && ends) || count == 0);
    assert(out || capacity == 0);
    size_t used = 0;
    for (*done = 0; *done < count; (*done)++) {
        const lee_zone_path *const path = &paths[*done];
        assert(targets[*done] < f->target_count && path->from_us <= path->to_us);
        ask_ahead(f, targets, *done, count);
        lee_fan *const fan = &f->fans[targets[*done]];
        lee_passages found = {out ? out + used : NULL, capacity - used, 0};
        lee_fan_sight sight;
        lee_error error = LEE_OK;
        if (!f->see(fan, path, &sight)) {
            error = foresee_anew(f, fan, path, &found);
        } else if (!ask_fan(f, fan, path, &sight, &found)) {
            error = LEE_ERR_NO_MEMORY;
        }
        if (error) {
            return error;
        }
        if (found.count > found.capacity || used + found.count > UINT32_MAX) {
            break;
        }
        used += found.count;
        ends[*done] = (uint32_t)used;
    }
    return LEE_OK;
}
