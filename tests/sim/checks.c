#define _GNU_SOURCE
/* What must hold of a node's journal, worked out apart from the program: another reader of its
 * files (docs/formats/journal.md), another hash, and a reference that says who was in which zone.
 */
#include <assert.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/snapshot.h"
#include "record/codec.h"
#include "record/input.h"
#include "record/kind.h"
#include "sim/scenario.h"
#include "sim/traffic.h"

#define TARGETS_MAX 256

typedef struct {
    uint8_t kind;
    const uint8_t *bytes;
    size_t length;
} entry;

typedef struct {
    uint64_t count;
    entry *entries;
    uint8_t (*leaves)[32];
} journal;

/* --- reading --------------------------------------------------------------------------------- */

static const uint8_t *read_file(const sim_node *node, const char *name, size_t *length)
{
    char path[256];
    (void)snprintf(path, sizeof path, "/sim/%s/data/journal/%s", sim_host_name(node->host), name);
    return sim_file(path, length);
}

/* RFC 6962, 2.1. */
static void root_of(const uint8_t (*leaves)[32], uint64_t count, uint8_t out[32])
{
    if (count <= 1) {
        memcpy(out, leaves, count * 32);
        if (count == 0) {
            (void)SHA256((const uint8_t *)"", 0, out);
        }
        return;
    }
    uint64_t left = 1;
    while (left * 2 < count) {
        left *= 2;
    }
    uint8_t node[65] = {1};
    root_of(leaves, left, node + 1);
    root_of(leaves + left, count - left, node + 33);
    (void)SHA256(node, sizeof node, out);
}

static bool read_bundle(const sim_node *node, uint64_t number, unsigned width, journal *out)
{
    char name[64];
    size_t length = 0;
    int used = number >= 1000
                   ? snprintf(name, sizeof name, "tile/entries/x%03llu/%03llu",
                              (unsigned long long)(number / 1000 % 1000),
                              (unsigned long long)(number % 1000))
                   : snprintf(name, sizeof name, "tile/entries/%03llu", (unsigned long long)number);
    if (width < 256) {
        (void)snprintf(name + used, sizeof name - (size_t)used, ".p/%u", width);
    }
    const uint8_t *const bytes = read_file(node, name, &length);
    size_t at = 0;
    for (unsigned i = 0; i < width; i++) {
        if (!bytes || length - at < 3) {
            return false;
        }
        const size_t size = (size_t)bytes[at] << 8 | bytes[at + 1];
        at += 2;
        if (size < 1 || length - at < size) {
            return false;
        }
        const uint64_t index = number * 256 + i;
        static uint8_t leaf[65536]; /* 0, then the entry */
        memcpy(leaf + 1, bytes + at, size);
        (void)SHA256(leaf, size + 1, out->leaves[index]);
        out->entries[index] = (entry){bytes[at], bytes + at + 1, size - 1};
        at += size;
    }
    return at == length;
}

