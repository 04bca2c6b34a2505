#include "serve/incidents_view.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/map.h"
#include "record/codec.h"
#include "serve/field.h"

/* Members of a group that are named; all are counted. */
#define MEMBERS_MAX 64

typedef enum { PREDICTED, ENTERED, LEFT, LOST, ENDED } incident_state;

typedef struct {
    uint64_t id;
    uint64_t first_seq;
    uint64_t last_seq;
    lee_event last; /* each optional field as last said; its `zone` is not used */
    char zone[LEE_ZONE_ID_MAX_BYTES + 1];
    char zone_kind[16];
    incident_state state;
    int64_t started_us;
    int64_t entry_at_us; /* these four: INT64_MIN where not known */
    int64_t entered_us;
    int64_t left_us;
    int64_t ended_us;
    bool acknowledged;
    int64_t acknowledged_us;
    int64_t acknowledged_until_us; /* INT64_MIN: until it changes */
    uint32_t member_count;         /* of the group that it is the first of, without it */
    uint64_t members[MEMBERS_MAX];
    char by[64];
    char note[512];
} incident;

struct lee_incidents_view {
    lee_map *map;     /* id to slot */
    incident **slots; /* NULL: free; taken from the system when first needed */
    uint32_t *free_slots;
    uint32_t free_count;
    uint32_t capacity;
    uint32_t open_max;
    uint32_t open_count;
    uint32_t *ended; /* ring of slots, oldest first */
    uint32_t ended_max;
    uint32_t ended_first;
    uint32_t ended_count;
    const incident **sorted; /* scratch of write_all */
};

lee_incidents_view *lee_incidents_view_create(uint32_t open_max, uint32_t ended_max)
{
    assert(open_max > 0 && ended_max > 0);
    lee_incidents_view *const view = lee_alloc(1, sizeof *view);
    if (!view) {
        return NULL;
    }
    view->open_max = open_max;
    view->ended_max = ended_max;
    view->capacity = open_max + ended_max;
    view->map = lee_map_create(view->capacity, sizeof(uint64_t));
    view->slots = lee_alloc(view->capacity, sizeof *view->slots);
    view->free_slots = lee_alloc(view->capacity, sizeof *view->free_slots);
    view->ended = lee_alloc(ended_max, sizeof *view->ended);
    view->sorted = lee_alloc(view->capacity, sizeof *view->sorted);
    if (!view->map || !view->slots || !view->free_slots || !view->ended || !view->sorted) {
        lee_incidents_view_free(view);
        return NULL;
    }
    for (uint32_t i = 0; i < view->capacity; i++) {
        view->free_slots[view->free_count++] = view->capacity - 1 - i;
    }
    return view;
}

void lee_incidents_view_free(lee_incidents_view *view)
{
    if (!view) {
        return;
    }
    for (uint32_t i = 0; view->slots && i < view->capacity; i++) {
        lee_free(view->slots[i]);
    }
    lee_map_free(view->map);
    lee_free(view->slots);
    lee_free(view->free_slots);
    lee_free(view->ended);
    lee_free(view->sorted);
    lee_free(view);
}

static incident *find(const lee_incidents_view *view, uint64_t id)
{
    const uint32_t slot = lee_map_get(view->map, &id);
    return slot == LEE_MAP_NONE ? NULL : view->slots[slot];
}

/* Its first event says whose group it joins. */
static void group_join(lee_incidents_view *view, uint64_t id, const lee_event *event)
{
    char text[17] = "";
    uint64_t group = 0;
    memcpy(text, event->group, 16);
    if ((event->present & LEE_EVENT_HAS_GROUP) == 0 || !lee_field_incident(text, &group)) {
        return;
    }
    incident *const first = find(view, group);
    if (first && first->member_count++ < MEMBERS_MAX) {
        first->members[first->member_count - 1] = id;
    }
}

static void members_write(const incident *each, lee_json *json)
{
    if (each->member_count == 0) {
        return;
    }
    lee_json_put_int(json, "member_count", each->member_count);
    lee_json_key(json, "members");
    lee_json_array(json);
    for (uint32_t i = 0; i < each->member_count && i < MEMBERS_MAX; i++) {
        char id[17];
        lee_incident_text(each->members[i], id);
        lee_json_text(json, id);
    }
    lee_json_array_end(json);
}

/* --- folding --------------------------------------------------------------------------------- */

