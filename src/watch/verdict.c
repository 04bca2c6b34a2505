/* The late, careful statement: how sure it is that a target was inside.
 *
 * An alert takes every report at its word, so that nobody is warned late. A verdict asks what the
 * errors leave of it: those of the position, of the altitude and of the drawn boundary. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>

#include "geo/chance.h"
#include "geo/distance.h"

/* An error given as 95 % of a circle, and as 95 % of a line, in standard deviations. */
#define CIRCLE_95 2.4477
#define LINE_95 1.96
/* Mode C: within 200 ft at 95 % (UK CAP 670); that holds the rounding to 25 or 100 ft. */
#define ALT_95_FT 200.0
/* More zones that exempt than this over one place prove nothing. */
#define BESIDE_MAX 8

static bool is_known(const lee_moment *m, int index)
{
    return lee_track_field_age(&m->watch->track_options, m->track, index, m->now.t_us) !=
           LEE_AGE_EXPIRED;
}

/* Estimated position uncertainty at 95 % by NACp (RTCA DO-260B, table 2-71), in metres; 0 says
 * more than 10 NM: nothing. */
static double by_nac_p(int32_t nac_p)
{
    static const double epu_m[] = {0.0,   18520.0, 7408.0, 3704.0, 1852.0, 926.0,
                                   555.6, 185.2,   92.6,   30.0,   10.0,   3.0};
    return nac_p > 0 && nac_p < 12 ? epu_m[nac_p] : 0.0;
}

double lee__said_error_m(const lee_moment *m)
{
    return is_known(m, LEE_REPORT_INDEX_NAC_P) ? by_nac_p(m->track->last.nac_p) : 0.0;
}

/* Radius of containment by NIC (DO-260B, table 2-70), the greatest where supplements tell apart. It
 * holds all but one in ten million, and is taken for 95 %: cautiously. */
static double by_nic(int32_t nic)
{
    static const double rc_m[] = {0.0,    37040.0, 14816.0, 7408.0, 3704.0, 1852.0,
                                  1111.2, 370.4,   185.2,   75.0,   25.0,   7.5};
    return nic > 0 && nic < 12 ? rc_m[nic] : 0.0;
}

/* What is assumed where the source says nothing of its error, in metres at 95 %. */
static double by_source(lee_source source)
{
    switch (source) {
    case LEE_SOURCE_ADSB: /* the least that 14 CFR 91.227 allows: NACp 8 */
        return 92.6;
    case LEE_SOURCE_AIS: /* ITU-R M.1371: position accuracy flag 0 is worse than 10 m */
    case LEE_SOURCE_REMOTE_ID:
    case LEE_SOURCE_GNSS:
        return 100.0;
    case LEE_SOURCE_OBSERVER: /* a bearing and a guess */
        return 5000.0;
    case LEE_SOURCE_MODE_S:
    case LEE_SOURCE_MLAT:
    case LEE_SOURCE_TISB:
    case LEE_SOURCE_ASTERIX: /* radar: 0.5 NM (UK CAP 670, SUR02.49) */
    case LEE_SOURCE_COUNT:
        break;
    }
    return 926.0;
}

static double position_error_m(const lee_moment *m)
{
    double error_m = lee__said_error_m(m);
    if (error_m <= 0.0 && is_known(m, LEE_REPORT_INDEX_NIC)) {
        error_m = by_nic(m->track->last.nic);
    }
    if (error_m <= 0.0) {
        error_m = by_source((lee_source)m->track->field_source[LEE_REPORT_INDEX_LAT]);
    }
    return error_m;
}

