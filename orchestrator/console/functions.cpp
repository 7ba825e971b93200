// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/functions.hpp"

#include <algorithm>
#include <span>

namespace klab {
namespace {

// clang-format off
constexpr std::string_view kGeneric[] = {
    // Instrumentation, and the checks it makes.
    "*kasan*", "*hwasan*", "*kmsan*", "__asan*", "__msan*", "__tsan*", "__sanitizer*", "kcsan_*",
    "__kcsan*", "kfence_*", "__kfence*", "*ubsan*", "check_memory_region*", "check_region_inline",
    "read_word_at_a_time", "*_once_word_nocheck", "print_address_description*", "print_report*",
    "end_report", "__phys_addr*", "*fortify*", "__stack_chk_fail", "usercopy_abort", "*check_heap_object*",
    "__check_object_size", "check_object", "*debug_object*", "*is_static_object", "debug_check_no_obj*",
    "debug_print_object",
    // What prints reports and oopses.
    "*dump_stack*", "show_stack*", "*_walk_stack*", "walk_stack*", "unwind_backtrace", "dump_backtrace*",
    "show_regs", "__show_regs", "show_trace_log_lvl", "*stack_trace_save*", "arch_stack_walk*",
    "*_consume_entry*", "save_stack*", "*panic*", "*warn_slowpath*", "__warn*", "warn_alloc*",
    "warn_bogus*", "report_bug*", "fixup_bug*", "handle_bug*", "do_error_trap", "do_trap*", "*_trap",
    "*invalid_op*", "bug_handler", "bug_brk_handler", "call_break_hook", "brk_handler", "do_debug_exception",
    "die", "__die*", "die_addr", "die_kernel_fault", "oops_end", "oops_begin", "page_fault_oops",
    "kernelmode_fixup_or_oops", "program_check_*", "print_tainted*", "get_taint", "check_panic_on_warn",
    "nmi_cpu_backtrace*", "nmi_trigger_*", "arch_trigger_*", "trigger_*_backtrace", "slab_err", "slab_bug",
    "slab_fix*", "object_err", "check_bytes_and_report*", "on_freelist", "check_slab", "bad_page*",
    "free_page_is_bad*", "print_bad_pte", "sched_show_task", "show_free_areas*", "oom_kill_process",
    "out_of_memory", "dump_header", "assfail*", "*assertfail*", "rust_helper_*",
    "*rust_begin_unwind*",
    // Entry by exception, system call or interrupt.
    "asm_exc_*", "asm_sysvec_*", "asm_common_interrupt", "exc_*", "sysvec_*", "__sysvec_*",
    "instr_sysvec_*", "*apic_timer_interrupt*", "common_interrupt", "ret_from_*", "entry_SYSCALL_*",
    "entry_INT80_*", "do_syscall_*", "x64_sys_call", "invoke_syscall*", "el0_*", "el0t_*", "el1_*",
    "el1h_*", "bad_area*", "__bad_area*", "do_user_addr_fault", "do_kern_addr_fault", "do_page_fault",
    "__do_page_fault", "page_fault", "do_translation_fault", "do_kernel_fault", "__do_kernel_fault",
    "do_mem_abort", "do_bad_area", "do_tag_check_fault", "do_alignment_fault", "*bad_stack*",
    // Lock validation.
    "*lockdep*", "__lock_acquire*", "*lock_acquire*", "*lock_release*", "*lock_class*", "validate_chain",
    "check_prev_add*", "check_prevs_add*", "check_noncircular*", "check_deadlock*", "check_irq_usage*",
    "check_wait_context*", "print_circular_bug*", "print_usage_bug*", "print_deadlock_bug*",
    "print_irq_inversion_bug*", "print_bad_irq_dependency*", "*print_unlock*", "*imbalance_bug*",
    "print_lock_invalid_wait_context*", "*mark_lock*", "mark_usage", "*_held_locks*", "valid_state",
    "*trace_hardirq*", "*trace_softirq*", "look_up_lock_class", "debug_check_no_locks*",
    // Locks.
    "*spin_lock*", "*spin_trylock*", "*spin_unlock*", "*spin_rq*", "*read_lock*", "*read_trylock*",
    "*read_unlock*", "*write_lock*", "*write_trylock*", "*write_unlock*", "rt_spin_*", "rtlock_*",
    "do_raw_*", "_raw_*", "queued_*", "native_queued_*", "pv_queued_*", "__pv_*", "pv_wait*", "pv_kick*",
    "down", "*down_read*", "*down_write*", "*down_trylock*", "down_interruptible*", "down_killable*",
    "down_timeout*", "__down*", "*up_read*", "*up_write*", "mutex_*", "__mutex_*", "rt_mutex_*",
    "owner_on_cpu", "osq_lock", "osq_unlock", "rwsem_*", "*lock_sock*", "*release_sock*", "lock_page*",
    "unlock_page*", "seqprop_assert*", "spin_dump", "spin_bug", "rwlock_bug*", "lock_timer_base*",
    "*bh_enable*", "*bh_disable*", "__local_bh_*", "lock_torture*",
    // Scheduling and time where the report is about somebody's use of it.
    "__might_sleep", "___might_sleep", "__might_resched", "*might_fault*", "*might_sleep*", "__schedule_bug",
    "check_preemption_disabled", "debug_smp_processor_id", "*wake_up*", "complete", "*wait_for_completion*",
    "finish_wait", "kthread_stop*", "*flush_work*", "*cancel_work*", "__cancel_work_timer",
    "try_to_grab_pending*", "*drain_workqueue*", "*destroy_workqueue*", "*queue_work*", "insert_work",
    "*queue_delayed_work*", "*del_timer*", "*timer_delete_sync*", "*mod_timer*", "sk_stop_timer*",
    "default_idle*", "native_safe_halt", "pv_native_safe_halt", "native_halt", "acpi_idle_*",
    "acpi_safe_halt", "cpuidle_*", "do_idle", "cpu_startup_entry", "mwait_idle*", "intel_idle*",
    "arch_cpu_idle", "cpu_do_idle", "arch_safe_halt", "cpu_relax", "rep_nop",
    // Memory: allocation, copies, access to user space.
    "*malloc*", "*zalloc*", "*calloc*", "*krealloc*", "*kmem_cache*", "*alloc_page*", "*slab_*",
    "allocate_slab", "new_slab*", "free_debug_processing", "free_to_partial_list", "alloc_debug_processing",
    "*alloc_frozen_pages*", "*folio_alloc*", "filemap_alloc_folio*", "__filemap_get_folio*", "*folio_unlock*",
    "find_or_create_page", "do_read_cache_folio", "read_cache_page*", "pagecache_get_page",
    "grab_cache_page_write_begin", "kfree", "kvfree", "kfree_sensitive", "*kfree_skb*", "*memcpy*",
    "*memcmp*", "*memset*", "*memchr*", "*memmove*", "*memdup*", "*copy_to_user*", "*copy_from_user*",
    "copyin", "copyout", "raw_copy_*", "rep_movs*", "rep_stos*", "clear_user*", "*put_user*", "*get_user*",
    "*copy_to_iter*", "*copy_from_iter*", "*copy_page_*_iter*", "*copy_folio_*_iter*",
    "extract_user_to_sg", "extract_iter_to_sg",
    // Strings, numbers and messages.
    "*strcmp*", "*strncmp*", "*strcasecmp*", "*strcpy*", "*strlcpy*", "*strncpy*", "*strscpy*", "*strlen*",
    "*strnlen*", "*strstr*", "*strnstr*", "*strchr*", "strcat", "strncat", "strlcat", "*strdup*", "*strndup*",
    "*string*", "*pointer*", "*snprintf*", "*scnprintf*", "*asprintf*", "*printk*", "*va_format*",
    "*dev_info*", "*dev_notice*", "*dev_warn*", "*dev_err*", "*dev_alert*", "*dev_crit*", "*dev_emerg*",
    "hex_dump_to_buffer", "*print_hex_dump*", "crc16*", "crc32*", "crc64*", "crc_*",
    // Small data structures.
    "*atomic_dec*", "*atomic_inc*", "*atomic_read*", "*atomic_set*", "*atomic_or*", "*atomic_add*",
    "*atomic_sub*", "*atomic_fetch*", "*atomic_xchg*", "*atomic_cmpxchg*", "*atomic_try*", "*atomic64_*",
    "*set_bit*", "*clear_bit*", "*change_bit*", "*test_bit*", "refcount_*", "kref_*", "*ref_tracker*",
    "*list_add*", "*list_del*", "*list_replace*", "*list_move*", "*list_splice*", "rb_*", "__rb_*", "klist_*",
    "ida_free", "xas_start*", "xas_load*", "xas_find*", "*rhashtable_lookup*", "*_indirect_thunk_*",
    "__x86_return_thunk", "srso_*", "retbleed_*", "zen_untrain_*", "readb", "readw", "readl", "readq",
    "writeb", "writew", "writel", "writeq", "*logic_in*", "*logic_out*", "perf_trace_*",
    // Objects whose users are to blame: devices, inodes, pages on their way out.
    "*kobject_*", "add_uevent_var", "get_device_parent", "put_device", "*device_add*", "*device_del*",
    "*device_unregister*", "*device_destroy*", "*device_release*", "devres_release_all",
    "*hwrng_unregister*", "i2c_del_adapter", "__unregister_client", "*device_for_each_child*",
    "*device_remove_file*", "*sysfs_remove*", "rollback_registered*", "*unregister_netdev*",
    "tty_unregister_device", "dummy_urb_enqueue", "usb_kill_urb", "usb_kill_anchored_urbs",
    "*usb_control_msg*", "*usb_hcd_submit_urb*", "*usb_submit_urb*", "iput", "iput_final", "ihold", "*dput",
    "drop_nlink", "mark_buffer_dirty", "find_lock_entries", "ifs_free", "iomap_invalidate_folio",
    "folio_invalidate", "truncate_cleanup_folio", "truncate_inode_folio", "truncate_inode_partial_folio",
    "truncate_inode_pages_range", "cleanup_srcu_struct*",
};

constexpr std::string_view kDispatchers[] = {
    // System calls, work items, softirqs, timers, threads.
    "process_one_work", "process_scheduled_works", "*do_syscall_*", "*do_fast_syscall_*",
    "sysenter_dispatch", "tracesys_phase2", "el0_svc_*", "*invoke_syscall*", "*ret_fast_syscall*",
    "*do_softirq*", "handle_softirqs", "*call_timer_fn*", "*_run_timers*", "*run_timer_softirq*",
    "*hrtimer_run*", "*run_ksoftirqd*", "*smpboot_thread_fn*", "kthread", "*start_secondary*",
    "*cpu_startup_entry*", "*ret_from_fork*", "*tasklet_action*", "*tasklet_hi_action*", "entry_SYSCALL_*",
    // Files.
    "*vfs_write*", "*vfs_read*", "*vfs_iter_read*", "*vfs_iter_write*", "*do_iter_read*", "*do_iter_write*",
    "*call_read_iter*", "*call_write_iter*", "*new_sync_read*", "*new_sync_write*", "*vfs_ioctl*",
    "*ksys_ioctl*", "*compat_ioctl*", "*compat_sys_ioctl*", "*blkdev_ioctl*", "*blkdev_driver_ioctl*",
    "call_mmap*", "*mmap_region*", "*do_mmap*", "*do_dentry_open*", "*vfs_open*", "*__fput*",
    "*task_work_run*", "*exit_to_user*",
    // Sockets and packets.
    "*netif_receive_skb*", "sock_sendmsg*", "sock_recvmsg*", "sock_release*", "__sock_release*", "setsockopt",
    "*kernel_setsockopt*", "*sock_common_setsockopt*", "listen", "*kernel_listen*", "*sk_common_release*",
    "sock_mmap*", "accept", "*kernel_accept*", "sock_do_ioctl*", "sock_ioctl*", "compat_sock_ioctl*",
    "nfnetlink_rcv_msg*", "rtnetlink_rcv_msg*", "netlink_dump*", "socketpair*", "connect*", "ioctl*",
    "sys_socketpair*", "sys_connect*", "sys_ioctl*",
    // Faults.
    "*__do_fault*", "*do_page_fault*", "page_fault", "*smp_call_function*",
};

constexpr std::string_view kWaiting[] = {
    "*sched*", "*_lock*", "*_slowlock*", "*down*", "*rwsem*", "*completion*", "*kthread*", "*wait*",
    "*synchronize*", "*context_switch*", "*__switch_to*", "*cancel_delayed_work*", "*rcu_barrier*",
    "__refrigerator*",
};

// Taken off one after the other, in this order: "__x64_sys_ioctl" is the system call "sys_ioctl".
constexpr std::string_view kSystemCallPrefixes[] = {
    "SYSC_", "SyS_", "sys_", "__x64_", "__ia32_", "__arm64_", "____sys_", "___sys_", "__sys_", "__se_",
    "__do_sys_", "compat_SYSC_", "compat_SyS_", "ksys_",
};
// clang-format on

// Each part between two stars is looked for behind the one before it; the first and the last are bound to
// their ends unless a star stands there.
bool fits(std::string_view function, std::string_view glob) {
  const auto star = glob.find('*');
  if (star == std::string_view::npos) return function == glob;
  if (!function.starts_with(glob.substr(0, star))) return false;
  function.remove_prefix(star);
  glob.remove_prefix(star + 1);
  for (auto next = glob.find('*'); next != std::string_view::npos; next = glob.find('*')) {
    const auto at = function.find(glob.substr(0, next));
    if (at == std::string_view::npos) return false;
    function.remove_prefix(at + next);
    glob.remove_prefix(next + 1);
  }
  return function.ends_with(glob);
}

bool is_in(std::span<const std::string_view> table, std::string_view function) {
  return std::any_of(table.begin(), table.end(), [&](std::string_view glob) { return fits(function, glob); });
}

}  // namespace

bool is_generic_function(std::string_view function) { return is_in(kGeneric, function); }
bool is_dispatcher(std::string_view function) { return is_in(kDispatchers, function); }
bool is_waiting_function(std::string_view function) { return is_in(kWaiting, function); }

bool fits_any(std::string_view function, std::string_view globs) {
  while (!globs.empty()) {
    const auto end = std::min(globs.find(' '), globs.size());
    if (end > 0 && fits(function, globs.substr(0, end))) return true;
    globs.remove_prefix(std::min(end + 1, globs.size()));
  }
  return false;
}

std::string title_name(std::string_view function) {
  for (const std::string_view prefix : kSystemCallPrefixes)
    if (function.starts_with(prefix) && function.size() > prefix.size())
      function.remove_prefix(prefix.size());
  return std::string(function);
}

}  // namespace klab
