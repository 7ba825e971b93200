// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a kmalloc() cost, and what a kfree()?
 *
 * One stretch allocates `iterations` objects of `size` bytes and keeps every pointer, so that no
 * object that was freed is handed out again; a second one frees them all, on the same CPU. Writing
 * to the parameter "measure" runs both; reading "result" gives the lines that a pass prints, or,
 * when it was refused or failed, the line "refused <why>".
 *
 * Preemption is off in both stretches and interrupts are on. On PREEMPT_RT the allocator takes
 * locks that sleep: there the task keeps its CPU by migrate_disable() and SCHED_FIFO.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#ifdef CONFIG_X86
#include <asm/tsc.h>
#elif defined(CONFIG_ARM64)
#include <asm/arch_timer.h>
#endif

static unsigned int size = 64;
module_param(size, uint, 0644);
MODULE_PARM_DESC(size, "bytes of each object");

static unsigned int iterations = 9000000;
module_param(iterations, uint, 0644);
MODULE_PARM_DESC(iterations, "objects allocated, and then freed, in a pass");

struct stretch {
	cycles_t cycles;
	u64 ns;
};

static DEFINE_MUTEX(result_lock);
static char result[512];

#define refuse(format, ...) scnprintf(result, sizeof(result), "refused " format "\n", ##__VA_ARGS__)

#ifdef CONFIG_PREEMPT_RT
#define METHOD "migrate_disable() at SCHED_FIFO priority, interrupts on (PREEMPT_RT: preemption off is illegal here)"
static void keep_cpu(void) { }
static void release_cpu(void) { }
#else
#define METHOD "preemption off, interrupts on"
static void keep_cpu(void) { preempt_disable(); }
static void release_cpu(void) { preempt_enable(); }
#endif

/* Not inlined, so that both loops are compiled alike whatever stands around them. */
static noinline struct stretch allocate(void **objects, unsigned int count, size_t bytes)
{
	struct stretch s;
	unsigned int i;

	keep_cpu();
	s.ns = ktime_get_ns();
	s.cycles = get_cycles();
	for (i = 0; i < count; i++)
		objects[i] = kmalloc(bytes, GFP_ATOMIC);
	s.cycles = get_cycles() - s.cycles;
	s.ns = ktime_get_ns() - s.ns;
	release_cpu();
	return s;
}

static noinline struct stretch release(void **objects, unsigned int count)
{
	struct stretch s;
	unsigned int i;

	keep_cpu();
	s.ns = ktime_get_ns();
	s.cycles = get_cycles();
	for (i = 0; i < count; i++)
		kfree(objects[i]);
	s.cycles = get_cycles() - s.cycles;
	s.ns = ktime_get_ns() - s.ns;
	release_cpu();
	return s;
}

static unsigned int count_missing(void **objects, unsigned int count)
{
	unsigned int i, missing = 0;

	for (i = 0; i < count; i++)
		missing += !objects[i];
	return missing;
}

/*
 * GFP_ATOMIC reclaims nothing, so what can be made free does not count, and the rest of the system
 * keeps a sixteenth.
 */
static int check_memory(unsigned int count, size_t bytes)
{
	const size_t each = kmalloc_size_roundup(bytes) + sizeof(void *);
	struct sysinfo info;
	u64 need, left;

	if (check_mul_overflow((u64)count, (u64)each, &need))
		need = U64_MAX;
	si_meminfo(&info);
	left = min_t(u64, info.freeram, max(si_mem_available(), 0L));
	left -= min_t(u64, left, info.totalram / 16);
	left <<= PAGE_SHIFT;
	if (need <= left)
		return 0;
	refuse("%u objects of %zu bytes need %llu MiB (%zu bytes each with the pointer): %llu MiB can be had",
	       count, bytes, need >> 20, each, left >> 20);
	return -ENOMEM;
}

/* Thousandths: the counter of some machines ticks slower than objects are allocated. */
static int show_average(int at, const char *name, u64 total, unsigned int count)
{
	u32 rest;
	const u64 whole = div_u64_rem(div_u64(total * 1000, count), 1000, &rest);

	return at + scnprintf(result + at, sizeof(result) - at, "%s %llu.%03u\n", name, whole, rest);
}

