#include "app/pipeline_private.h"

#include <assert.h>
#include <string.h>

#include "app/memory.h"
#include "base/alloc.h"

/* Reports that are judged at once where there are workers: enough that starting threads does not
 * matter and that their shares last alike (with 4096, the longer share of two was 5 % above the
 * mean; with 16384, 2 %), few enough to stay in the processor's shared cache. */
#define BATCH_REPORTS 16384u

static void on_event(void *context, const lee_event *event)
{
    lee_pipeline *const p = context;
    lee__pipeline_tell(p, event, lee_watch_find_track(p->watch, &event->target));
}

static void pass_time(lee_pipeline *p, int64_t t_us)
{
    p->t_us = t_us > p->t_us ? t_us : p->t_us;
    lee_warner_tick(p->warner, p->t_us);
}

/* The warner hears the time of every report after its events, as it would with one thread. */
static void pass_reports(lee_pipeline *p, size_t until)
{
    const lee_report *const batch = p->batches[p->gathering ^ 1];
    for (; p->warner_reports < until; p->warner_reports++) {
        pass_time(p, batch[p->warner_reports].t_us);
    }
}

static void on_told(void *context, const lee_watch_told *told)
{
    lee_pipeline *const p = context;
    if (p->judging > 0) {
        pass_reports(p, told->report);
        const int64_t t_us = p->batches[p->gathering ^ 1][told->report].t_us;
        p->t_us = t_us > p->t_us ? t_us : p->t_us;
    }
    lee__pipeline_tell(p, &told->event, told->track);
}

static void work_on_share(void *context, uint32_t share)
{
    lee_watch_shards_work(context, share);
}

/* Waits for the batch that is being judged, if any, and tells what it decided. */
static void finish_batch(lee_pipeline *p)
{
    if (p->judging > 0) {
        lee_workers_wait(p->workers);
        lee_watch_shards_end(p->shards);
        pass_reports(p, p->judging);
        p->judging = 0;
    }
}

static void start_batch(lee_pipeline *p)
{
    finish_batch(p);
    if (p->gathered > 0) {
        const lee_error error = lee_watch_shards_begin(p->shards, p->batches[p->gathering],
                                                       p->hearings[p->gathering], p->gathered);
        lee_memory_require(error);
        assert(error == LEE_OK);
        p->judging = p->gathered;
        p->warner_reports = 0;
        p->gathered = 0;
        p->gathering ^= 1;
        lee_workers_start(p->workers, work_on_share, p->shards);
    }
}

void lee_pipeline_flush(lee_pipeline *pipeline)
{
    if (pipeline->shards) {
        start_batch(pipeline);
        finish_batch(pipeline);
    }
}

lee_error lee__pipeline_watch_create(lee_pipeline *p)
{
    lee_watch_options options = p->session.watch;
    options.incident_key = p->session.seq_before;
    options.terrain = p->session.terrain[0] != '\0' && !lee_pipeline_lacks_terrain(p)
                          ? lee_terrain_files_terrain(p->terrain)
                          : NULL;
    if (!p->workers) {
        return lee_watch_create(&options, on_event, p, &p->watch);
    }
    for (int i = 0; i < 2; i++) {
        p->batches[i] = lee_alloc(BATCH_REPORTS, sizeof *p->batches[i]);
        p->hearings[i] = lee_alloc(BATCH_REPORTS, sizeof *p->hearings[i]);
        if (!p->batches[i] || !p->hearings[i]) {
            return LEE_ERR_NO_MEMORY;
        }
    }
    return lee_watch_shards_create(&options, lee_workers_count(p->workers), on_told, p, &p->shards);
}

void lee__pipeline_watch_free(lee_pipeline *p)
{
    if (p->judging > 0) {
        lee_workers_wait(p->workers);
    }
    lee_watch_free(p->watch);
    lee_watch_shards_free(p->shards);
    p->watch = NULL;
    p->shards = NULL;
    p->gathered = 0;
    p->judging = 0;
    for (int i = 0; i < 2; i++) {
        lee_free(p->batches[i]);
        lee_free(p->hearings[i]);
        p->batches[i] = NULL;
        p->hearings[i] = NULL;
    }
}

lee_error lee__pipeline_watch_zones(lee_pipeline *p, const lee_zone_set *set, uint64_t generation,
                                    int64_t t_us)
{
    return p->shards ? lee_watch_shards_set_zones(p->shards, set, generation, t_us)
                     : lee_watch_set_zones(p->watch, set, generation, t_us);
}

lee_error lee__pipeline_watch_permits(lee_pipeline *p, const lee_permit_list *permits, int64_t t_us)
{
    return p->shards ? lee_watch_shards_set_permits(p->shards, permits, t_us)
                     : lee_watch_set_permits(p->watch, permits, t_us);
}

void lee__pipeline_watch_qnh(lee_pipeline *p, const lee_qnh_table *statements)
{
    if (p->shards) {
        lee_watch_shards_set_qnh(p->shards, statements);
    } else {
        lee_watch_set_qnh(p->watch, statements);
    }
}

void lee__pipeline_watch_report(lee_pipeline *p, const lee_report *report,
                                const lee_hearing *hearing)
{
    if (p->shards) {
        p->batches[p->gathering][p->gathered] = *report;
        p->hearings[p->gathering][p->gathered++] = *hearing;
        if (p->gathered == BATCH_REPORTS) {
            start_batch(p);
        }
        return;
    }
    p->t_us = report->t_us > p->t_us ? report->t_us : p->t_us;
    lee_watch_hear(p->watch, report, hearing);
    lee_warner_tick(p->warner, p->t_us);
}

void lee__pipeline_watch_tick(lee_pipeline *p, int64_t t_us)
{
    if (p->shards) {
        lee_watch_shards_tick(p->shards, t_us);
    } else {
        lee_watch_tick(p->watch, t_us);
    }
}

void lee_pipeline_set_terrain(lee_pipeline *pipeline, const lee_terrain_files *terrain)
{
    assert(pipeline && !pipeline->has_session);
    pipeline->terrain = terrain;
}

bool lee_pipeline_lacks_terrain(const lee_pipeline *pipeline)
{
    assert(pipeline);
    const lee_terrain_files *const files = pipeline->terrain;
    return pipeline->session.terrain[0] != '\0' &&
           !(files && strcmp(lee_terrain_files_name(files), pipeline->session.terrain) == 0);
}

void lee_pipeline_set_workers(lee_pipeline *pipeline, lee_workers *workers)
{
    assert(pipeline && !pipeline->has_session);
    pipeline->workers = workers;
}

bool lee_pipeline_is_exact(const lee_pipeline *pipeline)
{
    return !pipeline->shards || lee_watch_shards_is_exact(pipeline->shards);
}
