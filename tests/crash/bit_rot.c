/* Alters a finished journal at random and demands that checking it finds and names every change
 * (reliability.md G3d, G9). Usage: bit_rot TIMES SEED */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal.h"
#include "support/file_memory.h"

static const uint8_t seed_bytes[32] = "a seed for tests, never for use";

typedef struct {
    char first[1024];
    uint64_t count;
} places;

static void take_place(void *context, const lee_journal_place *place)
{
    places *all = context;
    if (all->count++ == 0) {
        snprintf(all->first, sizeof(all->first), "%s", place->path);
    }
}

/* A closed journal with bundles, tiles on two levels, older partial tiles, a large record, and
 * segments that still hold records. */
static file_memory *make_journal(void)
{
    file_memory *memory = file_memory_create();
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed_bytes;
    options.segment_bytes = 8000;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    static uint8_t bytes[70000];
    uint64_t state = 7;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)file_memory_random(&state);
    }
    if (lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found)) {
        exit(1);
    }
    for (uint64_t i = 0; i < 700; i++) {
        uint64_t index = 0;
        const size_t length = i == 40 ? sizeof(bytes) : (size_t)(file_memory_random(&state) % 60);
        if (lee_journal_append(journal, LEE_RECORD_FRAME, bytes + i, i == 40 ? 69000 : length,
                               &index) ||
            (i % 9 == 8 && lee_journal_commit(journal)) ||
            (i % 200 == 199 && lee_journal_checkpoint(journal))) {
            exit(1);
        }
    }
    if (lee_journal_close(journal)) {
        exit(1);
    }
    return memory;
}

static lee_error check(file_memory *memory, places *out)
{
    memset(out, 0, sizeof(*out));
    lee_journal_check_result result;
    return lee_journal_check(file_memory_fs(memory), "j", NULL, take_place, out, &result);
}

/* A random file, weighted by length, and a random byte of it. */
static const char *pick(file_memory *memory, uint64_t *state, size_t *at)
{
    uint64_t total = 0;
    size_t length = 0;
    const char *path = NULL;
    for (size_t i = 0; (path = file_memory_path(memory, i)) != NULL; i++) {
        (void)file_memory_bytes(memory, path, &length);
        total += length;
    }
    uint64_t target = file_memory_random(state) % total;
    for (size_t i = 0; (path = file_memory_path(memory, i)) != NULL; i++) {
        (void)file_memory_bytes(memory, path, &length);
        if (target < length) {
            *at = (size_t)target;
            return path;
        }
        target -= length;
    }
    abort();
}

/* One change; says what it was. False: it changed nothing. */
static bool alter(file_memory *memory, uint64_t *state, const char **path, const char **what)
{
    size_t at = 0;
    size_t length = 0;
    *path = pick(memory, state, &at);
    uint8_t *bytes = file_memory_bytes(memory, *path, &length);
    const uint64_t kind = file_memory_random(state) % 10;
    if (kind < 7) {
        *what = "one bit flipped";
        bytes[at] = (uint8_t)(bytes[at] ^ 1u << (file_memory_random(state) % 8));
        return true;
    }
    if (kind == 7) {
        *what = "cut";
        /* A segment may end after any batch; what is lost then is under the checkpoint. */
        file_memory_cut(memory, *path, at);
        return strstr(*path, "/wal/") == NULL;
    }
    if (kind == 8) {
        *what = "two bytes swapped";
        const size_t other = (size_t)(file_memory_random(state) % length);
        const uint8_t byte = bytes[at];
        bytes[at] = bytes[other];
        bytes[other] = byte;
        return bytes[at] != bytes[other];
    }
    *what = "deleted";
    const bool needed = strstr(*path, "/wal/") == NULL && strstr(*path, ".p/") == NULL &&
                        strstr(*path, "journal.key") == NULL &&
                        strstr(*path, "last_head") == NULL &&
                        strstr(*path, "journal.secret") == NULL;
    file_memory_delete(memory, *path);
    return needed;
}

int main(int argc, char **argv)
{
    const uint64_t times = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
    uint64_t state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    file_memory *memory = make_journal();
    places found;
    if (check(memory, &found) != LEE_OK) {
        fprintf(stderr, "bit_rot: the journal does not verify before anything was changed: %s\n",
                found.first);
        return 1;
    }
    uint64_t missed = 0;
    uint64_t unnamed = 0;
    for (uint64_t i = 0; i < times; i++) {
        file_memory *altered = file_memory_clone(memory);
        const char *path = NULL;
        const char *what = NULL;
        if (!alter(altered, &state, &path, &what)) {
            file_memory_free(altered);
            i--;
            continue;
        }
        char name[256];
        snprintf(name, sizeof(name), "%s", path);
        const lee_error error = check(altered, &found);
        if (error != LEE_ERR_CORRUPT || found.count == 0) {
            fprintf(stderr, "not found: %s in %s (%s)\n", what, name, lee_error_name(error));
            missed++;
        }
        unnamed += error == LEE_ERR_CORRUPT && found.first[0] == '\0';
        file_memory_free(altered);
    }
    file_memory_free(memory);
    printf("bit_rot: %" PRIu64 " changes, %" PRIu64 " missed, %" PRIu64 " without a place\n", times,
           missed, unnamed);
    return missed || unnamed ? 1 : 0;
}
