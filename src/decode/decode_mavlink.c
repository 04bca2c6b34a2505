/* Positions out of MAVLink: of the vehicle itself, and of the aircraft that its receiver hears. */
#include <math.h>
#include <string.h>

#include "decode/decoder_internal.h"
#include "decode/mavlink.h"
#include "geo/trig.h"

/* Flags of ADSB_VEHICLE (ADSB_FLAGS). */
enum {
    HAS_COORDS = 1,
    HAS_ALTITUDE = 2,
    HAS_HEADING = 4,
    HAS_VELOCITY = 8,
    HAS_CALLSIGN = 16,
    HAS_SQUAWK = 32,
    IS_SIMULATED = 64,
    HAS_VERTICAL_VELOCITY = 128
};

static int32_t rounded(double value)
{
    return (int32_t)(value < 0 ? value - 0.5 : value + 0.5);
}

static int32_t number_32(const lee_mavlink *frame, size_t offset)
{
    return (int32_t)(uint32_t)lee_mavlink_number(frame, offset, 4);
}

static int32_t number_16(const lee_mavlink *frame, size_t offset)
{
    return (int16_t)(uint16_t)lee_mavlink_number(frame, offset, 2);
}

/* 0/0 is what is sent without a fix. False: off the Earth. */
static bool put_position(int32_t lat_e7, int32_t lon_e7, lee_report *out)
{
    if (lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7 || lon_e7 < -LEE_LON_MAX_E7 ||
        lon_e7 > LEE_LON_MAX_E7) {
        return false;
    }
    if (lat_e7 != 0 || lon_e7 != 0) {
        out->lat_e7 = lat_e7;
        out->lon_e7 = lon_e7;
        out->present |= LEE_REPORT_HAS_POSITION;
    }
    return true;
}

/* 1 kt is 1852 / 3600 m/s. */
static void put_speed(double speed_cmps, lee_report *out)
{
    out->speed_ground_kt_e3 = rounded(speed_cmps * 36000.0 / 1852.0);
    out->present |= LEE_REPORT_HAS_SPEED_GROUND;
}

/* 1 ft/min is 0.508 cm/s. */
static void put_rate(int32_t up_cmps, lee_report *out)
{
    out->vertical_rate_fpm = rounded(up_cmps / 0.508);
    out->present |= LEE_REPORT_HAS_VERTICAL_RATE;
}

/* GLOBAL_POSITION_INT. Its altitude is above mean sea level, which is no reference that a report
 * has, and the one above the take-off is none at all. */
static lee_decode_result decode_position(const lee_frame *frame, const lee_mavlink *message,
                                         lee_report *out, lee_error_info *why)
{
    char name[] = "mavlink-000";
    name[8] = (char)('0' + message->system / 100);
    name[9] = (char)('0' + message->system / 10 % 10);
    name[10] = (char)('0' + message->system % 10);
    lee__decode_own_target(frame, name, out);
    out->source = LEE_SOURCE_GNSS;
    if (!put_position(number_32(message, 4), number_32(message, 8), out)) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "lat, lon", "not a place on the Earth");
    }
    if ((out->present & LEE_REPORT_HAS_POSITION) == 0) {
        return lee__decode_nothing(why, "a vehicle without a fix");
    }
    const double north_cmps = number_16(message, 20);
    const double east_cmps = number_16(message, 22);
    put_speed(sqrt(north_cmps * north_cmps + east_cmps * east_cmps), out);
    if (north_cmps != 0 || east_cmps != 0) {
        const double track_deg = lee_atan2(east_cmps, north_cmps) * LEE_DEGREES_PER_RADIAN;
        out->track_deg_e3 = (rounded(track_deg * 1000.0) + 360000) % 360000;
        out->present |= LEE_REPORT_HAS_TRACK;
    }
    put_rate(-number_16(message, 24), out);
    const uint32_t heading_e2 = (uint32_t)lee_mavlink_number(message, 26, 2);
    if (heading_e2 < 36000) {
        out->heading_deg_e3 = (int32_t)heading_e2 * 10;
        out->present |= LEE_REPORT_HAS_HEADING;
    }
    return lee__decode_done(out, why);
}

/* Four decimal digits that are octal ones. */
static void put_squawk(uint32_t code, lee_report *out)
{
    const uint32_t digits[4] = {code / 1000, code / 100 % 10, code / 10 % 10, code % 10};
    int32_t squawk = 0;
    for (size_t i = 0; i < 4; i++) {
        if (digits[i] > 7) {
            return;
        }
        squawk = squawk << 3 | (int32_t)digits[i];
    }
    out->squawk = squawk;
    out->present |= LEE_REPORT_HAS_SQUAWK;
}

