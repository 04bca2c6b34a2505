#include "warn/degraded.h"

#include <string.h>

#include "base/json_scan.h"

static bool starts_with(const char *text, const char *end, const char *word)
{
    const size_t length = strlen(word);
    return (size_t)(end - text) >= length && memcmp(text, word, length) == 0;
}

/* In the order of CAP 1.2 section 3.2.2 parameters stand right before the areas. `<` begins nothing
 * but elements, because texts have it as an entity. The text is inside JSON: a line end is its
 * escape. False: an info has no area. */
static bool mark_infos(const char *cap, size_t length, lee_buffer *out)
{
    const char *const end = cap + length;
    const char *copied = cap;
    bool in_info = false;
    bool marked = false;
    for (const char *at = cap; at < end; at++) {
        if (starts_with(at, end, "<info>")) {
            in_info = true;
        } else if (in_info && starts_with(at, end, "<area>")) {
            lee_buffer_bytes(out, copied, (size_t)(at - copied));
            lee_buffer_text(out, "<parameter>\\n      <valueName>evidence</valueName>\\n"
                                 "      <value>degraded</value>\\n    </parameter>\\n    ");
            copied = at;
            in_info = false;
            marked = true;
        }
    }
    lee_buffer_bytes(out, copied, (size_t)(end - copied));
    return marked && !in_info;
}

lee_error lee_degraded_write(const char *json, size_t length, lee_buffer *out)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_value cap = {.type = LEE_JSON_END};
    lee_json_scan_init(&scan, json, length);
    bool is_object = lee_json_scan_object(&scan);
    while (is_object && lee_json_scan_member(&scan, &key, &value)) {
        if (value.type == LEE_JSON_TEXT && lee_json_value_is(&key, "cap")) {
            cap = value;
        }
    }
    is_object = is_object && !scan.error && lee_json_scan_done(&scan) && json[length - 1] == '}';
    if (!is_object || cap.type != LEE_JSON_TEXT) {
        return is_object ? LEE_ERR_MISSING : LEE_ERR_SYNTAX;
    }
    lee_buffer_bytes(out, json, (size_t)(cap.text - json));
    const bool marked = mark_infos(cap.text, cap.length, out);
    const char *const rest = cap.text + cap.length;
    lee_buffer_bytes(out, rest, (size_t)(json + length - 1 - rest));
    lee_buffer_text(out, ",\"evidence\":\"degraded\"}");
    return marked ? LEE_OK : LEE_ERR_MISSING;
}
