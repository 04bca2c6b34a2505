/* journal/prune.h: records that a policy no longer keeps are taken away, and no proof is lost.
 *
 * A PRUNE record says of which ranges the frames are taken away, and how many they are. Only when a
 * signed head covers it are bundles replaced: DIR/kept/<N> has the entries that stay in their
 * places and nothing in those of the others (docs/formats/journal.md). All tiles of hashes stay, so
 * that every proof there was or will be is as before. Each step may be cut off and done again. */
#ifndef LEE_JOURNAL_PRUNE_H
#define LEE_JOURNAL_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/file.h"
#include "journal/merkle.h"
#include "leeward/error.h"

/* So that a PRUNE record fits an entry. */
#define LEE_PRUNE_RANGES_MAX 256u
#define LEE_PRUNE_POLICY_MAX 160u

/* Of the records [first, end) those of kind FRAME. */
typedef struct {
    uint64_t first;
    uint64_t end;
    uint64_t count; /* how many: all others are there, so that it says which, too */
} lee_prune_range;

/* A PRUNE record. Ranges ascend and do not touch what stands behind the record. */
typedef struct {
    int64_t t_us;
    int64_t before_us; /* frames received before this time were no longer to be kept */
    char policy[LEE_PRUNE_POLICY_MAX + 1]; /* in words, printable ASCII */
    uint32_t count;
    lee_prune_range ranges[LEE_PRUNE_RANGES_MAX];
} lee_prune;

/* JSON: `t_us`, `before_us`, `policy`, `ranges` of `first`, `end`, `count`. */
void lee_prune_write(const lee_prune *prune, lee_buffer *out);
/* False: it does not follow its format. */
bool lee_prune_read(const uint8_t *bytes, size_t length, lee_prune *out);

/* Counts the frames of [range->first, range->end), those that are already gone included:
 * what is not here counts as a frame. Every entry that is here is compared with its hash.
 * LEE_ERR_CORRUPT: a bundle is missing or damaged; LEE_ERR_IO, NO_MEMORY, LIMIT. */
LEE_CHECK_RESULT
lee_error lee_prune_measure(const lee_file_system *fs, const char *folder, lee_prune_range *range);

typedef struct {
    uint64_t records;   /* taken away now */
    uint64_t bytes;     /* of bundles, less than before */
    const char *reason; /* of LEE_ERR_CORRUPT or STATE; static */
    uint64_t index;     /* where */
} lee_prune_result;

/* Does what PRUNE record `record` says, as far as it is not done yet; another process may write the
 * journal meanwhile. Before anything is touched every range is measured again and the record is
 * proven to be under the signed head. LEE_ERR_STATE: it is not, yet; LEE_ERR_CORRUPT: what is there
 * is not what the record says, and nothing more is touched; LEE_ERR_NOT_FOUND: there is no journal
 * or no such record; LEE_ERR_IO, NO_MEMORY, LIMIT. */
LEE_CHECK_RESULT
lee_error lee_prune_apply(const lee_file_system *fs, const char *folder, uint64_t record,
                          lee_prune_result *out);

#endif
