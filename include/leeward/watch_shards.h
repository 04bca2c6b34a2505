/* leeward/watch_shards.h: one watch on several threads, with the events of one.
 *
 * The targets are dealt out over a number of watches ("shards") that share one generation of zones.
 * Reports come in batches: begin, then work once for each shard, each on whatever thread, then end,
 * which tells the events. They are told in the order, and with the content, in which a single
 * lee_watch would have told them, whatever the number of shards: each shard hears the time of every
 * report, and events are merged by the report at which they were decided.
 *
 * That holds while the tables of a single watch would have had room (lee_watch_shards_is_exact):
 * each shard has tables of its own, and which target makes room for another is not the same. And it
 * holds for what each target does by itself. Rules that look at two targets at once need one watch:
 * several shards refuse zones that move (`moving`) or watch for meetings (`meet_s`), and permits
 * that are duties, must be stayed within, or forbid meetings, with LEE_ERR_UNSUPPORTED. Of a
 * track's doubts, those that show among many tracks only (a swarm, an area led astray, traffic
 * heard before) are looked for among the targets of its own shard. */
#ifndef LEEWARD_WATCH_SHARDS_H
#define LEEWARD_WATCH_SHARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/event.h"
#include "leeward/permit.h"
#include "leeward/report.h"
#include "leeward/track.h"
#include "leeward/watch.h"
#include "leeward/zone.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEE_WATCH_SHARDS_MAX 64u

typedef struct lee_watch_shards lee_watch_shards;

/* One event, at which report of the batch it was decided (by its time or by itself; 0 outside
 * batches), and its target's track as it was known then, or NULL. */
typedef struct {
    size_t report;
    lee_event event;
    const lee_track *track;
} lee_watch_told;

/* Hears one event; it is borrowed until the sink returns. */
typedef void lee_watch_told_sink(void *context, const lee_watch_told *told);

/* `count` shards, 1 to LEE_WATCH_SHARDS_MAX, each with the tables that the options say. *out is the
 * caller's. LEE_ERR_NO_MEMORY; LEE_ERR_DOMAIN: an option is out of range; LEE_ERR_UNSUPPORTED: see
 * lee_watch_shards_set_qnh. */
LEE_CHECK_RESULT
lee_error lee_watch_shards_create(const lee_watch_options *options, uint32_t count,
                                  lee_watch_told_sink *sink, void *context, lee_watch_shards **out);
/* NULL is allowed. */
void lee_watch_shards_free(lee_watch_shards *shards);

/* As those of lee_watch, between batches. LEE_ERR_UNSUPPORTED: there are several shards, and a zone
 * or a permit needs one watch (above); nothing changed. LEE_ERR_NO_MEMORY: some shards have changed
 * and others have not, so that these shards can only be freed. */
LEE_CHECK_RESULT
lee_error lee_watch_shards_set_zones(lee_watch_shards *shards, const lee_zone_set *set,
                                     uint64_t generation, int64_t t_us);
LEE_CHECK_RESULT
lee_error lee_watch_shards_set_permits(lee_watch_shards *shards, const lee_permit_list *permits,
                                       int64_t t_us);
/* As lee_watch_set_qnh, between batches. What aircraft report of the pressure would be known to one
 * shard alone: with qnh_from_aircraft several shards are not made. */
void lee_watch_shards_set_qnh(lee_watch_shards *shards, const lee_qnh_table *statements);
void lee_watch_shards_tick(lee_watch_shards *shards, int64_t t_us);

/* As lee_watch_set_receiver, between batches; in every shard. */
void lee_watch_shards_set_receiver(lee_watch_shards *shards, uint16_t feed,
                                   const lee_receiver_site *site);

/* Begins a batch: the reports, and who heard each (NULL: not known), are borrowed until its end.
 * LEE_ERR_NO_MEMORY: nothing begins. */
LEE_CHECK_RESULT
lee_error lee_watch_shards_begin(lee_watch_shards *shards, const lee_report *reports,
                                 const lee_hearing *hearings, size_t count);

/* Judges what is `shard`'s share of the batch. Different shards on different threads at once; each
 * once a batch, between begin and end. */
void lee_watch_shards_work(lee_watch_shards *shards, uint32_t shard);

/* Ends the batch and tells its events. */
void lee_watch_shards_end(lee_watch_shards *shards);

/* Whether every event so far is that of a single watch: no table was ever nearly full. */
bool lee_watch_shards_is_exact(const lee_watch_shards *shards);

/* Fills *out with the sums over the shards. */
void lee_watch_shards_count(const lee_watch_shards *shards, lee_watch_counters *out);

#ifdef __cplusplus
}
#endif

#endif
