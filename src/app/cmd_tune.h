/* app/cmd_tune.h: `leeward tune`: recordings with other parameters, and what that changes. */
#ifndef LEE_APP_CMD_TUNE_H
#define LEE_APP_CMD_TUNE_H

/* argv[0] is "tune". Returns an exit status (app/args.h). */
int lee_cmd_tune(int argc, char **argv);

#endif
