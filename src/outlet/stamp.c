#include "outlet/stamp.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <string.h>

/* --- the request ------------------------------------------------------------------------------ */

static bool set_imprint(TS_REQ *request, const lee_digest *digest)
{
    TS_MSG_IMPRINT *const imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *const algorithm = X509_ALGOR_new();
    /* The setters copy. */
    const bool good = imprint && algorithm &&
                      X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
                      TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
                      TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)digest->bytes,
                                             LEE_DIGEST_BYTES) &&
                      TS_REQ_set_msg_imprint(request, imprint);
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(algorithm);
    return good;
}

static bool set_nonce(TS_REQ *request, uint64_t nonce)
{
    ASN1_INTEGER *const number = ASN1_INTEGER_new();
    const bool good =
        number && ASN1_INTEGER_set_uint64(number, nonce) && TS_REQ_set_nonce(request, number);
    ASN1_INTEGER_free(number);
    return good;
}

/* NULL: no memory. */
static TS_REQ *make_request(const lee_digest *digest, const uint64_t *nonce)
{
    TS_REQ *const request = TS_REQ_new();
    if (request && TS_REQ_set_version(request, 1) && set_imprint(request, digest) &&
        TS_REQ_set_cert_req(request, 1) && (!nonce || set_nonce(request, *nonce))) {
        return request;
    }
    TS_REQ_free(request);
    return NULL;
}

lee_error lee_stamp_request(const lee_digest *digest, uint64_t nonce, lee_buffer *out)
{
    assert(digest && out);
    TS_REQ *const request = make_request(digest, &nonce);
    unsigned char *bytes = NULL;
    const int length = request ? i2d_TS_REQ(request, &bytes) : -1;
    if (length > 0) {
        lee_buffer_bytes(out, bytes, (size_t)length);
    }
    OPENSSL_free(bytes);
    TS_REQ_free(request);
    ERR_clear_error();
    return length > 0 ? out->error : LEE_ERR_NO_MEMORY;
}

/* --- the answer ------------------------------------------------------------------------------- */

static lee_error fail(lee_error error, const char *text, const char **reason)
{
    *reason = text;
    return error;
}

static bool read_time(TS_RESP *response, uint64_t *t_s)
{
    TS_TST_INFO *const info = TS_RESP_get_tst_info(response);
    const ASN1_GENERALIZEDTIME *const time = info ? TS_TST_INFO_get_time(info) : NULL;
    ASN1_TIME *const epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    const bool good =
        time && epoch && ASN1_TIME_diff(&days, &seconds, epoch, time) && days >= 0 && seconds >= 0;
    ASN1_TIME_free(epoch);
    if (good) {
        *t_s = (uint64_t)days * 86400 + (uint64_t)seconds;
    }
    return good;
}

static lee_error check(TS_RESP *response, const lee_stamp_wanted *wanted, const char **reason)
{
    TS_REQ *const request = make_request(&wanted->digest, wanted->nonce);
    TS_VERIFY_CTX *const context = request ? TS_REQ_to_TS_VERIFY_CTX(request, NULL) : NULL;
    lee_error error = context ? LEE_OK : fail(LEE_ERR_NO_MEMORY, "out of memory", reason);
    /* Without a nonce of ours whatever nonce there is is right; the store goes with the context. */
    unsigned flags = TS_VFY_VERSION | TS_VFY_IMPRINT | (wanted->nonce ? TS_VFY_NONCE : 0u);
    if (!error && wanted->ca_file) {
        X509_STORE *const store = X509_STORE_new();
        flags |= TS_VFY_SIGNATURE;
        if (!store || !TS_VERIFY_CTX_set_store(context, store)) {
            error = fail(LEE_ERR_NO_MEMORY, "out of memory", reason);
        } else if (!X509_STORE_load_file(store, wanted->ca_file)) {
            error =
                fail(LEE_ERR_NOT_FOUND, "the file of trusted certificates cannot be read", reason);
        }
    }
    if (!error) {
        TS_VERIFY_CTX_set_flags(context, (int)flags);
        if (!TS_RESP_verify_response(context, response)) {
            error = fail(LEE_ERR_CHECKSUM,
                         "it is of other bytes or of another request, or not signed by one who is "
                         "trusted",
                         reason);
        }
    }
    TS_VERIFY_CTX_free(context);
    TS_REQ_free(request);
    return error;
}

lee_error lee_stamp_check(const uint8_t *response, size_t length, const lee_stamp_wanted *wanted,
                          uint64_t *t_s, const char **reason)
{
    assert((response || length == 0) && wanted && t_s && reason);
    if (length == 0 || length > LEE_STAMP_MAX_BYTES) {
        return fail(LEE_ERR_SYNTAX, "it is empty or too long", reason);
    }
    const unsigned char *at = response;
    TS_RESP *const parsed = d2i_TS_RESP(NULL, &at, (long)length);
    lee_error error = LEE_OK;
    const ASN1_INTEGER *const status =
        parsed ? TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(parsed)) : NULL;
    uint64_t granted = 9;
    if (!status || at != response + length) {
        error = fail(LEE_ERR_SYNTAX, "it is not a time stamp response of RFC 3161", reason);
    } else if (!ASN1_INTEGER_get_uint64(&granted, status) || granted > 1) {
        error = fail(LEE_ERR_DENIED, "the server refused", reason);
    } else {
        error = check(parsed, wanted, reason);
    }
    uint64_t time_s = 0;
    if (!error && !read_time(parsed, &time_s)) {
        error = fail(LEE_ERR_SYNTAX, "its time makes no sense", reason);
    }
    if (!error) {
        *t_s = time_s;
    }
    TS_RESP_free(parsed);
    ERR_clear_error();
    return error;
}
