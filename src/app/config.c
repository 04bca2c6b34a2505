#include "app/config.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/signer_process.h"
#include "base/alloc.h"
#include "base/limits.h"

/* Four times what a receiver hears of the busiest sky. */
#define FEED_BUDGET_PER_S 20000
/* Weeks of warnings, events and heartbeats. */
#define RESERVE_BYTES (UINT64_C(64) << 20)

/* The parsed file is kept, because the texts of the configuration stand in it. */
struct lee_config_texts {
    json_t *root;
};

typedef struct {
    const char *path;
    lee_config *config;
    bool refused;
} reading;

static void refuse(reading *r, const char *field, const char *reason)
{
    fprintf(stderr, "%s: %s: %s\n", r->path, field, reason);
    r->refused = true;
}

static const char *read_text(reading *r, const char *field, const json_t *value)
{
    if (!json_is_string(value) || json_string_length(value) == 0) {
        refuse(r, field, "must be text");
        return NULL;
    }
    return json_string_value(value);
}

static void copy_text(reading *r, const char *field, const json_t *value, char *out)
{
    const char *const text = read_text(r, field, value);
    if (!text) {
        return;
    }
    if (strlen(text) >= LEE_SESSION_TEXT_BYTES) {
        refuse(r, field, "is longer than 127 bytes");
        return;
    }
    memcpy(out, text, strlen(text) + 1);
}

/* A number times `scale`, rounded, within the range. */
static int32_t read_number(reading *r, const char *field, const json_t *value, double scale,
                           double min, double max)
{
    const double number = json_is_number(value) ? json_number_value(value) : NAN;
    if (!(number >= min && number <= max)) {
        char reason[96];
        snprintf(reason, sizeof reason, "must be a number from %g to %g", min, max);
        refuse(r, field, reason);
        return 0;
    }
    return (int32_t)floor(number * scale + 0.5);
}

static bool read_truth(reading *r, const char *field, const json_t *value)
{
    if (!json_is_boolean(value)) {
        refuse(r, field, "must be true or false");
    }
    return json_is_true(value);
}

static int read_texts(reading *r, const char *field, const json_t *value, const char **out)
{
    if (!json_is_array(value) || json_array_size(value) > LEE_CONFIG_TEXTS_MAX) {
        refuse(r, field, "must be a list of at most 64 texts");
        return 0;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        out[i] = read_text(r, field, json_array_get(value, i));
    }
    return r->refused ? 0 : (int)json_array_size(value);
}

/* Files, and `adsb` where aircraft are asked. */
static void read_qnh(reading *r, const json_t *value)
{
    lee_config *const config = r->config;
    const int count = read_texts(r, "qnh", value, config->qnh);
    for (int i = 0; i < count; i++) {
        if (strcmp(config->qnh[i], "adsb") == 0) {
            config->session.watch.qnh_from_aircraft = true;
        } else {
            config->qnh[config->qnh_count++] = config->qnh[i];
        }
    }
}

static void read_site(reading *r, const json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) != 2) {
        refuse(r, "site", "must be [latitude, longitude]");
        return;
    }
    lee_session *const session = &r->config->session;
    session->site.lat_e7 = read_number(r, "site", json_array_get(value, 0), 1e7, -90, 90);
    session->site.lon_e7 = read_number(r, "site", json_array_get(value, 1), 1e7, -180, 180);
    session->has_site = true;
}

static const char **outlet_slot(lee_config_outlet *outlet, const char *key)
{
    const struct {
        const char *key;
        const char **slot;
    } slots[] = {{"url", &outlet->url},
                 {"authorization", &outlet->authorization},
                 {"host", &outlet->host},
                 {"topic", &outlet->topic},
                 {"client_id", &outlet->client_id},
                 {"username", &outlet->username},
                 {"password", &outlet->password},
                 {"ca_file", &outlet->ca_file}};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (strcmp(slots[i].key, key) == 0) {
            return slots[i].slot;
        }
    }
    return NULL;
}

static void read_outlet(reading *r, const json_t *value)
{
    if (!json_is_object(value) || r->config->outlet_count == LEE_CONFIG_OUTLETS_MAX) {
        refuse(r, "outlets", "must be a list of at most 16 objects");
        return;
    }
    lee_config_outlet *const outlet = &r->config->outlets[r->config->outlet_count++];
    *outlet = (lee_config_outlet){.port = 1883, .qos = 1};
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        if (strcmp(key, "port") == 0) {
            outlet->port = read_number(r, "outlets.port", member, 1, 1, 65535);
        } else if (strcmp(key, "qos") == 0) {
            outlet->qos = read_number(r, "outlets.qos", member, 1, 1, 2);
        } else {
            const char **const slot = outlet_slot(outlet, key);
            if (!slot) {
                refuse(r, key, "is not a key of an outlet");
                continue;
            }
            *slot = read_text(r, key, member);
        }
    }
    outlet->is_mqtt = outlet->host != NULL;
    if (outlet->is_mqtt ? !outlet->topic : !outlet->url) {
        refuse(r, "outlets", "needs url (webhook), or host and topic (MQTT)");
    }
}

