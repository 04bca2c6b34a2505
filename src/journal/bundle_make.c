/* Makes a bundle out of a journal. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "journal/bundle_private.h"
#include "journal/tiles.h"
#include "journal/witness.h"

typedef struct {
    const lee_file_system *fs;
    const char *folder;
    const lee_bundle_plan *plan;
    lee_zip *zip;
    lee_zip_file *made; /* the files so far, for SHA256SUMS; bytes are owned */
    uint32_t made_count;
    lee_buffer checkpoint;
    lee_checkpoint head;
    lee_note_verifier verifier;
    lee_tiles tiles;
    lee_buffer stamps[LEE_STAMPS_MAX];
    lee_buffer sealed; /* sealed.txt */
} maker;

void lee__bundle_name(char out[LEE_ZIP_NAME_MAX + 1], uint64_t index, const char *suffix)
{
    lee_path path;
    lee_path_set(&path, "entries/");
    lee_path_add_number(&path, index, 1);
    lee_path_add(&path, suffix);
    assert(path.length <= LEE_ZIP_NAME_MAX);
    memcpy(out, path.text, path.length + 1);
}

void lee__bundle_pem(const lee_note_verifier *verifier, lee_buffer *out)
{
    /* SubjectPublicKeyInfo of RFC 8410 section 4, then the key. */
    uint8_t der[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    memcpy(der + 12, verifier->public_key, 32);
    char text[64];
    const size_t length = lee_base64_encode(der, sizeof(der), text);
    lee_buffer_text(out, "-----BEGIN PUBLIC KEY-----\n");
    lee_buffer_bytes(out, text, length);
    lee_buffer_text(out, "\n-----END PUBLIC KEY-----\n");
}

void lee__bundle_sums(const lee_zip_file *files, uint32_t count, lee_buffer *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(files[i].name, "SHA256SUMS") != 0) {
            const lee_digest digest = lee_digest_of(files[i].bytes, files[i].length);
            lee_buffer_hex(out, digest.bytes, LEE_DIGEST_BYTES);
            lee_buffer_text(out, "  ");
            lee_buffer_text(out, files[i].name);
            lee_buffer_char(out, '\n');
        }
    }
}

uint32_t lee__bundle_cover(uint64_t from, uint64_t to, lee_subtree out[128])
{
    uint32_t count = 0;
    while (from < to) {
        unsigned level = 0;
        while (level < 62 && (from & ((UINT64_C(2) << level) - 1)) == 0 &&
               from + (UINT64_C(2) << level) <= to) {
            level++;
        }
        assert(count < 128);
        out[count++] = (lee_subtree){.level = level, .index = from >> level};
        from += UINT64_C(1) << level;
    }
    return count;
}

/* Adds a file; the bytes are taken over by the list until SHA256SUMS is written. */
static lee_error add(maker *m, const char *name, lee_buffer *bytes)
{
    if (bytes->error || m->made_count == LEE_ZIP_FILES_MAX - 1) {
        const lee_error error = bytes->error ? bytes->error : LEE_ERR_LIMIT;
        lee_buffer_free(bytes);
        return error;
    }
    lee_zip_file *const file = &m->made[m->made_count++];
    memcpy(file->name, name, strlen(name) + 1);
    file->bytes = bytes->bytes; /* owned now */
    file->length = bytes->length;
    lee_zip_add(m->zip, name, file->length ? file->bytes : (const uint8_t *)"", file->length);
    return m->zip->out.error;
}

/* Takes the head with the signatures of others instead, if it covers the range and has the root
 * that the tiles give. Its text may be anything: what does not fit is left. */
static lee_error take_attested(maker *m, const lee_buffer *note)
{
    const char *const text = (const char *)note->bytes;
    size_t body = 0;
    lee_checkpoint head;
    lee_digest root;
    lee_digest ignored;
    if (note->length == 0 || lee_head_digest(text, note->length, &m->verifier, &ignored) ||
        lee_note_verify(text, note->length, &m->verifier, &body) ||
        lee_checkpoint_parse(text, body, &head) || strcmp(head.origin, m->verifier.name) != 0 ||
        head.size < m->plan->end || head.size > m->tiles.size) {
        return LEE_ERR_NOT_FOUND;
    }
    lee_error error = lee_merkle_root_of(lee_tiles_source, &m->tiles, head.size, &root);
    if (!error && !lee_digest_equal(&root, &head.root)) {
        error = LEE_ERR_NOT_FOUND;
    }
    if (!error) {
        lee_buffer_reset(&m->checkpoint);
        lee_buffer_bytes(&m->checkpoint, note->bytes, note->length);
        m->head = head;
        error = m->checkpoint.error;
    }
    return error;
}

