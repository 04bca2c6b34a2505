#include "app/incident_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/html.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/json_scan.h"
#include "base/time_text.h"
#include "record/codec.h"
#include "record/input.h"

#define IDENTIFIERS_MAX 256u
#define TEXT_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct lee_incident_file {
    uint64_t incident;
    char name[17];
    bool has_session;
    bool found;
    bool over;
    uint64_t first;
    uint64_t end;
    uint64_t inputs;
    uint64_t singles[LEE_INCIDENT_SINGLES_MAX];
    uint32_t single_count;
    lee_incident_event events[LEE_INCIDENT_EVENTS_MAX];
    uint32_t event_count;
    char identifiers[IDENTIFIERS_MAX][64]; /* of its warnings: deliveries name them */
    uint32_t identifier_count;
    lee_buffer zones;
    lee_buffer warnings;
    lee_buffer lines;
    lee_buffer name_text;
    lee_buffer report;
    lee_buffer attested; /* a note; of so many records: */
    uint64_t attested_size;
    lee_buffer stamps[LEE_STAMPS_MAX];
    bool is_stamped;
    lee_buffer warned;
    lee_buffer pdf;
};

lee_incident_file *lee_incident_file_create(uint64_t incident)
{
    lee_incident_file *const file = lee_alloc(1, sizeof *file);
    if (file) {
        file->incident = incident;
        lee_incident_text(incident, file->name);
        lee_buffer *const buffers[] = {&file->zones,     &file->warnings, &file->lines,
                                       &file->name_text, &file->report,   &file->attested,
                                       &file->warned,    &file->pdf};
        for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
            lee_buffer_init(buffers[i], TEXT_MAX_BYTES);
        }
        for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
            lee_buffer_init(&file->stamps[i], LEE_NOTE_MAX_BYTES);
        }
    }
    return file;
}

void lee_incident_file_free(lee_incident_file *file)
{
    if (file) {
        lee_buffer_free(&file->zones);
        lee_buffer_free(&file->warnings);
        lee_buffer_free(&file->lines);
        lee_buffer_free(&file->name_text);
        lee_buffer_free(&file->report);
        lee_buffer_free(&file->attested);
        for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
            lee_buffer_free(&file->stamps[i]);
        }
        lee_buffer_free(&file->warned);
        lee_buffer_free(&file->pdf);
        lee_free(file);
    }
}

/* Whether the bytes of a text hold another text. */
static bool holds(const lee_record *record, const char *text)
{
    const size_t length = strlen(text);
    for (size_t at = 0; length > 0 && at + length <= record->length; at++) {
        const uint8_t *const hit = memchr(record->bytes + at, text[0], record->length - at);
        if (!hit) {
            return false;
        }
        at = (size_t)(hit - record->bytes);
        if (at + length <= record->length && memcmp(hit, text, length) == 0) {
            return true;
        }
    }
    return false;
}

static void single(lee_incident_file *file, uint64_t index)
{
    if (file->single_count < LEE_INCIDENT_SINGLES_MAX) {
        file->singles[file->single_count++] = index;
    }
}

static bool take_event(lee_incident_file *file, const lee_record *record)
{
    lee_bytes in;
    lee_bytes_init(&in, record->bytes, record->length);
    static const lee_incident_event none;
    lee_incident_event heard = none;
    if (lee_event_decode(&in, &heard.event, heard.zone) != LEE_OK ||
        heard.event.incident != file->incident) {
        return false;
    }
    lee_event_write_json(&heard.event, &file->lines);
    lee_buffer_char(&file->lines, '\n');
    if (file->event_count < LEE_INCIDENT_EVENTS_MAX) {
        lee_incident_event *const kept = &file->events[file->event_count++];
        *kept = heard;
        kept->index = record->index;
        kept->event.zone = kept->zone;
    }
    file->found = true;
    return true;
}

static void cell(lee_buffer *out, const char *text)
{
    lee_buffer_text(out, "<td>");
    lee_html_text(out, text, strlen(text));
    lee_buffer_text(out, "</td>");
}

