#include "app/html.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void lee_html_text(lee_buffer *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '<':
            lee_buffer_text(out, "&lt;");
            break;
        case '>':
            lee_buffer_text(out, "&gt;");
            break;
        case '&':
            lee_buffer_text(out, "&amp;");
            break;
        case '"':
            lee_buffer_text(out, "&quot;");
            break;
        default:
            lee_buffer_char(out, text[i]);
        }
    }
}

void lee_print(lee_buffer *out, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < sizeof text);
    lee_buffer_text(out, text);
}