static void read_outlets(reading *r, const json_t *value)
{
    if (!json_is_array(value)) {
        refuse(r, "outlets", "must be a list");
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        read_outlet(r, json_array_get(value, i));
    }
}

static void read_witness(reading *r, const json_t *value)
{
    lee_attest_options *const attest = &r->config->attest;
    const char *const url = json_string_value(json_object_get(value, "url"));
    const char *const key = json_string_value(json_object_get(value, "key"));
    if (json_object_size(value) != 2 || !url || !key ||
        attest->witness_count == LEE_ATTEST_WITNESSES_MAX) {
        refuse(r, "witnesses", "must be a list of at most 16 objects with url and key");
        return;
    }
    lee_attest_witness *const witness = &attest->witnesses[attest->witness_count++];
    witness->url = url;
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        refuse(r, "witnesses.url", "must begin with http:// or https://");
    }
    if (lee_note_witness_parse(key, strlen(key), &witness->key) != LEE_OK) {
        refuse(r, "witnesses.key", "is not a witness's key NAME+ID+KEY");
    }
}

static void read_stamp_server(reading *r, const json_t *value)
{
    lee_attest_options *const attest = &r->config->attest;
    const char *const url = json_string_value(json_object_get(value, "url"));
    const char *const ca_file = json_string_value(json_object_get(value, "ca_file"));
    if (json_object_size(value) != 2 || !url || !ca_file ||
        attest->server_count == (int)LEE_STAMPS_MAX) {
        refuse(r, "time_stamps", "must be a list of at most 4 objects with url and ca_file");
        return;
    }
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        refuse(r, "time_stamps.url", "must begin with http:// or https://");
    }
    attest->servers[attest->server_count++] = (lee_attest_server){url, ca_file};
}

static bool read_attest_key(reading *r, const char *key, const json_t *value)
{
    lee_attest_options *const attest = &r->config->attest;
    const bool is_stamps = strcmp(key, "time_stamps") == 0;
    if (is_stamps || strcmp(key, "witnesses") == 0) {
        if (!json_is_array(value)) {
            refuse(r, key, "must be a list");
        }
        for (size_t i = 0; i < json_array_size(value); i++) {
            (is_stamps ? read_stamp_server : read_witness)(r, json_array_get(value, i));
        }
    } else if (strcmp(key, "time_stamp_every_s") == 0) {
        attest->stamp_every_ms = read_number(r, key, value, 1000, 1, 864000);
    } else if (strcmp(key, "witness_quorum") == 0) {
        attest->quorum = read_number(r, key, value, 1, 1, LEE_ATTEST_WITNESSES_MAX);
    } else if (strcmp(key, "attest_every_s") == 0) {
        attest->every_ms = read_number(r, key, value, 1000, 1, 3600);
    } else if (strcmp(key, "attest_ca_file") == 0) {
        attest->ca_file = read_text(r, key, value);
    } else {
        return false;
    }
    return true;
}

static bool read_session_key(reading *r, const char *key, const json_t *value)
{
    lee_session *const session = &r->config->session;
    lee_watch_options *const watch = &session->watch;
    if (strcmp(key, "sender") == 0) {
        copy_text(r, key, value, session->sender);
    } else if (strcmp(key, "sender_name") == 0) {
        copy_text(r, key, value, session->sender_name);
    } else if (strcmp(key, "contact") == 0) {
        copy_text(r, key, value, session->contact);
    } else if (strcmp(key, "web") == 0) {
        copy_text(r, key, value, session->web);
    } else if (strcmp(key, "exercise") == 0) {
        session->exercise = read_truth(r, key, value);
    } else if (strcmp(key, "site") == 0) {
        read_site(r, value);
    } else if (strcmp(key, "qnh_hpa") == 0) {
        watch->qnh_hpa_e1 = read_number(r, key, value, 10, 850, 1100);
    } else if (strcmp(key, "qnh_unknown_ft") == 0) {
        watch->qnh_unknown_ft = read_number(r, key, value, 1, 0, 10000);
    } else if (strcmp(key, "geoid_m") == 0) {
        watch->has_geoid = true;
        watch->geoid_m = read_number(r, key, value, 1, -120, 120);
    } else if (strcmp(key, "geoid_error_m") == 0) {
        watch->has_geoid = true;
        watch->geoid_error_m = read_number(r, key, value, 1, 0, 240);
    } else if (strcmp(key, "feed_budget_per_s") == 0) {
        r->config->session.feed_budget_per_s = (uint32_t)read_number(r, key, value, 1, 0, 10000000);
    } else if (strcmp(key, "tracks_max") == 0) {
        watch->tracks_max = (uint32_t)read_number(r, key, value, 1, 16, LEE_TRACKS_MAX);
    } else {
        return false;
    }
    return true;
}

