// SPDX-License-Identifier: GPL-3.0-or-later
#include "outbox.h"

#include <string.h>
#include <sys/mman.h>

bool outbox_open(struct outbox *o)
{
	void *memory = mmap(NULL, OUTBOX_LIMIT, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*o = (struct outbox){.bytes = memory};
	return memory != MAP_FAILED;
}

bool outbox_add(struct outbox *o, const char *line, size_t length)
{
	if (length > OUTBOX_LIMIT - (o->end - o->begin))
		return false;
	if (length > OUTBOX_LIMIT - o->end) {
		memmove(o->bytes, o->bytes + o->begin, o->end - o->begin);
		o->end -= o->begin;
		o->begin = 0;
	}
	memcpy(o->bytes + o->end, line, length);
	o->end += length;
	o->next++;
	return true;
}

size_t outbox_line(const struct outbox *o, size_t offset)
{
	return (size_t)((char *)memchr(o->bytes + offset, '\n', o->end - offset) - (o->bytes + offset)) + 1;
}

size_t outbox_offset(const struct outbox *o, unsigned long long number)
{
	size_t offset = o->begin;

	for (unsigned long long i = o->first; i < number && i < o->next; i++)
		offset += outbox_line(o, offset);
	return offset;
}

bool outbox_acknowledge(struct outbox *o, unsigned long long next)
{
	if (next < o->first || next > o->next)
		return false;
	o->begin = outbox_offset(o, next);
	o->first = next;
	if (outbox_empty(o))
		o->begin = o->end = 0;
	return true;
}
