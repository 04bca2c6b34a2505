/* sim/kernel.h: a machine room in one thread: hosts with processes, threads, clocks, disks and a
 * network, all under one seed.
 *
 * The program under test is linked unchanged. kernel_calls.c defines the system calls that it and
 * its libraries make (poll, pwrite, fdatasync, connect, clock_gettime, pthread_create, ...); a call
 * made by a simulated thread ends here, any other goes on to the C library. A thread is a coroutine
 * that runs until it waits, so nothing happens at the same time and everything in an order that the
 * seed chooses. Time stands still while somebody runs (but for a microsecond a look at the clock)
 * and jumps to the next thing that is due when all wait. */
#ifndef LEE_TESTS_SIM_KERNEL_H
#define LEE_TESTS_SIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_FD_FIRST 512
#define SIM_FDS 256
#define SIM_HOSTS_MAX 32
#define SIM_NEVER INT64_MAX

/* --- the world ------------------------------------------------------------------------------- */

typedef struct sim_host sim_host;
typedef void sim_main(void *context);

void sim_begin(uint64_t seed);
/* Runs until `until_us` or until nothing can happen any more. */
void sim_run(int64_t until_us);
void sim_stop(void); /* sim_run returns when the running thread waits */
int64_t sim_now_us(void);

/* The world's one source of chance. */
uint64_t sim_random(void);
uint64_t sim_below(uint64_t limit);
bool sim_chance(unsigned of_1000);

/* A running digest of every call with its result: the same seed gives the same. */
uint64_t sim_digest(void);
uint64_t sim_calls(void);
void sim_note(const char *what, int64_t a, int64_t b);
void sim_note_bytes(const void *bytes, size_t length);

/* --- hosts ----------------------------------------------------------------------------------- */

/* Its files are those below "/sim/NAME". */
sim_host *sim_host_create(const char *name);
const char *sim_host_name(const sim_host *host);
/* A thread of the host's process; the process ends when all have returned or it is killed. */
void sim_spawn(sim_host *host, sim_main *start, void *context);
bool sim_host_runs(const sim_host *host);
/* The process dies at once (kill -9): its descriptors are closed, what it wrote is in the cache. */
void sim_kill(sim_host *host);
/* The machine dies: of what was not synced each piece may be gone; nobody is told. */
void sim_power_cut(sim_host *host);
/* Sets the wall clock back or forth. */
void sim_step_clock(sim_host *host, int64_t by_us);
int64_t sim_host_utc_us(const sim_host *host);
sim_host *sim_host_now(void); /* of the running thread */
/* What its process said on standard output and standard error; NUL-terminated. */
const char *sim_said(const sim_host *host);

/* --- faults ---------------------------------------------------------------------------------- */

typedef struct {
    unsigned write_fails; /* of 1000 */
    unsigned write_short; /* of 1000 */
    unsigned sync_fails;  /* of 1000 */
    unsigned sync_slow;   /* of 1000: up to half a second */
    bool is_full;         /* nothing grows */
} sim_disk_faults;

sim_disk_faults *sim_disk(sim_host *host);
/* Writes and syncs that failed so far. */
uint64_t sim_disk_failed(const sim_host *host);

/* Nothing passes between the two until then; TCP sends it later, datagrams are gone. */
void sim_cut_link(sim_host *a, sim_host *b, int64_t until_us);
/* All connections between the two are reset. */
void sim_reset_links(sim_host *a, sim_host *b);

/* Whether signatures are those of libsodium (kernel_sign.c). */
#define SIM_SIGN_EVERY 16
void sim_sign_truly(bool truly);

/* --- looking from outside -------------------------------------------------------------------- */

/* The file as the next open would read it, borrowed until the next change; NULL: none. */
const uint8_t *sim_file(const char *path, size_t *length);
void sim_put_file(const char *path, const void *bytes, size_t length); /* durable at once */
/* Names below the folder, in byte order, one after the other until false. */
bool sim_file_at(const char *folder, size_t position, const char **path);

#endif
