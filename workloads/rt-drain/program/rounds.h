/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stretch of rounds: the loop writes a page, the control thread caches pages of the block device, and, in a
 * stretch with flushes, flushes it. The control stretch is the same without.
 */
#ifndef KLAB_ROUNDS_H
#define KLAB_ROUNDS_H

#include <stdbool.h>

#include "device.h"
#include "gaps.h"
#include "interrupts.h"
#include "spinner.h"

#define MOST_ROUNDS 1000

struct stretch {
	uint64_t begin, end; /* CLOCK_MONOTONIC */
	unsigned int rounds;
	unsigned int due;     /* the page waited in the CPU's batch right before the flush (or the wait) */
	unsigned int drained; /* it was due, and right afterwards it was on an LRU list */
	uint64_t flush_ns[MOST_ROUNDS]; /* of the drained ones */
	struct interrupts before, after;
	uint64_t steal; /* ticks of USER_HZ */
	struct gaps gaps;
};

void run_rounds(struct stretch *stretch, struct spinner *spinner, struct device *device, int cpu, unsigned int rounds,
		uint64_t spacing_ns, bool flush);

#endif
