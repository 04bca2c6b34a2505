/* journal/signer.h: who signs the heads of a journal, and how a journal asks it.
 *
 * A signer holds the private key and its own memory of the head that it signed last
 * (keys/last_head). It signs a head only when a consistency proof shows that it goes on from that
 * one (reliability.md 4.2, step 7); it never sees a record. Questions and answers are bytes
 * (docs/formats/journal.md), so that it can be a process of its own: the daemon's is, and the
 * daemon never holds the key. */
#ifndef LEE_JOURNAL_SIGNER_H
#define LEE_JOURNAL_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/file.h"
#include "leeward/error.h"

#define LEE_SIGNER_QUESTION_MAX_BYTES 4096u
#define LEE_SIGNER_ANSWER_MAX_BYTES 8192u

typedef struct lee_signer lee_signer;

/* `folder` is the journal's; keys/ of it is made if it is not there, and nothing else is touched.
 * `seed`: 32 secret random bytes for the key, in case one has to be made; copied; NULL: none is
 * made. LEE_ERR_LIMIT: the folder's name is too long; LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_signer_create(const lee_file_system *fs, const char *folder, const uint8_t *seed,
                            lee_signer **out);
/* Has the key that may be made be the one of the journal in `folder`, under another name
 * (lee_journal_begin_epoch), instead of one out of the seed. LEE_ERR_NOT_FOUND, CORRUPT, IO,
 * NO_MEMORY, LIMIT: it cannot be had, and none will be made. */
LEE_CHECK_RESULT
lee_error lee_signer_take_key(lee_signer *signer, const char *folder);
/* Overwrites the key. NULL is allowed. */
void lee_signer_free(lee_signer *signer);

/* Makes the folders that it works in, durably, before a process gives up the right to do so.
 * LEE_ERR_IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_signer_prepare(lee_signer *signer);

/* Answers one question, whatever its bytes are. answer->error: there was no memory. */
void lee_signer_answer(lee_signer *signer, const uint8_t *question, size_t length,
                       lee_buffer *answer);

/* How a journal reaches its signer. One question is under way at a time. */
typedef struct {
    void *context;
    /* Hands a question over. LEE_ERR_IO: there is no signer at the moment. */
    lee_error (*ask)(void *context, const uint8_t *question, size_t length);
    /* The answer, empty while there is none yet; `wait`: until there is one. LEE_ERR_IO: the signer
     * is gone, or took too long; LEE_ERR_NO_MEMORY. */
    lee_error (*take)(void *context, bool wait, lee_buffer *answer);
    /* Its answer was not a right one: it is replaced. */
    void (*distrust)(void *context);
} lee_signer_link;

#endif
