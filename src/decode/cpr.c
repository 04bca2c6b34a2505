#include "decode/cpr.h"

#include <assert.h>
#include <stdlib.h>

#define HALF_BITS 17
#define HALF_RANGE (INT64_C(1) << HALF_BITS)
#define HALF_MASK (HALF_RANGE - 1)
#define CIRCLE_E7 INT64_C(3600000000)
#define CIRCLE_E9 INT64_C(360000000000)

/* Latitudes (degrees x 10^9) at which the number of longitude zones falls by one, from 59 to 58
 * first. By RTCA DO-260B A.1.7.2.d (ICAO Doc 9871 C.2.6.2.d) the one from n to n - 1 is
 * acos(sqrt((1 - cos(pi / 30)) / (1 - cos(2 pi / n)))), computed here with 40 digits; the last is
 * 87 degrees, which itself still belongs to two zones. Two more are never reached. */
static const int64_t zone_limits_e9[60] = {
    INT64_C(10470471300), INT64_C(14828174369), INT64_C(18186263571), INT64_C(21029394926),
    INT64_C(23545044866), INT64_C(25829247071), INT64_C(27938987101), INT64_C(29911356857),
    INT64_C(31772097077), INT64_C(33539934363), INT64_C(35228995978), INT64_C(36850251076),
    INT64_C(38412418924), INT64_C(39922566843), INT64_C(41386518323), INT64_C(42809140122),
    INT64_C(44194549514), INT64_C(45546267227), INT64_C(46867332525), INT64_C(48160391281),
    INT64_C(49427764393), INT64_C(50671501656), INT64_C(51893424692), INT64_C(53095161528),
    INT64_C(54278174723), INT64_C(55443784445), INT64_C(56593187562), INT64_C(57727473539),
    INT64_C(58847637761), INT64_C(59954592767), INT64_C(61049177742), INT64_C(62132166592),
    INT64_C(63204274794), INT64_C(64266165226), INT64_C(65318453097), INT64_C(66361710084),
    INT64_C(67396467741), INT64_C(68423220221), INT64_C(69442426311), INT64_C(70454510750),
    INT64_C(71459864730), INT64_C(72458845447), INT64_C(73451774417), INT64_C(74438934157),
    INT64_C(75420562567), INT64_C(76396843908), INT64_C(77367894613), INT64_C(78333740829),
    INT64_C(79294282255), INT64_C(80249232133), INT64_C(81198013493), INT64_C(82139569805),
    INT64_C(83071994447), INT64_C(83991735630), INT64_C(84891661907), INT64_C(85755416209),
    INT64_C(86535369975), INT64_C(87000000001), INT64_C(99999999999), INT64_C(99999999999),
};

/* How many of these limits are at or below each whole degree. Between two degrees lie at most two
 * more, so that this replaces a search. */
static const uint8_t limits_below_degree[91] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  1,  1,  1,  2,  2,  2,  2,  3,  3,  3,  4,
    4,  5,  5,  6,  6,  7,  7,  8,  8,  9,  9,  10, 10, 11, 12, 12, 13, 14, 14, 15, 16, 16, 17,
    18, 19, 19, 20, 21, 22, 23, 23, 24, 25, 26, 27, 28, 29, 30, 30, 31, 32, 33, 34, 35, 36, 37,
    38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 54, 55, 56, 57, 58, 58, 58,
};

int lee_cpr_zones(int64_t lat_e9)
{
    const int64_t lat = lat_e9 < 0 ? -lat_e9 : lat_e9;
    assert(lat <= INT64_C(90999999999));

    const int count = limits_below_degree[lat / 1000000000];
    return 59 - count - (lat >= zone_limits_e9[count]) - (lat >= zone_limits_e9[count + 1]);
}

