/* app/snapshot.h: the file that a snapshot of the core is kept in.
 *
 * It is a cache of what replaying the journal's first `size` records would give, for the very
 * program that wrote it: values lie in it as they lay in memory (base/state.h). So it is believed
 * only when everything fits: the program is the same to the byte, the journal under the signed head
 * begins with the same records, and the whole carries a code that only who has the journal's key
 * can make. docs/formats/journal.md, "Snapshots", has the layout. */
#ifndef LEE_APP_SNAPSHOT_H
#define LEE_APP_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "journal/merkle.h"
#include "leeward/error.h"

#define LEE_SNAPSHOT_KEY_BYTES 32u

typedef struct {
    lee_digest program; /* of the executable file */
    uint64_t size;      /* records of the journal that it stands for */
    lee_digest root;    /* over those */
} lee_snapshot_head;

/* Begins a snapshot in an empty buffer; the state follows. */
void lee_snapshot_begin(const lee_snapshot_head *head, lee_buffer *out);
/* Appends the code over all of it. */
void lee_snapshot_finish(const uint8_t key[LEE_SNAPSHOT_KEY_BYTES], lee_buffer *out);

/* How many records the snapshot says it stands for, before anything else is looked at; 0: it is no
 * snapshot. */
uint64_t lee_snapshot_size(const uint8_t *bytes, size_t length);

/* Finds head and state in a snapshot (borrowed). LEE_ERR_CORRUPT: *reason says why it is not
 * believed. */
LEE_CHECK_RESULT
lee_error lee_snapshot_open(const uint8_t *bytes, size_t length,
                            const uint8_t key[LEE_SNAPSHOT_KEY_BYTES], const lee_digest *program,
                            lee_snapshot_head *head, const uint8_t **state, size_t *state_length,
                            const char **reason);

#endif
