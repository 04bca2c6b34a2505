/* Sentences to whole AIS messages. */
#include "decode/ais.h"

#include <assert.h>
#include <string.h>

#include "decode/decoder_internal.h"

/* Positions of the fields of !AIVDM,total,part,sequence,channel,payload,fill. */
enum { TOTAL = 1, PART = 2, SEQUENCE = 3, CHANNEL = 4, PAYLOAD = 5, FILL = 6 };

/* What the fields of one sentence say. */
typedef struct {
    uint8_t total;
    uint8_t part;
    uint8_t fill_bits;
    char sequence;
    char channel;
    char kind;
    lee_slice payload;
} sentence_parts;

static bool one_digit(lee_slice slice, char low, char high, uint8_t *out)
{
    if (slice.length != 1 || slice.text[0] < low || slice.text[0] > high) {
        return false;
    }
    *out = (uint8_t)(slice.text[0] - '0');
    return true;
}

/* Returns the name of a field that is not what it should be, or NULL. */
static const char *read_fields(const lee_nmea_sentence *sentence, sentence_parts *out)
{
    const lee_slice sequence = lee_nmea_field(sentence, SEQUENCE);
    const lee_slice channel = lee_nmea_field(sentence, CHANNEL);
    if (!one_digit(lee_nmea_field(sentence, TOTAL), '1', '9', &out->total)) {
        return "total";
    }
    if (!one_digit(lee_nmea_field(sentence, PART), '1', '9', &out->part) ||
        out->part > out->total) {
        return "part";
    }
    uint8_t digit;
    if (sequence.length > 0 && !one_digit(sequence, '0', '9', &digit)) {
        return "sequence";
    }
    if (channel.length > 1) {
        return "channel";
    }
    if (!one_digit(lee_nmea_field(sentence, FILL), '0', '5', &out->fill_bits)) {
        return "fill bits";
    }
    out->sequence = '\0';
    out->channel = '\0';
    if (sequence.length > 0) {
        out->sequence = sequence.text[0];
    }
    if (channel.length > 0) {
        out->channel = channel.text[0];
    }
    out->kind = sentence->fields[0].text[4];
    out->payload = lee_nmea_field(sentence, PAYLOAD);
    return NULL;
}

/* Six bits of a character of the payload (IEC 61162-1 annex on 6-bit fields): '0' to 'W', then '`'
 * to 'w'. 64 or more: it is none. */
static unsigned armour_value(char c)
{
    const unsigned value = (unsigned)(unsigned char)c - '0';
    if (value < 40) {
        return value;
    }
    return value >= 48 ? value - 8 : 64;
}

/* Appends the bits of a payload at *bits_count. False: a character that is not of the code. */
static bool unarmour(lee_slice payload, uint8_t *bytes, size_t *bits_count)
{
    uint8_t *at = bytes + (*bits_count >> 3);
    unsigned held_count = (unsigned)(*bits_count & 7); /* bits that begin the byte at `at` */
    unsigned held = (unsigned)*at >> (8 - held_count);
    for (size_t i = 0; i < payload.length; i++) {
        const unsigned value = armour_value(payload.text[i]);
        if (value >= 64) {
            return false;
        }
        held = held << 6 | value;
        held_count += 6;
        if (held_count >= 8) {
            held_count -= 8;
            *at++ = (uint8_t)(held >> held_count);
        }
    }
    *at = (uint8_t)(held << (8 - held_count));
    *bits_count += 6 * payload.length;
    return true;
}

static lee_decode_result decode_payloads(const lee_slice *payloads, size_t count, uint8_t fill_bits,
                                         lee_report *out, lee_error_info *why)
{
    uint8_t bytes[LEE_AIS_BITS_MAX / 8 + 2] = {0};
    size_t bits_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (bits_count / 6 + payloads[i].length > LEE_AIS_CHARS_MAX) {
            return lee__decode_refused(why, LEE_ERR_LIMIT, "payload",
                                       "longer than any AIS message");
        }
        if (!unarmour(payloads[i], bytes, &bits_count)) {
            return lee__decode_refused(why, LEE_ERR_SYNTAX, "payload",
                                       "a character that is not of the 6-bit code");
        }
    }
    if (bits_count <= fill_bits) {
        return lee__decode_nothing(why, "a sentence without payload");
    }
    return lee__ais_message(bytes, bits_count - fill_bits, out, why);
}

static uint64_t count_parts(const lee__ais_slot *slot)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < LEE_AIS_PARTS_MAX; i++) {
        count += slot->have >> i & 1;
    }
    return count;
}

static void drop(lee__ais_parts *parts, lee__ais_slot *slot)
{
    parts->dropped += count_parts(slot);
    slot->total = 0;
    slot->have = 0;
}

