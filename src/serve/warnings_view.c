#include "serve/warnings_view.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "serve/field.h"

typedef struct {
    char outlet[64];
    char state[16];
    char reason[96];
    bool has_t;
    int64_t t_us;
    int64_t attempts; /* 0: not said */
} delivery;

typedef struct {
    char identifier[192];
    bool has_incident;
    uint64_t incident;
    char *text; /* the record as it came */
    size_t length;
    uint32_t delivery_count;
    delivery deliveries[LEE_WARNING_DELIVERIES_MAX];
} warning;

struct lee_warnings_view {
    warning *ring;
    uint32_t capacity;
    uint64_t next; /* number of the next; those of the ring are the `capacity` before */
};

/* What docs/api.md names, in its order. Other members of the record stay in the journal. */
static const char *const shown[] = {"identifier", "msg_type", "status",    "sent_us",
                                    "expires_us", "incident", "zone",      "target",
                                    "headline",   "places",   "references"};

lee_warnings_view *lee_warnings_view_create(uint32_t capacity)
{
    assert(capacity > 0);
    lee_warnings_view *const view = lee_alloc(1, sizeof *view);
    if (view) {
        view->ring = lee_alloc(capacity, sizeof *view->ring);
        view->capacity = capacity;
        if (!view->ring) {
            lee_free(view);
            return NULL;
        }
    }
    return view;
}

void lee_warnings_view_free(lee_warnings_view *view)
{
    if (view) {
        /* Those never used are not touched: their pages are not there. */
        for (uint64_t i = 0; i < view->next && i < view->capacity; i++) {
            lee_free(view->ring[i].text);
        }
        lee_free(view->ring);
        lee_free(view);
    }
}

static uint64_t oldest(const lee_warnings_view *view)
{
    return view->next > view->capacity ? view->next - view->capacity : 0;
}

static warning *find(const lee_warnings_view *view, const char *identifier, uint64_t *number)
{
    for (uint64_t i = view->next; i > oldest(view); i--) {
        warning *const each = &view->ring[(i - 1) % view->capacity];
        if (strcmp(each->identifier, identifier) == 0) {
            *number = i - 1;
            return each;
        }
    }
    return NULL;
}

lee_error lee_warnings_view_add(lee_warnings_view *view, const char *text, size_t length,
                                uint64_t *number)
{
    assert(view && text && number);

    char identifier[sizeof view->ring->identifier] = ""; /* its rest is saved too */
    if (!lee_field_is_object(text, length)) {
        return LEE_ERR_SYNTAX;
    }
    if (!lee_field_text(text, length, "identifier", identifier, sizeof identifier)) {
        return LEE_ERR_MISSING;
    }
    char *const copy = lee_copy_text(text, length);
    if (!copy) {
        return LEE_ERR_NO_MEMORY;
    }
    warning *slot = find(view, identifier, number);
    if (!slot) {
        *number = view->next++;
        slot = &view->ring[*number % view->capacity];
        lee_free(slot->text);
        *slot = (warning){.text = NULL};
        memcpy(slot->identifier, identifier, sizeof identifier);
    }
    lee_free(slot->text);
    slot->text = copy;
    slot->length = length;
    char incident[20];
    slot->has_incident = lee_field_text(text, length, "incident", incident, sizeof incident) &&
                         lee_field_incident(incident, &slot->incident);
    return LEE_OK;
}

