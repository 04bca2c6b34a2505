/* Capture files (draft-ietf-opsawg-pcap and -pcapng). */
#include "decode/pcap.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define FILE_HEADER_BYTES 24u
#define PACKET_HEADER_BYTES 16u
#define BLOCK_HEADER_BYTES 8u
#define BLOCK_FRAME_BYTES 12u /* the header, and the length again at the end */

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_SECTION 0x0a0d0d0au
#define MAGIC_ORDER 0x1a2b3c4du
/* What senders compress with: LZMA in the container .xz, and the first three bytes that it has
 * without one. */
#define MAGIC_XZ 0xfd377a58u
#define MAGIC_LZMA 0x5d0000u

enum { BLOCK_INTERFACE = 1, BLOCK_PACKET = 2, BLOCK_SIMPLE = 3, BLOCK_ENHANCED = 6 };

/* What stands before the data in the longest of these (the enhanced packet block). */
#define BLOCK_PACKET_BYTES 28u

/* Room for a packet, its header, and options of a length that no writer reaches. */
#define CARRY_BYTES (LEE_PCAP_PACKET_MAX_BYTES + 65536u)

typedef enum { STATE_START, STATE_PCAP, STATE_PCAPNG, STATE_LOST } pcap_state;

typedef struct {
    uint16_t link_type;
    uint8_t resolution; /* if_tsresol as in the file; 6 where it is not said */
    int64_t offset_s;
} pcap_interface;

struct lee_pcap {
    pcap_state state;
    bool swapped; /* little endian, as almost all are */
    bool nano;
    uint16_t link_type;
    uint32_t interface_count;
    pcap_interface interfaces[LEE_PCAP_INTERFACES_MAX];
    uint64_t pass; /* bytes of a block without interest still to come */
    uint64_t offset;
    int64_t t_last_us;
    lee_error lost_error;
    const char *lost_reason;
    lee_pcap_sink *sink;
    void *context;
    size_t carry_length;
    uint8_t carry[CARRY_BYTES];
};

static uint32_t big_u32(const uint8_t *bytes)
{
    lee_bytes cursor;
    lee_bytes_init(&cursor, bytes, 4);
    return lee_bytes_u32_be(&cursor);
}

static uint32_t get_u32(const lee_pcap *pcap, const uint8_t *bytes)
{
    lee_bytes cursor;
    lee_bytes_init(&cursor, bytes, 4);
    return pcap->swapped ? lee_bytes_u32_le(&cursor) : lee_bytes_u32_be(&cursor);
}

static uint16_t get_u16(const lee_pcap *pcap, const uint8_t *bytes)
{
    return (uint16_t)(pcap->swapped ? bytes[1] << 8 | bytes[0] : bytes[0] << 8 | bytes[1]);
}

static uint32_t swap_u32(uint32_t value)
{
    return value >> 24 | (value >> 8 & 0xff00u) | (value << 8 & 0xff0000u) | value << 24;
}

static bool is_pcap_magic(uint32_t magic)
{
    return magic == MAGIC_MICRO || magic == MAGIC_NANO;
}

bool lee_pcap_is_capture(const uint8_t *bytes, size_t length)
{
    assert(bytes || length == 0);

    if (length < 4) {
        return false;
    }
    const uint32_t magic = big_u32(bytes);
    if (is_pcap_magic(magic) || is_pcap_magic(swap_u32(magic))) {
        return true;
    }
    if (magic != MAGIC_SECTION) {
        return false;
    }
    if (length < 12) {
        return true;
    }
    const uint32_t order = big_u32(bytes + 8);
    return order == MAGIC_ORDER || swap_u32(order) == MAGIC_ORDER;
}

static uint32_t ordered_u32(const uint8_t *bytes, bool swapped)
{
    return swapped ? swap_u32(big_u32(bytes)) : big_u32(bytes);
}

