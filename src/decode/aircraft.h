/* decode/aircraft.h: what the decoder remembers of each address, in a bounded table. */
#ifndef LEE_DECODE_AIRCRAFT_H
#define LEE_DECODE_AIRCRAFT_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "decode/cpr.h"
#include "leeward/error.h"
#include "leeward/point.h"

#define LEE__AIRCRAFT_NONE UINT32_MAX

/* Set in a key whose address is not an ICAO one. */
#define LEE__AIRCRAFT_NOT_ICAO UINT32_C(0x1000000)

/* A time that was never. Far enough from INT64_MIN that differences do not overflow. */
#define LEE__NEVER_US (INT64_MIN / 4)

#define LEE__CACHE_LINE_BYTES 64

/* In order of use, in lines of the cache: with thousands of aircraft a message finds what is known
 * of its own in no near cache. An all-call reply needs the first line, most others two. */
typedef struct {
    alignas(LEE__CACHE_LINE_BYTES) uint32_t key; /* address and LEE__AIRCRAFT_NOT_ICAO */
    uint32_t chain;
    uint64_t touched;   /* tick of the table when it was made the newest */
    int64_t clean_us;   /* last message with plain parity */
    int64_t half_us[2]; /* of half[]; LEE__NEVER_US: none */
    lee_point position;
    int64_t position_us;
    bool last_half_odd;
    bool position_known;
    bool position_surface;
    uint8_t confirmations; /* global solutions that agreed with the position, up to a limit */
    uint8_t conflicts;     /* in a row that did not */
    uint8_t candidate_count;
    uint8_t since_check; /* positions since a global solution was looked at */
    uint8_t version;     /* of ADS-B, from operational status */

    lee_cpr half[2]; /* the last of each kind, [0] even, [1] odd */
    int64_t alt_baro_us;
    int64_t height_difference_us;
    int32_t alt_baro_ft;
    int32_t height_difference_ft; /* GNSS height less pressure altitude */
    uint8_t nic_supplement_a;
    uint8_t nic_supplement_c;
    bool heading_is_magnetic; /* of air velocities (HRD) */
    int16_t speed_ground_kt;  /* with track_deg, by ADS-B at velocity_us */
    int16_t track_deg;
    int64_t velocity_us;

    uint32_t older;
    uint32_t newer;
    int64_t candidate_us;
    lee_point candidate;      /* where it seems to be instead */
    int32_t speed_surface_kt; /* last on the surface; negative: not said */
} lee__aircraft;

typedef struct {
    lee__aircraft *slots;
    void *memory; /* of the slots, before it was aligned */
    uint32_t *heads;
    uint32_t head_shift; /* of the 64-bit hash: as many heads are in use as its other bits count */
    uint64_t factor;     /* odd; with the addend the hash's secret */
    uint64_t addend;
    uint32_t capacity;
    uint32_t count;
    uint32_t oldest;
    uint32_t newest;
    uint64_t tick;
    uint64_t evicted;
} lee__aircraft_table;

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__aircraft_table_init(lee__aircraft_table *table, uint32_t capacity,
                                   const uint64_t hash_key[2]);
void lee__aircraft_table_free(lee__aircraft_table *table);

/* NULL: not in the table. What is found counts as heard. */
lee__aircraft *lee__aircraft_find(lee__aircraft_table *table, uint32_t key);

/* Fetches what a look-up of this key will need, while something else is done. */
void lee__aircraft_prefetch(const lee__aircraft_table *table, uint32_t key);

/* Finds it or makes it, in place of the one heard longest ago when the table is full. */
lee__aircraft *lee__aircraft_get(lee__aircraft_table *table, uint32_t key);

/* Into a table of the same capacity and key. */
void lee__aircraft_table_state(lee_state *state, lee__aircraft_table *table);

#endif
