/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass of one case: the workload's program, run once, its output read line by line. */
#ifndef KLAB_PASS_H
#define KLAB_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"

struct pass {
	const struct workload *workload;
	const char *folder; /* working directory of the program */
	const char *case_name;
	long number; /* 0 is the warm-up */
	uint64_t seed;
	/* Takes a line of standard output, without its end; false: the line is not understood. */
	bool (*line)(void *context, char *line);
	void *context;
};

/*
 * True when the program ended with status 0 in time and every line was understood; else `reason`
 * says what happened. Standard error goes to the console, and its last line into the reason. A
 * program that survives SIGKILL (stuck in the kernel) is left behind.
 */
bool pass_run(const struct pass *pass, char *reason, int reason_size);

#endif
