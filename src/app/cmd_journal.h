/* app/cmd_journal.h: `leeward journal prune`. */
#ifndef LEE_APP_CMD_JOURNAL_H
#define LEE_APP_CMD_JOURNAL_H

int lee_cmd_journal(int argc, char **argv);

#endif
