/* What people type, and the place of the answer before, never break a search. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/views.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lee_views *views;
    char text[1024];
    if (!views && lee_views_open(":memory:", "key", &views) != LEE_OK) {
        return 0;
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
