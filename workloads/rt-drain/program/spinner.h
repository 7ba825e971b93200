/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latency-critical program: one SCHED_FIFO thread, bound to the isolated CPU, that reads the counter and
 * does nothing else. Its only system call is a write of one page of a file in memory, when it is told to,
 * through shared memory; the time of the write is not a gap.
 */
#ifndef KLAB_SPINNER_H
#define KLAB_SPINNER_H

#include "gaps.h"

struct spinner;

/* Returns when the loop runs. */
struct spinner *start_spinner(int cpu);
/* The loop's thread as the kernel numbers it, and the file that it writes. */
int spinner_task(const struct spinner *spinner);
int spinner_file(const struct spinner *spinner);
/* From now on gaps are counted in `gaps`; NULL: not counted. Returns when it is so. */
void count_gaps(struct spinner *spinner, struct gaps *gaps);
/* Has the loop write a page that it has not written before, and gives its index. */
unsigned long write_page(struct spinner *spinner);
void stop_spinner(struct spinner *spinner);

#endif
