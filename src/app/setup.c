#define _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L
#include "app/setup.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/amend.h"
#include "app/args.h"
#include "app/heights.h"
#include "app/time_zone.h"
#include "base/alloc.h"
#include "base/limits.h"
#include "feed/uri.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "io/file_os.h"
#include "io/read_file.h"
#include "leeward/zone_import.h"
#include "record/input.h"
#include "warn/places.h"
#include "zone/permit_file.h"
#include "zone/write.h"

/* How far from a zone a place can be and still be warned; a jet's way in ten minutes. */
#define PLACES_REACH_M 150000

typedef struct {
    bool refused;
    lee_buffer time_zone;
} import_context;

static void say_finding(void *context, const lee_zone_finding *finding)
{
    import_context *const import = context;
    if (finding->level != LEE_FINDING_REFUSED) {
        return; /* counted, and `leeward zones check` says each */
    }
    import->refused = true;
    fprintf(stderr, "%s:%u: %s%srefused: %s%s%s\n", finding->file, finding->line,
            finding->zone ? finding->zone : "", finding->zone ? ": " : "",
            finding->field ? finding->field : "", finding->field ? ": " : "", finding->reason);
}

lee_error lee_setup_say_unreadable(const char *path, lee_error error)
{
    const char *const reason = error == LEE_ERR_NOT_FOUND     ? "there is no such file"
                               : error == LEE_ERR_IO          ? strerror(errno)
                               : error == LEE_ERR_UNSUPPORTED ? "is not a file"
                               : error == LEE_ERR_LIMIT       ? "is too large"
                                                              : lee_error_text(error);
    fprintf(stderr, "leeward: %s: %s\n", path, reason);
    return error;
}

static lee_error import_file(lee_zone_import *zones, const char *path)
{
    lee_buffer text;
    lee_buffer_init(&text, LEE_ZONE_FILE_MAX_BYTES);
    lee_error error = lee_file_read_whole(path, &text);
    if (error != LEE_OK) {
        lee_buffer_free(&text);
        return lee_setup_say_unreadable(path, error);
    }
    error = lee_zone_import_text(zones, path, (const char *)text.bytes, text.length);
    lee_buffer_free(&text);
    return error;
}

lee_error lee_setup_zones(const char *const *files, int count, lee_buffer *out, bool *refused)
{
    assert(files && out && refused);
    import_context context = {.refused = false};
    lee_buffer_init(&context.time_zone, LEE_TIME_ZONE_MAX_BYTES);
    lee_zone_import_options options;
    lee_zone_import_options_default(&options);
    options.finding = say_finding;
    options.finding_context = &context;
    options.time_zone = lee_time_zone_read;
    options.time_zone_context = &context.time_zone;
    lee_zone_import *zones = NULL;
    lee_error error = lee_zone_import_create(&options, &zones);
    for (int i = 0; i < count && error == LEE_OK; i++) {
        error = import_file(zones, files[i]);
    }
    if (error == LEE_OK) {
        lee_zone_import_finish(zones);
        lee_zone_import_counters counted;
        lee_zone_import_count(zones, &counted);
        if (counted.repaired + counted.refused > 0) {
            fprintf(stderr,
                    "leeward: %u zones read (%u repaired), %u refused; leeward zones check says "
                    "why\n",
                    counted.read, counted.repaired, counted.refused);
        }
        lee_zone_write_geojson(lee_zone_import_list(zones), out);
        error = out->error;
    }
    lee_zone_import_free(zones);
    lee_buffer_free(&context.time_zone);
    *refused = context.refused;
    return error;
}

static void say_permit_finding(void *context, const lee_permit_finding *finding)
{
    (void)context;
    fprintf(stderr, "%s:%u: %s%srefused: %s%s%s\n", finding->file, finding->line,
            finding->permit ? finding->permit : "", finding->permit ? ": " : "",
            finding->field ? finding->field : "", finding->field ? ": " : "", finding->reason);
}

static void say_conflict(void *context, const lee_permit *a, const lee_permit *b,
                         const char *reason)
{
    fprintf(stderr, "leeward: %s: permits %s and %s contradict each other: %s\n",
            (const char *)context, a->id, b->id, reason);
}

