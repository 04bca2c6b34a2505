#include "app/tune.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/memory.h"
#include "app/recorder.h"
#include "base/alloc.h"
#include "record/codec.h"

#define COMMIT_EVERY_RECORDS 20000u
/* Two runs tell of the same incident when they lie this near to each other. */
#define SAME_US INT64_C(60000000)

/* --- planning the runs --------------------------------------------------------------------------
 */

/* Multiplies the runs planned so far by the values of one more parameter. */
static lee_error multiply(lee_tune *tune, const lee_setting *values, uint32_t count)
{
    const uint32_t before = tune->run_count - 1;
    const uint32_t base = before == 0 ? 1 : before;
    if (base > (LEE_TUNE_RUNS_MAX - 1) / count) {
        fprintf(stderr, "leeward: more than %u combinations of --set\n", LEE_TUNE_RUNS_MAX - 1);
        return LEE_ERR_LIMIT;
    }
    /* From the last to the first, so that what is read is not written yet. */
    for (uint32_t i = base * count; i-- > 0;) {
        lee_tune_run *const run = &tune->runs[1 + i];
        const lee_tune_run *const from = before == 0 ? &tune->runs[0] : &tune->runs[1 + i / count];
        memmove(run->settings, from->settings, sizeof run->settings);
        run->setting_count = from->setting_count;
        run->settings[run->setting_count++] = values[i % count];
    }
    tune->run_count = 1 + base * count;
    return LEE_OK;
}

lee_error lee_tune_plan(const char *const *settings, int count, lee_tune *out)
{
    assert(out);
    *out = (lee_tune){.run_count = 1};
    out->runs = lee_alloc(LEE_TUNE_RUNS_MAX, sizeof *out->runs);
    if (!out->runs) {
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < LEE_TUNE_RUNS_MAX; i++) {
        lee_measure_sums_init(&out->runs[i].sums);
    }
    for (int i = 0; i < count; i++) {
        lee_setting values[LEE_SETTING_VALUES_MAX];
        const uint32_t value_count = lee_setting_read_values(settings[i], values);
        if (value_count == 0) {
            return LEE_ERR_SYNTAX;
        }
        const lee_tune_run *const last = &out->runs[out->run_count - 1];
        for (uint32_t s = 0; s < last->setting_count; s++) {
            if (strcmp(last->settings[s].key, values[0].key) == 0) {
                fprintf(stderr, "leeward: --set %s is given twice\n", values[0].key);
                return LEE_ERR_SYNTAX;
            }
        }
        if (last->setting_count == LEE_TUNE_SETTINGS_MAX) {
            fprintf(stderr, "leeward: more than %u parameters\n", LEE_TUNE_SETTINGS_MAX);
            return LEE_ERR_LIMIT;
        }
        const lee_error error = multiply(out, values, value_count);
        if (error != LEE_OK) {
            return error;
        }
    }
    return LEE_OK;
}

void lee_tune_free(lee_tune *tune)
{
    lee_tune_scene_free(&tune->scene);
    for (uint32_t i = 0; tune->runs && i < LEE_TUNE_RUNS_MAX; i++) {
        lee_free(tune->runs[i].incidents);
        lee_measure_sums_free(&tune->runs[i].sums);
    }
    lee_free(tune->runs);
}

/* --- one run ------------------------------------------------------------------------------------
 */

typedef struct {
    const lee_tune_scene *scene;
    lee_tune_run *run;
    lee_map *open; /* by number: place in the list */
    lee_buffer list;
    uint32_t period;
} listener;

