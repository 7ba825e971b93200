/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What this boot has to do, from job.conf. One statement a line, a keyword and the rest of the line:
 *
 *   job 1                    first line: the format's version
 *   nonce TEXT               goes back in the hello frame
 *   seed NUMBER              of the order of cases
 *   results http ADDRESS PORT PATH
 *                            frames go by POST to the lab's HTTP server, at an IPv4 address
 *   results console          frames go out as lines of the console, and the lab answers on its input; without this
 *                            statement they go to the virtio port, or to the console and nobody answers
 *   profile HZ               samples every CPU as often during the kept passes; may be left out
 *   workload NAME            opens a workload; its folder is NAME beside job.conf
 *   passes NUMBER            kept passes of each case, after one warm-up pass
 *   timeout SECONDS          of one pass
 *   run FILE                 program in the folder
 *   case NAME                one for each; a lone "case" for a workload without cases
 *   parameter NAME VALUE     one for each
 *   end                      last line
 */
#ifndef KLAB_JOB_H
#define KLAB_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

#define MAX_WORKLOADS 16
#define MAX_CASES 64
#define MAX_PARAMETERS 64

struct parameter {
	const char *name;
	const char *value;
};

struct workload {
	const char *name;
	const char *run;
	long passes;
	long timeout;
	const char *cases[MAX_CASES];
	int case_count;
	struct parameter parameters[MAX_PARAMETERS];
	int parameter_count;
};

/* Owns nothing: strings point into the text read, which lives as long as the program. */
struct job {
	const char *nonce;
	uint64_t seed;
	unsigned profile_hz; /* 0: no profile */
	enum way results;
	struct http_server server; /* of WAY_HTTP */
	struct workload workloads[MAX_WORKLOADS];
	int workload_count;
};

/* On failure says on stderr which line and why. */
bool job_read(struct job *job, const char *path);

#endif
