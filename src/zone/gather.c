#include "zone/gather.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"

#define REASON_MAX_BYTES 4096
#define SLUG_MAX_BYTES (LEE_ZONE_ID_MAX_BYTES - 12)

void lee_gather_begin(lee_zone_import *import, uint32_t line)
{
    assert(!import->within_zone);
    import->line = line;
    import->has_label = false;
    import->refused = false;
    import->repaired = false;
    import->within_zone = true;
    import->draft = (lee_zone){0};
    import->draft.schedule.always = true;
    lee_shape_reset(import->shape);
}

void lee_gather_label(lee_zone_import *import, const char *text, size_t length)
{
    lee_buffer_reset(&import->label);
    lee_buffer_bytes(&import->label, text, length < 200 ? length : 200);
    lee_buffer_char(&import->label, '\0');
    import->has_label = import->label.error == LEE_OK;
}

void lee_gather_tell(lee_zone_import *import, lee_finding_level level, lee_error code,
                     const char *field, const char *reason, const char *detail)
{
    import->refused = import->refused || level == LEE_FINDING_REFUSED;
    import->repaired = import->repaired || level == LEE_FINDING_REPAIRED;
    import->counters.notes += level == LEE_FINDING_NOTE;
    if (!import->options.finding) {
        return;
    }
    lee_buffer_reset(&import->reason);
    lee_buffer_text(&import->reason, reason);
    if (detail) {
        lee_buffer_text(&import->reason, ": ");
        const size_t length = strlen(detail);
        lee_buffer_bytes(&import->reason, detail, length < 200 ? length : 200);
    }
    lee_buffer_char(&import->reason, '\0');
    const bool whole = import->reason.error == LEE_OK;
    const lee_zone_finding finding = {
        .level = level,
        .code = code,
        .file = import->file,
        .line = import->line,
        .zone = import->within_zone && import->has_label ? (const char *)import->label.bytes : NULL,
        .field = field,
        .reason = whole ? (const char *)import->reason.bytes : reason,
    };
    import->options.finding(import->options.finding_context, &finding);
}

void lee_gather_refuse(lee_zone_import *import, lee_error code, const char *field,
                       const char *reason, const char *detail)
{
    lee_gather_tell(import, LEE_FINDING_REFUSED, code, field, reason, detail);
}

void lee_gather_repair(lee_zone_import *import, const char *field, const char *reason,
                       const char *detail)
{
    lee_gather_tell(import, LEE_FINDING_REPAIRED, LEE_OK, field, reason, detail);
}

void lee_gather_note(lee_zone_import *import, const char *field, const char *reason,
                     const char *detail)
{
    lee_gather_tell(import, LEE_FINDING_NOTE, LEE_OK, field, reason, detail);
}

const char *lee_gather_text(lee_zone_import *import, const char *text, size_t length)
{
    const char *copy = lee_arena_text(import->arena, text, length);
    if (!copy) {
        import->error = LEE_ERR_NO_MEMORY;
    }
    return copy;
}

/* By our writer, which makes any bytes valid UTF-8, and then in the form that JSON which was read
 * takes, so that a name has one form wherever it came from. */