static lee_error choose_head(maker *m)
{
    lee_error error = m->plan->attested ? take_attested(m, m->plan->attested) : LEE_ERR_NOT_FOUND;
    for (uint32_t i = 0; !error && m->plan->stamps && i < LEE_STAMPS_MAX; i++) {
        lee_buffer_bytes(&m->stamps[i], m->plan->stamps[i].bytes, m->plan->stamps[i].length);
        error = m->stamps[i].error;
    }
    if (error != LEE_ERR_NOT_FOUND) {
        return error;
    }
    lee_path path;
    lee_path_set(&path, m->folder);
    lee_path_add(&path, LEE_ATTESTED_NAME);
    lee_buffer note;
    lee_buffer_init(&note, LEE_NOTE_MAX_BYTES);
    error = lee_disk_read(&m->tiles.disk, &path, &note);
    if (!error) {
        error = take_attested(m, &note);
    }
    lee_buffer_free(&note);
    for (uint32_t i = 0; !error && i < LEE_STAMPS_MAX; i++) {
        lee_path stamp;
        lee_stamp_path(path.text, i, &stamp);
        error = lee_disk_read(&m->tiles.disk, &stamp, &m->stamps[i]);
        error = error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
    }
    return error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT ? LEE_OK : error;
}

static lee_error read_head(maker *m)
{
    lee_path path;
    lee_path_set(&path, m->folder);
    lee_path_add(&path, "/checkpoint");
    lee_error error = lee_disk_read(&m->tiles.disk, &path, &m->checkpoint);
    lee_buffer key;
    lee_buffer_init(&key, LEE_NOTE_KEY_TEXT_BYTES + 1);
    lee_path_set(&path, m->folder);
    lee_path_add(&path, "/keys/journal.vkey");
    if (!error) {
        error = lee_disk_read(&m->tiles.disk, &path, &key);
    }
    if (!error && (key.length == 0 || lee_note_verifier_parse((const char *)key.bytes,
                                                              key.length - 1, &m->verifier))) {
        error = LEE_ERR_CORRUPT;
    }
    size_t body = 0;
    const char *const note = (const char *)m->checkpoint.bytes;
    if (!error && (lee_note_verify(note, m->checkpoint.length, &m->verifier, &body) ||
                   lee_checkpoint_parse(note, body, &m->head))) {
        error = LEE_ERR_CORRUPT;
    }
    if (!error) {
        m->tiles.size = m->head.size;
        error = m->plan->end > m->head.size ? LEE_ERR_STATE : choose_head(m);
    }
    if (!error) {
        return add(m, "log.vkey", &key);
    }
    lee_buffer_free(&key);
    return error;
}

static void put_hash(lee_buffer *out, const lee_digest *digest)
{
    char text[48];
    lee_buffer_bytes(out, text, lee_base64_encode(digest->bytes, LEE_DIGEST_BYTES, text));
    lee_buffer_char(out, '\n');
}

/* records.txt: the hashes left and right of the range, from which the root is folded. */
static lee_error add_range(maker *m)
{
    lee_buffer text;
    lee_buffer_init(&text, 65536);
    lee_buffer_text(&text, LEE_BUNDLE_RANGE_TITLE "\nfirst ");
    lee_buffer_uint(&text, m->plan->first);
    lee_buffer_text(&text, "\nend ");
    lee_buffer_uint(&text, m->plan->end);
    lee_buffer_char(&text, '\n');
    lee_error error = LEE_OK;
    for (int side = 0; side < 2; side++) {
        lee_subtree cover[128];
        const uint32_t count = side == 0 ? lee__bundle_cover(0, m->plan->first, cover)
                                         : lee__bundle_cover(m->plan->end, m->head.size, cover);
        for (uint32_t i = 0; !error && i < count; i++) {
            lee_digest digest;
            error = lee_tiles_source(&m->tiles, cover[i].level, cover[i].index, &digest);
            lee_buffer_text(&text, side == 0 ? "left " : "right ");
            put_hash(&text, &digest);
        }
    }
    if (error) {
        lee_buffer_free(&text);
        return error;
    }
    return add(m, "records.txt", &text);
}

