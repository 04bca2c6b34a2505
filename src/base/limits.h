/* base/limits.h: every bound of the program in one place. Reaching one is counted and reported. */
#ifndef LEE_BASE_LIMITS_H
#define LEE_BASE_LIMITS_H

#define LEE_ZONES_MAX 1000000u
#define LEE_VERTICES_MAX 100000000u
#define LEE_ZONE_VERTICES_MAX 4000000u
#define LEE_ZONE_ID_MAX_BYTES 128u
#define LEE_ZONE_FILE_MAX_BYTES (1024u * 1024u * 1024u)
#define LEE_PERMITS_MAX 100000u
#define LEE_TRACKS_MAX 65536u
#define LEE_INCIDENTS_MAX 65536u
#define LEE_FEEDS_MAX 64u
#define LEE_JOURNAL_RECORD_MAX_BYTES (256u * 1024u * 1024u)

#endif
