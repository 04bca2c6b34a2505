/* app/heights.h: what is configured for converting between pressure, the sea and the ground. */
#ifndef LEE_APP_HEIGHTS_H
#define LEE_APP_HEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "app/pipeline.h"
#include "app/recorder.h"
#include "base/buffer.h"
#include "leeward/error.h"
#include "leeward/watch.h"

/* Takes one word of `--qnh`: a number of hPa, `adsb` (aircraft are asked), or a file of statements
 * (zone/qnh_file.h), which are appended to `statements` a line each. What is refused is said on
 * standard error. LEE_ERR_DOMAIN, and what reading a file may say. */
LEE_CHECK_RESULT
lee_error lee_heights_read_qnh(const char *word, lee_watch_options *options,
                               lee_buffer *statements);

/* Appends the pressures in force in the pipeline, a line each. */
void lee_heights_write_qnh(const lee_pipeline *pipeline, lee_buffer *statements);

/* The operation of `by` that states a line, as an OPERATOR record holds it, appended. */
void lee_heights_write_operation(const char *line, size_t length, const char *by, int64_t t_us,
                                 lee_buffer *out);

/* States each line as an operation of `by`, but for those that are in force just so.
 * LEE_ERR_NO_MEMORY; others are said on standard error. */
LEE_CHECK_RESULT
lee_error lee_heights_submit_qnh(lee_recorder *recorder, const lee_buffer *statements,
                                 const char *by, int64_t t_us);

#endif
