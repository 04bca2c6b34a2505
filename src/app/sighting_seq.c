#include "app/sighting_seq.h"

#include <assert.h>
#include <string.h>

/* The observer's entry; a new one is empty, in place of the one not heard for longest. */
static lee_sighting_observer *find(lee_sighting_seq *table, const char *name)
{
    lee_sighting_observer *oldest = &table->observers[0];
    for (uint32_t i = 0; i < table->count; i++) {
        lee_sighting_observer *const o = &table->observers[i];
        if (strncmp(o->name, name, sizeof o->name - 1) == 0) {
            return o;
        }
        oldest = o->used < oldest->used ? o : oldest;
    }
    if (table->count < LEE_SIGHTING_OBSERVERS_MAX) {
        oldest = &table->observers[table->count++];
    } else {
        table->counters.evicted++;
    }
    *oldest = (lee_sighting_observer){.used = 0};
    const size_t length = strlen(name);
    memcpy(oldest->name, name, length < sizeof oldest->name ? length : sizeof oldest->name - 1);
    return oldest;
}

static void move_on(lee_sighting_seq *table, lee_sighting_observer *o, uint64_t seq)
{
    const uint64_t step = seq - o->newest;
    const bool is_first = o->seen == 0;
    table->counters.gaps += is_first ? 0 : step - 1;
    o->seen = step < LEE_SIGHTING_WINDOW && !is_first ? o->seen << step : 0;
    o->newest = seq;
}

bool lee_sighting_seq_note(lee_sighting_seq *table, const char *observer, uint64_t seq,
                           uint64_t content, uint64_t new_id, uint64_t *id)
{
    assert(table && observer && id);
    lee_sighting_observer *const o = find(table, observer);
    o->used = ++table->used;
    if (o->seen == 0 || seq > o->newest) {
        move_on(table, o, seq);
    } else if (o->newest - seq >= LEE_SIGHTING_WINDOW) {
        table->counters.old++;
        return false;
    } else if (o->seen >> (o->newest - seq) & 1) {
        if (o->contents[seq % LEE_SIGHTING_WINDOW] == content) {
            table->counters.duplicates++;
            *id = o->ids[seq % LEE_SIGHTING_WINDOW];
            return true;
        }
    } else if (table->counters.gaps > 0) {
        table->counters.gaps--; /* it came after all */
    }
    o->seen |= UINT64_C(1) << (o->newest - seq);
    o->ids[seq % LEE_SIGHTING_WINDOW] = new_id;
    o->contents[seq % LEE_SIGHTING_WINDOW] = content;
    return false;
}
