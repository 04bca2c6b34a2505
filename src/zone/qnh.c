#include "leeward/qnh.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/distance.h"
#include "zone/qnh_file.h"

struct lee_qnh_table {
    uint32_t count;
    lee_qnh all[LEE_QNH_STATEMENTS_MAX];
};

lee_qnh_table *lee_qnh_table_create(void)
{
    return lee_alloc(1, sizeof(lee_qnh_table));
}

void lee_qnh_table_free(lee_qnh_table *table)
{
    lee_free(table);
}

lee_error lee_qnh_table_put(lee_qnh_table *table, const lee_qnh *qnh, int64_t t_us)
{
    assert(table && qnh);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->all[i].to_us > t_us && strcmp(table->all[i].id, qnh->id) != 0) {
            table->all[kept++] = table->all[i];
        }
    }
    table->count = kept;
    if (kept == LEE_QNH_STATEMENTS_MAX) {
        return LEE_ERR_LIMIT;
    }
    table->all[table->count++] = *qnh;
    return LEE_OK;
}

const lee_qnh *lee_qnh_table_all(const lee_qnh_table *table, uint32_t *count)
{
    assert(table && count);
    *count = table->count;
    return table->all;
}

void lee_qnh_table_state(lee_state *state, lee_qnh_table *table)
{
    assert(state && table);
    lee_state_section(state, "qnh");
    lee_state_count(state, &table->count, LEE_QNH_STATEMENTS_MAX);
    lee_state_plain(state, table->all, table->count * sizeof *table->all);
}

/* Whether it lies too far north or south: one degree of latitude is never less than 110.5 km. */
static bool is_off(const lee_qnh *qnh, lee_point point)
{
    const int64_t apart_e7 = (int64_t)qnh->point.lat_e7 - point.lat_e7;
    return (apart_e7 < 0 ? -apart_e7 : apart_e7) > ((int64_t)qnh->radius_m + 1) * 10000000 / 110500;
}

const lee_qnh *lee_qnh_table_find(const lee_qnh_table *table, lee_point point, int64_t t_us)
{
    assert(table);
    const lee_qnh *nearest = NULL;
    double nearest_m = 0.0;
    for (uint32_t i = 0; i < table->count; i++) {
        const lee_qnh *const qnh = &table->all[i];
        if (t_us < qnh->from_us || t_us >= qnh->to_us || is_off(qnh, point)) {
            continue;
        }
        const double away_m = lee_distance_m(qnh->point, point);
        if (away_m <= qnh->radius_m && (!nearest || away_m <= nearest_m)) {
            nearest = qnh;
            nearest_m = away_m;
        }
    }
    return nearest;
}
