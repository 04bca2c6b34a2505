/* store/views_private.h: what the files of the views share: views.c opens, keeps the place and
 * commits, apply.c makes rows of records, tracks.c of frames, search.c answers. */
#ifndef LEE_STORE_VIEWS_PRIVATE_H
#define LEE_STORE_VIEWS_PRIVATE_H

#include <sqlite3.h>

#include "base/map.h"
#include "leeward/decoder.h"
#include "store/views.h"

/* Statements that are kept prepared: X(NAME, SQL). */
#define LEE_VIEWS_STATEMENTS(X)                                                                    \
    X(WHERE, "SELECT next FROM place")                                                             \
    X(PLACE, "UPDATE place SET next=?1, last=?2, session=?3, t_us=?4")                             \
    X(INCIDENT_ADD,                                                                                \
      "INSERT INTO incidents(incident,zone,zone_names,zone_generation,target,started_us,"          \
      "first_seq,first_record) SELECT ?1,?2,(SELECT names FROM zones WHERE zone=?2 AND to_us IS "  \
      "NULL),?3,?4,?5,?6,?7 WHERE NOT EXISTS (SELECT 1 FROM incidents WHERE incident=?1)")         \
    X(INCIDENT_EVENT,                                                                              \
      "UPDATE incidents SET state=coalesce(?2,state), updated_us=?3, last_seq=?4, last_record=?5," \
      " callsign=coalesce(?6,callsign), severity=coalesce(?7,severity),"                           \
      " reason=coalesce(?8,reason), permit=coalesce(?9,permit), verdict=coalesce(?10,verdict),"    \
      " entered_us=coalesce(entered_us,?11), left_us=coalesce(?12,left_us),"                       \
      " ended_us=coalesce(?13,ended_us) WHERE incident=?1")                                        \
    X(INCIDENT_WARNED,                                                                             \
      "UPDATE incidents SET headlines=coalesce(headlines||' ','')||?2 WHERE incident=?1 AND "      \
      "instr(coalesce(headlines,''),?2)=0")                                                        \
    X(INCIDENT_RENAMED, "INSERT OR IGNORE INTO temp.renamed VALUES(?1)")                           \
    X(INCIDENTS_FORGET,                                                                            \
      "DELETE FROM incident_words WHERE rowid IN (SELECT rowid FROM incidents WHERE incident IN "  \
      "(SELECT incident FROM temp.renamed))")                                                      \
    X(INCIDENTS_INDEX,                                                                             \
      "INSERT INTO incident_words(rowid,text) SELECT rowid,incident||' '||zone||' '||"             \
      "coalesce(zone_names,'')||' '||target||' '||coalesce(callsign,'')||' '||"                    \
      "coalesce(reason,'')||' '||coalesce(verdict,'')||' '||coalesce(permit,'')||' '||"            \
      "coalesce(headlines,'') FROM incidents WHERE incident IN (SELECT incident FROM "             \
      "temp.renamed)")                                                                             \
    X(INCIDENTS_INDEXED, "DELETE FROM temp.renamed")                                               \
    X(ZONE_GOES_ON,                                                                                \
      "UPDATE zones SET last_generation=?3 WHERE zone=?1 AND hash=?2 AND to_us IS NULL")           \
    X(ZONE_ADD,                                                                                    \
      "INSERT INTO zones(zone,hash,first_generation,last_generation,kind,names,from_us,record) "   \
      "VALUES(?1,?2,?3,?3,?4,?5,?6,?7)")                                                           \
    X(ZONE_INDEX, "INSERT INTO zone_words(rowid,text) VALUES(last_insert_rowid(),?1)")             \
    X(ZONES_END, "UPDATE zones SET to_us=?2 WHERE to_us IS NULL AND last_generation<>?1")          \
    X(PERMIT_GOES_ON,                                                                              \
      "UPDATE permits SET record=?3 WHERE permit=?1 AND hash=?2 AND to_us IS NULL")                \
    X(PERMIT_END_ONE, "UPDATE permits SET to_us=?2 WHERE permit=?1 AND to_us IS NULL")             \
    X(PERMIT_ADD, "INSERT INTO permits(permit,hash,target,zones,granted_by,state,from_us,record) " \
                  "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")                                               \
    X(PERMIT_INDEX, "INSERT INTO permit_words(rowid,text) VALUES(last_insert_rowid(),?1)")         \
    X(PERMIT_STEP,                                                                                 \
      "INSERT INTO permits(permit,hash,target,zones,granted_by,state,from_us,record) SELECT "      \
      "permit,hash,target,zones,granted_by,?2,?3,?4 FROM permits WHERE permit=?1 ORDER BY "        \
      "rowid DESC LIMIT 1")                                                                        \
    X(PERMIT_STEP_INDEX,                                                                           \
      "INSERT INTO permit_words(rowid,text) SELECT rowid,permit||' '||target||' '||"               \
      "coalesce(zones,'')||' '||coalesce(granted_by,'')||' '||coalesce(state,'') FROM permits "    \
      "WHERE rowid=last_insert_rowid()")                                                           \
    X(PERMITS_END, "UPDATE permits SET to_us=?2 WHERE to_us IS NULL AND record<>?1")               \
    X(TRACK_FIND,                                                                                  \
      "SELECT rowid,first_us,last_us,reports,callsign,registration FROM tracks WHERE target=?1 "   \
      "AND session=?2 ORDER BY rowid DESC LIMIT 1")                                                \
    X(TRACK_ADD,                                                                                   \
      "INSERT INTO tracks(target,session,first_us,last_us,reports,callsign,registration) "         \
      "VALUES(?1,?2,?3,?4,?5,?6,?7)")                                                              \
    X(TRACK_UPDATE,                                                                                \
      "UPDATE tracks SET last_us=?2,reports=?3,callsign=?4,registration=?5 WHERE rowid=?1")        \
    X(TRACK_FORGET, "DELETE FROM track_words WHERE rowid=?1")                                      \
    X(TRACK_INDEX, "INSERT INTO track_words(rowid,text) VALUES(?1,?2)")

