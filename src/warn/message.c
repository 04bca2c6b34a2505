#include "warn/message.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/time_text.h"
#include "record/codec.h"
#include "warn/xml.h"

static const char cap_namespace[] = "urn:oasis:names:tc:emergency:cap:1.2";

const char *lee_message_type_name(lee_message_type type)
{
    static const char *const names[] = {"Alert", "Update", "Cancel"};
    assert(type <= LEE_MESSAGE_CANCEL);
    return names[type];
}

void lee_message_time(int64_t t_us, char out[LEE_MESSAGE_TIME_BYTES])
{
    char text[LEE_TIME_TEXT_BYTES];
    int64_t seconds = t_us / LEE_US_PER_S;
    if (t_us % LEE_US_PER_S < 0) {
        seconds--;
    }
    const size_t length = lee_time_format(seconds * LEE_US_PER_S, text);
    assert(length == 20 && text[19] == 'Z');
    memcpy(out, text, 19);
    memcpy(out + 19, "-00:00", 7);
}

static void put_time(lee_xml *xml, const char *name, int64_t t_us)
{
    char text[LEE_MESSAGE_TIME_BYTES];
    lee_message_time(t_us, text);
    lee_xml_put(xml, name, text);
}

/* "sender,identifier,sent" of each earlier message, white space between (3.2.1 references). */
static void write_references(const lee_message *message, lee_buffer *out)
{
    for (uint32_t i = 0; i < message->reference_count; i++) {
        char sent[LEE_MESSAGE_TIME_BYTES];
        lee_message_time(message->references[i].sent_us, sent);
        lee_buffer_text(out, i > 0 ? " " : "");
        lee_buffer_text(out, message->sender);
        lee_buffer_char(out, ',');
        lee_buffer_text(out, message->references[i].identifier);
        lee_buffer_char(out, ',');
        lee_buffer_text(out, sent);
    }
}

/* --- the three gradings of CAP (3.2.2) ---------------------------------------------------------
 */

static const char *urgency(const lee_words *words)
{
    switch (words->phase) {
    case LEE_PHASE_OVER:
        return "Past";
    case LEE_PHASE_UNKNOWN:
        return "Unknown";
    case LEE_PHASE_INSIDE:
        return "Immediate";
    case LEE_PHASE_PREDICTED:
    case LEE_PHASE_COUNT:
        break;
    }
    /* Immediate: act now. Five minutes are what it takes to reach shelter. */
    return words->arrival_known && words->arrival_s > 300 ? "Expected" : "Immediate";
}

static const char *severity(const lee_message *message)
{
    switch (message->words.phase) {
    case LEE_PHASE_OVER:
        return "Minor";
    case LEE_PHASE_UNKNOWN:
        return "Unknown";
    case LEE_PHASE_INSIDE:
    case LEE_PHASE_PREDICTED:
    case LEE_PHASE_COUNT:
        break;
    }
    switch (message->severity) {
    case LEE_SEVERITY_LOW:
        return "Moderate";
    case LEE_SEVERITY_HIGH:
        return "Extreme";
    case LEE_SEVERITY_MEDIUM:
        break;
    }
    return "Severe";
}

static const char *certainty(const lee_words *words)
{
    static const char *const names[LEE_PHASE_COUNT] = {
        [LEE_PHASE_PREDICTED] = "Likely",
        [LEE_PHASE_INSIDE] = "Observed",
        [LEE_PHASE_OVER] = "Unlikely",
        [LEE_PHASE_UNKNOWN] = "Unknown",
    };
    return names[words->phase];
}

static const char *response(const lee_words *words)
{
    static const char *const names[LEE_PHASE_COUNT] = {
        [LEE_PHASE_PREDICTED] = "Shelter",
        [LEE_PHASE_INSIDE] = "Shelter",
        [LEE_PHASE_OVER] = "AllClear",
        /* Not seeing it any more is no all clear. */
        [LEE_PHASE_UNKNOWN] = "Monitor",
    };
    return names[words->phase];
}

/* --- CAP ---------------------------------------------------------------------------------------
 */

typedef void text_writer(const lee_words *words, lee_language language, lee_buffer *out);

