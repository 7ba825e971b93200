// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * /init of the guest. As process 1 it prepares the system, runs the job in a child, reaps whatever
 * ends, and powers off. As any other process it runs a job into a file, klab-runner FOLDER OUTPUT [HASTE], or shows
 * what it would say of a host, klab-runner --host-facts ROOT.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "runner.h"
#include "system.h"

static int run_in_guest(void)
{
	puts("klab: runner start");
	return runner_run(&(struct runner_setting){"/job", NULL, 1});
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

static int show_host_facts(const char *root)
{
	static struct object facts;

	object_begin(&facts, "host");
	host_facts(&facts, root);
	object_end(&facts);
	return printf("%.*s\n", (int)facts.length, facts.bytes) < 0;
}

int main(int argc, char **argv)
{
	int haste;

	if (getpid() == 1)
		be_init();
	if (argc == 3 && !strcmp(argv[1], "--host-facts"))
		return show_host_facts(argv[2]);
	haste = argc == 4 ? atoi(argv[3]) : 1;
	if (argc < 3 || argc > 4 || haste < 1 || haste > 1000) {
		fprintf(stderr, "usage: klab-runner FOLDER OUTPUT [HASTE], with HASTE from 1 to 1000\n"
				"       klab-runner --host-facts ROOT\n");
		return 64;
	}
	return runner_run(&(struct runner_setting){argv[1], argv[2], haste});
}
