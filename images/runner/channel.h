/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way out of the guest: frames of one line each,
 *
 *   klab1 <sequence from 0> <length of payload> <CRC-32 of payload, 8 hex digits> <payload>\n
 *
 * on the virtio-serial port named klab.results, or as lines of the console where there is no such
 * port. The payload is one JSON object in ASCII.
 */
#ifndef KLAB_CHANNEL_H
#define KLAB_CHANNEL_H

#include <stdbool.h>

#include "text.h"

struct channel {
	int fd;
	unsigned long long sequence;
	bool broken; /* a frame could not be written; nothing more is sent */
};

/* Waits a moment for the port to appear where a virtio-serial device exists. */
bool channel_open(struct channel *c);
bool channel_open_file(struct channel *c, const char *path);
void channel_send(struct channel *c, const struct object *payload);

#endif
