/* The disks of the simulated machines.
 *
 * Each file has what the next read gives (the cache) and what would be there after a power cut (the
 * disk); each change of a folder waits until the folder is synced. After a cut each 512-byte piece
 * and each change of a folder that was not synced is there or not, or a lost piece reads as zeros
 * or as garbage. After a sync that failed the cache is clean and the disk has not got it (fsync
 * failure study, ATC 2020), which is how Linux does it. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "sim/kernel_private.h"

#define PIECE 512u
#define ROOM_FIRST 9u /* powers of two */
#define ROOM_LAST 31u
#define WAITING_MAX 1024u
#define PATH_BYTES 512

/* Bytes of a file, up to `filled`; what is beyond reads as zeros. */
typedef struct {
    uint8_t *bytes;
    size_t filled;
    unsigned room; /* the power of two that there is room for; 0: none */
} content;

struct sim_inode {
    int references; /* entries of both name spaces, and descriptors */
    bool is_folder;
    content cache;
    uint64_t length;
    /* Until something that was synced is overwritten, or a sync fails, the disk has the first
     * disk_length bytes of the cache, and no copy is needed. */
    bool is_split;
    content disk;
    uint64_t disk_length;
    content dirty;     /* a byte a piece */
    size_t dirty_from; /* all that are dirty are from here to there */
    size_t dirty_to;
};

typedef struct {
    char *path;
    sim_inode *inode;
} entry;

typedef struct {
    entry *entries; /* in byte order of the paths */
    size_t count;
    size_t capacity;
} names;

typedef enum { ADD, DROP, MOVE } change_kind;

typedef struct {
    change_kind kind;
    char *path;
    char *to;
    sim_inode *inode;
} change;

typedef struct {
    uint64_t folder;
    size_t count;
} waiting;

typedef struct {
    names cache;
    names disk;
    change *changes;              /* not synced, in order */
    uint64_t *folders;            /* of each a digest of the path of the folder it is in */
    waiting waiting[WAITING_MAX]; /* how many changes a folder has */
    size_t waiting_count;
    size_t change_count;
    size_t change_capacity;
} disk;

static disk disks[SIM_HOSTS_MAX];

