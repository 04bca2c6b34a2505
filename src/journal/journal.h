/* journal/journal.h: the durable, ordered, signed record.
 *
 * Appending buffers; lee_journal_commit makes everything appended durable with one write and one
 * sync, and only then may anybody hear of it. From the write-ahead segments are derived, behind the
 * commit, the static files of a C2SP tlog-tiles log: entry bundles, tiles and a signed checkpoint.
 * The layout stands byte by byte in docs/formats/journal.md.
 *
 * Pure: files through the table of base/file.h; randomness and time are arguments. One thread uses
 * a journal at a time. */
#ifndef LEE_JOURNAL_JOURNAL_H
#define LEE_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "journal/note.h"
#include "journal/path.h"
#include "journal/prune.h"
#include "journal/sealed.h"
#include "journal/signer.h"
#include "leeward/error.h"
#include "record/record.h"

typedef struct lee_journal lee_journal;

#define LEE_JOURNAL_MESSAGE_BYTES 1536u

typedef struct {
    /* The log's name in its checkpoints, used when the journal is made; NULL: one is made out of
     * the key. Afterwards the key file says it. */
    const char *origin;
    /* 32 secret random bytes, of which its secrets come when it is made, or when
     * keys/journal.secret is missing; else NULL. */
    const uint8_t *seed;
    const lee_signer_link *signer; /* who signs the heads; NULL: the journal itself, and then */
    const char *key_from;  /* the folder whose key it takes when it is made; NULL: one of its own */
    uint32_t buffer_bytes; /* how much append may hold before it writes (without sync) */
    uint64_t segment_bytes;   /* a segment that reached this is followed by a new one */
    uint32_t seal_per_commit; /* bundles of 256 entries that a commit derives at most */
    uint64_t reserve_bytes;   /* set aside for when the disk is full; 0: nothing */
    uint64_t root_size;       /* opening works out the root over so many records; 0: it does not */
} lee_journal_options;

void lee_journal_options_default(lee_journal_options *out);

/* A place that does not verify. */
typedef struct {
    char path[LEE_JOURNAL_PATH_BYTES];
    uint64_t offset;
    uint64_t index;     /* of the record, UINT64_MAX where it belongs to none */
    const char *reason; /* static sentence without a full stop */
} lee_journal_place;

/* What was found at opening. */
typedef struct {
    bool created;             /* there was no journal */
    uint64_t count;           /* records there are */
    uint64_t checkpoint_size; /* of them under the checkpoint */
    uint64_t unproven_count;  /* of them written but possibly not acknowledged before the stop */
    uint64_t torn_bytes;      /* after the last whole record: the trace of a power cut, or damage */
    bool torn_kept;           /* a copy of them stands in wal/, named .torn */
    uint64_t damage_count;    /* places that do not verify although they were acknowledged */
    lee_journal_place place;  /* the first of these, else where the torn bytes begin */
    bool has_root;            /* there are options->root_size records, and */
    lee_digest root;          /* the root over those */
    bool rolled_back;         /* a newer head was signed: an older copy was restored */
    char message[LEE_JOURNAL_MESSAGE_BYTES]; /* for people; empty when there is nothing to say */
} lee_journal_recovery;

/* Opens the journal in `folder`, or makes one when options->seed is given and nothing is there.
 * Recovers everything that was acknowledged: nothing that does not verify is removed or cut, torn
 * bytes at the very end are copied aside. `found` is filled in also on failure, with a message.
 * LEE_ERR_IO; LEE_ERR_NO_MEMORY; LEE_ERR_LIMIT: the folder's name is too long; LEE_ERR_MISSING: a
 * journal without its key, or none and no seed; LEE_ERR_CORRUPT: acknowledged records or the signed
 * head cannot be had, or found->rolled_back; nothing was changed, and the watch must go on with a
 * new journal elsewhere. */
LEE_CHECK_RESULT
lee_error lee_journal_open(const lee_file_system *fs, const char *folder,
                           const lee_journal_options *options, lee_journal **out,
                           lee_journal_recovery *found);

/* Appends a record; *index is its place. It is not durable, and nobody may hear of it, before
 * lee_journal_commit. A record longer than an entry is put into a file of its own at once.
 * LEE_ERR_LIMIT: longer than LEE_JOURNAL_RECORD_MAX_BYTES; LEE_ERR_STATE: the journal is degraded,
 * or it is scarce and this is a frame: the record is counted as lost, and the caller goes on;
 * LEE_ERR_IO: it is degraded from now on. */
LEE_CHECK_RESULT
lee_error lee_journal_append(lee_journal *journal, lee_record_kind kind, const uint8_t *bytes,
                             size_t length, uint64_t *index);

/* The same for a record of which some values are sealed apart: they are put into a file of their
 * own at once, and the entry has commitments in their place. For this the journal must have been
 * opened with a seed. LEE_ERR_LIMIT: it does not fit an entry; else as lee_journal_append. */
