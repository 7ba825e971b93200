// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/oops_table.hpp"

namespace klab {
namespace {

constexpr std::string_view kTrace = "---[ end trace";
constexpr std::string_view kPanic = "---[ end Kernel panic";
constexpr std::string_view kTask = "</TASK>";
constexpr std::string_view kRuler = "=====================";

constexpr Outcome kCrashed = Outcome::crashed;
constexpr Outcome kHung = Outcome::hung;
constexpr Outcome kBootFailed = Outcome::boot_failed;
constexpr bool kFatal = true;
constexpr bool kRecorded = false;
constexpr TitleForm kFixed = TitleForm::fixed;
constexpr TitleForm kIn = TitleForm::in_function;
constexpr TitleForm kLine = TitleForm::line;
constexpr TitleForm kSanitizer = TitleForm::sanitizer;
constexpr TitleForm kProcess = TitleForm::process;

// clang-format off
constexpr OopsPattern kTable[] = {
    // Memory errors found by instrumentation. What they corrupt makes every number worthless.
    {"BUG: KASAN: ", "", "kasan", kCrashed, kFatal, kSanitizer, "KASAN: ", kRuler},
    {"BUG: KFENCE: ", "", "kfence", kCrashed, kFatal, kSanitizer, "KFENCE: ", kRuler},
    {"BUG: KMSAN: ", "", "kmsan", kCrashed, kFatal, kSanitizer, "KMSAN: ", kRuler},
    {"BUG: KCSAN: ", "", "kcsan", kCrashed, kRecorded, kSanitizer, "KCSAN: ", kRuler},
    {"UBSAN: ", "", "ubsan", kCrashed, kRecorded, kSanitizer, "UBSAN: ", kTrace},

    // Bad addresses, x86.
    {"BUG: kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace},
    {"BUG: unable to handle kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace},
    {"BUG: unable to handle page fault", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace},
    {"BUG: unable to handle kernel paging request", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace},
    {"BUG: unable to handle ", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel access", kTrace},
    {"BUG: Bad page ", "", "bad-page", kCrashed, kFatal, kLine, "BUG: Bad page ", kTask},
    // Bad addresses, arm64.
    {"Unable to handle kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace},
    {"Unable to handle kernel ", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace},
    {"Insufficient stack space to handle exception!", "", "stack-overflow",
     kCrashed, kFatal, kIn, "kernel stack overflow", kTrace},
    {"Internal error: ", "[#", "oops", kCrashed, kFatal, kIn, "Internal error", kTrace},

    // Stacks.
    {"BUG: TASK stack guard page was hit", "", "stack-overflow",
     kCrashed, kFatal, kIn, "BUG: stack guard page was hit", kTrace},
    {"BUG: IRQ stack guard page was hit", "", "stack-overflow",
     kCrashed, kFatal, kIn, "BUG: stack guard page was hit", kTrace},
    {"Oops: stack guard page", "", "stack-overflow",
     kCrashed, kFatal, kIn, "BUG: stack guard page was hit", kTrace},
    {"BUG: stack guard page was hit", "", "stack-overflow",
     kCrashed, kFatal, kIn, "BUG: stack guard page was hit", kTrace},
    {"kernel stack overflow", "", "stack-overflow", kCrashed, kFatal, kIn, "kernel stack overflow", kTrace},
    {"traps: PANIC: double fault", "", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace},
    {"PANIC: double fault", "", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace},
    {"Oops: double fault", "", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace},
    {"double fault: ", "[#", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace},

    // Other exceptions in kernel mode; those of programs have a "traps: " before them.
    {"kernel BUG at ", "", "bug", kCrashed, kFatal, kIn, "kernel BUG", kTrace},
    {"Kernel BUG at ", "", "bug", kCrashed, kFatal, kIn, "kernel BUG", kTrace},
    {"Oops: general protection fault", "", "gpf", kCrashed, kFatal, kIn, "general protection fault", kTrace},
    {"general protection fault", "[#", "gpf", kCrashed, kFatal, kIn, "general protection fault", kTrace},
    {"Oops: invalid opcode", "", "invalid-opcode", kCrashed, kFatal, kIn, "invalid opcode", kTrace},
    {"invalid opcode: ", "[#", "invalid-opcode", kCrashed, kFatal, kIn, "invalid opcode", kTrace},
    {"Oops: divide error", "", "divide-error", kCrashed, kFatal, kIn, "divide error", kTrace},
    {"divide error: ", "[#", "divide-error", kCrashed, kFatal, kIn, "divide error", kTrace},
    {"Oops: stack segment", "", "oops", kCrashed, kFatal, kIn, "stack segment fault", kTrace},
    {"stack segment: ", "[#", "oops", kCrashed, kFatal, kIn, "stack segment fault", kTrace},
    {"Oops: int3", "", "oops", kCrashed, kFatal, kIn, "int3", kTrace},
    {"Oops: ", "[#", "oops", kCrashed, kFatal, kIn, "Oops", kTrace},

    // No progress. A lockup of a workqueue pool is also seen where a virtual processor got no time, and
    // passes; if it does not, silence or the boot's limit ends the boot.
    {"watchdog: BUG: soft lockup", "", "soft-lockup", kHung, kFatal, kIn, "BUG: soft lockup", kTask},
    {"NMI watchdog: BUG: soft lockup", "", "soft-lockup", kHung, kFatal, kIn, "BUG: soft lockup", kTask},
    {"BUG: soft lockup", "", "soft-lockup", kHung, kFatal, kIn, "BUG: soft lockup", kTask},
    {"watchdog: Watchdog detected hard LOCKUP", "", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask},
    {"NMI watchdog: Watchdog detected hard LOCKUP", "", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask},
    {"Watchdog detected hard LOCKUP", "", "hard-lockup", kHung, kFatal, kIn, "BUG: hard lockup", kTask},
    {"watchdog: CPU", "Watchdog detected hard LOCKUP", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask},
    {"rcu: INFO: ", " stall", "rcu-stall", kHung, kFatal, kIn, "INFO: rcu detected stall", kTask},
    {"INFO: rcu", " stall", "rcu-stall", kHung, kFatal, kIn, "INFO: rcu detected stall", kTask},
    {"rcu: rcu_", " kthread starved for ", "rcu-stall",
     kHung, kFatal, kIn, "INFO: rcu detected stall", kTask},
    {"INFO: task ", " blocked for more than ", "hung-task", kHung, kFatal, kIn, "INFO: task hung", kTask},
    {"INFO: task ", " blocked in I/O wait for more than ", "hung-task",
     kHung, kFatal, kIn, "INFO: task hung", kTask},
    {"BUG: spinlock lockup", "", "spinlock", kHung, kFatal, kIn, "BUG: spinlock lockup", kTask},
    {"unregister_netdevice: waiting for ", "", "unregister-netdevice",
     kHung, kFatal, kLine, "unregister_netdevice: waiting for ", ""},
    {"BUG: workqueue lockup", "", "workqueue-lockup",
     kHung, kRecorded, kIn, "BUG: workqueue lockup", "Showing backtraces"},

    // The kernel gave up; the first rows are boots that had nothing to run.
    {"Kernel panic - not syncing: VFS: Unable to mount root fs", "", "no-root",
     kBootFailed, kFatal, kLine, "Kernel panic - not syncing: VFS: Unable to mount root fs", kPanic},
    {"Kernel panic - not syncing: No working init found", "", "no-init",
     kBootFailed, kFatal, kFixed, "Kernel panic - not syncing: No working init found", kPanic},
    {"Kernel panic - not syncing: No init found", "", "no-init",
     kBootFailed, kFatal, kFixed, "Kernel panic - not syncing: No init found", kPanic},
    {"Kernel panic - not syncing: Requested init ", "", "no-init",
     kBootFailed, kFatal, kLine, "Kernel panic - not syncing: Requested init ", kPanic},
    {"Kernel panic - not syncing: stack-protector: ", "", "stack-protector",
     kCrashed, kFatal, kSanitizer, "Kernel panic - not syncing: stack-protector: ", kPanic},
    {"Kernel panic - not syncing: ", "", "panic",
     kCrashed, kFatal, kLine, "Kernel panic - not syncing: ", kPanic},
    {"Kernel panic: ", "", "panic", kCrashed, kFatal, kLine, "Kernel panic: ", kPanic},

    // Corruption that the kernel noticed itself.
    {"BUG ", "): ", "slab", kCrashed, kFatal, kIn, "BUG: slab corruption", kTask},
    {"BUG: Bad rss-counter state", "", "bad-state",
     kCrashed, kRecorded, kIn, "BUG: Bad rss-counter state", ""},
    {"BUG: non-zero pgtables_bytes", "", "bad-state",
     kCrashed, kRecorded, kIn, "BUG: non-zero pgtables_bytes on freeing mm", ""},

    // Rules broken: the kernel goes on, and the report is kept beside the results.
    {"refcount_t: ", "", "refcount", kCrashed, kRecorded, kIn, "refcount bug", kTrace},
    {"ODEBUG: ", "", "odebug", kCrashed, kRecorded, kIn, "ODEBUG bug", kTrace},
    {"WARNING: possible circular locking dependency", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask},
    {"WARNING: possible recursive locking", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask},
    {"WARNING: possible irq lock inversion", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask},
    {"WARNING: HARDIRQ-safe", "", "lockdep", kCrashed, kRecorded, kIn, "possible deadlock", kTask},
    {"WARNING: SOFTIRQ-safe", "", "lockdep", kCrashed, kRecorded, kIn, "possible deadlock", kTask},
    {"WARNING: inconsistent lock state", "", "lockdep",
     kCrashed, kRecorded, kIn, "inconsistent lock state", kTask},
    {"WARNING: bad unlock balance", "", "lockdep", kCrashed, kRecorded, kIn, "bad unlock balance", kTask},
    {"WARNING: held lock freed", "", "lockdep", kCrashed, kRecorded, kIn, "held lock freed", kTask},
    {"WARNING: lock held when returning to user space", "", "lockdep",
     kCrashed, kRecorded, kIn, "lock held when returning to user space", kTask},
    {"WARNING: Nested lock was not taken", "", "lockdep",
     kCrashed, kRecorded, kIn, "nested lock was not taken", kTask},
    {"[ BUG: Invalid wait context ]", "", "lockdep",
     kCrashed, kRecorded, kIn, "BUG: invalid wait context", kTask},
    {"INFO: trying to register non-static key", "", "lockdep",
     kCrashed, kRecorded, kIn, "INFO: trying to register non-static key", kTask},
    {"WARNING: suspicious RCU usage", "", "rcu-usage",
     kCrashed, kRecorded, kIn, "suspicious RCU usage", kTask},
    {"BUG: sleeping function called from invalid context", "", "atomic-sleep",
     kCrashed, kRecorded, kIn, "BUG: sleeping function called from invalid context", kTask},
    {"BUG: scheduling while atomic", "", "atomic-sleep",
     kCrashed, kRecorded, kIn, "BUG: scheduling while atomic", kTask},
    {"BUG: using ", " in preemptible", "preemptible",
     kCrashed, kRecorded, kIn, "BUG: using a per-CPU variable in preemptible code", kTask},
    {"BUG: spinlock ", "", "spinlock", kCrashed, kRecorded, kIn, "BUG: spinlock misused", kTask},
    {"BUG: rwlock ", "", "spinlock", kCrashed, kRecorded, kIn, "BUG: rwlock misused", kTask},
    {"unchecked MSR access error", "", "msr", kCrashed, kRecorded, kIn, "unchecked MSR access error", kTask},
    {"WARNING: ", "+0x", "warning", kCrashed, kRecorded, kIn, "WARNING", kTrace},
    {"Out of memory: Kill", "process ", "out-of-memory",
     kCrashed, kRecorded, kProcess, "Out of memory: killed", ""},
    {"Memory cgroup out of memory: Kill", "process ", "out-of-memory",
     kCrashed, kRecorded, kProcess, "Memory cgroup out of memory: killed", ""},
    {"BUG: ", "", "bug", kCrashed, kRecorded, kLine, "BUG: ", kTrace},
};

// A trailing * stands for any ending.
constexpr std::string_view kGeneric[] = {
    "__asan_*", "__kasan_*", "kasan_*", "__kmsan_*", "kmsan_*", "__msan_*", "__tsan_*", "kcsan_*",
    "kfence_*", "__ubsan_*", "ubsan_*", "dump_stack*", "show_stack", "show_regs", "__show_regs",
    "show_trace_log_lvl", "print_address_description*", "print_report", "print_bad_pte",
    "print_circular_bug*", "print_usage_bug*", "print_deadlock_bug*", "print_irq_inversion_bug*",
    "print_unlock_imbalance_bug*", "print_cpu_stall*", "print_other_cpu_stall*", "__warn", "__warn_printk",
    "warn_slowpath_*", "report_bug", "lockdep_*", "__lock_acquire*", "lock_acquire*", "lock_release*",
    "validate_chain", "check_prev_add", "check_prevs_add", "check_noncircular", "check_deadlock",
    "mark_lock*", "mark_usage", "mark_held_locks", "register_lock_class", "valid_state", "_raw_spin_*",
    "_raw_read_*", "_raw_write_*", "__raw_spin_*", "rt_spin_*", "rtlock_*", "native_queued_spin_*",
    "queued_spin_*", "queued_read_*", "queued_write_*", "do_raw_*", "__pv_queued_spin_*", "pv_native_*",
    "mutex_lock*", "__mutex_*", "mutex_spin_*", "mutex_unlock", "rwsem_*", "down_read*", "down_write*",
    "down_interruptible", "down_killable", "down_timeout", "__down*", "schedule", "__schedule",
    "schedule_timeout*", "schedule_preempt_disabled", "schedule_hrtimeout*", "preempt_schedule*",
    "io_schedule*", "wait_for_completion*", "__wait_for_common", "do_wait_for_common", "wait_on_bit*",
    "__wait_on_bit*", "bit_wait*", "out_of_line_wait_*", "asm_exc_*", "asm_sysvec_*",
    "asm_common_interrupt", "asm_load_gs_index", "exc_*", "sysvec_*", "__sysvec_*", "instr_sysvec_*",
    "common_interrupt", "__common_interrupt", "entry_SYSCALL_*", "entry_INT80_*", "do_syscall_*",
    "__x64_sys_*", "__do_sys_*", "__se_sys_*", "__arm64_sys_*", "x64_sys_call", "invoke_syscall*", "el0_*",
    "el0t_*", "el1_*", "el1h_*", "ret_from_*", "do_error_trap", "do_trap", "handle_bug", "die", "__die",
    "__die_body", "die_addr", "oops_end", "oops_begin", "page_fault_oops", "kernelmode_fixup_or_oops",
    "bad_area", "bad_area_nosemaphore", "__bad_area*", "do_user_addr_fault", "do_kern_addr_fault",
    "do_page_fault", "do_translation_fault", "do_mem_abort", "do_bad_area", "__do_kernel_fault",
    "die_kernel_fault", "panic", "nmi_panic", "vpanic", "nmi_cpu_backtrace*", "nmi_trigger_*", "nmi_handle",
    "nmi_shootdown*", "default_do_nmi", "end_repeat_nmi", "do_nmi", "watchdog_timer_fn",
    "watchdog_overflow_callback", "softlockup_*", "perf_event_overflow", "__perf_event_overflow",
    "rcu_sched_clock_irq", "rcu_check_*", "rcu_dump_*", "rcu_pending", "check_cpu_stall", "trigger_*",
    "arch_trigger_*", "update_process_times", "tick_*", "hrtimer_interrupt", "wq_watchdog_timer_fn",
    "call_timer_fn", "__run_timers", "__run_timer_base",
    "run_timer_softirq", "run_ksoftirqd", "smpboot_thread_fn", "__hrtimer_*",
    "smp_apic_timer_*", "irq_exit", "irq_exit_rcu", "__irq_exit_rcu", "handle_softirqs", "__do_softirq",
    "do_softirq*", "memcpy*", "memset*", "memmove*", "memcmp", "__memcpy*", "__memset*", "__memmove*",
    "strlen", "strcmp", "strncmp", "strcpy", "strncpy", "strscpy", "sized_strscpy", "strnlen", "strchr",
    "copy_from_user", "copy_to_user", "_copy_from_user", "_copy_to_user", "raw_copy_*", "rep_movs*",
    "rep_stos*", "clear_user*", "__list_add_valid*", "__list_del_entry_valid*", "refcount_warn_saturate*",
    "refcount_*", "debug_object_*", "debug_print_object", "debug_check_no_obj*", "slab_err", "slab_bug",
    "slab_fix", "object_err", "check_bytes_and_report", "check_object", "on_freelist",
    "free_debug_processing", "free_to_partial_list", "alloc_debug_processing", "check_slab", "kfree",
    "kvfree", "__kmalloc*", "kmalloc*", "__do_kmalloc*", "kmem_cache_*", "slab_free*", "__slab_free",
    "___slab_alloc", "__slab_alloc*", "fortify_panic", "__fortify_*", "__stack_chk_fail", "usercopy_abort",
    "__check_object_size", "check_heap_object", "bad_page*", "free_page_is_bad*",
    "check_preemption_disabled", "debug_smp_processor_id", "__might_sleep", "__might_resched",
    "__might_fault", "___might_sleep", "might_fault", "rcu_lockdep*", "__schedule_bug", "default_idle*",
    "native_safe_halt", "pv_native_safe_halt", "native_halt", "acpi_idle_*", "acpi_safe_halt", "cpuidle_*",
    "do_idle", "cpu_startup_entry", "mwait_idle*", "intel_idle*", "arch_cpu_idle", "cpu_do_idle",
    "csd_lock_wait*", "smp_call_function*", "on_each_cpu*", "__x86_*", "srso_*", "retbleed_*",
    "zen_untrain_*", "dump_backtrace", "brk_handler", "call_break_hook", "bug_handler", "bug_brk_handler",
    "do_debug_exception", "cpu_relax", "rep_nop", "spin_dump", "spin_bug", "rwlock_bug",
    "check_panic_on_warn", "sched_show_task", "show_free_areas", "oom_kill_process", "out_of_memory",
    "dump_header",
};
// clang-format on

}  // namespace

std::span<const OopsPattern> oops_table() { return kTable; }

const OopsPattern* find_oops(std::string_view line) {
  for (const OopsPattern& pattern : kTable) {
    if (!line.starts_with(pattern.text)) continue;
    const std::string_view rest = line.substr(pattern.text.size());
    if (rest.find(pattern.also) == std::string_view::npos) continue;
    return &pattern;
  }
  return nullptr;
}

bool is_generic_function(std::string_view function) {
  for (const std::string_view known : kGeneric) {
    const bool open = known.ends_with('*');
    if (open ? function.starts_with(known.substr(0, known.size() - 1)) : function == known) return true;
  }
  return false;
}

}  // namespace klab
