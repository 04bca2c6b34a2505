#include "app/cmd_verify.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/cmd_bundle.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/time_text.h"
#include "io/file_os.h"
#include "io/read_file.h"
#include "journal/witness.h"
#include "outlet/stamp.h"

/* A damaged journal may have millions of places; these are enough to act on. */
#define PLACES_SHOWN 20u
#define WITNESSES_MAX 32

static int usage(FILE *to)
{
    fputs(
        "usage: leeward verify [--key KEY] [--witness VKEY]... [--tsa-ca FILE] JOURNAL|BUNDLE\n"
        "Checks the folder JOURNAL: the checkpoint's signature, every entry and tile against the\n"
        "signed root, and the records after it. KEY is the log's public key, NAME+ID+KEY, as\n"
        "known from elsewhere; without it the one inside the journal is taken, which proves\n"
        "that nothing was damaged but not who signed. A BUNDLE (leeward bundle) is checked whole:\n"
        "signature, every record against the signed root, each proof, and its report.\n"
        "Each --witness VKEY, the key of a witness (C2SP cosignature/v1), must have signed too.\n"
        "With --tsa-ca there must be a time stamp (RFC 3161) that leads to a certificate in "
        "FILE.\n",
        to);
    return to == stdout ? 0 : 2;
}

static void print_place(void *context, const lee_journal_place *place)
{
    uint64_t *shown = context;
    if ((*shown)++ >= PLACES_SHOWN) {
        return;
    }
    fprintf(stderr, "leeward verify: %s, byte %" PRIu64, place->path, place->offset);
    if (place->index != UINT64_MAX) {
        fprintf(stderr, ", record %" PRIu64, place->index);
    }
    fprintf(stderr, ": %s\n", place->reason);
}

static void print_prunings(const lee_journal_check_result *result)
{
    if (result->prunings == 0) {
        return;
    }
    printf("pruned    %" PRIu64 " records are here as hashes alone, as %" PRIu64
           " records of pruning say\n",
           result->pruned, result->prunings);
    const uint64_t told =
        result->prunings < LEE_JOURNAL_PRUNINGS_TOLD ? result->prunings : LEE_JOURNAL_PRUNINGS_TOLD;
    for (uint64_t i = 0; i < told; i++) {
        const lee_journal_pruning *const one = &result->pruning[i];
        char when[LEE_TIME_TEXT_BYTES] = "?";
        char before[LEE_TIME_TEXT_BYTES] = "?";
        (void)lee_time_format(one->t_us, when);
        (void)lee_time_format(one->before_us, before);
        printf("          record %" PRIu64 ", %s: %" PRIu64 " frames received before %s (%s)\n",
               one->record, when, one->count, before, one->policy);
    }
}

static void print_summary(const char *folder, const lee_journal_check_result *result)
{
    char root[64];
    const size_t length = lee_base64_encode(result->root.bytes, LEE_DIGEST_BYTES, root);
    printf("journal   %s\n", folder);
    printf("log       %s, key %02x%02x%02x%02x\n", result->origin, result->key_id[0],
           result->key_id[1], result->key_id[2], result->key_id[3]);
    printf("signed    %" PRIu64 " records, root %.*s\n", result->size, (int)length, root);
    printf("after it  %" PRIu64 " records, durable but not signed yet\n", result->unsealed);
    if (result->has_attested) {
        printf("attested  %" PRIu64 " of the records, in a head that others were asked to sign\n",
               result->attested.size);
    }
    printf("read      %" PRIu64 " bundles, %" PRIu64 " tiles, %" PRIu64 " segments, %" PRIu64
           " large records, %" PRIu64 " bytes\n",
           result->bundles, result->tiles, result->segments, result->blobs, result->bytes_read);
    if (result->sealed > 0) {
        printf("sealed    %" PRIu64 " records have values apart; of %" PRIu64
               " they are not here\n",
               result->sealed, result->withheld);
    }
    print_prunings(result);
}

/* Who must have signed the head too, and whom to believe that it was there at a time. */
typedef struct {
    lee_note_verifier keys[WITNESSES_MAX];
    int count;
    const char *tsa_ca; /* PEM; NULL: no time stamp is needed */
} witnesses;

/* True: it is a good time stamp on the digest, which is said; else why not. */
static bool check_stamp(const witnesses *all, const char *name, const uint8_t *bytes, size_t length,
                        const lee_digest *digest)
{
    const lee_stamp_wanted wanted = {.digest = *digest, .ca_file = all->tsa_ca};
    uint64_t t_s = 0;
    const char *reason = NULL;
    if (lee_stamp_check(bytes, length, &wanted, &t_s, &reason) == LEE_OK) {
        char time[LEE_TIME_TEXT_BYTES];
        (void)lee_time_format((int64_t)t_s * LEE_US_PER_S, time);
        printf("stamped   %s, in %s\n", time, name);
        return true;
    }
    fprintf(stderr, "leeward verify: %s: %s\n", name, reason);
    return false;
}

