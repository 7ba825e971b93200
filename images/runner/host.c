// SPDX-License-Identifier: GPL-3.0-or-later
#include "host.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define CPUS "/sys/devices/system/cpu"
#define NOT_KNOWN "n/a"

struct list {
	char text[2000]; /* within what object_text() takes */
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *format, ...)
{
	const size_t room = sizeof(list->text) - list->length;
	va_list arguments;
	int wanted;

	va_start(arguments, format);
	wanted = vsnprintf(list->text + list->length, room, format, arguments);
	va_end(arguments);
	if (wanted > 0)
		list->length += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static const char *separator(const struct list *list, const char *between)
{
	return list->length ? between : "";
}

static const char *known(const struct list *list)
{
	return list->length ? list->text : NOT_KNOWN;
}

/* Without blanks around it. */
static char *trimmed(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	for (length = strlen(text); length && strchr(" \t", text[length - 1]); length--)
		text[length - 1] = '\0';
	return text;
}

/* A line of a file below `root`; false when there is none, or nothing in it. */
static bool line_of(const char *root, const char *folder, const char *name, char *text, size_t size)
{
	char path[1024], raw[1024];

	snprintf(path, sizeof(path), "%s%s/%s", root, folder, name);
	if (!file_line(path, raw, sizeof(raw)))
		return false;
	snprintf(text, size, "%s", trimmed(raw));
	return *text != '\0';
}

#if defined(__x86_64__)

static void add_hypervisor(struct object *frame, const char *root)
{
	unsigned a = 0, b = 0, c = 0, d = 0;
	char vendor[13] = "";

	(void)root;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31)) {
		object_text(frame, "hypervisor", "none");
		return;
	}
	__cpuid(0x40000000, a, b, c, d);
	memcpy(vendor, &b, 4);
	memcpy(vendor + 4, &c, 4);
	memcpy(vendor + 8, &d, 4);
	object_text(frame, "hypervisor", *trimmed(vendor) ? trimmed(vendor) : "unnamed");
}

#else

/* Xen names itself in the device tree, QEMU's virt machine its own kind; with ACPI nobody says. */
static void add_hypervisor(struct object *frame, const char *root)
{
	char text[256];

	if (!line_of(root, "/proc/device-tree/hypervisor", "compatible", text, sizeof(text)) &&
	    !(line_of(root, "/proc/device-tree", "compatible", text, sizeof(text)) && strstr(text, "dummy-virt")))
		snprintf(text, sizeof(text), "none");
	object_text(frame, "hypervisor", text);
}

#endif

static void add_dmi(struct object *frame, const char *root)
{
	static const char *const names[] = {"sys_vendor", "product_name", "bios_version"};
	char text[256];
	struct list list = {.length = 0};
	bool any = false;

	for (int i = 0; i < 3; i++) {
		const bool there = line_of(root, "/sys/class/dmi/id", names[i], text, sizeof(text));

		any = any || there;
		add(&list, "%s%s", separator(&list, "; "), there ? text : NOT_KNOWN);
	}
	object_text(frame, "dmi", any ? list.text : NOT_KNOWN);
}

/* The value of a line "name : value" of /proc/cpuinfo, whose first CPU stands for all. */
static bool cpuinfo(const char *text, const char *name, char *value, size_t size)
{
	const size_t length = strlen(name);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *after = line + length;

		if (strncmp(line, name, length) || !strchr(" \t:", *after))
			continue;
		after += strspn(after, " \t");
		if (*after++ != ':')
			continue;
		after += strspn(after, " \t");
		snprintf(value, size, "%.*s", (int)strcspn(after, "\n"), after);
		return *value != '\0';
	}
	return false;
}

static void add_cpu(struct object *frame, const char *root)
{
	static char text[16 * 1024];
	char path[1024], value[256], part[64];

	snprintf(path, sizeof(path), "%s/proc/cpuinfo", root);
	file_text(path, text, sizeof(text));
	if (!cpuinfo(text, "model name", value, sizeof(value))) {
		if (cpuinfo(text, "CPU implementer", value, 64) && cpuinfo(text, "CPU part", part, sizeof(part)))
			snprintf(value + strlen(value), sizeof(value) - strlen(value), " part %s", part);
		else
			snprintf(value, sizeof(value), NOT_KNOWN);
	}
	object_text(frame, "cpu", value);
	object_text(frame, "microcode", cpuinfo(text, "microcode", value, sizeof(value)) ? value : NOT_KNOWN);
}

