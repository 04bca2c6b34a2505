/* outlet/attest.h: asks others to sign the journal's newest head too: witnesses
 * (c2sp.org/tlog-witness), and servers of time stamps (RFC 3161).
 *
 * It reads the journal's published files and nothing else, so it never holds up a commit, a warning
 * or the next head. Each round takes the newest head once and asks everybody about that one, so
 * that one file carries all their signatures. Who does not answer is asked again later and later,
 * up to five minutes. */
#ifndef LEE_OUTLET_ATTEST_H
#define LEE_OUTLET_ATTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "io/loop.h"
#include "journal/witness.h"
#include "leeward/error.h"

#define LEE_ATTEST_WITNESSES_MAX 16

/* Texts are borrowed and outlive the attester. */
typedef struct {
    const char *url; /* the submission prefix: http:// or https:// */
    lee_note_verifier key;
} lee_attest_witness;

typedef struct {
    const char *url;
    const char *ca_file; /* PEM: whose certificates its stamps must lead to; NULL: not looked at */
} lee_attest_server;

typedef struct {
    const char *folder; /* of the journal */
    lee_attest_witness witnesses[LEE_ATTEST_WITNESSES_MAX];
    int witness_count;
    int quorum;          /* witnesses that must have signed a head before it is kept */
    const char *ca_file; /* for https, instead of the system's authorities; NULL: those */
    lee_attest_server servers[LEE_STAMPS_MAX];
    int server_count;
    int32_t stamp_every_ms; /* between two stamps of one server */
    int32_t every_ms;       /* between rounds, and the first wait after a failure */
    int32_t timeout_ms;     /* of one question */
} lee_attest_options;

/* Quorum 1, every 10 s, stamps every hour, 5 s for an answer. */
void lee_attest_options_default(lee_attest_options *out);

typedef struct {
    uint64_t signed_total; /* heads that it signed or stamped */
    uint64_t failed_total; /* questions without a signature */
    uint64_t size;         /* of the newest head that it signed */
    uint64_t t_s;          /* when it said to have signed that; 0: never */
    bool is_ahead;         /* it signed a head of more records than there are now */
    bool is_fork;          /* it says that ours does not go on from what it signed */
    char reason[256];      /* why the last question failed; "" when it did not */
} lee_attest_state;

/* What one round brought, borrowed until the sink returns. */
typedef struct {
    uint64_t size; /* of the head */
    int signatures;
    int stamps;
    bool is_kept;             /* it stands in DIR/attested now */
    const lee_buffer *note;   /* the head with all signatures */
    const lee_buffer *tokens; /* LEE_STAMPS_MAX stamps, empty where there is none */
} lee_attest_round;

typedef struct lee_attest lee_attest;

/* Opens without beginning anything. LEE_ERR_DOMAIN: no folder, nobody to ask, a URL that is none, a
 * quorum above the number of witnesses, a time out of range; NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_attest_create(const lee_attest_options *options, lee_attest **out);

/* One round, here and now. LEE_ERR_NOT_FOUND: there is no journal; LEE_ERR_CORRUPT: its head is not
 * signed by its key, or its tiles do not give the proof; IO, NO_MEMORY. When nobody signed,
 * out->signatures is 0 and the states say why. */
LEE_CHECK_RESULT
lee_error lee_attest_run(lee_attest *attest, lee_attest_round *out);

/* Rounds in a thread of its own, whenever there is a newer head; the sink is called on the loop's
 * thread for every head that is kept. LEE_ERR_IO, NO_MEMORY. */
typedef void lee_attest_sink(void *context, const lee_attest_round *round);
LEE_CHECK_RESULT
lee_error lee_attest_start(lee_attest *attest, lee_loop *loop, lee_attest_sink *sink,
                           void *context);

/* Stops the thread, which gives up a question under way within a second. NULL is allowed. */
void lee_attest_free(lee_attest *attest);

/* The state of witness `index`, or behind the last of them of a server; from any thread. */
void lee_attest_describe(lee_attest *attest, int index, lee_attest_state *out);

#endif
