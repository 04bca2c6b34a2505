/* Remote ID in packets: Bluetooth Core 5.4 vol 6 part B 2.3, IEEE 802.11-2020 9.3.3 and 9.6.7,
 * Wi-Fi Aware 4.0 9.5, with the headers that capture tools put before them. */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/remote_id.h"

/* Not in pcap.h: Nordic's sniffer. */
#define LINK_NORDIC_BLE 272

#define RADIOTAP_MIN_BYTES 8
#define WIFI_HEADER_BYTES 24
#define BLE_CRC_BYTES 3

/* Bluetooth's advertising channel; other packets belong to connections. */
static const uint8_t access_address[4] = {0xd6, 0xbe, 0x89, 0x8e};
/* Service data of ASTM's 16-bit UUID 0xfffa with application code 0x0d. */
static const uint8_t bluetooth_mark[3] = {0xfa, 0xff, 0x0d};
/* Vendor element of ASD-STAN's OUI, type 0x0d. */
static const uint8_t beacon_mark[4] = {0xfa, 0x0b, 0xbc, 0x0d};
/* Public action, vendor specific, Wi-Fi Alliance, NAN. */
static const uint8_t nan_mark[6] = {0x04, 0x09, 0x50, 0x6f, 0x9a, 0x13};
/* SHA-256 of "org.opendroneid.remoteid", its first six bytes. */
static const uint8_t nan_service[6] = {0x88, 0x69, 0x19, 0x9d, 0x92, 0x09};

static const char not_remote_id[] = "a packet without Remote ID";
static const char bad_crc[] = "a packet received with errors";
static const char too_short[] = "the packet ends within its headers";

static bool take_mark(lee_bytes *in, const uint8_t *mark, size_t length)
{
    const uint8_t *const bytes = lee_bytes_take(in, length);
    return bytes != NULL && memcmp(bytes, mark, length) == 0;
}

static lee_error fail(lee_error error, const char *text, const char **reason)
{
    *reason = text;
    return error;
}

/* What is left behind the message counter. */
static lee_error take_message(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    (void)lee_bytes_u8(in);
    out->length = lee_bytes_left(in);
    out->message = lee_bytes_take(in, out->length);
    return in->failed ? fail(LEE_ERR_TRUNCATED, too_short, reason) : LEE_OK;
}

/* Structures of length, type and data, of which the length counts type and data. */
static lee_error find_in_advertisement(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    while (lee_bytes_left(in) >= 2) {
        const uint8_t length = lee_bytes_u8(in);
        if (length == 0) {
            break;
        }
        const uint8_t *const structure = lee_bytes_take(in, length);
        if (structure == NULL) {
            return fail(LEE_ERR_TRUNCATED, too_short, reason);
        }
        lee_bytes data;
        lee_bytes_init(&data, structure, length);
        if (lee_bytes_u8(&data) == 0x16 &&
            take_mark(&data, bluetooth_mark, sizeof bluetooth_mark)) {
            return take_message(&data, out, reason);
        }
    }
    return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
}

static void put_address_reversed(const uint8_t *bytes, lee_rid_payload *out)
{
    for (size_t i = 0; i < LEE_RID_ADDRESS_BYTES; i++) {
        out->address[i] = bytes[LEE_RID_ADDRESS_BYTES - 1 - i];
    }
}

/* The extended header: length and mode, flags, then the advertiser's address where flag 0 is set,
 * then others that do not matter here. */
static bool skip_extended_header(lee_bytes *in, lee_rid_payload *out)
{
    const size_t length = lee_bytes_u8(in) & 0x3f;
    const uint8_t *const header = lee_bytes_take(in, length);
    if (header == NULL) {
        return false;
    }
    if (length >= 1 + LEE_RID_ADDRESS_BYTES && (header[0] & 1) != 0) {
        put_address_reversed(header + 1, out);
    }
    return true;
}

