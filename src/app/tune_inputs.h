/* app/tune_inputs.h: the inputs of a recording, held in memory to be judged again and again.
 *
 * A journal and a bundle are only read; recordings of feeds become the records that `leeward watch`
 * would have made of them. */
#ifndef LEE_APP_TUNE_INPUTS_H
#define LEE_APP_TUNE_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/terrain_files.h"
#include "base/buffer.h"
#include "leeward/error.h"
#include "record/record.h"

typedef struct {
    lee_buffer records;
    uint64_t count;
    uint64_t damaged;         /* records of a journal that could not be read */
    uint64_t recorded_events; /* of a journal: decisions of that time, not kept */
    bool is_journal;
    bool refused; /* something of the zones or permits was refused, which was said */
} lee_tune_inputs;

void lee_tune_inputs_init(lee_tune_inputs *inputs);
void lee_tune_inputs_free(lee_tune_inputs *inputs);

/* Reads a journal's folder or a bundle. Errors are said on standard error. */
LEE_CHECK_RESULT
lee_error lee_tune_inputs_journal(lee_tune_inputs *inputs, const char *path);

/* What `leeward watch` takes. All is borrowed; permits and terrain may be NULL. */
typedef struct {
    const char *const *zones;
    int zone_count;
    const char *permits;
    const char *const *feeds;
    int feed_count;
    const char *const *qnh;
    int qnh_count;
    const lee_terrain_files *terrain;
} lee_tune_recording;

/* Reads recordings to their end. Errors are said on standard error; LEE_ERR_UNSUPPORTED: a feed
 * that has no end. */
LEE_CHECK_RESULT
lee_error lee_tune_inputs_recording(lee_tune_inputs *inputs, const lee_tune_recording *recording);

/* The record at *at, which begins with 0 and moves on. False: that was the last. */
bool lee_tune_inputs_next(const lee_tune_inputs *inputs, size_t *at, lee_record *out);

#endif
