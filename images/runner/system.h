/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What process 1 owes the guest: file systems, a console, an end. */
#ifndef KLAB_SYSTEM_H
#define KLAB_SYSTEM_H

/* /proc, /sys and /dev; standard streams on the console; the kernel's messages all shown. */
void system_prepare(void);
void system_power_off(void) __attribute__((noreturn));

#endif
