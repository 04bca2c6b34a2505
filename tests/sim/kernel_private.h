/* sim/kernel_private.h: what the files of the simulated kernel share. */
#ifndef LEE_TESTS_SIM_KERNEL_PRIVATE_H
#define LEE_TESTS_SIM_KERNEL_PRIVATE_H

#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/types.h>
#include <ucontext.h>

#include "sim/kernel.h"

typedef struct sim_thread sim_thread;
typedef struct sim_object sim_object;
typedef struct sim_inode sim_inode;

typedef enum {
    SIM_FILE,
    SIM_FOLDER,
    SIM_STREAM,
    SIM_LISTENER,
    SIM_DATAGRAM,
    SIM_EVENT,
    SIM_TIMER,
    SIM_EPOLL,
    SIM_RANDOM
} sim_kind;

/* Bytes on their way to a stream or a datagram socket. */
typedef struct sim_chunk {
    struct sim_chunk *next;
    int64_t at_us;
    size_t length;
    size_t from;
    uint32_t lost; /* of datagrams: how many were dropped before this one */
    uint8_t bytes[];
} sim_chunk;

typedef struct {
    int fd;
    struct epoll_event event;
} sim_watch;

/* Here and below what each look at everything reads stands first. */
struct sim_object {
    sim_kind kind;
    int error; /* of a connection not made */
    sim_chunk *first;
    int64_t ready_us; /* when a connection is made */
    int64_t eof_us;   /* when the peer's end is heard of */
    int64_t reset_us; /* when the peer's death is heard of */
    sim_object *peer;
    size_t waiting_bytes;
    size_t room_bytes;
    uint64_t count; /* of an EVENT or TIMER */
    int64_t due_us; /* of a TIMER */
    int64_t period_us;
    int references;
    bool nonblocking;
    sim_host *host;
    sim_object *next; /* in the list of all sockets */
    sim_object *previous;
    /* FILE and FOLDER */
    sim_inode *inode;
    uint64_t offset;
    bool append;
    char *path; /* as it was opened */
    /* sockets */
    struct sockaddr_in address;
    sim_chunk *last;
    int64_t last_us; /* the newest chunk sent to here */
    uint32_t lost;
    sim_object *accepts[64];
    int accept_count;
    bool pipe;
    /* EPOLL */
    sim_watch *watches;
    int watch_count;
};

struct sim_host {
    bool poked; /* something of it changed: whoever waits looks again */
    char name[32];
    int index;
    sim_object *fds[SIM_FDS];
    sim_object *fds_before[SIM_FDS]; /* of the parent, while a child runs */
    bool in_child;
    bool pair_made; /* the newest call but for closes was a pair of sockets */
    int child_status;
    int64_t child_until_us;
    bool child_there;
    int threads;
    int64_t boot_us;
    int64_t utc_offset_us;
    sim_disk_faults faults;
    uint64_t failed;
    char *said;
    size_t said_length;
    size_t said_capacity;
};

struct sim_thread {
    sim_host *host;
    int64_t wake_us;
    bool done;
    bool woken; /* by a condition variable */
    const void *waits_on;
    sim_main *start;
    void *context;
    void *(*start_posix)(void *context);
    ucontext_t begin;
    void *place[64]; /* a jmp_buf, in kernel.c */
    bool started;
    bool detached;
    int saved_errno;
    uint8_t *stack;
    uint8_t *child_stack; /* what the stack of a parent held, while its child runs on it */
    size_t child_stack_bytes;
    bool restoring;
    void *child_place[64];
};

/* kernel.c */
extern sim_thread *sim__current; /* who runs; NULL: a call from outside the simulation */
sim_thread *sim__thread_create(sim_host *host);
void sim__thread_free(sim_thread *thread);
/* Waits until `until_us`, or until something of the host changed. Looks again and again are the
 * caller's: a return promises nothing. */
void sim__wait(int64_t until_us);
void sim__poke(sim_host *host);
/* Wakes one thread of the host that waits on it, or all. */
void sim__wake(sim_host *host, const void *waits_on, bool all);
void sim__sleep(int64_t us);
sim_host *sim__host_at(int index); /* NULL: no more */
int64_t sim__link_up_us(const sim_host *a, const sim_host *b);
void sim__say(sim_host *host, const char *bytes, size_t length);
pid_t sim__fork(void);
_Noreturn void sim__exit_child(int status);

/* kernel_calls.c: descriptors */
int sim__fd_add(sim_object *object); /* or -1 with errno */
sim_object *sim__fd(int fd);         /* NULL with errno */
bool sim__is_fd(int fd);
void sim__fd_close_all(sim_host *host);
sim_object *sim__object_create(sim_kind kind);
void sim__object_release(sim_object *object);

/* kernel_net.c */
void sim__net_release(sim_object *object);
void sim__net_power_cut(sim_host *host);
ssize_t sim__receive(sim_object *object, void *bytes, size_t capacity, int flags, uint32_t *lost,
                     bool *cut);
ssize_t sim__send(sim_object *object, const void *bytes, size_t length, int flags,
                  const struct sockaddr_in *to);
int sim__connect(sim_object *object, const struct sockaddr_in *to);
int sim__bind(sim_object *object, const struct sockaddr_in *to);
int sim__accept(sim_object *listener, int flags);
int sim__pair(int fds[2]);
int sim__poll(struct pollfd *fds, nfds_t count, int64_t timeout_us);
int sim__epoll_wait(sim_object *epoll, struct epoll_event *out, int capacity, int64_t timeout_us);
int sim__epoll_ctl(sim_object *epoll, int operation, int fd, const struct epoll_event *event);

/* kernel_file.c: all answer -1 with errno as the calls do */
int sim__open(const char *path, int flags);
int sim__file_stat(const char *path, sim_object *object, bool *is_folder, uint64_t *size,
                   const void **identity);
ssize_t sim__file_read(sim_object *object, void *bytes, size_t length, int64_t at);
ssize_t sim__file_write(sim_object *object, const void *bytes, size_t length, int64_t at);
int sim__file_truncate(sim_object *object, uint64_t length, bool grow_only);
int sim__file_sync(sim_object *object);
int sim__make_folder(const char *path);
int sim__rename(const char *from, const char *to);
int sim__remove(const char *path);
const char *sim__next_entry(sim_object *folder); /* NULL: no more */
void sim__inode_release(sim_inode *inode);
void sim__disk_power_cut(sim_host *host);

#endif
