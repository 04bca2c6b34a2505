/* The properties of a zone file (docs/zones.md) into the draft. */
#include "zone/readers.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "zone/alt_text.h"
#include "zone/defaults.h"
#include "zone/limit_json.h"
#include "zone/names.h"
#include "zone/watch_fields.h"

static void refuse(lee_zone_import *import, const char *field, const char *reason)
{
    lee_gather_refuse(import, LEE_ERR_DOMAIN, field, reason, NULL);
}

const char *lee_read_id(lee_zone_import *import, const json_t *id)
{
    if (json_is_string(id) && json_string_length(id) > 0) {
        return lee_gather_text(import, json_string_value(id), json_string_length(id));
    }
    return json_is_integer(id) ? lee_gather_json(import, id) : NULL;
}

bool lee_read_name(lee_zone_import *import, const json_t *name)
{
    bool ok = json_is_string(name);
    if (json_is_object(name) && json_object_size(name) > 0) {
        const char *key;
        json_t *value;
        ok = true;
        json_object_foreach((json_t *)(uintptr_t)name, key, value)
        {
            ok = ok && json_is_string(value);
        }
    }
    if (ok) {
        import->draft.name = lee_gather_json(import, name);
    }
    return ok;
}

/* Feet from a JSON number: whole, half away from zero. False: out of any use. */
static bool feet_of(double value, double feet_per_unit, int32_t *out)
{
    const double ft = value * feet_per_unit;
    if (!(ft >= LEE_ALT_LIMIT_MIN_FT && ft <= LEE_ALT_LIMIT_MAX_FT)) {
        return false;
    }
    *out = (int32_t)(ft + (ft < 0 ? -0.5 : 0.5));
    return true;
}

static void read_limit(lee_zone_import *import, const json_t *limit, const char *field,
                       lee_alt_limit *out)
{
    if (json_is_object(limit)) {
        const char *fault = lee_limit_from_json(limit, out);
        if (fault) {
            refuse(import, field, fault);
        } else if (json_object_size(limit) > (json_object_get(limit, "ref") ? 3u : 2u)) {
            lee_gather_note(import, field, "members that are not known are ignored", NULL);
        }
        return;
    }
    if (!json_is_string(limit)) {
        refuse(import, field, "it is neither a text nor a value with unit and ref");
        return;
    }
    uint32_t oddities = 0;
    const lee_error error =
        lee_alt_text_parse(json_string_value(limit), json_string_length(limit), out, &oddities);
    if (error != LEE_OK) {
        lee_gather_refuse(import, error, field, "it is not an altitude", json_string_value(limit));
    } else if (out->kind == LEE_LIMIT_VALUE) {
        lee_gather_repair(import, field, "an altitude written as text was read",
                          json_string_value(limit));
    }
}

static void read_limits(lee_zone_import *import, const json_t *properties)
{
    const json_t *lower = json_object_get(properties, "lower");
    const json_t *upper = json_object_get(properties, "upper");
    import->draft.lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    import->draft.upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    if (lower) {
        read_limit(import, lower, "lower", &import->draft.lower);
    } else {
        lee_gather_repair(import, "lower", "no lower limit: taken as SFC", NULL);
    }
    if (upper) {
        read_limit(import, upper, "upper", &import->draft.upper);
    } else {
        lee_gather_repair(import, "upper", "no upper limit: taken as UNL", NULL);
    }
}

static void read_watch(lee_zone_import *import, const json_t *watch)
{
    lee_zone_watch *out = &import->draft.watch;
    const struct {
        const char *key;
        int32_t *value;
        int32_t min;
        int32_t max;
    } fields[] = {
#define FIELD(member, min, max) {#member, &out->member, min, max},
        LEE_ZONE_WATCH_FIELDS(FIELD) LEE_ZONE_WATCH_FIELDS_LATER(FIELD)
#undef FIELD
    };
    if (!watch) {
        return;
    }
    if (!json_is_object(watch)) {
        refuse(import, "watch", "it is not an object");
        return;
    }
    size_t known = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const json_t *value = json_object_get(watch, fields[i].key);
        if (!value) {
            continue;
        }
        known++;
        const json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < fields[i].min || number > fields[i].max) {
            lee_gather_refuse(import, LEE_ERR_DOMAIN, fields[i].key,
                              "it is not a whole number in its range", NULL);
        } else {
            *fields[i].value = (int32_t)number;
        }
    }
    if (json_object_size(watch) > known) {
        refuse(import, "watch", "it has a member that is not known");
    }
}

