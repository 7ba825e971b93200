// SPDX-License-Identifier: GPL-3.0-or-later
#include "console.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"

#define STUCK_MS 30000 /* a line that takes no byte for so long takes none at all */

bool console_open(struct console *c, const char *path)
{
	struct termios settings;

	*c = (struct console){.fd = open(path, O_RDWR | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600)};
	if (c->fd < 0)
		return false;
	if (tcgetattr(c->fd, &settings))
		return true; /* a file: nothing comes in */
	settings.c_iflag &= ~(tcflag_t)(IXON | IXOFF | ISTRIP | INLCR | IGNCR | BRKINT | PARMRK);
	settings.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	settings.c_cc[VMIN] = 1;
	settings.c_cc[VTIME] = 0;
	tcsetattr(c->fd, TCSANOW, &settings);
	return true;
}

/* True when the line is the lab's, and of frames that were sent. */
static bool take_line(struct console *c, struct outbox *o)
{
	static const char word[] = "klab-next ";
	const char *number = c->line + sizeof(word) - 1;
	unsigned long long next;
	char *end;

	c->line[c->line_length] = '\0';
	if (strncmp(c->line, word, sizeof(word) - 1) || !isdigit((unsigned char)*number))
		return false;
	errno = 0;
	next = strtoull(number, &end, 10);
	return !errno && !*end && outbox_acknowledge(o, next);
}

static void hear(struct console *c, struct outbox *o)
{
	char bytes[256];
	const ssize_t got = read(c->fd, bytes, sizeof(bytes));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->deaf = got <= 0;
	for (ssize_t i = 0; i < got; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r') {
			if (c->line_length < sizeof(c->line) && take_line(c, o))
				c->answered = true;
			c->line_length = 0;
		} else if (c->line_length < sizeof(c->line)) {
			c->line[c->line_length++] = bytes[i] ? bytes[i] : '?';
		}
	}
}

/* Takes what comes in, for `wait` ms at most; with `out` only until bytes can go out. False when the console is gone. */
static bool attend(struct console *c, struct outbox *o, bool out, long long wait)
{
	struct pollfd polled = {c->fd, (short)((out ? POLLOUT : 0) | (c->deaf ? 0 : POLLIN)), 0};

	if (c->deaf && !out) {
		sleep_ms(wait);
		return true;
	}
	if (poll(&polled, 1, (int)wait) < 0)
		return errno == EINTR;
	if (!c->deaf && polled.revents & (POLLIN | POLLHUP | POLLERR))
		hear(c, o);
	return !out || (polled.revents && !(polled.revents & (POLLHUP | POLLERR)));
}

static bool put(struct console *c, struct outbox *o, const char *bytes, size_t length)
{
	while (length) {
		const ssize_t written = write(c->fd, bytes, length);

		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
			return false;
		} else if (!attend(c, o, true, STUCK_MS)) {
			return false;
		}
	}
	return true;
}

/* Each frame after a line break: the kernel may have stopped in the middle of a line. */
static bool put_frames(struct console *c, struct outbox *o, unsigned long long from)
{
	size_t offset = outbox_offset(o, from);

	for (unsigned long long number = from; number < o->next; number++) {
		const size_t length = outbox_line(o, offset);

		if (!put(c, o, "\n", 1) || !put(c, o, o->bytes + offset, length) || !attend(c, o, false, 0))
			return false;
		offset += length;
		/* An answer may have come while bytes went out. */
		if (number + 1 < o->first) {
			number = o->first - 1;
			offset = o->begin;
		}
	}
	return true;
}

/* Until all is acknowledged, or `wait` ms after bytes went out or an answer came. */
static bool await_answer(struct console *c, struct outbox *o, long long wait)
{
	long long deadline = now_ms() + wait;
	unsigned long long first = o->first;
	int queued = -1;

	while (!outbox_empty(o) && now_ms() < deadline) {
		const long long left = deadline - now_ms();
		int waiting = 0;

		if (!attend(c, o, false, left < 100 ? left : 100))
			return false;
		if (ioctl(c->fd, TIOCOUTQ, &waiting))
			waiting = 0;
		if (first != o->first || (waiting && waiting != queued))
			deadline = now_ms() + wait;
		first = o->first;
		queued = waiting;
	}
	return true;
}

bool console_flush(struct console *c, struct outbox *o, long long wait)
{
	/* An answer may have come late, during the pass. */
	if (!attend(c, o, false, 0))
		return false;
	for (int copy = 0; copy < CONSOLE_COPIES && !outbox_empty(o); copy++) {
		const unsigned long long from = c->answered || c->given_up < o->first ? o->first : c->given_up;

		if (from == o->next)
			return true;
		if (!put_frames(c, o, from) || !await_answer(c, o, wait))
			return false;
	}
	if (!c->answered)
		c->given_up = o->next;
	return true;
}
