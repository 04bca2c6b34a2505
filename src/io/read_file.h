/* io/read_file.h: whole small files, and the few that nobody else may read. */
#ifndef LEE_IO_READ_FILE_H
#define LEE_IO_READ_FILE_H

#include "base/buffer.h"
#include "leeward/error.h"

/* Appends the file to `out`. LEE_ERR_NOT_FOUND, LIMIT (beyond the buffer's), NO_MEMORY,
 * UNSUPPORTED (not a regular file), IO. */
LEE_CHECK_RESULT
lee_error lee_file_read_whole(const char *path, lee_buffer *out);

/* Replaces the file as a whole, durable when this returns: readable by its owner alone from the
 * first instant (mode 0600), never half written. LEE_ERR_IO. */
LEE_CHECK_RESULT
lee_error lee_file_write_private(const char *path, const void *bytes, size_t length);

/* Makes the folder where it is not, durably: its parent is synced, also when it was there, because
 * who made it may have died before that. 0 or -errno. */
int lee_folder_make(const char *path);

/* Opens for reading, for streams of unknown length: "-" is standard input. A descriptor or
 * -errno; close with lee_descriptor_close. */
int lee_file_open_stream(const char *path);

#endif
