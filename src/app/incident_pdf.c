/* The pages of a bundle that people print. What it says is what report.html says. */
#include <string.h>

#include "app/incident_map.h"
#include "app/pdf.h"
#include "base/time_text.h"
#include "record/codec.h"

#define LEFT 600
#define RIGHT 5350
#define TOP 7800
#define BOTTOM 600
#define SIZE 100 /* of the text, in tenths of a point */
#define LINE 145
#define HEADING 150
#define MAP_SIDE 4750
#define PATH_COLOUR 0x003366
#define ZONE_COLOUR 0xaa0000
#define ZONE_AREA 0xf6d5d5
#define LINE_COLOUR 0x999999

typedef struct {
    lee_pdf pdf;
    int64_t y;
    uint32_t page;
} paper;

static void text_at(paper *p, int64_t x, bool bold, const char *text)
{
    lee_pdf_text(&p->pdf, x, p->y, SIZE, bold, text, strlen(text));
}

static void new_page(paper *p)
{
    lee_buffer foot;
    lee_buffer_init(&foot, 128);
    if (lee_pdf_page(&p->pdf)) {
        lee_buffer_text(&foot, "Page ");
        lee_buffer_uint(&foot, ++p->page);
        lee_buffer_text(&foot,
                        ". Made out of the records; where the two differ, the records count.");
        lee_pdf_text(&p->pdf, LEFT, 350, 80, false, (const char *)foot.bytes, foot.length);
    }
    lee_buffer_free(&foot);
    p->y = TOP;
}

static void down(paper *p, int64_t by)
{
    p->y -= by;
    if (p->y < BOTTOM) {
        new_page(p);
    }
}

static void heading(paper *p, const char *text)
{
    down(p, 2 * LINE);
    lee_pdf_text(&p->pdf, LEFT, p->y, HEADING, true, text, strlen(text));
    down(p, LINE + 60);
}

/* How many bytes of the text make one line: whole words, or what fits of one that is too long. */
static size_t fitting(const char *text, size_t length, int64_t width)
{
    size_t words = 0;
    size_t fits = 0;
    for (size_t at = 1; at <= length; at++) {
        if (at < length && ((unsigned char)text[at] & 0xc0) == 0x80) {
            continue; /* within a character */
        }
        if (lee_pdf_text_width(SIZE, false, text, at) > width) {
            break;
        }
        fits = at;
        words = at == length || text[at] == ' ' ? at : words;
    }
    return words > 0 ? words : fits > 0 ? fits : length;
}

static void paragraph(paper *p, int64_t x, const char *text, size_t length)
{
    while (length > 0) {
        const size_t line = fitting(text, length, RIGHT - x);
        lee_pdf_text(&p->pdf, x, p->y, SIZE, false, text, line);
        down(p, LINE);
        text += line;
        length -= line;
        if (length > 0 && text[0] == ' ') {
            text++;
            length--;
        }
    }
}

static void fact(paper *p, const char *name, const char *text, size_t length)
{
    text_at(p, LEFT, true, name);
    paragraph(p, LEFT + 1300, text, length);
}

static void fact_text(paper *p, const char *name, const char *text)
{
    fact(p, name, text, strlen(text));
}

/* --- page 1 --------------------------------------------------------------------------------- */

static const char proves[] =
    "It proves, once the steps of README.txt have been done: these records existed when the "
    "checkpoint was signed; they stand in this order; nothing before that head was altered, "
    "removed "
    "or put in since; which key signed. Re-run (leeward replay), the inputs decide the same events "
    "and warnings, byte for byte.";
static const char proves_not[] =
    "It does not prove that a transmitter told the truth, that an aircraft was where it said, that "
    "nothing was left out before it was recorded, or who held the key. Times are those of the "
    "sources and of this machine's clock. Without a witness's signature or a time stamp on the "
    "checkpoint it does not prove when it was signed.";
