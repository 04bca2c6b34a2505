/* Any text as a file of pressures; what is accepted is written and read again as the same bytes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zone/alt_band.h"
#include "zone/qnh_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *context, const lee_qnh *qnh)
{
    assert(qnh->from_us < qnh->to_us && qnh->radius_m > 0 && qnh->error_hpa_e1 > 0);
    assert(lee_qnh_of_height(lee_qnh_height_ft(qnh->qnh_hpa_e1)) == qnh->qnh_hpa_e1);
    lee_buffer *const out = context;
    lee_qnh_write(qnh, out);
    lee_buffer_char(out, '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_buffer first;
    lee_buffer second;
    lee_buffer_init(&first, 1 << 24);
    lee_buffer_init(&second, 1 << 24);
    lee_error_info why;
    const lee_error error = lee_qnh_file_read((const char *)data, size, take, &first, &why);
    assert(error == LEE_OK || (why.line > 0 && why.field && why.reason));
    if (first.error == LEE_OK && first.length > 0) {
        const lee_error again =
            lee_qnh_file_read((const char *)first.bytes, first.length, take, &second, &why);
        assert(again == LEE_OK && first.length == second.length);
        assert(memcmp(first.bytes, second.bytes, first.length) == 0);
    }
    lee_buffer_free(&first);
    lee_buffer_free(&second);
    return 0;
}
