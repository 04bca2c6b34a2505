#include "app/pdf.h"

#include <assert.h>
#include <string.h>

#define REPLACEMENT 0xfffdu
#define OTHERS_A_FONT 255u
#define OTHER_FONTS ((LEE_PDF_OTHERS_MAX + OTHERS_A_FONT - 1) / OTHERS_A_FONT)
#define OTHER_WIDTH 700 /* thousandths of the size */
#define PAGE_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* Objects with fixed numbers; all others follow as they are written. */
enum { CATALOG = 1, PAGES, PLAIN, BOLD, RESOURCES, FIRST_FREE };

/* Widths of Helvetica and Helvetica-Bold from the space on, in thousandths (Adobe core 14 metrics).
 */
static const uint16_t widths[2][95] = {
    {278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
     556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
     1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
     667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
     333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
     556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584},
    {278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
     556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
     975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
     667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
     333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
     611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584}};
#define LATIN_WIDTH 600 /* of what is beyond ASCII: only for breaking lines */

/* --- bytes ---------------------------------------------------------------------------------- */

static void put(lee_buffer *out, const char *text)
{
    lee_buffer_text(out, text);
}

static void put_int(lee_buffer *out, int64_t value)
{
    lee_buffer_int(out, value);
    lee_buffer_char(out, ' ');
}

/* Tenths as a decimal number. */
static void put_tenths(lee_buffer *out, int64_t value)
{
    lee_buffer_fixed(out, value, 1);
    lee_buffer_char(out, ' ');
}

static void put_colour(lee_buffer *out, uint32_t colour, const char *operator)
{
    for (int shift = 16; shift >= 0; shift -= 8) {
        lee_buffer_fixed(out, (int64_t)(colour >> shift & 0xff) * 1000 / 255, 3);
        lee_buffer_char(out, ' ');
    }
    put(out, operator);
}

/* --- characters ----------------------------------------------------------------------------- */

/* The next code point; what is not UTF-8 is U+FFFD, a byte at a time. */
static uint32_t next_code(const char *text, size_t length, size_t *at)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const uint8_t *const bytes = (const uint8_t *)text;
    const uint8_t first = bytes[(*at)++];
    const int more = first < 0x80    ? 0
                     : first >= 0xf0 ? 3
                     : first >= 0xe0 ? 2
                     : first >= 0xc0 ? 1
                                     : -1;
    if (more <= 0) {
        return more == 0 ? first : REPLACEMENT;
    }
    uint32_t code = first & (0x3fu >> more);
    if (*at + (size_t)more > length) {
        return REPLACEMENT;
    }
    for (int i = 0; i < more; i++) {
        if ((bytes[*at + (size_t)i] & 0xc0) != 0x80) {
            return REPLACEMENT;
        }
        code = code << 6 | (bytes[*at + (size_t)i] & 0x3fu);
    }
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return REPLACEMENT;
    }
    *at += (size_t)more;
    return code;
}

/* Its byte in WinAnsiEncoding (annex D.2); 0: it has none that we use. */
static uint8_t latin_of(uint32_t code)
{
    static const struct {
        uint16_t code;
        uint8_t byte;
    } marks[] = {{0x2013, 0x96}, {0x2014, 0x97}, {0x2018, 0x91}, {0x2019, 0x92},
                 {0x201c, 0x93}, {0x201d, 0x94}, {0x2022, 0x95}, {0x2026, 0x85}};
    if ((code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code < 0x100)) {
        return (uint8_t)code;
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (marks[i].code == code) {
            return marks[i].byte;
        }
    }
    return 0;
}

static bool is_latin(uint32_t code)
{
    return latin_of(code) != 0;
}

static bool is_from_right(uint32_t code)
{
    return (code >= 0x590 && code < 0x900) || (code >= 0xfb1d && code < 0xfe00) ||
           (code >= 0xfe70 && code < 0xff00);
}

static int64_t width_of(uint32_t code, bool bold)
{
    return code >= 0x20 && code < 0x7f ? widths[bold][code - 0x20]
           : is_latin(code)            ? LATIN_WIDTH
                                       : OTHER_WIDTH;
}

