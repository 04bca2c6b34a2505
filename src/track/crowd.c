#include "track/crowd.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "track/arrival.h"

/* Places heard are remembered in pairs of slots, four pairs for each track: of 65,536, 4 MiB, at
 * 200 positions a second three hours. */
#define ECHO_PAIRS_A_TRACK 4u
#define ECHO_LEAST_MINUTES 4u
#define ECHOES_SUSPECT 3
#define ECHO_MOVED_M 30.0

#define AREA_RADIUS_M 50000.0
#define AREA_LASTS_US (600 * LEE_US_PER_S)
#define AREA_VICTIMS_LEAST 3u

/* Where aircraft at different heights hold the same place: cells of about 2 km. */
#define CELL_E7 INT64_C(200000)
#define TRACKS_A_CELL 4u
#define CELL_MEMBERS 4u
#define CELL_STAY_US (30 * LEE_US_PER_S)
#define CELL_ALT_APART_FT 900
#define CELL_ALT_LEAST_FT 5000

typedef struct {
    uint32_t tag; /* 0: nothing was put here */
    uint32_t minute;
} echo;

typedef struct {
    uint64_t target;
    int64_t since_us;
    int64_t last_us;
    int32_t alt_ft;
} member;

typedef struct {
    uint64_t key;
    member members[CELL_MEMBERS];
} cell;

struct lee_crowd {
    lee_track_feed feeds[LEE_FEEDS_MAX];
    lee_receiver_site sites[LEE_FEEDS_MAX];
    lee_track_area areas[LEE_AREAS_MAX];
    uint64_t areas_flagged;
    echo *echoes; /* pairs, as many as the mask says */
    cell *cells;
    lee_arrivals *arrivals;
    uint32_t echo_mask;
    uint32_t cell_mask;
};

static uint32_t mask_for(uint32_t count)
{
    uint32_t mask = 63;
    while (mask < count - 1) {
        mask = 2 * mask + 1;
    }
    return mask;
}

lee_crowd *lee_crowd_create(uint32_t tracks)
{
    assert(tracks > 0 && tracks <= LEE_TRACKS_MAX);
    lee_crowd *const crowd = lee_alloc(1, sizeof *crowd);
    if (!crowd) {
        return NULL;
    }
    crowd->echo_mask = mask_for(tracks * ECHO_PAIRS_A_TRACK);
    crowd->cell_mask = mask_for(tracks / TRACKS_A_CELL + 1);
    crowd->echoes = lee_alloc(((size_t)crowd->echo_mask + 1) * 2, sizeof *crowd->echoes);
    crowd->cells = lee_alloc((size_t)crowd->cell_mask + 1, sizeof *crowd->cells);
    crowd->arrivals = lee_arrivals_create();
    if (!crowd->echoes || !crowd->cells || !crowd->arrivals) {
        lee_crowd_free(crowd);
        return NULL;
    }
    for (uint32_t i = 0; i < LEE_FEEDS_MAX; i++) {
        crowd->feeds[i].first_us = LEE_CONDUCT_NEVER_US;
        crowd->feeds[i].last_us = LEE_CONDUCT_NEVER_US;
        crowd->feeds[i].swarm_us = LEE_CONDUCT_NEVER_US;
    }
    return crowd;
}

