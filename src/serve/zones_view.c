#include "serve/zones_view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/time_text.h"
#include "leeward/zone.h"
#include "serve/field.h"

typedef struct {
    uint64_t id_hash;
    size_t insert_at; /* right after the brace of "properties" */
    uint32_t interval_first;
    uint32_t interval_count;
    int64_t look_ahead_s; /* so long before it begins it is pre-active; 0: never */
    bool always;
    bool empty; /* "properties" has no member, so that no comma may follow */
    char id[LEE_ZONE_ID_MAX_BYTES + 1];
    char kind[16];
} zone_view;

struct lee_zones_view {
    uint64_t generation;
    bool generation_told; /* the text says it itself */
    size_t root_at;       /* right after the outermost brace */
    char *text;
    size_t length;
    zone_view *zones; /* in the order of the file */
    uint32_t *by_hash;
    uint32_t count;
    uint32_t capacity;
    lee_interval *intervals;
    uint32_t interval_count;
    uint32_t interval_capacity;
};

/* --- reading --------------------------------------------------------------------------------- */

static lee_error interval_add(lee_zones_view *view, lee_interval interval)
{
    if (view->interval_count == view->interval_capacity) {
        const uint32_t capacity = view->interval_capacity ? view->interval_capacity * 2 : 64;
        if (capacity < view->interval_capacity) {
            return LEE_ERR_LIMIT;
        }
        lee_interval *const grown = lee_realloc(view->intervals, capacity, sizeof *grown);
        if (!grown) {
            return LEE_ERR_NO_MEMORY;
        }
        view->intervals = grown;
        view->interval_capacity = capacity;
    }
    view->intervals[view->interval_count++] = interval;
    return LEE_OK;
}

/* An instant as text; `otherwise` where it is absent. */
static bool instant_read(const lee_json_value *object, const char *key, int64_t otherwise,
                         int64_t *out)
{
    lee_json_value value;
    char text[64];
    *out = otherwise;
    if (!lee_field_find(object->text, object->length, key, &value)) {
        return true;
    }
    return lee_json_value_text(&value, text, sizeof text) &&
           lee_time_parse(text, strlen(text), out);
}

