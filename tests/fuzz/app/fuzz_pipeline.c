/* The whole core from hostile records: nothing crashes, refused input decides nothing, and the same
 * records give the same bytes twice. The input is a sequence of kind, length (two bytes), payload;
 * a good session comes first. */
#include <stdlib.h>
#include <string.h>

#include "app/pipeline.h"
#include "app/session.h"
#include "base/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    uint64_t count;
    uint32_t crc;
} outcome;

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    outcome *const seen = context;
    const uint8_t kind_byte = (uint8_t)kind;
    seen->count++;
    seen->crc = lee_crc32c(lee_crc32c(seen->crc, &kind_byte, 1), bytes, length);
}

static void start(lee_pipeline *pipeline)
{
    lee_session session;
    lee_session_default(&session);
    session.watch.tracks_max = 64;
    session.watch.incidents_max = 64;
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_session_write(&session, &b);
    lee_error_info why;
    if (lee_pipeline_apply(pipeline, LEE_RECORD_SESSION, b.bytes, b.length, &why) != LEE_OK) {
        abort();
    }
    lee_buffer_free(&b);
}

static outcome run(const uint8_t *data, size_t size)
{
    outcome seen = {0};
    lee_pipeline *pipeline = NULL;
    if (lee_pipeline_create(on_output, &seen, &pipeline) != LEE_OK) {
        abort();
    }
    start(pipeline);
    size_t at = 0;
    while (size - at >= 3) {
        const lee_record_kind kind = (lee_record_kind)data[at];
        size_t length = (size_t)data[at + 1] << 8 | data[at + 2];
        at += 3;
        length = length > size - at ? size - at : length;
        const uint64_t before = seen.count;
        lee_error_info why;
        if (lee_record_kind_name(kind) &&
            lee_pipeline_apply(pipeline, kind, data + at, length, &why) != LEE_OK &&
            (seen.count != before || !why.reason)) {
            abort();
        }
        at += length;
    }
    lee_pipeline_free(pipeline);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const outcome first = run(data, size);
    const outcome second = run(data, size);
    if (first.count != second.count || first.crc != second.crc) {
        abort();
    }
    return 0;
}