static void put_written(lee_xml *xml, const char *name, text_writer *write, const lee_words *words,
                        lee_language language)
{
    lee_buffer text;
    lee_buffer_init(&text, 16384);
    write(words, language, &text);
    if (text.error) {
        xml->out->error = text.error;
    } else {
        lee_xml_put_n(xml, name, (const char *)text.bytes, text.length);
    }
    lee_buffer_free(&text);
}

static void put_area(lee_xml *xml, const lee_message *message, const lee_district *district,
                     lee_language language)
{
    lee_buffer text;
    lee_buffer_init(&text, 4096);
    lee_xml_open(xml, "area", NULL);
    lee_district_name(message->words.places, district, lee_words_comma(language), &text);
    lee_buffer_text(&text, lee_words_around(language));
    lee_xml_put_n(xml, "areaDesc", (const char *)text.bytes, text.length);
    lee_buffer_reset(&text);
    lee_district_polygon(district, &text);
    lee_xml_put_n(xml, "polygon", (const char *)text.bytes, text.length);
    lee_xml_close(xml);
    if (text.error) {
        xml->out->error = text.error;
    }
    lee_buffer_free(&text);
}

static void put_info(lee_xml *xml, const lee_message *message, lee_language language)
{
    const lee_words *words = &message->words;
    lee_xml_open(xml, "info", NULL);
    lee_xml_put(xml, "language", lee_words_language(language));
    lee_xml_put(xml, "category", "Security");
    lee_xml_put(xml, "event", lee_words_event(words, language));
    lee_xml_put(xml, "responseType", response(words));
    lee_xml_put(xml, "urgency", urgency(words));
    lee_xml_put(xml, "severity", severity(message));
    lee_xml_put(xml, "certainty", certainty(words));
    put_time(xml, "expires", message->expires_us);
    if (message->sender_name) {
        lee_xml_put(xml, "senderName", message->sender_name);
    }
    put_written(xml, "headline", lee_words_headline, words, language);
    put_written(xml, "description", lee_words_description, words, language);
    put_written(xml, "instruction", lee_words_instruction, words, language);
    if (message->web) {
        lee_xml_put(xml, "web", message->web);
    }
    if (message->contact) {
        lee_xml_put(xml, "contact", message->contact);
    }
    for (uint32_t i = 0; i < message->district_count; i++) {
        put_area(xml, message, &message->districts[i], language);
    }
    lee_xml_close(xml);
}

