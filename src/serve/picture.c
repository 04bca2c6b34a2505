#include "serve/picture.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "leeward/attention.h"
#include "record/codec.h"
#include "record/input.h"
#include "record/operation.h"
#include "serve/field.h"
#include "serve/incidents_view.h"
#include "serve/sightings_view.h"
#include "serve/warnings_view.h"
#include "serve/zones_view.h"

/* An event as it stands in the journal: the binary form is a quarter of the JSON one. */
typedef struct {
    uint64_t seq;
    uint64_t incident;
    uint8_t *bytes;
    size_t length;
} kept_event;

struct lee_picture {
    lee_picture_options options;
    lee_zones_view *zones; /* NULL before the first generation */
    lee_incidents_view *incidents;
    lee_warnings_view *warnings;
    lee_sightings_view *sightings;
    kept_event *ring;
    uint64_t kept; /* events ever kept; the ring holds the last events_max of them */
    lee_change_sink *listener;
    void *listener_context;
    lee_picture_read_events *reader;
    void *reader_context;
    lee_operation inhibitions[LEE_INHIBITIONS_MAX];
    uint32_t inhibition_count;
    lee_buffer scratch; /* one event as JSON */
    lee_picture_counters counters;
};

void lee_picture_options_default(lee_picture_options *out)
{
    assert(out);
    *out = (lee_picture_options){.events_max = 16384,
                                 .open_max = LEE_INCIDENTS_MAX,
                                 .ended_max = 4096,
                                 .warnings_max = 1024,
                                 .sightings_max = 1024};
}

lee_error lee_picture_create(const lee_picture_options *options, lee_picture **out)
{
    assert(options && out);
    assert(options->events_max > 0);

    lee_picture *const picture = lee_alloc(1, sizeof *picture);
    if (!picture) {
        return LEE_ERR_NO_MEMORY;
    }
    picture->options = *options;
    lee_buffer_init(&picture->scratch, 65536);
    picture->incidents = lee_incidents_view_create(options->open_max, options->ended_max);
    picture->warnings = lee_warnings_view_create(options->warnings_max);
    picture->sightings = lee_sightings_view_create(options->sightings_max);
    picture->ring = lee_alloc(options->events_max, sizeof *picture->ring);
    if (!picture->incidents || !picture->warnings || !picture->sightings || !picture->ring) {
        lee_picture_free(picture);
        return LEE_ERR_NO_MEMORY;
    }
    *out = picture;
    return LEE_OK;
}

void lee_picture_free(lee_picture *picture)
{
    if (!picture) {
        return;
    }
    for (uint32_t i = 0; picture->ring && i < picture->options.events_max; i++) {
        lee_free(picture->ring[i].bytes);
    }
    lee_free(picture->ring);
    lee_buffer_free(&picture->scratch);
    lee_zones_view_free(picture->zones);
    lee_incidents_view_free(picture->incidents);
    lee_warnings_view_free(picture->warnings);
    lee_sightings_view_free(picture->sightings);
    lee_free(picture);
}

void lee_picture_listen(lee_picture *picture, lee_change_sink *sink, void *context)
{
    assert(picture);
    picture->listener = sink;
    picture->listener_context = context;
}

void lee_picture_set_reader(lee_picture *picture, lee_picture_read_events *reader, void *context)
{
    assert(picture);
    picture->reader = reader;
    picture->reader_context = context;
}

/* --- the newest events ----------------------------------------------------------------------- */

static uint64_t oldest(const lee_picture *picture)
{
    const uint32_t max = picture->options.events_max;
    return picture->kept > max ? picture->kept - max : 0;
}

static const kept_event *kept_at(const lee_picture *picture, uint64_t position)
{
    return &picture->ring[position % picture->options.events_max];
}

