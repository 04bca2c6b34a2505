/* zone/write.h: zones as files again. */
#ifndef LEE_ZONE_WRITE_H
#define LEE_ZONE_WRITE_H

#include "base/buffer.h"
#include "base/json.h"
#include "leeward/error.h"
#include "leeward/zone.h"

/* Our zone file (docs/zones.md): the same zones always give the same bytes, and importing those
 * gives the identical list. One feature a line. Everything is written out, also what was default;
 * coordinates as decimals of up to seven digits. The buffer's error says whether it fitted. */
void lee_zone_write_geojson(const lee_zone_list *list, lee_buffer *out);

/* One feature of it, without line end; and its parts, for others that make features. */
void lee_zone_write_feature(const lee_zone *zone, lee_buffer *out);
void lee_zone_write_geometry(const lee_area *area, lee_json *json);
void lee_zone_write_properties(const lee_zone *zone, lee_json *json);

/* Other formats hold less: what is lost stands in docs/zones.md. OpenAir has no holes: a zone with
 * several rings becomes one block a ring of the outer ones, and LEE_ERR_UNSUPPORTED, with nothing
 * of it written, is counted in *left_out for zones with holes. Zones that move are left out of all
 * three. */
void lee_zone_write_openair(const lee_zone_list *list, lee_buffer *out, uint32_t *left_out);
void lee_zone_write_ed269(const lee_zone_list *list, lee_buffer *out);
void lee_zone_write_ed318(const lee_zone_list *list, lee_buffer *out);

#endif
