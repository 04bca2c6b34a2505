/* app/tune.h: a recording judged with several sets of parameters, and what each changes.
 *
 * The first run is the baseline: the recording as it is. docs/tuning.md says what the figures
 * mean. */
#ifndef LEE_APP_TUNE_H
#define LEE_APP_TUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/settings.h"
#include "app/tune_scene.h"
#include "leeward/event.h"

#define LEE_TUNE_RUNS_MAX 64u
#define LEE_TUNE_SETTINGS_MAX 16u
/* Incidents of one run; those beyond are counted. */
#define LEE_TUNE_INCIDENTS_MAX 1000000u

/* One target's dealings with one zone. */
typedef struct {
    uint64_t number;
    int64_t first_us;
    int64_t last_us;
    lee_target target;
    uint32_t target_index; /* of the scene, or LEE_TUNE_NONE */
    uint32_t life;         /* of the scene, or LEE_TUNE_NONE */
    lee_event_kind first;  /* the event it began with */
    bool entered;
    bool permitted;
    bool quiet; /* asked for no attention */
    bool has_alert;
    bool has_partner; /* the other run has it too */
    lee_measure_alert alert;
} lee_tune_incident;

/* Incidents that begin again within this time flap (one alert in ten minutes is the goal). */
#define LEE_TUNE_FLAP_S 600

typedef struct {
    lee_setting settings[LEE_TUNE_SETTINGS_MAX];
    uint32_t setting_count;       /* 0: the baseline */
    lee_tune_incident *incidents; /* by zone, target and beginning */
    uint32_t incident_count;
    uint64_t events;
    uint64_t left_out; /* incidents for which there was no room */
    lee_measure_sums sums;
    uint32_t quiet, gained, lost, flapping;
    uint32_t flashes;    /* alerts shorter than LEE_MEASURE_FLASH_S */
    uint32_t unmeasured; /* alerts of which nothing can be said */
    double alert_median_s;
    double incident_median_s;
} lee_tune_run;

typedef struct {
    lee_tune_scene scene;
    lee_tune_run *runs;
    uint32_t run_count;
    uint64_t recorded_events; /* of a journal; else 0 */
    uint64_t refused_inputs;  /* of the baseline */
    bool is_journal;
    bool lacks_terrain; /* it was judged with other terrain than is there */
} lee_tune;

/* Runs the baseline and one run for every combination of the values, which are KEY=VALUES texts.
 * Errors are said on standard error: LEE_ERR_SYNTAX, LIMIT: of the settings, before anything is
 * judged; LEE_ERR_DOMAIN: zones refuse them. lee_tune_free in any case. */
LEE_CHECK_RESULT
lee_error lee_tune_plan(const char *const *settings, int count, lee_tune *out);
/* Terrain is borrowed, and may be NULL. */
LEE_CHECK_RESULT
lee_error lee_tune_judge(lee_tune *tune, const lee_tune_inputs *inputs,
                         const lee_terrain_files *terrain);
void lee_tune_free(lee_tune *tune);

/* The settings of a run in words: "hold=3 confirm=2", or "as recorded". */
void lee_tune_run_name(const lee_tune_run *run, lee_buffer *out);

/* Shares in 0..1; 0 where nothing was counted. */
double lee_tune_share(size_t part, size_t whole);
/* Of the warning time that was allowed, how much was given: medians. */
double lee_tune_warning_share(lee_tune_run *run);
/* Of the alerts, those of encounters that are unnecessary, undesirable or void. */
double lee_tune_unneeded_share(const lee_tune_run *run);

/* Calls for each incident that this run has and the baseline has not (gained), or the other way
 * round, but for no more than `most`. Gives how many are left out. */
typedef void lee_tune_change_sink(void *context, const lee_tune *tune, const lee_tune_incident *one,
                                  bool gained);
uint32_t lee_tune_each_change(const lee_tune *tune, uint32_t run, uint32_t most,
                              lee_tune_change_sink *sink, void *context);

/* Its zone's id, and what came of it. */
const char *lee_tune_zone_name(const lee_tune *tune, const lee_tune_incident *one);
const char *lee_tune_outcome_name(const lee_tune_incident *one);

/* The three ways to say it. Text and lines go to the buffer; lines are JSON, one a run and one a
 * change. */
void lee_tune_write_text(lee_tune *tune, uint32_t changes_max, lee_buffer *out);
void lee_tune_write_json(lee_tune *tune, lee_buffer *out);
void lee_tune_write_html(lee_tune *tune, lee_buffer *out);

#endif
