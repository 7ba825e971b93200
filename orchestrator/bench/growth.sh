#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a year of nights and a million samples cost: bytes of database a sample, times of pages, memory of klabd; then
# the scheduler with 1,000 hosts and 100,000 boots.
#   growth.sh BINARIES [SAMPLES [pages|all]]
# Prints figures and goals and judges nothing: the machine may be busy.
set -euo pipefail
binaries=$(cd "$1" && pwd) samples=${2:-1000000} what=${3:-all}
work=$(mktemp -d "${TMPDIR:-/tmp}/klab-growth-XXXXXX")
daemon=
trap '[ -z "$daemon" ] || { kill -TERM "$daemon" && wait "$daemon" || true; }; rm -rf "$work"' EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/klab.toml" <<TOML
state = "$work/state"
cache = "$work/cache"
[daemon]
pages = "127.0.0.1:$port"
TOML
export KLAB_CONFIG=$work/klab.toml
sql() { sqlite3 -readonly "$work/state/klab.db" "$1"; }

"$binaries/klab_generate" "$KLAB_CONFIG" "$samples"
bytes=$(stat -c %s "$work/state/klab.db")
stored=$(sql 'SELECT number FROM sample_total')
printf 'database %d bytes, %d samples: %s bytes a sample   (goal 100)\n' "$bytes" "$stored" "$(awk -v b="$bytes" -v s="$stored" 'BEGIN { printf "%.1f", b / s }')"
sqlite3 "$work/state/klab.db" "SELECT printf('  %-24s %5.1f bytes a sample', name, sum(pgsize) * 1.0 / $stored) FROM dbstat GROUP BY name ORDER BY sum(pgsize) DESC LIMIT 12" 2>/dev/null || true

"$binaries/klabd" >"$work/klabd.log" 2>&1 &
daemon=$!
for _ in $(seq 300); do
  "$binaries/klab" status --limit 1 >/dev/null 2>&1 && break
  sleep 0.2
done
page() { "$binaries/klab_page_times" "$port" "$@" || true; }
sql 'SELECT "/experiments/" || id FROM experiment ORDER BY id' >"$work/all"
printf 'pages, one connection, one after the other\n'
shuf --random-source=<(yes) "$work/all" | page "experiment, first look"
shuf --random-source=<(yes) "$work/all" | head -400 | page "experiment, second look"
echo '                             goal: p50 20 ms, p99 100 ms'
"$(dirname "$0")/trend_paths.sh" "$work/state/klab.db" >"$work/trends"
page "trend, first look" <"$work/trends"
page "trend, second look" <"$work/trends"
echo '                             goal: p50 50 ms'
for path in / /metrics /now.json /experiments /matrices /hosts; do
  for _ in $(seq 50); do echo "$path"; done | page "$path"
done
printf 'klabd: resident %d MiB\n' "$(awk '/VmRSS/ { print int($2 / 1024) }' /proc/"$(pgrep -P "$daemon" | head -1)"/status)"
kill -TERM "$daemon" && wait "$daemon" || true
daemon=
[ "$what" = pages ] || "$binaries/klab_scheduler_bench" 1000 10000
