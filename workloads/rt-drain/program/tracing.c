// SPDX-License-Identifier: GPL-2.0-only
#include "tracing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

#define TRACEFS "/sys/kernel/tracing"
#define INSTANCE TRACEFS "/instances/klab_rt_drain"

static const char *const events[] = {"sched/sched_switch", "workqueue/workqueue_execute_start",
				     "workqueue/workqueue_execute_end"};

static void switch_events(const char *on)
{
	char path[256];

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		snprintf(path, sizeof(path), INSTANCE "/events/%s/enable", events[i]);
		write_text(path, on);
	}
}

static void remove_instance(void)
{
	rmdir(INSTANCE);
}

/* The mask is written in words of 32 CPUs, the highest first. */
static void record_only(int cpu)
{
	char mask[1024];
	size_t at = (size_t)snprintf(mask, sizeof(mask), "%x", 1u << (cpu % 32));

	for (int word = cpu / 32; word > 0; word--)
		at += (size_t)snprintf(mask + at, sizeof(mask) - at, ",00000000");
	write_text(INSTANCE "/tracing_cpumask", mask);
}

void trace_begin(int cpu)
{
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		fail("cannot make \"%s\": %s; the kernel needs the fragment tracing (CONFIG_FTRACE, "
		     "CONFIG_ENABLE_DEFAULT_TRACERS)", INSTANCE, strerror(errno));
	atexit(remove_instance);
	write_text(INSTANCE "/tracing_on", "0");
	write_text(INSTANCE "/trace_clock", "mono");
	write_text(INSTANCE "/buffer_size_kb", "1024");
	record_only(cpu);
	switch_events("1");
	write_text(INSTANCE "/tracing_on", "1");
}

static void check_nothing_lost(int cpu)
{
	char path[256];
	char *stats, *overrun;

	snprintf(path, sizeof(path), INSTANCE "/per_cpu/cpu%d/stats", cpu);
	stats = read_text(path);
	overrun = stats ? strstr(stats, "overrun: ") : NULL;
	if (!overrun || atoi(overrun + strlen("overrun: ")))
		fail("the trace of CPU %d is not whole: %.100s", cpu, overrun ? overrun : "no statistics");
	free(stats);
}

char *trace_end(int cpu)
{
	char path[256];
	char *text;

	write_text(INSTANCE "/tracing_on", "0");
	switch_events("0");
	check_nothing_lost(cpu);
	snprintf(path, sizeof(path), INSTANCE "/per_cpu/cpu%d/trace", cpu);
	text = read_text(path);
	if (!text)
		fail("cannot read \"%s\": %s", path, strerror(errno));
	return text;
}
