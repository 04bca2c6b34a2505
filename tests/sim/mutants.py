"""Ways to break the program; each must make a seed red. (name, file below src/, text that stands in
it once, what stands there instead)"""

MUTANTS = [
    ("data_folder_not_synced", "io/read_file.c",
     "return folder_sync(path) ? 0 : -errno;", "return 0;"),
    ("no_fdatasync", "journal/wal.c",
     "const int error = disk->fs->sync(disk->fs->context, writer->file);", "const int error = 0;"),
    ("folders_not_synced", "journal/disk.c",
     "const int error = disk->fs->sync_folder(disk->fs->context, path->text);",
     "const int error = 0;"),
    ("told_before_durable", "app/recorder.c",
     "    if (recorder->options.journal) {\n"
     "        recorder->degraded = lee_journal_commit(",
     "    static unsigned commits;\n"
     "    if (recorder->options.journal && ++commits % 2 == 0) {\n"
     "        recorder->degraded = lee_journal_commit("),
    ("incidents_forgotten_at_restart", "app/daemon_recover.c",
     "error = replay_from(daemon, from);", "error = from > 0 ? LEE_OK : replay_from(daemon, from);"),
    ("pending_warnings_forgotten", "app/daemon_outlets.c",
     "    lee_outlet_pending_each(daemon->pending, (uint32_t)number, push_again, "
     "daemon->outlets[number]);\n",
     "    (void)push_again;\n"),
    ("fresh_reports_taken_for_duplicates", "track/table.c",
     "if (is_duplicate(e, report, update.is_new)) {",
     "if (is_duplicate(e, report, update.is_new) || report->t_us % 3 == 0) {"),
    ("refused_lines_not_counted", "app/pipeline_frames.c",
     "    case LEE_DECODED_REFUSED:\n        feed->refused++;\n",
     "    case LEE_DECODED_REFUSED:\n"),
    ("listener_misses_one_when_it_returns", "serve/stream.c",
     "    reader->after_seq = after;\n    if (after == UINT64_MAX) {",
     "    reader->after_seq = after > 0 && after != UINT64_MAX ? after + 1 : after;\n"
     "    if (after == UINT64_MAX) {"),
    ("a_cut_off_decision_not_recorded", "app/recorder.c",
     "    keep_decided(recorder, recorder->compared);\n", ""),
    ("wall_clock_stamps_what_comes_in", "app/intake.c",
     "return s->intake->clock ? lee_receive_clock_us(s->intake->clock) : lee_clock_utc_us();",
     "return lee_clock_utc_us();"),
    ("clock_goes_back_at_a_restart", "app/daemon_recover.c",
     "        lee_receive_clock_raise(&daemon->clock, lee_pipeline_time(pipeline));\n", ""),
    ("clock_never_believed_again", "app/clock.c",
     "        return LEE_CLOCK_SESSION_DUE;\n", "        return LEE_CLOCK_STEADY;\n"),
    ("a_lost_session_not_begun_again", "app/daemon.c",
     "if (error == LEE_OK && daemon->session_is_new) {", "if (false) {"),
    ("a_snapshot_of_what_a_gap_swallowed", "app/daemon.c",
     "        daemon->snapshot.incomplete = true;\n        fprintf(", "        fprintf("),
    ("degraded_warnings_not_marked", "app/daemon.c",
     "if (lee_recorder_is_degraded(daemon->recorder)) {\n        give_out_marked",
     "if (false) {\n        give_out_marked"),
    ("clock_decides", "app/pipeline_frames.c",
     "#define FUTURE_MAX_US (5 * INT64_C(1000000))",
     "#include <time.h>\n#define FUTURE_MAX_US (time(NULL) % 5 * INT64_C(1000000) - 2000000)"),
]
