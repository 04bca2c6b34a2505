#include "journal/disk.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* What the first read of a file asks for. */
#define READ_BYTES 4096u
/* What one read of a comparison asks for. */
#define COMPARE_BYTES 65536u

void lee_disk_init(lee_disk *disk, const lee_file_system *fs, const char *folder)
{
    assert(disk && fs && folder);
    assert(strlen(folder) <= LEE_JOURNAL_FOLDER_MAX);
    memset(disk, 0, sizeof(*disk));
    disk->fs = fs;
    memcpy(disk->folder, folder, strlen(folder) + 1);
}

lee_error lee_disk_fail(lee_disk *disk, const char *operation, const char *path, int error)
{
    assert(disk && operation && path);
    assert(error < 0);
    memset(disk->known, 0, sizeof(disk->known)); /* somebody may have taken a folder away */
    if (!disk->failure.operation) {
        const size_t length = strlen(path);
        assert(length < sizeof(disk->failure.path));
        disk->failure.operation = operation;
        disk->failure.error = -error;
        memcpy(disk->failure.path, path, length + 1);
    }
    return error == -ENOMEM ? LEE_ERR_NO_MEMORY : LEE_ERR_IO;
}

const char *lee_errno_text(int error)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {EIO, "input/output error"},
        {ENOSPC, "no space left on device"},
        {EDQUOT, "disk quota exceeded"},
        {EROFS, "read-only file system"},
        {EACCES, "permission denied"},
        {EPERM, "operation not permitted"},
        {ENOENT, "no such file or directory"},
        {ENOTDIR, "not a directory"},
        {EISDIR, "is a directory"},
        {EEXIST, "file exists"},
        {ENOMEM, "out of memory"},
        {EMFILE, "too many open files"},
        {ENFILE, "too many open files in the system"},
        {EFBIG, "file too large"},
        {ENODEV, "no such device"},
        {ENXIO, "no such device or address"},
        {EBADF, "bad file descriptor"},
        {EINTR, "interrupted"},
        {EAGAIN, "temporarily unavailable"},
        {ESTALE, "stale file handle"},
        {ELOOP, "too many levels of symbolic links"},
        {ENAMETOOLONG, "file name too long"},
        {EINVAL, "invalid argument"},
        {EOPNOTSUPP, "not supported by this file system"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].error == error) {
            return texts[i].text;
        }
    }
    return "unknown error";
}

lee_error lee_disk_make_folder(lee_disk *disk)
{
    assert(disk);
    int error = disk->fs->make_folder(disk->fs->context, disk->folder);
    if (error) {
        return lee_disk_fail(disk, "making the folder", disk->folder, error);
    }
    lee_path parent;
    lee_path_set(&parent, disk->folder);
    if (!lee_path_parent(&parent)) {
        lee_path_set(&parent, disk->folder[0] == '/' ? "/" : ".");
    }
    error = disk->fs->sync_folder(disk->fs->context, parent.text);
    return error ? lee_disk_fail(disk, "sync of the folder", parent.text, error) : LEE_OK;
}

lee_error lee_disk_sync_folders(lee_disk *disk)
{
    assert(disk);
    while (disk->dirty_count) {
        const lee_path *path = &disk->dirty[disk->dirty_count - 1];
        const int error = disk->fs->sync_folder(disk->fs->context, path->text);
        if (error) {
            return lee_disk_fail(disk, "sync of the folder", path->text, error);
        }
        disk->dirty_count--;
    }
    return LEE_OK;
}

lee_error lee_disk_touch(lee_disk *disk, const lee_path *path)
{
    assert(disk && path);
    lee_path parent = *path;
    const bool has_parent = lee_path_parent(&parent);
    assert(has_parent);
    (void)has_parent;
    for (uint32_t i = 0; i < disk->dirty_count; i++) {
        if (strcmp(disk->dirty[i].text, parent.text) == 0) {
            return LEE_OK;
        }
    }
    if (disk->dirty_count == LEE_DISK_DIRTY_MAX) {
        lee_error error = lee_disk_sync_folders(disk);
        if (error) {
            return error;
        }
    }
    disk->dirty[disk->dirty_count++] = parent;
    return LEE_OK;
}

static bool is_known(const lee_disk *disk, const lee_path *folder)
{
    for (uint32_t i = 0; i < LEE_DISK_KNOWN_MAX; i++) {
        if (disk->known[i].length == folder->length &&
            memcmp(disk->known[i].text, folder->text, folder->length) == 0) {
            return true;
        }
    }
    return false;
}

lee_error lee_disk_make_parents(lee_disk *disk, const lee_path *path)
{
    assert(disk && path);
    const size_t root = strlen(disk->folder);
    assert(path->length > root && path->text[root] == '/');
    lee_path parent = *path;
    if (lee_path_parent(&parent) && is_known(disk, &parent)) {
        return LEE_OK;
    }
    for (size_t at = root + 1; at < path->length; at++) {
        if (path->text[at] != '/') {
            continue;
        }
        lee_path folder = *path;
        folder.length = at;
        folder.text[at] = '\0';
        const int error = disk->fs->make_folder(disk->fs->context, folder.text);
        if (error) {
            return lee_disk_fail(disk, "making the folder", folder.text, error);
        }
        lee_error touched = lee_disk_touch(disk, &folder);
        if (touched) {
            return touched;
        }
    }
    disk->known[disk->known_next] = parent;
    disk->known_next = (disk->known_next + 1) % LEE_DISK_KNOWN_MAX;
    return LEE_OK;
}

