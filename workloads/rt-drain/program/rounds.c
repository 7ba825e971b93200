// SPDX-License-Identifier: GPL-2.0-only
#include "rounds.h"

#include <stdlib.h>

#include "page.h"
#include "system.h"

static uint64_t read_state(struct interrupts *interrupts, int cpu)
{
	char *text = read_text("/proc/interrupts");
	uint64_t steal = 0;

	interrupts->count = 0;
	if (text)
		read_interrupts(text, cpu, interrupts);
	free(text);
	text = read_text("/proc/stat");
	if (text)
		steal = read_steal(text, cpu);
	free(text);
	return steal;
}

static void run_round(struct stretch *s, struct spinner *spinner, struct device *device, uint64_t end, bool flush)
{
	const unsigned long page = write_page(spinner);
	uint64_t took = 0;
	bool due;

	cache_pages(device);
	due = !page_is_listed(spinner_file(spinner), page);
	if (flush)
		took = flush_device(device);
	else
		sleep_until_ns(end);
	s->rounds++;
	if (!due)
		return;
	s->due++;
	if (page_is_listed(spinner_file(spinner), page))
		s->flush_ns[s->drained++] = took;
}

void run_rounds(struct stretch *s, struct spinner *spinner, struct device *device, int cpu, unsigned int rounds,
		uint64_t spacing_ns, bool flush)
{
	uint64_t next, steal;

	steal = read_state(&s->before, cpu);
	count_gaps(spinner, &s->gaps);
	s->begin = next = now_ns();
	for (unsigned int i = 0; i < rounds; i++) {
		/* A flush that takes longer than the spacing moves all later rounds: they never bunch. */
		const uint64_t now = now_ns();

		next = (next > now ? next : now) + spacing_ns;
		run_round(s, spinner, device, next, flush);
		sleep_until_ns(next);
	}
	s->end = now_ns();
	count_gaps(spinner, NULL);
	s->steal = read_state(&s->after, cpu) - steal;
}