static bool take_warning(lee_incident_file *file, const lee_record *record)
{
    lee_json_scan scan;
    lee_json_scan_init(&scan, (const char *)record->bytes, record->length);
    lee_json_value key, value;
    char incident[32] = "";
    char identifier[64] = "";
    char type[32] = "";
    int64_t sent_us = 0;
    lee_json_value headline = {.length = 0};
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "incident")) {
            (void)lee_json_value_text(&value, incident, sizeof incident);
        } else if (lee_json_value_is(&key, "identifier")) {
            (void)lee_json_value_text(&value, identifier, sizeof identifier);
        } else if (lee_json_value_is(&key, "msg_type")) {
            (void)lee_json_value_text(&value, type, sizeof type);
        } else if (lee_json_value_is(&key, "sent_us")) {
            (void)lee_json_value_fixed(&value, 0, &sent_us);
        } else if (lee_json_value_is(&key, "headline")) {
            headline = value;
        }
    }
    if (strcmp(incident, file->name) != 0) {
        return false;
    }
    if (file->identifier_count < IDENTIFIERS_MAX) {
        memcpy(file->identifiers[file->identifier_count++], identifier, sizeof identifier);
    }
    char time[LEE_TIME_TEXT_BYTES];
    lee_time_format(sent_us, time);
    lee_buffer *const warned = &file->warned;
    lee_buffer_uint(warned, record->index);
    lee_buffer_char(warned, '\t');
    lee_buffer_text(warned, time);
    lee_buffer_char(warned, '\t');
    lee_buffer_text(warned, type);
    lee_buffer_char(warned, '\t');
    lee_buffer_text(warned, identifier);
    lee_buffer_char(warned, '\t');
    lee_buffer_bytes(warned, headline.text, headline.length);
    lee_buffer_char(warned, '\n');
    lee_buffer_text(&file->warnings, "<tr>");
    lee_buffer_text(&file->warnings, "<td>");
    lee_buffer_uint(&file->warnings, record->index);
    lee_buffer_text(&file->warnings, "</td>");
    cell(&file->warnings, time);
    cell(&file->warnings, type);
    cell(&file->warnings, identifier);
    lee_buffer_text(&file->warnings, "<td>");
    lee_html_text(&file->warnings, headline.text, headline.length);
    lee_buffer_text(&file->warnings, "</td></tr>\n");
    return true;
}

static bool take_mention(lee_incident_file *file, const lee_record *record)
{
    bool mine = holds(record, file->name);
    for (uint32_t i = 0; !mine && i < file->identifier_count; i++) {
        mine = holds(record, file->identifiers[i]);
    }
    return mine;
}

/* What is in force when the incident begins is worth a proof of its own. */
static bool take_input(lee_incident_file *file, const lee_record *record)
{
    lee_input_text text;
    switch ((int)record->kind) {
    case LEE_RECORD_ZONES:
        if (!file->found && lee_input_text_decode(record->bytes, record->length, &text)) {
            lee_buffer_reset(&file->zones);
            lee_buffer_bytes(&file->zones, text.text, text.length);
        }
        return true;
    case LEE_RECORD_PERMITS:
    case LEE_RECORD_PLACES:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
        return true;
    default:
        return false;
    }
}

static void take_stamps(lee_incident_file *file, const lee_json_value *stamps)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, stamps->text, stamps->length);
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_buffer_reset(&file->stamps[i]);
    }
    file->is_stamped = false;
    if (stamps->length == 0 || !lee_json_scan_array(&scan)) {
        return;
    }
    uint8_t *const bytes = lee_alloc(LEE_NOTE_MAX_BYTES, 1);
    for (uint32_t i = 0; bytes && i < LEE_STAMPS_MAX && lee_json_scan_element(&scan, &value); i++) {
        size_t length = 0;
        if (value.type == LEE_JSON_TEXT &&
            lee_base64_decode(value.text, value.length, bytes, LEE_NOTE_MAX_BYTES, &length)) {
            lee_buffer_bytes(&file->stamps[i], bytes, length);
            file->is_stamped |= length > 0;
        }
    }
    lee_free(bytes);
}

/* The earliest head that covers everything is the one worth keeping: it says the most about when;
 * but one that carries a time stamp is worth more than one that does not. */
static void take_attested(lee_incident_file *file, const lee_record *record)
{
    const bool has_one = file->attested.length > 0 && file->attested_size >= file->end;
    if (!file->found || (has_one && file->is_stamped)) {
        return;
    }
    lee_json_scan scan;
    lee_json_value key, value;
    lee_json_value note = {.length = 0};
    lee_json_value stamps = {.length = 0};
    int64_t size = 0;
    lee_json_scan_init(&scan, (const char *)record->bytes, record->length);
    if (!lee_json_scan_object(&scan)) {
        return;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "size")) {
            (void)lee_json_value_fixed(&value, 0, &size);
        } else if (lee_json_value_is(&key, "note")) {
            note = value;
        } else if (lee_json_value_is(&key, "stamps")) {
            stamps = value;
        }
    }
    if (has_one && stamps.length == 0) {
        return;
    }
    char *const text = lee_alloc(LEE_NOTE_MAX_BYTES + 1, 1);
    if (text && size > 0 && (uint64_t)size >= file->end &&
        lee_json_value_text(&note, text, LEE_NOTE_MAX_BYTES + 1)) {
        lee_buffer_reset(&file->attested);
        lee_buffer_text(&file->attested, text);
        file->attested_size = (uint64_t)size;
        take_stamps(file, &stamps);
    }
    lee_free(text);
}

