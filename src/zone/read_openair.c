/* OpenAir (versions 1 and 2) as found in the wild; docs/zones.md lists what is accepted and how it
 * is reported. A block begins with AC, or with AN, AY or AI where the block before has a shape or
 * none is open. */
#include "zone/readers.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "zone/alt_text.h"
#include "zone/curve.h"
#include "zone/defaults.h"
#include "zone/names.h"
#include "zone/openair_coord.h"
#include "zone/openair_line.h"
#include "zone/schedule.h"
#include "zone/weekly.h"

#define NM_M 1852.0
#define AIRWAY_POINTS_MAX 10000u

typedef struct {
    lee_zone_import *import;
    bool open;
    uint32_t first_line;
    lee_openair_line class_line; /* borrowed from the text */
    lee_openair_line type_line;
    lee_openair_line name_line;
    lee_openair_line id_line;
    lee_openair_line station_line;
    bool has_lower;
    bool has_upper;
    bool has_point; /* a ring was begun */
    bool has_circle;
    bool has_centre;
    bool counter_clockwise;
    bool after_arc; /* the point before is the end of an arc */
    lee_point centre;
    lee_point first;
    lee_point last;
    double width_nm;
    double *airway; /* latitudes, then longitudes, of DY points */
    uint32_t airway_count;
    lee_intervals spans;
    char text[256]; /* for details of findings */
} reader;

static const char *detail(reader *on, const lee_openair_line *line)
{
    const size_t length = line->length < sizeof on->text - 1 ? line->length : sizeof on->text - 1;
    memcpy(on->text, line->text, length);
    on->text[length] = '\0';
    return on->text;
}

static void refuse(reader *on, lee_error error, const lee_openair_line *line, const char *reason)
{
    lee_gather_refuse(on->import, error, line->token, reason, detail(on, line));
}

static void repair(reader *on, const lee_openair_line *line, const char *reason)
{
    lee_gather_repair(on->import, line->token, reason, detail(on, line));
}

static void note(reader *on, const lee_openair_line *line, const char *reason)
{
    lee_gather_note(on->import, line->token, reason, detail(on, line));
}

/* --- the end of a block ----------------------------------------------------------------------- */

static void set_kind(reader *on)
{
    lee_zone *zone = &on->import->draft;
    lee_zone_kind by_class = LEE_ZONE_NOTICE;
    lee_zone_kind by_type = LEE_ZONE_NOTICE;
    const bool class_known =
        on->class_line.length > 0 && lee_zone_class_kind(detail(on, &on->class_line), &by_class);
    const bool type_known =
        on->type_line.length > 0 && lee_zone_class_kind(detail(on, &on->type_line), &by_type);
    zone->kind = class_known ? by_class : by_type;
    /* Version 2 has the ICAO class under AC and what the area is under AY: the graver one counts,
     * and classes say less than types. AC D with AY D is a danger area of class D. */
    if (class_known && type_known && by_type != LEE_ZONE_NOTICE &&
        (by_class == LEE_ZONE_NOTICE || by_class == LEE_ZONE_CONTROLLED)) {
        zone->kind = by_type;
    }
    if (!class_known && !type_known) {
        lee_gather_repair(on->import, "AC",
                          on->class_line.length > 0 ? "a class that is not known: taken as notice"
                                                    : "no class: taken as notice",
                          on->class_line.length > 0 ? detail(on, &on->class_line) : NULL);
    }
    zone->entry = lee_zone_default_entry(zone->kind);
    zone->watch = lee_zone_default_watch(zone->kind);
}

/* Texts go into zones as UTF-8 alone. */
static char *utf8_or_stop(reader *on, const lee_openair_line *line)
{
    char *text = lee_openair_utf8(line);
    on->import->error = text ? on->import->error : LEE_ERR_NO_MEMORY;
    return text;
}

static void set_name(reader *on)
{
    static const lee_openair_line nameless = {.token = "AN", .text = "zone", .length = 4};
    lee_zone_import *import = on->import;
    const lee_openair_line *line = &on->name_line;
    if (line->length == 0) {
        lee_gather_repair(import, "AN", "no name: called after its class", NULL);
        line = on->class_line.length > 0 ? &on->class_line : &nameless;
    }
    char *name = utf8_or_stop(on, line);
    if (name) {
        import->draft.name = lee_gather_json_text(import, name, strlen(name));
        import->draft.id = lee_gather_slug(import, name);
    }
    lee_free(name);
    if (on->id_line.length > 0 && on->id_line.length <= 50) {
        char *id = utf8_or_stop(on, &on->id_line);
        if (id) {
            import->draft.id = lee_gather_text(import, id, strlen(id));
        }
        lee_free(id);
    }
    if (on->station_line.length > 0) {
        char *station = utf8_or_stop(on, &on->station_line);
        if (station) {
            import->draft.authority = lee_gather_text(import, station, strlen(station));
        }
        lee_free(station);
    }
}

