// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "port.h"

#define PATIENCE_MS 60000
#define POST_MS 5000	  /* connecting, sending and the answer, each */
#define POST_BRIEF_MS 2000 /* the same between two passes */
#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 8000

static uint32_t crc32(const char *bytes, size_t length)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < length; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

bool channel_open(struct channel *c)
{
	*c = (struct channel){.fd = port_open()};
	return c->fd >= 0 || channel_open_file(c, "/dev/console");
}

bool channel_open_file(struct channel *c, const char *path)
{
	*c = (struct channel){.fd = open(path, O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600)};
	return c->fd >= 0;
}

bool channel_open_http(struct channel *c, struct http_server server, const char *console_path, int haste)
{
	*c = (struct channel){
		.way = WAY_HTTP, .fd = -1, .server = server, .console_path = console_path, .haste = haste};
	return outbox_open(&c->outbox);
}

bool channel_open_console(struct channel *c, const char *console_path, int haste)
{
	*c = (struct channel){.way = WAY_CONSOLE, .fd = -1, .console_path = console_path, .haste = haste};
	return outbox_open(&c->outbox) && console_open(&c->console, console_path);
}

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

static void give_up(struct channel *c, const char *reason)
{
	fprintf(stderr, "klab: cannot send results: %s\n", reason);
	c->broken = true;
}

void channel_fall_back(struct channel *c, const char *reason)
{
	printf("klab: cannot send results over the network: %s; sending them over the console\n", reason);
	fflush(stdout);
	c->way = WAY_CONSOLE;
	if (!console_open(&c->console, c->console_path))
		give_up(c, "the console cannot be opened");
}

/* One POST of what fits into one, from the first frame that is not acknowledged. */
static enum http_result post(struct channel *c, long long limit, char *reason, size_t reason_size)
{
	struct outbox *o = &c->outbox;
	const unsigned long long first = o->first;
	unsigned long long next, posted = first;
	size_t length = 0;
	enum http_result result;

	while (posted < o->next) {
		const size_t line = outbox_line(o, o->begin + length);

		if (length && length + line > HTTP_BODY_LIMIT)
			break;
		length += line;
		posted++;
	}
	result = http_post(&c->server, o->bytes + o->begin, length, limit, &next, reason, reason_size);
	if (result != HTTP_TAKEN || (next > first && next <= posted && outbox_acknowledge(o, next)))
		return result;
	if (next == first)
		snprintf(reason, reason_size, "the lab took none of the frames from %llu on", first);
	else
		snprintf(reason, reason_size, "the lab asks for frame %llu, was sent %llu to %llu", next, first, posted - 1);
	return HTTP_FAILED;
}

static void flush_http(struct channel *c, enum patience patience)
{
	const long long deadline = now_ms() + PATIENCE_MS / c->haste;
	const long long limit = patience == FLUSH_PATIENT ? POST_MS : POST_BRIEF_MS;
	long long pause = FIRST_PAUSE_MS;
	char reason[512];

	while (!outbox_empty(&c->outbox)) {
		const enum http_result result = post(c, limit, reason, sizeof(reason));

		if (result == HTTP_TAKEN) {
			pause = FIRST_PAUSE_MS;
			continue;
		}
		c->refused = result != HTTP_FAILED;
		if (c->refused) {
			give_up(c, reason);
			return;
		}
		if (patience == FLUSH_PATIENT && now_ms() + pause / c->haste > deadline) {
			channel_fall_back(c, reason);
			return;
		}
		/* Each time, so that a lab that watches the console does not take the guest for hung. */
		printf("klab: results wait: %s\n", reason);
		fflush(stdout);
		if (patience == FLUSH_BRIEF)
			return;
		sleep_ms(pause / c->haste);
		pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
	}
}

void channel_flush(struct channel *c, enum patience patience)
{
	if (c->way == WAY_HTTP && !c->broken)
		flush_http(c, patience);
	if (c->way == WAY_CONSOLE && !c->broken && !console_flush(&c->console, &c->outbox, CONSOLE_WAIT_MS / c->haste))
		give_up(c, "the console takes no bytes");
}

/* False when the frame could not be written, or kept. */
static bool deliver(struct channel *c, const char *line, size_t length)
{
	return c->way == WAY_DIRECT ? write_all(c->fd, line, length) : outbox_add(&c->outbox, line, length);
}

void channel_send(struct channel *c, const struct object *payload)
{
	char line[PAYLOAD_LIMIT + 64];
	int head;

	if (c->broken)
		return;
	head = snprintf(line, sizeof(line), "klab1 %llu %zu %08x ", c->sequence, payload->length,
			crc32(payload->bytes, payload->length));
	memcpy(line + head, payload->bytes, payload->length);
	line[(size_t)head + payload->length] = '\n';
	c->broken = payload->overflowed || !deliver(c, line, (size_t)head + payload->length + 1);
	if (c->broken)
		fprintf(stderr, "klab: cannot send frame %llu\n", c->sequence);
	c->sequence++;
}
