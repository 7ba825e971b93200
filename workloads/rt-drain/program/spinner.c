// SPDX-License-Identifier: GPL-2.0-only
#include "spinner.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "counter.h"
#include "system.h"

enum order { ORDER_COUNT, ORDER_WRITE, ORDER_STOP };

struct spinner {
	pthread_t thread;
	int cpu, file;
	_Atomic int task;
	/* One order at a time: `given` moves first, `done` follows. Both are read far more often than written. */
	enum order order;
	struct gaps *gaps;
	_Alignas(64) _Atomic unsigned int given;
	_Alignas(64) _Atomic unsigned int done;
	unsigned long pages;
	int error;
};

static char page[64 * 1024];

static bool obey(struct spinner *s, struct gaps **gaps)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);

	switch (s->order) {
	case ORDER_COUNT:
		*gaps = s->gaps;
		return true;
	case ORDER_WRITE:
		if (pwrite(s->file, page, size, (off_t)(s->pages * size)) == (ssize_t)size)
			s->pages++;
		else
			s->error = errno ? errno : EIO;
		return true;
	case ORDER_STOP:
		break;
	}
	return false;
}

static void *spin(void *argument)
{
	static struct gaps unwanted;
	struct spinner *s = argument;
	const struct sched_param priority = {.sched_priority = 1};
	struct gaps *gaps = &unwanted;
	unsigned int done = 0;
	uint64_t last, now;

	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		s->error = errno;
	atomic_store(&s->task, gettid());
	last = read_counter();
	for (;;) {
		now = read_counter();
		add_gap(gaps, now - last);
		last = now;
		if (atomic_load_explicit(&s->given, memory_order_acquire) == done)
			continue;
		if (!obey(s, &gaps))
			return NULL;
		if (!gaps)
			gaps = &unwanted;
		atomic_store_explicit(&s->done, ++done, memory_order_release);
		last = read_counter();
	}
}

static void give(struct spinner *s, enum order order)
{
	const uint64_t deadline = now_ns() + 10000000000u;

	s->order = order;
	atomic_store_explicit(&s->given, s->given + 1, memory_order_release);
	if (order == ORDER_STOP)
		return;
	while (atomic_load_explicit(&s->done, memory_order_acquire) != s->given) {
		if (now_ns() > deadline)
			fail("the loop on CPU %d does not answer within 10 s", s->cpu);
		usleep(100);
	}
}

struct spinner *start_spinner(int cpu)
{
	static struct spinner s;
	const uint64_t deadline = now_ns() + 10000000000u;
	pthread_attr_t attributes;
	cpu_set_t set;
	int error;

	s.cpu = cpu;
	s.file = memfd_create("klab_rt_drain_pages", MFD_CLOEXEC);
	if (s.file < 0)
		fail("cannot have a file in memory: %s", strerror(errno));
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	error = pthread_create(&s.thread, &attributes, spin, &s);
	pthread_attr_destroy(&attributes);
	if (error)
		fail("cannot start a thread on CPU %d: %s", cpu, strerror(error));
	while (!atomic_load(&s.task)) {
		if (now_ns() > deadline)
			fail("the loop on CPU %d does not start within 10 s", cpu);
		usleep(1000);
	}
	if (s.error)
		fail("cannot run at SCHED_FIFO priority: %s", strerror(s.error));
	return &s;
}

int spinner_task(const struct spinner *s)
{
	return s->task;
}

int spinner_file(const struct spinner *s)
{
	return s->file;
}

void count_gaps(struct spinner *s, struct gaps *gaps)
{
	s->gaps = gaps;
	give(s, ORDER_COUNT);
}

unsigned long write_page(struct spinner *s)
{
	give(s, ORDER_WRITE);
	if (s->error)
		fail("the loop cannot write a page: %s", strerror(s->error));
	return s->pages - 1;
}

void stop_spinner(struct spinner *s)
{
	give(s, ORDER_STOP);
	pthread_join(s->thread, NULL);
}
