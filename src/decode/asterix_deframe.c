/* ASTERIX out of captures, datagrams and bare streams of data blocks: one record, one frame. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "decode/asterix.h"
#include "decode/deframe_internal.h"

#define DAY_US (86400 * LEE_US_PER_S)
#define PERIOD_512_US (512 * LEE_US_PER_S)

/* A live record is believed to be this old at most; else its clock is wrong. */
#define AGE_MAX_US (60 * LEE_US_PER_S)

/* After garbage in a bare stream, a block is looked for whose first record is whole. */
#define GARBAGE_MAX_BYTES 512
#define HUNTED_BLOCK_MAX_BYTES 4096

#define MAGIC_BYTES 4 /* that tell a capture from a bare stream */

typedef enum { KIND_UNKNOWN, KIND_CAPTURE, KIND_BARE } stream_kind;

struct lee__asterix_stream {
    stream_kind kind;
    bool hunting;
    bool time_known; /* of a bare recording: t_last_us comes from a record */
    bool capture_time_known;
    int64_t t_capture_us;
    lee_pcap *pcap;
    size_t held;
    uint8_t hold[UINT16_MAX + 1];
    uint8_t frame[LEE_FRAME_MAX_BYTES];
};

lee_error lee__asterix_stream_create(lee__asterix_stream **out)
{
    lee__asterix_stream *const stream = lee_alloc(1, sizeof *stream);
    if (stream == NULL || lee_pcap_create(&stream->pcap) != LEE_OK) {
        lee_free(stream);
        return LEE_ERR_NO_MEMORY;
    }
    *out = stream;
    return LEE_OK;
}

void lee__asterix_stream_free(lee__asterix_stream *stream)
{
    if (stream != NULL) {
        lee_pcap_free(stream->pcap);
        lee_free(stream);
    }
}

/* The time of frames that say none. */
static int64_t time_without(const lee_deframer *deframer)
{
    const lee__asterix_stream *const stream = deframer->asterix;
    if (stream->capture_time_known) {
        return stream->t_capture_us;
    }
    return deframer->options.live ? deframer->t_received_us : deframer->t_last_us;
}

/* A bare recording knows no date but that of t0: its first record is of that day. */
static int64_t begin_of(int64_t t_us, int64_t period_us)
{
    return t_us - (t_us % period_us + period_us) % period_us;
}

static int64_t time_of(lee_deframer *deframer, const lee_asterix_record *record)
{
    lee__asterix_stream *const stream = deframer->asterix;
    int64_t of_period_us = 0;
    const lee_asterix_time kind = lee_asterix_time_of(record, &of_period_us);
    if (kind != LEE_ASTERIX_TIME_OF_DAY && kind != LEE_ASTERIX_TIME_OF_512_S) {
        return time_without(deframer);
    }
    const int64_t period_us = kind == LEE_ASTERIX_TIME_OF_DAY ? DAY_US : PERIOD_512_US;
    if (stream->capture_time_known) {
        return lee_asterix_instant(stream->t_capture_us, of_period_us, period_us);
    }
    if (deframer->options.live) {
        const int64_t received_us = deframer->t_received_us;
        const int64_t instant_us = lee_asterix_instant(received_us, of_period_us, period_us);
        const int64_t age_us = received_us - instant_us;
        return age_us >= 0 && age_us <= AGE_MAX_US ? instant_us : received_us;
    }
    const int64_t reference_us = stream->time_known
                                     ? deframer->t_last_us
                                     : begin_of(deframer->options.t0_us, period_us) + period_us / 2;
    /* 512 s alone do not tell the day. */
    stream->time_known = stream->time_known || kind == LEE_ASTERIX_TIME_OF_DAY;
    return lee_asterix_instant(reference_us, of_period_us, period_us);
}

static void emit(lee_deframer *deframer, const uint8_t *bytes, size_t length, uint64_t offset,
                 int64_t t_us, lee_error refused, const char *reason)
{
    const lee_frame frame = {.t_us = t_us,
                             .stream_offset = offset,
                             .bytes = bytes,
                             .length = (uint32_t)length,
                             .feed = deframer->options.feed,
                             .format = (uint8_t)deframer->format,
                             .refused = (int8_t)refused,
                             .reason = reason};
    deframer->t_last_us = t_us;
    deframer->sink(deframer->context, &frame);
}

