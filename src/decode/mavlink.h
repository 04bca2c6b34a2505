/* decode/mavlink.h: the frames of MAVLink 1 and 2 (mavlink.io, "Packet Serialization") and the
 * messages that are read, of the "common" dialect.
 *
 * The checksum of a frame covers a byte that depends on its message's fields (CRC_EXTRA), so that
 * only messages of the table below can be checked. Another is taken as a frame when the next one
 * begins behind it. */
#ifndef LEE_DECODE_MAVLINK_H
#define LEE_DECODE_MAVLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEE_MAVLINK_1_MAGIC 0xfe
#define LEE_MAVLINK_2_MAGIC 0xfd
#define LEE_MAVLINK_FRAME_MAX_BYTES (12 + 255 + 13)

enum {
    LEE_MAVLINK_HEARTBEAT = 0,
    LEE_MAVLINK_SYSTEM_TIME = 2,
    LEE_MAVLINK_GLOBAL_POSITION_INT = 33,
    LEE_MAVLINK_ADSB_VEHICLE = 246
};

/* One frame's parts; the payload is borrowed. */
typedef struct {
    uint32_t message;
    uint8_t system;
    size_t frame_bytes;
    const uint8_t *payload;
    size_t payload_bytes; /* MAVLink 2 leaves out zeros at the end */
} lee_mavlink;

typedef enum {
    LEE_MAVLINK_CHECKED,   /* the checksum is right */
    LEE_MAVLINK_UNCHECKED, /* of a message that is not in the table */
    LEE_MAVLINK_SHORT,     /* more bytes are needed */
    LEE_MAVLINK_BAD        /* no frame begins here */
} lee_mavlink_result;

/* Reads the frame at `bytes`. */
lee_mavlink_result lee_mavlink_read(const uint8_t *bytes, size_t length, lee_mavlink *out);

/* A little-endian number of `width` bytes in the payload; zeros stand for what was left out. */
uint64_t lee_mavlink_number(const lee_mavlink *frame, size_t offset, size_t width);

#endif
