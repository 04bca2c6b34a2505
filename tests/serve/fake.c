/* Serves a made-up picture, driven by commands on standard input, so that tests reach every state
 * of the interface without a journal or a feed. Prints "port N" and "token ROLE TEXT" lines, and
 * "done" after each command.
 *
 *   events N         N events more, each of an incident of its own
 *   step KIND ID     an event of the kind ("entered", "left", "ended"…) for incident number ID
 *   warning ID       a warning for incident ID      delivery STATE   for the last warning
 *   zones N          a generation of N zones        tracks N         that many aircraft
 *   sick             the watch stops judging        quit
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "decode/sighting.h"
#include "record/codec.h"
#include "record/input.h"
#include "serve/field.h"
#include "serve/serve.h"

typedef struct {
    lee_loop *loop;
    lee_picture *picture;
    lee_serve *serve;
    uint64_t index;
    uint64_t seq;
    uint64_t incidents;
    uint64_t generation;
    uint32_t tracks;
    lee_track found;
    uint32_t round;
    uint32_t warnings;
    uint32_t sightings;
    bool sick;
    bool quit;
    char line[256];
    size_t line_length;
} fake;

static void must(bool fact, const char *what)
{
    if (!fact) {
        (void)fprintf(stderr, "fake: %s failed\n", what);
        exit(1);
    }
}

static int64_t now_us(void *context)
{
    (void)context;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void apply(fake *f, lee_record_kind kind, const void *bytes, size_t length)
{
    const lee_record record = {f->index++, kind, bytes, length};
    must(lee_picture_apply(f->picture, &record) == LEE_OK, lee_record_kind_name(kind));
}

static void apply_text(fake *f, lee_record_kind kind, const char *text)
{
    apply(f, kind, text, strlen(text));
}

static void event_apply(fake *f, lee_event_kind kind, uint64_t incident)
{
    lee_event event = {.seq = ++f->seq,
                       .t_us = now_us(f),
                       .kind = kind,
                       .incident = incident,
                       .zone = "zone-0",
                       .zone_generation = 1,
                       .target = lee_target_icao24((uint32_t)incident & 0xffffff, true),
                       .present = LEE_EVENT_HAS_POSITION | LEE_EVENT_HAS_SEVERITY |
                                  LEE_EVENT_HAS_CALLSIGN};
    event.lat_e7 = 480000000 + (int32_t)(f->seq % 1000);
    event.lon_e7 = 110000000;
    event.severity = (int32_t)(incident % 3);
    (void)snprintf(event.callsign, sizeof event.callsign, "TEST%u", (unsigned)(incident % 10000));
    lee_buffer bytes;
    lee_buffer_init(&bytes, 4096);
    lee_event_encode(&event, &bytes);
    apply(f, LEE_RECORD_EVENT, bytes.bytes, bytes.length);
    lee_buffer_free(&bytes);
}

static void zones_apply(fake *f, unsigned count)
{
    lee_buffer text;
    lee_buffer_init(&text, 64u * 1024u * 1024u);
    lee_buffer_text(&text, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (unsigned i = 0; i < count; i++) {
        char one[512];
        (void)snprintf(one, sizeof one,
                       "%s{\"type\":\"Feature\",\"id\":\"zone-%u\",\"properties\":{\"kind\":"
                       "\"no_fly\",\"name\":\"Zone %u\"%s},\"geometry\":{\"type\":\"Polygon\","
                       "\"coordinates\":[[[11.0,48.0],[11.1,48.0],[11.1,48.1],[11.0,48.0]]]}}",
                       i ? "," : "", i, i,
                       i == 1 ? ",\"active\":[{\"from\":\"2001-01-01T00:00:00Z\",\"to\":"
                                "\"2001-01-02T00:00:00Z\"}]"
                              : "");
        lee_buffer_text(&text, one);
    }
    lee_buffer_text(&text, "]}");
    lee_buffer bytes;
    lee_buffer_init(&bytes, 64u * 1024u * 1024u);
    const lee_input_text input = {now_us(f), ++f->generation, text.bytes, text.length};
    lee_input_text_encode(&input, &bytes);
    apply(f, LEE_RECORD_ZONES, bytes.bytes, bytes.length);
    lee_buffer_free(&bytes);
    lee_buffer_free(&text);
}

/* --- handlers -------------------------------------------------------------------------------- */

