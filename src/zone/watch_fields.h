/* zone/watch_fields.h: the parameters of a zone's `watch`, once, in the order of lee_zone_watch. */
#ifndef LEE_ZONE_WATCH_FIELDS_H
#define LEE_ZONE_WATCH_FIELDS_H

/* X(member and key, least, greatest). What they mean stands at lee_zone_watch (leeward/zone.h). */
#define LEE_ZONE_WATCH_FIELDS(X)                                                                   \
    X(look_ahead_s, 0, 600)                                                                        \
    X(warning_time_s, 0, 600)                                                                      \
    X(lateral_margin_m, 0, 100000)                                                                 \
    X(vertical_margin_ft, 0, 10000)                                                                \
    X(confirm, 1, 100)                                                                             \
    X(hold, 0, 100)                                                                                \
    X(lost_after_s, 1, 86400)                                                                      \
    X(alert_chance_pct, 0, 99)                                                                     \
    X(map_error_m, 0, 100000)                                                                      \
    X(realert_s, 0, 86400)                                                                         \
    X(group_m, 0, 100000)                                                                          \
    X(loiter_s, 0, 86400)                                                                          \
    X(loiter_m, 1, 100000)                                                                         \
    X(stop_s, 0, 86400)                                                                            \
    X(stop_kt, 1, 1000)                                                                            \
    X(meet_s, 0, 86400)                                                                            \
    X(meet_m, 1, 100000)                                                                           \
    X(low_ft, 0, 100000)                                                                           \
    X(fast_kt, 0, 10000)                                                                           \
    X(emergency, 0, 1)                                                                             \
    X(confirm_of, 0, 64)                                                                           \
    X(imminent_s, 0, 120)                                                                          \
    X(imminent_chance_pct, 0, 100)                                                                 \
    X(averted_chance_pct, 0, 99)                                                                   \
    X(update_s, 0, 3600)                                                                           \
    X(lost_end_s, 0, 86400)                                                                        \
    X(lateral_error_m, 0, 10000)                                                                   \
    X(lateral_growth_m, 0, 10000)                                                                  \
    X(vertical_error_ft, 0, 10000)                                                                 \
    X(vertical_growth_ft, 0, 10000)

/* Those that came later. At 0 the zone is judged as if they were not there, and so they are in no
 * record and no digest then: what was decided before them is decided alike. */
#define LEE_ZONE_WATCH_FIELDS_LATER(X) X(observers, 0, 8)

#endif
