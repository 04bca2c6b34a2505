/* What a tuning found, as one page with its plots: nothing is loaded from anywhere, no script. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/html.h"
#include "app/tune.h"
#include "base/time_text.h"
#include "record/codec.h"

/* The plots: a box of these units, axes within the margins. */
#define WIDE 480.0
#define HIGH 300.0
#define LEFT 66.0
#define RIGHT 24.0
#define TOP 14.0
#define BOTTOM 44.0
#define LINES_MAX 8u
#define CHANGES_MAX 200u

typedef struct {
    lee_buffer *out;
    double x_max, y_max;
} plot;

static double x_of(const plot *p, double x)
{
    return LEFT + x / p->x_max * (WIDE - LEFT - RIGHT);
}

static double y_of(const plot *p, double y)
{
    return HIGH - BOTTOM - y / p->y_max * (HIGH - TOP - BOTTOM);
}

static void open_plot(const plot *p, const char *title, const char *x_name, const char *y_name)
{
    lee_print(p->out,
              "<figure><figcaption>%s</figcaption>\n<svg viewBox=\"0 0 %g %g\" role=\"img\" "
              "aria-label=\"%s\">\n",
              title, WIDE, HIGH, title);
    for (int i = 0; i <= 4; i++) {
        const double x = p->x_max * i / 4;
        const double y = p->y_max * i / 4;
        lee_print(p->out,
                  "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                  "class=\"mid\">%.3g</text>\n",
                  x_of(p, x), TOP, HIGH - BOTTOM, x_of(p, x), HIGH - BOTTOM + 16, x);
        lee_print(p->out,
                  "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                  "class=\"end\">%.3g</text>\n",
                  LEFT, y_of(p, y), WIDE - RIGHT, LEFT - 6, y_of(p, y) + 4, y);
    }
    lee_print(p->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"mid\">%s</text>\n",
              (LEFT + WIDE - RIGHT) / 2, HIGH - 8, x_name);
    lee_print(p->out,
              "<text transform=\"translate(13 %.1f) rotate(-90)\" class=\"mid\">%s</text>\n",
              (TOP + HIGH - BOTTOM) / 2, y_name);
}

static void close_plot(const plot *p)
{
    lee_buffer_text(p->out, "</svg></figure>\n");
}

/* The least 1, 2, 4 or 8 times a power of ten that holds it, so that its quarters read well. */
static double room_for(double greatest)
{
    double room = 1e-3;
    while (room < greatest * 1.05) {
        room *= 10;
    }
    for (int i = 0; i < 3 && room / 2 >= greatest * 1.05; i++) {
        room /= 2;
        if (i == 0 && room / 1.25 >= greatest * 1.05) {
            room /= 1.25;
        }
    }
    return room;
}

static void plot_trade(lee_tune *tune, lee_buffer *out)
{
    double x_max = 0;
    double y_max = 0;
    for (uint32_t i = 0; i < tune->run_count; i++) {
        const lee_measure_sums *const s = &tune->runs[i].sums;
        x_max = fmax(x_max, 100 * lee_tune_share(s->nuisance - s->evasive, s->alerts));
        y_max = fmax(y_max, 100 * lee_tune_share(s->missed, s->possible));
    }
    const plot p = {out, room_for(x_max), room_for(y_max)};
    open_plot(&p, "Nuisance against missed entries", "nuisance, % of alerts",
              "missed, % of possible");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        const lee_measure_sums *const s = &tune->runs[i].sums;
        const double x = x_of(&p, 100 * lee_tune_share(s->nuisance - s->evasive, s->alerts));
        const double y = y_of(&p, 100 * lee_tune_share(s->missed, s->possible));
        lee_print(out,
                  "<circle class=\"run%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/><text x=\"%.1f\" "
                  "y=\"%.1f\">%u</text>\n",
                  i % LINES_MAX, x, y, i == 0 ? "6" : "4", x + 7, y - 5, i);
    }
    close_plot(&p);
}

/* The share of the values (sorted) that are at least x. */
static double share_from(const lee_buffer *values, double x)
{
    const size_t count = values->length / sizeof(double);
    size_t below = 0;
    for (; below < count; below++) {
        double value;
        memcpy(&value, values->bytes + below * sizeof value, sizeof value);
        if (value >= x) {
            break;
        }
    }
    return lee_tune_share(count - below, count);
}

