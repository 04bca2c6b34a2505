/* Reports, events and frames from hostile bytes: what is accepted is valid and reads back the same
 * from whatever it is written as. The first byte chooses the form. */
#include <stdlib.h>
#include <string.h>

#include "record/codec.h"
#include "record/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fact)
{
    if (!fact) {
        abort();
    }
}

static void check_report(const lee_report *report)
{
    lee_error_info why;
    must(lee_report_check(report, &why) == LEE_OK);
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_report_write_json(report, NULL, &b);
    lee_report again;
    must(lee_report_read_json((const char *)b.bytes, b.length, &again, &why) == LEE_OK);
    lee_buffer binary;
    lee_buffer_init(&binary, 65536);
    lee_report_encode(report, &binary);
    lee_buffer_reset(&b);
    lee_report_encode(&again, &b);
    must(b.length == binary.length && memcmp(b.bytes, binary.bytes, b.length) == 0);
    lee_buffer_free(&b);
    lee_buffer_free(&binary);
}

static void try_event(const uint8_t *data, size_t size)
{
    lee_bytes in;
    lee_bytes_init(&in, data, size);
    lee_event event;
    char zone_id[129];
    if (lee_event_decode(&in, &event, zone_id) != LEE_OK) {
        return;
    }
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_event_write_json(&event, &b);
    lee_buffer_reset(&b);
    lee_event_encode(&event, &b);
    must(b.length == in.at && memcmp(b.bytes, data, in.at) == 0);
    lee_buffer_free(&b);
}

static void try_frame(const uint8_t *data, size_t size)
{
    lee_bytes in;
    lee_bytes_init(&in, data, size);
    lee_frame frame;
    if (lee_frame_decode(&in, &frame) == LEE_OK) {
        lee_buffer b;
        lee_buffer_init(&b, 65536);
        lee_frame_encode(&frame, &b);
        must(b.length == in.at && memcmp(b.bytes, data, in.at) == 0);
        lee_buffer_free(&b);
    }
    lee_input_text text;
    if (lee_input_text_decode(data, size, &text)) {
        must(text.length <= size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    lee_report report;
    lee_error_info why;
    lee_bytes in;
    switch (data[0] % 4) {
    case 0:
        if (lee_report_read_json((const char *)data + 1, size - 1, &report, &why) == LEE_OK) {
            check_report(&report);
        } else {
            must(why.code != LEE_OK && why.reason != NULL);
        }
        break;
    case 1:
        lee_bytes_init(&in, data + 1, size - 1);
        memset(&report, 0, sizeof report);
        if (lee_report_decode(&in, &report) == LEE_OK &&
            lee_report_check(&report, &why) == LEE_OK) {
            check_report(&report);
        }
        break;
    case 2:
        try_event(data + 1, size - 1);
        break;
    default:
        try_frame(data + 1, size - 1);
        break;
    }
    return 0;
}
