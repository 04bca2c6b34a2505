#include "leeward/deframe.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "decode/asterix.h"
#include "decode/deframe_internal.h"
#include "decode/mode_s.h"
#include "decode/remote_id.h"

/* Ticks of the 12 MHz counter: 48 bits, so that it wraps after 271 days. */
#define TICK_MASK ((UINT64_C(1) << 48) - 1)
#define TICKS_PER_US 12
#define TICK_BACK_MAX (INT64_C(10) * 1000000 * TICKS_PER_US)
#define TICK_ON_MAX (INT64_C(86400) * 1000000 * TICKS_PER_US)

void lee_deframe_options_default(lee_deframe_options *out)
{
    assert(out);

    *out = (lee_deframe_options){.sample_rate_hz = 2400000};
}

static bool is_samples(lee_format format)
{
    return format == LEE_FORMAT_IQ || format == LEE_FORMAT_IQ16;
}

lee_error lee_deframer_create(lee_format format, const lee_deframe_options *options,
                              lee_deframer **out)
{
    assert((unsigned)format < LEE_FORMAT_COUNT);
    assert(options);
    assert(out);

    lee_deframer *const deframer = lee_alloc(1, sizeof *deframer);
    if (deframer == NULL) {
        return LEE_ERR_NO_MEMORY;
    }
    if (format == LEE_FORMAT_REMOTE_ID && lee_pcap_create(&deframer->pcap) != LEE_OK) {
        lee_free(deframer);
        return LEE_ERR_NO_MEMORY;
    }
    if (format == LEE_FORMAT_ASTERIX && lee__asterix_stream_create(&deframer->asterix) != LEE_OK) {
        lee_free(deframer);
        return LEE_ERR_NO_MEMORY;
    }
    if (is_samples(format) &&
        lee__demod_create(format == LEE_FORMAT_IQ ? LEE__DEMOD_U8 : LEE__DEMOD_S16,
                          options->sample_rate_hz, &deframer->demod) != LEE_OK) {
        lee_free(deframer);
        return LEE_ERR_NO_MEMORY;
    }
    deframer->format = format;
    deframer->options = *options;
    deframer->t_last_us = options->t0_us;
    deframer->line = 1;
    lee__deframe_json_begin(deframer);
    deframer->column_time = -1;
    deframer->column_position_time = -1;
    *out = deframer;
    return LEE_OK;
}

void lee_deframer_free(lee_deframer *deframer)
{
    if (deframer != NULL) {
        lee_pcap_free(deframer->pcap);
        lee__rid_operators_free(deframer->rid_operators);
        lee__asterix_stream_free(deframer->asterix);
        lee__demod_free(deframer->demod);
        lee_free(deframer);
    }
}

static bool is_json(lee_format format)
{
    return format == LEE_FORMAT_AIRCRAFT_JSON || format == LEE_FORMAT_OPENSKY_JSON ||
           format == LEE_FORMAT_READSB_TRACE;
}

static bool has_lines(lee_format format)
{
    return format != LEE_FORMAT_BEAST && format != LEE_FORMAT_MAVLINK;
}

void lee__deframe_emit(lee_deframer *deframer, const uint8_t *bytes, size_t length, int64_t t_us,
                       lee_error refused, const char *reason)
{
    assert(deframer->carry_length + length <= LEE_FRAME_MAX_BYTES);
    assert((refused == LEE_OK) == (reason == NULL));

    if (deframer->carry_length > 0) {
        lee__deframe_carry(deframer, bytes, length);
        bytes = deframer->carry;
        length = deframer->carry_length;
    }
    const lee_frame frame = {.t_us = t_us,
                             .stream_offset = deframer->offset,
                             .bytes = bytes,
                             .length = (uint32_t)length,
                             .line = has_lines(deframer->format) ? deframer->line : 0,
                             .feed = deframer->options.feed,
                             .format = (uint8_t)deframer->format,
                             .refused = (int8_t)refused,
                             .reason = reason};
    deframer->t_last_us = t_us;
    deframer->offset += length;
    deframer->carry_length = 0;
    if (deframer->format == LEE_FORMAT_REMOTE_ID) {
        lee__deframe_rid_object(deframer, &frame);
    } else {
        deframer->sink(deframer->context, &frame);
    }
}

void lee__deframe_carry(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    assert(deframer->carry_length + length <= LEE_FRAME_MAX_BYTES);

    if (length > 0) {
        memcpy(deframer->carry + deframer->carry_length, bytes, length);
        deframer->carry_length += length;
    }
}

