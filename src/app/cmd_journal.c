#include "app/cmd_journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/forget.h"
#include "app/retention.h"
#include "app/setup.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "io/file_os.h"

#define DAYS_MAX 36500

static int usage(void)
{
    fputs(
        "usage: leeward journal prune --days N [--dry-run] JOURNAL\n"
        "Takes the frames away that were received more than N days ago. What an incident cites\n"
        "stays: in a session with incidents everything up to the last record about one. All\n"
        "other records and every proof stay too. A record in JOURNAL says what was taken away\n"
        "and why; leeward verify shows it. JOURNAL must not be in use; the daemon does the same\n"
        "by itself (keep_frames_days). --dry-run says what would go.\n\n"
        "       leeward journal forget-operators --days N [--dry-run] JOURNAL\n"
        "Destroys what drones said of their operators more than N days ago (the configuration's\n"
        "seal_drone_operators). That they said it stays, and every proof. JOURNAL may be in use.\n",
        stderr);
    return LEE_EXIT_USAGE;
}

static void say_damage(const char *folder, const lee_journal_place *place)
{
    fprintf(stderr, "leeward: %s: byte %" PRIu64 ": %s; nothing was pruned\n",
            place->reason ? place->path : folder, place->offset,
            place->reason ? place->reason : "the journal is damaged");
}

/* The record is signed for before anything goes. */
static lee_error put_record(lee_journal *journal, const lee_prune *prune, uint64_t *index)
{
    lee_buffer text;
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    lee_prune_write(prune, &text);
    lee_error error = text.error;
    if (error == LEE_OK) {
        error = lee_journal_append(journal, LEE_RECORD_PRUNE, text.bytes, text.length, index);
    }
    lee_buffer_free(&text);
    if (error == LEE_OK) {
        error = lee_journal_commit(journal);
    }
    return error == LEE_OK ? lee_journal_checkpoint(journal) : error;
}

static uint64_t count_frames(const lee_prune *prune)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < prune->count; i++) {
        count += prune->ranges[i].count;
    }
    return count;
}

typedef struct {
    uint64_t frames;
    uint64_t bytes;
} sums;

/* One slice of the journal. NULL journal: only says what would go. */
static lee_error prune_some(lee_journal *journal, const char *folder, int64_t days, int64_t now_us,
                            lee_retention_place *place, lee_prune *prune, sums *all)
{
    lee_error error = lee_retention_plan(folder, days, now_us, place, prune);
    if (error == LEE_ERR_CORRUPT) {
        say_damage(folder, &place->place);
    }
    if (error != LEE_OK || prune->count == 0) {
        return error;
    }
    if (!journal) {
        all->frames += count_frames(prune);
        return LEE_OK;
    }
    uint64_t index = 0;
    lee_prune_result result;
    error = put_record(journal, prune, &index);
    if (error != LEE_OK) {
        return error;
    }
    error = lee_prune_apply(&lee_file_os, folder, index, &result);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: record %" PRIu64 ": %s\n", folder, result.index,
                result.reason ? result.reason : lee_error_text(error));
        return error;
    }
    printf("pruned    record %" PRIu64 " says so: %" PRIu64 " frames, %" PRIu64 " bytes\n", index,
           result.records, result.bytes);
    all->frames += result.records;
    all->bytes += result.bytes;
    return LEE_OK;
}

static int prune_journal(const char *folder, int64_t days, bool dry_run)
{
    lee_journal *journal = NULL;
    lee_signer_process *signer = NULL;
    lee_journal_recovery found;
    sums all = {0, 0};
    lee_retention_place place = {.from = 0};
    lee_prune *const prune = lee_alloc(1, sizeof *prune);
    lee_error error = prune ? LEE_OK : LEE_ERR_NO_MEMORY;
    lee_journal_reader *reader = NULL; /* one is not made where there is none */
    if (error == LEE_OK) {
        error = lee_journal_reader_open(&lee_file_os, folder, 0, &reader);
        lee_journal_reader_close(reader);
    }
    if (error == LEE_OK && !dry_run) {
        error = lee_setup_journal(folder, 0, 0, NULL, &signer, &journal, &found);
    }
    if (error == LEE_OK && journal) {
        error = lee_journal_checkpoint(journal);
    }
    const int64_t now_us = lee_clock_utc_us();
    do {
        if (error == LEE_OK) {
            error = prune_some(journal, folder, days, now_us, &place, prune, &all);
        }
    } while (error == LEE_OK && place.more);
    const lee_error closed = lee_journal_close(journal);
    lee_signer_process_free(signer);
    lee_free(prune);
    error = error ? error : closed;
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", folder,
                error == LEE_ERR_NOT_FOUND ? "there is no journal here" : lee_error_text(error));
        return LEE_EXIT_REFUSED;
    }
    printf("journal   %s\nframes    %" PRIu64 "%s\nbytes     %" PRIu64 "\n", folder, all.frames,
           dry_run ? " would be pruned" : " pruned", all.bytes);
    return LEE_EXIT_DONE;
}

static int forget_operators(const char *folder, int64_t days, bool dry_run)
{
    lee_forgotten forgotten;
    const int64_t before_us = lee_clock_utc_us() - days * INT64_C(86400000000);
    const lee_error error = lee_forget_operators(folder, before_us, dry_run, &forgotten);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", folder,
                error == LEE_ERR_NOT_FOUND ? "there is no journal here"
                : error == LEE_ERR_CORRUPT ? "a part of it cannot be read; the rest was done"
                                           : lee_error_text(error));
    }
    if (error != LEE_OK && error != LEE_ERR_CORRUPT) {
        return LEE_EXIT_REFUSED;
    }
    printf("journal   %s\nrecords   %" PRIu64 " of operators that old\ndestroyed %" PRIu64 "%s\n",
           folder, forgotten.found, forgotten.destroyed, dry_run ? " would be" : "");
    return error == LEE_OK ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

int lee_cmd_journal(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--days"}, {.name = "--dry-run", .flag = true}, {.name = NULL}};
    lee_arg words = {.name = "words"};
    int64_t days = 0;
    if (!lee_args_read(argc, argv, options, &words) || words.count != 2 || options[0].count != 1 ||
        !lee_args_number(options[0].values[0], 0, &days) || days < 0 || days > DAYS_MAX) {
        return usage();
    }
    const bool dry_run = options[1].count > 0;
    if (strcmp(words.values[0], "forget-operators") == 0) {
        return forget_operators(words.values[1], days, dry_run);
    }
    return strcmp(words.values[0], "prune") == 0 ? prune_journal(words.values[1], days, dry_run)
                                                 : usage();
}
