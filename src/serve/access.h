/* serve/access.h: who may change something.
 *
 * Three tokens of 256 random bits are made at first start and shown once; only their SHA-256 is
 * kept, in a file that its owner alone may read. There is no default password. */
#ifndef LEE_SERVE_ACCESS_H
#define LEE_SERVE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "leeward/error.h"

typedef enum {
    LEE_ROLE_NONE,
    LEE_ROLE_OBSERVER,
    LEE_ROLE_OPERATOR,
    LEE_ROLE_CUSTODIAN,
    LEE_ROLE_UNIT, /* says where the unit is that its token is named after; none is made */
    LEE_ROLE_COUNT
} lee_role;

#define LEE_TOKENS_MAX 256u
#define LEE_TOKEN_TEXT_BYTES 44 /* 43 of base64url and the NUL */

typedef struct lee_access lee_access;

/* Fills `bytes` with randomness fit for secrets. */
typedef void lee_random(void *context, void *bytes, size_t length);
/* Shows a new token; it is wiped when this returns. */
typedef void lee_token_sink(void *context, lee_role role, const char *token);

typedef struct {
    const char *path; /* of tokens.json */
    lee_random *random;
    lee_token_sink *created;
    void *context;
} lee_access_options;

/* Reads the tokens, or makes one each for observer, operator and custodian where the
 * file does not exist. LEE_ERR_SYNTAX,
 * LIMIT: the file is there and not ours: *error says why, nothing is made anew. LEE_ERR_IO,
 * NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_access_open(const lee_access_options *options, lee_access **out,
                          lee_error_info *error);
void lee_access_free(lee_access *access);

/* The role of an Authorization header's value ("Bearer TOKEN"), NONE when it names no token of
 * ours. Takes the same time whatever is wrong. *name (may be NULL) is set to the token's name. */
lee_role lee_access_role(const lee_access *access, const char *authorization, const char **name);

/* A custodian may do what an operator may; otherwise a role is itself. NONE needs nothing. */
bool lee_role_may(lee_role role, lee_role needed);
const char *lee_role_name(lee_role role);

#endif
