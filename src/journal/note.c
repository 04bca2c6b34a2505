#include "journal/note.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/alloc.h"
#include "base/base64.h"

/* The signature type byte of Ed25519 (c2sp.org/signed-note, "Signature types"). */
#define TYPE_ED25519 0x01
/* That of a witness (c2sp.org/tlog-cosignature, "Format"). */
#define TYPE_COSIGNATURE 0x04
/* "cosignature/v1\ntime " and the digits of a time below 2^63 and a line end. */
#define COSIGNED_PREFIX_MAX 41u

static const char private_prefix[] = "PRIVATE+KEY+";
static const char line_prefix[] = "\xE2\x80\x94 "; /* em dash, space */
/* The length of the UTF-8 sequence at `text`, 0 when it is not one (RFC 3629). */
static size_t utf8_step(const uint8_t *text, size_t length, uint32_t *out)
{
    const uint8_t first = text[0];
    if (first < 0x80) {
        *out = first;
        return 1;
    }
    const size_t need = first >= 0xC2 && first < 0xE0   ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
    if (need == 0 || need > length) {
        return 0;
    }
    uint32_t code = first & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (text[i] & 0x3Fu);
    }
    if ((need == 3 && code < 0x800) || (need == 4 && (code < 0x10000 || code > 0x10FFFF)) ||
        (code >= 0xD800 && code <= 0xDFFF)) {
        return 0;
    }
    *out = code;
    return need;
}

/* The White_Space property of Unicode beyond ASCII's. */
static bool is_space(uint32_t code)
{
    return code <= 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
           code == 0x202F || code == 0x205F || code == 0x3000;
}

bool lee_note_name_valid(const char *name, size_t length)
{
    assert(name || length == 0);
    if (length == 0 || length > LEE_NOTE_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        const size_t step = utf8_step((const uint8_t *)name + i, length - i, &code);
        if (step == 0 || is_space(code) || code == '+' || code == 0x7F) {
            return false;
        }
        i += step;
    }
    return true;
}

static void key_id(const char *name, uint8_t type, const uint8_t public_key[32], uint8_t out[4])
{
    const uint8_t middle[2] = {'\n', type};
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name));
    crypto_hash_sha256_update(&state, middle, sizeof(middle));
    crypto_hash_sha256_update(&state, public_key, 32);
    crypto_hash_sha256_final(&state, hash);
    memcpy(out, hash, 4);
}

static lee_error make_signer(const char *name, const uint8_t seed[32], uint8_t type,
                             lee_note_signer *out)
{
    assert(name && seed && out);
    const size_t length = strlen(name);
    if (!lee_note_name_valid(name, length)) {
        return LEE_ERR_SYNTAX;
    }
    memset(out, 0, sizeof(*out));
    memcpy(out->verifier.name, name, length);
    memcpy(out->seed, seed, sizeof(out->seed));
    crypto_sign_seed_keypair(out->verifier.public_key, out->secret_key, seed);
    out->verifier.is_witness = type == TYPE_COSIGNATURE;
    key_id(out->verifier.name, type, out->verifier.public_key, out->verifier.id);
    return LEE_OK;
}

lee_error lee_note_signer_make(const char *name, const uint8_t seed[32], lee_note_signer *out)
{
    return make_signer(name, seed, TYPE_ED25519, out);
}

lee_error lee_note_witness_make(const char *name, const uint8_t seed[32], lee_note_signer *out)
{
    return make_signer(name, seed, TYPE_COSIGNATURE, out);
}

void lee_note_signer_clear(lee_note_signer *signer)
{
    assert(signer);
    sodium_memzero(signer, sizeof(*signer));
}

static size_t format_key(const char *prefix, const lee_note_verifier *verifier,
                         const uint8_t key[32], char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = strlen(prefix);
    memcpy(out, prefix, at);
    const size_t name_length = strlen(verifier->name);
    memcpy(out + at, verifier->name, name_length);
    at += name_length;
    out[at++] = '+';
    for (size_t i = 0; i < 4; i++) {
        out[at++] = digits[verifier->id[i] >> 4];
        out[at++] = digits[verifier->id[i] & 15];
    }
    out[at++] = '+';
    uint8_t typed[33] = {verifier->is_witness ? TYPE_COSIGNATURE : TYPE_ED25519};
    memcpy(typed + 1, key, 32);
    at += lee_base64_encode(typed, sizeof(typed), out + at);
    sodium_memzero(typed, sizeof(typed));
    out[at] = '\0';
    assert(at < LEE_NOTE_KEY_TEXT_BYTES);
    return at;
}

