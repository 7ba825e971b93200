/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting, in milliseconds of the monotonic clock. */
#ifndef KLAB_CLOCK_H
#define KLAB_CLOCK_H

long long now_ms(void);
void sleep_ms(long long milliseconds);

#endif
