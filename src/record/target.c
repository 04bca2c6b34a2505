#include "leeward/target.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "record/target.h"

#define HEX_ROW(h)                                                                                 \
    h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"
const char lee__hex_pairs[513] = HEX_ROW("0") HEX_ROW("1") HEX_ROW("2") HEX_ROW("3") HEX_ROW("4")
    HEX_ROW("5") HEX_ROW("6") HEX_ROW("7") HEX_ROW("8") HEX_ROW("9") HEX_ROW("a") HEX_ROW("b")
        HEX_ROW("c") HEX_ROW("d") HEX_ROW("e") HEX_ROW("f");

lee_target lee_target_icao24(uint32_t address, bool is_icao)
{
    lee_target target;
    lee__target_set_icao24(&target, address, is_icao);
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
