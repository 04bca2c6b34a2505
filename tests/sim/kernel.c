/* The simulated machine room: threads, time, hosts, processes. */
#define _GNU_SOURCE
#include "sim/kernel.h"

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/kernel_real.h"

#define THREADS_MAX 256
#define STACK_BYTES ((size_t)1024 * 1024)
#define BOOT_US INT64_C(1000000000)
#define UTC_US INT64_C(1790000000000000)
#define SPIN_MAX 2000000u

static_assert(sizeof(jmp_buf) <= sizeof(((sim_thread *)0)->place), "room for a place");

typedef struct {
    uint64_t random;
    int64_t now_us;
    bool stopping;
    uint64_t digest[2];
    uint64_t calls;
    sim_host *hosts[SIM_HOSTS_MAX];
    int host_count;
    int64_t link_up_us[SIM_HOSTS_MAX][SIM_HOSTS_MAX];
    sim_thread *threads[THREADS_MAX];
    int thread_count;
    jmp_buf scheduler;
    uint8_t *stacks[THREADS_MAX]; /* to be used again */
    int stack_count;
} sim_world;

static sim_world world;
sim_thread *sim__current;

/* --- chance and the digest ------------------------------------------------------------------- */

/* splitmix64 */
uint64_t sim_random(void)
{
    uint64_t z = (world.random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t sim_below(uint64_t limit)
{
    assert(limit > 0);
    return sim_random() % limit;
}

bool sim_chance(unsigned of_1000)
{
    return of_1000 > 0 && sim_below(1000) < of_1000;
}

static void digest_word(uint64_t word)
{
    world.digest[0] = (world.digest[0] ^ word) * UINT64_C(0x9fb21c651e98df25);
    world.digest[0] ^= world.digest[0] >> 32;
    world.digest[1] = (world.digest[1] + word) * UINT64_C(0xd6e8feb86659fd93);
    world.digest[1] ^= world.digest[1] >> 29;
}

void sim_note_bytes(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t word = 0;
    /* Beside each other, which takes half the time of one behind the other. */
    uint64_t pair[2];
    uint64_t one = world.digest[0];
    uint64_t two = world.digest[1];
    for (; length >= 16; length -= 16, at += 16) {
        memcpy(pair, at, 16);
        one = (one ^ pair[0]) * UINT64_C(0x9fb21c651e98df25);
        one ^= one >> 32;
        two = (two + pair[1]) * UINT64_C(0xd6e8feb86659fd93);
        two ^= two >> 29;
    }
    world.digest[0] = one;
    world.digest[1] = two;
    if (length >= 8) {
        memcpy(&word, at, 8);
        digest_word(word);
        length -= 8;
        at += 8;
    }
    word = length;
    memcpy(&word, at, length);
    digest_word(word ^ (uint64_t)length << 56);
}

void sim_note(const char *what, int64_t a, int64_t b)
{
    world.calls++;
    uint64_t name = 0;
    for (int i = 0; i < 8 && what[i] != '\0'; i++) {
        name = name << 8 | (uint8_t)what[i];
    }
    digest_word(name ^ (uint64_t)(sim__current ? sim__current->host->index : -1) << 56);
    digest_word((uint64_t)world.now_us);
    digest_word((uint64_t)a);
    digest_word((uint64_t)b);
    static const char *trace;
    static bool asked;
    if (!asked) {
        asked = true;
        trace = getenv("SIM_TRACE");
    }
    if (trace) {
        dprintf(2, "%12.6f %-6s %-14s %lld %lld %016llx\n", (double)world.now_us / 1e6,
                sim__current ? sim__current->host->name : "-", what, (long long)a, (long long)b,
                (unsigned long long)sim_digest());
    }
}

uint64_t sim_digest(void)
{
    return world.digest[0] ^ (world.digest[1] << 1 | world.digest[1] >> 63);
}

uint64_t sim_calls(void)
{
    return world.calls;
}

/* --- threads --------------------------------------------------------------------------------- */

static uint8_t *stack_take(void)
{
    if (world.stack_count > 0) {
        return world.stacks[--world.stack_count];
    }
    void *const stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert(stack != MAP_FAILED);
    return stack;
}

static void thread_main(void)
{
    sim_thread *const thread = sim__current;
    if (thread->start_posix) {
        (void)thread->start_posix(thread->context);
    } else {
        thread->start(thread->context);
    }
    thread->done = true;
    sim__poke(thread->host);
    _longjmp(world.scheduler, 1);
}

sim_thread *sim__thread_create(sim_host *host)
{
    assert(world.thread_count < THREADS_MAX);
    sim_thread *const thread = calloc(1, sizeof *thread);
    assert(thread);
    thread->host = host;
    thread->stack = stack_take();
    (void)getcontext(&thread->begin);
    thread->begin.uc_stack.ss_sp = thread->stack;
    thread->begin.uc_stack.ss_size = STACK_BYTES;
    thread->begin.uc_link = NULL;
    makecontext(&thread->begin, thread_main, 0);
    host->threads++;
    world.threads[world.thread_count++] = thread;
    return thread;
}

static void thread_leave(sim_thread *thread)
{
    for (int i = 0; i < world.thread_count; i++) {
        if (world.threads[i] == thread) {
            memmove(&world.threads[i], &world.threads[i + 1],
                    (size_t)(world.thread_count - i - 1) * sizeof world.threads[0]);
            world.thread_count--;
            break;
        }
    }
    if (thread->stack) {
        world.stacks[world.stack_count++] = thread->stack;
        thread->stack = NULL;
        thread->host->threads--;
    }
}

void sim__thread_free(sim_thread *thread)
{
    thread_leave(thread);
    free(thread->child_stack);
    free(thread);
}

/* Until it waits or ends. */
static void thread_enter(void)
{
    if (_setjmp(world.scheduler) == 0) {
        if (sim__current->started) {
            _longjmp(*(jmp_buf *)sim__current->place, 1);
        }
        sim__current->started = true;
        (void)setcontext(&sim__current->begin);
    }
}

static void thread_run(sim_thread *thread)
{
    sim__current = thread;
    errno = thread->saved_errno;
    thread_enter();
    thread->saved_errno = errno;
    sim__current = NULL;
    if (thread->restoring) {
        thread->restoring = false;
        memcpy(thread->stack + STACK_BYTES - thread->child_stack_bytes, thread->child_stack,
               thread->child_stack_bytes);
        memcpy(thread->place, thread->child_place, sizeof thread->place);
    }
    if (thread->done) {
        sim_host *const host = thread->host;
        thread_leave(thread);
        if (!thread->start_posix || thread->detached) {
            free(thread);
        }
        if (host->threads == 0) {
            sim__fd_close_all(host);
        }
    }
}

void sim__wait(int64_t until_us)
{
    sim_thread *const self = sim__current;
    assert(self);
    assert(!self->host->in_child);
    self->wake_us = until_us;
    if (_setjmp(*(jmp_buf *)self->place) == 0) {
        _longjmp(world.scheduler, 1);
    }
}

void sim__sleep(int64_t us)
{
    const int64_t until_us = world.now_us + us;
    while (world.now_us < until_us) {
        sim__wait(until_us);
    }
}

void sim__poke(sim_host *host)
{
    host->poked = true;
}

void sim__wake(sim_host *host, const void *waits_on, bool all)
{
    for (int i = 0; i < world.thread_count; i++) {
        sim_thread *const thread = world.threads[i];
        if (thread->host == host && thread->waits_on == waits_on && !thread->woken) {
            thread->woken = true;
            thread->wake_us = world.now_us;
            if (!all) {
                return;
            }
        }
    }
}

/* Who may run now, and when the next may. Poked hosts wake all their threads. */
static int find_ready(sim_thread *ready[THREADS_MAX], int64_t *next_us)
{
    int count = 0;
    *next_us = SIM_NEVER;
    for (int i = 0; i < world.thread_count; i++) {
        sim_thread *const thread = world.threads[i];
        if (thread->done) {
            continue;
        }
        if (thread->host->poked) {
            thread->wake_us = world.now_us;
        }
        if (thread->wake_us <= world.now_us) {
            ready[count++] = thread;
        } else if (thread->wake_us < *next_us) {
            *next_us = thread->wake_us;
        }
    }
    for (int i = 0; i < world.host_count; i++) {
        world.hosts[i]->poked = false;
    }
    return count;
}

void sim_run(int64_t until_us)
{
    assert(!sim__current);
    world.stopping = false;
    uint32_t spins = 0;
    while (!world.stopping && world.now_us < until_us) {
        sim_thread *ready[THREADS_MAX];
        int64_t next_us = SIM_NEVER;
        const int count = find_ready(ready, &next_us);
        if (count == 0) {
            if (next_us == SIM_NEVER) {
                return;
            }
            world.now_us = next_us;
            spins = 0;
            continue;
        }
        if (++spins > SPIN_MAX) {
            dprintf(2, "sim: %s spins at %lld us\n", ready[0]->host->name, (long long)world.now_us);
            abort();
        }
        /* The order among those who may run is nobody's promise, so chance decides. */
        thread_run(ready[count > 1 ? sim_below((uint64_t)count) : 0]);
    }
}

void sim_stop(void)
{
    world.stopping = true;
}

int64_t sim_now_us(void)
{
    return world.now_us;
}

/* A look at the clock takes a microsecond, or who waits for it to move would wait for ever. */
int64_t sim__tick_us(void)
{
    return world.now_us++;
}

/* --- hosts ----------------------------------------------------------------------------------- */

void sim_begin(uint64_t seed)
{
    memset(&world, 0, sizeof world);
    sim__current = NULL;
    world.random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
    world.now_us = BOOT_US;
}

sim_host *sim_host_create(const char *name)
{
    assert(world.host_count < SIM_HOSTS_MAX);
    sim_host *const host = calloc(1, sizeof *host);
    assert(host);
    (void)snprintf(host->name, sizeof host->name, "%s", name);
    host->index = world.host_count;
    host->utc_offset_us = UTC_US - BOOT_US;
    host->boot_us = 0;
    world.hosts[world.host_count++] = host;
    return host;
}

sim_host *sim__host_at(int index)
{
    return index < world.host_count ? world.hosts[index] : NULL;
}

const char *sim_host_name(const sim_host *host)
{
    return host->name;
}

sim_host *sim_host_now(void)
{
    return sim__current ? sim__current->host : NULL;
}

void sim_spawn(sim_host *host, sim_main *start, void *context)
{
    sim_thread *const thread = sim__thread_create(host);
    thread->start = start;
    thread->context = context;
    thread->wake_us = world.now_us;
}

bool sim_host_runs(const sim_host *host)
{
    return host->threads > 0;
}

static void end_process(sim_host *host)
{
    assert(!sim__current || sim__current->host != host);
    for (int i = world.thread_count; i-- > 0;) {
        sim_thread *const thread = world.threads[i];
        if (thread->host == host) {
            thread_leave(thread); /* what it had taken is gone with it: memory is not given back */
        }
    }
    host->child_there = false;
    host->pair_made = false;
}

void sim_kill(sim_host *host)
{
    sim_note("kill", host->index, 0);
    end_process(host);
    sim__fd_close_all(host);
}

void sim_power_cut(sim_host *host)
{
    sim_note("power", host->index, 0);
    sim__net_power_cut(host);
    end_process(host);
    sim__fd_close_all(host);
    sim__disk_power_cut(host);
    host->boot_us = world.now_us - 1000000;
}

void sim_step_clock(sim_host *host, int64_t by_us)
{
    sim_note("step", host->index, by_us);
    host->utc_offset_us += by_us;
}

int64_t sim_host_utc_us(const sim_host *host)
{
    return world.now_us + host->utc_offset_us;
}

sim_disk_faults *sim_disk(sim_host *host)
{
    return &host->faults;
}

uint64_t sim_disk_failed(const sim_host *host)
{
    return host->failed;
}

void sim_cut_link(sim_host *a, sim_host *b, int64_t until_us)
{
    sim_note("cut", a->index * 100 + b->index, until_us);
    world.link_up_us[a->index][b->index] = until_us;
    world.link_up_us[b->index][a->index] = until_us;
}

int64_t sim__link_up_us(const sim_host *a, const sim_host *b)
{
    return world.link_up_us[a->index][b->index];
}

void sim__say(sim_host *host, const char *bytes, size_t length)
{
    if (host->said_length + length + 1 > host->said_capacity) {
        host->said_capacity = (host->said_length + length + 1) * 2;
        host->said = realloc(host->said, host->said_capacity);
        assert(host->said);
    }
    memcpy(host->said + host->said_length, bytes, length);
    host->said_length += length;
    host->said[host->said_length] = '\0';
}

const char *sim_said(const sim_host *host)
{
    return host->said ? host->said : "";
}

/* --- a child that runs at once --------------------------------------------------------------- */

/* The daemon forks to write a snapshot of its memory. Here the child runs first, to its end and
 * without waiting, on the parent's stack, which is put back afterwards (as vfork would need). What
 * it leaves is its files; the parent hears of its end later. A child that would answer questions
 * for ever cannot be had so: after a pair of sockets was made fork is refused, as on a machine that
 * has no more processes, and the daemon goes on without. */
pid_t sim__fork(void)
{
    sim_thread *const self = sim__current;
    sim_host *const host = self->host;
    if (host->pair_made || host->child_there) {
        host->pair_made = false;
        errno = EAGAIN;
        return -1;
    }
    sim_note("fork", 0, 0);
    uint8_t here;
    uint8_t *const from = (uint8_t *)((uintptr_t)&here - 4096u);
    self->child_stack_bytes = (size_t)(self->stack + STACK_BYTES - from);
    self->child_stack = malloc(self->child_stack_bytes);
    assert(self->child_stack);
    memcpy(host->fds_before, host->fds, sizeof host->fds);
    host->in_child = true;
    if (_setjmp(*(jmp_buf *)self->child_place) != 0) {
        free(self->child_stack);
        self->child_stack = NULL;
        return 100000 + host->index;
    }
    memcpy(self->child_stack, from, self->child_stack_bytes);
    return 0;
}

void sim__exit_child(int status)
{
    sim_thread *const self = sim__current;
    sim_host *const host = self->host;
    assert(host->in_child);
    for (int i = 0; i < SIM_FDS; i++) {
        if (host->fds[i] && host->fds[i] != host->fds_before[i]) {
            sim__object_release(host->fds[i]);
        }
    }
    memcpy(host->fds, host->fds_before, sizeof host->fds);
    host->in_child = false;
    host->child_there = true;
    host->child_status = status;
    host->child_until_us = world.now_us + (int64_t)sim_below(2000000);
    self->restoring = true; /* not here: this very call stands on what has to be put back */
    self->wake_us = world.now_us;
    _longjmp(world.scheduler, 1);
}