static lee_error incident_add(lee_incidents_view *view, const lee_event *event,
                              const char *zone_kind, incident **out)
{
    if (view->open_count == view->open_max) {
        return LEE_ERR_LIMIT;
    }
    assert(view->free_count > 0);
    incident *const fresh = lee_alloc(1, sizeof *fresh);
    if (!fresh) {
        return LEE_ERR_NO_MEMORY;
    }
    fresh->id = event->incident;
    fresh->first_seq = event->seq;
    fresh->last.target = event->target;
    fresh->started_us = event->t_us;
    fresh->entry_at_us = INT64_MIN;
    fresh->entered_us = INT64_MIN;
    fresh->left_us = INT64_MIN;
    fresh->ended_us = INT64_MIN;
    (void)snprintf(fresh->zone, sizeof fresh->zone, "%s", event->zone ? event->zone : "");
    (void)snprintf(fresh->zone_kind, sizeof fresh->zone_kind, "%s", zone_kind ? zone_kind : "");
    const uint32_t slot = view->free_slots[--view->free_count];
    view->slots[slot] = fresh;
    const bool put = lee_map_put(view->map, &fresh->id, slot);
    assert(put);
    (void)put;
    view->open_count++;
    group_join(view, fresh->id, event);
    *out = fresh;
    return LEE_OK;
}

static void oldest_ended_drop(lee_incidents_view *view)
{
    const uint32_t slot = view->ended[view->ended_first];
    view->ended_first = (view->ended_first + 1) % view->ended_max;
    view->ended_count--;
    incident *const gone = view->slots[slot];
    (void)lee_map_remove(view->map, &gone->id);
    lee_free(gone);
    view->slots[slot] = NULL;
    view->free_slots[view->free_count++] = slot;
}

static void incident_end(lee_incidents_view *view, incident *each)
{
    if (view->ended_count == view->ended_max) {
        oldest_ended_drop(view);
    }
    const uint32_t last = (view->ended_first + view->ended_count) % view->ended_max;
    view->ended[last] = lee_map_get(view->map, &each->id);
    view->ended_count++;
    view->open_count--;
}

/* Takes over every optional field that the event says, and keeps the others as they were. */
static void fields_take(incident *each, const lee_event *event)
{
    lee_event *const last = &each->last;
    const bool was_entered = each->state != PREDICTED;
#define TAKE(bit, type, member, key, kind, argument)                                               \
    if (event->present & LEE_EVENT_HAS_##bit) {                                                    \
        last->member = event->member;                                                              \
    }
    LEE_EVENT_FIELDS(TAKE)
#undef TAKE
#define TAKE(bit, member, key, bytes)                                                              \
    if (event->present & LEE_EVENT_HAS_##bit) {                                                    \
        memcpy(last->member, event->member, sizeof last->member);                                  \
    }
    LEE_EVENT_TEXTS(TAKE)
#undef TAKE
    last->present |= event->present;
    if ((event->present & LEE_EVENT_HAS_ATTENTION) == 0) {
        last->present &= ~(uint32_t)LEE_EVENT_HAS_ATTENTION; /* it asks for attention again */
    }
    if (!was_entered && (event->present & LEE_EVENT_HAS_TIME_TO_ENTRY)) {
        each->entry_at_us = event->t_us + (int64_t)event->time_to_entry_s_e3 * 1000;
    }
}

static void state_step(lee_incidents_view *view, incident *each, const lee_event *event)
{
    const int64_t crossed_us =
        (event->present & LEE_EVENT_HAS_CROSSED_AT) ? event->crossed_at_us : event->t_us;
    switch (event->kind) {
    case LEE_EVENT_ENTERED:
    case LEE_EVENT_PRESENT:
        each->state = ENTERED;
        each->entered_us = event->t_us;
        break;
    case LEE_EVENT_CROSSED:
        each->state = LEFT;
        each->entered_us = crossed_us;
        each->left_us = event->t_us;
        break;
    case LEE_EVENT_LEFT:
        each->state = LEFT;
        each->left_us = event->t_us;
        break;
    case LEE_EVENT_LOST:
        each->state = LOST;
        break;
    case LEE_EVENT_ENDED:
        if (each->state != ENDED) {
            each->state = ENDED;
            each->ended_us = event->t_us;
            incident_end(view, each);
        }
        break;
    case LEE_EVENT_PREDICTED: /* the state that an incident begins in */
    case LEE_EVENT_UPDATED:
    case LEE_EVENT_VERDICT:
    case LEE_EVENT_KIND_COUNT:
        break;
    }
}

lee_error lee_incidents_view_event(lee_incidents_view *view, const lee_event *event,
                                   const char *zone_kind)
{
    assert(view && event);

    incident *each = find(view, event->incident);
    if (!each) {
        const lee_error error = incident_add(view, event, zone_kind, &each);
        if (error != LEE_OK) {
            return error;
        }
    }
    each->last_seq = event->seq;
    each->last.t_us = event->t_us;
    if (each->state == LOST && event->kind == LEE_EVENT_UPDATED) {
        each->state = each->entered_us != INT64_MIN ? ENTERED : PREDICTED; /* heard again */
    }
    fields_take(each, event);
    state_step(view, each, event);
    return LEE_OK;
}

