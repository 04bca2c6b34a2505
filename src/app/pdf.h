/* app/pdf.h: writes a PDF (ISO 32000-1) of text, lines and areas: the same calls give the same
 * bytes.
 *
 * Of our own, because a bundle's report is made again by whoever checks it and compared byte for
 * byte: no library's version, font of the machine, date or identifier may be in it. So the fonts
 * are Helvetica and Helvetica-Bold, which every reader has, for Latin 1; any other character is
 * drawn as a box with its code point, and is itself when the text is searched, copied or extracted
 * (ToUnicode, 9.10.3). Runs that are read from right to left are laid out so.
 *
 * Places and sizes are tenths of a point from the lower left corner of an A4 page. */
#ifndef LEE_APP_PDF_H
#define LEE_APP_PDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

#define LEE_PDF_WIDE 5950
#define LEE_PDF_HIGH 8420
#define LEE_PDF_PAGES_MAX 400u
/* Characters beyond Latin 1 that one document may have; others are U+FFFD. */
#define LEE_PDF_OTHERS_MAX 1020u

#define LEE_PDF_OBJECTS_MAX (6u + 2u * LEE_PDF_PAGES_MAX + LEE_PDF_OTHERS_MAX + 8u)

typedef struct {
    lee_buffer *out;
    lee_buffer page; /* the content of the page being drawn */
    bool has_page;
    uint32_t pages[LEE_PDF_PAGES_MAX]; /* numbers of their objects */
    uint32_t page_count;
    uint64_t offsets[LEE_PDF_OBJECTS_MAX]; /* where each object begins; 0: not written */
    uint32_t next_object;
    uint32_t others[LEE_PDF_OTHERS_MAX]; /* code points, in the order first met */
    uint32_t other_count;
} lee_pdf;

/* Appends to `out`, which is borrowed until lee_pdf_end; its error says when memory ends. */
void lee_pdf_begin(lee_pdf *pdf, lee_buffer *out);
/* Begins a page. False: there are LEE_PDF_PAGES_MAX already, and what follows is not drawn. */
bool lee_pdf_page(lee_pdf *pdf);
void lee_pdf_end(lee_pdf *pdf);

/* One line of UTF-8 on its base line. */
void lee_pdf_text(lee_pdf *pdf, int64_t x, int64_t y, int64_t size, bool bold, const char *text,
                  size_t length);
/* How wide that is. */
int64_t lee_pdf_text_width(int64_t size, bool bold, const char *text, size_t length);

/* How ways are drawn from now on: colours 0xRRGGBB of lines and areas, width of lines. */
void lee_pdf_pen(lee_pdf *pdf, uint32_t line, uint32_t area, int64_t width);
/* A way: begins, goes on, is closed to its beginning; then drawn, or its area filled and drawn
 * (even-odd, so that a ring inside another is a hole). */
void lee_pdf_move(lee_pdf *pdf, int64_t x, int64_t y);
void lee_pdf_line(lee_pdf *pdf, int64_t x, int64_t y);
void lee_pdf_close(lee_pdf *pdf);
void lee_pdf_stroke(lee_pdf *pdf);
void lee_pdf_fill(lee_pdf *pdf);

#endif
