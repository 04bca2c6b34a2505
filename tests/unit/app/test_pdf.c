#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/pdf.h"

static lee_pdf pdf;

static void text(const char *said)
{
    lee_pdf_text(&pdf, 600, 600, 100, false, said, strlen(said));
}

static bool holds(const lee_buffer *out, const char *what)
{
    const size_t length = strlen(what);
    for (size_t i = 0; i + length <= out->length; i++) {
        if (memcmp(out->bytes + i, what, length) == 0) {
            return true;
        }
    }
    return false;
}

/* One page with the text, finished. */
static lee_buffer document(const char *said)
{
    lee_buffer out;
    lee_buffer_init(&out, 1u << 24);
    lee_pdf_begin(&pdf, &out);
    assert_true(lee_pdf_page(&pdf));
    text(said);
    lee_pdf_end(&pdf);
    assert_int_equal(out.error, LEE_OK);
    return out;
}

static void every_object_stands_where_the_table_says(void **state)
{
    (void)state;
    lee_buffer out = document("Latin and \u0645\u0646 and \U0001f6a8");
    lee_buffer_char(&out, '\0');
    const char *const bytes = (const char *)out.bytes;
    size_t start = out.length;
    while (start > 0 && strncmp(bytes + start - 1, "startxref\n", 10) != 0) {
        start--;
    }
    const size_t table = strtoull(bytes + start - 1 + 10, NULL, 10);
    assert_memory_equal(bytes + table, "xref\n0 ", 7);
    char *line = NULL;
    const unsigned long count = strtoul(bytes + table + 7, &line, 10);
    assert_true(count > 8);
    for (unsigned long i = 1; i < count; i++) {
        const char *const entry = line + 1 + 20 * i;
        char wanted[32];
        const int length = snprintf(wanted, sizeof wanted, "%lu 0 obj\n", i);
        assert_memory_equal(entry + 10, " 00000 n \n", 10);
        assert_memory_equal(bytes + strtoull(entry, NULL, 10), wanted, (size_t)length);
    }
    lee_buffer_free(&out);
}

static void latin_is_helvetica_and_the_rest_keeps_its_code_point(void **state)
{
    (void)state;
    lee_buffer out = document("A\u2014\u00e9\u0645\u0646");
    assert_true(holds(&out, "/P 10 Tf <4197e9>"));
    /* From right to left: the last letter is drawn first, and is the first new one met. */
    assert_true(holds(&out, "/O0 10 Tf <0102>"));
    assert_true(holds(&out, "<01> <0646>\n<02> <0645>"));
    lee_buffer_free(&out);
}

static void a_character_beyond_sixteen_bits_is_a_surrogate_pair(void **state)
{
    (void)state;
    lee_buffer out = document("\U0001f6a8");
    assert_true(holds(&out, "<01> <d83ddea8>"));
    lee_buffer_free(&out);
}

static void bytes_that_are_not_utf8_are_the_replacement_character(void **state)
{
    (void)state;
    const char *const bad[] = {"\xff", "\xc3", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "\xf8"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lee_buffer out = document(bad[i]);
        assert_true(holds(&out, "<01> <fffd>"));
        lee_buffer_free(&out);
    }
}

static void more_characters_than_there_is_room_for_are_replaced(void **state)
{
    (void)state;
    lee_buffer out;
    lee_buffer_init(&out, 1u << 24);
    lee_pdf_begin(&pdf, &out);
    assert_true(lee_pdf_page(&pdf));
    for (uint32_t i = 0; i < 2 * LEE_PDF_OTHERS_MAX; i++) {
        const uint32_t code = 0x4e00 + i;
        const char said[] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                             (char)(0x80 | (code & 0x3f)), '\0'};
        text(said);
    }
    assert_int_equal(pdf.other_count, LEE_PDF_OTHERS_MAX);
    assert_int_equal(pdf.others[LEE_PDF_OTHERS_MAX - 1], 0xfffd);
    lee_pdf_end(&pdf);
    assert_int_equal(out.error, LEE_OK);
    lee_buffer_free(&out);
}

static void pages_have_an_end(void **state)
{
    (void)state;
    lee_buffer out;
    lee_buffer_init(&out, 1u << 24);
    lee_pdf_begin(&pdf, &out);
    for (uint32_t i = 0; i < LEE_PDF_PAGES_MAX; i++) {
        assert_true(lee_pdf_page(&pdf));
        text("on it");
    }
    assert_false(lee_pdf_page(&pdf));
    text("on none");
    lee_pdf_end(&pdf);
    assert_int_equal(out.error, LEE_OK);
    assert_false(holds(&out, "6f6e206e6f6e65"));
    lee_buffer_free(&out);
}

static void no_memory_is_an_error_and_no_half_document(void **state)
{
    (void)state;
    lee_buffer out;
    lee_buffer_init(&out, 300);
    lee_pdf_begin(&pdf, &out);
    assert_true(lee_pdf_page(&pdf));
    text("much too long for three hundred bytes, with all that belongs to it");
    lee_pdf_end(&pdf);
    assert_int_equal(out.error, LEE_ERR_LIMIT);
    lee_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_stands_where_the_table_says),
        cmocka_unit_test(latin_is_helvetica_and_the_rest_keeps_its_code_point),
        cmocka_unit_test(a_character_beyond_sixteen_bits_is_a_surrogate_pair),
        cmocka_unit_test(bytes_that_are_not_utf8_are_the_replacement_character),
        cmocka_unit_test(more_characters_than_there_is_room_for_are_replaced),
        cmocka_unit_test(pages_have_an_end),
        cmocka_unit_test(no_memory_is_an_error_and_no_half_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
