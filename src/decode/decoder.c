#include "leeward/decoder.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "decode/decoder_internal.h"
#include "decode/decoder_state.h"
#include "decode/gpx.h"
#include "record/codec.h"
#include "record/target.h"

void lee_decoder_options_default(lee_decoder_options *out)
{
    assert(out);

    *out = (lee_decoder_options){.site_known = false,
                                 .aircraft_max = LEE_TRACKS_MAX,
                                 .hash_key = {UINT64_C(0x9E3779B97F4A7C15), 0}};
}

lee_error lee_decoder_create(const lee_decoder_options *options, lee_decoder **out)
{
    assert(options);
    assert(options->aircraft_max > 0);
    assert(out);

    lee_decoder *const decoder = lee_alloc(1, sizeof *decoder);
    if (decoder == NULL) {
        return LEE_ERR_NO_MEMORY;
    }
    decoder->options = *options;
    decoder->report_bytes = sizeof(lee_report);
    lee_crc24_init(&decoder->crc);
    const lee_error error =
        lee__aircraft_table_init(&decoder->aircraft, options->aircraft_max, options->hash_key);
    if (error != LEE_OK) {
        lee_free(decoder);
        return error;
    }
    *out = decoder;
    return LEE_OK;
}

void lee_decoder_free(lee_decoder *decoder)
{
    if (decoder != NULL) {
        lee__aircraft_table_free(&decoder->aircraft);
        lee_free(decoder);
    }
}

lee_decode_result lee__decode_nothing(lee_error_info *why, const char *reason)
{
    *why = (lee_error_info){.code = LEE_OK, .reason = reason};
    return LEE_DECODED_NOTHING;
}

lee_decode_result lee__decode_refused(lee_error_info *why, lee_error code, const char *field,
                                      const char *reason)
{
    assert(code != LEE_OK);

    *why = (lee_error_info){.code = code, .field = field, .reason = reason};
    return LEE_DECODED_REFUSED;
}

lee_decode_result lee__decode_done(const lee_report *report, lee_error_info *why)
{
    if (report->present == 0) {
        return lee__decode_nothing(why, "no reportable field");
    }
    return LEE_DECODED_REPORT;
}

bool lee__decode_text(lee_slice slice, char *out, size_t size)
{
    if (slice.length == 0 || slice.length >= size) {
        return false;
    }
    for (size_t i = 0; i < slice.length; i++) {
        if (slice.text[i] < 0x20 || slice.text[i] > 0x7e) {
            return false;
        }
    }
    memcpy(out, slice.text, slice.length);
    return true;
}

/* Of hexadecimal digits one more than their value, of all others zero. */
static const uint8_t hex_above_zero[256] = {
    ['0'] = 1, 2,  3,  4,  5,  6,          7,  8,  9,  10, ['A'] = 11,
    12,        13, 14, 15, 16, ['a'] = 11, 12, 13, 14, 15, 16,
};

/* Above 0xff: one of the two is none. */
static inline uint32_t hex_pair(const char *text)
{
    const uint32_t high = hex_above_zero[(unsigned char)text[0]] - UINT32_C(1);
    const uint32_t low = hex_above_zero[(unsigned char)text[1]] - UINT32_C(1);
    return high << 4 | low;
}

bool lee__decode_address(lee_slice slice, lee_target *out)
{
    const bool is_icao = slice.length == 0 || slice.text[0] != '~';
    const size_t from = is_icao ? 0 : 1;
    if (slice.length != from + 6) {
        return false;
    }
    const char *const digits = slice.text + from;
    const uint32_t first = hex_pair(digits);
    const uint32_t second = hex_pair(digits + 2);
    const uint32_t third = hex_pair(digits + 4);
    if ((first | second | third) > 0xff) {
        return false;
    }
    const uint32_t address = first << 16 | second << 8 | third;
    lee__target_set_icao24(out, address, is_icao);
    return address != 0;
}

bool lee__decode_squawk(lee_slice slice, int32_t *out)
{
    int32_t squawk = 0;
    if (slice.length != 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        if (slice.text[i] < '0' || slice.text[i] > '7') {
            return false;
        }
        squawk = squawk << 3 | (slice.text[i] - '0');
    }
    *out = squawk;
    return true;
}

bool lee__decode_number(lee_slice slice, int decimals, int64_t low, int64_t high, uint32_t bit,
                        int32_t *member, lee_report *report)
{
    int64_t value;
    if (slice.length == 0) {
        return true;
    }
    if (!lee_slice_fixed(slice, decimals, &value) || value < low || value > high) {
        return false;
    }
    *member = (int32_t)value;
    report->present |= bit;
    return true;
}