void lee__deframe_pass(lee_deframer *deframer, size_t length)
{
    assert(deframer->carry_length == 0);

    deframer->offset += length;
}

/* A Radarcape in GPS mode counts seconds of the day (UTC) and nanoseconds ("Mode-S Beast: Data
 * Output Formats", GPS timestamp). */
#define GPS_SECONDS_SHIFT 30
#define GPS_DAY_S 86400
#define GPS_AGE_MAX_US (INT64_C(60) * 1000000)
#define DAY_US (INT64_C(86400) * 1000000)

static int64_t gps_time(lee_deframer *deframer, uint64_t tick)
{
    const bool live = deframer->options.live;
    const uint64_t second = tick >> GPS_SECONDS_SHIFT;
    const uint64_t nanosecond = tick & ((UINT64_C(1) << GPS_SECONDS_SHIFT) - 1);
    if (second >= GPS_DAY_S || nanosecond >= 1000000000) {
        return live ? deframer->t_received_us : deframer->t_last_us;
    }
    const int64_t of_day_us = (int64_t)(second * 1000000 + nanosecond / 1000);
    if (live) {
        const int64_t received_us = deframer->t_received_us;
        const int64_t t_us = lee_asterix_instant(received_us, of_day_us, DAY_US);
        return t_us <= received_us && received_us - t_us <= GPS_AGE_MAX_US ? t_us : received_us;
    }
    int64_t near_us = deframer->t_last_us;
    if (!deframer->tick_known) {
        deframer->tick_known = true;
        near_us += DAY_US / 2 - (near_us % DAY_US + DAY_US) % DAY_US;
    }
    return lee_asterix_instant(near_us, of_day_us, DAY_US);
}

int64_t lee__deframe_tick_time(lee_deframer *deframer, uint64_t tick)
{
    if (deframer->options.clock_gps) {
        return gps_time(deframer, tick);
    }
    if (deframer->options.live) {
        return deframer->t_received_us;
    }
    if (tick == LEE_MODE_S_MLAT_TICK) {
        return deframer->t_last_us;
    }
    if (!deframer->tick_known) {
        deframer->tick_known = true;
        deframer->tick_base = tick;
        deframer->tick_last = tick;
        deframer->t_base_us = deframer->t_last_us;
    }
    /* Signed difference modulo 2^48, so that a wrap of the counter is a small step on. */
    const uint64_t step = (tick - deframer->tick_last) & TICK_MASK;
    const int64_t step_signed =
        step > TICK_MASK / 2 ? (int64_t)step - (int64_t)TICK_MASK - 1 : (int64_t)step;
    if (step_signed < -TICK_BACK_MAX || step_signed > TICK_ON_MAX) {
        deframer->tick_base = tick;
        deframer->t_base_us = deframer->t_last_us;
    }
    deframer->tick_last = tick;
    const uint64_t since = (tick - deframer->tick_base) & TICK_MASK;
    /* A frame from just before the base, out of order. */
    if (since > TICK_MASK - (uint64_t)TICK_BACK_MAX) {
        return deframer->t_base_us - (int64_t)((TICK_MASK - since + 1) / TICKS_PER_US);
    }
    return deframer->t_base_us + (int64_t)(since / TICKS_PER_US);
}

/* The end of the line or AVR message that begins at `bytes`; NULL: not in these. */
static const uint8_t *find_end(const lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    const uint8_t *const newline = memchr(bytes, '\n', length);
    if (deframer->format != LEE_FORMAT_AVR) {
        return newline;
    }
    const size_t before = newline ? (size_t)(newline - bytes) : length;
    const uint8_t *const semicolon = memchr(bytes, ';', before);
    return semicolon ? semicolon : newline;
}

static bool is_blank(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
            return false;
        }
    }
    return true;
}

/* Gives one line, whose last `length` bytes are at `bytes` and the rest carried over. */
static void emit_line(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    const bool refused = deframer->too_long;
    deframer->too_long = false;
    if (deframer->carry_length > 0) {
        lee__deframe_carry(deframer, bytes, length);
        bytes = deframer->carry;
        length = deframer->carry_length;
    }
    if (is_blank(bytes, length)) {
        deframer->carry_length = 0;
        lee__deframe_pass(deframer, length);
        return;
    }
    size_t trimmed = length;
    while (trimmed > 0 && bytes[trimmed - 1] == '\r') {
        trimmed--;
    }
    const size_t returns = length - trimmed;
    const bool carried = deframer->carry_length > 0;
    deframer->carry_length = carried ? trimmed : 0;
    const size_t own = carried ? 0 : trimmed;
    if (refused) {
        lee__deframe_emit(deframer, bytes, own, deframer->t_last_us, LEE_ERR_LIMIT,
                          "the rest of a line that is too long");
    } else {
        const int64_t t_us = lee__deframe_line_time(deframer, (const char *)bytes, trimmed);
        lee__deframe_emit(deframer, bytes, own, t_us, LEE_OK, NULL);
    }
    lee__deframe_pass(deframer, returns);
}

