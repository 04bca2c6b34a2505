#include "zone/names.h"

#include <assert.h>
#include <string.h>

static const char *const kind_names[] = {
#define LEE_ZONE_KIND_TEXT(name, text) text,
    LEE_ZONE_KIND_LIST(LEE_ZONE_KIND_TEXT)
#undef LEE_ZONE_KIND_TEXT
};
static const char *const entry_names[] = {"deny", "permit", "allow"};
static const char *const ref_names[] = {"STD", "MSL", "AGL", "HAE"};

static_assert(sizeof kind_names / sizeof *kind_names == LEE_ZONE_KIND_COUNT, "one name a kind");
static_assert(sizeof ref_names / sizeof *ref_names == LEE_ALT_REF_COUNT, "one name a reference");

const char *lee_zone_kind_name(lee_zone_kind kind)
{
    return (unsigned)kind < LEE_ZONE_KIND_COUNT ? kind_names[kind] : NULL;
}

const char *lee_zone_entry_name(lee_zone_entry entry)
{
    return (unsigned)entry <= LEE_ENTRY_ALLOW ? entry_names[entry] : NULL;
}

bool lee_zone_kind_parse(const char *text, lee_zone_kind *out)
{
    assert(text && out);
    for (unsigned i = 0; i < LEE_ZONE_KIND_COUNT; i++) {
        if (strcmp(text, kind_names[i]) == 0) {
            *out = (lee_zone_kind)i;
            return true;
        }
    }
    return false;
}

bool lee_zone_entry_parse(const char *text, lee_zone_entry *out)
{
    assert(text && out);
    for (unsigned i = 0; i <= LEE_ENTRY_ALLOW; i++) {
        if (strcmp(text, entry_names[i]) == 0) {
            *out = (lee_zone_entry)i;
            return true;
        }
    }
    return false;
}

const char *lee_zone_ref_name(lee_alt_ref ref)
{
    return (unsigned)ref < LEE_ALT_REF_COUNT ? ref_names[ref] : NULL;
}

static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        const char upper = *a >= 'a' && *a <= 'z' ? (char)(*a - 'a' + 'A') : *a;
        if (upper != *b) {
            return false;
        }
    }
    return *a == *b;
}

bool lee_zone_ref_parse(const char *text, lee_alt_ref *out)
{
    assert(text && out);
    static const struct {
        const char *word;
        lee_alt_ref ref;
    } words[] = {
        {"STD", LEE_ALT_STD},   {"FL", LEE_ALT_STD},   {"QNE", LEE_ALT_STD},
        {"PA", LEE_ALT_STD},    {"MSL", LEE_ALT_MSL},  {"AMSL", LEE_ALT_MSL},
        {"AAMSL", LEE_ALT_MSL}, {"ALT", LEE_ALT_MSL},  {"ASL", LEE_ALT_MSL},
        {"QNH", LEE_ALT_MSL},   {"AGL", LEE_ALT_AGL},  {"GND", LEE_ALT_AGL},
        {"ASFC", LEE_ALT_AGL},  {"SFC", LEE_ALT_AGL},  {"HAE", LEE_ALT_HAE},
        {"WGS84", LEE_ALT_HAE}, {"GNSS", LEE_ALT_HAE}, {"W84", LEE_ALT_HAE},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (same_word(text, words[i].word)) {
            *out = words[i].ref;
            return true;
        }
    }
    return false;
}

bool lee_zone_class_kind(const char *text, lee_zone_kind *out)
{
    assert(text && out);
    static const struct {
        const char *word;
        lee_zone_kind kind;
    } words[] = {
        {"P", LEE_ZONE_PROHIBITED},    {"PROHIBITED", LEE_ZONE_PROHIBITED},
        {"R", LEE_ZONE_RESTRICTED},    {"RESTRICTED", LEE_ZONE_RESTRICTED},
        {"GP", LEE_ZONE_RESTRICTED},   {"TRA", LEE_ZONE_RESTRICTED},
        {"TSA", LEE_ZONE_RESTRICTED},  {"TFR", LEE_ZONE_RESTRICTED},
        {"Q", LEE_ZONE_DANGER},        {"DANGER", LEE_ZONE_DANGER},
        {"A", LEE_ZONE_CONTROLLED},    {"B", LEE_ZONE_CONTROLLED},
        {"C", LEE_ZONE_CONTROLLED},    {"D", LEE_ZONE_CONTROLLED},
        {"E", LEE_ZONE_CONTROLLED},    {"CTR", LEE_ZONE_CONTROLLED},
        {"CTA", LEE_ZONE_CONTROLLED},  {"TMA", LEE_ZONE_CONTROLLED},
        {"ATZ", LEE_ZONE_CONTROLLED},  {"MATZ", LEE_ZONE_CONTROLLED},
        {"AWY", LEE_ZONE_CONTROLLED},  {"MTMA", LEE_ZONE_CONTROLLED},
        {"MCTR", LEE_ZONE_CONTROLLED}, {"F", LEE_ZONE_NOTICE},
        {"G", LEE_ZONE_NOTICE},        {"W", LEE_ZONE_NOTICE},
        {"GSEC", LEE_ZONE_NOTICE},     {"GS", LEE_ZONE_NOTICE},
        {"GAW", LEE_ZONE_NOTICE},      {"TMZ", LEE_ZONE_NOTICE},
        {"RMZ", LEE_ZONE_NOTICE},      {"UNC", LEE_ZONE_NOTICE},
        {"UKN", LEE_ZONE_NOTICE},      {"OTHER", LEE_ZONE_NOTICE},
        {"FIR", LEE_ZONE_NOTICE},      {"UIR", LEE_ZONE_NOTICE},
        {"FIS", LEE_ZONE_NOTICE},      {"ASRA", LEE_ZONE_NOTICE},
        {"TIZ", LEE_ZONE_NOTICE},      {"TIA", LEE_ZONE_NOTICE},
        {"GLIDING", LEE_ZONE_NOTICE},  {"AERIAL_SPORTING_RECREATIONAL", LEE_ZONE_NOTICE},
        {"NONE", LEE_ZONE_NOTICE},     {"WAVE", LEE_ZONE_NOTICE},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (same_word(text, words[i].word)) {
            *out = words[i].kind;
            return true;
        }
    }
    return false;
}