static lee_decode_result decode_report_jsonl(const lee_frame *frame, lee_report *out,
                                             lee_error_info *why)
{
    const lee_error error =
        lee_report_read_json((const char *)frame->bytes, frame->length, out, why);
    return error == LEE_OK ? LEE_DECODED_REPORT : LEE_DECODED_REFUSED;
}

static lee_decode_result decode(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                lee_error_info *why)
{
    if (frame->refused != LEE_OK) {
        return lee__decode_refused(why, (lee_error)frame->refused, NULL, frame->reason);
    }
    memset(out, 0, decoder->report_bytes);
    out->t_us = frame->t_us;
    switch ((lee_format)frame->format) {
    case LEE_FORMAT_BEAST:
        return lee__decode_beast(decoder, frame, out, why);
    case LEE_FORMAT_AVR:
        return lee__decode_avr(decoder, frame, out, why);
    case LEE_FORMAT_SBS:
        return lee__decode_sbs(frame, out, why);
    case LEE_FORMAT_AIRCRAFT_JSON:
        return lee__decode_aircraft_json(decoder, frame, out, why);
    case LEE_FORMAT_OPENSKY_CSV:
        return lee__decode_csv(decoder, frame, out, why);
    case LEE_FORMAT_AIS:
        return lee__decode_ais(decoder, frame, out, why);
    case LEE_FORMAT_REMOTE_ID:
        return lee__decode_remote_id(decoder, frame, out, why);
    case LEE_FORMAT_GPX:
        return frame->length > 0 && frame->bytes[0] == '<' ? lee__decode_gpx(frame, out, why)
                                                           : lee__decode_igc(frame, out, why);
    case LEE_FORMAT_MAVLINK:
        return lee__decode_mavlink(frame, out, why);
    case LEE_FORMAT_REPORT_JSONL:
        return decode_report_jsonl(frame, out, why);
    case LEE_FORMAT_ASTERIX:
        return lee__decode_asterix(decoder, frame, out, why);
    case LEE_FORMAT_OPENSKY_JSON:
        return lee__decode_opensky_json(frame, out, why);
    case LEE_FORMAT_READSB_TRACE:
        return lee__decode_readsb_trace(decoder, frame, out, why);
    case LEE_FORMAT_IQ: /* their frames are of BEAST */
    case LEE_FORMAT_IQ16:
    case LEE_FORMAT_COUNT:
        break;
    }
    return lee__decode_refused(why, LEE_ERR_UNSUPPORTED, NULL, "a format that is not handled");
}

lee_decode_result lee_decoder_frame(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                    lee_error_info *why)
{
    assert(decoder);
    assert(frame);
    assert(frame->bytes || frame->length == 0);
    assert(out);
    assert(why);

    decoder->counters.frames++;
    const lee_decode_result result = decode(decoder, frame, out, why);
    if (result == LEE_DECODED_REPORT) {
        assert(out->present != 0 || frame->format == LEE_FORMAT_REPORT_JSONL);
        decoder->counters.reports++;
        return result;
    }
    assert(why->reason);
    why->offset += frame->stream_offset;
    why->line = frame->line;
    if (result == LEE_DECODED_NOTHING) {
        decoder->counters.nothing++;
    } else {
        decoder->counters.refused++;
    }
    return result;
}

void lee_decoder_count(const lee_decoder *decoder, lee_decoder_counters *out)
{
    assert(decoder);
    assert(out);

    *out = decoder->counters;
    out->aircraft = decoder->aircraft.count;
    out->rid_names_evicted = decoder->rid.evicted;
    out->ais_parts_dropped = decoder->ais.dropped;
    out->aircraft_evicted = decoder->aircraft.evicted;
}

void lee_decoder_state(lee_state *state, lee_decoder *decoder)
{
    assert(state && decoder);
    lee_state_section(state, "decoder");
    lee__aircraft_table_state(state, &decoder->aircraft);
    lee_state_plain(state, &decoder->counters, sizeof decoder->counters);
    lee_state_plain(state, decoder->feeds, sizeof decoder->feeds);
    lee_state_plain(state, &decoder->ais, sizeof decoder->ais);
    lee_state_plain(state, &decoder->rid, sizeof decoder->rid);
    lee_state_plain(state, &decoder->asterix, sizeof decoder->asterix);
}
