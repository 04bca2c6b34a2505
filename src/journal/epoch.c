/* The signer's memory of the head it signed last, kept apart from the log, and the new epoch that
 * begins when that memory and the log disagree (reliability.md 4.2).
 *
 * A log that is restored from an older copy would sign other records under places that it has
 * signed for already: two histories under one name, which is what a log is there to make
 * impossible. */
#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "base/json.h"
#include "journal/journal_private.h"

lee_error lee__head_read(lee_disk *disk, const lee_path *path, const lee_note_verifier *verifier,
                         lee_checkpoint *out)
{
    assert(disk && path && verifier && out);
    lee_buffer text;
    lee_buffer_init(&text, LEE_NOTE_MAX_BYTES);
    lee_error error = lee_disk_read(disk, path, &text);
    const bool read = !error;
    size_t body = 0;
    lee_checkpoint head;
    if (!error) {
        error = lee_note_verify((const char *)text.bytes, text.length, verifier, &body);
    }
    if (!error) {
        error = lee_checkpoint_parse((const char *)text.bytes, body, &head);
    }
    if (!error && strcmp(head.origin, verifier->name) != 0) {
        error = LEE_ERR_CORRUPT;
    }
    lee_buffer_free(&text);
    if (!error) {
        *out = head;
    }
    return error && (read || error == LEE_ERR_LIMIT) ? LEE_ERR_CORRUPT : error;
}

static void path_below(const lee_disk *disk, const char *name, lee_path *out)
{
    lee_path_set(out, disk->folder);
    lee_path_add(out, name);
}

/* --- a new epoch ------------------------------------------------------------------------------ */

typedef struct {
    lee_disk disk; /* of the old journal */
    lee_note_verifier key;
    lee_buffer head; /* the text of the head signed last */
    uint64_t number; /* of the new epoch */
    char origin[LEE_NOTE_NAME_MAX + 24];
} epoch;

static lee_error load_old(epoch *state)
{
    lee_error error = lee__vkey_read(&state->disk, &state->key);
    if (error) {
        return error == LEE_ERR_IO || error == LEE_ERR_NO_MEMORY ? error : LEE_ERR_MISSING;
    }
    lee_path path;
    path_below(&state->disk, LEE_LAST_HEAD_NAME, &path);
    lee_checkpoint head;
    error = lee__head_read(&state->disk, &path, &state->key, &head);
    if (error == LEE_ERR_NOT_FOUND) {
        path_below(&state->disk, "/checkpoint", &path);
        error = lee__head_read(&state->disk, &path, &state->key, &head);
    }
    if (!error) {
        error = lee_disk_read(&state->disk, &path, &state->head);
    }
    return error == LEE_ERR_NOT_FOUND ? LEE_ERR_MISSING : error;
}

/* The number is written down before anything is signed under it: who restores the same copy twice
 * gets two origins. The whole old origin stands in the new one, so that those of different journals
 * never meet. */
