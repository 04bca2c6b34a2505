#include "app/pipeline_private.h"

#include <assert.h>
#include <string.h>

#include "app/amend.h"
#include "record/input.h"
#include "record/operation.h"
#include "zone/qnh_file.h"

lee_error lee__pipeline_places(lee_pipeline *p, const uint8_t *bytes, size_t length,
                               lee_error_info *why)
{
    lee_places *places = NULL;
    const lee_error error = lee_places_load((const char *)bytes, length, &places, why);
    if (error != LEE_OK) {
        return error;
    }
    lee_places *const old_places = p->places;
    lee_warner *const old_warner = p->warner;
    p->places = places;
    p->warner = NULL;
    if (lee__pipeline_make_warner(p) != LEE_OK) {
        p->places = old_places;
        p->warner = old_warner;
        lee_places_free(places);
        return lee__pipeline_refuse(why, LEE_ERR_NO_MEMORY, "places", "no memory for the warner");
    }
    lee_warner_free(old_warner);
    lee_places_free(old_places);
    return LEE_OK;
}

/* The first refusal of an import, kept for the message. */
static void keep_finding(void *context, const lee_zone_finding *finding)
{
    lee_error_info *const why = context;
    if (finding->level == LEE_FINDING_REFUSED && why->code == LEE_OK) {
        *why = (lee_error_info){.code = LEE_ERR_SYNTAX,
                                .line = finding->line,
                                .field = "zones",
                                .reason = "a zone of the set was refused"};
    }
}

static lee_error build_zones(const lee_input_text *input, lee_zone_import **zones,
                             lee_zone_set **set, lee_error_info *why)
{
    lee_zone_import_options options;
    lee_zone_import_options_default(&options);
    options.finding = keep_finding;
    options.finding_context = why;
    lee_error error = lee_zone_import_create(&options, zones);
    if (error == LEE_OK) {
        error = lee_zone_import_text(*zones, "journal", (const char *)input->text, input->length);
    }
    if (error == LEE_OK && why->code != LEE_OK) {
        error = why->code;
    }
    if (error == LEE_OK) {
        error = lee_zone_set_build(lee_zone_import_list(*zones), set);
    }
    return error;
}

lee_error lee__pipeline_zones(lee_pipeline *p, const uint8_t *bytes, size_t length,
                              lee_error_info *why)
{
    lee_input_text input;
    if (!lee_input_text_decode(bytes, length, &input)) {
        return lee__pipeline_refuse(why, LEE_ERR_TRUNCATED, "zones", "the record ends too early");
    }
    lee_zone_import *zones = NULL;
    lee_zone_set *set = NULL;
    lee_error error = build_zones(&input, &zones, &set, why);
    if (error == LEE_OK) {
        /* Names the new generation before its first event is told. */
        lee_zone_import *const old_zones = p->zones;
        lee_zone_set *const old_set = p->set;
        p->zones = zones;
        p->set = set;
        p->generation = input.generation;
        p->t_us = input.t_us > p->t_us ? input.t_us : p->t_us;
        error = lee__pipeline_watch_zones(p, set, input.generation, input.t_us);
        lee_zone_set_free(old_set);
        lee_zone_import_free(old_zones);
        return error;
    }
    lee_zone_set_free(set);
    lee_zone_import_free(zones);
    return why->code != LEE_OK ? error
                               : lee__pipeline_refuse(why, error, "zones", lee_error_text(error));
}

static void keep_permit_finding(void *context, const lee_permit_finding *finding)
{
    lee_error_info *const why = context;
    if (why->code == LEE_OK) {
        *why = (lee_error_info){.code = LEE_ERR_SYNTAX,
                                .line = finding->line,
                                .field = finding->field,
                                .reason = finding->reason};
    }
}

/* Puts the list in force and takes it. */
static lee_error put_permits(lee_pipeline *p, lee_permit_file *permits, int64_t t_us,
                             lee_error_info *why)
{
    const lee_error error = lee__pipeline_watch_permits(p, lee_permit_file_list(permits), t_us);
    if (error != LEE_OK) {
        lee_permit_file_free(permits);
        return lee__pipeline_refuse(why, error, "permits", lee_error_text(error));
    }
    lee_permit_file_free(p->permits);
    p->permits = permits;
    return LEE_OK;
}

static const lee_permit_list *permits_of(const lee_pipeline *p)
{
    static const lee_permit_list none = {NULL, 0};
    return p->permits ? lee_permit_file_list(p->permits) : &none;
}

static lee_error amend(lee_pipeline *p, const lee_operation *operation, lee_error_info *why)
{
    lee_permit_file *permits = NULL;
    const lee_error error = lee_amend_permits(permits_of(p), operation, &permits, why);
    return error == LEE_OK ? put_permits(p, permits, operation->t_us, why) : error;
}

/* What operators did to permits holds for the new file too, as far as it has them. */
lee_error lee__pipeline_amend_again(lee_pipeline *p, int64_t t_us)
{
    lee_bytes in;
    for (lee_bytes_init(&in, p->operations.bytes, p->operations.length); lee_bytes_left(&in) > 0;) {
        const size_t length = (size_t)lee_bytes_varint(&in);
        const char *const text = (const char *)lee_bytes_take(&in, length);
        lee_operation operation;
        lee_error_info why;
        if (text && lee_operation_read(text, length, &operation, &why) == LEE_OK &&
            (operation.op == LEE_OP_PERMIT || operation.op == LEE_OP_PERMIT_STEP)) {
            lee_permit_file *permits = NULL;
            const lee_error error = lee_amend_permits(permits_of(p), &operation, &permits, &why);
            if (error == LEE_ERR_NO_MEMORY ||
                (error == LEE_OK && put_permits(p, permits, t_us, &why) == LEE_ERR_NO_MEMORY)) {
                return LEE_ERR_NO_MEMORY;
            }
        }
    }
    return LEE_OK;
}

