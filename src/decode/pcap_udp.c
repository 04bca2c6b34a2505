/* From a captured packet to the payload of its UDP datagram. */
#include <assert.h>

#include "base/bytes.h"
#include "decode/pcap.h"

#define ETHER_IPV4 0x0800u
#define ETHER_IPV6 0x86ddu
#define ETHER_VLAN 0x8100u
#define ETHER_VLAN_SERVICE 0x88a8u
#define PROTOCOL_UDP 17u
#define FRAGMENT 44u

#define VLAN_TAGS_MAX 4
#define EXTENSIONS_MAX 8

static const char cut_short[] = "the packet was cut short";

/* The type of what follows the link's header; the cursor stands behind it. 0: no IP. */
static uint32_t read_link(lee_bytes *cursor, uint16_t link_type)
{
    uint32_t type;
    switch (link_type) {
    case LEE_LINK_ETHERNET:
        (void)lee_bytes_take(cursor, 12);
        type = lee_bytes_u16_be(cursor);
        for (int i = 0; i < VLAN_TAGS_MAX && (type == ETHER_VLAN || type == ETHER_VLAN_SERVICE);
             i++) {
            (void)lee_bytes_take(cursor, 2);
            type = lee_bytes_u16_be(cursor);
        }
        return type;
    case LEE_LINK_LINUX_SLL:
        (void)lee_bytes_take(cursor, 14);
        return lee_bytes_u16_be(cursor);
    case LEE_LINK_LINUX_SLL2:
        type = lee_bytes_u16_be(cursor);
        (void)lee_bytes_take(cursor, 18);
        return type;
    case LEE_LINK_NULL: /* an address family in either byte order: told by the version of IP */
    case LEE_LINK_LOOP:
        (void)lee_bytes_take(cursor, 4);
        break;
    case LEE_LINK_RAW:
    case LEE_LINK_RAW_BSD:
    case LEE_LINK_IPV4:
    case LEE_LINK_IPV6:
        break;
    default:
        return 0;
    }
    if (lee_bytes_left(cursor) == 0) {
        return ETHER_IPV4;
    }
    return cursor->start[cursor->at] >> 4 == 6 ? ETHER_IPV6 : ETHER_IPV4;
}

/* Each reads a header, cuts the cursor to its payload, and gives the protocol of that. */
static lee_error read_ipv4(lee_bytes *cursor, uint32_t *protocol, const char **reason)
{
    const size_t begin = cursor->at;
    const uint8_t first = lee_bytes_u8(cursor);
    const size_t header = (size_t)(first & 15) * 4;
    (void)lee_bytes_u8(cursor);
    const size_t total = lee_bytes_u16_be(cursor);
    (void)lee_bytes_u16_be(cursor);
    const uint16_t fragment = lee_bytes_u16_be(cursor);
    (void)lee_bytes_u8(cursor);
    *protocol = lee_bytes_u8(cursor);
    if (cursor->failed) {
        *reason = cut_short;
        return LEE_ERR_TRUNCATED;
    }
    if (first >> 4 != 4 || header < 20 || total < header) {
        *reason = "an IP header that contradicts itself";
        return LEE_ERR_SYNTAX;
    }
    if ((fragment & 0x3fff) != 0) {
        *reason = "a fragment of an IP packet";
        return LEE_ERR_UNSUPPORTED;
    }
    if (total > cursor->length - begin) {
        *reason = cut_short;
        return LEE_ERR_TRUNCATED;
    }
    cursor->length = begin + total; /* Ethernet pads short packets */
    cursor->at = begin + header;
    return LEE_OK;
}

static lee_error read_ipv6(lee_bytes *cursor, uint32_t *protocol, const char **reason)
{
    const uint32_t first = lee_bytes_u32_be(cursor);
    const size_t payload = lee_bytes_u16_be(cursor);
    *protocol = lee_bytes_u8(cursor);
    (void)lee_bytes_take(cursor, 33);
    if (cursor->failed || payload > lee_bytes_left(cursor)) {
        *reason = cut_short;
        return LEE_ERR_TRUNCATED;
    }
    if (first >> 28 != 6) {
        *reason = "an IP header that contradicts itself";
        return LEE_ERR_SYNTAX;
    }
    cursor->length = cursor->at + payload;
    /* Hop-by-hop, routing and destination options. */
    for (int i = 0; i < EXTENSIONS_MAX && (*protocol == 0 || *protocol == 43 || *protocol == 60);
         i++) {
        *protocol = lee_bytes_u8(cursor);
        const size_t units = lee_bytes_u8(cursor);
        (void)lee_bytes_take(cursor, 6 + 8 * units);
    }
    if (cursor->failed) {
        *reason = cut_short;
        return LEE_ERR_TRUNCATED;
    }
    if (*protocol == FRAGMENT) {
        *reason = "a fragment of an IP packet";
        return LEE_ERR_UNSUPPORTED;
    }
    return LEE_OK;
}

static lee_error read_udp(lee_bytes *cursor, const uint8_t **out, size_t *out_length,
                          const char **reason)
{
    (void)lee_bytes_u32_be(cursor);
    const size_t length = lee_bytes_u16_be(cursor);
    (void)lee_bytes_u16_be(cursor);
    if (cursor->failed) {
        *reason = cut_short;
        return LEE_ERR_TRUNCATED;
    }
    if (length < 8 || length - 8 > lee_bytes_left(cursor)) {
        *reason = "a UDP length that contradicts the packet";
        return LEE_ERR_SYNTAX;
    }
    *out = cursor->start + cursor->at;
    *out_length = length - 8;
    return LEE_OK;
}

lee_error lee_pcap_udp_payload(const lee_pcap_packet *packet, const uint8_t **out,
                               size_t *out_length, const char **reason)
{
    assert(packet && packet->refused == LEE_OK);
    assert(out && out_length && reason);

    lee_bytes cursor;
    lee_bytes_init(&cursor, packet->bytes, packet->length);
    const uint32_t type = read_link(&cursor, packet->link_type);
    uint32_t protocol = 0;
    lee_error error = LEE_OK;
    if (cursor.failed) {
        *reason = cut_short;
        return LEE_ERR_TRUNCATED;
    }
    if (type == ETHER_IPV4) {
        error = read_ipv4(&cursor, &protocol, reason);
    } else if (type == ETHER_IPV6) {
        error = read_ipv6(&cursor, &protocol, reason);
    } else {
        *reason = type == 0 ? "a link type that carries no IP" : "no IP packet";
        return type == 0 ? LEE_ERR_UNSUPPORTED : LEE_ERR_NOT_FOUND;
    }
    if (error != LEE_OK) {
        return error;
    }
    if (protocol != PROTOCOL_UDP) {
        *reason = "no UDP datagram";
        return LEE_ERR_NOT_FOUND;
    }
    return read_udp(&cursor, out, out_length, reason);
}
