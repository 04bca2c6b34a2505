#include "app/cmd_replay.h"

#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/cmd_bundle.h"
#include "app/recorder.h"
#include "app/retention.h"
#include "app/what_if.h"
#include "base/alloc.h"
#include "io/file_os.h"
#include "journal/journal.h"
#include "record/codec.h"

typedef struct {
    uint64_t damaged;
    uint64_t refused;
} replay_faults;

/* Where recorded events are written as JSON lines; NULL: nowhere. */
typedef struct {
    FILE *out;
    lee_buffer line;
} event_writer;

static void write_event(event_writer *writer, const lee_record *record)
{
    if (!writer->out || record->kind != LEE_RECORD_EVENT) {
        return;
    }
    lee_bytes in;
    lee_bytes_init(&in, record->bytes, record->length);
    lee_event event;
    char zone_id[129];
    if (lee_event_decode(&in, &event, zone_id) != LEE_OK) {
        fprintf(stderr, "leeward: record %llu is no event\n", (unsigned long long)record->index);
        return;
    }
    lee_buffer_reset(&writer->line);
    lee_event_write_json(&event, &writer->line);
    lee_buffer_char(&writer->line, '\n');
    fwrite(writer->line.bytes, 1, writer->line.length, writer->out);
}

/* A journal being run again: compared with itself, or with other parameters. */
typedef struct {
    event_writer writer;
    lee_recorder *recorder;
    lee_what_if *what_if;       /* NULL: compared with itself */
    lee_terrain_files *terrain; /* NULL: none was given */
    replay_faults faults;
    lee_retention_skip skip;
} replay_run;

/* LEE_ERR_NO_MEMORY and what a setting is refused for; a refused input is said and counted. */
static lee_error replay_one(replay_run *run, const lee_record *record)
{
    write_event(&run->writer, record);
    if (run->what_if) {
        return lee_what_if_take(run->what_if, record);
    }
    lee_error_info why;
    const lee_error error = lee_recorder_replay(run->recorder, record, &why);
    if (record->kind == LEE_RECORD_SESSION &&
        lee_pipeline_lacks_terrain(lee_recorder_pipeline(run->recorder))) {
        fprintf(stderr,
                "leeward: record %llu (session): was decided with other terrain than --terrain "
                "has: what lies above ground cannot be decided again\n",
                (unsigned long long)record->index);
        run->faults.refused++;
    }
    if (error == LEE_ERR_NO_MEMORY || error == LEE_OK) {
        return error;
    }
    fprintf(stderr, "leeward: record %llu (%s): %s\n", (unsigned long long)record->index,
            lee_record_kind_name(record->kind), why.reason);
    run->faults.refused++;
    return LEE_OK;
}

/* Feeds every record of the journal. Damage is named and passed over: the rest is compared. */
static lee_error replay_all(replay_run *run, lee_journal_reader *reader)
{
    for (;;) {
        lee_record record;
        lee_error error = lee_journal_reader_next(reader, &record);
        if (error == LEE_ERR_NOT_FOUND) {
            return LEE_OK;
        }
        if (error == LEE_ERR_CORRUPT) {
            const lee_journal_place *const place = lee_journal_reader_place(reader);
            fprintf(stderr, "leeward: %s: byte %llu: %s\n", place->path,
                    (unsigned long long)place->offset, place->reason);
            run->faults.damaged++;
            continue;
        }
        if (error != LEE_OK) {
            return error;
        }
        if (lee_retention_skips(&run->skip, lee_journal_reader_pruned(reader), &record)) {
            lee_recorder_pass(run->recorder, &record);
            continue;
        }
        error = replay_one(run, &record);
        if (error != LEE_OK) {
            return error;
        }
    }
}

static void say_pruned(const replay_run *run)
{
    if (run->skip.pruned > 0) {
        printf("records_pruned %llu\nrecords_passed %llu\n", (unsigned long long)run->skip.pruned,
               (unsigned long long)run->skip.passed);
        fprintf(stderr, "leeward: what stands behind frames that were pruned, up to the end of its "
                        "session, was not decided again; no incident is there\n");
    }
}

