#define _POSIX_C_SOURCE 200809L
#include "app/cmd_bundle.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/args.h"
#include "app/incident_file.h"
#include "base/alloc.h"
#include "io/file_os.h"
#include "io/read_file.h"
#include "record/remote_operator.h"

/* Feeds the records [first, end) to the file. */
static lee_error take_records(const char *folder, uint64_t first, uint64_t end,
                              lee_incident_file *file)
{
    lee_journal_reader *reader = NULL;
    lee_error error = lee_journal_reader_open(&lee_file_os, folder, first, &reader);
    while (error == LEE_OK && !lee_incident_file_is_over(file)) {
        lee_record record;
        error = lee_journal_reader_next(reader, &record);
        if (lee_journal_reader_withheld(reader)) {
            error = LEE_OK; /* its values were destroyed; it is proven all the same */
        } else if (error == LEE_ERR_CORRUPT) {
            const lee_journal_place *const place = lee_journal_reader_place(reader);
            fprintf(stderr, "leeward: %s: byte %llu: %s\n", place->path,
                    (unsigned long long)place->offset, place->reason);
        }
        if (error == LEE_OK && record.index >= end) {
            break;
        }
        if (error == LEE_OK) {
            lee_incident_file_take(file, &record);
        }
    }
    lee_journal_reader_close(reader);
    return error == LEE_ERR_NOT_FOUND && reader ? LEE_OK : error;
}

/* Which sealed values are left out. */
typedef struct {
    const char *names[10];
    uint32_t count;
    bool discloses;    /* some of who flew the drone and from where is told */
    uint32_t redacted; /* how many values were left out */
} redaction;

static const char *const redactable[] = {"all", "key", "t_us", "lat", "lon", "by", NULL};
static const char *const disclosable[] = {"operator_lat", "operator_lon", "operator_alt_hae_m",
                                          "operator_id",  "all",          NULL};
enum { DISCLOSABLE_ALL = 4 };

/* Names parted by commas, as bits of their places in `known`. 0: one is no name of these. */
static unsigned read_names(const char *list, const char *const *known)
{
    unsigned named = 0;
    while (*list) {
        const size_t length = strcspn(list, ",");
        unsigned i = 0;
        while (known[i] && (strlen(known[i]) != length || memcmp(known[i], list, length) != 0)) {
            i++;
        }
        if (!known[i]) {
            return 0;
        }
        named |= 1u << i;
        list += length + (list[length] == ',');
    }
    return named;
}

/* Who flew the drone stays hidden but for what is named. False: a name that is none. */
static bool read_redaction(const char *redact, const char *disclose, redaction *out)
{
    const unsigned redacted = redact ? read_names(redact, redactable) : 0;
    const unsigned disclosed = disclose ? read_names(disclose, disclosable) : 0;
    for (unsigned i = 0; redactable[i]; i++) {
        if (redacted >> i & 1) {
            out->names[out->count++] = redactable[i];
        }
    }
    for (unsigned i = 0; i < DISCLOSABLE_ALL; i++) {
        if (!((disclosed >> i | disclosed >> DISCLOSABLE_ALL) & 1)) {
            out->names[out->count++] = disclosable[i];
        }
    }
    out->discloses = disclosed != 0;
    return (!redact || redacted) && (!disclose || disclosed);
}

/* Of the operators of drones, that of the one that the incident is of. */
static bool discloses(const void *context, const lee_record *record)
{
    const lee_incident_file *const file = context;
    lee_remote_operator said;
    return lee_remote_operator_read((const char *)record->bytes, record->length, &said) == LEE_OK &&
           lee_incident_file_is_of(file, &said.target);
}

static lee_error make(const char *folder, uint64_t incident, uint64_t first, uint64_t end,
                      const lee_incident_file *scout, redaction *redact, lee_zip *zip)
{
    lee_incident_file *const file = lee_incident_file_create(incident);
    lee_zip_file documents[LEE_INCIDENT_DOCUMENTS];
    lee_error error = file ? take_records(folder, first, end, file) : LEE_ERR_NO_MEMORY;
    if (error == LEE_OK) {
        error = lee_incident_file_documents(file, documents);
    }
    if (error == LEE_OK) {
        lee_bundle_plan plan = {.first = first,
                                .end = end,
                                .documents = documents,
                                .document_count = LEE_INCIDENT_DOCUMENTS,
                                .attested = lee_incident_file_attested(scout),
                                .stamps = lee_incident_file_stamps(scout),
                                .redact = redact->names,
                                .redact_count = redact->count,
                                .discloses = redact->discloses ? discloses : NULL,
                                .disclosing = file,
                                .redacted = &redact->redacted};
        plan.singles = lee_incident_file_singles(file, &plan.single_count);
        error = lee_bundle_make(&lee_file_os, folder, &plan, zip);
    }
    lee_incident_file_free(file);
    return error;
}

static int bundle(const char *folder, uint64_t incident, const char *name, redaction *redact,
                  const char *path, bool asked)
{
    lee_incident_file *const scout = lee_incident_file_create(incident);
    lee_error error = scout ? take_records(folder, 0, UINT64_MAX, scout) : LEE_ERR_NO_MEMORY;
    uint64_t first = 0;
    uint64_t end = 0;
    const bool found = error == LEE_OK && lee_incident_file_range(scout, &first, &end);
    if (error == LEE_OK && !found) {
        fprintf(stderr, "leeward: %s: there is no incident %s in this journal\n", folder, name);
        lee_incident_file_free(scout);
        return LEE_EXIT_REFUSED;
    }
    lee_zip zip;
    lee_zip_init(&zip);
    if (error == LEE_OK) {
        error = make(folder, incident, first, end, scout, redact, &zip);
    }
    lee_incident_file_free(scout);
    if (error == LEE_OK) {
        error = lee_file_write_private(path, zip.out.bytes, zip.out.length);
        folder = error == LEE_OK ? folder : path;
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", folder,
                error == LEE_ERR_STATE
                    ? "the incident is not under a signed checkpoint yet; try again in a second"
                : error == LEE_ERR_NOT_FOUND ? "there is no journal here"
                                             : lee_error_text(error));
    } else {
        printf("bundle    %s\nincident  %s\nrecords   %llu to %llu\nbytes     %zu\n", path, name,
               (unsigned long long)first, (unsigned long long)end - 1, zip.out.length);
        if (redact->redacted > 0 || asked) {
            printf("left out  %u values\n", (unsigned)redact->redacted);
        }
    }
    lee_zip_free(&zip);
    return error == LEE_OK ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

