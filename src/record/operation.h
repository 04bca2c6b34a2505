/* record/operation.h: the OPERATOR record: what a named person asked of the watch, as JSON.
 *
 * {"op":"acknowledge","incident":"16 hex","by":…,"note":…,"for_s":3600,"t_us":…}
 * {"op":"inhibit","id":…,"zone":…,"target":…,"by":…,"note":…,"for_s":600,"t_us":…}
 * {"op":"end_inhibition","id":…,"by":…,"t_us":…}
 * {"op":"permit","permit":{a line of the permit file},"by":…,"t_us":…}
 * {"op":"permit_step","id":…,"state":"granted","by":…,"note":…,"t_us":…}
 * {"op":"qnh","qnh":{a line of a file of pressures},"by":…,"t_us":…} */
#ifndef LEE_RECORD_OPERATION_H
#define LEE_RECORD_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/target.h"

#define LEE_OPERATION_FOR_MAX_S 86400

typedef enum {
    LEE_OP_ACKNOWLEDGE,
    LEE_OP_INHIBIT,
    LEE_OP_END_INHIBITION,
    LEE_OP_PERMIT,
    LEE_OP_PERMIT_STEP,
    LEE_OP_QNH,
    LEE_OP_COUNT
} lee_op;

/* Texts that were not there are empty; a target that was not there is too. */
typedef struct {
    lee_op op;
    int64_t t_us;
    bool has_for;
    int64_t for_s; /* 1..LEE_OPERATION_FOR_MAX_S */
    uint64_t incident;
    char by[64];
    char note[512];
    char id[48]; /* of an inhibition or a permit */
    char state[16];
    char zone[129];
    lee_target target;
    const char *permit; /* a slice of the text; NULL: none */
    size_t permit_length;
    const char *qnh; /* likewise */
    size_t qnh_length;
} lee_operation;

/* LEE_ERR_SYNTAX: no JSON object; UNSUPPORTED: an operation that is not known; MISSING, DOMAIN:
 * *why names the field. */
LEE_CHECK_RESULT
lee_error lee_operation_read(const char *text, size_t length, lee_operation *out,
                             lee_error_info *why);

const char *lee_op_name(lee_op op);

#endif
