// SPDX-License-Identifier: GPL-2.0-only
/* The arithmetic of workloads/rt-drain with known input: prints what the test compares. */
#include <stdio.h>
#include <string.h>

#include "gaps.h"
#include "interrupts.h"
#include "isolation.h"
#include "report.h"
#include "switches.h"

static const char trace[] =
	"# tracer: nop\n"
	"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
	/* before the stretch */
	"          <idle>-0       [001] d..2.     9.000000: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 "
	"prev_state=R ==> next_comm=kworker/1:1 next_pid=27 next_prio=120\n"
	"     kworker/1:1-27      [001] .....     9.000001: workqueue_execute_start: work struct 000000001: function "
	"lru_add_drain_per_cpu\n"
	/* one drain, and other work in the same turn */
	"   klab_rt_drain-80      [001] d..2.    10.000100: sched_switch: prev_comm=klab_rt_drain prev_pid=80 "
	"prev_prio=98 prev_state=R+ ==> next_comm=kworker/1:1 next_pid=27 next_prio=120\n"
	"     kworker/1:1-27      [001] .....    10.000101: workqueue_execute_start: work struct 000000001: function "
	"lru_add_drain_per_cpu\n"
	"     kworker/1:1-27      [001] .....    10.000102: workqueue_execute_end: work struct 000000001: function "
	"lru_add_drain_per_cpu\n"
	"     kworker/1:1-27      [001] .....    10.000103: workqueue_execute_start: work struct 000000002: function "
	"vmstat_update\n"
	"     kworker/1:1-27      [001] .....    10.000104: workqueue_execute_end: work struct 000000002: function "
	"vmstat_update\n"
	"     kworker/1:1-27      [001] d..2.    10.000105: sched_switch: prev_comm=kworker/1:1 prev_pid=27 "
	"prev_prio=120 prev_state=I ==> next_comm=klab_rt_drain next_pid=80 next_prio=98\n"
	/* a drain that is interrupted by the loop and goes on: twice */
	"   klab_rt_drain-80      [001] d..2.    10.100000: sched_switch: prev_comm=klab_rt_drain prev_pid=80 "
	"prev_prio=98 prev_state=R+ ==> next_comm=kworker/1:1 next_pid=27 next_prio=120\n"
	"     kworker/1:1-27      [001] .....    10.100001: workqueue_execute_start: work struct 000000001: function "
	"lru_add_drain_per_cpu\n"
	"     kworker/1:1-27      [001] d..2.    10.100002: sched_switch: prev_comm=kworker/1:1 prev_pid=27 "
	"prev_prio=120 prev_state=R+ ==> next_comm=klab_rt_drain next_pid=80 next_prio=98\n"
	"   klab_rt_drain-80      [001] d..2.    10.200000: sched_switch: prev_comm=klab_rt_drain prev_pid=80 "
	"prev_prio=98 prev_state=R+ ==> next_comm=kworker/1:1 next_pid=27 next_prio=120\n"
	"     kworker/1:1-27      [001] .....    10.200001: workqueue_execute_end: work struct 000000001: function "
	"lru_add_drain_per_cpu\n"
	"     kworker/1:1-27      [001] d..2.    10.200002: sched_switch: prev_comm=kworker/1:1 prev_pid=27 "
	"prev_prio=120 prev_state=I ==> next_comm=a b [x] next_pid=90 next_prio=120\n"
	/* a task with a strange name; buffer heads alone; the same worker for other work */
	"         a b [x]-90      [001] d..2.    10.300000: sched_switch: prev_comm=a b [x] prev_pid=90 prev_prio=120 "
	"prev_state=S ==> next_comm=kworker/1:1 next_pid=27 next_prio=120\n"
	"     kworker/1:1-27      [001] .....    10.300001: workqueue_execute_start: work struct 000000003: function "
	"bh_lru_drain_per_cpu\n"
	"     kworker/1:1-27      [001] .....    10.300002: workqueue_execute_end: work struct 000000003: function "
	"bh_lru_drain_per_cpu\n"
	"     kworker/1:1-27      [001] d..2.    10.300003: sched_switch: prev_comm=kworker/1:1 prev_pid=27 "
	"prev_prio=120 prev_state=I ==> next_comm=swapper/1 next_pid=0 next_prio=120\n"
	"          <idle>-0       [001] d..2.    10.400000: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 "
	"prev_state=R ==> next_comm=kworker/1:1 next_pid=27 next_prio=120\n"
	"     kworker/1:1-27      [001] .....    10.400001: workqueue_execute_start: work struct 000000002: function "
	"vmstat_update\n"
	"     kworker/1:1-27      [001] .....    10.400002: workqueue_execute_end: work struct 000000002: function "
	"vmstat_update\n";

