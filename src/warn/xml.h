/* warn/xml.h: writes XML 1.0 into a bounded buffer.
 *
 * Elements, text and an attribute on the root: all that CAP needs. Whatever text comes in, what
 * goes out is well formed: the five special characters become entities, bytes that are not UTF-8
 * and characters that XML 1.0 forbids (section 2.2) become U+FFFD. */
#ifndef LEE_WARN_XML_H
#define LEE_WARN_XML_H

#include <stddef.h>

#include "base/buffer.h"

#define LEE_XML_DEPTH_MAX 8

/* `names` holds the open elements, borrowed; the caller passes string literals. */
typedef struct {
    lee_buffer *out;
    const char *names[LEE_XML_DEPTH_MAX];
    unsigned depth;
} lee_xml;

/* Writes the XML declaration. */
void lee_xml_begin(lee_xml *xml, lee_buffer *out);

/* Opens an element; xmlns may be NULL. At most LEE_XML_DEPTH_MAX deep, asserted. */
void lee_xml_open(lee_xml *xml, const char *name, const char *xmlns);
void lee_xml_close(lee_xml *xml);

/* <name>text</name>, escaped. */
void lee_xml_put(lee_xml *xml, const char *name, const char *text);

/* The same from `length` bytes, which need no NUL at the end. */
void lee_xml_put_n(lee_xml *xml, const char *name, const char *text, size_t length);

/* Escaped text into any buffer, without an element around it. */
void lee_xml_escape(lee_buffer *out, const char *text, size_t length);

#endif
