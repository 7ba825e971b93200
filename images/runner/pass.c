// SPDX-License-Identifier: GPL-3.0-or-later
#include "pass.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

struct stream {
	int fd;
	char line[4096];
	size_t length;
	bool cut; /* the line was longer than the buffer */
};

static void set_environment(const struct pass *pass)
{
	char name[128], number[32];

	clearenv();
	setenv("PATH", "/bin", 1);
	setenv("KLAB_WORKLOAD", pass->workload->name, 1);
	setenv("KLAB_CASE", pass->case_name, 1);
	snprintf(number, sizeof(number), "%ld", pass->number);
	setenv("KLAB_PASS", number, 1);
	setenv("KLAB_WARMUP", pass->number ? "0" : "1", 1);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)pass->seed);
	setenv("KLAB_SEED", number, 1);
	for (int i = 0; i < pass->workload->parameter_count; i++) {
		snprintf(name, sizeof(name), "KLAB_PARAM_%s", pass->workload->parameters[i].name);
		setenv(name, pass->workload->parameters[i].value, 1);
	}
}

static void execute(const struct pass *pass, int out, int err)
{
	char program[256];
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(127);
	if (chdir(pass->folder)) {
		fprintf(stderr, "cannot enter \"%s\": %s\n", pass->folder, strerror(errno));
		_exit(127);
	}
	set_environment(pass);
	snprintf(program, sizeof(program), "./%s", pass->workload->run);
	execl(program, program, (char *)NULL);
	fprintf(stderr, "cannot execute \"%s\": %s\n", program, strerror(errno));
	_exit(127);
}

static pid_t start(const struct pass *pass, struct stream *out, struct stream *err)
{
	int out_pipe[2] = {-1, -1}, err_pipe[2] = {-1, -1};
	pid_t child;

	if (pipe2(out_pipe, O_CLOEXEC) || pipe2(err_pipe, O_CLOEXEC))
		return -1;
	child = fork();
	if (child == 0)
		execute(pass, out_pipe[1], err_pipe[1]);
	close(out_pipe[1]);
	close(err_pipe[1]);
	if (child > 0)
		setpgid(child, child);
	*out = (struct stream){.fd = out_pipe[0]};
	*err = (struct stream){.fd = err_pipe[0]};
	return child;
}

/* Reads what is there; calls `take` with each whole line. */
static void drain(struct stream *s, bool (*take)(void *, struct stream *), void *context, bool *understood)
{
	char bytes[4096];
	ssize_t got = read(s->fd, bytes, sizeof(bytes));

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		if (s->length)
			*understood = take(context, s) && *understood;
		close(s->fd);
		s->fd = -1;
		return;
	}
	for (ssize_t i = 0; i < got; i++) {
		if (bytes[i] != '\n' && s->length < sizeof(s->line) - 1) {
			s->line[s->length++] = bytes[i] ? bytes[i] : '?';
		} else if (bytes[i] != '\n') {
			s->cut = true;
		} else {
			s->line[s->length] = '\0';
			*understood = *understood && take(context, s);
			s->length = 0;
			s->cut = false;
		}
	}
}

struct reading {
	const struct pass *pass;
	char bad_line[200];
	char last_error[400];
};

static bool take_output(void *context, struct stream *s)
{
	struct reading *r = context;

	s->line[s->length] = '\0';
	snprintf(r->bad_line, sizeof(r->bad_line), "%.190s", s->line);
	return !s->cut && r->pass->line(r->pass->context, s->line);
}

static bool take_error(void *context, struct stream *s)
{
	struct reading *r = context;

	s->line[s->length] = '\0';
	fprintf(stderr, "%s\n", s->line);
	if (s->length)
		snprintf(r->last_error, sizeof(r->last_error), ": %.390s", s->line);
	return true;
}

/* Waits for the child until `deadline`; its status, or -1. */
static int reap(pid_t child, long long deadline)
{
	int status;

	for (;;) {
		pid_t ended = waitpid(child, &status, WNOHANG);

		if (ended == child)
			return status;
		if (now_ms() >= deadline || (ended < 0 && errno != EINTR))
			return -1;
		sleep_ms(1);
	}
}

bool pass_run(const struct pass *pass, char *reason, int reason_size)
{
	static struct stream out, err;
	struct reading reading = {.pass = pass};
	const long long deadline = now_ms() + pass->workload->timeout * 1000ll;
	bool understood = true, ignored = true, in_time;
	pid_t child = start(pass, &out, &err);
	int status;

	if (child < 0) {
		snprintf(reason, (size_t)reason_size, "cannot start \"%s\": %s", pass->workload->run, strerror(errno));
		return false;
	}
	while ((out.fd >= 0 || err.fd >= 0) && understood && now_ms() < deadline) {
		struct pollfd polled[2] = {{out.fd, POLLIN, 0}, {err.fd, POLLIN, 0}};

		if (poll(polled, 2, (int)(deadline - now_ms()) + 1) < 0 && errno != EINTR)
			break;
		if (polled[0].revents)
			drain(&out, take_output, &reading, &understood);
		if (polled[1].revents)
			drain(&err, take_error, &reading, &ignored);
	}
	in_time = now_ms() < deadline;
	status = understood && in_time ? reap(child, deadline) : -1;
	if (status < 0) {
		in_time = in_time && now_ms() < deadline;
		kill(-child, SIGKILL);
		reap(child, now_ms() + 2000);
	}
	if (out.fd >= 0)
		close(out.fd);
	if (err.fd >= 0)
		close(err.fd);

	if (!understood)
		snprintf(reason, (size_t)reason_size, "a line of its output is not understood: %s", reading.bad_line);
	else if (!in_time || status < 0)
		snprintf(reason, (size_t)reason_size, "no end within %ld s%s", pass->workload->timeout, reading.last_error);
	else if (WIFSIGNALED(status))
		snprintf(reason, (size_t)reason_size, "killed by signal %d%s", WTERMSIG(status), reading.last_error);
	else if (WEXITSTATUS(status))
		snprintf(reason, (size_t)reason_size, "exit status %d%s", WEXITSTATUS(status), reading.last_error);
	else
		return true;
	return false;
}
