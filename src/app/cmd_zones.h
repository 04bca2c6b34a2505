/* app/cmd_zones.h: `leeward zones check | convert`. */
#ifndef LEE_APP_CMD_ZONES_H
#define LEE_APP_CMD_ZONES_H

/* argv[0] is "zones". Returns the exit status: 0 done, 1 an input was refused, 2 usage. */
int lee_cmd_zones(int argc, char **argv);

#endif
