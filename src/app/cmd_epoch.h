/* app/cmd_epoch.h: `leeward epoch --reason TEXT OLD NEW`: the journal after one that was rolled
 * back. */
#ifndef LEE_APP_CMD_EPOCH_H
#define LEE_APP_CMD_EPOCH_H

/* argv[0] is "epoch". Returns an exit status (app/args.h). */
int lee_cmd_epoch(int argc, char **argv);

#endif
