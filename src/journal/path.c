#include "journal/path.h"

#include <assert.h>
#include <string.h>

void lee_path_set(lee_path *path, const char *folder)
{
    assert(path && folder);
    path->length = 0;
    path->text[0] = '\0';
    lee_path_add(path, folder);
}

void lee_path_add(lee_path *path, const char *text)
{
    assert(path && text);
    const size_t length = strlen(text);
    /* Folders are checked against LEE_JOURNAL_FOLDER_MAX, and what is added below is short. */
    assert(path->length + length < sizeof(path->text));
    memcpy(path->text + path->length, text, length + 1);
    path->length += length;
}

void lee_path_add_number(lee_path *path, uint64_t number, unsigned width)
{
    char digits[24];
    size_t at = sizeof(digits);
    digits[--at] = '\0';
    unsigned count = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
        count++;
    } while ((number || count < width) && at > 0);
    lee_path_add(path, digits + at);
}

void lee_path_add_hex(lee_path *path, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    assert(bytes);
    for (size_t i = 0; i < length; i++) {
        const char pair[3] = {digits[bytes[i] >> 4], digits[bytes[i] & 15], '\0'};
        lee_path_add(path, pair);
    }
}

bool lee_path_parent(lee_path *path)
{
    assert(path);
    for (size_t at = path->length; at > 1; at--) {
        if (path->text[at - 1] == '/') {
            path->length = at - 1;
            path->text[path->length] = '\0';
            return true;
        }
    }
    return false;
}

/* 1234067 is x001/x234/067. */
static void add_groups(lee_path *path, uint64_t index)
{
    uint64_t scale = 1;
    while (index / scale >= 1000) {
        scale *= 1000;
    }
    for (; scale > 0; scale /= 1000) {
        lee_path_add(path, scale > 1 ? "/x" : "/");
        lee_path_add_number(path, index / scale % 1000, 3);
    }
}

void lee_path_tile(lee_path *path, const char *folder, uint32_t level, uint64_t index,
                   uint32_t width)
{
    assert(level == LEE_TILE_ENTRIES || level < LEE_TILE_LEVELS);
    assert(width <= LEE_TILE_WIDTH);
    lee_path_set(path, folder);
    if (level == LEE_TILE_ENTRIES) {
        lee_path_add(path, "/tile/entries");
    } else {
        lee_path_add(path, "/tile/");
        lee_path_add_number(path, level, 1);
    }
    add_groups(path, index);
    if (width < LEE_TILE_WIDTH) {
        lee_path_add(path, ".p");
        if (width > 0) {
            lee_path_add(path, "/");
            lee_path_add_number(path, width, 1);
        }
    }
}

void lee_path_kept(lee_path *path, const char *folder, uint64_t index)
{
    lee_path_set(path, folder);
    lee_path_add(path, "/kept");
    add_groups(path, index);
}

static void path_numbered(lee_path *path, const char *folder, const char *below, uint64_t number)
{
    lee_path_set(path, folder);
    lee_path_add(path, below);
    lee_path_add_number(path, number, 20);
}

void lee_path_segment(lee_path *path, const char *folder, uint64_t first)
{
    path_numbered(path, folder, "/wal/", first);
}

void lee_path_sealed(lee_path *path, const char *folder, uint64_t index)
{
    path_numbered(path, folder, "/sealed/", index);
}

void lee_path_blob(lee_path *path, const char *folder, const lee_digest *digest)
{
    assert(digest);
    lee_path_set(path, folder);
    lee_path_add(path, "/blob/");
    lee_path_add_hex(path, digest->bytes, LEE_DIGEST_BYTES);
}

bool lee_path_segment_parse(const char *name, uint64_t *out)
{
    assert(name && out);
    if (strlen(name) != 20) {
        return false;
    }
    uint64_t value = 0;
    for (const char *at = name; *at; at++) {
        if (*at < '0' || *at > '9' || value > (LEE_MERKLE_SIZE_MAX - (uint64_t)(*at - '0')) / 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *out = value;
    return true;
}

uint32_t lee_tile_partial(uint64_t size, uint32_t level)
{
    assert(level < LEE_TILE_LEVELS);
    return (uint32_t)(size >> (8 * level) & 255);
}
