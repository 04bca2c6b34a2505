/* app/pipeline_private.h: what the files of the pipeline share. pipeline.c has the session and the
 * order of things, pipeline_inputs.c what is declared (zones, permits, what operators do),
 * pipeline_frames.c what is observed, pipeline_watch.c the watch on one thread or on several. */
#ifndef LEE_APP_PIPELINE_PRIVATE_H
#define LEE_APP_PIPELINE_PRIVATE_H

#include "app/pipeline.h"
#include "app/session.h"
#include "leeward/attention.h"
#include "leeward/decoder.h"
#include "leeward/qnh.h"
#include "leeward/watch_shards.h"
#include "leeward/zone_import.h"
#include "track/unseen.h"
#include "warn/places.h"
#include "warn/warner.h"
#include "zone/permit_file.h"

/* Whose steps are told, kept for the next session. */
typedef struct {
    lee_trace_sink *sink; /* NULL: nobody's */
    void *context;
    lee_target target;
    char zone[LEE_ZONE_ID_MAX_BYTES + 1];
} traced;

struct lee_pipeline {
    lee_output_sink *sink;
    void *sink_context;
    lee_session session;
    bool has_session;
    lee_decoder *decoder;     /* NULL where others decode: */
    lee_decoding decoding;    /* its functions NULL: none */
    lee_watch *watch;         /* one of these two judges */
    lee_watch_shards *shards; /* with workers */
    lee_workers *workers;
    lee_report *batches[2];   /* one gathers while the other is judged */
    lee_hearing *hearings[2]; /* who heard them */
    uint32_t gathering;       /* which of the two */
    size_t gathered;
    size_t judging;        /* reports in the other one, not yet told */
    size_t warner_reports; /* of these the warner has heard the time */
    lee_unseen *unseen;
    uint64_t identifier_key[2]; /* in force for warnings */
    lee_warner *warner;
    lee_places *places;
    lee_zone_import *zones; /* owns what the set is built over */
    lee_zone_set *set;
    lee_permit_file *permits;
    uint64_t generation;
    uint64_t seq;
    int64_t t_us;
    lee_feed_counters feeds[LEE_FEEDS_MAX];
    int64_t budgets[LEE_FEEDS_MAX];    /* what is left to each feed, in millionths of a report */
    int64_t budgets_us[LEE_FEEDS_MAX]; /* as of then */
    lee_buffer output;                 /* one record at a time */
    traced traced;
    lee_attention *attention;
    lee_buffer operations; /* lee_pipeline_operations */
    lee_qnh_table *qnh;    /* pressures stated */
    const lee_terrain_files *terrain;
    bool is_loading; /* nothing is told meanwhile */
};

/* Fills *why in and returns the code. */
lee_error lee__pipeline_refuse(lee_error_info *why, lee_error code, const char *field,
                               const char *reason);

/* Gives an event its number and tells it, and what it means for warnings. */
void lee__pipeline_tell(lee_pipeline *p, const lee_event *decided, const lee_track *track);

/* The warner of the session, over the places there are. */
lee_error lee__pipeline_make_warner(lee_pipeline *p);

/* pipeline_watch.c: as those of lee_watch. */
lee_error lee__pipeline_watch_create(lee_pipeline *p);
void lee__pipeline_watch_free(lee_pipeline *p);
lee_error lee__pipeline_watch_zones(lee_pipeline *p, const lee_zone_set *set, uint64_t generation,
                                    int64_t t_us);
lee_error lee__pipeline_watch_permits(lee_pipeline *p, const lee_permit_list *permits,
                                      int64_t t_us);
void lee__pipeline_watch_qnh(lee_pipeline *p, const lee_qnh_table *statements);
void lee__pipeline_watch_report(lee_pipeline *p, const lee_report *report,
                                const lee_hearing *hearing);
void lee__pipeline_watch_tick(lee_pipeline *p, int64_t t_us);

/* pipeline_inputs.c and pipeline_frames.c: one kind of input each; refused input changes
 * nothing. */
lee_error lee__pipeline_places(lee_pipeline *p, const uint8_t *bytes, size_t length,
                               lee_error_info *why);
lee_error lee__pipeline_zones(lee_pipeline *p, const uint8_t *bytes, size_t length,
                              lee_error_info *why);
lee_error lee__pipeline_permits(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                lee_error_info *why);
lee_error lee__pipeline_operation(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                  lee_error_info *why);
lee_error lee__pipeline_frames(lee_pipeline *p, const uint8_t *bytes, size_t length,
                               lee_error_info *why);
lee_error lee__pipeline_sighting(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                 lee_error_info *why);
lee_error lee__pipeline_tick(lee_pipeline *p, const uint8_t *bytes, size_t length,
                             lee_error_info *why);

/* What operators did to permits holds for the new file too, as far as it has them. */
lee_error lee__pipeline_amend_again(lee_pipeline *p, int64_t t_us);

#endif