/* The position of the first kept event with a seq above `after`; `kept` when there is none. */
static uint64_t position_after(const lee_picture *picture, uint64_t after)
{
    uint64_t low = oldest(picture);
    uint64_t high = picture->kept;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (kept_at(picture, middle)->seq <= after) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint64_t lee_picture_next_seq(const lee_picture *picture, uint64_t after, bool *gap)
{
    assert(picture && gap);
    const uint64_t position = position_after(picture, after);
    /* Everything before the oldest kept is out of the ring; if the one asked for is older than it,
     * there may be some between. */
    *gap = position == oldest(picture) && position > 0 && position < picture->kept &&
           after + 1 < kept_at(picture, position)->seq;
    return position < picture->kept ? kept_at(picture, position)->seq : 0;
}

/* --- applying -------------------------------------------------------------------------------- */

static void tell(lee_picture *picture, lee_change change)
{
    if (picture->listener) {
        picture->listener(picture->listener_context, &change);
    }
}

static lee_error event_apply(lee_picture *picture, const lee_record *record)
{
    lee_bytes in;
    lee_event event;
    char zone_id[129];
    lee_bytes_init(&in, record->bytes, record->length);
    lee_error error = lee_event_decode(&in, &event, zone_id);
    if (error != LEE_OK) {
        return error;
    }
    if (event.seq <= picture->counters.last_seq) {
        return LEE_ERR_DOMAIN; /* it would break the order that clients resume by */
    }
    uint8_t *const copy = lee_alloc(record->length, 1);
    if (!copy) {
        return LEE_ERR_NO_MEMORY;
    }
    memcpy(copy, record->bytes, record->length);
    kept_event *const slot = &picture->ring[picture->kept % picture->options.events_max];
    lee_free(slot->bytes);
    *slot = (kept_event){event.seq, event.incident, copy, record->length};
    picture->kept++;
    picture->counters.last_seq = event.seq;
    const char *const kind = picture->zones ? lee_zones_view_kind(picture->zones, zone_id) : NULL;
    /* With the table of incidents full the event itself is still told. */
    error = lee_incidents_view_event(picture->incidents, &event, kind);
    tell(picture,
         (lee_change){.kind = LEE_CHANGE_EVENT, .seq = event.seq, .incident = event.incident});
    return error;
}

static lee_error inhibition_add(lee_picture *picture, const lee_operation *operation)
{
    /* Those that are over make room; the watch bounds those that are not. */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < picture->inhibition_count; i++) {
        if (picture->inhibitions[i].t_us + picture->inhibitions[i].for_s * 1000000 >
            operation->t_us) {
            picture->inhibitions[kept++] = picture->inhibitions[i];
        }
    }
    picture->inhibition_count = kept;
    if (kept == LEE_INHIBITIONS_MAX) {
        return LEE_ERR_LIMIT;
    }
    picture->inhibitions[picture->inhibition_count++] = *operation;
    return LEE_OK;
}

static lee_error inhibition_end(lee_picture *picture, const char *id)
{
    for (uint32_t i = 0; i < picture->inhibition_count; i++) {
        if (strcmp(picture->inhibitions[i].id, id) == 0) {
            picture->inhibitions[i] = picture->inhibitions[--picture->inhibition_count];
            return LEE_OK;
        }
    }
    return LEE_ERR_NOT_FOUND;
}

static lee_error operator_apply(lee_picture *picture, const char *text, size_t length)
{
    lee_operation operation;
    lee_error_info why;
    lee_error error = lee_operation_read(text, length, &operation, &why);
    if (error != LEE_OK) {
        return error;
    }
    switch (operation.op) {
    case LEE_OP_ACKNOWLEDGE:
        error = lee_incidents_view_acknowledge(picture->incidents, &operation);
        if (error == LEE_OK) {
            tell(picture,
                 (lee_change){.kind = LEE_CHANGE_INCIDENT, .incident = operation.incident});
        }
        return error;
    case LEE_OP_INHIBIT:
        return inhibition_add(picture, &operation);
    case LEE_OP_END_INHIBITION:
        return inhibition_end(picture, operation.id);
    case LEE_OP_PERMIT:
    case LEE_OP_PERMIT_STEP:
    case LEE_OP_QNH:
    case LEE_OP_COUNT:
        break;
    }
    return LEE_OK;
}

static lee_error zones_apply(lee_picture *picture, const lee_record *record)
{
    lee_input_text input;
    if (!lee_input_text_decode(record->bytes, record->length, &input)) {
        return LEE_ERR_TRUNCATED;
    }
    lee_zones_view *view = NULL;
    const lee_error error =
        lee_zones_view_create((const char *)input.text, input.length, input.generation, &view);
    if (error != LEE_OK) {
        return error;
    }
    lee_zones_view_free(picture->zones);
    picture->zones = view;
    picture->counters.zone_generation = lee_zones_view_generation(view);
    picture->counters.zones = lee_zones_view_count(view);
    tell(picture, (lee_change){.kind = LEE_CHANGE_ZONES});
    return LEE_OK;
}

static lee_error note_apply(lee_picture *picture, const lee_record *record)
{
    const char *const text = (const char *)record->bytes;
    lee_change change = {.kind = LEE_CHANGE_WARNING};
    lee_error error = LEE_OK;
    if (record->kind == LEE_RECORD_WARNING) {
        error = lee_warnings_view_add(picture->warnings, text, record->length, &change.number);
    } else if (record->kind == LEE_RECORD_DELIVERY) {
        error = lee_warnings_view_deliver(picture->warnings, text, record->length, &change.number);
    } else {
        change.kind = LEE_CHANGE_SIGHTING;
        error = lee_sightings_view_add(picture->sightings, text, record->length, &change.number);
    }
    if (error == LEE_OK) {
        tell(picture, change);
    }
    return error;
}

