#include "journal/bundle.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/bytes.h"
#include "journal/bundle_private.h"

static lee_error wrong(lee_bundle *bundle, const char *file, const char *reason)
{
    memcpy(bundle->file, file, strlen(file) + 1);
    bundle->reason = reason;
    return LEE_ERR_CORRUPT;
}

static const lee_zip_file *find(const lee_bundle *bundle, const char *name)
{
    return lee_zip_find(bundle->files, bundle->count, name);
}

static lee_error check_text(lee_bundle *bundle, const char *name, lee_buffer *wanted)
{
    const lee_zip_file *const file = find(bundle, name);
    const bool same = file && !wanted->error && file->length == wanted->length &&
                      memcmp(file->bytes, wanted->bytes, wanted->length) == 0;
    const lee_error error = wanted->error;
    lee_buffer_free(wanted);
    return same ? LEE_OK
           : error == LEE_ERR_NO_MEMORY
               ? error
               : wrong(bundle, name, "is missing or another than it must be");
}

static lee_error check_head(lee_bundle *bundle, const lee_note_verifier *key)
{
    const lee_zip_file *const vkey = find(bundle, "log.vkey");
    const lee_zip_file *const note = find(bundle, "checkpoint");
    if (!vkey || vkey->length == 0 || vkey->bytes[vkey->length - 1] != '\n' ||
        lee_note_verifier_parse((const char *)vkey->bytes, vkey->length - 1, &bundle->verifier)) {
        return wrong(bundle, "log.vkey", "is missing or no public key");
    }
    if (key && (strcmp(key->name, bundle->verifier.name) != 0 ||
                memcmp(key->public_key, bundle->verifier.public_key, 32) != 0)) {
        return wrong(bundle, "log.vkey", "is not the key that was given");
    }
    size_t body = 0;
    if (!note ||
        lee_note_verify((const char *)note->bytes, note->length, &bundle->verifier, &body) ||
        lee_checkpoint_parse((const char *)note->bytes, body, &bundle->head) ||
        strcmp(bundle->head.origin, bundle->verifier.name) != 0) {
        return wrong(bundle, "checkpoint", "is missing or not signed by this key");
    }
    if (lee_head_digest((const char *)note->bytes, note->length, &bundle->verifier,
                        &bundle->stamped)) {
        return wrong(bundle, "checkpoint", "has the signature of somebody else first");
    }
    lee_buffer text;
    lee_buffer_init(&text, 4096);
    lee__bundle_pem(&bundle->verifier, &text);
    lee_error error = check_text(bundle, "log.pub.pem", &text);
    if (!error) {
        lee_buffer_init(&text, LEE_ZIP_MAX_BYTES);
        lee__bundle_sums(bundle->files, bundle->count, &text);
        error = check_text(bundle, "SHA256SUMS", &text);
    }
    return error;
}

/* --- lines ----------------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    size_t left;
} lines;

/* The next line without its end. False: there is no whole line. */
static bool next_line(lines *in, const char **line, size_t *length)
{
    const char *const end = in->left ? memchr(in->at, '\n', in->left) : NULL;
    if (!end) {
        return false;
    }
    *line = in->at;
    *length = (size_t)(end - in->at);
    in->left -= *length + 1;
    in->at = end + 1;
    return true;
}

static bool line_is(lines *in, const char *text)
{
    const char *line = NULL;
    size_t length = 0;
    return next_line(in, &line, &length) && length == strlen(text) &&
           memcmp(line, text, length) == 0;
}

