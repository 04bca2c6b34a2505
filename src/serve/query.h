/* serve/query.h: the values in the query of a request. */
#ifndef LEE_SERVE_QUERY_H
#define LEE_SERVE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One value of a query, percent escapes resolved by the caller already. False: not there, or too
 * long. */
bool lee_query_get(const char *query, const char *key, char *out, size_t capacity);
/* A whole number of up to 19 digits. */
bool lee_query_number(const char *query, const char *key, uint64_t *out);

#endif
