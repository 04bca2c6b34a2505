/* watch/explain.h: the traced steps of a decision (leeward/watch.h) in words and as JSON. */
#ifndef LEE_WATCH_EXPLAIN_H
#define LEE_WATCH_EXPLAIN_H

#include "base/buffer.h"
#include "base/json.h"
#include "leeward/watch.h"

/* The sentence, its values put in. */
void lee_trace_write_words(const lee_trace *trace, lee_buffer *out);

/* {"t_us":…,"step":"ahead","words":"…","values":{"time_to_entry_s":41.2,…}} */
void lee_trace_write_json(const lee_trace *trace, lee_json *json);

#endif
