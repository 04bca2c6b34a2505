#include "app/retention.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time_text.h"
#include "io/file_os.h"
#include "record/codec.h"

/* What is read at once, up to the end of a session: whoever waits for the answer hears something.
 */
#define SLICE_BYTES (UINT64_C(4) * 1024 * 1024 * 1024)

typedef struct {
    int64_t before_us;
    uint64_t full; /* bundles are full up to here */
    lee_prune *out;
    bool has_session;
    bool has_incident;
    uint64_t session;
    uint64_t from;  /* where to go on the next time */
    uint64_t first; /* the first frame that goes; UINT64_MAX: none */
    uint64_t young; /* the first frame that is still kept; UINT64_MAX: none */
    uint64_t bytes; /* read */
    bool is_done;   /* what follows is kept */
} plan;

static bool frame_time(const lee_record *record, int64_t *t_us)
{
    lee_bytes in;
    lee_frame frame;
    lee_bytes_init(&in, record->bytes, record->length);
    if (lee_frame_decode(&in, &frame) != LEE_OK) {
        return false;
    }
    *t_us = frame.t_us;
    return true;
}

static void end_session(plan *state, uint64_t next)
{
    uint64_t end = state->young < next ? state->young : next;
    end = end < state->full ? end : state->full;
    if (state->has_session && state->first < end) {
        state->out->ranges[state->out->count++] = (lee_prune_range){state->first, end, 0};
    }
    state->is_done = state->has_session && (state->young < next || state->full < next);
    if (state->has_session) { /* one of which part is still kept is looked at again */
        state->from = state->is_done ? state->session : next;
    }
}

/* What an incident cites ends behind this record. */
static void cite(plan *state)
{
    state->first = UINT64_MAX;
}

static void take(plan *state, const lee_record *record)
{
    int64_t t_us = 0;
    state->bytes += record->length;
    switch ((int)record->kind) {
    case LEE_RECORD_SESSION:
        end_session(state, record->index);
        state->has_session = true;
        state->has_incident = false;
        state->session = record->index;
        state->first = UINT64_MAX;
        state->young = UINT64_MAX;
        break;
    case LEE_RECORD_FRAME:
        if (state->young == UINT64_MAX) {
            const bool is_old = frame_time(record, &t_us) && t_us < state->before_us;
            state->young = is_old ? UINT64_MAX : record->index;
            state->first = is_old && state->first == UINT64_MAX ? record->index : state->first;
        }
        break;
    case LEE_RECORD_EVENT:
        state->has_incident = true;
        cite(state);
        break;
    case LEE_RECORD_WARNING:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_OPERATOR:
        if (state->has_incident) {
            cite(state);
        }
        break;
    default:
        break;
    }
}

static bool is_enough(const plan *state)
{
    return state->is_done || state->out->count == LEE_PRUNE_RANGES_MAX ||
           state->bytes > SLICE_BYTES;
}

static lee_error read_on(plan *state, const char *folder, lee_retention_place *place)
{
    lee_journal_reader *reader = NULL;
    lee_error error = lee_journal_reader_open(&lee_file_os, folder, place->from, &reader);
    if (error == LEE_OK) {
        const uint64_t sealed = lee_journal_reader_sealed_size(reader);
        state->full = sealed - sealed % LEE_TILE_WIDTH;
    }
    bool enough = false;
    while (error == LEE_OK && !enough) {
        lee_record record;
        error = lee_journal_reader_next(reader, &record);
        if (error == LEE_ERR_CORRUPT && lee_journal_reader_withheld(reader)) {
            error = LEE_OK;
        } else if (error == LEE_OK) {
            take(state, &record);
            enough = record.kind == LEE_RECORD_SESSION && is_enough(state);
        } else if (error == LEE_ERR_CORRUPT) {
            place->place = *lee_journal_reader_place(reader);
        }
    }
    /* Of the session that the journal ends with nobody knows what will be cited. */
    place->more = enough && !state->is_done;
    place->from = state->from;
    const bool at_end = error == LEE_ERR_NOT_FOUND && reader;
    lee_journal_reader_close(reader);
    return at_end ? LEE_OK : error;
}

int64_t lee_retention_before_us(int64_t days, int64_t now_us)
{
    return now_us - days * LEE_US_PER_DAY;
}

lee_error lee_retention_plan(const char *folder, int64_t days, int64_t now_us,
                             lee_retention_place *place, lee_prune *out)
{
    assert(folder && place && out);
    memset(out, 0, sizeof *out);
    memset(&place->place, 0, sizeof place->place);
    out->t_us = now_us;
    out->before_us = lee_retention_before_us(days, now_us);
    snprintf(out->policy, sizeof out->policy,
             "frames %lld days; up to the last record about an incident of their session for ever",
             (long long)days);
    plan state = {.before_us = out->before_us,
                  .out = out,
                  .from = place->from,
                  .first = UINT64_MAX,
                  .young = UINT64_MAX};
    lee_error error = read_on(&state, folder, place);
    for (uint32_t i = 0; error == LEE_OK && i < out->count; i++) {
        error = lee_prune_measure(&lee_file_os, folder, &out->ranges[i]);
    }
    return error;
}

bool lee_retention_skips(lee_retention_skip *skip, uint64_t pruned, const lee_record *record)
{
    assert(skip && record);
    skip->is_skipping = skip->is_skipping || pruned > skip->pruned;
    skip->pruned = pruned;
    if (record->kind == LEE_RECORD_SESSION) {
        skip->is_skipping = false;
    }
    skip->passed += skip->is_skipping;
    return skip->is_skipping;
}