static void begin_session(lee_incident_file *file, uint64_t index)
{
    file->has_session = true;
    file->first = index;
    file->end = index + 1;
    file->inputs = 0;
    file->single_count = 0;
    single(file, index);
}

void lee_incident_file_take(lee_incident_file *file, const lee_record *record)
{
    assert(file && record);
    if (record->kind == LEE_RECORD_SESSION) {
        if (file->found) {
            file->over = true;
        } else {
            begin_session(file, record->index);
        }
        return;
    }
    if (file->over || !file->has_session) {
        return;
    }
    bool mine = false;
    switch ((int)record->kind) {
    case LEE_RECORD_EVENT:
        mine = take_event(file, record);
        break;
    case LEE_RECORD_WARNING:
        mine = take_warning(file, record);
        break;
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_OPERATOR:
        mine = file->found && take_mention(file, record);
        break;
    case LEE_RECORD_ATTESTED:
        take_attested(file, record);
        break;
    default:
        if (take_input(file, record)) {
            single(file, record->index);
        }
        break;
    }
    const bool is_input = lee_record_kind_is_input(record->kind);
    file->inputs += is_input;
    if (mine) {
        single(file, record->index);
        file->end = record->index + 1;
    } else if (!is_input && file->found && file->end == record->index) {
        file->end++; /* what the same input decided beside it belongs to the replay */
    }
}

bool lee_incident_file_range(const lee_incident_file *file, uint64_t *first, uint64_t *end)
{
    assert(file && first && end);
    *first = file->first;
    *end = file->end;
    return file->found;
}

bool lee_incident_file_is_of(const lee_incident_file *file, const lee_target *target)
{
    assert(file && target);
    const size_t length = strlen(target->text);
    for (uint32_t i = 0; i < file->event_count; i++) {
        const char *const text = file->events[i].event.target.text;
        if (memcmp(text, target->text, length) == 0 &&
            (text[length] == '\0' || text[length] == '@')) {
            return true;
        }
    }
    return false;
}

const lee_buffer *lee_incident_file_attested(const lee_incident_file *file)
{
    assert(file);
    return &file->attested;
}

const lee_buffer *lee_incident_file_stamps(const lee_incident_file *file)
{
    assert(file);
    return file->stamps;
}

bool lee_incident_file_is_over(const lee_incident_file *file)
{
    return file->over;
}

const uint64_t *lee_incident_file_singles(const lee_incident_file *file, uint32_t *count)
{
    assert(file && count);
    *count = file->single_count;
    return file->singles;
}

static lee_zip_file document(const char *name, const void *bytes, size_t length)
{
    lee_zip_file out = {.bytes = length ? bytes : (const uint8_t *)"", .length = length};
    memcpy(out.name, name, strlen(name) + 1);
    return out;
}

lee_error lee_incident_file_documents(lee_incident_file *file,
                                      lee_zip_file out[LEE_INCIDENT_DOCUMENTS])
{
    assert(file && out);
    lee_buffer_reset(&file->name_text);
    lee_buffer_reset(&file->report);
    lee_buffer_reset(&file->pdf);
    lee_buffer_text(&file->name_text, "incident ");
    lee_buffer_text(&file->name_text, file->name);
    lee_buffer_char(&file->name_text, '\n');
    const lee_incident_report report = {.incident = file->incident,
                                        .events = file->events,
                                        .event_count = file->event_count,
                                        .zones = &file->zones,
                                        .warnings = &file->warnings,
                                        .warned = &file->warned,
                                        .first = file->first,
                                        .end = file->end,
                                        .inputs = file->inputs};
    lee__incident_report_write(&report, &file->report);
    lee__incident_pdf_write(&report, &file->pdf);
    if (file->report.error || file->pdf.error || file->warned.error || file->lines.error ||
        file->name_text.error || file->zones.error || file->warnings.error) {
        return LEE_ERR_NO_MEMORY;
    }
    out[0] = document("README.txt", lee__bundle_readme, strlen(lee__bundle_readme));
    out[1] = document("verify.sh", lee__bundle_script, strlen(lee__bundle_script));
    out[2] = document("incident.txt", file->name_text.bytes, file->name_text.length);
    out[3] = document("events.jsonl", file->lines.bytes, file->lines.length);
    out[4] = document("report.html", file->report.bytes, file->report.length);
    out[5] = document("report.pdf", file->pdf.bytes, file->pdf.length);
    return LEE_OK;
}

bool lee_incident_file_read_name(const lee_bundle *bundle, uint64_t *incident)
{
    const lee_zip_file *const file = lee_zip_find(bundle->files, bundle->count, "incident.txt");
    if (!file || file->length != 26 || memcmp(file->bytes, "incident ", 9) != 0) {
        return false;
    }
    char text[17];
    memcpy(text, file->bytes + 9, 16);
    text[16] = '\0';
    char *end = NULL;
    *incident = strtoull(text, &end, 16);
    return *end == '\0';
}
