#include "app/cmd_explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "app/explain.h"

#define OUTPUT_MAX_BYTES ((size_t)64 * 1024 * 1024)

static int explain(const char *folder, const char *name, uint64_t incident,
                   const lee_terrain_files *terrain, bool as_json)
{
    lee_explain *run = NULL;
    bool done = false;
    lee_error error = lee_explain_create(folder, incident, terrain, false, &run);
    if (error == LEE_ERR_NOT_FOUND) {
        fprintf(stderr, "leeward: %s: there is no journal here\n", folder);
        return LEE_EXIT_REFUSED;
    }
    while (error == LEE_OK && !done) {
        error = lee_explain_run(run, 10000, &done);
    }
    lee_buffer out;
    lee_buffer_init(&out, OUTPUT_MAX_BYTES);
    if (error == LEE_OK && as_json) {
        lee_explain_write_json(run, &out);
        lee_buffer_char(&out, '\n');
    } else if (error == LEE_OK) {
        lee_explain_write_text(run, &out);
    }
    error = error == LEE_OK ? out.error : error;
    if (error == LEE_ERR_NOT_FOUND) {
        fprintf(stderr, "leeward: %s: there is no incident %s in this journal\n", folder, name);
    } else if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", folder, lee_error_text(error));
    } else if (fwrite(out.bytes, 1, out.length, stdout) != out.length || fflush(stdout) != 0) {
        error = LEE_ERR_IO;
    }
    lee_buffer_free(&out);
    lee_explain_free(run);
    return error == LEE_OK ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

int lee_cmd_explain(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--json", .flag = true}, {.name = "--terrain"}, {.name = NULL}};
    lee_arg words = {.name = "words"};
    const bool read = lee_args_read(argc, argv, options, &words);
    const char *const name = read && words.count == 2 ? words.values[0] : "";
    if (strlen(name) != 16 || strspn(name, "0123456789abcdef") != 16) {
        fputs("usage: leeward explain INCIDENT JOURNAL [--terrain DIR] [--json]\n"
              "Runs the journal again and says step by step why the incident was decided as it\n"
              "was: what was heard, what was compared with what, and what followed.\n"
              "INCIDENT is the 16 digits that its events carry.\n",
              stderr);
        return LEE_EXIT_USAGE;
    }
    lee_terrain_files *terrain = NULL;
    if (options[1].count > 0 && lee_terrain_files_open(options[1].values[0], &terrain) != LEE_OK) {
        return LEE_EXIT_REFUSED;
    }
    const int status =
        explain(words.values[1], name, strtoull(name, NULL, 16), terrain, options[0].count > 0);
    lee_terrain_files_close(terrain);
    return status;
}
