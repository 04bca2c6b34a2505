/* app/forget.h: destroys what a journal has sealed of drones' operators, and leaves every proof. */
#ifndef LEE_APP_FORGET_H
#define LEE_APP_FORGET_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"

typedef struct {
    uint64_t found;     /* REMOTE_OPERATOR records that old */
    uint64_t destroyed; /* of these, files of values that were there */
} lee_forgotten;

/* Removes the files of values of records whose frame is of before `before_us`, durably; `dry_run`:
 * only counts them. Somebody may be writing the journal. LEE_ERR_NOT_FOUND: there is no journal;
 * LEE_ERR_CORRUPT: a part of it cannot be read, and all that can was done; LEE_ERR_IO, NO_MEMORY.
 */
LEE_CHECK_RESULT
lee_error lee_forget_operators(const char *folder, int64_t before_us, bool dry_run,
                               lee_forgotten *out);

#endif