static const char interrupts_before[] =
	"           CPU0       CPU1       CPU3\n"
	"  4:         10          0          7   IO-APIC   4-edge      ttyS0\n"
	"LOC:        100        200        300   Local timer interrupts\n"
	"RES:          1          2          3   Rescheduling interrupts\n"
	"ERR:          0\n";
static const char interrupts_after[] =
	"           CPU0       CPU1       CPU3\n"
	"  4:         10          0          7   IO-APIC   4-edge      ttyS0\n"
	" 24:          0          0          1   PCI-MSI   virtio\n"
	"LOC:        100        200        312   Local timer interrupts\n"
	"RES:          9          9          5   Rescheduling interrupts\n"
	"CAL:          0          0          1   Function call interrupts\n"
	"ERR:          0\n";

static void show_switches(void)
{
	struct switches switches;
	char text[512];

	count_switches(trace, 80, 10000000000u, 11000000000u, &switches);
	switches_as_text(&switches, text, sizeof(text));
	puts(text);
	count_switches("", 80, 0, UINT64_MAX, &switches);
	switches_as_text(&switches, text, sizeof(text));
	puts(text);
}

static void show_gaps(void)
{
	static struct gaps gaps;
	char text[512];
	unsigned int wrong = 0;

	for (unsigned int cell = 0; cell + 1 < GAP_CELLS; cell++)
		wrong += gap_cell(gap_of_cell(cell)) != cell || gap_cell(gap_of_cell(cell + 1) - 1) != cell;
	for (int i = 0; i < 9990; i++)
		add_gap(&gaps, 20);
	for (int i = 0; i < 9; i++)
		add_gap(&gaps, 1000);
	add_gap(&gaps, 5000000);
	printf("wrong cells %u, last %u\n", wrong, gap_cell(UINT64_MAX) - GAP_CELLS);
	printf("p50 %llu p99.9 %llu p100 %llu\n", (unsigned long long)gap_percentile(&gaps, 500),
	       (unsigned long long)gap_percentile(&gaps, 999), (unsigned long long)gap_percentile(&gaps, 1000));
	gaps_as_text(&gaps, 1, text, sizeof(text));
	puts(text);
	gaps_as_text(&gaps, 16, text, sizeof(text));
	puts(text);
}

int main(void)
{
	static struct interrupts before, after;
	uint64_t times[] = {9, 1, 5, 3};
	char text[512];

	show_switches();
	show_gaps();
	read_interrupts(interrupts_before, 3, &before);
	read_interrupts(interrupts_after, 3, &after);
	interrupts_as_text(&before, &after, text, sizeof(text));
	printf("%s; ipis %llu\n", text, (unsigned long long)count_ipis(&before, &after));
	read_interrupts(interrupts_after, 2, &after);
	printf("of a CPU that is not there: %d\n", after.count);
	printf("steal %llu\n", (unsigned long long)read_steal("cpu  1 2 3 4 5 6 7 8 9 10\ncpu1 1 1 1 1 1 1 1 42 0 0\n", 1));
	printf("median %.1f", median(times, 4));
	printf(" %.1f\n", median(times, 3)); /* of 1, 3, 5: sorted by now */
	printf("per drain %.2f %.2f %.2f\n", per_drain(8, 1, 2, 6), per_drain(1, 2, 1, 6), per_drain(8, 0, 1, 0));
	printf("lists %d%d%d%d%d%d\n", cpu_in_list(1, "1"), cpu_in_list(3, "0,2-4"), cpu_in_list(5, "0,2-4"),
	       cpu_in_list(0, ""), cpu_in_list(1, "(null)"), cpu_in_list(7, "1,7\n"));
	printf("%d", command_line_value("a=1 rcu_nocbs=1-3 xrcu_nocbs=7 rcu_nocbs", "rcu_nocbs", text, sizeof(text)));
	printf(" %s\n", text);
	return 0;
}
