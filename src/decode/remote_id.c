/* Messages of Remote ID (F3411-22a 5.4.5, tables 3 to 10) to reports. Numbers are little-endian. */
#include "decode/remote_id.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "decode/decoder_internal.h"

enum { BASIC_ID = 0, LOCATION = 1, PACK = 15 };

#define VERSION_MAX 2
#define ID_BYTES 20

/* Tenths of a second after the full hour; all ones: not known. */
#define TIMESTAMP_MAX 36000u
#define TIMESTAMP_UNKNOWN 0xffffu

static lee_error bad(lee_error error, const char *name, const char *text, const char **field,
                     const char **reason)
{
    *field = name;
    *reason = text;
    return error;
}

static lee_error check_version(uint8_t first, const char **field, const char **reason)
{
    return (first & 15) <= VERSION_MAX
               ? LEE_OK
               : bad(LEE_ERR_UNSUPPORTED, "version", "a version that is not known", field, reason);
}

static lee_error check_pack(const uint8_t *message, size_t length, size_t *used, const char **field,
                            const char **reason)
{
    if (length < LEE_RID_PACK_HEADER_BYTES) {
        return bad(LEE_ERR_TRUNCATED, "pack", "the pack is too short", field, reason);
    }
    if (message[1] != LEE_RID_MESSAGE_BYTES) {
        return bad(LEE_ERR_DOMAIN, "message size", "must be 25", field, reason);
    }
    if (message[2] < 1 || message[2] > LEE_RID_PACK_MESSAGES_MAX) {
        return bad(LEE_ERR_DOMAIN, "pack size", "must be 1 to 9", field, reason);
    }
    const size_t wanted = LEE_RID_PACK_HEADER_BYTES + (size_t)message[2] * LEE_RID_MESSAGE_BYTES;
    if (length < wanted) {
        return bad(LEE_ERR_TRUNCATED, "pack", "it ends within its messages", field, reason);
    }
    for (size_t at = LEE_RID_PACK_HEADER_BYTES; at < wanted; at += LEE_RID_MESSAGE_BYTES) {
        if (message[at] >> 4 == PACK) {
            return bad(LEE_ERR_DOMAIN, "pack", "a pack within a pack", field, reason);
        }
        const lee_error error = check_version(message[at], field, reason);
        if (error != LEE_OK) {
            return error;
        }
    }
    *used = wanted;
    return LEE_OK;
}

lee_error lee_rid_check(const uint8_t *message, size_t length, size_t *used, const char **field,
                        const char **reason)
{
    assert(message || length == 0);
    assert(used && field && reason);

    if (length == 0) {
        return bad(LEE_ERR_TRUNCATED, "message", "there is none", field, reason);
    }
    lee_error error = check_version(message[0], field, reason);
    size_t wanted = LEE_RID_MESSAGE_BYTES;
    if (error == LEE_OK && message[0] >> 4 == PACK) {
        error = check_pack(message, length, &wanted, field, reason);
    } else if (error == LEE_OK && length < LEE_RID_MESSAGE_BYTES) {
        error = bad(LEE_ERR_TRUNCATED, "message", "a message has 25 bytes", field, reason);
    }
    if (error != LEE_OK) {
        return error;
    }
    for (size_t i = wanted; i < length; i++) {
        if (message[i] != 0) {
            return bad(LEE_ERR_DOMAIN, "length", "something stands behind the messages", field,
                       reason);
        }
    }
    *used = wanted;
    return LEE_OK;
}

/* --- names ----------------------------------------------------------------------------------- */

static bool is_name_text(const uint8_t *id, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const uint8_t c = id[i];
        const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return length > 0;
}

static void put_hex(const char *prefix, const uint8_t *bytes, size_t length, lee_target *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = strlen(prefix);
    assert(at + 2 * length < LEE_TARGET_BYTES);
    *out = (lee_target){{0}};
    memcpy(out->text, prefix, at);
    for (size_t i = 0; i < length; i++) {
        out->text[at++] = digits[bytes[i] >> 4];
        out->text[at++] = digits[bytes[i] & 15];
    }
}

/* Serial numbers (ANSI/CTA-2063-A) and registrations are text; UTM and session identifiers are
 * bytes. Text that is none is written as bytes, which no text can be mistaken for. */
static bool read_name(const uint8_t *message, lee__rid_name *out)
{
    const uint8_t kind = message[1] >> 4;
    const uint8_t *const id = message + 2;
    size_t length = ID_BYTES;
    while (length > 0 && (id[length - 1] == 0 || id[length - 1] == ' ')) {
        length--;
    }
    if (kind < 1 || kind > 4 || length == 0) {
        return false;
    }
    out->rank = kind;
    if (kind <= 2 && is_name_text(id, length)) {
        out->target = (lee_target){.text = "rid:"};
        memcpy(out->target.text + 4, id, length);
    } else {
        put_hex("rid:x:", id, length, &out->target);
    }
    return true;
}

