/* Snapshot files from anywhere: nothing crashes, and none is believed unless it is one byte for
 * byte as written. The first byte chooses what is looked at: the file itself; the state in a file
 * whose code fits; the walk over values of every shape. */
#include <stdlib.h>
#include <string.h>

#include "app/snapshot.h"
#include "base/alloc.h"
#include "base/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[LEE_SNAPSHOT_KEY_BYTES] = "a key for fuzzing, not for use .";
static const lee_snapshot_head known = {.program = {"program"}, .size = 7, .root = {"root"}};

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void as_it_comes(const uint8_t *data, size_t size)
{
    lee_snapshot_head head;
    const uint8_t *state = NULL;
    size_t length = 0;
    const char *reason = NULL;
    (void)lee_snapshot_size(data, size);
    if (lee_snapshot_open(data, size, key, &known.program, &head, &state, &length, &reason) !=
        LEE_OK) {
        require(reason != NULL);
        return;
    }
    lee_buffer again;
    lee_buffer_init(&again, 1u << 24);
    lee_snapshot_begin(&head, &again);
    lee_buffer_bytes(&again, state, length);
    lee_snapshot_finish(key, &again);
    require(again.error == LEE_OK && again.length == size && memcmp(again.bytes, data, size) == 0);
    lee_buffer_free(&again);
}

static void walk(lee_state *state)
{
    uint64_t plain[3];
    uint32_t count = 0;
    uint16_t items[16];
    uint8_t *block = NULL;
    size_t length = 0;
    lee_buffer text;
    lee_buffer_init(&text, 64);
    for (int round = 0; round < 4; round++) {
        lee_state_section(state, "s");
        lee_state_plain(state, plain, sizeof plain);
        lee_state_count(state, &count, 16);
        require(count <= 16);
        lee_state_plain(state, items, count * sizeof *items);
        lee_state_block(state, &block, &length, 32);
        require(length <= 32 && (block || length == 0));
        lee_free(block);
        block = NULL;
        lee_state_buffer(state, &text);
        require(text.length <= 64);
        lee_state_same(state, "same", 4);
    }
    lee_buffer_free(&text);
}

static void as_a_state(const uint8_t *data, size_t size)
{
    lee_buffer file;
    lee_buffer_init(&file, 1u << 24);
    lee_snapshot_begin(&known, &file);
    lee_buffer_bytes(&file, data, size);
    lee_snapshot_finish(key, &file);
    lee_snapshot_head head;
    const uint8_t *bytes = NULL;
    size_t length = 0;
    const char *reason = NULL;
    require(file.error == LEE_OK);
    require(lee_snapshot_open(file.bytes, file.length, key, &known.program, &head, &bytes, &length,
                              &reason) == LEE_OK);
    require(length == size && head.size == 7);
    lee_state state;
    lee_state_load(&state, bytes, length);
    walk(&state);
    const lee_error error = lee_state_end(&state);
    require(error == LEE_OK || error == LEE_ERR_CORRUPT);
    lee_buffer_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] % 2 == 0) {
        as_it_comes(data + 1, size - 1);
    } else if (size > 0) {
        as_a_state(data + 1, size - 1);
    }
    return 0;
}
