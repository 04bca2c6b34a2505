#include "app/tune_scene.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/memory.h"
#include "app/session.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "geo/area.h"
#include "geo/geoid.h"
#include "leeward/decoder.h"
#include "record/codec.h"
#include "record/input.h"
#include "record/operation.h"
#include "zone/alt_band.h"
#include "zone/qnh_file.h"
#include "zone/write.h"

/* As the pipeline has it: what claims to be from the future is refused. */
#define FUTURE_MAX_US (5 * INT64_C(1000000))
#define ZONE_TEXT_MAX_BYTES ((size_t)64 * 1024 * 1024)

typedef struct {
    uint32_t target;
    uint32_t period;
    lee_measure_fix fix;
} heard_fix;

/* While it is made. */
typedef struct {
    lee_tune_scene *scene;
    lee_session session;
    const lee_terrain_files *terrain;
    lee_qnh_table *qnh;
    lee_decoder *decoder;
    lee_measure_memory *memories;
    lee_buffer fixes; /* of type heard_fix */
    lee_buffer lives; /* of type lee_tune_life */
    lee_buffer imports;
    lee_map *newest; /* by the hash of a zone's id: its newest life */
    lee_buffer scratch;
    uint32_t period;
    int64_t first_us;
    int64_t last_us;
} maker;

/* --- zones --------------------------------------------------------------------------------------
 */

static uint64_t content_of(maker *m, const lee_zone *zone)
{
    lee_buffer_reset(&m->scratch);
    lee_zone_write_feature(zone, &m->scratch);
    lee_memory_require_whole(&m->scratch);
    return lee_hash(m->scratch.bytes, m->scratch.length);
}

static lee_tune_life *life_at(const maker *m, uint32_t index)
{
    return (lee_tune_life *)(void *)m->lives.bytes + index;
}

static int32_t geoid_under(const maker *m, lee_box box)
{
    const bool is_box = box.min.lat_e7 <= box.max.lat_e7 && box.min.lon_e7 <= box.max.lon_e7;
    return m->session.watch.has_geoid || !is_box ? m->session.watch.geoid_m
                                                 : lee_geoid_in(box).height_m;
}

/* What is stated for the place and time counts, then what is configured, then what the target says
 * itself. */
static lee_measure_air air_at(const maker *m, const lee_report *report)
{
    const lee_point point = {report->lat_e7, report->lon_e7};
    const bool has_place = report->present & LEE_REPORT_HAS_LAT;
    const lee_qnh *const stated =
        has_place ? lee_qnh_table_find(m->qnh, point, report->t_us) : NULL;
    const int32_t hpa_e1 = stated ? stated->qnh_hpa_e1 : m->session.watch.qnh_hpa_e1;
    return (lee_measure_air){.geoid_m = has_place ? geoid_under(m, (lee_box){point, point})
                                                  : m->session.watch.geoid_m,
                             .by_itself = hpa_e1 == 0 && m->session.watch.qnh_from_aircraft,
                             .shift_ft = hpa_e1 == 0 ? 0 : lee_qnh_height_ft(hpa_e1)};
}

static const lee_terrain *terrain_of(const maker *m)
{
    return m->terrain && strcmp(lee_terrain_files_name(m->terrain), m->session.terrain) == 0
               ? lee_terrain_files_terrain(m->terrain)
               : NULL;
}

/* Either the life of the zone goes on, or a new one begins. True: it is new. */
static bool live(maker *m, const lee_zone *zone)
{
    const uint64_t id = lee_hash(zone->id, strlen(zone->id));
    const uint64_t content = content_of(m, zone);
    const uint32_t known = lee_map_get(m->newest, &id);
    lee_tune_life *const before = known == LEE_MAP_NONE ? NULL : life_at(m, known);
    if (before && before->last_period + 1 == m->period && before->content == content &&
        before->terrain == terrain_of(m)) {
        before->last_period = m->period;
        return false;
    }
    const lee_tune_life life = {.zone = zone,
                                .content = content,
                                .first_period = m->period,
                                .last_period = m->period,
                                .geoid_m = geoid_under(m, lee_area_box(&zone->area)),
                                .terrain = terrain_of(m),
                                .predicts = zone->watch.look_ahead_s > 0};
    lee_buffer_bytes(&m->lives, &life, sizeof life);
    lee_memory_require_whole(&m->lives);
    if (!lee_map_put(m->newest, &id, m->scene->life_count++)) {
        lee_memory_out();
    }
    return true;
}

static lee_error take_zones(maker *m, const lee_record *record)
{
    lee_input_text input;
    lee_zone_import *import = NULL;
    if (!lee_input_text_decode(record->bytes, record->length, &input)) {
        return LEE_ERR_CORRUPT;
    }
    lee_error error = lee_zone_import_create(NULL, &import);
    if (error == LEE_OK) {
        error = lee_zone_import_text(import, "zones", (const char *)input.text, input.length);
    }
    if (error != LEE_OK) {
        lee_zone_import_free(import);
        return error;
    }
    m->period++;
    const lee_zone_list *const list = lee_zone_import_list(import);
    bool any_new = false;
    for (uint32_t i = 0; i < list->count; i++) {
        any_new |= live(m, &list->zones[i]);
    }
    if (!any_new) {
        lee_zone_import_free(import);
        return LEE_OK;
    }
    lee_buffer_bytes(&m->imports, &import, sizeof(void *));
    lee_memory_require_whole(&m->imports);
    m->scene->import_count++;
    return LEE_OK;
}

