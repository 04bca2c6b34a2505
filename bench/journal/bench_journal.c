/* How fast the journal takes records, beside plain write+fdatasync of the same bytes on the same
 * disk in the same run. Prints one line a case: name, ours, peer, unit.
 * Usage: bench_journal FOLDER SECONDS [RESTART_ENTRIES] */
#define _DEFAULT_SOURCE /* clock_gettime */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/file_os.h"
#include "journal/journal.h"
#include "journal/sha256.h"
#include "record/codec.h"

#define RECORD_BYTES 120u

static uint8_t payload[60064];

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Of this process: what a busy machine takes away is not in it. */
static double processor_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
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

/* The head is signed about once a second in slices between the commits, as the daemon does. */
static void sign_slice(lee_journal *journal, uint32_t files_max, double now, double *signed_at,
                       bool *signing)
{
    *signing |= now - *signed_at >= 1;
    if (*signing) {
        bool done = false;
        stop_if(lee_journal_checkpoint_some(journal, files_max, &done), "checkpoint");
        if (done) {
            *signing = false;
            *signed_at = now;
        }
    }
}

/* Entries a second, `batch` to a commit, `bytes` to an entry; *per_processor_s: a second of one
 * processor's time. */
static double journal_rate(const char *folder, unsigned batch, size_t bytes, double seconds,
                           double *per_processor_s)
{
    lee_journal *journal = open_journal(folder);
    const double start = now_s();
    double signed_at = start;
    bool signing = false;
    uint64_t count = 0;
    const double processor_start = processor_s();
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
        now = now_s();
        sign_slice(journal, batch > 1 ? 128 : 8, now, &signed_at, &signing);
    }
    stop_if(lee_journal_close(journal), "close");
    *per_processor_s = (double)count / (processor_s() - processor_start);
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

/* One event to a commit, and beside it the same bytes by write+fdatasync. They take turns, because
 * a shared disk is not as fast in one second as in the next. */
static void single_rates(const char *folder, const char *plain_folder, double seconds)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/plain", plain_folder);
    lee_file file;
    stop_if(lee_file_os.open(NULL, path, LEE_FILE_CREATE, &file), "create");
    lee_journal *journal = open_journal(folder);
    double spent[2] = {0, 0};
    uint64_t count[2] = {0, 0};
    double signed_at = now_s();
    bool signing = false;
    while (spent[0] < seconds || spent[1] < seconds) {
        const double start = now_s();
        for (unsigned i = 0; i < 20; i++) {
            uint64_t index = 0;
            stop_if(lee_journal_append(journal, LEE_RECORD_EVENT, payload + count[0] % 64,
                                       RECORD_BYTES, &index),
                    "append");
            stop_if(lee_journal_commit(journal), "commit");
            sign_slice(journal, 8, now_s(), &signed_at, &signing);
            count[0]++;
        }
        const double middle = now_s();
        for (unsigned i = 0; i < 20; i++) {
            size_t done = 0;
            stop_if(lee_file_os.write_at(NULL, file, count[1] * RECORD_BYTES,
                                         payload + count[1] % 64, RECORD_BYTES, &done),
                    "write");
            stop_if(lee_file_os.sync(NULL, file), "sync");
            count[1]++;
        }
        spent[0] += middle - start;
        spent[1] += now_s() - middle;
    }
    stop_if(lee_file_os.close(NULL, file), "close");
    stop_if(lee_file_os.remove(NULL, path), "remove");
    const double closing = now_s();
    stop_if(lee_journal_close(journal), "close");
    spent[0] += now_s() - closing;
    printf("individually acknowledged events\t%.0f\t%.0f\tevents/s\n", (double)count[0] / spent[0],
           (double)count[1] / spent[1]);
}

static void verify_rate(const char *folder)
{
    lee_journal_check_result result;
    const double start = now_s();
    const double processor_start = processor_s();
    stop_if(lee_journal_check(&lee_file_os, folder, NULL, NULL, NULL, &result), "verify");
    const double seconds = now_s() - start;
    const double processor_seconds = processor_s() - processor_start;
    printf("verify\t%.1f\t0\tMB/s\n", (double)result.bytes_read / 1e6 / seconds);
    printf("verify, of processor time\t%.1f\t0\tMB/s\n",
           (double)result.bytes_read / 1e6 / processor_seconds);
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

/* What the processor can do at most, for comparison: every byte of an entry is hashed twice before
 * a head is signed for it. */
static void hash_rates(double seconds)
{
    static uint8_t digests[2 * 32];
    const lee_sha256_message messages[2] = {{payload, 30000}, {payload + 30000, 30000}};
    for (size_t lanes = 1; lanes <= 2; lanes++) {
        const double start = processor_s();
        uint64_t bytes = 0;
        while (processor_s() - start < seconds / 4) {
            for (size_t at = 0; at < 2; at += lanes) {
                lee_sha256_prefixed(0, messages + at, lanes, digests + 32 * at);
            }
            bytes += 60000;
        }
        printf("SHA-256 of 30,000 bytes, %s\t%.0f\t0\tMB/s\n",
               lanes == 1 ? "one after another" : "two beside each other",
               (double)bytes / 1e6 / (processor_s() - start));
    }
}

/* A record of frames as the recorder makes it: as many Mode S frames in Beast form as fit 60,000
 * bytes. Returns its length. */
static size_t make_frames(unsigned *out_count)
{
    lee_buffer record;
    lee_buffer_init(&record, sizeof(payload));
    uint64_t random = 3;
    unsigned count = 0;
    for (size_t before = 0; record.length + 64 <= 60000; before = record.length) {
        uint8_t bytes[23];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = (uint8_t)(random >> 56);
        }
        const lee_frame frame = {.t_us = 1700000000000000 + 250 * (int64_t)count,
                                 .stream_offset = 23u * count,
                                 .bytes = bytes,
                                 .length = sizeof(bytes),
                                 .format = LEE_FORMAT_BEAST};
        lee_frame_encode(&frame, &record);
        count += record.length > before;
    }
    stop_if(record.error, "frames");
    memcpy(payload, record.bytes, record.length);
    const size_t length = record.length;
    lee_buffer_free(&record);
    *out_count = count;
    return length;
}