lee_error lee_warnings_view_deliver(lee_warnings_view *view, const char *text, size_t length,
                                    uint64_t *number)
{
    assert(view && text && number);

    char identifier[sizeof view->ring->identifier];
    delivery fresh = {.outlet = ""};
    if (!lee_field_is_object(text, length)) {
        return LEE_ERR_SYNTAX;
    }
    if (!lee_field_text(text, length, "identifier", identifier, sizeof identifier) ||
        !lee_field_text(text, length, "outlet", fresh.outlet, sizeof fresh.outlet) ||
        !lee_field_text(text, length, "state", fresh.state, sizeof fresh.state)) {
        return LEE_ERR_MISSING;
    }
    (void)lee_field_text(text, length, "reason", fresh.reason, sizeof fresh.reason);
    fresh.has_t = lee_field_int(text, length, "t_us", &fresh.t_us);
    (void)lee_field_int(text, length, "attempts", &fresh.attempts);
    warning *const slot = find(view, identifier, number);
    if (!slot) {
        return LEE_ERR_NOT_FOUND;
    }
    uint32_t i = 0;
    while (i < slot->delivery_count && strcmp(slot->deliveries[i].outlet, fresh.outlet) != 0) {
        i++;
    }
    if (i == LEE_WARNING_DELIVERIES_MAX) {
        return LEE_ERR_LIMIT;
    }
    slot->deliveries[i] = fresh;
    if (i == slot->delivery_count) {
        slot->delivery_count++;
    }
    return LEE_OK;
}

static void warning_write(const warning *slot, lee_json *json)
{
    lee_json_object(json);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        lee_json_value value;
        if (lee_field_find(slot->text, slot->length, shown[i], &value)) {
            lee_json_key(json, shown[i]);
            /* The slice of a text lies between its quotes. */
            const size_t quote = value.type == LEE_JSON_TEXT ? 1 : 0;
            lee_json_raw(json, value.text - quote, value.length + 2 * quote);
        }
    }
    lee_json_key(json, "deliveries");
    lee_json_array(json);
    for (uint32_t i = 0; i < slot->delivery_count; i++) {
        const delivery *const each = &slot->deliveries[i];
        lee_json_object(json);
        lee_json_put_text(json, "outlet", each->outlet);
        lee_json_put_text(json, "state", each->state);
        if (each->has_t) {
            lee_json_put_int(json, "t_us", each->t_us);
        }
        if (each->attempts > 0) {
            lee_json_put_int(json, "attempts", each->attempts);
        }
        if (each->reason[0] != '\0') {
            lee_json_put_text(json, "reason", each->reason);
        }
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
    lee_json_object_end(json);
}

bool lee_warnings_view_write(const lee_warnings_view *view, uint64_t number, lee_json *json)
{
    assert(view && json);
    if (number < oldest(view) || number >= view->next) {
        return false;
    }
    warning_write(&view->ring[number % view->capacity], json);
    return true;
}

void lee_warnings_view_write_all(const lee_warnings_view *view, const uint64_t *incident,
                                 lee_json *json)
{
    assert(view && json);
    lee_json_array(json);
    for (uint64_t i = view->next; i > oldest(view); i--) {
        const warning *const each = &view->ring[(i - 1) % view->capacity];
        if (!incident || (each->has_incident && each->incident == *incident)) {
            warning_write(each, json);
        }
    }
    lee_json_array_end(json);
}

uint32_t lee_warnings_view_count(const lee_warnings_view *view)
{
    assert(view);
    return (uint32_t)(view->next - oldest(view));
}

void lee_warnings_view_state(lee_state *state, lee_warnings_view *view)
{
    assert(state && view);
    lee_state_section(state, "warnings");
    lee_state_same(state, &view->capacity, sizeof view->capacity);
    lee_state_plain(state, &view->next, sizeof view->next);
    for (uint64_t i = oldest(view); i < view->next && state->error == LEE_OK; i++) {
        warning *const each = &view->ring[i % view->capacity];
        lee_state_plain(state, each->identifier, sizeof each->identifier);
        lee_state_plain(state, &each->has_incident, sizeof each->has_incident);
        lee_state_plain(state, &each->incident, sizeof each->incident);
        uint8_t *text = (uint8_t *)each->text;
        lee_state_block(state, &text, &each->length, LEE_JOURNAL_RECORD_MAX_BYTES);
        each->text = (char *)text;
        lee_state_count(state, &each->delivery_count, LEE_WARNING_DELIVERIES_MAX);
        lee_state_plain(state, each->deliveries, each->delivery_count * sizeof *each->deliveries);
    }
}
