/* examples/zones.c: a file of zones in, the zones that hold a place out.
 *
 *   cc zones.c $(pkg-config --cflags --libs leeward-import) -o zones
 *   ./zones 365500000 361500000 <zones.geojson */
#include <stdio.h>
#include <stdlib.h>

#include <leeward/zone_import.h>

/* What is wrong with the file is never passed over in silence. */
static void on_finding(void *context, const lee_zone_finding *finding)
{
    (void)context;
    fprintf(stderr, "%s:%u: %s\n", finding->file, finding->line, finding->reason);
}

int main(int argc, char **argv)
{
    static char text[1 << 20];
    const size_t length = fread(text, 1, sizeof(text), stdin);
    if (argc != 3) {
        fprintf(stderr, "usage: zones LATITUDE_E7 LONGITUDE_E7 <FILE\n");
        return 2;
    }
    /* Degrees x 10^7, latitude first. */
    const lee_point place = {(int32_t)strtol(argv[1], NULL, 10),
                             (int32_t)strtol(argv[2], NULL, 10)};
    lee_zone_import_options options;
    lee_zone_import_options_default(&options);
    options.finding = on_finding;
    lee_zone_import *import = NULL;
    lee_zone_set *set = NULL;
    int status = 1;
    if (!lee_zone_import_create(&options, &import) &&
        !lee_zone_import_text(import, "standard input", text, length) &&
        !lee_zone_set_build(lee_zone_import_list(import), &set)) {
        uint32_t found[64];
        const size_t count = lee_zone_set_locate(set, place, found, 64);
        for (size_t i = 0; i < count && i < 64; i++) {
            printf("%s\n", lee_zone_import_list(import)->zones[found[i]].id);
        }
        status = 0;
    }
    lee_zone_set_free(set);
    lee_zone_import_free(import);
    return status;
}
