/* app/html.h: what pages that people read are made with. */
#ifndef LEE_APP_HTML_H
#define LEE_APP_HTML_H

#include <stddef.h>

#include "base/buffer.h"

/* Text with what HTML would read as markup escaped, also within quotes. */
void lee_html_text(lee_buffer *out, const char *text, size_t length);

/* As printf, for numbers and texts that need no escape; at most 511 bytes a call. */
__attribute__((format(printf, 2, 3))) void lee_print(lee_buffer *out, const char *format, ...);

#endif