/* To ten MHz: the calibration of a boot differs in the last digits. */
static int show_clock(int at)
{
#ifdef CONFIG_X86
	return at + scnprintf(result + at, sizeof(result) - at, "fact clock cycles of the TSC, %u MHz\n",
			      DIV_ROUND_CLOSEST(tsc_khz, 10000) * 10);
#elif defined(CONFIG_ARM64)
	return at + scnprintf(result + at, sizeof(result) - at,
			      "fact clock cycles of the generic timer (not of the CPU), %u kHz\n",
			      (unsigned int)arch_timer_get_cntfrq() / 1000);
#else
	return at + scnprintf(result + at, sizeof(result) - at, "fact clock get_cycles(), frequency unknown\n");
#endif
}

static void evaluate(struct stretch allocated, struct stretch freed, unsigned int count, size_t bytes)
{
	int at = 0;

	at = show_average(at, "kmalloc", allocated.cycles, count);
	at = show_average(at, "kfree", freed.cycles, count);
	at = show_average(at, "kmalloc_ns", allocated.ns, count);
	at = show_average(at, "kfree_ns", freed.ns, count);
	at = show_clock(at);
	scnprintf(result + at, sizeof(result) - at, "fact method " METHOD "\nfact objects %u of %zu bytes\n", count,
		  kmalloc_size_roundup(bytes));
}

static int run_pass(unsigned int count, size_t bytes)
{
	const int nice = task_nice(current);
	struct stretch allocated, freed;
	unsigned int missing;
	void **objects;

	/* Zeroed, so every page of it is there before the clock runs. */
	objects = vzalloc(array_size(count, sizeof(void *)));
	if (!objects) {
		refuse("there is no memory for %u pointers", count);
		return -ENOMEM;
	}
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		sched_set_fifo(current);
	/* Objects freed on another CPU than they were allocated on take another path. */
	migrate_disable();
	allocated = allocate(objects, count, bytes);
	missing = count_missing(objects, count);
	freed = release(objects, count);
	migrate_enable();
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		sched_set_normal(current, nice);
	vfree(objects);
	if (missing) {
		refuse("%u of %u allocations of %zu bytes failed", missing, count, bytes);
		return -ENOMEM;
	}
	if (!allocated.cycles || !freed.cycles) {
		refuse("get_cycles() does not count on this machine");
		return -ENODEV;
	}
	evaluate(allocated, freed, count, bytes);
	return 0;
}

static int measure(const char *value, const struct kernel_param *parameter)
{
	const unsigned int count = iterations;
	const size_t bytes = size;
	int error;

	mutex_lock(&result_lock);
	result[0] = '\0';
	if (!count || !bytes || bytes > KMALLOC_MAX_SIZE) {
		refuse("%u objects of %zu bytes: at least one of 1 to %lu bytes", count, bytes, KMALLOC_MAX_SIZE);
		error = -EINVAL;
	} else {
		error = check_memory(count, bytes) ?: run_pass(count, bytes);
	}
	mutex_unlock(&result_lock);
	return error;
}

static const struct kernel_param_ops measure_ops = { .set = measure };
module_param_cb(measure, &measure_ops, NULL, 0200);
MODULE_PARM_DESC(measure, "any value written runs one pass");

static int show_result(char *buffer, const struct kernel_param *parameter)
{
	int length;

	mutex_lock(&result_lock);
	length = scnprintf(buffer, PAGE_SIZE, "%s", result);
	mutex_unlock(&result_lock);
	return length;
}

static const struct kernel_param_ops result_ops = { .get = show_result };
module_param_cb(result, &result_ops, NULL, 0444);
MODULE_PARM_DESC(result, "lines of the last pass, or why there are none");

static int __init klab_kmalloc_init(void)
{
	return 0;
}

static void __exit klab_kmalloc_exit(void)
{
}

module_init(klab_kmalloc_init);
module_exit(klab_kmalloc_exit);
MODULE_DESCRIPTION("Cost of kmalloc() and kfree()");
MODULE_LICENSE("GPL");