/* The chance that the altitude lies between the limits. */
static double chance_of_band(const lee_moment *m, uint32_t zone, const lee_stance *stance)
{
    const lee_band_altitude *const altitude = &m->now.altitude;
    if (stance->blurred || stance->cautious) {
        return 0.0;
    }
    const bool by_hae =
        altitude->has_hae &&
        (!altitude->has_baro || (stance->band.has_used && stance->band.used.ref == LEE_ALT_HAE));
    if (!by_hae && !altitude->has_baro) {
        return 1.0; /* no limit asks for it, or it stands on the ground inside */
    }
    const lee_limits limits = lee__volume_limits(m->watch, zone, &m->now, by_hae, false);
    const double alt_ft = by_hae ? altitude->alt_hae_ft : altitude->alt_baro_ft;
    const double deviation_ft =
        sqrt(ALT_95_FT * ALT_95_FT + (double)stance->band.error_ft * stance->band.error_ft) / 2.0;
    const double above = limits.lower_ft == INT32_MIN
                             ? 1.0
                             : lee_normal_below((alt_ft - limits.lower_ft) / deviation_ft);
    const double over = limits.upper_ft == INT32_MAX
                            ? 0.0
                            : lee_normal_below((alt_ft - limits.upper_ft) / deviation_ft);
    return above > over ? above - over : 0.0;
}

/* The area holds the disc that reaches to its nearest edge, whatever its shape: of an error that is
 * normal and alike in all directions, 1 - exp(-d^2 / 2 s^2) lies in that disc. So the chance is at
 * least this. */
static double chance_of_area(const lee_moment *m, uint32_t zone)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    const double depth_m =
        lee__exempt_depth_m(m, zone,
                            bubble ? lee__bubble_depth_m(m, bubble)
                                   : lee_area_distance_m(&z->area, m->now.point, NULL));
    const double position_m = position_error_m(m) / CIRCLE_95;
    const double map_m = z->watch.map_error_m / LINE_95;
    const double square = position_m * position_m + map_m * map_m;
    assert(square > 0.0);
    const double x = depth_m * depth_m / (2.0 * square);
    return x < 1000.0 ? 1.0 - lee_exp_minus(x) : 1.0;
}

/* The chance that it is higher or lower than the zones that would exempt it there. */
static double chance_beside(const lee_moment *m, uint32_t zone)
{
    uint32_t beside[BESIDE_MAX];
    const size_t count = lee__exempt_beside(m, zone, beside, BESIDE_MAX);
    double chance = count > BESIDE_MAX ? 0.0 : 1.0;
    for (size_t i = 0; i < count && i < BESIDE_MAX; i++) {
        const lee_stance stance = lee__volume_stance(m->watch, beside[i], &m->now, 0);
        const bool is_known = !stance.blurred && !stance.cautious;
        chance *= is_known ? 1.0 - chance_of_band(m, beside[i], &stance) : 0.0;
    }
    return chance;
}

void lee__verdict_weigh(lee_moment *m, lee_pair *pair, const lee_stance *stance)
{
    if (m->watch->generation.list->zones[pair->zone].watch.map_error_m <= 0 || !m->is_report) {
        return;
    }
    const lee_stance whole = lee__volume_whole_stance(m, pair->zone, stance);
    const double chance = chance_of_area(m, pair->zone) * chance_of_band(m, pair->zone, &whole) *
                          chance_beside(m, pair->zone);
    const int32_t proof_e3 = (int32_t)(chance * 1000.0);
    pair->proof_e3 = proof_e3 > pair->proof_e3 ? proof_e3 : pair->proof_e3;
    if (pair->state == LEE_PAIR_INSIDE && !pair->proof_told && pair->hits >= LEE_VERDICT_REPORTS &&
        pair->proof_e3 >= LEE_VERDICT_CONFIRMED_E3) {
        pair->proof_told = true;
        lee__tell(m, pair, LEE_EVENT_VERDICT, lee__verdict_word(pair), stance);
    }
}

const char *lee__verdict_word(const lee_pair *pair)
{
    return pair->proof_e3 >= LEE_VERDICT_CONFIRMED_E3  ? "confirmed"
           : pair->proof_e3 >= LEE_VERDICT_PROBABLE_E3 ? "probable"
                                                       : "not_provable";
}