LEE_CHECK_RESULT
lee_error lee_journal_append_sealed(lee_journal *journal, lee_record_kind kind,
                                    const uint8_t *bytes, size_t length,
                                    const lee_sealed_span *spans, uint32_t count, uint64_t *index);

/* Makes everything appended durable. LEE_ERR_STATE, LEE_ERR_IO: the journal is degraded; what was
 * appended since the last commit is counted as lost. */
LEE_CHECK_RESULT
lee_error lee_journal_commit(lee_journal *journal);

/* Derives up to `bundles_max` full bundles and their tiles. They are written, read back and hashed,
 * but synced many at a time, at the latest before a head is signed. *more: there is more to do.
 * Failing here endangers no record: lee_journal_state names it, and the next call begins again at
 * the head signed last, out of the segments. LEE_ERR_IO,
 * LEE_ERR_NO_MEMORY; LEE_ERR_CORRUPT: the disk gives other bytes than were written. */
LEE_CHECK_RESULT
lee_error lee_journal_seal(lee_journal *journal, uint32_t bundles_max, bool *more);

/* Derives everything durable, reads it back, computes the root again and signs the head if it is
 * the root of what was appended; then removes the segments that the bundles have replaced.
 * Uncommitted records stay uncommitted. Errors as lee_journal_seal; LEE_ERR_CORRUPT also when the
 * roots differ: nothing is signed then; LEE_ERR_STATE: the signer refuses the head; LEE_ERR_DENIED:
 * no signer answers rightly. */
LEE_CHECK_RESULT
lee_error lee_journal_checkpoint(lee_journal *journal);

/* The same in slices, so that an event loop is never held up: each call seals about `files_max`
 * files, or syncs that many, or writes what a head needs, or signs it; *done: a head is signed and
 * nothing was left to do when its making began. Commits may come between the calls. Errors as
 * lee_journal_checkpoint; the next call begins again at the head signed last, or, when only the
 * signer failed (LEE_ERR_DENIED), asks again. */
LEE_CHECK_RESULT
lee_error lee_journal_checkpoint_some(lee_journal *journal, uint32_t files_max, bool *done);

typedef struct {
    bool degraded;
    bool is_scarce; /* the disk was full: frames are refused until lee_journal_replenish */
    uint64_t count;
    uint64_t durable_count;
    uint64_t checkpoint_size;
    uint64_t lost_records; /* while degraded; a gap record will say so */
    uint64_t lost_bytes;
    lee_error seal_error; /* why the last sealing failed; LEE_OK */
    const char *message;  /* what is wrong, what it means and what to do; "" when all is well */
} lee_journal_state;

/* Borrowed texts live until the next call on the journal. */
void lee_journal_status(const lee_journal *journal, lee_journal_state *out);

uint64_t lee_journal_count(const lee_journal *journal);
uint64_t lee_journal_durable_count(const lee_journal *journal);
const lee_note_verifier *lee_journal_verifier(const lee_journal *journal);

/* The root over the durable records. */
lee_digest lee_journal_root(const lee_journal *journal);

/* A secret that only who has keys/journal.secret can make, another one for each `purpose` (a static
 * text): HMAC-SHA-256 (RFC 2104) of the purpose under it. */
void lee_journal_derive_key(const lee_journal *journal, const char *purpose, uint8_t out[32]);

/* Looks for space while the journal is scarce: sets the reserve aside again, takes frames again,
 * and appends a GAP that says what was not kept. LEE_ERR_STATE: it is not scarce; LEE_ERR_LIMIT:
 * there is still no space; LEE_ERR_IO, NO_MEMORY: degraded now. */
LEE_CHECK_RESULT
lee_error lee_journal_replenish(lee_journal *journal, int64_t from_us, int64_t to_us);

/* Tries a new segment after a failure; a reserve is released when that was a full disk; the first
 * record in it is a GAP that says what was lost between from_us and to_us. LEE_ERR_STATE: the
 * journal is not degraded; LEE_ERR_IO, LEE_ERR_NO_MEMORY: still degraded. */
LEE_CHECK_RESULT
lee_error lee_journal_reopen(lee_journal *journal, int64_t from_us, int64_t to_us);

/* Makes in `folder`, which must be empty or absent, the journal that goes on from the one in
 * `old_folder` after that was rolled back: the same key under a new origin (NAME/e2; a second time
 * NAME/e3), the first record an EPOCH that holds the head signed last and the reason. Of the old
 * one only keys/epoch is written, so that no two journals ever get the same origin. `found` says
 * what failed. `seed` and `signer` as in lee_journal_options; the signer is one of `folder` that
 * took the key of `old_folder` (lee_signer_take_key), and only it reads that. LEE_ERR_MISSING: the
 * old one has no key or no head; LEE_ERR_STATE: `folder` is not empty; LEE_ERR_CORRUPT: the old
 * head is not one that its key signed; LEE_ERR_LIMIT: the origin would be too long; LEE_ERR_IO,
 * NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_journal_begin_epoch(const lee_file_system *fs, const char *old_folder,
                                  const char *folder, const char *reason, int64_t t_us,
                                  const uint8_t *seed, const lee_signer_link *signer,
                                  lee_journal **out, lee_journal_recovery *found);

/* Commits, signs a last checkpoint and frees the journal, whatever fails. NULL is allowed. The
 * first error is answered. */
