/* serve/zones_view.h: the generation of zones in force, as it is shown.
 *
 * It keeps the canonical GeoJSON as it stands in the journal and puts in, while writing, what
 * changes with time. The shapes are never parsed: what is shown is what is judged. */
#ifndef LEE_SERVE_ZONES_VIEW_H
#define LEE_SERVE_ZONES_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"

typedef struct lee_zones_view lee_zones_view;

/* Reads a FeatureCollection. Its generation is its member "generation"; `next_generation` where it
 * has none. LEE_ERR_SYNTAX, MISSING (no features, or one without id or properties), LIMIT,
 * NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zones_view_create(const char *text, size_t length, uint64_t next_generation,
                                lee_zones_view **out);
void lee_zones_view_free(lee_zones_view *view);

uint64_t lee_zones_view_generation(const lee_zones_view *view);
uint32_t lee_zones_view_count(const lee_zones_view *view);

/* The kind of the zone with that id as text; NULL when there is none. Borrowed. */
const char *lee_zones_view_kind(const lee_zones_view *view, const char *id);

/* A number that differs when the zones active or pre-active at t_us differ: what a cached answer is
 * good for. */
uint64_t lee_zones_view_stamp(const lee_zones_view *view, int64_t t_us);

/* The FeatureCollection with "generation", and in the properties of each feature "active_now"; of
 * one that is not active "starts_us", when it will be, and "pre_active_now" within the time that it
 * looks ahead. */
void lee_zones_view_write(const lee_zones_view *view, int64_t t_us, lee_buffer *out);

#endif
