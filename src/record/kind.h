/* record/kind.h: the kinds of records in the journal; numbers are never reused. */
#ifndef LEE_RECORD_KIND_H
#define LEE_RECORD_KIND_H

/* X(NAME, number, text, whether it is an input: replay feeds inputs and compares the rest) */
#define LEE_RECORD_KIND_LIST(X)                                                                    \
    X(SESSION, 1, "session", 1)     /* JSON: version, options, feeds; a fresh core */              \
    X(ZONES, 2, "zones", 1)         /* canonical GeoJSON of a whole generation */                  \
    X(PERMITS, 3, "permits", 1)     /* permit file as accepted */                                  \
    X(FRAME, 4, "frame", 1)         /* lee_frame_encode, one or several */                         \
    X(TICK, 5, "tick", 1)           /* varint t_us */                                              \
    X(OPERATOR, 6, "operator", 1)   /* JSON: who, what, when */                                    \
    X(SIGHTING, 7, "sighting", 1)   /* JSON as accepted */                                         \
    X(HEARTBEAT, 8, "heartbeat", 1) /* JSON: counts per feed */                                    \
    X(DELIVERY, 9, "delivery", 1)   /* JSON: what an outlet answered */                            \
    X(GAP, 10, "gap", 1)            /* JSON: from, to, reason, counts lost while degraded */       \
    X(PLACES, 11, "places", 1)      /* settlements that are warned: warn/places.h lines */         \
    X(EPOCH, 12, "epoch", 1)        /* JSON: the log that this one goes on from, and why */        \
    X(ATTESTED, 13, "attested", 1)  /* JSON: a head of this journal that others signed */          \
    X(KEY, 14, "key", 1)            /* 16 secret bytes for identifiers of warnings from now on */  \
    X(PRUNE, 15, "prune", 1)        /* JSON: frames that are kept no longer, and why */            \
    X(REMOTE_OPERATOR, 16, "remote_operator", 1) /* JSON: record/remote_operator.h; is apart */    \
    X(EVENT, 32, "event", 0)                     /* lee_event_encode */                            \
    X(WARNING, 33, "warning", 0)                 /* JSON of one CAP message */

typedef enum {
#define LEE_RECORD_KIND_ENUM(name, number, text, input) LEE_RECORD_##name = number,
    LEE_RECORD_KIND_LIST(LEE_RECORD_KIND_ENUM)
#undef LEE_RECORD_KIND_ENUM
} lee_record_kind;

const char *lee_record_kind_name(lee_record_kind kind);
_Bool lee_record_kind_is_input(lee_record_kind kind);
/* Nothing is decided by it or shown of it: its sealed values are kept for those alone to whom they
 * are disclosed, and who reads the journal is given it without any bytes. */
_Bool lee_record_kind_is_apart(lee_record_kind kind);

#endif
