/* For accept4, SO_RXQ_OVFL and the keep-alive options. */
#define _GNU_SOURCE
#include "io/socket.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static_assert(sizeof(struct sockaddr_in6) <= sizeof((lee_address *)0)->bytes,
              "room for an address");

/* --- addresses as text ----------------------------------------------------------------------- */

static bool port_parse(const char *text, size_t length, bool port_zero, uint16_t *out)
{
    if (length == 0 || length > 5) {
        return false;
    }
    uint32_t port = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    if (port > UINT16_MAX || (port == 0 && !port_zero)) {
        return false;
    }
    *out = (uint16_t)port;
    return true;
}

/* Names of hosts, addresses, and the zone of a link-local address ("fe80::1%eth0"). */
static bool host_is_clean(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        const bool is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
                             c == ':' || c == '%';
        if (!is_name) {
            return false;
        }
    }
    return true;
}

bool lee_host_port_parse(const char *text, size_t length, bool host_optional, bool port_zero,
                         char host[LEE_HOST_BYTES], uint16_t *port, const char **reason)
{
    assert(text && host && port && reason);

    size_t colon = length;
    while (colon > 0 && text[colon - 1] != ':') {
        colon--;
    }
    const char *name = text;
    size_t name_length = colon > 0 ? colon - 1 : 0;
    if (name_length > 0 && name[0] == '[') {
        if (name[name_length - 1] != ']') {
            *reason = "the address lacks its closing bracket";
            return false;
        }
        name++;
        name_length -= 2;
    } else if (memchr(name, ':', name_length)) {
        *reason = "an IPv6 address needs brackets, as in [::1]:30005";
        return false;
    }
    if (colon == 0 && !host_optional) {
        *reason = "HOST:PORT is needed";
        return false;
    }
    if ((name_length == 0 && !host_optional) || name_length >= LEE_HOST_BYTES ||
        !host_is_clean(name, name_length)) {
        *reason = "this is not the name or address of a host";
        return false;
    }
    if (!port_parse(text + colon, length - colon, port_zero, port)) {
        *reason = "the port is not a number up to 65535";
        return false;
    }
    memcpy(host, name, name_length);
    host[name_length] = '\0';
    return true;
}

bool lee_address_parse(const char *host, uint16_t port, lee_address *out)
{
    assert(host && out);

    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        out->length = sizeof v4;
        memcpy(out->bytes, &v4, sizeof v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        out->length = sizeof v6;
        memcpy(out->bytes, &v6, sizeof v6);
        return true;
    }
    return false;
}

static int address_family(const lee_address *address)
{
    struct sockaddr any;
    assert(address->length >= sizeof(struct sockaddr_in));
    memcpy(&any, address->bytes, sizeof any);
    return any.sa_family;
}

static struct in_addr address_v4(const lee_address *address)
{
    struct sockaddr_in v4;
    memcpy(&v4, address->bytes, sizeof v4);
    return v4.sin_addr;
}

static struct in6_addr address_v6(const lee_address *address)
{
    struct sockaddr_in6 v6;
    memcpy(&v6, address->bytes, sizeof v6);
    return v6.sin6_addr;
}

bool lee_address_is_multicast(const lee_address *address)
{
    assert(address);
    if (address_family(address) == AF_INET) {
        return IN_MULTICAST(ntohl(address_v4(address).s_addr));
    }
    return address_v6(address).s6_addr[0] == 0xff;
}

bool lee_address_is_loopback(const lee_address *address)
{
    assert(address);
    if (address_family(address) == AF_INET) {
        return ntohl(address_v4(address).s_addr) >> 24 == 127;
    }
    const struct in6_addr v6 = address_v6(address);
    return memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

void lee_address_format(const lee_address *address, char out[64])
{
    assert(address && out);
    char host[INET6_ADDRSTRLEN] = "?";
    if (address_family(address) == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address->bytes, sizeof v4);
        (void)inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
        (void)snprintf(out, 64, "%s:%u", host, (unsigned)ntohs(v4.sin_port));
    } else {
        struct sockaddr_in6 v6;
        memcpy(&v6, address->bytes, sizeof v6);
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
        (void)snprintf(out, 64, "[%s]:%u", host, (unsigned)ntohs(v6.sin6_port));
    }
}

/* --- sockets --------------------------------------------------------------------------------- */

