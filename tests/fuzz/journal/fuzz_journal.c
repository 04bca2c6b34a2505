/* A hostile disk: the input becomes the files of a journal, which is opened, read and checked. The
 * first byte says which file of a good journal the rest replaces or alters. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "journal/journal.h"
#include "support/file_memory.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t seed_bytes[32] = "a seed for tests, never for use";

static lee_error open_journal(file_memory *memory, lee_journal **out)
{
    lee_journal_options options;
    lee_journal_recovery found;
    lee_journal_options_default(&options);
    options.seed = seed_bytes;
    options.segment_bytes = 2000;
    return lee_journal_open(file_memory_fs(memory), "j", &options, out, &found);
}

static file_memory *make(void)
{
    file_memory *memory = file_memory_create();
    lee_journal *journal = NULL;
    lee_error error = open_journal(memory, &journal);
    for (int i = 0; !error && i < 40; i++) {
        uint64_t index = 0;
        error = lee_journal_append(journal, LEE_RECORD_FRAME, seed_bytes, (size_t)i % 32, &index);
        error = error ? error : lee_journal_commit(journal);
        error = error || i != 20 ? error : lee_journal_checkpoint(journal);
    }
    assert(!error);
    lee_journal_abandon(journal);
    return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4) {
        return 0;
    }
    static file_memory *good; /* made once: what is fuzzed is reading, not writing */
    good = good ? good : make();
    file_memory *memory = file_memory_clone(good);
    size_t files = 0;
    while (file_memory_path(memory, files)) {
        files++;
    }
    char path[256];
    const char *name = file_memory_path(memory, data[0] % files);
    memcpy(path, name, strlen(name) + 1);
    const size_t at = (size_t)data[1] << 8 | data[2];
    size_t length = 0;
    uint8_t *bytes = file_memory_bytes(memory, path, &length);
    if (data[3] & 1) {
        /* Replace it whole. */
        entry *there = find(memory, path);
        memory->inodes[there->inode].length = 0;
        apply_write(&memory->inodes[there->inode], 0, data + 4, size - 4);
    } else {
        for (size_t i = 4; i < size && length > 0; i++) {
            bytes[(at + i - 4) % length] ^= data[i];
        }
    }
    lee_journal_check_result result;
    const lee_error checked =
        lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result);
    assert(checked == LEE_OK || checked == LEE_ERR_CORRUPT || checked == LEE_ERR_NOT_FOUND);
    lee_journal_reader *reader = NULL;
    if (lee_journal_reader_open(file_memory_fs(memory), "j", 0, &reader) == LEE_OK) {
        lee_record record;
        uint64_t next = 0;
        for (int i = 0; i < 200; i++) {
            const lee_error error = lee_journal_reader_next(reader, &record);
            if (error == LEE_ERR_NOT_FOUND) {
                break;
            }
            assert(error == LEE_OK || error == LEE_ERR_CORRUPT);
            if (!error) {
                assert(record.index >= next);
                next = record.index + 1;
            }
        }
        lee_journal_reader_close(reader);
    }
    lee_journal *journal = NULL;
    if (open_journal(memory, &journal) == LEE_OK) {
        uint64_t index = 0;
        const lee_error error = lee_journal_append(journal, LEE_RECORD_TICK, seed_bytes, 4, &index);
        assert(error == LEE_OK);
        const lee_error closed = lee_journal_close(journal);
        assert(closed == LEE_OK || closed == LEE_ERR_CORRUPT);
    }
    assert(file_memory_open_count(memory) == 0);
    file_memory_free(memory);
    return 0;
}