enum {
#define LEE_VIEWS_ENUM(name, sql) LEE_VIEWS_##name,
    LEE_VIEWS_STATEMENTS(LEE_VIEWS_ENUM)
#undef LEE_VIEWS_ENUM
        LEE_VIEWS_STATEMENT_COUNT
};

typedef struct {
    int64_t rowid; /* 0: not in the database yet */
    lee_target target;
    int64_t first_us;
    int64_t last_us;
    int64_t reports;
    char callsign[16];
    char registration[16];
    bool dirty;
    bool renamed; /* its words changed */
} lee__views_track;

struct lee_views {
    sqlite3 *db;
    sqlite3_stmt *statements[LEE_VIEWS_STATEMENT_COUNT];
    bool in_transaction;
    uint64_t next;
    lee_digest last;
    uint64_t session;       /* record of the session that is being applied */
    int64_t t_us;           /* newest time heard */
    lee_buffer last_record; /* kind and bytes: hashed when committed */
    lee_decoder *decoder;
    lee_map *map; /* target to position in tracks */
    lee__views_track *tracks;
    uint32_t track_count;
    uint32_t *dirty;
    uint32_t dirty_count;
    uint64_t unreadable;
    int64_t search_until_ms;
};

/* What an answer of SQLite means. */
lee_error lee__views_error(int code);

/* A kept statement with its parameters empty. */
sqlite3_stmt *lee__views_statement(lee_views *views, int which);
/* Runs it to its end. */
lee_error lee__views_run(sqlite3_stmt *statement);
/* Binds a text that outlives the run; "" and NULL are no value. */
void lee__views_bind(sqlite3_stmt *statement, int at, const char *text);

/* apply.c; tracks.c: forget begins anew, flush writes what changed. */
lee_error lee__views_apply(lee_views *views, const lee_record *record);
lee_error lee__views_frames(lee_views *views, const lee_record *record);
void lee__views_tracks_forget(lee_views *views);
lee_error lee__views_tracks_flush(lee_views *views);
/* Makes the words of incidents that changed findable. */
lee_error lee__views_index_incidents(lee_views *views);

#endif