/* A packet of the link layer from its access address on. */
static lee_error find_in_link_layer(lee_bytes *in, bool is_coded, lee_rid_payload *out,
                                    const char **reason)
{
    if (!take_mark(in, access_address, sizeof access_address)) {
        return fail(in->failed ? LEE_ERR_TRUNCATED : LEE_ERR_NOT_FOUND,
                    in->failed ? too_short : not_remote_id, reason);
    }
    if (is_coded) {
        (void)lee_bytes_u8(in); /* coding indicator */
    }
    const uint8_t type = lee_bytes_u8(in) & 15;
    const uint8_t length = lee_bytes_u8(in);
    const uint8_t *const pdu = lee_bytes_take(in, length);
    if (pdu == NULL) {
        return fail(LEE_ERR_TRUNCATED, too_short, reason);
    }
    lee_bytes data;
    lee_bytes_init(&data, pdu, length);
    if (type == 7) { /* ADV_EXT_IND, AUX_ADV_IND, AUX_CHAIN_IND */
        out->transport = LEE_RID_BLUETOOTH_EXTENDED;
        if (length > 0 && !skip_extended_header(&data, out)) {
            return fail(LEE_ERR_TRUNCATED, too_short, reason);
        }
    } else if (type == 0 || type == 2 || type == 6) { /* ADV_IND, _NONCONN_IND, _SCAN_IND */
        out->transport = LEE_RID_BLUETOOTH_LEGACY;
        const uint8_t *const address = lee_bytes_take(&data, LEE_RID_ADDRESS_BYTES);
        if (address == NULL) {
            return fail(LEE_ERR_TRUNCATED, too_short, reason);
        }
        put_address_reversed(address, out);
    } else {
        return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
    }
    return find_in_advertisement(&data, out, reason);
}

/* Channel, signal, noise, offenses, reference address, flags. */
static lee_error find_behind_phdr(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    (void)lee_bytes_take(in, 8);
    const unsigned low = lee_bytes_u8(in);
    const unsigned flags = low | (unsigned)lee_bytes_u8(in) << 8;
    if ((flags & 0x0400) != 0 && (flags & 0x0800) == 0) {
        return fail(LEE_ERR_CHECKSUM, bad_crc, reason);
    }
    return find_in_link_layer(in, flags >> 14 == 2, out, reason);
}

/* Board, header of versions 2 and 3 (six bytes with the version third), length of what follows
 * before the packet, flags: bit 0 CRC is right, bits 4 to 6 the PHY. */
static lee_error find_behind_nordic(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    (void)lee_bytes_take(in, 3);
    const uint8_t version = lee_bytes_u8(in);
    (void)lee_bytes_take(in, 3);
    const size_t length = lee_bytes_u8(in);
    const uint8_t *const header = length > 1 ? lee_bytes_take(in, length - 1) : NULL;
    if (in->failed || header == NULL) {
        return fail(LEE_ERR_TRUNCATED, too_short, reason);
    }
    if (version != 2 && version != 3) {
        return fail(LEE_ERR_UNSUPPORTED, "a version of the sniffer that is not known", reason);
    }
    if ((header[0] & 1) == 0) {
        return fail(LEE_ERR_CHECKSUM, bad_crc, reason);
    }
    return find_in_link_layer(in, (header[0] >> 4 & 7) == 2, out, reason);
}

/* Elements of number, length and data. A last one that does not fit may be the frame's checksum,
 * which some tools leave there. */
static lee_error find_in_beacon(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    (void)lee_bytes_take(in, 12); /* timestamp, interval, capabilities */
    while (lee_bytes_left(in) >= 2) {
        const uint8_t number = lee_bytes_u8(in);
        const uint8_t length = lee_bytes_u8(in);
        const uint8_t *const element = lee_bytes_take(in, length);
        if (element == NULL) {
            break;
        }
        lee_bytes data;
        lee_bytes_init(&data, element, length);
        if (number == 0xdd && take_mark(&data, beacon_mark, sizeof beacon_mark)) {
            out->transport = LEE_RID_WIFI_BEACON;
            return take_message(&data, out, reason);
        }
    }
    return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
}

/* A service descriptor: service, instance, requestor, control, and by the bits of control a
 * bitmap, two filters and the service's own data with their lengths. */
static lee_error find_in_service(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    (void)lee_bytes_take(in, 2);
    const uint8_t control = lee_bytes_u8(in);
    if ((control & 0x40) != 0) {
        (void)lee_bytes_take(in, 2);
    }
    for (unsigned bit = 0x04; bit <= 0x08; bit <<= 1) {
        if ((control & bit) != 0) {
            (void)lee_bytes_take(in, lee_bytes_u8(in));
        }
    }
    const size_t length = (control & 0x10) != 0 ? lee_bytes_u8(in) : 0;
    const uint8_t *const info = lee_bytes_take(in, length);
    if (in->failed) {
        return fail(LEE_ERR_TRUNCATED, too_short, reason);
    }
    if (length == 0) {
        return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
    }
    lee_bytes data;
    lee_bytes_init(&data, info, length);
    out->transport = LEE_RID_WIFI_NAN;
    return take_message(&data, out, reason);
}