int64_t lee_pdf_text_width(int64_t size, bool bold, const char *text, size_t length)
{
    assert(text || length == 0);
    int64_t sum = 0;
    for (size_t at = 0; at < length;) {
        sum += width_of(next_code(text, length, &at), bold);
    }
    return sum * size / 1000;
}

static uint32_t other_number(lee_pdf *pdf, uint32_t code)
{
    for (uint32_t i = 0; i < pdf->other_count; i++) {
        if (pdf->others[i] == code) {
            return i;
        }
    }
    if (pdf->other_count + 1 >= LEE_PDF_OTHERS_MAX) {
        code = REPLACEMENT;
    }
    if (pdf->other_count == LEE_PDF_OTHERS_MAX) {
        return LEE_PDF_OTHERS_MAX - 1;
    }
    pdf->others[pdf->other_count] = code;
    return pdf->other_count++;
}

/* --- pages ---------------------------------------------------------------------------------- */

static void begin_object(lee_pdf *pdf, uint32_t number)
{
    assert(number < LEE_PDF_OBJECTS_MAX && pdf->offsets[number] == 0);
    pdf->offsets[number] = pdf->out->length;
    lee_buffer_uint(pdf->out, number);
    put(pdf->out, " 0 obj\n");
}

static void put_reference(lee_buffer *out, uint32_t number)
{
    lee_buffer_uint(out, number);
    put(out, " 0 R ");
}

static void put_stream(lee_buffer *out, const lee_buffer *content)
{
    put(out, "<</Length ");
    lee_buffer_uint(out, content->length);
    put(out, ">>\nstream\n");
    lee_buffer_bytes(out, content->bytes, content->length);
    put(out, "\nendstream\nendobj\n");
    if (content->error != LEE_OK && out->error == LEE_OK) {
        out->error = content->error;
    }
}

void lee_pdf_begin(lee_pdf *pdf, lee_buffer *out)
{
    assert(pdf && out && out->length == 0);
    memset(pdf, 0, sizeof *pdf);
    pdf->out = out;
    pdf->next_object = FIRST_FREE;
    lee_buffer_init(&pdf->page, PAGE_MAX_BYTES);
    put(out, "%PDF-1.4\n%\xc3\xa4\xc3\xb6\n");
}

static void end_page(lee_pdf *pdf)
{
    if (!pdf->has_page) {
        return;
    }
    const uint32_t content = pdf->next_object++;
    const uint32_t page = pdf->next_object++;
    begin_object(pdf, content);
    put_stream(pdf->out, &pdf->page);
    begin_object(pdf, page);
    put(pdf->out, "<</Type/Page/Parent ");
    put_reference(pdf->out, PAGES);
    put(pdf->out, "/MediaBox[0 0 595 842]/Resources ");
    put_reference(pdf->out, RESOURCES);
    put(pdf->out, "/Contents ");
    put_reference(pdf->out, content);
    put(pdf->out, ">>\nendobj\n");
    pdf->pages[pdf->page_count++] = page;
    lee_buffer_reset(&pdf->page);
    pdf->has_page = false;
}

bool lee_pdf_page(lee_pdf *pdf)
{
    assert(pdf);
    end_page(pdf);
    pdf->has_page = pdf->page_count < LEE_PDF_PAGES_MAX;
    return pdf->has_page;
}

/* --- drawing -------------------------------------------------------------------------------- */

static void use_font(lee_pdf *pdf, int64_t size, bool bold, uint32_t code, uint32_t other)
{
    lee_buffer *const out = &pdf->page;
    if (is_latin(code)) {
        put(out, bold ? "/B " : "/P ");
    } else {
        put(out, "/O");
        put_int(out, other / OTHERS_A_FONT);
    }
    put_tenths(out, size);
    put(out, "Tf <");
}

/* Which of the fonts: Latin, or one of those for the rest. */
static uint32_t font_of(uint32_t code, uint32_t other)
{
    return is_latin(code) ? 0 : 1 + other / OTHERS_A_FONT;
}

