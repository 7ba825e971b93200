// SPDX-License-Identifier: GPL-3.0-or-later
#include "file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool file_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	while (fd >= 0 && length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	if (fd >= 0)
		close(fd);
	text[length] = '\0';
	return got >= 0;
}

bool file_line(const char *path, char *text, size_t size)
{
	const bool read = file_text(path, text, size);

	text[strcspn(text, "\n")] = '\0';
	return read;
}
