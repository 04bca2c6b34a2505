#include "app/amend.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

#define TEXT_MAX_BYTES ((size_t)512 * 1024 * 1024)
/* Permits of one target that are compared with each other. */
#define COMPARED_MAX 64u
#define CONFLICTS_MAX 1000u

static lee_error refuse(lee_error_info *why, lee_error code, const char *field, const char *reason)
{
    *why = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

/* The first finding; its texts are static or live as long as the field names, but for the id. */
static void keep_finding(void *context, const lee_permit_finding *finding)
{
    lee_error_info *const why = context;
    if (why->code == LEE_OK) {
        *why = (lee_error_info){
            .code = finding->code, .field = finding->field, .reason = finding->reason};
    }
}

static lee_error read(const lee_buffer *text, lee_permit_file **out, lee_error_info *why)
{
    uint32_t refused = 0;
    if (text->error != LEE_OK) {
        return refuse(why, text->error, "permit", lee_error_text(text->error));
    }
    const lee_error error = lee_permit_file_read("operation", (const char *)text->bytes,
                                                 text->length, keep_finding, why, &refused, out);
    if (error == LEE_OK && why->code != LEE_OK) {
        lee_permit_file_free(*out);
        *out = NULL;
        return why->code;
    }
    return error == LEE_OK ? LEE_OK : refuse(why, error, "permit", lee_error_text(error));
}

static void write_with_step(const lee_permit *permit, const lee_permit_step *step, lee_buffer *out)
{
    lee_permit_step steps[LEE_PERMIT_STEPS_MAX];
    lee_permit copy = *permit;
    assert(permit->step_count < LEE_PERMIT_STEPS_MAX);
    if (permit->step_count > 0) {
        memcpy(steps, permit->steps, permit->step_count * sizeof *steps);
    }
    steps[permit->step_count] = *step;
    copy.steps = steps;
    copy.step_count = permit->step_count + 1;
    lee_permit_write_one(&copy, out);
    lee_buffer_char(out, '\n');
}

static lee_error write_requested(const lee_operation *o, lee_buffer *out, lee_error_info *why,
                                 char id[64])
{
    lee_buffer line;
    lee_buffer_init(&line, TEXT_MAX_BYTES);
    lee_buffer_bytes(&line, o->permit, o->permit_length);
    for (size_t i = 0; i < line.length;
         i++) { /* JSON as people wrap it is one line to the reader */
        line.bytes[i] = line.bytes[i] == '\n' ? ' ' : line.bytes[i];
    }
    lee_permit_file *file = NULL;
    lee_error error = read(&line, &file, why);
    if (error == LEE_OK && lee_permit_file_list(file)->permits[0].step_count > 0) {
        error = refuse(why, LEE_ERR_DOMAIN, "steps", "each party says its word itself");
    }
    if (error == LEE_OK) {
        const lee_permit *const asked = &lee_permit_file_list(file)->permits[0];
        const lee_permit_step step = {.state = LEE_PERMIT_REQUESTED,
                                      .at_us = o->t_us,
                                      .by = o->by,
                                      .note = o->note[0] != '\0' ? o->note : NULL};
        memcpy(id, asked->id, strlen(asked->id) + 1);
        write_with_step(asked, &step, out);
    }
    lee_permit_file_free(file);
    lee_buffer_free(&line);
    return error;
}

static lee_error write_step(const lee_permit *permit, const lee_operation *o, lee_buffer *out,
                            lee_error_info *why)
{
    lee_permit_step step = {
        .at_us = o->t_us, .by = o->by, .note = o->note[0] != '\0' ? o->note : NULL};
    if (!lee_permit_state_parse(o->state, &step.state)) {
        return refuse(why, LEE_ERR_DOMAIN, "state",
                      "is none of requested, acknowledged, granted, refused, revoked");
    }
    if (o->by[0] == '\0') {
        return refuse(why, LEE_ERR_MISSING, "by", "is needed: which party says so");
    }
    if (permit->step_count >= LEE_PERMIT_STEPS_MAX) {
        return refuse(why, LEE_ERR_LIMIT, "steps", "are too many");
    }
    if (permit->step_count > 0 && permit->steps[permit->step_count - 1].at_us > step.at_us) {
        step.at_us = permit->steps[permit->step_count - 1].at_us;
    }
    /* A permit of the file without steps is granted; who revokes it takes that back. */
    lee_permit known = *permit;
    const lee_permit_step granted = {.state = LEE_PERMIT_GRANTED,
                                     .at_us = 0,
                                     .by = permit->granted_by ? permit->granted_by : "file"};
    if (known.step_count == 0) {
        known.steps = &granted;
        known.step_count = 1;
    }
    write_with_step(&known, &step, out);
    return LEE_OK;
}

lee_error lee_amend_permits(const lee_permit_list *list, const lee_operation *operation,
                            lee_permit_file **out, lee_error_info *why)
{
    assert(list && operation && out && why);
    lee_buffer text;
    lee_buffer_init(&text, TEXT_MAX_BYTES);
    char id[64] = "";
    lee_error error = LEE_OK;
    bool found = operation->op == LEE_OP_PERMIT;
    if (found) {
        error = write_requested(operation, &text, why, id);
    } else {
        memcpy(id, operation->id, sizeof operation->id);
    }
    for (uint32_t i = 0; error == LEE_OK && i < list->count; i++) {
        if (strcmp(list->permits[i].id, id) != 0) {
            lee_permit_write_one(&list->permits[i], &text);
            lee_buffer_char(&text, '\n');
        } else if (operation->op == LEE_OP_PERMIT_STEP) {
            found = true;
            error = write_step(&list->permits[i], operation, &text, why);
        }
    }
    if (error == LEE_OK && !found) {
        error = refuse(why, LEE_ERR_NOT_FOUND, "id", "no permit has it");
    }
    if (error == LEE_OK) {
        error = read(&text, out, why);
    }
    lee_buffer_free(&text);
    return error;
}

/* --- conflicts ----------------------------------------------------------------------------------
 */

static int compare_target(const void *a, const void *b)
{
    const lee_permit *const x = *(const lee_permit *const *)a;
    const lee_permit *const y = *(const lee_permit *const *)b;
    const int order = strcmp(x->target, y->target);
    return order != 0 ? order : strcmp(x->id, y->id);
}

static bool share_zone(const lee_permit *a, const lee_permit *b)
{
    for (uint32_t i = 0; i < a->zone_count; i++) {
        for (uint32_t k = 0; k < b->zone_count; k++) {
            if (strcmp(a->zones[i], "*") == 0 || strcmp(b->zones[k], "*") == 0 ||
                strcmp(a->zones[i], b->zones[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool is_above(const lee_alt_limit *floor, const lee_alt_limit *ceiling)
{
    return floor->kind == LEE_LIMIT_VALUE && ceiling->kind == LEE_LIMIT_VALUE &&
           floor->alt.ref == ceiling->alt.ref && floor->alt.ft >= ceiling->alt.ft;
}

static bool tracks_apart(const lee_permit *a, const lee_permit *b)
{
    if (!a->has_track || !b->has_track) {
        return false;
    }
    const int32_t span_a = (a->track_to_deg - a->track_from_deg + 360) % 360;
    const int32_t span_b = (b->track_to_deg - b->track_from_deg + 360) % 360;
    return (b->track_from_deg - a->track_from_deg + 360) % 360 > span_a &&
           (a->track_from_deg - b->track_from_deg + 360) % 360 > span_b;
}

/* Why both cannot be meant, or NULL. */
static const char *contradiction(const lee_permit *a, const lee_permit *b)
{
    if (a->from_us >= b->to_us || b->from_us >= a->to_us || !share_zone(a, b)) {
        return NULL;
    }
    if (lee_permit_is_granted(a, INT64_MAX) != lee_permit_is_granted(b, INT64_MAX)) {
        return "one is granted, the other is not";
    }
    if (a->duty == LEE_DUTY_REMAIN && b->duty == LEE_DUTY_REMAIN) {
        return NULL;
    }
    if (is_above(&a->floor, &b->ceiling) || is_above(&b->floor, &a->ceiling)) {
        return "they grant altitudes that do not meet";
    }
    if (tracks_apart(a, b)) {
        return "they grant opposite directions";
    }
    if (a->asks.stay != b->asks.stay) {
        return "one asks to stay, the other does not";
    }
    return NULL;
}

/* Whether whom b names is among those whom a names, as far as their names say it. */
static bool names_same(const lee_permit *a, const lee_permit *b)
{
    const size_t length = strlen(a->target);
    return strcmp(a->target, b->target) == 0 || (length > 0 && a->target[length - 1] == '*' &&
                                                 strncmp(a->target, b->target, length - 1) == 0);
}

lee_error lee_amend_each_conflict(const lee_permit_list *list, lee_conflict_sink *sink,
                                  void *context)
{
    assert(list && sink);
    const lee_permit **const sorted = lee_alloc((size_t)list->count + 1, sizeof *sorted);
    if (!sorted) {
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        sorted[i] = &list->permits[i];
    }
    /* Whoever begins with the fixed part of a pattern follows the pattern: '*' sorts before
     * letters, digits, hyphens and dots. */
    qsort((void *)sorted, list->count, sizeof *sorted, compare_target);
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        for (uint32_t k = i + 1; k < list->count && k - i < COMPARED_MAX && count < CONFLICTS_MAX &&
                                 names_same(sorted[i], sorted[k]);
             k++) {
            const char *const reason = contradiction(sorted[i], sorted[k]);
            if (reason) {
                sink(context, sorted[i], sorted[k], reason);
                count++;
            }
        }
    }
    lee_free((void *)sorted);
    return LEE_OK;
}

typedef struct {
    lee_buffer *out;
    bool is_next;
} conflict_writer;

static void write_conflict(void *context, const lee_permit *a, const lee_permit *b,
                           const char *reason)
{
    conflict_writer *const writer = context;
    lee_buffer_text(writer->out, writer->is_next ? "," : "");
    writer->is_next = true;
    lee_json json;
    lee_json_begin(&json, writer->out);
    lee_json_object(&json);
    lee_json_key(&json, "permits");
    lee_json_array(&json);
    lee_json_text(&json, a->id);
    lee_json_text(&json, b->id);
    lee_json_array_end(&json);
    lee_json_put_text(&json, "reason", reason);
    lee_json_object_end(&json);
}

void lee_amend_write_conflicts(const lee_permit_list *list, lee_buffer *out)
{
    assert(list && out);
    conflict_writer writer = {out, false};
    if (lee_amend_each_conflict(list, write_conflict, &writer) != LEE_OK) {
        out->error = LEE_ERR_NO_MEMORY;
    }
}
