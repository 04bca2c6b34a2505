/* UAS geographical zones: ED-269 (EUROCAE 2020) and ED-318 (GeoJSON with layers). Each layer of a
 * zone becomes a zone of its own, the second and later ones with -2, -3 after the id. */
#include "zone/readers.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/alt_text.h"
#include "zone/curve.h"
#include "zone/defaults.h"
#include "zone/names.h"
#include "zone/schedule.h"
#include "zone/weekly.h"

/* What exporters write for "no upper limit". */
#define NO_LIMIT 99999.0

static bool refuse(lee_zone_import *import, const char *field, const char *reason)
{
    lee_gather_refuse(import, LEE_ERR_DOMAIN, field, reason, NULL);
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A number, or a number as text; false: absent or null. */
static bool number_of(const json_t *value, double *out)
{
    if (json_is_number(value)) {
        *out = json_number_value(value);
        return true;
    }
    uint32_t oddities = 0;
    lee_alt_limit limit;
    if (json_is_string(value) &&
        lee_alt_text_parse(json_string_value(value), json_string_length(value), &limit,
                           &oddities) == LEE_OK &&
        limit.kind == LEE_LIMIT_VALUE) {
        *out = limit.alt.ft;
        return true;
    }
    return false;
}

typedef struct {
    const json_t *lower;
    const json_t *upper;
    const char *lower_ref;
    const char *upper_ref;
    const char *unit;
} layer;

static bool read_limit(lee_zone_import *import, const char *field, const json_t *value,
                       const char *ref_text, bool is_metres, lee_alt_limit *out)
{
    double number = 0;
    lee_alt_ref ref = LEE_ALT_AGL;
    if (!value || json_is_null(value)) {
        return true;
    }
    if (!number_of(value, &number)) {
        return refuse(import, field, "it is not a number");
    }
    if (!ref_text || !lee_zone_ref_parse(ref_text, &ref) || ref == LEE_ALT_STD) {
        return refuse(import, field, "the reference is not one of AGL, AMSL, WGS84");
    }
    if (number == NO_LIMIT && strcmp(field, "upper") == 0) {
        lee_gather_note(import, field, "99999 means no upper limit", NULL);
        return true;
    }
    if (!(number > -10000 && number < 300000)) {
        return refuse(import, field, "the value is out of range");
    }
    const double e3 = number * 1000;
    const int64_t value_e3 = (int64_t)(e3 + (e3 < 0 ? -0.5 : 0.5));
    const int64_t ft = is_metres ? lee_feet_of_metres_e3(value_e3)
                                 : (value_e3 + (value_e3 < 0 ? -500 : 500)) / 1000;
    *out = (lee_alt_limit){.kind = LEE_LIMIT_VALUE, .alt = {(int32_t)ft, ref}};
    return true;
}

static bool read_layer(lee_zone_import *import, const layer *from)
{
    import->draft.lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    import->draft.upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    const char *unit = from->unit ? from->unit : "m";
    const bool is_metres = strcmp(unit, "m") == 0 || strcmp(unit, "M") == 0;
    if (!is_metres && strcmp(unit, "ft") != 0 && strcmp(unit, "FT") != 0) {
        return refuse(import, "uom", "the unit is not metres or feet");
    }
    return read_limit(import, "lower", from->lower, from->lower_ref, is_metres,
                      &import->draft.lower) &&
           read_limit(import, "upper", from->upper, from->upper_ref, is_metres,
                      &import->draft.upper);
}

/* --- when ---------------------------------------------------------------------------------------
 */

static bool add(lee_zone_import *import, lee_error error)
{
    if (error == LEE_OK) {
        return true;
    }
    import->error = error == LEE_ERR_NO_MEMORY ? error : import->error;
    return refuse(import, "schedule", "it has too many intervals");
}

static bool read_instant(lee_zone_import *import, const json_t *period, const char *key,
                         int64_t *out)
{
    const json_t *value = json_object_get(period, key);
    if (!value || json_is_null(value)) {
        return true;
    }
    if (!json_is_string(value) ||
        !lee_time_parse(json_string_value(value), json_string_length(value), out)) {
        return refuse(import, key, "it is not an instant with its offset");
    }
    return true;
}

static bool read_time(lee_zone_import *import, const json_t *daily, const char *key, int32_t *out,
                      int32_t *offset_s)
{
    const char *text = text_of(daily, key);
    bool has_offset = false;
    if (!text) {
        return true;
    }
    if (!lee_time_of_day_parse(text, out, &has_offset, offset_s)) {
        return refuse(import, key, "it is not a time of day");
    }
    if (!has_offset) {
        lee_gather_repair(import, key, "a time of day without offset: taken as UTC", text);
    }
    return true;
}

static bool read_daily(lee_zone_import *import, const json_t *daily, const lee_interval *span,
                       lee_intervals *out)
{
    lee_weekly_rule rule = {.to_s = 86400};
    int32_t offset_s = 0;
    const json_t *days = json_object_get(daily, "day");
    for (size_t i = 0; i < json_array_size(days); i++) {
        const char *text = json_string_value(json_array_get(days, i));
        const int day = text ? lee_weekday_parse(text) : -1;
        if (day < 0) {
            return refuse(import, "day", "it is not a day of the week");
        }
        rule.days = (uint8_t)(day == 7 ? 127 : rule.days | 1 << day);
    }
    rule.days = rule.days ? rule.days : 127;
    if (json_object_get(daily, "startEvent") || json_object_get(daily, "endEvent")) {
        lee_gather_repair(import, "schedule", "sunrise and sunset are taken as the whole day",
                          NULL);
    } else if (!read_time(import, daily, "startTime", &rule.from_s, &offset_s) ||
               !read_time(import, daily, "endTime", &rule.to_s, &offset_s)) {
        return false;
    }
    lee_tzif time_zone;
    lee_tzif_fixed(offset_s, &time_zone);
    const lee_zone_import_options *options = &import->options;
    const int64_t from_us = span->from_us > options->from_us ? span->from_us : options->from_us;
    const int64_t to_us = span->to_us < options->to_us ? span->to_us : options->to_us;
    return from_us >= to_us ||
           add(import, lee_weekly_expand(&rule, &time_zone, from_us, to_us, out));
}

static bool read_period(lee_zone_import *import, const json_t *period, lee_intervals *out)
{
    lee_interval span = {INT64_MIN, INT64_MAX};
    if (!read_instant(import, period, "startDateTime", &span.from_us) ||
        !read_instant(import, period, "endDateTime", &span.to_us)) {
        return false;
    }
    if (span.from_us >= span.to_us) {
        return refuse(import, "endDateTime", "it ends before it begins");
    }
    const json_t *schedule = json_object_get(period, "schedule");
    if (!schedule) {
        schedule = json_object_get(period, "dailyPeriod");
    }
    const char *permanent = text_of(period, "permanent");
    if (json_array_size(schedule) == 0 || (permanent && strcmp(permanent, "YES") == 0)) {
        return add(import, lee_intervals_add(out, span.from_us, span.to_us));
    }
    for (size_t i = 0; i < json_array_size(schedule); i++) {
        if (!read_daily(import, json_array_get(schedule, i), &span, out)) {
            return false;
        }
    }
    return true;
}

static bool read_periods(lee_zone_import *import, const json_t *periods)
{
    lee_intervals list = {0};
    bool ok = true;
    for (size_t i = 0; i < json_array_size(periods) && ok; i++) {
        ok = read_period(import, json_array_get(periods, i), &list);
    }
    list.count = lee_schedule_normalise(list.items, list.count);
    const bool always =
        json_array_size(periods) == 0 ||
        (list.count == 1 && list.items[0].from_us == INT64_MIN && list.items[0].to_us == INT64_MAX);
    import->draft.schedule = (lee_schedule){.always = true};
    if (ok && !always) {
        lee_interval *items =
            lee_arena_alloc(import->arena, list.count ? list.count : 1, sizeof *items);
        if (items && list.count > 0) {
            memcpy(items, list.items, list.count * sizeof *items);
        }
        import->error = items ? import->error : LEE_ERR_NO_MEMORY;
        import->draft.schedule = (lee_schedule){.intervals = items, .count = (uint32_t)list.count};
    }
    lee_intervals_free(&list);
    return ok;
}

/* --- who and what -------------------------------------------------------------------------------
 */

/* A text, or a list of texts with their languages. */
static void read_name(lee_zone_import *import, const json_t *name)
{
    if (json_is_string(name)) {
        lee_read_name(import, name);
        return;
    }
    json_t *map = json_object();
    if (!map) {
        import->error = LEE_ERR_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < json_array_size(name); i++) {
        const json_t *item = json_array_get(name, i);
        json_t *text = json_object_get(item, "text");
        const char *lang = text_of(item, "lang");
        if (json_is_string(text) && json_object_set(map, lang ? lang : "und", text) != 0) {
            import->error = LEE_ERR_NO_MEMORY;
        }
    }
    (void)lee_read_name(import, map);
    json_decref(map);
}

static bool read_authority(lee_zone_import *import, const json_t *list)
{
    const json_t *name = json_object_get(json_array_get(list, 0), "name");
    if (json_is_array(name)) {
        name = json_object_get(json_array_get(name, 0), "text");
    }
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return refuse(import, "zoneAuthority", "a zone needs an authority");
    }
    if (json_is_string(name)) {
        import->draft.authority =
            lee_gather_text(import, json_string_value(name), json_string_length(name));
    }
    return true;
}

