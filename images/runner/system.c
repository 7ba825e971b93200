// SPDX-License-Identifier: GPL-3.0-or-later
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "clock.h"

#define SYSLOG_ACTION_CONSOLE_LEVEL 8

static void mount_at(const char *type, const char *target)
{
	if (mount(type, target, type, 0, NULL) && errno != EBUSY)
		fprintf(stderr, "klab: cannot mount \"%s\": %s\n", target, strerror(errno));
}

static void take_console(void)
{
	int console = open("/dev/console", O_RDWR | O_NOCTTY);

	if (console < 0)
		return;
	for (int fd = 0; fd < 3; fd++)
		dup2(console, fd);
	if (console > 2)
		close(console);
}

void system_prepare(void)
{
	mount_at("devtmpfs", "/dev");
	take_console();
	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	/* Parts of an oops and of a stall report are KERN_INFO: "quiet" must not hide them. */
	klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, 7);
}

/* A slow line still has the last words to send when the power would go. */
static void drain_console(void)
{
	int waiting = 0, before = INT_MAX;

	while (!ioctl(STDOUT_FILENO, TIOCOUTQ, &waiting) && waiting > 0 && waiting < before) {
		before = waiting;
		sleep_ms(100);
	}
}

void system_power_off(void)
{
	drain_console();
	sync();
	reboot(RB_POWER_OFF);
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}
