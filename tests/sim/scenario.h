/* sim/scenario.h: one seed's story: nodes, those around them, and what befalls them. */
#ifndef LEE_TESTS_SIM_SCENARIO_H
#define LEE_TESTS_SIM_SCENARIO_H

#include <signal.h>

#include "sim/actors.h"

#define SIM_NODES_MAX 3
#define SIM_FEEDS_MAX 3
#define SIM_ZONES 9
#define SIM_PROBLEM_BYTES 400

/* While a disk failed, and until the journal is sound again, what is told is not promised. An event
 * of that time is told from memory to whoever asks later, until the process ends. */
typedef struct {
    int64_t from_us;
    int64_t to_us;
    int64_t memory_to_us;
} sim_excuse;

typedef struct {
    sim_host *host;
    int number;
    uint16_t port;
    volatile sig_atomic_t stop;
    bool wanted;      /* it is started again when it does not run */
    int64_t start_us; /* not before */
    uint64_t starts;
    int status; /* of the last process that ended by itself */
    sim_excuse excuses[64];
    int excuse_count;
    uint64_t kills;
    uint64_t cuts;
    sim_feed feeds[SIM_FEEDS_MAX];
    int feed_count;
    sim_listener listeners[2];
    sim_partner partner;
    sim_operator operator;
} sim_node;

/* A zone: a square, judged without margins, or with those of its kind. */
typedef struct {
    char id[16];
    bool is_exact;
    int32_t south_e7, west_e7, north_e7, east_e7;
} sim_square;

typedef struct {
    sim_node nodes[SIM_NODES_MAX];
    int node_count;
    sim_square zones[SIM_ZONES];
    char problem[SIM_PROBLEM_BYTES]; /* the first that was found; "" */
    uint64_t events;                 /* checked */
    uint64_t warnings;
    uint64_t reports;
    uint64_t acknowledged; /* things told that had to be in a journal */
    uint64_t digest;
    int64_t simulated_us;
    int64_t end_us; /* until which it may wait for what is due */
} sim_story;

void sim_story_run(uint64_t seed, sim_story *story);

/* Notes the first problem. */
__attribute__((format(printf, 2, 3))) void sim_problem(sim_story *story, const char *format, ...);

/* checks.c: of a node that has stopped cleanly. */
void sim_check_node(sim_story *story, sim_node *node);

#endif
