/* Prints one WARNING object a line: chains of every shape that the warner makes, each message also
 * as it goes out when it is not durable, for check_cap.py to hold against the schema. */
#include <stdio.h>
#include <stdlib.h>

#include "unit/warn/fixture.h"
#include "warn/degraded.h"
#include "warn/warner.h"

static void print(void *context, const lee_warning *warning)
{
    (void)context;
    lee_buffer degraded;
    lee_buffer_init(&degraded, warning->length + LEE_DEGRADED_MORE_BYTES);
    if (lee_degraded_write((const char *)warning->json, warning->length, &degraded) ||
        fwrite(warning->json, 1, warning->length, stdout) != warning->length ||
        putchar('\n') == EOF ||
        fwrite(degraded.bytes, 1, degraded.length, stdout) != degraded.length ||
        putchar('\n') == EOF) {
        exit(1);
    }
    lee_buffer_free(&degraded);
}

static void run_chain(lee_warner *warner, uint64_t incident, const char *target, const char *reason)
{
    const lee_zone zone = fixture_zone();
    const lee_track track = fixture_track(368000000, 360, 90);
    lee_event event = fixture_event(LEE_EVENT_PREDICTED, incident, 0, 368000000, 97);
    event.target = fixture_target(target);
    event.severity = (int32_t)(incident % 3);
    lee_warner_event(warner, &event, &zone, &track);
    event.kind = LEE_EVENT_ENTERED;
    event.t_us += 60 * INT64_C(1000000);
    event.lon_e7 = 370100000;
    lee_warner_event(warner, &event, &zone, &track);
    for (int minute = 0; minute < 240; minute++) {
        lee_warner_tick(warner, event.t_us + minute * INT64_C(60000000));
    }
    event.kind = LEE_EVENT_ENDED;
    event.t_us += 240 * INT64_C(60000000);
    event.present |= LEE_EVENT_HAS_REASON;
    memset(event.reason, 0, sizeof event.reason);
    memcpy(event.reason, reason, strlen(reason));
    lee_warner_event(warner, &event, NULL, NULL);
}

int main(void)
{
    /* Names that try to break the XML, and a place list without anybody near. */
    static const char nobody[] = "-100000000\t-100000000\t5\tBR\tElsewhere\n";
    static const char hostile[] = "361000000\t371000000\t52000\tSY\t]]>&amp;<!--\xFF\xC0\"'\n";
    const struct {
        const char *text;
        size_t length;
    } lists[] = {{fixture_places, sizeof fixture_places - 1},
                 {nobody, sizeof nobody - 1},
                 {hostile, sizeof hostile - 1}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        lee_places *places = NULL;
        lee_error_info error;
        if (lee_places_load(lists[i].text, lists[i].length, &places, &error)) {
            return 1;
        }
        lee_warner_options options;
        lee_warner_options_default(&options);
        options.sender = "warnings@leeward.example";
        options.sender_name = i == 0 ? "Civil Defence & Friends" : NULL;
        options.contact = i == 0 ? "radio channel 4" : NULL;
        options.web = i == 0 ? "https://leeward.example/now" : NULL;
        options.exercise = i != 1;
        options.places = places;
        lee_warner *warner = NULL;
        if (lee_warner_create(&options, print, NULL, &warner)) {
            return 1;
        }
        run_chain(warner, 10 * i + 1, "icao24:4b1815", "left");
        run_chain(warner, 10 * i + 2, "mmsi:244660000", "lost");
        run_chain(warner, 10 * i + 3, "icao24:4b1816", "averted");
        lee_warner_free(warner);
        lee_places_free(places);
    }
    return 0;
}
