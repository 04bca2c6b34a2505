/* journal/note.h: C2SP signed notes, their Ed25519 keys, and checkpoints (c2sp.org/signed-note,
 * c2sp.org/tlog-checkpoint).
 *
 * Reading is strict: bytes that another reader might take differently are refused. */
#ifndef LEE_JOURNAL_NOTE_H
#define LEE_JOURNAL_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/merkle.h"
#include "leeward/error.h"

#define LEE_NOTE_NAME_MAX 200u
#define LEE_NOTE_MAX_BYTES 65536u
#define LEE_NOTE_SIGNATURES_MAX 100u
/* "PRIVATE+KEY+" name "+" 8 hex digits "+" base64 of 33 bytes, and NUL. */
#define LEE_NOTE_KEY_TEXT_BYTES (12u + LEE_NOTE_NAME_MAX + 1u + 8u + 1u + 44u + 1u)
/* Body and one signature line of a checkpoint, and NUL. */
#define LEE_CHECKPOINT_TEXT_BYTES (2u * LEE_NOTE_NAME_MAX + 220u)

/* Whose signature is trusted. */
typedef struct {
    char name[LEE_NOTE_NAME_MAX + 1];
    uint8_t id[4];
    uint8_t public_key[32];
    bool is_witness; /* signs with a time, as c2sp.org/tlog-cosignature says (type 0x04) */
} lee_note_verifier;

/* Who signs; the verifier that belongs to it, and the secret key in libsodium's form. */
typedef struct {
    lee_note_verifier verifier;
    uint8_t seed[32];
    uint8_t secret_key[64];
} lee_note_signer;

/* A key's name: 1 to LEE_NOTE_NAME_MAX bytes of UTF-8 without spaces, control characters or '+'. */
bool lee_note_name_valid(const char *name, size_t length);

/* Makes a signer from 32 secret random bytes. LEE_ERR_SYNTAX: the name is not valid. */
LEE_CHECK_RESULT
lee_error lee_note_signer_make(const char *name, const uint8_t seed[32], lee_note_signer *out);

/* The same for a witness: it signs with a time (cosignature/v1), and its key has the type 0x04. */
LEE_CHECK_RESULT
lee_error lee_note_witness_make(const char *name, const uint8_t seed[32], lee_note_signer *out);

/* Overwrites the secret. */
void lee_note_signer_clear(lee_note_signer *signer);

/* The text forms "NAME+ID+KEY" and "PRIVATE+KEY+NAME+ID+KEY", NUL-terminated, without line end;
 * return the length. Parsing takes no line end either. LEE_ERR_SYNTAX; LEE_ERR_UNSUPPORTED: not
 * Ed25519; LEE_ERR_CHECKSUM: the ID does not belong to name and key. */
size_t lee_note_verifier_format(const lee_note_verifier *verifier,
                                char out[LEE_NOTE_KEY_TEXT_BYTES]);
size_t lee_note_signer_format(const lee_note_signer *signer, char out[LEE_NOTE_KEY_TEXT_BYTES]);
LEE_CHECK_RESULT
lee_error lee_note_verifier_parse(const char *text, size_t length, lee_note_verifier *out);
LEE_CHECK_RESULT
lee_error lee_note_witness_parse(const char *text, size_t length, lee_note_verifier *out);
LEE_CHECK_RESULT
lee_error lee_note_signer_parse(const char *text, size_t length, lee_note_signer *out);
LEE_CHECK_RESULT
lee_error lee_note_witness_signer_parse(const char *text, size_t length, lee_note_signer *out);

/* Finds the text of a note and checks every signature line's form. *out_body is how many bytes of
 * `note` the text has, its last line end included. LEE_ERR_SYNTAX: not a note; LEE_ERR_LIMIT: too
 * long or too many signatures. */
LEE_CHECK_RESULT
lee_error lee_note_parse(const char *note, size_t length, size_t *out_body);

/* The same, and one signature by `verifier` must be there and verify. Lines of other keys are
 * ignored. LEE_ERR_SYNTAX, LIMIT; LEE_ERR_MISSING: no line of this key; LEE_ERR_CHECKSUM: its
 * signature is wrong; LEE_ERR_DUPLICATE: the same key signs twice. */
LEE_CHECK_RESULT
lee_error lee_note_verify(const char *note, size_t length, const lee_note_verifier *verifier,
                          size_t *out_body);

/* The same for a witness (cosignature/v1); *out_t_s is when it signed, in seconds since 1970, and
 * is covered by the signature. LEE_ERR_NO_MEMORY too. */
LEE_CHECK_RESULT
lee_error lee_note_verify_witness(const char *note, size_t length, const lee_note_verifier *witness,
                                  size_t *out_body, uint64_t *out_t_s);

/* Where the line of a signature that verifies stands, its line end included; `verifier` may be a
 * witness. Errors as the two above. */
LEE_CHECK_RESULT
lee_error lee_note_find_line(const char *note, size_t length, const lee_note_verifier *verifier,
                             size_t *out_at, size_t *out_length);

/* Appends the signature line for `body` to `out`, which has room for `capacity` bytes; returns its
 * length, 0 when it does not fit. */
size_t lee_note_sign_line(const char *body, size_t body_length, const lee_note_signer *signer,
                          char *out, size_t capacity);

/* The same for a witness, which says that it saw the body at t_s, seconds since 1970. 0 also when
 * there is no memory. */
size_t lee_note_cosign_line(const char *body, size_t body_length, const lee_note_signer *signer,
                            uint64_t t_s, char *out, size_t capacity);
/* The most that a signature line has. */
#define LEE_NOTE_LINE_BYTES (LEE_NOTE_NAME_MAX + 112u)

/* A number of records in decimal, without leading zeros, up to LEE_MERKLE_SIZE_MAX. */
bool lee_note_size_parse(const char *text, size_t length, uint64_t *out);

typedef struct {
    char origin[LEE_NOTE_NAME_MAX + 1];
    uint64_t size;
    lee_digest root;
} lee_checkpoint;

/* Reads the body of a checkpoint. LEE_ERR_SYNTAX: fewer than three lines, an empty line, a size
 * with leading zeros or above LEE_MERKLE_SIZE_MAX, a root that is not 32 bytes of canonical base64,
 * or a root of the empty tree that is not the hash of nothing. Extension lines are passed over.
 * LEE_ERR_LIMIT: the origin is too long. */
LEE_CHECK_RESULT
lee_error lee_checkpoint_parse(const char *body, size_t length, lee_checkpoint *out);

/* The whole signed checkpoint, NUL-terminated; returns its length. The origin is the signer's
 * name. */
size_t lee_checkpoint_sign(uint64_t size, const lee_digest *root, const lee_note_signer *signer,
                           char out[LEE_CHECKPOINT_TEXT_BYTES]);

#endif
