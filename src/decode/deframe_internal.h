/* decode/deframe_internal.h: what the files of the deframer share. */
#ifndef LEE_DECODE_DEFRAME_INTERNAL_H
#define LEE_DECODE_DEFRAME_INTERNAL_H

#include "decode/demod.h"
#include "decode/pcap.h"
#include "leeward/deframe.h"

/* Where a stream of JSON objects stands; decode/deframe_json.c. */
typedef struct {
    uint64_t objects;      /* bit n: the container at depth n from the innermost is an object */
    uint32_t depth;        /* containers open in the object being gathered; 0: between objects */
    uint8_t previous;      /* last character that is not white space; 'v' for one of a scalar */
    bool in_text;          /* between quotes */
    bool after_escape;     /* the character before was a backslash */
    bool key_expected;     /* the text being read is a key of the outermost object */
    int8_t key_match;      /* characters of array_key matched so far; -1: another key */
    bool of_rows;          /* the elements of a snapshot are arrays */
    const char *array_key; /* of a snapshot's elements: "aircraft", "states", "trace" */
    bool in_array;         /* between these elements */
    bool in_tail;          /* gathering the members behind that array, which are no frame */
    bool in_garbage;       /* gathering what belongs to no object */
    bool now_known;
    int64_t now_us;    /* of the snapshot */
    uint32_t newlines; /* in what is gathered */
} lee__json_state;

/* Where a stream of ASTERIX stands; decode/asterix_deframe.c. */
typedef struct lee__asterix_stream lee__asterix_stream;

struct lee_deframer {
    lee_format format;
    lee_deframe_options options;
    int64_t t_received_us;
    int64_t t_last_us;
    uint64_t offset; /* of the first byte that is in no frame yet */
    uint32_t line;   /* of the first byte that is in no frame yet */
    lee_frame_sink *sink;
    void *context;
    /* 12 MHz counter of Beast and AVR; milliseconds since boot of MAVLink. */
    bool tick_known;
    uint64_t tick_base;
    uint64_t tick_last;
    int64_t t_base_us;
    bool too_long;       /* the line being gathered already gave a refused piece */
    int16_t column_time; /* of opensky_csv; -1: not known */
    int16_t column_position_time;
    char sbs_date[10]; /* of the last line: "2026/11/22", "15:54:39" and when that was */
    char sbs_clock[8]; /* zeros: none */
    int64_t sbs_second_us;
    lee__json_state json;
    bool nmea_day_known;   /* a sentence with a date was seen */
    int64_t nmea_day_us;   /* the first instant of that day */
    uint8_t gpx_state;     /* decode/gpx_deframe.c */
    bool rid_begun;        /* decode/remote_id_deframe.c: the stream said what it is, */
    bool rid_is_json;      /* and whether it is JSON */
    uint32_t gpx_newlines; /* in what is gathered */
    struct lee__rid_operators *rid_operators; /* NULL: nothing of operators leaves */
    lee_pcap *pcap;                           /* of the formats that come as captures, else NULL */
    lee__asterix_stream *asterix;             /* of that format, else NULL */
    lee__demod *demod;                        /* of the formats that are samples, else NULL */
    uint64_t bytes_pushed;                    /* of these, with the piece that is being looked at */
    size_t carry_length;
    uint8_t carry[LEE_FRAME_MAX_BYTES];
};

/* Gives the bytes that were carried over and `length` more as one frame, at time t_us, and forgets
 * them. */
void lee__deframe_emit(lee_deframer *deframer, const uint8_t *bytes, size_t length, int64_t t_us,
                       lee_error refused, const char *reason);

/* Keeps bytes for the next push. They fit: callers emit before LEE_FRAME_MAX_BYTES is passed. */
void lee__deframe_carry(lee_deframer *deframer, const uint8_t *bytes, size_t length);

/* Counts bytes that belong to no frame. */
void lee__deframe_pass(lee_deframer *deframer, size_t length);

/* The time of a frame whose receiver counted 12 MHz ticks (48 bits). */
int64_t lee__deframe_tick_time(lee_deframer *deframer, uint64_t tick);

/* The time of a line of the text formats. */
int64_t lee__deframe_line_time(lee_deframer *deframer, const char *line, size_t length);

/* The time of an NMEA sentence of a recording; false: it says none. */
bool lee__nmea_line_time(lee_deframer *deframer, const char *line, size_t length, int64_t *out_us);

/* Members that tell the time of an aircraft object. */
typedef struct {
    bool now_known;
    bool seen_known;
    bool seen_pos_known;
    bool has_position;
    int64_t now_us;
    int64_t seen_us;
    int64_t seen_pos_us;
} lee__object_times;

/* The length of the object at `text` and its times, when it is whole and plain
 * (base/json_plain.h) and cannot be the head of a snapshot. 0: it has to be followed character by
 * character. */
size_t lee__deframe_object_whole(const char *text, size_t length, lee__object_times *times);

/* The times in an object that may be no valid JSON, as far as they can be read. */
void lee__deframe_object_read_times(const char *text, size_t length, lee__object_times *times);

/* The time of an aircraft object, and "now" of a snapshot whose beginning is given. */
int64_t lee__deframe_object_time(const lee_deframer *deframer, const lee__object_times *times);
bool lee__deframe_snapshot_now(lee_format format, const char *text, size_t length, int64_t *out_us);

/* The time of a row of opensky_json or readsb_trace. */
int64_t lee__deframe_row_time(const lee_deframer *deframer, const char *text, size_t length);

void lee__deframe_beast(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_lines(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_json(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_json_finish(lee_deframer *deframer);
/* Before the first byte of a stream. */
void lee__deframe_json_begin(lee_deframer *deframer);
void lee__deframe_remote_id(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_remote_id_finish(lee_deframer *deframer);
/* Gives what may be known of an object of JSON, whole or refused. */
void lee__deframe_rid_object(lee_deframer *deframer, const lee_frame *object);
void lee__deframe_gpx(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_gpx_finish(lee_deframer *deframer);

/* True once the stream of format gpx turned out to be lines (IGC). */
bool lee__deframe_gpx_is_lines(const lee_deframer *deframer);

void lee__deframe_mavlink(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_mavlink_finish(lee_deframer *deframer);

void lee__deframe_samples(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_samples_finish(lee_deframer *deframer);

void lee__deframe_asterix(lee_deframer *deframer, const uint8_t *bytes, size_t length);
void lee__deframe_asterix_finish(lee_deframer *deframer);

/* LEE_ERR_NO_MEMORY. */
lee_error lee__asterix_stream_create(lee__asterix_stream **out);
void lee__asterix_stream_free(lee__asterix_stream *stream);

#endif