lee_error lee__pipeline_permits(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                lee_error_info *why)
{
    lee_input_text input;
    if (!lee_input_text_decode(bytes, length, &input)) {
        return lee__pipeline_refuse(why, LEE_ERR_TRUNCATED, "permits", "the record ends too early");
    }
    lee_permit_file *permits = NULL;
    uint32_t refused = 0;
    lee_error error = lee_permit_file_read("journal", (const char *)input.text, input.length,
                                           keep_permit_finding, why, &refused, &permits);
    if (error == LEE_OK && why->code != LEE_OK) {
        error = why->code;
    }
    if (error == LEE_OK) {
        error = put_permits(p, permits, input.t_us, why);
        return error == LEE_OK ? lee__pipeline_amend_again(p, input.t_us) : error;
    }
    lee_permit_file_free(permits);
    return why->code != LEE_OK ? error
                               : lee__pipeline_refuse(why, error, "permits", lee_error_text(error));
}

/* An incident that has ended meanwhile is taken note of all the same. */
static lee_error acknowledge(lee_pipeline *p, const lee_operation *o)
{
    if (!o->has_for) {
        return LEE_OK;
    }
    const int64_t until_us = o->t_us + o->for_s * 1000000;
    const lee_error error = lee_attention_acknowledge(p->attention, o->incident, o->t_us, until_us);
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error inhibit(lee_pipeline *p, const lee_operation *o)
{
    lee_inhibition inhibition = {
        .target = o->target, .from_us = o->t_us, .to_us = o->t_us + o->for_s * 1000000};
    static_assert(sizeof inhibition.zone == sizeof o->zone, "the same text");
    memcpy(inhibition.zone, o->zone, sizeof inhibition.zone);
    memcpy(inhibition.id, o->id, sizeof inhibition.id - 1);
    return lee_watch_inhibit(p->watch, &inhibition, o->t_us);
}

/* A pressure stated: it holds from the next report on. */
static lee_error state_qnh(lee_pipeline *p, const lee_operation *o, lee_error_info *why)
{
    lee_qnh qnh;
    lee_error error = lee_qnh_read(o->qnh, o->qnh_length, &qnh, why);
    if (error == LEE_OK) {
        error = lee_qnh_table_put(p->qnh, &qnh, o->t_us);
    }
    if (error == LEE_OK) {
        lee__pipeline_watch_qnh(p, p->qnh);
    }
    return error;
}

const lee_qnh *lee_pipeline_qnh(const lee_pipeline *pipeline, uint32_t *count)
{
    *count = 0;
    return pipeline->qnh ? lee_qnh_table_all(pipeline->qnh, count) : NULL;
}

lee_error lee__pipeline_operation(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                  lee_error_info *why)
{
    lee_operation operation;
    lee_error error = lee_operation_read((const char *)bytes, length, &operation, why);
    if (error != LEE_OK) {
        return error;
    }
    if (!p->watch && operation.op != LEE_OP_QNH) {
        return lee__pipeline_refuse(why, LEE_ERR_UNSUPPORTED, "op", "is for a watch on one thread");
    }
    switch (operation.op) {
    case LEE_OP_ACKNOWLEDGE:
        error = acknowledge(p, &operation);
        break;
    case LEE_OP_INHIBIT:
        error = inhibit(p, &operation);
        break;
    case LEE_OP_END_INHIBITION:
        error = lee_watch_end_inhibition(p->watch, operation.id, operation.t_us);
        break;
    case LEE_OP_PERMIT:
    case LEE_OP_PERMIT_STEP:
        error = amend(p, &operation, why);
        break;
    case LEE_OP_QNH:
        error = state_qnh(p, &operation, why);
        break;
    case LEE_OP_COUNT:
        error = LEE_ERR_UNSUPPORTED;
        break;
    }
    if (error != LEE_OK && why->code == LEE_OK) {
        return lee__pipeline_refuse(why, error, lee_op_name(operation.op), lee_error_text(error));
    }
    if (error != LEE_OK) {
        return error;
    }
    p->t_us = operation.t_us > p->t_us ? operation.t_us : p->t_us;
    if (operation.op != LEE_OP_ACKNOWLEDGE && operation.op != LEE_OP_QNH) {
        lee_buffer_varint(&p->operations, length);
        lee_buffer_bytes(&p->operations, bytes, length);
    }
    return LEE_OK;
}

const lee_buffer *lee_pipeline_operations(const lee_pipeline *pipeline)
{
    return &pipeline->operations;
}

void lee_pipeline_write_permits(const lee_pipeline *pipeline, lee_buffer *out)
{
    lee_buffer_text(out, "{\"permits\":[");
    if (pipeline->permits) {
        lee_permit_write(lee_permit_file_list(pipeline->permits), ",", out);
    }
    lee_buffer_text(out, "],\"conflicts\":[");
    lee_amend_write_conflicts(permits_of(pipeline), out);
    lee_buffer_text(out, "]}");
}