/* --- targets ------------------------------------------------------------------------------------
 */

static uint32_t number_of(maker *m, const lee_target *name)
{
    lee_tune_scene *const s = m->scene;
    uint32_t number = lee_map_get(s->numbers, name->text);
    if (number == LEE_MAP_NONE && s->target_count < LEE_TUNE_TARGETS_MAX) {
        number = s->target_count++;
        s->names[number] = *name;
        const bool put = lee_map_put(s->numbers, name->text, number);
        assert(put);
        (void)put;
    }
    return number;
}

static void take_report(maker *m, const lee_report *report)
{
    heard_fix heard = {.period = m->period};
    const lee_measure_air air = air_at(m, report);
    heard.target = number_of(m, &report->target);
    m->scene->reports++;
    m->first_us = m->scene->reports == 1 ? report->t_us : m->first_us;
    m->last_us = report->t_us > m->last_us ? report->t_us : m->last_us;
    if (heard.target == LEE_MAP_NONE) {
        m->scene->targets_left_out++;
    } else if (lee_measure_hear(&m->memories[heard.target], report, &air, &heard.fix)) {
        lee_buffer_bytes(&m->fixes, &heard, sizeof heard);
        lee_memory_require_whole(&m->fixes);
    }
}

static void take_frames(maker *m, const lee_record *record)
{
    lee_bytes in;
    lee_frame frame;
    lee_bytes_init(&in, record->bytes, record->length);
    while (m->decoder && lee_bytes_left(&in) > 0 && lee_frame_decode(&in, &frame) == LEE_OK) {
        lee_report report;
        lee_error_info why;
        if (lee_decoder_frame(m->decoder, &frame, &report, &why) == LEE_DECODED_REPORT &&
            report.t_us <= frame.t_us + FUTURE_MAX_US &&
            lee_report_check(&report, &why) == LEE_OK) {
            take_report(m, &report);
        }
    }
}

static lee_error take_session(maker *m, const lee_record *record)
{
    lee_error_info why;
    lee_error error = lee_session_read(record->bytes, record->length, &m->session, &why);
    if (error != LEE_OK) {
        return error;
    }
    lee_decoder_free(m->decoder);
    m->decoder = NULL;
    lee_qnh_table_free(m->qnh);
    m->qnh = lee_qnh_table_create();
    if (!m->qnh) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.site_known = m->session.has_site;
    options.site = m->session.site;
    return lee_decoder_create(&options, &m->decoder);
}

/* One that the watch refuses, which run 0 says, states nothing here either. */
static void take_operation(maker *m, const lee_record *record)
{
    lee_operation operation;
    lee_error_info why;
    lee_qnh qnh;
    if (m->qnh &&
        lee_operation_read((const char *)record->bytes, record->length, &operation, &why) ==
            LEE_OK &&
        operation.op == LEE_OP_QNH &&
        lee_qnh_read(operation.qnh, operation.qnh_length, &qnh, &why) == LEE_OK) {
        const lee_error error = lee_qnh_table_put(m->qnh, &qnh, operation.t_us);
        (void)error; /* no room: as above */
    }
}

static lee_error take(maker *m, const lee_record *record)
{
    if (record->kind == LEE_RECORD_SESSION) {
        return take_session(m, record);
    }
    if (record->kind == LEE_RECORD_ZONES) {
        return take_zones(m, record);
    }
    if (record->kind == LEE_RECORD_FRAME) {
        take_frames(m, record);
    } else if (record->kind == LEE_RECORD_OPERATOR) {
        take_operation(m, record);
    }
    return LEE_OK;
}

/* --- putting in order ---------------------------------------------------------------------------
 */

static void widen(lee_box *box, const lee_measure_fix *fix, bool is_first)
{
    const lee_point p = {(int32_t)fix->y_m, (int32_t)fix->x_m};
    if (is_first) {
        *box = (lee_box){p, p};
    }
    box->min.lat_e7 = p.lat_e7 < box->min.lat_e7 ? p.lat_e7 : box->min.lat_e7;
    box->min.lon_e7 = p.lon_e7 < box->min.lon_e7 ? p.lon_e7 : box->min.lon_e7;
    box->max.lat_e7 = p.lat_e7 > box->max.lat_e7 ? p.lat_e7 : box->max.lat_e7;
    box->max.lon_e7 = p.lon_e7 > box->max.lon_e7 ? p.lon_e7 : box->max.lon_e7;
}