const char *lee_gather_json_text(lee_zone_import *import, const char *text, size_t length)
{
    lee_buffer buffer;
    lee_json json;
    lee_buffer_init(&buffer, 1 << 20);
    lee_json_begin(&json, &buffer);
    lee_json_text_n(&json, text, length);
    json_t *value = NULL;
    if (buffer.error == LEE_OK) {
        value = json_loadb((const char *)buffer.bytes, buffer.length,
                           JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    }
    const char *copy = value ? lee_gather_json(import, value) : NULL;
    import->error = copy ? import->error : LEE_ERR_NO_MEMORY;
    json_decref(value);
    lee_buffer_free(&buffer);
    return copy;
}

const char *lee_gather_json(lee_zone_import *import, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    if (!text) {
        import->error = LEE_ERR_NO_MEMORY;
        return NULL;
    }
    const char *copy = lee_gather_text(import, text, strlen(text));
    json_free_t release = NULL;
    json_get_alloc_funcs(NULL, &release);
    release(text);
    return copy;
}

static void tell_shape(lee_zone_import *import, const lee_shape_report *report, bool is_made)
{
    static const struct {
        uint32_t bit;
        const char *reason;
    } kinds[] = {
        {LEE_SHAPE_DUPLICATE_POINT, "points repeated in a row were dropped"},
        {LEE_SHAPE_DROPPED_RING, "a ring without area was dropped"},
        {LEE_SHAPE_CROSSING, "a ring that crosses or touches itself, or a hole that is not inside, "
                             "was made valid (even-odd), area before and after in square degrees"},
        {LEE_SHAPE_OVERLAP, "parts that overlap or touch along an edge, or are invalid by "
                            "themselves, were united, area before and after in square degrees"},
        {LEE_SHAPE_ANTIMERIDIAN, "it lies over the antimeridian and was split there"},
        {LEE_SHAPE_POLE, "it goes round a pole and was closed over it"},
    };
    lee_buffer areas;
    lee_buffer_init(&areas, 256);
    lee_buffer_fixed(&areas, (int64_t)(report->area_before * 1e6), 6);
    lee_buffer_text(&areas, ", ");
    lee_buffer_fixed(&areas, (int64_t)(report->area_after * 1e6), 6);
    lee_buffer_char(&areas, '\0');
    const char *detail = areas.error == LEE_OK ? (const char *)areas.bytes : NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((report->repairs & kinds[i].bit) == 0) {
            continue;
        }
        const bool with_areas = (kinds[i].bit & (LEE_SHAPE_CROSSING | LEE_SHAPE_OVERLAP)) != 0;
        lee_gather_tell(import, is_made ? LEE_FINDING_NOTE : LEE_FINDING_REPAIRED, LEE_OK,
                        "geometry", kinds[i].reason, with_areas ? detail : NULL);
    }
    lee_buffer_free(&areas);
}

void lee_gather_area(lee_zone_import *import)
{
    if (import->refused || import->error != LEE_OK) {
        return;
    }
    lee_shape_report report;
    const bool is_made = lee_shape_is_made(import->shape);
    const lee_error error =
        lee_shape_finish(import->shape, import->arena, &import->draft.area, &report);
    if (error == LEE_OK) {
        tell_shape(import, &report, is_made);
        return;
    }
    if (error == LEE_ERR_NO_MEMORY) {
        import->error = error;
    }
    const char *reason = error == LEE_ERR_DOMAIN     ? "a coordinate is out of range"
                         : error == LEE_ERR_LIMIT    ? "more points than a zone may have"
                         : error == LEE_ERR_GEOMETRY ? "no area is left of its rings"
                                                     : lee_error_text(error);
    lee_gather_refuse(import, error, "geometry", reason, NULL);
}

/* --- identifiers ------------------------------------------------------------------------------ */

static uint32_t slot_of(const lee_zone_import *import, const char *id)
{
    uint32_t slot = (uint32_t)(lee_hash(id, strlen(id)) & (import->slot_count - 1));
    while (import->slots[slot] != 0 && strcmp(import->zones[import->slots[slot] - 1].id, id) != 0) {
        slot = (slot + 1) & (import->slot_count - 1);
    }
    return slot;
}

static bool grow_zones(lee_zone_import *import)
{
    if (import->list.count < import->zone_capacity) {
        return true;
    }
    const uint32_t capacity = import->zone_capacity ? import->zone_capacity * 2 : 64;
    lee_zone *zones = lee_realloc(import->zones, capacity, sizeof *zones);
    if (!zones) {
        return false;
    }
    import->zones = zones;
    import->list.zones = zones;
    import->zone_capacity = capacity;
    uint32_t *slots = lee_alloc((size_t)capacity * 2, sizeof *slots);
    if (!slots) {
        import->zone_capacity = import->list.count;
        return false;
    }
    lee_free(import->slots);
    import->slots = slots;
    import->slot_count = capacity * 2;
    for (uint32_t i = 0; i < import->list.count; i++) {
        slots[slot_of(import, zones[i].id)] = i + 1;
    }
    return true;
}

