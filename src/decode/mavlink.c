#include "decode/mavlink.h"

#include <assert.h>

#define SIGNATURE_BYTES 13
#define CHECKSUM_BYTES 2
#define FLAG_SIGNED 1

/* CRC_EXTRA and the length without extensions, by the message definitions (common.xml). */
static const struct {
    uint32_t message;
    uint8_t extra;
    uint8_t payload_bytes;
} messages[] = {{LEE_MAVLINK_HEARTBEAT, 50, 9},
                {LEE_MAVLINK_SYSTEM_TIME, 137, 12},
                {LEE_MAVLINK_GLOBAL_POSITION_INT, 104, 28},
                {LEE_MAVLINK_ADSB_VEHICLE, 184, 38}};

/* CRC-16/MCRF4XX: polynomial 0x1021 reflected, begins with all ones. */
static uint16_t add_to_checksum(uint16_t checksum, uint8_t byte)
{
    unsigned low = (checksum ^ byte) & 0xff;
    low = (low ^ low << 4) & 0xff;
    return (uint16_t)(checksum >> 8 ^ low << 8 ^ low << 3 ^ low >> 4);
}

/* From the length byte, which follows the magic, to the end of the payload. */
static uint16_t checksum_of(const uint8_t *bytes, size_t length, uint8_t extra)
{
    uint16_t checksum = 0xffff;
    for (size_t i = 0; i < length; i++) {
        checksum = add_to_checksum(checksum, bytes[i]);
    }
    return add_to_checksum(checksum, extra);
}

static lee_mavlink_result check(const uint8_t *bytes, const lee_mavlink *frame)
{
    const uint8_t *const stated = frame->payload + frame->payload_bytes;
    const bool is_1 = bytes[0] == LEE_MAVLINK_1_MAGIC;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        if (messages[i].message != frame->message) {
            continue;
        }
        if (is_1 && frame->payload_bytes != messages[i].payload_bytes) {
            return LEE_MAVLINK_BAD;
        }
        const uint16_t want =
            checksum_of(bytes + 1, (size_t)(stated - bytes) - 1, messages[i].extra);
        return (stated[0] | stated[1] << 8) == want ? LEE_MAVLINK_CHECKED : LEE_MAVLINK_BAD;
    }
    return LEE_MAVLINK_UNCHECKED;
}

lee_mavlink_result lee_mavlink_read(const uint8_t *bytes, size_t length, lee_mavlink *out)
{
    assert(bytes && length > 0);
    assert(out);

    const bool is_1 = bytes[0] == LEE_MAVLINK_1_MAGIC;
    if (!is_1 && bytes[0] != LEE_MAVLINK_2_MAGIC) {
        return LEE_MAVLINK_BAD;
    }
    const size_t header = is_1 ? 6 : 10;
    if (length < header) {
        return LEE_MAVLINK_SHORT;
    }
    if (!is_1 && (bytes[2] & ~FLAG_SIGNED) != 0) {
        return LEE_MAVLINK_BAD; /* a flag that must be understood, and is not */
    }
    *out = (lee_mavlink){.message = is_1 ? bytes[5]
                                         : (uint32_t)bytes[7] | (uint32_t)bytes[8] << 8 |
                                               (uint32_t)bytes[9] << 16,
                         .system = is_1 ? bytes[3] : bytes[5],
                         .payload = bytes + header,
                         .payload_bytes = bytes[1]};
    out->frame_bytes = header + bytes[1] + CHECKSUM_BYTES +
                       (!is_1 && (bytes[2] & FLAG_SIGNED) != 0 ? SIGNATURE_BYTES : 0);
    return length < out->frame_bytes ? LEE_MAVLINK_SHORT : check(bytes, out);
}

uint64_t lee_mavlink_number(const lee_mavlink *frame, size_t offset, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width && offset + i < frame->payload_bytes; i++) {
        value |= (uint64_t)frame->payload[offset + i] << (8 * i);
    }
    return value;
}