static void set_schedule(reader *on)
{
    if (on->spans.count == 0) {
        return;
    }
    on->spans.count = lee_schedule_normalise(on->spans.items, on->spans.count);
    lee_interval *items = lee_arena_alloc(on->import->arena, on->spans.count, sizeof *items);
    if (!items) {
        on->import->error = LEE_ERR_NO_MEMORY;
        return;
    }
    memcpy(items, on->spans.items, on->spans.count * sizeof *items);
    on->import->draft.schedule =
        (lee_schedule){.intervals = items, .count = (uint32_t)on->spans.count};
}

static void set_limits(reader *on)
{
    if (!on->has_lower) {
        on->import->draft.lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
        lee_gather_repair(on->import, "AL", "no lower limit: taken as SFC", NULL);
    }
    if (!on->has_upper) {
        on->import->draft.upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
        lee_gather_repair(on->import, "AH", "no upper limit: taken as UNL", NULL);
    }
}

static void finish_airway(reader *on)
{
    if (on->airway_count == 0) {
        return;
    }
    if (on->has_point || on->has_circle || !(on->width_nm > 0)) {
        lee_gather_refuse(on->import, LEE_ERR_GEOMETRY, "DY",
                          "an airway needs V W= and no other shape", NULL);
        return;
    }
    const lee_error error =
        lee_curve_corridor(on->import->shape, on->airway, on->airway + AIRWAY_POINTS_MAX,
                           on->airway_count, on->width_nm / 2 * NM_M);
    if (error != LEE_OK) {
        lee_gather_refuse(on->import, error, "DY", "the airway is too wide, narrow or long", NULL);
    }
}

static void finish_block(reader *on)
{
    if (!on->open) {
        return;
    }
    lee_zone_import *import = on->import;
    import->line = on->first_line;
    finish_airway(on);
    if (!on->has_point && !on->has_circle && on->airway_count == 0) {
        lee_gather_refuse(import, LEE_ERR_MISSING, NULL, "the block has no shape", NULL);
    }
    if (!import->refused) {
        set_kind(on);
        set_name(on);
        set_limits(on);
        set_schedule(on);
        if (on->has_point &&
            (on->first.lat_e7 != on->last.lat_e7 || on->first.lon_e7 != on->last.lon_e7)) {
            lee_gather_repair(import, "DP", "the polygon was not closed: it was", NULL);
        }
        lee_gather_area(import);
    }
    lee_gather_end(import, true);
    on->open = false;
}

