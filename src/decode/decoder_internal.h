/* decode/decoder_internal.h: what the files of the decoder share. */
#ifndef LEE_DECODE_DECODER_INTERNAL_H
#define LEE_DECODE_DECODER_INTERNAL_H

#include "base/json_plain.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "decode/aircraft.h"
#include "decode/ais.h"
#include "decode/asterix_site.h"
#include "decode/csv.h"
#include "decode/mode_s.h"
#include "decode/remote_id.h"
#include "leeward/decoder.h"

/* What is remembered of each feed. */
typedef struct {
    bool heard;
    bool time_moves; /* two frames had different times */
    int64_t first_us;
    bool columns_known;
    lee_csv_columns columns; /* of opensky_csv */
    bool trace_known;
    lee_target trace_target; /* of readsb_trace: whose rows follow */
} lee__feed_state;

struct lee_decoder {
    lee_decoder_options options;
    /* Of a report. A size that the compiler does not know makes it call memset, where it would
     * otherwise clear by a string instruction that takes a tenth of the time of a message. */
    size_t report_bytes;
    lee_crc24 crc;
    lee__aircraft_table aircraft;
    lee_decoder_counters counters;
    lee__feed_state feeds[LEE_FEEDS_MAX];
    lee__ais_parts ais;
    lee__rid_names rid;
    lee__asterix_sites asterix;
    /* decode_json.c: in what order the keys come. It changes nothing but the time. */
    uint8_t json_follows[LEE_JSON_PLAIN_KEYS];
};

/* Each answers as lee_decoder_frame does. *out is zeroed. */
lee_decode_result lee__decode_avr(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why);
lee_decode_result lee__decode_beast(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                    lee_error_info *why);
lee_decode_result lee__decode_sbs(const lee_frame *frame, lee_report *out, lee_error_info *why);
lee_decode_result lee__decode_aircraft_json(lee_decoder *decoder, const lee_frame *frame,
                                            lee_report *out, lee_error_info *why);
/* Takes the members of an aircraft object (but for "hex") and its "type", which is said again
 * beside it. Returns the name of a member that is not what it should be, or NULL. */
const char *lee__decode_aircraft_details(const lee_json_value *object, lee_report *out);
void lee__decode_aircraft_type(const lee_json_value *type, lee_report *out);

lee_decode_result lee__decode_opensky_json(const lee_frame *frame, lee_report *out,
                                           lee_error_info *why);
lee_decode_result lee__decode_readsb_trace(lee_decoder *decoder, const lee_frame *frame,
                                           lee_report *out, lee_error_info *why);
lee_decode_result lee__decode_csv(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why);

lee_decode_result lee__decode_ais(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why);

lee_decode_result lee__decode_remote_id(lee_decoder *decoder, const lee_frame *frame,
                                        lee_report *out, lee_error_info *why);

/* "unit:own" of feed 0, "unit:own-N" of feed N: a receiver's own position and recordings, which
 * name nobody. */
void lee__decode_own_target(const lee_frame *frame, const char *name, lee_report *out);

lee_decode_result lee__decode_mavlink(const lee_frame *frame, lee_report *out, lee_error_info *why);

lee_decode_result lee__decode_asterix(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                      lee_error_info *why);

lee_decode_result lee__decode_nothing(lee_error_info *why, const char *reason);
lee_decode_result lee__decode_refused(lee_error_info *why, lee_error code, const char *field,
                                      const char *reason);

/* REPORT when it says anything, else NOTHING. */
lee_decode_result lee__decode_done(const lee_report *report, lee_error_info *why);

/* Text fields of the formats of lines: false when it is longer than the field or not printable. */
bool lee__decode_text(lee_slice slice, char *out, size_t size);

/* Six hexadecimal digits, '~' before them: not an ICAO address. */
bool lee__decode_address(lee_slice slice, lee_target *out);

/* Four octal digits. */
bool lee__decode_squawk(lee_slice slice, int32_t *out);

/* Sets a field when the slice is a number in the field's range. False: it is neither that nor
 * empty. */
bool lee__decode_number(lee_slice slice, int decimals, int64_t low, int64_t high, uint32_t bit,
                        int32_t *member, lee_report *report);

#endif
