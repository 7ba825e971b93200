/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files of /proc and /sys. */
#ifndef KLAB_FILE_H
#define KLAB_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* As much as fits, with a NUL behind it; false, and `text` empty, when the file cannot be read. */
bool file_text(const char *path, char *text, size_t size);
/* The same up to the first line break. */
bool file_line(const char *path, char *text, size_t size);

#endif
