// SPDX-License-Identifier: GPL-2.0-only
#include "counter.h"

#include "system.h"

struct reading {
	uint64_t ticks, ns;
};

/* The closest of a few: between the two reads of a bad one the task did not run. */
static struct reading read_both(void)
{
	struct reading best = {0, 0};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 20; i++) {
		const uint64_t before = read_counter();
		const uint64_t ns = now_ns();
		const uint64_t after = read_counter();

		if (after - before < least) {
			least = after - before;
			best = (struct reading){before + (after - before) / 2, ns};
		}
	}
	return best;
}

struct counter calibrate_counter(void)
{
	const struct reading begin = read_both();
	struct reading end;

	sleep_until_ns(begin.ns + 50000000u);
	end = read_both();
	if (end.ticks <= begin.ticks)
		fail("the " COUNTER_NAME " does not count");
	return (struct counter){(double)(end.ns - begin.ns) / (double)(end.ticks - begin.ticks)};
}
