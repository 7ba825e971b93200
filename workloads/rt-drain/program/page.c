// SPDX-License-Identifier: GPL-2.0-only
#include "page.h"

#include <stdio.h>

#include "system.h"

#define PARAMETER "/sys/module/klab_rt_drain/parameters/page"

bool page_is_listed(int file, unsigned long index)
{
	char text[64];

	snprintf(text, sizeof(text), "%d %lu", file, index);
	write_text(PARAMETER, text);
	read_line(PARAMETER, text, sizeof(text));
	return text[0] == '1';
}
