/* app/daemon_private.h: what the files of the daemon share. */
#ifndef LEE_APP_DAEMON_PRIVATE_H
#define LEE_APP_DAEMON_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/cap_feed.h"
#include "app/clock.h"
#include "app/daemon.h"
#include "app/demo.h"
#include "app/explain.h"
#include "app/helper.h"
#include "app/intake.h"
#include "app/parser.h"
#include "app/recorder.h"
#include "app/remote_operators.h"
#include "app/sighting_seq.h"
#include "app/signer_process.h"
#include "app/snapshot.h"
#include "app/views_follow.h"
#include "base/buffer.h"
#include "io/loop.h"
#include "journal/journal.h"
#include "outlet/attest.h"
#include "outlet/outlet.h"
#include "outlet/pending.h"
#include "serve/picture.h"
#include "serve/serve.h"

/* What is in force according to the journal, to see what a new configuration changes. */
typedef struct {
    bool has_session;
    lee_buffer session;
    lee_buffer zones;   /* the text, without time and generation */
    lee_buffer permits; /* the same */
    lee_buffer places;
    uint64_t generation;
    uint64_t seq;
} lee_in_force;

typedef struct {
    uint64_t frames;
    int64_t at_us;
    double per_s;
} lee_feed_rate;

/* Where events stand in the journal: every LEE_EVENT_PLACE_EVERY-th of them, so that older ones
 * than the picture holds are found without reading all. */
#define LEE_EVENT_PLACE_EVERY 512u
typedef struct {
    lee_buffer indexes; /* uint64_t: the record of event 1, 513, … */
    uint64_t last_seq;
} lee_event_places;

/* Where the sessions begin in the journal, and when: a moment is looked for in the last session
 * that had begun by then, because in the demo the hour goes back. */
typedef struct {
    uint64_t index;
    int64_t t_us; /* INT64_MIN: nothing of it has a time yet */
} lee_session_place;

/* The snapshot being written and the one that there is. */
typedef struct {
    bool has_program; /* else there are none */
    /* What is known is not what the journal gives, since a gap: they are made by replaying it. */
    bool incomplete;
    bool session_due; /* and not before another session: what was lost decides in this one */
    bool failed;      /* the last could not be written, which was said */
    lee_digest program;
    uint8_t key[LEE_SNAPSHOT_KEY_BYTES];
    lee_buffer file;     /* as read at the start, until it is loaded */
    uint64_t size;       /* records that the newest stands for, or the one being written, */
    uint64_t saved;      /* and the one there is; 0: none that is believed */
    uint64_t debt_bytes; /* of inputs and decisions since then */
    int64_t begun_us;    /* monotonic */
    int64_t pause_us;    /* how long the watch stood still for it */
    pid_t child;         /* 0: none */
} lee_daemon_snapshot;