static size_t place_of(const names *in, const char *path, bool *found)
{
    size_t low = 0;
    size_t high = in->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strcmp(in->entries[middle].path, path);
        if (order == 0) {
            *found = true;
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    *found = false;
    return low;
}

static sim_inode *find(const names *in, const char *path)
{
    bool found = false;
    const size_t at = place_of(in, path, &found);
    return found ? in->entries[at].inode : NULL;
}

/* --- content --------------------------------------------------------------------------------- */

/* What files gave back, to be used again: fresh memory costs the system more than all else that is
 * done with a file. The first bytes point to the next one. */
static void *spare[ROOM_LAST + 1];

static void content_free(content *in)
{
    if (in->room > 0) {
        memcpy(in->bytes, &spare[in->room], sizeof spare[0]);
        spare[in->room] = in->bytes;
    }
    *in = (content){.room = 0};
}

/* Room for so many bytes; those beyond `filled` have any value. */
static void content_reserve(content *in, size_t length)
{
    unsigned room = in->room;
    while (room == 0 || (size_t)1 << room < length) {
        room = room == 0 ? ROOM_FIRST : room + 1;
    }
    if (room == in->room) {
        return;
    }
    assert(room <= ROOM_LAST);
    content out = {.bytes = spare[room], .filled = in->filled, .room = room};
    if (out.bytes) {
        memcpy(&spare[room], out.bytes, sizeof spare[0]);
    } else {
        out.bytes = malloc((size_t)1 << room);
        assert(out.bytes);
    }
    if (in->filled > 0) {
        memcpy(out.bytes, in->bytes, in->filled);
    }
    content_free(in);
    *in = out;
}

/* Filled to there at least. */
static void content_grow(content *in, size_t length)
{
    if (length > in->filled) {
        content_reserve(in, length);
        memset(in->bytes + in->filled, 0, length - in->filled);
        in->filled = length;
    }
}

static void content_put(content *in, size_t at, const void *bytes, size_t length)
{
    content_grow(in, at);
    content_reserve(in, at + length);
    memcpy(in->bytes + at, bytes, length);
    in->filled = at + length > in->filled ? at + length : in->filled;
}

/* --- names ----------------------------------------------------------------------------------- */

void sim__inode_release(sim_inode *inode)
{
    if (--inode->references == 0) {
        content_free(&inode->cache);
        content_free(&inode->disk);
        content_free(&inode->dirty);
        free(inode);
    }
}

static void names_drop(names *in, const char *path)
{
    bool found = false;
    const size_t at = place_of(in, path, &found);
    if (found) {
        free(in->entries[at].path);
        sim__inode_release(in->entries[at].inode);
        memmove(&in->entries[at], &in->entries[at + 1], (in->count - at - 1) * sizeof(entry));
        in->count--;
    }
}

static void names_put(names *in, const char *path, sim_inode *inode)
{
    inode->references++;
    names_drop(in, path);
    bool found = false;
    const size_t at = place_of(in, path, &found);
    if (in->count == in->capacity) {
        in->capacity = in->capacity ? in->capacity * 2 : 64;
        in->entries = realloc(in->entries, in->capacity * sizeof(entry));
        assert(in->entries);
    }
    memmove(&in->entries[at + 1], &in->entries[at], (in->count - at) * sizeof(entry));
    in->entries[at] = (entry){strdup(path), inode};
    in->count++;
}

static void parent_of(const char *path, char out[PATH_BYTES])
{
    const char *const slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    assert(length < PATH_BYTES);
    memcpy(out, path, length);
    out[length] = '\0';
}

/* "/sim/NAME" is there always. */
static bool is_root(const char *path)
{
    return strncmp(path, "/sim/", 5) == 0 && !strchr(path + 5, '/');
}

static bool parent_there(const names *in, const char *path)
{
    char parent[PATH_BYTES];
    parent_of(path, parent);
    const sim_inode *const above = find(in, parent);
    return is_root(parent) || (above && above->is_folder);
}

/* The disk of the host that the path names; the path without double slashes. */
static disk *disk_of(const char *path, char clean[PATH_BYTES], sim_host **host)
{
    size_t length = 0;
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '/' && length > 0 && clean[length - 1] == '/') {
            continue;
        }
        assert(length + 1 < PATH_BYTES);
        clean[length++] = *at;
    }
    while (length > 1 && clean[length - 1] == '/') {
        length--;
    }
    clean[length] = '\0';
    const char *const name = clean + 5;
    const size_t name_length = strcspn(name, "/");
    for (int i = 0; (*host = sim__host_at(i)) != NULL; i++) {
        if (strncmp((*host)->name, name, name_length) == 0 && !(*host)->name[name_length]) {
            return &disks[i];
        }
    }
    return NULL;
}

/* Most changes wait for other folders than the one that is synced: they are told apart by a number.
 */
static uint64_t digest_of(const char *path, size_t length)
{
    uint64_t digest = length;
    for (size_t i = 0; i < length; i++) {
        digest = (digest ^ (uint8_t)path[i]) * UINT64_C(0x100000001b3);
    }
    return digest;
}

static waiting *waiting_of(disk *on, uint64_t folder)
{
    for (size_t i = 0; i < on->waiting_count; i++) {
        if (on->waiting[i].folder == folder) {
            return &on->waiting[i];
        }
    }
    assert(on->waiting_count < WAITING_MAX);
    waiting *const fresh = &on->waiting[on->waiting_count++];
    *fresh = (waiting){.folder = folder};
    return fresh;
}

static void change_add(disk *on, change_kind kind, const char *path, const char *to,
                       sim_inode *inode)
{
    if (on->change_count == on->change_capacity) {
        on->change_capacity = on->change_capacity ? on->change_capacity * 2 : 64;
        on->changes = realloc(on->changes, on->change_capacity * sizeof(change));
        on->folders = realloc(on->folders, on->change_capacity * sizeof on->folders[0]);
        assert(on->changes && on->folders);
    }
    if (inode) {
        inode->references++;
    }
    const uint64_t folder = digest_of(path, (size_t)(strrchr(path, '/') - path));
    waiting_of(on, folder)->count++;
    on->folders[on->change_count] = folder;
    on->changes[on->change_count++] = (change){kind, strdup(path), to ? strdup(to) : NULL, inode};
}

