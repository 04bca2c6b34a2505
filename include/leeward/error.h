/* leeward/error.h: what a function answers when it could not do its work.
 *
 * Zero is success and every failure is negative. A result parameter is unchanged on failure
 * unless a function says otherwise. Wrong arguments are asserted; wrong input is an error. */
#ifndef LEEWARD_ERROR_H
#define LEEWARD_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LEE_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define LEE_CHECK_RESULT
#endif

/* Name, number, text: the only list of errors. Numbers are never reused. */
#define LEE_ERROR_LIST(X)                                                                          \
    X(OK, 0, "no error")                                                                           \
    X(NO_MEMORY, -1, "out of memory")                                                              \
    X(LIMIT, -2, "a stated limit was reached")                                                     \
    X(DOMAIN, -3, "a value is outside its allowed range")                                          \
    X(ALT_REF, -4, "altitude references differ and no conversion is known")                        \
    X(SYNTAX, -5, "the text does not follow its format")                                           \
    X(TRUNCATED, -6, "the input ends too early")                                                   \
    X(CHECKSUM, -7, "the checksum does not match")                                                 \
    X(UNSUPPORTED, -8, "a valid form that is not handled")                                         \
    X(DUPLICATE, -9, "it exists already")                                                          \
    X(NOT_FOUND, -10, "no such thing")                                                             \
    X(IO, -11, "the operating system refused")                                                     \
    X(CORRUPT, -12, "stored data does not verify")                                                 \
    X(GEOMETRY, -13, "the shape is not a valid area")                                              \
    X(MISSING, -14, "a required field is absent")                                                  \
    X(IMPLAUSIBLE, -15, "it contradicts what is physically possible")                              \
    X(STATE, -16, "not possible in this state")                                                    \
    X(DENIED, -17, "not allowed")

typedef enum {
#define LEE_ERROR_ENUM(name, number, text) LEE_ERR_##name = number,
    LEE_ERROR_LIST(LEE_ERROR_ENUM)
#undef LEE_ERROR_ENUM
        LEE_OK = LEE_ERR_OK
} lee_error;

/* Where and why input was refused. Texts are static strings. `offset` counts bytes from the start
 * of the input (bits for the decoders of bit fields); `line` counts from 1, 0 where there are no
 * lines. */
typedef struct {
    lee_error code;
    uint64_t offset;
    uint32_t line;
    const char *field;  /* NULL when no single field is to blame */
    const char *reason; /* one sentence without a full stop */
} lee_error_info;

/* The text and the name ("NO_MEMORY") of an error; "unknown error" for a number not listed. */
const char *lee_error_text(lee_error error);
const char *lee_error_name(lee_error error);

#ifdef __cplusplus
}
#endif

#endif
