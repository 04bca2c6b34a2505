/* app/cmd_replay.h: `leeward replay`: re-run a journal and compare with what was decided. */
#ifndef LEE_APP_CMD_REPLAY_H
#define LEE_APP_CMD_REPLAY_H

/* argv[0] is "replay". Returns the exit status: 0 every decision is the same byte for byte, 1 one
 * differs or the journal cannot be read, 2 usage. */
int lee_cmd_replay(int argc, char **argv);

#endif
