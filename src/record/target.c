#include "leeward/target.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"

lee_target lee_target_icao24(uint32_t address, bool is_icao)
{
    assert(address <= 0xFFFFFF);
    static const char digits[] = "0123456789abcdef";
    const char name[6] = {digits[address >> 20],      digits[address >> 16 & 15],
                          digits[address >> 12 & 15], digits[address >> 8 & 15],
                          digits[address >> 4 & 15],  digits[address & 15]};
    lee_target target = {.text = "icao24:~"};
    memcpy(target.text + (is_icao ? 7 : 8), name, sizeof name);
    return target;
}

static bool prefix_is_known(const char *text, size_t length)
{
    static const char *const prefixes[] = {"icao24", "mmsi", "rid", "asterix", "unit", "unseen"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strlen(prefixes[i]) == length && memcmp(prefixes[i], text, length) == 0) {
            return true;
        }
    }
    return false;
}

bool lee_target_parse(const char *text, size_t length, lee_target *out)
{
    assert(text || length == 0);
    assert(out);
    const char *const colon = length > 0 ? memchr(text, ':', length) : NULL;
    if (!colon || length >= LEE_TARGET_BYTES || (size_t)(colon - text) + 1 == length ||
        !prefix_is_known(text, (size_t)(colon - text))) {
        return false;
    }
    unsigned char all = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c == 0x7F || c == '"' || c == '\\') {
            return false;
        }
        all |= c;
    }
    if (all >= 0x80 && !lee_utf8_is_valid(text, length)) {
        return false;
    }
    *out = (lee_target){{0}};
    memcpy(out->text, text, length);
    return true;
}

bool lee_target_equal(const lee_target *a, const lee_target *b)
{
    return memcmp(a->text, b->text, sizeof a->text) == 0;
}

uint64_t lee_target_hash(const lee_target *target)
{
    return lee_hash(target->text, sizeof target->text);
}