static void put_codes(lee_pdf *pdf, int64_t size, bool bold, const uint32_t *codes, size_t count)
{
    uint32_t font = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        const uint32_t other = is_latin(codes[i]) ? 0 : other_number(pdf, codes[i]);
        if (font_of(codes[i], other) != font) {
            put(&pdf->page, font == UINT32_MAX ? "" : "> Tj ");
            use_font(pdf, size, bold, codes[i], other);
            font = font_of(codes[i], other);
        }
        const uint8_t byte =
            (uint8_t)(is_latin(codes[i]) ? latin_of(codes[i]) : 1 + other % OTHERS_A_FONT);
        lee_buffer_hex(&pdf->page, &byte, 1);
    }
    put(&pdf->page, font == UINT32_MAX ? "" : "> Tj ");
}

/* Runs that are read from right to left stand so on the page; spaces between two of their letters
 * belong to them. */
static void turn_runs(uint32_t *codes, size_t count)
{
    for (size_t from = 0; from < count; from++) {
        if (!is_from_right(codes[from])) {
            continue;
        }
        size_t end = from + 1;
        for (size_t i = from + 1; i < count && (is_from_right(codes[i]) || codes[i] == ' '); i++) {
            end = is_from_right(codes[i]) ? i + 1 : end;
        }
        for (size_t a = from, b = end - 1; a < b; a++, b--) {
            const uint32_t kept = codes[a];
            codes[a] = codes[b];
            codes[b] = kept;
        }
        from = end - 1;
    }
}

void lee_pdf_text(lee_pdf *pdf, int64_t x, int64_t y, int64_t size, bool bold, const char *text,
                  size_t length)
{
    assert(pdf && size > 0 && (text || length == 0));
    uint32_t codes[512]; /* longer lines do not fit a page */
    size_t count = 0;
    for (size_t at = 0; at < length && count < sizeof codes / sizeof codes[0];) {
        const uint32_t code = next_code(text, length, &at);
        codes[count++] = code < 0x20 ? ' ' : code;
    }
    if (!pdf->has_page || count == 0) {
        return;
    }
    turn_runs(codes, count);
    put(&pdf->page, "BT 0 g ");
    put_tenths(&pdf->page, x);
    put_tenths(&pdf->page, y);
    put(&pdf->page, "Td ");
    put_codes(pdf, size, bold, codes, count);
    put(&pdf->page, "ET\n");
}

void lee_pdf_pen(lee_pdf *pdf, uint32_t line, uint32_t area, int64_t width)
{
    assert(pdf);
    if (pdf->has_page) {
        put_colour(&pdf->page, line, "RG ");
        put_colour(&pdf->page, area, "rg ");
        put_tenths(&pdf->page, width);
        put(&pdf->page, "w\n");
    }
}

static void put_point(lee_pdf *pdf, int64_t x, int64_t y, const char *operator)
{
    assert(pdf);
    if (pdf->has_page) {
        put_tenths(&pdf->page, x);
        put_tenths(&pdf->page, y);
        put(&pdf->page, operator);
    }
}

void lee_pdf_move(lee_pdf *pdf, int64_t x, int64_t y)
{
    put_point(pdf, x, y, "m\n");
}

void lee_pdf_line(lee_pdf *pdf, int64_t x, int64_t y)
{
    put_point(pdf, x, y, "l\n");
}

void lee_pdf_close(lee_pdf *pdf)
{
    put(&pdf->page, pdf->has_page ? "h\n" : "");
}

void lee_pdf_stroke(lee_pdf *pdf)
{
    put(&pdf->page, pdf->has_page ? "S\n" : "");
}

void lee_pdf_fill(lee_pdf *pdf)
{
    put(&pdf->page, pdf->has_page ? "B*\n" : "");
}

/* --- characters beyond Latin 1 -------------------------------------------------------------- */

static void put_hex(lee_buffer *out, uint32_t value, int digits)
{
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        lee_buffer_char(out, "0123456789abcdef"[value >> shift & 15]);
    }
}

