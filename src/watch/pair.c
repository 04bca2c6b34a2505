/* The table of pairs: lists by track, free list, and a heap of deadlines. */
#include "watch/state.h"

#include <assert.h>

bool lee__pair_is_open(const lee_pair *pair)
{
    return pair->state != LEE_PAIR_PENDING;
}

/* The n lowest bits. */
static uint64_t newest(uint64_t seen, int32_t n)
{
    return n >= 64 ? seen : seen & ((UINT64_C(1) << n) - 1);
}

bool lee__pair_is_confirmed(const lee_zone_watch *watch, int32_t hits, uint64_t seen)
{
    return hits >= watch->confirm ||
           (watch->confirm_of > watch->confirm &&
            __builtin_popcountll(newest(seen, watch->confirm_of)) >= watch->confirm);
}

bool lee__pair_is_remembered(const lee_zone_watch *watch, const lee_pair *pair)
{
    return watch->confirm_of > watch->confirm &&
           newest(pair->seen | pair->predicted_seen, watch->confirm_of - 1) != 0;
}

/* --- heap of deadlines: earliest first, then by track and zone, so that order is the same always -
 */

static bool is_earlier(const lee_watch *watch, uint32_t a, uint32_t b)
{
    const lee_pair *const x = &watch->pairs[a];
    const lee_pair *const y = &watch->pairs[b];
    if (x->deadline_us != y->deadline_us) {
        return x->deadline_us < y->deadline_us;
    }
    return x->track != y->track ? x->track < y->track : x->zone < y->zone;
}

static void place_timer(lee_watch *watch, uint32_t at, uint32_t pair)
{
    watch->timers[at] = pair;
    watch->pairs[pair].timer_at = at;
}

