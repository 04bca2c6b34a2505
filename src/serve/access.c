#include "serve/access.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "io/read_file.h"
#include "serve/field.h"

typedef struct {
    lee_role role;
    char name[64];
    uint8_t hash[crypto_hash_sha256_BYTES];
} kept_token;

struct lee_access {
    uint32_t count;
    kept_token tokens[LEE_TOKENS_MAX];
};

static const char *const role_names[] = {"none", "observer", "operator", "custodian", "unit"};
static_assert(sizeof role_names / sizeof role_names[0] == LEE_ROLE_COUNT, "each role has a name");

const char *lee_role_name(lee_role role)
{
    assert((size_t)role < LEE_ROLE_COUNT);
    return role_names[role];
}

bool lee_role_may(lee_role role, lee_role needed)
{
    return needed == LEE_ROLE_NONE || role == needed ||
           (role == LEE_ROLE_CUSTODIAN && needed == LEE_ROLE_OPERATOR);
}

static lee_error refuse(lee_error_info *error, lee_error code, const char *field,
                        const char *reason)
{
    *error = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

/* --- reading --------------------------------------------------------------------------------- */

static lee_error token_read(lee_access *access, const lee_json_value *value, lee_error_info *error)
{
    char role[16];
    char hash[2 * crypto_hash_sha256_BYTES + 1];
    kept_token *const token = &access->tokens[access->count];
    if (access->count == LEE_TOKENS_MAX) {
        return refuse(error, LEE_ERR_LIMIT, "tokens", "there are too many tokens");
    }
    if (value->type != LEE_JSON_OBJECT ||
        !lee_field_text(value->text, value->length, "role", role, sizeof role) ||
        !lee_field_text(value->text, value->length, "sha256", hash, sizeof hash)) {
        return refuse(error, LEE_ERR_SYNTAX, "tokens", "a token needs role and sha256");
    }
    token->role = LEE_ROLE_NONE;
    for (int i = LEE_ROLE_OBSERVER; i < LEE_ROLE_COUNT; i++) {
        if (strcmp(role, role_names[i]) == 0) {
            token->role = (lee_role)i;
        }
    }
    if (token->role == LEE_ROLE_NONE) {
        return refuse(error, LEE_ERR_SYNTAX, "role", "this role is not known");
    }
    if (!lee_field_text(value->text, value->length, "name", token->name, sizeof token->name)) {
        (void)snprintf(token->name, sizeof token->name, "%s", role);
    }
    size_t length = 0;
    if (sodium_hex2bin(token->hash, sizeof token->hash, hash, strlen(hash), NULL, &length, NULL) !=
            0 ||
        length != sizeof token->hash) {
        return refuse(error, LEE_ERR_SYNTAX, "sha256", "this is not 64 hexadecimal digits");
    }
    access->count++;
    return LEE_OK;
}

static lee_error tokens_read(lee_access *access, const lee_buffer *file, lee_error_info *error)
{
    const char *const text = (const char *)file->bytes;
    lee_json_value tokens;
    if (file->length == 0 || !lee_field_is_object(text, file->length) ||
        !lee_field_find(text, file->length, "tokens", &tokens) || tokens.type != LEE_JSON_ARRAY) {
        return refuse(error, LEE_ERR_SYNTAX, "tokens", "the file of tokens cannot be read");
    }
    lee_json_scan scan;
    lee_json_value each;
    lee_json_scan_init(&scan, tokens.text, tokens.length);
    const bool entered = lee_json_scan_array(&scan);
    assert(entered);
    (void)entered;
    while (lee_json_scan_element(&scan, &each)) {
        const lee_error result = token_read(access, &each, error);
        if (result != LEE_OK) {
            return result;
        }
    }
    return LEE_OK;
}

/* --- making ---------------------------------------------------------------------------------- */

static void token_make(const lee_access_options *options, lee_role role, kept_token *out,
                       char text[LEE_TOKEN_TEXT_BYTES])
{
    uint8_t secret[32];
    options->random(options->context, secret, sizeof secret);
    (void)sodium_bin2base64(text, LEE_TOKEN_TEXT_BYTES, secret, sizeof secret,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);
    out->role = role;
    (void)snprintf(out->name, sizeof out->name, "%s", role_names[role]);
    (void)crypto_hash_sha256(out->hash, (const unsigned char *)text, strlen(text));
}

static void tokens_write(const lee_access *access, lee_buffer *out)
{
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_key(&json, "tokens");
    lee_json_array(&json);
    for (uint32_t i = 0; i < access->count; i++) {
        char hash[2 * crypto_hash_sha256_BYTES + 1];
        (void)sodium_bin2hex(hash, sizeof hash, access->tokens[i].hash,
                             sizeof access->tokens[i].hash);
        lee_json_object(&json);
        lee_json_put_text(&json, "name", access->tokens[i].name);
        lee_json_put_text(&json, "role", role_names[access->tokens[i].role]);
        lee_json_put_text(&json, "sha256", hash);
        lee_json_object_end(&json);
    }
    lee_json_array_end(&json);
    lee_json_object_end(&json);
    lee_buffer_char(out, '\n');
}

static lee_error tokens_make(lee_access *access, const lee_access_options *options,
                             lee_error_info *error)
{
    char texts[LEE_ROLE_COUNT][LEE_TOKEN_TEXT_BYTES];
    for (int role = LEE_ROLE_OBSERVER; role <= LEE_ROLE_CUSTODIAN; role++) {
        token_make(options, (lee_role)role, &access->tokens[access->count++], texts[role]);
    }
    lee_buffer file;
    lee_buffer_init(&file, 16384);
    tokens_write(access, &file);
    lee_error result = file.error;
    if (result == LEE_OK) {
        result = lee_file_write_private(options->path, file.bytes, file.length);
    }
    lee_buffer_free(&file);
    if (result != LEE_OK) {
        (void)refuse(error, result, "tokens", "the file of tokens cannot be written");
    }
    /* Shown only once they are kept: a token that nobody can use later is worse than none. */
    for (int role = LEE_ROLE_OBSERVER; role <= LEE_ROLE_CUSTODIAN && result == LEE_OK; role++) {
        options->created(options->context, (lee_role)role, texts[role]);
    }
    sodium_memzero(texts, sizeof texts);
    return result;
}

lee_error lee_access_open(const lee_access_options *options, lee_access **out,
                          lee_error_info *error)
{
    assert(options && options->path && options->random && options->created);
    assert(out && error);

    if (sodium_init() < 0) {
        return refuse(error, LEE_ERR_IO, NULL, "libsodium does not start");
    }
    lee_access *const access = lee_alloc(1, sizeof *access);
    if (!access) {
        return refuse(error, LEE_ERR_NO_MEMORY, NULL, "out of memory");
    }
    lee_buffer file;
    lee_buffer_init(&file, 256u * 1024u);
    lee_error result = lee_file_read_whole(options->path, &file);
    if (result == LEE_OK) {
        result = tokens_read(access, &file, error);
    } else if (result == LEE_ERR_NOT_FOUND) {
        result = tokens_make(access, options, error);
    } else {
        (void)refuse(error, result, "tokens", "the file of tokens cannot be read");
    }
    lee_buffer_free(&file);
    if (result == LEE_OK) {
        *out = access;
    } else {
        lee_access_free(access);
    }
    return result;
}

void lee_access_free(lee_access *access)
{
    if (access) {
        sodium_memzero(access, sizeof *access);
        lee_free(access);
    }
}

lee_role lee_access_role(const lee_access *access, const char *authorization, const char **name)
{
    assert(access);
    static const char scheme[] = "Bearer ";
    const bool is_bearer = authorization && strncmp(authorization, scheme, sizeof scheme - 1) == 0;
    const char *const token = is_bearer ? authorization + sizeof scheme - 1 : "";
    uint8_t hash[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
    /* All are compared, so that time tells neither which one it was nor how much of it agreed. */
    lee_role role = LEE_ROLE_NONE;
    for (uint32_t i = 0; i < access->count; i++) {
        if (sodium_memcmp(hash, access->tokens[i].hash, sizeof hash) == 0 && is_bearer) {
            role = access->tokens[i].role;
            if (name) {
                *name = access->tokens[i].name;
            }
        }
    }
    return role;
}
