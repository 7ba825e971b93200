// SPDX-License-Identifier: GPL-3.0-or-later
#include "tally.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a */
static uint64_t hash_of(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

static int compare(const void *left, const void *right)
{
	const struct tally_entry *a = left, *b = right;

	if (a->samples != b->samples)
		return a->samples > b->samples ? -1 : 1;
	return strcmp(a->name, b->name);
}

void tally_clear(struct tally *t)
{
	memset(t, 0, sizeof(*t));
}

void tally_add(struct tally *t, const char *name, const char *module, unsigned long long samples)
{
	char kept[sizeof(t->entries->name)], kept_module[sizeof(t->entries->module)];
	size_t at;

	if (!samples)
		return;
	snprintf(kept, sizeof(kept), "%s", name);
	snprintf(kept_module, sizeof(kept_module), "%s", module);
	at = hash_of(hash_of(0xcbf29ce484222325u, kept), kept_module) % TALLY_LIMIT;
	while (t->entries[at].samples &&
	       (strcmp(t->entries[at].name, kept) || strcmp(t->entries[at].module, kept_module)))
		at = (at + 1) % TALLY_LIMIT;
	if (!t->entries[at].samples) {
		/* Kept half empty, so that a search ends soon. */
		if (t->used == TALLY_LIMIT / 2) {
			t->other += samples;
			return;
		}
		memcpy(t->entries[at].name, kept, sizeof(kept));
		memcpy(t->entries[at].module, kept_module, sizeof(kept_module));
		t->used++;
	}
	t->entries[at].samples += samples;
}

size_t tally_sort(struct tally *t)
{
	qsort(t->entries, TALLY_LIMIT, sizeof(*t->entries), compare);
	return t->used;
}
