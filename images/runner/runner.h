/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job, from the hello frame to the end frame. */
#ifndef KLAB_RUNNER_H
#define KLAB_RUNNER_H

#include "channel.h"

/* `folder` holds job.conf and the workloads' folders. 0 when every workload ended well. */
int runner_run(const char *folder, struct channel *channel);

#endif
