/* Any file through the capture reader, whole and in pieces: the packets are the same, lie within
 * limits, and UDP payloads lie within their packets. The first byte chooses the size of a piece. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "decode/pcap.h"

typedef struct {
    uint64_t count;
    uint64_t bytes;
    uint64_t mixed; /* offsets, lengths and times */
} sums;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void on_packet(void *context, const lee_pcap_packet *packet)
{
    sums *const s = context;
    s->count++;
    s->bytes += packet->length;
    s->mixed = s->mixed * 31 + packet->stream_offset * 7 + packet->length + (uint64_t)packet->t_us;
    require((packet->refused == LEE_OK) == (packet->reason == NULL));
    if (packet->refused != LEE_OK) {
        require(packet->length > 0 && packet->length <= LEE_PCAP_REFUSED_MAX_BYTES);
        return;
    }
    const uint8_t *payload = NULL;
    size_t length = 0;
    const char *reason = NULL;
    if (lee_pcap_udp_payload(packet, &payload, &length, &reason) == LEE_OK) {
        require(payload >= packet->bytes && payload + length <= packet->bytes + packet->length);
    } else {
        require(reason != NULL);
    }
}

static sums run(const uint8_t *data, size_t size, size_t piece)
{
    sums s = {0};
    lee_pcap *pcap = NULL;
    require(lee_pcap_create(&pcap) == LEE_OK);
    for (size_t at = 0; at < size; at += piece) {
        lee_pcap_push(pcap, data + at, size - at < piece ? size - at : piece, on_packet, &s);
    }
    lee_pcap_finish(pcap, on_packet, &s);
    lee_pcap_free(pcap);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const sums whole = run(data + 1, size - 1, size);
    const sums pieces = run(data + 1, size - 1, (size_t)data[0] + 1);
    require(whole.count == pieces.count && whole.mixed == pieces.mixed);
    require(whole.bytes <= size);
    return 0;
}
