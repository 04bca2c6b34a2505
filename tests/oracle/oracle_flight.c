/* What a target said, and what its turns tell. */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "oracle_flight.h"

#define S 1000000.0

void oracle_flight_begin(oracle_flight *flight)
{
    memset(flight, 0, offsetof(oracle_flight, courses));
    flight->newest_us = INT64_MIN;
    flight->course_count = 0;
    flight->turned_deg = 0;
    flight->span_s = 0;
}

static void say(oracle_said *field, bool has, int32_t value, int64_t t_us, int64_t newest_us,
                int64_t expire_us)
{
    const bool gone = field->has && newest_us - field->t_us > expire_us;
    if (has && (!field->has || gone || t_us >= field->t_us)) {
        *field = (oracle_said){true, t_us, value};
    }
}

/* Of two altitudes 4 to 30 s apart. */
static void make_rate(oracle_flight *f, int64_t t_us, int32_t alt_ft)
{
    const int64_t span_us = t_us - f->base.t_us;
    if (f->base.has && span_us > 0 && span_us < 4 * (int64_t)S) {
        return;
    }
    if (f->base.has && span_us > 0 && span_us <= 30 * (int64_t)S) {
        const int64_t rate = ((int64_t)alt_ft - f->base.value) * 60 * (int64_t)S / span_us;
        const bool real = rate >= -30000 && rate <= 30000;
        f->made = (oracle_said){real, t_us, real ? (int32_t)rate : 0};
    }
    f->base = (oracle_said){true, t_us, alt_ft};
}

static double turn_deg(int32_t from_e3, int32_t to_e3)
{
    double turn = fmod((to_e3 - from_e3) / 1000.0 + 720.0, 360.0);
    return turn > 180.0 ? turn - 360.0 : turn;
}

static void hear_course(oracle_flight *f, int64_t t_us, int32_t track_e3)
{
    const oracle_said *const last = f->course_count > 0 ? &f->courses[f->course_count - 1] : NULL;
    const double gap_s = last ? (double)(t_us - last->t_us) / S : INFINITY;
    if (gap_s > 30.0) {
        f->turned_deg = 7.5;
        f->span_s = 15.0;
    } else {
        const double fade = 60.0 / (60.0 + gap_s);
        f->turned_deg = f->turned_deg * fade + fabs(turn_deg(last->value, track_e3));
        f->span_s = f->span_s * fade + gap_s;
    }
    assert(f->course_count < ORACLE_COURSES);
    f->courses[f->course_count++] = (oracle_said){true, t_us, track_e3};
}

void oracle_flight_hear(oracle_flight *f, const oracle_report *r, int64_t expire_us)
{
    const bool newer = r->t_us >= f->newest_us;
    const int64_t newest_us = newer ? r->t_us : f->newest_us;
    say(&f->alt, r->has_alt, r->alt_ft, r->t_us, newest_us, expire_us);
    say(&f->speed, r->has_course, r->speed_kt_e3, r->t_us, newest_us, expire_us);
    say(&f->track, r->has_course, r->track_deg_e3, r->t_us, newest_us, expire_us);
    say(&f->rate, r->has_rate, r->rate_fpm, r->t_us, newest_us, expire_us);
    say(&f->nac_p, r->has_nac_p, r->nac_p, r->t_us, newest_us, expire_us);
    say(&f->squawk, r->has_squawk, r->squawk, r->t_us, newest_us, expire_us);
    say(&f->selected, r->has_selected, r->selected_ft, r->t_us, newest_us, expire_us);
    say(&f->emergency, r->has_emergency, r->emergency, r->t_us, newest_us, expire_us);
    f->newest_us = newest_us;
    if (newer && r->has_alt) {
        make_rate(f, r->t_us, r->alt_ft);
    }
    if (newer && r->has_course) {
        hear_course(f, r->t_us, r->track_deg_e3);
    }
}

/* Courses are kept that came at least a second after the last one kept; the sample of the turn is
 * the newest kept that is 4 s old. A silence of more than 15 s forgets them. */
double oracle_turn_rate(const oracle_flight *f, int64_t now_us)
{
    static oracle_said kept[ORACLE_COURSES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->course_count; i++) {
        const oracle_said *const c = &f->courses[i];
        if (i > 0 && c->t_us - f->courses[i - 1].t_us > 15 * (int64_t)S) {
            count = 0;
        }
        if (count == 0 || c->t_us - kept[count - 1].t_us >= (int64_t)S) {
            kept[count++] = *c;
        }
    }
    while (count-- > 0) {
        const double age_s = (double)(now_us - kept[count].t_us) / S;
        if (age_s > 15.0) {
            break;
        }
        if (age_s >= 4.0) {
            const double rate =
                turn_deg(kept[count].value, f->courses[f->course_count - 1].value) / age_s;
            return fmax(-6.0, fmin(6.0, rate));
        }
    }
    return 0.0;
}

double oracle_unrest(const oracle_flight *f, double speed_mps, bool has_alt, int32_t alt_ft)
{
    static const double turns[] = {0.0, 0.12, 0.35, 0.75, 1.7, 4.0, 8.0, 20.0};
    static const double leaves[] = {0.0008, 0.0016, 0.008, 0.0145, 0.035, 0.072, 0.107, 0.15};
    const double turn = f->course_count > 0 ? f->turned_deg / f->span_s : 0.5;
    double unrest = leaves[7];
    for (int i = 6; i >= 0; i--) {
        if (turn < turns[i + 1]) {
            unrest = leaves[i] +
                     (leaves[i + 1] - leaves[i]) * (turn - turns[i]) / (turns[i + 1] - turns[i]);
        }
    }
    const double fast = fmax(0, fmin(1, (speed_mps - 50.0) / 60.0));
    const double high = has_alt ? fmax(0, fmin(1, (alt_ft - 5000.0) / 7000.0)) : 0;
    return unrest * (1 - 0.7 * fmax(fast, high)) * (has_alt && alt_ft < 2000 ? 1.7 : 1.0);
}
