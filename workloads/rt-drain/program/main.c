// SPDX-License-Identifier: GPL-2.0-only
/*
 * klab_rt_drain SPACING_MS ROUNDS flush|no-flush: one pass.
 *
 * A loop on the isolated CPU, and what lru_add_drain_all() on another CPU does to it. With `flush` a control
 * stretch of as many rounds without flushes comes first; with `no-flush` there is that one alone.
 * README.md says what is printed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "device.h"
#include "isolation.h"
#include "report.h"
#include "rounds.h"
#include "spinner.h"
#include "switches.h"
#include "system.h"
#include "tracing.h"

struct arguments {
	uint64_t spacing_ns;
	unsigned int rounds;
	bool flush;
};

static struct arguments read_arguments(int count, char **argument)
{
	const long spacing = count == 4 ? atol(argument[1]) : 0;
	const long rounds = count == 4 ? atol(argument[2]) : 0;

	if (spacing < 1 || spacing > 3600000 || rounds < 1 || rounds > MOST_ROUNDS ||
	    (strcmp(argument[3], "flush") && strcmp(argument[3], "no-flush")))
		fail("usage: klab_rt_drain SPACING_MS ROUNDS flush|no-flush, with up to %d rounds", MOST_ROUNDS);
	return (struct arguments){(uint64_t)spacing * 1000000u, (unsigned int)rounds, !strcmp(argument[3], "flush")};
}

static void report_conditions(int cpu, struct counter counter)
{
	const double step = counter.ns < 1 ? 10 : 0.1;
	char text[256];

	printf("fact isolation CPU %d: isolcpus, nohz_full, rcu_nocbs\n", cpu);
	describe_fair_server(cpu, text, sizeof(text));
	printf("fact fair_server %s\n", text);
	describe_rt_runtime(text, sizeof(text));
	printf("fact rt_runtime %s\n", text);
	/* Rounded: the last digits differ from pass to pass. */
	printf("fact clock " COUNTER_NAME ", %.1f MHz, read without system calls\n",
	       (double)(long)(1000 / counter.ns / step + 0.5) * step);
}

/* Rounds where no drain was due prove nothing: they do not count, and most must. */
static void check_rounds(const struct stretch *s)
{
	if (s->drained * 2 < s->rounds || !s->drained)
		fail("too few drains: of %u rounds one was due in %u and done in %u", s->rounds, s->due, s->drained);
}

int main(int argc, char **argv)
{
	static struct stretch control, flushes;
	const struct arguments arguments = read_arguments(argc, argv);
	const int cpu = isolated_cpu();
	struct switches control_switches, switches;
	struct spinner *spinner;
	struct counter counter;
	struct device device;
	char *trace;

	leave_isolated_cpus();
	counter = calibrate_counter();
	device = open_device(2 * arguments.rounds);
	trace_begin(cpu);
	spinner = start_spinner(cpu);
	sleep_until_ns(now_ns() + 200000000u); /* what the start has stirred up */
	run_rounds(&control, spinner, &device, cpu, arguments.rounds, arguments.spacing_ns, false);
	if (arguments.flush)
		run_rounds(&flushes, spinner, &device, cpu, arguments.rounds, arguments.spacing_ns, true);
	trace = trace_end(cpu);
	stop_spinner(spinner);

	count_switches(trace, spinner_task(spinner), control.begin, control.end, &control_switches);
	count_switches(trace, spinner_task(spinner), flushes.begin, flushes.end, &switches);
	free(trace);
	if (arguments.flush) {
		check_rounds(&flushes);
		report_flushes(&flushes, &switches, &control, &control_switches, counter);
	} else {
		if (control.due * 2 < control.rounds)
			fail("too few pages waited for a drain: %u of %u", control.due, control.rounds);
		report_control(&control, &control_switches, counter);
	}
	report_conditions(cpu, counter);
	return 0;
}
