/* io/file_os.h: the operating system's files behind the table of base/file.h. */
#ifndef LEE_IO_FILE_OS_H
#define LEE_IO_FILE_OS_H

#include "base/file.h"

/* The real file system. Files are made for their owner alone (0600, folders 0700), because a
 * journal holds exact positions and a secret key; publishing is a copy that somebody decides on.
 * Interrupted calls are repeated, short writes are continued, a symbolic link in the last place of
 * a path is not followed when a file is made. `remove` takes empty folders too. */
extern const lee_file_system lee_file_os;

#endif
