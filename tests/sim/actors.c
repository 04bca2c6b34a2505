#define _GNU_SOURCE
#include "sim/actors.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/traffic.h"

static int dial(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int answer_at(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(fd, (const struct sockaddr *)&to, sizeof to) != 0 || listen(fd, 16) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool send_all(int fd, const void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t sent = send(fd, (const uint8_t *)bytes + at, length - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += (size_t)sent;
    }
    return true;
}

static void told(sim_told_list *list, sim_told item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items = realloc(list->items, list->capacity * sizeof list->items[0]);
        assert(list->items);
    }
    item.at_us = sim_now_us();
    list->items[list->count++] = item;
}

uint64_t sim_text_digest(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* --- receivers ------------------------------------------------------------------------------- */

/* Gathers the lines of one round, or sends each as a datagram. */
typedef struct {
    sim_feed *feed;
    int fd;
    char text[65536];
    size_t length;
    size_t last; /* where the line before begins */
    uint64_t lines;
    uint64_t flights;
    char held[512]; /* a datagram that the next one overtakes */
} feed_round;

static void put_line(feed_round *round, const char *line, bool is_flight)
{
    sim_feed *const feed = round->feed;
    const size_t length = strlen(line);
    round->lines++;
    round->flights += is_flight;
    if (feed->udp) {
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(feed->port)};
        (void)sendto(round->fd, line, length, 0, (const struct sockaddr *)&to, sizeof to);
        return;
    }
    assert(round->length + length < sizeof round->text);
    char *const at = round->text + round->length;
    memcpy(at, line, length);
    if (round->length > 0 && sim_chance(feed->swapped)) {
        /* This line comes before the one before. */
        char other[1024];
        const size_t before = round->length - round->last;
        memcpy(other, round->text + round->last, before);
        memmove(round->text + round->last, at, length);
        memcpy(round->text + round->last + length, other, before);
        round->length += length;
        round->last += length;
        return;
    }
    round->last = round->length;
    round->length += length;
}

static void put_target(feed_round *round, uint32_t number, int64_t utc_us)
{
    sim_feed *const feed = round->feed;
    char line[512];
    if (sim_chance(feed->garbage)) {
        sim_line_of_garbage(line);
        put_line(round, line, false);
    }
    sim_line_of_target(feed->format, number, utc_us, line);
    put_line(round, line, true);
    if (sim_chance(feed->duplicated)) {
        put_line(round, line, true);
    }
}

/* False: the other side is gone. */
static bool send_round(feed_round *round)
{
    sim_feed *const feed = round->feed;
    const int rounds = sim_chance(feed->bursts) ? 10 : 1;
    int64_t utc_us = sim_host_utc_us(feed->host);
    for (int i = 0; i < rounds; i++, utc_us += 100000) {
        round->length = 0;
        round->last = 0;
        round->lines = 0;
        round->flights = 0;
        for (uint32_t k = 0; k < feed->targets; k++) {
            put_target(round, feed->first_target + k, utc_us);
        }
        if (round->length > 0 && !send_all(round->fd, round->text, round->length)) {
            return false;
        }
        feed->lines += round->lines;
        feed->flights += round->flights;
    }
    return true;
}

static void run_rounds(sim_feed *feed, int fd)
{
    feed_round *const round = calloc(1, sizeof *round);
    assert(round);
    round->feed = feed;
    round->fd = fd;
    bool good = true;
    while (good && (feed->udp || !sim_chance(feed->drops))) {
        usleep((useconds_t)feed->period_us);
        struct pollfd there = {.fd = fd, .events = POLLIN};
        uint8_t byte;
        if (!feed->udp && poll(&there, 1, 0) > 0 && read(fd, &byte, 1) <= 0) {
            break; /* who listened is gone */
        }
        good = feed->quiet || send_round(round);
    }
    free(round);
}

static void feed_main(void *context)
{
    sim_feed *const feed = context;
    if (feed->udp) {
        run_rounds(feed, socket(AF_INET, SOCK_DGRAM, 0));
        return;
    }
    const int listener = answer_at(feed->port);
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        feed->connection++;
        feed->lines = 0;
        feed->flights = 0;
        run_rounds(feed, fd);
        (void)close(fd);
    }
}

void sim_feed_start(sim_feed *feed)
{
    sim_spawn(feed->host, feed_main, feed);
}

/* --- reading messages ------------------------------------------------------------------------ */

/* The text of a JSON member that stands behind "KEY":, to its end; for objects with their braces.
 * Enough for what the program writes: no braces or quotes stand in its texts here. */
