/* Any bytes through the JSON scanner: never past the end, and what it passes over whole it can also
 * enter member by member. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json_scan.h"

static void require(bool fact)
{
    if (!fact) {
        abort();
    }
}

static void look_at(const lee_json_value *value, const char *text, size_t length)
{
    char copy[64];
    int64_t number;
    require(value->text >= text && value->length <= length);
    require(value->text + value->length <= text + length);
    (void)lee_json_value_text(value, copy, sizeof copy);
    (void)lee_json_value_fixed(value, 7, &number);
    (void)lee_json_value_is(value, "aircraft");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const text = (const char *)data;
    lee_json_scan scan;
    lee_json_value value;
    lee_json_value key;

    lee_json_scan_init(&scan, text, size);
    const bool whole = lee_json_scan_value(&scan, &value);
    require(whole == (scan.error == LEE_OK));
    require(whole || scan.reason != NULL);
    if (whole) {
        look_at(&value, text, size);
    }
    lee_json_scan members;
    lee_json_scan_init(&members, text, size);
    if (lee_json_scan_object(&members)) {
        while (lee_json_scan_member(&members, &key, &value)) {
            look_at(&key, text, size);
            look_at(&value, text, size);
        }
        require(!whole || members.at == scan.at);
        require(!whole || members.error == LEE_OK);
    } else if (lee_json_scan_array(&members)) {
        while (lee_json_scan_element(&members, &value)) {
            look_at(&value, text, size);
        }
        require(!whole || members.at == scan.at);
    }
    return 0;
}
