/* app/cmd_watch.h: `leeward watch`: judge a feed or a recording, events as JSON lines. */
#ifndef LEE_APP_CMD_WATCH_H
#define LEE_APP_CMD_WATCH_H

/* argv[0] is "watch". Returns the exit status: 0 done, 1 an input was refused, 2 usage. */
int lee_cmd_watch(int argc, char **argv);

#endif
