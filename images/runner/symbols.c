// SPDX-License-Identifier: GPL-3.0-or-later
#include "symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No function is as long; an address further from the last one is of something that has no name. */
#define FAR (1u << 18)

static const char *const idle_functions[] = {
	"acpi_idle_do_entry", "arch_cpu_idle", "cpu_do_idle", "cpu_idle_poll", "default_idle", "default_idle_call",
	"intel_idle",	      "mwait_idle",    "native_halt", "native_safe_halt", "pv_native_safe_halt", "kvm_halt",
};

/* The whole file, about `size` bytes, a NUL behind it; to be freed. */
static char *read_file(const char *path, size_t size)
{
	size_t length = 0;
	char *text = malloc(size);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	while (fd >= 0 && text && (got = read(fd, text + length, size - 1 - length)) > 0) {
		length += (size_t)got;
		if (length + 1 < size)
			continue;
		char *larger = realloc(text, size *= 2);

		if (!larger)
			free(text);
		text = larger;
	}
	if (fd >= 0)
		close(fd);
	if (!text || got < 0) {
		free(text);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

/* A line break, then "name address" of every module, a line each: what stays the same while a module stays. */
static void list_modules(const char *path, char *out, size_t size)
{
	char *text = read_file(path, 4096);
	size_t length = (size_t)snprintf(out, size, "\n");

	for (char *line = text, *next; line && *line; line = next) {
		char name[64], address[32];

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (sscanf(line, "%63s %*s %*s %*s %*s %31s", name, address) == 2 && length < size)
			length += (size_t)snprintf(out + length, size - length, "%s %s\n", name, address);
	}
	free(text);
}

static bool is_idle(const char *name)
{
	for (size_t i = 0; i < sizeof(idle_functions) / sizeof(*idle_functions); i++)
		if (!strcmp(name, idle_functions[i]))
			return true;
	return false;
}

/* "ffffffff81000000 T name" or "... t name\t[module]"; false for what is no function. */
static bool parse_line(char *line, struct symbol *symbol)
{
	char *rest, *tab;

	symbol->address = strtoull(line, &rest, 16);
	if (rest == line || rest[0] != ' ' || !rest[1] || rest[2] != ' ' || !strchr("tTwW", rest[1]))
		return false;
	symbol->global = rest[1] != 't';
	symbol->name = rest + 3;
	symbol->module = "";
	tab = strchr(rest + 3, '\t');
	if (tab) {
		*tab = '\0';
		if (tab[1] == '[')
			symbol->module = tab + 2;
		tab[1 + strcspn(tab + 1, "]")] = '\0';
	}
	symbol->idle = is_idle(symbol->name);
	return *symbol->name != '\0';
}

/* Of several names of one address the one that people use comes first. */
static int compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->idle != b->idle)
		return a->idle ? -1 : 1;
	if (a->global != b->global)
		return a->global ? -1 : 1;
	const size_t marks_a = strspn(a->name, "_"), marks_b = strspn(b->name, "_");

	if (marks_a != marks_b)
		return marks_a < marks_b ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void fill(struct symbols *s)
{
	size_t kept = 0;

	for (char *line = s->text, *next; *line; line = next) {
		struct symbol symbol = {0};

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (parse_line(line, &symbol))
			s->list[s->count++] = symbol;
	}
	qsort(s->list, s->count, sizeof(*s->list), compare);
	for (size_t i = 0; i < s->count; i++)
		if (!kept || s->list[i].address != s->list[kept - 1].address)
			s->list[kept++] = s->list[i];
	s->count = kept;
}

bool symbols_read(struct symbols *s, const char *kallsyms, const char *modules, char *reason, int reason_size)
{
	size_t lines = 0;

	free(s->list);
	free(s->text);
	*s = (struct symbols){0};
	/* First: what is loaded between the two reads is then found missing, and read next time. */
	list_modules(modules, s->modules, sizeof(s->modules));
	s->text = read_file(kallsyms, 1u << 20);
	if (!s->text) {
		snprintf(reason, (size_t)reason_size, "cannot read \"%s\": %s; the kernel needs CONFIG_KALLSYMS", kallsyms,
			 strerror(errno));
		return false;
	}
	for (const char *at = s->text; (at = strchr(at, '\n')); at++)
		lines++;
	s->list = calloc(lines + 1, sizeof(*s->list));
	if (!s->list) {
		snprintf(reason, (size_t)reason_size, "no memory for %zu symbols", lines);
		return false;
	}
	fill(s);
	if (s->count > 1)
		return true;
	snprintf(reason, (size_t)reason_size, "\"%s\" tells no addresses", kallsyms);
	return false;
}

bool symbols_are_old(const struct symbols *s, const char *modules)
{
	static char now[sizeof(s->modules)];

	list_modules(modules, now, sizeof(now));
	for (const char *line = now; line[0] && line[1]; line += strcspn(line + 1, "\n") + 1) {
		char wanted[128];

		snprintf(wanted, sizeof(wanted), "%.*s", (int)strcspn(line + 1, "\n") + 2, line);
		if (!strstr(s->modules, wanted))
			return true;
	}
	return false;
}

struct symbol *symbols_find(const struct symbols *s, uint64_t address)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (s->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - s->list[low - 1].address >= FAR)
		return NULL;
	return &s->list[low - 1];
}
