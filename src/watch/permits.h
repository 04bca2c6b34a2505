/* watch/permits.h: which permit, if any, covers a target in a zone now.
 *
 * The list is worked into tables once, so that a report costs the same with one permit as with a
 * hundred thousand. */
#ifndef LEE_WATCH_PERMITS_H
#define LEE_WATCH_PERMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/permit.h"
#include "leeward/target.h"
#include "leeward/zone.h"
#include "zone/alt_band.h"

typedef struct lee_permit_book lee_permit_book;

#define LEE_PERMIT_NONE UINT32_MAX

/* What a permit may ask of a target. Empty texts and has_squawk false: not known, which matches no
 * permit of that kind. */
typedef struct {
    lee_target target;
    char callsign[16];
    char category[4];
    char registration[16];
    bool has_squawk;
    int32_t squawk;
    bool has_track;
    int32_t track_deg_e3;
    lee_point point;
    lee_band_altitude altitude;
    const struct lee_broken *broken; /* what it broke of permits; NULL: nothing */
    bool is_off_routes;              /* it is taken to be off the route of each that has one */
} lee_permit_subject;

/* The permits whose conditions a target broke in this visit, by hash of their ids, and why
 * (lee_permit_miss). Of more than fit, all that ask anything count as broken. */
#define LEE_BROKEN_MAX 4u
typedef struct lee_broken {
    uint64_t permits[LEE_BROKEN_MAX];
    uint8_t why[LEE_BROKEN_MAX];
    uint8_t count; /* LEE_BROKEN_MAX + 1: more than fit */
} lee_broken;

/* Why a permit that names target and zone does not cover it, in the order that is looked. */
typedef enum {
    LEE_MISS_NONE, /* no permit names it */
    LEE_MISS_NOT_GRANTED,
    LEE_MISS_TIME,
    LEE_MISS_ALTITUDE,
    LEE_MISS_TRACK,
    LEE_MISS_ROUTE,
    LEE_MISS_STOP,
    LEE_MISS_MEET,
    LEE_MISS_REPORT,
    LEE_MISS_COUNT
} lee_permit_miss;

/* "permit_route" and so on; "" for none. */
const char *lee_permit_miss_name(lee_permit_miss miss);
uint64_t lee_permit_hash(const char *id);
void lee_permit_break(lee_broken *broken, const char *id, lee_permit_miss why);

/* `permits` (borrowed) and `zones` (may be NULL: none; only read here) must not change while the
 * book lives. LEE_ERR_NO_MEMORY; LEE_ERR_LIMIT: more than LEE_PERMITS_MAX. */
LEE_CHECK_RESULT
lee_error lee_permit_book_create(const lee_permit_list *permits, const lee_zone_list *zones,
                                 lee_permit_book **out);
void lee_permit_book_free(lee_permit_book *book);
const lee_permit_list *lee_permit_book_list(const lee_permit_book *book);

/* The first permit of the list that covers the subject in the zone at t_us, or LEE_PERMIT_NONE;
 * then *miss (may be NULL) says why the first that names both does not. A permit with a floor or a
 * ceiling covers only an altitude that is known to lie between them, and so for track and route:
 * what is not known is no leave. Duties are none. */
uint32_t lee_permit_book_match(const lee_permit_book *book, const lee_permit_subject *subject,
                               uint32_t zone, int64_t t_us, const lee_band_conditions *conditions,
                               lee_permit_miss *miss);
/* The permits with a route that name subject and zone (LEE_PERMIT_NONE: any) and hold at t_us, but
 * for where it is and how high; the first `capacity` of the list, in its order. Returns how many.
 */
size_t lee_permit_book_routes(const lee_permit_book *book, const lee_permit_subject *subject,
                              uint32_t zone, int64_t t_us, uint32_t *out, size_t capacity);
/* Whether any permit has a route. NULL: none does. */
bool lee_permit_book_has_routes(const lee_permit_book *book);
/* Whether the height is certainly between the permit's floor and ceiling. */
bool lee_permit_fits_altitude(const lee_permit *permit, const lee_band_altitude *altitude,
                              const lee_band_conditions *conditions);
/* From when the permit, which holds at t_us, may not any more; INT64_MAX: it never ceases. */
int64_t lee_permit_holds_until_us(const lee_permit *permit, int64_t t_us);
/* Whether a permit that names subject and zone begins, ends or has a step at this very instant. */
bool lee_permit_book_has_edge(const lee_permit_book *book, const lee_permit_subject *subject,
                              uint32_t zone, int64_t t_us);
/* Whether the permit names this target, whatever else it asks. */
bool lee_permit_names(const lee_permit *permit, const lee_permit_subject *subject);
/* The numbers of the zones that it names one by one, ascending. */
const uint32_t *lee_permit_book_zones(const lee_permit_book *book, uint32_t permit,
                                      uint32_t *count);
/* Whether any of its permits asks that nobody is met. NULL: none does. */
bool lee_permit_book_asks_meet(const lee_permit_book *book);
const lee_permit *lee_permit_book_at(const lee_permit_book *book, uint32_t permit);

/* The first instant after t_us at which a permit begins or ends. False: none. */
bool lee_permit_book_next_edge(const lee_permit_book *book, int64_t t_us, int64_t *out);

#endif
