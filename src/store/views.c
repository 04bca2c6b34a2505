#define _POSIX_C_SOURCE 200809L
#include "store/views_private.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/limits.h"

/* Raised whenever the tables or what is put into them change: older files are built again. */
#define VERSION 1
#define BUSY_MS 2000
#define CACHE_KIB 32768

static const char schema[] =
    "CREATE TABLE place(next INTEGER, last BLOB, session INTEGER, t_us INTEGER, journal TEXT);"
    "CREATE TABLE incidents(incident TEXT UNIQUE, zone TEXT, zone_names TEXT, zone_generation "
    "INTEGER, target TEXT, callsign TEXT, state TEXT, severity TEXT, reason TEXT, permit TEXT, "
    "verdict TEXT, started_us INTEGER, updated_us INTEGER, entered_us INTEGER, left_us INTEGER, "
    "ended_us INTEGER, first_seq INTEGER, last_seq INTEGER, first_record INTEGER, last_record "
    "INTEGER, headlines TEXT);"
    "CREATE INDEX incidents_started ON incidents(started_us);"
    "CREATE VIRTUAL TABLE incident_words USING fts5(text, "
    "tokenize='unicode61 remove_diacritics 2');"
    "CREATE TABLE tracks(target TEXT, session INTEGER, callsign TEXT, registration TEXT, first_us "
    "INTEGER, last_us INTEGER, reports INTEGER);"
    "CREATE INDEX tracks_target ON tracks(target);"
    "CREATE INDEX tracks_first ON tracks(first_us);"
    "CREATE VIRTUAL TABLE track_words USING fts5(text, "
    "tokenize='unicode61 remove_diacritics 2');"
    "CREATE TABLE zones(zone TEXT, hash BLOB, first_generation INTEGER, last_generation INTEGER, "
    "kind TEXT, names TEXT, from_us INTEGER, to_us INTEGER, record INTEGER);"
    "CREATE INDEX zones_zone ON zones(zone);"
    "CREATE VIRTUAL TABLE zone_words USING fts5(text, "
    "tokenize='unicode61 remove_diacritics 2');"
    "CREATE TABLE permits(permit TEXT, hash BLOB, target TEXT, zones TEXT, granted_by TEXT, state "
    "TEXT, from_us INTEGER, to_us INTEGER, record INTEGER);"
    "CREATE INDEX permits_permit ON permits(permit);"
    "CREATE VIRTUAL TABLE permit_words USING fts5(text, "
    "tokenize='unicode61 remove_diacritics 2');";

static const char *const statements[] = {
#define LEE_VIEWS_SQL(name, sql) sql,
    LEE_VIEWS_STATEMENTS(LEE_VIEWS_SQL)
#undef LEE_VIEWS_SQL
};

lee_error lee__views_error(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return LEE_OK;
    case SQLITE_NOMEM:
        return LEE_ERR_NO_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return LEE_ERR_STATE;
    case SQLITE_INTERRUPT:
        return LEE_ERR_LIMIT;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return LEE_ERR_IO;
    default: /* damaged, or tables that are not ours */
        return LEE_ERR_CORRUPT;
    }
}

sqlite3_stmt *lee__views_statement(lee_views *views, int which)
{
    sqlite3_stmt *const statement = views->statements[which];
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return statement;
}

lee_error lee__views_run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    (void)sqlite3_reset(statement);
    return lee__views_error(code);
}

