/* zone/names.h: the words of the zone file. */
#ifndef LEE_ZONE_NAMES_H
#define LEE_ZONE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "leeward/zone.h"

/* "no_fly" and so on; static strings; NULL for a number out of range. */
const char *lee_zone_kind_name(lee_zone_kind kind);
const char *lee_zone_entry_name(lee_zone_entry entry);

/* False, and *out unchanged, when the word is not one of them. */
bool lee_zone_kind_parse(const char *text, lee_zone_kind *out);
bool lee_zone_entry_parse(const char *text, lee_zone_entry *out);

/* "MSL" and so on; reading also takes the other names in use: AMSL, AAMSL, ALT, ASL, QNH for MSL;
 * GND, ASFC, SFC for AGL; FL, QNE, PA for STD; WGS84, GNSS, W84 for HAE; in any case. */
const char *lee_zone_ref_name(lee_alt_ref ref);
bool lee_zone_ref_parse(const char *text, lee_alt_ref *out);

/* The kind that an airspace class or type stands for, as OpenAir (AC, AY) and exports of it write
 * it: "R", "CTR", "DANGER". False: the word is not known. Case does not matter. */
bool lee_zone_class_kind(const char *text, lee_zone_kind *out);

#endif
