/* journal/bundle_private.h: names and texts that making and checking a bundle share. */
#ifndef LEE_JOURNAL_BUNDLE_PRIVATE_H
#define LEE_JOURNAL_BUNDLE_PRIVATE_H

#include "journal/bundle.h"
#include "journal/journal_private.h"

#define LEE_BUNDLE_RANGE_TITLE "leeward records v1"
#define LEE_BUNDLE_SEALED_NAME "sealed.txt"
#define LEE_PROOF_TITLE "c2sp.org/tlog-proof@v1"

/* "entries/<index>.entry" and the like. */
void lee__bundle_name(char out[LEE_ZIP_NAME_MAX + 1], uint64_t index, const char *suffix);

/* A line of sealed.txt: "INDEX FIELD NAME BASE64", the base64 of salt and value. */
void lee__bundle_sealed_line(lee_buffer *out, uint64_t index, uint32_t field, const char *name,
                             const uint8_t *salted, size_t length);

/* log.pub.pem and SHA256SUMS as they must be. */
void lee__bundle_pem(const lee_note_verifier *verifier, lee_buffer *out);
void lee__bundle_sums(const lee_zip_file *files, uint32_t count, lee_buffer *out);

/* The widest complete subtrees of leaves [from, to), left to right. Returns how many. */
typedef struct {
    unsigned level;
    uint64_t index;
} lee_subtree;
uint32_t lee__bundle_cover(uint64_t from, uint64_t to, lee_subtree out[128]);

#endif
