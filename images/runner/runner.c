// SPDX-License-Identifier: GPL-3.0-or-later
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "delivery.h"
#include "file.h"
#include "host.h"
#include "job.h"
#include "pass.h"
#include "profile.h"

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

struct run {
	struct channel *channel;
	const struct pass *pass;
	long long samples;
	bool unavailable; /* the case does not exist in this kernel */
	bool profiled;
};

static struct object frame;

static void begin_frame(const struct run *run, const char *type)
{
	object_begin(&frame, type);
	object_text(&frame, "workload", run->pass->workload->name);
	object_text(&frame, "case", run->pass->case_name);
}

static void pass_fields(const struct run *run)
{
	object_number(&frame, "pass", run->pass->number);
	object_flag(&frame, "warmup", run->pass->number == 0);
}

static void send(const struct run *run)
{
	object_end(&frame);
	channel_send(run->channel, &frame);
}

static void send_reason(const struct run *run, const char *type, const char *reason)
{
	begin_frame(run, type);
	object_text(&frame, "reason", reason);
	send(run);
}

static void send_fact(const struct run *run, char *fact)
{
	char *text = fact + strcspn(fact, " \t");

	if (*text)
		*text++ = '\0';
	begin_frame(run, "fact");
	pass_fields(run);
	object_text(&frame, "name", fact);
	object_text(&frame, "text", text + strspn(text, " \t"));
	send(run);
}

/* "<metric> <number>", "unavailable <reason>", "fact <name> <text>" or "log <text>". */
static bool take_line(void *context, char *line)
{
	struct run *run = context;
	char *rest = line + strcspn(line, " \t");

	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	if (!strcmp(line, "unavailable")) {
		if (!run->unavailable)
			send_reason(run, "unavailable", rest);
		run->unavailable = true;
		return true;
	}
	if (!strcmp(line, "log")) {
		object_begin(&frame, "log");
		object_text(&frame, "text", rest);
		send(run);
		return true;
	}
	if (!strcmp(line, "fact") && *rest) {
		send_fact(run, rest);
		return true;
	}
	if (!*line || !is_number(rest)) {
		if (*rest)
			rest[-1] = ' ';
		return false;
	}
	begin_frame(run, "sample");
	pass_fields(run);
	object_text(&frame, "metric", line);
	object_token(&frame, "value", rest);
	send(run);
	run->samples++;
	return true;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void shuffle(const char **names, int count, uint64_t *state)
{
	for (int i = count; i > 1; i--) {
		const uint64_t bound = (uint64_t)i;
		const uint64_t limit = UINT64_MAX - (UINT64_MAX % bound + 1) % bound;
		uint64_t drawn = next_random(state);
		const char *kept = names[i - 1];

		while (drawn > limit)
			drawn = next_random(state);
		names[i - 1] = names[drawn % bound];
		names[drawn % bound] = kept;
	}
}

/* Warm-ups are not sampled: what a profile shows is what the numbers come from. */
static bool run_pass(struct run *run, struct pass *pass, char *reason, int reason_size)
{
	const bool sampled = run->profiled && pass->number > 0;
	bool ok;

	if (sampled)
		profile_start();
	ok = pass_run(pass, reason, reason_size);
	if (sampled)
		profile_stop();
	return ok;
}

static bool run_case(struct run *run, struct pass *pass)
{
	char reason[1024];

	run->unavailable = false;
	if (run->profiled)
		profile_clear();
	for (pass->number = 0; pass->number <= pass->workload->passes && !run->unavailable; pass->number++) {
		begin_frame(run, "begin");
		pass_fields(run);
		send(run);
		/* What the last pass gave, and what comes next: a lab that hears no more knows where it was. */
		channel_flush(run->channel, FLUSH_BRIEF);
		if (run->channel->refused)
			return false;
		if (run_pass(run, pass, reason, sizeof(reason)))
			continue;
		fprintf(stderr, "klab: workload \"%s\" failed: %s\n", pass->workload->name, reason);
		send_reason(run, "error", reason);
		return false;
	}
	if (run->profiled && !run->unavailable)
		profile_send(run->channel, pass->workload->name, pass->case_name);
	return true;
}

static bool run_workload(struct run *run, struct workload *workload, const char *folder, struct job *job,
			 uint64_t *random)
{
	char path[256];
	struct pass pass = {
		.workload = workload, .folder = path, .seed = job->seed, .line = take_line, .context = run};

	snprintf(path, sizeof(path), "%s/%s", folder, workload->name);
	run->pass = &pass;
	shuffle(workload->cases, workload->case_count, random);
	for (int i = 0; i < workload->case_count; i++) {
		pass.case_name = workload->cases[i];
		if (!run_case(run, &pass))
			return false;
	}
	return true;
}

static void fact_from_file(const char *name, const char *path)
{
	char text[2048];

	file_line(path, text, sizeof(text));
	object_text(&frame, name, text);
}

static void say_hello(struct channel *channel, const struct job *job)
{
	struct utsname kernel;

	uname(&kernel);
	object_begin(&frame, "hello");
	object_number(&frame, "protocol", 1);
	object_text(&frame, "job", job->nonce);
	object_text(&frame, "release", kernel.release);
	object_text(&frame, "version", kernel.version);
	object_text(&frame, "machine", kernel.machine);
	object_number(&frame, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	fact_from_file("command_line", "/proc/cmdline");
	fact_from_file("clocksource", CLOCKSOURCE);
	host_facts(&frame, "");
	object_end(&frame);
	channel_send(channel, &frame);
	channel_flush(channel, FLUSH_PATIENT);
}

static void open_profile(struct run *run, unsigned hz)
{
	char reason[512];

	run->profiled = profile_open(hz, reason, sizeof(reason));
	if (run->profiled)
		return;
	object_begin(&frame, "no-profile");
	object_text(&frame, "reason", reason);
	send(run);
}

int runner_run(const struct runner_setting *setting)
{
	static struct job job;
	static struct channel channel;
	char path[256];
	struct run run = {.channel = &channel};
	uint64_t random;
	bool ok = true;

	snprintf(path, sizeof(path), "%s/job.conf", setting->folder);
	if (!job_read(&job, path))
		return 1;
	if (!delivery_open(&channel, &job, setting->output, setting->haste))
		return 1;
	say_hello(&channel, &job);
	if (job.profile_hz)
		open_profile(&run, job.profile_hz);
	random = job.seed;
	for (int i = 0; i < job.workload_count && ok && !channel.refused; i++)
		ok = run_workload(&run, &job.workloads[i], setting->folder, &job, &random);
	object_begin(&frame, "end");
	object_number(&frame, "samples", run.samples);
	object_text(&frame, "status", ok ? "ok" : "failed");
	/* The kernel may have changed it since hello: tsc-early becomes tsc after a second. */
	fact_from_file("clocksource", CLOCKSOURCE);
	host_throttled(&frame, "");
	object_end(&frame);
	channel_send(&channel, &frame);
	channel_flush(&channel, FLUSH_PATIENT);
	return ok && !channel.broken ? 0 : 1;
}
