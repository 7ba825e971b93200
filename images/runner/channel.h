/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way out of the guest: frames of one line each,
 *
 *   klab1 <sequence from 0> <length of payload> <CRC-32 of payload, 8 hex digits> <payload>\n
 *
 * on the virtio-serial port named klab.results, or as lines of the console where there is no such port, at once. Where
 * the job says so they are kept, sent by channel_flush() only, over HTTP or as lines of the console, and kept on until
 * the lab has acknowledged them. The payload is one JSON object in ASCII.
 */
#ifndef KLAB_CHANNEL_H
#define KLAB_CHANNEL_H

#include <stdbool.h>

#include "console.h"
#include "http.h"
#include "outbox.h"
#include "text.h"

enum way { WAY_DIRECT, WAY_HTTP, WAY_CONSOLE };

struct channel {
	enum way way;
	int fd; /* of WAY_DIRECT */
	unsigned long long sequence;
	bool broken;  /* a frame could not be written or kept; nothing more is sent */
	bool refused; /* broken, because the lab takes no more results of this boot */
	struct outbox outbox;
	struct http_server server;
	struct console console;
	const char *console_path;
	int haste; /* pauses before another try, and waits on the console, are divided by it; 1 but in tests */
};

enum patience {
	FLUSH_BRIEF,   /* one try: what could not be sent goes with the next flush */
	FLUSH_PATIENT, /* about a minute, and then the console instead of HTTP */
};

/* Waits a moment for the port to appear where a virtio-serial device exists. */
bool channel_open(struct channel *c);
bool channel_open_file(struct channel *c, const char *path);
/* Results over HTTP; over the console at `console_path` when that is given up. Strings outlive the channel. */
bool channel_open_http(struct channel *c, struct http_server server, const char *console_path, int haste);
bool channel_open_console(struct channel *c, const char *console_path, int haste);
/* Results over the console from now on, and why, said on standard output. */
void channel_fall_back(struct channel *c, const char *reason);

void channel_send(struct channel *c, const struct object *payload);
/* Nothing to do where frames are written at once. Blocks; never to be called during a pass. */
void channel_flush(struct channel *c, enum patience patience);

#endif
