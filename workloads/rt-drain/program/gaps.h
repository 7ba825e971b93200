/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times between two reads of the clock, every one counted. Cells of a 32nd of a power of two: a percentile
 * is right to 3 %, and the powers of two are whole.
 */
#ifndef KLAB_GAPS_H
#define KLAB_GAPS_H

#include <stddef.h>
#include <stdint.h>

#define GAP_PART_BITS 5
#define GAP_PARTS (1 << GAP_PART_BITS)
#define GAP_CELLS ((64 - GAP_PART_BITS + 1) * GAP_PARTS)

struct gaps {
	uint64_t count;
	uint64_t most; /* ticks */
	uint64_t cells[GAP_CELLS];
};

static inline unsigned int gap_cell(uint64_t ticks)
{
	unsigned int exponent;

	if (ticks < GAP_PARTS)
		return (unsigned int)ticks;
	exponent = 63 - (unsigned int)__builtin_clzll(ticks);
	return (exponent - GAP_PART_BITS + 1) * GAP_PARTS +
	       (unsigned int)(ticks >> (exponent - GAP_PART_BITS) & (GAP_PARTS - 1));
}

static inline void add_gap(struct gaps *gaps, uint64_t ticks)
{
	gaps->cells[gap_cell(ticks)]++;
	gaps->count++;
	if (ticks > gaps->most)
		gaps->most = ticks;
}

/* The least number of ticks that is counted in a cell. */
uint64_t gap_of_cell(unsigned int cell);
/* Nearest rank, in thousandths: 999 is p99.9. The end of the cell, at most the maximum. */
uint64_t gap_percentile(const struct gaps *gaps, unsigned int thousandths);
/* "2^5:17 2^6:3": gaps of 32 to 63 ns, of 64 to 127 ns. `ns_per_tick` puts each cell where most of it is. */
void gaps_as_text(const struct gaps *gaps, double ns_per_tick, char *text, size_t size);

#endif
