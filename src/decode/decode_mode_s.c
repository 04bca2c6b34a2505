/* Mode S messages out of AVR and Beast frames (ICAO Annex 10 Vol IV 3.1.2). */
#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "decode/adsb.h"
#include "decode/avr.h"
#include "decode/beast.h"
#include "decode/comm_b.h"
#include "decode/decoder_internal.h"
#include "decode/mode_s.h"
#include "record/target.h"

typedef struct {
    const uint8_t *bytes;
    size_t length;
    uint32_t head; /* the first 32 bits */
    uint64_t me;   /* bits 33 to 88 of a long message */
    bool mlat;
    bool timed;
    int64_t t_us;
} message;

static inline uint64_t read_me(const uint8_t *bytes)
{
    const uint64_t first = lee_mode_s_word(bytes + 4);
    return first << 24 | (lee_mode_s_word(bytes + 7) & 0xffffff);
}

/* From the message and not from what is remembered, which may still be on its way to the cache. */
static void begin_report(uint32_t address, bool is_icao, lee_source source, lee_report *out)
{
    lee__target_set_icao24(&out->target, address, is_icao);
    out->source = source;
}

static void set_on_ground(lee_report *out, bool on_ground)
{
    out->on_ground = on_ground;
    out->present |= LEE_REPORT_HAS_ON_GROUND;
}

/* Was the address heard lately in a message whose parity was plain? */
static bool is_known(const lee__aircraft *aircraft, const message *m)
{
    const int64_t limit_us = LEE_DECODE_ADDRESS_MEMORY_S * LEE_US_PER_S;
    return aircraft != NULL && aircraft->clean_us != LEE__NEVER_US &&
           m->t_us - aircraft->clean_us <= limit_us && aircraft->clean_us - m->t_us <= limit_us;
}

/* Noise that happens to give a known address would move a real aircraft. Its altitude is compared
 * with the last one heard with plain parity: nothing climbs faster than this. */
#define CLIMB_MAX_FT_PER_S 500
#define ALTITUDE_SLACK_FT 500

static bool altitude_is_plausible(const lee__aircraft *aircraft, const message *m, int32_t alt_ft)
{
    if (aircraft->alt_baro_us == LEE__NEVER_US) {
        return true;
    }
    const int64_t gap_us = m->t_us - aircraft->alt_baro_us;
    const int64_t gap_s = (gap_us < 0 ? -gap_us : gap_us) / LEE_US_PER_S;
    const int64_t limit_ft = ALTITUDE_SLACK_FT + (gap_s < 1000 ? gap_s : 1000) * CLIMB_MAX_FT_PER_S;
    const int64_t step_ft = (int64_t)alt_ft - aircraft->alt_baro_ft;
    return step_ft <= limit_ft && step_ft >= -limit_ft;
}

/* DF0, 4, 5, 16, 20, 21: the parity is overlaid with the address. */
static lee_decode_result decode_addressed(lee_decoder *decoder, const message *m, unsigned df,
                                          uint32_t address, lee_report *out, lee_error_info *why)
{
    const lee__aircraft *const aircraft = lee__aircraft_find(&decoder->aircraft, address);
    if (!is_known(aircraft, m)) {
        return lee__decode_nothing(why, "its address was not heard with plain parity lately");
    }
    begin_report(address, true, LEE_SOURCE_MODE_S, out);
    if (df == 0 || df == 16) {
        set_on_ground(out, (m->head >> 26 & 1) != 0); /* VS, 3.1.2.8.2.1 */
    } else {
        const uint32_t flight_status = m->head >> 24 & 7; /* 3.1.2.6.5.1 */
        if (flight_status >= 6) {
            return lee__decode_nothing(why, "a reserved flight status, as noise has it");
        }
        if (flight_status <= 3) {
            set_on_ground(out, flight_status == 1 || flight_status == 3);
        }
    }
    const uint32_t code = m->head & 0x1fff;
    if (df == 5 || df == 21) {
        out->squawk = lee_mode_s_squawk(code);
        out->present |= LEE_REPORT_HAS_SQUAWK;
    } else if (lee_mode_s_altitude_13(code, &out->alt_baro_ft)) {
        if (!altitude_is_plausible(aircraft, m, out->alt_baro_ft)) {
            return lee__decode_nothing(why, "its altitude contradicts the last with plain parity");
        }
        out->present |= LEE_REPORT_HAS_ALT_BARO;
    }
    if (df >= 20) {
        const uint64_t mb = read_me(m->bytes);
        lee__comm_b_decode(lee__comm_b_infer(mb, aircraft, m->t_us), mb, out);
    }
    return lee__decode_done(out, why);
}

