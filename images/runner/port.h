/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The virtio-serial port named klab.results. */
#ifndef KLAB_PORT_H
#define KLAB_PORT_H

/* Waits for the port to appear where a virtio-serial device exists; -1 without one. */
int port_open(void);

#endif
