/* How fast the journal takes records, beside plain write+fdatasync of the same bytes on the same
 * disk in the same run. Prints one line a case: name, ours, peer, unit. Usage: bench_journal FOLDER
 * SECONDS */
#define _DEFAULT_SOURCE /* clock_gettime */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/file_os.h"
#include "journal/journal.h"

#define RECORD_BYTES 120u

static uint8_t payload[60000];

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stop_if(int failed, const char *what)
{
    if (failed) {
        fprintf(stderr, "bench_journal: %s failed\n", what);
        exit(1);
    }
}

static lee_journal *open_journal(const char *folder)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    static const uint8_t seed[32] = "a seed for benches, not for use";
    options.seed = seed;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    stop_if(lee_journal_open(&lee_file_os, folder, &options, &journal, &found), "open");
    return journal;
}

/* Entries a second, `batch` to a commit, `bytes` to an entry, checkpoint once a second. */
static double journal_rate(const char *folder, unsigned batch, size_t bytes, double seconds,
                           uint64_t *out_commits)
{
    lee_journal *journal = open_journal(folder);
    const double start = now_s();
    double signed_at = start;
    uint64_t count = 0;
    uint64_t commits = 0;
    double now = start;
    while (now - start < seconds) {
        for (unsigned i = 0; i < batch; i++) {
            uint64_t index = 0;
            stop_if(
                lee_journal_append(journal, LEE_RECORD_FRAME, payload + count % 64, bytes, &index),
                "append");
            count++;
        }
        stop_if(lee_journal_commit(journal), "commit");
        commits++;
        now = now_s();
        if (now - signed_at >= 1) {
            stop_if(lee_journal_checkpoint(journal), "checkpoint");
            signed_at = now;
        }
    }
    stop_if(lee_journal_close(journal), "close");
    *out_commits = commits;
    return (double)count / (now_s() - start);
}

/* The same bytes, one write and one fdatasync for each batch, nothing else. */
static double plain_rate(const char *folder, unsigned batch, size_t bytes, double seconds)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/plain", folder);
    lee_file file;
    stop_if(lee_file_os.open(NULL, path, LEE_FILE_CREATE, &file), "create");
    uint8_t *block = calloc(batch, bytes);
    stop_if(!block, "memory");
    const double start = now_s();
    uint64_t count = 0;
    uint64_t offset = 0;
    while (now_s() - start < seconds) {
        for (unsigned i = 0; i < batch; i++) {
            memcpy(block + i * bytes, payload + count++ % 64, bytes);
        }
        size_t done = 0;
        stop_if(lee_file_os.write_at(NULL, file, offset, block, batch * bytes, &done), "write");
        stop_if(lee_file_os.sync(NULL, file), "sync");
        offset += done;
    }
    const double rate = (double)count / (now_s() - start);
    stop_if(lee_file_os.close(NULL, file), "close");
    stop_if(lee_file_os.remove(NULL, path), "remove");
    free(block);
    return rate;
}

static void verify_rate(const char *folder)
{
    lee_journal_check_result result;
    const double start = now_s();
    stop_if(lee_journal_check(&lee_file_os, folder, NULL, NULL, NULL, &result), "verify");
    const double seconds = now_s() - start;
    printf("verify\t%.1f\t0\tMB/s\n", (double)result.bytes_read / 1e6 / seconds);
}

static void restart_time(const char *folder)
{
    const double start = now_s();
    lee_journal *journal = open_journal(folder);
    uint64_t index = 0;
    stop_if(lee_journal_append(journal, LEE_RECORD_TICK, payload, 8, &index), "append");
    stop_if(lee_journal_commit(journal), "commit");
    const double seconds = now_s() - start;
    printf("restart to first acknowledged event, %llu entries\t%.4f\t0\ts\n",
           (unsigned long long)index, seconds);
    stop_if(lee_journal_close(journal), "close");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bench_journal FOLDER SECONDS\n", stderr);
        return 2;
    }
    const double seconds = strtod(argv[2], NULL);
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof(payload); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        payload[i] = (uint8_t)(random >> 56);
    }
    char folder[400];
    uint64_t commits = 0;
    snprintf(folder, sizeof(folder), "%s/single", argv[1]);
    double peer = plain_rate(argv[1], 1, RECORD_BYTES, seconds);
    double ours = journal_rate(folder, 1, RECORD_BYTES, seconds, &commits);
    printf("individually acknowledged events\t%.0f\t%.0f\tevents/s\n", ours, peer);
    snprintf(folder, sizeof(folder), "%s/batched", argv[1]);
    peer = plain_rate(argv[1], 10000, RECORD_BYTES, seconds);
    ours = journal_rate(folder, 10000, RECORD_BYTES, seconds, &commits);
    printf("entries, 10000 to a commit\t%.0f\t%.0f\tentries/s\n", ours, peer);
    verify_rate(folder);
    restart_time(folder);
    /* Input frames travel 400 to an entry: the rate of frames is that of entries times 400. */
    snprintf(folder, sizeof(folder), "%s/packed", argv[1]);
    peer = plain_rate(argv[1], 25, 400 * RECORD_BYTES, seconds) * 400;
    ours = journal_rate(folder, 25, 400 * RECORD_BYTES, seconds, &commits) * 400;
    printf("input records, 400 to an entry\t%.0f\t%.0f\trecords/s\n", ours, peer);
    verify_rate(folder);
    return 0;
}