/* DF11: parity plain, or overlaid with the code of the interrogator that asked (3.1.2.3.3.2). */
static lee_decode_result decode_all_call(lee_decoder *decoder, const message *m, uint32_t remainder,
                                         lee_report *out, lee_error_info *why)
{
    const uint32_t interrogators = 80; /* 16 II codes, 64 SI codes */
    const uint32_t address = m->head & 0xffffff;
    if (remainder >= interrogators) {
        return lee__decode_refused(why, LEE_ERR_CHECKSUM, "pi", "the parity is wrong");
    }
    if (address == 0) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "aa", "the address is zero");
    }
    lee__aircraft *aircraft = NULL;
    if (remainder == 0) {
        aircraft = lee__aircraft_get(&decoder->aircraft, address);
        aircraft->clean_us = m->t_us;
    } else {
        aircraft = lee__aircraft_find(&decoder->aircraft, address);
        if (!is_known(aircraft, m)) {
            return lee__decode_nothing(why, "its address was not heard with plain parity lately");
        }
    }
    begin_report(address, true, LEE_SOURCE_MODE_S, out);
    const uint32_t capability = m->head >> 24 & 7; /* 3.1.2.5.2.2.1 */
    if (capability == 4 || capability == 5) {
        set_on_ground(out, capability == 4);
    }
    return lee__decode_done(out, why);
}

/* Who sent an extended squitter, and for whom. */
typedef struct {
    lee_source source;
    bool is_icao;
    const char *unsupported; /* NULL: it can be decoded */
} squitter_kind;

/* DF18 by its control field (3.1.2.8.7.2; DO-260B 2.2.3.2.1.2). */
static squitter_kind kind_of_df18(uint32_t control, uint64_t me)
{
    switch (control) {
    case 0:
        return (squitter_kind){LEE_SOURCE_ADSB, true, NULL};
    case 1:
        return (squitter_kind){LEE_SOURCE_ADSB, false, NULL};
    case 2:
    case 6:
        return (squitter_kind){LEE_SOURCE_TISB, !lee__adsb_imf(me), NULL};
    case 5:
        return (squitter_kind){LEE_SOURCE_TISB, false, NULL};
    case 3:
        return (squitter_kind){LEE_SOURCE_TISB, (me >> 55 & 1) == 0, NULL};
    case 4:
        return (squitter_kind){LEE_SOURCE_TISB, true, "a TIS-B management message"};
    default:
        return (squitter_kind){LEE_SOURCE_TISB, true, "a reserved control field of DF18"};
    }
}

static lee_decode_result decode_squitter(lee_decoder *decoder, const message *m, unsigned df,
                                         uint32_t remainder, lee_report *out, lee_error_info *why)
{
    const uint32_t address = m->head & 0xffffff;
    if (remainder != 0) {
        return lee__decode_refused(why, LEE_ERR_CHECKSUM, "pi", "the parity is wrong");
    }
    if (address == 0) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "aa", "the address is zero");
    }
    const uint32_t control = m->head >> 24 & 7;
    squitter_kind kind = {LEE_SOURCE_ADSB, true, NULL};
    if (df == 18) {
        kind = kind_of_df18(control, m->me);
        if (kind.unsupported != NULL) {
            return lee__decode_nothing(why, kind.unsupported);
        }
    }
    if (m->mlat) {
        kind.source = LEE_SOURCE_MLAT;
    }
    lee__aircraft *const aircraft = lee__aircraft_get(
        &decoder->aircraft, kind.is_icao ? address : address | LEE__AIRCRAFT_NOT_ICAO);
    aircraft->clean_us = m->t_us;
    begin_report(address, kind.is_icao, kind.source, out);
    const lee__position_context context = {
        .t_us = m->t_us,
        .timed = m->timed,
        .fine_tisb = df == 18 && (control == 2 || control == 5),
        .site = decoder->options.site_known ? &decoder->options.site : NULL,
        .implausible_count = &decoder->counters.positions_implausible};
    const char *const nothing = df == 18 && control == 3
                                    ? lee__adsb_decode_coarse(aircraft, m->me, &context, out)
                                    : lee__adsb_decode(aircraft, m->me, &context, out);
    if (df == 17 && (control == 4 || control == 5) &&
        (out->present & LEE_REPORT_HAS_ON_GROUND) == 0 && out->present != 0) {
        set_on_ground(out, control == 4);
    }
    if (out->present == 0 && nothing != NULL) {
        return lee__decode_nothing(why, nothing);
    }
    return lee__decode_done(out, why);
}

