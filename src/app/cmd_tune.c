#include "app/cmd_tune.h"

#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/memory.h"
#include "app/tune.h"

#define CHANGES_SHOWN "20"

typedef struct {
    lee_arg *set, *zones, *permits, *feeds, *qnh, *terrain, *json, *html, *changes;
    const char *source; /* a journal or a bundle; NULL: zones and feeds are given */
    uint32_t changes_max;
} tune_args;

static bool write_file(const char *path, const lee_buffer *text)
{
    FILE *const file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!file) {
        perror(path);
        return false;
    }
    const bool written = fwrite(text->bytes, 1, text->length, file) == text->length;
    const bool closed = (file == stdout ? fflush(file) : fclose(file)) == 0;
    if (!written || !closed) {
        perror(path);
    }
    return written && closed;
}

static bool write_all(lee_tune *tune, const tune_args *args)
{
    lee_buffer text;
    lee_buffer_init(&text, SIZE_MAX / 2);
    if (args->json->count > 0) {
        lee_tune_write_json(tune, &text);
    } else {
        lee_tune_write_text(tune, args->changes_max, &text);
    }
    lee_memory_require_whole(&text);
    bool written = write_file("-", &text);
    if (args->html->count > 0) {
        lee_buffer_reset(&text);
        lee_tune_write_html(tune, &text);
        lee_memory_require_whole(&text);
        written &= write_file(args->html->values[0], &text);
    }
    lee_buffer_free(&text);
    return written;
}

/* What makes the figures less than they seem. */
static void say_doubts(const lee_tune *tune, const lee_tune_inputs *inputs)
{
    const lee_tune_run *const base = &tune->runs[0];
    if (inputs->damaged > 0) {
        fprintf(stderr, "leeward: %llu records are damaged and were left out\n",
                (unsigned long long)inputs->damaged);
    }
    if (tune->is_journal && tune->recorded_events != base->events) {
        fprintf(stderr, "leeward: the journal has %llu events, judged again there are %llu\n",
                (unsigned long long)tune->recorded_events, (unsigned long long)base->events);
    }
    if (tune->refused_inputs > 0) {
        fprintf(stderr, "leeward: %llu inputs were refused\n",
                (unsigned long long)tune->refused_inputs);
    }
    if (tune->lacks_terrain) {
        fprintf(stderr, "leeward: the recording was judged with other terrain than --terrain has: "
                        "limits above ground are taken as the wider ones\n");
    }
    if (base->left_out > 0 || tune->scene.targets_left_out > 0) {
        fprintf(stderr, "leeward: no room for %llu events and %llu reports\n",
                (unsigned long long)base->left_out,
                (unsigned long long)tune->scene.targets_left_out);
    }
}

static lee_error read_inputs(const tune_args *args, const lee_terrain_files *terrain,
                             lee_tune_inputs *inputs)
{
    if (args->source) {
        return lee_tune_inputs_journal(inputs, args->source);
    }
    const lee_tune_recording recording = {.zones = args->zones->values,
                                          .zone_count = args->zones->count,
                                          .permits = lee_args_value(args->permits, NULL),
                                          .feeds = args->feeds->values,
                                          .feed_count = args->feeds->count,
                                          .qnh = args->qnh->values,
                                          .qnh_count = args->qnh->count,
                                          .terrain = terrain};
    return lee_tune_inputs_recording(inputs, &recording);
}

static int tune_with(const tune_args *args)
{
    lee_tune tune;
    lee_tune_inputs inputs;
    lee_terrain_files *terrain = NULL;
    lee_tune_inputs_init(&inputs);
    lee_error error = lee_tune_plan(args->set->values, args->set->count, &tune);
    lee_memory_require(error);
    if (error != LEE_OK) {
        lee_tune_free(&tune);
        return LEE_EXIT_USAGE;
    }
    if (args->terrain->count > 0) {
        error = lee_terrain_files_open(args->terrain->values[0], &terrain);
    }
    if (error == LEE_OK) {
        error = read_inputs(args, terrain, &inputs);
    }
    if (error == LEE_OK) {
        error = lee_tune_judge(&tune, &inputs, terrain);
    }
    lee_memory_require(error);
    bool done = error == LEE_OK;
    if (done) {
        say_doubts(&tune, &inputs);
        done =
            write_all(&tune, args) && inputs.damaged == 0 && !inputs.refused && !tune.lacks_terrain;
    }
    lee_tune_free(&tune);
    lee_tune_inputs_free(&inputs);
    lee_terrain_files_close(terrain);
    return done ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

static int usage(void)
{
    fputs("usage: leeward tune JOURNAL|BUNDLE [--terrain DIR] [--set NAME=VALUES...]\n"
          "       leeward tune --zones FILE... --feed FILE... [--permits FILE]\n"
          "                    [--qnh HPA|FILE|adsb...] [--terrain DIR] [--set NAME=VALUES...]\n"
          "       [--json] [--html FILE] [--changes N]\n"
          "Judges a recording as it is and with other parameters, and prints what changes:\n"
          "incidents gained and lost, nuisance, missed entries, warning times, categories.\n"
          "VALUES is a number, a list 40,60,90 or a range FROM:TO:STEP; every combination of\n"
          "several --set is a run. --set help names the parameters. --json prints JSON lines,\n"
          "--html writes a report with plots, --changes shows that many incidents (" CHANGES_SHOWN
          ").\nJournals are only read. docs/tuning.md says what the figures mean.\n",
          stderr);
    return LEE_EXIT_USAGE;
}

/* The journal may stand behind the settings, where it is taken for the last of them. */
static bool find_source(tune_args *args, const lee_arg *words)
{
    lee_arg *const set = args->set;
    args->source = words->count == 1 ? words->values[0] : NULL;
    if (words->count == 0 && args->zones->count == 0 && set->count > 1 &&
        !strchr(set->values[set->count - 1], '=')) {
        args->source = set->values[--set->count];
    }
    const bool from_files = args->zones->count > 0 && args->feeds->count > 0;
    const bool any_files =
        args->zones->count + args->feeds->count + args->permits->count + args->qnh->count > 0;
    return words->count <= 1 && (args->source ? !any_files : from_files);
}

int lee_cmd_tune(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--set", .many = true},
                         {.name = "--zones", .many = true},
                         {.name = "--permits"},
                         {.name = "--feed", .many = true},
                         {.name = "--qnh", .many = true},
                         {.name = "--terrain"},
                         {.name = "--json", .flag = true},
                         {.name = "--html"},
                         {.name = "--changes"},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    tune_args args = {&options[0],
                      &options[1],
                      &options[2],
                      &options[3],
                      &options[4],
                      &options[5],
                      &options[6],
                      &options[7],
                      &options[8],
                      NULL,
                      0};
    int64_t changes = 0;
    if (!lee_args_read(argc, argv, options, &words)) {
        return usage();
    }
    if (args.set->count == 1 && strcmp(args.set->values[0], "help") == 0) {
        lee_settings_print(stdout);
        return LEE_EXIT_DONE;
    }
    if (!lee_args_number(lee_args_value(args.changes, CHANGES_SHOWN), 0, &changes) || changes < 0 ||
        changes > UINT32_MAX || !find_source(&args, &words)) {
        return usage();
    }
    args.changes_max = (uint32_t)changes;
    return tune_with(&args);
}
