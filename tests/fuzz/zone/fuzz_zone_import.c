/* Any text as a zone file. What comes out must be writable and read again as the same list. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "leeward/point.h"
#include "leeward/zone_import.h"
#include "zone/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_zone(const lee_zone *zone)
{
    assert(zone->id && zone->id[0] != '\0');
    /* A zone that moves has no shape of its own, and no other is without. */
    assert((zone->area.count == 0) == (zone->moving.radius_m > 0));
    assert((zone->moving.route_count > 0) == (zone->moving.ahead_m + zone->moving.behind_m > 0));
    for (uint32_t i = 1; i < zone->moving.route_count; i++) {
        const lee_point a = zone->moving.route[i - 1];
        const lee_point b = zone->moving.route[i];
        assert(a.lat_e7 != b.lat_e7 || a.lon_e7 != b.lon_e7);
    }
    assert(zone->lower.kind != LEE_LIMIT_UNL && zone->upper.kind != LEE_LIMIT_SFC);
    assert(zone->watch.confirm >= 1);
    for (uint32_t r = 0; r < zone->area.count; r++) {
        assert(zone->area.rings[r].count >= 3);
        for (uint32_t i = 0; i < zone->area.rings[r].count; i++) {
            const lee_point point = zone->area.rings[r].points[i];
            assert(point.lat_e7 >= -LEE_LAT_MAX_E7 && point.lat_e7 <= LEE_LAT_MAX_E7);
            assert(point.lon_e7 >= -LEE_LON_MAX_E7 && point.lon_e7 <= LEE_LON_MAX_E7);
        }
    }
    for (uint32_t i = 0; i < zone->schedule.count; i++) {
        assert(zone->schedule.intervals[i].from_us < zone->schedule.intervals[i].to_us);
    }
}

/* The canonical form of what a text holds. */
static void convert(const char *text, size_t size, lee_buffer *out, lee_zone_import_counters *sums)
{
    lee_zone_import *import = NULL;
    const lee_error created = lee_zone_import_create(NULL, &import);
    assert(created == LEE_OK);
    (void)created;
    (void)!lee_zone_import_text(import, "fuzz", text, size);
    lee_zone_import_count(import, sums);
    assert(sums->blocks == sums->read + sums->refused);
    const lee_zone_list *list = lee_zone_import_list(import);
    assert(list->count == sums->read);
    for (uint32_t i = 0; i < list->count; i++) {
        check_zone(&list->zones[i]);
    }
    lee_zone_write_geojson(list, out);
    lee_zone_import_free(import);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_buffer first;
    lee_buffer second;
    lee_zone_import_counters sums;
    lee_buffer_init(&first, 1 << 26);
    lee_buffer_init(&second, 1 << 26);
    convert((const char *)data, size, &first, &sums);
    if (first.error == LEE_OK && sums.read > 0) {
        convert((const char *)first.bytes, first.length, &second, &sums);
        assert(sums.refused == 0 && sums.repaired == 0);
        assert(first.length == second.length);
        assert(memcmp(first.bytes, second.bytes, first.length) == 0);
    }
    lee_buffer_free(&first);
    lee_buffer_free(&second);
    return 0;
}
