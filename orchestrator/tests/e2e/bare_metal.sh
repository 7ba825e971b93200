# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the cases about bare metal: a simulator with hosts, and a klabd of its own inside its network. While it
# is open, the library's functions (submit, sql, klab) speak to that one.
# shellcheck disable=SC2154 # the library's variables

running=() # processes with rows of their own
simulator=$share/orchestrator/tests/simulator/simulator

bare_metal_open() { # host[:key=value,...]...
  outer_work=$work outer_config=$KLAB_CONFIG outer_supervisor=$supervisor
  trap 'bare_metal_close; lab_close' EXIT
  work=$work/metal
  metal=$work/sim
  mkdir "$work"
  "$simulator" up "$metal" "$@" || return 1
  bare_metal_broken_hosts
  {
    cat <<TOML
state = "$work/state"
cache = "$cache"
hosts_directory = "$metal/hosts"
[defaults]
machine = "host1"
workloads = ["workqueue:wq_items=200,passes=2,pass_timeout=7"]
TOML
    cat "$metal/netboot.toml"
  } >"$work/klab.toml"
  export KLAB_CONFIG=$work/klab.toml
  enter=("$simulator" run "$metal" --)
  daemon_start
}

# Hosts whose configuration is what is wrong. They share the BMC of host5, and never come so far as to need a MAC.
bare_metal_broken_hosts() {
  (
    umask 077
    echo not-the-password >"$metal/secrets/wrong-password"
    bare_metal_variant wrong-password f1 "s|^password_file = .*|password_file = \"$metal/secrets/wrong-password\"|"
    # A suite that the simulated BMC does not have.
    bare_metal_variant wrong-cipher f2 's|^cipher_suite = .*|cipher_suite = 17|'
    # On the link, and nobody there.
    bare_metal_variant unreachable f3 's|^bmc = .*|bmc = "10.77.0.200:623"|'
  )
}
bare_metal_variant() { # name last-byte-of-mac sed-command
  sed -e "$3" -e 's|^power_limit = .*|power_limit = 10|' -e "s|^mac = .*|mac = \"52:54:00:77:00:$2\"|" -e '/^address = /d' "$metal/hosts/host5.toml" >"$metal/hosts/$1.toml"
}

