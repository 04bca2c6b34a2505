/* warn/words.h: what a warning says, in each language.
 *
 * Public words name districts, a kind of thing and a span of minutes; never a target, a zone, a
 * position or a course. No text promises safety. */
#ifndef LEE_WARN_WORDS_H
#define LEE_WARN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "warn/places.h"
#include "warn/reach.h"

typedef enum { LEE_LANGUAGE_EN, LEE_LANGUAGE_AR, LEE_LANGUAGE_COUNT } lee_language;

/* What is so: expected to come in, inside, over, or over because nobody sees it any more. */
typedef enum {
    LEE_PHASE_PREDICTED,
    LEE_PHASE_INSIDE,
    LEE_PHASE_OVER,
    LEE_PHASE_UNKNOWN,
    LEE_PHASE_COUNT
} lee_phase;

typedef struct {
    lee_phase phase;
    bool surface;  /* a ship or a vehicle, not an aircraft */
    bool exercise; /* every headline and description says so */
    const lee_places *places;
    const lee_reach *reach;
    bool arrival_known;
    int64_t arrival_s; /* from now, of the first place */
} lee_words;

/* Which span of minutes the words name, from 0; two messages with the same number say the same. */
int lee_words_band(const lee_words *words);

/* RFC 3066 tag, as CAP wants: "en-US" would claim more than we know, so "en", "ar". */
const char *lee_words_language(lee_language language);
const char *lee_words_event(const lee_words *words, lee_language language);
const char *lee_words_comma(lee_language language);
/* " and around" after the names of a district. */
const char *lee_words_around(lee_language language);
void lee_words_headline(const lee_words *words, lee_language language, lee_buffer *out);
void lee_words_description(const lee_words *words, lee_language language, lee_buffer *out);
/* In an exercise it begins with words that make it one for a real warning. */
void lee_words_instruction(const lee_words *words, lee_language language, lee_buffer *out);

#endif