bool lee_pcap_peek_link_type(const uint8_t *bytes, size_t length, uint16_t *out)
{
    assert(out);

    if (length < FILE_HEADER_BYTES || !lee_pcap_is_capture(bytes, length)) {
        return false;
    }
    const uint32_t magic = big_u32(bytes);
    if (magic != MAGIC_SECTION) {
        *out = (uint16_t)ordered_u32(bytes + 20, !is_pcap_magic(magic));
        return true;
    }
    /* The interface is described right after the section. */
    const bool swapped = big_u32(bytes + 8) != MAGIC_ORDER;
    const uint32_t at = ordered_u32(bytes + 4, swapped);
    if (at > length || length - at < BLOCK_FRAME_BYTES ||
        ordered_u32(bytes + at, swapped) != BLOCK_INTERFACE) {
        return false;
    }
    *out = (uint16_t)(swapped ? bytes[at + 9] << 8 | bytes[at + 8]
                              : bytes[at + 8] << 8 | bytes[at + 9]);
    return true;
}

lee_error lee_pcap_create(lee_pcap **out)
{
    assert(out);

    lee_pcap *const pcap = lee_alloc(1, sizeof *pcap);
    if (pcap == NULL) {
        return LEE_ERR_NO_MEMORY;
    }
    *out = pcap;
    return LEE_OK;
}

void lee_pcap_free(lee_pcap *pcap)
{
    lee_free(pcap);
}

static uint64_t lose(lee_pcap *pcap, lee_error error, const char *reason)
{
    pcap->state = STATE_LOST;
    pcap->lost_error = error;
    pcap->lost_reason = reason;
    return 0;
}

static void give(lee_pcap *pcap, lee_pcap_packet *packet)
{
    if (packet->refused == LEE_OK && packet->time_known) {
        pcap->t_last_us = packet->t_us;
    }
    packet->t_us = pcap->t_last_us;
    pcap->sink(pcap->context, packet);
}

static void give_refused(lee_pcap *pcap, const uint8_t *bytes, size_t length, lee_error error,
                         const char *reason)
{
    size_t at = 0;
    while (at < length) {
        const size_t left = length - at;
        const size_t piece = left < LEE_PCAP_REFUSED_MAX_BYTES ? left : LEE_PCAP_REFUSED_MAX_BYTES;
        lee_pcap_packet packet = {.bytes = bytes + at,
                                  .length = piece,
                                  .length_original = (uint32_t)piece,
                                  .stream_offset = pcap->offset + at,
                                  .refused = error,
                                  .reason = reason};
        give(pcap, &packet);
        at += piece;
    }
}

/* Each takes what is whole at the front and returns its bytes; 0: more are needed, unless the state
 * or what is to be passed over changed. */
static uint64_t read_start(lee_pcap *pcap, const uint8_t *bytes, size_t length)
{
    if (length < 4) {
        return 0;
    }
    const uint32_t magic = big_u32(bytes);
    if (magic == MAGIC_SECTION) {
        pcap->state = STATE_PCAPNG;
        return 0;
    }
    if (magic == MAGIC_XZ || magic >> 8 == MAGIC_LZMA) {
        return lose(pcap, LEE_ERR_UNSUPPORTED,
                    "compressed (LZMA): let it be sent without compression");
    }
    const bool swapped = is_pcap_magic(swap_u32(magic));
    if (!swapped && !is_pcap_magic(magic)) {
        return lose(pcap, LEE_ERR_SYNTAX, "not a capture file");
    }
    if (length < FILE_HEADER_BYTES) {
        return 0;
    }
    pcap->swapped = swapped;
    pcap->nano = (swapped ? swap_u32(magic) : magic) == MAGIC_NANO;
    /* The upper bits tell of check sequences. */
    pcap->link_type = (uint16_t)get_u32(pcap, bytes + 20);
    pcap->state = STATE_PCAP;
    return FILE_HEADER_BYTES;
}

