// SPDX-License-Identifier: GPL-2.0-only
#include "gaps.h"

#include <stdio.h>

uint64_t gap_of_cell(unsigned int cell)
{
	const unsigned int power = cell / GAP_PARTS;

	if (power == 0)
		return cell;
	return (uint64_t)(GAP_PARTS + cell % GAP_PARTS) << (power - 1);
}

uint64_t gap_percentile(const struct gaps *gaps, unsigned int thousandths)
{
	const uint64_t rank = gaps->count / 1000 * thousandths + (gaps->count % 1000 * thousandths + 999) / 1000;
	uint64_t seen = 0;

	for (unsigned int cell = 0; cell + 1 < GAP_CELLS; cell++) {
		seen += gaps->cells[cell];
		if (seen >= rank && seen) {
			const uint64_t last = gap_of_cell(cell + 1) - 1;

			return last < gaps->most ? last : gaps->most;
		}
	}
	return gaps->most;
}

void gaps_as_text(const struct gaps *gaps, double ns_per_tick, char *text, size_t size)
{
	uint64_t powers[64] = {0};
	size_t at = 0;

	for (unsigned int cell = 0; cell + 1 < GAP_CELLS; cell++) {
		const double middle = ((double)gap_of_cell(cell) + (double)(gap_of_cell(cell + 1) - 1)) / 2 * ns_per_tick;

		if (gaps->cells[cell])
			powers[middle < 1 ? 0 : 63 - __builtin_clzll((uint64_t)middle)] += gaps->cells[cell];
	}
	text[0] = '\0';
	for (int power = 0; power < 64 && at < size; power++)
		if (powers[power])
			at += (size_t)snprintf(text + at, size - at, "%s2^%d:%llu", at ? " " : "", power,
					       (unsigned long long)powers[power]);
}