size_t lee_note_verifier_format(const lee_note_verifier *verifier,
                                char out[LEE_NOTE_KEY_TEXT_BYTES])
{
    assert(verifier && out);
    return format_key("", verifier, verifier->public_key, out);
}

size_t lee_note_signer_format(const lee_note_signer *signer, char out[LEE_NOTE_KEY_TEXT_BYTES])
{
    assert(signer && out);
    return format_key(private_prefix, &signer->verifier, signer->seed, out);
}

/* Splits "NAME+ID+KEY"; `key` gets the 32 bytes behind the type. */
static lee_error parse_key(const char *text, size_t length, uint8_t type,
                           char name[LEE_NOTE_NAME_MAX + 1], uint8_t id[4], uint8_t key[32])
{
    size_t name_length = 0;
    while (name_length < length && text[name_length] != '+') {
        name_length++;
    }
    if (!lee_note_name_valid(text, name_length) || length < name_length + 10 ||
        text[name_length + 9] != '+') {
        return LEE_ERR_SYNTAX;
    }
    for (size_t i = 0; i < 8; i++) {
        const char c = text[name_length + 1 + i];
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) {
            return LEE_ERR_SYNTAX;
        }
        id[i / 2] = (uint8_t)(i & 1 ? id[i / 2] << 4 | value : value);
    }
    uint8_t typed[33];
    size_t typed_length = 0;
    if (!lee_base64_decode(text + name_length + 10, length - name_length - 10, typed, sizeof(typed),
                           &typed_length) ||
        typed_length == 0) {
        return LEE_ERR_SYNTAX;
    }
    if (typed[0] != type) {
        return LEE_ERR_UNSUPPORTED;
    }
    if (typed_length != sizeof(typed)) {
        return LEE_ERR_SYNTAX;
    }
    memcpy(name, text, name_length);
    name[name_length] = '\0';
    memcpy(key, typed + 1, 32);
    sodium_memzero(typed, sizeof(typed));
    return LEE_OK;
}

static lee_error parse_verifier(const char *text, size_t length, uint8_t type,
                                lee_note_verifier *out)
{
    assert((text || length == 0) && out);
    lee_note_verifier made = {.name = "", .is_witness = type == TYPE_COSIGNATURE};
    lee_error error = parse_key(text, length, type, made.name, made.id, made.public_key);
    if (error) {
        return error;
    }
    uint8_t id[4];
    key_id(made.name, type, made.public_key, id);
    if (memcmp(id, made.id, sizeof(id)) != 0) {
        return LEE_ERR_CHECKSUM;
    }
    *out = made;
    return LEE_OK;
}

lee_error lee_note_verifier_parse(const char *text, size_t length, lee_note_verifier *out)
{
    return parse_verifier(text, length, TYPE_ED25519, out);
}

lee_error lee_note_witness_parse(const char *text, size_t length, lee_note_verifier *out)
{
    return parse_verifier(text, length, TYPE_COSIGNATURE, out);
}

static lee_error parse_signer(const char *text, size_t length, uint8_t type, lee_note_signer *out)
{
    assert((text || length == 0) && out);
    const size_t prefix = sizeof(private_prefix) - 1;
    if (length < prefix || memcmp(text, private_prefix, prefix) != 0) {
        return LEE_ERR_SYNTAX;
    }
    char name[LEE_NOTE_NAME_MAX + 1];
    uint8_t id[4] = {0};
    uint8_t seed[32];
    lee_error error = parse_key(text + prefix, length - prefix, type, name, id, seed);
    if (error) {
        return error;
    }
    lee_note_signer made;
    error = make_signer(name, seed, type, &made);
    sodium_memzero(seed, sizeof(seed));
    if (!error && memcmp(id, made.verifier.id, sizeof(id)) != 0) {
        error = LEE_ERR_CHECKSUM;
    }
    if (!error) {
        *out = made;
    }
    lee_note_signer_clear(&made);
    return error;
}

