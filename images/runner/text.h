/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON object, built in a fixed buffer: nothing here allocates, nothing overflows. */
#ifndef KLAB_TEXT_H
#define KLAB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define PAYLOAD_LIMIT 16384

struct object {
	char bytes[PAYLOAD_LIMIT];
	size_t length;
	bool overflowed; /* a field did not fit; the object must not be sent */
};

void object_begin(struct object *o, const char *type);
/* Control characters and bytes beyond ASCII become \u00XX; at most 2048 bytes of text are taken. */
void object_text(struct object *o, const char *name, const char *text);
void object_number(struct object *o, const char *name, long long value);
/* `number` is a token that is_number() accepted. */
void object_token(struct object *o, const char *name, const char *number);
void object_flag(struct object *o, const char *name, bool value);
void object_end(struct object *o);

/* JSON's own grammar of numbers, at most 40 characters. */
bool is_number(const char *text);

#endif
