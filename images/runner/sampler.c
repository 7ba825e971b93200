// SPDX-License-Identifier: GPL-3.0-or-later
#include "sampler.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RING_PAGES 64 /* of data; eleven seconds at a thousand samples a second */

struct record {
	struct perf_event_header header;
	union {
		struct {
			uint64_t address;
			uint32_t process, thread;
		} sample;
		struct {
			uint64_t id, lost;
		} lost;
	};
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int open_event(uint32_t type, uint64_t config, pid_t process, int cpu, unsigned hz, bool *counts_lost)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = type,
		.config = config,
		.freq = 1,
		.sample_freq = hz,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID,
		.read_format = *counts_lost ? PERF_FORMAT_LOST : 0,
		.disabled = 1,
		/* Nobody is to be woken: who reads comes by. */
		.watermark = 1,
		.wakeup_watermark = UINT32_MAX,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, process, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0 || errno != EINVAL || !*counts_lost)
		return fd;
	*counts_lost = false;
	attr.read_format = 0;
	return (int)syscall(SYS_perf_event_open, &attr, process, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static void *map_ring(int fd)
{
	void *ring = mmap(NULL, (1 + RING_PAGES) * page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return ring == MAP_FAILED ? NULL : ring;
}

static void close_cpu(struct sampler_cpu *cpu)
{
	if (cpu->ring)
		munmap(cpu->ring, (1 + RING_PAGES) * page_size());
	close(cpu->fd);
}

/* Guests are told of counters that open and never count, or count and never interrupt. */
static bool cycles_work(unsigned hz, bool counts_lost)
{
	struct sampler_cpu self = {.fd = open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, -1, hz, &counts_lost)};
	struct timespec from, now;
	bool works;

	if (self.fd < 0)
		return false;
	self.ring = map_ring(self.fd);
	ioctl(self.fd, PERF_EVENT_IOC_ENABLE, 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000ll + now.tv_nsec - from.tv_nsec < 100000000ll);
	works = self.ring && ((volatile struct perf_event_mmap_page *)self.ring)->data_head > 0;
	close_cpu(&self);
	return works;
}

static bool open_cpus(struct sampler *s, uint32_t type, uint64_t config, unsigned hz)
{
	const long configured = sysconf(_SC_NPROCESSORS_CONF);

	for (int number = 0; number < configured && s->cpu_count < MAX_CPUS; number++) {
		struct sampler_cpu *cpu = &s->cpus[s->cpu_count];

		*cpu = (struct sampler_cpu){.fd = open_event(type, config, -1, number, hz, &s->counts_lost)};
		if (cpu->fd < 0 && (errno == ENODEV || errno == ENXIO)) /* not online */
			continue;
		if (cpu->fd < 0)
			return false;
		s->cpu_count++;
		cpu->ring = map_ring(cpu->fd);
		if (!cpu->ring)
			return false;
	}
	return s->cpu_count > 0;
}

bool sampler_open(struct sampler *s, unsigned hz, char *reason, int reason_size)
{
	const bool cycles = cycles_work(hz, true);
	int error;

	*s = (struct sampler){.method = cycles ? "cycles" : "cpu-clock", .counts_lost = true};
	if (cycles ? open_cpus(s, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, hz)
		   : open_cpus(s, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, hz))
		return true;
	error = errno;
	for (int i = 0; i < s->cpu_count; i++)
		close_cpu(&s->cpus[i]);
	s->cpu_count = 0;
	if (error == ENOSYS)
		snprintf(reason, (size_t)reason_size, "this kernel lacks CONFIG_PERF_EVENTS; the kconfig perf-events has it");
	else
		snprintf(reason, (size_t)reason_size, "cannot sample its CPUs by %s: %s", s->method, strerror(error));
	return false;
}

void sampler_enable(struct sampler *s, bool enabled)
{
	for (int i = 0; i < s->cpu_count; i++)
		ioctl(s->cpus[i].fd, enabled ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0);
}

/* A record may go over the ring's end. */
static void copy_out(const char *data, size_t size, uint64_t at, void *out, size_t length)
{
	const size_t from = at % size, first = length < size - from ? length : size - from;

	memcpy(out, data + from, first);
	memcpy((char *)out + first, data, length - first);
}

static void drain_cpu(struct sampler *s, struct sampler_cpu *cpu, void (*take)(void *, const struct sample *),
		      void *context)
{
	struct perf_event_mmap_page *page = cpu->ring;
	const char *data = (const char *)cpu->ring + page_size();
	const size_t size = RING_PAGES * page_size();
	const uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = page->data_tail;

	while (tail < head) {
		struct record record = {0};

		copy_out(data, size, tail, &record.header, sizeof(record.header));
		if (record.header.size < sizeof(record.header))
			break;
		copy_out(data, size, tail, &record,
			 record.header.size < sizeof(record) ? record.header.size : sizeof(record));
		tail += record.header.size;
		if (record.header.type == PERF_RECORD_LOST && !s->counts_lost)
			cpu->lost += record.lost.lost;
		if (record.header.type != PERF_RECORD_SAMPLE)
			continue;
		take(context, &(struct sample){
				      .address = record.sample.address,
				      .process = (pid_t)record.sample.process,
				      .in_kernel = (record.header.misc & PERF_RECORD_MISC_CPUMODE_MASK) ==
						   PERF_RECORD_MISC_KERNEL,
			      });
	}
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

void sampler_drain(struct sampler *s, void (*take)(void *context, const struct sample *sample), void *context)
{
	for (int i = 0; i < s->cpu_count; i++)
		drain_cpu(s, &s->cpus[i], take, context);
}

unsigned long long sampler_lost(struct sampler *s)
{
	unsigned long long lost = 0;

	for (int i = 0; i < s->cpu_count; i++) {
		uint64_t counted[2]; /* value, lost */

		if (s->counts_lost && read(s->cpus[i].fd, counted, sizeof(counted)) == sizeof(counted))
			s->cpus[i].lost = counted[1];
		lost += s->cpus[i].lost;
	}
	return lost;
}
