/* app/cmd_decode.h: `leeward decode`: any feed to reports as JSON lines. */
#ifndef LEE_APP_CMD_DECODE_H
#define LEE_APP_CMD_DECODE_H

/* argv[0] is the name of the subcommand. Returns the exit status of the program. */
int lee_cmd_decode(int argc, char **argv);

#endif