lee_error lee_note_signer_parse(const char *text, size_t length, lee_note_signer *out)
{
    return parse_signer(text, length, TYPE_ED25519, out);
}

lee_error lee_note_witness_signer_parse(const char *text, size_t length, lee_note_signer *out)
{
    return parse_signer(text, length, TYPE_COSIGNATURE, out);
}

/* What verifying one key's signature found out besides. */
typedef struct {
    uint64_t t_s;       /* when a witness signed */
    size_t line_at;     /* where its line begins in the note */
    size_t line_length; /* with its line end */
} note_found;

/* One signature line without its line end. */
typedef struct {
    const char *name;
    size_t name_length;
    uint8_t bytes[4 + 8 + 64]; /* longer signatures are of other algorithms and not kept */
    size_t length;             /* of the signature as written, key id included */
} note_line;

static bool parse_line(const char *line, size_t length, note_line *out)
{
    const size_t prefix = sizeof(line_prefix) - 1;
    if (length <= prefix || memcmp(line, line_prefix, prefix) != 0) {
        return false;
    }
    out->name = line + prefix;
    out->name_length = 0;
    while (prefix + out->name_length < length && out->name[out->name_length] != ' ') {
        out->name_length++;
    }
    const size_t start = prefix + out->name_length + 1;
    if (!lee_note_name_valid(out->name, out->name_length) || start >= length) {
        return false;
    }
    /* Decoded a piece at a time, so that a long signature of another kind needs no memory. */
    out->length = 0;
    for (size_t at = start; at < length; at += 4) {
        uint8_t group[3];
        size_t group_length = 0;
        const size_t have = length - at < 4 ? length - at : 4;
        if (!lee_base64_decode(line + at, have, group, sizeof(group), &group_length) ||
            (group_length < 3 && at + 4 < length)) {
            return false;
        }
        for (size_t i = 0; i < group_length; i++, out->length++) {
            if (out->length < sizeof(out->bytes)) {
                out->bytes[out->length] = group[i];
            }
        }
    }
    return out->length > 4;
}

/* UTF-8 without control characters, ending in a line end. */
static bool text_valid(const char *note, size_t length)
{
    if (length == 0 || note[length - 1] != '\n') {
        return false;
    }
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        const size_t step = utf8_step((const uint8_t *)note + i, length - i, &code);
        if (step == 0 || (code < 0x20 && code != '\n')) {
            return false;
        }
        i += step;
    }
    return true;
}

/* "cosignature/v1", the time, and the body: what a witness signs. Returns the prefix's length. */
static size_t cosigned_prefix(uint64_t t_s, char out[COSIGNED_PREFIX_MAX])
{
    static const char header[] = "cosignature/v1\ntime ";
    memcpy(out, header, sizeof(header) - 1);
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + t_s % 10);
        t_s /= 10;
    } while (t_s);
    size_t at = sizeof(header) - 1;
    while (count) {
        out[at++] = digits[--count];
    }
    out[at++] = '\n';
    assert(at <= COSIGNED_PREFIX_MAX);
    return at;
}

/* The message in one piece, because that is how Ed25519 takes it. Free it with lee_free. */
static uint8_t *cosigned_message(uint64_t t_s, const char *body, size_t body_length,
                                 size_t *out_length)
{
    char prefix[COSIGNED_PREFIX_MAX];
    const size_t prefix_length = cosigned_prefix(t_s, prefix);
    uint8_t *const message = lee_alloc(prefix_length + body_length, 1);
    if (message) {
        memcpy(message, prefix, prefix_length);
        memcpy(message + prefix_length, body, body_length);
        *out_length = prefix_length + body_length;
    }
    return message;
}

/* Checks one signature of the key. */
static lee_error check_line(const note_line *line, const char *note, size_t body,
                            const lee_note_verifier *verifier, uint64_t *t_s)
{
    const uint8_t *const bytes = line->bytes + 4;
    if (!verifier->is_witness) {
        return line->length == 68 && crypto_sign_verify_detached(bytes, (const uint8_t *)note, body,
                                                                 verifier->public_key) == 0
                   ? LEE_OK
                   : LEE_ERR_CHECKSUM;
    }
    uint64_t time = 0;
    for (int i = 0; i < 8; i++) {
        time = time << 8 | bytes[i];
    }
    if (line->length != 76 || time > INT64_MAX) {
        return LEE_ERR_CHECKSUM;
    }
    size_t length = 0;
    uint8_t *const message = cosigned_message(time, note, body, &length);
    if (!message) {
        return LEE_ERR_NO_MEMORY;
    }
    const int wrong = crypto_sign_verify_detached(bytes + 8, message, length, verifier->public_key);
    lee_free(message);
    *t_s = time;
    return wrong ? LEE_ERR_CHECKSUM : LEE_OK;
}

