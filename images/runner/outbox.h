/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames that wait for the lab to say that it has them. They are kept in the order of their numbers, and go when
 * they are acknowledged; what is kept has a bound, the lab's own for one boot.
 */
#ifndef KLAB_OUTBOX_H
#define KLAB_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#define OUTBOX_LIMIT (16u << 20)

struct outbox {
	char *bytes;
	size_t begin, end;	  /* of what is kept: whole lines, which only outbox_add() moves */
	unsigned long long first; /* number of the oldest frame that is kept */
	unsigned long long next;  /* number that the next frame gets */
};

/* False when there is no memory for it. None of it is used before a frame needs it. */
bool outbox_open(struct outbox *o);
/* `line` is the frame numbered `next`, its line break included. False when it does not fit. */
bool outbox_add(struct outbox *o, const char *line, size_t length);
/* All frames below `next` are there. False, and nothing happens, when `next` cannot be. */
bool outbox_acknowledge(struct outbox *o, unsigned long long next);
/* Where frame `number` begins in `bytes`; the end for one that is not there yet. */
size_t outbox_offset(const struct outbox *o, unsigned long long number);
/* The length of the line at `offset`. */
size_t outbox_line(const struct outbox *o, size_t offset);

static inline bool outbox_empty(const struct outbox *o)
{
	return o->first == o->next;
}

#endif
