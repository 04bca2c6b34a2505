/* journal/wal.h: the write-ahead segments, DIR/wal/<first index> (docs/formats/journal.md).
 *
 * A segment is a header, written twice, and batches. A batch is what one write put there: a header
 * and records. Every checksum is salted with a number that only this segment has, so that neither
 * old bytes on the disk nor bytes inside a record can pass for a record. */
#ifndef LEE_JOURNAL_WAL_H
#define LEE_JOURNAL_WAL_H

#include "journal/disk.h"

/* An entry is the kind byte and the payload; C2SP bundles prefix it with 16 bits. */
#define LEE_ENTRY_MAX_BYTES 65535u

#define LEE_WAL_HEADER_BYTES 64u
#define LEE_WAL_BATCH_BYTES 32u
#define LEE_WAL_RECORD_BYTES 8u

/* Fills in the segment's header. */
void lee_wal_header(uint64_t first, const uint8_t salt[8], uint8_t out[LEE_WAL_HEADER_BYTES]);

/* The checksum that all others of a segment start from. */
uint32_t lee_wal_salt_crc(const uint8_t salt[8]);

/* Fills in a batch header: `count` records from `first` on in `body_bytes`; when it was written,
 * the records below `durable` were known to be synced. */
void lee_wal_batch(uint32_t salt_crc, uint64_t first, uint64_t durable, uint32_t count,
                   uint32_t body_bytes, uint8_t out[LEE_WAL_BATCH_BYTES]);

/* Fills in the eight bytes before an entry, which is the byte `kind` and then `payload`. */
void lee_wal_record(uint32_t salt_crc, uint64_t index, uint8_t kind, const uint8_t *payload,
                    size_t payload_length, uint8_t out[LEE_WAL_RECORD_BYTES]);

typedef struct {
    uint64_t index;
    uint64_t offset;      /* in the segment, of the record */
    const uint8_t *entry; /* borrowed until the next call on the scan */
    size_t length;
} lee_wal_entry;

/* Reads a segment from the front. */
typedef struct {
    const lee_file_system *fs;
    lee_path path;
    lee_file file;
    bool is_open;
    bool loose;         /* a damaged batch header was passed: batch ends are not known */
    bool header_damage; /* one of the two copies of the header does not verify */
    uint32_t salt_crc;
    uint64_t first;
    uint64_t offset;    /* where the next item is expected; on damage, where the damage is */
    uint64_t index;     /* of the next record */
    uint64_t batch_end; /* index behind the last record of the batch being read */
    uint64_t durable;   /* greatest `durable` of the batch headers read */
    const char *reason; /* of the damage; static */
    int io_error;       /* errno, negative, of LEE_ERR_IO */
    uint8_t *window;
    size_t window_length;
    uint64_t window_offset;
} lee_wal_scan;

/* Opens a segment and reads its header. `salt` is used when neither copy of the header verifies;
 * NULL: not known. LEE_ERR_NOT_FOUND, IO, NO_MEMORY; LEE_ERR_CORRUPT: no header and no salt, or the
 * header names another first index. Whatever it answers, close it. */
LEE_CHECK_RESULT
lee_error lee_wal_scan_open(lee_wal_scan *scan, const lee_file_system *fs, const lee_path *path,
                            uint64_t first, const uint8_t *salt);
void lee_wal_scan_close(lee_wal_scan *scan);

/* The next record. LEE_ERR_NOT_FOUND: the end, after whole batches; asking again later reads what
 * was written since. LEE_ERR_CORRUPT: scan->offset, index and reason say what does not verify.
 * LEE_ERR_IO. */
LEE_CHECK_RESULT
lee_error lee_wal_scan_next(lee_wal_scan *scan, lee_wal_entry *out);

/* After LEE_ERR_CORRUPT: goes to the next place that verifies. False: there is none. */
bool lee_wal_scan_resume(lee_wal_scan *scan);

/* After LEE_ERR_CORRUPT: does a later batch prove that record `index` had been synced? */
bool lee_wal_scan_proves(lee_wal_scan *scan, uint64_t index);

/* Goes on writing at the end of a segment that this made. */
typedef struct {
    lee_path path;
    lee_file file;
    bool is_open;
    uint64_t first;
    uint64_t offset; /* where the next batch goes */
    uint32_t salt_crc;
} lee_wal_writer;

/* Makes the segment under a temporary name, with its header, not synced. */
LEE_CHECK_RESULT
lee_error lee_wal_create(lee_disk *disk, uint64_t first, const uint8_t salt[8],
                         lee_wal_writer *out);

/* Syncs it and gives it its name, durably; replaces a segment of that name. */
LEE_CHECK_RESULT
lee_error lee_wal_publish(lee_disk *disk, lee_wal_writer *writer);
LEE_CHECK_RESULT
lee_error lee_wal_write(lee_disk *disk, lee_wal_writer *writer, const uint8_t *bytes,
                        size_t length);
LEE_CHECK_RESULT
lee_error lee_wal_sync(lee_disk *disk, lee_wal_writer *writer);
void lee_wal_close(lee_disk *disk, lee_wal_writer *writer);

/* The first indices of all segments, ascending. The caller frees *out with lee_free. */
LEE_CHECK_RESULT
lee_error lee_wal_list(lee_disk *disk, uint64_t **out, uint32_t *out_count);

#endif
