#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What klab costs over the bare tools, as ratios within one run on one machine:
#   incremental build   submit to both kernels ready, against make in its own tree (goal 1.15)
#   to userspace        create to init's first line, against raw QEMU (goal 1.10)
#   ten boots           the span of a measurement, against a shell loop of the same boots (goal 1.03)
#   run.sh BINARIES CACHE [ROUNDS]
# Keep the machine quiet; klab's own daemon must not be measuring anything else.
set -euo pipefail
binaries=$(cd "$1" && pwd) cache=$2 rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tests/e2e/library.sh"
lab_open "$binaries" "$cache"
daemon_start

median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
report() { printf '%-20s klab %8.3f s   bare %8.3f s   ratio %s   (goal %s)\n' "$1" "$2" "$3" "$(ratio "$2" "$3")" "$4"; }

# A series of one patch to one .c file, never seen before.
write_patch() { # number
  local stamp
  stamp="klab-bench-$(date +%s%N)-$1"
  git -C "$work/tree" checkout -q --detach start
  sed -i "1i /* $stamp */" "$work/tree/kernel/workqueue.c"
  git -C "$work/tree" -c user.name=bench -c user.email=bench@localhost commit -qam "workqueue: $stamp"
  git -C "$work/tree" format-patch -q --stdout -1 >"$work/$1.patch"
}

aa=$(klab submit --aa --boots 5 --json | jq -r .id)
klab watch "$aa" >/dev/null || true
[ "$(sql "SELECT outcome FROM experiment WHERE id = $aa")" = ok ] || { echo "bench: the first experiment failed: $(sql "SELECT message FROM experiment WHERE id = $aa")" >&2; exit 3; }

boots=$(sql "SELECT boot.id FROM boot JOIN slot ON slot.id = slot WHERE experiment = $aa AND outcome = 'ok' ORDER BY position")
for boot in $boots; do klab show --reproduce "$boot" >"$work/boot-$boot.sh"; done
begin_loop=$EPOCHREALTIME
for boot in $boots; do
  start=$EPOCHREALTIME
  RESULTS=$work/results sh "$work/boot-$boot.sh" </dev/null 2>/dev/null | while IFS= read -r line; do
    case $line in *"klab: init"*) awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }' >>"$work/userspace" ;; esac
  done
done
loop=$(awk -v a="$begin_loop" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
span=$(sql "SELECT max(finished) - min(started) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $aa")
userspace=$(sql "SELECT seconds_to_userspace FROM boot JOIN slot ON slot.id = slot WHERE experiment = $aa" | median)

# make's own tree: the baseline's source and objects side by side, settled by one make.
commit=$(sql "SELECT commit_id FROM arm WHERE experiment = $aa LIMIT 1")
key=$(sql "SELECT key FROM build JOIN arm ON arm.build = build.id WHERE experiment = $aa LIMIT 1")
[ -z "$(jq -r .facts.baseline "$cache/kernels/$key/manifest.json")" ] ||
  { echo "bench: the kernel of $commit lies over another's objects, so there is no tree to give to make alone; use an empty cache" >&2; exit 3; }
mkdir "$work/plain"
cp -a "$cache/sources/$commit/." "$work/plain/"
cp -a "$cache"/layers/*/"$key/." "$work/plain/"
settings=(KBUILD_BUILD_TIMESTAMP=x KBUILD_BUILD_USER=klab KBUILD_BUILD_HOST=klab "-j$(nproc)")
make -C "$work/plain" "${settings[@]}" bzImage modules >"$work/make.log" 2>&1
mkdir -p "$work/tree/kernel"
cp "$cache/sources/$commit/kernel/workqueue.c" "$work/tree/kernel/"
git -C "$work/tree" init -q
git -C "$work/tree" add -A
git -C "$work/tree" -c user.name=bench -c user.email=bench@localhost commit -qm start
git -C "$work/tree" tag start
cp -a "$here/../../workloads/workqueue/module" "$work/module"
for round in $(seq "$rounds"); do
  write_patch "$round"
  start=$EPOCHREALTIME
  cp "$work/tree/kernel/workqueue.c" "$work/plain/kernel/workqueue.c"
  make -C "$work/plain" "${settings[@]}" bzImage modules >>"$work/make.log" 2>&1
  make -C "$work/plain" "${settings[@]}" M="$work/module" clean modules >>"$work/make.log" 2>&1
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }' >>"$work/plain-times"
  id=$(klab submit "$work/$round.patch" --boots 1 --json | jq -r .id)
  klab watch "$id" >/dev/null 2>&1 || true
  sql "SELECT min(boot.started) - created FROM experiment JOIN slot ON slot.experiment = experiment.id
       JOIN boot ON boot.slot = slot.id WHERE experiment.id = $id" >>"$work/klab-times"
done

report "incremental build" "$(median <"$work/klab-times")" "$(median <"$work/plain-times")" 1.15
report "to userspace" "$userspace" "$(median <"$work/userspace")" 1.10
report "ten boots" "$span" "$loop" 1.03