static lee_error intervals_read(lee_zones_view *view, const lee_json_value *active, zone_view *zone)
{
    lee_json_scan scan;
    lee_json_value each;
    lee_json_scan_init(&scan, active->text, active->length);
    if (!lee_json_scan_array(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    zone->interval_first = view->interval_count;
    while (lee_json_scan_element(&scan, &each)) {
        lee_interval interval;
        if (each.type != LEE_JSON_OBJECT ||
            !instant_read(&each, "from", INT64_MIN, &interval.from_us) ||
            !instant_read(&each, "to", INT64_MAX, &interval.to_us)) {
            return LEE_ERR_SYNTAX;
        }
        const lee_error error = interval_add(view, interval);
        if (error != LEE_OK) {
            return error;
        }
    }
    zone->interval_count = view->interval_count - zone->interval_first;
    return scan.error;
}

static lee_error properties_read(lee_zones_view *view, const lee_json_value *properties,
                                 zone_view *zone)
{
    zone->insert_at = (size_t)(properties->text - view->text) + 1;
    zone->empty = true;
    zone->always = true;
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, properties->text, properties->length);
    if (!lee_json_scan_object(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        zone->empty = false;
        if (lee_json_value_is(&key, "kind")) {
            (void)lee_json_value_text(&value, zone->kind, sizeof zone->kind);
        } else if (lee_json_value_is(&key, "watch") && value.type == LEE_JSON_OBJECT) {
            (void)lee_field_int(value.text, value.length, "look_ahead_s", &zone->look_ahead_s);
        } else if (lee_json_value_is(&key, "active") && value.type == LEE_JSON_ARRAY) {
            zone->always = false;
            const lee_error error = intervals_read(view, &value, zone);
            if (error != LEE_OK) {
                return error;
            }
        }
    }
    return scan.error;
}

static lee_error feature_read(lee_zones_view *view, const lee_json_value *feature)
{
    if (view->count == LEE_ZONES_MAX) {
        return LEE_ERR_LIMIT;
    }
    if (view->count == view->capacity) {
        const uint32_t capacity = view->capacity ? view->capacity * 2 : 64;
        zone_view *const grown = lee_realloc(view->zones, capacity, sizeof *grown);
        if (!grown) {
            return LEE_ERR_NO_MEMORY;
        }
        view->zones = grown;
        view->capacity = capacity;
    }
    lee_json_value properties;
    zone_view zone = {.always = true};
    if (feature->type != LEE_JSON_OBJECT ||
        !lee_field_text(feature->text, feature->length, "id", zone.id, sizeof zone.id) ||
        !lee_field_find(feature->text, feature->length, "properties", &properties)) {
        return LEE_ERR_MISSING;
    }
    zone.id_hash = lee_hash(zone.id, strlen(zone.id));
    const lee_error error = properties_read(view, &properties, &zone);
    if (error == LEE_OK) {
        view->zones[view->count++] = zone;
    }
    return error;
}

static lee_error collection_read(lee_zones_view *view)
{
    lee_json_value features;
    int64_t generation = 0;
    if (!lee_field_is_object(view->text, view->length)) {
        return LEE_ERR_SYNTAX;
    }
    view->root_at = (size_t)(strchr(view->text, '{') - view->text) + 1;
    if (lee_field_int(view->text, view->length, "generation", &generation) && generation >= 0) {
        view->generation = (uint64_t)generation;
        view->generation_told = true;
    }
    if (!lee_field_find(view->text, view->length, "features", &features)) {
        return LEE_ERR_MISSING;
    }
    lee_json_scan scan;
    lee_json_value feature;
    lee_json_scan_init(&scan, features.text, features.length);
    if (!lee_json_scan_array(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    while (lee_json_scan_element(&scan, &feature)) {
        const lee_error error = feature_read(view, &feature);
        if (error != LEE_OK) {
            return error;
        }
    }
    return scan.error;
}

/* --- finding a kind -------------------------------------------------------------------------- */

typedef struct {
    uint64_t hash;
    uint32_t index;
} hash_entry;

static int hash_compare(const void *a, const void *b)
{
    const hash_entry *const left = a;
    const hash_entry *const right = b;
    if (left->hash != right->hash) {
        return left->hash < right->hash ? -1 : 1;
    }
    return left->index < right->index ? -1 : left->index > right->index;
}

static lee_error hash_sort(lee_zones_view *view)
{
    hash_entry *const entries = lee_alloc(view->count + 1u, sizeof *entries);
    view->by_hash = lee_alloc(view->count + 1u, sizeof *view->by_hash);
    if (!entries || !view->by_hash) {
        lee_free(entries);
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < view->count; i++) {
        entries[i] = (hash_entry){view->zones[i].id_hash, i};
    }
    qsort(entries, view->count, sizeof *entries, hash_compare);
    for (uint32_t i = 0; i < view->count; i++) {
        view->by_hash[i] = entries[i].index;
    }
    lee_free(entries);
    return LEE_OK;
}

const char *lee_zones_view_kind(const lee_zones_view *view, const char *id)
{
    assert(view && id);
    const uint64_t hash = lee_hash(id, strlen(id));
    uint32_t low = 0;
    uint32_t high = view->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (view->zones[view->by_hash[middle]].id_hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < view->count; low++) {
        const zone_view *const zone = &view->zones[view->by_hash[low]];
        if (zone->id_hash != hash) {
            break;
        }
        if (strcmp(zone->id, id) == 0) {
            return zone->kind[0] != '\0' ? zone->kind : NULL;
        }
    }
    return NULL;
}

lee_error lee_zones_view_create(const char *text, size_t length, uint64_t next_generation,
                                lee_zones_view **out)
{
    assert(text && out);

    lee_zones_view *const view = lee_alloc(1, sizeof *view);
    if (!view) {
        return LEE_ERR_NO_MEMORY;
    }
    view->generation = next_generation;
    view->length = length;
    view->text = lee_copy_text(text, length);
    lee_error error = view->text ? collection_read(view) : LEE_ERR_NO_MEMORY;
    if (error == LEE_OK) {
        error = hash_sort(view);
    }
    if (error != LEE_OK) {
        lee_zones_view_free(view);
        return error;
    }
    *out = view;
    return LEE_OK;
}

void lee_zones_view_free(lee_zones_view *view)
{
    if (view) {
        lee_free(view->text);
        lee_free(view->zones);
        lee_free(view->by_hash);
        lee_free(view->intervals);
        lee_free(view);
    }
}

uint64_t lee_zones_view_generation(const lee_zones_view *view)
{
    assert(view);
    return view->generation;
}

uint32_t lee_zones_view_count(const lee_zones_view *view)
{
    assert(view);
    return view->count;
}

/* --- writing --------------------------------------------------------------------------------- */

static bool zone_active(const lee_zones_view *view, const zone_view *zone, int64_t t_us)
{
    for (uint32_t i = 0; i < zone->interval_count; i++) {
        const lee_interval *const interval = &view->intervals[zone->interval_first + i];
        if (t_us >= interval->from_us && t_us < interval->to_us) {
            return true;
        }
    }
    return zone->always;
}

/* When it begins, of one that is not active; INT64_MAX: never again. */
static int64_t zone_start(const lee_zones_view *view, const zone_view *zone, int64_t t_us)
{
    int64_t start_us = INT64_MAX;
    for (uint32_t i = 0; i < zone->interval_count; i++) {
        const int64_t from_us = view->intervals[zone->interval_first + i].from_us;
        start_us = from_us > t_us && from_us < start_us ? from_us : start_us;
    }
    return start_us;
}

/* As the watch has it: it will begin within the time that it looks ahead. */
static bool is_pre_active(const zone_view *zone, int64_t start_us, int64_t t_us)
{
    return start_us != INT64_MAX && zone->look_ahead_s > 0 &&
           (uint64_t)start_us - (uint64_t)t_us <=
               (uint64_t)zone->look_ahead_s * (uint64_t)LEE_US_PER_S;
}

static uint64_t zone_stage(const lee_zones_view *view, const zone_view *zone, int64_t t_us)
{
    if (zone_active(view, zone, t_us)) {
        return 2;
    }
    return is_pre_active(zone, zone_start(view, zone, t_us), t_us) ? 3 : 1;
}

uint64_t lee_zones_view_stamp(const lee_zones_view *view, int64_t t_us)
{
    assert(view);
    /* FNV-1a over the answers: an identifier for a cache, not a defence. */
    uint64_t stamp = UINT64_C(14695981039346656037) ^ view->generation;
    for (uint32_t i = 0; i < view->count; i++) {
        stamp = (stamp ^ zone_stage(view, &view->zones[i], t_us)) * UINT64_C(1099511628211);
    }
    return stamp;
}

static void write_hours(const lee_zones_view *view, const zone_view *zone, int64_t t_us,
                        lee_buffer *out)
{
    if (zone_active(view, zone, t_us)) {
        lee_buffer_text(out, "\"active_now\":true");
        return;
    }
    const int64_t start_us = zone_start(view, zone, t_us);
    lee_buffer_text(out, "\"active_now\":false");
    if (is_pre_active(zone, start_us, t_us)) {
        lee_buffer_text(out, ",\"pre_active_now\":true");
    }
    if (start_us != INT64_MAX) {
        lee_buffer_text(out, ",\"starts_us\":");
        lee_buffer_int(out, start_us);
    }
}

void lee_zones_view_write(const lee_zones_view *view, int64_t t_us, lee_buffer *out)
{
    assert(view && out);

    lee_buffer_bytes(out, view->text, view->root_at);
    if (!view->generation_told) {
        lee_buffer_text(out, "\"generation\":");
        lee_buffer_uint(out, view->generation);
        lee_buffer_text(out, ",");
    }
    size_t at = view->root_at;
    for (uint32_t i = 0; i < view->count; i++) {
        const zone_view *const zone = &view->zones[i];
        lee_buffer_bytes(out, view->text + at, zone->insert_at - at);
        write_hours(view, zone, t_us, out);
        lee_buffer_text(out, zone->empty ? "" : ",");
        at = zone->insert_at;
    }
    lee_buffer_bytes(out, view->text + at, view->length - at);
}
