#include "serve/tls.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static lee_error refuse(lee_error_info *error, lee_error code, const char *field,
                        const char *reason)
{
    *error = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

/* Nobody sits at the daemon to be asked for a password. */
static int no_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* What OpenSSL says of a file that it did not take. */
static lee_error refuse_file(lee_error_info *error, const char *field, const char *without)
{
    const unsigned long first = ERR_peek_error();
    if (ERR_GET_LIB(first) == ERR_LIB_SYS || ERR_GET_LIB(first) == ERR_LIB_BIO) {
        return refuse(error, LEE_ERR_IO, field, "the file cannot be opened");
    }
    return refuse(error, LEE_ERR_SYNTAX, field, without);
}

static lee_error check(SSL_CTX *tls, const char *certificate, const char *key,
                       lee_error_info *error)
{
    if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1) {
        return refuse_file(error, "tls_certificate", "the file holds no certificate in PEM");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(tls))) < 0) {
        return refuse(error, LEE_ERR_DOMAIN, "tls_certificate", "the certificate has ended");
    }
    if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1) {
        return LEE_OK;
    }
    const unsigned long last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) == ERR_LIB_X509) {
        return refuse(error, LEE_ERR_DOMAIN, "tls_key", "the key is not that of the certificate");
    }
    return refuse_file(error, "tls_key", "the file holds no private key in PEM without a password");
}

lee_error lee_tls_check(const char *certificate, const char *key, lee_error_info *error)
{
    assert(certificate && key && error);
    SSL_CTX *const tls = SSL_CTX_new(TLS_server_method());
    if (!tls) {
        return refuse(error, LEE_ERR_NO_MEMORY, "tls_certificate", "OpenSSL does not start");
    }
    SSL_CTX_set_default_passwd_cb(tls, no_password);
    ERR_clear_error();
    const lee_error result = check(tls, certificate, key, error);
    ERR_clear_error();
    SSL_CTX_free(tls);
    return result;
}
