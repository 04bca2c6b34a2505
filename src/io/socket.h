/* io/socket.h: sockets without blocking, and addresses as text.
 *
 * Every descriptor made here is non-blocking and closed on exec. Functions that can fail for the
 * system's reasons answer a descriptor or count, or a negated errno value, as base/file.h does;
 * lee_socket_text_error makes it a text. */
#ifndef LEE_IO_SOCKET_H
#define LEE_IO_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEE_HOST_BYTES 256

/* "HOST:PORT", "[IPV6]:PORT", or "PORT" and ":PORT" where `host_optional` (host is then ""). Port
 * 1..65535, or 0 too where `port_zero`. False, with *reason a static sentence: the rest unchanged.
 */
bool lee_host_port_parse(const char *text, size_t length, bool host_optional, bool port_zero,
                         char host[LEE_HOST_BYTES], uint16_t *port, const char **reason);

/* A numeric address as the kernel takes it. */
typedef struct {
    uint8_t bytes[32]; /* room for struct sockaddr_in6 */
    uint32_t length;   /* 0: none */
} lee_address;

/* Reads a numeric IPv4 or IPv6 address; asks no name server. */
bool lee_address_parse(const char *host, uint16_t port, lee_address *out);
bool lee_address_is_multicast(const lee_address *address);
bool lee_address_is_loopback(const lee_address *address);
/* "127.0.0.1:30005", "[::1]:30005". */
void lee_address_format(const lee_address *address, char out[64]);

/* Begins a connection; it is made, or failed, when the descriptor becomes writable: ask
 * lee_socket_connected then. Small writes go at once, and a dead peer is noticed after about a
 * minute (keep-alive). */
int lee_socket_connect(const lee_address *address);
/* 0, or why it failed. */
int lee_socket_connected(int fd);

/* Connects to the socket at `path` on this machine that takes messages whole (SOCK_SEQPACKET): at
 * once or not at all. -ENAMETOOLONG: the path is too long for one. */
int lee_socket_connect_path(const char *path);

/* Listens; lee_socket_port tells the port that the system picked for 0. */
int lee_socket_listen(const lee_address *address);
int lee_socket_accept(int fd);
/* The port that a socket is bound to; 0 when it is not. */
uint16_t lee_socket_port(int fd);

/* Receives datagrams sent to the address; of a multicast group when it is one, which it joins on
 * the interface that the system chooses. */
int lee_socket_udp(const lee_address *address);

/* Sends a datagram; for tests and outlets. 0 or why not. */
int lee_socket_send_to(int fd, const lee_address *address, const void *bytes, size_t length);

/* Up to `capacity` bytes; 0: the peer closed, -EAGAIN: nothing there now. */
int64_t lee_socket_read(int fd, void *bytes, size_t capacity);
int64_t lee_socket_write(int fd, const void *bytes, size_t length);

/* One datagram. *cut: it was longer than `capacity`. *lost (not NULL) is set to how many the kernel
 * has dropped on this socket so far, where it says so. -EAGAIN: none there now. */
int64_t lee_socket_read_datagram(int fd, void *bytes, size_t capacity, bool *cut, uint32_t *lost);

/* Bounds what the kernel buffers for a peer that does not read. */
void lee_socket_limit_send_buffer(int fd, int bytes);

/* A second descriptor of the same thing; -errno. */
int lee_descriptor_copy(int fd);
void lee_descriptor_close(int fd);

/* The system's words for an errno value, of either sign. */
void lee_socket_text_error(int error, char *out, size_t capacity);

#endif