static const char *member(const char *text, const char *key, size_t *length)
{
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *const found = strstr(text, wanted);
    if (!found) {
        return NULL;
    }
    const char *const from = found + strlen(wanted);
    const char *at = from;
    int depth = 0;
    bool quoted = false;
    for (; *at != '\0'; at++) {
        if (*at == '"') {
            quoted = !quoted;
        } else if (!quoted && (*at == '{' || *at == '[')) {
            depth++;
        } else if (!quoted && (*at == '}' || *at == ']') && --depth <= 0) {
            at += depth == 0;
            break;
        } else if (!quoted && depth == 0 && *at == ',') {
            break;
        }
    }
    *length = (size_t)(at - from);
    return from;
}

static void hear_message(sim_listener *listener, const char *text)
{
    listener->messages++;
    if (strncmp(text, "{\"type\":\"event\"", 15) != 0) {
        return;
    }
    size_t length = 0;
    const char *const event = member(text, "event", &length);
    assert(event);
    const char *const number = strstr(event, "\"seq\":");
    assert(number);
    const uint64_t seq = strtoull(number + 6, NULL, 10);
    if (seq != listener->seq + 1 && listener->problem[0] == '\0') {
        (void)snprintf(listener->problem, sizeof listener->problem,
                       "event %llu was told after event %llu", (unsigned long long)seq,
                       (unsigned long long)listener->seq);
    }
    listener->seq = seq;
    told(&listener->events, (sim_told){.seq = seq, .digest = sim_text_digest(event, length)});
}

/* --- listeners ------------------------------------------------------------------------------- */

static bool upgrade(int fd, uint64_t seq)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "GET /api/v1/stream?after=%llu HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                   (unsigned long long)seq);
    if (!send_all(fd, text, strlen(text))) {
        return false;
    }
    size_t length = 0;
    while (length < sizeof text - 1) {
        if (read(fd, text + length, 1) != 1) {
            return false;
        }
        text[++length] = '\0';
        if (length >= 4 && memcmp(text + length - 4, "\r\n\r\n", 4) == 0) {
            return strncmp(text, "HTTP/1.1 101", 12) == 0;
        }
    }
    return false;
}

static bool read_all(sim_listener *listener, int fd, void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t now = length - at;
        if (listener->slow) {
            usleep(20000);
            now = now < 2000 ? now : 2000;
        }
        const ssize_t got = read(fd, (uint8_t *)bytes + at, now);
        if (got <= 0) {
            return false;
        }
        at += (size_t)got;
    }
    return true;
}

/* A message may come in several frames; false: it is over. RFC 6455, 5.2. */
static bool read_message(sim_listener *listener, int fd, char **message)
{
    size_t have = 0;
    for (;;) {
        uint8_t head[8];
        if (!read_all(listener, fd, head, 2)) {
            return false;
        }
        const bool last = (head[0] & 0x80) != 0;
        const unsigned code = head[0] & 15;
        uint64_t length = head[1] & 127;
        const size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (more > 0) {
            if (!read_all(listener, fd, head, more)) {
                return false;
            }
            length = 0;
            for (size_t i = 0; i < more; i++) {
                length = length << 8 | head[i];
            }
        }
        *message = realloc(*message, have + (size_t)length + 1);
        assert(*message);
        if (!read_all(listener, fd, *message + have, (size_t)length) || code == 8) {
            return false;
        }
        if (code == 9) {
            const uint8_t pong[6] = {0x8a, 0x80};
            if (!send_all(fd, pong, sizeof pong)) {
                return false;
            }
            continue;
        }
        have += (size_t)length;
        (*message)[have] = '\0';
        if (last) {
            return true;
        }
    }
}

static void listener_main(void *context)
{
    sim_listener *const listener = context;
    for (;;) {
        usleep((useconds_t)(100000 + sim_below(2000000)));
        const int fd = dial(listener->port);
        if (fd < 0) {
            continue;
        }
        char *message = NULL;
        if (upgrade(fd, listener->seq)) {
            listener->sessions++;
            while (read_message(listener, fd, &message)) {
                hear_message(listener, message);
                if (sim_chance(listener->leaves)) {
                    break;
                }
            }
        }
        free(message);
        (void)close(fd);
    }
}

void sim_listener_start(sim_listener *listener)
{
    sim_spawn(listener->host, listener_main, listener);
}

/* --- HTTP ------------------------------------------------------------------------------------ */

/* Reads head and body. False: it broke off. */
static bool read_http(int fd, char *text, size_t capacity, const char **body)
{
    size_t length = 0;
    size_t wanted = 0;
    *body = NULL;
    for (;;) {
        if (*body && length >= wanted) {
            return true;
        }
        if (length == capacity - 1) {
            return *body != NULL;
        }
        const ssize_t got = read(fd, text + length, capacity - 1 - length);
        if (got <= 0) {
            return false;
        }
        length += (size_t)got;
        text[length] = '\0';
        const char *const end = *body ? NULL : strstr(text, "\r\n\r\n");
        if (end) {
            *body = end + 4;
            const char *const size = strcasestr(text, "\r\ncontent-length:");
            wanted =
                (size_t)(*body - text) + (size && size < end ? strtoull(size + 17, NULL, 10) : 0);
        }
    }
}