static bool read_restriction(lee_zone_import *import, const char *word)
{
    static const struct {
        const char *word;
        lee_zone_kind kind;
        lee_zone_entry entry;
    } words[] = {
        {"PROHIBITED", LEE_ZONE_PROHIBITED, LEE_ENTRY_DENY},
        {"REQ_AUTHORISATION", LEE_ZONE_RESTRICTED, LEE_ENTRY_PERMIT},
        {"REQ_AUTHORIZATION", LEE_ZONE_RESTRICTED, LEE_ENTRY_PERMIT},
        {"CONDITIONAL", LEE_ZONE_RESTRICTED, LEE_ENTRY_PERMIT},
        {"NO_RESTRICTION", LEE_ZONE_NOTICE, LEE_ENTRY_ALLOW},
        {"USPACE", LEE_ZONE_CONTROLLED, LEE_ENTRY_PERMIT},
    };
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].word) == 0) {
            import->draft.kind = words[i].kind;
            import->draft.entry = words[i].entry;
            import->draft.watch = lee_zone_default_watch(words[i].kind);
            return true;
        }
    }
    return refuse(import, "type", "it is not a type of restriction");
}

/* What every layer of a zone has in common. */
static bool read_common(lee_zone_import *import, const json_t *zone, bool is_318)
{
    const json_t *id = json_object_get(zone, "identifier");
    const char *country = text_of(zone, "country");
    if (!json_is_string(id) || json_string_length(id) == 0) {
        return refuse(import, "identifier", "a zone needs an identifier");
    }
    lee_gather_label(import, json_string_value(id), json_string_length(id));
    if (!country || strlen(country) != 3) {
        return refuse(import, "country", "it is not a code of three letters");
    }
    const char *type = text_of(zone, is_318 ? "type" : "restriction");
    if (is_318 && type && strcmp(type, "REQ_AUTHORISATION") == 0) {
        return refuse(import, "type", "ED-318 spells it REQ_AUTHORIZATION");
    }
    import->draft.id = lee_read_id(import, id);
    read_name(import, json_object_get(zone, "name"));
    if (!import->draft.name) {
        import->draft.name = lee_gather_json(import, id);
    }
    const json_t *periods =
        json_object_get(zone, is_318 ? "limitedApplicability" : "applicability");
    return read_restriction(import, type) &&
           read_authority(import, json_object_get(zone, "zoneAuthority")) &&
           read_periods(import, periods);
}

