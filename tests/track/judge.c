/* Judges recorded reports: reads lines "t_us hex lat_e7 lon_e7 alt_ft speed_kt_e3 track_deg_e3
 * rate_fpm category nic nac_p source" ("-" for what was not said) and prints, for each target, how
 * many reports it had and every doubt when it was found first or anew after a minute. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track/table.h"

#define LINE_BYTES 512

static int64_t number(const char *text, lee_report *report, uint32_t bit)
{
    if (strcmp(text, "-") == 0) {
        return 0;
    }
    report->present |= bit;
    return strtoll(text, NULL, 10);
}

static bool read_report(char *line, lee_report *out)
{
    char *word[12];
    int count = 0;
    for (char *at = line; *at != '\0' && count < 12;) {
        word[count++] = at;
        at += strcspn(at, " \n");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    if (count != 12) {
        return false;
    }
    *out = (lee_report){.t_us = strtoll(word[0], NULL, 10),
                        .source = strcmp(word[11], "mlat") == 0   ? LEE_SOURCE_MLAT
                                  : strcmp(word[11], "tisb") == 0 ? LEE_SOURCE_TISB
                                                                  : LEE_SOURCE_ADSB};
    char target[LEE_TARGET_BYTES];
    const int length = snprintf(target, sizeof target, "icao24:%s", word[1]);
    if (!lee_target_parse(target, (size_t)length, &out->target)) {
        return false;
    }
    out->lat_e7 = (int32_t)number(word[2], out, LEE_REPORT_HAS_LAT);
    out->lon_e7 = (int32_t)number(word[3], out, LEE_REPORT_HAS_LON);
    out->alt_baro_ft = (int32_t)number(word[4], out, LEE_REPORT_HAS_ALT_BARO);
    out->speed_ground_kt_e3 = (int32_t)number(word[5], out, LEE_REPORT_HAS_SPEED_GROUND);
    out->track_deg_e3 = (int32_t)number(word[6], out, LEE_REPORT_HAS_TRACK);
    out->vertical_rate_fpm = (int32_t)number(word[7], out, LEE_REPORT_HAS_VERTICAL_RATE);
    if (strcmp(word[8], "-") != 0) {
        out->present |= LEE_REPORT_HAS_CATEGORY;
        memcpy(out->category, word[8], 2);
    }
    out->nic = (int32_t)number(word[9], out, LEE_REPORT_HAS_NIC);
    out->nac_p = (int32_t)number(word[10], out, LEE_REPORT_HAS_NAC_P);
    return true;
}

static void print_doubts(const lee_track *track, int64_t t_us)
{
    printf("doubt %s %" PRId64 " %s", track->last.target.text, t_us,
           lee_confidence_name(track->confidence));
    for (int i = 0; i < LEE_DOUBT_COUNT; i++) {
        if (track->doubts >> i & 1) {
            printf(" %s", lee_doubt_name(i));
        }
    }
    printf("\n");
}

int main(void)
{
    const lee_track_options options = {
        .capacity = LEE_TRACKS_MAX, .stale_after_s = 15, .expire_after_s = 60};
    static uint32_t seen[LEE_TRACKS_MAX];
    static int64_t told_us[LEE_TRACKS_MAX];
    lee_track_table *table = NULL;
    if (lee_track_table_create(&options, &table) != LEE_OK) {
        return 1;
    }
    const lee_hearing hearing = {.feed = 0};
    char line[LINE_BYTES];
    while (fgets(line, sizeof line, stdin)) {
        lee_report report;
        if (!read_report(line, &report)) {
            fprintf(stderr, "not a report: %s\n", line);
            return 1;
        }
        const lee_track_update update = lee_track_table_put(table, &report, &hearing);
        const lee_track *const track = lee_track_table_at(table, update.slot);
        const bool is_anew = track->doubts != 0 && track->doubted_us == report.t_us &&
                             report.t_us - told_us[update.slot] > 60000000;
        if ((track->doubts & ~seen[update.slot]) || is_anew) {
            print_doubts(track, report.t_us);
            told_us[update.slot] = report.t_us;
        }
        seen[update.slot] |= track->doubts;
    }
    for (uint32_t slot = 0; slot < lee_track_table_count(table); slot++) {
        const lee_track *const track = lee_track_table_at(table, slot);
        printf("track %s %" PRIu32 " %s\n", track->last.target.text, track->report_count,
               lee_confidence_name(track->confidence));
    }
    lee_track_table_free(table);
    return 0;
}
