/* app/incident_file.h: what a bundle says in words about one incident, made out of its records.
 *
 * The same records give the same bytes, so that whoever checks a bundle makes the texts again and
 * compares: a forged report is found although no signature covers it. */
#ifndef LEE_APP_INCIDENT_FILE_H
#define LEE_APP_INCIDENT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "journal/bundle.h"
#include "leeward/event.h"

#define LEE_INCIDENT_SINGLES_MAX 1500u
#define LEE_INCIDENT_EVENTS_MAX 1000u
#define LEE_INCIDENT_DOCUMENTS 6

typedef struct lee_incident_file lee_incident_file;

/* NULL: no memory. */
lee_incident_file *lee_incident_file_create(uint64_t incident);
void lee_incident_file_free(lee_incident_file *file);

/* Hears the records in order. SESSION begins anew as long as no event of the incident was heard. */
void lee_incident_file_take(lee_incident_file *file, const lee_record *record);

/* After a first pass: the records needed are [first, end). False: the incident does not occur. */
bool lee_incident_file_range(const lee_incident_file *file, uint64_t *first, uint64_t *end);
/* Nothing that is heard now can change the range: the next session has begun. */
bool lee_incident_file_is_over(const lee_incident_file *file);

/* Whether an event of the incident is of this target, also where a second transmitter uses its
 * name ("@2"). */
bool lee_incident_file_is_of(const lee_incident_file *file, const lee_target *target);

/* The first head that others signed too (ATTESTED) and that covers the range; empty: there is none
 * yet. Borrowed. */
const lee_buffer *lee_incident_file_attested(const lee_incident_file *file);
/* The time stamps on that, LEE_STAMPS_MAX of them, some empty. Borrowed. */
const lee_buffer *lee_incident_file_stamps(const lee_incident_file *file);

/* After a pass over exactly the range: the records worth a proof each, and the texts: README.txt,
 * verify.sh, incident.txt, events.jsonl, report.html, report.pdf. Borrowed. LEE_ERR_NO_MEMORY. */
const uint64_t *lee_incident_file_singles(const lee_incident_file *file, uint32_t *count);
LEE_CHECK_RESULT
lee_error lee_incident_file_documents(lee_incident_file *file,
                                      lee_zip_file out[LEE_INCIDENT_DOCUMENTS]);

/* The incident that incident.txt of a bundle names. */
bool lee_incident_file_read_name(const lee_bundle *bundle, uint64_t *incident);

/* README.txt and verify.sh (bundle_text.c). */
extern const char lee__bundle_readme[];
extern const char lee__bundle_script[];

/* incident_report.c: the page for people. */
typedef struct {
    uint64_t index; /* of the record */
    lee_event event;
    char zone[129];
} lee_incident_event;
typedef struct {
    uint64_t incident;
    const lee_incident_event *events;
    uint32_t event_count;
    const lee_buffer *zones;    /* the text in force, or empty */
    const lee_buffer *warnings; /* table rows, HTML */
    const lee_buffer *warned;   /* the same as text: record, time, type, identifier and headline
                                   (JSON), parted by tabs, a line each */
    uint64_t first;
    uint64_t end;
    uint64_t inputs;
} lee_incident_report;
void lee__incident_report_write(const lee_incident_report *report, lee_buffer *out);
/* incident_pdf.c: the same on paper. */
void lee__incident_pdf_write(const lee_incident_report *report, lee_buffer *out);

#endif
