#include "journal/merkle.h"

#include <assert.h>
#include <string.h>

#include "journal/sha256.h"

static_assert(sizeof(lee_digest) == 32, "a digest is one SHA-256");

bool lee_digest_equal(const lee_digest *a, const lee_digest *b)
{
    assert(a && b);
    return memcmp(a->bytes, b->bytes, LEE_DIGEST_BYTES) == 0;
}

lee_digest lee_digest_of(const void *bytes, size_t length)
{
    assert(bytes || length == 0);
    lee_digest out;
    lee_sha256(bytes, length, out.bytes);
    return out;
}

lee_digest lee_merkle_empty(void)
{
    return lee_digest_of("", 0);
}

void lee_merkle_leaves(const lee_sha256_message *entries, size_t count, lee_digest *out)
{
    assert((entries && out) || count == 0);
    if (count > 0) {
        lee_sha256_prefixed(0, entries, count, (uint8_t *)out);
    }
}

lee_digest lee_merkle_leaf(const void *bytes, size_t length)
{
    assert(bytes || length == 0);
    const lee_sha256_message entry = {bytes, length};
    lee_digest out;
    lee_merkle_leaves(&entry, 1, &out);
    return out;
}

/* Each of `count` neighbours becomes one; `out` may be the same place, or one before it. */
static void join_pairs(const lee_digest *hashes, size_t count, lee_digest *out)
{
    if (count > 0) {
        lee_sha256_nodes((const uint8_t *)hashes, count, (uint8_t *)out);
    }
}

lee_digest lee_merkle_node(const lee_digest *left, const lee_digest *right)
{
    assert(left && right);
    const lee_digest pair[2] = {*left, *right};
    lee_digest out;
    join_pairs(pair, 1, &out);
    return out;
}

static unsigned count_ones(uint64_t value)
{
    unsigned count = 0;
    for (; value; value &= value - 1) {
        count++;
    }
    return count;
}

void lee_merkle_init(lee_merkle *tree)
{
    assert(tree);
    memset(tree, 0, sizeof(*tree));
}

void lee_merkle_append(lee_merkle *tree, const lee_digest *leaf)
{
    lee_merkle_append_subtree(tree, 0, leaf);
}

void lee_merkle_append_subtree(lee_merkle *tree, unsigned level, const lee_digest *root)
{
    assert(tree && root);
    assert(level < 63);
    assert((tree->size & ((UINT64_C(1) << level) - 1)) == 0);
    assert(tree->size < LEE_MERKLE_SIZE_MAX);

    unsigned depth = count_ones(tree->size);
    lee_digest hash = *root;
    for (uint64_t carry = tree->size >> level; carry & 1; carry >>= 1) {
        assert(depth > 0);
        hash = lee_merkle_node(&tree->stack[--depth], &hash);
    }
    tree->stack[depth] = hash;
    tree->size += UINT64_C(1) << level;
}

void lee_merkle_append_all(lee_merkle *tree, lee_digest *leaves, size_t count)
{
    assert(tree && (leaves || count == 0));
    assert(count <= LEE_MERKLE_SIZE_MAX - tree->size);

    lee_digest odd[64]; /* those without a right neighbour, narrowest first */
    unsigned odd_count = 0;
    unsigned depth = count_ones(tree->size);
    const uint64_t size = tree->size + count;
    for (uint64_t before = tree->size; count > 0; before >>= 1) {
        /* The first may be the right neighbour of the last there was. */
        const size_t joined = before & 1;
        if (joined) {
            leaves[0] = lee_merkle_node(&tree->stack[--depth], &leaves[0]);
        }
        const size_t pairs = (count - joined) / 2;
        if ((count - joined) & 1) {
            odd[odd_count++] = leaves[count - 1];
        }
        join_pairs(leaves + joined, pairs, leaves + joined);
        count = joined + pairs;
    }
    while (odd_count > 0) {
        tree->stack[depth++] = odd[--odd_count];
    }
    tree->size = size;
    assert(depth == count_ones(size));
}

lee_digest lee_merkle_root(const lee_merkle *tree)
{
    assert(tree);
    unsigned depth = count_ones(tree->size);
    if (depth == 0) {
        return lee_merkle_empty();
    }
    lee_digest hash = tree->stack[--depth];
    while (depth) {
        hash = lee_merkle_node(&tree->stack[--depth], &hash);
    }
    return hash;
}

lee_digest lee_merkle_fold(lee_digest *hashes, size_t count)
{
    assert(hashes || count == 0);
    if (count == 0) {
        return lee_merkle_empty();
    }
    while (count > 1) {
        size_t pairs = count / 2;
        join_pairs(hashes, pairs, hashes);
        if (count & 1) {
            hashes[pairs] = hashes[count - 1];
        }
        count = pairs + (count & 1);
    }
    return hashes[0];
}

/* The widest complete subtree that starts at `from` and ends at or before `to`. */
static unsigned widest_level(uint64_t from, uint64_t to)
{
    assert(from < to);
    unsigned level = 0;
    while (level < 62 && (from & ((UINT64_C(2) << level) - 1)) == 0 &&
           from + (UINT64_C(2) << level) <= to) {
        level++;
    }
    return level;
}

/* The root of leaves [from, to), where `from` is where RFC 6962 would split a larger tree. */
static lee_error range_root(lee_merkle_source *source, void *context, uint64_t from, uint64_t to,
                            lee_digest *out)
{
    lee_digest parts[64];
    unsigned count = 0;
    while (from < to) {
        const unsigned level = widest_level(from, to);
        assert(count < 64);
        lee_error error = source(context, level, from >> level, &parts[count++]);
        if (error) {
            return error;
        }
        from += UINT64_C(1) << level;
    }
    assert(count > 0);
    lee_digest hash = parts[--count];
    while (count) {
        hash = lee_merkle_node(&parts[--count], &hash);
    }
    *out = hash;
    return LEE_OK;
}

