/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames as lines of a console that may lose or mangle some: the lab answers on the console's input with
 * "klab-next N", and what it has not got is repeated.
 */
#ifndef KLAB_CONSOLE_H
#define KLAB_CONSOLE_H

#include <stdbool.h>

#include "outbox.h"

#define CONSOLE_COPIES 5
#define CONSOLE_WAIT_MS 2000

struct console {
	int fd;
	bool deaf;     /* its input is closed */
	bool answered; /* the lab has said "klab-next" at least once */
	unsigned long long given_up; /* below it every frame went out as often as it may, without an answer */
	char line[64]; /* what has come of a line */
	unsigned line_length;
};

/* A terminal neither echoes nor edits what comes in from now on; what goes out is as before. */
bool console_open(struct console *c, const char *path);
/*
 * Sends what is kept, up to CONSOLE_COPIES times, each time waiting up to `wait` milliseconds for an answer. What a
 * lab that never answered has got so often is not sent to it again. False when the console cannot be written.
 */
bool console_flush(struct console *c, struct outbox *o, long long wait);

#endif
