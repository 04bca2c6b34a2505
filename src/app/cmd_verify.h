/* app/cmd_verify.h: `leeward verify JOURNAL`: checks a journal without trusting who wrote it. */
#ifndef LEE_APP_CMD_VERIFY_H
#define LEE_APP_CMD_VERIFY_H

/* argv[0] is "verify". Prints a summary on standard output, each place that does not verify on
 * standard error. Returns 0: all of it verifies; 1: it does not, or cannot be read; 2: usage. */
int lee_cmd_verify(int argc, char **argv);

#endif
