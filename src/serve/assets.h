/* serve/assets.h: the files of the page, built into the program (cmake/assets.cmake). */
#ifndef LEE_SERVE_ASSETS_H
#define LEE_SERVE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"

typedef struct {
    const char *path; /* "/index.html"; sorted */
    const uint8_t *bytes;
    const uint8_t *bytes_end;
    const uint8_t *packed; /* gzip; NULL: none */
    const uint8_t *packed_end;
    const char *etag; /* a hash of the content, without quotes */
} lee_asset;

/* Generated. */
extern const lee_asset lee_page_assets[];
extern const size_t lee_page_asset_count;

/* The asset for a path: itself; /index.html for "/" and for pages that the program in the browser
 * shows (no dot in the last part); /observe.html for "/observe" where there is one. NULL: none. */
const lee_asset *lee_asset_find(const char *path);

/* The same, as path of a file: false when the path could leave its folder or names nothing that a
 * page has. `out` begins with "/". */
bool lee_asset_clean_path(const char *path, char *out, size_t capacity);

/* By the ending of the path; "application/octet-stream" when it is not known. */
const char *lee_asset_type(const char *path);

/* What is shown where the page was not built in: it says how to build it. */
extern const char lee_asset_missing_page[];

#endif