static void read_words(lee_zone_import *import, const json_t *value, const char *field,
                       const char **out)
{
    if (!value || json_is_null(value)) {
        return;
    }
    if (json_is_string(value)) {
        *out = lee_gather_text(import, json_string_value(value), json_string_length(value));
        return;
    }
    *out = lee_gather_json(import, value);
    lee_gather_repair(import, field, "it is not a text: kept as its JSON", NULL);
}

/* Once a text and name, so that ten thousand zones do not say it ten thousand times. */
static void note_unknown(lee_zone_import *import, const json_t *properties)
{
    static const char *const known[] = {
        "kind",         "name",  "lower",     "upper",   "active",   "weekly",
        "entry",        "watch", "authority", "mandate", "protects", "radius_m",
        "half_width_m", "id",    "moving",    "exempts", "axis"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)properties, key, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            is_known = is_known || strcmp(key, known[i]) == 0;
        }
        const uint64_t bit = UINT64_C(1) << (lee_hash(key, strlen(key)) & 63);
        if (!is_known && (import->told_once & bit) == 0) {
            import->told_once |= bit;
            lee_gather_note(import, key, "a property that is not known is ignored, here and below",
                            NULL);
        }
    }
}

static const char *exempted_id(lee_zone_import *import, const json_t *value)
{
    const size_t length = json_string_length(value);
    return length > 0 && length <= LEE_ZONE_ID_MAX_BYTES
               ? lee_gather_text(import, json_string_value(value), length)
               : NULL;
}

/* A list that is not read whole would let people into a zone, or keep them out, unseen. */
static void read_exempts(lee_zone_import *import, const json_t *exempts)
{
    const size_t count = json_array_size(exempts);
    if (!exempts) {
        return;
    }
    if (!json_is_array(exempts) || count == 0 || count > LEE_ZONE_EXEMPTS_MAX) {
        refuse(import, "exempts", "it is not a list of 1 to 64 ids of zones");
        return;
    }
    const char **const ids = lee_arena_alloc(import->arena, count, sizeof *ids);
    for (size_t i = 0; ids && i < count; i++) {
        ids[i] = exempted_id(import, json_array_get(exempts, i));
        if (!ids[i]) {
            refuse(import, "exempts", "it holds what is no id of a zone");
            return;
        }
    }
    if (!ids) {
        import->error = LEE_ERR_NO_MEMORY;
        return;
    }
    import->draft.exempts = ids;
    import->draft.exempt_count = (uint32_t)count;
}

void lee_read_properties(lee_zone_import *import, const json_t *properties)
{
    lee_zone *zone = &import->draft;
    const char *kind = json_string_value(json_object_get(properties, "kind"));
    if (!kind || !lee_zone_kind_parse(kind, &zone->kind)) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "kind", "it is not a kind of zone",
                          kind ? kind : "not a text");
        return;
    }
    zone->entry = lee_zone_default_entry(zone->kind);
    zone->watch = lee_zone_default_watch(zone->kind);
    const json_t *entry = json_object_get(properties, "entry");
    if (entry &&
        (!json_is_string(entry) || !lee_zone_entry_parse(json_string_value(entry), &zone->entry))) {
        refuse(import, "entry", "it is not one of deny, permit, allow");
    }
    const json_t *name = json_object_get(properties, "name");
    if (name && !json_is_null(name) && !lee_read_name(import, name)) {
        refuse(import, "name", "it is neither a text nor a map of languages to texts");
    }
    read_limits(import, properties);
    read_watch(import, json_object_get(properties, "watch"));
    read_words(import, json_object_get(properties, "authority"), "authority", &zone->authority);
    read_words(import, json_object_get(properties, "mandate"), "mandate", &zone->mandate);
    read_words(import, json_object_get(properties, "protects"), "protects", &zone->protects);
    read_exempts(import, json_object_get(properties, "exempts"));
    lee_read_schedule(import, json_object_get(properties, "active"),
                      json_object_get(properties, "weekly"));
    note_unknown(import, properties);
}

/* --- files that others made ------------------------------------------------------------------- */

static const char *first_text(const json_t *properties, const char *const *keys)
{
    for (; *keys; keys++) {
        const json_t *value = json_object_get(properties, *keys);
        if (json_is_string(value) && json_string_length(value) > 0) {
            return json_string_value(value);
        }
    }
    return NULL;
}

