// SPDX-License-Identifier: GPL-2.0-only
#include "isolation.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "system.h"

#define CPUS "/sys/devices/system/cpu/"

bool cpu_in_list(int cpu, const char *list)
{
	while (*list) {
		char *end;
		const long first = strtol(list, &end, 10);
		long last = first;

		if (end == list)
			return false; /* "(null)", or nothing */
		if (*end == '-')
			last = strtol(end + 1, &end, 10);
		if (cpu >= first && cpu <= last)
			return true;
		list = end + strspn(end, ", \n");
	}
	return false;
}

bool command_line_value(const char *command_line, const char *name, char *value, size_t size)
{
	const size_t length = strlen(name);
	bool found = false;

	for (const char *word = command_line; *word; word += strcspn(word, " \n"), word += strspn(word, " \n")) {
		if (strncmp(word, name, length) || word[length] != '=')
			continue;
		snprintf(value, size, "%.*s", (int)strcspn(word + length + 1, " \n"), word + length + 1);
		found = true;
	}
	return found;
}

int isolated_cpu(void)
{
	char isolated[512], no_tick[512], no_callbacks[512] = "", command_line[4096];

	read_line("/proc/cmdline", command_line, sizeof(command_line));
	read_line(CPUS "isolated", isolated, sizeof(isolated));
	read_line(CPUS "nohz_full", no_tick, sizeof(no_tick));
	command_line_value(command_line, "rcu_nocbs", no_callbacks, sizeof(no_callbacks));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (cpu_in_list(cpu, isolated) && cpu_in_list(cpu, no_tick) && cpu_in_list(cpu, no_callbacks))
			return cpu;
	fail("no CPU is isolated: isolcpus has \"%s\", nohz_full \"%s\", rcu_nocbs \"%s\", and one CPU must be in all "
	     "three (command line: %.300s)", isolated, no_tick, no_callbacks, command_line);
}

void leave_isolated_cpus(void)
{
	char isolated[512], online[512];
	cpu_set_t set;

	read_line(CPUS "isolated", isolated, sizeof(isolated));
	read_line(CPUS "online", online, sizeof(online));
	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (cpu_in_list(cpu, online) && !cpu_in_list(cpu, isolated))
			CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("cannot leave the isolated CPUs (%s of %s): %s", isolated, online, strerror(errno));
}

void describe_fair_server(int cpu, char *text, size_t size)
{
	char path[128], runtime[32], period[32];

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	snprintf(path, sizeof(path), "/sys/kernel/debug/sched/fair_server/cpu%d/runtime", cpu);
	read_line(path, runtime, sizeof(runtime));
	snprintf(path, sizeof(path), "/sys/kernel/debug/sched/fair_server/cpu%d/period", cpu);
	read_line(path, period, sizeof(period));
	if (*runtime && *period)
		snprintf(text, size, "%s ns of every %s ns", runtime, period);
	else
		snprintf(text, size, "not shown by this kernel (no debugfs/sched/fair_server); 6.12 is compiled with "
				     "50000000 ns of every 1000000000 ns");
}

void describe_rt_runtime(char *text, size_t size)
{
	char runtime[32], period[32];

	read_line("/proc/sys/kernel/sched_rt_runtime_us", runtime, sizeof(runtime));
	read_line("/proc/sys/kernel/sched_rt_period_us", period, sizeof(period));
	snprintf(text, size, "%s us of every %s us", *runtime ? runtime : "?", *period ? period : "?");
}