int lee_cmd_bundle(int argc, char **argv)
{
    lee_arg options[] = {
        {.name = "-o"}, {.name = "--redact"}, {.name = "--disclose"}, {.name = NULL}};
    lee_arg words = {.name = "words"};
    const bool read = lee_args_read(argc, argv, options, &words);
    const char *const path = read ? lee_args_value(&options[0], NULL) : NULL;
    const char *const name = read && words.count == 2 ? words.values[0] : "";
    char *end = NULL;
    const uint64_t incident = strtoull(name, &end, 16);
    redaction redact = {.count = 0};
    const char *const list = read ? lee_args_value(&options[1], NULL) : NULL;
    const char *const disclose = read ? lee_args_value(&options[2], NULL) : NULL;
    if (!path || !read_redaction(list, disclose, &redact) || strlen(name) != 16 ||
        strspn(name, "0123456789abcdef") != 16 || *end != '\0') {
        fputs(
            "usage: leeward bundle INCIDENT -o FILE.zip [--redact NAME,...] [--disclose NAME,...] "
            "JOURNAL\n"
            "Writes what proves one incident: its records and all inputs of its session, proofs,\n"
            "signed head, a report for people and the steps to check it without this program.\n"
            "INCIDENT is the 16 digits that its events carry. --redact leaves out sealed values: "
            "key,\n"
            "t_us, lat or lon (of sightings), or all of them; every proof holds without them, but\n"
            "decisions cannot be run again. --disclose tells what the drone of the incident said\n"
            "of its operator, where that was sealed: operator_lat, operator_lon,\n"
            "operator_alt_hae_m, operator_id or all; without it nothing of that is told.\n",
            stderr);
        return LEE_EXIT_USAGE;
    }
    return bundle(words.values[1], incident, name, &redact, path, list != NULL);
}

/* --- reading one ---------------------------------------------------------------------------- */

bool lee_bundle_is_one(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* Makes the texts again out of the records and compares. */
static lee_error check_documents(lee_bundle *bundle)
{
    uint64_t incident = 0;
    if (!lee_incident_file_read_name(bundle, &incident)) {
        snprintf(bundle->file, sizeof bundle->file, "incident.txt");
        bundle->reason = "names no incident";
        return LEE_ERR_CORRUPT;
    }
    lee_incident_file *const file = lee_incident_file_create(incident);
    if (!file) {
        return LEE_ERR_NO_MEMORY;
    }
    size_t at = 0;
    uint64_t index = bundle->first;
    lee_record record;
    while (lee_bundle_next(bundle, &at, &index, &record)) {
        lee_incident_file_take(file, &record);
    }
    uint64_t first = 0;
    uint64_t end = 0;
    lee_zip_file documents[LEE_INCIDENT_DOCUMENTS];
    lee_error error = LEE_OK;
    if (!lee_incident_file_range(file, &first, &end) || first != bundle->first ||
        end != bundle->end) {
        snprintf(bundle->file, sizeof bundle->file, "records.bin");
        bundle->reason = "is not exactly what the incident needs";
        error = LEE_ERR_CORRUPT;
    }
    if (error == LEE_OK) {
        error = lee_incident_file_documents(file, documents);
    }
    uint32_t singles = 0;
    (void)lee_incident_file_singles(file, &singles);
    if (error == LEE_OK && singles != bundle->proofs) {
        snprintf(bundle->file, sizeof bundle->file, "entries/");
        bundle->reason = "single records are missing or too many";
        error = LEE_ERR_CORRUPT;
    }
    for (int i = 0; error == LEE_OK && i < LEE_INCIDENT_DOCUMENTS; i++) {
        const lee_zip_file *const there =
            lee_zip_find(bundle->files, bundle->count, documents[i].name);
        if (!there || there->length != documents[i].length ||
            memcmp(there->bytes, documents[i].bytes, there->length) != 0) {
            memcpy(bundle->file, documents[i].name, sizeof bundle->file);
            bundle->reason = "is not what this version makes out of the records";
            error = LEE_ERR_CORRUPT;
        }
    }
    lee_incident_file_free(file);
    return error;
}

bool lee_bundle_load(const char *path, const lee_note_verifier *key, lee_buffer *bytes,
                     lee_bundle *out)
{
    assert(path && bytes && out);
    memset(out, 0, sizeof *out);
    lee_buffer_init(bytes, LEE_ZIP_MAX_BYTES);
    lee_error error = lee_file_read_whole(path, bytes);
    if (error == LEE_OK && bytes->length == 0) {
        error = LEE_ERR_TRUNCATED;
    }
    if (error == LEE_OK) {
        error = lee_bundle_open(bytes->bytes, bytes->length, key, out);
    }
    if (error == LEE_OK) {
        error = check_documents(out);
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s%s%s\n", path, out->reason ? out->file : "",
                out->reason ? " " : "", out->reason ? out->reason : lee_error_text(error));
    }
    return error == LEE_OK;
}
