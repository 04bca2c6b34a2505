/* app/setup.h: what stands in files when a watch begins: zones, permits, places, the journal. */
#ifndef LEE_APP_SETUP_H
#define LEE_APP_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/recorder.h"
#include "app/session.h"
#include "app/signer_process.h"
#include "base/buffer.h"
#include "journal/journal.h"
#include "leeward/error.h"
#include "leeward/zone.h"

/* Reads zone files into one canonical GeoJSON text; what is refused is said on standard error as
 * FILE:LINE: zone: refused: reason, what is repaired is counted. *refused: whether anything was
 * refused; the rest is there all the same. Errors: a file could not be read. */
LEE_CHECK_RESULT
lee_error lee_setup_zones(const char *const *files, int count, lee_buffer *out, bool *refused);

/* The same for a permit file; the text is what was accepted. */
LEE_CHECK_RESULT
lee_error lee_setup_permits(const char *file, lee_buffer *out, bool *refused);

/* The lines of a places file (warn/places.h) that lie within reach of the zones of the text. */
LEE_CHECK_RESULT
lee_error lee_setup_places(const char *file, const lee_buffer *zones, lee_buffer *out);

/* The session of a watch: defaults, the pressure at sea level by the words of `--qnh`
 * (app/heights.h; statements are appended to `qnh`), and the receivers below. LEE_ERR_DOMAIN, and
 * what reading a file may say: a word is refused, which was said. */
LEE_CHECK_RESULT
lee_error lee_setup_session(const char *const *words, int word_count, const char *const *feeds,
                            int feed_count, lee_session *out, lee_buffer *qnh);

/* Notes in the session where the receivers of the feeds stand, as their URIs say (feed/uri.h), and
 * which feeds are live. */
void lee_setup_receivers(const char *const *feeds, int count, lee_session *session);

/* 32 random bytes from the system. False: it gives none. */
bool lee_setup_random(uint8_t *bytes, size_t length);

/* Opens or makes a journal, which nobody else may be writing; what recovery found is said on
 * standard error. `root_size` and `reserve_bytes` as in lee_journal_options. Its heads are signed
 * by a process of its own, *signer, which lives as long as the journal; free it afterwards,
 * whatever this answers. NULL: by this process. `socket` (or NULL) as in app/signer_process.h. */
LEE_CHECK_RESULT
lee_error lee_setup_journal(const char *folder, uint64_t root_size, uint64_t reserve_bytes,
                            const char *socket, lee_signer_process **signer, lee_journal **out,
                            lee_journal_recovery *found);

/* Submits zones, permits and places from t_us on. An empty text is not submitted. Says on standard
 * error what was refused. */
LEE_CHECK_RESULT
lee_error lee_setup_submit_text(lee_recorder *recorder, lee_record_kind kind, int64_t t_us,
                                uint64_t generation, const lee_buffer *text);

/* Says on standard error why a file cannot be read, and returns the error. */
lee_error lee_setup_say_unreadable(const char *path, lee_error error);

#endif
