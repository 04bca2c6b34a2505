/* app/time_zone.h: the system's time zone database, for weekly rules in named zones. */
#ifndef LEE_APP_TIME_ZONE_H
#define LEE_APP_TIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No file of the database is longer. */
#define LEE_TIME_ZONE_MAX_BYTES (256u * 1024u)

/* A lee_time_zone_source: `context` is a lee_buffer, which holds the bytes until the next call. */
bool lee_time_zone_read(void *context, const char *name, const uint8_t **bytes, size_t *length);

#endif
