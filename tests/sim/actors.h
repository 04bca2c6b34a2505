/* sim/actors.h: those around the program: receivers, listeners, partners, operators. Each is a
 * thread of a simulated host of its own and speaks through simulated sockets like anybody else. */
#ifndef LEE_TESTS_SIM_ACTORS_H
#define LEE_TESTS_SIM_ACTORS_H

#include "sim/kernel.h"

/* --- traffic --------------------------------------------------------------------------------- */

typedef enum { SIM_JSONL, SIM_SBS, SIM_AVR, SIM_AIS } sim_format;

/* A receiver that serves lines over TCP, or sends datagrams to `port`. */
typedef struct {
    sim_host *host;
    sim_format format;
    bool udp;
    uint16_t port;
    unsigned targets;
    uint32_t first_target;
    int64_t period_us;   /* between two rounds of all targets */
    unsigned garbage;    /* of 1000 lines */
    unsigned duplicated; /* of 1000 */
    unsigned swapped;    /* of 1000, with the one before */
    unsigned bursts;     /* of 1000 rounds */
    unsigned drops;      /* of 1000 rounds: the connection is closed */
    bool quiet;          /* sends nothing */
    uint64_t lines;      /* handed to the network since it was set to 0 */
    uint64_t flights;    /* of these, reports */
    uint64_t connection; /* counts them */
} sim_feed;

void sim_feed_start(sim_feed *feed);
/* Where target `number` is at `utc_us`. */
void sim_target_place(uint32_t number, int64_t utc_us, int32_t *lat_e7, int32_t *lon_e7);
/* Its name as the program writes it, for the format it is told in. */
void sim_target_name(uint32_t number, sim_format format, char out[32]);

/* --- listeners ------------------------------------------------------------------------------- */

/* What somebody was told: an event (seq and digest of its text) or a warning (identifier). */
typedef struct {
    int64_t at_us;
    uint64_t seq;
    uint64_t digest; /* of an event's text */
    char name[80];   /* a warning's identifier, or what an operator's note says */
    bool is_marked;  /* a warning that says itself that it is not durable */
} sim_told;

typedef struct {
    sim_told *items;
    size_t count;
    size_t capacity;
} sim_told_list;

/* A browser on the live stream. */
typedef struct {
    sim_host *host;
    uint16_t port;
    bool slow;       /* takes little at a time */
    unsigned leaves; /* of 1000 messages: it goes and comes back */
    uint64_t seq;    /* the last event it knows */
    sim_told_list events;
    uint64_t messages;
    uint64_t sessions;
    char problem[160]; /* what was told in the wrong order; "" */
} sim_listener;

void sim_listener_start(sim_listener *listener);

/* A partner's webhook. */
typedef struct {
    sim_host *host;
    uint16_t port;
    unsigned refuses; /* of 1000: 503, or no answer */
    sim_told_list warnings;
} sim_partner;

void sim_partner_start(sim_partner *partner);

/* Somebody at the desk, who sets inhibitions. */
typedef struct {
    sim_host *host;
    sim_host *node; /* whose output has the token */
    uint16_t port;
    int64_t every_us;
    bool quiet;
    uint64_t asked;
    sim_told_list done; /* notes of those that were answered 201 */
} sim_operator;

void sim_operator_start(sim_operator *operator);

/* One GET; the status, or 0: no answer. `body` is NUL-terminated, cut to its size. */
unsigned sim_get(uint16_t port, const char *path, char *body, size_t capacity);

/* The same for whoever compares texts. */
uint64_t sim_text_digest(const char *text, size_t length);

#endif
