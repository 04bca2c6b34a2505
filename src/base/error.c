#include "leeward/error.h"

const char *lee_error_text(lee_error error)
{
    switch (error) {
#define LEE_ERROR_TEXT(name, number, text)                                                         \
    case LEE_ERR_##name:                                                                           \
        return text;
        LEE_ERROR_LIST(LEE_ERROR_TEXT)
#undef LEE_ERROR_TEXT
    default:
        return "unknown error";
    }
}

const char *lee_error_name(lee_error error)
{
    switch (error) {
#define LEE_ERROR_NAME(name, number, text)                                                         \
    case LEE_ERR_##name:                                                                           \
        return #name;
        LEE_ERROR_LIST(LEE_ERROR_NAME)
#undef LEE_ERROR_NAME
    default:
        return "UNKNOWN";
    }
}