static bool is_stale(const lee__ais_parts *parts, const lee__ais_slot *slot, int64_t t_us)
{
    /* Times come from outside and may lie anywhere: no difference of far values is taken. */
    return parts->tick - slot->tick > LEE_AIS_PART_MAX_SENTENCES ||
           t_us / 2 - slot->t_us / 2 > LEE_AIS_PART_MAX_US / 2 ||
           slot->t_us / 2 - t_us / 2 > LEE_AIS_PART_MAX_US / 2;
}

/* The slot of this message, a free one, or that of the message that waited longest. */
static lee__ais_slot *find_slot(lee__ais_parts *parts, const lee_frame *frame,
                                const sentence_parts *part)
{
    lee__ais_slot *oldest = &parts->slots[0];
    for (size_t i = 0; i < LEE_AIS_SLOTS; i++) {
        lee__ais_slot *const slot = &parts->slots[i];
        if (slot->total > 0 && is_stale(parts, slot, frame->t_us)) {
            drop(parts, slot);
        }
        if (slot->total == part->total && slot->feed == frame->feed &&
            slot->sequence == part->sequence && slot->channel == part->channel &&
            slot->kind == part->kind) {
            return slot;
        }
        if (oldest->total > 0 && (slot->total == 0 || slot->tick < oldest->tick)) {
            oldest = slot;
        }
    }
    if (oldest->total > 0) {
        drop(parts, oldest);
    }
    return oldest;
}

static void keep_part(lee__ais_parts *parts, lee__ais_slot *slot, const lee_frame *frame,
                      const sentence_parts *part)
{
    const unsigned index = part->part - 1u;
    if (slot->have >> index & 1) {
        drop(parts, slot); /* the sequence number has come round: another message */
    }
    slot->total = part->total;
    slot->feed = frame->feed;
    slot->sequence = part->sequence;
    slot->channel = part->channel;
    slot->kind = part->kind;
    slot->t_us = frame->t_us;
    slot->tick = parts->tick;
    slot->have = (uint16_t)(slot->have | 1u << index);
    slot->lengths[index] = (uint8_t)part->payload.length;
    memcpy(slot->parts[index], part->payload.text, part->payload.length);
    if (part->part == part->total) {
        slot->fill_bits = part->fill_bits;
    }
}

static lee_decode_result take_part(lee__ais_parts *parts, const lee_frame *frame,
                                   const sentence_parts *part, lee_report *out, lee_error_info *why)
{
    if (part->payload.length == 0 || part->payload.length > LEE_AIS_PART_CHARS_MAX) {
        return lee__decode_refused(why, LEE_ERR_LIMIT, "payload", "empty, or too long for a part");
    }
    if (part->part < part->total && part->fill_bits > 0) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "fill bits",
                                   "only the last part may have them");
    }
    lee__ais_slot *const slot = find_slot(parts, frame, part);
    keep_part(parts, slot, frame, part);
    if (slot->have != (1u << slot->total) - 1) {
        return lee__decode_nothing(why, "a part of a message that waits for the others");
    }
    lee_slice payloads[LEE_AIS_PARTS_MAX];
    for (size_t i = 0; i < slot->total; i++) {
        payloads[i] = (lee_slice){slot->parts[i], slot->lengths[i]};
    }
    const uint8_t total = slot->total;
    slot->total = 0;
    slot->have = 0;
    return decode_payloads(payloads, total, slot->fill_bits, out, why);
}

lee_decode_result lee__ais_sentence(lee__ais_parts *parts, const lee_frame *frame,
                                    const lee_nmea_sentence *sentence, lee_report *out,
                                    lee_error_info *why)
{
    assert(parts);
    assert(lee_nmea_is(sentence, "VDM") || lee_nmea_is(sentence, "VDO"));

    sentence_parts part;
    const char *const bad = read_fields(sentence, &part);
    parts->tick++;
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this field");
    }
    if (part.total > 1) {
        return take_part(parts, frame, &part, out, why);
    }
    return decode_payloads(&part.payload, 1, part.fill_bits, out, why);
}

lee_decode_result lee__decode_ais(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why)
{
    if (frame->length > 0 && frame->bytes[0] == '#') {
        return lee__decode_nothing(why, "a comment");
    }
    lee_nmea_sentence sentence;
    const char *reason = NULL;
    const lee_error error =
        lee_nmea_read((const char *)frame->bytes, frame->length, &sentence, &reason);
    if (error != LEE_OK) {
        return lee__decode_refused(why, error, NULL, reason);
    }
    if (sentence.station.length > 0 &&
        lee__decode_text(sentence.station, out->receiver, sizeof out->receiver)) {
        out->present |= LEE_REPORT_HAS_RECEIVER;
    }
    if (lee_nmea_is(&sentence, "VDM") || lee_nmea_is(&sentence, "VDO")) {
        return lee__ais_sentence(&decoder->ais, frame, &sentence, out, why);
    }
    lee__decode_own_target(frame, "own", out);
    return lee__nmea_position(&sentence, out, why);
}
