/* Any bytes as a list of places: read or refused with a reason; what is read is within range and
 * found again where it lies. */
#include <stddef.h>
#include <stdint.h>

#include "warn/places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *context, uint32_t index, const lee_place *place)
{
    (void)index;
    (void)place;
    ++*(uint32_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_places *places = NULL;
    lee_error_info error = {0};
    if (lee_places_load((const char *)data, size, &places, &error)) {
        if (!error.reason) {
            __builtin_trap();
        }
        return 0;
    }
    const lee_box all = {{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7}, {LEE_LAT_MAX_E7, LEE_LON_MAX_E7}};
    uint32_t found = 0;
    lee_places_in_box(places, all, count, &found);
    if (found != lee_places_count(places)) {
        __builtin_trap();
    }
    for (uint32_t i = 0; i < lee_places_count(places); i++) {
        const lee_place *place = lee_places_at(places, i);
        uint32_t here = 0;
        lee_places_in_box(places, (lee_box){place->point, place->point}, count, &here);
        if (here == 0 || place->name[0] == '\0') {
            __builtin_trap();
        }
    }
    lee_places_free(places);
    return 0;
}