typedef struct {
    lee_daemon_options options;
    lee_receive_clock clock;
    lee_loop *loop;
    lee_journal *journal;
    lee_signer_process *signer; /* signs the journal's heads */
    lee_recorder *recorder;
    lee_parser *parser; /* of frames; each feed has one of its own for its stream */
    lee_picture *picture;
    lee_serve *serve;
    lee_access *access;
    lee_cap_feed *cap_feed;
    lee_intake *intake;
    lee_demo *demo;
    lee_outlet *outlets[LEE_CONFIG_OUTLETS_MAX];
    lee_attest *attest; /* has others sign the journal's heads; NULL: nobody is asked */
    char journal_folder[4096];
    bool attest_alarm;           /* a witness contradicts this journal, which was said */
    lee_outlet_pending *pending; /* warnings that some outlet has not delivered */
    lee_journal_recovery found;
    lee_daemon_snapshot snapshot;
    lee_in_force in_force;
    bool session_is_new; /* not durable yet: when a gap swallows it, it begins again behind it */
    lee_buffer scratch;
    lee_buffer zones; /* texts of the configuration */
    lee_buffer permits;
    lee_buffer places;
    lee_terrain_files *terrain;
    lee_buffer qnh; /* statements, a line each */
    int64_t degraded_since_us;
    int64_t scarce_since_us;   /* 0: there is space */
    bool is_signing;           /* a checkpoint is being made, a slice each commit tick */
    lee_error seal_error;      /* why the last one failed, said once */
    int64_t unsigned_since_us; /* since when none could be signed; 0: they are */
    uint64_t commits;
    uint64_t sightings;
    lee_sighting_seq sighting_seq;
    lee_remote_operators *operators; /* NULL: nothing of drones' operators is kept */
    lee_event_places event_places;
    lee_buffer sessions;      /* lee_session_place */
    lee_helper *views;        /* keeps the views and searches them; NULL: it could not be started */
    lee_helper *past;         /* works out moments of the past */
    lee_views_follow *follow; /* these three are used in the helpers alone */
    bool follow_begun;
    struct lee_past *moment;
    struct lee_daemon_retention *retention; /* NULL: frames are kept for ever */
    uint64_t retained_from;    /* records before it were looked through, and what is old is gone */
    _Atomic uint64_t *durable; /* records that the helpers may read; shared with them */
    lee_feed_rate rates[64];
    lee_explain *explain; /* the newest question; NULL: none was asked */
    lee_error explain_error;
    bool explain_done;
    int64_t explain_done_us; /* monotonic */
    bool recovering;
    bool is_passing; /* the record being recovered is not decided again (app/retention.h) */
    bool failed;     /* it cannot go on, which was said */
    char operator_token[LEE_TOKEN_TEXT_BYTES]; /* when it was made just now; else empty */
} lee_daemon;

/* The time by which it judges: that of the recording in the demo. */
int64_t lee__daemon_now_us(const lee_daemon *daemon);

/* Submits `scratch`; a refusal is said on standard error. */
lee_error lee__daemon_submit(lee_daemon *daemon, lee_record_kind kind, lee_error_info *why);

/* daemon_heartbeat.c: says for each feed how much came, so that its silence can be proven too, and
 * what the wall clock says. */
void lee__daemon_heartbeat(void *context);
/* At the start: tells when the wall clock is behind the journal. */
void lee__daemon_tell_clock(lee_daemon *daemon);
/* Once a second: tells when the wall clock was set. */
void lee__daemon_look_at_clock(lee_daemon *daemon);
/* "clock":{…} of a heartbeat and of the status. */
void lee__daemon_write_clock(const lee_daemon *daemon, lee_json *json);

/* daemon_recover.c: applies what the journal holds, then puts the configuration in force. */
LEE_CHECK_RESULT
lee_error lee__daemon_recover(lee_daemon *daemon);
LEE_CHECK_RESULT
lee_error lee__daemon_configure(lee_daemon *daemon);
/* A fresh core with the same configuration from t_us on: the demo starts over. */
LEE_CHECK_RESULT
lee_error lee__daemon_start_session(lee_daemon *daemon, int64_t t_us);
/* The same, unless an incident is open: true when it has begun. A failure is said. */
bool lee__daemon_renew_session(lee_daemon *daemon, int64_t t_us);

/* The configured session; in the demo with the ages of its recording. */
lee_session lee__daemon_session(const lee_daemon *daemon);

/* The parts that are made of records: new ones, and thrown away. */
LEE_CHECK_RESULT
lee_error lee__daemon_make_views(lee_daemon *daemon);
void lee__daemon_free_views(lee_daemon *daemon);

/* daemon_snapshot.c. Saves all that is made of records, or loads it into new views; nothing may
 * wait for a commit. */
void lee__daemon_state(lee_state *state, lee_daemon *daemon);
/* Before the journal is opened: reads the file, and answers for how many records
 * it says to stand, or 0. */
uint64_t lee__daemon_snapshot_read(lee_daemon *daemon);
/* Loads it into new views. False: there is none, or it is not believed, which was said; the views
 * may be half loaded. */
bool lee__daemon_snapshot_load(lee_daemon *daemon, uint64_t *size);
/* Called often: writes one when it is due. */
void lee__daemon_snapshot_step(lee_daemon *daemon);
/* Once a second: begins the session that snapshots wait for. */
void lee__daemon_snapshot_renew(lee_daemon *daemon);
/* Writes a last one; the journal is still open. */
void lee__daemon_snapshot_stop(lee_daemon *daemon);