/* {"ref":"STD","value":"FL 115"}, {"ref":"GND","value":"F 0"}. */
static void read_layer_limit(lee_zone_import *import, const json_t *limit, const char *field,
                             lee_alt_limit *out)
{
    const json_t *value = json_object_get(limit, "value");
    const char *ref_text = json_string_value(json_object_get(limit, "ref"));
    uint32_t oddities = 0;
    lee_alt_ref ref = LEE_ALT_MSL;
    if (!json_is_string(value) ||
        lee_alt_text_parse(json_string_value(value), json_string_length(value), out, &oddities) !=
            LEE_OK ||
        (ref_text && !lee_zone_ref_parse(ref_text, &ref))) {
        refuse(import, field, "it is not an altitude with a reference");
        return;
    }
    if (out->kind == LEE_LIMIT_VALUE && ref_text) {
        out->alt.ref = ref;
    }
}

/* {"value":6500,"unit":"FT","referenceDatum":"MSL"}. */
static void read_ceiling(lee_zone_import *import, const json_t *limit, const char *field,
                         lee_alt_limit *out)
{
    const json_t *value = json_object_get(limit, "value");
    const char *unit = json_string_value(json_object_get(limit, "unit"));
    const char *ref_text = json_string_value(json_object_get(limit, "referenceDatum"));
    lee_alt_ref ref = LEE_ALT_MSL;
    int32_t ft = 0;
    const bool ok = json_is_number(value) && unit && ref_text &&
                    lee_zone_ref_parse(ref_text, &ref) &&
                    feet_of(json_number_value(value),
                            strcmp(unit, "FL") == 0  ? 100
                            : strcmp(unit, "M") == 0 ? 1 / 0.3048
                                                     : 1,
                            &ft);
    if (!ok) {
        refuse(import, field, "it is not an altitude with a reference");
        return;
    }
    *out = (lee_alt_limit){.kind = LEE_LIMIT_VALUE, .alt = {ft, ref}};
}

static void read_foreign_limits(lee_zone_import *import, const json_t *properties)
{
    lee_zone *zone = &import->draft;
    zone->lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    zone->upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    const json_t *layers = json_object_get(properties, "alt_limits");
    const json_t *lower = json_object_get(properties, "lowerCeiling");
    const json_t *upper = json_object_get(properties, "upperCeiling");
    if (json_is_object(layers)) {
        read_layer_limit(import, json_object_get(layers, "bottom"), "alt_limits", &zone->lower);
        read_layer_limit(import, json_object_get(layers, "top"), "alt_limits", &zone->upper);
    } else if (json_is_object(lower) && json_is_object(upper)) {
        read_ceiling(import, lower, "lowerCeiling", &zone->lower);
        read_ceiling(import, upper, "upperCeiling", &zone->upper);
    } else if (json_object_get(properties, "lower") || json_object_get(properties, "upper")) {
        read_limits(import, properties);
    } else {
        lee_gather_repair(import, "lower", "no limits: taken as SFC to UNL", NULL);
    }
}

void lee_read_foreign(lee_zone_import *import, const json_t *properties)
{
    static const char *const class_keys[] = {"category", "class", "type", "icaoClass", NULL};
    static const char *const name_keys[] = {"name", "name_en", "title", "TITLE",
                                            "NAME", "id",      NULL};
    lee_zone *zone = &import->draft;
    const char *class_text = first_text(properties, class_keys);
    zone->kind = LEE_ZONE_NOTICE;
    if (class_text && lee_zone_class_kind(class_text, &zone->kind)) {
        lee_gather_repair(import, "kind", "no kind: taken from its class", class_text);
    } else if (json_object_get(properties, "NOTAM_KEY")) {
        zone->kind = LEE_ZONE_RESTRICTED;
        lee_gather_repair(import, "kind", "no kind: a NOTAM, taken as restricted", NULL);
    } else {
        lee_gather_repair(import, "kind", "no kind: taken as notice", NULL);
    }
    zone->entry = lee_zone_default_entry(zone->kind);
    zone->watch = lee_zone_default_watch(zone->kind);
    const char *name = first_text(properties, name_keys);
    if (name) {
        zone->name = lee_gather_json_text(import, name, strlen(name));
    }
    read_foreign_limits(import, properties);
    lee_read_schedule(import, json_object_get(properties, "active"),
                      json_object_get(properties, "weekly"));
    note_unknown(import, properties);
}
