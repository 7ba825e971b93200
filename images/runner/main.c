// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * /init of the guest. As process 1 it prepares the system, runs the job in a child, reaps whatever
 * ends, and powers off. As any other process it runs a job into a file: klab-runner FOLDER OUTPUT.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"
#include "system.h"

static int run_in_guest(void)
{
	static struct channel channel;

	puts("klab: runner start");
	if (!channel_open(&channel)) {
		puts("klab: cannot open a channel for results");
		return 1;
	}
	return runner_run("/job", &channel);
}

static void be_init(void)
{
	pid_t runner, ended;
	int status = 0;

	system_prepare();
	puts("klab: init");
	runner = fork();
	if (runner == 0)
		_exit(run_in_guest());
	do
		ended = wait(&status);
	while (ended != runner && (ended > 0 || errno == EINTR));
	if (ended != runner)
		printf("klab: cannot start the runner: %s\n", strerror(errno));
	else if (WIFSIGNALED(status))
		printf("klab: the runner was killed by signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		printf("klab: the runner ended with status %d\n", WEXITSTATUS(status));
	puts("klab: done");
	system_power_off();
}

int main(int argc, char **argv)
{
	static struct channel channel;

	if (getpid() == 1)
		be_init();
	if (argc != 3) {
		fprintf(stderr, "usage: klab-runner FOLDER OUTPUT\n");
		return 64;
	}
	if (!channel_open_file(&channel, argv[2])) {
		fprintf(stderr, "klab: cannot open \"%s\": %s\n", argv[2], strerror(errno));
		return 1;
	}
	return runner_run(argv[1], &channel);
}
