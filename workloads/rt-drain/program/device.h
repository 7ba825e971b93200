/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block device over memory, to put pages of it in the page cache and to flush it. BLKFLSBUF comes to
 * lru_add_drain_all() only while the device has cached pages.
 */
#ifndef KLAB_DEVICE_H
#define KLAB_DEVICE_H

#include <stdint.h>

struct device {
	int fd;
	unsigned int parts, next;
};

/* With `parts` parts to read; the device goes with the process. */
struct device open_device(unsigned int parts);
/* Reads a part that has not been read before. */
void cache_pages(struct device *device);
/* The time that BLKFLSBUF took. */
uint64_t flush_device(struct device *device);

#endif
