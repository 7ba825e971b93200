/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job, from the hello frame to the end frame. */
#ifndef KLAB_RUNNER_H
#define KLAB_RUNNER_H

struct runner_setting {
	const char *folder; /* holds job.conf and the workloads' folders */
	const char *output; /* instead of the virtio port, and of the console; NULL in the guest */
	int haste;	    /* pauses before another try are divided by it; 1 but in tests */
};

/* 0 when every workload ended well and its results went out. In the guest it brings up the network if need be. */
int runner_run(const struct runner_setting *setting);

#endif
