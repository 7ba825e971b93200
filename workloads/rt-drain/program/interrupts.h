/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupts that one CPU took, and the time that a hypervisor took from it. */
#ifndef KLAB_INTERRUPTS_H
#define KLAB_INTERRUPTS_H

#include <stddef.h>
#include <stdint.h>

#define INTERRUPT_LINES 256

struct interrupts {
	int count;
	struct {
		char name[16];
		uint64_t taken;
	} lines[INTERRUPT_LINES];
};

/* From the text of /proc/interrupts; lines without a column for the CPU are left out. */
void read_interrupts(const char *text, int cpu, struct interrupts *out);
/* "RES 8, LOC 12": what grew from one reading to the next. */
void interrupts_as_text(const struct interrupts *before, const struct interrupts *after, char *text, size_t size);
/* Those by which other CPUs disturb: RES, CAL and TLB on x86, IPI0 to IPI7 on arm64. */
uint64_t count_ipis(const struct interrupts *before, const struct interrupts *after);
/* The steal field of a CPU in the text of /proc/stat, in ticks of USER_HZ. */
uint64_t read_steal(const char *text, int cpu);

#endif
