/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines that a pass prints. */
#ifndef KLAB_REPORT_H
#define KLAB_REPORT_H

#include "counter.h"
#include "rounds.h"
#include "switches.h"

/* The middle one, or the mean of the two; sorts. */
double median(uint64_t *values, unsigned int count);
/*
 * Switches for each drain that was due. What a control of another length saw is scaled to the stretch's own,
 * and a remainder below zero is chance: 0.
 */
double per_drain(double seen, double control_seen, double length_ratio, unsigned int drains);

/* The case of no flushes has no control: it is one. */
void report_control(const struct stretch *stretch, const struct switches *switches, struct counter counter);
void report_flushes(struct stretch *stretch, const struct switches *switches, const struct stretch *control,
		    const struct switches *control_switches, struct counter counter);

#endif
