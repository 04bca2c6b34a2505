/* app/main.c: the program: one subcommand each. */
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/cmd_bundle.h"
#include "app/cmd_decode.h"
#include "app/cmd_epoch.h"
#include "app/cmd_explain.h"
#include "app/cmd_journal.h"
#include "app/cmd_replay.h"
#include "app/cmd_serve.h"
#include "app/cmd_signer.h"
#include "app/cmd_tune.h"
#include "app/cmd_verify.h"
#include "app/cmd_views.h"
#include "app/cmd_watch.h"
#include "app/cmd_witness.h"
#include "app/cmd_zones.h"
#include "app/parser.h"

typedef struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} command;

static const command commands[] = {
    {"serve", lee_cmd_serve, "the daemon with its web page (--demo: recorded aircraft)"},
    {"watch", lee_cmd_watch, "judge a feed or a recording against zones, events as JSON lines"},
    {"decode", lee_cmd_decode, "any feed to reports as JSON lines"},
    {"zones", lee_cmd_zones, "check and convert zone files"},
    {"bundle", lee_cmd_bundle, "one incident with what proves it, as a zip"},
    {"explain", lee_cmd_explain, "why an incident was decided as it was, step by step"},
    {"replay", lee_cmd_replay, "re-run a journal and compare with what was decided"},
    {"tune", lee_cmd_tune, "what other parameters would change: nuisance, missed, warning times"},
    {"verify", lee_cmd_verify, "check a journal without trusting us"},
    {"journal", lee_cmd_journal, "take frames away that are kept no longer"},
    {"views", lee_cmd_views, "build the searchable views of a journal anew; search them"},
    {"epoch", lee_cmd_epoch, "a new journal after one that was restored from an older copy"},
    {"cosign", lee_cmd_cosign, "have a journal's head signed by witnesses too"},
    {"witness", lee_cmd_witness, "sign the heads of others' journals (c2sp.org/tlog-witness)"},
};

static int usage(FILE *to, int status)
{
    fputs("Leeward declares, watches and proves protected zones.\n\nusage: leeward COMMAND ...\n\n",
          to);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
    }
    fputs("\nA command without its arguments says what it takes. --version says the version.\n"
          "Exit status: 0 done, 1 an input was refused, 2 usage.\n",
          to);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return usage(stderr, LEE_EXIT_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        return usage(stdout, LEE_EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("leeward " LEEWARD_VERSION);
        return LEE_EXIT_DONE;
    }
    if (strcmp(argv[1], LEE_SIGNER_COMMAND) == 0) { /* not for people, and not listed */
        return lee_cmd_signer(argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "parser") == 0) {
        return lee_parser_serve(NULL); /* nobody but the daemon asks for it */
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    fprintf(stderr, "leeward: %s is not a command\n\n", argv[1]);
    return usage(stderr, LEE_EXIT_USAGE);
}
