/* journal/disk.h: whole files through the table of base/file.h, and what went wrong where.
 *
 * Shared inside the journal. The first failure is kept, because it is the one that explains the
 * rest. */
#ifndef LEE_JOURNAL_DISK_H
#define LEE_JOURNAL_DISK_H

#include "base/buffer.h"
#include "base/file.h"
#include "journal/path.h"
#include "leeward/error.h"

/* Folders whose entries changed and are not synced yet. */
#define LEE_DISK_DIRTY_MAX 24u

/* Files that are written but not synced yet, and their bytes, at most. */
#define LEE_DISK_STAGED_MAX 48u
#define LEE_DISK_STAGED_MAX_BYTES (UINT64_C(64) * 1024 * 1024)
/* Folders known to be there, so that they are not made again for each file. */
#define LEE_DISK_KNOWN_MAX 16u

typedef struct {
    const char *operation; /* "write", "sync" and so on; NULL: nothing has failed */
    int error;             /* errno, positive */
    char path[LEE_JOURNAL_PATH_BYTES];
} lee_disk_failure;

typedef struct {
    const lee_file_system *fs;
    char folder[LEE_JOURNAL_FOLDER_MAX + 1];
    lee_disk_failure failure;
    lee_path dirty[LEE_DISK_DIRTY_MAX];
    uint32_t dirty_count;
    lee_path known[LEE_DISK_KNOWN_MAX];
    uint32_t known_next;
    struct {
        lee_path path; /* where it will stand; until then it is there as .new */
        lee_file file;
    } staged[LEE_DISK_STAGED_MAX];
    uint32_t staged_count;
    uint64_t staged_bytes;
} lee_disk;

void lee_disk_init(lee_disk *disk, const lee_file_system *fs, const char *folder);

/* Remembers the failure if it is the first, and answers LEE_ERR_NO_MEMORY for -ENOMEM, else
 * LEE_ERR_IO. `error` is what the table answered. */
lee_error lee_disk_fail(lee_disk *disk, const char *operation, const char *path, int error);

/* The text of an errno value, in English, for those that a disk gives. */
const char *lee_errno_text(int error);

/* Makes disk->folder itself, if it is not there, durably. LEE_ERR_IO, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_disk_make_folder(lee_disk *disk);

/* Makes the folder of `path` and those above it, down from disk->folder, which must be there; those
 * made are dirty, and so is the folder itself from now on. */
LEE_CHECK_RESULT
lee_error lee_disk_make_parents(lee_disk *disk, const lee_path *path);

/* Marks the parent folder of `path` dirty; syncs everything when the list is full. */
LEE_CHECK_RESULT
lee_error lee_disk_touch(lee_disk *disk, const lee_path *path);

/* Syncs every dirty folder. */
LEE_CHECK_RESULT
lee_error lee_disk_sync_folders(lee_disk *disk);

/* Reads a whole file of at most out->limit bytes. LEE_ERR_NOT_FOUND, LIMIT, NO_MEMORY, IO. Only IO
 * is kept as failure. */
LEE_CHECK_RESULT
lee_error lee_disk_read(lee_disk *disk, const lee_path *path, lee_buffer *out);

/* Puts a file in place whole: a temporary file beside it is written, synced, read back with a new
 * descriptor and compared, and then renamed over `path`. Its folder becomes dirty. A file that
 * failed is never touched again: the next try makes a new one. LEE_ERR_CORRUPT: what was read back
 * differs. */
LEE_CHECK_RESULT
lee_error lee_disk_put(lee_disk *disk, const lee_path *path, const void *bytes, size_t length);

/* The same in two steps, for many files at once. Stage writes the temporary file and leaves it
 * open; settle syncs up to `files_max` of those staged, oldest first, and gives them their names.
 * The caller reads a staged file back itself (lee_disk_read of lee_disk_staged_path). When settling
 * fails, all that is staged is given up: the caller makes it again from what is durable. */
LEE_CHECK_RESULT
lee_error lee_disk_stage(lee_disk *disk, const lee_path *path, const void *bytes, size_t length);
LEE_CHECK_RESULT
lee_error lee_disk_settle(lee_disk *disk, uint32_t files_max);
bool lee_disk_staged_full(const lee_disk *disk);
/* Gives up what is staged. */
void lee_disk_unstage(lee_disk *disk);

/* The temporary name that `path` is written under. */
void lee_disk_staged_path(const lee_path *path, lee_path *out);

/* Reads a file that must have exactly these bytes, with a new descriptor. LEE_ERR_CORRUPT: it has
 * others; LEE_ERR_IO. */
LEE_CHECK_RESULT
lee_error lee_disk_compare(lee_disk *disk, const lee_path *path, const void *bytes, size_t length);

/* Removes a file or an empty folder, if it is there. */
LEE_CHECK_RESULT
lee_error lee_disk_remove(lee_disk *disk, const lee_path *path);

/* The names in a folder, bounded; a folder that is not there has none. */
typedef struct {
    char (*names)[72];
    uint32_t count;
    uint32_t capacity;
    bool failed; /* no memory, or more than LEE_DISK_LIST_MAX */
} lee_disk_names;

#define LEE_DISK_LIST_MAX 1000000u

LEE_CHECK_RESULT
lee_error lee_disk_list(lee_disk *disk, const lee_path *path, lee_disk_names *out);
void lee_disk_names_free(lee_disk_names *names);

#endif
