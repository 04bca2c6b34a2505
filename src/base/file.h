/* base/file.h: the operating system's files as a table of functions.
 *
 * The journal is pure: it writes through this table. io/file_os.c is the real one; tests put one
 * in that remembers what was synced, tears writes and fails. Every function answers 0 or an errno
 * value, negated, as the system gave it, so that messages can name it. */
#ifndef LEE_BASE_FILE_H
#define LEE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lee_file_system lee_file_system;

/* An open file: what `open` put into it means something to its own table only. */
typedef struct {
    intptr_t handle;
} lee_file;

typedef enum { LEE_FILE_READ, LEE_FILE_WRITE, LEE_FILE_CREATE } lee_file_mode;

typedef void lee_file_name_sink(void *context, const char *name);

struct lee_file_system {
    void *context;
    /* CREATE fails with -EEXIST when it is there; WRITE opens for reading and writing. */
    int (*open)(void *context, const char *path, lee_file_mode mode, lee_file *out);
    int (*close)(void *context, lee_file file);
    /* All of it or an error; *done says how much reached the file. */
    int (*write_at)(void *context, lee_file file, uint64_t offset, const void *bytes, size_t length,
                    size_t *done);
    /* *done is less than length only at the end of the file. */
    int (*read_at)(void *context, lee_file file, uint64_t offset, void *bytes, size_t length,
                   size_t *done);
    int (*size)(void *context, lee_file file, uint64_t *out);
    /* Sets blocks aside for the first `length` bytes, which read as zeros. NULL: it cannot. */
    int (*reserve)(void *context, lee_file file, uint64_t length);
    int (*truncate)(void *context, lee_file file, uint64_t length);
    /* fdatasync; after a failure the file must never be synced again (fsync failure study 2020). */
    int (*sync)(void *context, lee_file file);
    /* Begins to put what was written on the disk, without waiting and without a promise, so that
     * the syncs of many files overlap. May be NULL. */
    void (*start)(void *context, lee_file file);
    int (*sync_folder)(void *context, const char *path);
    int (*make_folder)(void *context, const char *path); /* 0 when it is there already */
    int (*rename)(void *context, const char *from, const char *to);
    int (*remove)(void *context, const char *path);
    /* Names of the entries of a folder, in byte order, without "." and "..". */
    int (*list)(void *context, const char *path, lee_file_name_sink *sink, void *sink_context);
};

#endif
