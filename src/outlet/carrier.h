/* outlet/carrier.h: how one kind of outlet carries a message; used on the outlet's thread alone. */
#ifndef LEE_OUTLET_CARRIER_H
#define LEE_OUTLET_CARRIER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "outlet/outlet.h"

#define LEE_CARRIER_REASON_BYTES 160u

/* A table of functions and its state. `stopping` is set by the loop's thread: long waits look at it
 * and give up. */
typedef struct lee_carrier lee_carrier;
struct lee_carrier {
    /* One attempt. Pending: try again later; `reason` then says why. The same message is given
     * again until it is delivered or failed. */
    lee_delivery_state (*send)(lee_carrier *carrier, const char *identifier, const uint8_t *body,
                               size_t length, char reason[LEE_CARRIER_REASON_BYTES]);
    /* Called about once a second while nothing is to be sent. */
    void (*idle)(lee_carrier *carrier);
    void (*free)(lee_carrier *carrier);
    const atomic_bool *stopping;
};

/* NULL: no memory or the library refused. `options` is borrowed and outlives the carrier. */
lee_carrier *lee_carrier_webhook(const lee_outlet_options *options, const atomic_bool *stopping);
lee_carrier *lee_carrier_mqtt(const lee_outlet_options *options, const atomic_bool *stopping);

/* Writes `text` into reason, cut to its size. */
void lee_carrier_say(char reason[LEE_CARRIER_REASON_BYTES], const char *text);

#endif
