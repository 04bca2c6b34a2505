#define _GNU_SOURCE /* SOCK_CLOEXEC, pthread_tryjoin_np, pthread_clockjoin_np */
#include "feed/mqtt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "feed/feed.h"
#include "io/read_file.h"
#include "io/socket.h"

/* One turn of the library's loop waits so long, so that a reader who left is noticed soon. */
#define TURN_MS 200
#define KEEPALIVE_S 20
/* So long an end is waited for: longer than a turn, shorter than a name that is not found. */
#define SETTLE_S 2
#define PASSWORD_MAX_BYTES 1024u

typedef struct {
    lee_feed_uri uri;
    int fd;
    struct mosquitto *client;
    const char *reason; /* why it is over; NULL: it is not */
} mqtt;

/* False: nobody reads any more. */
static bool tell(mqtt *m, char what, const void *bytes, size_t length)
{
    struct iovec parts[2] = {{.iov_base = &what, .iov_len = 1},
                             {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent;
    do {
        sent = sendmsg(m->fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        m->reason = "nobody reads";
    }
    return sent >= 0;
}

static void on_connect(struct mosquitto *client, void *context, int code)
{
    mqtt *const m = context;
    if (code != 0) {
        m->reason = mosquitto_connack_string(code);
    } else if (mosquitto_subscribe(client, NULL, m->uri.topic, m->uri.qos) != MOSQ_ERR_SUCCESS) {
        m->reason = "the topic could not be subscribed to";
    }
}

static void on_subscribe(struct mosquitto *client, void *context, int id, int count,
                         const int *granted)
{
    (void)client;
    (void)id;
    mqtt *const m = context;
    if (count < 1 || granted[0] > 2) {
        m->reason = "the broker does not grant the topic";
    } else {
        (void)tell(m, LEE_MQTT_LISTENS, NULL, 0);
    }
}

static void on_message(struct mosquitto *client, void *context,
                       const struct mosquitto_message *message)
{
    (void)client;
    mqtt *const m = context;
    if (m->reason || message->payloadlen <= 0) {
        return;
    }
    /* A retained message was sent before we came, nobody knows when: it is not what is now. */
    const bool fits = (size_t)message->payloadlen < LEE_FEED_CHUNK_BYTES;
    if (message->retain || !fits) {
        (void)tell(m, LEE_MQTT_DROPPED, NULL, 0);
    } else {
        (void)tell(m, LEE_MQTT_MESSAGE, message->payload, (size_t)message->payloadlen);
    }
}

/* The first line of the file. */
static bool set_user(mqtt *m)
{
    lee_buffer password;
    lee_buffer_init(&password, PASSWORD_MAX_BYTES);
    if (m->uri.password_file[0] != '\0' &&
        lee_file_read_whole(m->uri.password_file, &password) != LEE_OK) {
        m->reason = "its password_file cannot be read";
        lee_buffer_free(&password);
        return false;
    }
    lee_buffer_char(&password, '\n');
    bool set = password.error == LEE_OK;
    if (set) {
        *(char *)memchr(password.bytes, '\n', password.length) = '\0';
        set =
            mosquitto_username_pw_set(m->client, m->uri.user,
                                      m->uri.password_file[0] != '\0' ? (const char *)password.bytes
                                                                      : NULL) == MOSQ_ERR_SUCCESS;
    }
    lee_buffer_free(&password);
    m->reason = set ? NULL : "its user and password cannot be used";
    return set;
}

/* The library makes what all connections by TLS share at the first, and minds no other thread
 * meanwhile: until one has come that far, they go one after the other. */
static int connect_to(mqtt *m)
{
    static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
    static bool is_made;
    bool alone = false;
    if (m->uri.tls) {
        (void)pthread_mutex_lock(&first);
        alone = !is_made;
        if (!alone) {
            (void)pthread_mutex_unlock(&first);
        }
    }
    const int code = mosquitto_connect(m->client, m->uri.host, m->uri.port, KEEPALIVE_S);
    if (alone) {
        is_made = code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_TLS;
        (void)pthread_mutex_unlock(&first);
    }
    return code;
}

static bool set_up(mqtt *m)
{
    /* With a name of ours the broker keeps what comes while we are away. */
    const char *const name = m->uri.client[0] != '\0' ? m->uri.client : NULL;
    m->client = mosquitto_new(name, !name, m);
    if (!m->client) {
        m->reason = "out of memory";
        return false;
    }
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_subscribe_callback_set(m->client, on_subscribe);
    mosquitto_message_callback_set(m->client, on_message);
    if (m->uri.user[0] != '\0' && !set_user(m)) {
        return false;
    }
    const char *const file = m->uri.ca_file[0] != '\0' ? m->uri.ca_file : NULL;
    if (m->uri.tls && mosquitto_tls_set(m->client, file, file ? NULL : "/etc/ssl/certs", NULL, NULL,
                                        NULL) != MOSQ_ERR_SUCCESS) {
        m->reason = "its ca_file cannot be used";
        return false;
    }
    const int code = connect_to(m);
    if (code != MOSQ_ERR_SUCCESS) {
        m->reason = code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code);
    }
    return code == MOSQ_ERR_SUCCESS;
}

static bool is_read(const mqtt *m)
{
    struct pollfd reader = {.fd = m->fd, .events = 0};
    return poll(&reader, 1, 0) == 0;
}

static void *mqtt_thread(void *context)
{
    mqtt *const m = context;
    if (set_up(m)) {
        while (!m->reason && is_read(m)) {
            const int code = mosquitto_loop(m->client, TURN_MS, 1);
            if (code != MOSQ_ERR_SUCCESS && !m->reason) {
                m->reason = code == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(code);
            }
        }
        (void)mosquitto_disconnect(m->client);
    }
    if (m->reason) {
        (void)tell(m, LEE_MQTT_ENDED, m->reason, strlen(m->reason));
    }
    mosquitto_destroy(m->client);
    (void)close(m->fd);
    lee_free(m);
    return NULL;
}

/* --- threads that began and are not known to have ended ------------------------------------- */

typedef struct started {
    pthread_t thread;
    struct started *next;
} started;

static started *all_started;

/* Takes those away that have ended; waits for each until the moment given, unless NULL. */
static void take_ended(const struct timespec *until)
{
    started **link = &all_started;
    while (*link) {
        started *const one = *link;
        const int code = until ? pthread_clockjoin_np(one->thread, NULL, CLOCK_MONOTONIC, until)
                               : pthread_tryjoin_np(one->thread, NULL);
        if (code == 0) {
            *link = one->next;
            lee_free(one);
        } else {
            link = &one->next;
        }
    }
}

void lee_mqtt_settle(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SETTLE_S;
    take_ended(&until);
}

/* Once, and never undone: the library counts its users without minding other threads. */
static void prepare_library(void)
{
    (void)mosquitto_lib_init();
}

lee_error lee_mqtt_start(const lee_feed_uri *uri, int *fd)
{
    assert(uri && uri->kind == LEE_FEED_MQTT && fd);
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    (void)pthread_once(&prepared, prepare_library);
    take_ended(NULL);
    mqtt *const m = lee_alloc(1, sizeof *m);
    started *const one = lee_alloc(1, sizeof *one);
    int pair[2] = {-1, -1};
    lee_error error = m && one ? LEE_OK : LEE_ERR_NO_MEMORY;
    if (error == LEE_OK && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        error = LEE_ERR_IO;
    }
    if (error == LEE_OK) {
        (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
        m->uri = *uri;
        m->fd = pair[1];
        error = pthread_create(&one->thread, NULL, mqtt_thread, m) == 0 ? LEE_OK : LEE_ERR_IO;
    }
    if (error != LEE_OK) {
        lee_descriptor_close(pair[0]);
        lee_descriptor_close(pair[1]);
        lee_free(one);
        lee_free(m);
        return error;
    }
    one->next = all_started;
    all_started = one;
    *fd = pair[0];
    return LEE_OK;
}