static void draw_share(const plot *p, const lee_buffer *values, const char *style)
{
    lee_print(p->out, "<polyline class=\"line %s\" points=\"", style);
    for (int i = 0; i <= 60; i++) {
        /* From a little above 0, so that who was not warned counts for nothing. */
        const double x = p->x_max * i / 60;
        lee_print(p->out, "%.1f,%.1f ", x_of(p, x),
                  y_of(p, 100 * share_from(values, fmax(x, 1e-3))));
    }
    lee_buffer_text(p->out, "\"/>\n");
}

static void plot_warning(lee_tune *tune, lee_buffer *out)
{
    lee_buffer *const allowed = &tune->runs[0].sums.allowed;
    const plot p = {out, fmax(1, lee_measure_quantile(allowed, 1)), 100};
    open_plot(&p, "Warning time", "seconds before entry", "% of possible entries warned");
    draw_share(&p, allowed, "allowed");
    for (uint32_t i = 0; i < tune->run_count && i < LINES_MAX; i++) {
        char style[16];
        (void)snprintf(style, sizeof style, "run%u", i);
        (void)lee_measure_quantile(&tune->runs[i].sums.given, 0.5); /* sorts */
        draw_share(&p, &tune->runs[i].sums.given, style);
    }
    close_plot(&p);
}

static void plot_categories(lee_tune *tune, lee_buffer *out)
{
    size_t most = 1;
    for (uint32_t i = 0; i < tune->run_count; i++) {
        most = tune->runs[i].sums.alerts > most ? tune->runs[i].sums.alerts : most;
    }
    const plot p = {out, (double)tune->run_count, room_for((double)most)};
    lee_print(out,
              "<figure><figcaption>Alerts by category of encounter</figcaption>\n<svg "
              "viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"Alerts by category\">\n",
              WIDE, HIGH);
    const double wide = (WIDE - LEFT - RIGHT) / tune->run_count;
    for (uint32_t i = 0; i < tune->run_count; i++) {
        const lee_measure_sums *const s = &tune->runs[i].sums;
        double below = 0;
        for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
            const double here = (double)s->alerts_by[c];
            lee_print(out,
                      "<rect class=\"cat%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                      "height=\"%.1f\"><title>run %u, %s: %zu</title></rect>\n",
                      c, x_of(&p, i) + wide * 0.15, y_of(&p, below + here), wide * 0.7,
                      y_of(&p, below) - y_of(&p, below + here), i, lee_measure_category_name(c),
                      s->alerts_by[c]);
            below += here;
        }
        lee_print(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"mid\">%u</text>\n",
                  x_of(&p, i) + wide / 2, HIGH - BOTTOM + 16, i);
    }
    lee_print(out,
              "<text x=\"%.1f\" y=\"%.1f\" class=\"end\">%zu</text><path class=\"grid\" "
              "d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" class=\"mid\">run</text>\n",
              LEFT - 6, y_of(&p, (double)most) + 4, most, LEFT, y_of(&p, (double)most),
              WIDE - RIGHT, (LEFT + WIDE - RIGHT) / 2, HIGH - 8);
    lee_buffer_text(out, "</svg><p class=\"key\">");
    for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
        lee_print(out, "<span><i class=\"cat%d\"></i>%d %s</span> ", c, c,
                  lee_measure_category_name(c));
    }
    lee_buffer_text(out, "</p></figure>\n");
}

static void put_name(const lee_tune_run *run, lee_buffer *out)
{
    lee_buffer name;
    lee_buffer_init(&name, 4096);
    lee_tune_run_name(run, &name);
    lee_html_text(out, (const char *)name.bytes, name.length);
    lee_buffer_free(&name);
}

static void put_key(lee_tune *tune, lee_buffer *out)
{
    lee_buffer_text(out, "<p class=\"key\"><span><i class=\"allowed\"></i>what the geometry "
                         "allowed</span> ");
    for (uint32_t i = 0; i < tune->run_count && i < LINES_MAX; i++) {
        lee_print(out, "<span><i class=\"run%u\"></i>%u ", i, i);
        put_name(&tune->runs[i], out);
        lee_buffer_text(out, "</span> ");
    }
    lee_buffer_text(out, "</p>\n");
}

