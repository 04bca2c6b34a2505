#define _POSIX_C_SOURCE 200809L
#include "app/views_follow.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/clock.h"
#include "base/alloc.h"
#include "io/file_os.h"
#include "io/read_file.h"
#include "journal/journal.h"

/* The clock is asked once for so many records. */
#define RECORDS_A_LOOK 64

struct lee_views_follow {
    char folder[4096];
    char path[4096];
    const _Atomic uint64_t *durable;
    lee_views *views;
    lee_journal_reader *reader;
    dev_t device; /* of the file that is open */
    ino_t inode;
    bool said; /* that it cannot be opened */
};

lee_error lee_views_follow_create(const char *folder, const char *path,
                                  const _Atomic uint64_t *durable, lee_views_follow **out)
{
    assert(folder && path && out);
    lee_views_follow *const follow = lee_alloc(1, sizeof *follow);
    if (!follow) {
        return LEE_ERR_NO_MEMORY;
    }
    snprintf(follow->folder, sizeof follow->folder, "%s", folder);
    snprintf(follow->path, sizeof follow->path, "%s", path);
    follow->durable = durable;
    *out = follow;
    return LEE_OK;
}

void lee_views_follow_drop(lee_views_follow *follow)
{
    lee_journal_reader_close(follow->reader);
    lee_views_close(follow->views);
    follow->reader = NULL;
    follow->views = NULL;
}

void lee_views_follow_remove(lee_views_follow *follow)
{
    fprintf(stderr, "leeward: %s: it is damaged; it is built anew, nothing is lost\n",
            follow->path);
    lee_views_follow_drop(follow);
    lee_views_delete(follow->path);
}

void lee_views_follow_free(lee_views_follow *follow)
{
    if (follow) {
        lee_views_follow_drop(follow);
        lee_free(follow);
    }
}

lee_views *lee_views_follow_views(lee_views_follow *follow)
{
    return follow->views;
}

uint64_t lee_views_follow_known(const lee_views_follow *follow)
{
    return follow->durable ? atomic_load(follow->durable)
                           : (follow->views ? lee_views_next(follow->views) : 0);
}

/* --- opening -------------------------------------------------------------------------------- */

static lee_error read_key(const lee_views_follow *follow, lee_buffer *out)
{
    char path[4096 + 32];
    snprintf(path, sizeof path, "%s/keys/journal.vkey", follow->folder);
    const lee_error error = lee_file_read_whole(path, out);
    lee_buffer_char(out, '\0');
    return error != LEE_OK ? error : out->error;
}

/* Whether the record before the place that the file stands at is the one that it was made of. A
 * power cut may have taken records that were read before they were durable. */
static bool fits(lee_views_follow *follow)
{
    const uint64_t next = lee_views_next(follow->views);
    lee_journal_reader *reader = NULL;
    if (next == 0) {
        return true;
    }
    if (lee_journal_reader_open(&lee_file_os, follow->folder, next - 1, &reader) != LEE_OK) {
        return false;
    }
    lee_record record;
    bool same = lee_journal_reader_next(reader, &record) == LEE_OK && record.index == next - 1;
    if (same) {
        const lee_digest have = lee_views_digest(&record);
        const lee_digest want = lee_views_last(follow->views);
        same = lee_digest_equal(&have, &want);
    }
    lee_journal_reader_close(reader);
    return same;
}

static lee_error open_file(lee_views_follow *follow, const char *key)
{
    const char *why = "it is damaged, or another version or journal has it";
    lee_error error = lee_views_open(follow->path, key, &follow->views);
    if (error == LEE_OK && !fits(follow)) {
        lee_views_close(follow->views);
        follow->views = NULL;
        why = "it was made of other records than the journal has";
        error = LEE_ERR_CORRUPT;
    }
    if (error == LEE_ERR_CORRUPT) {
        fprintf(stderr, "leeward: %s: %s; it is built anew, nothing is lost\n", follow->path, why);
        lee_views_delete(follow->path);
        error = lee_views_open(follow->path, key, &follow->views);
    }
    return error;
}

