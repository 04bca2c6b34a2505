/* decode/rows.h: feeds whose observations are JSON arrays: which element says what. */
#ifndef LEE_DECODE_ROWS_H
#define LEE_DECODE_ROWS_H

/* A state vector of the OpenSky REST API, "All State Vectors"; metres and metres a second. */
enum {
    LEE_OPENSKY_ICAO24,
    LEE_OPENSKY_CALLSIGN,
    LEE_OPENSKY_COUNTRY,
    LEE_OPENSKY_TIME_POSITION,
    LEE_OPENSKY_LAST_CONTACT,
    LEE_OPENSKY_LONGITUDE,
    LEE_OPENSKY_LATITUDE,
    LEE_OPENSKY_ALT_BARO,
    LEE_OPENSKY_ON_GROUND,
    LEE_OPENSKY_VELOCITY,
    LEE_OPENSKY_TRACK,
    LEE_OPENSKY_VERTICAL_RATE,
    LEE_OPENSKY_SENSORS,
    LEE_OPENSKY_ALT_GEO,
    LEE_OPENSKY_SQUAWK,
    LEE_OPENSKY_SPI,
    LEE_OPENSKY_SOURCE,
    LEE_OPENSKY_CATEGORY, /* only with extended=1 */
    LEE_OPENSKY_COUNT
};

/* A point of a trace (readsb README-json.md, "trace jsons"); feet, knots and feet a minute. */
enum {
    LEE_TRACE_AFTER_S,
    LEE_TRACE_LAT,
    LEE_TRACE_LON,
    LEE_TRACE_ALT, /* or "ground" */
    LEE_TRACE_SPEED,
    LEE_TRACE_TRACK, /* on the ground: the true heading */
    LEE_TRACE_FLAGS,
    LEE_TRACE_RATE,
    LEE_TRACE_DETAILS,
    LEE_TRACE_TYPE,
    LEE_TRACE_ALT_GEOM,
    LEE_TRACE_RATE_GEOM,
    LEE_TRACE_IAS,
    LEE_TRACE_ROLL,
    LEE_TRACE_COUNT
};

/* Of LEE_TRACE_FLAGS: the altitude is geometric. */
#define LEE_TRACE_FLAG_ALT_GEOM 8

#endif