/* daemon_serve.c: what the page shows and asks for. */
LEE_CHECK_RESULT
lee_error lee__daemon_start_serve(lee_daemon *daemon);

/* daemon_positions.c: a report line of a unit (serve/routes.h); whether there was one yet. */
lee_error lee__daemon_position(void *context, const char *body, size_t length, const char *unit,
                               lee_error_info *why);
bool lee__daemon_has_positions(const lee_daemon *daemon);

/* daemon_events.c: notes where an EVENT record stands; gives events of before to the picture. */
void lee__daemon_note_event(lee_daemon *daemon, const lee_record *record);
void lee__daemon_read_events(void *context, uint64_t after, uint64_t before, uint32_t limit,
                             lee_event_sink *sink, void *sink_context);

/* daemon_retention.c: takes frames away that are kept no longer, where that is configured. */
LEE_CHECK_RESULT
lee_error lee__daemon_start_retention(lee_daemon *daemon);
void lee__daemon_stop_retention(lee_daemon *daemon);

/* daemon_beside.c: the processes that work beside the watch, and the questions for them. */
LEE_CHECK_RESULT
lee_error lee__daemon_start_helpers(lee_daemon *daemon);
void lee__daemon_stop_helpers(lee_daemon *daemon);
lee_error lee__daemon_later(void *context, const lee_later *asked, lee_error_info *error);
void lee__daemon_forget(void *context, uint64_t ticket);
/* The record that the session now begins with. */
uint64_t lee__daemon_session_index(const lee_daemon *daemon);
/* Since when; INT64_MIN: it has no record with a time yet. */
int64_t lee__daemon_session_since_us(const lee_daemon *daemon);
/* The first moment of the journal; INT64_MIN: there is none. */
int64_t lee__daemon_since_us(const lee_daemon *daemon);
/* Notes where a session begins, and when. */
void lee__daemon_note_session(lee_daemon *daemon, const lee_record *record);

/* daemon_past.c, in the process that works out the past: a daemon without feeds, journal and page,
 * brought to the moment asked for. */
typedef struct {
    int64_t at_us;
    uint64_t session; /* the record that the session of that moment begins with */
    uint64_t end;     /* records that may be read */
    lee_role role;
    char path[512];
    char query[512];
} lee_past_question;
typedef struct lee_past lee_past;
LEE_CHECK_RESULT
lee_error lee__past_create(const lee_daemon *daemon, lee_past **out);
void lee__past_free(lee_past *past);
void lee__past_begin(void *past);
unsigned lee__past_answer(void *past, const uint8_t *question, size_t length, lee_buffer *out);
/* Brings a fresh one to the first `end` records, in the session that begins at record `session`,
 * from the snapshot `file` of `size` records where that is not 0. *out (borrowed) has the state.
 * LEE_ERR_STATE: something in that session was decided otherwise than the journal says; what the
 * journal's reader answers. */
LEE_CHECK_RESULT
lee_error lee__past_replay(lee_past *past, uint64_t session, uint64_t end, uint64_t size,
                           const lee_buffer *file, lee_daemon **out);

/* Applies a record of the journal that was decided before. */
lee_error lee__daemon_recover_record(lee_daemon *daemon, const lee_record *record);

/* When a record happened. False: it does not say, or only follows from one that does. */
bool lee__record_time(const lee_record *record, int64_t *t_us);

/* daemon_explain.c: answers why, and works on the answer for a few milliseconds. */
lee_error lee__daemon_explain(void *context, uint64_t incident, lee_buffer *out);
void lee__daemon_explain_some(lee_daemon *daemon);

/* daemon_attest.c: asks others to sign the heads; says once a second what is wrong with that. */
LEE_CHECK_RESULT
lee_error lee__daemon_start_attest(lee_daemon *daemon);
void lee__daemon_attest_step(lee_daemon *daemon);
void lee__daemon_attest_metrics(const lee_daemon *daemon, lee_buffer *out);
void lee__daemon_attest_status(const lee_daemon *daemon, lee_json *json);

/* daemon_outlets.c */
LEE_CHECK_RESULT
lee_error lee__daemon_start_outlets(lee_daemon *daemon);
void lee__daemon_name_outlets(const lee_config *config, char names[][64]);

#endif