/* "NAME NUMBER" in canonical decimal. */
static bool line_number(lines *in, const char *name, uint64_t *out)
{
    const char *line = NULL;
    size_t length = 0;
    const size_t prefix = strlen(name);
    if (!next_line(in, &line, &length) || length <= prefix + 1 || length > prefix + 20 ||
        memcmp(line, name, prefix) != 0 || line[prefix] != ' ' ||
        (line[prefix + 1] == '0' && length > prefix + 2)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = prefix + 1; i < length; i++) {
        if (line[i] < '0' || line[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(line[i] - '0');
    }
    *out = value;
    return value <= LEE_MERKLE_SIZE_MAX;
}

/* A hash in base64 after `name` and a space; without a name the whole line is the hash. */
static bool line_hash(lines *in, const char *name, lee_digest *out)
{
    const char *line = NULL;
    size_t length = 0;
    const size_t prefix = name ? strlen(name) + 1 : 0;
    size_t bytes = 0;
    return next_line(in, &line, &length) && length > prefix &&
           (!name || (memcmp(line, name, prefix - 1) == 0 && line[prefix - 1] == ' ')) &&
           lee_base64_decode(line + prefix, length - prefix, out->bytes, LEE_DIGEST_BYTES,
                             &bytes) &&
           bytes == LEE_DIGEST_BYTES;
}

/* --- the range ------------------------------------------------------------------------------- */

static bool cover_side(lines *in, const char *name, uint64_t from, uint64_t to, lee_merkle *tree)
{
    lee_subtree cover[128];
    const uint32_t count = lee__bundle_cover(from, to, cover);
    for (uint32_t i = 0; i < count; i++) {
        lee_digest digest;
        if (!line_hash(in, name, &digest)) {
            return false;
        }
        lee_merkle_append_subtree(tree, cover[i].level, &digest);
    }
    return true;
}

static lee_error check_blob(lee_bundle *bundle, const uint8_t *payload, size_t length)
{
    lee_bytes cursor;
    lee_bytes_init(&cursor, payload, length);
    const uint64_t size = lee_bytes_u64_le(&cursor);
    const uint8_t *const hash = lee_bytes_take(&cursor, LEE_DIGEST_BYTES);
    if (!hash || lee_bytes_left(&cursor) != 0) {
        return wrong(bundle, "records.bin", "holds a reference that is malformed");
    }
    lee_path path;
    lee_path_set(&path, "blob/");
    lee_path_add_hex(&path, hash, LEE_DIGEST_BYTES);
    const lee_zip_file *const file = find(bundle, path.text);
    if (!file || file->length != size) {
        return wrong(bundle, path.text, "a large record is missing or has the wrong length");
    }
    const lee_digest digest = lee_digest_of(file->bytes, file->length);
    bundle->blobs++;
    return memcmp(digest.bytes, hash, LEE_DIGEST_BYTES) == 0
               ? LEE_OK
               : wrong(bundle, path.text, "a large record does not have the hash that names it");
}

/* --- sealed values --------------------------------------------------------------------------- */

/* Where a line of sealed.txt says what, in the order of the records and their fields. */
typedef struct {
    lee_bundle *bundle;
    uint64_t index;
    uint8_t salted[LEE_SEALED_VALUES_MAX_BYTES + LEE_SEALED_SALT_BYTES];
} sealed_walk;

/* The value if the next line is of this field. The line is made again from what it says, so that
 * no two texts mean the same. */
static const uint8_t *next_value(void *context, uint32_t field, const char *name, size_t *length)
{
    sealed_walk *const walk = context;
    lee_bundle *const bundle = walk->bundle;
    const lee_zip_file *const file = find(bundle, LEE_BUNDLE_SEALED_NAME);
    if (!file || bundle->sealed_at >= file->length) {
        return NULL;
    }
    lee_buffer prefix;
    lee_buffer_init(&prefix, 128);
    lee__bundle_sealed_line(&prefix, walk->index, field, name, NULL, 0);
    const char *const at = (const char *)file->bytes + bundle->sealed_at;
    const size_t left = file->length - bundle->sealed_at;
    const char *const end = memchr(at, '\n', left);
    const size_t head = prefix.length - 1; /* without its line end */
    const bool mine = !prefix.error && end && (size_t)(end - at) > head &&
                      memcmp(at, prefix.bytes, head) == 0 &&
                      lee_base64_decode(at + head, (size_t)(end - at) - head, walk->salted,
                                        sizeof(walk->salted), length);
    lee_buffer_free(&prefix);
    if (mine) {
        bundle->sealed_at += (size_t)(end - at) + 1;
    }
    return mine ? walk->salted : NULL;
}

/* Puts record `index` together in bundle->composed. */
static lee_error compose(lee_bundle *bundle, uint64_t index, const uint8_t *payload, size_t length,
                         uint32_t *withheld)
{
    sealed_walk *const walk = lee_alloc(1, sizeof(*walk));
    if (!walk) {
        return LEE_ERR_NO_MEMORY;
    }
    walk->bundle = bundle;
    walk->index = index;
    const lee_error error =
        lee_sealed_open(payload, length, next_value, walk, &bundle->composed, withheld);
    lee_free(walk);
    return error;
}

static lee_error check_sealed(lee_bundle *bundle, uint64_t index, const uint8_t *entry,
                              size_t length)
{
    uint32_t withheld = 0;
    const lee_error error = compose(bundle, index, entry + 1, length - 1, &withheld);
    const lee_record_kind kind = (lee_record_kind)(entry[0] & LEE_ENTRY_KIND_MASK);
    bundle->withheld += withheld;
    bundle->missing += lee_record_kind_is_apart(kind) ? 0 : withheld;
    return error == LEE_ERR_NO_MEMORY ? error
           : error                    ? wrong(bundle, LEE_BUNDLE_SEALED_NAME,
                                              "holds a value that its record does not commit to")
                                      : LEE_OK;
}

/* Every line was taken by the record that it names. */
static lee_error check_sealed_end(lee_bundle *bundle)
{
    const lee_zip_file *const file = find(bundle, LEE_BUNDLE_SEALED_NAME);
    if (file && (bundle->sealed_at != file->length || file->length == 0)) {
        return wrong(bundle, LEE_BUNDLE_SEALED_NAME, "holds lines that no record commits to");
    }
    for (size_t i = 0; file && i < file->length; i++) {
        bundle->sealed += file->bytes[i] == '\n';
    }
    bundle->sealed_at = 0;
    return LEE_OK;
}

static lee_error check_range(lee_bundle *bundle)
{
    const lee_zip_file *const text = find(bundle, "records.txt");
    const lee_zip_file *const records = find(bundle, "records.bin");
    if (!text || !records) {
        return wrong(bundle, text ? "records.bin" : "records.txt", "is missing");
    }
    bundle->records = records;
    lines in = {(const char *)text->bytes, text->length};
    lee_merkle tree;
    lee_merkle_init(&tree);
    if (!line_is(&in, LEE_BUNDLE_RANGE_TITLE) || !line_number(&in, "first", &bundle->first) ||
        !line_number(&in, "end", &bundle->end) || bundle->first >= bundle->end ||
        bundle->end > bundle->head.size || !cover_side(&in, "left", 0, bundle->first, &tree)) {
        return wrong(bundle, "records.txt", "does not follow its format");
    }
    size_t at = 0;
    lee_error error = LEE_OK;
    for (uint64_t i = bundle->first; !error && i < bundle->end; i++) {
        const uint8_t *entry = NULL;
        size_t length = 0;
        if (!lee__bundle_next(records->bytes, records->length, &at, &entry, &length)) {
            return wrong(bundle, "records.bin", "is cut short");
        }
        const lee_digest leaf = lee_merkle_leaf(entry, length);
        lee_merkle_append(&tree, &leaf);
        if (entry[0] & LEE_ENTRY_BLOB) {
            error = check_blob(bundle, entry + 1, length - 1);
        } else if (entry[0] & LEE_ENTRY_SEALED) {
            error = check_sealed(bundle, i, entry, length);
        }
    }
    if (!error) {
        error = check_sealed_end(bundle);
    }
    if (error) {
        return error;
    }
    if (at != records->length) {
        return wrong(bundle, "records.bin", "goes on behind its end");
    }
    if (!cover_side(&in, "right", bundle->end, bundle->head.size, &tree) || in.left != 0) {
        return wrong(bundle, "records.txt", "does not follow its format");
    }
    const lee_digest root = lee_merkle_root(&tree);
    return lee_digest_equal(&root, &bundle->head.root)
               ? LEE_OK
               : wrong(bundle, "records.bin", "the records do not give the signed root");
}

/* --- single records -------------------------------------------------------------------------- */

static bool proof_verifies(const lee_bundle *bundle, const lee_zip_file *entry,
                           const lee_zip_file *proof, uint64_t *index)
{
    const lee_zip_file *const head = find(bundle, "checkpoint");
    lines in = {(const char *)proof->bytes, proof->length};
    lee_merkle_proof path = {.count = 0};
    if (!line_is(&in, LEE_PROOF_TITLE) || !line_number(&in, "index", index)) {
        return false;
    }
    while (in.left > 0 && in.at[0] != '\n') {
        if (path.count == LEE_MERKLE_PROOF_MAX ||
            !line_hash(&in, NULL, &path.hashes[path.count++])) {
            return false;
        }
    }
    if (!line_is(&in, "") || in.left != head->length || memcmp(in.at, head->bytes, in.left) != 0) {
        return false;
    }
    const lee_digest leaf = lee_merkle_leaf(entry->bytes, entry->length);
    return lee_merkle_check_inclusion(&leaf, *index, bundle->head.size, &path, &bundle->head.root);
}

static lee_error check_singles(lee_bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->count; i++) {
        const lee_zip_file *const file = &bundle->files[i];
        const size_t length = strlen(file->name);
        if (length < 7 || strcmp(file->name + length - 6, ".entry") != 0) {
            continue;
        }
        const lee_zip_file *const proof = i + 1 < bundle->count ? &bundle->files[i + 1] : NULL;
        char name[LEE_ZIP_NAME_MAX + 1];
        uint64_t index = 0;
        if (!proof || !proof_verifies(bundle, file, proof, &index)) {
            return wrong(bundle, file->name, "its proof is missing or does not verify");
        }
        lee__bundle_name(name, index, ".entry");
        char proof_name[LEE_ZIP_NAME_MAX + 1];
        lee__bundle_name(proof_name, index, ".tlog-proof");
        if (strcmp(name, file->name) != 0 || strcmp(proof_name, proof->name) != 0) {
            return wrong(bundle, file->name, "is named by another index than its proof has");
        }
        bundle->proofs++;
    }
    return LEE_OK;
}

/* Time stamps must be of this head; whose they are is for those to check who know whom to trust. */
static lee_error check_stamps(lee_bundle *bundle)
{
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_path path;
        lee_stamp_path("checkpoint", i, &path);
        const lee_zip_file *const stamp = find(bundle, path.text);
        if (!stamp) {
            continue;
        }
        if (!lee_stamp_is_of(stamp->bytes, stamp->length, &bundle->stamped)) {
            return wrong(bundle, stamp->name, "is a time stamp on something else");
        }
        bundle->stamps[bundle->stamp_count++] = stamp;
    }
    return LEE_OK;
}

