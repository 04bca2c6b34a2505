#include "app/forget.h"

#include <assert.h>

#include "base/alloc.h"
#include "base/json_scan.h"
#include "io/file_os.h"
#include "journal/disk.h"
#include "journal/journal.h"
#include "journal/sealed.h"

/* Whose time stands in the open part of its entry, in front of what is sealed. */
static bool is_before(const lee_journal_reader *reader, int64_t before_us)
{
    size_t length = 0;
    const uint8_t *const entry = lee_journal_reader_entry(reader, &length);
    lee_bytes payload;
    lee_sealed_part part;
    lee_json_scan scan;
    lee_json_value key, value;
    int64_t t_us = 0;
    lee_bytes_init(&payload, entry + 1, length - 1);
    if (!lee_sealed_next(&payload, &part)) {
        return false;
    }
    lee_json_scan_init(&scan, (const char *)part.open, part.open_length);
    return lee_json_scan_object(&scan) && lee_json_scan_member(&scan, &key, &value) &&
           lee_json_value_is(&key, "t_us") && lee_json_value_fixed(&value, 0, &t_us) &&
           t_us < before_us;
}

static lee_error destroy(lee_disk *disk, uint64_t index, bool dry_run, lee_forgotten *out)
{
    lee_path path;
    lee_buffer values;
    lee_path_sealed(&path, disk->folder, index);
    lee_buffer_init(&values, LEE_SEALED_VALUES_MAX_BYTES);
    lee_error error = lee_disk_read(disk, &path, &values);
    lee_buffer_free(&values);
    if (error != LEE_OK && error != LEE_ERR_LIMIT) {
        return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
    }
    out->destroyed++;
    if (dry_run) {
        return LEE_OK;
    }
    error = lee_disk_remove(disk, &path);
    return error == LEE_OK ? lee_disk_touch(disk, &path) : error;
}

lee_error lee_forget_operators(const char *folder, int64_t before_us, bool dry_run,
                               lee_forgotten *out)
{
    assert(folder && out);
    *out = (lee_forgotten){.found = 0};
    lee_journal_reader *reader = NULL;
    lee_disk *const disk = lee_alloc(1, sizeof *disk);
    lee_error error =
        disk ? lee_journal_reader_open(&lee_file_os, folder, 0, &reader) : LEE_ERR_NO_MEMORY;
    bool damaged = false;
    if (error == LEE_OK) {
        lee_disk_init(disk, &lee_file_os, folder);
    }
    while (error == LEE_OK) {
        lee_record record;
        error = lee_journal_reader_next(reader, &record);
        if (error == LEE_ERR_NOT_FOUND) {
            error = lee_disk_sync_folders(disk);
            break;
        }
        if (error == LEE_ERR_CORRUPT) {
            damaged |= !lee_journal_reader_withheld(reader);
            error = LEE_OK;
        } else if (error == LEE_OK && record.kind == LEE_RECORD_REMOTE_OPERATOR &&
                   is_before(reader, before_us)) {
            out->found++;
            error = destroy(disk, record.index, dry_run, out);
        }
    }
    lee_journal_reader_close(reader);
    lee_free(disk);
    return error == LEE_OK && damaged ? LEE_ERR_CORRUPT : error;
}
