/* app/cmd_explain.h: leeward explain. */
#ifndef LEE_APP_CMD_EXPLAIN_H
#define LEE_APP_CMD_EXPLAIN_H

int lee_cmd_explain(int argc, char **argv);

#endif