static uint64_t read_pcap(lee_pcap *pcap, const uint8_t *bytes, size_t length)
{
    if (length < PACKET_HEADER_BYTES) {
        return 0;
    }
    const uint32_t captured = get_u32(pcap, bytes + 8);
    if (captured > LEE_PCAP_PACKET_MAX_BYTES) {
        return lose(pcap, LEE_ERR_LIMIT, "a packet longer than any can be");
    }
    if (length < PACKET_HEADER_BYTES + captured) {
        return 0;
    }
    const uint32_t fraction = get_u32(pcap, bytes + 4);
    const int64_t seconds = get_u32(pcap, bytes);
    lee_pcap_packet packet = {.bytes = bytes + PACKET_HEADER_BYTES,
                              .length = captured,
                              .length_original = get_u32(pcap, bytes + 12),
                              .stream_offset = pcap->offset + PACKET_HEADER_BYTES,
                              .t_us = seconds * 1000000 +
                                      (int64_t)(pcap->nano ? fraction / 1000 : fraction),
                              .time_known = true,
                              .link_type = pcap->link_type};
    give(pcap, &packet);
    return PACKET_HEADER_BYTES + captured;
}

/* Ticks of an interface to microseconds. False: beyond what 64 bits hold. */
static bool ticks_to_us(const pcap_interface *interface, uint64_t ticks, int64_t *out)
{
    unsigned exponent = interface->resolution & 0x7fu;
    uint64_t us;
    if ((interface->resolution & 0x80u) != 0) {
        /* Binary fractions below 2^-43 s are cut, so that the product fits. */
        if (exponent >= 64) {
            return false;
        }
        if (exponent > 43) {
            ticks >>= exponent - 43;
            exponent = 43;
        }
        const uint64_t seconds = ticks >> exponent;
        const uint64_t fraction = ticks & ((UINT64_C(1) << exponent) - 1);
        if (seconds > INT64_MAX / 4000000) {
            return false;
        }
        us = seconds * 1000000 + ((fraction * 1000000) >> exponent);
    } else {
        us = ticks;
        for (; exponent > 6; exponent--) {
            us /= 10;
        }
        for (; exponent < 6; exponent++) {
            if (us > INT64_MAX / 40) {
                return false;
            }
            us *= 10;
        }
    }
    if (us > INT64_MAX / 4 || interface->offset_s > INT64_MAX / 4000000 ||
        interface->offset_s < -(INT64_MAX / 4000000)) {
        return false;
    }
    *out = (int64_t)us + interface->offset_s * 1000000;
    return true;
}

/* Options of an interface: if_tsresol (9) and if_tsoffset (14). */
static void read_interface_options(const lee_pcap *pcap, const uint8_t *bytes, size_t length,
                                   pcap_interface *interface)
{
    size_t at = 0;
    while (length - at >= 4) {
        const uint16_t code = get_u16(pcap, bytes + at);
        const uint16_t size = get_u16(pcap, bytes + at + 2);
        at += 4;
        if (code == 0 || size > length - at) {
            return;
        }
        if (code == 9 && size == 1) {
            interface->resolution = bytes[at];
        } else if (code == 14 && size == 8) {
            const uint64_t first = get_u32(pcap, bytes + at);
            const uint64_t second = get_u32(pcap, bytes + at + 4);
            interface->offset_s =
                (int64_t)(pcap->swapped ? second << 32 | first : first << 32 | second);
        }
        const size_t padded = ((size_t)size + 3) & ~(size_t)3;
        if (padded > length - at) {
            return;
        }
        at += padded;
    }
}

static void read_interface(lee_pcap *pcap, const uint8_t *body, size_t length)
{
    if (length >= 8 && pcap->interface_count < LEE_PCAP_INTERFACES_MAX) {
        pcap_interface *const interface = &pcap->interfaces[pcap->interface_count];
        *interface = (pcap_interface){.link_type = get_u16(pcap, body), .resolution = 6};
        read_interface_options(pcap, body + 8, length - 8, interface);
    }
    /* Counted beyond the limit too, as a packet names its interface by its number. */
    pcap->interface_count += pcap->interface_count < UINT32_MAX;
}

