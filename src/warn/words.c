#include "warn/words.h"

#include <assert.h>

#define HEADLINE_PLACES 3u

typedef enum { BAND_SOON, BAND_NOW, BAND_5, BAND_10, BAND_15, BAND_COUNT } band;

typedef struct {
    const char *tag;
    const char *comma;
    const char *around;
    const char *exercise;
    const char *exercise_note;
    const char *exercise_instruction;
    const char *event[2]; /* by surface */
    const char *over;
    const char *unknown;
    const char *expected[2];
    const char *inside[2];
    const char *more_before;
    const char *more_after;
    const char *bands[BAND_COUNT];
    const char *descriptions[LEE_PHASE_COUNT][2];
    const char *instructions[LEE_PHASE_COUNT];
} vocabulary;

static const vocabulary languages[LEE_LANGUAGE_COUNT] = {
    [LEE_LANGUAGE_EN] =
        {
            .tag = "en",
            .comma = ", ",
            .around = " and around",
            .exercise = "EXERCISE: ",
            .exercise_note = "This is an exercise. Do nothing. ",
            .exercise_instruction = "In a real warning it would say here: ",
            .event = {"Air warning", "Approach warning"},
            .over = "Warning over: ",
            .unknown = "Warning withdrawn, nothing more is known: ",
            .expected = {"an aircraft may reach you ", "a vessel or vehicle may reach you "},
            .inside = {"an aircraft is in the protected area",
                       "a vessel or vehicle is in the protected area"},
            .more_before = " and ",
            .more_after = " more",
            .bands = {"soon", "at any moment", "within 5 minutes", "within 10 minutes",
                      "within 15 minutes"},
            .descriptions =
                {
                    [LEE_PHASE_PREDICTED] =
                        {"An aircraft without permission is expected to enter a protected area "
                         "near you.",
                         "A vessel or vehicle without permission is expected to enter a protected "
                         "area near you."},
                    [LEE_PHASE_INSIDE] =
                        {"An aircraft without permission is inside a protected area near you.",
                         "A vessel or vehicle without permission is inside a protected area near "
                         "you."},
                    [LEE_PHASE_OVER] = {"What this warning was for has ended.",
                                        "What this warning was for has ended."},
                    [LEE_PHASE_UNKNOWN] =
                        {"The aircraft that this warning was for is no longer seen. It may still "
                         "be near.",
                         "The vessel or vehicle that this warning was for is no longer seen. It "
                         "may still be near."},
                },
            .instructions =
                {
                    [LEE_PHASE_PREDICTED] =
                        "Go indoors now, away from windows, to the lowest floor or a shelter. Stay "
                        "until this warning is cancelled. No message can promise that a place is "
                        "safe.",
                    [LEE_PHASE_INSIDE] =
                        "Go indoors now, away from windows, to the lowest floor or a shelter. Stay "
                        "until this warning is cancelled. No message can promise that a place is "
                        "safe.",
                    [LEE_PHASE_OVER] = "Follow what the responders near you say.",
                    [LEE_PHASE_UNKNOWN] =
                        "Stay alert, keep near shelter and follow what the responders near you "
                        "say.",
                },
        },
    [LEE_LANGUAGE_AR] =
        {
            .tag = "ar",
            .comma = "، ",
            .around = " وما حولها",
            .exercise = "تمرين: ",
            .exercise_note = "هذا تمرين. لا داعي لأي تصرف. ",
            .exercise_instruction = "في تحذير حقيقي يُكتب هنا: ",
            .event = {"تحذير جوي", "تحذير من اقتراب"},
            .over = "انتهى التحذير: ",
            .unknown = "سُحب التحذير ولا تتوفر معلومات جديدة: ",
            .expected = {"قد تصل إليكم طائرة ", "قد تصل إليكم سفينة أو مركبة "},
            .inside = {"طائرة داخل المنطقة المحمية", "سفينة أو مركبة داخل المنطقة المحمية"},
            .more_before = " وأماكن أخرى عددها ",
            .more_after = "",
            .bands = {"قريبًا", "في أي لحظة", "خلال 5 دقائق", "خلال 10 دقائق", "خلال 15 دقيقة"},
            .descriptions =
                {
                    [LEE_PHASE_PREDICTED] =
                        {"من المتوقع أن تدخل طائرة غير مصرّح لها منطقة محمية قريبة منكم.",
                         "من المتوقع أن تدخل سفينة أو مركبة غير مصرّح لها منطقة محمية قريبة منكم."},
                    [LEE_PHASE_INSIDE] =
                        {"توجد طائرة غير مصرّح لها داخل منطقة محمية قريبة منكم.",
                         "توجد سفينة أو مركبة غير مصرّح لها داخل منطقة محمية قريبة منكم."},
                    [LEE_PHASE_OVER] = {"انتهى ما صدر هذا التحذير بسببه.",
                                        "انتهى ما صدر هذا التحذير بسببه."},
                    [LEE_PHASE_UNKNOWN] =
                        {"لم تعد الطائرة التي صدر التحذير بسببها مرصودة، وقد تكون ما زالت قريبة.",
                         "لم تعد السفينة أو المركبة التي صدر التحذير بسببها مرصودة، وقد تكون ما "
                         "زالت قريبة."},
                },
            .instructions =
                {
                    [LEE_PHASE_PREDICTED] =
                        "ادخلوا الآن إلى مبنى، وابتعدوا عن النوافذ، وانزلوا إلى أدنى طابق أو إلى "
                        "ملجأ، وابقوا هناك حتى يُلغى هذا التحذير. لا يمكن لأي رسالة أن تضمن سلامة "
                        "مكان.",
                    [LEE_PHASE_INSIDE] =
                        "ادخلوا الآن إلى مبنى، وابتعدوا عن النوافذ، وانزلوا إلى أدنى طابق أو إلى "
                        "ملجأ، وابقوا هناك حتى يُلغى هذا التحذير. لا يمكن لأي رسالة أن تضمن سلامة "
                        "مكان.",
                    [LEE_PHASE_OVER] = "اتبعوا تعليمات فرق الاستجابة القريبة منكم.",
                    [LEE_PHASE_UNKNOWN] =
                        "ابقوا متيقظين وقريبين من الملجأ، واتبعوا تعليمات فرق الاستجابة القريبة "
                        "منكم.",
                },
        },
};