static bool read_circle(lee_zone_import *import, const json_t *centre, const json_t *radius)
{
    if (json_array_size(centre) < 2 || !json_is_number(json_array_get(centre, 0)) ||
        !json_is_number(json_array_get(centre, 1)) || !json_is_number(radius)) {
        return refuse(import, "geometry", "a circle needs a centre and a radius");
    }
    lee_shape_set_made(import->shape);
    if (lee_curve_circle(import->shape, json_number_value(json_array_get(centre, 1)),
                         json_number_value(json_array_get(centre, 0)),
                         json_number_value(radius)) != LEE_OK) {
        return refuse(import, "geometry", "the centre or the radius is out of range");
    }
    lee_gather_area(import);
    return !import->refused;
}

static void read_269_volume(lee_zone_import *import, const json_t *zone, const json_t *volume)
{
    const layer limits = {
        .lower = json_object_get(volume, "lowerLimit"),
        .upper = json_object_get(volume, "upperLimit"),
        .lower_ref = text_of(volume, "lowerVerticalReference"),
        .upper_ref = text_of(volume, "upperVerticalReference"),
        .unit = text_of(volume, "uomDimensions"),
    };
    const json_t *plane = json_object_get(volume, "horizontalProjection");
    const char *type = text_of(plane, "type");
    if (!read_common(import, zone, false) || !read_layer(import, &limits)) {
        return;
    }
    if (type && strcmp(type, "Circle") == 0) {
        (void)read_circle(import, json_object_get(plane, "center"),
                          json_object_get(plane, "radius"));
    } else {
        (void)lee_read_geometry(import, plane, NULL);
    }
}

