/* Any bytes as a WARNING record: the public form and the one marked as not durable are JSON again,
 * or the record is refused. */
#include <stddef.h>
#include <stdint.h>

#include "base/json_scan.h"
#include "warn/degraded.h"
#include "warn/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand_json(const lee_buffer *text)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, (const char *)text->bytes, text->length);
    if (!lee_json_scan_value(&scan, &value) || !lee_json_scan_done(&scan)) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_buffer out;
    lee_buffer_init(&out, 1u << 20);
    if (lee_message_write_public((const char *)data, size, &out) == LEE_OK && out.error == LEE_OK) {
        demand_json(&out);
    }
    lee_buffer_reset(&out);
    if (lee_degraded_write((const char *)data, size, &out) == LEE_OK && out.error == LEE_OK) {
        demand_json(&out);
    }
    lee_buffer_free(&out);
    return 0;
}
