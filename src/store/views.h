/* store/views.h: the journal as a database that can be searched (SQLite), and never more than that.
 *
 * Incidents, tracks, zones and permits by version, each with a full-text index, made of records and
 * of nothing else: deleting the file loses nothing but the time to build it again. The place in the
 * journal is kept in the same transaction as what was made of it, so that a view never tells of a
 * record twice or leaves one out.
 *
 * What is secret is not in it: no sighting, no place, nothing of what a zone protects.
 * One process writes a file at a time; others may read it meanwhile. */
#ifndef LEE_STORE_VIEWS_H
#define LEE_STORE_VIEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "journal/merkle.h"
#include "leeward/error.h"
#include "record/record.h"

typedef struct lee_views lee_views;

/* A target that is silent for longer begins a new track. */
#define LEE_VIEWS_TRACK_GAP_US (30 * 60 * INT64_C(1000000))
/* Results that one answer holds at most, and the words that are looked for. */
#define LEE_VIEWS_RESULTS_MAX 200u
#define LEE_VIEWS_WORDS_MAX 16u
/* How long one search may take. */
#define LEE_VIEWS_SEARCH_MAX_MS 2000

/* Opens the file, or makes an empty one. `journal` says whose records they are (its verifier key as
 * text). LEE_ERR_CORRUPT: the file is damaged, of another version of the program or of another
 * journal: delete it (lee_views_delete) and open it again. LEE_ERR_STATE: somebody else writes it.
 * LEE_ERR_IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_views_open(const char *path, const char *journal, lee_views **out);
/* What was not committed is forgotten. NULL is allowed. */
void lee_views_close(lee_views *views);

/* Deletes the file and what SQLite keeps beside it. */
void lee_views_delete(const char *path);

/* The index of the record that is wanted next, and the digest of the one before it
 * (lee_views_digest); zeros when none was applied. */
uint64_t lee_views_next(const lee_views *views);
lee_digest lee_views_last(const lee_views *views);
lee_digest lee_views_digest(const lee_record *record);

/* Applies the record lee_views_next (or one behind it, where those between cannot be read). A
 * record that cannot be read is passed over and counted. LEE_ERR_CORRUPT, IO, NO_MEMORY: the view
 * is not to be used any more; STATE: somebody else writes it. */
LEE_CHECK_RESULT
lee_error lee_views_apply(lee_views *views, const lee_record *record);
/* Makes what was applied visible to others, with the place reached. Errors as above. */
LEE_CHECK_RESULT
lee_error lee_views_commit(lee_views *views);

typedef enum {
    LEE_VIEWS_INCIDENTS,
    LEE_VIEWS_TRACKS,
    LEE_VIEWS_ZONES,
    LEE_VIEWS_PERMITS,
    LEE_VIEWS_COUNT
} lee_views_kind;

bool lee_views_kind_parse(const char *text, lee_views_kind *out);

/* Newest first. `words` (UTF-8): each must begin a word of what is found; "": all. From from_us to
 * before to_us, by when a thing began. `after` is the "next" of the answer before, or "". */
typedef struct {
    lee_views_kind kind;
    const char *words;
    const char *after;
    int64_t from_us;
    int64_t to_us;
    uint32_t limit; /* 1..LEE_VIEWS_RESULTS_MAX */
} lee_views_query;

/* One JSON object of docs/api.md; `records_known` of the journal say how far the view lags behind.
 * LEE_ERR_DOMAIN: `after` is not one of ours; LIMIT: it took too long; CORRUPT, IO, NO_MEMORY,
 * STATE. Nothing of use is in `out` then. */
LEE_CHECK_RESULT
lee_error lee_views_search(lee_views *views, const lee_views_query *query, uint64_t records_known,
                           lee_buffer *out);

#endif
