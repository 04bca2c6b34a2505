/* app/cmd_views.h: `leeward views`. */
#ifndef LEE_APP_CMD_VIEWS_H
#define LEE_APP_CMD_VIEWS_H

/* Returns the exit status. */
int lee_cmd_views(int argc, char **argv);

#endif
