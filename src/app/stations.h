/* app/stations.h: snapshots that are kept, so that a moment of the past is near one of them.
 *
 * Files of one folder, each named by what it stands for. There are few and they are thinned: the
 * newest stays, and of the others the one whose neighbours are closest goes. Losing any of them
 * costs time alone. */
#ifndef LEE_APP_STATIONS_H
#define LEE_APP_STATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"

#define LEE_STATIONS_MAX 48u
#define LEE_STATIONS_MAX_BYTES (UINT64_C(768) * 1024 * 1024)

typedef struct {
    uint64_t index;   /* records it stands for */
    uint64_t session; /* record that the session begins with */
    int64_t t_us;     /* nothing in it is newer */
} lee_station;

/* The last station from which the moment is reached: before record `session`, or in that session
 * and not after at_us; and within the first `end` records. False: none. */
bool lee_station_find(const char *folder, uint64_t session, int64_t at_us, uint64_t end,
                      lee_station *out);

LEE_CHECK_RESULT
lee_error lee_station_read(const char *folder, const lee_station *station, lee_buffer *out);
void lee_station_remove(const char *folder, const lee_station *station);

/* Keeps the bytes, or the file `path` by a second name; then thins. Failing costs time alone, so
 * nothing is answered. */
void lee_station_write(const char *folder, const lee_station *station, const lee_buffer *bytes);
void lee_station_link(const char *folder, const lee_station *station, const char *path);

/* Which of `count` stations in ascending order of index goes first; count is at least 3. */
uint32_t lee_station_superfluous(const lee_station *stations, uint32_t count);

#endif
