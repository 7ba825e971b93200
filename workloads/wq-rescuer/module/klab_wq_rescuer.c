// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the rescuer of a WQ_MEM_RECLAIM workqueue do when no worker can be created?
 *
 * The pressure itself comes from outside: somebody makes the forks of kthreadd fail between
 * "prepare" and "finish". All is done in the per-CPU pool of the last CPU online. One pass is
 *
 *   echo 1 >prepare   everything that takes memory
 *   (pressure on)
 *   echo 1 >begin     checks that no thread can be created, puts all workers of the pool to sleep,
 *                     and has the rescuer work; returns when the pressure is to go
 *   (pressure off)
 *   echo 1 >finish    waits for what is left to do, and evaluates
 *   echo 1 >clean     releases and frees everything; always, also after an error
 *
 * "result" then gives lines "<metric> <value>", or "reason" what went wrong. No step waits for ever.
 *
 * pending = 0: one work item blocks for block_ms in the rescuer, others wait behind it.
 *   others_done       ms from the end of the pressure until all the others have run
 *   others_rescued    others that the rescuer ran
 *   others_by_workers others that ordinary workers ran
 *
 * pending > 0: so many work items of other workqueues are on the pool's worklist and nobody runs
 * them; in between, evenly, are own ones, at most MOST_OWN, all of them run by the rescuer. This
 * is done ROUNDS times; the numbers are those of the median round.
 *   others_done       ms from the moment in which all are queued until the rescuer has run the own ones
 *   scan_cost         the same in ns per own one
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#define MOST_PENDING	10000
#define ACTIVE		512	/* active work items of a per-CPU workqueue, at most, in 6.12 */
#define FOREIGN_QUEUES	DIV_ROUND_UP(MOST_PENDING, ACTIVE)
#define MOST_OWN	500	/* with the first one below ACTIVE, so that none is inactive */
#define ROUNDS		9
#define SLEEPERS	128
#define SPARE		4	/* sleepers left pending, for workers that come back from other work */

#define SLEEPER_LIMIT	(HZ / 5)	/* an idle worker starts far sooner */
#define RESCUE_LIMIT	(10 * HZ)
#define CLEAN_LIMIT	(20 * HZ)

static unsigned int pending;
module_param(pending, uint, 0644);
MODULE_PARM_DESC(pending, "work items of others on the worklist; 0: the blocked case");

static unsigned int others = 100;
module_param(others, uint, 0644);
MODULE_PARM_DESC(others, "work items behind the one that blocks");

static unsigned int block_ms = 2000;
module_param(block_ms, uint, 0644);
MODULE_PARM_DESC(block_ms, "ms for which the first work item blocks");

enum stage { CLEAN, PREPARED, BEGUN };

static enum stage stage;
static int creation_error;	/* what kthreadd answered in the last pass */
module_param(creation_error, int, 0444);
MODULE_PARM_DESC(creation_error, "what the creation of a thread gave under pressure");

static unsigned int asleep;
module_param(asleep, uint, 0444);
MODULE_PARM_DESC(asleep, "workers of the pool that had to be put to sleep");

static int cpu;
static struct workqueue_struct *own_queue, *sleeper_queue, *foreign_queue[FOREIGN_QUEUES];

/* Of a pass. */
static struct work_struct first;	/* the blocker, or the one that queues all the rest */
static struct work_struct *own, *foreign;
static unsigned int owns;
static bool first_rescued;
static u64 last_ns;
static u64 filled_ns, round_ns[ROUNDS];
static unsigned int rounds;
static atomic_t own_left, rescued, by_workers;
static atomic_t unfinished;		/* all work items that have been queued */
static struct completion first_begun, own_done;

static struct sleeper {
	struct work_struct work;
	struct completion asleep;
} sleeper[SLEEPERS];
static struct completion awake;
static bool relieved;		/* the pressure is off: who has not gone to sleep need not */

static DEFINE_MUTEX(text_lock);
static char result[256], reason[256];

