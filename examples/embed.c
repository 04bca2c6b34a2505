/* examples/embed.c: the zone index in a program of your own.
 *
 *   cc embed.c $(pkg-config --cflags --libs leeward) -o embed && ./embed
 *
 * Two zones and three places; then an aircraft that flies through, followed. */
#include <stdio.h>

#include <leeward/zone_set.h>

int main(void)
{
    /* Degrees x 10^7, latitude first; rings are closed by themselves. */
    const lee_point hospital[] = {{365000000, 361000000},
                                  {365000000, 362000000},
                                  {366000000, 362000000},
                                  {366000000, 361000000}};
    const lee_point corridor[] = {
        {364000000, 361500000}, {365500000, 363000000}, {365500000, 361500000}};
    const lee_ring rings[] = {{hospital, 4}, {corridor, 3}};
    const lee_zone zones[] = {{.id = "hospital", .area = {&rings[0], 1}},
                              {.id = "corridor", .area = {&rings[1], 1}}};
    const lee_zone_list list = {zones, 2};
    lee_zone_set *set = NULL;
    if (lee_zone_set_build(&list, &set)) {
        return 1;
    }

    const int32_t lat[] = {365200000, 365800000, 370000000},
                  lon[] = {361800000, 361200000, 361000000};
    uint32_t found[128], ends[3];
    const size_t answered = lee_zone_set_locate_many(set, lat, lon, 3, found, 128, ends);
    for (size_t i = 0, at = 0; i < answered; i++) {
        printf("%.4f %.4f:", lat[i] / 1e7, lon[i] / 1e7);
        for (; at < ends[i]; at++) {
            printf(" %s", zones[found[at]].id);
        }
        printf("\n");
    }

    const lee_zone_volume volumes[] = {{0, 10000, {.always = true}},
                                       {2000, 5000, {.always = true}}};
    lee_zone_follower *follower = NULL;
    if (lee_zone_follower_create(set, volumes, 1, &follower)) {
        return 1;
    }
    for (int32_t second = 0; second < 60; second++) {
        const uint32_t target = 0;
        const int32_t at_lat = 365200000, at_lon = 360900000 + second * 30000, alt_ft = 3000;
        const int64_t t_us = second * INT64_C(1000000);
        lee_zone_crossing crossings[512];
        size_t count;
        const lee_zone_reports report = {&target, &at_lat, &at_lon, &alt_ft, &t_us, 1};
        lee_zone_follower_report(follower, &report, crossings, 512, &count);
        for (size_t i = 0; i < count; i++) {
            printf("%2d s: %s %s\n", second, crossings[i].entered ? "entered" : "left",
                   zones[crossings[i].zone].id);
        }
    }
    lee_zone_follower_free(follower);
    lee_zone_set_free(set);
    return 0;
}
