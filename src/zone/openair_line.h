/* zone/openair_line.h: the lines of an OpenAir text. */
#ifndef LEE_ZONE_OPENAIR_LINE_H
#define LEE_ZONE_OPENAIR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEE_OPENAIR_TOKEN_LIST(X)                                                                  \
    X(AC) X(AY) X(AN) X(AI) X(AG) X(AL) X(AH) X(AA) X(DP) X(DC) X(DB) X(DA) X(DY) X(V)

typedef enum {
#define LEE_OPENAIR_TOKEN_ENUM(name) LEE_OPENAIR_##name,
    LEE_OPENAIR_TOKEN_LIST(LEE_OPENAIR_TOKEN_ENUM)
#undef LEE_OPENAIR_TOKEN_ENUM
        LEE_OPENAIR_IGNORED, /* known, and not about the zone: colours, frequencies, labels */
    LEE_OPENAIR_UNKNOWN
} lee_openair_token;

/* One line that is not blank or comment, without its comment and the spaces round it. */
typedef struct {
    const char *token; /* static; "" when unknown */
    const char *text;  /* what follows the token; of an unknown one: the whole line */
    size_t length;
    uint32_t number; /* from 1 */
} lee_openair_line;

typedef struct {
    const char *at;
    const char *end;
    uint32_t number;
} lee_openair_lines;

/* Line ends are LF, CR LF, or CR alone. */
void lee_openair_lines_init(lee_openair_lines *lines, const char *text, size_t length);
bool lee_openair_lines_next(lee_openair_lines *lines, lee_openair_line *out);

lee_openair_token lee_openair_token_of(const lee_openair_line *line);

bool lee_openair_is_blank(const char *at, const char *end);

/* A decimal number after spaces and one comma, at most 1e9; moves *at behind it. */
bool lee_openair_number(const char **at, const char *end, double *out);

/* "2025-01-01T12:00Z", with or without seconds, or NONE, which leaves *out as it is. */
bool lee_openair_instant(const char *text, size_t length, int64_t *out);

bool lee_openair_is_utf8(const char *text, size_t length);

/* The text as UTF-8, read as ISO-8859-1 where it is not; free with lee_free. NULL: no memory. */
char *lee_openair_utf8(const lee_openair_line *line);

#endif