static __printf(2, 3) int failed(int error, const char *format, ...)
{
	va_list arguments;

	mutex_lock(&text_lock);
	va_start(arguments, format);
	vscnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	pr_err("klab_wq_rescuer: %s\n", reason);
	mutex_unlock(&text_lock);
	return error;
}

static bool in_rescuer(void)
{
	return str_has_prefix(current->comm, "kworker/R-");
}

static void queue(struct workqueue_struct *queue, struct work_struct *work)
{
	atomic_inc(&unfinished);
	queue_work_on(cpu, queue, work);
}

static void finished(void)
{
	atomic_dec(&unfinished);
}

static void sleep_until_awake(struct work_struct *work)
{
	complete(&container_of(work, struct sleeper, work)->asleep);
	if (!READ_ONCE(relieved))
		wait_for_completion(&awake);
	finished();
}

static void run_foreign(struct work_struct *work)
{
	finished();
}

static void run_own(struct work_struct *work)
{
	atomic_inc(in_rescuer() ? &rescued : &by_workers);
	if (!pending && atomic_dec_and_test(&own_left)) {
		last_ns = ktime_get_ns();
		complete(&own_done);
	}
	finished();
}

static void block(struct work_struct *work)
{
	first_rescued = in_rescuer();
	complete(&first_begun);
	msleep(block_ms);
	finished();
}

/*
 * First and last of every round, in the rescuer, so that between the last one queued and the clock
 * nothing searches the worklist.
 */
static void fill_worklist(struct work_struct *work)
{
	const u64 now = ktime_get_ns();
	unsigned int i, o = 0;

	first_rescued = in_rescuer();
	if (!first_rescued)
		goto end;
	if (filled_ns) {
		round_ns[rounds++] = now - filled_ns;
		if (rounds == ROUNDS) {
			complete(&own_done);
			goto end;
		}
	}
	for (i = 0; i < pending; i++)
		if (cancel_work(&foreign[i]))
			finished();
	for (i = 0; i < pending; i++) {
		queue(foreign_queue[i / ACTIVE], &foreign[i]);
		/* Own one number o stands behind pending * (o + 1) / owns others. */
		while (o < owns && (u64)(i + 1) * owns >= (u64)(o + 1) * pending)
			queue(own_queue, &own[o++]);
	}
	queue(own_queue, work);
	filled_ns = ktime_get_ns();
end:
	complete(&first_begun);
	finished();
}

static int do_nothing(void *data)
{
	return 0;
}

/* What kthreadd answers now. */
static int create_thread(void)
{
	struct task_struct *task = kthread_create(do_nothing, NULL, "klab_probe");

	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_stop(task);
	return 0;
}

static int prepare(void)
{
	unsigned int i;

	if (stage != CLEAN)
		return failed(-EBUSY, "the pass before has not been cleaned up");
	if (pending > MOST_PENDING || (!pending && (!others || others >= ACTIVE)))
		return failed(-EINVAL, "pending is above %d, or others not between 1 and %d", MOST_PENDING, ACTIVE - 1);
	owns = pending ? min(pending, MOST_OWN) : others;
	own = kvcalloc(owns, sizeof(*own), GFP_KERNEL);
	foreign = kvcalloc(pending ?: 1, sizeof(*foreign), GFP_KERNEL);
	if (!own || !foreign) {
		kvfree(own);
		kvfree(foreign);
		return failed(-ENOMEM, "no memory for the work items");
	}
	for (i = 0; i < owns; i++)
		INIT_WORK(&own[i], run_own);
	for (i = 0; i < pending; i++)
		INIT_WORK(&foreign[i], run_foreign);
	for (i = 0; i < SLEEPERS; i++) {
		INIT_WORK(&sleeper[i].work, sleep_until_awake);
		init_completion(&sleeper[i].asleep);
	}
	INIT_WORK(&first, pending ? fill_worklist : block);
	init_completion(&first_begun);
	init_completion(&own_done);
	init_completion(&awake);
	atomic_set(&own_left, owns);
	atomic_set(&rescued, 0);
	atomic_set(&by_workers, 0);
	first_rescued = false;
	last_ns = filled_ns = 0;
	relieved = false;
	rounds = 0;
	mutex_lock(&text_lock);
	result[0] = reason[0] = '\0';
	mutex_unlock(&text_lock);
	stage = PREPARED;
	return 0;
}

