/* Space that is set aside for the day when the disk is full: DIR/reserve, whose blocks are there
 * and which holds nothing. It is removed when a write says that there is no space, so that gaps,
 * warnings and heartbeats still find some, and made again when there is as much beside it. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "journal/journal_private.h"

static void reserve_path(const lee_journal *journal, const char *suffix, lee_path *out)
{
    lee_path_set(out, journal->disk.folder);
    lee_path_add(out, "/reserve");
    lee_path_add(out, suffix);
}

static bool is_there(lee_journal *journal)
{
    const lee_file_system *const fs = journal->disk.fs;
    lee_path path;
    lee_file file;
    uint64_t size = 0;
    reserve_path(journal, "", &path);
    if (fs->open(fs->context, path.text, LEE_FILE_READ, &file) != 0) {
        return false;
    }
    const bool good = fs->size(fs->context, file, &size) == 0;
    fs->close(fs->context, file);
    return good && size >= journal->options.reserve_bytes;
}

/* Takes twice as much and gives half of it back: what is left free must not be less than what is
 * set aside, or the reserve would be what fills the disk. */
static int allocate(lee_journal *journal, const char *path)
{
    const lee_file_system *const fs = journal->disk.fs;
    lee_file file;
    int error = fs->open(fs->context, path, LEE_FILE_CREATE, &file);
    if (error) {
        return error;
    }
    error = fs->reserve(fs->context, file, 2 * journal->options.reserve_bytes);
    if (!error) {
        error = fs->truncate(fs->context, file, journal->options.reserve_bytes);
    }
    if (!error) {
        error = fs->sync(fs->context, file);
    }
    fs->close(fs->context, file);
    return error;
}

int lee__reserve_make(lee_journal *journal)
{
    const lee_file_system *const fs = journal->disk.fs;
    if (journal->options.reserve_bytes == 0 || is_there(journal)) {
        return 0;
    }
    if (!fs->reserve) {
        return -EOPNOTSUPP;
    }
    lee_path path;
    lee_path fresh;
    reserve_path(journal, "", &path);
    reserve_path(journal, ".new", &fresh);
    int error = fs->remove(fs->context, fresh.text);
    if (error == 0 || error == -ENOENT) {
        error = allocate(journal, fresh.text);
    }
    if (!error) {
        error = fs->rename(fs->context, fresh.text, path.text);
    }
    if (!error) {
        error = fs->sync_folder(fs->context, journal->disk.folder);
    }
    if (error) {
        (void)fs->remove(fs->context, fresh.text);
    }
    return error;
}

bool lee__reserve_release(lee_journal *journal)
{
    const int error = journal->disk.failure.operation ? journal->disk.failure.error
                      : journal->signer_failed        ? journal->signer_errno
                                                      : 0;
    if ((error != ENOSPC && error != EDQUOT) || journal->options.reserve_bytes == 0) {
        return false;
    }
    const lee_file_system *const fs = journal->disk.fs;
    lee_path path;
    reserve_path(journal, "", &path);
    if (fs->remove(fs->context, path.text) != 0) {
        return false;
    }
    (void)fs->sync_folder(fs->context, journal->disk.folder);
    journal->is_scarce = true;
    return true;
}

void lee__say_scarce(const lee_journal *journal, char message[LEE_JOURNAL_MESSAGE_BYTES])
{
    lee__say(message, journal->disk.folder);
    lee__say(message, ": write failed: ");
    lee__say(message, lee_errno_text(ENOSPC));
    lee__say(message, ". The reserve of ");
    lee__say_number(message, journal->options.reserve_bytes);
    lee__say(message, " bytes was released: events, warnings, heartbeats and what is told by hand "
                      "are kept, frames as received are not (");
    lee__say_number(message, journal->scarce_records);
    lee__say(message, " records so far), so that this time cannot be decided again. Free space: "
                      "the reserve and the frames come back by themselves.");
}