/* Parses; with a verifier, also counts and checks its signatures. */
static lee_error open_note(const char *note, size_t length, const lee_note_verifier *verifier,
                           size_t *out_body, note_found *out)
{
    if (length > LEE_NOTE_MAX_BYTES) {
        return LEE_ERR_LIMIT;
    }
    if (!text_valid(note, length)) {
        return LEE_ERR_SYNTAX;
    }
    /* The text ends at the last empty line; so do the signatures begin. */
    size_t at = length;
    while (at >= 2 && !(note[at - 1] == '\n' && note[at - 2] == '\n')) {
        at--;
    }
    if (at < 2 || at == length || at - 1 == 0) {
        return LEE_ERR_SYNTAX;
    }
    const size_t body = at - 1;
    uint32_t count = 0;
    uint32_t found = 0;
    while (at < length) {
        const char *end = memchr(note + at, '\n', length - at);
        assert(end);
        note_line line;
        if (!parse_line(note + at, (size_t)(end - note) - at, &line)) {
            return LEE_ERR_SYNTAX;
        }
        if (++count > LEE_NOTE_SIGNATURES_MAX) {
            return LEE_ERR_LIMIT;
        }
        if (verifier && line.name_length == strlen(verifier->name) &&
            memcmp(line.name, verifier->name, line.name_length) == 0 &&
            memcmp(line.bytes, verifier->id, 4) == 0) {
            if (found++) {
                return LEE_ERR_DUPLICATE;
            }
            const lee_error error = check_line(&line, note, body, verifier, &out->t_s);
            if (error) {
                return error;
            }
            out->line_at = at;
            out->line_length = (size_t)(end - note) + 1 - at;
        }
        at = (size_t)(end - note) + 1;
    }
    if (verifier && !found) {
        return LEE_ERR_MISSING;
    }
    *out_body = body;
    return LEE_OK;
}

lee_error lee_note_parse(const char *note, size_t length, size_t *out_body)
{
    assert((note || length == 0) && out_body);
    note_found unused;
    return open_note(note, length, NULL, out_body, &unused);
}

lee_error lee_note_verify(const char *note, size_t length, const lee_note_verifier *verifier,
                          size_t *out_body)
{
    assert((note || length == 0) && verifier && out_body);
    note_found unused;
    return open_note(note, length, verifier, out_body, &unused);
}

lee_error lee_note_verify_witness(const char *note, size_t length, const lee_note_verifier *witness,
                                  size_t *out_body, uint64_t *out_t_s)
{
    assert((note || length == 0) && witness && out_body && out_t_s);
    assert(witness->is_witness);
    note_found found = {.t_s = 0};
    const lee_error error = open_note(note, length, witness, out_body, &found);
    if (!error) {
        *out_t_s = found.t_s;
    }
    return error;
}

lee_error lee_note_find_line(const char *note, size_t length, const lee_note_verifier *verifier,
                             size_t *out_at, size_t *out_length)
{
    assert((note || length == 0) && verifier && out_at && out_length);
    note_found found = {.t_s = 0};
    size_t body = 0;
    const lee_error error = open_note(note, length, verifier, &body, &found);
    if (!error) {
        *out_at = found.line_at;
        *out_length = found.line_length;
    }
    return error;
}

/* Writes "— NAME BASE64" and the line end. Returns 0 when it does not fit. */
static size_t write_line(const char *name, const uint8_t *signature, size_t length, char *out,
                         size_t capacity)
{
    const size_t name_length = strlen(name);
    const size_t prefix = sizeof(line_prefix) - 1;
    const size_t need = prefix + name_length + 1 + (length + 2) / 3 * 4 + 1;
    if (capacity < need) {
        return 0;
    }
    memcpy(out, line_prefix, prefix);
    memcpy(out + prefix, name, name_length);
    out[prefix + name_length] = ' ';
    size_t at = prefix + name_length + 1;
    at += lee_base64_encode(signature, length, out + at);
    out[at++] = '\n';
    assert(at == need);
    return at;
}