static void put_names(const lee_mavlink *message, unsigned flags, lee_report *out)
{
    char callsign[9] = "";
    for (size_t i = 0; i < 8; i++) {
        callsign[i] = (char)lee_mavlink_number(message, 27 + i, 1);
    }
    lee_slice slice = {callsign, strlen(callsign)};
    while (slice.length > 0 && slice.text[slice.length - 1] == ' ') {
        slice.length--;
    }
    if ((flags & HAS_CALLSIGN) != 0 &&
        lee__decode_text(slice, out->callsign, sizeof out->callsign)) {
        out->present |= LEE_REPORT_HAS_CALLSIGN;
    }
    /* ADSB_EMITTER_TYPE counts the categories of ADS-B from A0 on. */
    const unsigned emitter = (unsigned)lee_mavlink_number(message, 36, 1);
    if (emitter % 8 != 0 && emitter < 24) {
        out->category[0] = (char)('A' + emitter / 8);
        out->category[1] = (char)('0' + emitter % 8);
        out->present |= LEE_REPORT_HAS_CATEGORY;
    }
}

static lee_decode_result decode_vehicle(const lee_mavlink *message, lee_report *out,
                                        lee_error_info *why)
{
    const uint32_t address = (uint32_t)lee_mavlink_number(message, 0, 4);
    const unsigned flags = (unsigned)lee_mavlink_number(message, 22, 2);
    if (address == 0 || address > 0xffffff) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "ICAO_address", "not an address");
    }
    if ((flags & IS_SIMULATED) != 0) {
        return lee__decode_nothing(why, "a simulated aircraft");
    }
    out->target = lee_target_icao24(address, true);
    out->source = LEE_SOURCE_ADSB;
    if ((flags & HAS_COORDS) != 0 &&
        !put_position(number_32(message, 4), number_32(message, 8), out)) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "lat, lon", "not a place on the Earth");
    }
    /* Type 1 is by GNSS. Type 0 is by pressure and corrected by a QNH that nobody tells. */
    const int32_t alt_ft = rounded(number_32(message, 12) / 304.8);
    if ((flags & HAS_ALTITUDE) != 0 && lee_mavlink_number(message, 26, 1) == 1 &&
        alt_ft >= -10000 && alt_ft <= 200000) {
        out->alt_hae_ft = alt_ft;
        out->present |= LEE_REPORT_HAS_ALT_HAE;
    }
    const uint32_t course_e2 = (uint32_t)lee_mavlink_number(message, 16, 2);
    if ((flags & HAS_HEADING) != 0 && course_e2 < 36000) {
        out->track_deg_e3 = (int32_t)course_e2 * 10;
        out->present |= LEE_REPORT_HAS_TRACK;
    }
    if ((flags & HAS_VELOCITY) != 0) {
        put_speed((double)lee_mavlink_number(message, 18, 2), out);
    }
    if ((flags & HAS_VERTICAL_VELOCITY) != 0) {
        put_rate(number_16(message, 20), out);
    }
    if ((flags & HAS_SQUAWK) != 0) {
        put_squawk((uint32_t)lee_mavlink_number(message, 24, 2), out);
    }
    put_names(message, flags, out);
    return lee__decode_done(out, why);
}

lee_decode_result lee__decode_mavlink(const lee_frame *frame, lee_report *out, lee_error_info *why)
{
    lee_mavlink message;
    if (frame->length == 0) {
        return lee__decode_refused(why, LEE_ERR_TRUNCATED, NULL, "an empty frame");
    }
    switch (lee_mavlink_read(frame->bytes, frame->length, &message)) {
    case LEE_MAVLINK_SHORT:
        return lee__decode_refused(why, LEE_ERR_TRUNCATED, NULL, "the frame is cut short");
    case LEE_MAVLINK_BAD:
        return lee__decode_refused(why, LEE_ERR_CHECKSUM, NULL, "no frame with a right checksum");
    case LEE_MAVLINK_UNCHECKED:
        return lee__decode_nothing(why, "a message that is not reported");
    case LEE_MAVLINK_CHECKED:
        break;
    }
    if (message.message == LEE_MAVLINK_GLOBAL_POSITION_INT) {
        return decode_position(frame, &message, out, why);
    }
    if (message.message == LEE_MAVLINK_ADSB_VEHICLE) {
        return decode_vehicle(&message, out, why);
    }
    return lee__decode_nothing(why, "a message that is not reported");
}
