/* feed/uri.h: whatever is written, the answer is a feed that can be opened or a reason. */
#include <assert.h>
#include <string.h>

#include "feed/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_feed_uri uri;
    lee_error_info error = {.code = LEE_OK};
    if (lee_feed_uri_parse((const char *)data, size, &uri, &error) == LEE_OK) {
        assert(uri.name[0] != '\0' && strlen(uri.name) < sizeof uri.name);
        assert(uri.kind != LEE_FEED_FILE || uri.path[0] != '\0');
        const bool has_port = lee_feed_uri_is_live(&uri) && uri.kind != LEE_FEED_RTL;
        assert(!has_port || uri.port > 0);
        assert(uri.kind != LEE_FEED_TCP || uri.host[0] != '\0');
        assert(uri.kind != LEE_FEED_MQTT || (uri.host[0] != '\0' && uri.topic[0] != '\0'));
    } else {
        assert(error.code != LEE_OK && error.reason && error.offset <= size);
    }
    return 0;
}
