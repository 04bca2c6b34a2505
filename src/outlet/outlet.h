/* outlet/outlet.h: gives warnings to others: a webhook or an MQTT topic.
 *
 * An outlet is fed with warnings that are durable already. It sends them in order, one at a time,
 * and tries again until the other side has taken one: a webhook answered 2xx; a broker sent PUBACK
 * or PUBCOMP. What leaves is the public form of a warning (warn/message.h), never target, zone or
 * minutes by place.
 *
 * Each outlet has a thread of its own that only takes and gives messages, so a slow receiver holds
 * up neither the others nor the watch. Everything here is called on the loop's thread, and every
 * outcome is told on it, to be journalled as LEE_RECORD_DELIVERY. A process that dies between the
 * receiver's answer and the durable record sends the warning once more: receivers drop what they
 * know by the header Idempotency-Key, or by "identifier" in the message. */
#ifndef LEE_OUTLET_OUTLET_H
#define LEE_OUTLET_OUTLET_H

#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"
#include "leeward/error.h"

typedef struct lee_outlet lee_outlet;

typedef enum { LEE_OUTLET_WEBHOOK, LEE_OUTLET_MQTT } lee_outlet_kind;

/* Pending: tried and to be tried again. Failed: the receiver refused it for good (HTTP 4xx other
 * than 408, 425 and 429; a message too large for the broker): it is passed over. */
typedef enum {
    LEE_DELIVERY_PENDING,
    LEE_DELIVERY_DELIVERED,
    LEE_DELIVERY_FAILED
} lee_delivery_state;

/* Texts are copied. */
typedef struct {
    lee_outlet_kind kind;
    const char *name;          /* "webhook:0": unique, at most 63 bytes; stands in the journal */
    const char *url;           /* webhook: http:// or https:// */
    const char *authorization; /* webhook: value of that header; NULL: none */
    const char *host;          /* mqtt */
    int port;                  /* mqtt: 1883 */
    const char *topic;         /* mqtt */
    const char *client_id;     /* mqtt: stable over restarts, so that the broker's session is too */
    int qos;                   /* mqtt: 1 or 2 */
    const char *username;      /* mqtt: NULL: none; so the next two */
    const char *password;
    const char *ca_file; /* mqtt: TLS with this authority; webhook: instead of the system's */
    uint32_t queue_max;  /* warnings waiting; reaching it is told and counted */
    int32_t retry_first_ms;
    int32_t retry_most_ms;            /* the wait doubles up to this */
    int32_t timeout_ms;               /* of one attempt */
    int64_t (*now_us)(void *context); /* UTC, asked on the loop's thread for the records */
    void *now_context;
} lee_outlet_options;

/* 1,024 waiting, 1 s to 60 s between attempts, 10 s for one, port 1883, QoS 1. */
void lee_outlet_options_default(lee_outlet_options *out);

/* One outcome; everything is borrowed and lives until the sink returns. */
typedef struct {
    const char *identifier;
    const char *outlet;
    lee_delivery_state state;
    uint32_t attempts;
    int64_t t_us;
    const char *reason;  /* NULL when delivered */
    const uint8_t *json; /* the DELIVERY record: {"identifier","outlet","state","attempts","t_us",
                          * "reason"} */
    size_t length;
} lee_delivery;

typedef void lee_delivery_sink(void *context, const lee_delivery *delivery);

/* Starts the outlet's thread. LEE_ERR_DOMAIN: an option is missing or out of range. NO_MEMORY, IO.
 */
LEE_CHECK_RESULT
lee_error lee_outlet_create(const lee_outlet_options *options, lee_loop *loop,
                            lee_delivery_sink *sink, void *context, lee_outlet **out);

/* Stops the thread, which gives up an attempt under way within a second; what was not delivered is
 * not lost: the journal holds it (outlet/pending.h). */
void lee_outlet_free(lee_outlet *outlet);

/* Queues a durable warning: the WARNING object of its record. LEE_ERR_LIMIT: the queue is full,
 * told to the sink as pending with reason "queue full"; after the next start it is sent.
 * LEE_ERR_SYNTAX or MISSING: it is no such object. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_outlet_push(lee_outlet *outlet, const char *warning, size_t length);

const char *lee_outlet_name(const lee_outlet *outlet);

typedef struct {
    uint64_t delivered;
    uint64_t failed;
    uint64_t attempts_failed;
    uint64_t refused; /* queue full */
    uint32_t waiting;
} lee_outlet_counters;

void lee_outlet_count(const lee_outlet *outlet, lee_outlet_counters *out);

/* "pending", "delivered", "failed". */
const char *lee_delivery_state_name(lee_delivery_state state);

#endif