static bool check_signature(const sim_node *node, const char *head, size_t body_length)
{
    size_t length = 0;
    const char *const key_file = (const char *)read_file(node, "keys/journal.vkey", &length);
    const char *const id_text = key_file ? strchr(key_file, '+') : NULL;
    const char *const key_text = id_text ? strchr(id_text + 1, '+') : NULL;
    const char *const line = strstr(head, "\xe2\x80\x94 ");
    const char *const signature_text = line ? strchr(line + 4, ' ') : NULL;
    uint8_t key[33];
    uint8_t signature[68];
    size_t key_length = 0;
    size_t signature_length = 0;
    return key_text && signature_text &&
           sodium_base642bin(key, sizeof key, key_text + 1, strcspn(key_text + 1, "\n"), NULL,
                             &key_length, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           sodium_base642bin(signature, sizeof signature, signature_text + 1,
                             strcspn(signature_text + 1, "\n"), NULL, &signature_length, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           key_length == 33 && signature_length == 68 &&
           crypto_sign_verify_detached(signature + 4, (const uint8_t *)head, body_length,
                                       key + 1) == 0;
}

static bool read_journal(sim_story *story, const sim_node *node, journal *out)
{
    size_t length = 0;
    const char *const head = (const char *)read_file(node, "checkpoint", &length);
    const char *const size_line = head ? strchr(head, '\n') : NULL;
    const char *const root_line = size_line ? strchr(size_line + 1, '\n') : NULL;
    const char *const end = root_line ? strchr(root_line + 1, '\n') : NULL;
    uint8_t root[32];
    uint8_t found[32];
    size_t root_length = 0;
    if (!end || end[1] != '\n' ||
        sodium_base642bin(root, sizeof root, root_line + 1, (size_t)(end - root_line - 1), NULL,
                          &root_length, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        !check_signature(node, head, (size_t)(end + 1 - head))) {
        sim_problem(story, "n%d: the checkpoint is none", node->number);
        return false;
    }
    out->count = strtoull(size_line + 1, NULL, 10);
    out->entries = calloc(out->count + 1, sizeof out->entries[0]);
    out->leaves = calloc(out->count + 1, sizeof out->leaves[0]);
    assert(out->entries && out->leaves);
    for (uint64_t i = 0; i * 256 < out->count; i++) {
        const uint64_t left = out->count - i * 256;
        if (!read_bundle(node, i, left < 256 ? (unsigned)left : 256, out)) {
            sim_problem(story, "n%d: bundle %llu is not what the head says", node->number,
                        (unsigned long long)i);
            return false;
        }
    }
    root_of(out->leaves, out->count, found);
    if (memcmp(root, found, sizeof root) != 0) {
        sim_problem(story, "n%d: the root over %llu records is another one", node->number,
                    (unsigned long long)out->count);
        return false;
    }
    return true;
}

/* --- what was told --------------------------------------------------------------------------- */

static bool is_excused(const sim_node *node, int64_t at_us, bool from_memory)
{
    for (int i = 0; i < node->excuse_count; i++) {
        const sim_excuse *const each = &node->excuses[i];
        const int64_t to_us = from_memory ? each->memory_to_us : each->to_us;
        if (at_us >= each->from_us && at_us <= to_us) {
            return true;
        }
    }
    return false;
}

typedef struct {
    uint64_t *digests; /* by seq */
    uint64_t last_seq;
    uint64_t count;
} event_list;

static void list_events(sim_story *story, const sim_node *node, const journal *in, event_list *out)
{
    lee_buffer text;
    lee_buffer_init(&text, 1024 * 1024);
    out->digests = calloc(in->count + 2, sizeof out->digests[0]);
    assert(out->digests);
    for (uint64_t i = 0; i < in->count; i++) {
        if (in->entries[i].kind != LEE_RECORD_EVENT) {
            continue;
        }
        lee_event event;
        char zone[129];
        lee_bytes bytes;
        lee_bytes_init(&bytes, in->entries[i].bytes, in->entries[i].length);
        if (lee_event_decode(&bytes, &event, zone) != LEE_OK) {
            sim_problem(story, "n%d: record %llu is no event", node->number, (unsigned long long)i);
            break;
        }
        lee_buffer_reset(&text);
        lee_event_write_json(&event, &text);
        if (event.seq != out->last_seq + 1 && node->excuse_count == 0) {
            sim_problem(story, "n%d: event %llu follows event %llu in the journal", node->number,
                        (unsigned long long)event.seq, (unsigned long long)out->last_seq);
        }
        out->last_seq = event.seq;
        out->count++;
        if (event.seq <= in->count) {
            out->digests[event.seq] = sim_text_digest((const char *)text.bytes, text.length);
        }
    }
    lee_buffer_free(&text);
    story->events += out->count;
}

static void check_listener(sim_story *story, const sim_node *node, const sim_listener *listener,
                           const journal *in, const event_list *events)
{
    for (size_t i = 0; i < listener->events.count; i++) {
        const sim_told *const told = &listener->events.items[i];
        if (is_excused(node, told->at_us, true)) {
            continue;
        }
        story->acknowledged++;
        if (told->seq > in->count || events->digests[told->seq] != told->digest) {
            sim_problem(story, "n%d: event %llu was told at %lld us and is not in the journal",
                        node->number, (unsigned long long)told->seq, (long long)told->at_us);
        }
    }
    if (node->excuse_count == 0 && listener->problem[0] != '\0') {
        sim_problem(story, "n%d: %s", node->number, listener->problem);
    }
    if (node->excuse_count == 0 && listener->seq != events->last_seq) {
        sim_problem(story, "n%d: %s knows events up to %llu of %llu", node->number,
                    sim_host_name(listener->host), (unsigned long long)listener->seq,
                    (unsigned long long)events->last_seq);
    }
}

static bool stands_in(const entry *in, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i + length <= in->length; i++) {
        if (memcmp(in->bytes + i, text, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_recorded(const journal *in, uint8_t kind, const char *text)
{
    for (uint64_t i = 0; i < in->count; i++) {
        if (in->entries[i].kind == kind && stands_in(&in->entries[i], text)) {
            return true;
        }
    }
    return false;
}

static void check_told(sim_story *story, const sim_node *node, const journal *in,
                       const sim_told_list *list, uint8_t kind, const char *what)
{
    for (size_t i = 0; i < list->count; i++) {
        const sim_told *const told = &list->items[i];
        char text[100];
        (void)snprintf(text, sizeof text, "\"%s\"", told->name);
        /* A warning says itself what is to be thought of it, whenever it arrives. */
        if (kind == LEE_RECORD_WARNING ? told->is_marked : is_excused(node, told->at_us, false)) {
            continue;
        }
        story->acknowledged++;
        if (!is_recorded(in, kind, text)) {
            sim_problem(story, "n%d: %s %s was told at %lld us and is not in the journal",
                        node->number, what, told->name, (long long)told->at_us);
        }
    }
}

/* Every warning of the journal has reached the partner. */
static void check_partner(sim_story *story, const sim_node *node, const journal *in)
{
    for (uint64_t i = 0; i < in->count; i++) {
        const entry *const each = &in->entries[i];
        if (each->kind != LEE_RECORD_WARNING) {
            continue;
        }
        story->warnings++;
        bool known = false;
        for (size_t k = 0; k < node->partner.warnings.count && !known; k++) {
            char text[100];
            (void)snprintf(text, sizeof text, "\"identifier\":\"%s\"",
                           node->partner.warnings.items[k].name);
            known = stands_in(each, text);
        }
        if (!known) {
            sim_problem(story, "n%d: the warning in record %llu never reached the partner",
                        node->number, (unsigned long long)i);
        }
    }
}

/* --- the reference --------------------------------------------------------------------------- */

typedef struct {
    char name[32];
    int64_t t_us; /* of its newest report */
    int32_t lat_e7;
    int32_t lon_e7;
    bool is_in[SIM_ZONES];
    bool is_told[SIM_ZONES];
    uint64_t gap[SIM_ZONES]; /* the last one before which it was told anything or was outside */
} pair_row;

typedef struct {
    pair_row rows[TARGETS_MAX];
    uint64_t gap; /* what was decided before it may not be in the journal */
    int count;
} pair_table;

static pair_row *row_of(pair_table *table, const char *name)
{
    for (int i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) == 0) {
            return &table->rows[i];
        }
    }
    assert(table->count < TARGETS_MAX);
    pair_row *const row = &table->rows[table->count++];
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    row->t_us = INT64_MIN;
    return row;
}

static void take_frame(sim_story *story, pair_table *table, const lee_frame *frame)
{
    char target[32];
    int32_t lat_e7 = 0;
    int32_t lon_e7 = 0;
    int64_t t_us = 0;
    if (frame->refused != LEE_OK || !sim_line_read((const char *)frame->bytes, frame->length,
                                                   target, &lat_e7, &lon_e7, &t_us)) {
        return;
    }
    story->reports++;
    pair_row *const row = row_of(table, target);
    t_us = t_us != 0 ? t_us : frame->t_us;
    if (t_us < row->t_us || t_us > frame->t_us + 5000000) {
        return; /* event time decides, of equal times the later; and what claims to be of the future
                   is refused (watch.md) */
    }
    if (t_us == row->t_us && lat_e7 == row->lat_e7 && lon_e7 == row->lon_e7) {
        return; /* said twice, which tells nothing of who was lost meanwhile */
    }
    row->t_us = t_us;
    row->lat_e7 = lat_e7;
    row->lon_e7 = lon_e7;
    for (int z = 0; z < SIM_ZONES; z++) {
        const sim_square *const zone = &story->zones[z];
        row->is_in[z] = lat_e7 >= zone->south_e7 && lat_e7 < zone->north_e7 &&
                        lon_e7 >= zone->west_e7 && lon_e7 < zone->east_e7;
        row->gap[z] = row->is_in[z] ? row->gap[z] : table->gap;
    }
}

static void take_event(pair_table *table, const entry *each)
{
    lee_event event;
    char zone[129];
    lee_bytes bytes;
    lee_bytes_init(&bytes, each->bytes, each->length);
    if (lee_event_decode(&bytes, &event, zone) != LEE_OK || strncmp(zone, "zone-", 5) != 0) {
        return;
    }
    pair_row *const row = row_of(table, event.target.text);
    const int z = zone[5] - '0';
    row->gap[z] = table->gap;
    if (event.kind == LEE_EVENT_ENTERED || event.kind == LEE_EVENT_PRESENT) {
        row->is_told[z] = true;
    } else if (event.kind == LEE_EVENT_LEFT || event.kind == LEE_EVENT_ENDED) {
        row->is_told[z] = false;
    } else if (event.kind == LEE_EVENT_LOST) {
        row->is_in[z] = false; /* nobody knows, until the next report */
    }
}

/* After the events of an input: who is in a zone by its newest report was told to be. */
static void compare(sim_story *story, const sim_node *node, const pair_table *table, uint64_t index)
{
    for (int i = 0; i < table->count; i++) {
        for (int z = 0; z < SIM_ZONES; z++) {
            const pair_row *const row = &table->rows[i];
            if (story->zones[z].is_exact && row->is_in[z] && !row->is_told[z] &&
                row->gap[z] == table->gap) {
                sim_problem(story, "n%d: %s is in zone-%d at record %llu, and no event says so",
                            node->number, row->name, z, (unsigned long long)index);
            }
        }
    }
}

/* By when it came. A new session may begin at an earlier hour. */
static void check_order(sim_story *story, const sim_node *node, uint64_t index, int64_t t_us,
                        int64_t *last_us)
{
    if (t_us < *last_us) {
        sim_problem(story, "n%d: record %llu came %lld us before the one before it", node->number,
                    (unsigned long long)index, (long long)(*last_us - t_us));
    }
    *last_us = t_us;
}

static void check_entries(sim_story *story, const sim_node *node, const journal *in)
{
    pair_table *const table = calloc(1, sizeof *table);
    assert(table);
    int64_t came_us = INT64_MIN;
    for (uint64_t i = 0; i < in->count; i++) {
        const entry *const each = &in->entries[i];
        if (each->kind == LEE_RECORD_EVENT) {
            take_event(table, each);
            continue;
        }
        if (each->kind == LEE_RECORD_WARNING) {
            continue;
        }
        compare(story, node, table, i);
        if (each->kind == LEE_RECORD_SESSION) {
            memset(table->rows, 0, sizeof table->rows); /* a fresh core */
            table->count = 0;
            came_us = INT64_MIN;
        }
        int64_t tick_us = 0;
        if (each->kind == LEE_RECORD_TICK &&
            lee_input_tick_decode(each->bytes, each->length, &tick_us)) {
            check_order(story, node, i, tick_us, &came_us);
        }
        if (each->kind == LEE_RECORD_GAP) {
            table->gap++;
        }
        lee_bytes bytes;
        lee_frame frame;
        lee_bytes_init(&bytes, each->bytes, each->length);
        while (each->kind == LEE_RECORD_FRAME && lee_bytes_left(&bytes) > 0 &&
               lee_frame_decode(&bytes, &frame) == LEE_OK) {
            check_order(story, node, i, frame.t_us, &came_us);
            take_frame(story, table, &frame);
        }
    }
    free(table);
}

/* After a gap snapshots are taken again, when the disk is well. */
static void check_snapshot(sim_story *story, const sim_node *node, const journal *in)
{
    char path[256];
    size_t length = 0;
    uint64_t gap = UINT64_MAX;
    for (uint64_t i = 0; i < in->count; i++) {
        gap = in->entries[i].kind == LEE_RECORD_GAP ? i : gap;
    }
    (void)snprintf(path, sizeof path, "/sim/%s/data/snapshot/state", sim_host_name(node->host));
    const uint8_t *const bytes = sim_file(path, &length);
    if (gap != UINT64_MAX && lee_snapshot_size(bytes, length) <= gap) {
        sim_problem(story, "n%d: there is no snapshot since the gap in record %llu", node->number,
                    (unsigned long long)gap);
    }
}

void sim_check_node(sim_story *story, sim_node *node)
{
    journal in = {.count = 0};
    event_list events = {.last_seq = 0};
    if (read_journal(story, node, &in)) {
        list_events(story, node, &in, &events);
        for (int i = 0; i < 2; i++) {
            check_listener(story, node, &node->listeners[i], &in, &events);
        }
        check_told(story, node, &in, &node->operator.done, LEE_RECORD_OPERATOR, "the inhibition");
        check_told(story, node, &in, &node->partner.warnings, LEE_RECORD_WARNING, "the warning");
        check_partner(story, node, &in);
        check_entries(story, node, &in);
        check_snapshot(story, node, &in);
    }
    free(events.digests);
    free(in.entries);
    free(in.leaves);
}
