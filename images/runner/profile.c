// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sampler.h"
#include "symbols.h"
#include "tally.h"

#define KALLSYMS "/proc/kallsyms"
#define MODULES "/proc/modules"

static struct {
	unsigned hz;
	pid_t runner;
	struct sampler sampler;
	struct symbols symbols;
	struct tally tally;
	unsigned long long samples, user, idle, own, nameless, lost_before;
	pthread_t reader;
	bool reading; /* there is a reader to be waited for */
	atomic_bool passing;
} p;

static void take(void *context, const struct sample *sample)
{
	struct symbol *symbol = NULL;

	(void)context;
	p.samples++;
	if (sample->process == p.runner) {
		p.own++;
		return;
	}
	if (!sample->in_kernel) {
		p.user++;
		return;
	}
	symbol = symbols_find(&p.symbols, sample->address);
	if (!symbol)
		p.nameless++;
	else if (symbol->idle && !sample->process) /* an interrupt of an idle CPU is work */
		p.idle++;
	else
		symbol->samples++;
}

/* The table's samples go where names last longer. */
static void fold(void)
{
	for (size_t i = 0; i < p.symbols.count; i++) {
		tally_add(&p.tally, p.symbols.list[i].name, p.symbols.list[i].module, p.symbols.list[i].samples);
		p.symbols.list[i].samples = 0;
	}
}

static void collect(void)
{
	char reason[256];

	if (symbols_are_old(&p.symbols, MODULES)) {
		fold();
		symbols_read(&p.symbols, KALLSYMS, MODULES, reason, sizeof(reason));
	}
	sampler_drain(&p.sampler, take, NULL);
}

static void *read_samples(void *unused)
{
	const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

	while (atomic_load(&p.passing)) {
		collect();
		nanosleep(&pause, NULL);
	}
	return unused;
}

bool profile_open(unsigned hz, char *reason, int reason_size)
{
	p.hz = hz;
	p.runner = getpid();
	return symbols_read(&p.symbols, KALLSYMS, MODULES, reason, reason_size) &&
	       sampler_open(&p.sampler, hz, reason, reason_size);
}

void profile_clear(void)
{
	tally_clear(&p.tally);
	p.samples = p.user = p.idle = p.own = p.nameless = 0;
	p.lost_before = sampler_lost(&p.sampler);
}

void profile_start(void)
{
	atomic_store(&p.passing, true);
	/* Without a reader what the rings hold is read at the pass's end, and the rest told as lost. */
	p.reading = !pthread_create(&p.reader, NULL, read_samples, NULL);
	sampler_enable(&p.sampler, true);
}

void profile_stop(void)
{
	sampler_enable(&p.sampler, false);
	atomic_store(&p.passing, false);
	if (p.reading)
		pthread_join(p.reader, NULL);
	collect();
	fold();
}

static struct object frame;

static void begin_frame(const char *type, const char *workload, const char *case_name)
{
	object_begin(&frame, type);
	object_text(&frame, "workload", workload);
	object_text(&frame, "case", case_name);
}

static void count(const char *name, unsigned long long samples)
{
	object_number(&frame, name, (long long)samples);
}

void profile_send(struct channel *channel, const char *workload, const char *case_name)
{
	size_t functions, told;
	unsigned long long other;

	tally_add(&p.tally, "[no symbol]", "", p.nameless);
	functions = tally_sort(&p.tally);
	told = functions < HOTTEST ? functions : HOTTEST;
	other = p.tally.other;
	for (size_t i = told; i < functions; i++)
		other += p.tally.entries[i].samples;

	begin_frame("profile", workload, case_name);
	object_text(&frame, "method", p.sampler.method);
	count("hz", p.hz);
	count("samples", p.samples);
	count("user", p.user);
	count("idle", p.idle);
	count("runner", p.own);
	count("other", other);
	count("lost", sampler_lost(&p.sampler) - p.lost_before);
	count("symbols", told);
	object_end(&frame);
	channel_send(channel, &frame);
	for (size_t i = 0; i < told; i++) {
		begin_frame("symbol", workload, case_name);
		object_text(&frame, "symbol", p.tally.entries[i].name);
		object_text(&frame, "module", p.tally.entries[i].module);
		count("samples", p.tally.entries[i].samples);
		object_end(&frame);
		channel_send(channel, &frame);
	}
}
