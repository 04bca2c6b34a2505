#define _POSIX_C_SOURCE 200809L
#include "app/cmd_views.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/views_follow.h"

#define SLICE_US 1000000
#define PATH_BYTES 4096

static int usage(void)
{
    fputs("usage: leeward views rebuild DIR\n"
          "       leeward views search DIR [--kind incidents|tracks|zones|permits]\n"
          "                     [--limit N] [--after NEXT] [WORD...]\n"
          "DIR is the data folder of the daemon. rebuild builds DIR/views out of DIR/journal anew\n"
          "and puts it in the place of what is there, also while the daemon runs. search prints\n"
          "one JSON object, newest first.\n",
          stderr);
    return LEE_EXIT_USAGE;
}

static int fail(const char *path, const char *reason)
{
    fprintf(stderr, "leeward: %s: %s\n", path, reason);
    return LEE_EXIT_REFUSED;
}

/* The journal of a data folder; a journal's own folder has none inside. */
static bool find_journal(const char *dir, char folder[PATH_BYTES])
{
    char key[PATH_BYTES + 32];
    if ((size_t)snprintf(folder, PATH_BYTES, "%s/journal", dir) >= PATH_BYTES) {
        return false;
    }
    snprintf(key, sizeof key, "%s/keys/journal.vkey", folder);
    return access(key, R_OK) == 0;
}

static int rebuild(const char *dir)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];
    char fresh[PATH_BYTES + 64];
    if (!find_journal(dir, folder)) {
        return fail(dir, "there is no journal in it");
    }
    snprintf(path, sizeof path, "%s/views", dir);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return fail(path, strerror(errno));
    }
    snprintf(path, sizeof path, "%s/views/views.sqlite", dir);
    snprintf(fresh, sizeof fresh, "%s/views/rebuild-%ld", dir, (long)getpid());
    lee_views_follow *follow = NULL;
    lee_error error = lee_views_follow_create(folder, fresh, NULL, &follow);
    const int64_t start_us = lee_clock_monotonic_us();
    for (bool more = true; error == LEE_OK && more;) {
        error = lee_views_follow_step(follow, SLICE_US, &more);
    }
    const uint64_t records = error == LEE_OK ? lee_views_follow_known(follow) : 0;
    lee_views_follow_free(follow); /* its write-ahead file is folded in now */
    if (error == LEE_OK) {
        /* What SQLite kept beside the old file must not be taken for the new one's. A reader that
         * still has the old one open keeps it as it is. */
        lee_views_delete(path);
        error = rename(fresh, path) == 0 ? LEE_OK : LEE_ERR_IO;
    }
    if (error != LEE_OK) {
        lee_views_delete(fresh);
        return fail(path, lee_error_text(error));
    }
    printf("views     %s\nrecords   %llu\nseconds   %.2f\n", path, (unsigned long long)records,
           (double)(lee_clock_monotonic_us() - start_us) / 1e6);
    return LEE_EXIT_DONE;
}

/* Brings the views up to the journal where nobody else does, then asks them. */
static int search(const char *dir, const lee_views_query *query)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];
    if (!find_journal(dir, folder)) {
        return fail(dir, "there is no journal in it");
    }
    snprintf(path, sizeof path, "%s/views", dir);
    (void)mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/views/views.sqlite", dir);
    lee_views_follow *follow = NULL;
    lee_error error = lee_views_follow_create(folder, path, NULL, &follow);
    for (bool more = true; error == LEE_OK && more;) {
        error = lee_views_follow_step(follow, SLICE_US, &more);
    }
    lee_buffer out;
    lee_buffer_init(&out, SIZE_MAX / 2);
    if (error == LEE_OK) {
        error = lee_views_search(lee_views_follow_views(follow), query, 0, &out);
    }
    lee_views_follow_free(follow);
    if (error == LEE_OK) {
        lee_buffer_char(&out, '\n');
        error = fwrite(out.bytes, 1, out.length, stdout) == out.length ? LEE_OK : LEE_ERR_IO;
    }
    lee_buffer_free(&out);
    return error == LEE_OK           ? LEE_EXIT_DONE
           : error == LEE_ERR_DOMAIN ? fail("--after", "is not the next of an answer")
           : error == LEE_ERR_STATE  ? fail(path, "it is being written; try again in a moment")
                                     : fail(path, lee_error_text(error));
}

int lee_cmd_views(int argc, char **argv)
{
    lee_arg options[] = {
        {.name = "--kind"}, {.name = "--limit"}, {.name = "--after"}, {.name = NULL}};
    lee_arg words = {.name = "words"};
    if (!lee_args_read(argc, argv, options, &words) || words.count < 2) {
        return usage();
    }
    if (strcmp(words.values[0], "rebuild") == 0 && words.count == 2) {
        return rebuild(words.values[1]);
    }
    lee_views_query query = {
        .after = lee_args_value(&options[2], ""), .from_us = INT64_MIN, .to_us = INT64_MAX};
    int64_t limit = 0;
    if (strcmp(words.values[0], "search") != 0 ||
        !lee_views_kind_parse(lee_args_value(&options[0], "incidents"), &query.kind) ||
        !lee_args_number(lee_args_value(&options[1], "50"), 0, &limit) || limit < 1 ||
        limit > LEE_VIEWS_RESULTS_MAX) {
        return usage();
    }
    query.limit = (uint32_t)limit;
    char text[1024] = "";
    for (int i = 2; i < words.count; i++) {
        const size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s ", words.values[i]);
    }
    query.words = text;
    return search(words.values[1], &query);
}
