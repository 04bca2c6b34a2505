#include "decode/asterix.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

#define DAY_US INT64_C(86400000000)

/* What a measuring step answers besides LEE_OK; `at` is where, `item` which. */
typedef struct {
    lee_error error;
    const char *reason;
    const char *field;
} fault;

static const fault no_fault = {LEE_OK, NULL, NULL};

static fault overrun(const lee_asterix_item *item)
{
    return (fault){LEE_ERR_TRUNCATED, "the item overruns its data block", item->name};
}

/* Reads a field specification: bits of the octets, most significant first, without the last bit of
 * each. Returns its octets; 0: it overruns; more than LEE_ASTERIX_FSPEC_MAX_BYTES: without end. */
static size_t read_fspec(const uint8_t *bytes, size_t length, uint64_t *out_bits)
{
    uint64_t bits = 0;
    size_t at = 0;
    for (; at < LEE_ASTERIX_FSPEC_MAX_BYTES; at++) {
        if (at == length) {
            return 0;
        }
        bits |= (uint64_t)(bytes[at] >> 1) << (57 - 7 * at);
        if ((bytes[at] & 1) == 0) {
            *out_bits = bits;
            return at + 1;
        }
    }
    return at + 1;
}

static bool is_set(uint64_t fspec, size_t index)
{
    return (fspec >> (63 - index) & 1) != 0;
}

static fault measure_extended(const lee_asterix_item *item, lee_bytes *cursor)
{
    for (int extent = 0; extent < LEE_ASTERIX_EXTENTS_MAX; extent++) {
        const uint8_t *const part = lee_bytes_take(cursor, item->bytes);
        if (part == NULL) {
            return overrun(item);
        }
        if ((part[item->bytes - 1] & 1) == 0) {
            return no_fault;
        }
    }
    return (fault){LEE_ERR_LIMIT, "the item extends itself without end", item->name};
}

/* Moves the cursor over an item that has no parts of its own. */
static fault measure_simple(const lee_asterix_item *item, lee_bytes *cursor)
{
    size_t size = 0;
    switch (item->kind) {
    case LEE_ASTERIX_FIXED:
        size = item->bytes;
        break;
    case LEE_ASTERIX_EXTENDED:
        return measure_extended(item, cursor);
    case LEE_ASTERIX_REPEATED:
        size = (size_t)lee_bytes_u8(cursor) * item->bytes;
        break;
    case LEE_ASTERIX_EXPLICIT:
        size = lee_bytes_u8(cursor);
        if (size == 0 && !cursor->failed) {
            return (fault){LEE_ERR_SYNTAX, "an explicit length of zero", item->name};
        }
        size = size > 0 ? size - 1 : 0;
        break;
    case LEE_ASTERIX_RANDOM_ORDER:
        return (fault){LEE_ERR_UNSUPPORTED, "random field sequencing", item->name};
    case LEE_ASTERIX_SPARE:
    case LEE_ASTERIX_COMPOUND:
        return (fault){LEE_ERR_UNSUPPORTED, "an item that the category does not have", item->name};
    }
    if (cursor->failed || lee_bytes_left(cursor) < size) {
        return overrun(item);
    }
    (void)lee_bytes_take(cursor, size);
    return no_fault;
}

/* The field specification of a compound item. */
static fault read_part_fspec(const lee_asterix_item *item, lee_bytes *cursor, uint64_t *out)
{
    const size_t octets = read_fspec(cursor->start + cursor->at, lee_bytes_left(cursor), out);
    if (octets == 0) {
        return overrun(item);
    }
    if (octets > LEE_ASTERIX_FSPEC_MAX_BYTES) {
        return (fault){LEE_ERR_LIMIT, "the item extends itself without end", item->name};
    }
    if (item->part_count < 64 && *out << item->part_count != 0) {
        return (fault){LEE_ERR_UNSUPPORTED, "a part that the item does not have", item->name};
    }
    (void)lee_bytes_take(cursor, octets);
    return no_fault;
}

static fault measure(const lee_asterix_item *item, lee_bytes *cursor)
{
    if (item->kind != LEE_ASTERIX_COMPOUND) {
        return measure_simple(item, cursor);
    }
    uint64_t fspec = 0;
    fault found = read_part_fspec(item, cursor, &fspec);
    for (size_t i = 0; found.error == LEE_OK && i < item->part_count; i++) {
        if (is_set(fspec, i)) {
            found = measure_simple(&item->parts[i], cursor);
        }
    }
    return found;
}

static lee_error refuse(lee_error_info *why, size_t offset, fault found)
{
    *why = (lee_error_info){
        .code = found.error, .offset = offset, .field = found.field, .reason = found.reason};
    return found.error;
}

static bool has(const lee_asterix_record *record, uint16_t number)
{
    size_t size;
    return lee_asterix_find(record, number, &size) != NULL;
}

/* Tracks of category 001 have another profile than plots. The target report descriptor says which,
 * and its place is the same in both. */
static void choose_profile(lee_asterix_record *record, uint64_t fspec, size_t fspec_bytes,
                           size_t length)
{
    const size_t at = fspec_bytes + (is_set(fspec, 0) ? 2u : 0u);
    if (record->table->items_track != NULL && is_set(fspec, 1) && at < length &&
        record->bytes[at] >> 7 != 0) {
        record->items = record->table->items_track;
        record->item_count = record->table->track_item_count;
    }
}

