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
#include "zone/names.h"

#define ARENA_LIMIT_BYTES ((size_t)1 << 30)
#define ID_MAX_BYTES 47u /* an event has room for this much */

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
    if (starts_with(text, "callsign:")) {
        permit->match = LEE_PERMIT_CALLSIGN;
        const char *star = strchr(text, '*');
        ok = length > 9 && length < 9 + 17 && (!star || star[1] == '\0');
    } else if (starts_with(text, "squawk:")) {
        permit->match = LEE_PERMIT_SQUAWK;
        ok = length == 11 && strspn(text + 7, "01234567") == 4;
    } else if (starts_with(text, "class:")) {
        permit->match = LEE_PERMIT_CLASS;
        ok = length == 8 && text[6] >= 'A' && text[6] <= 'D' && text[7] >= '0' && text[7] <= '7';
    } else {
        permit->match = LEE_PERMIT_TARGET;
        ok = lee_target_parse(text, length, &target);
    }
    if (!ok) {
        return refuse(on, LEE_ERR_DOMAIN, "target",
                      "it is no target, callsign:, squawk: or class: as a permit may name");
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

static bool read_rest(reader *on, const json_t *line, lee_permit *permit)
{
    const json_t *granted_by = json_object_get(line, "granted_by");
    const json_t *conditions = json_object_get(line, "conditions");
    if (granted_by && !json_is_string(granted_by)) {
        return refuse(on, LEE_ERR_DOMAIN, "granted_by", "it is not a text");
    }
    if (granted_by) {
        permit->granted_by =
            keep(on, json_string_value(granted_by), json_string_length(granted_by));
    }
    if (conditions) {
        char *text = json_dumps(conditions, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        if (!text) {
            on->error = LEE_ERR_NO_MEMORY;
            return false;
        }
        permit->conditions = keep(on, text, strlen(text));
        json_free_t release = NULL;
        json_get_alloc_funcs(NULL, &release);
        release(text);
    }
    return on->error == LEE_OK;
}

/* A permit lets somebody in: a key that is not known may be a condition that would be lost. */
static bool check_keys(reader *on, const json_t *line)
{
    static const char *const known[] = {"id",    "target",  "zones",      "from",      "to",
                                        "floor", "ceiling", "granted_by", "conditions"};
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

static void write_limit(const char *key, const lee_alt_limit *limit, lee_json *json)
{
    lee_json_key(json, key);
    if (limit->kind != LEE_LIMIT_VALUE) {
        lee_json_text(json, limit->kind == LEE_LIMIT_SFC ? "SFC" : "UNL");
        return;
    }
    lee_json_object(json);
    lee_json_put_int(json, "value", limit->alt.ft);
    lee_json_put_text(json, "unit", "ft");
    lee_json_put_text(json, "ref", lee_zone_ref_name(limit->alt.ref));
    lee_json_object_end(json);
}

static void write_time(const char *key, int64_t t_us, lee_json *json)
{
    char text[LEE_TIME_TEXT_BYTES];
    if (t_us != INT64_MIN && t_us != INT64_MAX) {
        lee_json_key(json, key);
        lee_json_text_n(json, text, lee_time_format(t_us, text));
    }
}

void lee_permit_write(const lee_permit_list *list, lee_buffer *out)
{
    assert(list && out);
    for (uint32_t i = 0; i < list->count; i++) {
        const lee_permit *permit = &list->permits[i];
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
        write_time("from", permit->from_us, &json);
        write_time("to", permit->to_us, &json);
        write_limit("floor", &permit->floor, &json);
        write_limit("ceiling", &permit->ceiling, &json);
        if (permit->granted_by) {
            lee_json_put_text(&json, "granted_by", permit->granted_by);
        }
        if (permit->conditions) {
            lee_json_key(&json, "conditions");
            lee_json_raw(&json, permit->conditions, strlen(permit->conditions));
        }
        lee_json_object_end(&json);
        lee_buffer_char(out, '\n');
    }
}
