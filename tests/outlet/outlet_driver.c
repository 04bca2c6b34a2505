/* Sends numbered warnings through outlets and survives kill -9: what the pipeline does, made small.
 *
 * usage: outlet_driver LOG COUNT INTERVAL_MS webhook:URL|mqtt:HOST:PORT:TOPIC:QOS…
 * LOG is its journal: lines "W json" and "D json", synced before anything is sent. Ends with 0 when
 * COUNT warnings are delivered or failed at every outlet. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "outlet/outlet.h"
#include "outlet/pending.h"

#define OUTLETS_MAX 4

typedef struct {
    FILE *log;
    lee_outlet *outlets[OUTLETS_MAX];
    uint32_t outlet_count;
    uint32_t made;
    uint32_t count;
    uint32_t settled[OUTLETS_MAX];
} driver;

static void die(const char *what)
{
    fprintf(stderr, "outlet_driver: %s\n", what);
    exit(2);
}

static int64_t now_us(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void append(driver *d, char kind, const char *json, size_t length)
{
    fprintf(d->log, "%c %.*s\n", kind, (int)length, json);
    if (fflush(d->log) || fdatasync(fileno(d->log))) {
        die("the log cannot be written");
    }
}

static void on_delivery(void *context, const lee_delivery *delivery)
{
    driver *d = context;
    append(d, 'D', (const char *)delivery->json, delivery->length);
    for (uint32_t i = 0; i < d->outlet_count; i++) {
        if (delivery->state != LEE_DELIVERY_PENDING &&
            strcmp(lee_outlet_name(d->outlets[i]), delivery->outlet) == 0) {
            d->settled[i]++;
        }
    }
}

static void make_warning(void *context)
{
    driver *d = context;
    if (d->made == d->count) {
        return;
    }
    d->made++;
    char json[512];
    const int length = snprintf(
        json, sizeof json,
        "{\"identifier\":\"leeward-test-%u\",\"msg_type\":\"Alert\",\"status\":\"Exercise\","
        "\"sent_us\":%u,\"target\":\"icao24:5ec4e7\",\"zone\":\"secret\","
        "\"headline\":{\"en\":\"number %u\"},\"cap\":\"<alert>\\\"%u\\\"</alert>\"}",
        d->made, d->made, d->made, d->made);
    append(d, 'W', json, (size_t)length);
    for (uint32_t i = 0; i < d->outlet_count; i++) {
        if (lee_outlet_push(d->outlets[i], json, (size_t)length)) {
            fprintf(stderr, "refused %u\n", d->made);
        }
    }
}

static void push_again(void *context, const char *warning, size_t length)
{
    if (lee_outlet_push(context, warning, length)) {
        die("a pending warning was refused");
    }
}

/* "HOST:PORT:TOPIC:QOS", cut up in place. */
static void read_mqtt(lee_outlet_options *o, char *spec)
{
    char *parts[4];
    for (int i = 0; i < 4; i++) {
        parts[i] = spec;
        spec = strchr(spec, ':');
        if (spec) {
            *spec++ = '\0';
        } else if (i < 3) {
            die("mqtt:HOST:PORT:TOPIC:QOS is wanted");
        }
    }
    o->kind = LEE_OUTLET_MQTT;
    o->host = parts[0];
    o->port = (int)strtol(parts[1], NULL, 10);
    o->topic = parts[2];
    o->client_id = parts[2];
    o->qos = (int)strtol(parts[3], NULL, 10);
}

static void add_outlet(driver *d, lee_loop *loop, char *spec, char names[][64])
{
    lee_outlet_options o;
    lee_outlet_options_default(&o);
    o.now_us = now_us;
    o.retry_first_ms = 50;
    o.retry_most_ms = 400;
    o.timeout_ms = 1500;
    snprintf(names[d->outlet_count], 64, "out:%u", d->outlet_count);
    o.name = names[d->outlet_count];
    if (strncmp(spec, "webhook:", 8) == 0) {
        o.kind = LEE_OUTLET_WEBHOOK;
        o.url = spec + 8;
    } else if (strncmp(spec, "mqtt:", 5) == 0) {
        read_mqtt(&o, spec + 5);
    } else {
        die("unknown outlet");
    }
    if (lee_outlet_create(&o, loop, on_delivery, d, &d->outlets[d->outlet_count])) {
        die("an outlet cannot be made");
    }
    d->outlet_count++;
}

/* Feeds the log of earlier runs to `pending` and counts what they made and settled. */
static void read_log(driver *d, const char *path, lee_outlet_pending *pending)
{
    FILE *log = fopen(path, "r");
    char line[2048];
    while (log && fgets(line, sizeof line, log)) {
        const size_t length = strlen(line);
        if (length < 3 || line[length - 1] != '\n') {
            break; /* torn by the kill: it was not durable */
        }
        const lee_record record = {.kind =
                                       line[0] == 'W' ? LEE_RECORD_WARNING : LEE_RECORD_DELIVERY,
                                   .bytes = (const uint8_t *)line + 2,
                                   .length = length - 3};
        if (lee_outlet_pending_record(pending, &record)) {
            die("a damaged record");
        }
        d->made += line[0] == 'W';
        for (uint32_t i = 0; i < d->outlet_count; i++) {
            char mark[80];
            snprintf(mark, sizeof mark, "\"outlet\":\"%s\"", lee_outlet_name(d->outlets[i]));
            d->settled[i] +=
                line[0] == 'D' && strstr(line, mark) && !strstr(line, "\"state\":\"pending\"");
        }
    }
    if (log) {
        fclose(log);
    }
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > 4 + OUTLETS_MAX) {
        die("usage: outlet_driver LOG COUNT INTERVAL_MS OUTLET…");
    }
    driver d = {.count = (uint32_t)strtoul(argv[2], NULL, 10)};
    char names[OUTLETS_MAX][64];
    lee_loop *loop = NULL;
    if (lee_loop_create(&loop)) {
        die("no loop");
    }
    for (int i = 4; i < argc; i++) {
        add_outlet(&d, loop, argv[i], names);
    }
    const char *list[OUTLETS_MAX];
    for (uint32_t i = 0; i < d.outlet_count; i++) {
        list[i] = names[i];
    }
    lee_outlet_pending *pending = NULL;
    if (lee_outlet_pending_create(list, d.outlet_count, 4096, &pending)) {
        die("no memory");
    }
    read_log(&d, argv[1], pending);
    d.log = fopen(argv[1], "a");
    if (!d.log) {
        die("the log cannot be opened");
    }
    for (uint32_t i = 0; i < d.outlet_count; i++) {
        lee_outlet_pending_each(pending, i, push_again, d.outlets[i]);
    }
    lee_outlet_pending_free(pending);
    lee_loop_timer *timer = NULL;
    const int64_t interval_ms = strtol(argv[3], NULL, 10);
    if (lee_loop_add_timer(loop, interval_ms, interval_ms, make_warning, &d, &timer)) {
        die("no timer");
    }
    bool done = false;
    while (!done) {
        if (lee_loop_run_once(loop, 1000)) {
            die("the loop failed");
        }
        done = d.made == d.count;
        for (uint32_t i = 0; i < d.outlet_count; i++) {
            done = done && d.settled[i] >= d.count;
        }
    }
    lee_loop_remove_timer(loop, timer);
    for (uint32_t i = 0; i < d.outlet_count; i++) {
        lee_outlet_free(d.outlets[i]);
    }
    lee_loop_free(loop);
    fclose(d.log);
    return 0;
}
