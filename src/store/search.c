#include "store/views_private.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"

/* The columns of an answer are named as docs/api.md names them; before them stand rowid and the
 * time that orders. ?1 words, ?2 from, ?3 to, ?4 and ?5 the place of the answer before, ?6 limit.
 */
#define WHERE(table, words, time)                                                                  \
    " FROM " table " WHERE (?1 IS NULL OR rowid IN (SELECT rowid FROM " words " WHERE " words      \
    " MATCH ?1)) AND " time ">=?2 AND " time "<?3 AND (" time ",rowid)<(?4,?5) ORDER BY " time     \
    " DESC,rowid DESC LIMIT ?6"

static const struct {
    const char *name;
    const char *sql;
} kinds[LEE_VIEWS_COUNT] = {
    {"incidents",
     "SELECT rowid,started_us,incident,zone,zone_names,zone_generation,target,callsign,state,"
     "severity,reason,permit,verdict,started_us,updated_us,entered_us,left_us,ended_us,first_seq,"
     "last_seq,first_record" WHERE("incidents", "incident_words", "started_us")},
    {"tracks", "SELECT rowid,first_us,target,callsign,registration,first_us,last_us,reports" WHERE(
                   "tracks", "track_words", "first_us")},
    {"zones",
     "SELECT rowid,from_us,zone,kind,names AS zone_names,first_generation,last_generation,from_us,"
     "to_us" WHERE("zones", "zone_words", "from_us")},
    {"permits", "SELECT rowid,from_us,permit,target,zones,granted_by,state,from_us,to_us" WHERE(
                    "permits", "permit_words", "from_us")},
};

bool lee_views_kind_parse(const char *text, lee_views_kind *out)
{
    assert(text && out);
    for (int i = 0; i < LEE_VIEWS_COUNT; i++) {
        if (strcmp(text, kinds[i].name) == 0) {
            *out = (lee_views_kind)i;
            return true;
        }
    }
    return false;
}

static bool is_word_byte(char c)
{
    const unsigned char byte = (unsigned char)c;
    return byte >= 0x80 || (byte >= '0' && byte <= '9') ||
           ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/* Words as FTS5 takes them: each quoted, as a beginning, all wanted. What people type is never read
 * as a query language. */
static void write_match(const char *words, lee_buffer *out)
{
    uint32_t count = 0;
    for (const char *at = words; *at != '\0' && count < LEE_VIEWS_WORDS_MAX;) {
        if (!is_word_byte(*at)) {
            at++;
            continue;
        }
        lee_buffer_text(out, out->length > 0 ? " \"" : "\"");
        while (*at != '\0' && is_word_byte(*at)) {
            lee_buffer_char(out, *at++);
        }
        lee_buffer_text(out, "\"*");
        count++;
    }
    lee_buffer_char(out, '\0');
}

/* "TIME.ROW". */
static bool read_after(const char *text, int64_t *t_us, int64_t *rowid)
{
    if (text[0] == '\0') {
        *t_us = INT64_MAX;
        *rowid = INT64_MAX;
        return true;
    }
    const char *const dot = strchr(text, '.');
    if (!dot) {
        return false;
    }
    return lee_json_number_fixed(text, (size_t)(dot - text), 0, t_us) &&
           lee_json_number_fixed(dot + 1, strlen(dot + 1), 0, rowid);
}

static void write_row(sqlite3_stmt *statement, lee_json *json)
{
    lee_json_object(json);
    for (int i = 2; i < sqlite3_column_count(statement); i++) {
        const int type = sqlite3_column_type(statement, i);
        if (type == SQLITE_INTEGER) {
            lee_json_put_int(json, sqlite3_column_name(statement, i),
                             sqlite3_column_int64(statement, i));
        } else if (type == SQLITE_TEXT) {
            lee_json_put_text(json, sqlite3_column_name(statement, i),
                              (const char *)sqlite3_column_text(statement, i));
        }
    }
    lee_json_object_end(json);
}

/* One row more than wanted says whether there are more. */
static lee_error write_rows(sqlite3_stmt *statement, uint32_t limit, lee_json *json)
{
    int64_t t_us = 0;
    int64_t rowid = 0;
    uint32_t count = 0;
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && count < limit; code = sqlite3_step(statement)) {
        rowid = sqlite3_column_int64(statement, 0);
        t_us = sqlite3_column_int64(statement, 1);
        write_row(statement, json);
        count++;
    }
    lee_json_array_end(json);
    if (code == SQLITE_ROW) {
        char next[48];
        (void)sqlite3_snprintf(sizeof next, next, "%lld.%lld", (long long)t_us, (long long)rowid);
        lee_json_put_text(json, "next", next);
    }
    return lee__views_error(code);
}

static void set_deadline(lee_views *views)
{
    sqlite3_int64 now_ms = 0;
    sqlite3_vfs *const vfs = sqlite3_vfs_find(NULL);
    views->search_until_ms =
        vfs->xCurrentTimeInt64(vfs, &now_ms) == SQLITE_OK ? now_ms + LEE_VIEWS_SEARCH_MAX_MS : 0;
}

lee_error lee_views_search(lee_views *views, const lee_views_query *query, uint64_t records_known,
                           lee_buffer *out)
{
    assert(views && query && out && query->kind < LEE_VIEWS_COUNT);
    assert(query->limit > 0 && query->limit <= LEE_VIEWS_RESULTS_MAX);
    int64_t after_us = 0;
    int64_t after_row = 0;
    if (!read_after(query->after, &after_us, &after_row)) {
        return LEE_ERR_DOMAIN;
    }
    lee_buffer match;
    lee_buffer_init(&match, 65536);
    write_match(query->words, &match);
    sqlite3_stmt *statement = NULL;
    lee_error error = match.error;
    if (error == LEE_OK) {
        error = lee__views_error(
            sqlite3_prepare_v2(views->db, kinds[query->kind].sql, -1, &statement, NULL));
    }
    if (error == LEE_OK) {
        lee__views_bind(statement, 1, (const char *)match.bytes);
        (void)sqlite3_bind_int64(statement, 2, query->from_us);
        (void)sqlite3_bind_int64(statement, 3, query->to_us);
        (void)sqlite3_bind_int64(statement, 4, after_us);
        (void)sqlite3_bind_int64(statement, 5, after_row);
        (void)sqlite3_bind_int64(statement, 6, (sqlite3_int64)query->limit + 1);
        lee_json json;
        lee_json_begin(&json, out);
        lee_json_object(&json);
        lee_json_put_int(&json, "records", (int64_t)views->next);
        lee_json_put_bool(&json, "complete", views->next >= records_known);
        lee_json_key(&json, kinds[query->kind].name);
        lee_json_array(&json);
        set_deadline(views);
        error = write_rows(statement, query->limit, &json);
        views->search_until_ms = 0;
        lee_json_object_end(&json);
    }
    (void)sqlite3_finalize(statement);
    lee_buffer_free(&match);
    return error != LEE_OK ? error : out->error;
}
