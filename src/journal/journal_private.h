/* journal/journal_private.h: the inside of a journal, shared by the files of this folder. */
#ifndef LEE_JOURNAL_JOURNAL_PRIVATE_H
#define LEE_JOURNAL_JOURNAL_PRIVATE_H

#include "base/buffer.h"
#include "journal/disk.h"
#include "journal/journal.h"
#include "journal/merkle.h"
#include "journal/sealed.h"
#include "journal/wal.h"

#define LEE_JOURNAL_SEGMENTS_MAX 100000u
/* The kind byte of an entry whose payload is in blob/. */
#define LEE_ENTRY_BLOB 0x80u
/* That some values of it stand in sealed/ (journal/sealed.h). */
#define LEE_ENTRY_SEALED 0x40u
#define LEE_ENTRY_KIND_MASK 0x3Fu
/* Of LEE_ENTRY_BLOB: length (8 bytes, little-endian) and SHA-256. */
#define LEE_ENTRY_BLOB_BYTES 40u
/* 256 entries of the greatest length. */
#define LEE_BUNDLE_MAX_BYTES (LEE_TILE_WIDTH * (2u + LEE_ENTRY_MAX_BYTES))

/* Where deriving stood when a head was made ready: what to go back to when a disk fails. */
typedef struct {
    uint64_t count;
    uint32_t bundle_count;
    lee_digest tiles[LEE_TILE_LEVELS][LEE_TILE_WIDTH];
    uint32_t tile_count[LEE_TILE_LEVELS];
    uint64_t tile_index[LEE_TILE_LEVELS];
    uint32_t partial_written[LEE_TILE_LEVELS];
} lee_seal_mark;

/* The static files, as far as they are derived. */
typedef struct {
    uint64_t count; /* entries taken out of the segments */
    lee_buffer bundle;
    lee_buffer again;      /* a bundle as its file has it */
    uint32_t bundle_count; /* entries in it, 256 until its file is written */
    lee_digest tiles[LEE_TILE_LEVELS][LEE_TILE_WIDTH];
    uint32_t tile_count[LEE_TILE_LEVELS]; /* 256 until its file is written */
    uint64_t tile_index[LEE_TILE_LEVELS];
    uint32_t partial_written[LEE_TILE_LEVELS]; /* width of the partial file there is */
    bool has_checkpoint;
    uint64_t checkpoint_size;
    lee_seal_mark *mark;  /* at the signed head */
    lee_seal_mark *ready; /* at the head that is written but not signed yet */
    bool is_ready;
    uint32_t ready_files;  /* of those staged, what the ready head still needs synced */
    bool ready_named;      /* they are synced and the folders with their names too */
    bool ready_asked;      /* and the signer was asked for the head */
    bool ready_stale;      /* and said already that the proof has to start elsewhere */
    lee_buffer ready_note; /* the head as the signer signed it, until it is in place */
    lee_digest ready_derived;
    lee_digest ready_appended;
    bool back_due; /* deriving failed: begin again at the signed head */
    lee_wal_scan scan;
    bool scanning;
    lee_error error;
    char message[LEE_JOURNAL_MESSAGE_BYTES];
} lee_seal;

struct lee_journal {
    lee_disk disk;
    lee_journal_options options;
    lee_note_verifier verifier;
    bool has_salt_key;
    uint8_t salt_key[32]; /* of this session alone: salts of sealed values come of it */
    uint64_t salt_count;
    uint8_t secret[32];     /* salts and keys come of it; keys/journal.secret */
    lee_signer *own_signer; /* when options->signer is NULL; else NULL */
    lee_buffer answer;      /* of the signer */
    bool has_told;          /* the signer said at opening what it signed last: */
    lee_checkpoint told;
    uint64_t signed_size; /* of the head that the signer is thought to have signed last */
    bool signer_failed;   /* the last question has no right answer, and why: */
    int signer_errno;     /* 0: no file failed */
    char signer_message[LEE_JOURNAL_MESSAGE_BYTES];

    lee_wal_writer writer;
    uint64_t *segments; /* first indices, ascending; the last is the writer's */
    uint32_t segment_count;
    uint32_t segment_capacity;

    uint8_t *buffer; /* the batch being built, its header's room included */
    size_t buffer_capacity;
    size_t buffer_used;
    uint32_t buffer_count;

    bool rotation_due; /* the next commit begins a new segment */
    uint64_t count;
    uint64_t durable;
    uint64_t pending_bytes;  /* of the records that are not durable */
    lee_merkle tree;         /* over all that are written, not those in the buffer */
    lee_merkle durable_tree; /* over those that are durable */

    bool is_scarce;          /* the reserve was released */
    uint64_t scarce_records; /* frames that were not taken since */
    uint64_t scarce_bytes;
    char scarce_message[LEE_JOURNAL_MESSAGE_BYTES];
    bool degraded;
    uint64_t lost_records;
    uint64_t lost_bytes;
    char message[LEE_JOURNAL_MESSAGE_BYTES];

    lee_seal seal;
};

/* Appends to a message, cutting what does not fit. */
void lee__say(char message[LEE_JOURNAL_MESSAGE_BYTES], const char *text);
void lee__say_number(char message[LEE_JOURNAL_MESSAGE_BYTES], uint64_t number);
/* "PATH: OPERATION failed: TEXT (errno N)". */
void lee__say_failure(char message[LEE_JOURNAL_MESSAGE_BYTES], const lee_disk_failure *failure);

/* The salt of the segment that begins with record `first`. */
void lee__segment_salt(const lee_journal *journal, uint64_t first, uint8_t out[8]);