/* One hexadecimal digit of seven strokes, its lower left corner at x, y. */
static void put_digit(lee_buffer *out, uint32_t digit, int64_t x, int64_t y, int64_t wide,
                      int64_t high)
{
    static const uint8_t strokes[16] = {0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07,
                                        0x7f, 0x6f, 0x77, 0x7c, 0x39, 0x5e, 0x79, 0x71};
    /* From and to, in halves of width and height: top, right above, right below, bottom, … */
    static const uint8_t ends[7][4] = {{0, 2, 2, 2}, {2, 2, 2, 1}, {2, 1, 2, 0}, {0, 0, 2, 0},
                                       {0, 0, 0, 1}, {0, 1, 0, 2}, {0, 1, 2, 1}};
    for (int i = 0; i < 7; i++) {
        if (strokes[digit] >> i & 1) {
            put_int(out, x + ends[i][0] * wide / 2);
            put_int(out, y + ends[i][1] * high / 2);
            put(out, "m ");
            put_int(out, x + ends[i][2] * wide / 2);
            put_int(out, y + ends[i][3] * high / 2);
            put(out, "l S\n");
        }
    }
}

/* A box with the code point in it, 4 or 6 digits in two rows. */
static void write_glyph(lee_pdf *pdf, uint32_t code)
{
    lee_buffer content;
    lee_buffer_init(&content, 8192);
    put(&content, "700 0 d0 14 w 40 -120 620 860 re S 26 w 1 J\n");
    const int columns = code > 0xffff ? 3 : 2;
    const int64_t wide = columns == 3 ? 110 : 170;
    for (int i = 0; i < 2 * columns; i++) {
        const uint32_t digit = code >> (4 * (2 * columns - 1 - i)) & 15;
        const int64_t step = (620 - columns * wide) / (columns + 1);
        put_digit(&content, digit, 40 + step + i % columns * (wide + step), i < columns ? 360 : -50,
                  wide, 300);
    }
    put_stream(pdf->out, &content);
    lee_buffer_free(&content);
}

/* UTF-16 as ToUnicode wants it. */
static void put_utf16(lee_buffer *out, uint32_t code)
{
    if (code > 0xffff) {
        put_hex(out, 0xd800 + ((code - 0x10000) >> 10), 4);
        put_hex(out, 0xdc00 + ((code - 0x10000) & 0x3ff), 4);
    } else {
        put_hex(out, code, 4);
    }
}

static void write_map(lee_pdf *pdf, uint32_t first, uint32_t end)
{
    lee_buffer content;
    lee_buffer_init(&content, 65536);
    put(&content, "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /L def "
                  "/CMapType 2 def\n1 begincodespacerange <00> <ff> endcodespacerange\n");
    for (uint32_t from = first; from < end; from += 100) {
        const uint32_t to = from + 100 < end ? from + 100 : end;
        put_int(&content, to - from);
        put(&content, "beginbfchar\n");
        for (uint32_t i = from; i < to; i++) {
            put(&content, "<");
            put_hex(&content, 1 + i % OTHERS_A_FONT, 2);
            put(&content, "> <");
            put_utf16(&content, pdf->others[i]);
            put(&content, ">\n");
        }
        put(&content, "endbfchar\n");
    }
    put(&content, "endcmap end end");
    put_stream(pdf->out, &content);
    lee_buffer_free(&content);
}

