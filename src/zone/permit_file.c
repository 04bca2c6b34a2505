#include "zone/permit_file.h"

#include <assert.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time_text.h"
#include "leeward/target.h"
#include "zone/limit_json.h"

#define ARENA_LIMIT_BYTES ((size_t)1 << 30)
#define ID_MAX_BYTES 47u /* an event has room for this much */
#define ROUTE_POINTS_MAX 1000u

struct lee_permit_file {
    lee_arena *arena;
    lee_permit *permits;
    uint32_t capacity;
    lee_permit_list list;
};

typedef struct {
    lee_permit_file *file;
    const char *file_name;
    lee_permit_finding_sink *sink;
    void *context;
    uint32_t line;
    uint32_t refused;
    lee_error error;
    const char *id;
    lee_map *ids; /* of the permits taken */
} reader;

static bool refuse(reader *on, lee_error code, const char *field, const char *reason)
{
    if (on->sink) {
        const lee_permit_finding finding = {.file = on->file_name,
                                            .line = on->line,
                                            .permit = on->id,
                                            .field = field,
                                            .code = code,
                                            .reason = reason};
        on->sink(on->context, &finding);
    }
    return false;
}

static const char *keep(reader *on, const char *text, size_t length)
{
    const char *copy = lee_arena_text(on->file->arena, text, length);
    on->error = copy ? on->error : LEE_ERR_NO_MEMORY;
    return copy;
}

