/* Any bytes as a PRUNE record: what is read is written and read again the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/prune.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lee_prune prune;
    static lee_prune again;
    if (!lee_prune_read(data, size, &prune)) {
        return 0;
    }
    uint64_t from = 0;
    for (uint32_t i = 0; i < prune.count; i++) {
        assert(prune.ranges[i].first >= from && prune.ranges[i].end > prune.ranges[i].first);
        assert(prune.ranges[i].count <= prune.ranges[i].end - prune.ranges[i].first);
        from = prune.ranges[i].end;
    }
    lee_buffer text;
    lee_buffer_init(&text, 1024u * 1024u);
    lee_prune_write(&prune, &text);
    const bool read = lee_prune_read(text.bytes, text.length, &again);
    assert(text.error == LEE_OK && read && again.count == prune.count);
    assert(memcmp(again.ranges, prune.ranges, prune.count * sizeof prune.ranges[0]) == 0);
    (void)read;
    lee_buffer_free(&text);
    return 0;
}
