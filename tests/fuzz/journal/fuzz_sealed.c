/* Payloads of sealed records, and files of their values, out of hostile bytes. The first two bytes
 * say how many of the rest are the payload. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *values;
    size_t length;
} apart;

static const uint8_t *find(void *context, uint32_t field, const char *name, size_t *length)
{
    const apart *const a = context;
    assert(strlen(name) <= LEE_SEALED_NAME_MAX);
    return lee_sealed_field(a->values, a->length, field, length);
}

/* What was written is read back, whatever the bytes and the spans are. */
static void round_trip(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return;
    }
    static const uint8_t salts[2 * LEE_SEALED_SALT_BYTES];
    const size_t first = data[0] % size;
    const size_t second = first + data[1] % (size - first);
    const lee_sealed_span spans[] = {{"a", first, second - first}, {"b_2", second, size - second}};
    lee_buffer payload, values, out;
    lee_buffer_init(&payload, SIZE_MAX / 2);
    lee_buffer_init(&values, SIZE_MAX / 2);
    lee_buffer_init(&out, SIZE_MAX / 2);
    lee_sealed_write(data, size, spans, 2, salts, &payload, &values);
    const apart a = {values.bytes, values.length};
    uint32_t withheld = 0;
    const lee_error error = lee_sealed_open(payload.bytes, payload.length, find,
                                            (void *)(uintptr_t)&a, &out, &withheld);
    assert(!error && withheld == 0 && out.length == size && memcmp(out.bytes, data, size) == 0);
    lee_buffer_free(&payload);
    lee_buffer_free(&values);
    lee_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    if (size < 30000) {
        round_trip(data, size);
    }
    const size_t wanted = (size_t)data[0] << 8 | data[1];
    const size_t length = wanted < size - 2 ? wanted : size - 2;
    apart a = {data + 2 + length, size - 2 - length};
    uint32_t withheld = 0;
    lee_buffer out;
    lee_buffer_init(&out, 65536);
    const lee_error error = lee_sealed_open(data + 2, length, find, &a, &out, &withheld);
    assert(error == LEE_OK || error == LEE_ERR_CORRUPT || error == LEE_ERR_LIMIT);
    assert(withheld <= LEE_SEALED_FIELDS_MAX);
    lee_buffer_free(&out);
    return 0;
}
