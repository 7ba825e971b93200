// SPDX-License-Identifier: GPL-2.0-only
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void sleep_until_ns(uint64_t time)
{
	const struct timespec until = {.tv_sec = (time_t)(time / 1000000000u), .tv_nsec = (long)(time % 1000000000u)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

char *read_text(const char *path)
{
	size_t length = 0, room = 64 * 1024;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	ssize_t got;

	if (fd < 0)
		return NULL;
	text = malloc(room);
	while (text && (got = read(fd, text + length, room - length - 1)) > 0) {
		length += (size_t)got;
		if (room - length == 1)
			text = realloc(text, room *= 2);
	}
	close(fd);
	if (!text)
		fail("there is no memory for \"%s\"", path);
	text[length] = '\0';
	return text;
}

void read_line(const char *path, char *line, size_t size)
{
	char *text = read_text(path);

	snprintf(line, size, "%s", text ? text : "");
	line[strcspn(line, "\n")] = '\0';
	free(text);
}

bool try_write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	const bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

void write_text(const char *path, const char *text)
{
	if (!try_write_text(path, text))
		fail("cannot write \"%s\" to \"%s\": %s", text, path, strerror(errno));
}