static lee_error record_apply(lee_picture *picture, const lee_record *record)
{
    const char *const text = (const char *)record->bytes;
    switch (record->kind) {
    case LEE_RECORD_EVENT:
        return event_apply(picture, record);
    case LEE_RECORD_OPERATOR:
        return operator_apply(picture, text, record->length);
    case LEE_RECORD_ZONES:
        return zones_apply(picture, record);
    case LEE_RECORD_WARNING:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_SIGHTING:
        return note_apply(picture, record);
    case LEE_RECORD_SESSION:
        picture->inhibition_count = 0; /* what still holds is said again */
        break;
    case LEE_RECORD_PERMITS:
    case LEE_RECORD_PLACES:
    case LEE_RECORD_FRAME:
    case LEE_RECORD_TICK:
    case LEE_RECORD_HEARTBEAT:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
    case LEE_RECORD_ATTESTED:
    case LEE_RECORD_KEY:
    case LEE_RECORD_PRUNE:
    case LEE_RECORD_REMOTE_OPERATOR: /* is for nobody's eyes */
        break;
    }
    return LEE_OK;
}

lee_error lee_picture_apply(lee_picture *picture, const lee_record *record)
{
    assert(picture && record);
    assert(record->bytes || record->length == 0);

    if (record->length == 0) {
        return LEE_OK;
    }
    const lee_error error = record_apply(picture, record);
    picture->counters.records++;
    picture->counters.refused += error != LEE_OK ? 1 : 0;
    return error;
}

/* --- writing --------------------------------------------------------------------------------- */

static void event_write(lee_picture *picture, const lee_event *event, lee_json *json)
{
    lee_buffer_reset(&picture->scratch);
    lee_event_write_json(event, &picture->scratch);
    if (picture->scratch.error == LEE_OK) {
        lee_json_raw(json, (const char *)picture->scratch.bytes, picture->scratch.length);
    } else {
        lee_json_null(json);
    }
}

static void kept_write(lee_picture *picture, const kept_event *kept, lee_json *json)
{
    lee_bytes in;
    lee_event event;
    char zone_id[129];
    lee_bytes_init(&in, kept->bytes, kept->length);
    const lee_error error = lee_event_decode(&in, &event, zone_id);
    assert(error == LEE_OK); /* it was decoded once when it was kept */
    (void)error;
    event_write(picture, &event, json);
}

typedef struct {
    lee_picture *picture;
    lee_json *json;
    bool one_incident;
    uint64_t incident;
    uint32_t count;
} older;

static void older_write(void *context, const lee_event *event)
{
    older *const into = context;
    if (!into->one_incident || event->incident == into->incident) {
        event_write(into->picture, event, into->json);
    }
    into->count++;
}

void lee_picture_read_older(lee_picture *picture, uint64_t after, uint32_t limit,
                            lee_event_sink *sink, void *context)
{
    assert(picture && sink);
    bool gap = false;
    const uint64_t before = lee_picture_next_seq(picture, after, &gap);
    if (gap && picture->reader && limit > 0) {
        picture->reader(picture->reader_context, after, before, limit, sink, context);
    }
}

void lee_picture_write_events(lee_picture *picture, uint64_t after, uint32_t limit, lee_json *json)
{
    assert(picture && json);
    lee_json_array(json);
    older into = {.picture = picture, .json = json};
    lee_picture_read_older(picture, after, limit, older_write, &into);
    uint64_t position = position_after(picture, after);
    for (uint32_t i = into.count; i < limit && position < picture->kept; i++) {
        kept_write(picture, kept_at(picture, position++), json);
    }
    lee_json_array_end(json);
}

bool lee_picture_write_event_members(lee_picture *picture, uint64_t seq, lee_json *json)
{
    assert(picture && json && seq > 0);
    const uint64_t position = position_after(picture, seq - 1);
    if (position >= picture->kept || kept_at(picture, position)->seq != seq) {
        return false;
    }
    const kept_event *const kept = kept_at(picture, position);
    lee_json_key(json, "event");
    kept_write(picture, kept, json);
    uint64_t first = 0;
    uint64_t last = 0;
    if (lee_incidents_view_span(picture->incidents, kept->incident, &first, &last)) {
        lee_json_key(json, "incident");
        (void)lee_incidents_view_write(picture->incidents, kept->incident, false, json);
    }
    return true;
}

void lee_picture_write_incidents(lee_picture *picture, bool all, lee_json *json)
{
    assert(picture);
    lee_incidents_view_write_all(picture->incidents, all, json);
}

