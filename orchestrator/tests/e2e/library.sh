# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh: a lab of its own in a temporary directory, and assertions that explain themselves.

passed=0 failed=0 current= problems=0
enter=() # what takes klabd to where it runs
share=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)

lab_open() { # binaries cache
  binaries=$1
  work=$(mktemp -d /tmp/klab-e2e.XXXXXX)
  cat >"$work/klab.toml" <<TOML
state = "$work/state"
cache = "$2"
[defaults]
machine = "small"
workloads = ["workqueue:wq_items=200,passes=2,pass_timeout=7"]
[machines.small]
vcpus = 4
memory = "512M"
silence_limit = 12
boot_limit = 25
run_limit = 120
[machines.small-arm64]
architecture = "arm64"
vcpus = 2
memory = "512M"
boot_limit = 60
silence_limit = 60
run_limit = 300
TOML
  export KLAB_CONFIG=$work/klab.toml
  trap lab_close EXIT
}

daemon_start() {
  "${enter[@]}" "$binaries/klabd" >>"$work/klabd.log" 2>&1 &
  supervisor=$!
  local waited=0
  until klab status >/dev/null 2>&1; do
    kill -0 "$supervisor" 2>/dev/null || { cat "$work/klabd.log"; return 1; }
    waited=$((waited + 1))
    [ "$waited" -lt 300 ] || return 1
    sleep 0.1
  done
}

daemon_stop() { # signal
  kill "-${1:-TERM}" "$supervisor" 2>/dev/null || true
  wait "$supervisor" 2>/dev/null || true
}

lab_close() {
  daemon_stop TERM
  [ "$failed" -eq 0 ] || { echo "--- the last lines of klabd:"; tail -40 "$work/klabd.log"; }
  rm -rf "$work"
}

klab() { "$binaries/klab" "$@"; }
sql() { sqlite3 -readonly "$work/state/klab.db" "$1"; }
# QEMUs of this lab alone; another lab on the host has other paths on its command line.
qemus() { pgrep -fc "qemu-system.*$work" || true; }

begin() {
  current=$1 problems=0
  begun=$SECONDS
}
finish() {
  if [ "$problems" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'ok    %-44s %4d s\n' "$current" $((SECONDS - begun))
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$current"
  fi
}
problem() {
  problems=$((problems + 1))
  printf '      %s: %s\n' "$current" "$*"
}
same() { # what expected got
  [ "$2" = "$3" ] || problem "$1: expected \"$2\", got \"$3\""
}
holds() { # what text part
  case $2 in
  *"$3"*) ;;
  *) problem "$1: no \"$3\" in: $2" ;;
  esac
}

# Submits and waits. Leaves the exit code in $status, what was printed in $output, the number in $id.
submit() {
  status=0
  output=$(klab submit "$@" --wait 2>&1) || status=$?
  id=$(sql 'SELECT max(id) FROM experiment')
}
outcome() { sql "SELECT outcome FROM experiment WHERE id = $id"; }
message() { sql "SELECT message FROM experiment WHERE id = $id"; }
# Outcomes of an arm's boots, in the order of their slots.
boots_of() { # label
  sql "SELECT group_concat(outcome, ' ') FROM (SELECT outcome FROM boot JOIN slot ON boot.slot = slot.id
       JOIN arm ON slot.arm = arm.id WHERE slot.experiment = $id AND label = '$1' ORDER BY slot.position, attempt)"
}
wait_for() { # seconds command...
  local left=$(($1 * 10))
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}
