/* warn/message.h: one message of a warning, as CAP 1.2 and as JSON.
 *
 * CAP is OASIS "Common Alerting Protocol Version 1.2" (1 July 2010); section numbers in the code
 * are of that document. The XML is public. The JSON holds it as "cap" beside what the operator's
 * own screen needs (target, zone, minutes by place): lee_message_write_public leaves that out. */
#ifndef LEE_WARN_MESSAGE_H
#define LEE_WARN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"
#include "leeward/event.h"
#include "warn/district.h"
#include "warn/places.h"
#include "warn/reach.h"
#include "warn/words.h"

#define LEE_MESSAGE_ID_BYTES 48u
#define LEE_MESSAGE_REFERENCES_MAX 16u
#define LEE_MESSAGE_XML_MAX_BYTES (256u * 1024u)
#define LEE_MESSAGE_JSON_MAX_BYTES (640u * 1024u)

typedef enum { LEE_MESSAGE_ALERT, LEE_MESSAGE_UPDATE, LEE_MESSAGE_CANCEL } lee_message_type;

/* Whole seconds, because CAP's times have no fraction and references must match. */
typedef struct {
    char identifier[LEE_MESSAGE_ID_BYTES];
    int64_t sent_us;
} lee_message_reference;

/* All pointers are borrowed and outlive the writing. */
typedef struct {
    lee_message_type type;
    lee_message_reference self;
    lee_message_reference references[LEE_MESSAGE_REFERENCES_MAX]; /* oldest first */
    uint32_t reference_count;
    const char *sender;
    const char *sender_name; /* NULL: none; so the next two */
    const char *contact;
    const char *web;
    int64_t expires_us;
    lee_words words; /* also says whether it is an exercise, the places and the phase */
    lee_severity severity;
    lee_district districts[LEE_REACH_MAX];
    uint32_t district_count; /* at least 1 */
    uint64_t incident;
    const char *zone;
    const lee_target *target;
} lee_message;

/* Appends the CAP message. Errors are sticky in the buffer. */
void lee_message_write_cap(const lee_message *message, lee_buffer *out);

/* Appends the WARNING object of docs/api.md with the CAP text as "cap", and "outlet_text" never:
 * what may leave is chosen by lee_message_write_public. */
void lee_message_write_json(const lee_message *message, const lee_buffer *cap, lee_buffer *out);

/* "Alert", "Update", "Cancel". */
const char *lee_message_type_name(lee_message_type type);

/* From a WARNING object (the record in the journal) appends what may be given to people outside:
 * identifier, msg_type, status, sent_us, expires_us, headline, references, evidence, cap. Neither
 * target, zone nor incident nor minutes by place. LEE_ERR_SYNTAX or MISSING: it is no such object.
 */
LEE_CHECK_RESULT
lee_error lee_message_write_public(const char *json, size_t length, lee_buffer *out);

/* "2020-09-08T00:12:03-00:00": CAP 1.2 section 3.3.2 forbids Z and asks for -00:00 as UTC. */
#define LEE_MESSAGE_TIME_BYTES 26u
void lee_message_time(int64_t t_us, char out[LEE_MESSAGE_TIME_BYTES]);

#endif
