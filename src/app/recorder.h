/* app/recorder.h: the pipeline with its journal: durable first, then announced.
 *
 * An input is applied, then it and what it decided are appended together, and at the next commit
 * they are made durable and only then announced. When the journal fails, the watch goes on: records
 * are announced as degraded, and the gap is recorded when the journal is back. */
#ifndef LEE_APP_RECORDER_H
#define LEE_APP_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/pipeline.h"
#include "journal/journal.h"
#include "leeward/error.h"
#include "record/record.h"

typedef struct lee_recorder lee_recorder;

/* What may be announced and has not been yet, at most; reaching it commits at once. */
#define LEE_RECORDER_PENDING_MAX_BYTES (64u * 1024u * 1024u)

/* Frames and ticks are not announced: they are many, and views have the tracks. Nor is a kind that
 * is apart (record/kind.h). */
typedef struct {
    lee_journal *journal;      /* borrowed; NULL: nothing is kept */
    lee_record_sink *announce; /* may be NULL */
    void *context;
    const lee_terrain_files *terrain; /* borrowed; NULL: none */
    const lee_decoding *decoding;     /* copied; NULL: in this process */
} lee_recorder_options;

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_recorder_create(const lee_recorder_options *options, lee_recorder **out);
void lee_recorder_free(lee_recorder *recorder);

/* Applies one input and appends it with what it decided; frames wait until several make a record or
 * the next commit. Refused input is not recorded; *why says
 * the reason (lee_pipeline_apply). */
LEE_CHECK_RESULT
lee_error lee_recorder_submit(lee_recorder *recorder, lee_record_kind kind, const uint8_t *bytes,
                              size_t length, lee_error_info *why);

/* Makes everything submitted durable and announces it in order. With a failing journal everything
 * is announced all the same. */
void lee_recorder_commit(lee_recorder *recorder);

/* Whether anything waits for a commit, and whether somebody waits to hear of it. */
bool lee_recorder_has_pending(const lee_recorder *recorder);
bool lee_recorder_has_decided(const lee_recorder *recorder);

/* Whether the journal fails now, so that what is announced is not durable. */
bool lee_recorder_is_degraded(const lee_recorder *recorder);

/* Feeds a record that was read back from the journal: an input is applied and what it decides is
 * compared with the outputs that follow. For recovery after a restart and for replay. */
LEE_CHECK_RESULT
lee_error lee_recorder_replay(lee_recorder *recorder, const lee_record *record,
                              lee_error_info *why);

/* A record of the journal that is not replayed, because frames before it are gone: it is counted.
 */
void lee_recorder_pass(lee_recorder *recorder, const lee_record *record);

/* Ends the replay: outputs that the last inputs decide and the journal lacks (the program died
 * between the two) are appended now. Returns how many. */
uint64_t lee_recorder_replay_end(lee_recorder *recorder);

/* Loads what lee_recorder_state saved, before the first replay: `inputs` are the SESSION, PLACES,
 * PERMITS and ZONES then in force, applied without being recorded or compared. Saving: nothing may
 * wait for a commit (lee_recorder_has_pending). */
void lee_recorder_state(lee_state *state, lee_recorder *recorder, const lee_record *inputs,
                        size_t input_count);

typedef struct {
    uint64_t inputs;
    uint64_t outputs_equal;
    uint64_t outputs_different; /* of these the first is told below */
    uint64_t first_index;       /* of the first record that differs */
    const char *first_reason;   /* static; NULL: none differs */
} lee_replay_counters;

void lee_recorder_replay_count(const lee_recorder *recorder, lee_replay_counters *out);

lee_pipeline *lee_recorder_pipeline(const lee_recorder *recorder);

/* Records appended so far, from the start of the journal. */
uint64_t lee_recorder_count(const lee_recorder *recorder);

#endif
