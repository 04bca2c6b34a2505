/* zone/defaults.h: how a zone is entered and watched when its file does not say. */
#ifndef LEE_ZONE_DEFAULTS_H
#define LEE_ZONE_DEFAULTS_H

#include "leeward/zone.h"

lee_zone_entry lee_zone_default_entry(lee_zone_kind kind);
lee_zone_watch lee_zone_default_watch(lee_zone_kind kind);

#endif