static void put_runs(lee_tune *tune, lee_buffer *out)
{
    lee_buffer_text(
        out, "<h2>Runs</h2>\n<div class=\"wide\"><table><thead><tr><th>run</th><th>parameters</th>"
             "<th>alerts</th><th>nuisance</th><th>evasive</th><th>unknown</th><th>entries</th>"
             "<th>missed</th><th>late</th><th>warning s</th><th>of allowed</th><th>incidents</th>"
             "<th>gained</th><th>lost</th><th>flapping</th><th>alert s</th><th>categories 3 to "
             "5</th></tr></thead>\n<tbody>");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        lee_tune_run *const r = &tune->runs[i];
        lee_measure_sums *const s = &r->sums;
        lee_print(out, "<tr><th>%u</th><td class=\"name\">", i);
        put_name(r, out);
        lee_print(out, "</td><td>%zu</td><td>%.1f %%</td><td>%zu</td><td>%zu</td><td>%zu</td>",
                  s->alerts, 100 * lee_tune_share(s->nuisance - s->evasive, s->alerts), s->evasive,
                  s->unknown, s->entries);
        lee_print(out, "<td>%.1f %%</td><td>%zu</td><td>%.1f</td><td>%.0f %%</td>",
                  100 * lee_tune_share(s->missed, s->possible), s->late,
                  lee_measure_quantile(&s->given, 0.5), 100 * lee_tune_warning_share(r));
        lee_print(out,
                  "<td>%u</td><td>%u</td><td>%u</td><td>%u</td><td>%.1f</td><td>%.1f "
                  "%%</td></tr>\n",
                  r->incident_count, r->gained, r->lost, r->flapping, r->alert_median_s,
                  100 * lee_tune_unneeded_share(r));
    }
    lee_buffer_text(out, "</tbody></table></div>\n");
}

static void put_encounters(lee_tune *tune, lee_buffer *out)
{
    lee_buffer_text(out, "<h2>Encounters alerted</h2>\n<div class=\"wide\"><table><thead><tr>"
                         "<th>run</th>");
    for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
        lee_print(out, "<th>%d %s</th>", c, lee_measure_category_name(c));
    }
    lee_buffer_text(out, "</tr></thead>\n<tbody>");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        const lee_measure_sums *const s = &tune->runs[i].sums;
        lee_print(out, "<tr><th>%u</th>", i);
        for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
            lee_print(out, "<td>%zu of %zu (%.1f %%)</td>", s->alerted[c], s->encounters[c],
                      100 * lee_tune_share(s->alerted[c], s->encounters[c]));
        }
        lee_buffer_text(out, "</tr>\n");
    }
    lee_buffer_text(out, "</tbody></table></div>\n");
}

static void put_change(void *context, const lee_tune *tune, const lee_tune_incident *one,
                       bool gained)
{
    lee_buffer *const out = context;
    char time[LEE_TIME_TEXT_BYTES];
    lee_time_format(one->first_us, time);
    lee_print(out, "<tr><td>%s</td><td>%s</td><td>", gained ? "gained" : "lost", time);
    lee_html_text(out, one->target.text, strlen(one->target.text));
    lee_buffer_text(out, "</td><td>");
    const char *const zone = lee_tune_zone_name(tune, one);
    lee_html_text(out, zone, strlen(zone));
    lee_print(out, "</td><td>%s</td><td>%s</td></tr>\n", lee_event_kind_name(one->first),
              lee_tune_outcome_name(one));
}