static bool id_in_use(const lee_zone_import *import, const char *id)
{
    return import->slot_count != 0 && import->slots[slot_of(import, id)] != 0;
}

/* The first of id, id-2, id-3 ... that is free. */
static const char *unique_id(lee_zone_import *import, const char *id)
{
    lee_buffer buffer;
    lee_buffer_init(&buffer, 512);
    const char *result = id;
    for (uint32_t n = 2; id_in_use(import, result) && buffer.error == LEE_OK; n++) {
        lee_buffer_reset(&buffer);
        lee_buffer_text(&buffer, id);
        lee_buffer_char(&buffer, '-');
        lee_buffer_uint(&buffer, n);
        lee_buffer_char(&buffer, '\0');
        result = buffer.error == LEE_OK ? (const char *)buffer.bytes : id;
    }
    const char *copy = result == id ? id : lee_gather_text(import, result, strlen(result));
    lee_buffer_free(&buffer);
    return copy;
}

static void take_letter(lee_buffer *out, char c, bool *hyphen_due)
{
    if (*hyphen_due && out->length > 0) {
        lee_buffer_char(out, '-');
    }
    *hyphen_due = false;
    lee_buffer_char(out, c);
}

/* The base letter of a Latin-1 code point (U+00C0..U+00FF); 0: leave it out. */
static char latin_base(unsigned char second)
{
    static const char table[] = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
    const char c = table[(second - 0x80) & 63];
    return c == ' ' ? 0 : c;
}

const char *lee_gather_slug(lee_zone_import *import, const char *name)
{
    lee_buffer out;
    lee_buffer_init(&out, 1024);
    bool hyphen_due = false;
    for (size_t i = 0; name[i] != '\0' && out.length < SLUG_MAX_BYTES - 8; i++) {
        const unsigned char c = (unsigned char)name[i];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            take_letter(&out, (char)c, &hyphen_due);
        } else if (c >= 'A' && c <= 'Z') {
            take_letter(&out, (char)(c - 'A' + 'a'), &hyphen_due);
        } else if (c == 0xC3 && name[i + 1] != '\0') {
            i++;
            const char base = latin_base((unsigned char)name[i]);
            if (base) {
                take_letter(&out, base, &hyphen_due);
            }
        } else if (c >= 0xC0) {
            take_letter(&out, (char)c, &hyphen_due);
            while (((unsigned char)name[i + 1] & 0xC0) == 0x80) {
                lee_buffer_char(&out, name[++i]);
            }
        } else if (c < 0x80) {
            hyphen_due = true;
        }
    }
    if (out.length == 0) {
        lee_buffer_text(&out, "zone");
    }
    const char *slug = NULL;
    if (out.error == LEE_OK) {
        slug = lee_gather_text(import, (const char *)out.bytes, out.length);
    }
    lee_buffer_free(&out);
    import->error = slug ? import->error : LEE_ERR_NO_MEMORY;
    return slug;
}

/* --- the end of a zone ------------------------------------------------------------------------ */

static void check_limits(lee_zone_import *import)
{
    lee_zone *zone = &import->draft;
    if (zone->lower.kind == LEE_LIMIT_UNL) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "lower", "the lower limit is unlimited", NULL);
    }
    if (zone->upper.kind == LEE_LIMIT_SFC) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "upper", "the upper limit is the surface", NULL);
    }
    /* On the ground is the surface: one form for one thing. */
    if (zone->lower.kind == LEE_LIMIT_VALUE && zone->lower.alt.ref == LEE_ALT_AGL &&
        zone->lower.alt.ft <= 0) {
        zone->lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    }
    if (zone->upper.kind == LEE_LIMIT_VALUE && zone->upper.alt.ref == LEE_ALT_AGL &&
        zone->upper.alt.ft <= 0) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "upper", "the upper limit is the surface", NULL);
    }
    if (zone->lower.kind == LEE_LIMIT_VALUE && zone->upper.kind == LEE_LIMIT_VALUE &&
        zone->lower.alt.ref == zone->upper.alt.ref && zone->lower.alt.ft >= zone->upper.alt.ft) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "upper",
                          "the upper limit is not above the lower one", NULL);
    }
}

