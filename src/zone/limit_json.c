#include "zone/limit_json.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/alt_text.h"
#include "zone/names.h"

static const char *limit_from_object(const json_t *limit, lee_alt_limit *out)
{
    const json_t *value = json_object_get(limit, "value");
    const char *unit = json_string_value(json_object_get(limit, "unit"));
    const char *ref_text = json_string_value(json_object_get(limit, "ref"));
    if (!json_is_number(value) || !unit || (!ref_text && strcmp(unit, "FL") != 0)) {
        return "it needs a value, a unit and a ref";
    }
    lee_alt_ref ref = LEE_ALT_STD;
    if (ref_text && !lee_zone_ref_parse(ref_text, &ref)) {
        return "the ref is not one of MSL, AGL, STD, HAE";
    }
    double feet_per_unit = 1;
    if (strcmp(unit, "m") == 0) {
        feet_per_unit = 1 / 0.3048;
    } else if (strcmp(unit, "FL") == 0) {
        feet_per_unit = 100;
    } else if (strcmp(unit, "ft") != 0) {
        return "the unit is not one of ft, m, FL";
    }
    if (strcmp(unit, "FL") == 0 && ref != LEE_ALT_STD) {
        return "a flight level has the ref STD";
    }
    const double ft = json_number_value(value) * feet_per_unit;
    if (!(ft >= LEE_ALT_LIMIT_MIN_FT && ft <= LEE_ALT_LIMIT_MAX_FT)) {
        return "the value is out of range";
    }
    /* Whole feet, half away from zero. */
    *out = (lee_alt_limit){.kind = LEE_LIMIT_VALUE,
                           .alt = {(int32_t)(ft + (ft < 0 ? -0.5 : 0.5)), ref}};
    return NULL;
}

const char *lee_limit_from_json(const json_t *value, lee_alt_limit *out)
{
    assert(out);
    if (json_is_object(value)) {
        return limit_from_object(value, out);
    }
    const char *text = json_string_value(value);
    if (text && strcmp(text, "SFC") == 0) {
        *out = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
        return NULL;
    }
    if (text && strcmp(text, "UNL") == 0) {
        *out = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
        return NULL;
    }
    return "it is neither SFC, UNL nor a value with unit and ref";
}

void lee_limit_write(const char *key, const lee_alt_limit *limit, lee_json *json)
{
    lee_json_key(json, key);
    if (limit->kind != LEE_LIMIT_VALUE) {
        lee_json_text(json, limit->kind == LEE_LIMIT_SFC ? "SFC" : "UNL");
        return;
    }
    lee_json_object(json);
    lee_json_put_int(json, "value", limit->alt.ft);
    lee_json_put_text(json, "unit", "ft");
    lee_json_put_text(json, "ref", lee_zone_ref_name(limit->alt.ref));
    lee_json_object_end(json);
}

void lee_limit_write_time(const char *key, int64_t t_us, lee_json *json)
{
    if (t_us == INT64_MIN || t_us == INT64_MAX) {
        return;
    }
    char text[LEE_TIME_TEXT_BYTES];
    const size_t length = lee_time_format(t_us, text);
    lee_json_key(json, key);
    lee_json_text_n(json, text, length);
}