static void put_changes(lee_tune *tune, lee_buffer *out)
{
    for (uint32_t i = 1; i < tune->run_count; i++) {
        lee_print(out, "<h2>Run %u: ", i);
        put_name(&tune->runs[i], out);
        lee_print(out, "</h2>\n<p>%u incidents gained, %u lost.</p>\n", tune->runs[i].gained,
                  tune->runs[i].lost);
        if (tune->runs[i].gained + tune->runs[i].lost == 0) {
            continue;
        }
        lee_buffer_text(out, "<details><summary>Which</summary><div class=\"wide\"><table><thead>"
                             "<tr><th>change</th><th>from (UTC)</th><th>target</th><th>zone</th>"
                             "<th>first</th><th>came of it</th></tr></thead>\n<tbody>");
        const uint32_t more = lee_tune_each_change(tune, i, CHANGES_MAX, put_change, out);
        lee_buffer_text(out, "</tbody></table></div>");
        if (more > 0) {
            lee_print(out, "<p>And %u more: <code>--json</code> has all.</p>", more);
        }
        lee_buffer_text(out, "</details>\n");
    }
}

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<title>Leeward: tuning</title>\n<style>\n"
    ":root{color-scheme:light dark;--text:#1b1f24;--dim:#59636e;--page:#fff;--line:#d0d7de;"
    "--a:#1b1f24;--b:#0b63c5;--c:#c4420a;--d:#0a7f4f;--e:#8a3fb8;--f:#997000;--g:#b3245f;"
    "--h:#2f7f95}\n"
    "@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--dim:#9aa4af;--page:#0d1117;"
    "--line:#30363d;--a:#e6edf3;--b:#6cb0ff;--c:#ff9a66;--d:#4fd198;--e:#cf9bff;--f:#e3b341;"
    "--g:#ff8fb8;--h:#7cd3ea}}\n"
    "*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;color:var(--text);"
    "background:var(--page);max-width:92rem;margin:0 auto;padding:1rem}\n"
    "h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{max-width:60rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;"
    "font-variant-numeric:tabular-nums}td,th{padding:.25rem .45rem;text-align:right;"
    "border-bottom:1px solid var(--line);white-space:nowrap}thead th{color:var(--dim);"
    "font-weight:600}.name,details td,details th{text-align:left}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));"
    "gap:1.5rem}figure{margin:0}figcaption{font-weight:600}svg{width:100%;height:auto;"
    "display:block}\n"
    "svg text{font-size:13px;fill:var(--dim)}.mid{text-anchor:middle}.end{text-anchor:end}"
    ".grid{stroke:var(--line);fill:none}.line{fill:none;stroke-width:2}\n"
    ".run0{--r:var(--a)}.run1{--r:var(--b)}.run2{--r:var(--c)}.run3{--r:var(--d)}"
    ".run4{--r:var(--e)}.run5{--r:var(--f)}.run6{--r:var(--g)}.run7{--r:var(--h)}\n"
    "circle{fill:var(--r)}.line{stroke:var(--r)}i[class^=run]{background:var(--r)}\n"
    ".allowed{--r:var(--dim);stroke-dasharray:4 4}i.allowed{background:var(--dim)}\n"
    ".cat1{fill:var(--d);background:var(--d)}.cat2{fill:var(--b);background:var(--b)}"
    ".cat3{fill:var(--f);background:var(--f)}.cat4{fill:var(--c);background:var(--c)}"
    ".cat5{fill:var(--line);background:var(--line)}\n"
    ".key{font-size:.875rem;color:var(--dim)}.key span{display:inline-block;margin-right:1rem}"
    ".key i{display:inline-block;width:.8em;height:.8em;margin-right:.35em}\n"
    "@media print{:root{color-scheme:light;--text:#000;--dim:#444;--page:#fff;--line:#bbb;"
    "--a:#000;--b:#0b63c5;--c:#c4420a;--d:#0a7f4f;--e:#8a3fb8;--f:#997000;--g:#b3245f;"
    "--h:#2f7f95}body{font-size:11px;max-width:none;padding:0}figure,tr{break-inside:avoid}"
    ".wide{overflow:visible}table{font-size:8px}td,th{padding:.1rem .25rem;white-space:normal}"
    ".key i,rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "</style></head><body>\n<h1>Tuning: what other parameters would change</h1>\n";

static const char words[] =
    "<h2>What the words mean</h2>\n"
    "<p><b>Nuisance</b>: told as predicted, never entered, and nothing averted it. <b>Evasive</b>: "
    "never entered, but 15 s from it on its straight way while the alert stood. <b>Unknown</b>: "
    "not heard until it should have entered. <b>Missed</b>: of the entries of which a warning was "
    "possible, those without any. <b>Late</b>: warned for less than 90 % of the time that the "
    "geometry allowed. "
    "<b>Flapping</b>: begun again within ten minutes. <b>1 necessary</b>: entered, or only a late "
    "manoeuvre averted it. <b>2 desirable</b>: nearer than the zone's margins. "
    "<b>3 unnecessary</b>: led in and turned away early. <b>4 undesirable</b>: nothing led in. "
    "<b>5 void</b>: not heard well enough to say, or seen first inside.</p>\n";

void lee_tune_write_html(lee_tune *tune, lee_buffer *out)
{
    assert(tune && tune->run_count > 0 && out);
    const lee_tune_scene *const s = &tune->scene;
    lee_buffer_text(out, head);
    lee_print(out,
              "<p>%llu reports of %u targets in %.2f hours, %u zones. Run 0 is the recording "
              "as it is; every other run is compared with it.</p>\n",
              (unsigned long long)s->reports, s->target_count, s->hours, s->life_count);
    put_runs(tune, out);
    lee_buffer_text(out, "<h2>Plots</h2>\n<div class=\"plots\">\n");
    plot_trade(tune, out);
    plot_warning(tune, out);
    plot_categories(tune, out);
    lee_buffer_text(out, "</div>\n");
    put_key(tune, out);
    if (tune->run_count > LINES_MAX) {
        lee_print(out, "<p class=\"key\">Warning times are drawn for the first %u runs.</p>\n",
                  LINES_MAX);
    }
    put_encounters(tune, out);
    lee_buffer_text(out, words);
    put_changes(tune, out);
    lee_buffer_text(out, "</body></html>\n");
}
