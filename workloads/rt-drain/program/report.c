// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char text[2048];

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

double median(uint64_t *values, unsigned int count)
{
	if (!count)
		return 0;
	qsort(values, count, sizeof(*values), compare);
	return ((double)values[(count - 1) / 2] + (double)values[count / 2]) / 2;
}

double per_drain(double seen, double control_seen, double length_ratio, unsigned int drains)
{
	const double own = seen - control_seen * length_ratio;

	return own > 0 && drains ? own / drains : 0;
}

static double microseconds(uint64_t ticks, struct counter counter)
{
	return (double)ticks * counter.ns / 1000;
}

static void report_gaps(const char *prefix, const struct stretch *s, struct counter counter)
{
	gaps_as_text(&s->gaps, counter.ns, text, sizeof(text));
	printf("fact %sgaps max %.1f us, p99.9 %.3f us in %.1f s; ns: %s\n", prefix, microseconds(s->gaps.most, counter),
	       microseconds(gap_percentile(&s->gaps, 999), counter), (double)(s->end - s->begin) / 1e9, text);
}

static void report_facts(const char *prefix, const struct stretch *s, const struct switches *switches,
			 struct counter counter)
{
	report_gaps(prefix, s, counter);
	switches_as_text(switches, text, sizeof(text));
	printf("fact %sswitches %s\n", prefix, text);
	interrupts_as_text(&s->before, &s->after, text, sizeof(text));
	printf("fact %sinterrupts %s\n", prefix, text);
	printf("fact %srounds %u, a drain due in %u, done in %u\n", prefix, s->rounds, s->due, s->drained);
}

static void report_own_metrics(const struct stretch *s, struct counter counter)
{
	printf("gap_max %.3f\n", microseconds(s->gaps.most, counter));
	printf("gap_p999 %.3f\n", microseconds(gap_percentile(&s->gaps, 999), counter));
	printf("steal %.0f\n", (double)s->steal * 1000 / (double)sysconf(_SC_CLK_TCK));
	printf("drains %u\n", s->drained);
}

void report_control(const struct stretch *s, const struct switches *switches, struct counter counter)
{
	const double ipis = (double)count_ipis(&s->before, &s->after);

	printf("interruptions %.3f\n", per_drain(switches->drain, 0, 0, s->rounds));
	printf("buffer_interruptions %.3f\n", per_drain(switches->buffer, 0, 0, s->rounds));
	printf("other_switches %.3f\n", per_drain(switches->other, 0, 0, s->rounds));
	printf("ipis %.3f\n", per_drain(ipis, 0, 0, s->rounds));
	report_own_metrics(s, counter);
	report_facts("", s, switches, counter);
}

void report_flushes(struct stretch *s, const struct switches *switches, const struct stretch *control,
		    const struct switches *control_switches, struct counter counter)
{
	const double ratio = (double)(s->end - s->begin) / (double)(control->end - control->begin);
	const double ipis = (double)count_ipis(&s->before, &s->after);
	const double control_ipis = (double)count_ipis(&control->before, &control->after);

	printf("interruptions %.3f\n", per_drain(switches->drain, control_switches->drain, ratio, s->drained));
	printf("buffer_interruptions %.3f\n",
	       per_drain(switches->buffer, control_switches->buffer, ratio, s->drained));
	printf("other_switches %.3f\n", per_drain(switches->other, control_switches->other, ratio, s->drained));
	printf("ipis %.3f\n", per_drain(ipis, control_ipis, ratio, s->drained));
	printf("flush %.6f\n", median(s->flush_ns, s->drained) / 1e6);
	/* median() has sorted them. */
	printf("flush_max %.6f\n", (double)s->flush_ns[s->drained - 1] / 1e6);
	report_own_metrics(s, counter);
	report_facts("", s, switches, counter);
	report_facts("control_", control, control_switches, counter);
}
