#include "zone/json_lines.h"

#include <assert.h>
#include <string.h>

void lee_json_lines_init(lee_json_lines *lines, const char *text, size_t length, const char *list)
{
    assert(lines && text && list);
    *lines = (lee_json_lines){.at = text, .end = text + length, .list = list, .line = 1};
}

/* Passes over the text that begins here; says whether it is the name looked for. */
static bool skip_text(lee_json_lines *lines)
{
    const char *start = ++lines->at;
    while (lines->at < lines->end && *lines->at != '"') {
        lines->at += *lines->at == '\\' && lines->at + 1 < lines->end ? 2 : 1;
    }
    const size_t length = (size_t)(lines->at - start);
    lines->at += lines->at < lines->end;
    return length == strlen(lines->list) && memcmp(start, lines->list, length) == 0;
}

uint32_t lee_json_lines_next(lee_json_lines *lines)
{
    assert(lines);
    bool name_seen = false;
    while (lines->at < lines->end) {
        const char c = *lines->at;
        if (c == '"') {
            const bool is_name = skip_text(lines);
            name_seen = is_name && lines->depth == 1;
            continue;
        }
        lines->at++;
        if (c == '\n') {
            lines->line++;
        } else if (c == '{' || c == '[') {
            lines->within_list = lines->within_list || (name_seen && c == '[');
            name_seen = false;
            const bool is_element = lines->within_list && lines->depth == 2 && c == '{';
            lines->depth++;
            if (is_element) {
                return lines->line;
            }
        } else if (c == '}' || c == ']') {
            lines->depth--;
            lines->within_list = lines->within_list && lines->depth >= 2;
        } else if (c == ',') {
            name_seen = false;
        }
    }
    return 0;
}