void lee__views_bind(sqlite3_stmt *statement, int at, const char *text)
{
    if (text && text[0] != '\0') {
        (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
    }
}

static lee_error execute(lee_views *views, const char *sql)
{
    return lee__views_error(sqlite3_exec(views->db, sql, NULL, NULL, NULL));
}

/* --- opening -------------------------------------------------------------------------------- */

static lee_error make_tables(lee_views *views, const char *journal)
{
    sqlite3_stmt *insert = NULL;
    lee_error error = execute(views, "BEGIN IMMEDIATE");
    if (error == LEE_OK) {
        error = execute(views, schema);
    }
    if (error == LEE_OK) {
        error = lee__views_error(sqlite3_prepare_v2(
            views->db, "INSERT INTO place VALUES(0,zeroblob(32),0,0,?1)", -1, &insert, NULL));
    }
    if (error == LEE_OK) {
        lee__views_bind(insert, 1, journal);
        error = lee__views_run(insert);
    }
    (void)sqlite3_finalize(insert);
    if (error == LEE_OK) {
        error = execute(views, "PRAGMA user_version=1; COMMIT");
    }
    static_assert(VERSION == 1, "the version in the line above");
    return error;
}

/* 0: the file is new. */
static lee_error read_version(lee_views *views, int *version)
{
    sqlite3_stmt *ask = NULL;
    lee_error error =
        lee__views_error(sqlite3_prepare_v2(views->db, "PRAGMA user_version", -1, &ask, NULL));
    if (error == LEE_OK) {
        const int code = sqlite3_step(ask);
        error = code == SQLITE_ROW ? LEE_OK : lee__views_error(code);
        *version = sqlite3_column_int(ask, 0);
    }
    (void)sqlite3_finalize(ask);
    return error;
}

/* Where it stands, and whether it is of this journal. */
static lee_error read_place(lee_views *views, const char *journal)
{
    sqlite3_stmt *ask = NULL;
    lee_error error = lee__views_error(sqlite3_prepare_v2(
        views->db, "SELECT next,last,session,t_us,journal FROM place", -1, &ask, NULL));
    if (error == LEE_OK) {
        const int code = sqlite3_step(ask);
        const char *const of = (const char *)sqlite3_column_text(ask, 4);
        error = code == SQLITE_ROW ? LEE_OK : LEE_ERR_CORRUPT;
        if (code == SQLITE_ROW && of && strcmp(of, journal) == 0 &&
            sqlite3_column_bytes(ask, 1) == LEE_DIGEST_BYTES) {
            views->next = (uint64_t)sqlite3_column_int64(ask, 0);
            memcpy(views->last.bytes, sqlite3_column_blob(ask, 1), LEE_DIGEST_BYTES);
            views->session = (uint64_t)sqlite3_column_int64(ask, 2);
            views->t_us = sqlite3_column_int64(ask, 3);
        } else if (error == LEE_OK) {
            error = LEE_ERR_CORRUPT;
        }
    }
    (void)sqlite3_finalize(ask);
    return error;
}

/* A search that takes too long is given up. */
static int on_progress(void *context)
{
    const lee_views *const views = context;
    sqlite3_int64 now_ms = 0;
    if (views->search_until_ms == 0) {
        return 0;
    }
    sqlite3_vfs *const vfs = sqlite3_vfs_find(NULL);
    return vfs->xCurrentTimeInt64(vfs, &now_ms) == SQLITE_OK && now_ms > views->search_until_ms;
}

static lee_error prepare(lee_views *views, const char *journal)
{
    char settings[200];
    (void)sqlite3_snprintf(sizeof settings, settings,
                           "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA "
                           "cell_size_check=ON; PRAGMA cache_size=-%d; PRAGMA temp_store=MEMORY; "
                           "PRAGMA trusted_schema=OFF",
                           CACHE_KIB);
    (void)sqlite3_busy_timeout(views->db, BUSY_MS);
    int version = 0;
    lee_error error = execute(views, settings);
    if (error == LEE_OK) {
        error = read_version(views, &version);
    }
    if (error == LEE_OK && version == 0) {
        error = make_tables(views, journal);
    } else if (error == LEE_OK && version != VERSION) {
        error = LEE_ERR_CORRUPT;
    }
    if (error == LEE_OK) {
        error = read_place(views, journal);
    }
    if (error == LEE_OK) {
        error = execute(views, "CREATE TEMP TABLE renamed(incident TEXT PRIMARY KEY)");
    }
    for (int i = 0; error == LEE_OK && i < LEE_VIEWS_STATEMENT_COUNT; i++) {
        error = lee__views_error(sqlite3_prepare_v3(
            views->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &views->statements[i], NULL));
    }
    sqlite3_progress_handler(views->db, 10000, on_progress, views);
    return error;
}

static lee_error take_memory(lee_views *views)
{
    lee_decoder_options decoder;
    lee_decoder_options_default(&decoder);
    lee_buffer_init(&views->last_record, LEE_JOURNAL_RECORD_MAX_BYTES + 1);
    views->map = lee_map_create(LEE_TRACKS_MAX, sizeof(lee_target));
    views->tracks = lee_alloc(LEE_TRACKS_MAX, sizeof *views->tracks);
    views->dirty = lee_alloc(LEE_TRACKS_MAX, sizeof *views->dirty);
    if (!views->map || !views->tracks || !views->dirty) {
        return LEE_ERR_NO_MEMORY;
    }
    return lee_decoder_create(&decoder, &views->decoder);
}

lee_error lee_views_open(const char *path, const char *journal, lee_views **out)
{
    assert(path && journal && out);
    lee_views *const views = lee_alloc(1, sizeof *views);
    if (!views) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_error error = take_memory(views);
    /* What the journal holds is its owner's alone; SQLite gives its other files the same mode. */
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        (void)close(file);
    } else if (error == LEE_OK) {
        error = LEE_ERR_IO;
    }
    if (error == LEE_OK) {
        error = lee__views_error(sqlite3_open_v2(
            path, &views->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
            NULL));
    }
    if (error == LEE_OK) {
        error = prepare(views, journal);
    }
    if (error != LEE_OK) {
        lee_views_close(views);
        return error;
    }
    *out = views;
    return LEE_OK;
}

