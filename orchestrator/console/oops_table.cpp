// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/oops_table.hpp"

#include <algorithm>

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
constexpr TitleForm kUntil = TitleForm::until;
constexpr TitleForm kAfter = TitleForm::after;
constexpr TitleForm kSanitizer = TitleForm::sanitizer;
constexpr TitleForm kProcess = TitleForm::process;
constexpr Search kNone = Search::none;
constexpr Search kNamed = Search::named;
constexpr Search kTraced = Search::traced;
constexpr Search kPointer = Search::pointer;
constexpr Search kTraceOnly = Search::trace;
constexpr Search kLock = Search::lock;
constexpr Search kStall = Search::stall;
constexpr Search kHungTask = Search::hung_task;
constexpr Search kMarked = Search::marked;
constexpr Search kWord = Search::word;

// Functions that are not guilty in one kind of report only.
constexpr std::string_view kNotOfTags = "*kernel_fault* *tag_check* *mem_abort* el1_* el1h_*";
constexpr std::string_view kNotOfFree = "*slab_* *kfree* *vunmap* *vfree*";
constexpr std::string_view kNotOfUninit =
    "*alloc_skb* netlink_ack* netlink_rcv_skb* *_encrypt crypto_* cipher_* drbg_* rng_* usb_start_wait_urb "
    "usb_bulk_msg usb_interrupt_msg";
constexpr std::string_view kNotOfPage =
    "*free_page* *put_page* *get_page* *update_page* *release_page* *free_unref* folio* _folio* __folio* "
    "*truncate_inode_pages* *page_frag_free* *alloc* *vmap* *page_owner* prep_new_page*";
constexpr std::string_view kNotOfLeak =
    "*kmemleak* *mmap* *kmem* *slab* *alloc* *create_object* *idr_get* *list_lru_init* *asprintf* "
    "*pcpu_create* *strdup* *strndup* *memdup*";
constexpr std::string_view kNotOfObjects =
    "*debug_* *rcu* *hrtimer_* *timer_* *work_* *percpu_* *vunmap* *vfree* *__free_* *kobject_*";
constexpr std::string_view kNotOfStalls =
    "*rcu* *apic_timer* update_process_times tick_* *hrtimer_interrupt* hrtimer_run_softirq "
    "watchdog_* softlockup_* perf_event_overflow __perf_event_overflow nmi_handle default_do_nmi "
    "end_repeat_nmi do_nmi exc_nmi check_cpu_stall dump_cpu_task csd_lock_wait*";
constexpr std::string_view kNotOfWork =
    "process_one_work *flush_workqueue* *drain_workqueue* *destroy_workqueue*";
constexpr std::string_view kNotOfPreemption = "*preempt* *debug_* *processor_id* *this_cpu*";
constexpr std::string_view kNotOfUrbs = "usb_start_wait_urb usb_bulk_msg usb_interrupt_msg";
constexpr std::string_view kNotOfRcu = "*rcu* *kmem* *slab*";
constexpr std::string_view kNotOfUbsan = "*ubsan* *overflow*";
constexpr std::string_view kNotOfKeys = "*stack* *lock* *IRQ*";
constexpr std::string_view kNotOfLists = "*list_*valid*";
constexpr std::string_view kNotOfUsercopy = "*usercopy* *__check*";
constexpr std::string_view kNotOfSpin = "*spin_* *_lock* *_unlock*";