unsigned sim_get(uint16_t port, const char *path, char *out, size_t capacity)
{
    char *const text = malloc(1024u * 1024u);
    assert(text);
    unsigned status = 0;
    const int fd = dial(port);
    out[0] = '\0';
    if (fd >= 0) {
        (void)snprintf(text, 1024,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
        const char *body = NULL;
        if (send_all(fd, text, strlen(text)) && read_http(fd, text, 1024u * 1024u, &body)) {
            status = (unsigned)strtoul(text + 9, NULL, 10);
            (void)snprintf(out, capacity, "%s", body);
        }
        (void)close(fd);
    }
    free(text);
    return status;
}

/* --- partners -------------------------------------------------------------------------------- */

typedef struct {
    sim_partner *partner;
    int fd;
} partner_call;

static void partner_answer(void *context)
{
    partner_call *const call = context;
    sim_partner *const partner = call->partner;
    char *const text = malloc(262144);
    assert(text);
    const char *body = NULL;
    while (read_http(call->fd, text, 262144, &body)) {
        const unsigned fate = sim_chance(partner->refuses) ? (unsigned)sim_below(4) : 4;
        const char *const key = strcasestr(text, "\r\nidempotency-key: ");
        assert(key);
        sim_told item = {.seq = 0};
        size_t length = strcspn(key + 19, "\r");
        length = length < sizeof item.name ? length : sizeof item.name - 1;
        memcpy(item.name, key + 19, length);
        item.is_marked = strstr(body, "\"evidence\":\"degraded\"") != NULL &&
                         strstr(body, "<valueName>evidence</valueName>") != NULL;
        if (fate == 0) {
            break;
        }
        if (fate == 1) {
            usleep(15000000); /* longer than anybody waits */
            break;
        }
        if (fate != 2) {
            told(&partner->warnings, item);
        }
        if (fate == 3) {
            break; /* taken, and the answer is lost */
        }
        const char *const answer = fate == 2 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
                                             : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        if (!send_all(call->fd, answer, strlen(answer))) {
            break;
        }
    }
    free(text);
    (void)close(call->fd);
    free(call);
}

static void partner_main(void *context)
{
    sim_partner *const partner = context;
    const int listener = answer_at(partner->port);
    for (;;) {
        partner_call *const call = malloc(sizeof *call);
        assert(call);
        *call = (partner_call){partner, accept(listener, NULL, NULL)};
        sim_spawn(partner->host, partner_answer, call);
    }
}

void sim_partner_start(sim_partner *partner)
{
    sim_spawn(partner->host, partner_main, partner);
}

/* --- operators ------------------------------------------------------------------------------- */

static bool find_token(const sim_operator *operator, char token[64])
{
    static const char mark[] = "operator token: ";
    const char *const said = strstr(sim_said(operator->node), mark);
    if (!said || strlen(said) < sizeof mark - 1 + 43) {
        return false;
    }
    memcpy(token, said + sizeof mark - 1, 43);
    token[43] = '\0';
    return true;
}

static void operator_ask(sim_operator *operator, const char * token)
{
    char text[1024];
    char body[256];
    sim_told item = {.seq = 0};
    (void)snprintf(item.name, sizeof item.name, "note-%s-%llu", sim_host_name(operator->node),
                   (unsigned long long)++operator->asked);
    (void)snprintf(body, sizeof body,
                   "{\"by\":\"desk\",\"target\":\"icao24:ffff%02x\",\"for_s\":60,\"note\":\"%s\"}",
                   (unsigned)(operator->asked % 256), item.name);
    (void)snprintf(text, sizeof text,
                   "POST /api/v1/inhibitions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Connection: close\r\nAuthorization: Bearer %s\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   token, strlen(body), body);
    const int fd = dial(operator->port);
    if (fd < 0) {
        return;
    }
    const char *answer = NULL;
    static char heard[65536];
    if (send_all(fd, text, strlen(text)) && read_http(fd, heard, sizeof heard, &answer) &&
        strncmp(heard, "HTTP/1.1 201", 12) == 0) {
        told(&operator->done, item);
    }
    (void)close(fd);
}

static void operator_main(void *context)
{
    sim_operator *const operator= context;
    for (;;) {
        usleep((useconds_t)(operator->every_us / 2 +(int64_t)
                                sim_below((uint64_t) operator->every_us)));
        char token[64];
        if (!operator->quiet && find_token(operator, token)) {
            operator_ask(operator, token);
        }
    }
}

void sim_operator_start(sim_operator *operator)
{
    sim_spawn(operator->host, operator_main, operator);
}