void lee_views_close(lee_views *views)
{
    if (!views) {
        return;
    }
    for (int i = 0; i < LEE_VIEWS_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(views->statements[i]);
    }
    (void)sqlite3_close(views->db);
    lee_buffer_free(&views->last_record);
    lee_decoder_free(views->decoder);
    lee_map_free(views->map);
    lee_free(views->tracks);
    lee_free(views->dirty);
    lee_free(views);
}

void lee_views_delete(const char *path)
{
    assert(path);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char *const name = sqlite3_mprintf("%s%s", path, ends[i]);
        if (name) {
            (void)unlink(name);
        }
        sqlite3_free(name);
    }
}

/* --- the place ------------------------------------------------------------------------------ */

uint64_t lee_views_next(const lee_views *views)
{
    return views->next;
}

lee_digest lee_views_last(const lee_views *views)
{
    return views->last;
}

static void record_bytes(const lee_record *record, lee_buffer *out)
{
    lee_buffer_reset(out);
    lee_buffer_u8(out, (uint8_t)record->kind);
    lee_buffer_bytes(out, record->bytes, record->length);
}

lee_digest lee_views_digest(const lee_record *record)
{
    assert(record);
    lee_buffer bytes;
    lee_buffer_init(&bytes, LEE_JOURNAL_RECORD_MAX_BYTES + 1);
    record_bytes(record, &bytes);
    const lee_digest digest =
        bytes.error == LEE_OK ? lee_digest_of(bytes.bytes, bytes.length) : lee_merkle_empty();
    lee_buffer_free(&bytes);
    return digest;
}

/* Begins to write, unless somebody else has written meanwhile: then what is known here is old. */
static lee_error begin(lee_views *views)
{
    lee_error error = execute(views, "BEGIN IMMEDIATE");
    if (error != LEE_OK) {
        return error;
    }
    sqlite3_stmt *const ask = lee__views_statement(views, LEE_VIEWS_WHERE);
    const int code = sqlite3_step(ask);
    const bool is_same = code == SQLITE_ROW && sqlite3_column_int64(ask, 0) >= 0 &&
                         (uint64_t)sqlite3_column_int64(ask, 0) == views->next;
    (void)sqlite3_reset(ask);
    if (is_same) {
        views->in_transaction = true;
        return LEE_OK;
    }
    error = lee__views_error(code);
    const lee_error undone = execute(views, "ROLLBACK");
    error = error != LEE_OK ? error : undone;
    return error != LEE_OK ? error : LEE_ERR_STATE;
}

lee_error lee_views_apply(lee_views *views, const lee_record *record)
{
    assert(views && record && record->index >= views->next);
    if (!views->in_transaction) {
        const lee_error error = begin(views);
        if (error != LEE_OK) {
            return error;
        }
    }
    const lee_error error = lee__views_apply(views, record);
    if (error != LEE_OK) {
        return error;
    }
    views->next = record->index + 1;
    record_bytes(record, &views->last_record);
    return views->last_record.error;
}

lee_error lee_views_commit(lee_views *views)
{
    assert(views);
    if (!views->in_transaction) {
        return LEE_OK;
    }
    views->last = lee_digest_of(views->last_record.bytes, views->last_record.length);
    lee_error error = lee__views_tracks_flush(views);
    if (error == LEE_OK) {
        error = lee__views_index_incidents(views);
    }
    if (error == LEE_OK) {
        sqlite3_stmt *const place = lee__views_statement(views, LEE_VIEWS_PLACE);
        (void)sqlite3_bind_int64(place, 1, (sqlite3_int64)views->next);
        (void)sqlite3_bind_blob(place, 2, views->last.bytes, LEE_DIGEST_BYTES, SQLITE_STATIC);
        (void)sqlite3_bind_int64(place, 3, (sqlite3_int64)views->session);
        (void)sqlite3_bind_int64(place, 4, views->t_us);
        error = lee__views_run(place);
    }
    if (error == LEE_OK) {
        error = execute(views, "COMMIT");
    }
    views->in_transaction = error != LEE_OK;
    return error;
}