static lee_tune_incident *find_incident(listener *l, const lee_event *event, const char *zone)
{
    const uint32_t known = lee_map_get(l->open, &event->incident);
    if (known != LEE_MAP_NONE) {
        return (lee_tune_incident *)(void *)l->list.bytes + known;
    }
    if (l->run->incident_count == LEE_TUNE_INCIDENTS_MAX) {
        l->run->left_out++;
        return NULL;
    }
    const lee_tune_incident begun = {
        .number = event->incident,
        .first_us = event->t_us,
        .last_us = event->t_us,
        .target = event->target,
        .target_index = lee_tune_scene_target(l->scene, &event->target),
        .life = lee_tune_scene_life(l->scene, zone, l->period),
        .first = event->kind,
    };
    lee_buffer_bytes(&l->list, &begun, sizeof begun);
    lee_memory_require_whole(&l->list);
    const uint32_t at = l->run->incident_count++;
    const bool put = lee_map_put(l->open, &event->incident, at);
    assert(put);
    (void)put;
    return (lee_tune_incident *)(void *)l->list.bytes + at;
}

static void on_event(void *context, const lee_record *record)
{
    listener *const l = context;
    if (record->kind != LEE_RECORD_EVENT) {
        return;
    }
    lee_bytes in;
    lee_event event;
    char zone[LEE_ZONE_ID_MAX_BYTES + 1];
    lee_bytes_init(&in, record->bytes, record->length);
    const lee_error error = lee_event_decode(&in, &event, zone);
    assert(error == LEE_OK);
    (void)error;
    l->run->events++;
    lee_tune_incident *const i = find_incident(l, &event, zone);
    if (!i) {
        return;
    }
    const double t_s = (double)event.t_us * 1e-6;
    i->last_us = event.t_us > i->last_us ? event.t_us : i->last_us;
    i->permitted |= event.present & LEE_EVENT_HAS_PERMIT;
    i->quiet |= event.kind == i->first && (event.present & LEE_EVENT_HAS_ATTENTION);
    i->entered |= event.kind == LEE_EVENT_ENTERED || event.kind == LEE_EVENT_PRESENT ||
                  event.kind == LEE_EVENT_CROSSED;
    if (event.kind == LEE_EVENT_PREDICTED && !i->has_alert) {
        i->has_alert = true;
        i->alert = (lee_measure_alert){.from_s = t_s, .to_s = HUGE_VAL};
    } else if (i->has_alert && i->alert.to_s > t_s &&
               (event.kind == LEE_EVENT_ENTERED || event.kind == LEE_EVENT_ENDED)) {
        i->alert.to_s = t_s;
    }
}

/* Zones and sessions as they would be with the settings; the rest as it is. */
static lee_error submit(lee_recorder *recorder, const lee_tune_run *run, const lee_record *record)
{
    lee_error_info why = {.code = LEE_OK};
    const bool is_set = run->setting_count > 0 &&
                        (record->kind == LEE_RECORD_ZONES || record->kind == LEE_RECORD_SESSION);
    if (!is_set) {
        return lee_recorder_submit(recorder, record->kind, record->bytes, record->length, &why);
    }
    lee_buffer text;
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    lee_error error = lee_settings_apply(run->settings, run->setting_count, record, &text);
    if (error == LEE_OK) {
        error = lee_recorder_submit(recorder, record->kind, text.bytes, text.length, &why);
        if (error != LEE_OK) {
            fprintf(stderr, "leeward: %s: %s\n", lee_record_kind_name(record->kind), why.reason);
        }
    }
    lee_buffer_free(&text);
    return error;
}

static lee_error judge_inputs(lee_recorder *recorder, listener *l, const lee_tune_inputs *inputs,
                              uint64_t *refused, bool *lacks_terrain)
{
    size_t at = 0;
    uint64_t taken = 0;
    lee_record record;
    while (lee_tune_inputs_next(inputs, &at, &record)) {
        const bool is_zones = record.kind == LEE_RECORD_ZONES;
        /* What was decided so far belongs to the zones before. */
        if (is_zones || ++taken % COMMIT_EVERY_RECORDS == 0) {
            lee_recorder_commit(recorder);
        }
        l->period += is_zones;
        const lee_error error = submit(recorder, l->run, &record);
        lee_memory_require(error);
        *lacks_terrain |= record.kind == LEE_RECORD_SESSION &&
                          lee_pipeline_lacks_terrain(lee_recorder_pipeline(recorder));
        if (error != LEE_OK && (is_zones || record.kind == LEE_RECORD_SESSION)) {
            return error;
        }
        *refused += error != LEE_OK; /* as it was then */
    }
    lee_recorder_commit(recorder);
    return LEE_OK;
}

