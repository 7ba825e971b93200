# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by simulator: the network namespace, which lives as long as a process in it. One such process, the holder,
# does nothing else; its pid, not a name under /run/netns, leads to it, so that it is found from any mount namespace.

hold() { # directory command-that-enters...
  local directory=$1 left=500
  shift
  # shellcheck disable=SC2016
  "$@" setsid bash -c 'exec -a "$1" sleep infinity' holder "klab-simulator $directory/" </dev/null >/dev/null 2>&1 &
  local holder=$!
  disown
  echo "$holder" >"$directory/network.pid"
  until running "$directory/network.pid" "klab-simulator $directory/"; do
    left=$((left - 1))
    if [ "$left" -eq 0 ] || ! kill -0 "$holder" 2>/dev/null; then
      die "cannot make a network namespace: $1 failed; it takes a kernel and a container that allow it"
    fi
    sleep 0.02
  done
}

network_open() { # directory
  hold "$1" unshare --net
  in_network "$1" sh -eu -c '
    ip link set lo up
    ip link add br0 type bridge
    ip addr add 10.77.0.1/24 dev br0
    ip -6 addr add fd77::1/64 dev br0 nodad
    ip link set br0 up' || die "cannot set up the bridge: the words of ip are above"
}

network_tap() { # directory tap
  # shellcheck disable=SC2016
  in_network "$1" sh -eu -c '
    ip tuntap add dev "$1" mode tap
    ip link set "$1" master br0
    ip link set "$1" up' tap "$2" || die "cannot make the tap \"$2\": the words of ip are above; is there a /dev/net/tun?"
}

# A process of the simulator that is alive leads to the namespace; any will do, the holder may have been killed.
network_entry() { # directory
  local file
  for file in "$1"/network.pid "$1"/run/*/*.pid; do
    if running "$file" "$1/"; then
      echo "/proc/$(cat "$file")/ns/net"
      return
    fi
  done
  return 1
}

# Only the network changes: `ip netns exec` would also give the command a mount namespace with another /sys.
in_network() { # directory command...
  local entry
  entry=$(network_entry "$1") || die "cannot enter the network of \"$1\": nothing of this simulator runs; \"simulator up\" starts one"
  shift
  nsenter --net="$entry" -- "$@"
}

# All in the namespace but the holder.
network_processes() { # directory
  local holder
  holder=$(cat "$1/network.pid")
  find /proc/[0-9]*/ns/net -maxdepth 0 -printf '%l %p\n' 2>/dev/null |
    awk -F '[ /]' -v net="$(readlink "/proc/$holder/ns/net")" -v holder="$holder" '$1 == net && $4 != holder { print $4 }'
}

# Everything in the namespace belongs to this simulator; without processes it is gone.
network_close() { # directory
  local entry pids pid signal left
  entry=$(network_entry "$1") || return 0
  [ "$entry" = "/proc/$(cat "$1/network.pid" 2>/dev/null)/ns/net" ] || hold "$1" nsenter --net="$entry" --
  for signal in TERM KILL KILL; do
    mapfile -t pids < <(network_processes "$1")
    for pid in "${pids[@]}"; do
      kill "-$signal" "$pid" 2>/dev/null || true
      # One that stands still ends only when it goes on.
      kill -CONT "$pid" 2>/dev/null || true
    done
    left=100
    while [ "$left" -gt 0 ] && [ -n "$(alive "${pids[@]}")" ]; do
      left=$((left - 1))
      sleep 0.03
    done
  done
  stop_process "$1/network.pid" "$1/" KILL
}