/* Gives LEE_FRAME_MAX_BYTES of a line that has not ended by then; returns the bytes used. */
static size_t emit_too_long(lee_deframer *deframer, const uint8_t *bytes)
{
    const size_t taken = LEE_FRAME_MAX_BYTES - deframer->carry_length;
    lee__deframe_emit(deframer, bytes, taken, deframer->t_last_us, LEE_ERR_LIMIT,
                      "the line is too long");
    deframer->too_long = true;
    return taken;
}

void lee__deframe_lines(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const size_t room = LEE_FRAME_MAX_BYTES - deframer->carry_length;
        const size_t looked_at = length < room + 1 ? length : room + 1;
        const uint8_t *const end = find_end(deframer, bytes, looked_at);
        const bool with_end = end != NULL && *end == ';'; /* belongs to the message */
        const size_t line_length = end ? (size_t)(end - bytes) + with_end : looked_at;
        if (line_length > room) {
            const size_t taken = emit_too_long(deframer, bytes);
            bytes += taken;
            length -= taken;
            continue;
        }
        if (end == NULL) {
            lee__deframe_carry(deframer, bytes, length);
            return;
        }
        emit_line(deframer, bytes, line_length);
        bytes += line_length;
        length -= line_length;
        if (!with_end) {
            lee__deframe_pass(deframer, 1);
            deframer->line++;
            bytes++;
            length--;
        }
    }
}

void lee_deframer_push(lee_deframer *deframer, const uint8_t *bytes, size_t length,
                       int64_t t_received_us, lee_frame_sink *sink, void *context)
{
    assert(deframer);
    assert(bytes || length == 0);
    assert(sink);

    deframer->t_received_us = t_received_us;
    deframer->sink = sink;
    deframer->context = context;
    if (length == 0) {
        return;
    }
    if (deframer->format == LEE_FORMAT_BEAST) {
        lee__deframe_beast(deframer, bytes, length);
    } else if (is_json(deframer->format)) {
        lee__deframe_json(deframer, bytes, length);
    } else if (deframer->format == LEE_FORMAT_ASTERIX) {
        lee__deframe_asterix(deframer, bytes, length);
    } else if (deframer->format == LEE_FORMAT_MAVLINK) {
        lee__deframe_mavlink(deframer, bytes, length);
    } else if (deframer->format == LEE_FORMAT_REMOTE_ID) {
        lee__deframe_remote_id(deframer, bytes, length);
    } else if (is_samples(deframer->format)) {
        lee__deframe_samples(deframer, bytes, length);
    } else if (deframer->format == LEE_FORMAT_GPX && !lee__deframe_gpx_is_lines(deframer)) {
        lee__deframe_gpx(deframer, bytes, length);
    } else {
        lee__deframe_lines(deframer, bytes, length);
    }
}

void lee_deframer_finish(lee_deframer *deframer, lee_frame_sink *sink, void *context)
{
    assert(deframer);
    assert(sink);

    deframer->sink = sink;
    deframer->context = context;
    if (is_json(deframer->format)) {
        lee__deframe_json_finish(deframer);
    } else if (deframer->format == LEE_FORMAT_ASTERIX) {
        lee__deframe_asterix_finish(deframer);
    } else if (deframer->format == LEE_FORMAT_MAVLINK) {
        lee__deframe_mavlink_finish(deframer);
    } else if (deframer->format == LEE_FORMAT_REMOTE_ID) {
        lee__deframe_remote_id_finish(deframer);
    } else if (is_samples(deframer->format)) {
        lee__deframe_samples_finish(deframer);
    } else if (deframer->format == LEE_FORMAT_GPX && !lee__deframe_gpx_is_lines(deframer)) {
        lee__deframe_gpx_finish(deframer);
    } else if (deframer->carry_length > 0 && deframer->format == LEE_FORMAT_BEAST) {
        lee__deframe_emit(deframer, NULL, 0, deframer->t_last_us, LEE_ERR_TRUNCATED,
                          "the stream ends within a frame");
    } else if (deframer->carry_length > 0) {
        emit_line(deframer, NULL, 0);
    }
    deframer->gpx_state = 0; /* the next stream tells anew whether it is GPX or IGC */
    assert(deframer->carry_length == 0);
}
