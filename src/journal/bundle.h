/* journal/bundle.h: one incident's records, taken out of a journal with what proves them.
 *
 * A zip (journal/zip.h) that needs no server and none of our programs to be checked
 * (docs/formats/bundle.md): all records of a range, the proof that this range is in the signed
 * tree, and for records worth reading one by one a file and a C2SP tlog-proof each. */
#ifndef LEE_JOURNAL_BUNDLE_H
#define LEE_JOURNAL_BUNDLE_H

#include "journal/witness.h"
#include "journal/zip.h"

/* Records [first, end) and of these the `singles`, ascending. Documents are added as they are. */
typedef struct {
    uint64_t first;
    uint64_t end;
    const uint64_t *singles;
    uint32_t single_count;
    const lee_zip_file *documents;
    uint32_t document_count;
    /* A head with the signatures of others that had been kept as a record, or NULL. It is taken
     * when it covers the range and is of this journal; else DIR/attested is, else DIR/checkpoint.
     */
    const lee_buffer *attested;
    const lee_buffer *stamps; /* LEE_STAMPS_MAX time stamps on that, some empty; or NULL */
    /* Sealed values of these names are left out (journal/sealed.h); "all": of every name. */
    const char *const *redact;
    uint32_t redact_count;
    /* Values of records that are apart (record/kind.h) are left out but for those of which this
     * says that they may be told; NULL: of none. */
    bool (*discloses)(const void *context, const lee_record *record);
    const void *disclosing;
    uint32_t *redacted; /* gets how many values that are here were left out; may be NULL */
} lee_bundle_plan;

/* LEE_ERR_STATE: the range is not under the checkpoint yet; LEE_ERR_CORRUPT: the journal does not
 * verify here; LEE_ERR_LIMIT: too much for one archive; LEE_ERR_NOT_FOUND, IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_bundle_make(const lee_file_system *fs, const char *folder,
                          const lee_bundle_plan *plan, lee_zip *out);

typedef struct {
    lee_zip_file *files;
    uint32_t count;
    const lee_zip_file *records; /* records.bin */
    lee_note_verifier verifier;
    lee_checkpoint head;
    uint64_t first;
    uint64_t end;
    uint32_t proofs; /* single records proven each by itself */
    uint32_t blobs;
    uint32_t sealed;   /* values that stand in sealed.txt */
    uint32_t withheld; /* values that were left out */
    uint32_t
        missing; /* of these, values that decisions rest on, so that they cannot be run again */
    size_t sealed_at;                           /* of sealed.txt, while the records are walked */
    lee_buffer composed;                        /* the record given last, with its sealed values */
    const lee_zip_file *stamps[LEE_STAMPS_MAX]; /* on the checkpoint; who signed is not checked */
    uint32_t stamp_count;
    lee_digest stamped; /* what they are of */
    const char *reason; /* why it does not verify: a static sentence; NULL: it does */
    char file[LEE_ZIP_NAME_MAX + 1];
} lee_bundle;

/* Opens and checks an archive; it is borrowed until lee_bundle_close. `key`: whose
 * signature must be there; NULL: the one of log.vkey inside. LEE_ERR_CORRUPT: out->reason and file
 * say what does not verify; LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_bundle_open(const uint8_t *bytes, size_t length, const lee_note_verifier *key,
                          lee_bundle *out);

/* Frees what belongs to it, whatever lee_bundle_open answered. */
void lee_bundle_close(lee_bundle *bundle);

/* Walks the records of a checked bundle; *at begins with 0, *index with bundle->first. The record
 * is borrowed until the next call; one of which values were left out has no bytes. False: the end,
 * or no memory (bundle->composed.error). */
bool lee_bundle_next(lee_bundle *bundle, size_t *at, uint64_t *index, lee_record *out);

#endif
