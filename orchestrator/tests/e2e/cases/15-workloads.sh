# SPDX-License-Identifier: GPL-3.0-or-later
# Every workload of the seeds on a real kernel, short: what it counts is there, and the counts are right.
value() { # label case metric: the median over the arm's boots
  sql "SELECT printf('%g', avg(value)) FROM summary JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot
       JOIN arm ON slot.arm = arm.id WHERE slot.experiment = $id AND label = '$1' AND case_name = '$2' AND metric = '$3'"
}
fact() { # name
  sql "SELECT group_concat(DISTINCT text) FROM fact JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot
       WHERE slot.experiment = $id AND name = '$1' AND warmup = 0"
}

begin "kmalloc: cycles for every size, and how they were taken"
submit --aa --workload kmalloc:iterations=20000,passes=1 --boots 1
same "exit code of too few boots" 3 "$status"
same "outcome" ok "$(outcome)"
for size in 8 64 256 1024 4096; do
  same "cycles of $size bytes" 1 "$(sql "SELECT $(value aa-1 "$size" kmalloc) > 0")"
done
holds "method" "$(fact method)" "preempt"
holds "report" "$(klab report "$id" --format text)" "How it was measured"
finish

begin "kmalloc: more memory than there is is refused with the figure"
submit --aa --workload kmalloc:iterations=100000000,passes=1 --boots 1
same "exit code" 2 "$status"
same "outcome" workload-failed "$(outcome)"
holds "message" "$(message)" "kmalloc: case"
finish

begin "wq-rescuer: the series brings the others away from the rescuer"
submit "$share/patches/wq-rescuer-cursor" --workload wq-rescuer:passes=1,block_ms=2000 --boots 1
same "outcome" ok "$(outcome)"
same "others that the rescuer ran, before" 100 "$(value baseline blocked others_rescued)"
same "others waited for the one that blocks, before" 1 "$(sql "SELECT $(value baseline blocked others_done) >= 1800")"
same "and not after" 1 "$(sql "SELECT $(value patched blocked others_done) < 1500")"
holds "report" "$(klab report "$id" --format text)" "instrumented"
finish

begin "wq-cull: kicked workers die, and with the claim they do not"
submit "$share/patches/wq-claim-idle-worker" --workload wq-cull:passes=1 --boots 1
same "outcome" ok "$(outcome)"
same "kicked workers marked dying, before" 1 "$(sql "SELECT $(value baseline "keep=2" dying) > 0")"
same "after" 0 "$(value patched "keep=2" dying)"
finish

begin "rt-drain: one interruption for each drain, proved due"
submit --aa --workload rt-drain:passes=1,rounds_short=5,rounds_long=1 --boots 1
same "outcome" ok "$(outcome)"
same "interruptions per drain" 1 "$(sql "SELECT abs($(value aa-1 spacing=100ms interruptions) - 1) < 0.3")"
holds "isolated" "$(klab show --boot "$(sql 'SELECT max(id) FROM boot')" 2>/dev/null || sql "SELECT command_line FROM boot ORDER BY id DESC LIMIT 1")" "isolcpus="
finish
