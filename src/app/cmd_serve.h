/* app/cmd_serve.h: `leeward serve`: the daemon with its web page. */
#ifndef LEE_APP_CMD_SERVE_H
#define LEE_APP_CMD_SERVE_H

/* argv[0] is "serve". Returns the exit status: 0 stopped when asked, 1 an input was refused or it
 * could not start, 2 usage. */
int lee_cmd_serve(int argc, char **argv);

#endif
