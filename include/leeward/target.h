/* leeward/target.h: the name of a thing observed. */
#ifndef LEEWARD_TARGET_H
#define LEEWARD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "icao24:4b1815", "icao24:~2ab3c4" (a TIS-B or ADS-R address that is not an ICAO one),
 * "mmsi:244660000", "rid:…", "asterix:sac.sic.tn", "unit:…", "unseen:…". Printable UTF-8 without
 * spaces or quotes, padded with NUL to the end, so that two targets are equal exactly when their
 * bytes are. */
#define LEE_TARGET_BYTES 48
typedef struct {
    char text[LEE_TARGET_BYTES];
} lee_target;

/* The target of a 24-bit address; `is_icao` is false for TIS-B track and anonymous addresses. */
lee_target lee_target_icao24(uint32_t address, bool is_icao);

/* Reads a target from text. False, and *out unchanged, when the prefix is not one of the above,
 * nothing follows it, it is too long, or a character is not allowed. */
bool lee_target_parse(const char *text, size_t length, lee_target *out);

/* Whether both name the same thing. */
bool lee_target_equal(const lee_target *a, const lee_target *b);

/* A hash that is the same on every machine. */
uint64_t lee_target_hash(const lee_target *target);

#ifdef __cplusplus
}
#endif

#endif
