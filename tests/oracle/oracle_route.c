#include "oracle_route.h"

#include <math.h>

#define RAD (3.14159265358979323846 / 180.0)
/* Metres that the two planes may differ by. */
#define DOUBT_M 0.05

static double off(oracle_spot a, oracle_spot b)
{
    return hypot(a.x - b.x, a.y - b.y);
}

static oracle_spot between_spots(oracle_spot a, oracle_spot b, double share)
{
    return (oracle_spot){a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

oracle_line oracle_line_of(const oracle_permit *permit, lee_point origin)
{
    oracle_line line = {.count = permit->route_count};
    for (uint32_t i = 0; i < line.count; i++) {
        line.at[i] = oracle_spot_of(origin, permit->route[i].lat_e7, permit->route[i].lon_e7);
    }
    return line;
}

static double share_of(const oracle_line *line, uint32_t i, oracle_spot from)
{
    const oracle_spot a = line->at[i];
    const double dx = line->at[i + 1].x - a.x;
    const double dy = line->at[i + 1].y - a.y;
    const double square = dx * dx + dy * dy;
    return square > 0 ? fmin(1, fmax(0, ((from.x - a.x) * dx + (from.y - a.y) * dy) / square)) : 0;
}

double oracle_line_off_m(const oracle_line *line, oracle_spot from)
{
    double best = INFINITY;
    for (uint32_t i = 0; i + 1 < line->count; i++) {
        const double share = share_of(line, i, from);
        best = fmin(best, off(between_spots(line->at[i], line->at[i + 1], share), from));
    }
    return best;
}

/* The place of the line that is nearest to the target. */
typedef struct {
    uint32_t piece;
    double share;
    double off_m;
    oracle_spot at;
} foot;

static foot foot_of(const oracle_line *line)
{
    const oracle_spot here = {0, 0};
    foot best = {.off_m = INFINITY};
    for (uint32_t i = 0; i + 1 < line->count; i++) {
        const double share = share_of(line, i, here);
        const oracle_spot at = between_spots(line->at[i], line->at[i + 1], share);
        if (off(at, here) < best.off_m) {
            best = (foot){i, share, off(at, here), at};
        }
    }
    return best;
}

/* Another place of the line is as near, for all that is known. */
static bool is_ambiguous(const oracle_line *line, const foot *f)
{
    const oracle_spot here = {0, 0};
    bool found = false;
    for (uint32_t i = 0; i + 1 < line->count; i++) {
        const oracle_spot at = between_spots(line->at[i], line->at[i + 1], share_of(line, i, here));
        found |= off(at, here) < f->off_m + DOUBT_M && off(at, f->at) > 1;
    }
    return found;
}

/* The line turned round. */
static oracle_line reversed(const oracle_line *line)
{
    oracle_line back = {.count = line->count};
    for (uint32_t i = 0; i < line->count; i++) {
        back.at[i] = line->at[line->count - 1 - i];
    }
    return back;
}

/* The cosine of the angle between the course and the leg that fits it best, of those that it may be
 * on: where it is; ahead those that begin within near_m and what it is aside, behind those that
 * ended within near_m less that. */
static double best_cosine(const oracle_line *line, double course_deg, double near_m)
{
    foot f = foot_of(line);
    if (f.share >= 1 && f.piece + 2 < line->count) {
        f.piece++;
        f.share = 0;
    }
    double along[ORACLE_ROUTE_MAX] = {0};
    for (uint32_t i = 1; i < line->count; i++) {
        along[i] = along[i - 1] + off(line->at[i], line->at[i - 1]);
    }
    const double here = along[f.piece] + f.share * (along[f.piece + 1] - along[f.piece]);
    double best = -1;
    for (uint32_t i = 0; i + 1 < line->count; i++) {
        const bool counts = i == f.piece || (i > f.piece && along[i] - here < near_m + f.off_m) ||
                            (i < f.piece && here - along[i + 1] < near_m - f.off_m);
        const double length = along[i + 1] - along[i];
        if (counts && length > 0) {
            const double cosine = ((line->at[i + 1].x - line->at[i].x) * sin(course_deg * RAD) +
                                   (line->at[i + 1].y - line->at[i].y) * cos(course_deg * RAD)) /
                                  length;
            best = fmax(best, cosine);
        }
    }
    return best;
}

static double share_with(const oracle_permit *permit, lee_point origin, double course_deg,
                         double speed_mps, double more_m, bool *forward, double *aside_m)
{
    const oracle_line line = oracle_line_of(permit, origin);
    const oracle_line back = reversed(&line);
    *aside_m = foot_of(&line).off_m;
    const double near_m = speed_mps * 6 + more_m;
    const double with = best_cosine(&line, course_deg, near_m);
    const double against = best_cosine(&back, course_deg, near_m);
    *forward = with >= against;
    const double full = cos(10 * RAD);
    const double none = cos(30 * RAD);
    return *aside_m + more_m > permit->half_width_m
               ? 0
               : fmin(1, fmax(0, (fmax(with, against) - none) / (full - none)));
}

double oracle_route_share(const oracle_permit *permit, lee_point origin, int32_t track_e3,
                          double speed_mps, bool *forward, double *aside_m, bool *unsure)
{
    const double course_deg = track_e3 * 1e-3;
    const double share = share_with(permit, origin, course_deg, speed_mps, 0, forward, aside_m);
    const oracle_line line = oracle_line_of(permit, origin);
    const foot f = foot_of(&line);
    *unsure = fabs(*aside_m - permit->half_width_m) < DOUBT_M + 1e-5 * *aside_m ||
              (*aside_m < permit->half_width_m && is_ambiguous(&line, &f));
    for (int i = -1; i <= 1; i += 2) {
        bool other_way;
        double other_m;
        const double other =
            share_with(permit, origin, course_deg, speed_mps, i * DOUBT_M, &other_way, &other_m);
        *unsure |= fabs(other - share) > 1e-6 || (share > 0 && other_way != *forward);
    }
    return share;
}

int oracle_route_way(const oracle_permit *permit, lee_point origin, bool forward, double speed_mps,
                     double horizon_s, oracle_pass out[ORACLE_ROUTE_MAX + 3])
{
    oracle_line line = oracle_line_of(permit, origin);
    line = forward ? line : reversed(&line);
    const foot f = foot_of(&line);
    /* The line goes straight on beyond its end. */
    oracle_spot ahead[ORACLE_ROUTE_MAX + 1] = {f.at};
    int count = 1;
    for (uint32_t i = f.piece + 1; i < line.count; i++) {
        ahead[count++] = line.at[i];
    }
    oracle_spot from = line.at[line.count - 2];
    const double length = off(line.at[line.count - 1], from);
    const double far = (speed_mps * horizon_s + 5 * f.off_m + length) / length + 1;
    ahead[count++] = between_spots(from, line.at[line.count - 1], far);
    /* Where it joins. */
    double skip_m = 4 * f.off_m;
    int next = 1;
    for (; off(ahead[next], ahead[next - 1]) <= skip_m; next++) {
        skip_m -= off(ahead[next], ahead[next - 1]);
    }
    const double leg = off(ahead[next], ahead[next - 1]);
    ahead[next - 1] = between_spots(ahead[next - 1], ahead[next], skip_m / leg);
    out[0] = (oracle_pass){{0, 0}, 0};
    int passes = 1;
    for (int i = next - 1; i < count; i++) {
        const oracle_pass *const last = &out[passes - 1];
        const double way_s = off(ahead[i], last->at) / speed_mps;
        if (last->t_s + way_s >= horizon_s) {
            out[passes++] = (oracle_pass){
                between_spots(last->at, ahead[i], (horizon_s - last->t_s) / way_s), horizon_s};
            break;
        }
        out[passes++] = (oracle_pass){ahead[i], last->t_s + way_s};
    }
    return passes;
}
