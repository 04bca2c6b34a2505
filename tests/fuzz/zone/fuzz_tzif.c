/* Any bytes as a compiled time zone; whatever is accepted must answer for every year. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "zone/tzif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t none = 0;
    lee_tzif zone;
    if (lee_tzif_parse(data ? data : &none, size, &zone) == LEE_OK) {
        for (int64_t t_s = -9000000000; t_s < 9000000000; t_s += 250000000) {
            const int32_t offset_s = lee_tzif_offset_s(&zone, t_s);
            assert(offset_s > -8 * 86400 && offset_s < 8 * 86400);
            assert(lee_tzif_from_local(&zone, t_s, false) <= lee_tzif_from_local(&zone, t_s, true));
        }
    }
    lee_tz_rule rule;
    (void)!lee_tz_rule_parse(data ? (const char *)data : "", size, &rule);
    return 0;
}