static bool read_id(reader *on, const json_t *value, lee_permit *permit)
{
    if (!json_is_string(value)) {
        return refuse(on, LEE_ERR_MISSING, "id", "a permit needs an id");
    }
    on->id = json_string_value(value);
    if (json_string_length(value) > ID_MAX_BYTES ||
        !lee_text_is_printable(on->id, json_string_length(value))) {
        return refuse(on, LEE_ERR_DOMAIN, "id",
                      "it is empty, longer than 47 bytes or has control characters");
    }
    char key[ID_MAX_BYTES + 1] = {0};
    memcpy(key, on->id, json_string_length(value));
    if (lee_map_get(on->ids, key) != LEE_MAP_NONE) {
        return refuse(on, LEE_ERR_DUPLICATE, "id", "an earlier line has the same id");
    }
    permit->id = keep(on, on->id, json_string_length(value));
    return permit->id != NULL;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool read_target(reader *on, const json_t *value, lee_permit *permit)
{
    const char *text = json_string_value(value);
    lee_target target;
    if (!text) {
        return refuse(on, LEE_ERR_MISSING, "target", "a permit needs a target");
    }
    const size_t length = json_string_length(value);
    bool ok = false;
    const char *const star = strchr(text, '*');
    const bool star_ends = !star || star[1] == '\0';
    if (starts_with(text, "callsign:")) {
        permit->match = LEE_PERMIT_CALLSIGN;
        ok = length > 9 && length < 9 + 17 && star_ends;
    } else if (starts_with(text, "registration:")) {
        permit->match = LEE_PERMIT_REGISTRATION;
        ok = length > 13 && length < 13 + 17 && star_ends;
    } else if (starts_with(text, "squawk:")) {
        permit->match = LEE_PERMIT_SQUAWK;
        ok = length == 11 && strspn(text + 7, "01234567") == 4;
    } else if (starts_with(text, "class:")) {
        permit->match = LEE_PERMIT_CLASS;
        ok = length == 8 && text[6] >= 'A' && text[6] <= 'D' && text[7] >= '0' && text[7] <= '7';
    } else {
        permit->match = star ? LEE_PERMIT_PREFIX : LEE_PERMIT_TARGET;
        ok = lee_target_parse(text, length, &target) && star_ends;
    }
    if (!ok) {
        return refuse(
            on, LEE_ERR_DOMAIN, "target",
            "it is no target, callsign:, registration:, squawk: or class: as a permit may name");
    }
    permit->target = keep(on, text, length);
    return permit->target != NULL;
}

static bool read_zones(reader *on, const json_t *value, lee_permit *permit)
{
    const size_t count = json_is_string(value) ? 1 : json_array_size(value);
    if (count == 0 || count > LEE_ZONES_MAX) {
        return refuse(on, LEE_ERR_MISSING, "zones", "a permit needs a list of zones, or *");
    }
    const char **zones = lee_arena_alloc(on->file->arena, count, sizeof *zones);
    if (!zones) {
        on->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_string(value) ? value : json_array_get(value, i);
        const size_t length = json_string_length(item);
        if (!json_is_string(item) || length == 0 || length > LEE_ZONE_ID_MAX_BYTES) {
            return refuse(on, LEE_ERR_DOMAIN, "zones", "it is not a list of zone ids");
        }
        zones[i] = keep(on, json_string_value(item), length);
        if (!zones[i]) {
            return false;
        }
        if (strcmp(zones[i], "*") == 0 && count > 1) {
            return refuse(on, LEE_ERR_DOMAIN, "zones", "* stands alone");
        }
    }
    permit->zones = zones;
    permit->zone_count = (uint32_t)count;
    return true;
}

static bool read_time(reader *on, const json_t *line, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(line, key);
    if (!value || (json_is_string(value) &&
                   lee_time_parse(json_string_value(value), json_string_length(value), out))) {
        return true;
    }
    return refuse(on, LEE_ERR_DOMAIN, key, "it is not an instant with its offset");
}

static bool read_limit(reader *on, const json_t *line, const char *key, lee_alt_limit *out)
{
    const json_t *value = json_object_get(line, key);
    const char *fault = value ? lee_limit_from_json(value, out) : NULL;
    return fault ? refuse(on, LEE_ERR_DOMAIN, key, fault) : true;
}

static bool read_window(reader *on, const json_t *line, lee_permit *permit)
{
    permit->from_us = INT64_MIN;
    permit->to_us = INT64_MAX;
    permit->floor = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    permit->ceiling = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    if (!read_time(on, line, "from", &permit->from_us) ||
        !read_time(on, line, "to", &permit->to_us) ||
        !read_limit(on, line, "floor", &permit->floor) ||
        !read_limit(on, line, "ceiling", &permit->ceiling)) {
        return false;
    }
    if (permit->from_us >= permit->to_us) {
        return refuse(on, LEE_ERR_DOMAIN, "to", "it ends before it begins");
    }
    const lee_alt_limit *floor = &permit->floor;
    const lee_alt_limit *ceiling = &permit->ceiling;
    const bool both = floor->kind == LEE_LIMIT_VALUE && ceiling->kind == LEE_LIMIT_VALUE;
    if (floor->kind == LEE_LIMIT_UNL || ceiling->kind == LEE_LIMIT_SFC ||
        (both && floor->alt.ref == ceiling->alt.ref && floor->alt.ft >= ceiling->alt.ft)) {
        return refuse(on, LEE_ERR_DOMAIN, "ceiling", "it is not above the floor");
    }
    return true;
}

static bool read_number(reader *on, const json_t *in, const char *key, int64_t min, int64_t max,
                        int32_t *out)
{
    const json_t *value = json_object_get(in, key);
    if (!value) {
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max) {
        return refuse(on, LEE_ERR_DOMAIN, key, "it is not a whole number in its range");
    }
    *out = (int32_t)json_integer_value(value);
    return true;
}

static bool read_conditions(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *conditions = json_object_get(line, "conditions");
    if (!conditions) {
        return true;
    }
    char *text = json_dumps(conditions, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!text) {
        on->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    permit->conditions = keep(on, text, strlen(text));
    json_free_t release = NULL;
    json_get_alloc_funcs(NULL, &release);
    release(text);
    if (!json_is_object(conditions)) {
        return on->error == LEE_OK; /* words for people */
    }
    const json_t *stay = json_object_get(conditions, "stay_within");
    static const char *const known[] = {"no_stop_s", "no_rendezvous_s", "report_every_s", "note",
                                        "text",      "stay_within"};
    size_t found = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        found += json_object_get(conditions, known[i]) != NULL;
    }
    if (found != json_object_size(conditions) || (stay && !json_is_boolean(stay))) {
        return refuse(on, LEE_ERR_DOMAIN, "conditions", "it has one that is not known");
    }
    permit->asks.stay = json_is_true(stay);
    return read_number(on, conditions, "no_stop_s", 1, 86400, &permit->asks.stop_s) &&
           read_number(on, conditions, "no_rendezvous_s", 1, 86400, &permit->asks.meet_s) &&
           read_number(on, conditions, "report_every_s", 1, 86400, &permit->asks.report_s) &&
           on->error == LEE_OK;
}

static bool read_track(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *track = json_object_get(line, "track");
    if (!track) {
        return true;
    }
    if (json_object_size(track) != 2 || !json_object_get(track, "from_deg") ||
        !json_object_get(track, "to_deg")) {
        return refuse(on, LEE_ERR_DOMAIN, "track", "it needs from_deg and to_deg");
    }
    permit->has_track = true;
    return read_number(on, track, "from_deg", 0, 359, &permit->track_from_deg) &&
           read_number(on, track, "to_deg", 0, 359, &permit->track_to_deg);
}

static bool read_degrees(const json_t *value, double limit, int32_t *out)
{
    const double degrees = json_number_value(value);
    if (!json_is_number(value) || !(degrees >= -limit && degrees <= limit)) {
        return false;
    }
    const double e7 = degrees * 1e7;
    *out = (int32_t)(e7 + (e7 < 0 ? -0.5 : 0.5));
    return true;
}

/* As a ring that goes there and back, so that its distance is that of the line. */
static bool read_route(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *route = json_object_get(line, "route");
    if (!route) {
        return true;
    }
    const json_t *points = json_object_get(route, "points");
    const size_t count = json_array_size(points);
    if (json_object_size(route) != 2 || !json_object_get(route, "half_width_m") || count < 2 ||
        count > ROUTE_POINTS_MAX) {
        return refuse(on, LEE_ERR_DOMAIN, "route", "it needs 2 to 1000 points and half_width_m");
    }
    const size_t all = count * 2 - 2;
    lee_point *const ring = lee_arena_alloc(on->file->arena, all, sizeof *ring);
    lee_ring *const rings = lee_arena_alloc(on->file->arena, 1, sizeof *rings);
    if (!ring || !rings) {
        on->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *const at = json_array_get(points, i);
        if (json_array_size(at) != 2 ||
            !read_degrees(json_array_get(at, 0), 180.0, &ring[i].lon_e7) ||
            !read_degrees(json_array_get(at, 1), 90.0, &ring[i].lat_e7)) {
            return refuse(on, LEE_ERR_DOMAIN, "route", "a point is not [longitude, latitude]");
        }
    }
    for (size_t i = count; i < all; i++) {
        ring[i] = ring[all - i];
    }
    rings[0] = (lee_ring){ring, (uint32_t)all};
    permit->route = (lee_area){rings, 1};
    return read_number(on, route, "half_width_m", 1, 1000000, &permit->route_half_width_m);
}

static const char *const state_names[] = {
#define STATE_NAME(name, text) text,
    LEE_PERMIT_STATE_LIST(STATE_NAME)
#undef STATE_NAME
};

bool lee_permit_state_parse(const char *text, lee_permit_state *out)
{
    for (int i = 0; i < LEE_PERMIT_STATE_COUNT; i++) {
        if (strcmp(state_names[i], text) == 0) {
            *out = (lee_permit_state)i;
            return true;
        }
    }
    return false;
}

static bool read_step(reader *on, const json_t *value, lee_permit_step *out)
{
    const json_t *by = json_object_get(value, "by");
    const json_t *note = json_object_get(value, "note");
    const char *state = json_string_value(json_object_get(value, "state"));
    if (!state || !lee_permit_state_parse(state, &out->state)) {
        return refuse(on, LEE_ERR_DOMAIN, "steps",
                      "a state is none of requested, acknowledged, granted, refused, revoked");
    }
    if (!json_is_string(by) || json_string_length(by) == 0) {
        return refuse(on, LEE_ERR_MISSING, "steps", "a step needs the party that says it: by");
    }
    if (!json_object_get(value, "at") || (note && !json_is_string(note)) ||
        json_object_size(value) != (note ? 4u : 3u)) {
        return refuse(on, LEE_ERR_DOMAIN, "steps", "a step has state, by, at, and perhaps a note");
    }
    out->by = keep(on, json_string_value(by), json_string_length(by));
    out->note = note ? keep(on, json_string_value(note), json_string_length(note)) : NULL;
    return read_time(on, value, "at", &out->at_us) && on->error == LEE_OK;
}

static bool read_steps(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *steps = json_object_get(line, "steps");
    const size_t count = json_array_size(steps);
    if (!steps) {
        return true;
    }
    if (count == 0 || count > LEE_PERMIT_STEPS_MAX) {
        return refuse(on, LEE_ERR_DOMAIN, "steps", "it is not a list of 1 to 64 steps");
    }
    lee_permit_step *const all = lee_arena_alloc(on->file->arena, count, sizeof *all);
    if (!all) {
        on->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_step(on, json_array_get(steps, i), &all[i])) {
            return false;
        }
        if (i > 0 && all[i].at_us < all[i - 1].at_us) {
            return refuse(on, LEE_ERR_DOMAIN, "steps", "they are not in the order of their times");
        }
    }
    permit->steps = all;
    permit->step_count = (uint32_t)count;
    return true;
}