static void add_turbo(struct object *frame, const char *root)
{
	char text[32];
	const char *turbo = NOT_KNOWN;

	if (line_of(root, CPUS "/intel_pstate", "no_turbo", text, sizeof(text)))
		turbo = !strcmp(text, "0") ? "on" : "off";
	else if (line_of(root, CPUS "/cpufreq", "boost", text, sizeof(text)))
		turbo = !strcmp(text, "0") ? "off" : "on";
	object_text(frame, "turbo", turbo);
}

static void add_smt(struct object *frame, const char *root)
{
	char text[64];

	object_text(frame, "smt", line_of(root, CPUS "/smt", "control", text, sizeof(text)) ? text : NOT_KNOWN);
}

/* "intel_idle: POLL, C1, C1E, C6 (disabled)": the states of the first CPU. */
static void add_cstates(struct object *frame, const char *root)
{
	char driver[64], folder[128], name[64], disabled[16];
	struct list list = {.length = 0};
	const char *between = ": ";

	if (!line_of(root, CPUS "/cpuidle", "current_driver", driver, sizeof(driver)) || !strcmp(driver, "none")) {
		object_text(frame, "cstates", NOT_KNOWN);
		return;
	}
	add(&list, "%s", driver);
	for (int state = 0; state < 64; state++, between = ", ") {
		snprintf(folder, sizeof(folder), CPUS "/cpu0/cpuidle/state%d", state);
		if (!line_of(root, folder, "name", name, sizeof(name)))
			break;
		add(&list, "%s%s", between, name);
		if (line_of(root, folder, "disable", disabled, sizeof(disabled)) && strcmp(disabled, "0"))
			add(&list, " (disabled)");
	}
	object_text(frame, "cstates", list.text);
}

static int cpu_folder(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "cpu", 3) && isdigit((unsigned char)entry->d_name[3]);
}

static int shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Calls `take` with the name of each entry, in their order. */
static void each_of(const char *root, const char *folder, int (*wanted)(const struct dirent *),
		    void (*take)(void *context, const char *root, const char *name), void *context)
{
	struct dirent **entries;
	char path[1024];
	int count;

	snprintf(path, sizeof(path), "%s%s", root, folder);
	count = scandir(path, &entries, wanted, alphasort);
	for (int i = 0; i < count; i++) {
		take(context, root, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* Each governor once. */
static void take_governor(void *context, const char *root, const char *cpu)
{
	struct list *list = context;
	char folder[320], governor[64];

	snprintf(folder, sizeof(folder), CPUS "/%s/cpufreq", cpu);
	if (line_of(root, folder, "scaling_governor", governor, sizeof(governor)) && !strstr(list->text, governor))
		add(list, "%s%s", separator(list, ", "), governor);
}

static void take_mitigation(void *context, const char *root, const char *name)
{
	struct list *list = context;
	char text[512];

	if (line_of(root, CPUS "/vulnerabilities", name, text, sizeof(text)))
		add(list, "%s%s: %s", separator(list, "; "), name, text);
}

struct throttled {
	long long count;
	bool known;
};

static void take_throttled(void *context, const char *root, const char *cpu)
{
	static const char *const names[] = {"core_throttle_count", "package_throttle_count"};
	struct throttled *throttled = context;
	char folder[320], text[32];

	snprintf(folder, sizeof(folder), CPUS "/%s/thermal_throttle", cpu);
	for (int i = 0; i < 2; i++) {
		if (!line_of(root, folder, names[i], text, sizeof(text)))
			continue;
		throttled->known = true;
		throttled->count += strtoll(text, NULL, 10);
	}
}

void host_throttled(struct object *frame, const char *root)
{
	struct throttled throttled = {0, false};
	char text[32] = NOT_KNOWN;

	each_of(root, CPUS, cpu_folder, take_throttled, &throttled);
	if (throttled.known)
		snprintf(text, sizeof(text), "%lld", throttled.count);
	object_text(frame, "throttled", text);
}

void host_facts(struct object *frame, const char *root)
{
	struct list governors = {.length = 0}, mitigations = {.length = 0};

	add_hypervisor(frame, root);
	add_dmi(frame, root);
	add_cpu(frame, root);
	add_turbo(frame, root);
	add_smt(frame, root);
	add_cstates(frame, root);
	each_of(root, CPUS, cpu_folder, take_governor, &governors);
	object_text(frame, "governor", known(&governors));
	each_of(root, CPUS "/vulnerabilities", shown, take_mitigation, &mitigations);
	object_text(frame, "mitigations", known(&mitigations));
	host_throttled(frame, root);
}