static void emit_refused(lee_deframer *deframer, const uint8_t *bytes, size_t length,
                         uint64_t offset, lee_error refused, const char *reason)
{
    for (size_t at = 0; at < length; at += LEE_FRAME_MAX_BYTES) {
        const size_t left = length - at;
        emit(deframer, bytes + at, left < LEE_FRAME_MAX_BYTES ? left : LEE_FRAME_MAX_BYTES,
             offset + at, time_without(deframer), refused, reason);
    }
}

/* One record, or what is left of a block when no record is found in it: the decoder then says which
 * item is to blame. */
static void emit_record(lee_deframer *deframer, uint8_t category, uint8_t edition,
                        const uint8_t *bytes, size_t length, uint64_t offset, int64_t t_us)
{
    uint8_t *const frame = deframer->asterix->frame;
    if (length > LEE_FRAME_MAX_BYTES - LEE_ASTERIX_FRAME_HEADER_BYTES) {
        emit_refused(deframer, bytes, length, offset, LEE_ERR_LIMIT, "the record is too long");
        return;
    }
    frame[0] = category;
    frame[1] = edition;
    memcpy(frame + LEE_ASTERIX_FRAME_HEADER_BYTES, bytes, length);
    emit(deframer, frame, LEE_ASTERIX_FRAME_HEADER_BYTES + length, offset, t_us, LEE_OK, NULL);
}

/* Are these bytes records of this table and nothing else? */
static bool is_clean(const lee_asterix_table *table, const uint8_t *bytes, size_t length)
{
    lee_asterix_record record;
    lee_error_info why;
    for (size_t at = 0; at < length; at += record.length) {
        if (lee_asterix_parse(table, bytes + at, length - at, &record, &why) != LEE_OK) {
            return false;
        }
    }
    return true;
}

/* The table of a block. Category 021 is taken to be of the new editions unless only the old one
 * fits: both demand the target's address, and it lies at different places. */
static const lee_asterix_table *choose_table(uint8_t category, const uint8_t *bytes, size_t length)
{
    const lee_asterix_table *const table = lee_asterix_table_of(category, 0);
    const lee_asterix_table *const old = lee_asterix_table_of(category, LEE_ASTERIX_EDITION_0_26);
    if (old != NULL && !is_clean(table, bytes, length) && is_clean(old, bytes, length)) {
        return old;
    }
    return table;
}

/* A whole block; `offset` is that of its first byte. */
static void give_block(lee_deframer *deframer, const uint8_t *block, size_t length, uint64_t offset)
{
    const uint8_t category = block[0];
    if (length <= LEE_ASTERIX_BLOCK_HEADER_BYTES) {
        emit_refused(deframer, block, length, offset, LEE_ERR_SYNTAX, "an empty data block");
        return;
    }
    const uint8_t *const bytes = block + LEE_ASTERIX_BLOCK_HEADER_BYTES;
    const size_t size = length - LEE_ASTERIX_BLOCK_HEADER_BYTES;
    offset += LEE_ASTERIX_BLOCK_HEADER_BYTES;
    const lee_asterix_table *const table = choose_table(category, bytes, size);
    if (table == NULL) {
        emit_record(deframer, category, 0, bytes, size, offset, time_without(deframer));
        return;
    }
    lee_asterix_record record;
    lee_error_info why;
    for (size_t at = 0; at < size; at += record.length) {
        const bool whole = lee_asterix_parse(table, bytes + at, size - at, &record, &why) == LEE_OK;
        emit_record(deframer, category, table->edition, bytes + at,
                    whole ? record.length : size - at, offset + at,
                    whole ? time_of(deframer, &record) : time_without(deframer));
        if (!whole) {
            return;
        }
    }
}

static size_t block_length(const uint8_t *block)
{
    return (size_t)block[1] << 8 | block[2];
}

