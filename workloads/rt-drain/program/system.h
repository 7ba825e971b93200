/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files of the kernel's, the clock, and the end of a pass that cannot go on. */
#ifndef KLAB_SYSTEM_H
#define KLAB_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says why on standard error, whose last line is the reason that the lab stores, and exits. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* CLOCK_MONOTONIC */
uint64_t now_ns(void);
void sleep_until_ns(uint64_t time);

/* The whole file as text; NULL when there is none. The caller frees it. */
char *read_text(const char *path);
/* The first line, or "" when there is no such file. */
void read_line(const char *path, char *line, size_t size);
/* Writing to a file of the kernel's that must be there; and to one that may not be. */
void write_text(const char *path, const char *text);
bool try_write_text(const char *path, const char *text);

#endif
