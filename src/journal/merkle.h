/* journal/merkle.h: the Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1) over SHA-256.
 *
 * Pure arithmetic on hashes: growing a tree, folding a list, making proofs out of the hashes of
 * complete subtrees, and checking proofs. */
#ifndef LEE_JOURNAL_MERKLE_H
#define LEE_JOURNAL_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/sha256.h"
#include "leeward/error.h"

#define LEE_DIGEST_BYTES 32u

/* Trees have fewer than 2^63 leaves, so no proof is longer (C2SP tlog-proof allows 63 hashes of
 * inclusion; a proof of consistency may carry one more). */
#define LEE_MERKLE_SIZE_MAX (UINT64_MAX >> 1)
#define LEE_MERKLE_PROOF_MAX 64u

typedef struct {
    uint8_t bytes[LEE_DIGEST_BYTES];
} lee_digest;

bool lee_digest_equal(const lee_digest *a, const lee_digest *b);
lee_digest lee_digest_of(const void *bytes, size_t length);

/* SHA-256(""), the root of no leaves; SHA-256(0x00 || bytes); SHA-256(0x01 || left || right). */
lee_digest lee_merkle_empty(void);
lee_digest lee_merkle_leaf(const void *bytes, size_t length);
/* The leaves of many entries, which is faster than one by one. */
void lee_merkle_leaves(const lee_sha256_message *entries, size_t count, lee_digest *out);
lee_digest lee_merkle_node(const lee_digest *left, const lee_digest *right);

/* A tree that grows at its right end: the roots of its complete subtrees, widest first. */
typedef struct {
    uint64_t size;
    lee_digest stack[64];
} lee_merkle;

void lee_merkle_init(lee_merkle *tree);

/* Adds one leaf hash. tree->size must be below LEE_MERKLE_SIZE_MAX. */
void lee_merkle_append(lee_merkle *tree, const lee_digest *leaf);

/* Adds `count` leaf hashes at once, which is faster; overwrites `leaves`. */
void lee_merkle_append_all(lee_merkle *tree, lee_digest *leaves, size_t count);

/* Adds a complete subtree of 2^level leaves; tree->size must be a multiple of that. */
void lee_merkle_append_subtree(lee_merkle *tree, unsigned level, const lee_digest *root);
lee_digest lee_merkle_root(const lee_merkle *tree);

/* The root over `count` hashes, pairing neighbours level by level, the odd last one promoted: the
 * same tree by another algorithm than lee_merkle_append. Overwrites `hashes`. */
lee_digest lee_merkle_fold(lee_digest *hashes, size_t count);

/* Gives the root of the complete subtree over leaves [index << level, (index + 1) << level). */
typedef lee_error lee_merkle_source(void *context, unsigned level, uint64_t index, lee_digest *out);

typedef struct {
    uint32_t count;
    lee_digest hashes[LEE_MERKLE_PROOF_MAX];
} lee_merkle_proof;

/* The root of the first `size` leaves; errors are those of the source. */
LEE_CHECK_RESULT
lee_error lee_merkle_root_of(lee_merkle_source *source, void *context, uint64_t size,
                             lee_digest *out);

/* Why leaf `index` is in the tree of `size` leaves (RFC 9162 section 2.1.3.1). LEE_ERR_DOMAIN:
 * index >= size or size above LEE_MERKLE_SIZE_MAX; else the source's errors. */
LEE_CHECK_RESULT
lee_error lee_merkle_prove_inclusion(lee_merkle_source *source, void *context, uint64_t index,
                                     uint64_t size, lee_merkle_proof *out);

/* Why the tree of `size` leaves begins with the tree of `old_size` (RFC 9162 section 2.1.4.1).
 * LEE_ERR_DOMAIN: old_size is 0 or above size. */
LEE_CHECK_RESULT
lee_error lee_merkle_prove_consistency(lee_merkle_source *source, void *context, uint64_t old_size,
                                       uint64_t size, lee_merkle_proof *out);

/* RFC 9162 section 2.1.3.2. */
bool lee_merkle_check_inclusion(const lee_digest *leaf, uint64_t index, uint64_t size,
                                const lee_merkle_proof *proof, const lee_digest *root);

/* RFC 9162 section 2.1.4.2. The empty tree is consistent with every other, by an empty proof. */
bool lee_merkle_check_consistency(uint64_t old_size, uint64_t size, const lee_digest *old_root,
                                  const lee_digest *root, const lee_merkle_proof *proof);

#endif
