#define _POSIX_C_SOURCE 200809L
#include "app/stations.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/read_file.h"

/* More than are ever kept, for files that another program left. */
#define LISTED_MAX 1024u

typedef struct {
    lee_station stations[LISTED_MAX]; /* ascending */
    uint32_t count;
} listing;

static void path_of(const char *folder, const lee_station *station, char path[4352])
{
    (void)snprintf(path, 4352, "%s/%020llu-%020llu-%lld", folder,
                   (unsigned long long)station->index, (unsigned long long)station->session,
                   (long long)station->t_us);
}

static bool read_name(const char *name, lee_station *out)
{
    char *end = NULL;
    if (strlen(name) < 43 || name[20] != '-' || name[41] != '-' ||
        strspn(name, "0123456789-") != strlen(name)) {
        return false;
    }
    out->index = strtoull(name, &end, 10);
    if (end != name + 20) {
        return false;
    }
    out->session = strtoull(name + 21, &end, 10);
    if (end != name + 41) {
        return false;
    }
    out->t_us = strtoll(name + 42, &end, 10);
    return *end == '\0';
}

static int by_index(const void *a, const void *b)
{
    const lee_station *const left = a;
    const lee_station *const right = b;
    return left->index < right->index ? -1 : left->index > right->index;
}

static void list(const char *folder, listing *out)
{
    out->count = 0;
    DIR *const dir = opendir(folder);
    if (!dir) {
        return;
    }
    const struct dirent *entry = NULL;
    while (out->count < LISTED_MAX && (entry = readdir(dir)) != NULL) {
        out->count += read_name(entry->d_name, &out->stations[out->count]);
    }
    (void)closedir(dir);
    qsort(out->stations, out->count, sizeof out->stations[0], by_index);
}

bool lee_station_find(const char *folder, uint64_t session, int64_t at_us, uint64_t end,
                      lee_station *out)
{
    assert(folder && out);
    listing all;
    list(folder, &all);
    for (uint32_t i = all.count; i-- > 0;) {
        const lee_station *const each = &all.stations[i];
        const bool before =
            each->index <= session || (each->session == session && each->t_us <= at_us);
        if (before && each->index <= end) {
            *out = *each;
            return true;
        }
    }
    return false;
}

lee_error lee_station_read(const char *folder, const lee_station *station, lee_buffer *out)
{
    char path[4352];
    path_of(folder, station, path);
    return lee_file_read_whole(path, out);
}

void lee_station_remove(const char *folder, const lee_station *station)
{
    char path[4352];
    path_of(folder, station, path);
    (void)unlink(path);
}

uint32_t lee_station_superfluous(const lee_station *stations, uint32_t count)
{
    assert(stations && count >= 3);
    uint32_t found = 1;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i + 1 < count; i++) {
        const uint64_t before = i > 0 ? stations[i - 1].index : 0;
        const uint64_t gap = stations[i + 1].index - before;
        if (gap < least) {
            least = gap;
            found = i;
        }
    }
    return found;
}

static uint64_t bytes_of(const char *folder, const listing *all)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        char path[4352];
        struct stat info;
        path_of(folder, &all->stations[i], path);
        sum += stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    }
    return sum;
}

static void thin(const char *folder)
{
    listing all;
    list(folder, &all);
    while (all.count >= 3 &&
           (all.count > LEE_STATIONS_MAX || bytes_of(folder, &all) > LEE_STATIONS_MAX_BYTES)) {
        const uint32_t gone = lee_station_superfluous(all.stations, all.count);
        lee_station_remove(folder, &all.stations[gone]);
        all.count--;
        memmove(&all.stations[gone], &all.stations[gone + 1],
                (all.count - gone) * sizeof all.stations[0]);
    }
}

/* False: there is no folder for it, or it is there already. */
static bool is_wanted(const char *folder, const lee_station *station, char path[4352])
{
    path_of(folder, station, path);
    return (mkdir(folder, 0700) == 0 || errno == EEXIST) && access(path, F_OK) != 0;
}

void lee_station_write(const char *folder, const lee_station *station, const lee_buffer *bytes)
{
    assert(folder && station && bytes);
    char path[4352];
    if (bytes->error == LEE_OK && is_wanted(folder, station, path) &&
        lee_file_write_private(path, bytes->bytes, bytes->length) == LEE_OK) {
        thin(folder);
    }
}

void lee_station_link(const char *folder, const lee_station *station, const char *path)
{
    assert(folder && station && path);
    char name[4352];
    if (is_wanted(folder, station, name) && link(path, name) == 0) {
        thin(folder);
    }
}
