#include "leeward/zone_import.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "zone/gather.h"
#include "zone/readers.h"

#define ARENA_LIMIT_BYTES ((size_t)8 * 1024 * 1024 * 1024)

void lee_zone_import_options_default(lee_zone_import_options *out)
{
    assert(out);
    *out = (lee_zone_import_options){
        .from_us = INT64_C(1420070400000000),
        .to_us = INT64_C(2082758400000000),
    };
}

lee_error lee_zone_import_create(const lee_zone_import_options *options, lee_zone_import **out)
{
    assert(out);

    lee_zone_import *import = lee_alloc(1, sizeof *import);
    if (!import) {
        return LEE_ERR_NO_MEMORY;
    }
    if (options) {
        import->options = *options;
    } else {
        lee_zone_import_options_default(&import->options);
    }
    assert(import->options.from_us <= import->options.to_us);
    lee_buffer_init(&import->reason, 4096);
    lee_buffer_init(&import->label, 512);
    import->arena = lee_arena_create(ARENA_LIMIT_BYTES);
    import->shape = lee_shape_create();
    if (!import->arena || !import->shape) {
        lee_zone_import_free(import);
        return LEE_ERR_NO_MEMORY;
    }
    *out = import;
    return LEE_OK;
}

void lee_zone_import_free(lee_zone_import *import)
{
    if (!import) {
        return;
    }
    lee_arena_free(import->arena);
    lee_shape_free(import->shape);
    lee_buffer_free(&import->reason);
    lee_buffer_free(&import->label);
    lee_free(import->zones);
    lee_free(import->slots);
    lee_free(import);
}

const lee_zone_list *lee_zone_import_list(const lee_zone_import *import)
{
    assert(import);
    return &import->list;
}

void lee_zone_import_count(const lee_zone_import *import, lee_zone_import_counters *out)
{
    assert(import && out);
    *out = import->counters;
    assert(out->blocks == out->read + out->refused);
}

static lee_error refuse_file(lee_zone_import *import, lee_error error, uint32_t line,
                             const char *reason, const char *detail)
{
    import->line = line;
    lee_gather_refuse(import, error, NULL, reason, detail);
    return error;
}

static bool is_ed269(const json_t *root)
{
    if (json_is_array(json_object_get(root, "UASZoneList"))) {
        return true;
    }
    const json_t *first = json_array_get(json_object_get(root, "features"), 0);
    return json_is_array(json_object_get(first, "geometry"));
}

static bool is_ed318(const json_t *root)
{
    const json_t *first = json_array_get(json_object_get(root, "features"), 0);
    const json_t *properties = json_object_get(first, "properties");
    return json_object_get(properties, "zoneAuthority") && json_object_get(properties, "variant");
}

static lee_error read_root(lee_zone_import *import, const json_t *root, const char *text,
                           size_t length)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    lee_json_lines lines;
    const bool has_list = json_is_array(json_object_get(root, "UASZoneList"));
    lee_json_lines_init(&lines, text, length, has_list ? "UASZoneList" : "features");
    if (type && strcmp(type, "Topology") == 0) {
        return refuse_file(import, LEE_ERR_UNSUPPORTED, 1, "TopoJSON is not a zone file", NULL);
    }
    if (is_ed269(root)) {
        lee_read_ed269(import, root, &lines);
        return import->error;
    }
    if (is_ed318(root)) {
        const bool header_ok = lee_read_ed318(import, root, &lines);
        return header_ok ? import->error : LEE_ERR_DOMAIN;
    }
    if (type && (strcmp(type, "FeatureCollection") == 0 || strcmp(type, "Feature") == 0)) {
        if (strcmp(type, "FeatureCollection") == 0 &&
            !json_is_array(json_object_get(root, "features"))) {
            return refuse_file(import, LEE_ERR_SYNTAX, 1, "the collection has no features", NULL);
        }
        lee_read_geojson(import, root, &lines);
        return import->error;
    }
    return refuse_file(import, LEE_ERR_SYNTAX, 1, "the JSON is neither GeoJSON, ED-269 nor ED-318",
                       NULL);
}

static lee_error read_json(lee_zone_import *import, const char *text, size_t length)
{
    json_error_t fault;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    if (!root) {
        const lee_error error = json_error_code(&fault) == json_error_out_of_memory
                                    ? LEE_ERR_NO_MEMORY
                                    : LEE_ERR_SYNTAX;
        const uint32_t line = fault.line > 0 ? (uint32_t)fault.line : 0;
        return refuse_file(import, error, line, "it is not JSON", fault.text);
    }
    const lee_error error = read_root(import, root, text, length);
    json_decref(root);
    return error;
}

/* A line that begins with a word of OpenAir; looked for in the first thousands of bytes that are
 * not comment, and in the whole text when it is all comment. */
static bool looks_like_openair(const char *text, size_t length)
{
    static const char *const words[] = {"AC", "AN", "AL", "AH", "AY", "DP", "DC", "SP", "AI"};
    bool at_start = true;
    for (size_t i = 0; i + 2 < length; i++) {
        const char c = text[i];
        if (c == '\n' || c == '\r') {
            at_start = true;
        } else if (at_start && c != ' ' && c != '\t') {
            at_start = false;
            for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
                if (memcmp(text + i, words[w], 2) == 0 &&
                    (text[i + 2] == ' ' || text[i + 2] == '\t')) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool is_comment_only(const char *text, size_t length)
{
    bool any = false;
    bool at_start = true;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            at_start = true;
        } else if (at_start && text[i] != ' ' && text[i] != '\t') {
            if (text[i] != '*') {
                return false;
            }
            any = true;
            at_start = false;
        }
    }
    return any;
}

static lee_error read_text(lee_zone_import *import, const char *text, size_t length)
{
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        length -= 3;
    }
    size_t first = 0;
    while (first < length && (text[first] == ' ' || text[first] == '\t' || text[first] == '\r' ||
                              text[first] == '\n')) {
        first++;
    }
    if (first == length) {
        return refuse_file(import, LEE_ERR_SYNTAX, 0, "the file is empty", NULL);
    }
    if (text[first] == '{' || text[first] == '[') {
        return read_json(import, text, length);
    }
    if (text[first] == '<') {
        return refuse_file(import, LEE_ERR_UNSUPPORTED, 1,
                           "XML is not read: neither KML nor AIXM is a zone file here", NULL);
    }
    if (looks_like_openair(text, length) || is_comment_only(text, length)) {
        lee_read_openair(import, text, length);
        return import->error;
    }
    return refuse_file(import, LEE_ERR_SYNTAX, 1,
                       "it is neither GeoJSON, OpenAir, ED-269 nor ED-318", NULL);
}

lee_error lee_zone_import_text(lee_zone_import *import, const char *file_name, const char *text,
                               size_t length)
{
    assert(import && file_name);
    assert(text || length == 0);
    assert(!import->within_zone);

    import->file = file_name;
    import->line = 0;
    import->told_once = 0;
    import->error = LEE_OK;
    lee_error error = LEE_ERR_LIMIT;
    if (length > LEE_ZONE_FILE_MAX_BYTES) {
        refuse_file(import, error, 0, "the file is larger than the limit", NULL);
    } else {
        error = read_text(import, text, length);
    }
    import->file = NULL;
    return error;
}
