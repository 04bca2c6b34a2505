/* record/codec.h: JSON and binary forms of records, driven by one table of fields a record kind.
 *
 * The field lists stand in leeward/report.h and leeward/event.h. This code walks them, so that a
 * new field is one line there and nothing here. */
#ifndef LEE_RECORD_CODEC_H
#define LEE_RECORD_CODEC_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/json.h"
#include "leeward/error.h"
#include "leeward/event.h"
#include "leeward/frame.h"
#include "leeward/report.h"

/* One report as JSON object (design.md "Report line"); `frame` may be NULL; where given, its bytes
 * follow as "frame" in hex (text formats as text). No line end. */
void lee_report_write_json(const lee_report *report, const lee_frame *frame, lee_buffer *out);

/* Reads a report line. Unknown keys are ignored. LEE_ERR_SYNTAX, MISSING (t_us, target, source, or
 * one of lat and lon), DOMAIN (a value out of range): *error says where and why. */
LEE_CHECK_RESULT
lee_error lee_report_read_json(const char *text, size_t length, lee_report *out,
                               lee_error_info *error);

/* Checks every present field against its range. LEE_ERR_DOMAIN with the field's key. */
LEE_CHECK_RESULT
lee_error lee_report_check(const lee_report *report, lee_error_info *error);

/* The compact form: presence bits as varint, then the present fields in table order. Reading
 * answers LEE_ERR_TRUNCATED, DOMAIN or SYNTAX. */
void lee_report_encode(const lee_report *report, lee_buffer *out);
LEE_CHECK_RESULT
lee_error lee_report_decode(lee_bytes *in, lee_report *out);

/* The same for events. Reading is not needed by the product: events are made here alone; tests and
 * the journal read the binary form back, whose texts then live in `zone_id`. */
void lee_event_write_json(const lee_event *event, lee_buffer *out);
void lee_event_encode(const lee_event *event, lee_buffer *out);
LEE_CHECK_RESULT
lee_error lee_event_decode(lee_bytes *in, lee_event *out, char zone_id[129]);

/* The form a frame has in the journal. Decoding borrows the bytes from the input. */
void lee_frame_encode(const lee_frame *frame, lee_buffer *out);
LEE_CHECK_RESULT
lee_error lee_frame_decode(lee_bytes *in, lee_frame *out);

const char *lee_source_name(lee_source source);
bool lee_source_parse(const char *text, size_t length, lee_source *out);
const char *lee_event_kind_name(lee_event_kind kind);
const char *lee_severity_name(lee_severity severity);
const char *lee_alt_ref_name(lee_alt_ref ref);
const char *lee_alt_selected_source_name(int32_t source);

/* An incident's number as it is written: 16 hexadecimal digits. */
void lee_incident_text(uint64_t incident, char out[17]);

#endif