void lee_message_write_cap(const lee_message *message, lee_buffer *out)
{
    assert(message->district_count >= 1);
    assert((message->type == LEE_MESSAGE_ALERT) == (message->reference_count == 0));
    lee_xml xml;
    lee_xml_begin(&xml, out);
    lee_xml_open(&xml, "alert", cap_namespace);
    lee_xml_put(&xml, "identifier", message->self.identifier);
    lee_xml_put(&xml, "sender", message->sender);
    put_time(&xml, "sent", message->self.sent_us);
    lee_xml_put(&xml, "status", message->words.exercise ? "Exercise" : "Actual");
    lee_xml_put(&xml, "msgType", lee_message_type_name(message->type));
    lee_xml_put(&xml, "scope", "Public");
    if (message->words.exercise) {
        /* 3.2.1 note: the purpose of an Exercise. */
        lee_xml_put(&xml, "note", "Exercise: no action is to be taken.");
    }
    if (message->reference_count > 0) {
        lee_buffer references;
        lee_buffer_init(&references, 8192);
        write_references(message, &references);
        lee_xml_put_n(&xml, "references", (const char *)references.bytes, references.length);
        if (references.error) {
            out->error = references.error;
        }
        lee_buffer_free(&references);
    }
    for (int language = 0; language < LEE_LANGUAGE_COUNT; language++) {
        put_info(&xml, message, (lee_language)language);
    }
    lee_xml_close(&xml);
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static void put_headlines(lee_json *json, const lee_words *words)
{
    lee_json_key(json, "headline");
    lee_json_object(json);
    for (int language = 0; language < LEE_LANGUAGE_COUNT; language++) {
        lee_buffer text;
        lee_buffer_init(&text, 16384);
        lee_words_headline(words, (lee_language)language, &text);
        lee_json_key(json, lee_words_language((lee_language)language));
        lee_json_text_n(json, (const char *)text.bytes, text.length);
        if (text.error) {
            json->out->error = text.error;
        }
        lee_buffer_free(&text);
    }
    lee_json_object_end(json);
}

static void put_places(lee_json *json, const lee_message *message)
{
    const lee_words *words = &message->words;
    lee_json_key(json, "places");
    lee_json_array(json);
    for (uint32_t i = 0; i < words->reach->count; i++) {
        const lee_reached *reached = &words->reach->items[i];
        const lee_place *place = lee_places_at(words->places, reached->place);
        lee_json_object(json);
        lee_json_put_text(json, "name", place->name);
        lee_json_put_fixed(json, "lat", place->point.lat_e7, 7);
        lee_json_put_fixed(json, "lon", place->point.lon_e7, 7);
        lee_json_put_int(json, "population", place->population);
        if (reached->arrival_known && message->type != LEE_MESSAGE_CANCEL) {
            const int64_t left_us = reached->arrival_us - message->self.sent_us;
            /* Tenths of a minute; nobody needs more, and the speed is not known better. */
            const int64_t tenths = left_us <= 0 ? 0 : left_us / (6 * LEE_US_PER_S);
            lee_json_put_fixed(json, "minutes", tenths, 1);
        }
        lee_json_put_bool(json, "inside", reached->inside);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

void lee_message_write_json(const lee_message *message, const lee_buffer *cap, lee_buffer *out)
{
    char incident[17];
    lee_incident_text(message->incident, incident);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "identifier", message->self.identifier);
    lee_json_put_text(&json, "msg_type", lee_message_type_name(message->type));
    lee_json_put_text(&json, "status", message->words.exercise ? "Exercise" : "Actual");
    lee_json_put_int(&json, "sent_us", message->self.sent_us);
    lee_json_put_int(&json, "expires_us", message->expires_us);
    lee_json_put_text(&json, "incident", incident);
    lee_json_put_text(&json, "zone", message->zone);
    lee_json_put_text(&json, "target", message->target->text);
    put_headlines(&json, &message->words);
    put_places(&json, message);
    if (message->words.reach->omitted > 0) {
        lee_json_put_int(&json, "places_omitted", message->words.reach->omitted);
    }
    if (message->reference_count > 0) {
        lee_buffer references;
        lee_buffer_init(&references, 8192);
        write_references(message, &references);
        lee_json_key(&json, "references");
        lee_json_text_n(&json, (const char *)references.bytes, references.length);
        lee_buffer_free(&references);
    }
    lee_json_key(&json, "cap");
    lee_json_text_n(&json, (const char *)cap->bytes, cap->length);
    lee_json_object_end(&json);
}

lee_error lee_message_write_public(const char *json, size_t length, lee_buffer *out)
{
    static const char *const public_keys[] = {"identifier", "msg_type",   "status",
                                              "sent_us",    "expires_us", "references",
                                              "headline",   "evidence",   "cap"};
    lee_json_scan scan;
    lee_json_scan_init(&scan, json, length);
    if (!lee_json_scan_object(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    bool has_identifier = false;
    lee_json writer;
    lee_json_begin(&writer, out);
    lee_json_object(&writer);
    lee_json_value key;
    lee_json_value value;
    while (lee_json_scan_member(&scan, &key, &value)) {
        for (size_t i = 0; i < sizeof public_keys / sizeof *public_keys; i++) {
            if (!lee_json_value_is(&key, public_keys[i])) {
                continue;
            }
            has_identifier = has_identifier || i == 0;
            lee_json_key(&writer, public_keys[i]);
            if (value.type == LEE_JSON_TEXT) {
                lee_buffer_char(out, '"');
                lee_json_raw(&writer, value.text, value.length);
                lee_buffer_char(out, '"');
            } else {
                lee_json_raw(&writer, value.text, value.length);
            }
            break;
        }
    }
    lee_json_object_end(&writer);
    if (scan.error) {
        return LEE_ERR_SYNTAX;
    }
    return has_identifier ? LEE_OK : LEE_ERR_MISSING;
}
