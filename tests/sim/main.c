/* Runs seeds, each in a process of its own, and keeps the ledger. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/kernel_real.h"
#include "sim/scenario.h"

/* What a seed's process hands back. */
typedef struct {
    uint64_t digest;
    int64_t simulated_us;
    int64_t cpu_us;
    uint64_t events, warnings, reports, acknowledged, kills, cuts, calls;
    char problem[SIM_PROBLEM_BYTES];
} outcome;

static bool show;

/* --- output of the simulated processes -------------------------------------------------------- */

static ssize_t said(void *cookie, const char *bytes, size_t length)
{
    (void)cookie;
    if (sim__is_simulated()) {
        sim__say(sim__host_now(), bytes, length);
    }
    if (show || !sim__is_simulated()) {
        (void)!write(STDERR_FILENO, bytes, length);
    }
    return (ssize_t)length;
}

static void catch_output(void)
{
    const cookie_io_functions_t functions = {.write = said};
    stdout = fopencookie(NULL, "w", functions);
    stderr = fopencookie(NULL, "w", functions);
    (void)setvbuf(stdout, NULL, _IOLBF, 4096);
    (void)setvbuf(stderr, NULL, _IONBF, 0);
}

/* --- a seed ---------------------------------------------------------------------------------- */

static int64_t cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static _Noreturn void run_child(uint64_t seed, int fd)
{
    static sim_story story;
    static outcome out;
    /* Large tables that nothing touches are to cost nothing: fresh pages each, never cleared. */
    (void)mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    catch_output();
    sim_story_run(seed, &story);
    out = (outcome){.digest = story.digest,
                    .simulated_us = story.simulated_us,
                    .cpu_us = cpu_us(),
                    .events = story.events,
                    .warnings = story.warnings,
                    .reports = story.reports,
                    .acknowledged = story.acknowledged,
                    .calls = sim_calls()};
    for (int i = 0; i < story.node_count; i++) {
        out.kills += story.nodes[i].kills;
        out.cuts += story.nodes[i].cuts;
    }
    memcpy(out.problem, story.problem, sizeof out.problem);
    (void)!write(fd, &out, sizeof out);
    _exit(0);
}

/* False: its process died, which is a finding too. */
static bool run_seed(uint64_t seed, outcome *out)
{
    int fds[2];
    memset(out, 0, sizeof *out);
    if (pipe(fds) != 0) {
        return false;
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)close(fds[0]);
        run_child(seed, fds[1]);
    }
    (void)close(fds[1]);
    const ssize_t got = read(fds[0], out, sizeof *out);
    (void)close(fds[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    if (got != (ssize_t)sizeof *out) {
        (void)snprintf(out->problem, sizeof out->problem, "its process ended with status %d",
                       WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        return false;
    }
    return true;
}

/* The same seed in another process, whose memory lies elsewhere. */
static bool is_same_elsewhere(uint64_t seed, uint64_t digest)
{
    char command[4200] = "exec ";
    char line[512];
    uint64_t again = ~digest;
    const ssize_t length = readlink("/proc/self/exe", command + 5, 4000);
    if (length <= 0) {
        return false;
    }
    (void)snprintf(command + 5 + length, sizeof command - 5 - (size_t)length,
                   " --from %" PRIu64 " --seeds 1 --twice-every 0", seed);
    FILE *const said = popen(command, "r");
    while (said && fgets(line, sizeof line, said)) {
        const char *const found = strstr(line, " digest=");
        again = found ? strtoull(found + 8, NULL, 16) : again;
    }
    return said && pclose(said) == 0 && again == digest;
}

static void add(outcome *sum, const outcome *one)
{
    sum->digest ^= one->digest;
    sum->simulated_us += one->simulated_us;
    sum->cpu_us += one->cpu_us;
    sum->events += one->events;
    sum->warnings += one->warnings;
    sum->reports += one->reports;
    sum->acknowledged += one->acknowledged;
    sum->kills += one->kills;
    sum->cuts += one->cuts;
    sum->calls += one->calls;
}

int main(int argc, char **argv)
{
    uint64_t from = 1;
    uint64_t seeds = 1;
    uint64_t twice_every = 8;
    bool until_red = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--show") == 0) {
            show = true;
        } else if (strcmp(argv[i], "--until-red") == 0) {
            until_red = true;
        } else if (i + 1 < argc && strcmp(argv[i], "--from") == 0) {
            from = strtoull(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0) {
            seeds = strtoull(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "--twice-every") == 0) {
            twice_every = strtoull(argv[++i], NULL, 10);
        } else {
            fputs("usage: sim [--from S] [--seeds N] [--twice-every N] [--until-red] [--show]\n",
                  stderr);
            return 2;
        }
    }
    outcome sum = {.digest = 0};
    uint64_t red = 0;
    for (uint64_t seed = from; seed < from + seeds && !(until_red && red > 0); seed++) {
        outcome one;
        (void)run_seed(seed, &one);
        if (one.problem[0] == '\0' && twice_every > 0 && seed % twice_every == 0 &&
            !is_same_elsewhere(seed, one.digest)) {
            (void)snprintf(one.problem, sizeof one.problem, "the second run was another one");
        }
        add(&sum, &one);
        if (one.problem[0] != '\0') {
            red++;
            printf("RED seed %" PRIu64 ": %s\n", seed, one.problem);
            fflush(stdout);
        }
    }
    printf("seeds=%" PRIu64 " red=%" PRIu64 " simulated_s=%" PRId64 " processor_ms=%" PRId64
           " factor=%" PRId64 " reports=%" PRIu64 " events=%" PRIu64 " warnings=%" PRIu64
           " told=%" PRIu64 " kills=%" PRIu64 " cuts=%" PRIu64 " calls=%" PRIu64
           " digest=%016" PRIx64 "\n",
           seeds, red, sum.simulated_us / 1000000, sum.cpu_us / 1000,
           sum.cpu_us > 0 ? sum.simulated_us / sum.cpu_us : 0, sum.reports, sum.events,
           sum.warnings, sum.acknowledged, sum.kills, sum.cuts, sum.calls, sum.digest);
    return red > 0 ? 1 : 0;
}
