/* support/file_memory.h: files in memory that remember what was synced, for crash and fault tests.
 *
 * Every call is recorded. From the record a crash after any call can be made: what was synced is
 * there; of everything else, each 512-byte piece of a write and each change of a folder may be
 * there or not, independently, and lost pieces may read as zeros or as garbage. That is more than
 * any real disk does, so what survives here survives there. */
#ifndef LEE_TESTS_FILE_MEMORY_H
#define LEE_TESTS_FILE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"

typedef struct file_memory file_memory;

file_memory *file_memory_create(void);
void file_memory_free(file_memory *memory);
const lee_file_system *file_memory_fs(file_memory *memory);

/* Puts a number into the record: what the program under test has promised so far. */
void file_memory_mark(file_memory *memory, uint64_t promised);
size_t file_memory_op_count(const file_memory *memory);

/* The state after a crash behind the first `ops` recorded calls; `seed` chooses what of the rest
 * survived. *promised is the last mark before. */
file_memory *file_memory_crash(const file_memory *memory, size_t ops, uint64_t seed,
                               uint64_t *promised);

/* The same files, all of them on the disk, with a new record. */
file_memory *file_memory_clone(const file_memory *memory);

/* Call number `at` from now (1 is the next; 0: none) fails with `error`; `sticky`: all after it
 * too. A failing write leaves half of its bytes; a failing sync leaves pages that read well and
 * will never be on the disk (fsync failure study, ATC 2020). */
void file_memory_fail(file_memory *memory, uint64_t at, int error, bool sticky);
uint64_t file_memory_calls(const file_memory *memory); /* since the last file_memory_fail */
bool file_memory_did_fail(const file_memory *memory);
/* Syncs of a file whose sync had failed before: must stay 0. */
uint64_t file_memory_forbidden_syncs(const file_memory *memory);
/* Files open now: must be 0 at the end. */
uint64_t file_memory_open_count(const file_memory *memory);

/* The files there are, in byte order of their paths; NULL past the end. */
const char *file_memory_path(const file_memory *memory, size_t position);
/* Their bytes, to be altered by a test; NULL: no such file. */
uint8_t *file_memory_bytes(file_memory *memory, const char *path, size_t *length);
/* Cuts a file. */
void file_memory_cut(file_memory *memory, const char *path, size_t length);
void file_memory_delete(file_memory *memory, const char *path);

/* Test helper: a generator that is the same everywhere (splitmix64). */
uint64_t file_memory_random(uint64_t *state);

#endif