static lee_error add_single(maker *m, uint64_t index, const uint8_t *entry, size_t length)
{
    char name[LEE_ZIP_NAME_MAX + 1];
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_ENTRY_MAX_BYTES);
    lee_buffer_bytes(&bytes, entry, length);
    lee__bundle_name(name, index, ".entry");
    lee_error error = add(m, name, &bytes);
    lee_merkle_proof proof;
    if (!error) {
        error =
            lee_merkle_prove_inclusion(lee_tiles_source, &m->tiles, index, m->head.size, &proof);
    }
    if (error) {
        return error;
    }
    lee_buffer_init(&bytes, 65536);
    lee_buffer_text(&bytes, LEE_PROOF_TITLE "\nindex ");
    lee_buffer_uint(&bytes, index);
    lee_buffer_char(&bytes, '\n');
    for (uint32_t i = 0; i < proof.count; i++) {
        put_hash(&bytes, &proof.hashes[i]);
    }
    lee_buffer_char(&bytes, '\n');
    lee_buffer_bytes(&bytes, m->checkpoint.bytes, m->checkpoint.length);
    lee__bundle_name(name, index, ".tlog-proof");
    return add(m, name, &bytes);
}

/* A large record's bytes go into a file of their own. */
static lee_error add_blob(maker *m, const lee_record *record)
{
    const lee_digest digest = lee_digest_of(record->bytes, record->length);
    lee_path path;
    lee_path_set(&path, "blob/");
    lee_path_add_hex(&path, digest.bytes, LEE_DIGEST_BYTES);
    if (lee_zip_find(m->made, m->made_count, path.text)) {
        return LEE_OK;
    }
    lee_buffer blob;
    lee_buffer_init(&blob, LEE_JOURNAL_RECORD_MAX_BYTES);
    lee_buffer_bytes(&blob, record->bytes, record->length);
    return add(m, path.text, &blob);
}

void lee__bundle_sealed_line(lee_buffer *out, uint64_t index, uint32_t field, const char *name,
                             const uint8_t *salted, size_t length)
{
    lee_buffer_uint(out, index);
    lee_buffer_char(out, ' ');
    lee_buffer_uint(out, field);
    lee_buffer_char(out, ' ');
    lee_buffer_text(out, name);
    lee_buffer_char(out, ' ');
    for (size_t at = 0; at < length; at += 48) {
        char text[64];
        const size_t step = length - at < 48 ? length - at : 48;
        lee_buffer_bytes(out, text, lee_base64_encode(salted + at, step, text));
    }
    lee_buffer_char(out, '\n');
}

static bool is_redacted(const lee_bundle_plan *plan, const char *name)
{
    bool found = false;
    for (uint32_t i = 0; i < plan->redact_count; i++) {
        found |= strcmp(plan->redact[i], "all") == 0 || strcmp(plan->redact[i], name) == 0;
    }
    return found;
}

/* The sealed values of a record that are here and may be told. */
static lee_error add_sealed(maker *m, const lee_journal_reader *reader, const lee_record *record,
                            const uint8_t *payload, size_t length)
{
    const lee_bundle_plan *const plan = m->plan;
    const bool is_hidden = lee_record_kind_is_apart(record->kind) &&
                           !(plan->discloses && plan->discloses(plan->disclosing, record));
    lee_bytes cursor;
    lee_sealed_part part;
    lee_bytes_init(&cursor, payload, length);
    for (uint32_t field = 0; lee_sealed_next(&cursor, &part) && part.name[0]; field++) {
        size_t size = 0;
        const uint8_t *const salted = lee_journal_reader_sealed(reader, field, &size);
        if (salted && !is_hidden && !is_redacted(plan, part.name)) {
            lee__bundle_sealed_line(&m->sealed, record->index, field, part.name, salted, size);
        } else if (salted && plan->redacted) {
            (*plan->redacted)++;
        }
    }
    return m->sealed.error;
}

/* What an entry names beside itself. */
static lee_error add_beside(maker *m, const lee_journal_reader *reader, const lee_record *record,
                            const uint8_t *entry, size_t length)
{
    if (entry[0] & LEE_ENTRY_BLOB) {
        return add_blob(m, record);
    }
    return entry[0] & LEE_ENTRY_SEALED ? add_sealed(m, reader, record, entry + 1, length - 1)
                                       : LEE_OK;
}

