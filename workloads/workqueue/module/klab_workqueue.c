// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does it cost to queue work on an unbound workqueue while other CPUs do the same?
 *
 * One producer per CPU queues wq_items items one at a time, and waits for each to be executed
 * before the next. The time inside queue_work() is kept for every item. Writing to the parameter
 * "measure" runs one pass; reading "result" gives its numbers as lines "<metric> <value>":
 *
 *   throughput  items/s, all items over the time from the common start to the last producer's end
 *   p50 .. p99  ns inside queue_work(), nearest rank over the items of all producers
 *
 * The affinity scope is set from outside, through the workqueue's own directory in sysfs, which
 * also tells which scope is in force.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

static unsigned int wq_items = 5000;
module_param(wq_items, uint, 0644);
MODULE_PARM_DESC(wq_items, "items that each producer queues in a pass");

static unsigned int threads;
module_param(threads, uint, 0644);
MODULE_PARM_DESC(threads, "producers; 0: one for each CPU online");

struct pass;

struct producer {
	struct pass *pass;
	struct task_struct *task;
	struct work_struct work;
	struct completion executed;
	u64 *latencies;		/* part of pass->latencies, one per item */
	u64 end;
} ____cacheline_aligned_in_smp;

struct pass {
	unsigned int producers;
	unsigned int items;
	struct producer *producer;
	u64 *latencies;		/* producers * items */
	u64 begin;
	atomic_t unready;
	atomic_t running;
	struct completion ready;
	struct completion start;
	struct completion ended;
};

static struct workqueue_struct *queue;
static DEFINE_MUTEX(result_lock);
static char result[256];

static void execute(struct work_struct *work)
{
	struct producer *p = container_of(work, struct producer, work);

	complete(&p->executed);
}

static int produce(void *data)
{
	struct producer *p = data;
	struct pass *pass = p->pass;
	unsigned int i;

	if (atomic_dec_and_test(&pass->unready))
		complete(&pass->ready);
	wait_for_completion(&pass->start);

	for (i = 0; i < pass->items; i++) {
		u64 before, after;

		reinit_completion(&p->executed);
		before = ktime_get_ns();
		queue_work(queue, &p->work);
		after = ktime_get_ns();
		p->latencies[i] = after - before;
		wait_for_completion(&p->executed);
	}
	p->end = ktime_get_ns();

	if (atomic_dec_and_test(&pass->running))
		complete(&pass->ended);
	/* The task stays until kthread_stop(), so that the pointer to it stays valid. */
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 percentile(const u64 *sorted, u64 count, unsigned int percent)
{
	return sorted[div_u64(count * percent + 99, 100) - 1];
}

static void evaluate(struct pass *pass)
{
	const u64 count = (u64)pass->producers * pass->items;
	u64 last = pass->begin, wall;
	unsigned int i;

	for (i = 0; i < pass->producers; i++)
		last = max(last, pass->producer[i].end);
	wall = max_t(u64, last - pass->begin, 1);
	/* Each part alone first: between them other tasks can run. */
	for (i = 0; i < pass->producers; i++) {
		sort(pass->producer[i].latencies, pass->items, sizeof(u64), compare, NULL);
		cond_resched();
	}
	sort(pass->latencies, count, sizeof(u64), compare, NULL);

	mutex_lock(&result_lock);
	scnprintf(result, sizeof(result), "throughput %llu\np50 %llu\np90 %llu\np95 %llu\np99 %llu\n",
		  mul_u64_u64_div_u64(count, NSEC_PER_SEC, wall), percentile(pass->latencies, count, 50),
		  percentile(pass->latencies, count, 90), percentile(pass->latencies, count, 95),
		  percentile(pass->latencies, count, 99));
	mutex_unlock(&result_lock);
}

static void stop_producers(struct pass *pass, unsigned int count)
{
	while (count--)
		kthread_stop(pass->producer[count].task);
}

static int start_producers(struct pass *pass)
{
	unsigned int i, cpu = cpumask_first(cpu_online_mask);

	for (i = 0; i < pass->producers; i++) {
		struct producer *p = &pass->producer[i];

		p->pass = pass;
		p->latencies = pass->latencies + (size_t)i * pass->items;
		INIT_WORK(&p->work, execute);
		init_completion(&p->executed);
		p->task = kthread_create(produce, p, "klab_wq/%u", i);
		if (IS_ERR(p->task)) {
			/* None of the others has been woken: they end without having run. */
			stop_producers(pass, i);
			return PTR_ERR(p->task);
		}
		kthread_bind(p->task, cpu);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	for (i = 0; i < pass->producers; i++)
		wake_up_process(pass->producer[i].task);
	return 0;
}

static int run_pass(struct pass *pass)
{
	int error = start_producers(pass);

	if (error)
		return error;
	wait_for_completion(&pass->ready);
	pass->begin = ktime_get_ns();
	complete_all(&pass->start);
	wait_for_completion(&pass->ended);
	stop_producers(pass, pass->producers);
	/* A worker may still be on its way out of the last execute(). */
	flush_workqueue(queue);
	evaluate(pass);
	return 0;
}

static int measure(const char *value, const struct kernel_param *parameter)
{
	struct pass pass = {
		.producers = threads ?: num_online_cpus(),
		.items = wq_items,
	};
	size_t bytes;
	int error = -ENOMEM;

	/* While the module's own parameters are being parsed there is no workqueue yet. */
	if (!queue || !pass.items || pass.producers > 4 * nr_cpu_ids)
		return -EINVAL;
	if (check_mul_overflow((size_t)pass.producers * sizeof(u64), (size_t)pass.items, &bytes))
		return -EOVERFLOW;
	mutex_lock(&result_lock);
	result[0] = '\0';
	mutex_unlock(&result_lock);
	atomic_set(&pass.unready, pass.producers);
	atomic_set(&pass.running, pass.producers);
	init_completion(&pass.ready);
	init_completion(&pass.start);
	init_completion(&pass.ended);
	/* Zeroed, so every page is there before the clock runs. */
	pass.latencies = vzalloc(bytes);
	pass.producer = kcalloc(pass.producers, sizeof(*pass.producer), GFP_KERNEL);
	if (pass.latencies && pass.producer)
		error = run_pass(&pass);
	kfree(pass.producer);
	vfree(pass.latencies);
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
MODULE_PARM_DESC(result, "numbers of the last pass; empty when it failed");

static int __init klab_workqueue_init(void)
{
	queue = alloc_workqueue("klab_workqueue", WQ_UNBOUND | WQ_SYSFS, 0);
	return queue ? 0 : -ENOMEM;
}

static void __exit klab_workqueue_exit(void)
{
	destroy_workqueue(queue);
}

module_init(klab_workqueue_init);
module_exit(klab_workqueue_exit);
MODULE_DESCRIPTION("Cost of queue_work() on an unbound workqueue under contention");
MODULE_LICENSE("GPL");
