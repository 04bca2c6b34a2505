/* feed/uri.h: where a feed comes from, as written on the command line and in the configuration.
 *
 *   PATH or file:PATH          a file; file: takes percent escapes, a bare path is taken as it is
 *   -                          standard input
 *   tcp://HOST:PORT            a receiver that serves its data
 *   udp://[GROUP:]PORT         datagrams sent to us, or to a multicast group
 *   rtl://[SERIAL]             a radio on USB (RTL2832), by its serial number or its place (0, 1 …)
 *   mqtt://HOST[:PORT]/TOPIC   messages of a broker; mqtts:// by TLS. + and # in the topic are its
 *                              wildcards, and percent escapes are taken
 *
 * followed by ?key=value&…: format (design.md), name (how the feed is shown), t0 (the instant, RFC
 * 3339, at which a recording without times began), gz (0: never unpack), clock (gps or
 * 12mhz, which it is where not said: what a receiver of Mode S counts), silent_s (seconds without
 * a byte after which a tcp connection or a radio is given up; 0: never), site (latitude,longitude
 * of the receiver whose antenna it is), height_m (of that antenna above the sea; 30 where not
 * said), rate_hz (of samples: 2400000 or 2000000; where not said, what the file's name says, else
 * 2400000). Of rtl alone: gain_db (of the tuner, 1 to 60 with one decimal, or auto; 49.6 where not
 * said) and ppm (what its clock is off, -500 to 500). Of mqtt alone: user, password_file (its first
 * line), ca_file (else the system's), qos (0, 1 or 2; 1 where not said) and client (the name under
 * which the broker keeps what comes while we are away). */
#ifndef LEE_FEED_URI_H
#define LEE_FEED_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/frame.h"
#include "leeward/point.h"

#define LEE_FEED_PATH_BYTES 4096
#define LEE_FEED_HOST_BYTES 256
#define LEE_FEED_NAME_BYTES 64
#define LEE_FEED_SILENT_DEFAULT_S 300
#define LEE_FEED_SILENT_RADIO_S 10 /* it never has nothing to give */
#define LEE_FEED_GAIN_AUTO (-1)

typedef enum {
    LEE_FEED_FILE,
    LEE_FEED_STDIN,
    LEE_FEED_TCP,
    LEE_FEED_UDP,
    LEE_FEED_MQTT,
    LEE_FEED_RTL
} lee_feed_kind;

typedef struct {
    lee_feed_kind kind;
    char path[LEE_FEED_PATH_BYTES]; /* of FILE */
    char host[LEE_FEED_HOST_BYTES]; /* of TCP and MQTT; of UDP the group or local address, "" is
                                       any; of RTL the serial number or place, "" is the first */
    uint16_t port;
    bool has_format;
    lee_format format;              /* of has_format only */
    char name[LEE_FEED_NAME_BYTES]; /* never empty: made from the source where none is given */
    bool has_t0;
    int64_t t0_us;
    bool clock_gps; /* see leeward/deframe.h */
    bool unpack;    /* gzip is recognised and unpacked */
    int32_t silent_s;
    bool has_site;
    lee_point site;
    int32_t height_m;
    uint32_t sample_rate_hz;
    int32_t gain_db_e1; /* of RTL; LEE_FEED_GAIN_AUTO: the tuner chooses */
    int32_t ppm;
    bool tls; /* this and the rest of MQTT only; "" is none */
    int qos;
    char topic[256];
    char user[128];
    char password_file[256];
    char ca_file[256];
    char client[64];
} lee_feed_uri;

/* Whether it comes as it happens, and not from a recording. */
bool lee_feed_uri_is_live(const lee_feed_uri *uri);

/* Reads a feed URI. LEE_ERR_SYNTAX, LIMIT (too long), DOMAIN (a value out of range) or UNSUPPORTED
 * (a scheme or format that is not known): *error (not NULL) names offset, field and reason, and
 * *out is unchanged. */
LEE_CHECK_RESULT
lee_error lee_feed_uri_parse(const char *text, size_t length, lee_feed_uri *out,
                             lee_error_info *error);

#endif
