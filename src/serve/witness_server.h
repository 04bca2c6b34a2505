/* serve/witness_server.h: POST /add-checkpoint over HTTP (c2sp.org/tlog-witness) for the witness of
 * journal/witness.h. One thread, one request after the other, so that looking at the head signed
 * last and replacing it are one step. */
#ifndef LEE_SERVE_WITNESS_SERVER_H
#define LEE_SERVE_WITNESS_SERVER_H

#include <stdint.h>

#include "journal/witness.h"
#include "leeward/error.h"

typedef struct lee_witness_server lee_witness_server;

/* `listen` is "ADDRESS:PORT", numeric; port 0: the system picks. `now_s` gives the time, seconds
 * since 1970. The witness is borrowed. LEE_ERR_SYNTAX, IO, NO_MEMORY: *error says why. */
LEE_CHECK_RESULT
lee_error lee_witness_server_create(const char *listen, lee_witness *witness,
                                    uint64_t (*now_s)(void), lee_witness_server **out,
                                    lee_error_info *error);
void lee_witness_server_free(lee_witness_server *server);

uint16_t lee_witness_server_port(const lee_witness_server *server);

/* Waits for what is next and does it. LEE_ERR_IO. */
LEE_CHECK_RESULT
lee_error lee_witness_server_step(lee_witness_server *server);

#endif
