/* app/cmd_bundle.h: `leeward bundle INCIDENT -o FILE.zip JOURNAL`: one incident with its proofs. */
#ifndef LEE_APP_CMD_BUNDLE_H
#define LEE_APP_CMD_BUNDLE_H

#include "base/buffer.h"
#include "journal/bundle.h"

/* argv[0] is "bundle". Returns an exit status (app/args.h). */
int lee_cmd_bundle(int argc, char **argv);

/* For verify and replay: whether a path is a bundle, that is a file and not a folder; and opening
 * it with all checks, the texts made again included. What does not verify is said on standard
 * error. False: it does not verify or cannot be read. Free bytes and out->files in any case. */
bool lee_bundle_is_one(const char *path);
bool lee_bundle_load(const char *path, const lee_note_verifier *key, lee_buffer *bytes,
                     lee_bundle *out);

#endif