static void option_set(int fd, int level, int name, int value)
{
    /* None of these options is worth failing for: without them the socket works, only worse. */
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

static int socket_open(const lee_address *address, int type)
{
    const int fd = socket(address_family(address), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

static int fail_and_close(int fd)
{
    const int error = -errno;
    (void)close(fd);
    return error;
}

static const struct sockaddr *address_pointer(const lee_address *address,
                                              struct sockaddr_storage *room)
{
    memset(room, 0, sizeof *room);
    memcpy(room, address->bytes, address->length);
    return (const struct sockaddr *)room;
}

int lee_socket_connect(const lee_address *address)
{
    assert(address && address->length > 0);

    const int fd = socket_open(address, SOCK_STREAM);
    if (fd < 0) {
        return fd;
    }
    /* A receiver that lost power sends no FIN; 20 s of silence and 4 probes of 10 s find it. */
    option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    option_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 20);
    option_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    option_set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
    option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    struct sockaddr_storage room;
    if (connect(fd, address_pointer(address, &room), address->length) != 0 &&
        errno != EINPROGRESS) {
        return fail_and_close(fd);
    }
    return fd;
}

int lee_socket_connected(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        return -errno;
    }
    return -error;
}

int lee_socket_connect_path(const char *path)
{
    assert(path);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        return fail_and_close(fd);
    }
    return fd;
}

int lee_socket_listen(const lee_address *address)
{
    assert(address && address->length > 0);

    const int fd = socket_open(address, SOCK_STREAM);
    if (fd < 0) {
        return fd;
    }
    option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    struct sockaddr_storage room;
    if (bind(fd, address_pointer(address, &room), address->length) != 0 ||
        listen(fd, SOMAXCONN) != 0) {
        return fail_and_close(fd);
    }
    return fd;
}

int lee_socket_accept(int fd)
{
    const int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted < 0 ? -errno : accepted;
}

uint16_t lee_socket_port(int fd)
{
    struct sockaddr_storage room;
    socklen_t length = sizeof room;
    memset(&room, 0, sizeof room);
    if (getsockname(fd, (struct sockaddr *)&room, &length) != 0) {
        return 0;
    }
    lee_address address = {.length = length};
    memcpy(address.bytes, &room, sizeof address.bytes);
    if (room.ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address.bytes, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    struct sockaddr_in v4;
    memcpy(&v4, address.bytes, sizeof v4);
    return room.ss_family == AF_INET ? ntohs(v4.sin_port) : 0;
}

static bool group_join(int fd, const lee_address *address)
{
    if (address_family(address) == AF_INET) {
        struct ip_mreqn request = {.imr_multiaddr = address_v4(address)};
        return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0;
    }
    struct ipv6_mreq request = {.ipv6mr_multiaddr = address_v6(address)};
    return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request) == 0;
}

int lee_socket_udp(const lee_address *address)
{
    assert(address && address->length > 0);

    const int fd = socket_open(address, SOCK_DGRAM);
    if (fd < 0) {
        return fd;
    }
    const bool multicast = lee_address_is_multicast(address);
    if (multicast) {
        /* Several programs of one machine may listen to the same group. */
        option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    }
    option_set(fd, SOL_SOCKET, SO_RCVBUF, 4 * 1024 * 1024);
    option_set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    struct sockaddr_storage room;
    if (bind(fd, address_pointer(address, &room), address->length) != 0 ||
        (multicast && !group_join(fd, address))) {
        return fail_and_close(fd);
    }
    return fd;
}

int lee_socket_send_to(int fd, const lee_address *address, const void *bytes, size_t length)
{
    assert(address && bytes);
    struct sockaddr_storage room;
    const ssize_t sent =
        sendto(fd, bytes, length, MSG_NOSIGNAL, address_pointer(address, &room), address->length);
    return sent < 0 ? -errno : 0;
}

int64_t lee_socket_read(int fd, void *bytes, size_t capacity)
{
    for (;;) {
        const ssize_t got = read(fd, bytes, capacity);
        if (got >= 0) {
            return got;
        }
        if (errno != EINTR) {
            return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        }
    }
}

int64_t lee_socket_write(int fd, const void *bytes, size_t length)
{
    const ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int64_t lee_socket_read_datagram(int fd, void *bytes, size_t capacity, bool *cut, uint32_t *lost)
{
    assert(bytes && cut);

    /* A union, because control messages need the alignment of their header. */
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(uint32_t))];
    } control;
    struct iovec slice = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {.msg_iov = &slice,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    const ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
    if (got < 0) {
        return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
    }
    *cut = (message.msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each && lost;
         each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_RXQ_OVFL) {
            memcpy(lost, CMSG_DATA(each), sizeof *lost);
        }
    }
    return got;
}

void lee_socket_limit_send_buffer(int fd, int bytes)
{
    option_set(fd, SOL_SOCKET, SO_SNDBUF, bytes);
}

int lee_descriptor_copy(int fd)
{
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

void lee_descriptor_close(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void lee_socket_text_error(int error, char *out, size_t capacity)
{
    assert(out && capacity > 0);
    const char *const text = strerrordesc_np(error < 0 ? -error : error);
    (void)snprintf(out, capacity, "%s", text ? text : "unknown error");
}