static void change_apply(names *to, const change *each)
{
    if (each->kind != ADD) {
        names_drop(to, each->path);
    }
    if (each->kind != DROP) {
        names_put(to, each->kind == ADD ? each->path : each->to, each->inode);
    }
}

static void change_forget(change *each)
{
    free(each->path);
    free(each->to);
    if (each->inode) {
        sim__inode_release(each->inode);
    }
}

static bool is_in(const change *each, const char *folder)
{
    char parent[PATH_BYTES];
    parent_of(each->path, parent);
    return strcmp(parent, folder) == 0;
}

static void folder_sync(disk *on, const char *folder)
{
    const uint64_t digest = digest_of(folder, strlen(folder));
    waiting *const there = waiting_of(on, digest);
    size_t kept = on->change_count; /* up to the first of the folder, which stands near the end */
    for (; there->count > 0; there->count -= on->folders[kept] == digest) {
        kept--;
    }
    for (size_t i = kept; i < on->change_count; i++) {
        if (on->folders[i] == digest && is_in(&on->changes[i], folder)) {
            change_apply(&on->disk, &on->changes[i]);
            change_forget(&on->changes[i]);
        } else if (kept++ != i) {
            on->changes[kept - 1] = on->changes[i];
            on->folders[kept - 1] = on->folders[i];
        }
    }
    on->change_count = kept;
}

/* --- cache and disk --------------------------------------------------------------------------- */

static void split(sim_inode *inode)
{
    if (!inode->is_split) {
        inode->is_split = true;
        const size_t length = (size_t)inode->disk_length;
        if (length > 0) {
            content_grow(&inode->cache, length);
            content_put(&inode->disk, 0, inode->cache.bytes, length);
        }
    }
}

static void mark(sim_inode *inode, uint64_t from, size_t length)
{
    const size_t last = (size_t)((from + length) / PIECE) + 1;
    content_grow(&inode->dirty, last);
    const size_t first = (size_t)(from / PIECE);
    for (size_t i = first; i * PIECE < from + length; i++) {
        inode->dirty.bytes[i] = 1;
    }
    const bool clean = inode->dirty_from == inode->dirty_to;
    inode->dirty_from = clean || first < inode->dirty_from ? first : inode->dirty_from;
    inode->dirty_to = clean || last > inode->dirty_to ? last : inode->dirty_to;
}

static void put(sim_inode *inode, uint64_t at, const void *bytes, size_t length)
{
    if (at < inode->disk_length) {
        split(inode);
    }
    content_put(&inode->cache, (size_t)at, bytes, length);
    mark(inode, at, length);
    if (at + length > inode->length) {
        inode->length = at + length;
    }
}

static void cut(sim_inode *inode, uint64_t length)
{
    if (length < inode->disk_length) {
        split(inode);
    }
    if (length < inode->length && length < inode->cache.filled) {
        memset(inode->cache.bytes + length, 0, inode->cache.filled - (size_t)length);
        mark(inode, length, inode->cache.filled - (size_t)length);
    }
    inode->length = length;
}

static void piece_to_disk(sim_inode *inode, size_t piece)
{
    const size_t at = piece * PIECE;
    content_grow(&inode->cache, at + PIECE);
    content_put(&inode->disk, at, inode->cache.bytes + at, PIECE);
}

static void content_sync(sim_inode *inode, bool reaches_disk)
{
    if (!reaches_disk) {
        split(inode);
    }
    for (size_t i = inode->dirty_from; i < inode->dirty_to; i++) {
        if (inode->dirty.bytes[i]) {
            inode->dirty.bytes[i] = 0;
            if (reaches_disk && inode->is_split) {
                piece_to_disk(inode, i);
            }
        }
    }
    inode->dirty_from = 0;
    inode->dirty_to = 0;
    if (reaches_disk) {
        inode->disk_length = inode->length;
    }
}