static lee_error take_number(epoch *state)
{
    const char *const old = state->key.name;
    const size_t stem = strlen(old);
    lee_path path;
    lee_buffer text;
    lee_buffer_init(&text, 16);
    path_below(&state->disk, "/keys/epoch", &path);
    lee_error error = lee_disk_read(&state->disk, &path, &text);
    uint64_t taken = 0;
    for (size_t i = 0; !error && i + 1 < text.length; i++) {
        const uint8_t digit = text.bytes[i];
        error = digit >= '0' && digit <= '9' && i < 9 ? LEE_OK : LEE_ERR_CORRUPT;
        taken = taken * 10 + (uint64_t)(digit - '0');
    }
    lee_buffer_free(&text);
    if (error && error != LEE_ERR_NOT_FOUND) {
        return error;
    }
    state->number = taken ? taken + 1 : 2;
    lee_path digits;
    lee_path_set(&digits, "");
    lee_path_add_number(&digits, state->number, 1);
    memcpy(state->origin, old, stem);
    memcpy(state->origin + stem, "/e", 2);
    memcpy(state->origin + stem + 2, digits.text, digits.length + 1);
    if (strlen(state->origin) > LEE_NOTE_NAME_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_path_add(&digits, "\n");
    error = lee_disk_put(&state->disk, &path, digits.text, digits.length);
    if (!error) {
        error = lee_disk_touch(&state->disk, &path);
    }
    return error ? error : lee_disk_sync_folders(&state->disk);
}

/* The first record: where the old log stood, and why there is a new one. */
static lee_error append_epoch(const epoch *state, lee_journal *journal, const char *reason,
                              int64_t t_us)
{
    lee_buffer text;
    lee_buffer_init(&text, 65536);
    lee_json json;
    lee_json_begin(&json, &text);
    lee_json_object(&json);
    lee_json_put_int(&json, "t_us", t_us);
    lee_json_put_int(&json, "epoch", (int64_t)state->number);
    lee_json_put_text(&json, "reason", reason);
    lee_json_put_text(&json, "checkpoint", (const char *)state->head.bytes);
    lee_json_object_end(&json);
    uint64_t index = 0;
    lee_error error = text.error;
    if (!error) {
        error = lee_journal_append(journal, LEE_RECORD_EPOCH, text.bytes, text.length, &index);
    }
    lee_buffer_free(&text);
    if (!error) {
        error = lee_journal_commit(journal);
    }
    return error ? error : lee_journal_checkpoint(journal);
}

static lee_error require_empty(const lee_file_system *fs, const char *folder)
{
    lee_disk disk;
    lee_disk_init(&disk, fs, folder);
    lee_path path;
    lee_path_set(&path, folder);
    lee_disk_names names;
    const lee_error error = lee_disk_list(&disk, &path, &names);
    const bool empty = names.count == 0;
    lee_disk_names_free(&names);
    return error ? error : empty ? LEE_OK : LEE_ERR_STATE;
}

static void say_why(const epoch *state, lee_error error, const char *folder,
                    lee_journal_recovery *found)
{
    if (found->message[0]) {
        return;
    }
    if (state->disk.failure.operation) {
        lee__say_failure(found->message, &state->disk.failure);
        return;
    }
    lee__say(found->message, error == LEE_ERR_STATE ? folder : state->disk.folder);
    lee__say(found->message, error == LEE_ERR_STATE ? ": is not empty"
                             : error == LEE_ERR_MISSING
                                 ? ": the key or every signed head is missing"
                             : error == LEE_ERR_CORRUPT
                                 ? ": the last head is not one that its key signed, or keys/epoch "
                                   "is not a number"
                                 : ": ");
    if (error != LEE_ERR_STATE && error != LEE_ERR_MISSING && error != LEE_ERR_CORRUPT) {
        lee__say(found->message, lee_error_text(error));
    }
}

lee_error lee_journal_begin_epoch(const lee_file_system *fs, const char *old_folder,
                                  const char *folder, const char *reason, int64_t t_us,
                                  const uint8_t *seed, const lee_signer_link *signer,
                                  lee_journal **out, lee_journal_recovery *found)
{
    assert(fs && old_folder && folder && reason && seed && out && found);
    memset(found, 0, sizeof(*found));
    epoch state = {.number = 0};
    if (strlen(old_folder) == 0 || strlen(old_folder) > LEE_JOURNAL_FOLDER_MAX ||
        strlen(folder) == 0 || strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        lee__say(found->message, "a folder's name is empty or too long");
        return LEE_ERR_LIMIT;
    }
    lee_disk_init(&state.disk, fs, old_folder);
    lee_buffer_init(&state.head, LEE_NOTE_MAX_BYTES);
    lee_journal *journal = NULL;
    lee_error error = require_empty(fs, folder);
    if (!error) {
        error = load_old(&state);
    }
    if (!error) {
        lee_buffer_u8(&state.head, '\0');
        error = state.head.error;
    }
    if (!error) {
        error = take_number(&state);
    }
    if (!error) {
        lee_journal_options options;
        lee_journal_options_default(&options);
        options.origin = state.origin;
        options.seed = seed;
        options.signer = signer;
        options.key_from = old_folder;
        error = lee_journal_open(fs, folder, &options, &journal, found);
        error = error == LEE_ERR_NOT_FOUND ? LEE_ERR_MISSING : error;
    }
    if (!error &&
        (memcmp(lee_journal_verifier(journal)->public_key, state.key.public_key, 32) != 0 ||
         strcmp(lee_journal_verifier(journal)->name, state.origin) != 0)) {
        error = LEE_ERR_CORRUPT; /* the signer is not that of the old journal */
    }
    if (!error) {
        error = append_epoch(&state, journal, reason, t_us);
    }
    if (error) {
        say_why(&state, error, folder, found);
        lee_journal_abandon(journal);
    } else {
        *out = journal;
    }
    lee_buffer_free(&state.head);
    return error;
}
