/* Engine against oracle on recorded tracks: oracle_real REPORTS.jsonl ZONES|stars...
 *
 * Zones come through the importer, their geometry and limits as they are, their watch parameters
 * plain. "stars": 60 star-shaped zones drawn on the traffic itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/zone_import.h"
#include "record/codec.h"
#include "run.h"

#define STARS 60
#define STAR_VERTICES 16
#define TARGETS_MAX 4096
/* The oracle's arithmetic holds for areas of up to 2^28 units, 26 degrees. */
#define EXTENT_MAX (1 << 28)

typedef struct {
    oracle_report *reports;
    size_t count;
    lee_target targets[TARGETS_MAX];
    uint32_t target_count;
} traffic;

static char *read_file(const char *path, size_t *length)
{
    FILE *const file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    *length = 0;
    for (size_t got = 1; text && got > 0; *length += got) {
        if (*length + 4096 > capacity) {
            capacity *= 2;
            text = realloc(text, capacity);
        }
        got = text ? fread(text + *length, 1, 4096, file) : 0;
    }
    fclose(file);
    return text;
}

static uint32_t number_of(traffic *t, const lee_target *target)
{
    for (uint32_t i = 0; i < t->target_count; i++) {
        if (lee_target_equal(&t->targets[i], target)) {
            return i;
        }
    }
    if (t->target_count == TARGETS_MAX) {
        fprintf(stderr, "too many targets\n");
        exit(2);
    }
    t->targets[t->target_count] = *target;
    return t->target_count++;
}

static void read_traffic(const char *path, traffic *t)
{
    size_t length;
    char *const text = read_file(path, &length);
    if (!text) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    t->reports = calloc(length / 32 + 1, sizeof *t->reports);
    for (const char *line = text; t->reports && line < text + length;) {
        const char *const end = memchr(line, '\n', (size_t)(text + length - line));
        const size_t line_length = (size_t)((end ? end : text + length) - line);
        lee_report report;
        lee_error_info error;
        if (lee_report_read_json(line, line_length, &report, &error)) {
            fprintf(stderr, "refused: %.*s: %s\n", (int)line_length, line, error.reason);
            exit(2);
        }
        const bool has_alt = report.present & LEE_REPORT_HAS_ALT_BARO;
        t->reports[t->count++] = (oracle_report){.t_us = report.t_us,
                                                 .target = number_of(t, &report.target),
                                                 .point = {report.lat_e7, report.lon_e7},
                                                 .has_alt = has_alt,
                                                 .alt_ft = has_alt ? report.alt_baro_ft : 0};
        line += line_length + 1;
    }
    free(text);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static uint32_t draw_stars(const traffic *t, lee_zone *zones)
{
    static lee_point points[STARS][STAR_VERTICES];
    static lee_ring rings[STARS];
    static char ids[STARS][16];
    uint64_t state = 42;
    for (int z = 0; z < STARS; z++) {
        const oracle_report *const at = &t->reports[next_random(&state) % t->count];
        const double reach = 20000.0 + (double)(next_random(&state) % 600000);
        for (int i = 0; i < STAR_VERTICES; i++) {
            const double angle = 6.283185307179586 * i / STAR_VERTICES;
            const double far = i % 2 ? reach : reach * 0.5;
            points[z][i] = (lee_point){(int32_t)lround(at->point.lat_e7 + far * sin(angle)),
                                       (int32_t)lround(at->point.lon_e7 + far * cos(angle))};
        }
        rings[z] = (lee_ring){points[z], STAR_VERTICES};
        snprintf(ids[z], sizeof ids[z], "star%d", z);
        const int32_t lower = at->alt_ft - (int32_t)(next_random(&state) % 2000);
        zones[z] = (lee_zone){
            .id = ids[z],
            .name = "\"\"",
            .kind = LEE_ZONE_NO_FLY,
            .lower = {LEE_LIMIT_VALUE, {lower, LEE_ALT_STD}},
            .upper = {LEE_LIMIT_VALUE, {lower + 4000, LEE_ALT_STD}},
            .schedule = {.always = true},
            .area = {&rings[z], 1},
        };
    }
    return STARS;
}

static bool fits_oracle(const lee_zone *zone)
{
    if ((zone->lower.kind == LEE_LIMIT_VALUE && zone->lower.alt.ref == LEE_ALT_HAE) ||
        (zone->upper.kind == LEE_LIMIT_VALUE && zone->upper.alt.ref == LEE_ALT_HAE) ||
        zone->area.count == 0) {
        return false;
    }
    const lee_point first = zone->area.rings[0].points[0];
    for (uint32_t r = 0; r < zone->area.count; r++) {
        for (uint32_t i = 0; i < zone->area.rings[r].count; i++) {
            const lee_point p = zone->area.rings[r].points[i];
            if (llabs((long long)p.lat_e7 - first.lat_e7) > EXTENT_MAX / 2 ||
                llabs((long long)p.lon_e7 - first.lon_e7) > EXTENT_MAX / 2) {
                return false;
            }
        }
    }
    return true;
}

/* A zone above ground whose floor could be above its ceiling without terrain is the business of the
 * importer's tests; here everything that was read and fits is judged. */
static uint32_t import_zones(lee_zone_import *import, const char *path)
{
    size_t length;
    char *const text = read_file(path, &length);
    if (!text) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    if (lee_zone_import_text(import, path, text, length)) {
        fprintf(stderr, "%s was refused\n", path);
        exit(2);
    }
    free(text);
    return lee_zone_import_list(import)->count;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: oracle_real REPORTS ZONES|stars...\n");
        return 2;
    }
    static traffic t;
    read_traffic(argv[1], &t);
    lee_zone_import *import = NULL;
    if (lee_zone_import_create(NULL, &import)) {
        return 2;
    }
    bool stars = false;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "stars") == 0) {
            stars = true;
        } else {
            (void)import_zones(import, argv[i]);
        }
    }
    const lee_zone_list *const read = lee_zone_import_list(import);
    lee_zone *const zones = calloc(read->count + STARS, sizeof *zones);
    uint32_t count = zones && stars ? draw_stars(&t, zones) : 0;
    uint32_t skipped = 0;
    for (uint32_t z = 0; zones && z < read->count; z++) {
        if (fits_oracle(&read->zones[z])) {
            zones[count++] = read->zones[z];
        } else {
            skipped++;
        }
    }
    run_plain_watch(zones, count);
    const lee_zone_list list = {zones, count};
    printf("%u zones skipped (limits above the ellipsoid, or too large)\n", skipped);
    const int64_t end_us = t.count > 0 ? t.reports[t.count - 1].t_us + INT64_C(1000000000) : 0;
    const run_case all = {.name = argv[2],
                          .zones = list,
                          .reports = t.reports,
                          .count = t.count,
                          .target_count = t.target_count,
                          .end_us = end_us};
    run_sums sums = {0};
    run_both(&all, &sums);
    run_print(argv[2], &sums);
    free(zones);
    free(t.reports);
    lee_zone_import_free(import);
    return sums.wrong != 0;
}
