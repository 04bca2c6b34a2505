/* record/target.h: the targets of the busiest feeds, made where they are to stand. */
#ifndef LEE_RECORD_TARGET_H
#define LEE_RECORD_TARGET_H

#include <assert.h>
#include <string.h>

#include "leeward/target.h"

/* "00", "01" ... "ff" */
extern const char lee__hex_pairs[513];

/* As lee_target_icao24, which has to be copied: that alone took as long as the parity of a message.
 */
static inline void lee__target_set_icao24(lee_target *out, uint32_t address, bool is_icao)
{
    assert(address <= 0xFFFFFF);

    *out = (lee_target){.text = "icao24:~"};
    char *const digits = out->text + (is_icao ? 7 : 8);
    memcpy(digits, lee__hex_pairs + 2 * (address >> 16), 2);
    memcpy(digits + 2, lee__hex_pairs + 2 * (address >> 8 & 0xff), 2);
    memcpy(digits + 4, lee__hex_pairs + 2 * (address & 0xff), 2);
}

#endif
