/* serve/tls.h: the certificate that the port is spoken to by. */
#ifndef LEE_SERVE_TLS_H
#define LEE_SERVE_TLS_H

#include "leeward/error.h"

/* Whether a server can speak with these two PEM files: certificates from the server's own towards
 * the root, and its private key. libwebsockets reads them again, but cannot say what is wrong with
 * them. LEE_ERR_IO: a file cannot be opened; SYNTAX: it holds no such thing, or a key that needs a
 * password; DOMAIN: the key is another certificate's, or the certificate has ended; NO_MEMORY.
 * *error (not NULL) has the field of the configuration, `tls_certificate` or `tls_key`. */
LEE_CHECK_RESULT
lee_error lee_tls_check(const char *certificate, const char *key, lee_error_info *error);

#endif