static bool check_bundle_stamps(const witnesses *all, const lee_bundle *bundle)
{
    int good = 0;
    for (uint32_t i = 0; all->tsa_ca && i < bundle->stamp_count; i++) {
        const lee_zip_file *const stamp = bundle->stamps[i];
        good += check_stamp(all, stamp->name, stamp->bytes, stamp->length, &bundle->stamped);
    }
    if (all->tsa_ca && good == 0) {
        fprintf(stderr, "leeward verify: the checkpoint has no time stamp of those trusted\n");
    }
    return !all->tsa_ca || good > 0;
}

static bool check_folder_stamps(const witnesses *all, const char *folder,
                                const lee_note_verifier *key, const lee_buffer *note)
{
    lee_digest digest;
    lee_path base;
    lee_path_set(&base, folder);
    lee_path_add(&base, LEE_ATTESTED_NAME);
    int good = 0;
    const bool is_head = note->length > 0 && lee_head_digest((const char *)note->bytes,
                                                             note->length, key, &digest) == LEE_OK;
    for (uint32_t i = 0; is_head && i < LEE_STAMPS_MAX; i++) {
        lee_path path;
        lee_stamp_path(base.text, i, &path);
        lee_buffer bytes;
        lee_buffer_init(&bytes, LEE_STAMP_MAX_BYTES);
        /* Stamps of an earlier head may still stand beside a newer one. */
        if (lee_file_read_whole(path.text, &bytes) == LEE_OK &&
            lee_stamp_is_of(bytes.bytes, bytes.length, &digest)) {
            good += check_stamp(all, path.text, bytes.bytes, bytes.length, &digest);
        }
        lee_buffer_free(&bytes);
    }
    if (good == 0) {
        fprintf(stderr, "leeward verify: the attested head has no time stamp of those trusted\n");
    }
    return good > 0;
}

/* True: all of them signed this note, which is of the head that was checked. */
static bool check_witnesses(const witnesses *all, const void *note, size_t length,
                            const lee_digest *root)
{
    bool good = true;
    for (int i = 0; i < all->count; i++) {
        size_t body = 0;
        uint64_t t_s = 0;
        lee_checkpoint head;
        const lee_error error = lee_note_verify_witness(note, length, &all->keys[i], &body, &t_s);
        if (error == LEE_OK && lee_checkpoint_parse(note, body, &head) == LEE_OK &&
            lee_digest_equal(&head.root, root)) {
            printf("witness   %s, at %" PRIu64 " s since 1970\n", all->keys[i].name, t_s);
        } else {
            fprintf(stderr, "leeward verify: the checkpoint is not signed by the witness %s%s\n",
                    all->keys[i].name, error == LEE_ERR_CHECKSUM ? ": its signature is wrong" : "");
            good = false;
        }
    }
    return good;
}

static bool read_vkey(const char *folder, lee_note_verifier *out)
{
    lee_path path;
    lee_path_set(&path, folder);
    lee_path_add(&path, "/keys/journal.vkey");
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_KEY_TEXT_BYTES + 1);
    const bool good =
        lee_file_read_whole(path.text, &text) == LEE_OK && text.length > 0 &&
        lee_note_verifier_parse((const char *)text.bytes, text.length - 1, out) == LEE_OK;
    lee_buffer_free(&text);
    return good;
}

/* In the attested head, which is older than the checkpoint and of the same tree, as was checked; in
 * the checkpoint itself where there is none, such as in a copy that was published. */
static bool check_folder_witnesses(const witnesses *all, const char *folder,
                                   const lee_journal_check_result *result)
{
    lee_path path;
    lee_path_set(&path, folder);
    lee_path_add(&path, result->has_attested ? LEE_ATTESTED_NAME : "/checkpoint");
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    bool good = (all->count == 0 && !all->tsa_ca) ||
                (lee_file_read_whole(path.text, &text) == LEE_OK &&
                 check_witnesses(all, text.bytes, text.length,
                                 result->has_attested ? &result->attested.root : &result->root));
    if (all->tsa_ca) {
        lee_note_verifier key;
        good = good && read_vkey(folder, &key) && check_folder_stamps(all, folder, &key, &text);
    }
    lee_buffer_free(&text);
    return good;
}

