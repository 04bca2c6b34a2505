/* feed/radio.h: a radio on USB, through librtlsdr's own program.
 *
 * librtlsdr is under the GPL and talks to a device that can be pulled out at any time: it runs in a
 * process of its own (rtl_sdr, of Debian's rtl-sdr), which writes samples to a pipe. Who has no
 * radio needs no such package. */
#ifndef LEE_FEED_RADIO_H
#define LEE_FEED_RADIO_H

#include <stddef.h>

#include "feed/uri.h"
#include "io/child.h"

/* Starts it for a URI of LEE_FEED_RTL. False: `reason` says why not. */
bool lee_radio_start(const lee_feed_uri *uri, lee_child **out, char *reason, size_t capacity);

/* Why it ended, after its output did. */
void lee_radio_reason(lee_child *child, char *reason, size_t capacity);

#endif