void lee_crowd_free(lee_crowd *crowd)
{
    if (crowd) {
        lee_free(crowd->echoes);
        lee_free(crowd->cells);
        lee_arrivals_free(crowd->arrivals);
        lee_free(crowd);
    }
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

uint64_t lee_crowd_name(const lee_target *target)
{
    uint64_t hash = 0;
    for (size_t at = 0; at < LEE_TARGET_BYTES; at += 8) {
        uint64_t word;
        memcpy(&word, target->text + at, 8);
        hash = mix(hash, word);
    }
    return hash | 1u;
}

static bool has_position(const lee_report *report)
{
    return (report->present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION;
}

static bool is_within(int64_t from_us, int64_t t_us, int64_t span_us)
{
    return from_us > LEE_CONDUCT_NEVER_US && t_us >= from_us &&
           (uint64_t)t_us - (uint64_t)from_us <= (uint64_t)span_us;
}

void lee_crowd_state(lee_state *state, lee_crowd *crowd)
{
    assert(state && crowd);
    lee_state_section(state, "crowd");
    lee_state_plain(state, crowd->feeds, sizeof crowd->feeds);
    lee_state_plain(state, crowd->sites, sizeof crowd->sites);
    lee_state_plain(state, crowd->areas, sizeof crowd->areas);
    lee_state_plain(state, &crowd->areas_flagged, sizeof crowd->areas_flagged);
    lee_state_plain(state, crowd->echoes,
                    ((size_t)crowd->echo_mask + 1) * 2 * sizeof *crowd->echoes);
    lee_state_plain(state, crowd->cells, ((size_t)crowd->cell_mask + 1) * sizeof *crowd->cells);
    lee_arrivals_state(state, crowd->arrivals);
}

/* --- feeds -------------------------------------------------------------------------------------
 */

static void turn_bins(lee_track_feed *feed, int64_t t_us)
{
    if (t_us - feed->bin_us >= (int64_t)LEE_SWARM_BINS * LEE_SWARM_BIN_US) {
        memset(feed->bins, 0, sizeof feed->bins);
        feed->bin_us = t_us - t_us % LEE_SWARM_BIN_US;
    }
    while (t_us - feed->bin_us >= LEE_SWARM_BIN_US) {
        memmove(feed->bins + 1, feed->bins, sizeof feed->bins - sizeof feed->bins[0]);
        feed->bins[0] = 0;
        feed->bin_us += LEE_SWARM_BIN_US;
    }
}

bool lee_crowd_hear(lee_crowd *crowd, const lee_report *report, const lee_hearing *hearing,
                    bool is_new)
{
    if (hearing->feed >= LEE_FEEDS_MAX) {
        return false;
    }
    lee_track_feed *const feed = &crowd->feeds[hearing->feed];
    const int64_t t_us = report->t_us;
    if (!is_within(feed->last_us, t_us, LEE_SWARM_GRACE_US) && t_us > feed->last_us) {
        feed->first_us = t_us; /* begins, or begins again */
        feed->bin_us = t_us - t_us % LEE_SWARM_BIN_US;
        memset(feed->bins, 0, sizeof feed->bins);
    }
    feed->reports++;
    feed->positions += has_position(report);
    feed->last_us = t_us > feed->last_us ? t_us : feed->last_us;
    if (!is_new) {
        return false;
    }
    feed->targets++;
    if (t_us < feed->bin_us || is_within(feed->first_us, t_us, LEE_SWARM_GRACE_US)) {
        return false;
    }
    turn_bins(feed, t_us);
    feed->bins[0]++;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < LEE_SWARM_BINS; i++) {
        sum += feed->bins[i];
    }
    if (sum > LEE_SWARM_NEW_MAX) {
        feed->swarms += t_us > feed->swarm_us;
        feed->swarm_us = t_us + LEE_TOGETHER_US;
    }
    const bool is_swarm = t_us <= feed->swarm_us;
    feed->swarm += is_swarm;
    return is_swarm;
}

void lee_crowd_count(lee_crowd *crowd, const lee_hearing *hearing, bool is_duplicate, bool is_late)
{
    if (hearing->feed < LEE_FEEDS_MAX) {
        crowd->feeds[hearing->feed].duplicates += is_duplicate;
        crowd->feeds[hearing->feed].late += is_late;
    }
}

const lee_track_feed *lee_crowd_feed(const lee_crowd *crowd, uint16_t feed)
{
    assert(feed < LEE_FEEDS_MAX);
    return &crowd->feeds[feed];
}

/* --- how far a receiver hears ------------------------------------------------------------------
 */

void lee_crowd_set_site(lee_crowd *crowd, uint16_t feed, const lee_receiver_site *site)
{
    assert(crowd && site && feed < LEE_FEEDS_MAX);
    lee_receiver_site *const own = &crowd->sites[feed];
    own->is_known = site->is_known; /* one by one: a snapshot must not hold anybody's padding */
    own->is_timed = site->is_timed;
    own->point = site->point;
    own->height_m = site->height_m;
    lee_arrivals_set_site(crowd->arrivals, feed, site);
}

void lee_crowd_arrival(lee_crowd *crowd, lee_conduct *motion, const lee_report *report,
                       uint64_t name, const lee_hearing *hearing, lee_track *track)
{
    lee_arrivals_note(crowd->arrivals, motion, report, name, hearing, track);
}

/* The radio horizon with a refraction of 4/3 (ITU-R P.528: 4.12 km times the roots of the heights
 * in metres), a tenth more, and 20 km. At sea ducts carry VHF half as far again. 0: not limited. */
static double hearing_range_m(const lee_receiver_site *site, const lee_report *report,
                              const lee_report *last)
{
    double alt_m = 18000.0;
    if (last->present & LEE_REPORT_HAS_ALT_BARO) {
        alt_m = last->alt_baro_ft > 0 ? last->alt_baro_ft * 0.3048 : 0.0;
    }
    const double height_m = site->height_m > 0 ? site->height_m : 0.0;
    switch (report->source) {
    case LEE_SOURCE_ADSB:
    case LEE_SOURCE_MODE_S:
        return 4120.0 * (sqrt(height_m) + sqrt(alt_m)) * 1.1 + 20000.0;
    case LEE_SOURCE_AIS:
        return 4120.0 * (sqrt(height_m) + sqrt(30.0)) * 1.5 + 20000.0;
    case LEE_SOURCE_REMOTE_ID:
        return 20000.0;
    case LEE_SOURCE_MLAT:
    case LEE_SOURCE_TISB:
    case LEE_SOURCE_ASTERIX:
    case LEE_SOURCE_OBSERVER:
    case LEE_SOURCE_GNSS:
    case LEE_SOURCE_COUNT:
        break;
    }
    return 0.0;
}

void lee_crowd_range(const lee_crowd *crowd, lee_conduct *motion, const lee_report *report,
                     const lee_hearing *hearing, lee_track *track)
{
    if (hearing->feed >= LEE_FEEDS_MAX || !crowd->sites[hearing->feed].is_known ||
        !has_position(report)) {
        return;
    }
    const lee_receiver_site *const site = &crowd->sites[hearing->feed];
    const double range_m = hearing_range_m(site, report, &track->last);
    double north_m;
    double east_m;
    lee__plane_offset(site->point, (lee_point){report->lat_e7, report->lon_e7}, &north_m, &east_m);
    const bool is_beyond = range_m > 0.0 && lee__length(north_m, east_m) > range_m;
    motion->out_of_range =
        is_beyond ? (uint8_t)(motion->out_of_range + (motion->out_of_range < UINT8_MAX)) : 0;
    if (motion->out_of_range >= 2) {
        lee__doubt(track, LEE_DOUBT_RANGE, report->t_us);
    }
}

/* --- what was heard before ---------------------------------------------------------------------
 */

static uint64_t hash_place(const lee_report *report)
{
    const uint64_t hash = mix((uint32_t)report->lat_e7, (uint32_t)report->lon_e7);
    return mix(hash, report->present & LEE_REPORT_HAS_ALT_BARO ? (uint32_t)report->alt_baro_ft : 0);
}

static uint64_t key_of(const lee_report *report)
{
    return mix((uint64_t)(report->lat_e7 / CELL_E7 + 1000),
               (uint64_t)(report->lon_e7 / CELL_E7 + 20000)) |
           1u;
}

void lee_crowd_expect(const lee_crowd *crowd, const lee_report *report)
{
    if (has_position(report)) {
        __builtin_prefetch(&crowd->echoes[(hash_place(report) & crowd->echo_mask) * 2], 1);
        const char *const at = (const char *)&crowd->cells[key_of(report) >> 40 & crowd->cell_mask];
        for (size_t line = 0; line < sizeof(cell); line += 64) {
            __builtin_prefetch(at + line, 1);
        }
    }
}

/* True: the place was put there at least ECHO_LEAST_MINUTES ago. */
static bool find_echo(lee_crowd *crowd, uint64_t hash, uint32_t minute)
{
    echo *const pair = &crowd->echoes[(hash & crowd->echo_mask) * 2];
    const uint32_t tag = (uint32_t)(hash >> 32) | 1u;
    for (int i = 0; i < 2; i++) {
        if (pair[i].tag == tag) {
            return minute - pair[i].minute >= ECHO_LEAST_MINUTES && minute > pair[i].minute;
        }
    }
    echo *const older = pair[0].tag == 0 || (pair[1].tag != 0 && pair[0].minute <= pair[1].minute)
                            ? &pair[0]
                            : &pair[1];
    *older = (echo){tag, minute};
    return false;
}

/* A thing that moves does not come by three places again to the width of a hand, at the same
 * height. Whose name it bears does not matter: it may be replayed under another. Every second
 * place, chosen by what it is, stands for all, so that a replay that drops some is found as well.
 */
void lee_crowd_echo(lee_crowd *crowd, lee_conduct *motion, const lee_account *before,
                    lee_said *said, lee_track *track)
{
    const lee_report *const report = said->report;
    if (!said->has_place || before->point_us == LEE_CONDUCT_NEVER_US || report->t_us < 0 ||
        report->source == LEE_SOURCE_OBSERVER) {
        return;
    }
    lee__said_from(said, before->point);
    if (said->far_m < ECHO_MOVED_M) {
        return;
    }
    const uint64_t hash = hash_place(report);
    if (hash >> 63) {
        return;
    }
    if (!find_echo(crowd, hash, (uint32_t)(report->t_us / (60 * LEE_US_PER_S)))) {
        motion->echoes = motion->echoes > 0 ? (uint8_t)(motion->echoes - 1) : 0;
        return;
    }
    motion->echoes = (uint8_t)(motion->echoes + (motion->echoes < UINT8_MAX));
    if (motion->echoes >= ECHOES_SUSPECT) {
        lee__doubt(track, LEE_DOUBT_REPLAY, report->t_us);
    }
}

/* --- areas -------------------------------------------------------------------------------------
 */

static lee_track_area *area_near(lee_crowd *crowd, lee_point point, int64_t t_us)
{
    for (uint32_t i = 0; i < LEE_AREAS_MAX; i++) {
        lee_track_area *const area = &crowd->areas[i];
        double north_m;
        double east_m;
        if (area->victims == 0 || !is_within(area->last_us, t_us, AREA_LASTS_US)) {
            continue;
        }
        lee__plane_offset(area->centre, point, &north_m, &east_m);
        if (lee__length(north_m, east_m) <= AREA_RADIUS_M) {
            return area;
        }
    }
    return NULL;
}

static lee_track_area *area_add(lee_crowd *crowd, lee_point point, int64_t t_us)
{
    lee_track_area *oldest = &crowd->areas[0];
    for (uint32_t i = 0; i < LEE_AREAS_MAX; i++) {
        lee_track_area *const area = &crowd->areas[i];
        if (area->victims == 0) {
            oldest = area;
            break;
        }
        oldest = area->last_us < oldest->last_us ? area : oldest;
    }
    *oldest = (lee_track_area){
        .centre = point, .first_us = t_us, .last_us = t_us, .flagged_us = LEE_CONDUCT_NEVER_US};
    return oldest;
}

static void add_victim(lee_crowd *crowd, lee_point point, uint64_t target, int64_t t_us)
{
    lee_track_area *area = area_near(crowd, point, t_us);
    if (!area) {
        area = area_add(crowd, point, t_us);
    }
    area->last_us = t_us;
    for (uint32_t i = 0; i < area->victims && i < LEE_AREA_VICTIMS; i++) {
        if (area->victim[i] == target) {
            return;
        }
    }
    if (area->victims < LEE_AREA_VICTIMS) {
        area->victim[area->victims] = target;
    }
    area->victims++;
    if (area->victims >= AREA_VICTIMS_LEAST && area->flagged_us == LEE_CONDUCT_NEVER_US) {
        area->flagged_us = t_us;
        crowd->areas_flagged++;
    }
}

/* Aircraft keep 1,000 ft apart and pass; three at different heights that stay over the same two
 * kilometres for half a minute are led there. Formations fly at one height. */
static bool note_cell(lee_crowd *crowd, const lee_report *report, uint64_t target, int32_t alt_ft)
{
    const uint64_t key = key_of(report);
    cell *const at = &crowd->cells[key >> 40 & crowd->cell_mask];
    if (at->key != key) {
        *at = (cell){.key = key};
    }
    const int64_t t_us = report->t_us;
    member *mine = NULL;
    member *oldest = &at->members[0];
    for (uint32_t i = 0; i < CELL_MEMBERS; i++) {
        mine = at->members[i].target == target ? &at->members[i] : mine;
        oldest = at->members[i].last_us < oldest->last_us ? &at->members[i] : oldest;
    }
    if (!mine || !is_within(mine->last_us, t_us, CELL_STAY_US)) {
        mine = mine ? mine : oldest;
        mine->target = target;
        mine->since_us = t_us;
    }
    mine->last_us = t_us;
    mine->alt_ft = alt_ft;
    if (t_us - mine->since_us < CELL_STAY_US) {
        return false; /* it passes, as most do */
    }
    uint32_t stayed = 0;
    int32_t heights[CELL_MEMBERS];
    for (uint32_t i = 0; i < CELL_MEMBERS; i++) {
        const member *const other = &at->members[i];
        bool counts = other->target != 0 && is_within(other->last_us, t_us, CELL_STAY_US) &&
                      other->last_us - other->since_us >= CELL_STAY_US;
        for (uint32_t k = 0; k < stayed && counts; k++) {
            const int32_t apart_ft = other->alt_ft - heights[k];
            counts = apart_ft >= CELL_ALT_APART_FT || apart_ft <= -CELL_ALT_APART_FT;
        }
        if (counts) {
            heights[stayed++] = other->alt_ft;
        }
    }
    return stayed >= AREA_VICTIMS_LEAST;
}

void lee_crowd_area(lee_crowd *crowd, const lee_report *report, uint64_t name, bool is_astray,
                    lee_track *track)
{
    if (!has_position(report) || report->source == LEE_SOURCE_OBSERVER) {
        return;
    }
    const lee_report *const last = &track->last;
    if ((last->present & LEE_REPORT_HAS_ALT_BARO) && last->alt_baro_ft >= CELL_ALT_LEAST_FT &&
        !((last->present & LEE_REPORT_HAS_ON_GROUND) && last->on_ground)) {
        is_astray |= note_cell(crowd, report, name, last->alt_baro_ft);
    }
    if (!is_astray) {
        return;
    }
    const lee_point point = {report->lat_e7, report->lon_e7};
    add_victim(crowd, point, name, report->t_us);
    const lee_track_area *const area = area_near(crowd, point, report->t_us);
    if (area && area->flagged_us != LEE_CONDUCT_NEVER_US) {
        lee__doubt(track, LEE_DOUBT_AREA, report->t_us);
    }
}

uint64_t lee_crowd_areas_flagged(const lee_crowd *crowd)
{
    return crowd->areas_flagged;
}

const lee_track_area *lee_crowd_area_at(const lee_crowd *crowd, uint32_t index)
{
    assert(index < LEE_AREAS_MAX);
    return &crowd->areas[index];
}