static const char characters[] =
    "A letter that is not of the Latin alphabet stands here as a box with its Unicode number, so "
    "that this file is the same on every machine; copied or searched it is itself, and report.html "
    "shows it as it is written.";

static void write_names(paper *p, const json_t *feature)
{
    const json_t *const name = json_object_get(json_object_get(feature, "properties"), "name");
    const char *language = NULL;
    const json_t *each = NULL;
    if (json_is_string(name)) {
        fact(p, "Named", json_string_value(name), json_string_length(name));
    }
    json_object_foreach((json_t *)(uintptr_t)name, language, each)
    {
        if (json_is_string(each)) {
            fact(p, "Named", json_string_value(each), json_string_length(each));
        }
    }
}

static void write_first(paper *p, const lee_incident_report *report, const json_t *feature)
{
    lee_buffer line;
    char name[17];
    lee_incident_text(report->incident, name);
    lee_buffer_init(&line, 4096);
    lee_buffer_text(&line, "Incident ");
    lee_buffer_text(&line, name);
    lee_pdf_text(&p->pdf, LEFT, p->y, 200, true, (const char *)line.bytes, line.length);
    down(p, 2 * LINE);
    if (report->event_count > 0) {
        const lee_incident_event *const first = &report->events[0];
        char time[LEE_TIME_TEXT_BYTES];
        (void)lee_time_format(first->event.t_us, time);
        fact_text(p, "Target", first->event.target.text);
        if (first->event.present & LEE_EVENT_HAS_CALLSIGN) {
            fact_text(p, "Callsign", first->event.callsign);
        }
        fact_text(p, "Zone", first->zone);
        write_names(p, feature);
        fact_text(p, "From (UTC)", time);
        lee_buffer_reset(&line);
        lee_buffer_uint(&line, first->event.zone_generation);
        fact(p, "Generation", (const char *)line.bytes, line.length);
    }
    lee_buffer_reset(&line);
    lee_buffer_uint(&line, report->first);
    lee_buffer_text(&line, " to ");
    lee_buffer_uint(&line, report->end - 1);
    lee_buffer_text(&line, " of the journal, of them ");
    lee_buffer_uint(&line, report->inputs);
    lee_buffer_text(&line, " inputs: everything that was received since the session began, because "
                           "a decision rests on all of it.");
    fact(p, "Records", (const char *)line.bytes, line.length);
    heading(p, "What this proves, and what it does not");
    paragraph(p, LEFT, proves, sizeof proves - 1);
    down(p, 60);
    paragraph(p, LEFT, proves_not, sizeof proves_not - 1);
    down(p, 60);
    paragraph(p, LEFT, characters, sizeof characters - 1);
    lee_buffer_free(&line);
}

/* --- map and altitude ----------------------------------------------------------------------- */

typedef struct {
    paper *p;
    const lee_map_box *box;
    int64_t bottom;
} map_drawer;

