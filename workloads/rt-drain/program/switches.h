/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who took the CPU from the loop: the text of one CPU's trace buffer (sched_switch, workqueue_execute_start,
 * workqueue_execute_end) into numbers. A switch is to be blamed on a drain when the worker that gets the CPU
 * executes one before it gives it back, or was interrupted in one and goes on with it.
 */
#ifndef KLAB_SWITCHES_H
#define KLAB_SWITCHES_H

#include <stddef.h>
#include <stdint.h>

#define OTHER_NAMES 16

struct switches {
	unsigned int drain;  /* workers that drained the LRU batches */
	unsigned int buffer; /* workers that drained buffer heads only, where that is work of its own */
	unsigned int other;  /* every other task */
	struct {
		char name[64]; /* the work's function, or the task's name */
		unsigned int count;
	} names[OTHER_NAMES]; /* of `other`; what finds no room is in the last */
};

/* Counts the switches away from the task `loop` with from <= time < to. Times are CLOCK_MONOTONIC. */
void count_switches(const char *trace, int loop, uint64_t from, uint64_t to, struct switches *counted);
/* "drain 8, buffer heads 0, other 2 (vmstat_update 1, ksoftirqd/1 1)" */
void switches_as_text(const struct switches *switches, char *text, size_t size);

#endif
