// SPDX-License-Identifier: GPL-3.0-or-later
#include "text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TEXT_LIMIT 2048

static void append(struct object *o, const char *bytes, size_t length)
{
	if (o->length + length > sizeof(o->bytes)) {
		o->overflowed = true;
		return;
	}
	memcpy(o->bytes + o->length, bytes, length);
	o->length += length;
}

static void append_string(struct object *o, const char *text)
{
	append(o, "\"", 1);
	for (size_t i = 0; text[i] && i < TEXT_LIMIT; i++) {
		unsigned char c = (unsigned char)text[i];
		char escaped[8];

		if (c == '"' || c == '\\')
			append(o, (char[]){'\\', (char)c}, 2);
		else if (c < 0x20 || c > 0x7e)
			append(o, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", c));
		else
			append(o, (char[]){(char)c}, 1);
	}
	append(o, "\"", 1);
}

static void append_name(struct object *o, const char *name)
{
	append(o, ",", 1);
	append_string(o, name);
	append(o, ":", 1);
}

void object_begin(struct object *o, const char *type)
{
	o->length = 0;
	o->overflowed = false;
	append(o, "{\"type\":", 8);
	append_string(o, type);
}

void object_text(struct object *o, const char *name, const char *text)
{
	append_name(o, name);
	append_string(o, text);
}

void object_number(struct object *o, const char *name, long long value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%lld", value);
	object_token(o, name, digits);
}

void object_token(struct object *o, const char *name, const char *number)
{
	append_name(o, name);
	append(o, number, strlen(number));
}

void object_flag(struct object *o, const char *name, bool value)
{
	object_token(o, name, value ? "true" : "false");
}

void object_end(struct object *o)
{
	append(o, "}", 1);
}

static const char *skip_digits(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return text;
}

bool is_number(const char *text)
{
	const char *start = text;
	const char *end;

	if (*text == '-')
		text++;
	end = skip_digits(text);
	if (end == text || (*text == '0' && end > text + 1))
		return false;
	text = end;
	if (*text == '.') {
		end = skip_digits(text + 1);
		if (end == text + 1)
			return false;
		text = end;
	}
	if (*text == 'e' || *text == 'E') {
		text++;
		if (*text == '+' || *text == '-')
			text++;
		end = skip_digits(text);
		if (end == text)
			return false;
		text = end;
	}
	return *text == '\0' && text - start <= 40;
}