static int verify(const char *folder, const lee_note_verifier *key, const witnesses *all)
{
    uint64_t shown = 0;
    lee_journal_check_result result;
    const lee_error error =
        lee_journal_check(&lee_file_os, folder, key, print_place, &shown, &result);
    if (error == LEE_ERR_NOT_FOUND) {
        fprintf(stderr, "leeward verify: %s: there is no journal here\n", folder);
        return 1;
    }
    if (error && error != LEE_ERR_CORRUPT) {
        fprintf(stderr, "leeward verify: %s: cannot be read: %s\n", folder, lee_error_text(error));
        return 1;
    }
    print_summary(folder, &result);
    if (error) {
        if (result.damage_count > PLACES_SHOWN) {
            fprintf(stderr, "leeward verify: %" PRIu64 " more places are not shown\n",
                    result.damage_count - PLACES_SHOWN);
        }
        printf("result    DOES NOT VERIFY: %" PRIu64 " places\n", result.damage_count);
        return 1;
    }
    if (!check_folder_witnesses(all, folder, &result)) {
        puts("result    DOES NOT VERIFY: a witness or a time stamp is missing");
        return 1;
    }
    printf("result    verified%s\n",
           key ? "" : " (against the key inside the journal: compare it with the one you know)");
    return 0;
}

static int verify_bundle(const char *path, const lee_note_verifier *key, const witnesses *all)
{
    lee_buffer bytes;
    lee_bundle bundle;
    bool good = lee_bundle_load(path, key, &bytes, &bundle);
    if (good) {
        char root[64];
        const size_t length = lee_base64_encode(bundle.head.root.bytes, LEE_DIGEST_BYTES, root);
        printf("bundle    %s\n", path);
        printf("log       %s, key %02x%02x%02x%02x\n", bundle.verifier.name, bundle.verifier.id[0],
               bundle.verifier.id[1], bundle.verifier.id[2], bundle.verifier.id[3]);
        printf("signed    %" PRIu64 " records, root %.*s\n", bundle.head.size, (int)length, root);
        printf("holds     records %" PRIu64 " to %" PRIu64 ", %u of them with a proof each\n",
               bundle.first, bundle.end - 1, (unsigned)bundle.proofs);
        if (bundle.sealed + bundle.withheld > 0) {
            printf("sealed    %u values here, %u left out\n", (unsigned)bundle.sealed,
                   (unsigned)bundle.withheld);
        }
        const lee_zip_file *const note = lee_zip_find(bundle.files, bundle.count, "checkpoint");
        good = note && check_witnesses(all, note->bytes, note->length, &bundle.head.root) &&
               check_bundle_stamps(all, &bundle);
    }
    printf("result    %s%s\n", good ? "verified" : "DOES NOT VERIFY",
           good && !key ? " (against the key inside: compare it with the one you know)" : "");
    lee_bundle_close(&bundle);
    lee_buffer_free(&bytes);
    return good ? 0 : 1;
}

int lee_cmd_verify(int argc, char **argv)
{
    assert(argc >= 1 && argv);
    const char *folder = NULL;
    const char *key_text = NULL;
    witnesses all = {.count = 0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return usage(stdout);
        }
        if (strcmp(argv[i], "--tsa-ca") == 0 && i + 1 < argc) {
            all.tsa_ca = argv[++i];
        } else if (strcmp(argv[i], "--key") == 0 && i + 1 < argc) {
            key_text = argv[++i];
        } else if (strcmp(argv[i], "--witness") == 0 && i + 1 < argc && all.count < WITNESSES_MAX) {
            const char *const text = argv[++i];
            if (lee_note_witness_parse(text, strlen(text), &all.keys[all.count++]) != LEE_OK) {
                fprintf(stderr, "leeward verify: --witness: not a witness's key NAME+ID+KEY\n");
                return 2;
            }
        } else if (argv[i][0] != '-' && !folder) {
            folder = argv[i];
        } else {
            return usage(stderr);
        }
    }
    if (!folder) {
        return usage(stderr);
    }
    lee_note_verifier key;
    if (key_text && lee_note_verifier_parse(key_text, strlen(key_text), &key) != LEE_OK) {
        fprintf(stderr, "leeward verify: --key: not a public key of the form NAME+ID+KEY\n");
        return 2;
    }
    const lee_note_verifier *const trusted = key_text ? &key : NULL;
    const int status = lee_bundle_is_one(folder) ? verify_bundle(folder, trusted, &all)
                                                 : verify(folder, trusted, &all);
    if (fflush(stdout) != 0) {
        fprintf(stderr, "leeward verify: standard output cannot be written\n");
        return 1;
    }
    return status;
}
