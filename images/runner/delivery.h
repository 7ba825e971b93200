/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which way the results of a job go. */
#ifndef KLAB_DELIVERY_H
#define KLAB_DELIVERY_H

#include <stdbool.h>

#include "channel.h"
#include "job.h"

/*
 * Opens the channel that the job asks for; `output` and `haste` as in runner.h. In the guest it brings up the network
 * first. On failure says on stderr why.
 */
bool delivery_open(struct channel *channel, const struct job *job, const char *output, int haste);

#endif
