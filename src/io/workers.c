#define _POSIX_C_SOURCE 200809L
#include "io/workers.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/alloc.h"

typedef struct {
    lee_workers *workers;
    uint32_t share;
    pthread_t thread;
} worker;

struct lee_workers {
    pthread_mutex_t lock;
    pthread_cond_t begun;
    pthread_cond_t done;
    lee_work *work;
    void *context;
    uint64_t round;   /* of work, from 1 */
    uint32_t working; /* threads that have not finished this round */
    bool stop;
    uint32_t count; /* of threads that run */
    worker threads[];
};

static void *run(void *argument)
{
    const worker *const self = argument;
    lee_workers *const w = self->workers;
    uint64_t seen = 0;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->stop && w->round == seen) {
            pthread_cond_wait(&w->begun, &w->lock);
        }
        if (w->stop) {
            break;
        }
        seen = w->round;
        pthread_mutex_unlock(&w->lock);
        w->work(w->context, self->share);
        pthread_mutex_lock(&w->lock);
        if (--w->working == 0) {
            pthread_cond_signal(&w->done);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

lee_error lee_workers_create(uint32_t count, lee_workers **out)
{
    assert(count > 0 && out);
    lee_workers *const w = lee_alloc(1, sizeof *w + count * sizeof(worker));
    if (!w) {
        return LEE_ERR_NO_MEMORY;
    }
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->begun, NULL);
    pthread_cond_init(&w->done, NULL);
    while (w->count < count) {
        worker *const one = &w->threads[w->count];
        *one = (worker){.workers = w, .share = w->count};
        if (pthread_create(&one->thread, NULL, run, one) != 0) {
            lee_workers_free(w);
            return LEE_ERR_IO;
        }
        w->count++;
    }
    *out = w;
    return LEE_OK;
}

void lee_workers_free(lee_workers *workers)
{
    if (!workers) {
        return;
    }
    lee_workers_wait(workers);
    pthread_mutex_lock(&workers->lock);
    workers->stop = true;
    pthread_cond_broadcast(&workers->begun);
    pthread_mutex_unlock(&workers->lock);
    for (uint32_t i = 0; i < workers->count; i++) {
        pthread_join(workers->threads[i].thread, NULL);
    }
    pthread_cond_destroy(&workers->done);
    pthread_cond_destroy(&workers->begun);
    pthread_mutex_destroy(&workers->lock);
    lee_free(workers);
}

uint32_t lee_workers_count(const lee_workers *workers)
{
    return workers->count;
}

void lee_workers_start(lee_workers *workers, lee_work *work, void *context)
{
    assert(workers && work);
    pthread_mutex_lock(&workers->lock);
    assert(workers->working == 0);
    workers->work = work;
    workers->context = context;
    workers->working = workers->count;
    workers->round++;
    pthread_cond_broadcast(&workers->begun);
    pthread_mutex_unlock(&workers->lock);
}

void lee_workers_wait(lee_workers *workers)
{
    assert(workers);
    pthread_mutex_lock(&workers->lock);
    while (workers->working > 0) {
        pthread_cond_wait(&workers->done, &workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
}
