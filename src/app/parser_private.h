/* app/parser_private.h: what the two ends say to each other. They are the same program on the same
 * machine, so structs are sent as they lie in memory. */
#ifndef LEE_APP_PARSER_PRIVATE_H
#define LEE_APP_PARSER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "io/twin.h"

#define LEE__PARSER_FD LEE_TWIN_FD
#define LEE__PARSER_MESSAGE_MAX_BYTES (256u * 1024u * 1024u)
#define LEE__PARSER_MEMORY_MAX_BYTES (1024ul * 1024ul * 1024ul)

typedef enum {
    LEE__PARSER_STREAM = 1, /* lee_parser_stream */
    LEE__PARSER_PUSH,       /* chunks; lee__parser_sums, frames, and what is said of operators */
    LEE__PARSER_DECODER,    /* lee_decoder_options: a new decoder */
    LEE__PARSER_FRAMES,     /* frames; results (lee_decoding) */
    LEE__PARSER_SAVE,       /* nothing; the decoder's state */
    LEE__PARSER_LOAD        /* that state; nothing */
} lee__parser_task;

/* In front of a task, and with a lee_error in front of an answer. */
typedef struct {
    int32_t what;
    uint32_t length;
} lee__parser_head;

typedef struct {
    uint64_t refused;
    uint64_t refused_bytes;
    uint64_t operators_bytes; /* behind the frames: each a length (u32) and a record */
    int32_t format;           /* -1: not known yet */
} lee__parser_sums;

#endif
