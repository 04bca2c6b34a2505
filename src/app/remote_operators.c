#include "app/remote_operators.h"

#include <assert.h>
#include <string.h>

typedef lee_remote_operators_entry entry;

static int64_t last_us(const entry *e)
{
    return e->position_us > e->id_us ? e->position_us : e->id_us;
}

/* Its entry, or the one that makes room for it. */
static entry *find(lee_remote_operators *table, const lee_target *target, bool *found)
{
    entry *const set = table->entries[lee_target_hash(target) % LEE_REMOTE_OPERATORS_SETS];
    entry *oldest = &set[0];
    for (uint32_t i = 0; i < LEE_REMOTE_OPERATORS_WAYS; i++) {
        if (lee_target_equal(&set[i].said.target, target)) {
            *found = true;
            return &set[i];
        }
        oldest = last_us(&set[i]) < last_us(oldest) ? &set[i] : oldest;
    }
    *found = false;
    return oldest;
}

static bool is_same_place(const lee_remote_operator *a, const lee_remote_operator *b)
{
    return a->has_position == b->has_position && a->location == b->location &&
           a->lat_e7 == b->lat_e7 && a->lon_e7 == b->lon_e7 && a->has_alt == b->has_alt &&
           a->alt_hae_m_e1 == b->alt_hae_m_e1;
}

static void drop_place(lee_remote_operator *said)
{
    said->has_position = false;
    said->has_alt = false;
}

/* Takes out what is known already, or comes too soon. */
static void drop_known(const entry *known, lee_remote_operator *said, int64_t now_us)
{
    if (known->said.has_position && (is_same_place(&known->said, said) ||
                                     now_us - known->position_us < LEE_REMOTE_OPERATORS_EVERY_US)) {
        drop_place(said);
    }
    if (known->said.id[0] != '\0' && (strcmp(known->said.id, said->id) == 0 ||
                                      now_us - known->id_us < LEE_REMOTE_OPERATORS_EVERY_US)) {
        said->id[0] = '\0';
    }
}

static bool is_too_much(lee_remote_operators *table, int64_t now_us)
{
    if (table->in_minute == 0 || now_us - table->minute_us >= LEE_REMOTE_OPERATORS_EVERY_US) {
        table->minute_us = now_us;
        table->in_minute = 0;
    }
    if (table->in_minute == LEE_REMOTE_OPERATORS_PER_MINUTE) {
        table->dropped++;
        return true;
    }
    table->in_minute++;
    return false;
}

static void remember(entry *known, const lee_remote_operator *said, int64_t now_us)
{
    known->said.target = said->target;
    if (said->has_position) {
        known->said.has_position = true;
        known->said.location = said->location;
        known->said.lat_e7 = said->lat_e7;
        known->said.lon_e7 = said->lon_e7;
        known->said.has_alt = said->has_alt;
        known->said.alt_hae_m_e1 = said->alt_hae_m_e1;
        known->position_us = now_us;
    }
    if (said->id[0] != '\0') {
        memcpy(known->said.id, said->id, sizeof known->said.id);
        known->id_us = now_us;
    }
}

bool lee_remote_operators_take(lee_remote_operators *table, lee_remote_operator *said,
                               int64_t now_us)
{
    assert(table && said && said->target.text[0] != '\0' && lee_remote_operator_is_known(said));
    bool found;
    entry *const known = find(table, &said->target, &found);
    if (found) {
        drop_known(known, said, now_us);
    }
    if (!lee_remote_operator_is_known(said) || is_too_much(table, now_us)) {
        return false;
    }
    if (!found) {
        memset(known, 0, sizeof *known);
    }
    remember(known, said, now_us);
    table->recorded++;
    return true;
}

void lee_remote_operators_forget(lee_remote_operators *table)
{
    assert(table);
    memset(table->entries, 0, sizeof table->entries);
}
