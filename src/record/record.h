/* record/record.h: one entry of the journal. */
#ifndef LEE_RECORD_RECORD_H
#define LEE_RECORD_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "record/kind.h"

/* `bytes` is borrowed and lives until the callback that received the record returns. */
typedef struct {
    uint64_t index; /* position in the journal, from 0 */
    lee_record_kind kind;
    const uint8_t *bytes;
    size_t length;
} lee_record;

typedef void lee_record_sink(void *context, const lee_record *record);

#endif