/* --- calls ----------------------------------------------------------------------------------- */

static int fail(int error)
{
    errno = error;
    return -1;
}

/* Whether a fault hits this call of the host that made it. */
static bool hit(sim_host *host, unsigned of_1000)
{
    if (of_1000 > 0 && sim_chance(of_1000)) {
        host->failed++;
        return true;
    }
    return false;
}

int sim__open(const char *path, int flags)
{
    char clean[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(path, clean, &host);
    if (!on) {
        return fail(ENOENT);
    }
    sim_inode *inode = find(&on->cache, clean);
    const bool root = is_root(clean);
    if (!inode && !root) {
        if (!(flags & O_CREAT) || !parent_there(&on->cache, clean)) {
            return fail(ENOENT);
        }
        if (host->faults.is_full && !sim_chance(100)) {
            host->failed++;
            return fail(ENOSPC);
        }
        inode = calloc(1, sizeof *inode);
        assert(inode);
        names_put(&on->cache, clean, inode);
        change_add(on, ADD, clean, NULL, inode);
    } else if ((flags & O_CREAT) && (flags & O_EXCL)) {
        return fail(EEXIST);
    }
    const bool is_folder = root || inode->is_folder;
    if (is_folder && (flags & O_ACCMODE) != O_RDONLY) {
        return fail(EISDIR);
    }
    if (!is_folder && (flags & O_DIRECTORY)) {
        return fail(ENOTDIR);
    }
    sim_object *const object = sim__object_create(is_folder ? SIM_FOLDER : SIM_FILE);
    object->inode = inode;
    if (inode) {
        inode->references++;
    }
    object->append = (flags & O_APPEND) != 0;
    object->path = strdup(clean);
    if ((flags & O_TRUNC) && !is_folder) {
        cut(inode, 0);
    }
    return sim__fd_add(object);
}

int sim__file_stat(const char *path, sim_object *object, bool *is_folder, uint64_t *size,
                   const void **identity)
{
    const sim_inode *inode = object ? object->inode : NULL;
    *is_folder = object && object->kind == SIM_FOLDER;
    if (!object) {
        char clean[PATH_BYTES];
        sim_host *host = NULL;
        disk *const on = disk_of(path, clean, &host);
        inode = on ? find(&on->cache, clean) : NULL;
        *is_folder = on && is_root(clean);
        if (!inode && !*is_folder) {
            return fail(ENOENT);
        }
    }
    *is_folder |= inode && inode->is_folder;
    *size = inode ? inode->length : 0;
    *identity = inode;
    return 0;
}

ssize_t sim__file_read(sim_object *object, void *bytes, size_t length, int64_t at)
{
    if (object->kind == SIM_FOLDER) {
        return fail(EISDIR);
    }
    const sim_inode *const inode = object->inode;
    const uint64_t from = at >= 0 ? (uint64_t)at : object->offset;
    size_t got = 0;
    if (from < inode->length) {
        got = inode->length - from < length ? (size_t)(inode->length - from) : length;
        const size_t filled = inode->cache.filled;
        const size_t there = from >= filled ? 0 : filled - from < got ? filled - (size_t)from : got;
        if (there > 0) {
            memcpy(bytes, inode->cache.bytes + from, there);
        }
        memset((uint8_t *)bytes + there, 0, got - there);
    }
    object->offset += at >= 0 ? 0 : got;
    return (ssize_t)got;
}

ssize_t sim__file_write(sim_object *object, const void *bytes, size_t length, int64_t at)
{
    sim_inode *const inode = object->inode;
    sim_host *const host = object->host;
    uint64_t to = at >= 0 ? (uint64_t)at : object->append ? inode->length : object->offset;
    if (hit(host, host->faults.write_fails)) {
        if (sim_chance(500)) {
            put(inode, to, bytes, length / 2); /* part of it got there all the same */
        }
        return fail(EIO);
    }
    if (length > 1 && sim_chance(host->faults.write_short)) {
        length = 1 + (size_t)sim_below(length - 1);
    }
    if (host->faults.is_full && to + length > inode->length) {
        host->failed++;
        length = to < inode->length ? (size_t)(inode->length - to) : 0;
        if (length == 0) {
            return fail(ENOSPC);
        }
    }
    put(inode, to, bytes, length);
    object->offset += at >= 0 ? 0 : length;
    return (ssize_t)length;
}

int sim__file_truncate(sim_object *object, uint64_t length, bool grow_only)
{
    sim_inode *const inode = object->inode;
    if (object->host->faults.is_full && length > inode->length) {
        object->host->failed++;
        return fail(ENOSPC);
    }
    if (length > inode->length || !grow_only) {
        cut(inode, length);
    }
    return 0;
}

int sim__file_sync(sim_object *object)
{
    sim_host *const host = object->host;
    if (!host->in_child) {
        sim__sleep(sim_chance(host->faults.sync_slow) ? 1000 + (int64_t)sim_below(500000)
                                                      : 20 + (int64_t)sim_below(400));
    }
    const bool fails = hit(host, host->faults.sync_fails);
    if (object->kind == SIM_FOLDER) {
        char clean[PATH_BYTES];
        disk *const on = disk_of(object->path, clean, &(sim_host *){NULL});
        if (!fails) {
            folder_sync(on, clean);
        }
    } else {
        content_sync(object->inode, !fails);
    }
    return fails ? fail(EIO) : 0;
}

int sim__make_folder(const char *path)
{
    char clean[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(path, clean, &host);
    if (!on || (!is_root(clean) && !parent_there(&on->cache, clean))) {
        return fail(ENOENT);
    }
    if (is_root(clean) || find(&on->cache, clean)) {
        return fail(EEXIST);
    }
    if (host->faults.is_full) {
        host->failed++;
        return fail(ENOSPC);
    }
    sim_inode *const inode = calloc(1, sizeof *inode);
    assert(inode);
    inode->is_folder = true;
    names_put(&on->cache, clean, inode);
    change_add(on, ADD, clean, NULL, inode);
    return 0;
}

int sim__rename(const char *from, const char *to)
{
    char source[PATH_BYTES];
    char target[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(from, source, &host);
    if (!on || disk_of(to, target, &host) != on) {
        return fail(EXDEV);
    }
    sim_inode *const inode = find(&on->cache, source);
    if (!inode || !parent_there(&on->cache, target)) {
        return fail(ENOENT);
    }
    assert(!inode->is_folder); /* nobody does it, so it is not simulated */
    inode->references++;
    names_drop(&on->cache, source);
    names_put(&on->cache, target, inode);
    change_add(on, MOVE, source, target, inode);
    sim__inode_release(inode);
    return 0;
}

int sim__remove(const char *path)
{
    char clean[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(path, clean, &host);
    const sim_inode *const inode = on ? find(&on->cache, clean) : NULL;
    if (!inode) {
        return fail(ENOENT);
    }
    const size_t length = strlen(clean);
    for (size_t i = 0; inode->is_folder && i < on->cache.count; i++) {
        const char *const other = on->cache.entries[i].path;
        if (strncmp(other, clean, length) == 0 && other[length] == '/') {
            return fail(ENOTEMPTY);
        }
    }
    change_add(on, DROP, clean, NULL, NULL);
    names_drop(&on->cache, clean);
    return 0;
}

/* The entry behind `offset`, which counts them. */
static const char *entry_at(const disk *on, const char *folder, size_t position, bool deep)
{
    const size_t length = strlen(folder);
    bool found = false;
    size_t seen = 0;
    for (size_t i = place_of(&on->cache, folder, &found); i < on->cache.count; i++) {
        const char *const path = on->cache.entries[i].path;
        if (strncmp(path, folder, length) != 0) {
            break;
        }
        if (path[length] == '/' && (deep || !strchr(path + length + 1, '/')) &&
            seen++ == position) {
            return deep ? path : path + length + 1;
        }
    }
    return NULL;
}

const char *sim__next_entry(sim_object *folder)
{
    char clean[PATH_BYTES];
    disk *const on = disk_of(folder->path, clean, &(sim_host *){NULL});
    return entry_at(on, clean, (size_t)folder->offset++, false);
}

/* --- the power goes -------------------------------------------------------------------------- */

static void inode_power_cut(sim_inode *inode, unsigned keep, unsigned lost_reads)
{
    /* Inodes with several names are seen more than once; the second time nothing is dirty. */
    bool any = inode->length != inode->disk_length;
    if (!any && inode->dirty_from == inode->dirty_to && !inode->is_split) {
        return;
    }
    split(inode);
    for (size_t i = inode->dirty_from; i < inode->dirty_to; i++) {
        if (inode->dirty.bytes[i]) {
            any = true;
            inode->dirty.bytes[i] = 0;
            if (sim_below(16) < keep) {
                piece_to_disk(inode, i);
            } else if (lost_reads > 0 && (uint64_t)i * PIECE < inode->length) {
                content_grow(&inode->disk, (i + 1) * PIECE);
                for (size_t k = 0; k < PIECE; k++) {
                    inode->disk.bytes[i * PIECE + k] = lost_reads == 1 ? 0 : (uint8_t)sim_random();
                }
            }
        }
    }
    if (any && sim_below(16) < keep) {
        inode->disk_length = inode->length;
    }
    inode->dirty_from = 0;
    inode->dirty_to = 0;
    const size_t length =
        inode->disk_length < inode->disk.filled ? (size_t)inode->disk_length : inode->disk.filled;
    inode->cache.filled = 0;
    if (length > 0) {
        content_put(&inode->cache, 0, inode->disk.bytes, length);
    }
    inode->length = inode->disk_length;
}

void sim__disk_power_cut(sim_host *host)
{
    static const unsigned shares[] = {0, 16, 8, 14, 2};
    disk *const on = &disks[host->index];
    const unsigned keep_piece = shares[sim_below(5)];
    const unsigned keep_change = shares[sim_below(5)];
    const unsigned lost_reads = (unsigned)sim_below(3);
    for (size_t i = 0; i < on->change_count; i++) {
        if (sim_below(16) < keep_change) {
            change_apply(&on->disk, &on->changes[i]);
        }
        change_forget(&on->changes[i]);
    }
    on->change_count = 0;
    on->waiting_count = 0;
    while (on->cache.count > 0) {
        names_drop(&on->cache, on->cache.entries[on->cache.count - 1].path);
    }
    for (size_t i = 0; i < on->disk.count;) {
        if (parent_there(&on->disk, on->disk.entries[i].path)) {
            names_put(&on->cache, on->disk.entries[i].path, on->disk.entries[i].inode);
            i++;
        } else {
            names_drop(&on->disk, on->disk.entries[i].path);
        }
    }
    for (size_t i = 0; i < on->cache.count; i++) {
        if (!on->cache.entries[i].inode->is_folder) {
            inode_power_cut(on->cache.entries[i].inode, keep_piece, lost_reads);
        }
    }
}

/* --- from outside ---------------------------------------------------------------------------- */

const uint8_t *sim_file(const char *path, size_t *length)
{
    char clean[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(path, clean, &host);
    sim_inode *const inode = on ? find(&on->cache, clean) : NULL;
    if (!inode || inode->is_folder) {
        return NULL;
    }
    content_grow(&inode->cache, (size_t)inode->length + 1);
    *length = (size_t)inode->length;
    return inode->cache.bytes;
}

void sim_put_file(const char *path, const void *bytes, size_t length)
{
    char clean[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(path, clean, &host);
    assert(on && parent_there(&on->cache, clean));
    sim_inode *const inode = calloc(1, sizeof *inode);
    assert(inode);
    names_put(&on->cache, clean, inode);
    names_put(&on->disk, clean, inode);
    put(inode, 0, bytes, length);
    content_sync(inode, true);
}

bool sim_file_at(const char *folder, size_t position, const char **path)
{
    char clean[PATH_BYTES];
    sim_host *host = NULL;
    disk *const on = disk_of(folder, clean, &host);
    *path = on ? entry_at(on, clean, position, true) : NULL;
    return *path != NULL;
}