/* A Type 3 font (9.6.5); answers its object. */
static uint32_t write_other_font(lee_pdf *pdf, uint32_t font)
{
    lee_buffer *const out = pdf->out;
    const uint32_t first = font * OTHERS_A_FONT;
    const uint32_t most = first + OTHERS_A_FONT;
    const uint32_t end = most < pdf->other_count ? most : pdf->other_count;
    const uint32_t glyphs = pdf->next_object;
    for (uint32_t i = first; i < end; i++) {
        begin_object(pdf, pdf->next_object++);
        write_glyph(pdf, pdf->others[i]);
    }
    const uint32_t map = pdf->next_object++;
    begin_object(pdf, map);
    write_map(pdf, first, end);
    const uint32_t object = pdf->next_object++;
    begin_object(pdf, object);
    put(out, "<</Type/Font/Subtype/Type3/FontBBox[0 -200 700 800]/FontMatrix[.001 0 0 .001 0 0]"
             "/FirstChar 1/LastChar ");
    put_int(out, end - first);
    put(out, "/Widths[");
    for (uint32_t i = first; i < end; i++) {
        put_int(out, OTHER_WIDTH);
    }
    put(out, "]/Encoding<</Type/Encoding/Differences[1");
    for (uint32_t i = first; i < end; i++) {
        put(out, "/u");
        put_hex(out, pdf->others[i], 6);
    }
    put(out, "]>>/CharProcs<<");
    for (uint32_t i = first; i < end; i++) {
        put(out, "/u");
        put_hex(out, pdf->others[i], 6);
        put(out, " ");
        put_reference(out, glyphs + i - first);
    }
    put(out, ">>/Resources<<>>/ToUnicode ");
    put_reference(out, map);
    put(out, ">>\nendobj\n");
    return object;
}

/* --- the end -------------------------------------------------------------------------------- */

static void write_resources(lee_pdf *pdf)
{
    uint32_t fonts[OTHER_FONTS];
    uint32_t count = 0;
    while (count * OTHERS_A_FONT < pdf->other_count) {
        fonts[count] = write_other_font(pdf, count);
        count++;
    }
    begin_object(pdf, RESOURCES);
    put(pdf->out, "<</Font<</P ");
    put_reference(pdf->out, PLAIN);
    put(pdf->out, "/B ");
    put_reference(pdf->out, BOLD);
    for (uint32_t i = 0; i < count; i++) {
        put(pdf->out, "/O");
        put_int(pdf->out, i);
        put_reference(pdf->out, fonts[i]);
    }
    put(pdf->out, ">>>>\nendobj\n");
}

static void write_fixed(lee_pdf *pdf)
{
    static const char *const names[2] = {"Helvetica", "Helvetica-Bold"};
    for (uint32_t i = 0; i < 2; i++) {
        begin_object(pdf, PLAIN + i);
        put(pdf->out, "<</Type/Font/Subtype/Type1/Encoding/WinAnsiEncoding/BaseFont/");
        put(pdf->out, names[i]);
        put(pdf->out, ">>\nendobj\n");
    }
    begin_object(pdf, PAGES);
    put(pdf->out, "<</Type/Pages/Count ");
    put_int(pdf->out, pdf->page_count);
    put(pdf->out, "/Kids[");
    for (uint32_t i = 0; i < pdf->page_count; i++) {
        put_reference(pdf->out, pdf->pages[i]);
    }
    put(pdf->out, "]>>\nendobj\n");
    begin_object(pdf, CATALOG);
    put(pdf->out, "<</Type/Catalog/Lang(en)/Pages ");
    put_reference(pdf->out, PAGES);
    put(pdf->out, ">>\nendobj\n");
}

/* Ten digits, as the table of places wants them. */
static void put_offset(lee_buffer *out, uint64_t offset)
{
    for (uint64_t unit = 1000000000; unit > 0; unit /= 10) {
        lee_buffer_char(out, (char)('0' + offset / unit % 10));
    }
}

void lee_pdf_end(lee_pdf *pdf)
{
    assert(pdf);
    end_page(pdf);
    write_resources(pdf);
    write_fixed(pdf);
    const uint64_t table = pdf->out->length;
    put(pdf->out, "xref\n0 ");
    lee_buffer_uint(pdf->out, pdf->next_object);
    put(pdf->out, "\n0000000000 65535 f \n");
    for (uint32_t i = 1; i < pdf->next_object; i++) {
        put_offset(pdf->out, pdf->offsets[i]);
        put(pdf->out, " 00000 n \n");
    }
    put(pdf->out, "trailer\n<</Size ");
    put_int(pdf->out, pdf->next_object);
    put(pdf->out, "/Root ");
    put_reference(pdf->out, CATALOG);
    put(pdf->out, ">>\nstartxref\n");
    lee_buffer_uint(pdf->out, table);
    put(pdf->out, "\n%%EOF\n");
    lee_buffer_free(&pdf->page);
}
