// SPDX-License-Identifier: GPL-2.0-only
#include "switches.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More workers than this are never interrupted in their work at the same time on one CPU. */
#define INTERRUPTED 32

struct turn { /* of one task, from the switch to it to the switch away */
	uint64_t time;
	int pid;
	bool drain, buffer;
	char name[64];
	char executing[64]; /* function of the work it is in; "" when in none */
};

struct reader {
	int loop;
	uint64_t from, to;
	struct switches *counted;
	struct turn turn;
	struct {
		int pid;
		char executing[64];
	} interrupted[INTERRUPTED];
};

struct event {
	uint64_t time;
	const char *name;
	size_t name_length;
	const char *fields;
};

/* "kworker/1:1-27  [001] d..2.  12.345678: sched_switch: prev_comm=...": seconds, then name, then fields. */
static bool read_event(const char *line, struct event *event)
{
	const char *at = strchr(line, '[');
	unsigned long long seconds;
	char fraction[10] = "000000000";
	size_t digits;

	/* A task's name may hold brackets: the CPU is digits only, and stands before the flags. */
	while (at && (strspn(at + 1, "0123456789") == 0 || at[1 + strspn(at + 1, "0123456789")] != ']'))
		at = strchr(at + 1, '[');
	if (!at || *line == '#')
		return false;
	at += strcspn(at, " ");
	at += strspn(at, " ");
	at += strcspn(at, " "); /* the flags */
	seconds = strtoull(at, (char **)&at, 10);
	if (*at++ != '.')
		return false;
	digits = strspn(at, "0123456789");
	if (!digits || digits > 9 || strncmp(at + digits, ": ", 2))
		return false;
	memcpy(fraction, at, digits);
	event->time = seconds * 1000000000u + strtoull(fraction, NULL, 10);
	event->name = at + digits + 2;
	event->name_length = strcspn(event->name, ":");
	if (strncmp(event->name + event->name_length, ": ", 2))
		return false;
	event->fields = event->name + event->name_length + 2;
	return true;
}

static bool is_event(const struct event *event, const char *name)
{
	return event->name_length == strlen(name) && !memcmp(event->name, name, event->name_length);
}

static void copy(char *to, size_t size, const char *from, const char *end)
{
	const size_t length = end > from ? (size_t)(end - from) : 0;

	snprintf(to, size, "%.*s", (int)length, from);
}

/* Series that drain buffer heads by work of its own call it bh_..._drain or ..._bh_lru...; see README.md. */
static void enter_work(struct turn *turn, const char *function)
{
	snprintf(turn->executing, sizeof(turn->executing), "%s", function);
	if (!strncmp(function, "bh_", 3) || strstr(function, "_bh_"))
		turn->buffer = true;
	else if (strstr(function, "lru_add_drain") || strstr(function, "lru_drain"))
		turn->drain = true;
	else
		snprintf(turn->name, sizeof(turn->name), "%s", function);
}

static void count_other(struct switches *counted, const char *name)
{
	int i = 0;

	counted->other++;
	while (i < OTHER_NAMES - 1 && counted->names[i].count && strcmp(counted->names[i].name, name))
		i++;
	if (!counted->names[i].count)
		snprintf(counted->names[i].name, sizeof(counted->names[i].name), "%s",
			 i == OTHER_NAMES - 1 ? "others" : name);
	counted->names[i].count++;
}

static void end_turn(struct reader *reader)
{
	const struct turn *turn = &reader->turn;

	/* Task 0 is the idle one: it runs when the loop is not there to be interrupted. */
	if (turn->pid <= 0 || turn->pid == reader->loop || turn->time < reader->from || turn->time >= reader->to)
		return;
	if (turn->drain)
		reader->counted->drain++;
	else if (turn->buffer)
		reader->counted->buffer++;
	else
		count_other(reader->counted, turn->name);
}

static void keep_interrupted(struct reader *reader)
{
	if (!*reader->turn.executing)
		return;
	for (int i = 0; i < INTERRUPTED; i++) {
		if (reader->interrupted[i].pid)
			continue;
		reader->interrupted[i].pid = reader->turn.pid;
		strcpy(reader->interrupted[i].executing, reader->turn.executing);
		return;
	}
}

static void begin_turn(struct reader *reader, const struct event *event)
{
	const char *next = strstr(event->fields, "==> next_comm=");
	const char *pid = next ? strstr(next, " next_pid=") : NULL;

	memset(&reader->turn, 0, sizeof(reader->turn));
	if (!pid)
		return;
	reader->turn.time = event->time;
	reader->turn.pid = atoi(pid + strlen(" next_pid="));
	copy(reader->turn.name, sizeof(reader->turn.name), next + strlen("==> next_comm="), pid);
	for (int i = 0; i < INTERRUPTED; i++) {
		if (!reader->turn.pid || reader->interrupted[i].pid != reader->turn.pid)
			continue;
		reader->interrupted[i].pid = 0;
		enter_work(&reader->turn, reader->interrupted[i].executing);
	}
}

static void take_event(struct reader *reader, const struct event *event)
{
	char function[64];
	const char *name;

	if (is_event(event, "sched_switch")) {
		keep_interrupted(reader);
		end_turn(reader);
		begin_turn(reader, event);
	} else if (is_event(event, "workqueue_execute_start")) {
		name = strstr(event->fields, "function ");
		name = name ? name + strlen("function ") : event->fields;
		copy(function, sizeof(function), name, name + strcspn(name, " \n"));
		enter_work(&reader->turn, function);
	} else if (is_event(event, "workqueue_execute_end")) {
		reader->turn.executing[0] = '\0';
	}
}

void count_switches(const char *trace, int loop, uint64_t from, uint64_t to, struct switches *counted)
{
	struct reader reader = {.loop = loop, .from = from, .to = to, .counted = counted};

	memset(counted, 0, sizeof(*counted));
	for (const char *line = trace; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char copied[1024];
		struct event event;

		copy(copied, sizeof(copied), line, line + strcspn(line, "\n"));
		if (read_event(copied, &event))
			take_event(&reader, &event);
	}
	end_turn(&reader);
}

void switches_as_text(const struct switches *switches, char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "drain %u, buffer heads %u, other %u", switches->drain, switches->buffer,
				     switches->other);

	for (int i = 0; i < OTHER_NAMES && switches->names[i].count && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s %u", i ? ", " : " (", switches->names[i].name,
				       switches->names[i].count);
	if (switches->other && at < size)
		snprintf(text + at, size - at, ")");
}