static band band_of(const lee_words *words)
{
    if (!words->arrival_known) {
        return BAND_SOON;
    }
    if (words->arrival_s < 120) {
        return BAND_NOW;
    }
    if (words->arrival_s <= 300) {
        return BAND_5;
    }
    return words->arrival_s <= 600 ? BAND_10 : BAND_15;
}

int lee_words_band(const lee_words *words)
{
    return (int)band_of(words);
}

const char *lee_words_language(lee_language language)
{
    assert(language < LEE_LANGUAGE_COUNT);
    return languages[language].tag;
}

const char *lee_words_event(const lee_words *words, lee_language language)
{
    return languages[language].event[words->surface];
}

const char *lee_words_comma(lee_language language)
{
    return languages[language].comma;
}

const char *lee_words_around(lee_language language)
{
    return languages[language].around;
}

static void write_places(const lee_words *words, const vocabulary *v, lee_buffer *out)
{
    const lee_reach *reach = words->reach;
    for (uint32_t i = 0; i < reach->count && i < HEADLINE_PLACES; i++) {
        lee_buffer_text(out, i > 0 ? v->comma : "");
        lee_buffer_text(out, lee_places_at(words->places, reach->items[i].place)->name);
    }
    const uint32_t total = reach->count + reach->omitted;
    if (total > HEADLINE_PLACES) {
        lee_buffer_text(out, v->more_before);
        lee_buffer_uint(out, total - HEADLINE_PLACES);
        lee_buffer_text(out, v->more_after);
    }
}

void lee_words_headline(const lee_words *words, lee_language language, lee_buffer *out)
{
    const vocabulary *v = &languages[language];
    assert(words->phase < LEE_PHASE_COUNT);
    lee_buffer_text(out, words->exercise ? v->exercise : "");
    if (words->phase == LEE_PHASE_OVER || words->phase == LEE_PHASE_UNKNOWN) {
        lee_buffer_text(out, words->phase == LEE_PHASE_OVER ? v->over : v->unknown);
        write_places(words, v, out);
        return;
    }
    lee_buffer_text(out, v->event[words->surface]);
    lee_buffer_text(out, ": ");
    write_places(words, v, out);
    lee_buffer_text(out, words->reach->count > 0 ? ": " : "");
    if (words->phase == LEE_PHASE_INSIDE) {
        lee_buffer_text(out, v->inside[words->surface]);
    } else {
        lee_buffer_text(out, v->expected[words->surface]);
        lee_buffer_text(out, v->bands[band_of(words)]);
    }
}

void lee_words_description(const lee_words *words, lee_language language, lee_buffer *out)
{
    const vocabulary *v = &languages[language];
    lee_buffer_text(out, words->exercise ? v->exercise_note : "");
    lee_buffer_text(out, v->descriptions[words->phase][words->surface]);
}

void lee_words_instruction(const lee_words *words, lee_language language, lee_buffer *out)
{
    const vocabulary *v = &languages[language];
    lee_buffer_text(out, words->exercise ? v->exercise_instruction : "");
    lee_buffer_text(out, v->instructions[words->phase]);
}