static lee_error find_in_action(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    if (!take_mark(in, nan_mark, sizeof nan_mark)) {
        return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
    }
    while (lee_bytes_left(in) >= 3) {
        const uint8_t number = lee_bytes_u8(in);
        const size_t low = lee_bytes_u8(in);
        const size_t length = low | (size_t)lee_bytes_u8(in) << 8;
        const uint8_t *const attribute = lee_bytes_take(in, length);
        if (attribute == NULL) {
            return fail(LEE_ERR_TRUNCATED, too_short, reason);
        }
        lee_bytes data;
        lee_bytes_init(&data, attribute, length);
        if (number == 3 && take_mark(&data, nan_service, sizeof nan_service)) {
            return find_in_service(&data, out, reason);
        }
    }
    return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
}

static lee_error find_in_wifi(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    const uint8_t *const header = lee_bytes_take(in, WIFI_HEADER_BYTES);
    if (header == NULL) {
        return fail(LEE_ERR_TRUNCATED, too_short, reason);
    }
    memcpy(out->address, header + 10, LEE_RID_ADDRESS_BYTES);
    if ((header[1] & 0x80) != 0) {
        (void)lee_bytes_take(in, 4); /* HT control */
    }
    if (header[0] == 0x80) {
        return find_in_beacon(in, out, reason);
    }
    if (header[0] == 0xd0) {
        return find_in_action(in, out, reason);
    }
    return fail(LEE_ERR_NOT_FOUND, not_remote_id, reason);
}

static lee_error find_behind_radiotap(lee_bytes *in, lee_rid_payload *out, const char **reason)
{
    (void)lee_bytes_take(in, 2);
    const size_t low = lee_bytes_u8(in);
    const size_t length = low | (size_t)lee_bytes_u8(in) << 8;
    if (length < RADIOTAP_MIN_BYTES || lee_bytes_take(in, length - 4) == NULL) {
        return fail(LEE_ERR_TRUNCATED, too_short, reason);
    }
    return find_in_wifi(in, out, reason);
}

lee_error lee_rid_find(const lee_pcap_packet *packet, lee_rid_payload *out, const char **reason)
{
    assert(packet && packet->refused == LEE_OK);
    assert(out);
    assert(reason);

    lee_bytes in;
    lee_bytes_init(&in, packet->bytes, packet->length);
    *out = (lee_rid_payload){.transport = LEE_RID_NONE};
    switch (packet->link_type) {
    case LEE_LINK_BLUETOOTH_LE_LL:
        return find_in_link_layer(&in, false, out, reason);
    case LEE_LINK_BLUETOOTH_LE_LL_PHDR:
        return find_behind_phdr(&in, out, reason);
    case LINK_NORDIC_BLE:
        return find_behind_nordic(&in, out, reason);
    case LEE_LINK_IEEE802_11:
        return find_in_wifi(&in, out, reason);
    case LEE_LINK_IEEE802_11_RADIOTAP:
        return find_behind_radiotap(&in, out, reason);
    default:
        return fail(LEE_ERR_UNSUPPORTED, "a link type that carries no Remote ID", reason);
    }
}

static unsigned u16_at(const uint8_t *bytes, size_t at, bool is_little)
{
    return is_little ? bytes[at] | (unsigned)bytes[at + 1] << 8
                     : bytes[at + 1] | (unsigned)bytes[at] << 8;
}

bool lee_rid_is_capture(const uint8_t *bytes, size_t length)
{
    assert(bytes || length == 0);

    /* The link type ends the header of pcap; in pcapng it stands in the block behind the section's
     * header. Both in the byte order that the file begins with. */
    if (length < 24 || !lee_pcap_is_capture(bytes, length)) {
        return false;
    }
    const bool is_pcapng = bytes[0] == 0x0a;
    const bool is_little = is_pcapng ? bytes[8] == 0x4d : bytes[0] != 0xa1;
    size_t at = is_little ? 20 : 22;
    if (is_pcapng) {
        at = u16_at(bytes, is_little ? 4 : 6, is_little) + 8;
    }
    if (at + 2 > length) {
        return false;
    }
    const unsigned link_type = u16_at(bytes, at, is_little);
    return link_type == LEE_LINK_BLUETOOTH_LE_LL || link_type == LEE_LINK_BLUETOOTH_LE_LL_PHDR ||
           link_type == LINK_NORDIC_BLE || link_type == LEE_LINK_IEEE802_11 ||
           link_type == LEE_LINK_IEEE802_11_RADIOTAP;
}
