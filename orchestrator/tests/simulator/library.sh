# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by simulator and chassis: processes that are known by a pid file, and faults that are known by a file.

# Whether the pid file's process is there and is still the one that wrote it: WORD is on its command line. A zombie
# has no command line.
running() { # pid-file word
  local pid
  pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && grep -qaF -- "$2" "/proc/$pid/cmdline" 2>/dev/null
}

stop_process() { # pid-file word signal
  local left=500
  if running "$1" "$2"; then
    kill "-$3" "$(cat "$1")" 2>/dev/null || true
    while running "$1" "$2"; do
      left=$((left - 1))
      [ "$left" -gt 0 ] || return 1
      sleep 0.02
    done
  fi
  rm -f "$1"
}

afflicted() { [ -e "$1/faults/$2" ]; } # host-directory fault
affliction() { cat "$1/faults/$2"; }   # host-directory fault

# Which of these processes are there. A zombie is not.
alive() { # pid...
  local pid
  for pid in "$@"; do
    if grep -qa . "/proc/$pid/cmdline" 2>/dev/null; then echo "$pid"; fi
  done
}

# number, name, port, tap, mac, address, user, netboot, sockets, cores, threads and memory of a host.
load() { # host-directory
  # shellcheck source=/dev/null
  . "$1/settings"
}
