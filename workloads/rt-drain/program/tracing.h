/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace instance of our own that records one CPU. Everything that reaches into that CPU (patching the
 * events in, sizing the buffer) happens in trace_begin() and trace_end(): call them while nothing is
 * measured. In between nothing is read.
 */
#ifndef KLAB_TRACING_H
#define KLAB_TRACING_H

void trace_begin(int cpu);
/* Stops recording, and gives the buffer's text; fails when events were lost. The caller frees it. */
char *trace_end(int cpu);

#endif