static bool read_needs(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *needs = json_object_get(line, "needs");
    const size_t count = json_array_size(needs);
    if (!needs) {
        return true;
    }
    const char **const all = lee_arena_alloc(on->file->arena, count + 1, sizeof *all);
    if (!all) {
        on->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *const party = json_array_get(needs, i);
        if (!json_is_string(party) || count > LEE_PERMIT_STEPS_MAX) {
            return refuse(on, LEE_ERR_DOMAIN, "needs", "it is not a list of up to 64 parties");
        }
        all[i] = keep(on, json_string_value(party), json_string_length(party));
    }
    if (count == 0) {
        return refuse(on, LEE_ERR_DOMAIN, "needs", "it is not a list of parties");
    }
    permit->needs = all;
    permit->need_count = (uint32_t)count;
    return on->error == LEE_OK;
}

static bool read_duty(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *duty = json_object_get(line, "duty");
    const json_t *after = json_object_get(line, "absent_after_s");
    if (duty) {
        const char *const word = json_string_value(duty);
        permit->duty = !word                             ? LEE_DUTY_NONE
                       : strcmp(word, "remain") == 0     ? LEE_DUTY_REMAIN
                       : strcmp(word, "be_present") == 0 ? LEE_DUTY_PRESENT
                                                         : LEE_DUTY_NONE;
        if (permit->duty == LEE_DUTY_NONE) {
            return refuse(on, LEE_ERR_DOMAIN, "duty", "it is not one of remain, be_present");
        }
    } else if (after) {
        return refuse(on, LEE_ERR_DOMAIN, "absent_after_s", "there is no duty");
    }
    if ((duty || permit->asks.stay) && strcmp(permit->zones[0], "*") == 0) {
        return refuse(on, LEE_ERR_DOMAIN, "zones", "a duty names its zones one by one");
    }
    return read_number(on, line, "absent_after_s", 0, 86400, &permit->absent_after_s);
}