static lee_decode_result decode_message(lee_decoder *decoder, message *m, lee_report *out,
                                        lee_error_info *why)
{
    m->head = lee_mode_s_word(m->bytes);
    const unsigned df = m->head >> 27;
    const bool is_long = df >= 16;
    if (is_long != (m->length == LEE_MODE_S_LONG_BYTES)) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, "df", "the length does not fit the format");
    }
    lee__aircraft_prefetch(&decoder->aircraft, m->head & 0xffffff);
    const uint32_t remainder = lee_crc24_remainder(&decoder->crc, m->bytes, m->length);
    switch (df) {
    case 17:
    case 18:
        m->me = read_me(m->bytes);
        return decode_squitter(decoder, m, df, remainder, out, why);
    case 0:
    case 4:
    case 5:
    case 16:
    case 20:
    case 21:
        return decode_addressed(decoder, m, df, remainder, out, why);
    case 11:
        return decode_all_call(decoder, m, remainder, out, why);
    default:
        return lee__decode_nothing(why, "a downlink format that is not reported");
    }
}

/* `bytes` are a frame from its 0x1a on, escapes resolved. */
static lee_decode_result decode_plain_beast(lee_decoder *decoder, const uint8_t *bytes,
                                            size_t payload, int64_t t_us, lee_report *out,
                                            lee_error_info *why)
{
    message m = {.bytes = bytes + 9,
                 .length = payload - 7,
                 .mlat = lee__beast_tick_plain(bytes + 2) == LEE_MODE_S_MLAT_TICK,
                 .timed = true,
                 .t_us = t_us};
    return decode_message(decoder, &m, out, why);
}

/* A frame with escapes in it, which has `payload` bytes without them. Of its own, so that others do
 * not pay for the room that it takes. */
__attribute__((noinline)) static lee_decode_result
decode_escaped_beast(lee_decoder *decoder, const lee_frame *frame, size_t payload, lee_report *out,
                     lee_error_info *why)
{
    uint8_t whole[2 + 6 + 1 + LEE_MODE_S_LONG_BYTES];
    size_t count = 2;
    for (size_t at = 2; at < frame->length && count < 2 + payload; at++, count++) {
        whole[count] = frame->bytes[at];
        at += frame->bytes[at] == LEE__BEAST_ESCAPE;
    }
    if (count < 2 + payload) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not a Beast frame");
    }
    return decode_plain_beast(decoder, whole, payload, frame->t_us, out, why);
}

lee_decode_result lee__decode_beast(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                    lee_error_info *why)
{
    const uint8_t *const bytes = frame->bytes;
    const uint8_t type = frame->length >= 2 ? bytes[1] : 0;
    const size_t payload = lee__beast_payload_bytes(type);
    if (payload == 0 || bytes[0] != LEE__BEAST_ESCAPE || frame->length < 2 + payload) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not a Beast frame");
    }
    if (type != '2' && type != '3') {
        return lee__decode_nothing(why, type == '1' ? "a Mode A/C reply names no aircraft"
                                                    : "a message of the receiver about itself");
    }
    return frame->length > 2 + payload
               ? decode_escaped_beast(decoder, frame, payload, out, why)
               : decode_plain_beast(decoder, bytes, payload, frame->t_us, out, why);
}

/* Does the time of this feed move? See leeward/deframe.h on AVR recordings. */
static bool feed_is_timed(lee_decoder *decoder, const lee_frame *frame)
{
    if (frame->feed >= LEE_FEEDS_MAX) {
        return false;
    }
    lee__feed_state *const feed = &decoder->feeds[frame->feed];
    if (!feed->heard) {
        feed->heard = true;
        feed->first_us = frame->t_us;
    }
    feed->time_moves = feed->time_moves || frame->t_us != feed->first_us;
    return feed->time_moves;
}

lee_decode_result lee__decode_avr(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why)
{
    uint8_t bytes[LEE__AVR_MESSAGE_MAX_BYTES];
    const char *const line = (const char *)frame->bytes;
    const size_t length = lee__avr_message(line, frame->length, bytes);
    if (length == 0) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not an AVR message");
    }
    if (length == 2) {
        return lee__decode_nothing(why, "a Mode A/C reply names no aircraft");
    }
    uint64_t tick = 0;
    const bool has_tick = lee__avr_tick(line, frame->length, &tick);
    message m = {.bytes = bytes,
                 .length = length,
                 .mlat = has_tick && tick == LEE_MODE_S_MLAT_TICK,
                 .timed = has_tick || feed_is_timed(decoder, frame),
                 .t_us = frame->t_us};
    return decode_message(decoder, &m, out, why);
}