static lee_track track_number(const fake *f, uint32_t i)
{
    lee_track track = {.last.t_us = now_us(NULL), .report_count = f->round};
    track.last.target = lee_target_icao24(0x400000 + i, true);
    track.last.present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO |
                         LEE_REPORT_HAS_CALLSIGN | LEE_REPORT_HAS_SQUAWK | LEE_REPORT_HAS_MACH |
                         LEE_REPORT_HAS_ALT_SELECTED | LEE_REPORT_HAS_ALT_SELECTED_SOURCE |
                         LEE_REPORT_HAS_NIC_BARO | LEE_REPORT_HAS_NIC | LEE_REPORT_HAS_RC |
                         LEE_REPORT_HAS_EMERGENCY;
    track.last.mach_e3 = 784;
    track.last.alt_selected_ft = 36000;
    track.last.alt_selected_source = LEE_ALT_SELECTED_FMS;
    track.last.nic_baro = 1;
    track.last.nic = 8;
    track.last.rc_m = 186;
    memcpy(track.last.emergency, "nordo", sizeof "nordo");
    track.last.lat_e7 = 480000000 + (int32_t)(f->round + i);
    track.last.lon_e7 = 110000000 + (int32_t)i;
    track.last.alt_baro_ft = 10000;
    track.last.squawk = 07700;
    track.field_us[LEE_REPORT_INDEX_LAT] = track.last.t_us;
    track.field_us[LEE_REPORT_INDEX_MACH] = track.last.t_us - 5000000;
    /* As long as it may be, so without a NUL at its end. */
    memcpy(track.last.callsign, "ABCDEFGHIJKLMNOP", 16);
    return track;
}

static void each_track(void *context, lee_track_sink *sink, void *sink_context)
{
    fake *const f = context;
    f->round++;
    for (uint32_t i = 0; i < f->tracks; i++) {
        const lee_track track = track_number(f, i);
        sink(sink_context, &track);
    }
}

static const lee_track *find_track(void *context, const lee_target *target)
{
    fake *const f = context;
    for (uint32_t i = 0; i < f->tracks; i++) {
        f->found = track_number(f, i);
        if (lee_target_equal(&f->found.last.target, target)) {
            return &f->found;
        }
    }
    return NULL;
}

static void write_status(void *context, lee_json *json)
{
    const fake *const f = context;
    lee_json_object(json);
    lee_json_put_text(json, "version", "0.0.0");
    lee_json_put_text(json, "mode", "live");
    lee_json_put_int(json, "seq", (int64_t)f->seq);
    lee_json_put_int(json, "tracks", f->tracks);
    lee_json_object_end(json);
}

static bool healthy(void *context)
{
    return !((const fake *)context)->sick;
}

static lee_error operate(void *context, const char *text, size_t length, lee_error_info *error)
{
    (void)error;
    apply(context, LEE_RECORD_OPERATOR, text, length);
    return LEE_OK;
}

static void write_permits(void *context, lee_buffer *out)
{
    (void)context;
    lee_buffer_text(out, "{\"permits\":[]}");
}

static lee_error sighting(void *context, const char *body, size_t length, const char *observer,
                          char id[64], lee_error_info *error)
{
    fake *const f = context;
    (void)observer;
    lee_sighting seen;
    const lee_error refused = lee_sighting_read(body, length, now_us(f), &seen, error);
    if (refused != LEE_OK) {
        return refused;
    }
    lee_buffer record;
    lee_buffer_init(&record, 4096);
    lee_sighting_write_record(&seen, ++f->sightings, &record);
    apply(f, LEE_RECORD_SIGHTING, record.bytes, record.length);
    lee_buffer_free(&record);
    (void)snprintf(id, 64, "%016llx", (unsigned long long)f->sightings);
    return LEE_OK;
}

static lee_error cap_atom(void *context, lee_buffer *out)
{
    (void)context;
    lee_buffer_text(out, "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>");
    return LEE_OK;
}

static lee_error cap_message(void *context, const char *identifier, lee_buffer *out)
{
    (void)context;
    if (strcmp(identifier, "w-1") != 0) {
        return LEE_ERR_NOT_FOUND;
    }
    lee_buffer_text(out, "<alert/>");
    return LEE_OK;
}

/* --- commands -------------------------------------------------------------------------------- */

static void command_note(fake *f, const char *word, const char *argument)
{
    char text[512];
    if (strcmp(word, "warning") == 0) {
        char id[17];
        lee_incident_text(strtoull(argument, NULL, 10), id);
        (void)snprintf(text, sizeof text,
                       "{\"identifier\":\"w-%u\",\"msg_type\":\"Alert\",\"status\":\"Exercise\","
                       "\"sent_us\":1,\"expires_us\":2,\"incident\":\"%s\",\"zone\":\"zone-0\","
                       "\"headline\":{\"en\":\"Take cover\"},\"places\":[],\"xml\":\"<hidden>\"}",
                       ++f->warnings, id);
        apply_text(f, LEE_RECORD_WARNING, text);
    } else {
        (void)snprintf(text, sizeof text,
                       "{\"identifier\":\"w-%u\",\"outlet\":\"webhook:0\",\"state\":\"%s\","
                       "\"t_us\":5,\"attempts\":2}",
                       f->warnings, argument);
        apply_text(f, LEE_RECORD_DELIVERY, text);
    }
}

