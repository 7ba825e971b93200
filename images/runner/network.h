/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The network as the kernel command line gives it: klab.net=MAC,ADDRESS,NETMASK[,GATEWAY]. Nothing is asked of a DHCP
 * server a second time.
 */
#ifndef KLAB_NETWORK_H
#define KLAB_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct network {
	char mac[18]; /* lower case, with colons */
	struct in_addr address, netmask, gateway;
	bool routed; /* there is a gateway */
};

/* Reads the word; on failure `reason` says why. */
bool network_parse(const char *command_line, struct network *network, char *reason, size_t reason_size);
/*
 * Brings up the interface that has the MAC address, and lo; waits up to half a minute each for the interface and for
 * its link. On failure `reason` says why.
 */
bool network_up(const struct network *network, char *reason, size_t reason_size);

#endif