static lee__rid_name *find_name(lee__rid_names *names, const uint8_t *address, bool *found)
{
    const uint64_t hash = lee_hash(address, LEE_RID_ADDRESS_BYTES);
    lee__rid_name *const set = names->names[hash % LEE_RID_SETS];
    lee__rid_name *best = &set[0];
    for (size_t i = 0; i < LEE_RID_WAYS; i++) {
        if (set[i].rank > 0 && memcmp(set[i].address, address, LEE_RID_ADDRESS_BYTES) == 0) {
            *found = true;
            return &set[i];
        }
        if (best->rank > 0 && (set[i].rank == 0 || set[i].t_us < best->t_us)) {
            best = &set[i];
        }
    }
    *found = false;
    return best;
}

static bool is_fresh(const lee__rid_name *name, int64_t t_us)
{
    return t_us / 2 - name->t_us / 2 <= LEE_RID_NAME_MAX_US / 2 &&
           name->t_us / 2 - t_us / 2 <= LEE_RID_NAME_MAX_US / 2;
}

/* The target of this transmitter: the best name that it said lately, now or before, else its
 * address, since a drone that we cannot name is no less there. */
static void name_target(lee__rid_names *names, const uint8_t *address, const lee__rid_name *said,
                        lee_report *out)
{
    static const uint8_t unknown[LEE_RID_ADDRESS_BYTES] = {0};
    if (memcmp(address, unknown, sizeof unknown) == 0) {
        if (said->rank > 0) {
            out->target = said->target;
        } else {
            put_hex("rid:mac:", address, LEE_RID_ADDRESS_BYTES, &out->target);
        }
        return;
    }
    bool found;
    lee__rid_name *const kept = find_name(names, address, &found);
    const bool usable = found && is_fresh(kept, out->t_us);
    if (said->rank > 0 && (!usable || said->rank <= kept->rank)) {
        names->evicted += !found && kept->rank > 0;
        *kept = *said;
        memcpy(kept->address, address, LEE_RID_ADDRESS_BYTES);
        kept->t_us = out->t_us;
        out->target = kept->target;
    } else if (usable) {
        out->target = kept->target;
    } else {
        put_hex("rid:mac:", address, LEE_RID_ADDRESS_BYTES, &out->target);
    }
}

/* --- location --------------------------------------------------------------------------------- */

static int32_t divide_rounded(int64_t value, int64_t by)
{
    return (int32_t)((value + (value < 0 ? -by / 2 : by / 2)) / by);
}

/* Half metres above -1000 m; 0 is not known. */
static void put_alt(unsigned value, uint32_t bit, int32_t *member, lee_report *out)
{
    if (value > 0) {
        *member = divide_rounded((int64_t)value * 5000 - 10000000, 3048);
        out->present |= bit;
    }
}

static void put_motion(uint8_t flags, uint8_t direction, uint8_t speed, int8_t vertical,
                       lee_report *out)
{
    const bool is_west = (flags & 2) != 0;
    const bool is_fast = (flags & 1) != 0;
    if (direction < 180) {
        out->track_deg_e3 = (direction + (is_west ? 180 : 0)) * 1000;
        out->present |= LEE_REPORT_HAS_TRACK;
    }
    if (!is_fast || speed < 254) { /* 254: that fast or faster; 255: not known */
        const int64_t speed_mmps = is_fast ? speed * 750 + 63750 : speed * 250;
        out->speed_ground_kt_e3 = divide_rounded(speed_mmps * 3600, 1852);
        out->present |= LEE_REPORT_HAS_SPEED_GROUND;
    }
    if (vertical > -124 && vertical < 124) { /* half metres a second; 62 is that fast or faster */
        out->vertical_rate_fpm = divide_rounded(vertical * INT64_C(300000), 3048);
        out->present |= LEE_REPORT_HAS_VERTICAL_RATE;
    }
}

static void put_status(uint8_t status, lee_report *out)
{
    if (status == 1 || status == 2) {
        out->on_ground = status == 1;
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    } else if (status == 3) {
        memcpy(out->emergency, "general", sizeof "general");
        out->present |= LEE_REPORT_HAS_EMERGENCY;
    }
}

/* Codes of horizontal accuracy are those of NACp up to 11 (3 m); 12 (1 m) has none of its own. */
static void put_accuracy(uint8_t code, lee_report *out)
{
    if (code >= 1 && code <= 12) {
        out->nac_p = code < 11 ? code : 11;
        out->present |= LEE_REPORT_HAS_NAC_P;
    }
}

static unsigned u16_le(lee_bytes *in)
{
    const unsigned low = lee_bytes_u8(in);
    return low | (unsigned)lee_bytes_u8(in) << 8;
}

