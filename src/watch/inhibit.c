#include "watch/inhibit.h"

#include <assert.h>
#include <string.h>

#include "watch/state.h"

int64_t lee__inhibit_next_edge(const lee_inhibitions *inhibitions, int64_t t_us)
{
    int64_t edge_us = INT64_MAX;
    for (uint32_t i = 0; i < inhibitions->count; i++) {
        const lee_inhibition *const one = &inhibitions->all[i];
        if (one->from_us > t_us && one->from_us < edge_us) {
            edge_us = one->from_us;
        }
        if (one->to_us > t_us && one->to_us < edge_us) {
            edge_us = one->to_us;
        }
    }
    return edge_us;
}

bool lee__inhibit_concerns(const lee_inhibition *one, const lee_target *target, const char *zone)
{
    return (one->zone[0] == '\0' || strcmp(one->zone, zone) == 0) &&
           (one->target.text[0] == '\0' || lee_target_equal(&one->target, target));
}

bool lee__inhibit_has_edge(const lee_inhibitions *inhibitions, const lee_target *target,
                           const char *zone, int64_t t_us)
{
    for (uint32_t i = 0; i < inhibitions->count; i++) {
        const lee_inhibition *const one = &inhibitions->all[i];
        if ((one->from_us == t_us || one->to_us == t_us) &&
            lee__inhibit_concerns(one, target, zone)) {
            return true;
        }
    }
    return false;
}

const lee_inhibition *lee__inhibit_find(const lee_inhibitions *inhibitions,
                                        const lee_target *target, const char *zone, int64_t t_us)
{
    for (uint32_t i = 0; i < inhibitions->count; i++) {
        const lee_inhibition *const one = &inhibitions->all[i];
        if (t_us >= one->from_us && t_us < one->to_us && lee__inhibit_concerns(one, target, zone)) {
            return one;
        }
    }
    return NULL;
}

const char *lee__inhibit_leave(const char *a, const char *b)
{
    const size_t length = sizeof LEE_INHIBIT_PREFIX - 1;
    const bool inhibited =
        strncmp(a, LEE_INHIBIT_PREFIX, length) == 0 || strncmp(b, LEE_INHIBIT_PREFIX, length) == 0;
    return inhibited ? "inhibited" : "permitted";
}

static void forget_ended(lee_inhibitions *inhibitions, int64_t t_us)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < inhibitions->count; i++) {
        if (inhibitions->all[i].to_us > t_us) {
            inhibitions->all[kept++] = inhibitions->all[i];
        }
    }
    inhibitions->count = kept;
}

static lee_inhibition *find_inhibition(lee_inhibitions *inhibitions, const char *id)
{
    for (uint32_t i = 0; i < inhibitions->count; i++) {
        if (strcmp(inhibitions->all[i].id, id) == 0) {
            return &inhibitions->all[i];
        }
    }
    return NULL;
}

lee_error lee_watch_inhibit(lee_watch *watch, const lee_inhibition *inhibition, int64_t t_us)
{
    assert(watch && inhibition);
    lee__watch_advance(watch, t_us);
    lee_inhibitions *const inhibitions = &watch->inhibitions;
    forget_ended(inhibitions, watch->clock_us);
    if ((inhibition->target.text[0] == '\0' && inhibition->zone[0] == '\0') ||
        inhibition->id[0] == '\0' || inhibition->to_us <= inhibition->from_us ||
        inhibition->to_us - inhibition->from_us > LEE_INHIBITION_MAX_US) {
        return LEE_ERR_DOMAIN;
    }
    if (find_inhibition(inhibitions, inhibition->id)) {
        return LEE_ERR_DUPLICATE;
    }
    if (inhibitions->count == LEE_INHIBITIONS_MAX) {
        return LEE_ERR_LIMIT;
    }
    inhibitions->all[inhibitions->count++] = *inhibition;
    lee__watch_leave_changed(watch, inhibition);
    return LEE_OK;
}

lee_error lee_watch_end_inhibition(lee_watch *watch, const char *id, int64_t t_us)
{
    assert(watch && id);
    lee__watch_advance(watch, t_us);
    lee_inhibition *const one = find_inhibition(&watch->inhibitions, id);
    if (!one || one->to_us <= watch->clock_us) {
        return LEE_ERR_NOT_FOUND;
    }
    one->to_us = watch->clock_us;
    const lee_inhibition ended = *one;
    forget_ended(&watch->inhibitions, watch->clock_us);
    lee__watch_leave_changed(watch, &ended);
    return LEE_OK;
}

const lee_inhibition *lee_watch_inhibitions(const lee_watch *watch, uint32_t *count)
{
    assert(watch && count);
    *count = watch->inhibitions.count;
    return watch->inhibitions.all;
}
