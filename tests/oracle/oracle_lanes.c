#include "oracle_lanes.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "oracle_earth.h"

bool oracle_concerns(const oracle_permit *permit, uint32_t target, uint32_t zone)
{
    return (permit->target == ORACLE_ANY || permit->target == target) &&
           (permit->zone == ORACLE_ANY || permit->zone == zone);
}

static bool is_lane(const lee_zone_list *zones, uint32_t zone, uint32_t from)
{
    const lee_zone *const z = &zones->zones[zone];
    bool found = false;
    for (uint32_t i = 0; zone != from && i < z->exempt_count; i++) {
        found |= strcmp(z->exempts[i], zones->zones[from].id) == 0;
    }
    return found;
}

bool oracle_has_lanes(const lee_zone_list *zones, uint32_t from)
{
    bool found = false;
    for (uint32_t z = 0; z < zones->count; z++) {
        found |= is_lane(zones, z, from);
    }
    return found;
}

bool oracle_may_be_in(const lee_zone *zone, uint32_t number, const oracle_permits *permits,
                      uint32_t target, int64_t t_us)
{
    bool may = zone->entry == LEE_ENTRY_ALLOW;
    for (size_t i = 0; i < permits->count; i++) {
        /* An inhibition is no leave. */
        const oracle_permit *const permit = &permits->permits[i];
        may |= !permit->is_inhibition && oracle_concerns(permit, target, number) &&
               t_us >= permit->from_us && t_us < permit->to_us;
    }
    return may;
}

void oracle_find_lanes(const lee_zone_list *zones, uint32_t from, const oracle_permits *permits,
                       uint32_t target, int64_t t_us, oracle_lanes *out)
{
    out->count = 0;
    for (uint32_t z = 0; z < zones->count; z++) {
        const lee_zone *const lane = &zones->zones[z];
        if (!is_lane(zones, z, from) || oracle_hangs_on_ground(lane)) {
            continue;
        }
        if (oracle_may_be_in(lane, z, permits, target, t_us)) {
            assert(out->count < ORACLE_LANES_MAX);
            out->zones[out->count++] = lane;
        }
    }
}

void oracle_take_edge(int64_t edge_us, int64_t after_us, int64_t *next_us)
{
    *next_us = edge_us > after_us && edge_us < *next_us ? edge_us : *next_us;
}

void oracle_lanes_edge(const lee_zone_list *zones, uint32_t from, const oracle_permits *permits,
                       uint32_t target, int64_t after_us, int64_t *next_us)
{
    for (uint32_t z = 0; z < zones->count; z++) {
        const lee_schedule *const hours = &zones->zones[z].schedule;
        for (uint32_t i = 0; is_lane(zones, z, from) && !hours->always && i < hours->count; i++) {
            oracle_take_edge(hours->intervals[i].from_us, after_us, next_us);
            oracle_take_edge(hours->intervals[i].to_us, after_us, next_us);
        }
        for (size_t i = 0; is_lane(zones, z, from) && i < permits->count; i++) {
            if (oracle_concerns(&permits->permits[i], target, z)) {
                oracle_take_edge(permits->permits[i].from_us, after_us, next_us);
                oracle_take_edge(permits->permits[i].to_us, after_us, next_us);
            }
        }
    }
}

double oracle_edge_m(const lee_area *area, lee_point at)
{
    double best = INFINITY;
    lee_point nearest = at;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            const lee_point a = ring->points[i];
            const lee_point b = ring->points[(i + 1) % ring->count];
            const oracle_spot from = oracle_spot_of(at, a.lat_e7, a.lon_e7);
            const oracle_spot to = oracle_spot_of(at, b.lat_e7, b.lon_e7);
            const double dx = to.x - from.x;
            const double dy = to.y - from.y;
            const double length = dx * dx + dy * dy;
            const double foot =
                length > 0 ? fmax(0, fmin(1, -(from.x * dx + from.y * dy) / length)) : 0;
            const double off = hypot(from.x + foot * dx, from.y + foot * dy);
            if (off < best) {
                best = off;
                nearest =
                    (lee_point){(int32_t)lround(a.lat_e7 + foot * ((double)b.lat_e7 - a.lat_e7)),
                                (int32_t)lround(a.lon_e7 + foot * ((double)b.lon_e7 - a.lon_e7))};
            }
        }
    }
    return best == INFINITY ? best : oracle_distance_m(at, nearest);
}
