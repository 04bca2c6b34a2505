/* What a tuning found, as a table and as JSON lines. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/html.h"
#include "app/tune.h"
#include "base/json.h"
#include "base/time_text.h"
#include "record/codec.h"

/* --- the table ----------------------------------------------------------------------------------
 */

static void put_names(lee_tune *tune, lee_buffer *out)
{
    for (uint32_t i = 0; i < tune->run_count; i++) {
        lee_print(out, "run %u: ", i);
        lee_tune_run_name(&tune->runs[i], out);
        lee_buffer_char(out, '\n');
    }
}

static void put_figures(lee_tune *tune, lee_buffer *out)
{
    lee_buffer_text(out,
                    "\nrun   alerts  nuisance         evasive unknown  entries possible  missed "
                    "          late  warning s  of allowed\n");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        lee_tune_run *const run = &tune->runs[i];
        const lee_measure_sums *const s = &run->sums;
        lee_print(
            out,
            "%3u %8zu %8zu (%4.1f %%) %8zu %7zu %8zu %8zu %7zu (%4.1f %%) %5zu %10.1f %9.0f %%\n",
            i, s->alerts, s->nuisance - s->evasive,
            100 * lee_tune_share(s->nuisance - s->evasive, s->alerts), s->evasive, s->unknown,
            s->entries, s->possible, s->missed, 100 * lee_tune_share(s->missed, s->possible),
            s->late, lee_measure_quantile(&run->sums.given, 0.5),
            100 * lee_tune_warning_share(run));
    }
    lee_buffer_text(out, "\nrun    given s: p10   p25   p50   p75   p90  allowed p50\n");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        lee_measure_sums *const s = &tune->runs[i].sums;
        lee_print(out, "%3u           %5.1f %5.1f %5.1f %5.1f %5.1f %12.1f\n", i,
                  lee_measure_quantile(&s->given, 0.10), lee_measure_quantile(&s->given, 0.25),
                  lee_measure_quantile(&s->given, 0.50), lee_measure_quantile(&s->given, 0.75),
                  lee_measure_quantile(&s->given, 0.90), lee_measure_quantile(&s->allowed, 0.50));
    }
}

static void put_incidents(lee_tune *tune, lee_buffer *out)
{
    lee_buffer_text(out, "\nrun  incidents   gained     lost    quiet flapping  median s  alert s "
                         " flashes  unmeasured\n");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        const lee_tune_run *const r = &tune->runs[i];
        lee_print(out, "%3u %10u %8u %8u %8u %8u %9.1f %8.1f %8u %11u\n", i, r->incident_count,
                  r->gained, r->lost, r->quiet, r->flapping, r->incident_median_s,
                  r->alert_median_s, r->flashes, r->unmeasured);
    }
}

static void put_categories(lee_tune *tune, lee_buffer *out)
{
    lee_buffer_text(out, "\nalerted of encounters, by category (alerts)\nrun");
    for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
        lee_print(out, "  %d %-20s", c, lee_measure_category_name(c));
    }
    lee_buffer_text(out, "  alerts of 3 to 5\n");
    for (uint32_t i = 0; i < tune->run_count; i++) {
        const lee_measure_sums *const s = &tune->runs[i].sums;
        lee_print(out, "%3u", i);
        for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
            char text[64];
            (void)snprintf(text, sizeof text, "%zu of %zu (%zu)", s->alerted[c], s->encounters[c],
                           s->alerts_by[c]);
            lee_print(out, "  %-22s", text);
        }
        lee_print(out, "  %.1f %%\n", 100 * lee_tune_unneeded_share(&tune->runs[i]));
    }
}

static void put_change(void *context, const lee_tune *tune, const lee_tune_incident *one,
                       bool gained)
{
    lee_buffer *const out = context;
    char time[LEE_TIME_TEXT_BYTES];
    lee_time_format(one->first_us, time);
    lee_print(out, "%c %s %s %s %s, %s\n", gained ? '+' : '-', time, one->target.text,
              lee_tune_zone_name(tune, one), lee_event_kind_name(one->first),
              lee_tune_outcome_name(one));
}

void lee_tune_write_text(lee_tune *tune, uint32_t changes_max, lee_buffer *out)
{
    const lee_tune_scene *const s = &tune->scene;
    lee_print(out, "%llu reports of %u targets in %.2f h, %u zones\n",
              (unsigned long long)s->reports, s->target_count, s->hours, s->life_count);
    put_names(tune, out);
    put_figures(tune, out);
    put_incidents(tune, out);
    put_categories(tune, out);
    for (uint32_t i = 1; i < tune->run_count; i++) {
        lee_print(out, "\nrun %u: %u incidents gained (+), %u lost (-)\n", i, tune->runs[i].gained,
                  tune->runs[i].lost);
        const uint32_t more = lee_tune_each_change(tune, i, changes_max, put_change, out);
        if (more > 0) {
            lee_print(out, "and %u more: --json has all, --changes N shows N\n", more);
        }
    }
}

/* --- JSON lines ---------------------------------------------------------------------------------
 */

static void put_real(lee_json *json, const char *key, double value)
{
    lee_json_put_fixed(json, key, llround(value * 1e4), 4);
}

