#include "track/plausible.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/trig.h"

#define METRES_PER_E7 0.0111319490793
#define MPS_PER_KT (1852.0 / 3600.0)

/* A place may be this wrong, and its time this late: state vectors are cut to whole seconds and
 * hold positions some seconds old. */
#define PLACE_SLACK_M 1000.0
#define MEASURED_SLACK_M 3000.0
#define TIME_SLACK_S 3.0
#define HEIGHT_SLACK_FT 500.0
#define PACE_SLACK_MPS 60.0
/* A contradicted account may go on this long; a longer silence is a re-acquisition. */
#define ACCOUNT_US (60 * LEE_US_PER_S)
#define BREAK_WINDOW_US (60 * LEE_US_PER_S)
/* Returns after which two accounts are told apart: one wrong fix in a true track gives one. */
#define RETURNS_SPLIT 3
/* Replies with a wrong altitude are common, also several in a row (garbled Mode C). */
#define RETURNS_SPLIT_HEIGHT 6
/* More in one step is another velocity, or none. */
#define VELOCITY_CHANGE_MPS 40.0
#define RETURN_WINDOW_US (30 * LEE_US_PER_S)
#define FIXES_SETTLED 3
/* An account that others are told apart from has held together for so long. */
#define FIXES_COHERENT 5

static const char *const doubt_names[LEE_DOUBT_COUNT] = {
#define NAME(bit, text) text,
    LEE_DOUBT_LIST(NAME)
#undef NAME
};

const char *lee_doubt_name(int doubt_index)
{
    return doubt_index >= 0 && doubt_index < LEE_DOUBT_COUNT ? doubt_names[doubt_index] : NULL;
}

const char *lee_confidence_name(lee_confidence confidence)
{
    static const char *const names[] = {"uncorroborated", "corroborated", "confirmed", "suspect"};
    assert((size_t)confidence < sizeof names / sizeof names[0]);
    return names[confidence];
}

void lee__doubt(lee_track *track, uint32_t doubt, int64_t t_us)
{
    track->doubts |= doubt;
    if (doubt & LEE_DOUBTS_OF_CROWD) {
        track->crowd_doubted_us = t_us;
    } else {
        track->doubted_us = t_us;
    }
}

/* --- limits ------------------------------------------------------------------------------------
 */

typedef struct {
    double speed_mps; /* over ground, with the wind behind */
    double climb_fpm;
} limits;

static limits limits_of(const lee_target *target, const char category[4])
{
    /* By set and number of the emitter category; 0: the target's name decides. */
    static const limits table[3][8] = {
        {[1] = {260, 15000},
         [2] = {350, 20000},
         [3] = {390, 20000},
         [4] = {390, 20000},
         [5] = {390, 20000},
         [7] = {150, 12000}},
        {[1] = {150, 12000},
         [2] = {120, 8000},
         [3] = {150, 25000},
         [4] = {110, 8000},
         [6] = {300, 20000}},
        {[1] = {80, 8000}, [2] = {80, 8000}, [3] = {80, 8000}},
    };
    const int set = category[0] - 'A';
    const int number = category[0] == '\0' ? -1 : category[1] - '0';
    if (set >= 0 && set < 3 && number >= 0 && number < 8 && category[2] == '\0' &&
        table[set][number].speed_mps > 0) {
        return table[set][number];
    }
    if (target->text[0] == 'm' && strncmp(target->text, "mmsi:", 5) == 0) {
        /* 111 begins the numbers of search and rescue aircraft (ITU-R M.585). */
        return strncmp(target->text + 5, "111", 3) == 0 ? (limits){250, 20000}
                                                        : (limits){60, 20000};
    }
    if (target->text[0] == 'r' && strncmp(target->text, "rid:", 4) == 0) {
        return (limits){150, 12000};
    }
    return (limits){700, 60000};
}

/* --- accounts ----------------------------------------------------------------------------------
 */

