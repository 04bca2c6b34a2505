/* zone/json_lines.h: on which line each element of the list of zones begins.
 *
 * The JSON library keeps no places. This walks the text beside it, once, in the order of the
 * elements. */
#ifndef LEE_ZONE_JSON_LINES_H
#define LEE_ZONE_JSON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *at;
    const char *end;
    const char *list; /* name of the member of the root that holds the elements */
    uint32_t line;
    uint32_t depth;
    bool within_list;
} lee_json_lines;

/* `list`: "features" or "UASZoneList"; the text is valid JSON. */
void lee_json_lines_init(lee_json_lines *lines, const char *text, size_t length, const char *list);

/* The line of the next element that is an object; 0: there is none. */
uint32_t lee_json_lines_next(lee_json_lines *lines);

#endif
