# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by simulator: a host's BMC, its cable, and what klab is told about it.
# shellcheck disable=SC2154 # what load brings

# What klab may be told about a host, with values that suit a virtual machine without KVM and an impatient test.
host_keys=(user cipher_suite workarounds console kernel_console nic netboot results after_use architecture sockets cores
  threads memory settle power_limit netboot_limit boot_limit silence_limit run_limit pool labels simulated)
host_default() { # key
  case $1 in
  user) echo lab ;;
  cipher_suite) echo 3 ;;
  workarounds) echo '["open-session-privilege", "ignore-sol-payload-size", "skip-channel-payload-support"]' ;;
  console) echo sol ;;
  kernel_console) echo ttyS0,115200n8 ;;
  nic) echo nic-virtio ;;
  netboot) echo legacy ;;
  results) echo http ;;
  after_use) echo off ;;
  architecture) echo x86_64 ;;
  sockets | threads) echo 1 ;;
  cores) echo 4 ;;
  memory) echo 512M ;;
  settle) echo 1 ;;
  power_limit) echo 20 ;;
  netboot_limit) echo 60 ;;
  boot_limit) echo 60 ;;
  silence_limit) echo 30 ;;
  run_limit) echo 300 ;;
  simulated) echo true ;;
  esac
}

# A value as TOML has it: numbers, booleans and lists as they are, the rest in quotes.
toml() {
  case $1 in
  true | false | '['*) printf '%s' "$1" ;;
  *[!0-9]* | '') printf '"%s"' "$1" ;;
  *) printf '%s' "$1" ;;
  esac
}

# Writes run/HOST, hosts/HOST.toml and secrets/HOST for the host of this number.
host_write() { # directory number name[:key=value,...]
  local directory=$1 number=$2 name=${3%%:*} key value overrides='' host password
  case $3 in *:*) overrides=,${3#*:}, ;; esac
  host=$directory/run/$name
  case $overrides in
  *,netboot=uefi,*) [ -e /usr/share/ovmf/OVMF.fd ] || die "cannot make \"$name\" a UEFI host: there is no /usr/share/ovmf/OVMF.fd; install the package ovmf" ;;
  esac
  mkdir -p "$host/faults" "$host/state"
  for key in ${overrides//,/ }; do
    case " ${host_keys[*]} " in
    *" ${key%%=*} "*) ;;
    *) die "cannot set \"${key%%=*}\" of the host \"$name\": there are ${host_keys[*]}" ;;
    esac
  done
  password=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$password" >"$directory/secrets/$name"
  {
    printf 'number=%s\nname=%s\nport=%s\ntap=tap%s\n' "$number" "$name" "$((9000 + number))" "$number"
    printf 'mac=52:54:00:77:00:%02x\naddress=10.77.0.%s\n' "$number" "$((10 + number))"
  } >"$host/settings"
  {
    printf 'bmc = "127.0.0.1:%s"\n' "$((9000 + number))"
    printf 'password_file = "%s"\n' "$directory/secrets/$name"
    printf 'mac = "52:54:00:77:00:%02x"\naddress = "10.77.0.%s"\n' "$number" "$((10 + number))"
    for key in "${host_keys[@]}"; do
      value=$(host_default "$key")
      case $overrides in
      *",$key="*)
        value=${overrides#*",$key="}
        value=${value%%,*}
        ;;
      esac
      [ -z "$value" ] || printf '%s = %s\n' "$key" "$(toml "$value")"
      case $key in user | netboot | sockets | cores | threads | memory) printf '%s=%s\n' "$key" "$value" >>"$host/settings" ;; esac
    done
  } >"$directory/hosts/$name.toml"
  bmc_write "$directory" "$name" "$password"
}

bmc_write() { # directory name password
  local host=$1/run/$2
  load "$host"
  cat >"$host/bmc.conf" <<CONF
name "$name"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 $port
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid $(printf '%032x' "$number")
  endlan
  chassis_control "$1/chassis $host"
  sol "tcp:127.0.0.1:$((port + 100))" 115200
  user 1 false "" "x" user 10 none md2 md5 straight
  user 2 true "$user" "$3" admin 10 none md2 md5 straight
CONF
  cat >"$host/bmc.emu" <<EMU
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
mc_enable 0x20
EMU
}

# In the background, in a session of its own, with nothing of ours but a log. nsenter and setsid become the command, so
# the pid is its.
start() { # directory pid-file log command...
  local entry file=$2 log=$3
  entry=$(network_entry "$1") || die "cannot start \"$4\": the simulator's network is gone; \"simulator down\" and \"up\" make another"
  shift 3
  nsenter --net="$entry" -- setsid "$@" </dev/null >>"$log" 2>&1 &
  echo $! >"$file"
  disown
}

relay_start() { # directory name
  local host=$1/run/$2 left=250
  load "$host"
  start "$1" "$host/relay.pid" "$host/relay.log" "$here/relay" "$((port + 100))" "$((port + 200))" "$host/faults/sol-silent"
  until in_network "$1" bash -c ": >/dev/tcp/127.0.0.1/$((port + 200))" 2>/dev/null; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || die "cannot start the serial line of \"$2\": $(tail -1 "$host/relay.log")"
    sleep 0.02
  done
}

bmc_start() { # directory name
  local host=$1/run/$2 left=50
  # Nothing is kept from one start to the next, as in a BMC whose settings live in its configuration.
  rm -rf "$host/state" && mkdir "$host/state"
  start "$1" "$host/bmc.pid" "$host/bmc.log" env LD_PRELOAD="$1/sol_ack.so" \
    ipmi_sim -n -p -c "$host/bmc.conf" -f "$host/bmc.emu" -s "$host/state"
  until ipmi "$1" "$2" chassis power status >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" -eq 0 ] || ! running "$host/bmc.pid" "$host/"; then
      die "cannot start the BMC of \"$2\": $(tail -1 "$host/bmc.log")"
    fi
    sleep 0.1
  done
}

# ipmitool, the witness that is not klab. The password goes by a file: an argument is everybody's.
ipmi() { # directory name argument...
  local directory=$1 host=$1/run/$2 name=$2 port user
  load "$host"
  shift 2
  in_network "$directory" ipmitool -I lanplus -C 3 -H 127.0.0.1 -p "$port" -U "$user" -f "$directory/secrets/$name" "$@"
}
