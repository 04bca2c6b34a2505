/* Findings go to standard error as "file:line: level: zone: field: reason", data to standard
 * output. */
#include "app/cmd_zones.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/time_zone.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/limits.h"
#include "leeward/zone_import.h"
#include "zone/write.h"

#define OUTPUT_MAX_BYTES ((size_t)8 * 1024 * 1024 * 1024)

static const char usage[] =
    "usage: leeward zones check [--json] FILE...\n"
    "       leeward zones convert --to geojson|openair|ed269|ed318 FILE...\n"
    "FILE is GeoJSON, OpenAir, ED-269 or ED-318; - is standard input.\n";

static const char *const level_names[] = {"note", "repaired", "refused"};

typedef struct {
    bool as_json;
    lee_buffer line;
    lee_buffer time_zone;
} session;

static void print_json(session *on, const lee_zone_finding *finding)
{
    lee_json json;
    lee_buffer_reset(&on->line);
    lee_json_begin(&json, &on->line);
    lee_json_object(&json);
    lee_json_put_text(&json, "level", level_names[finding->level]);
    lee_json_put_text(&json, "file", finding->file);
    if (finding->line > 0) {
        lee_json_put_int(&json, "line", finding->line);
    }
    if (finding->zone) {
        lee_json_put_text(&json, "zone", finding->zone);
    }
    if (finding->field) {
        lee_json_put_text(&json, "field", finding->field);
    }
    if (finding->level == LEE_FINDING_REFUSED) {
        lee_json_put_text(&json, "code", lee_error_name(finding->code));
    }
    lee_json_put_text(&json, "reason", finding->reason);
    lee_json_object_end(&json);
    lee_buffer_char(&on->line, '\n');
    fwrite(on->line.bytes, 1, on->line.length, stdout);
}

static void on_finding(void *context, const lee_zone_finding *finding)
{
    session *on = context;
    if (on->as_json) {
        print_json(on, finding);
        return;
    }
    fprintf(stderr, "%s:%u: %s: %s%s%s%s%s\n", finding->file, finding->line,
            level_names[finding->level], finding->zone ? finding->zone : "",
            finding->zone ? ": " : "", finding->field ? finding->field : "",
            finding->field ? ": " : "", finding->reason);
}

static int refuse_path(const char *path, const char *reason)
{
    fprintf(stderr, "%s: refused: %s\n", path, reason);
    return 1;
}

/* The whole file into the buffer; 0, or 1 with the reason said. */
static int read_file(const char *path, lee_buffer *out)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (!file) {
        return refuse_path(path, strerror(errno));
    }
    static const size_t block_bytes = 65536;
    uint8_t *block = lee_alloc(block_bytes, 1);
    size_t count = 0;
    while (block && out->error == LEE_OK && (count = fread(block, 1, block_bytes, file)) > 0) {
        lee_buffer_bytes(out, block, count);
    }
    const int fault = ferror(file) ? errno : 0;
    if (!is_stdin) {
        fclose(file);
    }
    lee_free(block);
    if (!block || out->error != LEE_OK) {
        return refuse_path(path, lee_error_text(block ? out->error : LEE_ERR_NO_MEMORY));
    }
    return fault ? refuse_path(path, strerror(fault)) : 0;
}

static int import_file(lee_zone_import *import, const char *path)
{
    lee_zone_import_counters before;
    lee_zone_import_counters after;
    lee_zone_import_count(import, &before);
    lee_buffer text;
    lee_buffer_init(&text, LEE_ZONE_FILE_MAX_BYTES);
    int status = read_file(path, &text);
    if (status == 0) {
        const lee_error error =
            lee_zone_import_text(import, path, (const char *)text.bytes, text.length);
        status = error != LEE_OK;
        if (error == LEE_ERR_NO_MEMORY) {
            refuse_path(path, lee_error_text(error));
        }
        lee_zone_import_count(import, &after);
        fprintf(stderr, "%s: %u zones: %u read (%u repaired), %u refused\n", path,
                after.blocks - before.blocks, after.read - before.read,
                after.repaired - before.repaired, after.refused - before.refused);
        status = status != 0 || after.refused > before.refused;
    }
    lee_buffer_free(&text);
    return status;
}