static void read_signer(reading *r, const json_t *value)
{
    r->config->signer = read_text(r, "signer", value);
    if (r->config->signer &&
        (r->config->signer[0] != '/' || strlen(r->config->signer) > LEE_SIGNER_SOCKET_MAX)) {
        refuse(r, "signer", "must be the whole path of a socket, at most 107 bytes");
    }
}

static void read_key(reading *r, const char *key, const json_t *value)
{
    lee_config *const config = r->config;
    if (strcmp(key, "listen") == 0) {
        config->listen = read_text(r, key, value);
    } else if (strcmp(key, "open_reading") == 0) {
        config->open_reading = read_truth(r, key, value);
    } else if (strcmp(key, "seal_drone_operators") == 0) {
        config->seal_drone_operators = read_truth(r, key, value);
    } else if (strcmp(key, "data") == 0) {
        config->data = read_text(r, key, value);
    } else if (strcmp(key, "reserve_mib") == 0) {
        config->reserve_bytes = (uint64_t)read_number(r, key, value, 1, 0, 1048576) << 20;
    } else if (strcmp(key, "signer") == 0) {
        read_signer(r, value);
    } else if (strcmp(key, "tls_certificate") == 0) {
        config->tls_certificate = read_text(r, key, value);
    } else if (strcmp(key, "tls_key") == 0) {
        config->tls_key = read_text(r, key, value);
    } else if (strcmp(key, "keep_frames_days") == 0) {
        config->keep_frames_days = read_number(r, key, value, 1, 0, 36500);
    } else if (strcmp(key, "page") == 0) {
        config->page = read_text(r, key, value);
    } else if (strcmp(key, "places") == 0) {
        config->places = read_text(r, key, value);
    } else if (strcmp(key, "permits") == 0) {
        config->permits = read_text(r, key, value);
    } else if (strcmp(key, "terrain") == 0) {
        config->terrain = read_text(r, key, value);
    } else if (strcmp(key, "qnh") == 0) {
        read_qnh(r, value);
    } else if (strcmp(key, "zones") == 0) {
        config->zone_count = read_texts(r, key, value, config->zones);
    } else if (strcmp(key, "feeds") == 0) {
        config->feed_count = read_texts(r, key, value, config->feeds);
    } else if (strcmp(key, "outlets") == 0) {
        read_outlets(r, value);
    } else if (!read_attest_key(r, key, value) && !read_session_key(r, key, value)) {
        refuse(r, key, "is not a key of the configuration");
    }
}

void lee_config_init(lee_config *config)
{
    assert(config);
    *config = (lee_config){.reserve_bytes = RESERVE_BYTES};
    lee_session_default(&config->session);
    lee_attest_options_default(&config->attest);
    config->session.feed_budget_per_s = FEED_BUDGET_PER_S;
}

void lee_config_free(lee_config *config)
{
    if (config && config->texts) {
        json_decref(config->texts->root);
        lee_free(config->texts);
        config->texts = NULL;
    }
}

lee_error lee_config_read(const char *path, lee_config *config)
{
    assert(path && config && !config->texts);
    json_error_t error;
    json_t *const root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        fprintf(stderr, "%s:%d:%d: %s\n", path, error.line, error.column, error.text);
        return LEE_ERR_SYNTAX;
    }
    config->texts = lee_alloc(1, sizeof *config->texts);
    if (!config->texts) {
        json_decref(root);
        return LEE_ERR_NO_MEMORY;
    }
    config->texts->root = root;
    reading r = {.path = path, .config = config};
    if (!json_is_object(root)) {
        refuse(&r, "configuration", "must be a JSON object");
    }
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        read_key(&r, key, value);
    }
    if (!config->tls_certificate != !config->tls_key) {
        refuse(&r, config->tls_key ? "tls_certificate" : "tls_key", "is missing: TLS needs both");
    }
    if (config->attest.quorum > config->attest.witness_count && config->attest.witness_count > 0) {
        refuse(&r, "witness_quorum", "is more than there are witnesses");
    }
    return r.refused ? LEE_ERR_DOMAIN : LEE_OK;
}
