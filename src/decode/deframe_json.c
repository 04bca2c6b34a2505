/* Objects out of a stream of readsb JSON: a snapshot, or objects separated by anything; and the
 * rows (arrays) of opensky_json and readsb_trace, which are snapshots too.
 *
 * A snapshot may be several megabytes, so it is never held whole: the members before "aircraft" are
 * gathered for their "now", then each element of the array is one frame. The grammar is followed
 * only as far as finding the end of an object needs; whatever breaks it ends the object there, and
 * the next '{' begins another. The decoder checks the rest. */
#include <assert.h>
#include <string.h>

#include "base/json_scan.h"
#include "decode/deframe_internal.h"

typedef enum { STEP_ON, STEP_OBJECT_ENDED, STEP_ARRAY_BEGAN, STEP_BROKEN } step;

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '|' || c == ';' ||
           c == '[' || c == ']' || c == '}' || c == 0x1e;
}

static bool top_is_object(const lee__json_state *json)
{
    return (json->objects & 1) != 0;
}

static bool value_may_begin(const lee__json_state *json)
{
    return json->previous == ':' || json->previous == '[' ||
           (json->previous == ',' && !top_is_object(json));
}

static step step_in_text(lee__json_state *json, uint8_t c)
{
    if (c < 0x20) {
        return STEP_BROKEN;
    }
    if (json->after_escape) {
        json->after_escape = false;
        json->key_match = -1;
    } else if (c == '\\') {
        json->after_escape = true;
    } else if (c == '"') {
        json->in_text = false;
        json->previous = '"';
        if (json->key_match >= 0 && json->array_key[json->key_match] != '\0') {
            json->key_match = -1;
        }
    } else if (json->key_match >= 0) {
        json->key_match = (uint8_t)json->array_key[json->key_match] == c ? json->key_match + 1 : -1;
    }
    return STEP_ON;
}

static step begin_text(lee__json_state *json)
{
    const bool is_key = top_is_object(json) && (json->previous == '{' || json->previous == ',');
    if (!is_key && !value_may_begin(json)) {
        return STEP_BROKEN;
    }
    json->in_text = true;
    json->key_match = is_key && json->depth == 1 && !json->in_array && !json->in_tail ? 0 : -1;
    return STEP_ON;
}

static step open_container(lee__json_state *json, uint8_t c)
{
    if (!value_may_begin(json) || json->depth == LEE_JSON_DEPTH_MAX) {
        return STEP_BROKEN;
    }
    const bool is_aircraft = c == '[' && json->depth == 1 && json->key_match > 0;
    json->objects = json->objects << 1 | (c == '{');
    json->depth++;
    json->previous = c;
    return is_aircraft ? STEP_ARRAY_BEGAN : STEP_ON;
}

static step close_container(lee__json_state *json, uint8_t c)
{
    if (top_is_object(json) != (c == '}') || json->previous == ':' || json->previous == ',') {
        return STEP_BROKEN;
    }
    json->objects >>= 1;
    json->depth--;
    json->previous = c;
    return json->depth == 0 ? STEP_OBJECT_ENDED : STEP_ON;
}

/* One character within an object. */
static step step_in_object(lee__json_state *json, uint8_t c)
{
    if (json->in_text) {
        return step_in_text(json, c);
    }
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return STEP_ON;
    case '"':
        return begin_text(json);
    case '{':
    case '[':
        return open_container(json, c);
    case '}':
    case ']':
        return close_container(json, c);
    case ':':
        if (json->previous != '"' || !top_is_object(json)) {
            return STEP_BROKEN;
        }
        json->previous = ':';
        return STEP_ON;
    case ',':
        if (strchr("\"}]v", json->previous) == NULL) {
            return STEP_BROKEN;
        }
        json->previous = ',';
        json->key_match = -1;
        return STEP_ON;
    default:
        if (!value_may_begin(json) && json->previous != 'v') {
            return STEP_BROKEN;
        }
        json->previous = 'v';
        return STEP_ON;
    }
}

/* An object begins, or the array that is a row. */
static void begin_element(lee__json_state *json, uint8_t c)
{
    json->depth = 1;
    json->objects = c == '{';
    json->previous = c;
    json->in_text = false;
    json->after_escape = false;
    json->key_match = -1;
}

/* What was gathered is given or dropped: the bytes in `window`, behind those carried over. */
typedef struct {
    const uint8_t *start;
    size_t length;
} window;

static void clear(lee_deframer *deframer, window *gathered)
{
    gathered->start += gathered->length;
    gathered->length = 0;
    deframer->line += deframer->json.newlines;
    deframer->json.newlines = 0;
}

