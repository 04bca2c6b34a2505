/* app/lockdown.h: a process gives up what it does not need, for good. */
#ifndef LEE_APP_LOCKDOWN_H
#define LEE_APP_LOCKDOWN_H

#include <stdbool.h>

/* From now on this process opens, makes, renames and removes files in `folder` alone (Landlock),
 * and makes only system calls that files, memory and sockets that are open already need (seccomp):
 * no program, process, socket or look into another process. What the kernel cannot do is said on
 * standard error, and false answered; the rest holds all the same. */
bool lee_lockdown(const char *folder);

#endif