/* Inline, so that a divisor that is known becomes a multiplication. */
static inline int64_t divide_rounded(int64_t a, int64_t b)
{
    assert(b > 0);

    a += b / 2;
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/* 2^60 over a number of zones, rounded up. */
#define INVERSE_BITS 60
#define INVERSE(n) ((UINT64_C(1) << INVERSE_BITS) / (n) + 1)
#define INVERSES_OF_FIVE(n)                                                                        \
    INVERSE(n), INVERSE(n + 1), INVERSE(n + 2), INVERSE(n + 3), INVERSE(n + 4)
static const uint64_t zone_inverses[61] = {0, /* never */
                                           INVERSES_OF_FIVE(1),
                                           INVERSES_OF_FIVE(6),
                                           INVERSES_OF_FIVE(11),
                                           INVERSES_OF_FIVE(16),
                                           INVERSES_OF_FIVE(21),
                                           INVERSES_OF_FIVE(26),
                                           INVERSES_OF_FIVE(31),
                                           INVERSES_OF_FIVE(36),
                                           INVERSES_OF_FIVE(41),
                                           INVERSES_OF_FIVE(46),
                                           INVERSES_OF_FIVE(51),
                                           INVERSES_OF_FIVE(56)};

/* Over a number of zones, 1 to 60, rounded down. A processor takes longer for a division than for
 * all else here. The product is exact below 2^54, since zones times the inverse is 2^60 and at most
 * 60; what may be negative is moved up before. */
#define DIVIDEND_MAX (INT64_C(1) << 47)
__extension__ typedef unsigned __int128 wide;
static int64_t over_zones(int64_t value, int64_t zones)
{
    assert(value >= -DIVIDEND_MAX && value <= DIVIDEND_MAX);

    const uint64_t moved = (uint64_t)(value + DIVIDEND_MAX * zones);
    return (int64_t)((wide)moved * zone_inverses[zones] >> INVERSE_BITS) - DIVIDEND_MAX;
}

static int64_t modulo_zones(int64_t value, int64_t zones)
{
    return value - over_zones(value, zones) * zones;
}

/* Zones of latitude: 60 of an even half, 59 of an odd one, in 360 (surface: 90) degrees. */
static int64_t lat_zones(bool odd)
{
    return odd ? 59 : 60;
}

static int64_t lon_zones(int zones, bool odd)
{
    const int64_t count = zones - odd;
    return count > 0 ? count : 1;
}

static int64_t circle_e7(bool surface)
{
    return surface ? CIRCLE_E7 / 4 : CIRCLE_E7;
}

/* `units` counts 2^-17 of a zone, of which `zones` make a circle. */
static int64_t coordinate_e7(int64_t units, int64_t zones, bool surface)
{
    return over_zones((units * circle_e7(surface) + zones * HALF_RANGE / 2) >> HALF_BITS, zones);
}

static int64_t lat_e9(int64_t units, int64_t zones, bool surface)
{
    const int64_t circle = surface ? CIRCLE_E9 / 4 : CIRCLE_E9;
    return over_zones((units * circle + zones * HALF_RANGE / 2) >> HALF_BITS, zones);
}

/* Of a longitude, or a difference of two, that is less than a turn out of range. */
static int64_t wrap_lon_e7(int64_t lon_e7)
{
    assert(lon_e7 >= -CIRCLE_E7 * 3 / 2 && lon_e7 < CIRCLE_E7 * 3 / 2);

    if (lon_e7 >= CIRCLE_E7 / 2) {
        return lon_e7 - CIRCLE_E7;
    }
    return lon_e7 < -CIRCLE_E7 / 2 ? lon_e7 + CIRCLE_E7 : lon_e7;
}

/* The coordinate + n x 90 degrees that is nearest to the reference. */
static int64_t nearest_quadrant(int64_t value_e7, int64_t reference_e7)
{
    const int64_t quadrant = CIRCLE_E7 / 4;
    return value_e7 + quadrant * divide_rounded(reference_e7 - value_e7, quadrant);
}

/* Units of latitude of one half, from -90 degrees up for the airborne ones; for surface within
 * 0..90 degrees, moved to the southern hemisphere when the reference is nearer to that. */
static bool global_lat(const lee_cpr *half, int64_t zone_index, const lee_point *reference,
                       int64_t *out_units)
{
    const int64_t zones = lat_zones(half->odd);
    int64_t units = modulo_zones(zone_index, zones) * HALF_RANGE + half->lat;
    if (!half->surface) {
        if (units * 4 >= zones * HALF_RANGE * 3) {
            units -= zones * HALF_RANGE;
        }
        *out_units = units;
        return llabs(units) * 4 <= zones * HALF_RANGE;
    }
    const int64_t north_e7 = coordinate_e7(units, zones, true);
    if (nearest_quadrant(north_e7, reference->lat_e7) < north_e7) {
        units -= zones * HALF_RANGE;
    }
    *out_units = units;
    return true;
}

bool lee_cpr_global(const lee_cpr *even, const lee_cpr *odd, bool newer_is_odd,
                    const lee_point *reference, lee_point *out, int64_t *apart_e7)
{
    assert(!even->odd && odd->odd);
    assert(even->surface == odd->surface);
    assert(!even->surface || reference);

    const bool surface = even->surface;
    const int64_t lat_index =
        ((int64_t)59 * even->lat - (int64_t)60 * odd->lat + HALF_RANGE / 2) >> HALF_BITS;
    int64_t even_units;
    int64_t odd_units;
    if (!global_lat(even, lat_index, reference, &even_units) ||
        !global_lat(odd, lat_index, reference, &odd_units)) {
        return false;
    }
    const int zones = lee_cpr_zones(lat_e9(even_units, 60, surface));
    if (zones != lee_cpr_zones(lat_e9(odd_units, 59, surface))) {
        return false;
    }
    const int64_t lon_index =
        ((int64_t)(zones - 1) * even->lon - (int64_t)zones * odd->lon + HALF_RANGE / 2) >>
        HALF_BITS;
    int64_t lat_e7[2];
    int64_t lon_e7[2];
    for (int i = 0; i < 2; i++) {
        const int64_t count = lon_zones(zones, i == 1);
        const int64_t units =
            modulo_zones(lon_index, count) * HALF_RANGE + (i == 1 ? odd : even)->lon;
        lat_e7[i] = coordinate_e7(i == 1 ? odd_units : even_units, lat_zones(i == 1), surface);
        lon_e7[i] = coordinate_e7(units, count, surface);
        if (surface) {
            lon_e7[i] = nearest_quadrant(lon_e7[i], reference->lon_e7);
        }
        lon_e7[i] = wrap_lon_e7(lon_e7[i]);
    }
    const int64_t lat_apart = llabs(lat_e7[1] - lat_e7[0]);
    const int64_t lon_apart = llabs(wrap_lon_e7(lon_e7[1] - lon_e7[0]));
    *apart_e7 = lat_apart > lon_apart ? lat_apart : lon_apart;
    out->lat_e7 = (int32_t)lat_e7[newer_is_odd];
    out->lon_e7 = (int32_t)lon_e7[newer_is_odd];
    return true;
}

/* The number of units that has `half` as its last 17 bits and is nearest to the reference. */
static int64_t nearest_units(uint32_t half, int64_t reference_e7, int64_t zones, bool surface)
{
    const int64_t turns = reference_e7 * zones * HALF_RANGE;
    const int64_t units =
        surface ? divide_rounded(turns, CIRCLE_E7 / 4) : divide_rounded(turns, CIRCLE_E7);
    return half + ((units - half + HALF_RANGE / 2) & ~HALF_MASK);
}

bool lee_cpr_local(const lee_cpr *half, lee_point reference, lee_point *out)
{
    assert(half->lat <= HALF_MASK && half->lon <= HALF_MASK);

    const int64_t zones = lat_zones(half->odd);
    const int64_t lat_units = nearest_units(half->lat, reference.lat_e7, zones, half->surface);
    const int64_t lat = coordinate_e7(lat_units, zones, half->surface);
    if (llabs(lat) > LEE_LAT_MAX_E7) {
        return false;
    }
    const int64_t count =
        lon_zones(lee_cpr_zones(lat_e9(lat_units, zones, half->surface)), half->odd);
    const int64_t lon_units = nearest_units(half->lon, reference.lon_e7, count, half->surface);
    out->lat_e7 = (int32_t)lat;
    out->lon_e7 = (int32_t)wrap_lon_e7(coordinate_e7(lon_units, count, half->surface));
    return true;
}