/* Nothing may be in the archive that no check looks at. */
static lee_error check_names(lee_bundle *bundle)
{
    static const char *const names[] = {
        "checkpoint",  "log.vkey",   "log.pub.pem",         "SHA256SUMS",   "records.txt",
        "records.bin", "README.txt", "verify.sh",           "incident.txt", "events.jsonl",
        "report.html", "report.pdf", LEE_BUNDLE_SEALED_NAME};
    uint32_t known = 2 * bundle->proofs + bundle->stamp_count;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        known += find(bundle, names[i]) != NULL;
    }
    for (uint32_t i = 0; i < bundle->count; i++) {
        const lee_zip_file *const file = &bundle->files[i];
        if (strncmp(file->name, "blob/", 5) == 0) {
            const lee_digest digest = lee_digest_of(file->bytes, file->length);
            lee_path path;
            lee_path_set(&path, "blob/");
            lee_path_add_hex(&path, digest.bytes, LEE_DIGEST_BYTES);
            if (strcmp(path.text, file->name) != 0) {
                return wrong(bundle, file->name, "does not have the hash that names it");
            }
            known++;
        }
    }
    return known == bundle->count ? LEE_OK
                                  : wrong(bundle, "(archive)", "holds files that do not belong");
}

lee_error lee_bundle_open(const uint8_t *bytes, size_t length, const lee_note_verifier *key,
                          lee_bundle *out)
{
    assert(bytes && out);
    memset(out, 0, sizeof(*out));
    lee_buffer_init(&out->composed, 2 * LEE_ENTRY_MAX_BYTES);
    lee_error error = lee_zip_read(bytes, length, &out->files, &out->count);
    if (error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (error) {
        return wrong(out, "(archive)", "is not, byte for byte, an archive that leeward wrote");
    }
    error = check_head(out, key);
    if (!error) {
        error = check_range(out);
    }
    if (!error) {
        error = check_singles(out);
    }
    if (!error) {
        error = check_stamps(out);
    }
    if (!error) {
        error = check_names(out);
    }
    return error;
}

void lee_bundle_close(lee_bundle *bundle)
{
    assert(bundle);
    lee_free(bundle->files);
    lee_buffer_free(&bundle->composed);
    bundle->files = NULL;
}

bool lee_bundle_next(lee_bundle *bundle, size_t *at, uint64_t *index, lee_record *out)
{
    assert(bundle && at && index && out);
    const lee_zip_file *const records = bundle->records;
    const uint8_t *entry = NULL;
    size_t length = 0;
    bundle->sealed_at = *at == 0 ? 0 : bundle->sealed_at;
    if (!records || !lee__bundle_next(records->bytes, records->length, at, &entry, &length)) {
        return false;
    }
    *out = (lee_record){.index = (*index)++,
                        .kind = (lee_record_kind)(entry[0] & LEE_ENTRY_KIND_MASK),
                        .bytes = entry + 1,
                        .length = length - 1};
    if (entry[0] & LEE_ENTRY_BLOB) {
        lee_path path;
        lee_path_set(&path, "blob/");
        lee_path_add_hex(&path, entry + 9, LEE_DIGEST_BYTES);
        const lee_zip_file *const file = find(bundle, path.text);
        assert(file); /* it was checked */
        out->bytes = file->bytes;
        out->length = file->length;
    } else if (entry[0] & LEE_ENTRY_SEALED) {
        uint32_t withheld = 0;
        if (compose(bundle, out->index, entry + 1, length - 1, &withheld)) {
            bundle->composed.error = LEE_ERR_NO_MEMORY; /* all else was checked */
            return false;
        }
        out->bytes = withheld ? (const uint8_t *)"" : bundle->composed.bytes;
        out->length = withheld ? 0 : bundle->composed.length;
    }
    return true;
}