/* All that there is room for, so that a buffer that is used again is filled at once; else a little
 * first, because most files are small, and then twice as much each time. 0: there must be no more.
 */
static size_t next_read(const lee_buffer *out)
{
    const size_t room = out->capacity - out->length;
    const size_t more = room > 0 ? room : out->length < READ_BYTES ? READ_BYTES : out->length;
    const size_t left = out->limit - out->length;
    return more < left ? more : left;
}

lee_error lee_disk_read(lee_disk *disk, const lee_path *path, lee_buffer *out)
{
    assert(disk && path && out);
    const lee_file_system *fs = disk->fs;
    lee_file file;
    int error = fs->open(fs->context, path->text, LEE_FILE_READ, &file);
    if (error == -ENOENT || error == -ENOTDIR) {
        return LEE_ERR_NOT_FOUND;
    }
    if (error) {
        return lee_disk_fail(disk, "open", path->text, error);
    }
    lee_error result = LEE_OK;
    lee_buffer_reset(out);
    for (;;) {
        uint8_t beyond[1]; /* of a file that is as long as it may be nothing more is there */
        const size_t wanted = next_read(out);
        uint8_t *const to = wanted ? lee_buffer_room(out, wanted) : beyond;
        if (!to) {
            result = out->error;
            break;
        }
        const size_t asked = wanted ? wanted : sizeof(beyond);
        size_t done = 0;
        error = fs->read_at(fs->context, file, out->length, to, asked, &done);
        if (error) {
            result = lee_disk_fail(disk, "read", path->text, error);
            break;
        }
        if (done > wanted) {
            result = LEE_ERR_LIMIT;
            break;
        }
        out->length += done;
        if (done < asked) {
            break;
        }
    }
    fs->close(fs->context, file);
    return result;
}

lee_error lee_disk_compare(lee_disk *disk, const lee_path *path, const void *bytes, size_t length)
{
    assert(disk && path && (bytes || length == 0));
    const lee_file_system *fs = disk->fs;
    lee_file file;
    int error = fs->open(fs->context, path->text, LEE_FILE_READ, &file);
    if (error) {
        return lee_disk_fail(disk, "open", path->text, error);
    }
    lee_error result = LEE_OK;
    const uint8_t *const wanted = bytes;
    uint8_t block[COMPARE_BYTES];
    size_t at = 0;
    for (;;) {
        size_t done = 0;
        error = fs->read_at(fs->context, file, at, block, sizeof(block), &done);
        if (error) {
            result = lee_disk_fail(disk, "read", path->text, error);
            break;
        }
        if (done > length - at || (done && memcmp(block, wanted + at, done) != 0)) {
            result = LEE_ERR_CORRUPT;
            break;
        }
        at += done;
        if (done < sizeof(block)) {
            result = at == length ? LEE_OK : LEE_ERR_CORRUPT;
            break;
        }
    }
    fs->close(fs->context, file);
    return result;
}

void lee_disk_staged_path(const lee_path *path, lee_path *out)
{
    assert(path && out);
    *out = *path;
    lee_path_add(out, ".new");
}

/* Writes the temporary file and leaves it open. */
static lee_error write_fresh(lee_disk *disk, const lee_path *fresh, const void *bytes,
                             size_t length, lee_file *out)
{
    const lee_file_system *fs = disk->fs;
    lee_error result = lee_disk_remove(disk, fresh);
    if (result) {
        return result;
    }
    int error = fs->open(fs->context, fresh->text, LEE_FILE_CREATE, out);
    if (error) {
        return lee_disk_fail(disk, "create", fresh->text, error);
    }
    size_t done = 0;
    error = length ? fs->write_at(fs->context, *out, 0, bytes, length, &done) : 0;
    if (error) {
        result = lee_disk_fail(disk, "write", fresh->text, error);
        fs->close(fs->context, *out);
    }
    return result;
}

/* Syncs and closes the temporary file. */
static lee_error finish_fresh(lee_disk *disk, const lee_path *fresh, lee_file file)
{
    const lee_file_system *fs = disk->fs;
    lee_error result = LEE_OK;
    int error = fs->sync(fs->context, file);
    if (error) {
        result = lee_disk_fail(disk, "sync", fresh->text, error);
    }
    error = fs->close(fs->context, file);
    if (error && !result) {
        result = lee_disk_fail(disk, "close", fresh->text, error);
    }
    return result;
}

static lee_error give_name(lee_disk *disk, const lee_path *fresh, const lee_path *path)
{
    const int error = disk->fs->rename(disk->fs->context, fresh->text, path->text);
    return error ? lee_disk_fail(disk, "rename", path->text, error) : lee_disk_touch(disk, path);
}

