#include "app/time_zone.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "io/read_file.h"

/* Where systems keep it (tzdata). */
#define FOLDER "/usr/share/zoneinfo/"

/* Names go into a path: only those that the database itself could hold are looked for. */
static bool is_zone_name(const char *name)
{
    if (name[0] == '/' || name[0] == '\0' || strlen(name) > 64 || strstr(name, "..")) {
        return false;
    }
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") ==
           strlen(name);
}

bool lee_time_zone_read(void *context, const char *name, const uint8_t **bytes, size_t *length)
{
    lee_buffer *const held = context;
    char path[sizeof FOLDER + 64];
    if (!is_zone_name(name)) {
        return false;
    }
    snprintf(path, sizeof path, FOLDER "%s", name);
    lee_buffer_reset(held);
    if (lee_file_read_whole(path, held) != LEE_OK) {
        return false;
    }
    *bytes = held->bytes;
    *length = held->length;
    return held->length > 0;
}