void lee__plane_offset(lee_point a, lee_point b, double *north_m, double *east_m)
{
    int64_t span_e7 = (int64_t)b.lon_e7 - a.lon_e7;
    if (span_e7 > LEE_LON_MAX_E7) {
        span_e7 -= 2 * (int64_t)LEE_LON_MAX_E7;
    } else if (span_e7 < -LEE_LON_MAX_E7) {
        span_e7 += 2 * (int64_t)LEE_LON_MAX_E7;
    }
    const double middle_rad = (double)((int64_t)a.lat_e7 + b.lat_e7) * (0.5 * LEE_RADIANS_PER_E7);
    *north_m = (double)((int64_t)b.lat_e7 - a.lat_e7) * METRES_PER_E7;
    *east_m = (double)span_e7 * METRES_PER_E7 * lee_cos(middle_rad);
}

lee_said lee__said_make(const lee_report *report, const char category[4], const lee_account *known)
{
    const limits limit = limits_of(&report->target, category);
    const uint32_t moves = LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    lee_said said = {
        .report = report,
        .speed_limit_mps = limit.speed_mps,
        .climb_limit_fpm = limit.climb_fpm,
        .has_place = (report->present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION,
        .has_velocity = (report->present & moves) == moves,
    };
    if (said.has_place) {
        said.point = (lee_point){report->lat_e7, report->lon_e7};
        said.from = said.point;
    }
    if (said.has_velocity && known->velocity_us != LEE_CONDUCT_NEVER_US &&
        known->speed_kt_e3 == report->speed_ground_kt_e3 &&
        known->track_deg_e3 == report->track_deg_e3) {
        said.north_mps = known->north_mps;
        said.east_mps = known->east_mps;
    } else if (said.has_velocity) {
        const double speed_mps = report->speed_ground_kt_e3 / 1000.0 * MPS_PER_KT;
        double sine;
        double cosine;
        lee_sin_cos(report->track_deg_e3 / 1000.0 * LEE_RADIANS_PER_DEGREE, &sine, &cosine);
        said.north_mps = speed_mps * cosine;
        said.east_mps = speed_mps * sine;
    }
    said.speed_mps = lee__length(said.north_mps, said.east_mps);
    return said;
}

void lee__said_from(lee_said *said, lee_point from)
{
    assert(said->has_place);
    if (said->from.lat_e7 != from.lat_e7 || said->from.lon_e7 != from.lon_e7) {
        lee__plane_offset(from, said->point, &said->north_m, &said->east_m);
        said->far_m = lee__length(said->north_m, said->east_m);
        said->from = from;
    }
}

static double seconds_between(int64_t from_us, int64_t to_us)
{
    /* Unsigned, so that times at the ends of int64 cannot overflow. */
    return to_us > from_us ? (double)((uint64_t)to_us - (uint64_t)from_us) / 1e6 : 0.0;
}

static bool is_recent(int64_t said_us, int64_t t_us, int64_t within_us)
{
    return said_us > LEE_CONDUCT_NEVER_US &&
           (t_us <= said_us || (uint64_t)t_us - (uint64_t)said_us <= (uint64_t)within_us);
}

static double slack_m(lee_source source)
{
    return source == LEE_SOURCE_ADSB || source == LEE_SOURCE_AIS || source == LEE_SOURCE_GNSS ||
                   source == LEE_SOURCE_REMOTE_ID
               ? PLACE_SLACK_M
               : MEASURED_SLACK_M;
}

/* How far it may have come: at the speed it had or has, a fifth more, and 5 m/s^2 of gain. */
static double reach_m(const lee_account *account, double speed_max_mps, const lee_said *said)
{
    const int64_t t_us = said->report->t_us;
    const double passed_s = seconds_between(account->point_us, t_us);
    double speed_mps = said->speed_limit_mps;
    const bool was_said = is_recent(account->velocity_us, t_us, ACCOUNT_US);
    if (passed_s > 60.0 && speed_max_mps > 0.0) {
        speed_mps = speed_max_mps * 1.4 + 60.0;
    } else if (passed_s <= 60.0 && was_said) {
        const double before_mps = lee__length(account->north_mps, account->east_mps);
        const double after_mps = said->has_velocity ? said->speed_mps : before_mps;
        speed_mps = (before_mps > after_mps ? before_mps : after_mps) * 1.2 + 30.0 + 5.0 * passed_s;
    }
    speed_mps = speed_mps < said->speed_limit_mps ? speed_mps : said->speed_limit_mps;
    return slack_m(said->report->source) + speed_mps * (passed_s + TIME_SLACK_S);
}

static bool breaks_place(const lee_account *account, double speed_max_mps, lee_said *said)
{
    if (account->point_us == LEE_CONDUCT_NEVER_US || !said->has_place) {
        return false;
    }
    /* A step within the slack is always within reach. */
    const double step_e7 = fabs((double)said->point.lat_e7 - account->point.lat_e7) +
                           fabs((double)said->point.lon_e7 - account->point.lon_e7);
    if (step_e7 * METRES_PER_E7 < PLACE_SLACK_M * 0.999) {
        return false;
    }
    lee__said_from(said, account->point);
    return said->far_m > reach_m(account, speed_max_mps, said);
}

static bool breaks_height(const lee_account *account, const lee_said *said)
{
    const lee_report *const report = said->report;
    if ((report->present & LEE_REPORT_HAS_ON_GROUND) && report->on_ground && !account->on_ground &&
        is_recent(account->velocity_us, report->t_us, 10 * LEE_US_PER_S) &&
        lee__length(account->north_mps, account->east_mps) > 110.0 &&
        !(said->has_velocity && said->speed_mps < 110.0)) {
        return true;
    }
    if (!(report->present & LEE_REPORT_HAS_ALT_BARO) ||
        !is_recent(account->alt_us, report->t_us, ACCOUNT_US)) {
        return false;
    }
    const double change_ft = fabs((double)report->alt_baro_ft - account->alt_ft);
    if (change_ft <= HEIGHT_SLACK_FT) {
        return false;
    }
    const double passed_s = seconds_between(account->alt_us, report->t_us);
    return change_ft > HEIGHT_SLACK_FT + said->climb_limit_fpm / 60.0 * (passed_s + TIME_SLACK_S);
}

/* Faster than 9 g could turn it, with some seconds of doubt about when it was said. */
static bool breaks_pace(const lee_account *account, const lee_said *said)
{
    const int64_t t_us = said->report->t_us;
    if (!said->has_velocity || !is_recent(account->velocity_us, t_us, 10 * LEE_US_PER_S)) {
        return false;
    }
    const double north_mps = said->north_mps - account->north_mps;
    const double east_mps = said->east_mps - account->east_mps;
    if (fabs(north_mps) + fabs(east_mps) <= PACE_SLACK_MPS) {
        return false;
    }
    const double passed_s = seconds_between(account->velocity_us, t_us);
    return lee__length(north_mps, east_mps) >
           PACE_SLACK_MPS + 50.0 * (passed_s + TIME_SLACK_S - 1.0);
}

/* How the report contradicts the account: LEE_BREAK_*. */
static unsigned breaks(const lee_account *account, double speed_max_mps, lee_said *said)
{
    unsigned kinds = LEE_BREAK_NONE;
    kinds |= breaks_place(account, speed_max_mps, said) ? LEE_BREAK_PLACE : 0;
    kinds |= breaks_height(account, said) ? LEE_BREAK_HEIGHT : 0;
    kinds |= breaks_pace(account, said) ? LEE_BREAK_PACE : 0;
    return kinds;
}

static void account_start(lee_account *account)
{
    *account = (lee_account){.point_us = LEE_CONDUCT_NEVER_US,
                             .alt_us = LEE_CONDUCT_NEVER_US,
                             .velocity_us = LEE_CONDUCT_NEVER_US,
                             .changed_us = LEE_CONDUCT_NEVER_US};
}

static void take_place(lee_account *account, lee_said *said)
{
    const lee_point point = said->point;
    const int64_t t_us = said->report->t_us;
    const bool is_known = account->point_us != LEE_CONDUCT_NEVER_US;
    if (is_known && account->point.lat_e7 == point.lat_e7 &&
        account->point.lon_e7 == point.lon_e7) {
        return; /* a place repeated is an old place */
    }
    const double passed_s = seconds_between(account->point_us, t_us);
    if (is_known && passed_s >= 0.4 && passed_s <= 60.0) {
        lee__said_from(said, account->point);
        const double pace_mps = said->far_m / passed_s;
        account->went_north_mps = said->north_m / passed_s;
        account->went_east_mps = said->east_m / passed_s;
        account->pace_mps =
            account->fixes <= 1 ? pace_mps : 0.8 * account->pace_mps + 0.2 * pace_mps;
    }
    account->point = point;
    account->point_us = t_us;
    account->fixes += account->fixes < UINT32_MAX;
}

static void take_velocity(lee_account *account, double north_mps, double east_mps, int64_t t_us)
{
    const double change_mps =
        lee__length(north_mps - account->north_mps, east_mps - account->east_mps);
    if (!is_recent(account->velocity_us, t_us, 30 * LEE_US_PER_S) ||
        change_mps > VELOCITY_CHANGE_MPS) {
        account->is_proven = false;
        account->changed_us = t_us;
    } else if (change_mps > 0.0) {
        account->is_proven = true;
        account->changed_us = t_us;
    }
    account->north_mps = north_mps;
    account->east_mps = east_mps;
    account->velocity_us = t_us;
}

static void account_take(lee_account *account, lee_said *said)
{
    const lee_report *const report = said->report;
    if (said->has_place) {
        take_place(account, said);
        account->on_ground = (report->present & LEE_REPORT_HAS_ON_GROUND) && report->on_ground;
    }
    if (report->present & LEE_REPORT_HAS_ALT_BARO) {
        account->alt_ft = report->alt_baro_ft;
        account->alt_us = report->t_us;
        account->heights += account->heights < UINT32_MAX;
    }
    if (said->has_velocity) {
        take_velocity(account, said->north_mps, said->east_mps, report->t_us);
        account->speed_kt_e3 = report->speed_ground_kt_e3;
        account->track_deg_e3 = report->track_deg_e3;
    }
}

void lee__conduct_start(lee_conduct *motion, bool is_branch)
{
    *motion = (lee_conduct){.is_branch = is_branch,
                            .break_us = LEE_CONDUCT_NEVER_US,
                            .return_us = LEE_CONDUCT_NEVER_US,
                            .anchor_us = LEE_CONDUCT_NEVER_US,
                            .claimed_us = LEE_CONDUCT_NEVER_US,
                            .measured_us = LEE_CONDUCT_NEVER_US};
    account_start(&motion->now);
    account_start(&motion->other);
}

/* What taxies sends altitudes and velocities that nobody set right. */
static bool is_flying(const lee_account *account)
{
    return account->pace_mps > 40.0;
}

/* How badly the report fits, for reports that contradict neither account or both. */
static double misfit(const lee_account *account, lee_said *said)
{
    const lee_report *const report = said->report;
    double sum = 0.0;
    if (report->present & LEE_REPORT_HAS_ALT_BARO) {
        sum += fabs((double)report->alt_baro_ft - account->alt_ft) / 100.0;
    }
    if (said->has_velocity) {
        sum +=
            lee__length(said->north_mps - account->north_mps, said->east_mps - account->east_mps) /
            5.0;
    }
    if (said->has_place) {
        lee__said_from(said, account->point);
        sum += said->far_m / 100.0;
    }
    return sum;
}

bool lee__conduct_is_second(const lee_conduct *first, const lee_conduct *second,
                            const lee_report *report, const char category[4])
{
    lee_said said = lee__said_make(report, category, &first->now);
    const unsigned with_first = breaks(&first->now, first->speed_max_mps, &said);
    if (!second) {
        return with_first != LEE_BREAK_NONE;
    }
    const unsigned with_second = breaks(&second->now, second->speed_max_mps, &said);
    if ((with_first == LEE_BREAK_NONE) != (with_second == LEE_BREAK_NONE)) {
        return with_first != LEE_BREAK_NONE;
    }
    if (with_first != LEE_BREAK_NONE) {
        return true; /* the first account is the one that held together */
    }
    return misfit(&second->now, &said) < misfit(&first->now, &said);
}

/* --- contradictions ----------------------------------------------------------------------------
 */

static uint32_t doubt_of(unsigned kinds)
{
    return (kinds & LEE_BREAK_PLACE ? LEE_DOUBT_JUMP : 0u) |
           (kinds & LEE_BREAK_HEIGHT ? LEE_DOUBT_CLIMB : 0u) |
           (kinds & LEE_BREAK_PACE ? LEE_DOUBT_SPEED : 0u);
}

/* Whether it goes where it says: of two velocities in turn, the true one does. */
static bool is_coherent(const lee_account *account)
{
    const double off_mps = lee__length(account->north_mps - account->went_north_mps,
                                       account->east_mps - account->went_east_mps);
    return off_mps <= 30.0 + 0.3 * account->pace_mps;
}

/* Whether the report is close to where the account leads: not only possible, but the same thing. */
static bool is_next_of(const lee_account *account, lee_said *said)
{
    if (!said->has_place) {
        return true; /* it was its height, or its velocity, that agreed */
    }
    const int64_t t_us = said->report->t_us;
    const double passed_s = seconds_between(account->point_us, t_us);
    const bool is_said = is_recent(account->velocity_us, t_us, BREAK_WINDOW_US);
    const double north_mps = is_said ? account->north_mps : account->went_north_mps;
    const double east_mps = is_said ? account->east_mps : account->went_east_mps;
    const double speed_mps = lee__length(north_mps, east_mps);
    lee__said_from(said, account->point);
    const double off_m =
        lee__length(said->north_m - north_mps * passed_s, said->east_m - east_mps * passed_s);
    /* Dead reckoning says much for ten seconds, or three kilometres. */
    return account->fixes >= FIXES_COHERENT && speed_mps <= said->speed_limit_mps &&
           (passed_s <= 10.0 || speed_mps * passed_s <= 3000.0) &&
           off_m <= 500.0 + 0.4 * speed_mps * (passed_s + 1.0) + 2.5 * passed_s * passed_s;
}

/* The reports went back to the account that they had left: two accounts, not one that jumped. */
static void go_back(lee_conduct *motion, lee_track *track, lee_said *said, unsigned kinds)
{
    const int64_t t_us = said->report->t_us;
    const lee_account left = motion->now;
    motion->now = motion->other;
    motion->other = left;
    motion->went_back = true;
    const bool is_next = is_next_of(&motion->now, said);
    account_take(&motion->now, said);
    if (!is_next || (kinds == LEE_BREAK_PACE && !is_coherent(&motion->now))) {
        return;
    }
    motion->returns =
        is_recent(motion->return_us, t_us, RETURN_WINDOW_US) ? motion->returns + 1 : 1;
    motion->return_us = t_us;
    const uint32_t enough = kinds == LEE_BREAK_HEIGHT ? RETURNS_SPLIT_HEIGHT : RETURNS_SPLIT;
    if (motion->returns < enough || motion->is_branch ||
        (!(kinds & LEE_BREAK_PLACE) && !is_flying(&motion->now) && !is_flying(&motion->other))) {
        return;
    }
    motion->is_split = true;
    if (motion->other.fixes > motion->now.fixes) {
        const lee_account longer = motion->other;
        motion->other = motion->now;
        motion->now = longer;
    }
    lee__doubt(track, LEE_DOUBT_TWO_PLACES, t_us);
}

static void leave(lee_conduct *motion, lee_track *track, lee_said *said, unsigned kinds)
{
    const int64_t t_us = said->report->t_us;
    const bool was_silent = motion->now.point_us != LEE_CONDUCT_NEVER_US &&
                            !is_recent(motion->now.point_us, t_us, ACCOUNT_US);
    if ((kinds & LEE_BREAK_PLACE) && was_silent) {
        lee__doubt(track, LEE_DOUBT_REACQUIRED, t_us);
        account_start(&motion->now);
        account_start(&motion->other);
        account_take(&motion->now, said);
        return;
    }
    if (!is_recent(motion->break_us, t_us, BREAK_WINDOW_US)) {
        motion->breaks = 0;
    }
    motion->breaks++;
    motion->break_us = t_us;
    motion->break_kinds = (uint8_t)kinds;
    motion->other = motion->now;
    /* What the report does not say is as before, except what it contradicts. */
    motion->now.fixes = 0;
    motion->now.heights = 0;
    account_take(&motion->now, said);
}

/* An account that was left for good: it jumped there and stays. */
static void settle_breaks(lee_conduct *motion, lee_track *track, const lee_report *report)
{
    const bool is_fix = (report->present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION;
    const bool is_height = motion->break_kinds == LEE_BREAK_HEIGHT;
    const uint32_t settled = is_height ? motion->now.heights : motion->now.fixes;
    const uint32_t settled_before = is_height ? motion->other.heights : motion->other.fixes;
    const bool is_return = motion->return_us == report->t_us;
    if (!(motion->break_kinds & LEE_BREAK_PLACE) &&
        (!is_flying(&motion->now) ||
         (motion->break_kinds == LEE_BREAK_PACE && !motion->now.is_proven))) {
        return;
    }
    if (motion->break_kinds != LEE_BREAK_NONE && is_fix && !is_return &&
        is_recent(motion->break_us, report->t_us, BREAK_WINDOW_US) && settled >= FIXES_SETTLED &&
        settled_before >= FIXES_SETTLED) {
        lee__doubt(track, doubt_of(motion->break_kinds), report->t_us);
        motion->break_kinds = LEE_BREAK_NONE;
    }
    if (motion->breaks >= 4 && motion->returns == 0) {
        lee__doubt(track, doubt_of(motion->break_kinds | LEE_BREAK_PLACE), report->t_us);
    }
}

static void note_account(lee_conduct *motion, lee_track *track, lee_said *said)
{
    const int64_t t_us = said->report->t_us;
    const unsigned kinds = breaks(&motion->now, motion->speed_max_mps, said);
    if (kinds == LEE_BREAK_NONE || motion->is_split) {
        account_take(&motion->now, said);
        if (kinds != LEE_BREAK_NONE) {
            lee__doubt(track, doubt_of(kinds), t_us);
        }
    } else if (is_recent(motion->other.point_us, t_us, ACCOUNT_US) &&
               breaks(&motion->other, motion->speed_max_mps, said) == LEE_BREAK_NONE) {
        go_back(motion, track, said, kinds);
    } else {
        leave(motion, track, said, kinds);
    }
    settle_breaks(motion, track, said->report);
}

/* --- limits of one report ----------------------------------------------------------------------
 */

static void count_up(uint8_t *count, bool is_so)
{
    *count = is_so ? (uint8_t)(*count + (*count < UINT8_MAX)) : 0;
}

static void note_limits(lee_conduct *motion, lee_track *track, const lee_said *said)
{
    const lee_report *const report = said->report;
    if (report->present & LEE_REPORT_HAS_VERTICAL_RATE) {
        count_up(&motion->climbing,
                 is_flying(&motion->now) &&
                     fabs((double)report->vertical_rate_fpm) > said->climb_limit_fpm);
        if (motion->climbing >= 3) {
            lee__doubt(track, LEE_DOUBT_CLIMB, report->t_us);
        }
    }
    if (!said->has_velocity) {
        return;
    }
    const double speed_mps = said->speed_mps;
    count_up(&motion->speeding, speed_mps > said->speed_limit_mps && is_flying(&motion->now));
    if (motion->speeding >= 3) {
        lee__doubt(track, LEE_DOUBT_SPEED, report->t_us);
    }
    /* 100 kt over ground at 25,000 ft: what flew faster before would have stalled, whatever the
     * wind (250 kt at most). Balloons never were fast. */
    const bool is_slow = (track->last.present & LEE_REPORT_HAS_ALT_BARO) &&
                         track->last.alt_baro_ft >= 25000 && speed_mps < 100.0 * MPS_PER_KT &&
                         motion->speed_max_mps > 200.0 * MPS_PER_KT;
    count_up(&motion->slow, is_slow);
    const bool was_silent = motion->now.point_us != LEE_CONDUCT_NEVER_US &&
                            !is_recent(motion->now.point_us, report->t_us, ACCOUNT_US);
    if (motion->slow >= 3 || (motion->slow > 0 && was_silent)) {
        lee__doubt(track, LEE_DOUBT_SLOW, report->t_us);
    }
    if (!is_slow && speed_mps <= said->speed_limit_mps && speed_mps > motion->speed_max_mps) {
        motion->speed_max_mps = speed_mps;
    }
}

/* --- accuracy ----------------------------------------------------------------------------------
 */

/* Half widths of NACp (RTCA DO-260B table 2-76) and of NIC (table N-4), in metres; 0: unknown. */
static uint32_t error_of(const lee_report *last)
{
    static const uint32_t by_nac_p[] = {0, 18520, 7408, 3704, 1852, 926, 556, 186, 93, 30, 10, 3};
    static const uint32_t by_nic[] = {0, 37040, 14816, 7408, 3704, 1852, 1112, 371, 186, 75, 25, 8};
    uint32_t error_m = 0;
    if ((last->present & LEE_REPORT_HAS_NAC_P) && last->nac_p >= 0 && last->nac_p <= 11) {
        error_m = last->nac_p == 0 ? 37040 : by_nac_p[last->nac_p];
    }
    if ((last->present & LEE_REPORT_HAS_NIC) && last->nic >= 0 && last->nic <= 11) {
        const uint32_t by = last->nic == 0 ? 37040 : by_nic[last->nic];
        error_m = by > error_m ? by : error_m;
    }
    return error_m;
}

/* A transponder that was accurate and is not any more: jamming, or a spoofer that cannot hide. */
static void note_accuracy(lee_conduct *motion, lee_track *track, const lee_report *report)
{
    const uint32_t said = LEE_REPORT_HAS_NAC_P | LEE_REPORT_HAS_NIC | LEE_REPORT_HAS_SIL;
    if (!(report->present & said)) {
        return;
    }
    const lee_report *const last = &track->last;
    const bool nac_is_bad = (last->present & LEE_REPORT_HAS_NAC_P) && last->nac_p <= 7;
    const bool nic_is_bad = (last->present & LEE_REPORT_HAS_NIC) && last->nic <= 4;
    const bool sil_is_bad = (last->present & LEE_REPORT_HAS_SIL) && last->sil == 0;
    const bool is_bad = nac_is_bad || nic_is_bad || sil_is_bad;
    track->error_m = error_of(last);
    if (is_bad && track->error_m < 926) {
        track->error_m = 926;
    }
    if (is_bad && motion->was_accurate) {
        track->doubts |= LEE_DOUBT_ACCURACY;
    } else if (!is_bad) {
        motion->was_accurate = true;
        track->doubts &= ~(uint32_t)LEE_DOUBT_ACCURACY;
    }
}

/* --- what the other account said ---------------------------------------------------------------
 */

static void put_back(lee_track *track, int index, bool is_known, int64_t said_us, int32_t *field,
                     int32_t value)
{
    track->last.present &= ~(UINT64_C(1) << index);
    if (is_known) {
        track->last.present |= UINT64_C(1) << index;
        track->field_us[index] = said_us;
        *field = value;
    }
}

/* Height, ground and velocity as this account said them last: else one lie would stay in the track
 * until it expires. */
static void restore(const lee_account *account, lee_track *track, const lee_report *report)
{
    lee_report *const last = &track->last;
    const int64_t t_us = report->t_us;
    const bool has_alt = is_recent(account->alt_us, t_us, ACCOUNT_US);
    const bool has_velocity = is_recent(account->velocity_us, t_us, ACCOUNT_US);
    put_back(track, LEE_REPORT_INDEX_ALT_BARO, has_alt, account->alt_us, &last->alt_baro_ft,
             account->alt_ft);
    put_back(track, LEE_REPORT_INDEX_SPEED_GROUND, has_velocity, account->velocity_us,
             &last->speed_ground_kt_e3, account->speed_kt_e3);
    put_back(track, LEE_REPORT_INDEX_TRACK, has_velocity, account->velocity_us, &last->track_deg_e3,
             account->track_deg_e3);
    if (!account->on_ground) {
        last->present &= ~(uint64_t)LEE_REPORT_HAS_ON_GROUND;
    }
    if (!(report->present & LEE_REPORT_HAS_VERTICAL_RATE)) {
        last->present &= ~(uint64_t)LEE_REPORT_HAS_VERTICAL_RATE;
    }
}

/* --- one report --------------------------------------------------------------------------------
 */

void lee__conduct_note(lee_conduct *motion, const lee_account *before, lee_track *track,
                       lee_said *said)
{
    assert(motion && before && track && said);
    const lee_report *const report = said->report;
    motion->went_back = false;
    note_limits(motion, track, said);
    note_account(motion, track, said);
    lee__drift_note(motion, before, report, track);
    note_accuracy(motion, track, report);
    if (motion->went_back && motion->is_split) {
        restore(&motion->now, track, report);
    }
}

/* --- who says so -------------------------------------------------------------------------------
 */

void lee__conduct_hear(lee_conduct *motion, const lee_report *report, const lee_hearing *hearing)
{
    if ((report->present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION) {
        switch (report->source) {
        case LEE_SOURCE_ADSB:
        case LEE_SOURCE_AIS:
        case LEE_SOURCE_REMOTE_ID:
            motion->claimed_us = report->t_us;
            break;
        case LEE_SOURCE_MLAT:
        case LEE_SOURCE_ASTERIX:
            motion->measured_us = report->t_us;
            break;
        case LEE_SOURCE_MODE_S:
        case LEE_SOURCE_TISB:
        case LEE_SOURCE_OBSERVER:
        case LEE_SOURCE_GNSS:
        case LEE_SOURCE_COUNT:
            break;
        }
    }
    if (hearing->feed == LEE_FEED_NONE) {
        return;
    }
    uint32_t at = 0;
    while (at < motion->feed_count && motion->feed[at] != hearing->feed) {
        at++;
    }
    if (at == LEE_CONDUCT_FEEDS) {
        for (uint32_t i = at = 0; i < LEE_CONDUCT_FEEDS; i++) {
            at = motion->feed_us[i] < motion->feed_us[at] ? i : at;
        }
    } else if (at == motion->feed_count) {
        motion->feed_count++;
    }
    motion->feed[at] = hearing->feed;
    motion->feed_us[at] = report->t_us;
}

void lee__conduct_settle(const lee_conduct *motion, lee_track *track, int64_t t_us)
{
    if (track->doubts != 0 && !is_recent(track->doubted_us, t_us, LEE_DOUBT_HOLD_US)) {
        track->doubts &= LEE_DOUBTS_OF_CROWD | LEE_DOUBT_ACCURACY;
    }
    if (track->doubts != 0 && !is_recent(track->crowd_doubted_us, t_us, LEE_DOUBT_HOLD_US)) {
        track->doubts &= ~LEE_DOUBTS_OF_CROWD;
    }
    if (track->doubts & ~(uint32_t)LEE_DOUBT_ACCURACY) {
        track->confidence = LEE_CONFIDENCE_SUSPECT;
        return;
    }
    uint32_t feeds = 0;
    for (uint32_t i = 0; i < motion->feed_count; i++) {
        feeds += is_recent(motion->feed_us[i], t_us, LEE_TOGETHER_US);
    }
    const bool is_measured = is_recent(motion->claimed_us, t_us, LEE_TOGETHER_US) &&
                             is_recent(motion->measured_us, t_us, LEE_TOGETHER_US);
    track->confidence = LEE_CONFIDENCE_UNCORROBORATED;
    if (track->doubts == 0 && track->region_m > 0) {
        track->confidence = track->observers >= LEE_OBSERVERS_CONFIRM ? LEE_CONFIDENCE_CONFIRMED
                            : track->observers >= LEE_OBSERVERS_CORROBORATE
                                ? LEE_CONFIDENCE_CORROBORATED
                                : LEE_CONFIDENCE_UNCORROBORATED;
    } else if (track->doubts == 0) {
        track->confidence = is_measured  ? LEE_CONFIDENCE_CONFIRMED
                            : feeds >= 2 ? LEE_CONFIDENCE_CORROBORATED
                                         : LEE_CONFIDENCE_UNCORROBORATED;
    }
}