/* The body of an enhanced or obsolete packet block. */
static void read_packet_block(lee_pcap *pcap, uint32_t type, const uint8_t *body, size_t length,
                              uint64_t body_offset)
{
    lee_pcap_packet packet = {.bytes = body,
                              .length = length,
                              .length_original = (uint32_t)length,
                              .stream_offset = body_offset};
    const bool simple = type == BLOCK_SIMPLE;
    const size_t head = simple ? 4 : 20;
    if (length < head) {
        give_refused(pcap, body, length, LEE_ERR_TRUNCATED, "a packet block that is too short");
        return;
    }
    uint32_t number = 0;
    uint32_t captured = (uint32_t)(length - head);
    if (simple) {
        packet.length_original = get_u32(pcap, body);
        captured = packet.length_original < captured ? packet.length_original : captured;
    } else {
        number = type == BLOCK_PACKET ? get_u16(pcap, body) : get_u32(pcap, body);
        captured = get_u32(pcap, body + 12);
        packet.length_original = get_u32(pcap, body + 16);
    }
    if (captured > length - head) {
        give_refused(pcap, body, length, LEE_ERR_TRUNCATED, "a packet longer than its block");
        return;
    }
    if (number >= pcap->interface_count || number >= LEE_PCAP_INTERFACES_MAX) {
        give_refused(pcap, body, length, LEE_ERR_MISSING, "a packet of an unknown interface");
        return;
    }
    const pcap_interface *const interface = &pcap->interfaces[number];
    packet.bytes = body + head;
    packet.length = captured;
    packet.stream_offset = body_offset + head;
    packet.link_type = interface->link_type;
    if (!simple) {
        const uint64_t ticks = (uint64_t)get_u32(pcap, body + 4) << 32 | get_u32(pcap, body + 8);
        packet.time_known = ticks_to_us(interface, ticks, &packet.t_us);
    }
    give(pcap, &packet);
}

static bool is_wanted(uint32_t type)
{
    return type == BLOCK_INTERFACE || type == BLOCK_PACKET || type == BLOCK_SIMPLE ||
           type == BLOCK_ENHANCED;
}

/* The byte order of a section stands in its own header. False: it is neither. */
static bool begin_section(lee_pcap *pcap, const uint8_t *bytes)
{
    const uint32_t order = big_u32(bytes + 8);
    if (order != MAGIC_ORDER && swap_u32(order) != MAGIC_ORDER) {
        return false;
    }
    pcap->swapped = order != MAGIC_ORDER;
    pcap->interface_count = 0;
    return true;
}

static uint64_t read_pcapng(lee_pcap *pcap, const uint8_t *bytes, size_t length)
{
    if (length < BLOCK_HEADER_BYTES) {
        return 0;
    }
    const bool is_section = big_u32(bytes) == MAGIC_SECTION;
    if (is_section) {
        if (length < 12) {
            return 0;
        }
        if (!begin_section(pcap, bytes)) {
            return lose(pcap, LEE_ERR_SYNTAX, "a section of unknown byte order");
        }
    }
    const uint32_t type = get_u32(pcap, bytes);
    const uint32_t total = get_u32(pcap, bytes + 4);
    if (total < BLOCK_FRAME_BYTES || total % 4 != 0) {
        return lose(pcap, LEE_ERR_SYNTAX, "a block of a length that cannot be");
    }
    if (is_section || !is_wanted(type)) {
        pcap->pass = total;
        return 0;
    }
    if (total > CARRY_BYTES) {
        return lose(pcap, LEE_ERR_LIMIT, "a packet longer than any can be");
    }
    if (length < total) {
        return 0;
    }
    if (get_u32(pcap, bytes + total - 4) != total) {
        return lose(pcap, LEE_ERR_SYNTAX, "a block whose two lengths differ");
    }
    const uint8_t *const body = bytes + BLOCK_HEADER_BYTES;
    const size_t body_length = total - BLOCK_FRAME_BYTES;
    if (type == BLOCK_INTERFACE) {
        read_interface(pcap, body, body_length);
    } else {
        read_packet_block(pcap, type, body, body_length, pcap->offset + BLOCK_HEADER_BYTES);
    }
    return total;
}

