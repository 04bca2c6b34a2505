#include "warn/xml.h"

#include <assert.h>
#include <string.h>

static void indent(const lee_xml *xml)
{
    lee_buffer_char(xml->out, '\n');
    for (unsigned i = 0; i < xml->depth; i++) {
        lee_buffer_text(xml->out, "  ");
    }
}

void lee_xml_begin(lee_xml *xml, lee_buffer *out)
{
    assert(xml);
    assert(out);
    *xml = (lee_xml){.out = out};
    lee_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
}

void lee_xml_open(lee_xml *xml, const char *name, const char *xmlns)
{
    assert(xml->depth < LEE_XML_DEPTH_MAX);
    indent(xml);
    lee_buffer_char(xml->out, '<');
    lee_buffer_text(xml->out, name);
    if (xmlns) {
        lee_buffer_text(xml->out, " xmlns=\"");
        lee_xml_escape(xml->out, xmlns, strlen(xmlns));
        lee_buffer_char(xml->out, '"');
    }
    lee_buffer_char(xml->out, '>');
    xml->names[xml->depth] = name;
    xml->depth++;
}

void lee_xml_close(lee_xml *xml)
{
    assert(xml->depth > 0);
    xml->depth--;
    indent(xml);
    lee_buffer_text(xml->out, "</");
    lee_buffer_text(xml->out, xml->names[xml->depth]);
    lee_buffer_char(xml->out, '>');
    if (xml->depth == 0) {
        lee_buffer_char(xml->out, '\n');
    }
}

void lee_xml_put_n(lee_xml *xml, const char *name, const char *text, size_t length)
{
    assert(xml->depth > 0);
    indent(xml);
    lee_buffer_char(xml->out, '<');
    lee_buffer_text(xml->out, name);
    lee_buffer_char(xml->out, '>');
    lee_xml_escape(xml->out, text, length);
    lee_buffer_text(xml->out, "</");
    lee_buffer_text(xml->out, name);
    lee_buffer_char(xml->out, '>');
}

void lee_xml_put(lee_xml *xml, const char *name, const char *text)
{
    lee_xml_put_n(xml, name, text, strlen(text));
}

/* Length in bytes of the UTF-8 sequence at `s` and its code point (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF); 0 when it is none. */
static size_t utf8_read(const uint8_t *s, size_t left, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t first = s[0];
    size_t count = 0;
    if (first < 0x80) {
        *code = first;
        return 1;
    }
    if ((first & 0xE0) == 0xC0) {
        count = 2;
        *code = first & 0x1Fu;
    } else if ((first & 0xF0) == 0xE0) {
        count = 3;
        *code = first & 0x0Fu;
    } else if ((first & 0xF8) == 0xF0) {
        count = 4;
        *code = first & 0x07u;
    }
    if (count == 0 || count > left) {
        return 0;
    }
    for (size_t i = 1; i < count; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
        *code = (*code << 6) | (s[i] & 0x3Fu);
    }
    if (*code < least[count] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF)) {
        return 0;
    }
    return count;
}

static bool is_xml_char(uint32_t code)
{
    if (code < 0x20) {
        return code == '\t' || code == '\n';
    }
    return code != 0x7F && code != 0xFFFE && code != 0xFFFF;
}

static const char *entity(uint32_t code)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return NULL;
    }
}

void lee_xml_escape(lee_buffer *out, const char *text, size_t length)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0;
    while (at < length) {
        uint32_t code = 0;
        const size_t count = utf8_read(bytes + at, length - at, &code);
        if (count == 0 || !is_xml_char(code)) {
            lee_buffer_text(out, "\xEF\xBF\xBD");
            at += count > 0 ? count : 1;
            continue;
        }
        const char *named = entity(code);
        if (named) {
            lee_buffer_text(out, named);
        } else {
            lee_buffer_bytes(out, bytes + at, count);
        }
        at += count;
    }
}
