#include "record/kind.h"

#include <stddef.h>
#include <stdint.h>

const char *lee_record_kind_name(lee_record_kind kind)
{
    switch (kind) {
#define LEE_RECORD_KIND_NAME(name, number, text, input)                                            \
    case LEE_RECORD_##name:                                                                        \
        return text;
        LEE_RECORD_KIND_LIST(LEE_RECORD_KIND_NAME)
#undef LEE_RECORD_KIND_NAME
    }
    return NULL;
}

_Bool lee_record_kind_is_input(lee_record_kind kind)
{
#define LEE_RECORD_KIND_INPUT(name, number, text, input) | (uint64_t)(input) << (number)
    const uint64_t inputs = 0 LEE_RECORD_KIND_LIST(LEE_RECORD_KIND_INPUT);
#undef LEE_RECORD_KIND_INPUT
    return (unsigned)kind < 64 && (inputs >> (unsigned)kind & 1) != 0;
}

_Bool lee_record_kind_is_apart(lee_record_kind kind)
{
    return kind == LEE_RECORD_REMOTE_OPERATOR;
}
