/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Samples of what every CPU does, by perf_event_open(): hardware cycles where a counter opens and really
 * samples, else the software event cpu-clock, a timer on each CPU.
 */
#ifndef KLAB_SAMPLER_H
#define KLAB_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_CPUS 1024

struct sample {
	uint64_t address;
	pid_t process; /* 0: the CPU's idle task */
	bool in_kernel;
};

struct sampler_cpu {
	int fd;
	void *ring;
	uint64_t lost; /* as the kernel counts it, or as the ring's records say */
};

struct sampler {
	struct sampler_cpu cpus[MAX_CPUS];
	int cpu_count;
	const char *method; /* "cycles" or "cpu-clock" */
	bool counts_lost;   /* the kernel does: 6.0 and later */
};

/* False, and `reason` says why, when this kernel cannot be sampled; nothing stays open then. */
bool sampler_open(struct sampler *s, unsigned hz, char *reason, int reason_size);
void sampler_enable(struct sampler *s, bool enabled);
/* Hands on what has come since the last call. */
void sampler_drain(struct sampler *s, void (*take)(void *context, const struct sample *sample), void *context);
/* Samples that were dropped so far because a ring was full. */
unsigned long long sampler_lost(struct sampler *s);

#endif
