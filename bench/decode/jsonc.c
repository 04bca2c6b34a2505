/* The same fields out of JSON lines with json-c: jsonc FILE (aircraft), jsonc FILE report. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double number(struct json_object *object, const char *key)
{
    struct json_object *value;
    return json_object_object_get_ex(object, key, &value) ? json_object_get_double(value) : 0;
}

static size_t text(struct json_object *object, const char *key)
{
    struct json_object *value;
    return json_object_object_get_ex(object, key, &value)
               ? (size_t)json_object_get_string_len(value)
               : 0;
}

int main(int argc, char **argv)
{
    FILE *const file = argc >= 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        return 2;
    }
    fseek(file, 0, SEEK_END);
    const size_t length = (size_t)ftell(file);
    rewind(file);
    char *const bytes = malloc(length);
    if (bytes == NULL || fread(bytes, 1, length, file) != length) {
        return 1;
    }
    static const char *const numbers[][16] = {
        {"now", "alt_baro", "alt_geom", "gs", "track", "baro_rate", "lat", "lon", "nic", "seen_pos",
         "nac_p", "sil", "version", "rc", "nac_v", "gva"},
        {"t_us", "lat", "lon", "alt_baro_ft", "alt_hae_ft", "speed_ground_kt", "track_deg",
         "vertical_rate_fpm", "nic", "nac_p", "sil", "adsb_version", "rc_m", "nac_v", "gva",
         "sda"}};
    static const char *const texts[][6] = {
        {"hex", "type", "flight", "squawk", "emergency", "category"},
        {"target", "source", "callsign", "squawk", "emergency", "category"}};
    const int kind = argc > 2;
    unsigned long long count = 0;
    double sum = 0;
    struct json_tokener *const tokener = json_tokener_new();
    const clock_t begin = clock();
    for (size_t at = 0; at < length;) {
        const char *const end = memchr(bytes + at, '\n', length - at);
        const size_t size = end ? (size_t)(end - bytes) - at : length - at;
        json_tokener_reset(tokener);
        struct json_object *const object =
            json_tokener_parse_ex(tokener, bytes + at, (int)(size + (end != NULL)));
        if (object != NULL) {
            count++;
            for (size_t i = 0; i < 16; i++) {
                sum += number(object, numbers[kind][i]);
            }
            for (size_t i = 0; i < 6; i++) {
                sum += (double)text(object, texts[kind][i]);
            }
            json_object_put(object);
        }
        at += size + 1;
    }
    printf("%llu %.6f %g\n", count, (double)(clock() - begin) / CLOCKS_PER_SEC, sum);
    return 0;
}