static void check_room(lee_zone_import *import)
{
    uint64_t vertices = 0;
    for (uint32_t i = 0; i < import->draft.area.count; i++) {
        vertices += import->draft.area.rings[i].count;
    }
    vertices += import->draft.moving.route_count;
    if (import->list.count >= LEE_ZONES_MAX || import->vertex_count + vertices > LEE_VERTICES_MAX) {
        import->error = LEE_ERR_LIMIT;
        lee_gather_refuse(import, LEE_ERR_LIMIT, NULL,
                          "the limit on zones or on points of all zones is reached", NULL);
        return;
    }
    import->vertex_count += vertices;
}

static void check_id(lee_zone_import *import, bool make_unique)
{
    lee_zone *zone = &import->draft;
    if (!zone->id || strlen(zone->id) > LEE_ZONE_ID_MAX_BYTES ||
        !lee_text_is_printable(zone->id, strlen(zone->id))) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "id",
                          "the id is empty, longer than 128 bytes or has control characters", NULL);
        return;
    }
    if (!id_in_use(import, zone->id)) {
        return;
    }
    if (!make_unique) {
        lee_gather_refuse(import, LEE_ERR_DUPLICATE, "id", "the id is in use already", zone->id);
        return;
    }
    const char *id = unique_id(import, zone->id);
    if (id) {
        zone->id = id;
    }
}

static void check_exempts(lee_zone_import *import)
{
    const lee_zone *const zone = &import->draft;
    for (uint32_t i = 0; i < zone->exempt_count; i++) {
        if (strcmp(zone->exempts[i], zone->id) == 0) {
            lee_gather_refuse(import, LEE_ERR_DOMAIN, "exempts", "a zone cannot exempt from itself",
                              NULL);
            return;
        }
    }
}

void lee_zone_import_finish(lee_zone_import *import)
{
    assert(import && !import->within_zone);

    import->file = "all files";
    import->line = 0;
    import->within_zone = true;
    for (uint32_t z = 0; z < import->list.count; z++) {
        const lee_zone *const zone = &import->list.zones[z];
        lee_gather_label(import, zone->id, strlen(zone->id));
        for (uint32_t i = 0; i < zone->exempt_count; i++) {
            if (!id_in_use(import, zone->exempts[i])) {
                lee_gather_note(import, "exempts",
                                "no zone has this id, so it exempts from nothing",
                                zone->exempts[i]);
            }
        }
    }
    import->file = NULL;
    import->within_zone = false;
}

void lee_gather_end(lee_zone_import *import, bool make_unique)
{
    assert(import->within_zone);

    if (import->error == LEE_OK && !import->refused) {
        check_id(import, make_unique);
        check_limits(import);
    }
    if (import->error == LEE_OK && !import->refused) {
        check_exempts(import);
    }
    if (import->error == LEE_OK && !import->refused) {
        check_room(import);
    }
    if (import->error == LEE_OK && !grow_zones(import)) {
        import->error = LEE_ERR_NO_MEMORY;
    }
    import->counters.blocks++;
    if (import->refused || import->error != LEE_OK) {
        import->counters.refused++;
    } else {
        assert(import->draft.area.count > 0 || import->draft.moving.radius_m > 0);
        const uint32_t index = import->list.count++;
        import->zones[index] = import->draft;
        import->slots[slot_of(import, import->draft.id)] = index + 1;
        import->counters.read++;
        import->counters.repaired += import->repaired;
    }
    import->within_zone = false;
}