lee_error lee_setup_permits(const char *file, lee_buffer *out, bool *refused)
{
    assert(file && out && refused);
    lee_buffer text;
    lee_buffer_init(&text, 256u * 1024u * 1024u);
    lee_error error = lee_file_read_whole(file, &text);
    if (error != LEE_OK) {
        lee_buffer_free(&text);
        return lee_setup_say_unreadable(file, error);
    }
    uint32_t refused_count = 0;
    lee_permit_file *permits = NULL;
    error = lee_permit_file_read(file, (const char *)text.bytes, text.length, say_permit_finding,
                                 NULL, &refused_count, &permits);
    if (error == LEE_OK) {
        const lee_permit_list *const list = lee_permit_file_list(permits);
        lee_permit_write(list, "\n", out);
        error = out->error != LEE_OK
                    ? out->error
                    : lee_amend_each_conflict(list, say_conflict, (void *)(uintptr_t)file);
    }
    lee_permit_file_free(permits);
    lee_buffer_free(&text);
    *refused = refused_count > 0;
    return error;
}

/* Marks in `wanted` the places near any zone. */
static void mark_place(void *context, uint32_t index, const lee_place *place)
{
    (void)place;
    ((uint8_t *)context)[index] = 1;
}

static lee_error write_near(const lee_places *places, const lee_zone_list *zones, lee_buffer *out)
{
    uint8_t *const wanted = lee_alloc(lee_places_count(places) + 1, 1);
    if (!wanted) {
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t z = 0; z < zones->count; z++) {
        if (zones->zones[z].moving.radius_m > 0) {
            continue; /* nobody knows where it will be */
        }
        lee_box beyond;
        const lee_box box =
            lee_box_grow(lee_area_box(&zones->zones[z].area), PLACES_REACH_M, &beyond);
        lee_places_in_box(places, box, mark_place, wanted);
        if (beyond.min.lat_e7 <= beyond.max.lat_e7) {
            lee_places_in_box(places, beyond, mark_place, wanted);
        }
    }
    for (uint32_t i = 0; i < lee_places_count(places); i++) {
        if (wanted[i]) {
            const lee_place *const place = lee_places_at(places, i);
            lee_buffer_int(out, place->point.lat_e7);
            lee_buffer_char(out, '\t');
            lee_buffer_int(out, place->point.lon_e7);
            lee_buffer_char(out, '\t');
            lee_buffer_uint(out, place->population);
            lee_buffer_char(out, '\t');
            lee_buffer_text(out, place->country);
            lee_buffer_char(out, '\t');
            lee_buffer_text(out, place->name);
            lee_buffer_char(out, '\n');
        }
    }
    lee_free(wanted);
    return out->error;
}

lee_error lee_setup_places(const char *file, const lee_buffer *zones, lee_buffer *out)
{
    assert(file && zones && out);
    lee_buffer text;
    lee_buffer_init(&text, LEE_PLACES_TEXT_MAX_BYTES);
    lee_places *places = NULL;
    lee_zone_import *import = NULL;
    lee_error error = lee_file_read_whole(file, &text);
    if (error != LEE_OK) {
        (void)lee_setup_say_unreadable(file, error);
        goto out;
    }
    lee_error_info why;
    error = lee_places_load((const char *)text.bytes, text.length, &places, &why);
    if (error != LEE_OK) {
        fprintf(stderr, "%s:%u: refused: %s: %s\n", file, why.line, why.field, why.reason);
        goto out;
    }
    error = lee_zone_import_create(NULL, &import);
    if (error == LEE_OK && zones->length > 0) {
        error = lee_zone_import_text(import, "zones", (const char *)zones->bytes, zones->length);
    }
    if (error == LEE_OK) {
        error = write_near(places, lee_zone_import_list(import), out);
    }
out:
    lee_zone_import_free(import);
    lee_places_free(places);
    lee_buffer_free(&text);
    return error;
}

bool lee_setup_random(uint8_t *bytes, size_t length)
{
    return getrandom(bytes, length, 0) == (ssize_t)length;
}