static void drop(lee_deframer *deframer, window *gathered)
{
    const size_t carried = deframer->carry_length;
    deframer->carry_length = 0;
    lee__deframe_pass(deframer, carried + gathered->length);
    clear(deframer, gathered);
}

static void refuse(lee_deframer *deframer, window *gathered, lee_error error, const char *reason)
{
    const int64_t t_us = deframer->options.live ? deframer->t_received_us : deframer->t_last_us;
    lee__deframe_emit(deframer, gathered->start, gathered->length, t_us, error, reason);
    clear(deframer, gathered);
}

/* Puts all that was gathered into one piece of memory. */
static void join(lee_deframer *deframer, const window *gathered, const char **text, size_t *length)
{
    if (deframer->carry_length == 0) {
        *text = (const char *)gathered->start;
        *length = gathered->length;
        return;
    }
    assert(deframer->carry_length + gathered->length <= LEE_FRAME_MAX_BYTES);
    memcpy(deframer->carry + deframer->carry_length, gathered->start, gathered->length);
    *text = (const char *)deframer->carry;
    *length = deframer->carry_length + gathered->length;
}

static void end_object(lee_deframer *deframer, window *gathered)
{
    if (deframer->json.in_tail) {
        deframer->json.in_tail = false;
        drop(deframer, gathered);
        return;
    }
    const char *text;
    size_t length;
    join(deframer, gathered, &text, &length);
    int64_t t_us;
    if (text[0] == '[') {
        t_us = lee__deframe_row_time(deframer, text, length);
    } else {
        /* Both ways that take_whole goes, so that the time does not depend on how the stream was
         * cut into pieces. */
        lee__object_times times;
        if (lee__deframe_object_whole(text, length, &times) != length) {
            lee__deframe_object_read_times(text, length, &times);
        }
        t_us = lee__deframe_object_time(deframer, &times);
    }
    lee__deframe_emit(deframer, gathered->start, gathered->length, t_us, LEE_OK, NULL);
    clear(deframer, gathered);
}

/* The '[' of the elements was read: what stands before it is the head of a snapshot. That of a
 * trace names the aircraft of its rows, and is a frame. */
static void begin_array(lee_deframer *deframer, window *gathered)
{
    lee__json_state *const json = &deframer->json;
    const char *text;
    size_t length;
    join(deframer, gathered, &text, &length);
    json->now_known = lee__deframe_snapshot_now(deframer->format, text, length, &json->now_us);
    if (deframer->format == LEE_FORMAT_READSB_TRACE) {
        const lee__object_times times = {.now_known = json->now_known, .now_us = json->now_us};
        const int64_t t_us = lee__deframe_object_time(deframer, &times);
        lee__deframe_emit(deframer, gathered->start, gathered->length, t_us, LEE_OK, NULL);
        clear(deframer, gathered);
    } else {
        drop(deframer, gathered);
    }
    json->in_array = true;
    json->depth = 0;
}

/* The ']' of the elements: the members behind it are gathered and dropped. */
static void end_array(lee__json_state *json)
{
    begin_element(json, '{');
    json->in_array = false;
    json->in_tail = true;
    json->previous = ']';
}

/* One character between objects; it may belong to the garbage gathered. */
static void take_between(lee_deframer *deframer, window *gathered, uint8_t c)
{
    lee__json_state *const json = &deframer->json;
    /* Behind a broken row, ']' may be the row's. */
    const bool ends_array = json->in_array && c == ']' && !(json->in_garbage && json->of_rows);
    const bool begins_row = json->in_array && json->of_rows && c == '[';
    if (json->in_garbage && (c == '{' || begins_row || c == '\n' || ends_array)) {
        json->in_garbage = false;
        refuse(deframer, gathered, LEE_ERR_SYNTAX, "text outside any object");
    }
    gathered->length++;
    if (json->in_garbage) {
        return;
    }
    if (c == '{' || begins_row) {
        /* An object where a row should be is another snapshot: the one before breaks off. */
        json->in_array = json->in_array && (begins_row || !json->of_rows);
        begin_element(json, c);
        return;
    }
    if (!is_separator(c)) {
        json->in_garbage = true;
        return;
    }
    json->newlines += c == '\n';
    drop(deframer, gathered);
    if (ends_array) {
        end_array(json);
    }
}

