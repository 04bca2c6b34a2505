/* ASTERIX records to reports. What each category gives is said in docs/feeds.md. */
#include <assert.h>
#include <string.h>

#include "decode/asterix_fields.h"
#include "decode/decoder_internal.h"
#include "geo/distance.h"
#include "record/codec.h"

typedef struct {
    lee_decoder *decoder;
    const lee_asterix_record *record;
    uint16_t source; /* SAC and SIC */
    lee_report *out;
    const char *bad_field; /* set when an item holds what cannot be */
    const char *bad_reason;
} context;

static const uint8_t *find(const context *c, uint16_t number)
{
    size_t size;
    return lee_asterix_find(c->record, number, &size);
}

static const uint8_t *find_part(const context *c, uint16_t number, unsigned place)
{
    size_t size;
    return lee_asterix_find_part(c->record, number, place, &size);
}

/* Octet `index` of an item that extends itself; 0 where it is not there. */
static uint8_t octet(const context *c, uint16_t number, size_t index)
{
    size_t size = 0;
    const uint8_t *const bytes = lee_asterix_find(c->record, number, &size);
    return bytes != NULL && index < size ? bytes[index] : 0;
}

static bool has_octet(const context *c, uint16_t number, size_t index)
{
    size_t size = 0;
    return lee_asterix_find(c->record, number, &size) != NULL && index < size;
}

static bool bad(context *c, const char *field, const char *reason)
{
    c->bad_field = field;
    c->bad_reason = reason;
    return false;
}

