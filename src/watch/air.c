/* The pressure at sea level at a place and an instant: stated, configured, or estimated from what
 * aircraft nearby report.
 *
 * An aircraft that reports its altitude by pressure and above the ellipsoid says how far the two
 * are apart. Near the ground that is the height of QNH; higher up the temperature of the air counts
 * more and more (6 % of the height, zone/alt_band.c). So only low ones are asked, three at least,
 * and their median counts: one aircraft, or one that lies, decides nothing. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "geo/geoid.h"

/* Cells of one degree; a full table keeps what it has, and what is not in it is not known. */
#define CELLS 1024u
#define CELL_E7 10000000
#define SAMPLES 16u
/* QNH changes by about 1 hPa in 20 minutes at the most. */
#define SAMPLE_MAX_US (20 * 60 * LEE_US_PER_S)
#define AIRCRAFT_LEAST 3u
/* Above this the error would be greater than 360 ft. */
#define HEIGHT_MIN_FT (-1000)
#define HEIGHT_MAX_FT 6000
/* More is no pressure that occurs, and so no sample. */
#define DIFFERENCE_MAX_FT 1500
/* Altimeter of one aircraft and the steps of 25 ft in which both are told, at 95 % of a median. */
#define ALTIMETER_FT 75
/* From the cell beside: 5 hPa in 150 km is a storm. */
#define BESIDE_FT 130

typedef struct {
    int64_t t_us;
    uint64_t target;
    int32_t height_ft;
    int32_t difference_ft; /* height above the sea less pressure altitude */
} sample;

struct lee_air_cell {
    bool is_used;
    bool is_known; /* what follows of the estimate */
    int16_t lat;   /* whole degrees */
    int16_t lon;
    int32_t qnh_hpa_e1;
    int32_t error_ft;
    int64_t t_us; /* of the newest sample */
    uint32_t count;
    sample samples[SAMPLES];
};

lee_error lee__air_create(lee_watch *watch)
{
    if (watch->options.qnh_from_aircraft) {
        watch->air_cells = lee_alloc(CELLS, sizeof *watch->air_cells);
        watch->has_air = true;
        return watch->air_cells ? LEE_OK : LEE_ERR_NO_MEMORY;
    }
    return LEE_OK;
}

void lee_watch_set_qnh(lee_watch *watch, const lee_qnh_table *statements)
{
    assert(watch);
    watch->qnh = statements;
    watch->has_air = statements || watch->air_cells;
}

/* --- what aircraft say --------------------------------------------------------------------------
 */

static int32_t degree_of(int32_t e7)
{
    return e7 >= 0 ? e7 / CELL_E7 : -((CELL_E7 - 1 - e7) / CELL_E7);
}

static lee_air_cell *cell_at(const lee_watch *watch, int32_t lat, int32_t lon)
{
    const uint32_t key = (uint32_t)((lat + 90) * 512 + lon + 180);
    return &watch->air_cells[key * UINT32_C(2654435761) >> 22];
}

/* The samples that are young enough, by difference. */
static uint32_t sort_samples(const lee_air_cell *cell, sample sorted[SAMPLES])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cell->count; i++) {
        if (cell->t_us - cell->samples[i].t_us > SAMPLE_MAX_US) {
            continue;
        }
        uint32_t at = count++;
        for (; at > 0 && cell->samples[i].difference_ft < sorted[at - 1].difference_ft; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = cell->samples[i];
    }
    return count;
}

