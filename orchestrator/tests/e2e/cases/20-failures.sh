# SPDX-License-Identifier: GPL-3.0-or-later
begin "a series that does not apply"
submit "$series/does-not-apply.patch"
same "exit code" 2 "$status"
same "outcome" apply-failed "$(outcome)"
holds "message" "$(message)" "kernel/workqueue.c"
holds "git's own words" "$(sql "SELECT tail FROM experiment WHERE id = $id")" "patch failed"
same "boots" 0 "$(sql "SELECT count(*) FROM slot WHERE experiment = $id")"
finish

begin "a series that does not compile"
submit "$series/does-not-compile.patch"
same "exit code" 2 "$status"
same "outcome" build-failed "$(outcome)"
holds "first cause" "$(message)" "kernel/workqueue.c:"
holds "first cause" "$(message)" "error:"
holds "stored log" "$(klab logs "$id" --build 2>&1)" "error:"
finish

begin "a kernel that panics in the benchmark"
submit "$series/panics-in-benchmark.patch" --boots 1
same "exit code" 2 "$status"
same "outcome" crashed "$(outcome)"
same "baseline" ok "$(boots_of baseline)"
same "patched" crashed "$(boots_of patched)"
holds "title" "$(message)" "panic"
holds "stored console" "$(klab logs "$id" 2>&1)" "Kernel panic"
holds "failed boots" "$(klab compare "$id")" "0/1"
finish

begin "a kernel that oopses in the benchmark"
submit "$series/oopses-in-benchmark.patch" --boots 1
same "exit code" 2 "$status"
same "patched" crashed "$(boots_of patched)"
finish

begin "a kernel that hangs in the benchmark"
submit "$series/hangs-in-benchmark.patch" --boots 1
same "exit code" 2 "$status"
same "baseline" ok "$(boots_of baseline)"
same "patched" hung "$(boots_of patched)"
finish

begin "a kernel that never reaches init, and says so"
submit "$series/no-init-panic.patch" --boots 1
same "exit code" 2 "$status"
same "patched" boot-failed "$(boots_of patched)"
finish

begin "a kernel that falls silent before init"
submit "$series/silent-early-hang.patch" --boots 1
same "exit code" 2 "$status"
same "patched" boot-failed "$(boots_of patched)"
same "QEMUs left" 0 "$(qemus)"
finish