static lee_error add_records(maker *m)
{
    lee_journal_reader *reader = NULL;
    lee_error error = lee_journal_reader_open(m->fs, m->folder, m->plan->first, &reader);
    if (error) {
        return error;
    }
    if (m->plan->discloses) {
        lee_journal_reader_disclose(reader);
    }
    lee_buffer records;
    lee_buffer_init(&records, LEE_ZIP_MAX_BYTES);
    uint32_t single = 0;
    for (uint64_t i = m->plan->first; !error && i < m->plan->end; i++) {
        lee_record record;
        error = lee_journal_reader_next(reader, &record);
        if (lee_journal_reader_withheld(reader)) {
            error = LEE_OK; /* destroyed, and proven all the same */
        }
        if (!error && record.index != i) {
            error = LEE_ERR_CORRUPT;
        }
        size_t length = 0;
        const uint8_t *const entry = lee_journal_reader_entry(reader, &length);
        if (!error) {
            error = add_beside(m, reader, &record, entry, length);
        }
        if (error) {
            break;
        }
        lee_buffer_u8(&records, (uint8_t)(length >> 8));
        lee_buffer_u8(&records, (uint8_t)length);
        lee_buffer_bytes(&records, entry, length);
        if (single < m->plan->single_count && m->plan->singles[single] == i) {
            single++;
            error = add_single(m, i, entry, length);
        }
    }
    lee_journal_reader_close(reader);
    if (error) {
        lee_buffer_free(&records);
        return error == LEE_ERR_NOT_FOUND ? LEE_ERR_CORRUPT : error;
    }
    error = add(m, "records.bin", &records);
    if (!error && m->sealed.length > 0) {
        error = add(m, LEE_BUNDLE_SEALED_NAME, &m->sealed);
        lee_buffer_init(&m->sealed, 0); /* the list has its bytes now */
    }
    return error;
}

/* Stamps of an earlier head may still stand beside a newer one. */
static lee_error add_stamps(maker *m)
{
    lee_digest digest;
    const char *const note = (const char *)m->checkpoint.bytes;
    lee_error error = lee_head_digest(note, m->checkpoint.length, &m->verifier, &digest);
    for (uint32_t i = 0; !error && i < LEE_STAMPS_MAX; i++) {
        lee_buffer *const stamp = &m->stamps[i];
        if (!lee_stamp_is_of(stamp->bytes, stamp->length, &digest)) {
            continue;
        }
        lee_path path;
        lee_stamp_path("checkpoint", i, &path);
        error = add(m, path.text, stamp);
        lee_buffer_init(stamp, LEE_NOTE_MAX_BYTES); /* the list has its bytes now */
    }
    return error;
}

static lee_error add_rest(maker *m)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_NOTE_MAX_BYTES);
    lee_buffer_bytes(&bytes, m->checkpoint.bytes, m->checkpoint.length);
    lee_error error = add(m, "checkpoint", &bytes);
    if (!error) {
        error = add_stamps(m);
    }
    if (!error) {
        lee_buffer_init(&bytes, 4096);
        lee__bundle_pem(&m->verifier, &bytes);
        error = add(m, "log.pub.pem", &bytes);
    }
    if (!error) {
        lee_buffer_init(&bytes, LEE_ZIP_MAX_BYTES);
        lee__bundle_sums(m->made, m->made_count, &bytes);
        error = add(m, "SHA256SUMS", &bytes);
    }
    return error ? error : lee_zip_end(m->zip);
}

static lee_error run(maker *m)
{
    lee_error error = LEE_OK;
    for (uint32_t i = 0; !error && i < m->plan->document_count; i++) {
        const lee_zip_file *const document = &m->plan->documents[i];
        lee_buffer bytes;
        lee_buffer_init(&bytes, LEE_ZIP_MAX_BYTES);
        lee_buffer_bytes(&bytes, document->bytes, document->length);
        error = add(m, document->name, &bytes);
    }
    if (!error) {
        error = read_head(m);
    }
    if (!error) {
        error = add_range(m);
    }
    if (!error) {
        error = add_records(m);
    }
    return error ? error : add_rest(m);
}

lee_error lee_bundle_make(const lee_file_system *fs, const char *folder,
                          const lee_bundle_plan *plan, lee_zip *out)
{
    assert(fs && folder && plan && out);
    assert(plan->first < plan->end);
    if (strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    maker *const m = lee_alloc(1, sizeof(*m));
    lee_zip_file *const made = lee_alloc(LEE_ZIP_FILES_MAX, sizeof(*made));
    if (!m || !made) {
        lee_free(m);
        lee_free(made);
        return LEE_ERR_NO_MEMORY;
    }
    m->fs = fs;
    m->folder = folder;
    m->plan = plan;
    m->zip = out;
    m->made = made;
    lee_buffer_init(&m->checkpoint, LEE_NOTE_MAX_BYTES);
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_buffer_init(&m->stamps[i], LEE_NOTE_MAX_BYTES);
    }
    lee_buffer_init(&m->sealed, LEE_ZIP_MAX_BYTES);
    lee_tiles_init(&m->tiles, fs, folder, 0);
    const lee_error error = run(m);
    for (uint32_t i = 0; i < m->made_count; i++) {
        lee_free((void *)(uintptr_t)made[i].bytes);
    }
    lee_tiles_free(&m->tiles);
    lee_buffer_free(&m->checkpoint);
    lee_buffer_free(&m->sealed);
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_buffer_free(&m->stamps[i]);
    }
    lee_free(made);
    lee_free(m);
    return error;
}