size_t lee_note_sign_line(const char *body, size_t body_length, const lee_note_signer *signer,
                          char *out, size_t capacity)
{
    assert(body && body_length && body[body_length - 1] == '\n');
    assert(signer && !signer->verifier.is_witness && out);
    uint8_t signature[68];
    memcpy(signature, signer->verifier.id, 4);
    crypto_sign_detached(signature + 4, NULL, (const uint8_t *)body, body_length,
                         signer->secret_key);
    return write_line(signer->verifier.name, signature, sizeof(signature), out, capacity);
}

size_t lee_note_cosign_line(const char *body, size_t body_length, const lee_note_signer *signer,
                            uint64_t t_s, char *out, size_t capacity)
{
    assert(body && body_length && body[body_length - 1] == '\n');
    assert(signer && signer->verifier.is_witness && out);
    assert(t_s <= INT64_MAX);
    size_t length = 0;
    uint8_t *const message = cosigned_message(t_s, body, body_length, &length);
    if (!message) {
        return 0;
    }
    uint8_t signature[76];
    memcpy(signature, signer->verifier.id, 4);
    for (int i = 0; i < 8; i++) {
        signature[4 + i] = (uint8_t)(t_s >> (56 - 8 * i));
    }
    crypto_sign_detached(signature + 12, NULL, message, length, signer->secret_key);
    lee_free(message);
    return write_line(signer->verifier.name, signature, sizeof(signature), out, capacity);
}

bool lee_note_size_parse(const char *text, size_t length, uint64_t *out)
{
    if (length == 0 || length > 19 || (text[0] == '0' && length > 1)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    /* 19 digits fit into 64 bits. */
    if (value > LEE_MERKLE_SIZE_MAX) {
        return false;
    }
    *out = value;
    return true;
}

lee_error lee_checkpoint_parse(const char *body, size_t length, lee_checkpoint *out)
{
    assert((body || length == 0) && out);
    lee_checkpoint made = {.origin = ""};
    uint32_t line = 0;
    for (size_t at = 0; at < length; line++) {
        const char *end = memchr(body + at, '\n', length - at);
        const size_t size = end ? (size_t)(end - body) - at : 0;
        if (size == 0) {
            return LEE_ERR_SYNTAX;
        }
        if (line == 0) {
            if (size > LEE_NOTE_NAME_MAX) {
                return LEE_ERR_LIMIT;
            }
            memcpy(made.origin, body + at, size);
        } else if (line == 1 && !lee_note_size_parse(body + at, size, &made.size)) {
            return LEE_ERR_SYNTAX;
        } else if (line == 2) {
            size_t got = 0;
            if (!lee_base64_decode(body + at, size, made.root.bytes, LEE_DIGEST_BYTES, &got) ||
                got != LEE_DIGEST_BYTES) {
                return LEE_ERR_SYNTAX;
            }
        }
        at += size + 1;
    }
    const lee_digest empty = lee_merkle_empty();
    if (line < 3 || (made.size == 0 && !lee_digest_equal(&made.root, &empty))) {
        return LEE_ERR_SYNTAX;
    }
    *out = made;
    return LEE_OK;
}

size_t lee_checkpoint_sign(uint64_t size, const lee_digest *root, const lee_note_signer *signer,
                           char out[LEE_CHECKPOINT_TEXT_BYTES])
{
    assert(size <= LEE_MERKLE_SIZE_MAX);
    assert(root && signer && out);
    size_t at = strlen(signer->verifier.name);
    memcpy(out, signer->verifier.name, at);
    out[at++] = '\n';
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + size % 10);
        size /= 10;
    } while (size);
    while (count) {
        out[at++] = digits[--count];
    }
    out[at++] = '\n';
    at += lee_base64_encode(root->bytes, LEE_DIGEST_BYTES, out + at);
    out[at++] = '\n';
    const size_t body = at;
    out[at++] = '\n';
    const size_t line =
        lee_note_sign_line(out, body, signer, out + at, LEE_CHECKPOINT_TEXT_BYTES - 1 - at);
    assert(line);
    at += line;
    out[at] = '\0';
    return at;
}
