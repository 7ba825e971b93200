/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which function an address of the running kernel belongs to, modules' functions included. */
#ifndef KLAB_SYMBOLS_H
#define KLAB_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
	uint64_t address;
	const char *name;
	const char *module; /* "" for the kernel proper */
	bool global;
	bool idle; /* where a CPU waits that has nothing to do */
	unsigned long long samples; /* the user's to count */
};

/* Names point into `text`. Zeroed: an empty table. */
struct symbols {
	struct symbol *list; /* ascending addresses, one name each */
	size_t count;
	char *text;
	char modules[16384]; /* those that were there when the table was read */
};

/*
 * Reads the table anew. False, and `reason` says why, when there is none, when the kernel hides its
 * addresses, or when memory is short; the old table is gone then.
 */
bool symbols_read(struct symbols *s, const char *kallsyms, const char *modules, char *reason, int reason_size);
/* A module has come that the table does not know. Modules that went are no reason: samples of theirs may wait. */
bool symbols_are_old(const struct symbols *s, const char *modules);
/* The function at or below the address, or NULL when none is near. */
struct symbol *symbols_find(const struct symbols *s, uint64_t address);

#endif
