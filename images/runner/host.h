/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What machine this is, as far as numbers depend on it. What cannot be known is "n/a". */
#ifndef KLAB_HOST_H
#define KLAB_HOST_H

#include "text.h"

/*
 * The fields hypervisor, dmi, cpu, microcode, turbo, smt, cstates, governor, mitigations and throttled. `root` stands
 * before /proc and /sys.
 */
void host_facts(struct object *frame, const char *root);
/* The field throttled alone: how often CPUs were slowed down for heat since power-on, over all of them. */
void host_throttled(struct object *frame, const char *root);

#endif
