#include "record/operation.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"

static const char *const names[LEE_OP_COUNT] = {"acknowledge", "inhibit",     "end_inhibition",
                                                "permit",      "permit_step", "qnh"};

enum { HAS_T = 1, HAS_INCIDENT = 2 };

const char *lee_op_name(lee_op op)
{
    assert((unsigned)op < LEE_OP_COUNT);
    return names[op];
}

static lee_error refuse(lee_error_info *why, lee_error code, const char *field, const char *reason)
{
    *why = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

static bool read_incident(const lee_json_value *value, uint64_t *out)
{
    char text[17];
    uint64_t number = 0;
    /* Escapes are longer as written than what they stand for. */
    if (!lee_json_value_text(value, text, sizeof text) || strlen(text) != 16) {
        return false;
    }
    for (int i = 0; i < 16; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *const digit = strchr(digits, text[i]);
        if (!digit) {
            return false;
        }
        number = number << 4 | (uint64_t)(digit - digits);
    }
    *out = number;
    return true;
}

static bool read_target(const lee_json_value *value, lee_target *out)
{
    char text[LEE_TARGET_BYTES];
    return lee_json_value_text(value, text, sizeof text) &&
           lee_target_parse(text, strlen(text), out);
}

/* Reads one member; NULL, or the field's name when its value is wrong. */
static const char *read_member(const lee_json_value *key, const lee_json_value *value,
                               lee_operation *out, unsigned *has)
{
    const struct {
        const char *key;
        char *text;
        size_t capacity;
    } texts[] = {
        {"by", out->by, sizeof out->by},       {"note", out->note, sizeof out->note},
        {"id", out->id, sizeof out->id},       {"state", out->state, sizeof out->state},
        {"zone", out->zone, sizeof out->zone},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (lee_json_value_is(key, texts[i].key)) {
            char *const text_out = texts[i].text;
            return lee_json_value_text(value, text_out, texts[i].capacity) &&
                           lee_utf8_is_valid(text_out, strlen(text_out))
                       ? NULL
                       : texts[i].key;
        }
    }
    if (lee_json_value_is(key, "t_us")) {
        *has |= HAS_T;
        return lee_json_value_fixed(value, 0, &out->t_us) ? NULL : "t_us";
    }
    if (lee_json_value_is(key, "for_s")) {
        out->has_for = lee_json_value_fixed(value, 0, &out->for_s) && out->for_s >= 1 &&
                       out->for_s <= LEE_OPERATION_FOR_MAX_S;
        return out->has_for ? NULL : "for_s";
    }
    if (lee_json_value_is(key, "incident")) {
        *has |= HAS_INCIDENT;
        return read_incident(value, &out->incident) ? NULL : "incident";
    }
    if (lee_json_value_is(key, "target")) {
        return read_target(value, &out->target) ? NULL : "target";
    }
    if (lee_json_value_is(key, "permit")) {
        out->permit = value->text;
        out->permit_length = value->length;
        return value->type == LEE_JSON_OBJECT ? NULL : "permit";
    }
    if (lee_json_value_is(key, "qnh")) {
        out->qnh = value->text;
        out->qnh_length = value->length;
        return value->type == LEE_JSON_OBJECT ? NULL : "qnh";
    }
    return NULL;
}

static bool read_op(const char *text, size_t length, lee_op *out, lee_error *error)
{
    lee_json_scan scan;
    lee_json_value key, value;
    lee_json_scan_init(&scan, text, length);
    *error = LEE_ERR_SYNTAX;
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    bool found = false;
    bool known = false;
    while (lee_json_scan_member(&scan, &key, &value)) {
        for (int i = 0; lee_json_value_is(&key, "op") && i < LEE_OP_COUNT; i++) {
            found = true;
            if (value.type == LEE_JSON_TEXT && lee_json_value_is(&value, names[i])) {
                *out = (lee_op)i;
                known = true;
            }
        }
    }
    if (scan.error != LEE_OK || !lee_json_scan_done(&scan)) {
        return false;
    }
    *error = found ? LEE_ERR_UNSUPPORTED : LEE_ERR_MISSING;
    return known;
}

static lee_error check(const lee_operation *o, unsigned has, lee_error_info *why)
{
    static const char needed[] = "is needed";
    if ((has & HAS_T) == 0) {
        return refuse(why, LEE_ERR_MISSING, "t_us", needed);
    }
    switch (o->op) {
    case LEE_OP_ACKNOWLEDGE:
        return has & HAS_INCIDENT ? LEE_OK : refuse(why, LEE_ERR_MISSING, "incident", needed);
    case LEE_OP_INHIBIT:
        if (o->zone[0] == '\0' && o->target.text[0] == '\0') {
            return refuse(why, LEE_ERR_MISSING, "zone",
                          "or a target is needed: there is no silence for all");
        }
        if (!o->has_for) {
            return refuse(why, LEE_ERR_MISSING, "for_s", "is needed: every inhibition has an end");
        }
        return o->id[0] != '\0' ? LEE_OK : refuse(why, LEE_ERR_MISSING, "id", needed);
    case LEE_OP_PERMIT:
        return o->permit ? LEE_OK : refuse(why, LEE_ERR_MISSING, "permit", needed);
    case LEE_OP_QNH:
        return o->qnh ? LEE_OK : refuse(why, LEE_ERR_MISSING, "qnh", needed);
    case LEE_OP_PERMIT_STEP:
        if (o->state[0] == '\0') {
            return refuse(why, LEE_ERR_MISSING, "state", needed);
        }
        return o->id[0] != '\0' ? LEE_OK : refuse(why, LEE_ERR_MISSING, "id", needed);
    case LEE_OP_END_INHIBITION:
        return o->id[0] != '\0' ? LEE_OK : refuse(why, LEE_ERR_MISSING, "id", needed);
    case LEE_OP_COUNT:
        break;
    }
    return LEE_ERR_UNSUPPORTED;
}

lee_error lee_operation_read(const char *text, size_t length, lee_operation *out,
                             lee_error_info *why)
{
    assert(out && why);
    assert(text || length == 0);
    *why = (lee_error_info){.code = LEE_OK};
    lee_operation operation = {.op = LEE_OP_COUNT};
    lee_error error = LEE_OK;
    if (!read_op(text, length, &operation.op, &error)) {
        return refuse(why, error, "op", "is not an operation that is known");
    }
    lee_json_scan scan;
    lee_json_value key, value;
    lee_json_scan_init(&scan, text, length);
    unsigned has = 0;
    if (lee_json_scan_object(&scan)) {
        while (lee_json_scan_member(&scan, &key, &value)) {
            const char *const wrong = read_member(&key, &value, &operation, &has);
            if (wrong) {
                return refuse(why, LEE_ERR_DOMAIN, wrong, "is not of its kind or range");
            }
        }
    }
    error = check(&operation, has, why);
    if (error == LEE_OK) {
        *out = operation;
    }
    return error;
}
