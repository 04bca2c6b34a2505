#include "serve/sightings_view.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "decode/sighting.h"

/* One sighting as SIGHTING_IN allows it is shorter than this by far. */
#define TEXT_MAX_BYTES 4096

typedef struct {
    uint64_t id;
    lee_sighting what;
} entry;

struct lee_sightings_view {
    entry *ring;
    uint32_t capacity;
    uint64_t next;
};

lee_sightings_view *lee_sightings_view_create(uint32_t capacity)
{
    assert(capacity > 0);
    lee_sightings_view *const view = lee_alloc(1, sizeof *view);
    if (view) {
        view->capacity = capacity;
        view->ring = lee_alloc(capacity, sizeof *view->ring);
        if (!view->ring) {
            lee_free(view);
            return NULL;
        }
    }
    return view;
}

void lee_sightings_view_free(lee_sightings_view *view)
{
    if (view) {
        lee_free(view->ring);
        lee_free(view);
    }
}

lee_error lee_sightings_view_add(lee_sightings_view *view, const char *text, size_t length,
                                 uint64_t *number)
{
    assert(view && text && number);
    entry fresh;
    lee_error_info why;
    const lee_error error = lee_sighting_read_record(text, length, &fresh.id, &fresh.what, &why);
    if (error == LEE_OK) {
        *number = view->next++;
        view->ring[*number % view->capacity] = fresh;
    }
    return error;
}

static void entry_write(const entry *each, bool exact, lee_json *json)
{
    lee_buffer text;
    lee_buffer_init(&text, TEXT_MAX_BYTES);
    if (exact) {
        lee_sighting_write_exact(&each->what, each->id, &text);
    } else {
        lee_sighting_write_public(&each->what, each->id, &text);
    }
    if (text.error == LEE_OK) {
        lee_json_raw(json, (const char *)text.bytes, text.length);
    } else {
        json->out->error = text.error;
    }
    lee_buffer_free(&text);
}

static uint64_t oldest(const lee_sightings_view *view)
{
    return view->next > view->capacity ? view->next - view->capacity : 0;
}

bool lee_sightings_view_write(const lee_sightings_view *view, uint64_t number, bool exact,
                              lee_json *json)
{
    assert(view && json);
    if (number < oldest(view) || number >= view->next) {
        return false;
    }
    entry_write(&view->ring[number % view->capacity], exact, json);
    return true;
}

void lee_sightings_view_write_all(const lee_sightings_view *view, bool exact, lee_json *json)
{
    assert(view && json);
    lee_json_array(json);
    for (uint64_t i = view->next; i > oldest(view); i--) {
        entry_write(&view->ring[(i - 1) % view->capacity], exact, json);
    }
    lee_json_array_end(json);
}

void lee_sightings_view_state(lee_state *state, lee_sightings_view *view)
{
    assert(state && view);
    lee_state_section(state, "sightings");
    lee_state_same(state, &view->capacity, sizeof view->capacity);
    lee_state_plain(state, &view->next, sizeof view->next);
    const uint64_t kept = view->next - oldest(view);
    lee_state_plain(state, view->ring, (size_t)kept * sizeof *view->ring);
}
