#include "serve/assets.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char lee_asset_missing_page[] =
    "<!doctype html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Leeward</title></head><body>\n"
    "<h1>Leeward is running</h1>\n"
    "<p>The watch works, but this program was built without its page. To build it in, run\n"
    "<code>npm ci &amp;&amp; npm run build</code> in the folder <code>page</code> and build the\n"
    "program again, or start it with <code>--page page/dist</code>.</p>\n"
    "<p>The interface answers meanwhile: <a href=\"/api/v1/status\">status</a>,\n"
    "<a href=\"/api/v1/incidents\">incidents</a>, <a href=\"/api/v1/zones\">zones</a>,\n"
    "<a href=\"/metrics\">metrics</a>.</p>\n"
    "</body></html>\n";

static const lee_asset *exact(const char *path)
{
    size_t low = 0;
    size_t high = lee_page_asset_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(lee_page_assets[middle].path, path);
        if (order == 0) {
            return &lee_page_assets[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static bool is_page(const char *path)
{
    const char *const last = strrchr(path, '/');
    return last && !strchr(last, '.');
}

const lee_asset *lee_asset_find(const char *path)
{
    assert(path);
    const lee_asset *found = exact(path);
    if (!found && strcmp(path, "/observe") == 0) {
        found = exact("/observe.html");
    }
    return found || !is_page(path) ? found : exact("/index.html");
}

bool lee_asset_clean_path(const char *path, char *out, size_t capacity)
{
    assert(path && out);
    if (path[0] != '/' || strlen(path) + sizeof "index.html" > capacity) {
        return false;
    }
    for (size_t i = 0; path[i] != '\0'; i++) {
        const char c = path[i];
        const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || strchr("/._-", c) != NULL;
        /* No part may begin with a dot: that is "..", and whatever is hidden. */
        if (!allowed || (c == '/' && path[i + 1] == '.')) {
            return false;
        }
    }
    (void)snprintf(out, capacity, "%s", is_page(path) ? "/index.html" : path);
    return true;
}

const char *lee_asset_type(const char *path)
{
    assert(path);
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".geojson", "application/geo+json"},
        {".webmanifest", "application/manifest+json"},
        {".map", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".webp", "image/webp"},
        {".woff2", "font/woff2"},
        {".wasm", "application/wasm"},
        {".pbf", "application/x-protobuf"},
        {".txt", "text/plain; charset=utf-8"},
    };
    const char *const dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(dot, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}
