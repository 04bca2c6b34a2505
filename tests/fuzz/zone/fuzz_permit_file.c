/* Any text as a permit file; what is accepted is written and read again as the same bytes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zone/permit_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t convert(const char *text, size_t size, lee_buffer *out)
{
    lee_permit_file *file = NULL;
    uint32_t refused = 0;
    if (lee_permit_file_read("fuzz", text, size, NULL, NULL, &refused, &file) == LEE_OK) {
        lee_permit_write(lee_permit_file_list(file), "\n", out);
    }
    lee_permit_file_free(file);
    return refused;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_buffer first;
    lee_buffer second;
    lee_buffer_init(&first, 1 << 24);
    lee_buffer_init(&second, 1 << 24);
    (void)convert((const char *)data, size, &first);
    if (first.error == LEE_OK && first.length > 0) {
        const uint32_t refused = convert((const char *)first.bytes, first.length, &second);
        assert(refused == 0 && first.length == second.length);
        assert(memcmp(first.bytes, second.bytes, first.length) == 0);
    }
    lee_buffer_free(&first);
    lee_buffer_free(&second);
    return 0;
}
