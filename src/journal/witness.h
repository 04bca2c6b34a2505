/* journal/witness.h: cosignatures asked and given, as c2sp.org/tlog-witness and
 * c2sp.org/tlog-cosignature say (cosignature/v1).
 *
 * A witness keeps, for every log it knows, the newest head it has signed, and signs another only
 * when that provably goes on from it. So no log can show two histories to people who ask for its
 * signature. Pure: files through the table of base/file.h, time as an argument; who carries the
 * bytes is elsewhere (serve/witness_server.h, outlet/attest.h). */
#ifndef LEE_JOURNAL_WITNESS_H
#define LEE_JOURNAL_WITNESS_H

#include "base/buffer.h"
#include "journal/journal.h"

/* What tlog-witness allows: 63 lines of proof and one note. */
#define LEE_WITNESS_PROOF_MAX 63u
#define LEE_WITNESS_REQUEST_MAX_BYTES (LEE_NOTE_MAX_BYTES + 25u + LEE_WITNESS_PROOF_MAX * 45u + 1u)
#define LEE_WITNESS_LOGS_MAX 256u

/* --- the request ----------------------------------------------------------------------------- */

typedef struct {
    uint64_t old_size;
    lee_merkle_proof proof;
    const char *note; /* borrowed from the request */
    size_t note_length;
} lee_witness_request;

/* Reads the body of add-checkpoint: "old N", hashes, an empty line, a note, which is not looked at.
 * LEE_ERR_SYNTAX; LEE_ERR_LIMIT: too long, or more than 63 hashes. */
LEE_CHECK_RESULT
lee_error lee_witness_request_read(const char *text, size_t length, lee_witness_request *out);

/* Appends that body; the buffer keeps the error. */
void lee_witness_request_write(uint64_t old_size, const lee_merkle_proof *proof, const char *note,
                               size_t note_length, lee_buffer *out);

/* --- giving ---------------------------------------------------------------------------------- */

typedef struct lee_witness lee_witness;

/* Opens the witness of `folder`, or makes one with the name and the 32 secret random bytes `seed`
 * when there is none (NULL: not). The folder holds witness.key, witness.vkey and, for each log,
 * logs/<SHA-256 of its origin, hex>: the note signed last with both signatures. `message` says what
 * went wrong. LEE_ERR_MISSING: there is none; LEE_ERR_STATE: it has another name; LEE_ERR_CORRUPT:
 * its key cannot be read; LEE_ERR_SYNTAX: no such name can be; LEE_ERR_LIMIT: the folder's name is
 * too long; IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_witness_open(const lee_file_system *fs, const char *folder, const char *name,
                           const uint8_t *seed, lee_witness **out,
                           char message[LEE_JOURNAL_MESSAGE_BYTES]);
void lee_witness_free(lee_witness *witness);

const lee_note_verifier *lee_witness_verifier(const lee_witness *witness);

/* Signs for this log too; its origin is its key's name. LEE_ERR_LIMIT; LEE_ERR_DUPLICATE: another
 * key of this name is known already. */
LEE_CHECK_RESULT
lee_error lee_witness_trust(lee_witness *witness, const lee_note_verifier *log);

/* An HTTP answer. */
typedef struct {
    unsigned status; /* 200, 400, 403, 404, 409, 422, or 500: the disk fails */
    const char *type;
    lee_buffer body;
} lee_witness_answer;

/* Answers add-checkpoint at t_s, seconds since 1970. What is signed is durable before this returns.
 * The caller frees out->body. */
void lee_witness_add_checkpoint(lee_witness *witness, const char *body, size_t length, uint64_t t_s,
                                lee_witness_answer *out);

typedef struct {
    uint64_t cosigned;
    uint64_t conflicts; /* 409 for another size, which is how a log asks for the size */
    uint64_t forks;     /* 409 for another root, 422: a log that may show two histories */
    uint64_t refused;   /* 400, 403, 404 */
    uint64_t failed;    /* 500 */
} lee_witness_counters;

void lee_witness_count(const lee_witness *witness, lee_witness_counters *out);

/* --- asking ---------------------------------------------------------------------------------- */

/* A witness that a log asks. Begin with the key and zeroes. */
typedef struct {
    lee_note_verifier key;
    uint64_t size; /* of the newest head that it is known to have signed */
} lee_cosigner;

typedef enum {
    LEE_COSIGN_SIGNED,
    LEE_COSIGN_AGAIN,   /* it knows another size, which cosigner->size is now: ask once more */
    LEE_COSIGN_AHEAD,   /* it has signed a head of more records than ours has */
    LEE_COSIGN_FORK,    /* it knows another root over as many records */
    LEE_COSIGN_REFUSED, /* anything else; the status says why */
} lee_cosign_result;

/* The request for `note`, the signed head of the journal in `folder`; cosigner->size must not be
 * above the head's. LEE_ERR_CORRUPT: a tile cannot be had; LEE_ERR_IO, NO_MEMORY, LIMIT. */
LEE_CHECK_RESULT
lee_error lee_cosigner_ask(const lee_cosigner *cosigner, const lee_file_system *fs,
                           const char *folder, const lee_checkpoint *head, const char *note,
                           size_t note_length, lee_buffer *out);

/* Judges the answer; when it is signed, appends to `lines` the line of this witness, which
 * verifies, and *t_s is when it signed. The buffer keeps the error. */
lee_cosign_result lee_cosigner_take(lee_cosigner *cosigner, const lee_checkpoint *head,
                                    const char *note, size_t note_length, unsigned status,
                                    const char *body, size_t body_length, lee_buffer *lines,
                                    uint64_t *t_s);

/* --- the attested head ------------------------------------------------------------------------ */

/* DIR/attested: the newest head that others have signed too, in the form of DIR/checkpoint. */
#define LEE_ATTESTED_NAME "/attested"

/* Reads and checks the signed head DIR/checkpoint of a journal, as anybody may while the journal is
 * written: the note with our signature alone, without those of others. The buffer is filled.
 * LEE_ERR_NOT_FOUND; LEE_ERR_CORRUPT: not signed by keys/journal.vkey; IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_head_load(const lee_file_system *fs, const char *folder, lee_note_verifier *key,
                        lee_checkpoint *head, lee_buffer *note);

/* Time stamps of RFC 3161 on it: DIR/attested.<n>.tsr, answers of up to so many servers, in DER. */
#define LEE_STAMPS_MAX 4u
/* "BASE.<number>.tsr". */
void lee_stamp_path(const char *base, uint32_t number, lee_path *out);

/* Keeps the head with the witnesses' lines, durably, and before it those of the `stamps`
 * (LEE_STAMPS_MAX of them, or NULL) that are not empty. IO, NO_MEMORY, CORRUPT as lee_disk_put. */
LEE_CHECK_RESULT
lee_error lee_attested_put(const lee_file_system *fs, const char *folder, const lee_buffer *note,
                           const lee_buffer *stamps);

/* What is stamped: the SHA-256 of the head as its log signed it, which is the body, an empty line
 * and the log's line, the first of its signatures. LEE_ERR_SYNTAX: another line is first; else as
 * lee_note_find_line. */
LEE_CHECK_RESULT
lee_error lee_head_digest(const char *note, size_t length, const lee_note_verifier *key,
                          lee_digest *out);

/* Whether a stamp is of these bytes at all; who signed it is not looked at. */
bool lee_stamp_is_of(const uint8_t *stamp, size_t length, const lee_digest *digest);

#endif