/* The largest power of two below n (n >= 2). */
static uint64_t split_of(uint64_t n)
{
    assert(n >= 2);
    uint64_t split = 1;
    while (split < n - split) {
        split *= 2;
    }
    return split;
}

lee_error lee_merkle_root_of(lee_merkle_source *source, void *context, uint64_t size,
                             lee_digest *out)
{
    assert(source && out);
    if (size == 0) {
        *out = lee_merkle_empty();
        return LEE_OK;
    }
    return range_root(source, context, 0, size, out);
}

static void reverse(lee_merkle_proof *proof)
{
    for (uint32_t i = 0; i < proof->count / 2; i++) {
        const lee_digest other = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = proof->hashes[i];
        proof->hashes[i] = other;
    }
}

lee_error lee_merkle_prove_inclusion(lee_merkle_source *source, void *context, uint64_t index,
                                     uint64_t size, lee_merkle_proof *out)
{
    assert(source && out);
    if (index >= size || size > LEE_MERKLE_SIZE_MAX) {
        return LEE_ERR_DOMAIN;
    }
    lee_merkle_proof proof = {.count = 0};
    uint64_t from = 0;
    uint64_t to = size;
    while (to - from > 1) {
        const uint64_t middle = from + split_of(to - from);
        const bool left = index < middle;
        assert(proof.count < LEE_MERKLE_PROOF_MAX);
        lee_error error = range_root(source, context, left ? middle : from, left ? to : middle,
                                     &proof.hashes[proof.count++]);
        if (error) {
            return error;
        }
        if (left) {
            to = middle;
        } else {
            from = middle;
        }
    }
    reverse(&proof);
    *out = proof;
    return LEE_OK;
}

lee_error lee_merkle_prove_consistency(lee_merkle_source *source, void *context, uint64_t old_size,
                                       uint64_t size, lee_merkle_proof *out)
{
    assert(source && out);
    if (old_size == 0 || old_size > size || size > LEE_MERKLE_SIZE_MAX) {
        return LEE_ERR_DOMAIN;
    }
    lee_merkle_proof proof = {.count = 0};
    uint64_t from = 0;
    uint64_t to = size;
    while (to != old_size) {
        const uint64_t middle = from + split_of(to - from);
        const bool left = old_size <= middle;
        assert(proof.count < LEE_MERKLE_PROOF_MAX);
        lee_error error = range_root(source, context, left ? middle : from, left ? to : middle,
                                     &proof.hashes[proof.count++]);
        if (error) {
            return error;
        }
        if (left) {
            to = middle;
        } else {
            from = middle;
        }
    }
    if (from != 0) {
        assert(proof.count < LEE_MERKLE_PROOF_MAX);
        lee_error error = range_root(source, context, from, to, &proof.hashes[proof.count++]);
        if (error) {
            return error;
        }
    }
    reverse(&proof);
    *out = proof;
    return LEE_OK;
}

bool lee_merkle_check_inclusion(const lee_digest *leaf, uint64_t index, uint64_t size,
                                const lee_merkle_proof *proof, const lee_digest *root)
{
    assert(leaf && proof && root);
    assert(proof->count <= LEE_MERKLE_PROOF_MAX);
    if (index >= size || size > LEE_MERKLE_SIZE_MAX) {
        return false;
    }
    uint64_t node = index;
    uint64_t last = size - 1;
    lee_digest hash = *leaf;
    for (uint32_t i = 0; i < proof->count; i++) {
        if (last == 0) {
            return false;
        }
        if ((node & 1) || node == last) {
            hash = lee_merkle_node(&proof->hashes[i], &hash);
            while (!(node & 1) && node) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = lee_merkle_node(&hash, &proof->hashes[i]);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && lee_digest_equal(&hash, root);
}

bool lee_merkle_check_consistency(uint64_t old_size, uint64_t size, const lee_digest *old_root,
                                  const lee_digest *root, const lee_merkle_proof *proof)
{
    assert(old_root && root && proof);
    assert(proof->count <= LEE_MERKLE_PROOF_MAX);
    if (old_size > size || size > LEE_MERKLE_SIZE_MAX) {
        return false;
    }
    if (old_size == size) {
        return proof->count == 0 && lee_digest_equal(old_root, root);
    }
    if (old_size == 0) {
        const lee_digest empty = lee_merkle_empty();
        return proof->count == 0 && lee_digest_equal(old_root, &empty);
    }
    /* A power of two is a complete subtree, whose hash the proof leaves out: it is old_root. */
    const bool complete = (old_size & (old_size - 1)) == 0;
    uint32_t at = complete ? 0 : 1;
    if (proof->count < at || proof->count == 0) {
        return false;
    }
    uint64_t node = old_size - 1;
    uint64_t last = size - 1;
    while (node & 1) {
        node >>= 1;
        last >>= 1;
    }
    lee_digest old_hash = complete ? *old_root : proof->hashes[0];
    lee_digest hash = old_hash;
    for (; at < proof->count; at++) {
        if (last == 0) {
            return false;
        }
        if ((node & 1) || node == last) {
            old_hash = lee_merkle_node(&proof->hashes[at], &old_hash);
            hash = lee_merkle_node(&proof->hashes[at], &hash);
            while (!(node & 1) && node) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = lee_merkle_node(&hash, &proof->hashes[at]);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && lee_digest_equal(&old_hash, old_root) && lee_digest_equal(&hash, root);
}
