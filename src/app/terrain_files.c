#define _POSIX_C_SOURCE 200809L
#include "app/terrain_files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "io/map_file.h"
#include "journal/sha256.h"

#define TILE_NAME_BYTES 7u

struct lee_terrain_files {
    lee_terrain *terrain;
    char name[LEE_TERRAIN_NAME_BYTES];
    lee_buffer digests; /* of each tile its seven letters and its digest */
    uint32_t count;
    lee_mapped_file files[LEE_TERRAIN_TILES_MAX];
};

static int is_tile(const struct dirent *entry)
{
    const char *const ending = entry->d_name + TILE_NAME_BYTES;
    return strlen(entry->d_name) == TILE_NAME_BYTES + 4 &&
           (strcmp(ending, ".hgt") == 0 || strcmp(ending, ".HGT") == 0) &&
           lee_terrain_is_name(entry->d_name);
}

/* By bytes: alphasort follows the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static lee_error add_tile(lee_terrain_files *t, const char *folder, const char *name)
{
    char path[4096];
    lee_mapped_file *const file = &t->files[t->count];
    if (t->count == LEE_TERRAIN_TILES_MAX ||
        (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) {
        fprintf(stderr, "leeward: %s: more than %u tiles, or too long a path\n", folder,
                LEE_TERRAIN_TILES_MAX);
        return LEE_ERR_LIMIT;
    }
    lee_error error = lee_file_map(path, file);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", path,
                error == LEE_ERR_IO ? strerror(errno) : "is not a file with anything in it");
        return error;
    }
    t->count++;
    lee_error_info why;
    error = lee_terrain_add(t->terrain, name, file->bytes, file->length, &why);
    if (error != LEE_OK) {
        fprintf(stderr, "%s: byte %llu: refused: %s: %s\n", path, (unsigned long long)why.offset,
                why.field, why.reason);
        return error;
    }
    uint8_t digest[32];
    lee_sha256(file->bytes, file->length, digest);
    lee_buffer_bytes(&t->digests, name, TILE_NAME_BYTES);
    lee_buffer_bytes(&t->digests, digest, sizeof digest);
    return t->digests.error;
}

static void name_all(lee_terrain_files *t)
{
    uint8_t digest[32];
    lee_sha256(t->digests.bytes, t->digests.length, digest);
    for (int i = 0; i < 32; i++) {
        t->name[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        t->name[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
}

lee_error lee_terrain_files_open(const char *folder, lee_terrain_files **out)
{
    assert(folder && out);
    lee_terrain_files *const t = lee_alloc(1, sizeof *t);
    if (!t) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_buffer_init(&t->digests, LEE_TERRAIN_TILES_MAX * 64);
    struct dirent **names = NULL;
    lee_error error = lee_terrain_create(&t->terrain);
    const int count = error == LEE_OK ? scandir(folder, &names, is_tile, by_name) : 0;
    if (error == LEE_OK && count <= 0) {
        fprintf(stderr, "leeward: %s: %s\n", folder,
                count < 0 ? strerror(errno) : "no terrain tiles, such as N46E008.hgt, are here");
        error = LEE_ERR_NOT_FOUND;
    }
    for (int i = 0; i < count; i++) {
        error = error == LEE_OK ? add_tile(t, folder, names[i]->d_name) : error;
        free(names[i]);
    }
    free((void *)names);
    if (error != LEE_OK) {
        lee_terrain_files_close(t);
        return error;
    }
    name_all(t);
    *out = t;
    return LEE_OK;
}

void lee_terrain_files_close(lee_terrain_files *t)
{
    if (!t) {
        return;
    }
    lee_terrain_free(t->terrain);
    for (uint32_t i = 0; i < t->count; i++) {
        lee_file_unmap(&t->files[i]);
    }
    lee_buffer_free(&t->digests);
    lee_free(t);
}

const lee_terrain *lee_terrain_files_terrain(const lee_terrain_files *files)
{
    return files->terrain;
}

const char *lee_terrain_files_name(const lee_terrain_files *files)
{
    return files->name;
}