/* Adds a segment to the list. LEE_ERR_NO_MEMORY, LEE_ERR_LIMIT. */
LEE_CHECK_RESULT
lee_error lee__segment_push(lee_journal *journal, uint64_t first);

/* Puts a record into the buffer without looking at the state; used by append, gap and recovery. */
LEE_CHECK_RESULT
lee_error lee__put_entry(lee_journal *journal, uint8_t kind, const uint8_t *payload, size_t length);
/* Writes the buffer as one batch, without sync. */
LEE_CHECK_RESULT
lee_error lee__flush(lee_journal *journal);

/* reserve.c. Makes the reserve if it is not there: 0 or the negated errno value of why not. */
int lee__reserve_make(lee_journal *journal);
/* Removes it when the failure kept is a full disk. False: it was another, or there is none. */
bool lee__reserve_release(lee_journal *journal);
void lee__say_scarce(const lee_journal *journal, char message[LEE_JOURNAL_MESSAGE_BYTES]);

/* seal.c: the state of the static files from those on the disk, at the checkpoint. */
LEE_CHECK_RESULT
lee_error lee__seal_load(lee_journal *journal, const lee_checkpoint *checkpoint,
                         lee_journal_place *place);
void lee__seal_free(lee_journal *journal);
/* The root over the hashes that the tiles hold. */
lee_digest lee__seal_root(const lee_seal *seal);
/* Splits a bundle: the entry at *at, which moves behind it. False: it does not parse. */
bool lee__bundle_next(const uint8_t *bytes, size_t length, size_t *at, const uint8_t **entry,
                      size_t *entry_length);

/* prune.c: what is kept of a bundle. LEE_ERR_NOT_FOUND: it was not pruned; LIMIT, IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__kept_read(lee_disk *disk, uint64_t number, lee_path *path, lee_buffer *out);
/* The next place of it; *entry_length is 0 where the entry was taken away. False: it does not
 * parse. */
bool lee__kept_next(const uint8_t *bytes, size_t length, size_t *at, const uint8_t **entry,
                    size_t *entry_length);

/* pruned.c: whether exactly that is missing which PRUNE records say. */
typedef struct lee_pruned lee_pruned;
lee_pruned *lee__pruned_create(void); /* NULL: no memory */
void lee__pruned_free(lee_pruned *pruned);
/* Bundle `number` is there without some of its entries; ascending. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__pruned_bundle(lee_pruned *pruned, uint64_t number);
/* A PRUNE record under the head. *reason: it is none. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__pruned_record(lee_pruned *pruned, uint64_t index, const uint8_t *bytes,
                             size_t length, lee_journal_check_result *out, const char **reason);
typedef void lee_pruned_sink(void *context, const lee_path *path, uint64_t index,
                             const char *reason);
/* Tells what is missing that nothing explains. LEE_ERR_IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__pruned_check(lee_pruned *pruned, lee_disk *disk, uint64_t size,
                            lee_pruned_sink *sink, void *context, lee_journal_check_result *out);

/* epoch.c: the head that the signer signed last, as it keeps it apart from the log. The head that
 * `path` holds: LEE_ERR_NOT_FOUND; LEE_ERR_CORRUPT: not one that this key signed; IO, NO_MEMORY. */
#define LEE_LAST_HEAD_NAME "/keys/last_head"
#define LEE_KEY_NAME "/keys/journal.key"
#define LEE_SECRET_NAME "/keys/journal.secret"
LEE_CHECK_RESULT
lee_error lee__head_read(lee_disk *disk, const lee_path *path, const lee_note_verifier *verifier,
                         lee_checkpoint *out);

/* signer.c: the private key. LEE_ERR_NOT_FOUND; LEE_ERR_CORRUPT: it is none; IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__key_read(lee_disk *disk, lee_note_signer *out);
/* The public one, errors the same. */
LEE_CHECK_RESULT
lee_error lee__vkey_read(lee_disk *disk, lee_note_verifier *out);

/* Questions to a signer and the first byte of its answers (docs/formats/journal.md). */
typedef enum { LEE_SIGNER_OPEN = 1, LEE_SIGNER_SIGN = 2 } lee_signer_question;
typedef enum {
    LEE_SIGNER_DONE = 0,
    LEE_SIGNER_STALE = 1,   /* the proof has to start at the size that follows */
    LEE_SIGNER_REFUSED = 2, /* it does not go on from the head of that size */
    LEE_SIGNER_FAILED = 3,
} lee_signer_code;

/* sign.c: the journal's side. Learns the public key and what was signed last; `may_make`: a key may
 * be made. LEE_ERR_NOT_FOUND: there is none; LEE_ERR_CORRUPT: it is damaged; LEE_ERR_SYNTAX: the
 * origin is not a name; LEE_ERR_DENIED: no signer answers rightly; LEE_ERR_IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__sign_open(lee_journal *journal, bool may_make);
/* Asks for the head over `size` records, with the proof that it goes on from the one signed last.
 * LEE_ERR_CORRUPT: the tiles do not give it; LEE_ERR_DENIED, IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__sign_ask(lee_journal *journal, uint64_t size, const lee_digest *root);
/* The answer to that. *stale: ask once more. `note` gets the signed head; it stays empty while
 * there is no answer. LEE_ERR_STATE: the signer refuses; LEE_ERR_DENIED, IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__sign_take(lee_journal *journal, bool wait, uint64_t size, const lee_digest *root,
                         lee_buffer *note, bool *stale);

/* recover.c. The text of keys/journal.secret. */
bool lee__secret_parse(const lee_buffer *text, uint8_t out[32]);
LEE_CHECK_RESULT
lee_error lee__recover(lee_journal *journal, lee_journal_recovery *found);

#endif