// clang-format off
constexpr OopsPattern kTable[] = {
    // Memory errors found by instrumentation. What they corrupt makes every number worthless.
    {"BUG: KASAN: double-free", "", "kasan", kCrashed, kFatal, kIn, "KASAN: invalid-free", kRuler, kNamed, kNotOfFree},
    {"BUG: KASAN: invalid-free", "", "kasan", kCrashed, kFatal, kIn, "KASAN: invalid-free", kRuler, kNamed, kNotOfFree},
    {"BUG: KASAN: ", "", "kasan", kCrashed, kFatal, kSanitizer, "KASAN: ", kRuler, kNamed, kNotOfTags},
    {"BUG: KFENCE: ", "", "kfence", kCrashed, kFatal, kSanitizer, "KFENCE: ", kRuler, kTraced},
    {"BUG: KMSAN: ", "", "kmsan", kCrashed, kFatal, kSanitizer, "KMSAN: ", kRuler, kTraced, kNotOfUninit},
    {"BUG: KCSAN: ", "", "kcsan", kCrashed, kRecorded, kSanitizer, "KCSAN: ", kRuler},
    {"UBSAN: Undefined behaviour in ", "", "ubsan",
     kCrashed, kRecorded, kIn, "UBSAN: undefined-behaviour", kRuler, kTraceOnly, kNotOfUbsan},
    {"UBSAN: ", " in ", "ubsan", kCrashed, kRecorded, kUntil, "UBSAN: ", kTrace, kTraceOnly, kNotOfUbsan},
    {"BUG: memory leak", "", "memory-leak",
     kCrashed, kRecorded, kIn, "memory leak", "", kTraceOnly, kNotOfLeak},

    // Bad addresses, x86 and powerpc.
    {"BUG: kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace, kPointer},
    {"BUG: Kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace, kPointer},
    {"BUG: unable to handle kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace, kPointer},
    {"BUG: unable to handle page fault", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace, kPointer},
    {"BUG: unable to handle kernel paging request", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace, kPointer},
    {"BUG: Unable to handle kernel data access", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace, kPointer},
    {"BUG: unable to handle ", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel", kTrace, kPointer},
    {"BUG: Unable to handle ", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel", kTrace, kPointer},
    // Bad addresses, arm64, arm, riscv and others.
    {"Unable to handle kernel NULL pointer dereference", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel NULL pointer dereference", kTrace, kPointer},
    {"Unable to handle kernel access to user memory", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel access to user memory", kTrace, kPointer},
    {"Unable to handle kernel paging request", "", "oops",
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace, kPointer},
    {"Unable to handle kernel ", " at v", "oops",
     kCrashed, kFatal, kUntil, "BUG: unable to handle kernel ", kTrace, kPointer},
    {"Unable to handle kernel ", " in virtual ", "oops",  // s390
     kCrashed, kFatal, kUntil, "BUG: unable to handle kernel ", kTrace, kPointer},
    {"CPU ", " Unable to handle kernel paging request", "oops",  // mips, loongarch
     kCrashed, kFatal, kIn, "BUG: unable to handle kernel paging request", kTrace, kPointer},
    {"Unhandled fault: ", "", "oops", kCrashed, kFatal, kIn, "Unhandled fault", kTrace, kPointer},
    {"Unhandled prefetch abort: ", "", "oops", kCrashed, kFatal, kIn, "Unhandled fault", kTrace, kPointer},
    {"Alignment trap: ", "", "oops", kCrashed, kFatal, kIn, "Alignment trap", kTrace, kPointer},
    {"Insufficient stack space to handle exception!", "", "stack-overflow",
     kCrashed, kFatal, kIn, "kernel stack overflow", kTrace, kPointer},
    {"Internal error: ", "[#", "oops", kCrashed, kFatal, kIn, "Internal error", kTrace, kPointer},

    // Stacks.
    {"BUG: ", "stack guard page was hit", "stack-overflow",
     kCrashed, kFatal, kIn, "BUG: stack guard page was hit", kTrace, kStall},
    {"Oops: stack guard page", "", "stack-overflow",
     kCrashed, kFatal, kIn, "BUG: stack guard page was hit", kTrace, kStall},
    {"kernel stack overflow", "", "stack-overflow",
     kCrashed, kFatal, kIn, "kernel stack overflow", kTrace, kStall},
    {"traps: PANIC: double fault", "", "double-fault",
     kCrashed, kFatal, kIn, "PANIC: double fault", kTrace, kPointer},
    {"PANIC: double fault", "", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace, kPointer},
    {"Oops: double fault", "", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace, kPointer},
    {"double fault: ", "[#", "double-fault", kCrashed, kFatal, kIn, "PANIC: double fault", kTrace, kPointer},

    // Other exceptions in kernel mode; those of programs have a "traps: " before them.
    {"kernel BUG at ", "mm/usercopy.c", "bug", kCrashed, kFatal, kIn, "BUG: bad usercopy", kTrace, kTraceOnly, kNotOfUsercopy},
    {"kernel BUG at ", "lib/list_debug.c", "bug", kCrashed, kFatal, kIn, "BUG: corrupted list", kTrace, kTraceOnly, kNotOfLists},
    {"kernel BUG at ", "", "bug", kCrashed, kFatal, kIn, "kernel BUG", kTrace, kPointer, "skb_*"},
    {"Kernel BUG at ", "", "bug", kCrashed, kFatal, kIn, "kernel BUG", kTrace, kPointer, "skb_*"},
    {"Oops: general protection fault", "", "gpf",
     kCrashed, kFatal, kIn, "general protection fault", kTrace, kPointer},
    {"general protection fault", "[#", "gpf", kCrashed, kFatal, kIn, "general protection fault", kTrace, kPointer},
    {"Oops: invalid opcode", "", "invalid-opcode", kCrashed, kFatal, kIn, "invalid opcode", kTrace, kPointer},
    {"invalid opcode: ", "[#", "invalid-opcode", kCrashed, kFatal, kIn, "invalid opcode", kTrace, kPointer},
    {"Oops: divide error", "", "divide-error", kCrashed, kFatal, kIn, "divide error", kTrace, kPointer},
    {"divide error: ", "[#", "divide-error", kCrashed, kFatal, kIn, "divide error", kTrace, kPointer},
    {"divide_error: ", "[#", "divide-error", kCrashed, kFatal, kIn, "divide error", kTrace, kPointer},
    {"Oops: stack segment", "", "oops", kCrashed, kFatal, kIn, "stack segment fault", kTrace, kPointer},
    {"stack segment: ", "[#", "oops", kCrashed, kFatal, kIn, "stack segment fault", kTrace, kPointer},
    {"Oops: int3", "", "oops", kCrashed, kFatal, kIn, "int3", kTrace, kPointer},
    {"int3: ", "[#", "oops", kCrashed, kFatal, kIn, "int3", kTrace, kPointer},
    {"Oops: ", "[#", "oops", kCrashed, kFatal, kIn, "Oops", kTrace, kPointer},
    {"Oops [#", "", "oops", kCrashed, kFatal, kIn, "Oops", kTrace, kPointer},

    // No progress. A lockup of a workqueue pool is also seen where a virtual processor got no time, and
    // passes; if it does not, silence or the boot's limit ends the boot.
    {"watchdog: BUG: soft lockup", "", "soft-lockup",
     kHung, kFatal, kIn, "BUG: soft lockup", kTask, kStall, kNotOfStalls},
    {"NMI watchdog: BUG: soft lockup", "", "soft-lockup",
     kHung, kFatal, kIn, "BUG: soft lockup", kTask, kStall, kNotOfStalls},
    {"BUG: soft lockup", "", "soft-lockup", kHung, kFatal, kIn, "BUG: soft lockup", kTask, kStall, kNotOfStalls},
    {"watchdog: Watchdog detected hard LOCKUP", "", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask, kPointer, kNotOfStalls},
    {"NMI watchdog: Watchdog detected hard LOCKUP", "", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask, kPointer, kNotOfStalls},
    {"Watchdog detected hard LOCKUP", "", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask, kPointer, kNotOfStalls},
    {"watchdog: CPU", "Watchdog detected hard LOCKUP", "hard-lockup",
     kHung, kFatal, kIn, "BUG: hard lockup", kTask, kPointer, kNotOfStalls},
    {"rcu: INFO: rcu", " stall", "rcu-stall",
     kHung, kFatal, kIn, "INFO: rcu detected stall", kTask, kStall, kNotOfStalls},
    {"INFO: rcu", " stall", "rcu-stall",
     kHung, kFatal, kIn, "INFO: rcu detected stall", kTask, kStall, kNotOfStalls},
    {"rcu: rcu_", " kthread starved for ", "rcu-stall",
     kHung, kFatal, kIn, "INFO: rcu detected stall", kTask, kStall, kNotOfStalls},
    {"INFO: task ", " blocked for more than ", "hung-task",
     kHung, kFatal, kIn, "INFO: task hung", kTask, kHungTask},
    {"INFO: task ", " blocked in I/O wait for more than ", "hung-task",
     kHung, kFatal, kIn, "INFO: task hung", kTask, kHungTask},
    {"INFO: task ", " can't die for more than ", "hung-task",
     kHung, kFatal, kIn, "INFO: task can't die", kTask, kTraceOnly, "*schedule*"},
    {"BUG: spinlock lockup suspected", "", "spinlock",
     kHung, kFatal, kIn, "BUG: spinlock lockup suspected", kTask, kTraceOnly, kNotOfSpin},
    {"BUG: rwlock lockup suspected", "", "spinlock",
     kHung, kFatal, kIn, "BUG: rwlock lockup suspected", kTask, kTraceOnly, kNotOfSpin},
    {"unregister_netdevice: waiting for ", " to become free", "unregister-netdevice",
     kHung, kFatal, kFixed, "unregister_netdevice: waiting for DEV to become free", ""},
    {"BUG: workqueue lockup", "", "workqueue-lockup",
     kHung, kRecorded, kIn, "BUG: workqueue lockup", kTask, kWord, "", "Workqueue: "},

    // The kernel gave up; the first rows are boots that had nothing to run.
    {"Kernel panic - not syncing: VFS: Unable to mount root fs", "", "no-root",
     kBootFailed, kFatal, kLine, "kernel panic: VFS: Unable to mount root fs", kPanic},
    {"Kernel panic - not syncing: No working init found", "", "no-init",
     kBootFailed, kFatal, kFixed, "kernel panic: No working init found", kPanic},
    {"Kernel panic - not syncing: No init found", "", "no-init",
     kBootFailed, kFatal, kFixed, "kernel panic: No init found", kPanic},
    {"Kernel panic - not syncing: Requested init ", "", "no-init",
     kBootFailed, kFatal, kLine, "kernel panic: Requested init ", kPanic},
    {"Kernel panic - not syncing: Attempted to kill init!", "", "panic",
     kCrashed, kFatal, kFixed, "kernel panic: Attempted to kill init!", kPanic},
    {"Kernel panic - not syncing: stack-protector: ", "", "stack-protector",
     kCrashed, kFatal, kIn, "kernel panic: stack is corrupted", kPanic, kNamed, "*stack_chk*"},
    {"Kernel panic - not syncing: corrupted stack end", "", "stack-overflow",
     kCrashed, kFatal, kIn, "kernel panic: corrupted stack end", kPanic, kStall, "*schedule* *retint_kernel*"},
    {"Kernel panic - not syncing: kernel stack overflow", "", "stack-overflow",
     kCrashed, kFatal, kIn, "kernel stack overflow", kPanic, kStall},
    {"Kernel panic - not syncing: Couldn't open N_TTY ldisc", "", "panic",
     kCrashed, kFatal, kFixed, "kernel panic: Couldn't open N_TTY ldisc", kPanic},
    {"Kernel panic - not syncing: Fatal exception", "", "panic",
     kCrashed, kFatal, kFixed, "kernel panic: Fatal exception", kPanic},
    {"Kernel panic - not syncing: ", "", "panic", kCrashed, kFatal, kLine, "kernel panic: ", kPanic},
    {"Kernel panic - not syncing", "", "panic", kCrashed, kFatal, kLine, "kernel panic", kPanic},
    {"Kernel panic: ", "", "panic", kCrashed, kFatal, kLine, "kernel panic: ", kPanic},

    // Corruption that the kernel noticed itself.
    {"BUG ", "): ", "slab", kCrashed, kFatal, kAfter, "BUG: ", kTask, kTraceOnly},
    {"BUG: Bad page state", "", "bad-page",
     kCrashed, kFatal, kIn, "BUG: Bad page state", kTask, kMarked, kNotOfPage, "page last allocated"},
    {"BUG: Bad page cache", "", "bad-page",
     kCrashed, kFatal, kIn, "BUG: Bad page cache", kTask, kMarked, kNotOfPage, "page last allocated"},
    {"BUG: Bad page map", "", "bad-page", kCrashed, kFatal, kFixed, "BUG: Bad page map", kTask},
    {"BUG: Bad rss-counter state", "", "bad-state", kCrashed, kRecorded, kFixed, "BUG: Bad rss-counter state", ""},
    {"BUG: non-zero ", " on freeing mm", "bad-state", kCrashed, kRecorded, kUntil, "BUG: non-zero ", "", kNone, "", "", " on freeing mm"},
    {"BUG: Dentry ", "still in use", "bad-state",
     kCrashed, kRecorded, kFixed, "BUG: Dentry still in use in unmount", kTrace},
    {"VFS: Busy inodes after unmount", "", "bad-state",
     kCrashed, kRecorded, kFixed, "VFS: Busy inodes after unmount (use-after-free)", ""},
    {"VFS: Close: file count is 0", "", "bad-state",
     kCrashed, kRecorded, kFixed, "VFS: Close: file count is zero (use-after-free)", ""},

    // Rules of locking broken: the kernel goes on, and the report is kept beside the results. Before 4.12
    // their heads were in brackets.
    {"WARNING: possible circular locking dependency", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock, kNotOfWork},
    {"[ INFO: possible circular locking dependency", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock, kNotOfWork},
    {"WARNING: possible recursive locking", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock},
    {"[ INFO: possible recursive locking", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock},
    {"WARNING: possible irq lock inversion", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock},
    {"[ INFO: possible irq lock inversion", "", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock},
    {"WARNING: ", "-unsafe lock order detected", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kMarked, "", " which became "},
    {"[ INFO: ", "-unsafe lock order detected", "lockdep",
     kCrashed, kRecorded, kIn, "possible deadlock", kTask, kLock},
    {"WARNING: inconsistent lock state", "", "lockdep",
     kCrashed, kRecorded, kIn, "inconsistent lock state", kTask, kTraceOnly},
    {"[ INFO: inconsistent lock state", "", "lockdep",
     kCrashed, kRecorded, kIn, "inconsistent lock state", kTask, kLock},
    {"WARNING: bad unlock balance", "", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: bad unlock balance", kTask, kLock},
    {"[ BUG: bad unlock balance", "", "lockdep",
     kCrashed, kRecorded, kIn, "BUG: bad unlock balance", kTask, kLock},
    {"WARNING: held lock freed", "", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: held lock freed", kTask, kLock},
    {"[ BUG: held lock freed", "", "lockdep", kCrashed, kRecorded, kIn, "BUG: held lock freed", kTask, kLock},
    {"WARNING: lock held when returning to user space", "", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: lock held when returning to user space", kTask, kLock},
    {"[ BUG: lock held when returning to user space", "", "lockdep",
     kCrashed, kRecorded, kIn, "BUG: lock held when returning to user space", kTask, kLock},
    {"WARNING: ", "still has locks held", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: still has locks held", kTask, kLock},
    {"[ BUG: ", "still has locks held", "lockdep",
     kCrashed, kRecorded, kIn, "BUG: still has locks held", kTask, kLock},
    {"WARNING: Nested lock was not taken", "", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: nested lock was not taken", kTask, kLock},
    {"[ BUG: Nested lock was not taken", "", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: nested lock was not taken", kTask, kLock},
    {"[ BUG: Invalid wait context ]", "", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: locking bug", kTask, kTraceOnly},
    {"INFO: trying to register non-static key", "", "lockdep",
     kCrashed, kRecorded, kIn, "INFO: trying to register non-static key", kTask, kTraceOnly, kNotOfKeys},
    {"WARNING: suspicious RCU usage", "", "rcu-usage",
     kCrashed, kRecorded, kIn, "WARNING: suspicious RCU usage", kTask, kTraceOnly, kNotOfRcu},
    {"[ INFO: suspicious RCU usage", "", "rcu-usage",
     kCrashed, kRecorded, kIn, "INFO: suspicious RCU usage", kTask, kTraceOnly, kNotOfRcu},
    {"INFO: suspicious RCU usage", "", "rcu-usage",
     kCrashed, kRecorded, kIn, "INFO: suspicious RCU usage", kTask, kTraceOnly, kNotOfRcu},

    // Other rules broken.
    {"BUG: sleeping function called from invalid context", "", "atomic-sleep",
     kCrashed, kRecorded, kIn, "BUG: sleeping function called from invalid context", kTask, kTraceOnly},
    {"BUG: scheduling while atomic", "", "atomic-sleep",
     kCrashed, kRecorded, kIn, "BUG: scheduling while atomic", kTask, kTraceOnly, "*schedule*"},
    {"BUG: using ", " in preemptible", "preemptible",
     kCrashed, kRecorded, kUntil, "BUG: using ", kTask, kTraceOnly, kNotOfPreemption, "", " in preemptible code"},
    {"BUG: spinlock ", " on CPU", "spinlock", kCrashed, kRecorded, kUntil, "BUG: spinlock ", kTask, kTraceOnly, kNotOfSpin},
    {"BUG: rwlock ", " on CPU", "spinlock", kCrashed, kRecorded, kUntil, "BUG: rwlock ", kTask, kTraceOnly, kNotOfSpin},
    {"BUG: workqueue leaked ", ":", "workqueue-leak",
     kCrashed, kRecorded, kUntil, "BUG: workqueue leaked ", "", kWord, "", "last function: "},
    {"BUG: MAX_", "", "lockdep-limit", kCrashed, kRecorded, kLine, "BUG: MAX_", kTask},
    {"unchecked MSR access error", "", "msr",
     kCrashed, kRecorded, kIn, "unchecked MSR access error", kTask, kPointer},

    // Warnings: first those whose file says what they are about.
    {"WARNING: ", "lib/debugobjects.c", "odebug",
     kCrashed, kRecorded, kIn, "WARNING: ODEBUG bug", kTrace, kNamed, kNotOfObjects},
    {"WARNING: ", "mm/usercopy.c", "warning",
     kCrashed, kRecorded, kIn, "WARNING: bad usercopy", kTrace, kNamed, kNotOfUsercopy},
    {"WARNING: ", "lib/kobject.c", "warning",
     kCrashed, kRecorded, kIn, "WARNING: kobject bug", kTrace, kNamed, "*kobject_*"},
    {"WARNING: ", "fs/proc/generic.c", "warning",
     kCrashed, kRecorded, kIn, "WARNING: proc registration bug", kTrace, kNamed, "*proc_*"},
    {"WARNING: ", "lib/refcount.c", "refcount",
     kCrashed, kRecorded, kIn, "WARNING: refcount bug", kTrace, kNamed, "*refcount* *kobject_*"},
    {"WARNING: ", "kernel/locking/lockdep.c*lock_", "lockdep",
     kCrashed, kRecorded, kIn, "WARNING: locking bug", kTrace, kNamed},
    {"WARNING: ", "mm/*.c* k*malloc", "warning", kCrashed, kRecorded, kIn, "WARNING: kmalloc bug", kTrace, kNamed},
    {"WARNING: ", "mm/vmalloc.c*__vmalloc_node", "warning",
     kCrashed, kRecorded, kIn, "WARNING: zero-size vmalloc", kTrace, kNamed},
    {"WARNING: ", " usb_submit_urb+0x", "warning",
     kCrashed, kRecorded, kIn, "WARNING", kTrace, kNamed, kNotOfUrbs, "", "/usb_submit_urb"},
    {"WARNING: ", "+0x", "warning", kCrashed, kRecorded, kIn, "WARNING", kTrace, kNamed},
    {"WARNING: ", " at 0x", "warning", kCrashed, kRecorded, kIn, "WARNING", kTrace, kNamed},
    {"WARNING: kernel stack regs at ", "has bad 'bp' value", "stack-metadata",
     kCrashed, kRecorded, kFixed, "WARNING: kernel stack regs has bad 'bp' value", ""},
    {"WARNING: kernel stack regs at ", "has bad 'ip' value", "stack-metadata",
     kCrashed, kRecorded, kFixed, "WARNING: kernel stack regs has bad 'ip' value", ""},
    {"WARNING: kernel stack frame pointer at ", "has bad value", "stack-metadata",
     kCrashed, kRecorded, kFixed, "WARNING: kernel stack frame pointer has bad value", ""},

    {"Out of memory: Kill", "process ", "out-of-memory",
     kCrashed, kRecorded, kProcess, "Out of memory: killed", ""},
    {"Memory cgroup out of memory: Kill", "process ", "out-of-memory",
     kCrashed, kRecorded, kProcess, "Memory cgroup out of memory: killed", ""},
    {"BUG: ", "", "bug", kCrashed, kRecorded, kLine, "BUG: ", kTrace},
};

// Heads that also stand inside a report, below the line that says what happened.
constexpr std::string_view kContinuations[] = {
    "Oops", "Internal error: ", "invalid opcode: ", "general protection fault", "stack segment: ",
    "PANIC: double fault", "traps: PANIC: double fault", "double fault: ", "kernel stack overflow",
    "unregister_netdevice: waiting for ", "Kernel panic",
};

// Panics that only carry out what was ordered for the case of a report.
constexpr std::string_view kObedience[] = {
    "panic_on_warn set", "Fatal exception", "hung_task: blocked tasks", "softlockup: hung tasks", "RCU Stall",
    "Hard LOCKUP", "Fatal error", "UBSAN: ", "KFENCE: ", "panic_on_oops", "Aiee, killing interrupt handler",
    "Oops - ",
};

// Lines that begin as a report does and are none.
constexpr std::string_view kNoReports[] = {
    "BUG: no syscalls can create resource",
    "INFO: rcu_tasks_rude",
};
// clang-format on

// Each part between stars, one after the other.
bool contains(std::string_view text, std::string_view parts) {
  for (;;) {
    const auto star = parts.find('*');
    const auto at = text.find(parts.substr(0, star));
    if (at == std::string_view::npos) return false;
    if (star == std::string_view::npos) return true;
    text.remove_prefix(at + star);
    parts.remove_prefix(star + 1);
  }
}

}  // namespace

std::span<const OopsPattern> oops_table() { return kTable; }

const OopsPattern* find_oops(std::string_view line) {
  const auto begins = [&](std::string_view text) { return line.starts_with(text); };
  if (std::any_of(std::begin(kNoReports), std::end(kNoReports), begins)) return nullptr;
  // A log with symbols looked up says a head once for each inlined function; the last one is real.
  if (line.ends_with("[inline]")) return nullptr;
  for (const OopsPattern& pattern : kTable) {
    if (!line.starts_with(pattern.text)) continue;
    if (contains(line.substr(pattern.text.size()), pattern.also)) return &pattern;
  }
  return nullptr;
}

bool is_continuation(std::string_view line) {
  return std::any_of(std::begin(kContinuations), std::end(kContinuations),
                     [&](std::string_view text) { return line.starts_with(text); });
}

bool is_panic_over_report(std::string_view line) {
  return line.starts_with("Kernel panic") &&
         std::any_of(std::begin(kObedience), std::end(kObedience),
                     [&](std::string_view text) { return line.find(text) != std::string_view::npos; });
}

}  // namespace klab
