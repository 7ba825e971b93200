// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is an idle worker culled although it has been kicked?
 *
 * Two unbound workqueues with the same attributes share one worker pool. The items of the first,
 * klab_wq_cull_hold, keep workers busy until they are released; the one item of the second,
 * klab_wq_cull, is queued while they are busy, so that an idle worker is kicked for it. A round:
 *
 *   1. holders are queued, and each has a worker of its own; the pool keeps one idle worker more
 *   2. age_ms pass
 *   3. the item is queued: the idle worker is kicked
 *   4. hold_ms pass, and the holders are released: their workers take the item, if it is still
 *      there, and go idle
 *   5. the rest of round_ms since the kick passes: whoever was late has arrived, and the pool has
 *      culled what it wants to
 *
 * Writing to the parameter "measure" runs the rounds of one pass; reading "result" gives, as lines
 * "<metric> <value>", how long the item waited. What happened to the workers is not visible from
 * here: the kernel counts it, see patches/wq-cull-window.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#define MAX_HOLDERS 16
#define PATIENCE (20 * HZ)

static unsigned int rounds = 10;
module_param(rounds, uint, 0644);
MODULE_PARM_DESC(rounds, "rounds of a pass");

static unsigned int holders = 3;
module_param(holders, uint, 0644);
MODULE_PARM_DESC(holders, "workers that are kept busy");

static unsigned int age_ms;
module_param(age_ms, uint, 0644);
MODULE_PARM_DESC(age_ms, "from the holders' start to the kick");

static unsigned int hold_ms;
module_param(hold_ms, uint, 0644);
MODULE_PARM_DESC(hold_ms, "from the kick to the release of the holders");

static unsigned int round_ms = 200;
module_param(round_ms, uint, 0644);
MODULE_PARM_DESC(round_ms, "from the kick to the end of the round, at least");

struct holder {
	struct work_struct work;
	struct completion started;
};

static struct workqueue_struct *hold_queue, *item_queue;
static struct holder holder[MAX_HOLDERS];
static DECLARE_COMPLETION(release);
static struct work_struct item;
static DECLARE_COMPLETION(item_ran);
static u64 item_ran_at;
static DEFINE_MUTEX(result_lock);
static char result[128];

static void hold(struct work_struct *work)
{
	struct holder *h = container_of(work, struct holder, work);

	complete(&h->started);
	wait_for_completion(&release);
}

static void run_item(struct work_struct *work)
{
	item_ran_at = ktime_get_ns();
	complete(&item_ran);
}

static void sleep_until(u64 ns)
{
	u64 now = ktime_get_ns();

	if (now < ns)
		msleep(div_u64(ns - now, NSEC_PER_MSEC) + 1);
}

static int run_round(u64 *waited)
{
	unsigned int i, count = holders;
	u64 kicked;
	int error = 0;

	reinit_completion(&release);
	reinit_completion(&item_ran);
	for (i = 0; i < count; i++) {
		reinit_completion(&holder[i].started);
		queue_work(hold_queue, &holder[i].work);
	}
	for (i = 0; i < count && !error; i++)
		if (!wait_for_completion_timeout(&holder[i].started, PATIENCE))
			error = -ETIMEDOUT;
	if (!error) {
		msleep(age_ms);
		kicked = ktime_get_ns();
		queue_work(item_queue, &item);
		if (hold_ms)
			sleep_until(kicked + (u64)hold_ms * NSEC_PER_MSEC);
	}
	complete_all(&release);
	if (!error && !wait_for_completion_timeout(&item_ran, PATIENCE))
		error = -ETIMEDOUT;
	/* Nothing may be left behind, or the next round would queue what is queued already. */
	if (error) {
		cancel_work_sync(&item);
		for (i = 0; i < count; i++)
			cancel_work_sync(&holder[i].work);
		return error;
	}
	flush_workqueue(hold_queue);
	flush_workqueue(item_queue);
	*waited = item_ran_at - kicked;
	sleep_until(kicked + (u64)round_ms * NSEC_PER_MSEC);
	return 0;
}

/*
 * The timer of idle workers is deferrable: on a CPU that idles it does not fire until something else
 * does. In five minutes something always does; in a round nothing would.
 */
static DEFINE_PER_CPU(struct timer_list, pulse);

static void on_pulse(struct timer_list *timer)
{
	mod_timer(timer, jiffies + 1);
}

static void start_pulse(void)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		struct timer_list *timer = per_cpu_ptr(&pulse, cpu);

		timer_setup(timer, on_pulse, TIMER_PINNED);
		timer->expires = jiffies + 1;
		add_timer_on(timer, cpu);
	}
	cpus_read_unlock();
}

static void stop_pulse(void)
{
	int cpu;

	/* A CPU that was offline when the pulse began has no timer to stop. */
	for_each_possible_cpu(cpu)
		if (per_cpu_ptr(&pulse, cpu)->function)
			timer_shutdown_sync(per_cpu_ptr(&pulse, cpu));
}

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static int measure(const char *value, const struct kernel_param *parameter)
{
	unsigned int i, count = rounds;
	u64 *waited;
	int error = 0;

	/* While the module's own parameters are being parsed there is no workqueue yet. */
	if (!item_queue || !count || count > 100000 || !holders || holders > MAX_HOLDERS)
		return -EINVAL;
	mutex_lock(&result_lock);
	result[0] = '\0';
	mutex_unlock(&result_lock);
	waited = kcalloc(count, sizeof(*waited), GFP_KERNEL);
	if (!waited)
		return -ENOMEM;
	start_pulse();
	for (i = 0; i < count && !error; i++)
		error = run_round(&waited[i]);
	stop_pulse();
	if (!error) {
		sort(waited, count, sizeof(*waited), compare, NULL);
		mutex_lock(&result_lock);
		scnprintf(result, sizeof(result), "wait %llu\nwait_max %llu\n",
			  div_u64(waited[(count - 1) / 2], NSEC_PER_USEC),
			  div_u64(waited[count - 1], NSEC_PER_USEC));
		mutex_unlock(&result_lock);
	}
	kfree(waited);
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
MODULE_PARM_DESC(result, "us that the item waited, median and maximum; empty when the pass failed");

static int __init klab_wq_cull_init(void)
{
	unsigned int i;

	for (i = 0; i < MAX_HOLDERS; i++) {
		INIT_WORK(&holder[i].work, hold);
		init_completion(&holder[i].started);
	}
	INIT_WORK(&item, run_item);
	hold_queue = alloc_workqueue("klab_wq_cull_hold", WQ_UNBOUND | WQ_SYSFS, 0);
	if (!hold_queue)
		return -ENOMEM;
	item_queue = alloc_workqueue("klab_wq_cull", WQ_UNBOUND | WQ_SYSFS, 0);
	if (!item_queue) {
		destroy_workqueue(hold_queue);
		return -ENOMEM;
	}
	return 0;
}

static void __exit klab_wq_cull_exit(void)
{
	destroy_workqueue(item_queue);
	destroy_workqueue(hold_queue);
}

module_init(klab_wq_cull_init);
module_exit(klab_wq_cull_exit);
MODULE_DESCRIPTION("Kicked workers that are culled before they run");
MODULE_LICENSE("GPL");