/* Sorts the fixes by target, each target's as they came. */
static lee_error sort_fixes(const maker *m)
{
    lee_tune_scene *const s = m->scene;
    const size_t count = m->fixes.length / sizeof(heard_fix);
    const heard_fix *const heard = (const heard_fix *)(const void *)m->fixes.bytes;
    size_t *const next = lee_alloc((size_t)s->target_count + 2, sizeof *next);
    s->fixes = lee_alloc(count + 1, sizeof *s->fixes);
    s->periods = lee_alloc(count + 1, sizeof *s->periods);
    s->first = lee_alloc((size_t)s->target_count + 1, sizeof *s->first);
    s->boxes = lee_alloc((size_t)s->target_count + 1, sizeof *s->boxes);
    if (!next || !s->fixes || !s->periods || !s->first || !s->boxes) {
        lee_free(next);
        return LEE_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        s->first[heard[i].target + 1]++;
    }
    for (uint32_t t = 0; t < s->target_count; t++) {
        s->first[t + 1] += s->first[t];
        next[t] = s->first[t];
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t t = heard[i].target;
        s->fixes[next[t]] = heard[i].fix;
        s->periods[next[t]] = heard[i].period;
        widen(&s->boxes[t], &heard[i].fix, next[t] == s->first[t]);
        next[t]++;
    }
    lee_free(next);
    return LEE_OK;
}

static int compare_lives(const void *left, const void *right)
{
    const lee_tune_life *const a = left;
    const lee_tune_life *const b = right;
    const int order = strcmp(a->zone->id, b->zone->id);
    return order != 0 ? order
                      : (a->first_period > b->first_period) - (a->first_period < b->first_period);
}

static lee_error finish(maker *m)
{
    lee_tune_scene *const s = m->scene;
    s->lives = (lee_tune_life *)(void *)m->lives.bytes;
    m->lives.bytes = NULL;
    s->imports = (lee_zone_import **)(void *)m->imports.bytes;
    m->imports.bytes = NULL;
    if (s->life_count > 0) {
        qsort(s->lives, s->life_count, sizeof *s->lives, compare_lives);
    }
    s->hours = s->reports > 0 ? (double)(m->last_us - m->first_us) / 3.6e9 : 0;
    return sort_fixes(m);
}

lee_error lee_tune_scene_make(const lee_tune_inputs *inputs, const lee_terrain_files *terrain,
                              lee_tune_scene *out)
{
    assert(inputs && out);
    *out = (lee_tune_scene){.names = lee_alloc(LEE_TUNE_TARGETS_MAX, sizeof *out->names),
                            .numbers = lee_map_create(LEE_TUNE_TARGETS_MAX, LEE_TARGET_BYTES)};
    maker m = {.scene = out,
               .terrain = terrain,
               .memories = lee_alloc(LEE_TUNE_TARGETS_MAX, sizeof *m.memories),
               .newest = lee_map_create(LEE_ZONES_MAX, sizeof(uint64_t))};
    lee_buffer_init(&m.fixes, SIZE_MAX / 2);
    lee_buffer_init(&m.lives, SIZE_MAX / 2);
    lee_buffer_init(&m.imports, SIZE_MAX / 2);
    lee_buffer_init(&m.scratch, ZONE_TEXT_MAX_BYTES);
    lee_error error =
        out->names && out->numbers && m.memories && m.newest ? LEE_OK : LEE_ERR_NO_MEMORY;
    size_t at = 0;
    lee_record record;
    while (error == LEE_OK && lee_tune_inputs_next(inputs, &at, &record)) {
        error = take(&m, &record);
        if (error != LEE_OK) {
            fprintf(stderr, "leeward: a record of kind %s: %s\n", lee_record_kind_name(record.kind),
                    lee_error_text(error));
        }
    }
    /* What was made is the scene's in any case, so that it is freed with it. */
    const lee_error finished = finish(&m);
    lee_decoder_free(m.decoder);
    lee_qnh_table_free(m.qnh);
    lee_free(m.memories);
    lee_map_free(m.newest);
    lee_buffer_free(&m.fixes);
    lee_buffer_free(&m.lives);
    lee_buffer_free(&m.imports);
    lee_buffer_free(&m.scratch);
    return error == LEE_OK ? finished : error;
}

void lee_tune_scene_free(lee_tune_scene *scene)
{
    for (uint32_t i = 0; i < scene->import_count; i++) {
        lee_zone_import_free(scene->imports[i]);
    }
    lee_free(scene->imports);
    lee_free(scene->lives);
    lee_free(scene->names);
    lee_free(scene->fixes);
    lee_free(scene->periods);
    lee_free(scene->first);
    lee_free(scene->boxes);
    lee_map_free(scene->numbers);
}

uint32_t lee_tune_scene_target(const lee_tune_scene *scene, const lee_target *name)
{
    return lee_map_get(scene->numbers, name->text);
}

uint32_t lee_tune_scene_life(const lee_tune_scene *scene, const char *zone, uint32_t period)
{
    uint32_t low = 0;
    uint32_t high = scene->life_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (strcmp(scene->lives[middle].zone->id, zone) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < scene->life_count && strcmp(scene->lives[low].zone->id, zone) == 0; low++) {
        if (scene->lives[low].first_period <= period && period <= scene->lives[low].last_period) {
            return low;
        }
    }
    return LEE_TUNE_NONE;
}
