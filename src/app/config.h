/* app/config.h: the daemon's configuration file (docs/operations.md). */
#ifndef LEE_APP_CONFIG_H
#define LEE_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "app/session.h"
#include "leeward/error.h"
#include "outlet/attest.h"

#define LEE_CONFIG_TEXTS_MAX 64
#define LEE_CONFIG_OUTLETS_MAX 16

/* One place where warnings go; texts are NULL where the file says none. */
typedef struct {
    bool is_mqtt;
    const char *url;
    const char *authorization;
    const char *host;
    int port;
    const char *topic;
    const char *client_id;
    int qos;
    const char *username;
    const char *password;
    const char *ca_file;
} lee_config_outlet;

typedef struct lee_config_texts lee_config_texts;

/* Texts are owned by the configuration. */
typedef struct {
    const char *listen; /* "ADDR:PORT"; NULL: the default */
    bool open_reading;  /* whoever reaches the port may read, also beyond loopback */
    const char *data;
    uint64_t reserve_bytes;      /* of disk, set aside for the journal */
    const char *signer;          /* socket of the process that signs; NULL: it is started */
    const char *tls_certificate; /* PEM files; both or none */
    const char *tls_key;
    int64_t keep_frames_days;  /* 0: for ever */
    bool seal_drone_operators; /* what drones say of who flies them is kept, sealed */
    const char *page;          /* folder of the page instead of the one built in */
    const char *places;
    const char *permits;
    const char *terrain;                   /* folder of tiles */
    const char *qnh[LEE_CONFIG_TEXTS_MAX]; /* files of pressures stated */
    int qnh_count;
    const char *zones[LEE_CONFIG_TEXTS_MAX];
    int zone_count;
    const char *feeds[LEE_CONFIG_TEXTS_MAX];
    int feed_count;
    lee_config_outlet outlets[LEE_CONFIG_OUTLETS_MAX];
    int outlet_count;
    /* Who is asked to sign the journal's heads too; the folder is filled in by the daemon. */
    lee_attest_options attest;
    lee_session session; /* the part that decides */
    lee_config_texts *texts;
} lee_config;

/* An empty configuration: nothing watched, defaults for the rest. */
void lee_config_init(lee_config *config);
void lee_config_free(lee_config *config);

/* Reads a file into an initialised configuration. What is wrong is said on standard error as
 * FILE:LINE: field: reason; unknown keys are refused, a typing error must not switch off a feed. */
LEE_CHECK_RESULT
lee_error lee_config_read(const char *path, lee_config *config);

#endif