/* --- captures --------------------------------------------------------------------------------- */

static void give_datagram(lee_deframer *deframer, const uint8_t *bytes, size_t length,
                          uint64_t offset)
{
    size_t at = 0;
    while (at < length) {
        const size_t left = length - at;
        const size_t size = left < LEE_ASTERIX_BLOCK_HEADER_BYTES ? 0 : block_length(bytes + at);
        if (size < LEE_ASTERIX_BLOCK_HEADER_BYTES || size > left) {
            emit_refused(deframer, bytes + at, left, offset + at,
                         size > left ? LEE_ERR_TRUNCATED : LEE_ERR_SYNTAX,
                         size > left ? "a data block longer than its datagram"
                                     : "a data block of a length that cannot be");
            return;
        }
        give_block(deframer, bytes + at, size, offset + at);
        at += size;
    }
}

/* Packets without UDP belong to something else and are passed over. */
static void on_packet(void *context, const lee_pcap_packet *packet)
{
    lee_deframer *const deframer = context;
    lee__asterix_stream *const stream = deframer->asterix;
    stream->capture_time_known = packet->time_known || stream->capture_time_known;
    stream->t_capture_us = packet->t_us;
    const uint8_t *payload = NULL;
    size_t length = 0;
    const char *reason = packet->reason;
    const lee_error error = packet->refused != LEE_OK
                                ? packet->refused
                                : lee_pcap_udp_payload(packet, &payload, &length, &reason);
    if (error == LEE_OK) {
        give_datagram(deframer, payload, length,
                      packet->stream_offset + (uint64_t)(payload - packet->bytes));
    } else if (error != LEE_ERR_NOT_FOUND) {
        emit_refused(deframer, packet->bytes, packet->length, packet->stream_offset, error, reason);
    }
}

/* --- bare streams ----------------------------------------------------------------------------- */

typedef enum { CANDIDATE_NO, CANDIDATE_YES, CANDIDATE_OPEN } candidate;

static candidate look_for_block(const uint8_t *bytes, size_t length, bool at_end)
{
    const lee_asterix_table *const table = lee_asterix_table_of(bytes[0], 0);
    if (table == NULL) {
        return CANDIDATE_NO;
    }
    if (length < LEE_ASTERIX_BLOCK_HEADER_BYTES) {
        return at_end ? CANDIDATE_NO : CANDIDATE_OPEN;
    }
    const size_t size = block_length(bytes);
    if (size <= LEE_ASTERIX_BLOCK_HEADER_BYTES || size > HUNTED_BLOCK_MAX_BYTES) {
        return CANDIDATE_NO;
    }
    if (size > length) {
        return at_end ? CANDIDATE_NO : CANDIDATE_OPEN;
    }
    lee_asterix_record record;
    lee_error_info why;
    const uint8_t *const body = bytes + LEE_ASTERIX_BLOCK_HEADER_BYTES;
    const size_t body_size = size - LEE_ASTERIX_BLOCK_HEADER_BYTES;
    const lee_asterix_table *const chosen = choose_table(bytes[0], body, body_size);
    return lee_asterix_parse(chosen, body, body_size, &record, &why) == LEE_OK ? CANDIDATE_YES
                                                                               : CANDIDATE_NO;
}

/* Refuses what comes before the next block. Returns the bytes used, 0: more are needed, unless the
 * hunt is over. */
static size_t hunt(lee_deframer *deframer, const uint8_t *bytes, size_t length, bool at_end)
{
    lee__asterix_stream *const stream = deframer->asterix;
    size_t garbage = 0;
    candidate found = CANDIDATE_NO;
    while (garbage < length && garbage < GARBAGE_MAX_BYTES) {
        found = look_for_block(bytes + garbage, length - garbage, at_end);
        if (found != CANDIDATE_NO) {
            break;
        }
        garbage++;
    }
    if (found == CANDIDATE_OPEN ||
        (found == CANDIDATE_NO && garbage < GARBAGE_MAX_BYTES && !at_end)) {
        return 0;
    }
    stream->hunting = found != CANDIDATE_YES;
    emit_refused(deframer, bytes, garbage, deframer->offset, LEE_ERR_SYNTAX,
                 "bytes outside any data block");
    return garbage;
}