/* Returns the field that is wrong, or NULL. */
static const char *read_location(const uint8_t *message, lee_report *out)
{
    lee_bytes in;
    lee_bytes_init(&in, message, LEE_RID_MESSAGE_BYTES);
    (void)lee_bytes_u8(&in);
    const uint8_t flags = lee_bytes_u8(&in);
    const uint8_t direction = lee_bytes_u8(&in);
    const uint8_t speed = lee_bytes_u8(&in);
    const uint8_t vertical = lee_bytes_u8(&in);
    const int32_t lat_e7 = (int32_t)lee_bytes_u32_le(&in);
    const int32_t lon_e7 = (int32_t)lee_bytes_u32_le(&in);
    const unsigned alt_baro = u16_le(&in);
    const unsigned alt_hae = u16_le(&in);
    (void)u16_le(&in); /* height above take-off or ground: no reference that a report has */
    const uint8_t accuracy = lee_bytes_u8(&in);
    (void)lee_bytes_u8(&in);
    const unsigned timestamp = u16_le(&in);
    assert(!in.failed);

    if (lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7) {
        return "lat";
    }
    if (lon_e7 < -LEE_LON_MAX_E7 || lon_e7 > LEE_LON_MAX_E7) {
        return "lon";
    }
    if (timestamp > TIMESTAMP_MAX && timestamp != TIMESTAMP_UNKNOWN) {
        return "timestamp";
    }
    if (lat_e7 != 0 || lon_e7 != 0) {
        out->lat_e7 = lat_e7;
        out->lon_e7 = lon_e7;
        out->present |= LEE_REPORT_HAS_POSITION;
        put_accuracy(accuracy & 15, out);
    }
    put_status(flags >> 4, out);
    put_motion(flags, direction, speed, (int8_t)vertical, out);
    put_alt(alt_baro, LEE_REPORT_HAS_ALT_BARO, &out->alt_baro_ft, out);
    put_alt(alt_hae, LEE_REPORT_HAS_ALT_HAE, &out->alt_hae_ft, out);
    return NULL;
}

/* --- frames ----------------------------------------------------------------------------------- */

static void put_registration(const lee__rid_name *name, lee_report *out)
{
    const size_t length = strlen(name->target.text) - 4;
    if (name->rank == 2 && length < sizeof out->registration && name->target.text[5] != ':') {
        memcpy(out->registration, name->target.text + 4, length);
        out->present |= LEE_REPORT_HAS_REGISTRATION;
    }
}

/* Reads the messages; *named is the best name among them, of rank 0 when there is none. Returns
 * the field that is wrong, or NULL. */
static const char *read_messages(const uint8_t *message, size_t length, lee__rid_name *named,
                                 lee_report *out)
{
    bool located = false;
    const size_t first = length > LEE_RID_MESSAGE_BYTES ? LEE_RID_PACK_HEADER_BYTES : 0;
    for (size_t at = first; at + LEE_RID_MESSAGE_BYTES <= length; at += LEE_RID_MESSAGE_BYTES) {
        const uint8_t type = message[at] >> 4;
        lee__rid_name name = {.rank = 0};
        if (type == BASIC_ID && read_name(message + at, &name)) {
            put_registration(&name, out);
            if (named->rank == 0 || name.rank < named->rank) {
                *named = name;
            }
        } else if (type == LOCATION) {
            if (located) {
                return "location";
            }
            located = true;
            const char *const wrong = read_location(message + at, out);
            if (wrong != NULL) {
                return wrong;
            }
        }
    }
    return NULL;
}

lee_decode_result lee__rid_decode(lee__rid_names *names, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why)
{
    if (frame->length == 1 && frame->bytes[0] == LEE_RID_NONE) {
        return lee__decode_nothing(why, "a packet without Remote ID");
    }
    if (frame->length <= LEE_RID_ENVELOPE_BYTES || frame->bytes[0] < LEE_RID_BLUETOOTH_LEGACY ||
        frame->bytes[0] > LEE_RID_NETWORK) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not a frame of Remote ID");
    }
    const uint8_t *const message = frame->bytes + LEE_RID_ENVELOPE_BYTES;
    size_t used;
    const char *field = NULL;
    const char *reason = NULL;
    const lee_error error =
        lee_rid_check(message, frame->length - LEE_RID_ENVELOPE_BYTES, &used, &field, &reason);
    if (error != LEE_OK) {
        return lee__decode_refused(why, error, field, reason);
    }
    lee__rid_name named = {.rank = 0};
    const char *const wrong = read_messages(message, used, &named, out);
    if (wrong != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, wrong, "not a value of this field");
    }
    name_target(names, frame->bytes + 1, &named, out);
    out->source = LEE_SOURCE_REMOTE_ID;
    if (out->present == 0 && named.rank > 0) {
        return lee__decode_nothing(why, "a name without a place");
    }
    return lee__decode_done(out, why);
}

lee_decode_result lee__decode_remote_id(lee_decoder *decoder, const lee_frame *frame,
                                        lee_report *out, lee_error_info *why)
{
    return lee__rid_decode(&decoder->rid, frame, out, why);
}
