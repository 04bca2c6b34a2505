/* feed/mqtt.h: listens to a topic of an MQTT broker, in a thread of its own, because the library
 * looks up names and connects while its caller waits. */
#ifndef LEE_FEED_MQTT_H
#define LEE_FEED_MQTT_H

#include "feed/uri.h"
#include "leeward/error.h"

/* The first byte of what comes out of the descriptor, a packet each: */
#define LEE_MQTT_LISTENS 'L' /* the broker has taken our subscription */
#define LEE_MQTT_MESSAGE 'M' /* its bytes follow */
#define LEE_MQTT_DROPPED 'D' /* one that was too long, or retained: of some other day */
#define LEE_MQTT_ENDED 'E'   /* the reason follows; nothing comes after it */

/* Connects once. *fd (close with lee_descriptor_close, which ends the thread too) does not block.
 * A reader that does not read holds the broker's messages up, not the thread's memory.
 * LEE_ERR_NO_MEMORY, LEE_ERR_IO (no descriptor or thread). */
LEE_CHECK_RESULT
lee_error lee_mqtt_start(const lee_feed_uri *uri, int *fd);

/* Waits a moment for the threads whose descriptors were closed, which must not use the library
 * while the process takes it down. Not for one that connects: that may take minutes. Called, as
 * the start is, by one thread. */
void lee_mqtt_settle(void);

#endif