/* Takes what is whole; returns the bytes used. */
static size_t take_blocks(lee_deframer *deframer, const uint8_t *bytes, size_t length, bool at_end)
{
    lee__asterix_stream *const stream = deframer->asterix;
    size_t at = 0;
    while (at < length) {
        size_t used = 0;
        if (stream->hunting) {
            used = hunt(deframer, bytes + at, length - at, at_end);
            if (used == 0 && stream->hunting) {
                break;
            }
        } else if (length - at < LEE_ASTERIX_BLOCK_HEADER_BYTES) {
            break;
        } else {
            const size_t size = block_length(bytes + at);
            stream->hunting = size < LEE_ASTERIX_BLOCK_HEADER_BYTES;
            if (size > length - at) {
                break;
            }
            if (!stream->hunting) {
                give_block(deframer, bytes + at, size, deframer->offset);
                used = size;
            }
        }
        at += used;
        deframer->offset += used;
    }
    return at;
}

static void push_bare(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    lee__asterix_stream *const stream = deframer->asterix;
    while (length > 0) {
        if (stream->held == 0) {
            const size_t used = take_blocks(deframer, bytes, length, false);
            bytes += used;
            length -= used;
        }
        const size_t room = sizeof stream->hold - stream->held;
        const size_t taken = length < room ? length : room;
        if (taken > 0) {
            memcpy(stream->hold + stream->held, bytes, taken);
        }
        stream->held += taken;
        bytes += taken;
        length -= taken;
        const size_t used = take_blocks(deframer, stream->hold, stream->held, false);
        assert(used > 0 || stream->held < sizeof stream->hold);
        stream->held -= used;
        memmove(stream->hold, stream->hold + used, stream->held);
    }
}

static void finish_bare(lee_deframer *deframer)
{
    lee__asterix_stream *const stream = deframer->asterix;
    const size_t used = take_blocks(deframer, stream->hold, stream->held, true);
    emit_refused(deframer, stream->hold + used, stream->held - used, deframer->offset,
                 LEE_ERR_TRUNCATED, "the stream ends within a data block");
    deframer->offset += stream->held - used;
    stream->held = 0;
    stream->hunting = false;
}

/* --- both ------------------------------------------------------------------------------------- */

void lee__deframe_asterix(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    lee__asterix_stream *const stream = deframer->asterix;
    if (stream->kind == KIND_UNKNOWN) {
        const size_t missing = MAGIC_BYTES - stream->held;
        const size_t taken = length < missing ? length : missing;
        memcpy(stream->hold + stream->held, bytes, taken);
        stream->held += taken;
        bytes += taken;
        length -= taken;
        if (stream->held < MAGIC_BYTES) {
            return;
        }
        if (!lee_pcap_is_capture(stream->hold, stream->held)) {
            stream->kind = KIND_BARE;
        } else {
            stream->kind = KIND_CAPTURE;
            lee_pcap_push(stream->pcap, stream->hold, stream->held, on_packet, deframer);
            stream->held = 0;
        }
    }
    if (stream->kind == KIND_CAPTURE) {
        lee_pcap_push(stream->pcap, bytes, length, on_packet, deframer);
    } else if (length > 0) {
        push_bare(deframer, bytes, length);
    } else {
        const size_t used = take_blocks(deframer, stream->hold, stream->held, false);
        stream->held -= used;
        memmove(stream->hold, stream->hold + used, stream->held);
    }
}

void lee__deframe_asterix_finish(lee_deframer *deframer)
{
    lee__asterix_stream *const stream = deframer->asterix;
    if (stream->kind == KIND_CAPTURE) {
        lee_pcap_finish(stream->pcap, on_packet, deframer);
    } else {
        finish_bare(deframer);
    }
    stream->kind = KIND_UNKNOWN;
    stream->capture_time_known = false;
}
