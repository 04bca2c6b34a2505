#include "serve/routes_private.h"

#include <stdio.h>
#include <string.h>

#include "io/read_file.h"
#include "serve/assets.h"

#define FILE_MAX_BYTES (64u * 1024u * 1024u)

static void page_from_folder(lee_routes *routes, const char *path, lee_response *out)
{
    char clean[512];
    char full[5000];
    lee_buffer_reset(&routes->buffer);
    lee_error error = LEE_ERR_NOT_FOUND;
    if (lee_asset_clean_path(strcmp(path, "/observe") == 0 ? "/observe.html" : path, clean,
                             sizeof clean)) {
        (void)snprintf(full, sizeof full, "%s%s", routes->page_folder, clean);
        error = lee_file_read_whole(full, &routes->buffer);
        if (error == LEE_ERR_NOT_FOUND && strcmp(path, "/observe") == 0) {
            (void)snprintf(full, sizeof full, "%s/index.html", routes->page_folder);
            error = lee_file_read_whole(full, &routes->buffer);
        }
    }
    if (error == LEE_OK && routes->buffer.length <= FILE_MAX_BYTES) {
        lee__answer_buffer(routes, 200, lee_asset_type(full), out);
        out->is_page = true;
        out->cache = "no-cache";
    } else {
        lee_routes_error(404, "not_found", "there is no such page", out);
    }
}

static void page_missing(const char *path, lee_response *out)
{
    if (strcmp(path, "/") != 0 && strcmp(path, "/observe") != 0) {
        lee_routes_error(404, "not_found", "there is no such page", out);
        return;
    }
    *out = (lee_response){
        .status = 200,
        .type = "text/html; charset=utf-8",
        .cache = "no-store",
        .is_page = true,
        .body = lee_message_static(lee_asset_missing_page, strlen(lee_asset_missing_page))};
}

void lee__get_page(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
    if (routes->page_folder[0] != '\0') {
        page_from_folder(routes, request->path, out);
        return;
    }
    const lee_asset *const asset = lee_asset_find(request->path);
    if (!asset) {
        page_missing(request->path, out);
        return;
    }
    *out = (lee_response){.status = 200, .type = lee_asset_type(asset->path), .is_page = true};
    /* The bundler puts a hash into the names below /assets/. */
    out->cache = strncmp(asset->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable"
                                                          : "no-cache";
    out->gzip = asset->packed && request->accepts_gzip;
    (void)snprintf(out->etag, sizeof out->etag, "\"%s%s\"", asset->etag, out->gzip ? "-z" : "");
    if (strcmp(request->if_none_match, out->etag) == 0) {
        out->status = 304;
        return;
    }
    const uint8_t *const bytes = out->gzip ? asset->packed : asset->bytes;
    const uint8_t *const end = out->gzip ? asset->packed_end : asset->bytes_end;
    out->body = lee_message_static(bytes, (size_t)(end - bytes));
}