static void sift_up(lee_watch *watch, uint32_t at)
{
    const uint32_t pair = watch->timers[at];
    while (at > 0 && is_earlier(watch, pair, watch->timers[(at - 1) / 2])) {
        place_timer(watch, at, watch->timers[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place_timer(watch, at, pair);
}

static void sift_down(lee_watch *watch, uint32_t at)
{
    const uint32_t pair = watch->timers[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= watch->timer_count) {
            break;
        }
        if (child + 1 < watch->timer_count &&
            is_earlier(watch, watch->timers[child + 1], watch->timers[child])) {
            child++;
        }
        if (!is_earlier(watch, watch->timers[child], pair)) {
            break;
        }
        place_timer(watch, at, watch->timers[child]);
        at = child;
    }
    place_timer(watch, at, pair);
}

void lee__pair_deadline(lee_watch *watch, uint32_t pair, int64_t t_us)
{
    watch->pairs[pair].deadline_us = t_us;
    sift_up(watch, watch->pairs[pair].timer_at);
    sift_down(watch, watch->pairs[pair].timer_at);
}

static void remove_timer(lee_watch *watch, uint32_t pair)
{
    const uint32_t at = watch->pairs[pair].timer_at;
    const uint32_t last = watch->timers[--watch->timer_count];
    if (last != pair) {
        place_timer(watch, at, last);
        sift_up(watch, at);
        sift_down(watch, watch->pairs[last].timer_at);
    }
}

/* --- lists --------------------------------------------------------------------------------------
 */

uint32_t lee__pair_add(lee_watch *watch, uint32_t track, uint32_t zone, uint32_t *link)
{
    uint32_t added = watch->free_pair;
    if (added != LEE_WATCH_NONE) {
        watch->free_pair = watch->pairs[added].next;
    } else if (watch->new_pair < watch->pair_capacity) {
        added = watch->new_pair++;
    } else {
        return LEE_WATCH_NONE;
    }
    lee_pair *const pair = &watch->pairs[added];
    *pair = (lee_pair){.track = track,
                       .zone = zone,
                       .next = *link,
                       .deadline_us = INT64_MAX,
                       .swept_us = INT64_MIN,
                       .state = LEE_PAIR_PENDING};
    lee__behaviour_begin(pair);
    *link = added;
    watch->pair_count++;
    place_timer(watch, watch->timer_count++, added);
    sift_up(watch, pair->timer_at);
    return added;
}

lee_pair *lee__pair_need(lee_watch *watch, uint32_t track, uint32_t zone, uint32_t *link)
{
    if (!lee__pair_at(watch, link, zone) &&
        lee__pair_add(watch, track, zone, link) == LEE_WATCH_NONE) {
        watch->counters.incidents_refused++;
        return NULL;
    }
    return lee__pair_at(watch, link, zone);
}

void lee__pair_remove(lee_watch *watch, uint32_t *link)
{
    const uint32_t gone = *link;
    assert(gone != LEE_WATCH_NONE);
    assert(!lee__pair_is_open(&watch->pairs[gone]));
    remove_timer(watch, gone);
    *link = watch->pairs[gone].next;
    watch->pairs[gone].next = watch->free_pair;
    watch->free_pair = gone;
    watch->pair_count--;
}

lee_relation lee__pair_relation(const lee_watch *watch, uint32_t slot)
{
    lee_relation gravest = LEE_RELATION_NONE;
    for (uint32_t at = watch->visits[slot].first_pair; at != LEE_WATCH_NONE;
         at = watch->pairs[at].next) {
        const lee_pair *const pair = &watch->pairs[at];
        lee_relation relation = LEE_RELATION_NEAR;
        if (pair->permitted) {
            relation = LEE_RELATION_PERMITTED;
        } else if (pair->state == LEE_PAIR_INSIDE) {
            relation = LEE_RELATION_INSIDE;
        } else if (pair->state == LEE_PAIR_PREDICTED) {
            relation = LEE_RELATION_PREDICTED;
        }
        gravest = relation > gravest ? relation : gravest;
    }
    return gravest;
}

/* By insertion: a track has few pairs and a new generation seldom changes their order. */
void lee__pair_sort(lee_watch *watch, uint32_t slot)
{
    uint32_t sorted = LEE_WATCH_NONE;
    uint32_t rest = watch->visits[slot].first_pair;
    while (rest != LEE_WATCH_NONE) {
        const uint32_t taken = rest;
        rest = watch->pairs[rest].next;
        uint32_t *link = &sorted;
        while (*link != LEE_WATCH_NONE && watch->pairs[*link].zone < watch->pairs[taken].zone) {
            link = &watch->pairs[*link].next;
        }
        watch->pairs[taken].next = *link;
        *link = taken;
    }
    watch->visits[slot].first_pair = sorted;
    /* The heap breaks ties by zone, so its order may have changed too. */
    for (uint32_t at = sorted; at != LEE_WATCH_NONE; at = watch->pairs[at].next) {
        lee__pair_deadline(watch, at, watch->pairs[at].deadline_us);
    }
}

/* --- saving and loading -------------------------------------------------------------------------
 */

/* Pairs that are not in the heap are free. In which order those are taken decides nothing, so their
 * list is made anew. */
static void list_free_pairs(lee_watch *watch)
{
    uint32_t *link = &watch->free_pair;
    watch->new_pair = 0;
    for (uint32_t i = 0; i < watch->timer_count; i++) {
        const uint32_t used = watch->timers[i] + 1;
        watch->new_pair = used > watch->new_pair ? used : watch->new_pair;
    }
    for (uint32_t i = 0; i < watch->new_pair; i++) {
        const uint32_t at = watch->pairs[i].timer_at;
        if (at >= watch->timer_count || watch->timers[at] != i) {
            *link = i;
            link = &watch->pairs[i].next;
        }
    }
    *link = LEE_WATCH_NONE;
}

void lee__pairs_state(lee_state *state, lee_watch *watch)
{
    lee_state_section(state, "pairs");
    lee_state_same(state, &watch->pair_capacity, sizeof watch->pair_capacity);
    lee_state_count(state, &watch->timer_count, watch->pair_capacity);
    lee_state_plain(state, watch->timers, watch->timer_count * sizeof *watch->timers);
    for (uint32_t i = 0; i < watch->timer_count; i++) {
        const uint32_t pair = watch->timers[i];
        lee_state_require(state, pair < watch->pair_capacity);
        if (state->error == LEE_OK) {
            lee_state_plain(state, &watch->pairs[pair], sizeof *watch->pairs);
        }
    }
    if (lee_state_is_loading(state) && state->error == LEE_OK) {
        watch->pair_count = watch->timer_count;
        list_free_pairs(watch);
    }
}
