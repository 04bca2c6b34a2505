#include "serve/query.h"

#include <assert.h>
#include <string.h>

bool lee_query_get(const char *query, const char *key, char *out, size_t capacity)
{
    assert(query && key && out);
    const size_t key_length = strlen(key);
    while (*query != '\0') {
        const char *const end = strchr(query, '&');
        const size_t length = end ? (size_t)(end - query) : strlen(query);
        if (length > key_length && memcmp(query, key, key_length) == 0 &&
            query[key_length] == '=') {
            const size_t value_length = length - key_length - 1;
            if (value_length >= capacity) {
                return false;
            }
            memcpy(out, query + key_length + 1, value_length);
            out[value_length] = '\0';
            return true;
        }
        query += length + (end ? 1 : 0);
    }
    return false;
}

bool lee_query_number(const char *query, const char *key, uint64_t *out)
{
    char text[20];
    if (!lee_query_get(query, key, text, sizeof text) || text[0] == '\0') {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}
