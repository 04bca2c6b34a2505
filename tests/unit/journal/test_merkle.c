#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "journal/merkle.h"

/* The leaves and roots of the Certificate Transparency reference tests, published with RFC 6962's
 * implementations (github.com/transparency-dev/merkle, testonly/constants.go). */
static const char *const leaves[8] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};
static const char *const roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static size_t unhex(const char *text, uint8_t *out)
{
    const size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned value = 0;
        for (size_t k = 0; k < 2; k++) {
            const char c = text[2 * i + k];
            value = value * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        out[i] = (uint8_t)value;
    }
    return length;
}

static lee_digest digest_of_hex(const char *text)
{
    lee_digest out;
    assert_int_equal(unhex(text, out.bytes), 32);
    return out;
}

static lee_digest reference_leaf(size_t i)
{
    uint8_t bytes[16] = {0};
    const size_t length = unhex(leaves[i], bytes);
    return lee_merkle_leaf(bytes, length);
}

/* Complete subtrees over a list of leaf hashes. */
typedef struct {
    const lee_digest *leaves;
    uint64_t count;
} list;

static lee_error list_source(void *context, unsigned level, uint64_t index, lee_digest *out)
{
    const list *all = context;
    lee_digest work[256];
    const uint64_t first = index << level;
    const uint64_t count = UINT64_C(1) << level;
    assert_true(first + count <= all->count && count <= 256);
    memcpy(work, all->leaves + first, (size_t)count * sizeof(work[0]));
    *out = lee_merkle_fold(work, (size_t)count);
    return LEE_OK;
}

static void roots_are_those_published(void **state)
{
    (void)state;
    lee_merkle tree;
    lee_merkle_init(&tree);
    lee_digest all[8];
    for (size_t size = 0; size <= 8; size++) {
        const lee_digest expected = digest_of_hex(roots[size]);
        const lee_digest root = lee_merkle_root(&tree);
        assert_memory_equal(root.bytes, expected.bytes, 32);
        lee_digest work[8];
        memcpy(work, all, size * sizeof(work[0]));
        const lee_digest folded = lee_merkle_fold(work, size);
        assert_memory_equal(folded.bytes, expected.bytes, 32);
        if (size < 8) {
            all[size] = reference_leaf(size);
            lee_merkle_append(&tree, &all[size]);
        }
    }
}

static void proofs_are_those_published(void **state)
{
    (void)state;
    lee_digest all[8];
    for (size_t i = 0; i < 8; i++) {
        all[i] = reference_leaf(i);
    }
    list source = {all, 8};
    /* Inclusion of leaf 5 in 8, and consistency of 6 and 8, of the same reference tests. */
    static const char *const inclusion[3] = {
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    };
    static const char *const consistency[3] = {
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    };
    lee_merkle_proof proof;
    assert_int_equal(lee_merkle_prove_inclusion(list_source, &source, 5, 8, &proof), LEE_OK);
    assert_int_equal(proof.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const lee_digest expected = digest_of_hex(inclusion[i]);
        assert_memory_equal(proof.hashes[i].bytes, expected.bytes, 32);
    }
    assert_int_equal(lee_merkle_prove_consistency(list_source, &source, 6, 8, &proof), LEE_OK);
    assert_int_equal(proof.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const lee_digest expected = digest_of_hex(consistency[i]);
        assert_memory_equal(proof.hashes[i].bytes, expected.bytes, 32);
    }
    /* Consistency of 2 and 5. */
    list five = {all, 5};
    assert_int_equal(lee_merkle_prove_consistency(list_source, &five, 2, 5, &proof), LEE_OK);
    assert_int_equal(proof.count, 2);
    const lee_digest first =
        digest_of_hex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
    const lee_digest second =
        digest_of_hex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
    assert_memory_equal(proof.hashes[0].bytes, first.bytes, 32);
    assert_memory_equal(proof.hashes[1].bytes, second.bytes, 32);
}

static void make_leaves(lee_digest *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t bytes[2] = {(uint8_t)i, (uint8_t)(i * 7)};
        out[i] = lee_merkle_leaf(bytes, sizeof(bytes));
    }
}

static void every_inclusion_proof_verifies_and_nothing_else(void **state)
{
    (void)state;
    lee_digest all[70];
    make_leaves(all, 70);
    for (uint64_t size = 1; size <= 70; size++) {
        list source = {all, size};
        lee_digest root;
        assert_int_equal(lee_merkle_root_of(list_source, &source, size, &root), LEE_OK);
        for (uint64_t i = 0; i < size; i++) {
            lee_merkle_proof proof;
            assert_int_equal(lee_merkle_prove_inclusion(list_source, &source, i, size, &proof),
                             LEE_OK);
            assert_true(lee_merkle_check_inclusion(&all[i], i, size, &proof, &root));
            /* The tree's last subtrees can have the same shape in another size; index and leaf
             * can't be others. */
            assert_false(lee_merkle_check_inclusion(&all[i], i + 1, size, &proof, &root));
            assert_false(lee_merkle_check_inclusion(&all[(i + 1) % 70], i, size, &proof, &root));
            assert_false(lee_merkle_check_inclusion(&all[i], size, size, &proof, &root));
            if (proof.count > 0) {
                lee_merkle_proof bad = proof;
                bad.hashes[i % proof.count].bytes[i % 32] ^= 1;
                assert_false(lee_merkle_check_inclusion(&all[i], i, size, &bad, &root));
                bad = proof;
                bad.count--;
                assert_false(lee_merkle_check_inclusion(&all[i], i, size, &bad, &root));
            }
            lee_merkle_proof longer = proof;
            longer.hashes[longer.count++] = root;
            assert_false(lee_merkle_check_inclusion(&all[i], i, size, &longer, &root));
        }
        lee_merkle_proof proof;
        assert_int_equal(lee_merkle_prove_inclusion(list_source, &source, size, size, &proof),
                         LEE_ERR_DOMAIN);
    }
}

