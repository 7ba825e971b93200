// SPDX-License-Identifier: GPL-2.0-only
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "system.h"

/* Larger than the readahead of a first read would reach, so that parts do not cache each other. */
#define PART_BYTES (256 * 1024)
#define READ_BYTES (16 * 1024)

static int open_loop(const struct loop_config *config)
{
	const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	char path[32];
	int fd, number;

	/* Another process may take the free one first. */
	for (int attempt = 0; control >= 0 && attempt < 10; attempt++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			break;
		snprintf(path, sizeof(path), "/dev/loop%d", number);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && !ioctl(fd, LOOP_CONFIGURE, config)) {
			close(control);
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	fail("cannot have a loop device: %s (CONFIG_BLK_DEV_LOOP)", strerror(errno));
}

struct device open_device(unsigned int parts)
{
	struct loop_config config = {.info.lo_flags = LO_FLAGS_AUTOCLEAR};
	const int backing = memfd_create("klab_rt_drain_device", MFD_CLOEXEC);
	struct device device = {.parts = parts};

	if (backing < 0 || ftruncate(backing, (off_t)parts * PART_BYTES))
		fail("cannot have a file in memory: %s", strerror(errno));
	config.fd = (unsigned int)backing;
	device.fd = open_loop(&config);
	close(backing);
	/* No readahead: what is read is what is cached. */
	posix_fadvise(device.fd, 0, 0, POSIX_FADV_RANDOM);
	return device;
}

void cache_pages(struct device *device)
{
	static char bytes[READ_BYTES];

	if (device->next >= device->parts)
		fail("the block device has no part left to read");
	if (pread(device->fd, bytes, sizeof(bytes), (off_t)device->next++ * PART_BYTES) != (ssize_t)sizeof(bytes))
		fail("cannot read the block device: %s", strerror(errno));
}

uint64_t flush_device(struct device *device)
{
	const uint64_t begin = now_ns();

	if (ioctl(device->fd, BLKFLSBUF, 0))
		fail("cannot flush the block device: %s", strerror(errno));
	return now_ns() - begin;
}
