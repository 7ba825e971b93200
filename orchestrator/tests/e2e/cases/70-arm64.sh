# SPDX-License-Identifier: GPL-3.0-or-later
# Kernels built across, an emulated arm64 guest: as many boots as show that every part of it works. Few items:
# locks of arm64 are handed over in order, which a busy host makes slow.
if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-system-aarch64 >/dev/null; then
  begin "arm64: built across, booted, measured, side by side with x86_64"
  submit "$series/harmless.patch" --machine small --machine small-arm64 --boots 1 --workload workqueue:wq_items=20,passes=1
  machines=
  same "exit code of too few boots" 3 "$status"
  same "outcome" ok "$(outcome)"
  same "baseline boots" "ok ok" "$(boots_of baseline-small-arm64) $(boots_of baseline-small)"
  same "patched boots" "ok ok" "$(boots_of patched-small-arm64) $(boots_of patched-small)"
  holds "table" "$output" "Machines side by side"
  holds "label" "$(klab report "$id" --format json | jq -c .provenance.labels)" "small-arm64: arm64 emulated on"
  for boot in $(sql "SELECT boot.id FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id"); do
    machines+=" $(klab show --boot "$boot" --json | jq -r .guest_facts.machine)"
  done
  same "machines the guests are" "aarch64 aarch64 x86_64 x86_64" "$(printf '%s\n' $machines | sort | xargs)"
  same "widest line of the report" yes \
    "$([ "$(klab report "$id" --format text | awk '{ if (length($0) > w) w = length($0) } END { print w }')" -le 72 ] && echo yes || echo no)"
  finish

  begin "arm64: a panic is recognised on its console"
  submit "$series/panics-in-benchmark.patch" --machine small-arm64 --boots 1 --workload workqueue:wq_items=100,passes=1
  same "exit code" 2 "$status"
  same "patched boots" crashed "$(boots_of patched)"
  holds "title" "$(sql "SELECT title FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND outcome = 'crashed'")" "panic"
  finish
fi
