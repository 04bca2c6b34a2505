/* The page of a bundle that people read. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "app/html.h"
#include "app/incident_map.h"
#include "base/time_text.h"
#include "record/codec.h"

#define MAP_SIZE 600.0
#define MAP_MARGIN 30.0

static void point(const lee_map_box *box, double lon, double lat, lee_buffer *out)
{
    char text[64];
    double x = 0;
    double y = 0;
    lee_map_project(box, MAP_SIZE, MAP_MARGIN, lon, lat, &x, &y);
    snprintf(text, sizeof text, "%.1f,%.1f ", x, MAP_SIZE - y);
    lee_buffer_text(out, text);
}

typedef struct {
    const lee_map_box *box;
    lee_buffer *out;
} map_writer;

static void write_ring(void *context, const json_t *points)
{
    const map_writer *const writer = context;
    lee_buffer_text(writer->out, "<polygon class=\"zone\" points=\"");
    for (size_t i = 0; i < json_array_size(points); i++) {
        double lon = 0;
        double lat = 0;
        lee_map_position(points, i, &lon, &lat);
        point(writer->box, lon, lat, writer->out);
    }
    lee_buffer_text(writer->out, "\"/>\n");
}

static void write_map(const lee_incident_report *report, const json_t *feature, lee_buffer *out)
{
    const lee_map_box box = lee_map_box_of(report, feature);
    lee_buffer_text(out,
                    "<h2>Map</h2>\n<svg viewBox=\"0 0 600 600\" role=\"img\" aria-label=\"zone "
                    "and reported positions\">\n");
    if (!box.is_empty) {
        map_writer writer = {.box = &box, .out = out};
        lee_map_rings(feature, write_ring, &writer);
        lee_buffer_text(out, "<polyline class=\"path\" points=\"");
        for (uint32_t i = 0; i < report->event_count; i++) {
            const lee_event *const event = &report->events[i].event;
            if (event->present & LEE_EVENT_HAS_LAT) {
                point(&box, event->lon_e7 / 1e7, event->lat_e7 / 1e7, out);
            }
        }
        lee_buffer_text(out, "\"/>\n");
    }
    lee_buffer_text(out, "</svg>\n<p>Shaded: the zone as it was in force. Line: the positions that "
                         "the events of this incident carry, north up, degrees of longitude and "
                         "latitude drawn alike.</p>\n");
}

static void write_profile(const lee_incident_report *report, lee_buffer *out)
{
    int64_t from = 0, to = 0;
    int32_t highest = 1;
    bool any = false;
    for (uint32_t i = 0; i < report->event_count; i++) {
        const lee_event *const event = &report->events[i].event;
        if (event->present & LEE_EVENT_HAS_ALT) {
            from = any ? from : event->t_us;
            to = event->t_us;
            highest = event->alt_ft > highest ? event->alt_ft : highest;
            any = true;
        }
    }
    if (!any) {
        return;
    }
    lee_buffer_text(out, "<h2>Altitude</h2>\n<svg viewBox=\"0 0 600 200\" role=\"img\" "
                         "aria-label=\"altitude over time\">\n<polyline class=\"path\" points=\"");
    for (uint32_t i = 0; i < report->event_count; i++) {
        const lee_event *const event = &report->events[i].event;
        if (event->present & LEE_EVENT_HAS_ALT) {
            char text[64];
            const double span = to > from ? (double)(to - from) : 1;
            snprintf(text, sizeof text, "%.1f,%.1f ",
                     20 + 560 * (double)(event->t_us - from) / span,
                     180 - 160 * (double)(event->alt_ft > 0 ? event->alt_ft : 0) / highest);
            lee_buffer_text(out, text);
        }
    }
    lee_buffer_text(out, "\"/>\n</svg>\n<p>From the first to the last event; top: ");
    lee_buffer_int(out, highest);
    lee_buffer_text(out, " ft, bottom: 0 ft.</p>\n");
}

static void write_timeline(const lee_incident_report *report, lee_buffer *out)
{
    lee_buffer_text(out, "<h2>Timeline</h2>\n<table><tr><th>record</th><th>time (UTC)</th>"
                         "<th>event</th><th>latitude</th><th>longitude</th><th>altitude ft</th>"
                         "<th>reason</th></tr>\n");
    for (uint32_t i = 0; i < report->event_count; i++) {
        const lee_event *const event = &report->events[i].event;
        char time[LEE_TIME_TEXT_BYTES];
        lee_time_format(event->t_us, time);
        lee_buffer_text(out, "<tr><td>");
        lee_buffer_uint(out, report->events[i].index);
        lee_buffer_text(out, "</td><td>");
        lee_buffer_text(out, time);
        lee_buffer_text(out, "</td><td>");
        lee_buffer_text(out, lee_event_kind_name(event->kind));
        lee_buffer_text(out, "</td><td>");
        if (event->present & LEE_EVENT_HAS_LAT) {
            lee_buffer_fixed(out, event->lat_e7, 7);
            lee_buffer_text(out, "</td><td>");
            lee_buffer_fixed(out, event->lon_e7, 7);
        } else {
            lee_buffer_text(out, "</td><td>");
        }
        lee_buffer_text(out, "</td><td>");
        if (event->present & LEE_EVENT_HAS_ALT) {
            lee_buffer_int(out, event->alt_ft);
        }
        lee_buffer_text(out, "</td><td>");
        if (event->present & LEE_EVENT_HAS_REASON) {
            lee_html_text(out, event->reason, strlen(event->reason));
        }
        lee_buffer_text(out, "</td></tr>\n");
    }
    lee_buffer_text(out, "</table>\n<h2>Warnings</h2>\n<table><tr><th>record</th><th>sent (UTC)"
                         "</th><th>type</th><th>identifier</th><th>headline</th></tr>\n");
    lee_buffer_bytes(out, report->warnings->bytes, report->warnings->length);
    lee_buffer_text(out, "</table>\n");
}

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<title>Incident report</title>\n<style>\n"
    "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\n"
    "svg{width:100%;border:1px solid #999}.zone{fill:#c33;fill-opacity:.2;stroke:#a00}\n"
    ".path{fill:none;stroke:#036;stroke-width:2}table{border-collapse:collapse;width:100%}\n"
    "td,th{border:1px solid #999;padding:.2rem .4rem;text-align:left;font-size:.85rem}\n"
    "@media print{h2{break-before:page}h2:first-of-type{break-before:auto}}\n"
    "</style></head><body>\n<h1>Incident ";

static const char proves[] =
    "<h2>What this proves, and what it does not</h2>\n"
    "<p><strong>It proves</strong>, once the steps of README.txt have been done: these records "
    "existed when the checkpoint was signed; they stand in this order; nothing before that head "
    "was altered, removed or put in since; which key signed. Re-run (<code>leeward replay</code>), "
    "the inputs decide the same events and warnings, byte for byte.</p>\n"
    "<p><strong>It does not prove</strong> that a transmitter told the truth, that an aircraft was "
    "where it said, that nothing was left out before it was recorded, or who held the key. Times "
    "are those of the sources and of this machine's clock. Without a witness's signature or a time "
    "stamp on the checkpoint it does not prove when it was signed.</p>\n"
    "<p>This page is made from the records and can be made again from them; where the two differ, "
    "the records count.</p>\n";

void lee__incident_report_write(const lee_incident_report *report, lee_buffer *out)
{
    char name[17];
    lee_incident_text(report->incident, name);
    lee_buffer_text(out, head);
    lee_buffer_text(out, name);
    lee_buffer_text(out, "</h1>\n");
    if (report->event_count > 0) {
        const lee_incident_event *const first = &report->events[0];
        char time[LEE_TIME_TEXT_BYTES];
        lee_time_format(first->event.t_us, time);
        lee_buffer_text(out, "<p>Target <strong>");
        lee_html_text(out, first->event.target.text, strlen(first->event.target.text));
        lee_buffer_text(out, "</strong>, zone <strong>");
        lee_html_text(out, first->zone, strlen(first->zone));
        lee_buffer_text(out, "</strong> (generation ");
        lee_buffer_uint(out, first->event.zone_generation);
        lee_buffer_text(out, "), from ");
        lee_buffer_text(out, time);
        lee_buffer_text(out, ".</p>\n");
    }
    lee_buffer_text(out, "<p>Records ");
    lee_buffer_uint(out, report->first);
    lee_buffer_text(out, " to ");
    lee_buffer_uint(out, report->end - 1);
    lee_buffer_text(out, " of the journal, of them ");
    lee_buffer_uint(out, report->inputs);
    lee_buffer_text(out, " inputs: everything that was received since the session began, because "
                         "a decision rests on all of it.</p>\n");
    lee_buffer_text(out, proves);
    json_t *const zones =
        json_loadb((const char *)report->zones->bytes, report->zones->length, 0, NULL);
    if (!zones && report->zones->length > 0) {
        /* They were read before, so there is no memory: not a report that lacks its map. */
        out->error = LEE_ERR_NO_MEMORY;
    }
    const json_t *const feature =
        report->event_count > 0 ? lee_map_feature(zones, report->events[0].zone) : NULL;
    write_map(report, feature, out);
    write_profile(report, out);
    write_timeline(report, out);
    lee_buffer_text(out, "</body></html>\n");
    json_decref(zones);
}