static bool read_rest(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *granted_by = json_object_get(line, "granted_by");
    if (granted_by && !json_is_string(granted_by)) {
        return refuse(on, LEE_ERR_DOMAIN, "granted_by", "it is not a text");
    }
    if (granted_by) {
        permit->granted_by =
            keep(on, json_string_value(granted_by), json_string_length(granted_by));
    }
    return on->error == LEE_OK && read_conditions(on, line, permit) &&
           read_track(on, line, permit) && read_route(on, line, permit) &&
           read_steps(on, line, permit) && read_needs(on, line, permit) &&
           read_duty(on, line, permit);
}

/* A permit lets somebody in: a key that is not known may be a condition that would be lost. */
static bool check_keys(reader *on, const json_t *line)
{
    static const char *const known[] = {
        "id",         "target", "zones", "from",  "to",    "floor", "ceiling",       "granted_by",
        "conditions", "track",  "route", "steps", "needs", "duty",  "absent_after_s"};
    size_t found = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        found += json_object_get(line, known[i]) != NULL;
    }
    return found == json_object_size(line) ||
           refuse(on, LEE_ERR_DOMAIN, NULL, "it has a key that is not known");
}

static bool grow(lee_permit_file *file)
{
    if (file->list.count < file->capacity) {
        return true;
    }
    const uint32_t capacity = file->capacity ? file->capacity * 2 : 16;
    lee_permit *permits = lee_realloc(file->permits, capacity, sizeof *permits);
    if (!permits) {
        return false;
    }
    file->permits = permits;
    file->list.permits = permits;
    file->capacity = capacity;
    return true;
}