/* Two writers would make two histories of one. The lock is of this process alone, not of those
 * that it starts, and ends with it; `lock` in the folder holds nothing. */
static lee_error lock_journal(const char *folder)
{
    char path[4096];
    const int made = lee_folder_make(folder);
    snprintf(path, sizeof path, "%s/lock", folder);
    const int fd = made == 0 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0) {
        return LEE_OK; /* kept until the program ends */
    }
    const int error = made != 0 ? -made : errno;
    fprintf(stderr, "leeward: journal %s: %s\n", folder,
            error == EACCES || error == EAGAIN ? "another leeward writes it, or it may not be "
                                                 "written"
                                               : strerror(error));
    if (fd >= 0) {
        (void)close(fd);
    }
    return LEE_ERR_IO;
}

lee_error lee_setup_journal(const char *folder, uint64_t root_size, uint64_t reserve_bytes,
                            const char *socket, lee_signer_process **signer, lee_journal **out,
                            lee_journal_recovery *found)
{
    assert(folder && out && found);
    if (signer) {
        *signer = NULL;
    }
    uint8_t seed[32];
    if (!lee_setup_random(seed, sizeof seed)) {
        fprintf(stderr, "leeward: the system gives no random bytes for the journal's key\n");
        return LEE_ERR_IO;
    }
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed;
    options.root_size = root_size;
    options.reserve_bytes = reserve_bytes;
    found->message[0] = '\0';
    lee_error error = signer ? lock_journal(folder) : LEE_OK;
    if (error == LEE_OK && signer) {
        error = lee_signer_process_create(folder, socket, signer);
    }
    if (error == LEE_OK) {
        options.signer = signer ? lee_signer_process_link(*signer) : NULL;
        error = lee_journal_open(&lee_file_os, folder, &options, out, found);
    }
    memset(seed, 0, sizeof seed);
    if (found->message[0] != '\0') {
        fprintf(stderr, "leeward: journal %s: %s\n", folder, found->message);
    }
    return error;
}

lee_error lee_setup_submit_text(lee_recorder *recorder, lee_record_kind kind, int64_t t_us,
                                uint64_t generation, const lee_buffer *text)
{
    if (text->length == 0) {
        return LEE_OK;
    }
    lee_buffer record;
    lee_buffer_init(&record, LEE_JOURNAL_RECORD_MAX_BYTES);
    if (kind == LEE_RECORD_PLACES) {
        lee_buffer_bytes(&record, text->bytes, text->length);
    } else {
        const lee_input_text input = {t_us, generation, text->bytes, text->length};
        lee_input_text_encode(&input, &record);
    }
    lee_error error = record.error;
    lee_error_info why = {.reason = lee_error_text(error)};
    if (error == LEE_OK) {
        error = lee_recorder_submit(recorder, kind, record.bytes, record.length, &why);
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", lee_record_kind_name(kind), why.reason);
    }
    lee_buffer_free(&record);
    return error;
}

void lee_setup_receivers(const char *const *feeds, int count, lee_session *session)
{
    for (int i = 0; i < count && i < (int)LEE_FEEDS_MAX; i++) {
        lee_feed_uri uri;
        lee_error_info why;
        /* A wrong URI is refused, and said, where the feed is opened. */
        if (lee_feed_uri_parse(feeds[i], strlen(feeds[i]), &uri, &why) != LEE_OK) {
            continue;
        }
        if (uri.has_site) {
            session->receivers[i] =
                (lee_receiver_site){true, uri.clock_gps, uri.site, uri.height_m};
        }
        if (lee_feed_uri_is_live(&uri)) {
            session->budgeted_feeds |= UINT64_C(1) << i;
        }
    }
}

lee_error lee_setup_session(const char *const *words, int word_count, const char *const *feeds,
                            int feed_count, lee_session *out, lee_buffer *qnh)
{
    assert(out && qnh);
    lee_session_default(out);
    for (int i = 0; i < word_count; i++) {
        const lee_error error = lee_heights_read_qnh(words[i], &out->watch, qnh);
        if (error != LEE_OK) {
            return error;
        }
    }
    lee_setup_receivers(feeds, feed_count, out);
    return LEE_OK;
}