static void estimate(const lee_watch *watch, lee_point point, lee_air_cell *cell)
{
    sample sorted[SAMPLES];
    const uint32_t count = sort_samples(cell, sorted);
    cell->is_known = count >= AIRCRAFT_LEAST;
    if (!cell->is_known) {
        return;
    }
    int64_t height_ft = 0;
    for (uint32_t i = 0; i < count; i++) {
        height_ft += sorted[i].height_ft > 0 ? sorted[i].height_ft : -sorted[i].height_ft;
    }
    const int32_t spread_ft =
        (sorted[count - 1 - count / 4].difference_ft - sorted[count / 4].difference_ft) / 2;
    const int32_t geoid_error_m =
        watch->options.has_geoid ? watch->options.geoid_error_m : lee_geoid_at(point).error_m;
    cell->qnh_hpa_e1 = lee_qnh_of_height(sorted[count / 2].difference_ft);
    cell->error_ft = ALTIMETER_FT + spread_ft + (int32_t)(height_ft / count * 6 / 100) +
                     geoid_error_m * 328 / 100;
}

/* The sample takes the room of an older one of the same target, of none, or of the oldest. */
static void keep_sample(lee_air_cell *cell, const sample *taken)
{
    uint32_t at = 0;
    while (at < cell->count && cell->samples[at].target != taken->target) {
        at++;
    }
    if (at == SAMPLES) {
        at = 0;
        for (uint32_t i = 1; i < SAMPLES; i++) {
            at = cell->samples[i].t_us < cell->samples[at].t_us ? i : at;
        }
    }
    cell->count += at == cell->count;
    cell->samples[at] = *taken;
}

/* Both altitudes of one moment: said together, or the one above the ellipsoid as a difference to
 * the other (ADS-B), which is then the newest there is. */
static bool has_both(const lee_track *track, const lee_report *report)
{
    return (report->present & LEE_REPORT_HAS_ALT_HAE) &&
           (track->last.present & LEE_REPORT_HAS_ALT_BARO) &&
           report->t_us - track->field_us[LEE_REPORT_INDEX_ALT_BARO] <= LEE_US_PER_S &&
           report->source == LEE_SOURCE_ADSB && track->confidence != LEE_CONFIDENCE_SUSPECT &&
           (track->last.present & LEE_REPORT_HAS_LAT) && !track->last.on_ground;
}

static uint64_t name_of(const lee_target *target)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (const char *c = target->text; *c != '\0'; c++) {
        hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
    }
    return hash;
}

void lee__air_hear(lee_watch *watch, uint32_t slot, const lee_report *report)
{
    assert(watch->air_cells);
    const lee_track *const track = lee_track_table_at(watch->tracks, slot);
    if (!has_both(track, report)) {
        return;
    }
    const lee_point point = {track->last.lat_e7, track->last.lon_e7};
    const int32_t geoid_m =
        watch->options.has_geoid ? watch->options.geoid_m : lee_geoid_at(point).height_m;
    const int32_t height_ft = report->alt_hae_ft - (geoid_m * 328084 / 100000);
    const sample taken = {.t_us = report->t_us,
                          .target = name_of(&report->target),
                          .height_ft = height_ft,
                          .difference_ft = height_ft - track->last.alt_baro_ft};
    if (height_ft < HEIGHT_MIN_FT || height_ft > HEIGHT_MAX_FT ||
        taken.difference_ft > DIFFERENCE_MAX_FT || taken.difference_ft < -DIFFERENCE_MAX_FT) {
        return;
    }
    const int32_t lat = degree_of(point.lat_e7);
    const int32_t lon = degree_of(point.lon_e7);
    lee_air_cell *const cell = cell_at(watch, lat, lon);
    if (!cell->is_used || cell->lat != lat || cell->lon != lon) {
        if (cell->is_used && report->t_us - cell->t_us <= SAMPLE_MAX_US) {
            return;
        }
        *cell = (lee_air_cell){.is_used = true, .lat = (int16_t)lat, .lon = (int16_t)lon};
        cell->t_us = report->t_us;
    }
    cell->t_us = report->t_us > cell->t_us ? report->t_us : cell->t_us;
    keep_sample(cell, &taken);
    estimate(watch, point, cell);
}