static void read_line(reader *on, const char *text, size_t length)
{
    json_error_t fault;
    lee_permit permit = {0};
    on->id = NULL;
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    bool ok = false;
    if (!json_is_object(line)) {
        (void)refuse(on, LEE_ERR_SYNTAX, NULL, "the line is not a JSON object");
    } else if (read_id(on, json_object_get(line, "id"), &permit) &&
               read_target(on, json_object_get(line, "target"), &permit) &&
               read_zones(on, json_object_get(line, "zones"), &permit) &&
               read_window(on, line, &permit) && read_rest(on, line, &permit) &&
               check_keys(on, line)) {
        ok = true;
    }
    if (ok && on->file->list.count >= LEE_PERMITS_MAX) {
        on->error = LEE_ERR_LIMIT;
    } else if (ok && !grow(on->file)) {
        on->error = LEE_ERR_NO_MEMORY;
    } else if (ok) {
        char key[ID_MAX_BYTES + 1] = {0};
        memcpy(key, permit.id, strlen(permit.id));
        const bool put = lee_map_put(on->ids, key, on->file->list.count);
        assert(put);
        (void)put;
        on->file->permits[on->file->list.count++] = permit;
    }
    on->refused += !ok;
    json_decref(line);
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') {
            return false;
        }
    }
    return true;
}

/* As many ids as the table may have to hold. */
static uint32_t line_count(const char *text, size_t length)
{
    uint32_t count = 1;
    for (size_t i = 0; i < length && count < LEE_PERMITS_MAX; i++) {
        count += text[i] == '\n';
    }
    return count;
}

lee_error lee_permit_file_read(const char *file_name, const char *text, size_t length,
                               lee_permit_finding_sink *sink, void *context, uint32_t *refused,
                               lee_permit_file **out)
{
    assert(file_name && out && refused);
    assert(text || length == 0);

    lee_permit_file *file = lee_alloc(1, sizeof *file);
    if (!file) {
        return LEE_ERR_NO_MEMORY;
    }
    file->arena = lee_arena_create(ARENA_LIMIT_BYTES);
    reader on = {.file = file, .file_name = file_name, .sink = sink, .context = context};
    on.ids = lee_map_create(line_count(text, length), ID_MAX_BYTES + 1);
    on.error = file->arena && on.ids ? LEE_OK : LEE_ERR_NO_MEMORY;
    for (size_t at = 0; at < length && on.error == LEE_OK;) {
        const char *end = memchr(text + at, '\n', length - at);
        const size_t count = end ? (size_t)(end - text) - at : length - at;
        on.line++;
        if (!is_blank(text + at, count)) {
            read_line(&on, text + at, count);
        }
        at += count + 1;
    }
    lee_map_free(on.ids);
    if (on.error != LEE_OK) {
        lee_permit_file_free(file);
        return on.error;
    }
    *refused = on.refused;
    *out = file;
    return LEE_OK;
}