lee_error lee_disk_put(lee_disk *disk, const lee_path *path, const void *bytes, size_t length)
{
    assert(disk && path && (bytes || length == 0));
    lee_path fresh;
    lee_disk_staged_path(path, &fresh);
    lee_file file;
    lee_error result = write_fresh(disk, &fresh, bytes, length, &file);
    if (!result) {
        result = finish_fresh(disk, &fresh, file);
    }
    if (!result) {
        /* What will be relied on are the bytes on the disk, not those in memory. */
        result = lee_disk_compare(disk, &fresh, bytes, length);
    }
    return result ? result : give_name(disk, &fresh, path);
}

bool lee_disk_staged_full(const lee_disk *disk)
{
    assert(disk);
    return disk->staged_count == LEE_DISK_STAGED_MAX ||
           disk->staged_bytes >= LEE_DISK_STAGED_MAX_BYTES;
}

lee_error lee_disk_stage(lee_disk *disk, const lee_path *path, const void *bytes, size_t length)
{
    assert(disk && path && (bytes || length == 0));
    assert(disk->staged_count < LEE_DISK_STAGED_MAX);
    lee_path fresh;
    lee_disk_staged_path(path, &fresh);
    lee_file file;
    lee_error result = write_fresh(disk, &fresh, bytes, length, &file);
    if (result) {
        return result;
    }
    if (disk->fs->start) {
        disk->fs->start(disk->fs->context, file);
    }
    disk->staged[disk->staged_count].path = *path;
    disk->staged[disk->staged_count++].file = file;
    disk->staged_bytes += length;
    return LEE_OK;
}

/* Closes those from `from` on and forgets all. */
static void drop_staged(lee_disk *disk, uint32_t from)
{
    for (uint32_t i = from; i < disk->staged_count; i++) {
        /* Nothing relies on these bytes any more. */
        (void)disk->fs->close(disk->fs->context, disk->staged[i].file);
    }
    disk->staged_count = 0;
    disk->staged_bytes = 0;
}

void lee_disk_unstage(lee_disk *disk)
{
    assert(disk);
    drop_staged(disk, 0);
}

lee_error lee_disk_settle(lee_disk *disk, uint32_t files_max)
{
    assert(disk);
    const uint32_t count = disk->staged_count < files_max ? disk->staged_count : files_max;
    for (uint32_t i = 0; i < count; i++) {
        lee_path fresh;
        lee_disk_staged_path(&disk->staged[i].path, &fresh);
        lee_error error = finish_fresh(disk, &fresh, disk->staged[i].file);
        if (!error) {
            error = give_name(disk, &fresh, &disk->staged[i].path);
        }
        if (error) {
            drop_staged(disk, i + 1);
            return error;
        }
    }
    disk->staged_count -= count;
    memmove(disk->staged, disk->staged + count, disk->staged_count * sizeof(disk->staged[0]));
    disk->staged_bytes = disk->staged_count ? disk->staged_bytes : 0;
    return LEE_OK;
}

lee_error lee_disk_remove(lee_disk *disk, const lee_path *path)
{
    assert(disk && path);
    for (uint32_t i = 0; i < LEE_DISK_KNOWN_MAX; i++) {
        if (strcmp(disk->known[i].text, path->text) == 0) {
            disk->known[i].length = 0; /* it may be a folder */
        }
    }
    const int error = disk->fs->remove(disk->fs->context, path->text);
    if (error && error != -ENOENT && error != -ENOTDIR) {
        return lee_disk_fail(disk, "remove", path->text, error);
    }
    return LEE_OK;
}

static void take_name(void *context, const char *name)
{
    lee_disk_names *list = context;
    const size_t length = strlen(name);
    if (list->failed || length >= sizeof(list->names[0])) {
        return; /* no name of ours is that long */
    }
    if (list->count == list->capacity) {
        const uint32_t capacity = list->capacity ? list->capacity * 2 : 64;
        void *grown = capacity <= LEE_DISK_LIST_MAX
                          ? lee_realloc(list->names, capacity, sizeof(list->names[0]))
                          : NULL;
        if (!grown) {
            list->failed = true;
            return;
        }
        list->names = grown;
        list->capacity = capacity;
    }
    memcpy(list->names[list->count++], name, length + 1);
}

lee_error lee_disk_list(lee_disk *disk, const lee_path *path, lee_disk_names *out)
{
    assert(disk && path && out);
    memset(out, 0, sizeof(*out));
    const int error = disk->fs->list(disk->fs->context, path->text, take_name, out);
    if (error && error != -ENOENT) {
        lee_disk_names_free(out);
        return lee_disk_fail(disk, "listing", path->text, error);
    }
    if (out->failed) {
        lee_disk_names_free(out);
        return LEE_ERR_NO_MEMORY;
    }
    return LEE_OK;
}

void lee_disk_names_free(lee_disk_names *names)
{
    assert(names);
    lee_free(names->names);
    memset(names, 0, sizeof(*names));
}