static lee_error check_required(const lee_asterix_record *record, lee_error_info *why)
{
    for (size_t i = 0; i < 4 && record->table->required[i] != 0; i++) {
        if (!has(record, record->table->required[i])) {
            return refuse(why, 0, (fault){LEE_ERR_MISSING, "a mandatory item is missing", NULL});
        }
    }
    return LEE_OK;
}

lee_error lee_asterix_parse(const lee_asterix_table *table, const uint8_t *bytes, size_t length,
                            lee_asterix_record *out, lee_error_info *why)
{
    assert(table && out && why);
    assert(bytes || length == 0);
    assert(length <= UINT16_MAX);

    static const fault no_fspec = {LEE_ERR_TRUNCATED, "the field specification is cut short",
                                   "FSPEC"};
    static const fault endless = {LEE_ERR_LIMIT, "a field specification without end", "FSPEC"};
    static const fault unknown = {LEE_ERR_UNSUPPORTED, "an item that the category does not have",
                                  "FSPEC"};
    uint64_t fspec = 0;
    const size_t octets = read_fspec(bytes, length, &fspec);
    if (octets == 0 || octets > LEE_ASTERIX_FSPEC_MAX_BYTES) {
        return refuse(why, 0, octets == 0 ? no_fspec : endless);
    }
    *out = (lee_asterix_record){
        .table = table, .items = table->items, .bytes = bytes, .item_count = table->item_count};
    choose_profile(out, fspec, octets, length);
    if (fspec << out->item_count != 0) {
        return refuse(why, 0, unknown);
    }
    lee_bytes cursor;
    lee_bytes_init(&cursor, bytes, length);
    (void)lee_bytes_take(&cursor, octets);
    for (size_t i = 0; i < out->item_count; i++) {
        if (!is_set(fspec, i)) {
            continue;
        }
        const size_t at = cursor.at;
        const fault found = measure(&out->items[i], &cursor);
        if (found.error != LEE_OK) {
            return refuse(why, at, found);
        }
        out->at[i] = (uint16_t)at;
        out->size[i] = (uint16_t)(cursor.at - at);
    }
    out->length = cursor.at;
    return check_required(out, why);
}

const uint8_t *lee_asterix_find(const lee_asterix_record *record, uint16_t number, size_t *size)
{
    for (size_t i = 0; i < record->item_count; i++) {
        if (record->items[i].number == number && record->size[i] > 0) {
            *size = record->size[i];
            return record->bytes + record->at[i];
        }
    }
    return NULL;
}

const uint8_t *lee_asterix_find_part(const lee_asterix_record *record, uint16_t number,
                                     unsigned place, size_t *size)
{
    for (size_t i = 0; i < record->item_count; i++) {
        const lee_asterix_item *const item = &record->items[i];
        if (item->number != number || record->size[i] == 0) {
            continue;
        }
        assert(item->kind == LEE_ASTERIX_COMPOUND && place >= 1 && place <= item->part_count);
        lee_bytes cursor;
        lee_bytes_init(&cursor, record->bytes + record->at[i], record->size[i]);
        uint64_t fspec = 0;
        fault found = read_part_fspec(item, &cursor, &fspec);
        if (found.error != LEE_OK || !is_set(fspec, place - 1)) {
            return NULL;
        }
        size_t at = cursor.at;
        for (size_t part = 0; part < place && found.error == LEE_OK; part++) {
            at = cursor.at;
            if (is_set(fspec, part)) {
                found = measure_simple(&item->parts[part], &cursor);
            }
        }
        *size = cursor.at - at;
        return found.error == LEE_OK ? cursor.start + at : NULL;
    }
    return NULL;
}

/* Items that carry the time, best first. Of category 021: when the position was true, when it was
 * heard, when it was sent on. */
static const struct {
    uint8_t category;
    uint16_t number;
} time_items[] = {{1, 141}, {2, 30},  {20, 140}, {21, 71},  {21, 73}, {21, 30},
                  {21, 75}, {21, 77}, {34, 30},  {48, 140}, {62, 70}, {65, 30}};

lee_asterix_time lee_asterix_time_of(const lee_asterix_record *record, int64_t *out_us)
{
    assert(record && out_us);

    for (size_t i = 0; i < sizeof time_items / sizeof time_items[0]; i++) {
        size_t size;
        const uint8_t *const item = record->table->category == time_items[i].category
                                        ? lee_asterix_find(record, time_items[i].number, &size)
                                        : NULL;
        if (item == NULL) {
            continue;
        }
        int64_t ticks = 0;
        for (size_t at = 0; at < size; at++) {
            ticks = ticks << 8 | item[at];
        }
        *out_us = ticks * 15625 / 2; /* 1/128 s */
        if (size == 2) {
            return LEE_ASTERIX_TIME_OF_512_S;
        }
        /* Midnight itself is sometimes sent as 24:00. */
        return *out_us <= DAY_US ? LEE_ASTERIX_TIME_OF_DAY : LEE_ASTERIX_TIME_OUT_OF_RANGE;
    }
    return LEE_ASTERIX_TIME_NONE;
}

int64_t lee_asterix_instant(int64_t reference_us, int64_t of_period_us, int64_t period_us)
{
    assert(period_us > 0);
    assert(of_period_us >= 0 && of_period_us <= period_us);

    const int64_t into = (reference_us % period_us + period_us) % period_us;
    int64_t instant = reference_us - into + of_period_us;
    if (instant - reference_us > period_us / 2) {
        instant -= period_us;
    } else if (reference_us - instant > period_us / 2) {
        instant += period_us;
    }
    return instant;
}
