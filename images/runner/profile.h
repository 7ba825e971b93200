/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the CPUs' time goes during the kept passes of a case. */
#ifndef KLAB_PROFILE_H
#define KLAB_PROFILE_H

#include <stdbool.h>

#include "channel.h"

#define HOTTEST 64 /* functions told of each case; the rest is `other` */

/*
 * One profile at a time. Not before profile_open() said true; else `reason` says why this kernel has none.
 * The runner's own work is left out, and a thread that reads ten times a second is all of it.
 */
bool profile_open(unsigned hz, char *reason, int reason_size);
void profile_clear(void); /* a case begins */
void profile_start(void); /* a pass that counts */
void profile_stop(void);
/* The frame `profile` and, for each of the hottest functions, a frame `symbol`. */
void profile_send(struct channel *channel, const char *workload, const char *case_name);

#endif
