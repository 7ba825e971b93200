// SPDX-License-Identifier: GPL-3.0-or-later
#include "delivery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "network.h"

#define CONSOLE "/dev/console"

/* Results over HTTP need the network first; where there is none they go over the console. */
static bool open_http(struct channel *channel, const struct job *job, const char *output, int haste)
{
	char command_line[4096], reason[512];
	struct network network;

	if (!channel_open_http(channel, job->server, output ? output : CONSOLE, haste))
		return false;
	if (output)
		return true;
	file_line("/proc/cmdline", command_line, sizeof(command_line));
	if (!network_parse(command_line, &network, reason, sizeof(reason)) ||
	    !network_up(&network, reason, sizeof(reason)))
		channel_fall_back(channel, reason);
	return true;
}

static bool open_channel(struct channel *channel, const struct job *job, const char *output, int haste)
{
	if (job->results == WAY_HTTP)
		return open_http(channel, job, output, haste);
	if (job->results == WAY_CONSOLE)
		return channel_open_console(channel, output ? output : CONSOLE, haste);
	return output ? channel_open_file(channel, output) : channel_open(channel);
}

bool delivery_open(struct channel *channel, const struct job *job, const char *output, int haste)
{
	if (open_channel(channel, job, output, haste))
		return true;
	fprintf(stderr, "klab: cannot open \"%s\" for results: %s\n", output ? output : CONSOLE, strerror(errno));
	return false;
}