static void put_quantiles(lee_json *json, const char *key, lee_buffer *values)
{
    static const int percents[] = {10, 25, 50, 75, 90};
    lee_json_key(json, key);
    lee_json_object(json);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "p%d", percents[i]);
        put_real(json, name, lee_measure_quantile(values, percents[i] / 100.0));
    }
    lee_json_object_end(json);
}

static void put_settings(lee_json *json, const lee_tune_run *run)
{
    lee_json_key(json, "set");
    lee_json_object(json);
    for (uint32_t i = 0; i < run->setting_count; i++) {
        lee_json_put_fixed(json, run->settings[i].key, run->settings[i].value,
                           run->settings[i].decimals);
    }
    lee_json_object_end(json);
}

static void put_sums(lee_json *json, const lee_measure_sums *s)
{
    lee_json_put_int(json, "alerts", (int64_t)s->alerts);
    lee_json_put_int(json, "nuisance", (int64_t)(s->nuisance - s->evasive));
    lee_json_put_int(json, "evasive", (int64_t)s->evasive);
    lee_json_put_int(json, "unknown", (int64_t)s->unknown);
    lee_json_put_int(json, "entries", (int64_t)s->entries);
    lee_json_put_int(json, "possible", (int64_t)s->possible);
    lee_json_put_int(json, "missed", (int64_t)s->missed);
    lee_json_put_int(json, "missed_of_all", (int64_t)s->missed_of_all);
    lee_json_put_int(json, "late", (int64_t)s->late);
    put_real(json, "nuisance_share", lee_tune_share(s->nuisance - s->evasive, s->alerts));
    put_real(json, "nuisance_share_with_evasive", lee_tune_share(s->nuisance, s->alerts));
    put_real(json, "missed_share", lee_tune_share(s->missed, s->possible));
    lee_json_key(json, "categories");
    lee_json_array(json);
    for (int c = 1; c < LEE_MEASURE_CATEGORIES; c++) {
        lee_json_object(json);
        lee_json_put_int(json, "category", c);
        lee_json_put_text(json, "name", lee_measure_category_name(c));
        lee_json_put_int(json, "encounters", (int64_t)s->encounters[c]);
        lee_json_put_int(json, "alerted", (int64_t)s->alerted[c]);
        lee_json_put_int(json, "alerts", (int64_t)s->alerts_by[c]);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

static void put_run(lee_tune *tune, uint32_t index, lee_buffer *out)
{
    lee_tune_run *const run = &tune->runs[index];
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_int(&json, "run", index);
    put_settings(&json, run);
    lee_json_put_int(&json, "events", (int64_t)run->events);
    lee_json_put_int(&json, "incidents", run->incident_count);
    lee_json_put_int(&json, "gained", run->gained);
    lee_json_put_int(&json, "lost", run->lost);
    lee_json_put_int(&json, "quiet", run->quiet);
    lee_json_put_int(&json, "flapping", run->flapping);
    lee_json_put_int(&json, "flashes", run->flashes);
    lee_json_put_int(&json, "unmeasured", run->unmeasured);
    put_real(&json, "incident_median_s", run->incident_median_s);
    put_real(&json, "alert_median_s", run->alert_median_s);
    put_sums(&json, &run->sums);
    put_quantiles(&json, "warning_given_s", &run->sums.given);
    put_quantiles(&json, "warning_allowed_s", &run->sums.allowed);
    put_real(&json, "warning_share", lee_tune_warning_share(run));
    put_real(&json, "unneeded_share", lee_tune_unneeded_share(run));
    lee_json_object_end(&json);
    lee_buffer_char(out, '\n');
}

typedef struct {
    lee_buffer *out;
    uint32_t run;
} line_writer;

static void put_change_line(void *context, const lee_tune *tune, const lee_tune_incident *one,
                            bool gained)
{
    const line_writer *const w = context;
    char number[17];
    lee_incident_text(one->number, number);
    lee_json json;
    lee_json_begin(&json, w->out);
    lee_json_object(&json);
    lee_json_put_int(&json, "run", w->run);
    lee_json_put_text(&json, "change", gained ? "gained" : "lost");
    lee_json_put_text(&json, "incident", number);
    lee_json_put_text(&json, "target", one->target.text);
    lee_json_put_text(&json, "zone", lee_tune_zone_name(tune, one));
    lee_json_put_int(&json, "t_us", one->first_us);
    lee_json_put_int(&json, "until_us", one->last_us);
    lee_json_put_text(&json, "first", lee_event_kind_name(one->first));
    lee_json_put_bool(&json, "entered", one->entered);
    lee_json_put_text(&json, "outcome", lee_tune_outcome_name(one));
    if (one->has_alert && one->alert.category > 0) {
        lee_json_put_int(&json, "category", one->alert.category);
    }
    lee_json_object_end(&json);
    lee_buffer_char(w->out, '\n');
}

void lee_tune_write_json(lee_tune *tune, lee_buffer *out)
{
    for (uint32_t i = 0; i < tune->run_count; i++) {
        put_run(tune, i, out);
    }
    for (uint32_t i = 1; i < tune->run_count; i++) {
        line_writer writer = {out, i};
        (void)lee_tune_each_change(tune, i, UINT32_MAX, put_change_line, &writer);
    }
}
