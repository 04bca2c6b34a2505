#define _GNU_SOURCE
#include "io/resolve.h"

#include <assert.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

struct lee_resolve {
    pthread_mutex_t lock;
    int holders; /* the thread or the post it made, and the caller; freed at 0 */
    bool cancelled;
    lee_loop *loop;
    char host[LEE_HOST_BYTES];
    uint16_t port;
    lee_resolve_callback *callback;
    void *context;
    lee_address addresses[LEE_RESOLVE_MAX];
    int count;
    const char *reason;
};

static void resolve_release(lee_resolve *resolve)
{
    (void)pthread_mutex_lock(&resolve->lock);
    const int left = --resolve->holders;
    (void)pthread_mutex_unlock(&resolve->lock);
    if (left == 0) {
        (void)pthread_mutex_destroy(&resolve->lock);
        lee_free(resolve);
    }
}

static void resolve_deliver(void *context)
{
    lee_resolve *const resolve = context;
    if (!resolve->cancelled) {
        resolve->cancelled = true;
        resolve->callback(resolve->context, resolve->addresses, resolve->count, resolve->reason);
        resolve_release(resolve); /* the caller's share */
    }
    resolve_release(resolve);
}

static void resolve_look_up(lee_resolve *resolve)
{
    char port[8];
    (void)snprintf(port, sizeof port, "%u", (unsigned)resolve->port);
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const int status = getaddrinfo(resolve->host, port, &hints, &found);
    if (status != 0) {
        resolve->reason = status == EAI_NONAME  ? "the host is not known"
                          : status == EAI_AGAIN ? "no name server answers"
                                                : "the name could not be looked up";
        return;
    }
    for (const struct addrinfo *each = found; each && resolve->count < LEE_RESOLVE_MAX;
         each = each->ai_next) {
        lee_address *const address = &resolve->addresses[resolve->count];
        if (each->ai_addrlen <= sizeof address->bytes) {
            memcpy(address->bytes, each->ai_addr, each->ai_addrlen);
            address->length = each->ai_addrlen;
            resolve->count++;
        }
    }
    freeaddrinfo(found);
    if (resolve->count == 0) {
        resolve->reason = "the host has no address";
    }
}

static void *resolve_thread(void *context)
{
    lee_resolve *const resolve = context;
    resolve_look_up(resolve);
    /* The lock is held while posting, so that after a cancel the loop is touched no more. */
    (void)pthread_mutex_lock(&resolve->lock);
    const bool posted =
        !resolve->cancelled && lee_loop_post(resolve->loop, resolve_deliver, resolve) == LEE_OK;
    (void)pthread_mutex_unlock(&resolve->lock);
    if (!posted) {
        resolve_release(resolve);
    }
    return NULL;
}

lee_error lee_resolve_start(lee_loop *loop, const char *host, uint16_t port,
                            lee_resolve_callback *callback, void *context, lee_resolve **out)
{
    assert(loop && host && callback && out);
    assert(strlen(host) < LEE_HOST_BYTES);

    lee_resolve *const resolve = lee_alloc(1, sizeof *resolve);
    if (!resolve) {
        return LEE_ERR_NO_MEMORY;
    }
    (void)pthread_mutex_init(&resolve->lock, NULL);
    resolve->holders = 2;
    resolve->loop = loop;
    (void)snprintf(resolve->host, sizeof resolve->host, "%s", host);
    resolve->port = port;
    resolve->callback = callback;
    resolve->context = context;
    *out = resolve;
    if (lee_address_parse(host, port, &resolve->addresses[0])) {
        resolve->count = 1;
        if (lee_loop_post(loop, resolve_deliver, resolve) == LEE_OK) {
            return LEE_OK;
        }
    } else {
        pthread_t thread;
        if (pthread_create(&thread, NULL, resolve_thread, resolve) == 0) {
            (void)pthread_detach(thread);
            return LEE_OK;
        }
    }
    resolve_release(resolve);
    resolve_release(resolve);
    *out = NULL;
    return LEE_ERR_IO;
}

void lee_resolve_cancel(lee_resolve *resolve)
{
    if (!resolve) {
        return;
    }
    (void)pthread_mutex_lock(&resolve->lock);
    assert(!resolve->cancelled);
    resolve->cancelled = true;
    (void)pthread_mutex_unlock(&resolve->lock);
    resolve_release(resolve);
}