bool lee_picture_write_incident(lee_picture *picture, uint64_t incident, bool full, lee_json *json)
{
    assert(picture && json);
    uint64_t first = 0;
    uint64_t last = 0;
    if (!lee_incidents_view_span(picture->incidents, incident, &first, &last)) {
        return false;
    }
    (void)lee_incidents_view_write(picture->incidents, incident, full, json);
    if (!full) {
        return true;
    }
    lee_json_key(json, "events");
    lee_json_array(json);
    older into = {.picture = picture, .json = json, .one_incident = true, .incident = incident};
    lee_picture_read_older(picture, first - 1, 100000, older_write, &into);
    for (uint64_t i = position_after(picture, first - 1); i < picture->kept; i++) {
        const kept_event *const kept = kept_at(picture, i);
        if (kept->seq > last) {
            break;
        }
        if (kept->incident == incident) {
            kept_write(picture, kept, json);
        }
    }
    lee_json_array_end(json);
    lee_json_key(json, "warnings");
    lee_warnings_view_write_all(picture->warnings, &incident, json);
    lee_json_object_end(json);
    return true;
}

void lee_picture_write_warnings(lee_picture *picture, const uint64_t *incident, lee_json *json)
{
    assert(picture);
    lee_warnings_view_write_all(picture->warnings, incident, json);
}

bool lee_picture_write_warning(lee_picture *picture, uint64_t number, lee_json *json)
{
    assert(picture);
    return lee_warnings_view_write(picture->warnings, number, json);
}

void lee_picture_write_inhibitions(const lee_picture *picture, int64_t t_us, lee_json *json)
{
    assert(picture && json);
    lee_json_array(json);
    for (uint32_t i = 0; i < picture->inhibition_count; i++) {
        const lee_operation *const one = &picture->inhibitions[i];
        const int64_t to_us = one->t_us + one->for_s * 1000000;
        if (to_us <= t_us) {
            continue;
        }
        lee_json_object(json);
        lee_json_put_text(json, "id", one->id);
        if (one->zone[0] != '\0') {
            lee_json_put_text(json, "zone", one->zone);
        }
        if (one->target.text[0] != '\0') {
            lee_json_put_text(json, "target", one->target.text);
        }
        lee_json_put_text(json, "by", one->by);
        if (one->note[0] != '\0') {
            lee_json_put_text(json, "note", one->note);
        }
        lee_json_put_int(json, "from_us", one->t_us);
        lee_json_put_int(json, "to_us", to_us);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

void lee_picture_write_sightings(lee_picture *picture, bool exact, lee_json *json)
{
    assert(picture);
    lee_sightings_view_write_all(picture->sightings, exact, json);
}

bool lee_picture_write_sighting(lee_picture *picture, uint64_t number, bool exact, lee_json *json)
{
    assert(picture);
    return lee_sightings_view_write(picture->sightings, number, exact, json);
}

void lee_picture_write_zones(lee_picture *picture, int64_t t_us, lee_buffer *out)
{
    assert(picture && out);
    if (picture->zones) {
        lee_zones_view_write(picture->zones, t_us, out);
    } else {
        lee_buffer_text(out, "{\"type\":\"FeatureCollection\",\"generation\":0,\"features\":[]}");
    }
}

uint64_t lee_picture_zones_stamp(const lee_picture *picture, int64_t t_us)
{
    assert(picture);
    return picture->zones ? lee_zones_view_stamp(picture->zones, t_us) : 0;
}

void lee_picture_count(const lee_picture *picture, lee_picture_counters *out)
{
    assert(picture && out);
    *out = picture->counters;
    out->incidents_open = lee_incidents_view_open(picture->incidents);
    out->warnings = lee_warnings_view_count(picture->warnings);
}

/* --- saving and loading ---------------------------------------------------------------------- */

void lee_picture_state(lee_state *state, lee_picture *picture)
{
    assert(state && picture);
    lee_state_section(state, "picture");
    lee_state_same(state, &picture->options.events_max, sizeof picture->options.events_max);
    lee_incidents_view_state(state, picture->incidents);
    lee_warnings_view_state(state, picture->warnings);
    lee_sightings_view_state(state, picture->sightings);
    lee_state_plain(state, &picture->counters, sizeof picture->counters);
    lee_state_plain(state, &picture->kept, sizeof picture->kept);
    for (uint64_t i = oldest(picture); i < picture->kept && state->error == LEE_OK; i++) {
        kept_event *const each = &picture->ring[i % picture->options.events_max];
        lee_state_plain(state, &each->seq, sizeof each->seq);
        lee_state_plain(state, &each->incident, sizeof each->incident);
        lee_state_block(state, &each->bytes, &each->length, LEE_JOURNAL_RECORD_MAX_BYTES);
    }
}