/* At a few hundred entries a second, a commit each 10 ms: how long a turn of the loop takes. */
static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void turn_times(const char *folder, double seconds)
{
    static double turns[100000];
    lee_journal *journal = open_journal(folder);
    double signed_at = now_s();
    bool signing = false;
    size_t count = 0;
    const size_t wanted = seconds < 900 ? (size_t)(seconds * 100) : 90000;
    while (count < wanted) {
        const double start = now_s();
        for (int i = 0; i < 4; i++) {
            uint64_t index = 0;
            stop_if(lee_journal_append(journal, LEE_RECORD_EVENT, payload, 400, &index), "append");
        }
        stop_if(lee_journal_commit(journal), "commit");
        sign_slice(journal, 8, now_s(), &signed_at, &signing);
        turns[count++] = (now_s() - start) * 1000;
        const double left = 0.01 - (now_s() - start);
        if (left > 0) {
            nanosleep(&(struct timespec){.tv_nsec = (long)(left * 1e9)}, NULL);
        }
    }
    stop_if(lee_journal_close(journal), "close");
    qsort(turns, count, sizeof(turns[0]), by_size);
    printf("turn of the loop at 400 entries/s, median\t%.2f\t0\tms\n", turns[count / 2]);
    printf("turn of the loop at 400 entries/s, 99 of 100\t%.2f\t0\tms\n", turns[count * 99 / 100]);
    printf("turn of the loop at 400 entries/s, longest\t%.2f\t0\tms\n", turns[count - 1]);
}

/* A journal of `count` entries, and how long it takes to open it and to acknowledge one more. */
static void restart_large(const char *folder, uint64_t count)
{
    lee_journal *journal = open_journal(folder);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = 0;
        stop_if(lee_journal_append(journal, LEE_RECORD_EVENT, payload, RECORD_BYTES, &index),
                "append");
        if (i % 20000 == 19999) {
            stop_if(lee_journal_commit(journal), "commit");
            stop_if(lee_journal_checkpoint(journal), "checkpoint");
        }
    }
    /* As after a power cut: the tail is not under a head. */
    stop_if(lee_journal_commit(journal), "commit");
    lee_journal_abandon(journal);
    restart_time(folder);
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        fputs("usage: bench_journal FOLDER SECONDS [RESTART_ENTRIES]\n", stderr);
        return 2;
    }
    const double seconds = strtod(argv[2], NULL);
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof(payload); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        payload[i] = (uint8_t)(random >> 56);
    }
    char folder[400];
    double per_processor_s = 0;
    hash_rates(seconds);
    snprintf(folder, sizeof(folder), "%s/single", argv[1]);
    single_rates(folder, argv[1], seconds);
    snprintf(folder, sizeof(folder), "%s/batched", argv[1]);
    double peer = plain_rate(argv[1], 10000, RECORD_BYTES, seconds);
    double ours = journal_rate(folder, 10000, RECORD_BYTES, seconds, &per_processor_s);
    printf("entries, 10000 to a commit\t%.0f\t%.0f\tentries/s\n", ours, peer);
    printf("entries, 10000 to a commit, of processor time\t%.0f\t0\tentries/s\n", per_processor_s);
    verify_rate(folder);
    restart_time(folder);
    snprintf(folder, sizeof(folder), "%s/packed", argv[1]);
    peer = plain_rate(argv[1], 25, 400 * RECORD_BYTES, seconds) * 400;
    ours = journal_rate(folder, 25, 400 * RECORD_BYTES, seconds, &per_processor_s) * 400;
    printf("input records of 120 bytes, 400 to an entry\t%.0f\t%.0f\trecords/s\n", ours, peer);
    printf("input records of 120 bytes, 400 to an entry, of processor time\t%.0f\t0\trecords/s\n",
           per_processor_s * 400);
    verify_rate(folder);
    snprintf(folder, sizeof(folder), "%s/turns", argv[1]);
    turn_times(folder, seconds);
    if (argc == 4) {
        snprintf(folder, sizeof(folder), "%s/large", argv[1]);
        restart_large(folder, strtoull(argv[3], NULL, 10));
    }
    /* Input frames travel many to an entry: the rate of frames is that of entries times as many. */
    unsigned frames = 0;
    const size_t length = make_frames(&frames);
    snprintf(folder, sizeof(folder), "%s/frames", argv[1]);
    peer = plain_rate(argv[1], 20, length, seconds) * frames;
    ours = journal_rate(folder, 20, length, seconds, &per_processor_s) * frames;
    printf("input records, Mode S frames\t%.0f\t%.0f\trecords/s\n", ours, peer);
    printf("input records, Mode S frames, of processor time\t%.0f\t0\trecords/s\n",
           per_processor_s * frames);
    verify_rate(folder);
    return 0;
}
