/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPU a latency-critical program may have to itself, and with what the kernel shares the others. */
#ifndef KLAB_ISOLATION_H
#define KLAB_ISOLATION_H

#include <stdbool.h>
#include <stddef.h>

/* The kernel's lists of CPUs: "0-2,5". */
bool cpu_in_list(int cpu, const char *list);
/* The value of `name=` on a command line; false when it is not there. Of several, the last. */
bool command_line_value(const char *command_line, const char *name, char *value, size_t size);

/* The first CPU that is isolated, without tick and without RCU callbacks; fails when there is none. */
int isolated_cpu(void);
/* Binds the calling thread to the CPUs that are not isolated. */
void leave_isolated_cpus(void);
/* What lets ordinary tasks run beside a real-time one, as text. */
void describe_fair_server(int cpu, char *text, size_t size);
void describe_rt_runtime(char *text, size_t size);

#endif
