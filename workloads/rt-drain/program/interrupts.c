// SPDX-License-Identifier: GPL-2.0-only
#include "interrupts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* The head names the CPUs that are online: "CPU0 CPU2". */
static int column_of(const char *head, int cpu)
{
	int column = 0;

	for (const char *at = strstr(head, "CPU"); at && at < next_line(head); at = strstr(at + 3, "CPU"), column++)
		if (atoi(at + 3) == cpu)
			return column;
	return -1;
}

void read_interrupts(const char *text, int cpu, struct interrupts *out)
{
	const int column = column_of(text, cpu);

	out->count = 0;
	if (column < 0)
		return;
	for (const char *line = next_line(text); *line && out->count < INTERRUPT_LINES; line = next_line(line)) {
		const char *name = line + strspn(line, " ");
		const size_t length = strcspn(name, ":\n");
		char *end = (char *)name + length + 1;
		unsigned long long value = 0;
		bool whole = name[length] == ':';

		for (int i = 0; i <= column && whole; i++) {
			const char *at = end;

			value = strtoull(at, &end, 10);
			whole = end != at && end <= line + strcspn(line, "\n");
		}
		if (!whole)
			continue;
		snprintf(out->lines[out->count].name, sizeof(out->lines[0].name), "%.*s", (int)length, name);
		out->lines[out->count++].taken = value;
	}
}

static uint64_t growth(const struct interrupts *before, const struct interrupts *after, int i)
{
	/* Lines may be added in between. */
	for (int k = 0; k < before->count; k++)
		if (!strcmp(before->lines[k].name, after->lines[i].name))
			return after->lines[i].taken - before->lines[k].taken;
	return after->lines[i].taken;
}

void interrupts_as_text(const struct interrupts *before, const struct interrupts *after, char *text, size_t size)
{
	size_t at = 0;

	snprintf(text, size, "none");
	for (int i = 0; i < after->count && at < size; i++) {
		const uint64_t grown = growth(before, after, i);

		if (grown)
			at += (size_t)snprintf(text + at, size - at, "%s%s %llu", at ? ", " : "", after->lines[i].name,
					       (unsigned long long)grown);
	}
}

uint64_t count_ipis(const struct interrupts *before, const struct interrupts *after)
{
	uint64_t count = 0;

	for (int i = 0; i < after->count; i++) {
		const char *name = after->lines[i].name;

		if (!strcmp(name, "RES") || !strcmp(name, "CAL") || !strcmp(name, "TLB") || !strncmp(name, "IPI", 3))
			count += growth(before, after, i);
	}
	return count;
}

uint64_t read_steal(const char *text, int cpu)
{
	unsigned long long field[8] = {0};
	char name[16];

	snprintf(name, sizeof(name), "cpu%d ", cpu);
	for (const char *line = text; *line; line = next_line(line)) {
		if (strncmp(line, name, strlen(name)))
			continue;
		sscanf(line + strlen(name), "%llu %llu %llu %llu %llu %llu %llu %llu", &field[0], &field[1], &field[2],
		       &field[3], &field[4], &field[5], &field[6], &field[7]);
		return field[7];
	}
	return 0;
}