static int say_result(replay_run *run)
{
    const uint64_t unrecorded = lee_recorder_replay_end(run->recorder);
    const replay_faults *const faults = &run->faults;
    lee_replay_counters counted;
    lee_recorder_replay_count(run->recorder, &counted);
    printf("records %llu\ninputs %llu\ndecisions_equal %llu\ndecisions_different %llu\n"
           "decisions_not_recorded %llu\nrecords_damaged %llu\ninputs_refused %llu\n",
           (unsigned long long)(lee_recorder_count(run->recorder) - unrecorded),
           (unsigned long long)counted.inputs, (unsigned long long)counted.outputs_equal,
           (unsigned long long)counted.outputs_different, (unsigned long long)unrecorded,
           (unsigned long long)faults->damaged, (unsigned long long)faults->refused);
    say_pruned(run);
    const bool equal =
        counted.outputs_different == 0 && faults->damaged == 0 && faults->refused == 0;
    if (counted.outputs_different > 0) {
        printf("first_difference record %llu: %s\n", (unsigned long long)counted.first_index,
               counted.first_reason);
    }
    printf("%s\n", equal ? "every decision is the same, byte for byte" : "the replay DIFFERS");
    return equal ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

/* LEE_ERR_NOT_FOUND: there is no journal. */
static lee_error replay_folder(replay_run *run, const char *folder)
{
    lee_journal_reader *reader = NULL;
    lee_error error = lee_journal_reader_open(&lee_file_os, folder, 0, &reader);
    if (error == LEE_OK) {
        error = replay_all(run, reader);
    }
    lee_journal_reader_close(reader);
    return error;
}

/* The records of a bundle that verifies; one that does not was said to. */
static lee_error replay_bundle(replay_run *run, const char *path, bool *verified)
{
    lee_buffer bytes;
    lee_bundle bundle;
    lee_error error = LEE_OK;
    *verified = lee_bundle_load(path, NULL, &bytes, &bundle);
    if (*verified && bundle.missing > 0) {
        fprintf(stderr,
                "leeward: %s: %u sealed values were left out, so that its decisions cannot be "
                "run again\n",
                path, (unsigned)bundle.missing);
        *verified = false;
    }
    size_t at = 0;
    uint64_t index = bundle.first;
    lee_record record;
    while (*verified && error == LEE_OK && lee_bundle_next(&bundle, &at, &index, &record)) {
        error = replay_one(run, &record);
    }
    lee_bundle_close(&bundle);
    lee_buffer_free(&bytes);
    return error;
}

static int replay(replay_run *run, const char *source)
{
    const lee_recorder_options options = {.terrain = run->terrain};
    bool readable = true;
    lee_error error = lee_recorder_create(&options, &run->recorder);
    if (error == LEE_OK) {
        error = lee_bundle_is_one(source) ? replay_bundle(run, source, &readable)
                                          : replay_folder(run, source);
    }
    int status = LEE_EXIT_REFUSED;
    const bool was_said = run->what_if && (error == LEE_ERR_DOMAIN || error == LEE_ERR_SYNTAX);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", source,
                was_said                     ? "could not be judged with these settings"
                : error == LEE_ERR_NOT_FOUND ? "there is no journal here"
                                             : lee_error_text(error));
    } else if (readable && run->what_if) {
        lee_what_if_print(run->what_if);
        status = run->faults.damaged == 0 ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
    } else if (readable) {
        status = say_result(run);
    }
    lee_recorder_free(run->recorder);
    return status;
}

/* The journal may stand behind the settings too, where it is taken for the last of them. */
static const char *find_source(lee_arg *set, const lee_arg *words)
{
    if (words->count == 1) {
        return words->values[0];
    }
    const bool last_is_none =
        words->count == 0 && set->count > 1 && !strchr(set->values[set->count - 1], '=');
    return last_is_none ? set->values[--set->count] : NULL;
}

int lee_cmd_replay(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--events"},
                         {.name = "--set", .many = true},
                         {.name = "--terrain"},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    lee_arg *const set = &options[1];
    const bool read = lee_args_read(argc, argv, options, &words);
    const char *const source = read ? find_source(set, &words) : NULL;
    if (!source) {
        fputs("usage: leeward replay JOURNAL|BUNDLE [--events FILE] [--terrain DIR]\n"
              "                      [--set KEY=NUMBER...]\n"
              "Re-runs every input of the journal and compares what is decided with what was.\n"
              "--events writes the recorded events as JSON lines.\n"
              "--set judges with other parameters and prints the events that would go (-) and\n"
              "come (+); leeward tune --set help names them, and measures what they change.\n",
              stderr);
        return LEE_EXIT_USAGE;
    }
    replay_run run = {.recorder = NULL};
    if (options[2].count > 0 &&
        lee_terrain_files_open(options[2].values[0], &run.terrain) != LEE_OK) {
        return LEE_EXIT_REFUSED;
    }
    if (set->count > 0 &&
        lee_what_if_create(set->values, set->count, run.terrain, &run.what_if) != LEE_OK) {
        lee_terrain_files_close(run.terrain);
        return LEE_EXIT_USAGE;
    }
    const char *const path = lee_args_value(&options[0], NULL);
    run.writer.out = path ? fopen(path, "w") : NULL;
    if (path && !run.writer.out) {
        perror(path);
        lee_what_if_free(run.what_if);
        lee_terrain_files_close(run.terrain);
        return LEE_EXIT_REFUSED;
    }
    lee_buffer_init(&run.writer.line, 1024u * 1024u);
    const int status = replay(&run, source);
    lee_buffer_free(&run.writer.line);
    lee_what_if_free(run.what_if);
    lee_terrain_files_close(run.terrain);
    const bool written = !run.writer.out || fclose(run.writer.out) == 0;
    return written ? status : LEE_EXIT_REFUSED;
}