lee_error lee_incidents_view_acknowledge(lee_incidents_view *view, const lee_operation *operation)
{
    assert(view && operation);
    incident *const each = find(view, operation->incident);
    if (!each) {
        return LEE_ERR_NOT_FOUND;
    }
    each->acknowledged = true;
    each->acknowledged_us = operation->t_us;
    each->acknowledged_until_us =
        operation->has_for ? operation->t_us + operation->for_s * 1000000 : INT64_MIN;
    memcpy(each->by, operation->by, sizeof each->by);
    memcpy(each->note, operation->note, sizeof each->note);
    return LEE_OK;
}

/* --- writing --------------------------------------------------------------------------------- */

static const char *state_name(incident_state state)
{
    static const char *const names[] = {"predicted", "entered", "left", "lost", "ended"};
    return names[state];
}

static void time_write(lee_json *json, const char *key, int64_t t_us)
{
    if (t_us != INT64_MIN) {
        lee_json_put_int(json, key, t_us);
    }
}

static void place_write(const incident *each, lee_json *json)
{
    const lee_event *const last = &each->last;
    if (last->present & LEE_EVENT_HAS_LAT) {
        lee_json_put_fixed(json, "lat", last->lat_e7, 7);
        lee_json_put_fixed(json, "lon", last->lon_e7, 7);
    }
    if (last->present & LEE_EVENT_HAS_ALT) {
        lee_json_put_int(json, "alt_ft", last->alt_ft);
        if (last->present & LEE_EVENT_HAS_ALT_REF) {
            lee_json_put_text(json, "alt_ref", lee_alt_ref_name((lee_alt_ref)last->alt_ref));
        }
    }
    if (last->present & LEE_EVENT_HAS_ENTRY_LAT) {
        lee_json_put_fixed(json, "entry_lat", last->entry_lat_e7, 7);
        lee_json_put_fixed(json, "entry_lon", last->entry_lon_e7, 7);
    }
    if (last->present & LEE_EVENT_HAS_DEPTH) {
        lee_json_put_int(json, "depth_m", last->depth_m);
    }
    if (last->present & LEE_EVENT_HAS_P_INSIDE) {
        lee_json_put_fixed(json, "p_inside", last->p_inside_e3, 3);
    }
}

static void times_write(const incident *each, lee_json *json)
{
    lee_json_put_int(json, "started_us", each->started_us);
    lee_json_put_int(json, "updated_us", each->last.t_us);
    time_write(json, "entry_at_us", each->entry_at_us);
    time_write(json, "entered_us", each->entered_us);
    if (each->last.present & LEE_EVENT_HAS_CROSSED_AT) {
        lee_json_put_int(json, "crossed_at_us", each->last.crossed_at_us);
    }
    time_write(json, "left_us", each->left_us);
    time_write(json, "ended_us", each->ended_us);
}

static void incident_write(const incident *each, bool leave_open, lee_json *json)
{
    const lee_event *const last = &each->last;
    char id[17];
    lee_incident_text(each->id, id);
    lee_json_object(json);
    lee_json_put_text(json, "incident", id);
    lee_json_put_text(json, "zone", each->zone);
    if (each->zone_kind[0] != '\0') {
        lee_json_put_text(json, "zone_kind", each->zone_kind);
    }
    lee_field_put_text(json, "target", last->target.text, sizeof last->target.text);
    if (last->present & LEE_EVENT_HAS_CALLSIGN) {
        lee_field_put_text(json, "callsign", last->callsign, sizeof last->callsign);
    }
    lee_json_put_text(json, "state", state_name(each->state));
    if (last->present & LEE_EVENT_HAS_SEVERITY) {
        lee_json_put_text(json, "severity", lee_severity_name((lee_severity)last->severity));
    }
    times_write(each, json);
    if (last->present & LEE_EVENT_HAS_REASON) {
        lee_field_put_text(json, "reason", last->reason, sizeof last->reason);
    }
    if (last->present & LEE_EVENT_HAS_PERMIT) {
        lee_field_put_text(json, "permit", last->permit, sizeof last->permit);
    }
    if (last->present & LEE_EVENT_HAS_SEVERITY_REASONS) {
        lee_field_put_text(json, "severity_reasons", last->severity_reasons,
                           sizeof last->severity_reasons);
    }
    if (last->present & LEE_EVENT_HAS_GROUP) {
        lee_field_put_text(json, "group", last->group, sizeof last->group);
    }
    if (last->present & LEE_EVENT_HAS_ATTENTION) {
        lee_field_put_text(json, "attention", last->attention, sizeof last->attention);
    }
    members_write(each, json);
    place_write(each, json);
    lee_json_key(json, "first_seq");
    lee_json_uint(json, each->first_seq);
    lee_json_key(json, "last_seq");
    lee_json_uint(json, each->last_seq);
    if (each->acknowledged) {
        lee_json_key(json, "acknowledged");
        lee_json_object(json);
        lee_json_put_text(json, "by", each->by);
        lee_json_put_int(json, "t_us", each->acknowledged_us);
        time_write(json, "until_us", each->acknowledged_until_us);
        if (each->note[0] != '\0') {
            lee_json_put_text(json, "note", each->note);
        }
        lee_json_object_end(json);
    }
    if (!leave_open) {
        lee_json_object_end(json);
    }
}

