/* zone/alt_band.h: where an altitude lies between a zone's floor and ceiling.
 *
 * A report may carry pressure altitude, altitude above the ellipsoid, both or none; each limit may
 * have another reference. Every comparison is done in whole feet in the reference of the limit, in
 * integers; every conversion says how wrong it may be. What is not known is never read as outside:
 * it is LEE_BAND_UNKNOWN, or the answer is marked cautious. */
#ifndef LEE_ZONE_ALT_BAND_H
#define LEE_ZONE_ALT_BAND_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/alt.h"
#include "leeward/qnh.h"

typedef enum {
    LEE_BAND_BELOW,
    LEE_BAND_WITHIN,
    LEE_BAND_ABOVE,
    LEE_BAND_UNKNOWN,
    LEE_BAND_SIDE_COUNT
} lee_band_side;

/* What a report says about its height. A value counts only where its flag says so. */
typedef struct {
    bool has_baro;
    bool has_hae;
    bool on_ground;      /* at the surface: 0 ft AGL */
    int32_t alt_baro_ft; /* STD */
    int32_t alt_hae_ft;  /* HAE */
} lee_band_altitude;

/* What is known about the air and the ground there. */
typedef struct {
    int32_t qnh_hpa_e1;     /* 8500..11000; 0: not known, STD and MSL compare as they are */
    int32_t qnh_error_ft;   /* how wrong a height by a known one may be, at 95 %, not negative */
    int32_t qnh_unknown_ft; /* with one not known: limits that need it are wider by this */
    int32_t geoid_m;        /* height of the geoid above the ellipsoid: HAE = MSL + geoid */
    int32_t geoid_error_m;  /* how wrong that may be, not negative */
    bool has_terrain;       /* the two below are bounds of the ground there */
    int32_t terrain_min_ft; /* MSL */
    int32_t terrain_max_ft; /* MSL, not below terrain_min_ft */
} lee_band_conditions;

#define LEE_QNH_STANDARD_HPA_E1 10132
/* 1 hPa near the ground: what a QNH told in whole hPa is good for. */
#define LEE_QNH_ERROR_FT 27
/* SRTM: 16 m at 90 %, as specified; at 95 %. */
#define LEE_TERRAIN_ERROR_FT 63
/* QNH lies within 40 hPa of the standard nearly everywhere: the error of one that is not known. */
#define LEE_QNH_UNKNOWN_FT 1100

typedef struct {
    lee_band_side side;
    bool has_used; /* an altitude was compared; false where no limit needed one */
    lee_alt used;  /* the altitude as reported that decided: STD, HAE, or 0 ft AGL on the ground */
    int32_t
        error_ft;  /* the most that a conversion may be wrong where it decided; 0: none was made */
    bool cautious; /* terrain or pressure was not known: the limit was taken as the wider one */
} lee_band_answer;

/* MSL minus STD for a QNH, in whole feet, and the QNH (0.1 hPa, within the limits above) for which
 * it is nearest to a height. */
int32_t lee_qnh_height_ft(int32_t qnh_hpa_e1);
int32_t lee_qnh_of_height(int32_t height_ft);

/* What is added to an altitude as reported (by_hae: above the ellipsoid, else of pressure) before
 * it is compared with a limit of `ref`; for AGL with the ground's height added to the limit.
 * *unknown_ft is how much wider the limit is then, because the pressure is not known. */
int32_t lee_band_shift_ft(lee_alt_ref ref, bool by_hae, const lee_band_conditions *conditions,
                          int32_t *unknown_ft);

/* Pressure not known, a geoid of 0 m wrong by up to 107 m (the range of EGM2008), no terrain. */
void lee_band_conditions_default(lee_band_conditions *out);

/* Whether the altitude above the ellipsoid serves the limit where both are known. */
bool lee_band_prefers_hae(const lee_alt_limit *limit, bool has_terrain);

/* Says where the altitude lies, with both limits moved outward by margin_ft (>= 0). The floor is
 * inside, the ceiling is outside.
 *
 * SFC and UNL hold for every altitude, known or not. Pressure altitude is used where there is one
 * for limits of STD and MSL, altitude above the ellipsoid for limits of HAE and, where terrain is
 * known, of AGL; else the other one is converted: MSL = HAE - geoid (1 m = 3.28084 ft, rounded to
 * nearest), MSL = STD + the height of QNH in the standard atmosphere (within 2 ft from 950 to 1050
 * hPa). A QNH that is not known counts as the standard, its error is LEE_QNH_UNKNOWN_FT, and limits
 * are wider by qnh_unknown_ft: cautious where the answer then hangs on it. Limits above ground
 * without terrain are cautious: such a floor counts as the surface, such a ceiling as unlimited.
 * With terrain they bind as soon as they do so over the lowest ground (floor) and the highest
 * ground (ceiling). On the ground without altitude: within a floor of SFC or 0 ft AGL, and below
 * every other floor (cautious where it is not above ground, unless terrain says the same). */
void lee_band_locate(const lee_alt_limit *lower, const lee_alt_limit *upper,
                     const lee_band_altitude *altitude, const lee_band_conditions *conditions,
                     int32_t margin_ft, lee_band_answer *out);

#endif