/* Of the cell, or NULL where it says nothing. */
static const lee_air_cell *known_cell(const lee_watch *watch, int32_t lat, int32_t lon,
                                      int64_t t_us)
{
    const int32_t around = lon < -180 ? lon + 360 : lon > 179 ? lon - 360 : lon;
    const lee_air_cell *const cell = cell_at(watch, lat, around);
    return cell->is_used && cell->is_known && cell->lat == lat && cell->lon == around &&
                   t_us - cell->t_us <= SAMPLE_MAX_US
               ? cell
               : NULL;
}

static bool ask_aircraft(const lee_watch *watch, lee_point point, int64_t t_us, lee_air *out)
{
    const int32_t lat = degree_of(point.lat_e7);
    const int32_t lon = degree_of(point.lon_e7);
    const lee_air_cell *best = known_cell(watch, lat, lon, t_us);
    const int32_t beside_ft = best ? 0 : BESIDE_FT;
    for (int32_t k = 0; beside_ft > 0 && k < 9; k++) {
        const lee_air_cell *const cell = known_cell(watch, lat + k / 3 - 1, lon + k % 3 - 1, t_us);
        if (cell && (!best || cell->error_ft < best->error_ft)) {
            best = cell;
        }
    }
    if (best) {
        *out = (lee_air){best->qnh_hpa_e1, best->error_ft + beside_ft, 0, LEE_AIR_AIRCRAFT};
    }
    return best != NULL;
}

/* --- what is known ------------------------------------------------------------------------------
 */

lee_air lee__air_at(const lee_watch *watch, lee_point point, int64_t t_us)
{
    lee_air air = {0};
    if (!watch->has_air) {
        return air;
    }
    const lee_qnh *const stated = watch->qnh ? lee_qnh_table_find(watch->qnh, point, t_us) : NULL;
    if (stated) {
        air = (lee_air){stated->qnh_hpa_e1, (stated->error_hpa_e1 * LEE_QNH_ERROR_FT + 5) / 10, 0,
                        LEE_AIR_STATED};
    } else if (watch->options.qnh_hpa_e1 != 0) {
        air = (lee_air){watch->options.qnh_hpa_e1, LEE_QNH_ERROR_FT, 0, LEE_AIR_CONFIGURED};
    } else if (!watch->air_cells || !ask_aircraft(watch, point, t_us, &air)) {
        air.unknown_ft = watch->options.qnh_unknown_ft;
    }
    return air;
}

void lee_watch_pressure(const lee_watch *watch, lee_point point, int64_t t_us, lee_pressure *out)
{
    assert(watch && out);
    static const lee_pressure_from from[] = {[LEE_AIR_UNKNOWN] = LEE_PRESSURE_UNKNOWN,
                                             [LEE_AIR_CONFIGURED] = LEE_PRESSURE_CONFIGURED,
                                             [LEE_AIR_STATED] = LEE_PRESSURE_STATED,
                                             [LEE_AIR_AIRCRAFT] = LEE_PRESSURE_AIRCRAFT};
    lee_air air = lee__air_at(watch, point, t_us);
    if (!watch->has_air && watch->options.qnh_hpa_e1 != 0) {
        air = (lee_air){watch->options.qnh_hpa_e1, LEE_QNH_ERROR_FT, 0, LEE_AIR_CONFIGURED};
    }
    *out = (lee_pressure){
        .from = from[air.from], .qnh_hpa_e1 = air.qnh_hpa_e1, .error_ft = air.error_ft};
    if (air.from == LEE_AIR_UNKNOWN) {
        out->error_ft = LEE_QNH_UNKNOWN_FT;
        return;
    }
    out->height_ft = lee_qnh_height_ft(air.qnh_hpa_e1);
    if (air.from == LEE_AIR_STATED) {
        const lee_qnh *const stated = lee_qnh_table_find(watch->qnh, point, t_us);
        memcpy(out->id, stated->id, sizeof out->id);
    }
}

void lee__air_state(lee_state *state, lee_watch *watch)
{
    lee_state_section(state, "air");
    if (watch->air_cells) {
        lee_state_plain(state, watch->air_cells, CELLS * sizeof *watch->air_cells);
    }
}
