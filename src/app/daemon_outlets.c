/* Warnings go out through outlets; what became of each comes back as a record. */
#include "app/daemon_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static int64_t outlet_now_us(void *context)
{
    return lee__daemon_now_us(context);
}

static void on_delivery(void *context, const lee_delivery *delivery)
{
    lee_daemon *const daemon = context;
    lee_buffer_reset(&daemon->scratch);
    lee_buffer_bytes(&daemon->scratch, delivery->json, delivery->length);
    lee_error_info why;
    (void)lee__daemon_submit(daemon, LEE_RECORD_DELIVERY, &why);
}

void lee__daemon_name_outlets(const lee_config *config, char names[][64])
{
    for (int i = 0; i < config->outlet_count; i++) {
        snprintf(names[i], 64, "%s:%d", config->outlets[i].is_mqtt ? "mqtt" : "webhook", i);
    }
}

static void push_again(void *context, const char *warning, size_t length)
{
    lee_outlet *const outlet = context;
    const lee_error error = lee_outlet_push(outlet, warning, length);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: outlet %s: a warning of before waits: %s\n",
                lee_outlet_name(outlet), lee_error_text(error));
    }
}

static lee_error start_one(lee_daemon *daemon, int number, const char *name)
{
    const lee_config_outlet *const wanted = &daemon->options.config->outlets[number];
    lee_outlet_options options;
    lee_outlet_options_default(&options);
    options.kind = wanted->is_mqtt ? LEE_OUTLET_MQTT : LEE_OUTLET_WEBHOOK;
    options.name = name;
    options.url = wanted->url;
    options.authorization = wanted->authorization;
    options.host = wanted->host;
    options.port = wanted->port;
    options.topic = wanted->topic;
    options.client_id = wanted->client_id ? wanted->client_id : "leeward";
    options.qos = wanted->qos;
    options.username = wanted->username;
    options.password = wanted->password;
    options.ca_file = wanted->ca_file;
    options.now_us = outlet_now_us;
    options.now_context = daemon;
    const lee_error error =
        lee_outlet_create(&options, daemon->loop, on_delivery, daemon, &daemon->outlets[number]);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: outlet %s: %s\n", name, lee_error_text(error));
        return error;
    }
    lee_outlet_pending_each(daemon->pending, (uint32_t)number, push_again, daemon->outlets[number]);
    return LEE_OK;
}

lee_error lee__daemon_start_outlets(lee_daemon *daemon)
{
    assert(daemon->pending);
    char names[LEE_CONFIG_OUTLETS_MAX][64];
    lee__daemon_name_outlets(daemon->options.config, names);
    for (int i = 0; i < daemon->options.config->outlet_count; i++) {
        const lee_error error = start_one(daemon, i, names[i]);
        if (error != LEE_OK) {
            return error;
        }
    }
    return LEE_OK;
}
