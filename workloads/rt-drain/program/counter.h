/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counter that the loop reads: one instruction, never a system call, whatever clock source the kernel has
 * chosen and whether or not its vDSO can read it.
 */
#ifndef KLAB_COUNTER_H
#define KLAB_COUNTER_H

#include <stdint.h>

#if defined(__x86_64__)
#define COUNTER_NAME "TSC"
static inline uint64_t read_counter(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}
#elif defined(__aarch64__)
#define COUNTER_NAME "generic timer"
static inline uint64_t read_counter(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
}
#else
#error "no counter is known for this architecture"
#endif

struct counter {
	double ns; /* of one tick */
};

/* Takes 50 ms, in which the counter is compared with CLOCK_MONOTONIC. */
struct counter calibrate_counter(void);

#endif