void lee_read_ed269(lee_zone_import *import, const json_t *root, lee_json_lines *lines)
{
    const json_t *zones = json_object_get(root, "UASZoneList");
    zones = zones ? zones : json_object_get(root, "features");
    for (size_t i = 0; i < json_array_size(zones) && import->error == LEE_OK; i++) {
        const json_t *zone = json_array_get(zones, i);
        const json_t *volumes = json_object_get(zone, "geometry");
        const uint32_t line = json_is_object(zone) ? lee_json_lines_next(lines) : 0;
        const size_t count = json_array_size(volumes);
        for (size_t v = 0; v < count; v++) {
            lee_gather_begin(import, line);
            read_269_volume(import, zone, json_array_get(volumes, v));
            lee_gather_end(import, true);
        }
        if (count == 0) {
            lee_gather_begin(import, line);
            refuse(import, "geometry", "a zone needs at least one volume");
            lee_gather_end(import, true);
        }
    }
}

static void read_318_layer(lee_zone_import *import, const json_t *zone, const json_t *geometry)
{
    const json_t *from = json_object_get(geometry, "layer");
    const layer limits = {
        .lower = json_object_get(from, "lower"),
        .upper = json_object_get(from, "upper"),
        .lower_ref = text_of(from, "lowerReference"),
        .upper_ref = text_of(from, "upperReference"),
        .unit = text_of(from, "uom"),
    };
    const json_t *extent = json_object_get(geometry, "extent");
    if (!read_common(import, zone, true) || !read_layer(import, &limits)) {
        return;
    }
    if (extent) {
        (void)read_circle(import, json_object_get(geometry, "coordinates"),
                          json_object_get(extent, "radius"));
    } else {
        (void)lee_read_geometry(import, geometry, NULL);
    }
}

static bool check_header(lee_zone_import *import, const json_t *root)
{
    static const char *const instants[] = {"validFrom", "validTo", "issued"};
    const json_t *metadata = json_object_get(root, "metadata");
    import->line = 1;
    if (metadata && !json_is_object(metadata)) {
        return refuse(import, "metadata", "it is not an object");
    }
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        const json_t *value = json_object_get(metadata, instants[i]);
        int64_t t_us = 0;
        if (value &&
            (!json_is_string(value) ||
             !lee_time_parse(json_string_value(value), json_string_length(value), &t_us))) {
            return refuse(import, instants[i], "it is not an instant with its offset");
        }
    }
    return true;
}

bool lee_read_ed318(lee_zone_import *import, const json_t *root, lee_json_lines *lines)
{
    const json_t *features = json_object_get(root, "features");
    const bool header_ok = check_header(import, root);
    for (size_t i = 0; i < json_array_size(features) && import->error == LEE_OK; i++) {
        const json_t *feature = json_array_get(features, i);
        const json_t *geometry = json_object_get(feature, "geometry");
        const json_t *properties = json_object_get(feature, "properties");
        const json_t *parts = json_object_get(geometry, "geometries");
        const uint32_t line = json_is_object(feature) ? lee_json_lines_next(lines) : 0;
        const size_t count = json_is_array(parts) ? json_array_size(parts) : 1;
        for (size_t p = 0; p < count; p++) {
            lee_gather_begin(import, line);
            if (!header_ok) {
                refuse(import, "metadata", "the header of its collection is wrong");
            } else {
                read_318_layer(import, properties,
                               json_is_array(parts) ? json_array_get(parts, p) : geometry);
            }
            lee_gather_end(import, true);
        }
    }
    return header_ok;
}