static void command_run(fake *f, char *line)
{
    char *const argument = strchr(line, ' ') ? strchr(line, ' ') + 1 : line + strlen(line);
    if (argument[0] != '\0') {
        argument[-1] = '\0';
    }
    const unsigned long number = strtoul(argument, NULL, 10);
    if (strcmp(line, "events") == 0) {
        for (unsigned long i = 0; i < number; i++) {
            event_apply(f, LEE_EVENT_ENTERED, ++f->incidents);
        }
    } else if (strcmp(line, "step") == 0) {
        char *const id = strchr(argument, ' ');
        must(id != NULL, "step");
        *id = '\0';
        for (int kind = 0; kind < LEE_EVENT_KIND_COUNT; kind++) {
            if (strcmp(lee_event_kind_name((lee_event_kind)kind), argument) == 0) {
                event_apply(f, (lee_event_kind)kind, strtoull(id + 1, NULL, 10));
            }
        }
    } else if (strcmp(line, "warning") == 0 || strcmp(line, "delivery") == 0) {
        command_note(f, line, argument);
    } else if (strcmp(line, "zones") == 0) {
        zones_apply(f, (unsigned)number);
    } else if (strcmp(line, "tracks") == 0) {
        f->tracks = (uint32_t)number;
    } else if (strcmp(line, "sick") == 0) {
        f->sick = true;
    } else {
        f->quit = true;
    }
    (void)printf("done\n");
    (void)fflush(stdout);
}

static void input_ready(void *context, int fd, int events)
{
    fake *const f = context;
    (void)events;
    char c;
    if (read(fd, &c, 1) != 1) {
        f->quit = true;
    } else if (c == '\n') {
        f->line[f->line_length] = '\0';
        f->line_length = 0;
        command_run(f, f->line);
    } else if (f->line_length + 1 < sizeof f->line) {
        f->line[f->line_length++] = c;
    }
}

static void random_bytes(void *context, void *bytes, size_t length)
{
    (void)context;
    must(getrandom(bytes, length, 0) == (ssize_t)length, "getrandom");
}

static void token_show(void *context, lee_role role, const char *token)
{
    (void)context;
    (void)printf("token %s %s\n", lee_role_name(role), token);
}

int main(int argc, char **argv)
{
    must(argc >= 2, "usage: serve_fake FOLDER [PAGE_FOLDER]");
    fake f = {.tracks = 3};
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/tokens.json", argv[1]);
    lee_error_info error = {.reason = NULL};
    lee_access *access = NULL;
    const lee_access_options access_options = {path, random_bytes, token_show, NULL};
    must(lee_access_open(&access_options, &access, &error) == LEE_OK, "access");
    lee_picture_options picture_options;
    lee_picture_options_default(&picture_options);
    must(lee_picture_create(&picture_options, &f.picture) == LEE_OK, "picture");
    zones_apply(&f, 3);
    must(lee_loop_create(&f.loop) == LEE_OK, "loop");
    const lee_serve_handlers handlers = {.context = &f,
                                         .now_us = now_us,
                                         .each_track = each_track,
                                         .find_track = find_track,
                                         .write_status = write_status,
                                         .healthy = healthy,
                                         .operate = operate,
                                         .write_permits = write_permits,
                                         .sighting = sighting,
                                         .cap_atom = cap_atom,
                                         .cap_message = cap_message};
    lee_serve_options options;
    lee_serve_options_default(&options);
    options.listen = "127.0.0.1:0";
    options.page_folder = argc > 2 ? argv[2] : NULL;
    must(lee_serve_create(&options, &handlers, f.loop, f.picture, access, &f.serve, &error) ==
             LEE_OK,
         "serve");
    lee_loop_watch *watch = NULL;
    must(lee_loop_add(f.loop, STDIN_FILENO, LEE_LOOP_READ, input_ready, &f, &watch) == LEE_OK,
         "input");
    (void)printf("port %u\n", (unsigned)lee_serve_port(f.serve));
    (void)fflush(stdout);
    while (!f.quit) {
        must(lee_serve_step(f.serve) == LEE_OK, "step");
    }
    lee_loop_remove(f.loop, watch);
    lee_serve_free(f.serve);
    lee_picture_free(f.picture);
    lee_access_free(access);
    lee_loop_free(f.loop);
    return 0;
}
