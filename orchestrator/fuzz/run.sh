#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [-m] [SECONDS] [TARGET...]: runs each target for so long, two at a time, on its corpus and what
# earlier runs found (.build/fuzz/found). Ends with 1 when a target found something; the input is then in
# .build/fuzz/findings/<target>. -m instead adds to the corpus of the tree what covers more.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$here/../../.build/fuzz
corpus=$here/corpus

merge=no
[ "${1:-}" != -m ] || { merge=yes; shift; }
seconds=600
case ${1:-} in [0-9]*) seconds=$1; shift ;; esac
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls "$corpus")

run() { # target
  local target=$1 program=$build/fuzz/fuzz_$1 options=()
  local found=$build/found/$1 findings=$build/findings/$1
  mkdir -p "$found" "$findings"
  if [ $merge = yes ]; then
    "$program" -merge=1 -max_len=4096 "$corpus/$target" "$found" >"$build/$target.log" 2>&1
    return
  fi
  [ ! -f "$here/dict/$target.dict" ] || options+=("-dict=$here/dict/$target.dict")
  nice -n 10 "$program" "$found" "$corpus/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 \
    -max_len=8192 -print_final_stats=1 -artifact_prefix="$findings/" "${options[@]}" >"$build/$target.log" 2>&1
}

summary() { # target
  local log=$build/$1.log
  printf '%-9s %11s executions, %5s edges covered\n' "$1" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)"
}

failed=0
# Takes the oldest of the two under way.
finish() {
  local pid=${running[0]%%:*} target=${running[0]#*:}
  running=("${running[@]:1}")
  if wait "$pid"; then
    [ $merge = yes ] || summary "$target"
  else
    failed=1
    printf '%-9s FAILED; input in %s, log %s\n' "$target" "$build/findings/$target" "$build/$target.log"
    grep -aE 'property broken|runtime error|ERROR:' "$build/$target.log" || tail -3 "$build/$target.log"
  fi
}

running=()
for target in "${targets[@]}"; do
  [ -x "$build/fuzz/fuzz_$target" ] || { echo "run.sh: no program fuzz_$target; ./lab fuzz builds it" >&2; exit 64; }
  run "$target" &
  running+=("$!:$target")
  [ ${#running[@]} -lt 2 ] || finish
done
while [ ${#running[@]} -gt 0 ]; do finish; done
exit $failed
