#include "app/heights.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/setup.h"
#include "base/json.h"
#include "io/read_file.h"
#include "record/operation.h"
#include "zone/qnh_file.h"

#define FILE_MAX_BYTES (16u * 1024u * 1024u)

static void append(void *context, const lee_qnh *qnh)
{
    lee_buffer *const out = context;
    lee_qnh_write(qnh, out);
    lee_buffer_char(out, '\n');
}

static lee_error read_file(const char *path, lee_buffer *statements)
{
    lee_buffer text;
    lee_buffer_init(&text, FILE_MAX_BYTES);
    lee_error error = lee_file_read_whole(path, &text);
    lee_error_info why;
    if (error != LEE_OK) {
        (void)lee_setup_say_unreadable(path, error);
    } else {
        error = lee_qnh_file_read((const char *)text.bytes, text.length, append, statements, &why);
        if (error != LEE_OK) {
            fprintf(stderr, "%s:%u: refused: %s: %s\n", path, why.line, why.field, why.reason);
        }
    }
    lee_buffer_free(&text);
    return error != LEE_OK ? error : statements->error;
}

lee_error lee_heights_read_qnh(const char *word, lee_watch_options *options, lee_buffer *statements)
{
    assert(word && options && statements);
    int64_t hpa_e1 = 0;
    if (strcmp(word, "adsb") == 0) {
        options->qnh_from_aircraft = true;
        return LEE_OK;
    }
    const bool is_number = lee_args_number(word, 1, &hpa_e1);
    const lee_error error = is_number ? LEE_OK : read_file(word, statements);
    if (error == LEE_ERR_NOT_FOUND ||
        (is_number && (hpa_e1 < LEE_QNH_MIN_HPA_E1 || hpa_e1 > LEE_QNH_MAX_HPA_E1))) {
        fprintf(stderr, "leeward: --qnh %s: must be 850 to 1100 hPa, adsb, or a file\n", word);
        return LEE_ERR_DOMAIN;
    }
    if (!is_number) {
        return error;
    }
    options->qnh_hpa_e1 = (int32_t)hpa_e1;
    return LEE_OK;
}

void lee_heights_write_qnh(const lee_pipeline *pipeline, lee_buffer *statements)
{
    assert(pipeline && statements);
    uint32_t count = 0;
    const lee_qnh *const all = lee_pipeline_qnh(pipeline, &count);
    for (uint32_t i = 0; i < count; i++) {
        append(statements, &all[i]);
    }
}

void lee_heights_write_operation(const char *line, size_t length, const char *by, int64_t t_us,
                                 lee_buffer *out)
{
    assert(line && by && out);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "op", lee_op_name(LEE_OP_QNH));
    lee_json_key(&json, "qnh");
    lee_json_raw(&json, line, length);
    lee_json_put_text(&json, "by", by);
    lee_json_put_int(&json, "t_us", t_us);
    lee_json_object_end(&json);
}

static bool is_in_force(const lee_buffer *in_force, const char *line, size_t length)
{
    const char *at = (const char *)in_force->bytes;
    const char *const end = at + in_force->length;
    while (at < end) {
        const char *const newline = memchr(at, '\n', (size_t)(end - at));
        if ((size_t)(newline - at) == length && memcmp(at, line, length) == 0) {
            return true;
        }
        at = newline + 1;
    }
    return false;
}

lee_error lee_heights_submit_qnh(lee_recorder *recorder, const lee_buffer *statements,
                                 const char *by, int64_t t_us)
{
    assert(recorder && statements && by);
    lee_buffer in_force;
    lee_buffer operation;
    lee_buffer_init(&in_force, FILE_MAX_BYTES);
    lee_buffer_init(&operation, FILE_MAX_BYTES);
    lee_heights_write_qnh(lee_recorder_pipeline(recorder), &in_force);
    lee_error error = in_force.error;
    const char *at = (const char *)statements->bytes;
    const char *const end = statements->length > 0 ? at + statements->length : at;
    while (error == LEE_OK && at < end) {
        const size_t length = (size_t)((const char *)memchr(at, '\n', (size_t)(end - at)) - at);
        if (!is_in_force(&in_force, at, length)) {
            lee_error_info why = {.reason = NULL};
            lee_buffer_reset(&operation);
            lee_heights_write_operation(at, length, by, t_us, &operation);
            error = operation.error != LEE_OK
                        ? operation.error
                        : lee_recorder_submit(recorder, LEE_RECORD_OPERATOR, operation.bytes,
                                              operation.length, &why);
            if (error != LEE_OK && error != LEE_ERR_NO_MEMORY) {
                fprintf(stderr, "leeward: qnh: %.*s: %s\n", (int)length, at,
                        why.reason ? why.reason : lee_error_text(error));
                error = LEE_OK;
            }
        }
        at += length + 1;
    }
    lee_buffer_free(&operation);
    lee_buffer_free(&in_force);
    return error;
}
