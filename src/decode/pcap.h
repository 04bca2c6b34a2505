/* decode/pcap.h: packets out of capture files, and UDP payloads out of packets.
 *
 * Reads pcap (micro- and nanoseconds, both byte orders) and pcapng (sections, interfaces with
 * their resolution and offset of time, enhanced, simple and obsolete packet blocks; other blocks
 * are passed over), in pieces of any size. A capture has no marks to find the next packet by: after
 * a length that cannot be, the rest of the stream is refused. */
#ifndef LEE_DECODE_PCAP_H
#define LEE_DECODE_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"

/* Longest packet; libpcap's own limit (MAXIMUM_SNAPLEN). A pcapng block that carries none may be
 * of any length. */
#define LEE_PCAP_PACKET_MAX_BYTES 262144u

/* Interfaces of one section of a pcapng file; packets of further ones are refused. */
#define LEE_PCAP_INTERFACES_MAX 64u

/* Refused bytes come in pieces of at most this size. */
#define LEE_PCAP_REFUSED_MAX_BYTES 4096u

/* Numbers of the registry of link types that matter here. */
enum {
    LEE_LINK_NULL = 0,
    LEE_LINK_ETHERNET = 1,
    LEE_LINK_RAW_BSD = 12,
    LEE_LINK_RAW = 101,
    LEE_LINK_IEEE802_11 = 105,
    LEE_LINK_LOOP = 108,
    LEE_LINK_LINUX_SLL = 113,
    LEE_LINK_IEEE802_11_RADIOTAP = 127,
    LEE_LINK_IPV4 = 228,
    LEE_LINK_IPV6 = 229,
    LEE_LINK_BLUETOOTH_LE_LL = 251,
    LEE_LINK_BLUETOOTH_LE_LL_PHDR = 256,
    LEE_LINK_LINUX_SLL2 = 276
};

/* `bytes` are borrowed and live until the sink returns. */
typedef struct {
    const uint8_t *bytes;
    size_t length;            /* captured */
    uint32_t length_original; /* on the wire; more than `length` where it was cut */
    uint64_t stream_offset;   /* of the first byte of the packet in the file */
    int64_t t_us;             /* of the capture; of the packet before where there is none */
    bool time_known;
    uint16_t link_type;
    lee_error refused;  /* LEE_OK, or why these bytes are no packet */
    const char *reason; /* of `refused`, a static sentence; NULL when it is LEE_OK */
} lee_pcap_packet;

typedef void lee_pcap_sink(void *context, const lee_pcap_packet *packet);
typedef struct lee_pcap lee_pcap;

/* True when a stream that begins so is a capture; 4 bytes decide (pcapng: 12 where given). */
bool lee_pcap_is_capture(const uint8_t *bytes, size_t length);

/* The link type of the first interface, when the first bytes of a capture (a few hundred) tell it.
 */
bool lee_pcap_peek_link_type(const uint8_t *bytes, size_t length, uint16_t *out);

/* LEE_ERR_NO_MEMORY. All memory is taken here. */
LEE_CHECK_RESULT
lee_error lee_pcap_create(lee_pcap **out);
void lee_pcap_free(lee_pcap *pcap);

/* Takes the next bytes of the file and calls back once for each packet in them. */
void lee_pcap_push(lee_pcap *pcap, const uint8_t *bytes, size_t length, lee_pcap_sink *sink,
                   void *context);

/* The file has ended: half a packet is refused. The reader can then take another file, whose
 * offsets count on. */
void lee_pcap_finish(lee_pcap *pcap, lee_pcap_sink *sink, void *context);

/* The payload of a UDP datagram over IPv4 or IPv6 in a packet of Ethernet (with VLAN tags), Linux
 * cooked capture, BSD loopback or bare IP. LEE_ERR_NOT_FOUND: no UDP in it; UNSUPPORTED: a
 * fragment, or a link type that carries no IP; TRUNCATED: cut short; SYNTAX: a header that
 * contradicts itself. *reason says which. *out is borrowed from the packet. */
LEE_CHECK_RESULT
lee_error lee_pcap_udp_payload(const lee_pcap_packet *packet, const uint8_t **out,
                               size_t *out_length, const char **reason);

#endif