/* LEE_ERR_DOMAIN and so on: the settings do not fit the zones, which was said. */
static lee_error run_once(lee_tune *tune, lee_tune_run *run, const lee_tune_inputs *inputs,
                          const lee_terrain_files *terrain)
{
    listener l = {.scene = &tune->scene,
                  .run = run,
                  .open = lee_map_create(LEE_TUNE_INCIDENTS_MAX, sizeof(uint64_t))};
    lee_buffer_init(&l.list, SIZE_MAX / 2);
    const lee_recorder_options options = {.announce = on_event, .context = &l, .terrain = terrain};
    lee_recorder *recorder = NULL;
    uint64_t refused = 0;
    lee_error error = l.open ? lee_recorder_create(&options, &recorder) : LEE_ERR_NO_MEMORY;
    if (error == LEE_OK) {
        error = judge_inputs(recorder, &l, inputs, &refused, &tune->lacks_terrain);
    }
    const lee_zone_list *const zones =
        error == LEE_OK ? lee_pipeline_zones(lee_recorder_pipeline(recorder)) : NULL;
    for (uint32_t i = 0; zones && i < zones->count; i++) {
        const uint32_t life = lee_tune_scene_life(&tune->scene, zones->zones[i].id, l.period);
        if (life != LEE_TUNE_NONE) {
            tune->scene.lives[life].predicts |= zones->zones[i].watch.look_ahead_s > 0;
        }
    }
    tune->refused_inputs = run == tune->runs ? refused : tune->refused_inputs;
    lee_recorder_free(recorder);
    lee_map_free(l.open);
    run->incidents = (lee_tune_incident *)(void *)l.list.bytes;
    return error;
}

/* --- measuring ----------------------------------------------------------------------------------
 */

