/* Any bytes as a sighting: refused with a reason, or within range, and then its record reads back
 * the same and its public form does not hold the place. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "decode/sighting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_sighting sighting;
    lee_error_info error = {0};
    if (lee_sighting_read((const char *)data, size, INT64_C(1599523261234567), &sighting, &error)) {
        if (!error.reason) {
            __builtin_trap();
        }
        return 0;
    }
    lee_buffer out;
    lee_buffer_init(&out, 4096);
    lee_sighting_write_record(&sighting, 5, &out);
    lee_sighting again;
    uint64_t id = 0;
    if (out.error ||
        lee_sighting_read_record((const char *)out.bytes, out.length, &id, &again, &error) ||
        id != 5 || again.point.lat_e7 != sighting.point.lat_e7 ||
        again.point.lon_e7 != sighting.point.lon_e7 || again.t_us != sighting.t_us ||
        again.count != sighting.count) {
        __builtin_trap();
    }
    lee_sighting_area area = lee_sighting_snap(&sighting);
    again.point = area.centre;
    const lee_sighting_area twice = lee_sighting_snap(&again);
    if (twice.centre.lat_e7 != area.centre.lat_e7 || twice.centre.lon_e7 != area.centre.lon_e7) {
        __builtin_trap();
    }
    lee_buffer_free(&out);
    return 0;
}
