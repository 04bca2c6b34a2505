/* app/cmd_witness.h: `leeward witness`: signs the heads of others' journals; `leeward cosign`: has
 * a journal's head signed by witnesses. */
#ifndef LEE_APP_CMD_WITNESS_H
#define LEE_APP_CMD_WITNESS_H

/* argv[0] is the command's name. Return an exit status (app/args.h). */
int lee_cmd_witness(int argc, char **argv);
int lee_cmd_cosign(int argc, char **argv);

#endif