static int64_t tenths(double value)
{
    return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

static void draw_to(const map_drawer *drawer, double lon, double lat, bool begin)
{
    double x = 0;
    double y = 0;
    lee_map_project(drawer->box, MAP_SIDE, 250, lon, lat, &x, &y);
    (begin ? lee_pdf_move : lee_pdf_line)(&drawer->p->pdf, LEFT + tenths(x),
                                          drawer->bottom + tenths(y));
}

static void draw_ring(void *context, const json_t *points)
{
    const map_drawer *const drawer = context;
    for (size_t i = 0; i < json_array_size(points); i++) {
        double lon = 0;
        double lat = 0;
        lee_map_position(points, i, &lon, &lat);
        draw_to(drawer, lon, lat, i == 0);
    }
    lee_pdf_close(&drawer->p->pdf);
}

static void draw_frame(paper *p, int64_t bottom, int64_t high)
{
    lee_pdf_pen(&p->pdf, LINE_COLOUR, 0xffffff, 5);
    lee_pdf_move(&p->pdf, LEFT, bottom);
    lee_pdf_line(&p->pdf, LEFT + MAP_SIDE, bottom);
    lee_pdf_line(&p->pdf, LEFT + MAP_SIDE, bottom + high);
    lee_pdf_line(&p->pdf, LEFT, bottom + high);
    lee_pdf_close(&p->pdf);
    lee_pdf_stroke(&p->pdf);
}

static void write_map(paper *p, const lee_incident_report *report, const json_t *feature)
{
    const lee_map_box box = lee_map_box_of(report, feature);
    new_page(p);
    heading(p, "Map");
    const map_drawer drawer = {.p = p, .box = &box, .bottom = p->y - MAP_SIDE};
    draw_frame(p, drawer.bottom, MAP_SIDE);
    if (!box.is_empty) {
        uint32_t drawn = 0;
        lee_pdf_pen(&p->pdf, ZONE_COLOUR, ZONE_AREA, 10);
        lee_map_rings(feature, draw_ring, (void *)(uintptr_t)&drawer);
        lee_pdf_fill(&p->pdf);
        lee_pdf_pen(&p->pdf, PATH_COLOUR, 0xffffff, 20);
        for (uint32_t i = 0; i < report->event_count; i++) {
            const lee_event *const event = &report->events[i].event;
            if (event->present & LEE_EVENT_HAS_LAT) {
                draw_to(&drawer, event->lon_e7 / 1e7, event->lat_e7 / 1e7, drawn++ == 0);
            }
        }
        lee_pdf_stroke(&p->pdf);
    }
    static const char caption[] =
        "Shaded: the zone as it was in force. Line: the positions that the events of this incident "
        "carry, north up, degrees of longitude and latitude drawn alike.";
    p->y = drawer.bottom - 200;
    paragraph(p, LEFT, caption, sizeof caption - 1);
}

static void write_profile(paper *p, const lee_incident_report *report)
{
    int64_t from = 0, to = 0;
    int32_t highest = 1;
    uint32_t count = 0;
    for (uint32_t i = 0; i < report->event_count; i++) {
        const lee_event *const event = &report->events[i].event;
        if (event->present & LEE_EVENT_HAS_ALT) {
            from = count++ > 0 ? from : event->t_us;
            to = event->t_us;
            highest = event->alt_ft > highest ? event->alt_ft : highest;
        }
    }
    if (count == 0) {
        return;
    }
    new_page(p);
    heading(p, "Altitude");
    const int64_t high = 1600;
    const int64_t bottom = p->y - high;
    const double span = to > from ? (double)(to - from) : 1;
    uint32_t drawn = 0;
    draw_frame(p, bottom, high);
    lee_pdf_pen(&p->pdf, PATH_COLOUR, 0xffffff, 20);
    for (uint32_t i = 0; i < report->event_count; i++) {
        const lee_event *const event = &report->events[i].event;
        if (event->present & LEE_EVENT_HAS_ALT) {
            const double part = (double)(event->t_us - from) / span;
            const double level = (double)(event->alt_ft > 0 ? event->alt_ft : 0) / highest;
            (drawn++ == 0 ? lee_pdf_move
                          : lee_pdf_line)(&p->pdf, LEFT + 150 + tenths(part * (MAP_SIDE - 300)),
                                          bottom + tenths(level * (double)(high - 150)));
        }
    }
    lee_pdf_stroke(&p->pdf);
    lee_buffer caption;
    lee_buffer_init(&caption, 256);
    lee_buffer_text(&caption, "From the first to the last event; highest: ");
    lee_buffer_int(&caption, highest);
    lee_buffer_text(&caption, " ft, bottom: 0 ft.");
    p->y = bottom - 200;
    paragraph(p, LEFT, (const char *)caption.bytes, caption.length);
    lee_buffer_free(&caption);
}

/* --- tables --------------------------------------------------------------------------------- */

static void write_event(paper *p, const lee_incident_event *each)
{
    const lee_event *const event = &each->event;
    lee_buffer line;
    lee_buffer_init(&line, 1024);
    char time[LEE_TIME_TEXT_BYTES];
    (void)lee_time_format(event->t_us, time);
    lee_buffer_uint(&line, each->index);
    lee_pdf_text(&p->pdf, LEFT, p->y, 85, false, (const char *)line.bytes, line.length);
    lee_pdf_text(&p->pdf, LEFT + 600, p->y, 85, false, time, strlen(time));
    const char *const kind = lee_event_kind_name(event->kind);
    lee_pdf_text(&p->pdf, LEFT + 1900, p->y, 85, true, kind, strlen(kind));
    lee_buffer_reset(&line);
    if (event->present & LEE_EVENT_HAS_LAT) {
        lee_buffer_fixed(&line, event->lat_e7, 7);
        lee_buffer_text(&line, ", ");
        lee_buffer_fixed(&line, event->lon_e7, 7);
    }
    lee_pdf_text(&p->pdf, LEFT + 2550, p->y, 85, false, (const char *)line.bytes, line.length);
    lee_buffer_reset(&line);
    if (event->present & LEE_EVENT_HAS_ALT) {
        lee_buffer_int(&line, event->alt_ft);
        lee_buffer_text(&line, " ft");
    }
    lee_pdf_text(&p->pdf, LEFT + 3800, p->y, 85, false, (const char *)line.bytes, line.length);
    if (event->present & LEE_EVENT_HAS_REASON) {
        lee_pdf_text(&p->pdf, LEFT + 4300, p->y, 85, false, event->reason, strlen(event->reason));
    }
    lee_buffer_free(&line);
    down(p, 125);
}

/* A headline is one text or one for each language. */
static void write_headline(paper *p, const char *text, size_t length)
{
    json_t *const headline = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    const char *language = NULL;
    const json_t *each = NULL;
    if (json_is_string(headline)) {
        paragraph(p, LEFT + 300, json_string_value(headline), json_string_length(headline));
    }
    json_object_foreach(headline, language, each)
    {
        if (json_is_string(each)) {
            paragraph(p, LEFT + 300, json_string_value(each), json_string_length(each));
        }
    }
    json_decref(headline);
}

static void write_warnings(paper *p, const lee_buffer *warned)
{
    const char *at = (const char *)warned->bytes;
    const char *const end = at + warned->length;
    heading(p, "Warnings");
    while (at < end) {
        const char *const stop = memchr(at, '\n', (size_t)(end - at));
        const char *field = at;
        int64_t x = LEFT;
        for (int i = 0; i < 4; i++) {
            const char *const tab = memchr(field, '\t', (size_t)(stop - field));
            lee_pdf_text(&p->pdf, x, p->y, 85, i == 2, field, (size_t)(tab - field));
            x += i == 0 ? 600 : i == 1 ? 1300 : 650;
            field = tab + 1;
        }
        down(p, LINE);
        write_headline(p, field, (size_t)(stop - field));
        at = stop + 1;
    }
    if (warned->length == 0) {
        text_at(p, LEFT, false, "None.");
    }
}

void lee__incident_pdf_write(const lee_incident_report *report, lee_buffer *out)
{
    paper p = {.y = TOP};
    json_t *const zones =
        json_loadb((const char *)report->zones->bytes, report->zones->length, 0, NULL);
    if (!zones && report->zones->length > 0) {
        out->error = LEE_ERR_NO_MEMORY; /* they were read before */
    }
    const json_t *const feature =
        report->event_count > 0 ? lee_map_feature(zones, report->events[0].zone) : NULL;
    lee_pdf_begin(&p.pdf, out);
    new_page(&p);
    write_first(&p, report, feature);
    write_map(&p, report, feature);
    write_profile(&p, report);
    heading(&p, "Timeline (record, UTC, event, place, altitude, reason)");
    for (uint32_t i = 0; i < report->event_count; i++) {
        write_event(&p, &report->events[i]);
    }
    write_warnings(&p, report->warned);
    lee_pdf_end(&p.pdf);
    json_decref(zones);
}
