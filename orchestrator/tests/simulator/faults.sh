# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by simulator: what can go wrong with a host. A fault is a file in the host's directory, with its argument
# in it; chassis and relay look there, the rest is done when it comes and undone when it is mended.
# shellcheck disable=SC2154 # what load brings

fault_table="\
bmc-dead      -        the BMC is killed
bmc-hung      -        the BMC stands still: it keeps its port and answers nothing
slow-bmc      SECONDS  every chassis command takes so long
packet-loss   PERCENT  of the BMC's packets, both ways
power-refused -        the BMC refuses to switch and to reset
power-lies    SECONDS  the BMC tells the old power state for so long after a command
sol-stolen    SECONDS  another session takes the SOL payload, and keeps it for so long unless it is taken back
sol-silent    -        the SOL session stands, and not a byte of the host comes
no-pxe        -        the host ignores the boot device
dhcp-silent   -        nobody hears the host's DHCP requests
download-cut  BYTES    so much TCP reaches the host from now on, then nothing
host-hang     -        all CPUs of the host stop, as it runs now
host-reset    -        the host's reset button, once; nothing to mend"

# A table of nftables for each fault, so that mending one does not touch the counter of another.
drop() { # directory table hook rule...
  local directory=$1 table=$2 hook=$3 rule
  shift 3
  {
    printf 'table inet %s {\n chain drops {\n type filter hook %s priority 0\n' "$table" "$hook"
    for rule in "$@"; do printf '%s drop\n' "$rule"; done
    printf ' }\n}\n'
  } | in_network "$directory" nft -f - || die "cannot drop packets: the words of nft are above"
}

drop_no_more() { # directory table
  printf 'add table inet %s\ndelete table inet %s\n' "$2" "$2" | in_network "$1" nft -f -
}

whole_number() { # what value
  case $2 in
  '' | *[!0-9]*) die "cannot use \"$2\" as $1: it is not a whole number" 64 ;;
  esac
}

steal_sol() { # directory name seconds
  local directory=$1 name=$2 host=$1/run/$2 port user
  ipmi "$directory" "$name" sol deactivate >/dev/null 2>&1 || true
  load "$host"
  # ipmitool wants a terminal, script gives it one.
  start "$directory" "$host/thief.pid" "$host/thief.log" timeout "$3" script -qfec \
    "ipmitool -I lanplus -C 3 -H 127.0.0.1 -p $port -U $user -f $directory/secrets/$name sol activate" /dev/null
}

fault() { # directory name fault [argument]
  local directory=$1 name=$2 fault=$3 argument=${4:-} host=$1/run/$2 wanted
  wanted=$(awk -v name="$fault" '$1 == name { print $2 }' <<<"$fault_table")
  [ -n "$wanted" ] || die "cannot make the fault \"$fault\": there are$(awk '{ printf " %s", $1 }' <<<"$fault_table")" 64
  [ "$wanted" = - ] || whole_number "the $wanted of $fault" "$argument"
  [ ! -e "$host/faults/$fault" ] || mend "$directory" "$name" "$fault"
  load "$host"
  # Before it begins: chassis and relay may look at once.
  printf '%s\n' "$argument" >"$host/faults/$fault"
  case $fault in
  bmc-dead) stop_process "$host/bmc.pid" "$host/" KILL ;;
  bmc-hung) kill -STOP "$(cat "$host/bmc.pid")" ;;
  packet-loss)
    drop "$directory" "$name-$fault" input "udp dport $port numgen random mod 100 < $argument" \
      "udp sport $port numgen random mod 100 < $argument"
    ;;
  dhcp-silent) drop "$directory" "$name-$fault" input "ether saddr $mac udp dport 67" ;;
  download-cut) drop "$directory" "$name-$fault" output "ip daddr $address meta l4proto tcp quota over $argument bytes" ;;
  sol-stolen) steal_sol "$directory" "$name" "$argument" ;;
  host-hang | host-reset)
    rm "$host/faults/$fault"
    running "$host/qemu.pid" "$host/" || die "cannot make the fault \"$fault\": the host \"$name\" is powered off"
    if [ "$fault" = host-reset ]; then
      "$here/qmp" "$host/qmp.sock" system_reset >/dev/null
    else
      "$here/qmp" "$host/qmp.sock" stop >/dev/null && : >"$host/faults/$fault"
    fi
    ;;
  esac
}

mend() { # directory name [fault]
  local directory=$1 name=$2 host=$1/run/$2 fault file
  for file in "$host"/faults/*; do
    fault=${file##*/}
    [ -e "$file" ] || continue
    case ${3:-$fault} in "$fault") ;; *) continue ;; esac
    case $fault in
    bmc-dead) bmc_start "$directory" "$name" ;;
    bmc-hung) ! running "$host/bmc.pid" "$host/" || kill -CONT "$(cat "$host/bmc.pid")" ;;
    packet-loss | dhcp-silent | download-cut) drop_no_more "$directory" "$name-$fault" ;;
    power-lies) rm -f "$host/lie" ;;
    sol-stolen) stop_process "$host/thief.pid" "$directory/" TERM ;;
    host-hang) ! running "$host/qemu.pid" "$host/" || "$here/qmp" "$host/qmp.sock" cont >/dev/null ;;
    esac
    rm -f "$file"
  done
}
