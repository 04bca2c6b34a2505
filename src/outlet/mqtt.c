#include <mosquitto.h>
#include <stdio.h>

#include "base/alloc.h"
#include "outlet/carrier.h"

/* One turn of the library's loop waits so long, so that stopping is noticed soon. */
#define TURN_MS 200
#define KEEPALIVE_S 20

/* The library keeps a message that it was given until the broker has acknowledged it, and sends it
 * again after a reconnect. So a message is published once and then only waited for: publishing it
 * again would make two of it. */
typedef struct {
    lee_carrier carrier; /* first, so that the one is the other */
    const lee_outlet_options *options;
    struct mosquitto *client;
    bool was_connected; /* ever: afterwards mosquitto_reconnect keeps the messages in flight */
    bool connected;     /* the broker accepted us */
    int refusal;        /* CONNACK code; 0: none */
    bool in_flight;
    bool acknowledged;
    int message_id;
} mqtt;

static void on_connect(struct mosquitto *client, void *context, int code)
{
    (void)client;
    mqtt *m = context;
    m->connected = code == 0;
    m->refusal = code;
}

static void on_disconnect(struct mosquitto *client, void *context, int code)
{
    (void)client;
    (void)code;
    mqtt *m = context;
    m->connected = false;
}

/* PUBACK for QoS 1, PUBCOMP for QoS 2. */
static void on_publish(struct mosquitto *client, void *context, int message_id)
{
    (void)client;
    mqtt *m = context;
    if (m->in_flight && message_id == m->message_id) {
        m->acknowledged = true;
    }
}

/* Runs the library's loop until `*until` or the time is over. Returns its last error. */
static int run(mqtt *m, const bool *until)
{
    int code = MOSQ_ERR_SUCCESS;
    for (int32_t waited_ms = 0; !*until && waited_ms < m->options->timeout_ms;
         waited_ms += TURN_MS) {
        code = mosquitto_loop(m->client, TURN_MS, 1);
        if (code != MOSQ_ERR_SUCCESS || m->refusal != 0 || atomic_load(m->carrier.stopping)) {
            break;
        }
    }
    return code;
}

static bool connect_now(mqtt *m, char reason[LEE_CARRIER_REASON_BYTES])
{
    if (m->connected) {
        return true;
    }
    m->refusal = 0;
    int code = m->was_connected
                   ? mosquitto_reconnect(m->client)
                   : mosquitto_connect(m->client, m->options->host, m->options->port, KEEPALIVE_S);
    if (code == MOSQ_ERR_SUCCESS) {
        m->was_connected = true;
        code = run(m, &m->connected);
    }
    if (m->connected) {
        return true;
    }
    if (m->refusal != 0) {
        (void)snprintf(reason, LEE_CARRIER_REASON_BYTES, "the broker refused: %s",
                       mosquitto_connack_string(m->refusal));
    } else {
        (void)snprintf(reason, LEE_CARRIER_REASON_BYTES, "no connection to the broker: %s",
                       code == MOSQ_ERR_SUCCESS ? "no answer" : mosquitto_strerror(code));
    }
    (void)mosquitto_disconnect(m->client);
    m->connected = false;
    return false;
}

static lee_delivery_state publish(mqtt *m, const uint8_t *body, size_t length,
                                  char reason[LEE_CARRIER_REASON_BYTES])
{
    m->acknowledged = false;
    m->in_flight = true;
    const int code = mosquitto_publish(m->client, &m->message_id, m->options->topic, (int)length,
                                       body, m->options->qos, false);
    if (code == MOSQ_ERR_SUCCESS) {
        return LEE_DELIVERY_DELIVERED;
    }
    m->in_flight = false;
    lee_carrier_say(reason, mosquitto_strerror(code));
    return code == MOSQ_ERR_PAYLOAD_SIZE || code == MOSQ_ERR_OVERSIZE_PACKET ? LEE_DELIVERY_FAILED
                                                                             : LEE_DELIVERY_PENDING;
}

static lee_delivery_state mqtt_send(lee_carrier *carrier, const char *identifier,
                                    const uint8_t *body, size_t length,
                                    char reason[LEE_CARRIER_REASON_BYTES])
{
    (void)identifier; /* stands in the body */
    mqtt *m = (mqtt *)carrier;
    if (!connect_now(m, reason)) {
        return LEE_DELIVERY_PENDING;
    }
    if (!m->in_flight) {
        const lee_delivery_state state = publish(m, body, length, reason);
        if (state != LEE_DELIVERY_DELIVERED) {
            return state;
        }
    }
    const int code = run(m, &m->acknowledged);
    if (m->acknowledged) {
        m->in_flight = false;
        return LEE_DELIVERY_DELIVERED;
    }
    (void)snprintf(reason, LEE_CARRIER_REASON_BYTES, "the broker did not acknowledge: %s",
                   code == MOSQ_ERR_SUCCESS ? "no answer" : mosquitto_strerror(code));
    (void)mosquitto_disconnect(m->client);
    m->connected = false;
    return LEE_DELIVERY_PENDING;
}

static void mqtt_idle(lee_carrier *carrier)
{
    mqtt *m = (mqtt *)carrier;
    if (m->connected && mosquitto_loop(m->client, 0, 1) != MOSQ_ERR_SUCCESS) {
        m->connected = false;
    }
}

static void mqtt_free(lee_carrier *carrier)
{
    mqtt *m = (mqtt *)carrier;
    if (m->connected) {
        (void)mosquitto_disconnect(m->client);
    }
    mosquitto_destroy(m->client);
    (void)mosquitto_lib_cleanup();
    lee_free(m);
}

static bool set_up(mqtt *m)
{
    const lee_outlet_options *o = m->options;
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_disconnect_callback_set(m->client, on_disconnect);
    mosquitto_publish_callback_set(m->client, on_publish);
    bool good = true;
    if (o->username) {
        good = !mosquitto_username_pw_set(m->client, o->username, o->password);
    }
    if (o->ca_file) {
        good = good && !mosquitto_tls_set(m->client, o->ca_file, NULL, NULL, NULL, NULL);
    }
    return good;
}

lee_carrier *lee_carrier_mqtt(const lee_outlet_options *options, const atomic_bool *stopping)
{
    mqtt *m = lee_alloc(1, sizeof *m);
    if (!m) {
        return NULL;
    }
    m->carrier = (lee_carrier){mqtt_send, mqtt_idle, mqtt_free, stopping};
    m->options = options;
    (void)mosquitto_lib_init(); /* counted by the library */
    m->client = mosquitto_new(options->client_id, false, m);
    if (!m->client || !set_up(m)) {
        mqtt_free(&m->carrier);
        return NULL;
    }
    return &m->carrier;
}
