/* Prints where the members of the public structures lie, for the Python binding to be compared. */
#include <stddef.h>
#include <stdio.h>

#include "leeward/zone.h"
#include "leeward/zone_predict.h"

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define AT(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(type, member))

int main(void)
{
    SIZE(lee_point);
    SIZE(lee_box);
    SIZE(lee_ring);
    AT(lee_ring, count);
    SIZE(lee_area);
    AT(lee_area, count);
    SIZE(lee_zone_watch);
    SIZE(lee_schedule);
    AT(lee_schedule, intervals);
    AT(lee_schedule, count);
    SIZE(lee_alt_limit);
    SIZE(lee_zone);
    AT(lee_zone, kind);
    AT(lee_zone, lower);
    AT(lee_zone, upper);
    AT(lee_zone, schedule);
    AT(lee_zone, watch);
    AT(lee_zone, authority);
    AT(lee_zone, area);
    SIZE(lee_zone_list);
    AT(lee_zone_list, count);
    SIZE(lee_zone_volume);
    AT(lee_zone_volume, schedule);
    SIZE(lee_zone_path);
    AT(lee_zone_path, to_us);
    AT(lee_zone_path, to_ft);
    AT(lee_zone_path, has_alt);
    SIZE(lee_zone_passage);
    AT(lee_zone_passage, leave_us);
    AT(lee_zone_passage, alt_unknown);
    SIZE(lee_zone_motion);
    AT(lee_zone_motion, t_us);
    AT(lee_zone_motion, turn_deg_s_e3);
    AT(lee_zone_motion, has_alt);
    return 0;
}
