#include "record/field.h"

#include <assert.h>
#include <string.h>

int64_t lee__field_get(const lee_field *field, const void *record)
{
    const char *const at = (const char *)record + field->offset;
    if (field->bytes == sizeof(int64_t)) {
        int64_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    assert(field->bytes == sizeof(int32_t));
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static const char *text_of(const lee_field *field, const void *record)
{
    return (const char *)record + field->offset;
}

static size_t text_length(const lee_field *field, const void *record)
{
    const char *const text = text_of(field, record);
    const char *const nul = memchr(text, 0, field->bytes);
    return nul ? (size_t)(nul - text) : field->bytes;
}

static void write_squawk(int64_t value, lee_json *json)
{
    const char text[5] = {(char)('0' + (value >> 9 & 7)), (char)('0' + (value >> 6 & 7)),
                          (char)('0' + (value >> 3 & 7)), (char)('0' + (value & 7)), '\0'};
    lee_json_text(json, text);
}

static void write_value(const lee_field *field, const void *record, lee_json *json)
{
    if (field->kind == LEE_FIELD_TEXT) {
        lee_json_text_n(json, text_of(field, record), text_length(field, record));
        return;
    }
    const int64_t value = lee__field_get(field, record);
    switch (field->kind) {
    case LEE_FIELD_INT:
    case LEE_FIELD_TIME:
        lee_json_int(json, value);
        break;
    case LEE_FIELD_FIX:
        lee_json_fixed(json, value, field->decimals);
        break;
    case LEE_FIELD_BOOL:
        lee_json_bool(json, value != 0);
        break;
    case LEE_FIELD_SQUAWK:
        write_squawk(value, json);
        break;
    case LEE_FIELD_ENUM:
        lee_json_text(json, field->names[value]);
        break;
    case LEE_FIELD_TEXT:
        break;
    }
}

void lee__fields_write_json(const lee_field *fields, int count, const void *record,
                            uint64_t present, lee_json *json)
{
    for (int i = 0; i < count; i++) {
        if ((present >> i & 1) != 0) {
            lee_json_key(json, fields[i].key);
            write_value(&fields[i], record, json);
        }
    }
}

void lee__fields_encode(const lee_field *fields, int count, const void *record, uint64_t present,
                        lee_buffer *out)
{
    for (int i = 0; i < count; i++) {
        if ((present >> i & 1) == 0) {
            continue;
        }
        if (fields[i].kind == LEE_FIELD_TEXT) {
            const size_t length = text_length(&fields[i], record);
            lee_buffer_varint(out, length);
            lee_buffer_bytes(out, text_of(&fields[i], record), length);
        } else {
            lee_buffer_varint_signed(out, lee__field_get(&fields[i], record));
        }
    }
}

static bool number_is_in_range(const lee_field *field, int64_t value)
{
    return value >= field->min && value <= field->max;
}

lee_error lee__fields_decode(const lee_field *fields, int count, lee_bytes *in, uint64_t present,
                             void *record)
{
    for (int i = 0; i < count; i++) {
        if ((present >> i & 1) == 0) {
            continue;
        }
        if (fields[i].kind == LEE_FIELD_TEXT) {
            const uint64_t length = lee_bytes_varint(in);
            if (length >= fields[i].bytes) {
                return in->failed ? LEE_ERR_TRUNCATED : LEE_ERR_DOMAIN;
            }
            const uint8_t *const text = lee_bytes_take(in, (size_t)length);
            if (!text) {
                return LEE_ERR_TRUNCATED;
            }
            if (!lee_text_is_printable((const char *)text, (size_t)length)) {
                return LEE_ERR_DOMAIN;
            }
            memcpy((char *)record + fields[i].offset, text, (size_t)length);
            continue;
        }
        const int64_t value = lee_bytes_varint_signed(in);
        if (in->failed) {
            return LEE_ERR_TRUNCATED;
        }
        if (!number_is_in_range(&fields[i], value)) {
            return LEE_ERR_DOMAIN;
        }
        lee__field_set(&fields[i], record, value);
    }
    return LEE_OK;
}

static bool squawk_of(const char *text, size_t length, int64_t *out)
{
    int64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '7') {
            return false;
        }
        number = number * 8 + (text[i] - '0');
    }
    *out = number;
    return length == 4;
}

static const char *read_squawk(const lee_json_value *value, int64_t *out)
{
    char text[5];
    return lee_json_value_text(value, text, sizeof text) && squawk_of(text, strlen(text), out)
               ? NULL
               : "must be four octal digits as text";
}

static const char *read_name(const lee_field *field, const lee_json_value *value, int64_t *out)
{
    for (int64_t i = 0; field->names[i]; i++) {
        if (lee_json_value_is(value, field->names[i])) {
            *out = i;
            return NULL;
        }
    }
    return "is not one of the known names";
}

static const char *read_number(const lee_field *field, const lee_json_value *value, int64_t *out)
{
    switch (field->kind) {
    case LEE_FIELD_BOOL:
        *out = value->type == LEE_JSON_TRUE;
        return value->type == LEE_JSON_TRUE || value->type == LEE_JSON_FALSE
                   ? NULL
                   : "must be true or false";
    case LEE_FIELD_SQUAWK:
        return read_squawk(value, out);
    case LEE_FIELD_ENUM:
        return read_name(field, value, out);
    case LEE_FIELD_INT:
    case LEE_FIELD_FIX:
    case LEE_FIELD_TIME:
    case LEE_FIELD_TEXT:
        break;
    }
    return lee_json_value_fixed(value, field->decimals, out) ? NULL : "must be a number";
}

bool lee__field_put_text(const lee_field *field, void *record, const char *text, size_t length)
{
    int64_t squawk;
    if (field->kind == LEE_FIELD_SQUAWK) {
        return length == 4 && squawk_of(text, length, &squawk) &&
               lee__field_put(field, record, squawk);
    }
    if (field->kind != LEE_FIELD_TEXT || length >= field->bytes ||
        !lee_text_is_printable(text, length)) {
        return false;
    }
    memset((char *)record + field->offset, 0, field->bytes);
    memcpy((char *)record + field->offset, text, length);
    return true;
}

const char *lee__field_read_json(const lee_field *field, const lee_json_value *value, void *record)
{
    if (field->kind == LEE_FIELD_TEXT) {
        char text[128];
        assert(field->bytes <= sizeof text);
        if (!lee_json_value_text(value, text, field->bytes)) {
            return "must be text of the allowed length";
        }
        return lee__field_put_text(field, record, text, strlen(text))
                   ? NULL
                   : "must not be empty or hold control characters";
    }
    int64_t number = 0;
    const char *const reason = read_number(field, value, &number);
    if (reason) {
        return reason;
    }
    return lee__field_put(field, record, number) ? NULL : "is outside its range";
}

const lee_field *lee__fields_find_bad(const lee_field *fields, int count, const void *record,
                                      uint64_t present)
{
    for (int i = 0; i < count; i++) {
        if ((present >> i & 1) == 0) {
            continue;
        }
        const bool good = fields[i].kind == LEE_FIELD_TEXT
                              ? lee_text_is_printable(text_of(&fields[i], record),
                                                      text_length(&fields[i], record)) &&
                                    text_length(&fields[i], record) < fields[i].bytes
                              : number_is_in_range(&fields[i], lee__field_get(&fields[i], record));
        if (!good) {
            return &fields[i];
        }
    }
    return NULL;
}
