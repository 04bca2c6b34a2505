#include "support/file_memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 512u
#define PATH_BYTES 256

typedef struct {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    bool sync_failed;
} inode;

typedef struct {
    char path[PATH_BYTES];
    int inode; /* -1: a folder */
} entry;

typedef enum {
    OP_LINK,
    OP_WRITE,
    OP_TRUNCATE,
    OP_SYNC,
    OP_RENAME,
    OP_REMOVE,
    OP_SYNC_FOLDER,
    OP_MARK
} op_kind;

typedef struct {
    op_kind kind;
    int inode;
    char path[PATH_BYTES];
    char to[PATH_BYTES];
    uint64_t offset; /* of a write; the length of a truncate; the number of a mark */
    uint8_t *bytes;
    size_t length;
    bool lost; /* dropped by a failed sync: never on the disk */
    bool base; /* was on the disk before the record began */
} operation;

struct file_memory {
    lee_file_system fs;
    inode *inodes;
    int inode_count;
    entry *entries;
    size_t entry_count;
    operation *ops;
    size_t op_count;
    size_t op_capacity;
    uint64_t calls;
    uint64_t fail_at;
    int fail_error;
    bool fail_sticky;
    bool failed;
    uint64_t forbidden;
    uint64_t open_count;
};

uint64_t file_memory_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void *grow(void *block, size_t count, size_t size)
{
    void *grown = realloc(block, (count ? count : 1) * size);
    assert(grown);
    return grown;
}

static operation *record(file_memory *memory, op_kind kind, int node, const char *path)
{
    if (memory->op_count == memory->op_capacity) {
        memory->op_capacity = memory->op_capacity ? memory->op_capacity * 2 : 64;
        memory->ops = grow(memory->ops, memory->op_capacity, sizeof(*memory->ops));
    }
    operation *op = &memory->ops[memory->op_count++];
    memset(op, 0, sizeof(*op));
    op->kind = kind;
    op->inode = node;
    if (path) {
        assert(strlen(path) < PATH_BYTES);
        memcpy(op->path, path, strlen(path) + 1);
    }
    return op;
}

static int fails(file_memory *memory)
{
    memory->calls++;
    if (memory->fail_at && (memory->calls == memory->fail_at ||
                            (memory->fail_sticky && memory->calls > memory->fail_at))) {
        memory->failed = true;
        return -memory->fail_error;
    }
    return 0;
}

static entry *find(const file_memory *memory, const char *path)
{
    for (size_t i = 0; i < memory->entry_count; i++) {
        if (strcmp(memory->entries[i].path, path) == 0) {
            return &memory->entries[i];
        }
    }
    return NULL;
}