/* One character within an object. */
static void take_within(lee_deframer *deframer, window *gathered, uint8_t c)
{
    lee__json_state *const json = &deframer->json;
    switch (step_in_object(json, c)) {
    case STEP_ON:
        gathered->length++;
        json->newlines += c == '\n';
        break;
    case STEP_OBJECT_ENDED:
        gathered->length++;
        end_object(deframer, gathered);
        break;
    case STEP_ARRAY_BEGAN:
        gathered->length++;
        begin_array(deframer, gathered);
        break;
    case STEP_BROKEN:
        json->depth = 0;
        json->in_text = false;
        if (json->in_tail) {
            json->in_tail = false;
            drop(deframer, gathered);
        } else {
            refuse(deframer, gathered, LEE_ERR_SYNTAX, "the object breaks off");
            json->in_garbage = json->in_array && json->of_rows && c != '{' && c != '[' && c != '\n';
        }
        take_between(deframer, gathered, c);
        break;
    }
}

/* What is gathered has reached the size of a frame without an end. */
static void take_limit(lee_deframer *deframer, window *gathered)
{
    lee__json_state *const json = &deframer->json;
    if (json->in_tail) {
        drop(deframer, gathered);
        return;
    }
    if (!json->in_garbage) {
        json->depth = 0;
        json->in_text = false;
    }
    refuse(deframer, gathered, LEE_ERR_LIMIT,
           json->in_garbage ? "too much text outside any object" : "the object is too long");
}

/* How many of the next bytes are plain characters of a text that is not compared with a key. */
static size_t plain_run(const lee__json_state *json, const uint8_t *bytes, size_t length)
{
    size_t count = 0;
    if (json->in_text && json->depth > 0 && !json->after_escape && json->key_match < 0) {
        while (count < length && bytes[count] >= 0x20 && bytes[count] != '"' &&
               bytes[count] != '\\') {
            count++;
        }
    }
    return count;
}

/* Gives the object that begins at `bytes`, when it can be had at once. Returns its length, or 0. */
static size_t take_whole(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    lee__object_times times;
    const size_t limit = length < LEE_FRAME_MAX_BYTES ? length : LEE_FRAME_MAX_BYTES;
    const size_t used = lee__deframe_object_whole((const char *)bytes, limit, &times);
    if (used == 0) {
        return 0;
    }
    const int64_t t_us = lee__deframe_object_time(deframer, &times);
    lee__deframe_emit(deframer, bytes, used, t_us, LEE_OK, NULL); /* holds no line end */
    return used;
}

void lee__deframe_json(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    window gathered = {bytes, 0};
    for (size_t at = 0; at < length; at++) {
        if (bytes[at] == '{' && deframer->json.depth == 0 && !deframer->json.in_garbage &&
            !deframer->json.of_rows) {
            const size_t used = take_whole(deframer, bytes + at, length - at);
            if (used > 0) {
                at += used - 1;
                gathered.start = bytes + at + 1;
                continue;
            }
        }
        const size_t room = LEE_FRAME_MAX_BYTES - deframer->carry_length - gathered.length;
        const size_t left = length - at;
        const size_t run = plain_run(&deframer->json, bytes + at, left < room ? left : room);
        if (run > 0) {
            gathered.length += run;
            at += run - 1;
        } else if (deframer->json.depth == 0) {
            take_between(deframer, &gathered, bytes[at]);
        } else {
            take_within(deframer, &gathered, bytes[at]);
        }
        if (deframer->carry_length + gathered.length == LEE_FRAME_MAX_BYTES) {
            take_limit(deframer, &gathered);
        }
    }
    lee__deframe_carry(deframer, gathered.start, gathered.length);
}

void lee__deframe_json_finish(lee_deframer *deframer)
{
    lee__json_state *const json = &deframer->json;
    window gathered = {deframer->carry, 0};
    if (json->in_tail) {
        drop(deframer, &gathered);
    } else if (deframer->carry_length > 0) {
        refuse(deframer, &gathered, LEE_ERR_TRUNCATED, "the stream ends within an object");
    }
    lee__deframe_json_begin(deframer);
}

void lee__deframe_json_begin(lee_deframer *deframer)
{
    const lee_format format = deframer->format;
    deframer->json = (lee__json_state){.of_rows = format == LEE_FORMAT_OPENSKY_JSON ||
                                                  format == LEE_FORMAT_READSB_TRACE,
                                       .array_key = format == LEE_FORMAT_OPENSKY_JSON   ? "states"
                                                    : format == LEE_FORMAT_READSB_TRACE ? "trace"
                                                    : format == LEE_FORMAT_REMOTE_ID    ? "flights"
                                                                                     : "aircraft"};
}