static char *write_number(char *at, uint32_t number)
{
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

static char *write_source(char *at, uint16_t source)
{
    at = write_number(at, source >> 8);
    *at++ = '.';
    return write_number(at, source & 0xff);
}

static void set_track_target(context *c, uint32_t track)
{
    char *at = c->out->target.text;
    memcpy(at, "asterix:", 8);
    at = write_source(at + 8, c->source);
    *at++ = '.';
    (void)write_number(at, track);
}

/* By the aircraft's address, else by the number of the track. False: it has no name. */
static bool set_target(context *c, const uint8_t *address, bool is_icao, const uint8_t *track,
                       uint32_t track_mask)
{
    const uint32_t icao24 = address != NULL ? lee__asterix_unsigned(address, 0, 24) : 0;
    if (icao24 != 0) {
        c->out->target = lee_target_icao24(icao24, is_icao);
        return true;
    }
    if (track != NULL) {
        set_track_target(c, lee__asterix_unsigned(track, 0, 16) & track_mask);
        return true;
    }
    return false;
}

static const char not_real[] = "a simulated or test target";
static const char monitor[] = "a fixed transponder that monitors the radar";
static const char no_name[] = "neither an address nor a track number";

/* A radar measures range and azimuth. It gives a place only where its own is known, from what it
 * says about itself or as --site, and where a height tells slant range from distance. `per_mile`:
 * steps of range in a nautical mile. */
static void take_polar(context *c, const uint8_t *polar, int64_t per_mile)
{
    lee__asterix_site site = {.source = c->source, .point = c->decoder->options.site};
    const lee__asterix_site *const said = lee__asterix_site_find(&c->decoder->asterix, c->source);
    if (said != NULL) {
        site = *said;
    } else if (!c->decoder->options.site_known) {
        return;
    }
    if (polar == NULL || (c->out->present & LEE_REPORT_HAS_ALT_BARO) == 0) {
        return;
    }
    const double rho_m =
        lee__asterix_unsigned(polar, 0, 16) * LEE_METRES_PER_NAUTICAL_MILE / (double)per_mile;
    const int32_t theta_deg_e3 =
        (int32_t)(lee__asterix_scale(lee__asterix_unsigned(polar, 16, 16), 360000, 65536) % 360000);
    const lee_point place =
        lee__asterix_place(&site, rho_m, theta_deg_e3, c->out->alt_baro_ft * LEE_METRES_PER_FOOT);
    c->out->lat_e7 = place.lat_e7;
    c->out->lon_e7 = place.lon_e7;
    c->out->present |= LEE_REPORT_HAS_POSITION;
}

static void take(const uint8_t *item, void (*function)(const uint8_t *, lee_report *),
                 lee_report *out)
{
    if (item != NULL) {
        function(item, out);
    }
}

static void take_speed(const uint8_t *item, lee_report *out)
{
    lee__asterix_speed(lee__asterix_unsigned(item, 0, 16), lee__asterix_unsigned(item, 16, 16),
                       out);
}

static void take_flight_status(const uint8_t *item, lee_report *out)
{
    lee__asterix_flight_status(lee__asterix_unsigned(item, 3, 3), out);
}

static void take_registers(const context *c, uint16_t number)
{
    size_t size = 0;
    const uint8_t *const bytes = lee_asterix_find(c->record, number, &size);
    if (bytes != NULL) {
        lee__asterix_registers(bytes, size, c->out);
    }
}

/* Monoradar plots and tracks. Each category returns why there is nothing to report, or NULL. */
static const char *decode_001(context *c)
{
    if ((octet(c, 20, 0) & 0x40) != 0 || (octet(c, 20, 1) & 0x80) != 0) {
        return not_real;
    }
    if ((octet(c, 20, 0) & 0x02) != 0) {
        return monitor;
    }
    if (!set_target(c, NULL, true, find(c, 161), 0xffff)) {
        return no_name;
    }
    take(find(c, 70), lee__asterix_mode_a, c->out);
    take(find(c, 90), lee__asterix_flight_level, c->out);
    take(find(c, 200), take_speed, c->out);
    take_polar(c, find(c, 40), 128);
    return NULL;
}

/* Multilateration. */
static const char *decode_020(context *c)
{
    if ((octet(c, 20, 1) & 0x06) != 0) {
        return not_real;
    }
    if ((octet(c, 20, 1) & 0x80) != 0) {
        return monitor;
    }
    if (!set_target(c, find(c, 220), true, find(c, 161), 0x0fff)) {
        return no_name;
    }
    const uint8_t *const position = find(c, 41);
    if (position != NULL && !lee__asterix_position(position, 32, 25, c->out)) {
        (void)bad(c, "I020/041", "no such place");
        return NULL;
    }
    take(find(c, 70), lee__asterix_mode_a, c->out);
    take(find(c, 90), lee__asterix_flight_level, c->out);
    take(find(c, 202), lee__asterix_velocity, c->out);
    const uint8_t *const height = find(c, 105);
    if (height != NULL) {
        lee__asterix_height(lee__asterix_signed(height, 0, 16), c->out);
    }
    const uint8_t *const name = find(c, 245);
    if (name != NULL && name[0] >> 6 != 2) { /* 2: a registration */
        lee__asterix_callsign(name + 1, c->out);
    }
    take(find(c, 230), take_flight_status, c->out);
    if (has_octet(c, 20, 1) && (octet(c, 20, 1) & 0x10) != 0) {
        lee__asterix_on_ground(true, c->out);
    }
    take_registers(c, 250);
    return NULL;
}

/* Speeds and rates of category 021: the first bit of the new editions says that the value is beyond
 * the range, and the old one has a sign in its place. */
static void take_air_vector_021(context *c, bool old)
{
    const uint8_t *const ground = find(c, 160);
    if (ground != NULL && ground[0] >> 7 == 0) {
        take_speed(ground, c->out);
    }
    const uint8_t *rate = find(c, 155);
    if (rate == NULL || (!old && rate[0] >> 7 != 0)) {
        rate = find(c, 157);
    }
    if (rate != NULL && (old || rate[0] >> 7 == 0)) {
        lee__asterix_vertical_rate(lee__asterix_signed(rate, old ? 0 : 1, old ? 16 : 15), c->out);
    }
    const uint8_t *const heading = find(c, 152);
    if (heading != NULL) {
        lee__asterix_heading(lee__asterix_unsigned(heading, 0, 16), c->out);
    }
    const uint8_t *const true_speed = find(c, 151);
    const uint8_t *const air_speed = find(c, 150);
    if (true_speed != NULL && true_speed[0] >> 7 == 0) {
        lee__asterix_speed_air((int64_t)lee__asterix_unsigned(true_speed, 1, 15) * 1000, c->out);
    }
    if (air_speed != NULL) {
        lee__asterix_speed_or_mach(air_speed, c->out);
    }
}

/* NIC and SIL are what they are called only from version 1 of ADS-B on; before, the same bits held
 * the uncertainty category NUCp, which has other limits (DO-260 2.2.3.2.4). */
static void take_quality_021(context *c)
{
    if (!has_octet(c, 210, 0) || !has_octet(c, 90, 0) || (octet(c, 210, 0) >> 3 & 7) == 0) {
        return;
    }
    c->out->nic = octet(c, 90, 0) >> 1 & 15;
    c->out->present |= LEE_REPORT_HAS_NIC;
    if (has_octet(c, 90, 1)) {
        c->out->nic_baro = octet(c, 90, 1) >> 7;
        c->out->present |= LEE_REPORT_HAS_NIC_BARO;
        c->out->sil = octet(c, 90, 1) >> 5 & 3;
        c->out->nac_p = octet(c, 90, 1) >> 1 & 15;
        c->out->present |= LEE_REPORT_HAS_SIL | LEE_REPORT_HAS_NAC_P;
    }
}

static bool take_position_021(context *c, bool old)
{
    const uint8_t *const fine = old ? NULL : find(c, 131);
    if (fine != NULL) {
        return lee__asterix_position(fine, 32, 30, c->out) || bad(c, "I021/131", "no such place");
    }
    const uint8_t *const coarse = find(c, 130);
    if (coarse == NULL) {
        return true;
    }
    return lee__asterix_position(coarse, old ? 32 : 24, old ? 25 : 23, c->out) ||
           bad(c, "I021/130", "no such place");
}

/* ADS-B. */
static const char *decode_021(context *c)
{
    const bool old = c->record->table->edition == LEE_ASTERIX_EDITION_0_26;
    /* DCR, GBS, SIM, TST begin the first octet of the old edition, the second of the new ones. */
    const uint8_t flags = octet(c, 40, old ? 0 : 1);
    if ((flags & 0x30) != 0) {
        return not_real;
    }
    if ((old ? flags & 0x08 : octet(c, 40, 0) & 0x02) != 0) {
        return monitor;
    }
    const uint32_t kind = old ? octet(c, 40, 1) >> 5 : octet(c, 40, 0) >> 5;
    const bool is_icao = old ? kind != 0 && kind != 3 : kind != 3;
    if (!set_target(c, find(c, 80), is_icao, find(c, 161), 0x0fff)) {
        return no_name;
    }
    if (!take_position_021(c, old)) {
        return NULL;
    }
    if (old || has_octet(c, 40, 1)) {
        lee__asterix_on_ground((flags & 0x40) != 0, c->out);
    }
    take(find(c, 70), lee__asterix_mode_a, c->out);
    take(find(c, 170), lee__asterix_callsign, c->out);
    const uint8_t *const level = find(c, 145);
    if (level != NULL) {
        c->out->alt_baro_ft = lee__asterix_signed(level, 0, 16) * 25;
        c->out->present |= LEE_REPORT_HAS_ALT_BARO;
    }
    const uint8_t *const height = find(c, 140);
    if (height != NULL && lee__asterix_unsigned(height, 0, 16) != 0x7fff) { /* beyond the range */
        lee__asterix_height(lee__asterix_signed(height, 0, 16), c->out);
    }
    const uint8_t *const selected = find(c, 146);
    if (selected != NULL) {
        lee__asterix_selection(selected, c->out);
    }
    take_air_vector_021(c, old);
    if (has_octet(c, 20, 0)) {
        lee__asterix_emitter(octet(c, 20, 0), c->out);
    }
    if (has_octet(c, 200, 0)) {
        lee__asterix_emergency(old ? octet(c, 200, 0) : octet(c, 200, 0) >> 2 & 7, c->out);
    }
    if (!old) {
        take_quality_021(c);
        take_registers(c, 250);
    }
    return NULL;
}

/* What a radar says about itself. Its place is kept for what it measures. */
static const char *decode_034(context *c)
{
    const uint8_t *const place = find(c, 120);
    lee_report said = {.present = 0};
    if (place != NULL && lee__asterix_position(place + 2, 24, 23, &said)) {
        const lee__asterix_site site = {.source = c->source,
                                        .height_m = lee__asterix_signed(place, 0, 16),
                                        .point = {said.lat_e7, said.lon_e7}};
        lee__asterix_site_learn(&c->decoder->asterix, &site);
    } else if (place != NULL) {
        (void)bad(c, "I034/120", "no such place");
    }
    return "a message of the radar about itself";
}

/* Mode S and conventional radars. */
static const char *decode_048(context *c)
{
    if ((octet(c, 20, 0) & 0x10) != 0 || (octet(c, 20, 1) & 0x80) != 0) {
        return not_real;
    }
    if ((octet(c, 20, 0) & 0x02) != 0) {
        return monitor;
    }
    if (!set_target(c, find(c, 220), true, find(c, 161), 0x0fff)) {
        return no_name;
    }
    take(find(c, 70), lee__asterix_mode_a, c->out);
    take(find(c, 90), lee__asterix_flight_level, c->out);
    take(find(c, 240), lee__asterix_callsign, c->out);
    take(find(c, 200), take_speed, c->out);
    take(find(c, 230), take_flight_status, c->out);
    take_registers(c, 250);
    take_polar(c, find(c, 40), 256);
    return NULL;
}

/* Places of the parts of I062/380 and I062/390 that matter here. */
enum {
    ADR = 1,
    ID = 2,
    MHG = 3,
    IAS = 4,
    TAS = 5,
    SAL = 6,
    COM = 10,
    EMC = 21,
    MB = 25,
    IAR = 26,
    MAC = 27,
    CSN = 2,
    CFL = 10
};

static void take_derived_062(context *c)
{
    const uint8_t *const heading = find_part(c, 380, MHG);
    if (heading != NULL) {
        lee__asterix_heading(lee__asterix_unsigned(heading, 0, 16), c->out);
    }
    const uint8_t *const true_speed = find_part(c, 380, TAS);
    const uint8_t *const indicated = find_part(c, 380, IAR);
    const uint8_t *const air_speed = find_part(c, 380, IAS);
    if (true_speed != NULL) {
        lee__asterix_speed_air((int64_t)lee__asterix_unsigned(true_speed, 0, 16) * 1000, c->out);
    }
    if (air_speed != NULL) {
        lee__asterix_speed_or_mach(air_speed, c->out);
    }
    if (indicated != NULL) {
        lee__asterix_speed_indicated((int64_t)lee__asterix_unsigned(indicated, 0, 16) * 1000,
                                     c->out);
    }
    const uint8_t *const mach = find_part(c, 380, MAC);
    if (mach != NULL) {
        lee__asterix_mach((int32_t)lee__asterix_unsigned(mach, 0, 16) * 8, c->out);
    }
    const uint8_t *const emitter = find_part(c, 380, EMC);
    if (emitter != NULL) {
        lee__asterix_emitter(emitter[0], c->out);
    }
    size_t size = 0;
    const uint8_t *const registers = lee_asterix_find_part(c->record, 380, MB, &size);
    if (registers != NULL) {
        lee__asterix_registers(registers, size, c->out);
    }
    take(find_part(c, 380, COM), take_flight_status, c->out);
    /* What the crew selected, else what it was cleared to. */
    const uint8_t *const cleared = find_part(c, 390, CFL);
    const uint8_t *const selected = find_part(c, 380, SAL);
    if (selected != NULL) {
        lee__asterix_selection(selected, c->out);
    } else if (cleared != NULL) {
        lee__asterix_selected(lee__asterix_signed(cleared, 0, 16), c->out);
    }
}

/* The aircraft's own word, else the tracker's, else the flight plan's. */
static void take_callsign_062(context *c)
{
    take(find_part(c, 380, ID), lee__asterix_callsign, c->out);
    const uint8_t *const track = find(c, 245);
    if ((c->out->present & LEE_REPORT_HAS_CALLSIGN) == 0 && track != NULL && track[0] >> 6 != 2) {
        lee__asterix_callsign(track + 1, c->out);
    }
    const uint8_t *const plan = find_part(c, 390, CSN);
    if ((c->out->present & LEE_REPORT_HAS_CALLSIGN) == 0 && plan != NULL) {
        size_t length = 7;
        while (length > 0 && plan[length - 1] == ' ') {
            length--;
        }
        if (lee__decode_text((lee_slice){(const char *)plan, length}, c->out->callsign,
                             sizeof c->out->callsign)) {
            c->out->present |= LEE_REPORT_HAS_CALLSIGN;
        }
    }
}

static void take_heights_062(context *c)
{
    const uint8_t *const measured = find(c, 136);
    const uint8_t *const level = find(c, 135);
    if (measured != NULL) {
        c->out->alt_baro_ft = lee__asterix_signed(measured, 0, 16) * 25;
        c->out->present |= LEE_REPORT_HAS_ALT_BARO;
    } else if (level != NULL && level[0] >> 7 == 0) { /* else above mean sea level */
        c->out->alt_baro_ft = lee__asterix_signed(level, 1, 15) * 25;
        c->out->present |= LEE_REPORT_HAS_ALT_BARO;
    }
    const uint8_t *const height = find(c, 130);
    if (height != NULL) {
        lee__asterix_height(lee__asterix_signed(height, 0, 16), c->out);
    }
    const uint8_t *const rate = find(c, 220);
    if (rate != NULL) {
        lee__asterix_vertical_rate(lee__asterix_signed(rate, 0, 16), c->out);
    }
}

/* Tracks of a data processing system. */
static const char *decode_062(context *c)
{
    if ((octet(c, 80, 1) & 0x80) != 0) {
        return not_real;
    }
    if (!set_target(c, find_part(c, 380, ADR), true, find(c, 40), 0xffff)) {
        return no_name;
    }
    const uint8_t *const position = find(c, 105);
    if (position != NULL && !lee__asterix_position(position, 32, 25, c->out)) {
        (void)bad(c, "I062/105", "no such place");
        return NULL;
    }
    take(find(c, 60), lee__asterix_mode_a, c->out);
    take(find(c, 185), lee__asterix_velocity, c->out);
    take_heights_062(c);
    take_derived_062(c);
    take_callsign_062(c);
    lee__asterix_emergency(octet(c, 80, 4) >> 3 & 7, c->out);
    if ((octet(c, 80, 5) & 0x10) != 0) {
        lee__asterix_on_ground(true, c->out);
    }
    return NULL;
}

static const char *decode_service(context *c)
{
    (void)c;
    return "a message of the system about itself";
}

static const char *decode_category(context *c)
{
    switch (c->record->table->category) {
    case 1:
        return decode_001(c);
    case 20:
        return decode_020(c);
    case 21:
        return decode_021(c);
    case 34:
        return decode_034(c);
    case 48:
        return decode_048(c);
    case 62:
        return decode_062(c);
    default:
        return decode_service(c);
    }
}

static lee_decode_result refuse_time(const lee_asterix_record *record, lee_error_info *why)
{
    int64_t of_day_us;
    if (lee_asterix_time_of(record, &of_day_us) != LEE_ASTERIX_TIME_OUT_OF_RANGE) {
        return LEE_DECODED_NOTHING;
    }
    return lee__decode_refused(why, LEE_ERR_DOMAIN, "time of day", "more than 24 hours");
}

lee_decode_result lee__decode_asterix(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                      lee_error_info *why)
{
    if (frame->length < LEE_ASTERIX_FRAME_HEADER_BYTES) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not an ASTERIX record");
    }
    const uint8_t *const bytes = frame->bytes + LEE_ASTERIX_FRAME_HEADER_BYTES;
    const size_t length = frame->length - LEE_ASTERIX_FRAME_HEADER_BYTES;
    const lee_asterix_table *const table = lee_asterix_table_of(frame->bytes[0], frame->bytes[1]);
    if (table == NULL || length > UINT16_MAX) {
        return lee__decode_nothing(why, "a category that is not read");
    }
    lee_asterix_record record;
    if (lee_asterix_parse(table, bytes, length, &record, why) != LEE_OK) {
        return LEE_DECODED_REFUSED;
    }
    if (record.length != length) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "bytes behind the record");
    }
    if (refuse_time(&record, why) == LEE_DECODED_REFUSED) {
        return LEE_DECODED_REFUSED;
    }
    size_t size;
    const uint8_t *const source = lee_asterix_find(&record, 10, &size);
    assert(source != NULL); /* mandatory in every table */
    context c = {.decoder = decoder,
                 .record = &record,
                 .source = (uint16_t)(source[0] << 8 | source[1]),
                 .out = out};
    out->source = LEE_SOURCE_ASTERIX;
    const char *const nothing = decode_category(&c);
    if (c.bad_field != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, c.bad_field, c.bad_reason);
    }
    if (nothing != NULL) {
        return lee__decode_nothing(why, nothing);
    }
    if (lee__decode_done(out, why) == LEE_DECODED_NOTHING) {
        return LEE_DECODED_NOTHING;
    }
    (void)write_source(out->receiver, c.source);
    out->present |= LEE_REPORT_HAS_RECEIVER;
    /* Items have room for values that nothing reaches. */
    return lee_report_check(out, why) == LEE_OK ? LEE_DECODED_REPORT : LEE_DECODED_REFUSED;
}