static void every_consistency_proof_verifies_and_nothing_else(void **state)
{
    (void)state;
    lee_digest all[40];
    make_leaves(all, 40);
    for (uint64_t size = 1; size <= 40; size++) {
        list source = {all, size};
        lee_digest root;
        assert_int_equal(lee_merkle_root_of(list_source, &source, size, &root), LEE_OK);
        for (uint64_t old_size = 1; old_size <= size; old_size++) {
            list old_source = {all, old_size};
            lee_digest old_root;
            assert_int_equal(lee_merkle_root_of(list_source, &old_source, old_size, &old_root),
                             LEE_OK);
            lee_merkle_proof proof;
            assert_int_equal(
                lee_merkle_prove_consistency(list_source, &source, old_size, size, &proof), LEE_OK);
            assert_true(lee_merkle_check_consistency(old_size, size, &old_root, &root, &proof));
            lee_digest other = old_root;
            other.bytes[3] ^= 1;
            assert_false(lee_merkle_check_consistency(old_size, size, &other, &root, &proof));
            other = root;
            other.bytes[3] ^= 1;
            assert_false(lee_merkle_check_consistency(old_size, size, &old_root, &other, &proof));
            if (proof.count > 0) {
                lee_merkle_proof bad = proof;
                bad.hashes[size % proof.count].bytes[5] ^= 1;
                assert_false(lee_merkle_check_consistency(old_size, size, &old_root, &root, &bad));
                bad = proof;
                bad.count--;
                assert_false(lee_merkle_check_consistency(old_size, size, &old_root, &root, &bad));
            }
            lee_merkle_proof longer = proof;
            longer.hashes[longer.count++] = root;
            assert_false(lee_merkle_check_consistency(old_size, size, &old_root, &root, &longer));
        }
        const lee_digest empty = lee_merkle_empty();
        const lee_merkle_proof none = {.count = 0};
        assert_true(lee_merkle_check_consistency(0, size, &empty, &root, &none));
        assert_false(lee_merkle_check_consistency(0, size, &root, &root, &none));
        assert_false(lee_merkle_check_consistency(size + 1, size, &root, &root, &none));
    }
}

static void subtrees_appended_whole_give_the_same_root(void **state)
{
    (void)state;
    lee_digest all[200];
    make_leaves(all, 200);
    for (uint64_t size = 0; size <= 200; size++) {
        lee_merkle one;
        lee_merkle_init(&one);
        for (uint64_t i = 0; i < size; i++) {
            lee_merkle_append(&one, &all[i]);
        }
        list source = {all, size};
        lee_merkle whole;
        lee_merkle_init(&whole);
        for (unsigned level = 8; level-- > 0;) {
            if (size >> level & 1) {
                lee_digest root;
                assert_int_equal(list_source(&source, level, whole.size >> level, &root), LEE_OK);
                lee_merkle_append_subtree(&whole, level, &root);
            }
        }
        const lee_digest a = lee_merkle_root(&one);
        const lee_digest b = lee_merkle_root(&whole);
        assert_memory_equal(a.bytes, b.bytes, 32);
    }
}

static void leaves_appended_all_at_once_give_the_same_tree(void **state)
{
    (void)state;
    lee_digest all[600];
    make_leaves(all, 600);
    for (size_t before = 0; before <= 70; before++) {
        lee_merkle one;
        lee_merkle_init(&one);
        for (size_t i = 0; i < before; i++) {
            lee_merkle_append(&one, &all[i]);
        }
        for (size_t count = 0; before + count <= 600; count += count < 70 ? 1 : 37) {
            lee_merkle each = one;
            lee_merkle together = one;
            lee_digest work[600];
            memcpy(work, all + before, count * sizeof(work[0]));
            for (size_t i = 0; i < count; i++) {
                lee_merkle_append(&each, &all[before + i]);
            }
            lee_merkle_append_all(&together, work, count);
            assert_int_equal(together.size, each.size);
            const lee_digest a = lee_merkle_root(&each);
            const lee_digest b = lee_merkle_root(&together);
            assert_memory_equal(a.bytes, b.bytes, 32);
            /* And it grows on in the same way. */
            lee_merkle_append(&each, &all[0]);
            lee_merkle_append(&together, &all[0]);
            const lee_digest c = lee_merkle_root(&each);
            const lee_digest d = lee_merkle_root(&together);
            assert_memory_equal(c.bytes, d.bytes, 32);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_published),
        cmocka_unit_test(proofs_are_those_published),
        cmocka_unit_test(every_inclusion_proof_verifies_and_nothing_else),
        cmocka_unit_test(every_consistency_proof_verifies_and_nothing_else),
        cmocka_unit_test(subtrees_appended_whole_give_the_same_root),
        cmocka_unit_test(leaves_appended_all_at_once_give_the_same_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
