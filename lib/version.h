/* version.h - the version of TCP Labs, for every program's --version. It stands here and nowhere
 * else. */
#ifndef VERSION_H
#define VERSION_H

#define TCP_LABS_VERSION "1.0"

#endif