static void open_block(reader *on, uint32_t line)
{
    finish_block(on);
    double *const airway = on->airway;
    lee_intervals spans = on->spans;
    spans.count = 0;
    *on = (reader){
        .import = on->import, .open = true, .first_line = line, .airway = airway, .spans = spans};
    lee_gather_begin(on->import, line);
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool read_coord(reader *on, const lee_openair_line *line, const char **at, lee_point *out)
{
    uint32_t oddities = 0;
    const lee_error error = lee_openair_coord_parse(at, line->text + line->length, out, &oddities);
    if (error != LEE_OK) {
        refuse(on, error, line,
               error == LEE_ERR_DOMAIN ? "a coordinate is out of range" : "it is not a coordinate");
        return false;
    }
    if (oddities & LEE_COORD_SIXTY) {
        repair(on, line, "minutes or seconds of 60 were carried over");
    }
    if (oddities & (LEE_COORD_PACKED | LEE_COORD_MIXED)) {
        note(on, line, "an unusual form of coordinate");
    }
    return true;
}

static bool read_whole_coord(reader *on, const lee_openair_line *line, lee_point *out)
{
    const char *at = line->text;
    if (!read_coord(on, line, &at, out)) {
        return false;
    }
    if (!lee_openair_is_blank(at, line->text + line->length)) {
        refuse(on, LEE_ERR_SYNTAX, line, "something follows the coordinate");
        return false;
    }
    return true;
}

static bool begin_ring(reader *on, const lee_openair_line *line)
{
    if (on->has_circle) {
        refuse(on, LEE_ERR_GEOMETRY, line, "a circle and other points in one block");
        return false;
    }
    if (!on->has_point) {
        on->has_point = true;
        lee_shape_polygon(on->import->shape);
        lee_shape_ring(on->import->shape);
        return true;
    }
    return true;
}

/* Files repeat the ends of arcs as points: that is the format's habit, not a fault. */
static void add_point(reader *on, lee_point point, bool is_first, bool is_arc)
{
    const bool repeats = !is_first && (is_arc || on->after_arc) &&
                         point.lat_e7 == on->last.lat_e7 && point.lon_e7 == on->last.lon_e7;
    on->after_arc = is_arc;
    if (repeats) {
        return;
    }
    if (is_first) {
        on->first = point;
    }
    on->last = point;
    lee_shape_point(on->import->shape, point.lat_e7, point.lon_e7);
}

static void read_point(reader *on, const lee_openair_line *line)
{
    lee_point point;
    const bool is_first = !on->has_point;
    if (read_whole_coord(on, line, &point) && begin_ring(on, line)) {
        add_point(on, point, is_first, false);
    }
}

static bool has_centre(reader *on, const lee_openair_line *line)
{
    if (!on->has_centre) {
        refuse(on, LEE_ERR_MISSING, line, "no centre (V X=) before the arc or circle");
    }
    return on->has_centre;
}

static double degrees(int32_t e7)
{
    return e7 / 1e7;
}

static void read_circle(reader *on, const lee_openair_line *line)
{
    const char *at = line->text;
    double radius_nm = 0;
    if (!has_centre(on, line)) {
        return;
    }
    if (!lee_openair_number(&at, line->text + line->length, &radius_nm)) {
        refuse(on, LEE_ERR_SYNTAX, line, "the radius is not a number");
        return;
    }
    if (on->has_point || on->has_circle) {
        refuse(on, LEE_ERR_GEOMETRY, line, "a circle and another shape in one block");
        return;
    }
    on->has_circle = true;
    lee_shape_set_made(on->import->shape);
    if (lee_curve_circle(on->import->shape, degrees(on->centre.lat_e7), degrees(on->centre.lon_e7),
                         radius_nm * NM_M) != LEE_OK) {
        refuse(on, LEE_ERR_DOMAIN, line, "the radius is out of range");
    }
}

static void read_arc_ends(reader *on, const lee_openair_line *line)
{
    const char *at = line->text;
    const char *const end = line->text + line->length;
    lee_point from;
    lee_point to;
    if (!has_centre(on, line) || !read_coord(on, line, &at, &from)) {
        return;
    }
    while (at < end && (*at == ' ' || *at == '\t' || *at == ',')) {
        at++;
    }
    if (!read_coord(on, line, &at, &to)) {
        return;
    }
    const bool is_first = !on->has_point;
    if (!lee_openair_is_blank(at, end) || !begin_ring(on, line)) {
        return;
    }
    lee_curve_arc_spec arc = {.lat_deg = degrees(on->centre.lat_e7),
                              .lon_deg = degrees(on->centre.lon_e7),
                              .clockwise = !on->counter_clockwise};
    lee_curve_inverse(arc.lat_deg, arc.lon_deg, degrees(from.lat_e7), degrees(from.lon_e7),
                      &arc.from_deg, &arc.from_m);
    lee_curve_inverse(arc.lat_deg, arc.lon_deg, degrees(to.lat_e7), degrees(to.lon_e7), &arc.to_deg,
                      &arc.to_m);
    const double gap_m = arc.from_m > arc.to_m ? arc.from_m - arc.to_m : arc.to_m - arc.from_m;
    if (gap_m > 20 && gap_m > arc.from_m / 200) {
        note(on, line, "the ends of the arc are not equally far from its centre: joined evenly");
    }
    add_point(on, from, is_first, true);
    if (lee_curve_arc(on->import->shape, &arc) != LEE_OK) {
        refuse(on, LEE_ERR_DOMAIN, line, "the radius is out of range");
    }
    add_point(on, to, false, true);
}

static void read_arc_angles(reader *on, const lee_openair_line *line)
{
    const char *at = line->text;
    const char *const end = line->text + line->length;
    double radius_nm = 0;
    lee_curve_arc_spec arc = {.clockwise = !on->counter_clockwise, .with_ends = true};
    if (!has_centre(on, line)) {
        return;
    }
    if (!lee_openair_number(&at, end, &radius_nm) || !lee_openair_number(&at, end, &arc.from_deg) ||
        !lee_openair_number(&at, end, &arc.to_deg)) {
        refuse(on, LEE_ERR_SYNTAX, line, "an arc is a radius and two bearings");
        return;
    }
    const bool is_first = !on->has_point;
    if (!begin_ring(on, line)) {
        return;
    }
    arc.lat_deg = degrees(on->centre.lat_e7);
    arc.lon_deg = degrees(on->centre.lon_e7);
    arc.from_m = arc.to_m = radius_nm * NM_M;
    if (lee_curve_arc(on->import->shape, &arc) != LEE_OK) {
        refuse(on, LEE_ERR_DOMAIN, line, "the radius or a bearing is out of range");
        return;
    }
    lee_shape_ring_ends(on->import->shape, is_first ? &on->first : NULL, &on->last);
    on->after_arc = true;
}

static void read_airway_point(reader *on, const lee_openair_line *line)
{
    lee_point point;
    if (!read_whole_coord(on, line, &point)) {
        return;
    }
    if (!on->airway) {
        on->airway = lee_alloc(2 * AIRWAY_POINTS_MAX, sizeof *on->airway);
    }
    if (!on->airway || on->airway_count == AIRWAY_POINTS_MAX) {
        refuse(on, on->airway ? LEE_ERR_LIMIT : LEE_ERR_NO_MEMORY, line, "too many airway points");
        return;
    }
    on->airway[on->airway_count] = degrees(point.lat_e7);
    on->airway[AIRWAY_POINTS_MAX + on->airway_count] = degrees(point.lon_e7);
    on->airway_count++;
}

/* V X=centre, V D=+ or -, V W=width; others (Z, T) are about display. */
static void read_variable(reader *on, const lee_openair_line *line)
{
    const char *at = line->text;
    const char *const end = line->text + line->length;
    const char name = at < end ? (char)(*at & ~0x20) : '\0';
    at += at < end;
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    if (at == end || *at != '=') {
        note(on, line, "a variable without value is ignored");
        return;
    }
    at++;
    if (name == 'X') {
        const lee_openair_line rest = {.token = "V", .text = at, .length = (size_t)(end - at)};
        on->has_centre = read_whole_coord(on, &rest, &on->centre);
    } else if (name == 'D') {
        while (at < end && *at == ' ') {
            at++;
        }
        if (at == end || (*at != '+' && *at != '-')) {
            refuse(on, LEE_ERR_SYNTAX, line, "a direction is + or -");
            return;
        }
        on->counter_clockwise = *at == '-';
    } else if (name == 'W') {
        if (!lee_openair_number(&at, end, &on->width_nm)) {
            refuse(on, LEE_ERR_SYNTAX, line, "the width is not a number");
        }
    }
}

static void read_limit(reader *on, const lee_openair_line *line, bool *seen, lee_alt_limit *out)
{
    uint32_t oddities = 0;
    if (*seen) {
        refuse(on, LEE_ERR_DUPLICATE, line, "a limit is given twice");
        return;
    }
    const lee_error error = lee_alt_text_parse(line->text, line->length, out, &oddities);
    if (error != LEE_OK) {
        refuse(on, error, line,
               error == LEE_ERR_MISSING ? "a flight level without number"
                                        : "it is not an altitude");
        return;
    }
    *seen = true;
    if (oddities & LEE_ALT_TEXT_NO_UNIT) {
        repair(on, line, "no unit: taken as feet");
    }
    if (oddities & LEE_ALT_TEXT_NO_REF) {
        repair(on, line, "no reference: taken as MSL");
    }
    if (oddities & (LEE_ALT_TEXT_SPELLING | LEE_ALT_TEXT_METRES | LEE_ALT_TEXT_ROUNDED)) {
        note(on, line, "an unusual form of altitude");
    }
}

/* AA from/to, each an instant or NONE. */
static void read_activation(reader *on, const lee_openair_line *line)
{
    const char *slash = memchr(line->text, '/', line->length);
    int64_t from_us = INT64_MIN;
    int64_t to_us = INT64_MAX;
    const size_t first = slash ? (size_t)(slash - line->text) : 0;
    const size_t second = slash ? line->length - first - 1 : 0;
    const bool ok = slash && lee_openair_instant(line->text, first, &from_us) &&
                    lee_openair_instant(slash + 1, second, &to_us) && from_us < to_us;
    if (!ok) {
        refuse(on, LEE_ERR_SYNTAX, line, "an activation is two instants like 2025-01-01T12:00Z");
        return;
    }
    if (lee_intervals_add(&on->spans, from_us, to_us) != LEE_OK) {
        refuse(on, LEE_ERR_LIMIT, line, "too many activations");
    }
}

static void keep_line(reader *on, const lee_openair_line *line, lee_openair_line *where)
{
    if (where->length > 0) {
        repair(on, line, "given twice: the first one counts");
        return;
    }
    *where = *line;
}

static void read_name(reader *on, const lee_openair_line *line)
{
    keep_line(on, line, &on->name_line);
    if (on->name_line.text == line->text) {
        lee_gather_label(on->import, line->text, line->length);
    }
}

static void read_line(reader *on, const lee_openair_line *line)
{
    lee_zone *draft = &on->import->draft;
    switch (lee_openair_token_of(line)) {
    case LEE_OPENAIR_AC:
        keep_line(on, line, &on->class_line);
        break;
    case LEE_OPENAIR_AY:
        keep_line(on, line, &on->type_line);
        break;
    case LEE_OPENAIR_AN:
        read_name(on, line);
        break;
    case LEE_OPENAIR_AI:
        keep_line(on, line, &on->id_line);
        break;
    case LEE_OPENAIR_AG:
        on->station_line = *line;
        break;
    case LEE_OPENAIR_AL:
        read_limit(on, line, &on->has_lower, &draft->lower);
        break;
    case LEE_OPENAIR_AH:
        read_limit(on, line, &on->has_upper, &draft->upper);
        break;
    case LEE_OPENAIR_AA:
        read_activation(on, line);
        break;
    case LEE_OPENAIR_DP:
        read_point(on, line);
        break;
    case LEE_OPENAIR_DC:
        read_circle(on, line);
        break;
    case LEE_OPENAIR_DB:
        read_arc_ends(on, line);
        break;
    case LEE_OPENAIR_DA:
        read_arc_angles(on, line);
        break;
    case LEE_OPENAIR_DY:
        read_airway_point(on, line);
        break;
    case LEE_OPENAIR_V:
        read_variable(on, line);
        break;
    case LEE_OPENAIR_IGNORED:
        break;
    case LEE_OPENAIR_UNKNOWN:
        note(on, line, "a token that is not known is ignored");
        break;
    default:
        assert(false);
    }
}

/* Whether the line begins a block: AC always; the other heads when no block is open or the open one
 * has a shape already. AY and AI before AC of the same block stay with it. */
static bool begins_block(const reader *on, const lee_openair_line *line)
{
    const lee_openair_token token = lee_openair_token_of(line);
    const bool is_head = token == LEE_OPENAIR_AC || token == LEE_OPENAIR_AN ||
                         token == LEE_OPENAIR_AY || token == LEE_OPENAIR_AI;
    if (!is_head) {
        return false;
    }
    const bool has_shape = on->has_point || on->has_circle || on->airway_count > 0;
    if (!on->open || has_shape) {
        return true;
    }
    return token == LEE_OPENAIR_AC && on->class_line.length > 0;
}

static void read_lines(reader *on, const char *text, size_t length)
{
    lee_openair_lines lines;
    lee_openair_line line;
    bool outside_told = false;
    lee_openair_lines_init(&lines, text, length);
    while (on->import->error == LEE_OK && lee_openair_lines_next(&lines, &line)) {
        if (begins_block(on, &line)) {
            open_block(on, line.number);
        }
        on->import->line = line.number;
        if (on->open) {
            read_line(on, &line);
        } else if (lee_openair_token_of(&line) != LEE_OPENAIR_IGNORED && !outside_told) {
            outside_told = true;
            note(on, &line, "a line before the first block is ignored");
        }
    }
}

void lee_read_openair(lee_zone_import *import, const char *text, size_t length)
{
    assert(import && text);

    reader *on = lee_alloc(1, sizeof *on);
    if (!on) {
        import->error = LEE_ERR_NO_MEMORY;
        return;
    }
    on->import = import;
    if (!lee_openair_is_utf8(text, length)) {
        lee_gather_note(import, NULL, "it is not UTF-8: read as ISO-8859-1", NULL);
    }
    read_lines(on, text, length);
    finish_block(on);
    lee_intervals_free(&on->spans);
    lee_free(on->airway);
    lee_free(on);
}
