/*
 * furnish.h - what a room holds when one enters: its own /proc, /run and loopback.
 */
#ifndef FURNISH_H
#define FURNISH_H

#include <stdbool.h>

/*
 * Furnish the namespaces that this process has just made, where it holds every capability: mounts
 * of its own that nobody else sees, with `own_pids` a /proc for its own processes, an empty /run,
 * loopback up. Sets `hosts` if further hosts can be made there, as `ip netns exec` does. Returns
 * NULL; or the step that failed, in a few words, and errno says why.
 */
const char *furnish(bool own_pids, bool *hosts);

#endif
