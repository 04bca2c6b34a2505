/* decode/asterix.h: the structure of ASTERIX records (EUROCONTROL-SPEC-0149), by tables.
 *
 * A data block is a category, a length, and records without any mark between them: where a record
 * ends follows from its items, whose lengths the tables know (asterix_tables.c, one table a
 * category). A record is taken whole or not at all. */
#ifndef LEE_DECODE_ASTERIX_H
#define LEE_DECODE_ASTERIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"

/* What stands before the record in a frame, so that the frame alone can be decoded: the category,
 * and the edition of its table (0, or LEE_ASTERIX_EDITION_0_26 of category 021). */
#define LEE_ASTERIX_FRAME_HEADER_BYTES 2

/* Category 021 before edition 1.0 has other items at other places, and a block does not say which
 * edition it follows. */
#define LEE_ASTERIX_EDITION_0_26 26

/* Category and length before the records of a block. */
#define LEE_ASTERIX_BLOCK_HEADER_BYTES 3

#define LEE_ASTERIX_ITEMS_MAX 49
/* Octets of one field specification, and of one item that extends itself. */
#define LEE_ASTERIX_FSPEC_MAX_BYTES 8
#define LEE_ASTERIX_EXTENTS_MAX 32

typedef enum {
    LEE_ASTERIX_SPARE,       /* no such item: its length is not known */
    LEE_ASTERIX_FIXED,       /* `bytes` long */
    LEE_ASTERIX_EXTENDED,    /* parts of `bytes`, as long as the last bit of the part is set */
    LEE_ASTERIX_REPEATED,    /* a count, and as many times `bytes` */
    LEE_ASTERIX_EXPLICIT,    /* its length in its first byte, which counts too */
    LEE_ASTERIX_COMPOUND,    /* a field specification of its own, and the parts it names */
    LEE_ASTERIX_RANDOM_ORDER /* random field sequencing: not handled */
} lee_asterix_kind;

typedef struct lee_asterix_item {
    uint16_t number;  /* 40 of I048/040; LEE_ASTERIX_RE and SP; of parts their place from 1 */
    const char *name; /* "I048/040" */
    lee_asterix_kind kind;
    uint8_t bytes;
    const struct lee_asterix_item *parts;
    uint8_t part_count;
} lee_asterix_item;

enum { LEE_ASTERIX_RE = 1001, LEE_ASTERIX_SP = 1002, LEE_ASTERIX_RFS = 1003 };

/* One category: its items by field reference number (from 1, here from 0), and those (0: no more)
 * without which a record is not one. `items_track` replaces `items` where the first bit of
 * I001/020 is set. */
typedef struct {
    uint8_t category;
    uint8_t edition;
    uint8_t item_count;
    uint8_t track_item_count;
    const lee_asterix_item *items;
    const lee_asterix_item *items_track;
    uint16_t required[4];
} lee_asterix_table;

/* NULL: a category that is not read. */
const lee_asterix_table *lee_asterix_table_of(uint8_t category, uint8_t edition);

/* Where each item lies in a record. `bytes` are borrowed. */
typedef struct {
    const lee_asterix_table *table;
    const lee_asterix_item *items;
    const uint8_t *bytes;
    size_t length;
    uint32_t item_count;
    uint16_t at[LEE_ASTERIX_ITEMS_MAX];
    uint16_t size[LEE_ASTERIX_ITEMS_MAX]; /* 0: absent */
} lee_asterix_record;

/* Measures the record at the front of `bytes`, of which its block has `length` (at most 65535).
 * why->offset: bytes from its start. LEE_ERR_TRUNCATED: an item overruns the block; UNSUPPORTED: an
 * item that the category does not have, or random field sequencing; LIMIT: a field specification or
 * an item without end; SYNTAX: an explicit length of 0; MISSING: a mandatory item is not there. */
LEE_CHECK_RESULT
lee_error lee_asterix_parse(const lee_asterix_table *table, const uint8_t *bytes, size_t length,
                            lee_asterix_record *out, lee_error_info *why);

/* The bytes of an item, and of part `place` (from 1) of a compound one; NULL: absent. */
const uint8_t *lee_asterix_find(const lee_asterix_record *record, uint16_t number, size_t *size);
const uint8_t *lee_asterix_find_part(const lee_asterix_record *record, uint16_t number,
                                     unsigned place, size_t *size);

/* How the time of a record counts. */
typedef enum {
    LEE_ASTERIX_TIME_NONE,
    LEE_ASTERIX_TIME_OF_DAY,      /* since midnight UTC */
    LEE_ASTERIX_TIME_OF_512_S,    /* category 001: time of day modulo 512 s */
    LEE_ASTERIX_TIME_OUT_OF_RANGE /* more than 24 hours */
} lee_asterix_time;

/* The time of a record in microseconds (of ticks of 1/128 s). */
lee_asterix_time lee_asterix_time_of(const lee_asterix_record *record, int64_t *out_us);

/* The instant nearest to reference_us that is `of_period_us` into a period (midnight wraps). */
int64_t lee_asterix_instant(int64_t reference_us, int64_t of_period_us, int64_t period_us);

#endif
