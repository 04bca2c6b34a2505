/* app/cmd_signer.h: `leeward signer JOURNAL`, the process that holds a journal's key. */
#ifndef LEE_APP_CMD_SIGNER_H
#define LEE_APP_CMD_SIGNER_H

#include "io/twin.h"

/* Started by app/signer_process.c, or by a service manager for it, so it is no command for people.
 */
#define LEE_SIGNER_COMMAND "signer"
/* Where it finds its socket (SOCK_SEQPACKET): questions and answers of journal/signer.h. */
#define LEE_SIGNER_FD LEE_TWIN_FD

int lee_cmd_signer(int argc, char **argv);

#endif
