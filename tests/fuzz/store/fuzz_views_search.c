/* What people type, and the place of the answer before, never break a search. */
#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/views.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Views in a file that has no name any more, so that nothing is left behind. */
static lee_views *make_views(void)
{
    char path[] = "/tmp/leeward-views-XXXXXX";
    const int file = mkstemp(path);
    lee_views *views = NULL;
    if (file < 0 || lee_views_open(path, "key", &views) != LEE_OK) {
        abort(); /* nothing would be searched */
    }
    (void)close(file);
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[sizeof path + 8];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    return views;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lee_views *views;
    char text[1024];
    if (!views) {
        views = make_views();
    }
    if (size < 1 || size >= sizeof text) {
        return 0;
    }
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    char *const after = strchr(text, '\n');
    if (after) {
        *after = '\0';
    }
    const lee_views_query query = {.kind = (lee_views_kind)(data[0] % LEE_VIEWS_COUNT),
                                   .words = text,
                                   .after = after ? after + 1 : "",
                                   .from_us = INT64_MIN,
                                   .to_us = INT64_MAX,
                                   .limit = 3};
    lee_buffer out;
    lee_buffer_init(&out, 1u << 20);
    const lee_error error = lee_views_search(views, &query, 0, &out);
    assert(error == LEE_OK || error == LEE_ERR_DOMAIN);
    lee_buffer_free(&out);
    return 0;
}
