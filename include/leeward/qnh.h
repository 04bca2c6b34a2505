/* leeward/qnh.h: which pressure at sea level (QNH) was stated for where and when. */
#ifndef LEEWARD_QNH_H
#define LEEWARD_QNH_H

#include <stdint.h>

#include "leeward/error.h"
#include "leeward/point.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEE_QNH_ID_BYTES 48
#define LEE_QNH_STATEMENTS_MAX 4096u
#define LEE_QNH_RADIUS_MAX_M 1000000
#define LEE_QNH_MIN_HPA_E1 8500
#define LEE_QNH_MAX_HPA_E1 11000
#define LEE_QNH_ERROR_MAX_HPA_E1 400

/* Holds for every place within radius_m, from from_us (inside) to to_us (outside). */
typedef struct {
    char id[LEE_QNH_ID_BYTES]; /* of the same id the one stated last holds alone */
    lee_point point;
    int32_t radius_m;     /* 1..LEE_QNH_RADIUS_MAX_M */
    int32_t qnh_hpa_e1;   /* LEE_QNH_MIN_HPA_E1..LEE_QNH_MAX_HPA_E1 */
    int32_t error_hpa_e1; /* at 95 %, 1..LEE_QNH_ERROR_MAX_HPA_E1 */
    int64_t from_us;
    int64_t to_us;
} lee_qnh;

typedef struct lee_qnh_table lee_qnh_table;

/* An empty table. NULL: no memory. */
lee_qnh_table *lee_qnh_table_create(void);
/* NULL is allowed. */
void lee_qnh_table_free(lee_qnh_table *table);

/* Puts a statement in place of that of its id and of those that ended by t_us.
 * LEE_ERR_LIMIT: LEE_QNH_STATEMENTS_MAX are in force. */
LEE_CHECK_RESULT
lee_error lee_qnh_table_put(lee_qnh_table *table, const lee_qnh *qnh, int64_t t_us);

/* All statements, in the order in which they were stated; borrowed until the next put. */
const lee_qnh *lee_qnh_table_all(const lee_qnh_table *table, uint32_t *count);

/* The statement that holds there and then, or NULL: of several the one whose place is nearest, of
 * those equally near the one stated last. Borrowed until the next put. */
const lee_qnh *lee_qnh_table_find(const lee_qnh_table *table, lee_point point, int64_t t_us);

#ifdef __cplusplus
}
#endif

#endif