bare_metal_close() {
  [ -n "${metal:-}" ] || return 0
  # Lanes that are cut off would go on asking.
  [ ${#running[@]} -eq 0 ] || kill "${running[@]}" 2>/dev/null || true
  daemon_stop TERM
  [ "$failed" -eq 0 ] || { echo "--- the last lines of klabd with hosts:"; tail -40 "$work/klabd.log"; }
  "$simulator" down "$metal"
  work=$outer_work supervisor=$outer_supervisor enter=() metal=
  export KLAB_CONFIG=$outer_config
  trap lab_close EXIT
}

# A simulated host's QEMUs: 0 or 1.
powered() { pgrep -fc "qemu-system.*$metal/run/$1/" || true; }
# What the host itself said on its serial line since it was powered on, whatever came through.
said() { # host text
  grep -qaF -- "$2" "$metal/run/$1/serial.log" 2>/dev/null
}
# Lines that the host's kernel said in the last boot and that its stored console lacks.
console_lost() { # host
  local boot
  boot=$(sql "SELECT max(boot.id) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id")
  klab logs "$id" --boot "$boot" --raw 2>/dev/null | tr -d '\r' | sort >"$work/stored"
  tr -d '\r' <"$metal/run/$1/serial.log" | sed -n '/Linux version/,$p' | sort | comm -23 - "$work/stored" | wc -l
}

# Of each boot of the experiment, from the note "power on".
seconds_to() { # beginning-of-note
  sql "SELECT group_concat(printf('%.1f', there.seconds - power.seconds), ' ') FROM boot_note power JOIN boot_note there USING (boot)
    JOIN boot ON boot.id = power.boot JOIN slot ON slot.id = slot WHERE experiment = $id AND power.text = 'power on'
    AND there.text LIKE '$1%' AND there.position = (SELECT min(position) FROM boot_note WHERE boot = power.boot AND text LIKE '$1%')"
}
# What the experiment and those of its boots that failed say.
why() {
  sql "SELECT message FROM experiment WHERE id = $id UNION ALL
    SELECT title FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND outcome <> 'ok'"
}

# What klabd noted while the experiment's boots ran.
notes() {
  sql "SELECT boot_note.text FROM boot_note JOIN boot ON boot.id = boot_note.boot JOIN slot ON slot.id = slot WHERE experiment = $id"
}

# Submits to a host, does something to it when its serial line has said something, and waits for the end. Leaves what
# submit leaves, and the seconds it took in $took.
break_host() { # host when "fault [argument]" submit-argument...
  local host=$1 when=$2 fault=$3 begun=$SECONDS
  shift 3
  status=0
  # A serial line of an earlier boot must not be taken for that of this one.
  rm -f "$metal/run/$host/serial.log"
  # shellcheck disable=SC2086
  [ "$when" != start ] || [ -z "$fault" ] || "$simulator" fault "$metal" "$host" $fault || problem "no fault"
  id=$(klab submit "$@" --machine "$host" --boots 1 --json 2>"$work/submit-$host.err" | jq -r .id)
  [ -n "$id" ] || { problem "nothing submitted: $(cat "$work/submit-$host.err")"; return; }
  if [ "$when" != start ]; then
    wait_for 300 said "$host" "$when" || problem "the host never said \"$when\""
    # By a file, so that this grep does not find itself.
    same "processes that show the password" "" "$(grep -slaF -f "$metal/secrets/$host" /proc/[0-9]*/cmdline /proc/[0-9]*/environ)"
    # shellcheck disable=SC2086
    "$simulator" fault "$metal" "$host" $fault || problem "no fault"
  fi
  output=$(klab watch "$id" 2>&1) || status=$?
  # shellcheck disable=SC2034
  took=$((SECONDS - begun))
}

# A host is as it was before the fault, and free again where it was quarantined for it.
recover() { # host
  [ ! -d "$metal/run/$1" ] || "$simulator" mend "$metal" "$1"
  klab host release "$1" >/dev/null 2>&1 || true
}


# The rows of $work/rows for these hosts, one after the other; ends with what bare_metal_counted reads.
bare_metal_rows() { # host[,host]...
  local name host when fault expected words limit noted what
  passed=0 failed=0
  while IFS='|' read -r name host when fault expected words limit noted what <&3; do
    case ",$1," in *",$host,"*) ;; *) continue ;; esac
    begin "bare metal: $name"
    # shellcheck disable=SC2086
    case $what in
    '') break_host "$host" "$when" "$fault" --aa ;;
    -*) break_host "$host" "$when" "$fault" $what ;;
    *) break_host "$host" "$when" "$fault" "$series/$what" ;;
    esac
    same "outcome" "$expected" "$(outcome)"
    [ -z "$words" ] || holds "why" "$(why)" "$words"
    [ -z "$noted" ] || holds "notes" "$(notes)" "$noted"
    [ "$took" -le "$limit" ] || problem "took $took s, more than $limit s"
    printf '      %-42s %-12s %4d s\n' "$name" "$(outcome)" "$took"
    recover "$host"
    finish
  done 3<"$work/rows"
  echo "counted $passed $failed"
}
# Prints what rows of other processes said, and counts them here. A process that ended before its last row is a failure.
bare_metal_counted() { # log
  local word ok bad
  sed '/^counted /d' "$1"
  if read -r word ok bad < <(grep '^counted ' "$1") && [ "$word" = counted ]; then
    passed=$((passed + ok)) failed=$((failed + bad))
  else
    echo "FAIL  bare metal: the rows of $(basename "$1" .log) ended before the last"
    failed=$((failed + 1))
  fi
}