/* Refuses pieces of a fixed size, so that they do not depend on how the stream was cut. */
static uint64_t read_lost(lee_pcap *pcap, const uint8_t *bytes, size_t length)
{
    if (length < LEE_PCAP_REFUSED_MAX_BYTES) {
        return 0;
    }
    give_refused(pcap, bytes, LEE_PCAP_REFUSED_MAX_BYTES, pcap->lost_error, pcap->lost_reason);
    return LEE_PCAP_REFUSED_MAX_BYTES;
}

static uint64_t read_next(lee_pcap *pcap, const uint8_t *bytes, size_t length)
{
    switch (pcap->state) {
    case STATE_START:
        return read_start(pcap, bytes, length);
    case STATE_PCAP:
        return read_pcap(pcap, bytes, length);
    case STATE_PCAPNG:
        return read_pcapng(pcap, bytes, length);
    case STATE_LOST:
        break;
    }
    return read_lost(pcap, bytes, length);
}

/* Takes all that is whole; returns the bytes used. */
static size_t consume(lee_pcap *pcap, const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (pcap->pass > 0) {
            const size_t left = length - at;
            const size_t taken = pcap->pass < left ? (size_t)pcap->pass : left;
            pcap->pass -= taken;
            pcap->offset += taken;
            at += taken;
            continue;
        }
        const pcap_state before = pcap->state;
        const uint64_t next = read_next(pcap, bytes + at, length - at);
        if (next == 0 && pcap->pass == 0 && pcap->state == before) {
            return at;
        }
        at += (size_t)next;
        pcap->offset += next;
    }
    return at;
}

void lee_pcap_push(lee_pcap *pcap, const uint8_t *bytes, size_t length, lee_pcap_sink *sink,
                   void *context)
{
    assert(pcap);
    assert(bytes || length == 0);
    assert(sink);

    pcap->sink = sink;
    pcap->context = context;
    while (length > 0) {
        if (pcap->carry_length == 0) {
            const size_t used = consume(pcap, bytes, length);
            bytes += used;
            length -= used;
        }
        /* What is carried grows by what its header may ask for, and never past the buffer: every
         * step decides by then. */
        const size_t room = CARRY_BYTES - pcap->carry_length;
        const size_t taken = length < room ? length : room;
        if (taken > 0) {
            memcpy(pcap->carry + pcap->carry_length, bytes, taken);
        }
        pcap->carry_length += taken;
        bytes += taken;
        length -= taken;
        const size_t used = consume(pcap, pcap->carry, pcap->carry_length);
        assert(used > 0 || pcap->carry_length < CARRY_BYTES);
        pcap->carry_length -= used;
        memmove(pcap->carry, pcap->carry + used, pcap->carry_length);
    }
}

void lee_pcap_finish(lee_pcap *pcap, lee_pcap_sink *sink, void *context)
{
    assert(pcap);
    assert(sink);

    pcap->sink = sink;
    pcap->context = context;
    if (pcap->carry_length > 0) {
        const bool lost = pcap->state == STATE_LOST;
        give_refused(pcap, pcap->carry, pcap->carry_length,
                     lost ? pcap->lost_error : LEE_ERR_TRUNCATED,
                     lost ? pcap->lost_reason : "the capture ends within a packet");
        pcap->offset += pcap->carry_length;
    }
    pcap->carry_length = 0;
    pcap->pass = 0;
    pcap->interface_count = 0;
    pcap->state = STATE_START;
}