static lee_error open_views(lee_views_follow *follow)
{
    lee_buffer key;
    lee_buffer_init(&key, 4096);
    lee_error error = read_key(follow, &key);
    if (error == LEE_OK) {
        error = open_file(follow, (const char *)key.bytes);
    }
    lee_buffer_free(&key);
    struct stat info;
    if (error == LEE_OK && stat(follow->path, &info) == 0) {
        follow->device = info.st_dev;
        follow->inode = info.st_ino;
    }
    if (error != LEE_OK && !follow->said) {
        fprintf(stderr, "leeward: %s: the views cannot be kept: %s; searching has no answer\n",
                follow->path, lee_error_text(error));
    }
    follow->said = error != LEE_OK;
    return error;
}

/* Another file in its place, or none: who deletes it wants it built again. */
static void look_for_another(lee_views_follow *follow)
{
    struct stat info;
    const bool there = stat(follow->path, &info) == 0;
    if (there && info.st_dev == follow->device && info.st_ino == follow->inode) {
        return;
    }
    fprintf(stderr, "leeward: %s: %s\n", follow->path,
            there ? "another file stands in its place, and is gone on with"
                  : "it is gone, and built anew out of the journal");
    lee_views_follow_drop(follow);
    if (!there) {
        lee_views_delete(follow->path); /* what SQLite kept beside it */
    }
}

/* --- reading -------------------------------------------------------------------------------- */

/* The next record below `end`. LEE_ERR_NOT_FOUND: there is none now. */
static lee_error next_record(lee_views_follow *follow, uint64_t end, lee_record *out)
{
    bool is_new = follow->reader == NULL;
    for (;;) {
        lee_error error = LEE_OK;
        if (!follow->reader) {
            error = lee_journal_reader_open(&lee_file_os, follow->folder,
                                            lee_views_next(follow->views), &follow->reader);
        }
        if (error != LEE_OK) {
            return error;
        }
        do { /* what does not verify is passed over: what follows it is not lost */
            error = lee_journal_reader_next(follow->reader, out);
        } while (error == LEE_ERR_CORRUPT);
        if (error == LEE_OK && out->index < end) {
            return LEE_OK;
        }
        /* The reader does not see segments made since it was opened. */
        lee_journal_reader_close(follow->reader);
        follow->reader = NULL;
        if (is_new || error == LEE_OK || !follow->durable) {
            return error == LEE_OK ? LEE_ERR_NOT_FOUND : error;
        }
        is_new = true;
    }
}

static lee_error read_some(lee_views_follow *follow, int64_t until_us, bool *more)
{
    lee_error error = LEE_OK;
    *more = true;
    for (uint32_t count = 1; error == LEE_OK; count++) {
        const uint64_t end = follow->durable ? atomic_load(follow->durable) : UINT64_MAX;
        lee_record record;
        if (lee_views_next(follow->views) >= end) {
            *more = false;
            break;
        }
        error = next_record(follow, end, &record);
        if (error == LEE_ERR_NOT_FOUND) {
            *more = false;
            error = LEE_OK;
            break;
        }
        if (error == LEE_OK) {
            error = lee_views_apply(follow->views, &record);
        }
        if (count % RECORDS_A_LOOK == 0 && lee_clock_monotonic_us() >= until_us) {
            break;
        }
    }
    return error == LEE_OK ? lee_views_commit(follow->views) : error;
}

lee_error lee_views_follow_step(lee_views_follow *follow, int64_t for_us, bool *more)
{
    assert(follow && more);
    *more = false;
    if (follow->views) {
        look_for_another(follow);
    }
    lee_error error = follow->views ? LEE_OK : open_views(follow);
    if (error == LEE_OK) {
        error = read_some(follow, lee_clock_monotonic_us() + for_us, more);
        if (error == LEE_ERR_CORRUPT) {
            lee_views_follow_remove(follow);
        } else if (error != LEE_OK) {
            lee_views_follow_drop(follow);
        }
    }
    return error;
}