static int compare_incidents(const void *left, const void *right)
{
    const lee_tune_incident *const a = left;
    const lee_tune_incident *const b = right;
    if (a->life != b->life) {
        return a->life < b->life ? -1 : 1;
    }
    const int order = memcmp(a->target.text, b->target.text, sizeof a->target.text);
    if (order != 0) {
        return order;
    }
    if (a->first_us != b->first_us) {
        return a->first_us < b->first_us ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* The incidents of one target with one zone. */
static lee_tune_incident *incidents_of(lee_tune_run *run, uint32_t life, const lee_target *target,
                                       size_t *count)
{
    uint32_t low = 0;
    uint32_t high = run->incident_count;
    const lee_tune_incident wanted = {.life = life, .target = *target, .first_us = INT64_MIN};
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (compare_incidents(&run->incidents[middle], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *count = 0;
    while (low + *count < run->incident_count && run->incidents[low + *count].life == life &&
           lee_target_equal(&run->incidents[low + *count].target, target)) {
        ++*count;
    }
    return &run->incidents[low];
}

typedef struct {
    lee_measure_fix *fixes;
    lee_measure_entry *entries;
    lee_measure_alert *alerts;
} room;

/* Into the plane of the zone. False: where the zone was then is not known. */
static bool place_one(const lee_tune_scene *s, uint32_t carrier, const lee_measure_volume *volume,
                      size_t *at, lee_measure_fix *fix)
{
    if (!volume->is_bubble) {
        lee_measure_place(volume, fix);
        return true;
    }
    const size_t first = s->first[carrier];
    return lee_measure_place_beside(volume, &s->fixes[first], s->first[carrier + 1] - first, at,
                                    fix);
}

/* The fixes of a target in the plane of the zone, while it lived. 0: it never came near. */
static size_t place(const lee_tune_scene *s, uint32_t target, const lee_tune_life *life,
                    uint32_t carrier, const lee_measure_volume *volume, lee_measure_fix *out)
{
    const double near_m = lee_measure_near_m(volume);
    size_t count = 0;
    size_t at = 0;
    bool is_near = false;
    for (size_t i = s->first[target]; i < s->first[target + 1]; i++) {
        if (s->periods[i] < life->first_period || s->periods[i] > life->last_period) {
            continue;
        }
        lee_measure_fix *const f = &out[count];
        *f = s->fixes[i];
        if (place_one(s, carrier, volume, &at, f)) {
            count++;
            is_near |= fabs(f->x_m) < near_m && fabs(f->y_m) < near_m;
        }
    }
    return is_near ? count : 0;
}

/* An entry with leave: the incident that the baseline made of it has a permit. */
static void note_permits(const lee_tune_incident *incidents, size_t incident_count, double gap_s,
                         lee_measure_entry *entries, size_t entry_count)
{
    for (size_t i = 0; i < incident_count; i++) {
        for (size_t e = 0; e < entry_count && incidents[i].permitted; e++) {
            entries[e].permitted |=
                entries[e].at_s >= (double)incidents[i].first_us * 1e-6 - gap_s &&
                entries[e].at_s <= (double)incidents[i].last_us * 1e-6;
        }
    }
}

static void measure_run(lee_tune_run *run, uint32_t life, const lee_target *target,
                        const lee_measure_volume *volume, size_t fix_count, size_t entry_count,
                        room *r)
{
    size_t count = 0;
    lee_tune_incident *const incidents = incidents_of(run, life, target, &count);
    size_t alert_count = 0;
    for (size_t i = 0; i < count && alert_count < LEE_MEASURE_PAIR_MAX; i++) {
        if (incidents[i].has_alert) {
            r->alerts[alert_count++] = incidents[i].alert;
        }
    }
    lee_measure_judge(volume, r->fixes, fix_count, r->entries, entry_count, r->alerts, alert_count,
                      &run->sums);
    lee_memory_require_whole(&run->sums.given);
    lee_memory_require_whole(&run->sums.allowed);
    lee_memory_require_whole(&run->sums.shares);
    for (size_t i = 0, a = 0; i < count && a < alert_count; i++) {
        if (incidents[i].has_alert) {
            incidents[i].alert = r->alerts[a++];
        }
    }
}

/* Whether the box of everywhere it was could be near; cheap and never wrongly no, but for targets
 * beyond the antimeridian, whose boxes are taken as near always. */
static bool may_be_near(const lee_box *box, const lee_measure_volume *volume)
{
    const double near_e7 = lee_measure_near_m(volume) / 0.0111;
    const double wide_e7 = near_e7 / (volume->narrow > 0.01 ? volume->narrow : 0.01);
    return box->max.lat_e7 > volume->lat_e7 - near_e7 &&
           box->min.lat_e7 < volume->lat_e7 + near_e7 &&
           ((box->max.lon_e7 > volume->lon_e7 - wide_e7 &&
             box->min.lon_e7 < volume->lon_e7 + wide_e7) ||
            fabs(volume->lon_e7) + wide_e7 > LEE_LON_MAX_E7);
}

static void measure_life(lee_tune *tune, uint32_t life, const lee_measure_volume *volume, room *r)
{
    const lee_tune_scene *const s = &tune->scene;
    const uint32_t carrier = volume->is_bubble
                                 ? lee_tune_scene_target(s, &s->lives[life].zone->moving.around)
                                 : LEE_TUNE_NONE;
    if (volume->is_bubble && carrier == LEE_TUNE_NONE) {
        return; /* it was nowhere */
    }
    for (uint32_t t = 0; t < s->target_count; t++) {
        if (s->first[t] == s->first[t + 1] || t == carrier ||
            (!volume->is_bubble && !may_be_near(&s->boxes[t], volume))) {
            continue;
        }
        const size_t count = place(s, t, &s->lives[life], carrier, volume, r->fixes);
        if (count == 0) {
            continue;
        }
        const size_t entry_count = lee_measure_entries(volume, r->fixes, count, r->entries);
        size_t incident_count = 0;
        const lee_tune_incident *const incidents =
            incidents_of(&tune->runs[0], life, &s->names[t], &incident_count);
        note_permits(incidents, incident_count, volume->gap_s, r->entries, entry_count);
        for (uint32_t i = 0; i < tune->run_count; i++) {
            measure_run(&tune->runs[i], life, &s->names[t], volume, count, entry_count, r);
        }
    }
}

static lee_error measure(lee_tune *tune)
{
    const lee_tune_scene *const s = &tune->scene;
    size_t most = 1;
    for (uint32_t t = 0; t < s->target_count; t++) {
        const size_t count = s->first[t + 1] - s->first[t];
        most = count > most ? count : most;
    }
    room r = {lee_alloc(most, sizeof *r.fixes), lee_alloc(LEE_MEASURE_PAIR_MAX, sizeof *r.entries),
              lee_alloc(LEE_MEASURE_PAIR_MAX, sizeof *r.alerts)};
    lee_error error = r.fixes && r.entries && r.alerts ? LEE_OK : LEE_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < s->life_count && error == LEE_OK; i++) {
        const lee_tune_life *const life = &s->lives[i];
        lee_measure_volume volume;
        if (!life->predicts || !lee_measure_can(life->zone)) {
            continue;
        }
        error = lee_measure_volume_make(life->zone, life->geoid_m, life->terrain, &volume);
        if (error == LEE_OK) {
            measure_life(tune, i, &volume, &r);
            lee_measure_volume_free(&volume);
        }
    }
    lee_free(r.fixes);
    lee_free(r.entries);
    lee_free(r.alerts);
    return error;
}

/* --- comparing ----------------------------------------------------------------------------------
 */

static bool is_same_subject(const lee_tune_incident *a, const lee_tune_incident *b)
{
    return a->life == b->life && lee_target_equal(&a->target, &b->target);
}

/* Pairs what both tell of; the lists have one order. What stays without a partner was gained or
 * lost. */
static void compare(lee_tune_run *base, lee_tune_run *run)
{
    for (uint32_t i = 0; i < base->incident_count; i++) {
        base->incidents[i].has_partner = false;
    }
    uint32_t b = 0;
    uint32_t r = 0;
    run->lost = base->incident_count;
    run->gained = run->incident_count;
    while (b < base->incident_count && r < run->incident_count) {
        lee_tune_incident *const old = &base->incidents[b];
        lee_tune_incident *const new = &run->incidents[r];
        const bool same = is_same_subject(old, new);
        if (same &&
            old->last_us + SAME_US >= new->first_us &&new->last_us + SAME_US >= old->first_us) {
            old->has_partner = new->has_partner = true;
            run->lost--;
            run->gained--;
            b++;
            r++;
        } else if (same ? old->first_us < new->first_us : compare_incidents(old, new) < 0) {
            b++;
        } else {
            r++;
        }
    }
}

uint32_t lee_tune_each_change(const lee_tune *tune, uint32_t run, uint32_t most,
                              lee_tune_change_sink *sink, void *context)
{
    assert(run > 0 && run < tune->run_count);
    compare(&tune->runs[0], &tune->runs[run]);
    const lee_tune_run *const sides[] = {&tune->runs[0], &tune->runs[run]};
    uint32_t count = 0;
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < sides[side]->incident_count; i++) {
            const lee_tune_incident *const one = &sides[side]->incidents[i];
            if (!one->has_partner && count++ < most) {
                sink(context, tune, one, side == 1);
            }
        }
    }
    return count > most ? count - most : 0;
}

static void summarise(lee_tune_run *run)
{
    lee_buffer alerts;
    lee_buffer incidents;
    lee_buffer_init(&alerts, SIZE_MAX / 2);
    lee_buffer_init(&incidents, SIZE_MAX / 2);
    for (uint32_t n = 0; n < run->incident_count; n++) {
        const lee_tune_incident *const i = &run->incidents[n];
        const double span_s = (double)(i->last_us - i->first_us) * 1e-6;
        lee_buffer_bytes(&incidents, &span_s, sizeof span_s);
        run->quiet += i->quiet;
        run->flapping += n > 0 && is_same_subject(i - 1, i) && !i->quiet &&
                         i->first_us - i[-1].last_us <= LEE_TUNE_FLAP_S * INT64_C(1000000);
        run->unmeasured += i->has_alert && i->alert.outcome == LEE_MEASURE_UNMEASURED;
        if (i->has_alert && i->alert.to_s < HUGE_VAL) {
            const double stood_s = i->alert.to_s - i->alert.from_s;
            lee_buffer_bytes(&alerts, &stood_s, sizeof stood_s);
            run->flashes += stood_s < LEE_MEASURE_FLASH_S;
        }
    }
    lee_memory_require_whole(&alerts);
    lee_memory_require_whole(&incidents);
    run->alert_median_s = lee_measure_quantile(&alerts, 0.5);
    run->incident_median_s = lee_measure_quantile(&incidents, 0.5);
    lee_buffer_free(&alerts);
    lee_buffer_free(&incidents);
}

lee_error lee_tune_judge(lee_tune *tune, const lee_tune_inputs *inputs,
                         const lee_terrain_files *terrain)
{
    tune->recorded_events = inputs->recorded_events;
    tune->is_journal = inputs->is_journal;
    lee_error error = lee_tune_scene_make(inputs, terrain, &tune->scene);
    for (uint32_t i = 0; i < tune->run_count && error == LEE_OK; i++) {
        lee_tune_run *const run = &tune->runs[i];
        error = run_once(tune, run, inputs, terrain);
        if (error == LEE_OK && run->incident_count > 0) {
            qsort(run->incidents, run->incident_count, sizeof *run->incidents, compare_incidents);
        }
    }
    if (error == LEE_OK) {
        error = measure(tune);
    }
    for (uint32_t i = 0; i < tune->run_count && error == LEE_OK; i++) {
        summarise(&tune->runs[i]);
        compare(&tune->runs[0], &tune->runs[i]);
    }
    return error;
}

/* --- figures ------------------------------------------------------------------------------------
 */

void lee_tune_run_name(const lee_tune_run *run, lee_buffer *out)
{
    for (uint32_t i = 0; i < run->setting_count; i++) {
        lee_buffer_text(out, i > 0 ? " " : "");
        lee_buffer_text(out, run->settings[i].key);
        lee_buffer_char(out, '=');
        lee_buffer_text(out, run->settings[i].text);
    }
    if (run->setting_count == 0) {
        lee_buffer_text(out, "as recorded");
    }
}

double lee_tune_share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

double lee_tune_warning_share(lee_tune_run *run)
{
    return lee_measure_quantile(&run->sums.shares, 0.5);
}

double lee_tune_unneeded_share(const lee_tune_run *run)
{
    const size_t *const by = run->sums.alerts_by;
    return lee_tune_share(by[LEE_MEASURE_UNNECESSARY] + by[LEE_MEASURE_UNDESIRABLE] +
                              by[LEE_MEASURE_VOID],
                          run->sums.alerts);
}

const char *lee_tune_zone_name(const lee_tune *tune, const lee_tune_incident *one)
{
    return one->life == LEE_TUNE_NONE ? "?" : tune->scene.lives[one->life].zone->id;
}

const char *lee_tune_outcome_name(const lee_tune_incident *one)
{
    if (one->permitted) {
        return "permitted";
    }
    if (!one->has_alert) {
        return one->entered ? "entered without alert" : "no alert";
    }
    return lee_measure_outcome_name(one->alert.outcome);
}