lee_error lee_journal_close(lee_journal *journal);

/* Frees it as it is, as after a crash: for tests and for processes that must stop at once. */
void lee_journal_abandon(lee_journal *journal);

/* --- reading --------------------------------------------------------------------------------- */

typedef struct lee_journal_reader lee_journal_reader;

/* Reads the records as they are now, from index `from` on: bundles under the checkpoint, segments
 * after it. LEE_ERR_NOT_FOUND: there is no journal; LEE_ERR_IO, NO_MEMORY, LIMIT;
 * LEE_ERR_CORRUPT: the checkpoint cannot be read. */
LEE_CHECK_RESULT
lee_error lee_journal_reader_open(const lee_file_system *fs, const char *folder, uint64_t from,
                                  lee_journal_reader **out);
void lee_journal_reader_close(lee_journal_reader *reader);

/* The next record, borrowed until the next call. LEE_ERR_NOT_FOUND: the end. LEE_ERR_CORRUPT:
 * lee_journal_reader_place says what does not verify; the next call goes on behind it. LEE_ERR_IO,
 * LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_journal_reader_next(lee_journal_reader *reader, lee_record *out);
const lee_journal_place *lee_journal_reader_place(const lee_journal_reader *reader);

/* From now on records of kinds that are apart (record/kind.h) are given with their sealed values;
 * otherwise these files are not even looked at, and such a record has no bytes. */
void lee_journal_reader_disclose(lee_journal_reader *reader);

/* Records under the checkpoint when it was opened. */
uint64_t lee_journal_reader_sealed_size(const lee_journal_reader *reader);

/* How many records were passed over until now because they were pruned (journal/prune.h). Whether
 * they were rightly, lee_journal_check says. */
uint64_t lee_journal_reader_pruned(const lee_journal_reader *reader);

/* Whether LEE_ERR_CORRUPT was answered because sealed values are not here: the record was given all
 * the same, with no bytes. */
bool lee_journal_reader_withheld(const lee_journal_reader *reader);
/* Its entry as it stands in the tree, borrowed until the next call. */
const uint8_t *lee_journal_reader_entry(const lee_journal_reader *reader, size_t *length);
/* Its sealed value number `field` with its salt; NULL: there is none. */
const uint8_t *lee_journal_reader_sealed(const lee_journal_reader *reader, uint32_t field,
                                         size_t *length);

/* --- verifying ------------------------------------------------------------------------------- */

#define LEE_JOURNAL_PRUNINGS_TOLD 16u

typedef struct {
    uint64_t record; /* the PRUNE record */
    uint64_t count;  /* how many it takes away; 0: */
    int64_t t_us;
    int64_t before_us;
    char policy[LEE_PRUNE_POLICY_MAX + 1];
} lee_journal_pruning;

typedef struct {
    char origin[LEE_NOTE_NAME_MAX + 1];
    uint8_t key_id[4];
    uint64_t size; /* under the checkpoint */
    lee_digest root;
    uint64_t unsealed; /* records after it, in segments */
    uint64_t bundles;
    uint64_t tiles;
    uint64_t segments;
    uint64_t blobs;
    uint64_t sealed;   /* records of which values are sealed apart */
    uint64_t withheld; /* of these, without their values: destroyed, or not handed on */
    uint64_t pruned;   /* records that are here as hashes alone, by the prunings that say so */
    uint64_t prunings; /* PRUNE records under the checkpoint; the newest of them: */
    lee_journal_pruning pruning[LEE_JOURNAL_PRUNINGS_TOLD];
    uint64_t bytes_read;
    uint64_t damage_count;
    bool has_attested; /* there is a head that others signed too (journal/witness.h), and */
    lee_checkpoint attested;
} lee_journal_check_result;

typedef void lee_journal_place_sink(void *context, const lee_journal_place *place);

/* Checks everything there is: signature, bundles against tiles, tiles against the root, segments
 * and what they have in common with bundles, large records; and that of what is not here exactly
 * that is missing that a PRUNE record under the checkpoint says. `verifier`: whose signature must
 * be there; NULL: the one in keys/journal.vkey. Every place that does not verify is told to the
 * sink and counted. LEE_ERR_NOT_FOUND: there is no journal; LEE_ERR_CORRUPT: something does not
 * verify; LEE_ERR_IO, NO_MEMORY, LIMIT. */
LEE_CHECK_RESULT
lee_error lee_journal_check(const lee_file_system *fs, const char *folder,
                            const lee_note_verifier *verifier, lee_journal_place_sink *sink,
                            void *context, lee_journal_check_result *out);

#endif
