/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples by function, over tables of symbols that come and go with modules. Nothing here allocates. */
#ifndef KLAB_TALLY_H
#define KLAB_TALLY_H

#include <stddef.h>

#define TALLY_LIMIT 8192 /* a power of two */

struct tally_entry {
	char name[128];
	char module[64];
	unsigned long long samples; /* 0: the place is free */
};

struct tally {
	struct tally_entry entries[TALLY_LIMIT];
	size_t used;
	unsigned long long other; /* of functions for which there was no place */
};

void tally_clear(struct tally *t);
void tally_add(struct tally *t, const char *name, const char *module, unsigned long long samples);
/* Puts the entries first, most samples first; nothing may be added after that. Returns their number. */
size_t tally_sort(struct tally *t);

#endif