/* Put workers to sleep until none comes for the next sleeper, and leave a few of those pending. */
static int exhaust_pool(void)
{
	unsigned int i, spare = 0;

	for (i = 0; i < SLEEPERS && spare < SPARE; i++) {
		queue(sleeper_queue, &sleeper[i].work);
		if (spare || !wait_for_completion_timeout(&sleeper[i].asleep, SLEEPER_LIMIT))
			spare++;
	}
	asleep = i - spare;
	if (spare < SPARE)
		return failed(-EAGAIN, "%d workers are asleep, and the pool still has another: the pressure did not take", SLEEPERS);
	return 0;
}

static int begin(void)
{
	unsigned int i;
	int error;

	if (stage != PREPARED)
		return failed(-EINVAL, "begin comes after prepare");
	stage = BEGUN;
	creation_error = create_thread();
	if (!creation_error)
		return failed(-EAGAIN, "a thread could be created: the pressure did not take");
	error = exhaust_pool();
	if (error)
		return error;

	queue(own_queue, &first);
	for (i = 0; !pending && i < owns; i++)
		queue(own_queue, &own[i]);
	if (!wait_for_completion_timeout(&first_begun, RESCUE_LIMIT))
		return failed(-ETIMEDOUT, "the rescuer did not come within %d s", RESCUE_LIMIT / HZ);
	if (!first_rescued)
		return failed(-EAGAIN, "a worker ran what was for the rescuer: the pressure did not take");
	if (pending && !wait_for_completion_timeout(&own_done, RESCUE_LIMIT))
		return failed(-ETIMEDOUT, "the rescuer ran %d of %u work items within %d s, workers %d",
			      atomic_read(&rescued), owns * ROUNDS, RESCUE_LIMIT / HZ, atomic_read(&by_workers));
	if (!create_thread())
		return failed(-EAGAIN, "a thread could be created at the end: the pressure did not last");
	return 0;
}

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static int finish(void)
{
	const u64 relieved_ns = ktime_get_ns();
	char more[80];
	u64 time;
	u32 fraction;

	if (stage != BEGUN)
		return failed(-EINVAL, "finish comes after begin");
	WRITE_ONCE(relieved, true);
	if (!pending && !wait_for_completion_timeout(&own_done, msecs_to_jiffies(block_ms) + RESCUE_LIMIT))
		return failed(-ETIMEDOUT, "%d of the %u others have not run %d s after the blocker's end",
			      atomic_read(&own_left), owns, RESCUE_LIMIT / HZ);
	if (pending && atomic_read(&by_workers))
		return failed(-EAGAIN, "workers ran %d of the %u work items that were for the rescuer",
			      atomic_read(&by_workers), owns * ROUNDS);

	if (pending) {
		sort(round_ns, ROUNDS, sizeof(round_ns[0]), compare, NULL);
		time = round_ns[ROUNDS / 2];
		scnprintf(more, sizeof(more), "scan_cost %llu", div_u64(time, owns));
	} else {
		/* They may all have run while the shell was taking the pressure off. */
		time = last_ns > relieved_ns ? last_ns - relieved_ns : 0;
		scnprintf(more, sizeof(more), "others_rescued %d\nothers_by_workers %d",
			  atomic_read(&rescued), atomic_read(&by_workers));
	}
	time = div_u64_rem(time, NSEC_PER_MSEC, &fraction);
	mutex_lock(&text_lock);
	scnprintf(result, sizeof(result), "others_done %llu.%06u\n%s\n", time, fraction, more);
	mutex_unlock(&text_lock);
	return 0;
}