bool lee_incidents_view_write(const lee_incidents_view *view, uint64_t id, bool leave_open,
                              lee_json *json)
{
    assert(view && json);
    const incident *const each = find(view, id);
    if (each) {
        incident_write(each, leave_open, json);
    }
    return each != NULL;
}

static int incident_compare(const void *a, const void *b)
{
    const incident *const left = *(const incident *const *)a;
    const incident *const right = *(const incident *const *)b;
    if (left->last.severity != right->last.severity) {
        return left->last.severity > right->last.severity ? -1 : 1;
    }
    if (left->started_us != right->started_us) {
        return left->started_us > right->started_us ? -1 : 1;
    }
    return left->first_seq > right->first_seq ? -1 : left->first_seq < right->first_seq;
}

void lee_incidents_view_write_all(lee_incidents_view *view, bool all, lee_json *json)
{
    assert(view && json);
    size_t count = 0;
    for (uint32_t i = 0; i < view->capacity; i++) {
        const incident *const each = view->slots[i];
        if (each && (all || each->state != ENDED)) {
            view->sorted[count++] = each;
        }
    }
    qsort(view->sorted, count, sizeof *view->sorted, incident_compare);
    lee_json_array(json);
    for (size_t i = 0; i < count; i++) {
        incident_write(view->sorted[i], false, json);
    }
    lee_json_array_end(json);
}

bool lee_incidents_view_span(const lee_incidents_view *view, uint64_t id, uint64_t *first_seq,
                             uint64_t *last_seq)
{
    assert(view && first_seq && last_seq);
    const incident *const each = find(view, id);
    if (each) {
        *first_seq = each->first_seq;
        *last_seq = each->last_seq;
    }
    return each != NULL;
}

uint32_t lee_incidents_view_open(const lee_incidents_view *view)
{
    assert(view);
    return view->open_count;
}

/* --- saving and loading ---------------------------------------------------------------------- */

static void incident_load(lee_state *state, lee_incidents_view *view, uint32_t slot)
{
    lee_state_require(state, slot < view->capacity && !view->slots[slot]);
    incident *const each = state->error == LEE_OK ? lee_alloc(1, sizeof *each) : NULL;
    if (!each) {
        lee_state_require(state, false);
        return;
    }
    view->slots[slot] = each;
    lee_state_plain(state, each, sizeof *each);
    each->last.zone = NULL; /* the one pointer in it; `zone` beside it is what is shown */
    lee_state_require(state, lee_map_put(view->map, &each->id, slot));
}

/* Which free slot is taken next decides nothing: what is shown is sorted. */
static void free_slots_list(lee_incidents_view *view)
{
    view->free_count = 0;
    for (uint32_t i = view->capacity; i-- > 0;) {
        if (!view->slots[i]) {
            view->free_slots[view->free_count++] = i;
        }
    }
}

void lee_incidents_view_state(lee_state *state, lee_incidents_view *view)
{
    assert(state && view);
    lee_state_section(state, "incidents");
    lee_state_same(state, &view->capacity, sizeof view->capacity);
    lee_state_same(state, &view->ended_max, sizeof view->ended_max);
    lee_state_count(state, &view->open_count, view->open_max);
    lee_state_count(state, &view->ended_count, view->ended_max);
    lee_state_count(state, &view->ended_first, view->ended_max - 1);
    lee_state_plain(state, view->ended, view->ended_max * sizeof *view->ended);
    const uint32_t count = view->open_count + view->ended_count;
    uint32_t slot = 0;
    for (uint32_t i = 0; i < count && state->error == LEE_OK; i++, slot++) {
        if (!lee_state_is_loading(state)) {
            while (!view->slots[slot]) {
                slot++;
            }
        }
        lee_state_plain(state, &slot, sizeof slot);
        if (lee_state_is_loading(state)) {
            incident_load(state, view, slot);
        } else {
            lee_state_plain(state, view->slots[slot], sizeof **view->slots);
        }
    }
    if (lee_state_is_loading(state)) {
        free_slots_list(view);
    }
}