void lee_permit_file_free(lee_permit_file *file)
{
    if (!file) {
        return;
    }
    lee_arena_free(file->arena);
    lee_free(file->permits);
    lee_free(file);
}

const lee_permit_list *lee_permit_file_list(const lee_permit_file *file)
{
    assert(file);
    return &file->list;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_route(const lee_permit *permit, lee_json *json)
{
    if (permit->route.count == 0) {
        return;
    }
    const lee_ring *const ring = &permit->route.rings[0];
    lee_json_key(json, "route");
    lee_json_object(json);
    lee_json_key(json, "points");
    lee_json_array(json);
    for (uint32_t i = 0; i < ring->count / 2 + 1; i++) {
        lee_json_array(json);
        lee_json_fixed(json, ring->points[i].lon_e7, 7);
        lee_json_fixed(json, ring->points[i].lat_e7, 7);
        lee_json_array_end(json);
    }
    lee_json_array_end(json);
    lee_json_put_int(json, "half_width_m", permit->route_half_width_m);
    lee_json_object_end(json);
}

static void write_steps(const lee_permit *permit, lee_json *json)
{
    if (permit->step_count == 0) {
        return;
    }
    lee_json_key(json, "steps");
    lee_json_array(json);
    for (uint32_t i = 0; i < permit->step_count; i++) {
        const lee_permit_step *const step = &permit->steps[i];
        lee_json_object(json);
        lee_json_put_text(json, "state", state_names[step->state]);
        lee_json_put_text(json, "by", step->by);
        lee_limit_write_time("at", step->at_us, json);
        if (step->note) {
            lee_json_put_text(json, "note", step->note);
        }
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

static void write_rest(const lee_permit *permit, lee_json *json)
{
    if (permit->granted_by) {
        lee_json_put_text(json, "granted_by", permit->granted_by);
    }
    if (permit->conditions) {
        lee_json_key(json, "conditions");
        lee_json_raw(json, permit->conditions, strlen(permit->conditions));
    }
    if (permit->has_track) {
        lee_json_key(json, "track");
        lee_json_object(json);
        lee_json_put_int(json, "from_deg", permit->track_from_deg);
        lee_json_put_int(json, "to_deg", permit->track_to_deg);
        lee_json_object_end(json);
    }
    write_route(permit, json);
    write_steps(permit, json);
    if (permit->need_count > 0) {
        lee_json_key(json, "needs");
        lee_json_array(json);
        for (uint32_t i = 0; i < permit->need_count; i++) {
            lee_json_text(json, permit->needs[i]);
        }
        lee_json_array_end(json);
    }
    if (permit->duty != LEE_DUTY_NONE) {
        lee_json_put_text(json, "duty", permit->duty == LEE_DUTY_REMAIN ? "remain" : "be_present");
        lee_json_put_int(json, "absent_after_s", permit->absent_after_s);
    }
}

void lee_permit_write_one(const lee_permit *permit, lee_buffer *out)
{
    assert(permit && out);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "id", permit->id);
    lee_json_put_text(&json, "target", permit->target);
    lee_json_key(&json, "zones");
    lee_json_array(&json);
    for (uint32_t z = 0; z < permit->zone_count; z++) {
        lee_json_text(&json, permit->zones[z]);
    }
    lee_json_array_end(&json);
    lee_limit_write_time("from", permit->from_us, &json);
    lee_limit_write_time("to", permit->to_us, &json);
    lee_limit_write("floor", &permit->floor, &json);
    lee_limit_write("ceiling", &permit->ceiling, &json);
    write_rest(permit, &json);
    lee_json_object_end(&json);
}

void lee_permit_write(const lee_permit_list *list, const char *between, lee_buffer *out)
{
    assert(list && between && out);
    for (uint32_t i = 0; i < list->count; i++) {
        lee_buffer_text(out, i > 0 ? between : "");
        lee_permit_write_one(&list->permits[i], out);
    }
    if (between[0] == '\n' && list->count > 0) {
        lee_buffer_text(out, between);
    }
}
