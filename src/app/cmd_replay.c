#include "app/cmd_replay.h"

#include <stdio.h>

#include "app/args.h"
#include "app/cmd_bundle.h"
#include "app/recorder.h"
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

/* LEE_ERR_NO_MEMORY; a refused input is said and counted. */
static lee_error replay_one(const lee_record *record, lee_recorder *recorder, event_writer *writer,
                            replay_faults *faults)
{
    write_event(writer, record);
    lee_error_info why;
    const lee_error error = lee_recorder_replay(recorder, record, &why);
    if (error == LEE_ERR_NO_MEMORY || error == LEE_OK) {
        return error;
    }
    fprintf(stderr, "leeward: record %llu (%s): %s\n", (unsigned long long)record->index,
            lee_record_kind_name(record->kind), why.reason);
    faults->refused++;
    return LEE_OK;
}

/* Feeds every record of the journal. Damage is named and passed over: the rest is compared. */
static lee_error replay_all(lee_journal_reader *reader, lee_recorder *recorder,
                            event_writer *writer, replay_faults *faults)
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
            faults->damaged++;
            continue;
        }
        if (error != LEE_OK) {
            return error;
        }
        error = replay_one(&record, recorder, writer, faults);
        if (error != LEE_OK) {
            return error;
        }
    }
}

static int say_result(const lee_recorder *recorder, uint64_t unrecorded,
                      const replay_faults *faults)
{
    lee_replay_counters counted;
    lee_recorder_replay_count(recorder, &counted);
    printf("records %llu\ninputs %llu\ndecisions_equal %llu\ndecisions_different %llu\n"
           "decisions_not_recorded %llu\nrecords_damaged %llu\ninputs_refused %llu\n",
           (unsigned long long)(lee_recorder_count(recorder) - unrecorded),
           (unsigned long long)counted.inputs, (unsigned long long)counted.outputs_equal,
           (unsigned long long)counted.outputs_different, (unsigned long long)unrecorded,
           (unsigned long long)faults->damaged, (unsigned long long)faults->refused);
    const bool equal =
        counted.outputs_different == 0 && faults->damaged == 0 && faults->refused == 0;
    if (counted.outputs_different > 0) {
        printf("first_difference record %llu: %s\n", (unsigned long long)counted.first_index,
               counted.first_reason);
    }
    printf("%s\n", equal ? "every decision is the same, byte for byte" : "the replay DIFFERS");
    return equal ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

static int replay_folder(const char *folder, event_writer *writer)
{
    lee_journal_reader *reader = NULL;
    lee_error error = lee_journal_reader_open(&lee_file_os, folder, 0, &reader);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", folder,
                error == LEE_ERR_NOT_FOUND ? "there is no journal here" : lee_error_text(error));
        return LEE_EXIT_REFUSED;
    }
    const lee_recorder_options options = {.journal = NULL};
    lee_recorder *recorder = NULL;
    replay_faults faults = {0};
    error = lee_recorder_create(&options, &recorder);
    if (error == LEE_OK) {
        error = replay_all(reader, recorder, writer, &faults);
    }
    int status = LEE_EXIT_REFUSED;
    if (error == LEE_OK) {
        const uint64_t unrecorded = lee_recorder_replay_end(recorder);
        status = say_result(recorder, unrecorded, &faults);
    } else {
        fprintf(stderr, "leeward: %s: %s\n", folder, lee_error_text(error));
    }
    lee_recorder_free(recorder);
    lee_journal_reader_close(reader);
    return status;
}

/* The records of a bundle that verifies. */
static int replay_bundle(const char *path, event_writer *writer)
{
    lee_buffer bytes;
    lee_bundle bundle;
    const lee_recorder_options options = {.journal = NULL};
    lee_recorder *recorder = NULL;
    replay_faults faults = {0};
    int status = LEE_EXIT_REFUSED;
    if (lee_bundle_load(path, NULL, &bytes, &bundle)) {
        lee_error error = lee_recorder_create(&options, &recorder);
        size_t at = 0;
        uint64_t index = bundle.first;
        lee_record record;
        while (error == LEE_OK && lee_bundle_next(&bundle, &at, &index, &record)) {
            error = replay_one(&record, recorder, writer, &faults);
        }
        if (error == LEE_OK) {
            const uint64_t unrecorded = lee_recorder_replay_end(recorder);
            status = say_result(recorder, unrecorded, &faults);
        } else {
            fprintf(stderr, "leeward: %s: %s\n", path, lee_error_text(error));
        }
    }
    lee_recorder_free(recorder);
    lee_free(bundle.files);
    lee_buffer_free(&bytes);
    return status;
}

int lee_cmd_replay(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--events"}, {.name = NULL}};
    lee_arg words = {.name = "words"};
    if (!lee_args_read(argc, argv, options, &words) || words.count != 1) {
        fputs("usage: leeward replay JOURNAL|BUNDLE [--events FILE]\n"
              "Re-runs every input of the journal and compares what is decided with what was.\n"
              "--events writes the recorded events as JSON lines.\n",
              stderr);
        return LEE_EXIT_USAGE;
    }
    const char *const path = lee_args_value(&options[0], NULL);
    event_writer writer = {.out = path ? fopen(path, "w") : NULL};
    if (path && !writer.out) {
        perror(path);
        return LEE_EXIT_REFUSED;
    }
    lee_buffer_init(&writer.line, 1024u * 1024u);
    const char *const source = words.values[0];
    const int status =
        lee_bundle_is_one(source) ? replay_bundle(source, &writer) : replay_folder(source, &writer);
    lee_buffer_free(&writer.line);
    const bool written = !writer.out || fclose(writer.out) == 0;
    return written ? status : LEE_EXIT_REFUSED;
}