static int clean(void)
{
	const unsigned long limit = jiffies + msecs_to_jiffies(block_ms) + CLEAN_LIMIT;
	unsigned int i;

	if (stage == CLEAN)
		return 0;
	complete_all(&awake);
	while (atomic_read(&unfinished)) {
		if (time_after(jiffies, limit))
			return failed(-ETIMEDOUT, "%d work items have not run: the pool is stuck", atomic_read(&unfinished));
		msleep(10);
	}
	/* Workers may still be on their way out of the last ones. */
	flush_workqueue(own_queue);
	flush_workqueue(sleeper_queue);
	for (i = 0; i < FOREIGN_QUEUES; i++)
		flush_workqueue(foreign_queue[i]);
	kvfree(own);
	kvfree(foreign);
	stage = CLEAN;
	return 0;
}

/* The kernel lets one at a time write to a module's parameters: no two steps run at once. */
static int step(const char *value, const struct kernel_param *parameter)
{
	int (*const run)(void) = parameter->arg;

	/* While the module's own parameters are being parsed there is no workqueue yet. */
	return own_queue ? run() : -EINVAL;
}

static const struct kernel_param_ops step_ops = { .set = step };
module_param_cb(prepare, &step_ops, prepare, 0200);
MODULE_PARM_DESC(prepare, "any value written prepares a pass");
module_param_cb(begin, &step_ops, begin, 0200);
MODULE_PARM_DESC(begin, "any value written begins it; threads cannot be created now");
module_param_cb(finish, &step_ops, finish, 0200);
MODULE_PARM_DESC(finish, "any value written finishes it; threads can be created again");
module_param_cb(clean, &step_ops, clean, 0200);
MODULE_PARM_DESC(clean, "any value written frees everything");

static int show_text(char *buffer, const struct kernel_param *parameter)
{
	int length;

	mutex_lock(&text_lock);
	length = scnprintf(buffer, PAGE_SIZE, "%s%s", (char *)parameter->arg, parameter->arg == reason ? "\n" : "");
	mutex_unlock(&text_lock);
	return length;
}

static const struct kernel_param_ops text_ops = { .get = show_text };
module_param_cb(result, &text_ops, result, 0444);
MODULE_PARM_DESC(result, "numbers of the last pass; empty when it failed");
module_param_cb(reason, &text_ops, reason, 0444);
MODULE_PARM_DESC(reason, "what went wrong in the last pass");

static void destroy_queues(void)
{
	unsigned int i;

	for (i = 0; i < FOREIGN_QUEUES; i++)
		if (foreign_queue[i])
			destroy_workqueue(foreign_queue[i]);
	if (sleeper_queue)
		destroy_workqueue(sleeper_queue);
	if (own_queue)
		destroy_workqueue(own_queue);
}

/* Per-CPU is what no flag says in 6.12; later kernels want it said. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define PER_CPU WQ_PERCPU
#else
#define PER_CPU 0
#endif

static int __init klab_wq_rescuer_init(void)
{
	struct workqueue_struct *rescued_queue;
	bool complete = true;
	unsigned int i;

	cpu = cpumask_last(cpu_online_mask);
	for (i = 0; i < FOREIGN_QUEUES; i++) {
		foreign_queue[i] = alloc_workqueue("klab_foreign%u", PER_CPU, ACTIVE, i);
		complete &= !!foreign_queue[i];
	}
	sleeper_queue = alloc_workqueue("klab_sleepers", PER_CPU, ACTIVE);
	rescued_queue = alloc_workqueue("klab_rescued", WQ_MEM_RECLAIM | PER_CPU, ACTIVE);
	own_queue = rescued_queue;
	if (!complete || !sleeper_queue || !own_queue) {
		destroy_queues();
		return -ENOMEM;
	}
	return 0;
}

static void __exit klab_wq_rescuer_exit(void)
{
	/* destroy_workqueue() waits for what an unfinished pass has left. */
	clean();
	destroy_queues();
}

module_init(klab_wq_rescuer_init);
module_exit(klab_wq_rescuer_exit);
MODULE_DESCRIPTION("The rescuer of a workqueue while no worker can be created");
MODULE_LICENSE("GPL");
