#define _POSIX_C_SOURCE 200809L
#include "app/cmd_serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/config.h"
#include "app/daemon.h"
#include "base/time_text.h"

#define PATH_BYTES 4096

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void take_signals(void)
{
    static const struct sigaction stop = {.sa_handler = on_signal};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

/* The folder of places and demo files: beside the program in the build tree, or where an
 * installation has it. False: neither is there. */
static bool find_share(char share[PATH_BYTES])
{
    char self[PATH_BYTES];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) {
        return false;
    }
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    static const char *const places[] = {"/../share", "/../share/leeward"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char probe[PATH_BYTES + 32];
        if ((size_t)snprintf(share, PATH_BYTES, "%s%s", self, places[i]) >= PATH_BYTES) {
            return false;
        }
        snprintf(probe, sizeof probe, "%s/places.tsv", share);
        if (access(probe, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* Paths of the demo, which the configuration borrows. */
typedef struct {
    char share[PATH_BYTES];
    char zones[PATH_BYTES + 32];
    char permits[PATH_BYTES + 32];
    char places[PATH_BYTES + 32];
    char data[PATH_BYTES + 64];
} demo_paths;

/* Each run of the demo has a journal of its own: the recording starts anew too. */
static bool make_demo_folder(demo_paths *paths)
{
    char now[LEE_TIME_TEXT_BYTES];
    (void)lee_time_format(lee_clock_utc_us() / LEE_US_PER_S * LEE_US_PER_S, now);
    snprintf(paths->data, sizeof paths->data, "%s/../demo-runs", paths->share);
    if (mkdir(paths->data, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "leeward: %s: %s\n", paths->data, strerror(errno));
        return false;
    }
    snprintf(paths->data, sizeof paths->data, "%s/../demo-runs/%s-%ld", paths->share, now,
             (long)getpid());
    return true;
}

static void use_demo(lee_config *config, demo_paths *paths)
{
    snprintf(paths->zones, sizeof paths->zones, "%s/zones.geojson", paths->share);
    snprintf(paths->permits, sizeof paths->permits, "%s/permits.jsonl", paths->share);
    snprintf(paths->places, sizeof paths->places, "%s/places.tsv", paths->share);
    config->zones[0] = paths->zones;
    config->zone_count = 1;
    config->permits = paths->permits;
    config->places = paths->places;
    config->feed_count = 0;
    config->session.exercise = true;
}

static int usage(void)
{
    fputs("usage: leeward serve [--config FILE] [--data DIR] [--listen ADDR:PORT] [--page DIR]\n"
          "                     [--demo]\n"
          "The daemon with its web page. --demo plays recorded aircraft against drawn zones.\n",
          stderr);
    return LEE_EXIT_USAGE;
}

static int serve_with(lee_config *config, demo_paths *paths, bool demo, const char *data)
{
    const bool has_share = find_share(paths->share);
    if (demo && !has_share) {
        fprintf(stderr, "leeward: the demo's files are not there; ./run makes them\n");
        return LEE_EXIT_REFUSED;
    }
    if (demo) {
        use_demo(config, paths);
        if (!data && !make_demo_folder(paths)) {
            return LEE_EXIT_REFUSED;
        }
        data = data ? data : paths->data;
    } else if (has_share && !config->places) {
        snprintf(paths->places, sizeof paths->places, "%s/places.tsv", paths->share);
        config->places = paths->places;
    }
    if (!data) {
        fprintf(stderr, "leeward: serve needs --data DIR (or \"data\" in its configuration): where "
                        "the journal is kept\n");
        return LEE_EXIT_USAGE;
    }
    take_signals();
    const lee_daemon_options options = {
        .config = config, .demo = demo, .share = paths->share, .data = data, .stop = &stop_asked};
    return lee_daemon_run(&options);
}

int lee_cmd_serve(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--config"},
                         {.name = "--data"},
                         {.name = "--listen"},
                         {.name = "--page"},
                         {.name = "--demo", .flag = true},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    if (!lee_args_read(argc, argv, options, &words) || words.count > 0) {
        return usage();
    }
    demo_paths paths; /* the configuration borrows them */
    lee_config config;
    lee_config_init(&config);
    int status = LEE_EXIT_REFUSED;
    if (options[0].count == 0 || lee_config_read(options[0].values[0], &config) == LEE_OK) {
        config.listen = lee_args_value(&options[2], config.listen);
        config.page = lee_args_value(&options[3], config.page);
        const char *const data = lee_args_value(&options[1], config.data);
        status = serve_with(&config, &paths, options[4].count > 0, data);
    }
    lee_config_free(&config);
    return status;
}