static void parent_of(const char *path, char out[PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 1;
    memcpy(out, slash ? path : ".", length);
    out[length] = '\0';
}

static bool parent_there(const file_memory *memory, const char *path)
{
    char parent[PATH_BYTES];
    parent_of(path, parent);
    const entry *folder = find(memory, parent);
    return strcmp(parent, ".") == 0 || (folder && folder->inode < 0);
}

static int add_inode(file_memory *memory)
{
    memory->inodes = grow(memory->inodes, (size_t)memory->inode_count + 1, sizeof(*memory->inodes));
    memset(&memory->inodes[memory->inode_count], 0, sizeof(inode));
    return memory->inode_count++;
}

/* Kept in byte order, so that listing is. */
static void add_entry(file_memory *memory, const char *path, int node)
{
    entry *there = find(memory, path);
    if (there) {
        there->inode = node;
        return;
    }
    memory->entries = grow(memory->entries, memory->entry_count + 1, sizeof(*memory->entries));
    size_t at = memory->entry_count++;
    while (at > 0 && strcmp(memory->entries[at - 1].path, path) > 0) {
        memory->entries[at] = memory->entries[at - 1];
        at--;
    }
    assert(strlen(path) < PATH_BYTES);
    memcpy(memory->entries[at].path, path, strlen(path) + 1);
    memory->entries[at].inode = node;
}

static void drop_entry(file_memory *memory, const char *path)
{
    const entry *there = find(memory, path);
    if (there) {
        const size_t at = (size_t)(there - memory->entries);
        memmove(&memory->entries[at], &memory->entries[at + 1],
                (memory->entry_count - at - 1) * sizeof(*memory->entries));
        memory->entry_count--;
    }
}

static void resize(inode *node, size_t length)
{
    if (length > node->capacity) {
        node->capacity = length * 2;
        node->bytes = grow(node->bytes, node->capacity, 1);
    }
    if (length > node->length) {
        memset(node->bytes + node->length, 0, length - node->length);
    }
    node->length = length;
}

static void apply_write(inode *node, uint64_t offset, const uint8_t *bytes, size_t length)
{
    if (offset + length > node->length) {
        resize(node, (size_t)offset + length);
    }
    memcpy(node->bytes + offset, bytes, length);
}

static int memory_open(void *context, const char *path, lee_file_mode mode, lee_file *out)
{
    file_memory *memory = context;
    const int error = fails(memory);
    if (error) {
        return error;
    }
    const entry *there = find(memory, path);
    if (mode == LEE_FILE_CREATE) {
        if (there) {
            return -EEXIST;
        }
        if (!parent_there(memory, path)) {
            return -ENOENT;
        }
        const int node = add_inode(memory);
        add_entry(memory, path, node);
        record(memory, OP_LINK, node, path);
        out->handle = node;
    } else {
        if (!there) {
            return -ENOENT;
        }
        if (there->inode < 0) {
            return -EISDIR;
        }
        out->handle = there->inode;
    }
    memory->open_count++;
    return 0;
}

static int memory_close(void *context, lee_file file)
{
    file_memory *memory = context;
    (void)file;
    assert(memory->open_count > 0);
    memory->open_count--;
    return fails(memory);
}

static int memory_write(void *context, lee_file file, uint64_t offset, const void *bytes,
                        size_t length, size_t *done)
{
    file_memory *memory = context;
    const int error = fails(memory);
    *done = error ? length / 2 : length;
    inode *node = &memory->inodes[file.handle];
    apply_write(node, offset, bytes, *done);
    operation *op = record(memory, OP_WRITE, (int)file.handle, NULL);
    op->offset = offset;
    op->length = *done;
    op->bytes = grow(NULL, *done, 1);
    memcpy(op->bytes, bytes, *done);
    return error;
}

static int memory_read(void *context, lee_file file, uint64_t offset, void *bytes, size_t length,
                       size_t *done)
{
    file_memory *memory = context;
    *done = 0;
    const int error = fails(memory);
    const inode *node = &memory->inodes[file.handle];
    if (!error && offset < node->length) {
        *done = node->length - (size_t)offset < length ? node->length - (size_t)offset : length;
        memcpy(bytes, node->bytes + offset, *done);
    }
    return error;
}

static int memory_size(void *context, lee_file file, uint64_t *out)
{
    file_memory *memory = context;
    *out = memory->inodes[file.handle].length;
    return fails(memory);
}

static int memory_truncate(void *context, lee_file file, uint64_t length)
{
    file_memory *memory = context;
    const int error = fails(memory);
    if (!error) {
        resize(&memory->inodes[file.handle], (size_t)length);
        record(memory, OP_TRUNCATE, (int)file.handle, NULL)->offset = length;
    }
    return error;
}

static int memory_sync(void *context, lee_file file)
{
    file_memory *memory = context;
    inode *node = &memory->inodes[file.handle];
    memory->forbidden += node->sync_failed;
    const int error = fails(memory);
    if (!error) {
        record(memory, OP_SYNC, (int)file.handle, NULL);
        return 0;
    }
    node->sync_failed = true;
    for (size_t i = memory->op_count; i-- > 0;) {
        operation *op = &memory->ops[i];
        if (op->inode == (int)file.handle && op->kind == OP_SYNC) {
            break;
        }
        op->lost |= op->inode == (int)file.handle && op->kind == OP_WRITE;
    }
    return error;
}

static int memory_sync_folder(void *context, const char *path)
{
    file_memory *memory = context;
    const int error = fails(memory);
    if (!error) {
        record(memory, OP_SYNC_FOLDER, -1, path);
    }
    return error;
}

static int memory_make_folder(void *context, const char *path)
{
    file_memory *memory = context;
    const int error = fails(memory);
    const entry *there = find(memory, path);
    if (error || there) {
        return error ? error : there->inode < 0 ? 0 : -ENOTDIR;
    }
    if (!parent_there(memory, path)) {
        return -ENOENT;
    }
    add_entry(memory, path, -1);
    record(memory, OP_LINK, -1, path);
    return 0;
}

static int memory_rename(void *context, const char *from, const char *to)
{
    file_memory *memory = context;
    const int error = fails(memory);
    const entry *there = find(memory, from);
    if (error || !there) {
        return error ? error : -ENOENT;
    }
    const int node = there->inode;
    drop_entry(memory, from);
    add_entry(memory, to, node);
    operation *op = record(memory, OP_RENAME, node, from);
    memcpy(op->to, to, strlen(to) + 1);
    return 0;
}

static int memory_remove(void *context, const char *path)
{
    file_memory *memory = context;
    const int error = fails(memory);
    if (error || !find(memory, path)) {
        return error ? error : -ENOENT;
    }
    drop_entry(memory, path);
    record(memory, OP_REMOVE, -1, path);
    return 0;
}

static int memory_list(void *context, const char *path, lee_file_name_sink *sink,
                       void *sink_context)
{
    file_memory *memory = context;
    const int error = fails(memory);
    const entry *there = find(memory, path);
    if (error || !there) {
        return error ? error : -ENOENT;
    }
    const size_t length = strlen(path);
    for (size_t i = 0; i < memory->entry_count; i++) {
        const char *name = memory->entries[i].path;
        if (strncmp(name, path, length) == 0 && name[length] == '/' &&
            !strchr(name + length + 1, '/')) {
            sink(sink_context, name + length + 1);
        }
    }
    return 0;
}

file_memory *file_memory_create(void)
{
    file_memory *memory = calloc(1, sizeof(*memory));
    assert(memory);
    memory->fs = (lee_file_system){
        .context = memory,
        .open = memory_open,
        .close = memory_close,
        .write_at = memory_write,
        .read_at = memory_read,
        .size = memory_size,
        .reserve = memory_truncate,
        .truncate = memory_truncate,
        .sync = memory_sync,
        .sync_folder = memory_sync_folder,
        .make_folder = memory_make_folder,
        .rename = memory_rename,
        .remove = memory_remove,
        .list = memory_list,
    };
    return memory;
}

void file_memory_free(file_memory *memory)
{
    if (!memory) {
        return;
    }
    for (int i = 0; i < memory->inode_count; i++) {
        free(memory->inodes[i].bytes);
    }
    for (size_t i = 0; i < memory->op_count; i++) {
        free(memory->ops[i].bytes);
    }
    free(memory->inodes);
    free(memory->entries);
    free(memory->ops);
    free(memory);
}

const lee_file_system *file_memory_fs(file_memory *memory)
{
    return &memory->fs;
}

void file_memory_mark(file_memory *memory, uint64_t promised)
{
    record(memory, OP_MARK, -1, NULL)->offset = promised;
}

size_t file_memory_op_count(const file_memory *memory)
{
    return memory->op_count;
}

/* What happens to what was not synced: the same for a whole state, so that extreme states (all
 * there, nothing there) are as likely as mixtures. */
typedef struct {
    uint64_t random;
    unsigned keep_piece;  /* of 16 */
    unsigned keep_folder; /* of 16 */
    unsigned lost_reads;  /* 0: as before or absent, 1: zeros, 2: garbage */
} fate;

static bool survives(fate *chosen, unsigned of_16)
{
    return file_memory_random(&chosen->random) % 16 < of_16;
}

static bool is_synced(const file_memory *memory, size_t at, size_t ops)
{
    const operation *op = &memory->ops[at];
    if (op->base) {
        return true;
    }
    for (size_t i = at + 1; i < ops && !op->lost; i++) {
        if (memory->ops[i].kind == OP_SYNC && memory->ops[i].inode == op->inode) {
            return true;
        }
    }
    return false;
}

static bool is_folder_synced(const file_memory *memory, size_t at, size_t ops)
{
    char parent[PATH_BYTES];
    if (memory->ops[at].base) {
        return true;
    }
    parent_of(memory->ops[at].path, parent);
    for (size_t i = at + 1; i < ops; i++) {
        if (memory->ops[i].kind == OP_SYNC_FOLDER && strcmp(memory->ops[i].path, parent) == 0) {
            return true;
        }
    }
    return false;
}

static void crash_write(inode *node, const operation *op, bool synced, fate *chosen)
{
    if (synced) {
        apply_write(node, op->offset, op->bytes, op->length);
        return;
    }
    uint8_t other[PIECE];
    for (size_t at = 0; at < op->length;) {
        /* Pieces end where the sectors of the file do. */
        size_t length = PIECE - (size_t)((op->offset + at) % PIECE);
        length = length < op->length - at ? length : op->length - at;
        if (survives(chosen, chosen->keep_piece)) {
            apply_write(node, op->offset + at, op->bytes + at, length);
        } else if (chosen->lost_reads) {
            for (size_t i = 0; i < length; i++) {
                other[i] =
                    chosen->lost_reads == 1 ? 0 : (uint8_t)file_memory_random(&chosen->random);
            }
            apply_write(node, op->offset + at, other, length);
        }
        at += length;
    }
}

static bool reachable(const file_memory *memory, const char *path)
{
    char at[PATH_BYTES];
    memcpy(at, path, strlen(path) + 1);
    for (;;) {
        if (!parent_there(memory, at)) {
            return false;
        }
        char parent[PATH_BYTES];
        parent_of(at, parent);
        if (strcmp(parent, ".") == 0) {
            return true;
        }
        memcpy(at, parent, sizeof(at));
    }
}

/* What is there now is what a record of what follows begins with. */
static void begin_record(file_memory *memory)
{
    for (size_t i = 0; i < memory->entry_count; i++) {
        const int node = memory->entries[i].inode;
        record(memory, OP_LINK, node, memory->entries[i].path)->base = true;
        if (node >= 0 && memory->inodes[node].length > 0) {
            operation *op = record(memory, OP_WRITE, node, NULL);
            op->base = true;
            op->length = memory->inodes[node].length;
            op->bytes = grow(NULL, op->length, 1);
            memcpy(op->bytes, memory->inodes[node].bytes, op->length);
        }
    }
}

file_memory *file_memory_crash(const file_memory *memory, size_t ops, uint64_t seed,
                               uint64_t *promised)
{
    assert(ops <= memory->op_count);
    static const unsigned shares[] = {0, 16, 8, 14, 2};
    fate chosen = {.random = seed * 31 + ops};
    chosen.keep_piece = shares[file_memory_random(&chosen.random) % 5];
    chosen.keep_folder = shares[file_memory_random(&chosen.random) % 5];
    chosen.lost_reads = (unsigned)(file_memory_random(&chosen.random) % 3);
    file_memory *out = file_memory_create();
    for (int i = 0; i < memory->inode_count; i++) {
        add_inode(out);
    }
    *promised = 0;
    for (size_t i = 0; i < ops; i++) {
        const operation *op = &memory->ops[i];
        switch (op->kind) {
        case OP_WRITE:
            crash_write(&out->inodes[op->inode], op, is_synced(memory, i, ops), &chosen);
            break;
        case OP_TRUNCATE:
            if (is_synced(memory, i, ops) || survives(&chosen, chosen.keep_piece)) {
                resize(&out->inodes[op->inode], (size_t)op->offset);
            }
            break;
        case OP_LINK:
        case OP_RENAME:
        case OP_REMOVE:
            if (!is_folder_synced(memory, i, ops) && !survives(&chosen, chosen.keep_folder)) {
                break;
            }
            if (op->kind != OP_LINK) {
                drop_entry(out, op->path);
            }
            if (op->kind != OP_REMOVE) {
                add_entry(out, op->kind == OP_LINK ? op->path : op->to, op->inode);
            }
            break;
        case OP_MARK:
            *promised = op->offset;
            break;
        case OP_SYNC:
        case OP_SYNC_FOLDER:
            break;
        }
    }
    for (size_t i = out->entry_count; i-- > 0;) {
        if (!reachable(out, out->entries[i].path)) {
            drop_entry(out, out->entries[i].path);
        }
    }
    begin_record(out);
    return out;
}

file_memory *file_memory_clone(const file_memory *memory)
{
    file_memory *out = file_memory_create();
    for (int i = 0; i < memory->inode_count; i++) {
        const int node = add_inode(out);
        apply_write(&out->inodes[node], 0,
                    memory->inodes[i].bytes ? memory->inodes[i].bytes : (const uint8_t *)"",
                    memory->inodes[i].length);
    }
    for (size_t i = 0; i < memory->entry_count; i++) {
        add_entry(out, memory->entries[i].path, memory->entries[i].inode);
    }
    begin_record(out);
    return out;
}

void file_memory_fail(file_memory *memory, uint64_t at, int error, bool sticky)
{
    memory->calls = 0;
    memory->fail_at = at;
    memory->fail_error = error;
    memory->fail_sticky = sticky;
    memory->failed = false;
}

uint64_t file_memory_calls(const file_memory *memory)
{
    return memory->calls;
}

bool file_memory_did_fail(const file_memory *memory)
{
    return memory->failed;
}

uint64_t file_memory_forbidden_syncs(const file_memory *memory)
{
    return memory->forbidden;
}

uint64_t file_memory_open_count(const file_memory *memory)
{
    return memory->open_count;
}

const char *file_memory_path(const file_memory *memory, size_t position)
{
    for (size_t i = 0; i < memory->entry_count; i++) {
        if (memory->entries[i].inode >= 0 && position-- == 0) {
            return memory->entries[i].path;
        }
    }
    return NULL;
}

uint8_t *file_memory_bytes(file_memory *memory, const char *path, size_t *length)
{
    const entry *there = find(memory, path);
    if (!there || there->inode < 0) {
        return NULL;
    }
    *length = memory->inodes[there->inode].length;
    return memory->inodes[there->inode].bytes;
}

void file_memory_cut(file_memory *memory, const char *path, size_t length)
{
    const entry *there = find(memory, path);
    assert(there && there->inode >= 0);
    memory->inodes[there->inode].length = length;
}

void file_memory_delete(file_memory *memory, const char *path)
{
    drop_entry(memory, path);
}
