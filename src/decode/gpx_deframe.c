/* A stream of GPX to its points, or of IGC to its lines. */
#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "decode/gpx.h"

/* Where a stream of XML stands; a tag, comment or point is being gathered unless OUTSIDE. */
enum { UNDECIDED, OUTSIDE, IN_TAG, IN_COMMENT, IN_DATA, IN_POINT, AS_LINES };

static bool carry_ends_with(const lee_deframer *deframer, const char *text)
{
    const size_t length = strlen(text);
    return deframer->carry_length >= length &&
           memcmp(deframer->carry + deframer->carry_length - length, text, length) == 0;
}

static bool carry_is(const lee_deframer *deframer, const char *text)
{
    return deframer->carry_length == strlen(text) &&
           memcmp(deframer->carry, text, deframer->carry_length) == 0;
}

/* What was gathered is no point. */
static void pass_carry(lee_deframer *deframer)
{
    const size_t length = deframer->carry_length;
    deframer->carry_length = 0;
    lee__deframe_pass(deframer, length);
    deframer->line += deframer->gpx_newlines;
    deframer->gpx_newlines = 0;
    deframer->gpx_state = OUTSIDE;
}

static void emit_carry(lee_deframer *deframer, lee_error refused, const char *reason)
{
    int64_t t_us = deframer->options.live ? deframer->t_received_us : deframer->t_last_us;
    lee_slice time;
    if (!deframer->options.live && refused == LEE_OK &&
        lee__gpx_text((const char *)deframer->carry, deframer->carry_length, "time", &time)) {
        (void)lee_time_parse(time.text, time.length, &t_us);
    }
    lee__deframe_emit(deframer, NULL, 0, t_us, refused, reason);
    deframer->line += deframer->gpx_newlines;
    deframer->gpx_newlines = 0;
    deframer->gpx_state = OUTSIDE;
}

/* A tag was gathered up to its '>'. */
static void end_tag(lee_deframer *deframer)
{
    static const char *const points[] = {"<trkpt", "<rtept", "<wpt"};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const size_t length = strlen(points[i]);
        if (deframer->carry_length > length && memcmp(deframer->carry, points[i], length) == 0 &&
            strchr(" \t\r\n/>", (char)deframer->carry[length]) != NULL) {
            if (carry_ends_with(deframer, "/>")) {
                emit_carry(deframer, LEE_OK, NULL);
            } else {
                deframer->gpx_state = IN_POINT;
            }
            return;
        }
    }
    pass_carry(deframer);
}

static void end_character(lee_deframer *deframer)
{
    switch (deframer->gpx_state) {
    case IN_TAG:
        if (carry_is(deframer, "<!--")) {
            deframer->gpx_state = IN_COMMENT;
        } else if (carry_is(deframer, "<![CDATA[")) {
            deframer->gpx_state = IN_DATA;
        } else if (carry_ends_with(deframer, ">")) {
            end_tag(deframer);
        }
        break;
    case IN_COMMENT:
        if (carry_ends_with(deframer, "-->")) {
            pass_carry(deframer);
        }
        break;
    case IN_DATA:
        if (carry_ends_with(deframer, "]]>")) {
            pass_carry(deframer);
        }
        break;
    case IN_POINT:
        if (carry_ends_with(deframer, "</trkpt>") || carry_ends_with(deframer, "</rtept>") ||
            carry_ends_with(deframer, "</wpt>")) {
            emit_carry(deframer, LEE_OK, NULL);
        }
        break;
    default:
        assert(false);
        break;
    }
}

static void take_character(lee_deframer *deframer, uint8_t c)
{
    if (deframer->carry_length == LEE_FRAME_MAX_BYTES) {
        emit_carry(deframer, LEE_ERR_LIMIT, "an element that is too long");
    }
    if (deframer->gpx_state == OUTSIDE && c != '<') {
        deframer->line += c == '\n';
        lee__deframe_pass(deframer, 1);
        return;
    }
    if (deframer->gpx_state == OUTSIDE) {
        deframer->gpx_state = IN_TAG;
    }
    lee__deframe_carry(deframer, &c, 1);
    deframer->gpx_newlines += c == '\n';
    end_character(deframer);
}

/* Text before the first tag, or a first character that no XML begins with. Byte order marks and
 * white space tell nothing. */
static bool is_undecided(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xef || c == 0xbb || c == 0xbf;
}

void lee__deframe_gpx(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (deframer->gpx_state == UNDECIDED && is_undecided(bytes[i])) {
            deframer->line += bytes[i] == '\n';
            lee__deframe_pass(deframer, 1);
            continue;
        }
        if (deframer->gpx_state == UNDECIDED) {
            deframer->gpx_state = bytes[i] == '<' ? OUTSIDE : AS_LINES;
        }
        if (deframer->gpx_state == AS_LINES) {
            lee__deframe_lines(deframer, bytes + i, length - i);
            return;
        }
        take_character(deframer, bytes[i]);
    }
}

void lee__deframe_gpx_finish(lee_deframer *deframer)
{
    assert(deframer->gpx_state != AS_LINES);

    if (deframer->carry_length > 0) {
        emit_carry(deframer, LEE_ERR_TRUNCATED, "the file ends within an element");
    }
    deframer->gpx_state = UNDECIDED;
}

bool lee__deframe_gpx_is_lines(const lee_deframer *deframer)
{
    return deframer->gpx_state == AS_LINES;
}
