// SPDX-License-Identifier: GPL-3.0-or-later
#include "job.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[256 * 1024];

static bool read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 0;

	if (fd < 0) {
		fprintf(stderr, "klab: cannot read \"%s\": %s\n", path, strerror(errno));
		return false;
	}
	while (length < sizeof(text) - 1 && (got = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	close(fd);
	if (got != 0 || strlen(text) != length) {
		fprintf(stderr, "klab: cannot read \"%s\": too long, or not text\n", path);
		return false;
	}
	return true;
}

static bool to_number(const char *digits, long long least, long long most, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(digits, &end, 10);
	return !errno && end != digits && !*end && *value >= least && *value <= most;
}

static bool add_parameter(struct workload *w, char *rest)
{
	char *value = strchr(rest, ' ');

	if (!value || value == rest || w->parameter_count == MAX_PARAMETERS)
		return false;
	*value++ = '\0';
	w->parameters[w->parameter_count++] = (struct parameter){rest, value};
	return true;
}

/* "http ADDRESS PORT PATH" or "console", once. */
static bool results_statement(struct job *job, char *rest)
{
	char *words[4], *at = rest;
	struct in_addr address;
	long long port;

	if (job->results != WAY_DIRECT)
		return false;
	if (!strcmp(rest, "console")) {
		job->results = WAY_CONSOLE;
		return true;
	}
	for (int i = 0; i < 4; i++)
		if (!(words[i] = strsep(&at, " ")))
			return false;
	if (at || strcmp(words[0], "http") || inet_pton(AF_INET, words[1], &address) != 1 ||
	    !to_number(words[2], 1, 65535, &port) || words[3][0] != '/' || strlen(words[3]) > 500 ||
	    strspn(words[3], "/-_.~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(words[3]))
		return false;
	job->results = WAY_HTTP;
	job->server = (struct http_server){words[1], (int)port, words[3]};
	return true;
}

static bool workload_statement(struct workload *w, const char *keyword, char *rest)
{
	long long number;

	if (!strcmp(keyword, "passes") && to_number(rest, 1, 1000, &number))
		w->passes = (long)number;
	else if (!strcmp(keyword, "timeout") && to_number(rest, 1, 86400, &number))
		w->timeout = (long)number;
	else if (!strcmp(keyword, "run") && *rest)
		w->run = rest;
	else if (!strcmp(keyword, "case") && w->case_count < MAX_CASES)
		w->cases[w->case_count++] = rest;
	else if (!strcmp(keyword, "parameter"))
		return add_parameter(w, rest);
	else
		return false;
	return true;
}

static bool statement(struct job *job, const char *keyword, char *rest)
{
	long long number;

	if (!strcmp(keyword, "nonce") && *rest)
		job->nonce = rest;
	else if (!strcmp(keyword, "seed") && to_number(rest, 0, INT64_MAX, &number))
		job->seed = (uint64_t)number;
	else if (!strcmp(keyword, "results") && !job->workload_count)
		return results_statement(job, rest);
	else if (!strcmp(keyword, "profile") && !job->workload_count && to_number(rest, 1, 20000, &number))
		job->profile_hz = (unsigned)number;
	else if (!strcmp(keyword, "workload") && *rest && job->workload_count < MAX_WORKLOADS)
		job->workloads[job->workload_count++] = (struct workload){.name = rest};
	else if (job->workload_count)
		return workload_statement(&job->workloads[job->workload_count - 1], keyword, rest);
	else
		return false;
	return true;
}

static bool complete(const struct job *job)
{
	if (!job->nonce || !job->workload_count)
		return false;
	for (int i = 0; i < job->workload_count; i++) {
		const struct workload *w = &job->workloads[i];

		if (!w->run || !w->passes || !w->timeout || !w->case_count)
			return false;
	}
	return true;
}

bool job_read(struct job *job, const char *path)
{
	int number = 0;

	memset(job, 0, sizeof(*job));
	if (!read_text(path))
		return false;
	for (char *line = text, *next; *line; line = next) {
		char *rest;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		rest = line + strcspn(line, " ");
		if (*rest)
			*rest++ = '\0';
		number++;
		if (number == 1 ? !strcmp(line, "job") && !strcmp(rest, "1") : statement(job, line, rest))
			continue;
		if (number > 1 && !strcmp(line, "end") && !*rest && !*next && complete(job))
			return true;
		fprintf(stderr, "klab: cannot read \"%s\": line %d, \"%s\": not understood, or not allowed here\n", path,
			number, line);
		return false;
	}
	fprintf(stderr, "klab: cannot read \"%s\": it ends without \"end\"\n", path);
	return false;
}
