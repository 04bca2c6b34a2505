/* Any bytes as text: what comes out holds no character that XML 1.0 forbids and no bare < or &. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "warn/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_buffer out;
    lee_buffer_init(&out, 1u << 20);
    lee_xml_escape(&out, (const char *)data, size);
    if (out.error == LEE_OK) {
        for (size_t i = 0; i < out.length; i++) {
            const uint8_t c = out.bytes[i];
            const size_t left = out.length - i;
            const char *at = (const char *)out.bytes + i;
            const int is_entity =
                (left >= 5 && memcmp(at, "&amp;", 5) == 0) ||
                (left >= 4 && (memcmp(at, "&lt;", 4) == 0 || memcmp(at, "&gt;", 4) == 0)) ||
                (left >= 6 && (memcmp(at, "&quot;", 6) == 0 || memcmp(at, "&apos;", 6) == 0));
            if (c == '<' || c == '>' || c == 0x7F || (c < 0x20 && c != '\t' && c != '\n') ||
                (c == '&' && !is_entity) || c == 0xC0 || c > 0xF4) {
                __builtin_trap();
            }
        }
    }
    lee_buffer_free(&out);
    return 0;
}