static int import_files(lee_zone_import *import, int count, char **paths)
{
    int status = 0;
    for (int i = 0; i < count; i++) {
        status |= import_file(import, paths[i]);
    }
    return status;
}

static uint32_t count_moving(const lee_zone_list *list)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        count += list->zones[i].moving.radius_m > 0;
    }
    return count;
}

static int write_as(const lee_zone_list *list, const char *format)
{
    lee_buffer out;
    uint32_t left_out = 0;
    lee_buffer_init(&out, OUTPUT_MAX_BYTES);
    if (strcmp(format, "geojson") == 0) {
        lee_zone_write_geojson(list, &out);
    } else if (strcmp(format, "openair") == 0) {
        lee_zone_write_openair(list, &out, &left_out);
    } else if (strcmp(format, "ed269") == 0) {
        lee_zone_write_ed269(list, &out);
    } else {
        lee_zone_write_ed318(list, &out);
    }
    const uint32_t moving = strcmp(format, "geojson") == 0 ? 0 : count_moving(list);
    int status = left_out + moving > 0;
    if (left_out > 0) {
        fprintf(stderr, "refused: %u zones with holes, which this format cannot hold\n", left_out);
    }
    if (moving > 0) {
        fprintf(stderr, "refused: %u zones that move, which this format cannot hold\n", moving);
    }
    if (out.error != LEE_OK || fwrite(out.bytes, 1, out.length, stdout) != out.length ||
        fflush(stdout) != 0) {
        fprintf(stderr, "refused: the output could not be written\n");
        status = 1;
    }
    lee_buffer_free(&out);
    return status;
}

static int run(session *on, const char *format, int count, char **paths)
{
    lee_zone_import_options options;
    lee_zone_import_options_default(&options);
    options.finding = on_finding;
    options.finding_context = on;
    options.time_zone = lee_time_zone_read;
    options.time_zone_context = &on->time_zone;
    lee_zone_import *import = NULL;
    if (lee_zone_import_create(&options, &import) != LEE_OK) {
        return refuse_path(paths[0], lee_error_text(LEE_ERR_NO_MEMORY));
    }
    int status = import_files(import, count, paths);
    lee_zone_import_finish(import);
    if (format) {
        status |= write_as(lee_zone_import_list(import), format);
    }
    lee_zone_import_free(import);
    return status;
}

int lee_cmd_zones(int argc, char **argv)
{
    const bool convert = argc > 1 && strcmp(argv[1], "convert") == 0;
    const bool check = argc > 1 && strcmp(argv[1], "check") == 0;
    const char *format = NULL;
    bool as_json = false;
    int first = 2;
    for (; first < argc && argv[first][0] == '-' && argv[first][1] == '-'; first++) {
        if (check && strcmp(argv[first], "--json") == 0) {
            as_json = true;
        } else if (convert && strcmp(argv[first], "--to") == 0 && first + 1 < argc) {
            format = argv[++first];
        } else {
            break;
        }
    }
    static const char *const formats[] = {"geojson", "openair", "ed269", "ed318"};
    bool known = false;
    for (size_t i = 0; format && i < sizeof formats / sizeof *formats; i++) {
        known = known || strcmp(format, formats[i]) == 0;
    }
    if ((!check && !convert) || first >= argc || (convert && !known)) {
        fputs(usage, stderr);
        return 2;
    }
    session *on = lee_alloc(1, sizeof *on);
    if (!on) {
        return refuse_path(argv[first], lee_error_text(LEE_ERR_NO_MEMORY));
    }
    on->as_json = as_json;
    lee_buffer_init(&on->line, 65536);
    lee_buffer_init(&on->time_zone, LEE_TIME_ZONE_MAX_BYTES);
    const int status = run(on, format, argc - first, argv + first);
    lee_buffer_free(&on->line);
    lee_buffer_free(&on->time_zone);
    lee_free(on);
    return status;
}
