#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "warn/xml.h"

static void escaped(const char *text, size_t length, const char *expected)
{
    lee_buffer out;
    lee_buffer_init(&out, 4096);
    lee_xml_escape(&out, text, length);
    assert_int_equal(out.error, LEE_OK);
    assert_int_equal(out.length, strlen(expected));
    assert_memory_equal(out.bytes, expected, out.length);
    lee_buffer_free(&out);
}

static void the_five_special_characters_become_entities(void **state)
{
    (void)state;
    escaped("a<b>&\"'c", 8, "a&lt;b&gt;&amp;&quot;&apos;c");
}

static void forbidden_characters_and_bytes_become_the_replacement_character(void **state)
{
    (void)state;
    escaped("a\x01z", 3, "a\xEF\xBF\xBDz");
    escaped("a\0z", 3, "a\xEF\xBF\xBDz");
    escaped("\r", 1, "\xEF\xBF\xBD");
    escaped("\x7F", 1, "\xEF\xBF\xBD");
    escaped("\xC3", 1, "\xEF\xBF\xBD");                                 /* cut off */
    escaped("\xC0\xAF", 2, "\xEF\xBF\xBD\xEF\xBF\xBD");                 /* overlong */
    escaped("\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* surrogate */
    escaped("\xEF\xBF\xBF", 3, "\xEF\xBF\xBD");                         /* U+FFFF */
    escaped("\xF4\x90\x80\x80", 4,
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); /* above U+10FFFF */
}

static void tabs_line_ends_and_every_script_pass(void **state)
{
    (void)state;
    escaped("\t\n", 2, "\t\n");
    escaped("\xD8\xAD\xD9\x84\xD8\xA8 \xE2\x82\xAC \xF0\x9F\x98\x80", 15,
            "\xD8\xAD\xD9\x84\xD8\xA8 \xE2\x82\xAC \xF0\x9F\x98\x80");
}

static void elements_nest_and_close(void **state)
{
    (void)state;
    lee_buffer out;
    lee_buffer_init(&out, 4096);
    lee_xml xml;
    lee_xml_begin(&xml, &out);
    lee_xml_open(&xml, "a", "urn:x&y");
    lee_xml_put(&xml, "b", "1 < 2");
    lee_xml_open(&xml, "c", NULL);
    lee_xml_close(&xml);
    lee_xml_close(&xml);
    const char expected[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<a xmlns=\"urn:x&amp;y\">\n  <b>1 &lt; 2</b>\n  <c>\n  </c>\n</a>\n";
    assert_int_equal(out.length, sizeof expected - 1);
    assert_memory_equal(out.bytes, expected, out.length);
    lee_buffer_free(&out);
}

static void a_full_buffer_is_an_error_and_not_a_shorter_text(void **state)
{
    (void)state;
    lee_buffer out;
    lee_buffer_init(&out, 8);
    lee_xml_escape(&out, "<<<<", 4);
    assert_int_equal(out.error, LEE_ERR_LIMIT);
    lee_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_special_characters_become_entities),
        cmocka_unit_test(forbidden_characters_and_bytes_become_the_replacement_character),
        cmocka_unit_test(tabs_line_ends_and_every_script_pass),
        cmocka_unit_test(elements_nest_and_close),
        cmocka_unit_test(a_full_buffer_is_an_error_and_not_a_shorter_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
