#include "app/cap_feed.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/time_text.h"
#include "warn/xml.h"

typedef struct {
    char *identifier;
    char *title;
    char *cap;
    int64_t sent_us;
} cap_entry;

struct lee_cap_feed {
    cap_entry ring[LEE_CAP_FEED_MAX];
    size_t count; /* ever added */
};

lee_error lee_cap_feed_create(lee_cap_feed **out)
{
    assert(out);
    lee_cap_feed *const feed = lee_alloc(1, sizeof *feed);
    if (!feed) {
        return LEE_ERR_NO_MEMORY;
    }
    *out = feed;
    return LEE_OK;
}

static void empty(cap_entry *entry)
{
    lee_free(entry->identifier);
    lee_free(entry->title);
    lee_free(entry->cap);
    *entry = (cap_entry){.sent_us = 0};
}

void lee_cap_feed_free(lee_cap_feed *feed)
{
    if (feed) {
        for (size_t i = 0; i < LEE_CAP_FEED_MAX; i++) {
            empty(&feed->ring[i]);
        }
        lee_free(feed);
    }
}

void lee_cap_feed_add(lee_cap_feed *feed, const char *warning, size_t length)
{
    assert(feed);
    json_t *const root = json_loadb(warning, length, 0, NULL);
    const char *identifier = NULL;
    const char *title = NULL;
    const char *cap = NULL;
    json_int_t sent_us = 0;
    if (root && json_unpack(root, "{s:s,s:{s:s},s:s,s:I}", "identifier", &identifier, "headline",
                            "en", &title, "cap", &cap, "sent_us", &sent_us) == 0) {
        cap_entry *const entry = &feed->ring[feed->count % LEE_CAP_FEED_MAX];
        empty(entry);
        *entry = (cap_entry){.identifier = lee_copy_text(identifier, strlen(identifier)),
                             .title = lee_copy_text(title, strlen(title)),
                             .cap = lee_copy_text(cap, strlen(cap)),
                             .sent_us = sent_us};
        feed->count++;
    }
    json_decref(root);
}

/* The entry that was added `back` before the newest; NULL: there is none, or memory failed. */
static const cap_entry *entry_back(const lee_cap_feed *feed, size_t back)
{
    if (back >= feed->count || back >= LEE_CAP_FEED_MAX) {
        return NULL;
    }
    const cap_entry *const entry = &feed->ring[(feed->count - 1 - back) % LEE_CAP_FEED_MAX];
    return entry->identifier && entry->title && entry->cap ? entry : NULL;
}

static void write_entry(const cap_entry *entry, lee_buffer *out)
{
    char updated[LEE_TIME_TEXT_BYTES];
    (void)lee_time_format(entry->sent_us, updated);
    lee_buffer_text(out, "  <entry>\n    <id>urn:leeward:cap:");
    lee_xml_escape(out, entry->identifier, strlen(entry->identifier));
    lee_buffer_text(out, "</id>\n    <title>");
    lee_xml_escape(out, entry->title, strlen(entry->title));
    lee_buffer_text(out, "</title>\n    <updated>");
    lee_buffer_text(out, updated);
    lee_buffer_text(out, "</updated>\n    <link rel=\"alternate\" "
                         "type=\"application/cap+xml\" href=\"/feeds/cap/");
    lee_xml_escape(out, entry->identifier, strlen(entry->identifier));
    lee_buffer_text(out, ".xml\"/>\n  </entry>\n");
}

void lee_cap_feed_write(const lee_cap_feed *feed, lee_buffer *out)
{
    assert(feed && out);
    const cap_entry *const newest = entry_back(feed, 0);
    char updated[LEE_TIME_TEXT_BYTES];
    (void)lee_time_format(newest ? newest->sent_us : 0, updated);
    lee_buffer_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
                         "  <id>urn:leeward:cap</id>\n  <title>Leeward warnings</title>\n"
                         "  <author><name>Leeward</name></author>\n  <updated>");
    lee_buffer_text(out, updated);
    lee_buffer_text(out, "</updated>\n  <link rel=\"self\" href=\"/feeds/cap.atom\"/>\n");
    for (size_t back = 0; back < LEE_CAP_FEED_MAX; back++) {
        const cap_entry *const entry = entry_back(feed, back);
        if (entry) {
            write_entry(entry, out);
        }
    }
    lee_buffer_text(out, "</feed>\n");
}

lee_error lee_cap_feed_message(const lee_cap_feed *feed, const char *identifier, lee_buffer *out)
{
    assert(feed && identifier && out);
    for (size_t back = 0; back < LEE_CAP_FEED_MAX; back++) {
        const cap_entry *const entry = entry_back(feed, back);
        if (entry && strcmp(entry->identifier, identifier) == 0) {
            lee_buffer_text(out, entry->cap);
            return out->error;
        }
    }
    return LEE_ERR_NOT_FOUND;
}

static void text_state(lee_state *state, char **text)
{
    uint8_t *bytes = (uint8_t *)*text;
    size_t length = *text ? strlen(*text) : 0;
    lee_state_block(state, &bytes, &length, LEE_JOURNAL_RECORD_MAX_BYTES);
    *text = (char *)bytes;
}

void lee_cap_feed_state(lee_state *state, lee_cap_feed *feed)
{
    assert(state && feed);
    lee_state_section(state, "cap_feed");
    lee_state_plain(state, &feed->count, sizeof feed->count);
    for (size_t i = 0; i < LEE_CAP_FEED_MAX; i++) {
        cap_entry *const entry = &feed->ring[i];
        text_state(state, &entry->identifier);
        text_state(state, &entry->title);
        text_state(state, &entry->cap);
        lee_state_plain(state, &entry->sent_us, sizeof entry->sent_us);
    }
}
