# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 at random instants of experiments with real builds and real QEMUs: of the worker alone, or of it and
# its supervisor, which is all that a power cut leaves of a lab. KLAB_POWER_CUTS and KLAB_KILL_SEED choose.
cuts=${KLAB_POWER_CUTS:-20}
RANDOM=${KLAB_KILL_SEED:-$$}
# A series that nobody has built yet, so that some of the cuts fall into a build.
sed "s/keep idle ones for 5 minutes/keep idle ones: $RANDOM$RANDOM/" "$series/harmless.patch" >"$work/fresh.patch"

# Every slot has one result, whatever happened in between.
check_whole() { # boots
  same "outcome" ok "$(outcome)"
  same "results" "$1" "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND outcome = 'ok'")"
  same "slots with two results" 0 "$(sql "SELECT count(*) FROM (SELECT slot FROM boot WHERE outcome = 'ok' GROUP BY slot HAVING count(*) > 1)")"
  same "samples of interrupted boots" 0 "$(sql "SELECT count(*) FROM sample JOIN boot ON boot.id = boot WHERE outcome = 'interrupted'")"
  same "database" ok "$(sql 'PRAGMA integrity_check')"
}

finished_boots() { sql "SELECT id || ':' || slot || ':' || attempt || ':' || nonce || ':' || (SELECT count(*) FROM sample WHERE boot = boot.id)
  FROM boot WHERE outcome = 'ok' ORDER BY id"; }
building_done() { [ "$(sql "SELECT count(*) FROM experiment WHERE state IN ('queued', 'building')")" = 0 ]; }
all_done() { [ "$(sql "SELECT count(*) FROM experiment WHERE state <> 'done'")" = 0 ]; }

begin "power cuts at $cuts random instants"
# Without the probe boot at every start, most cuts hit boots that count.
daemon_stop TERM
sed -i 's/^vcpus = 4$/vcpus = 4\nacceleration = "tcg"/' "$KLAB_CONFIG"
daemon_start || problem "klabd does not start"
ids=
in_build=0 in_boot=0
for cut in $(seq "$cuts"); do
  if all_done; then
    patch=$series/harmless.patch
    [ -n "$ids" ] || patch=$work/fresh.patch
    id=$(klab submit "$patch" --boots 2 --json 2>/dev/null | jq -r .id)
    ids="${ids:+$ids }$id"
  fi
  # A few cuts into the build; then it is let through to the boots, which is where most of them belong.
  [ "$in_build" -lt 5 ] || wait_for 120 building_done || problem "the build does not end"
  sleep "$((RANDOM % 4)).$((RANDOM % 1000))"
  case $(sql "SELECT state FROM experiment WHERE id = $id") in
  building) in_build=$((in_build + 1)) ;;
  measuring) in_boot=$((in_boot + 1)) ;;
  esac
  before=$(finished_boots)
  worker=$(pgrep -P "$supervisor" -x klabd)
  # A worker that has to go with its supervisor may be gone already.
  if [ $((RANDOM % 2)) = 0 ]; then kill -KILL "$supervisor" "$worker" 2>/dev/null; else kill -KILL "$worker"; fi
  wait "$supervisor" 2>/dev/null
  orphans=$(pgrep -f "qemu-system.*$work")
  left=$(comm -23 <(printf '%s\n' "$before") <(finished_boots))
  [ -z "$left" ] || problem "cut $cut lost boots: $left"
  same "cut $cut: database" ok "$(sql 'PRAGMA integrity_check')"
  daemon_start || { problem "cut $cut: klabd does not start again"; break; }
  # What outlived its lab is gone before the next one answers, not when it boots again.
  for orphan in $orphans; do [ ! -d "/proc/$orphan" ] || problem "cut $cut: QEMU $orphan is still there"; done
done
for id in $ids; do klab watch "$id" >/dev/null 2>&1; check_whole 4; done
same "QEMUs left" 0 "$(qemus)"
same "mounts left" "" "$(grep -F "$cache/building" /proc/mounts)"
same "unfinished builds left in the cache" "" "$(ls "$cache/building")"
same "images of spoiled boots" "" "$(comm -23 <(ls "$work/state/boots" | sort) <(sql "SELECT slot || '-' || attempt || '.cpio' FROM boot
  WHERE outcome NOT IN ('lab-error', 'interrupted', 'cancelled')" | sort))"
same "sockets of boots left" "" "$(find "$work/state/run" -type s)"
interrupted=$(sql "SELECT count(*) FROM boot WHERE outcome = 'interrupted'")
printf '      %s cuts while building, %s while measuring; %s boots interrupted\n' "$in_build" "$in_boot" "$interrupted"
[ "$in_boot" -eq 0 ] || [ "$interrupted" -ge 1 ] || problem "no boot was ever interrupted"
for key in $(sql "SELECT DISTINCT key FROM build JOIN arm ON arm.build = build.id WHERE arm.experiment = ${ids%% *} AND label = 'patched' AND key <> ''"); do
  rm -rf "${cache:?}/kernels/$key" "${cache:?}"/layers/*/"$key"
done
finish

# The driver writes a domain down shortly before it knows QEMU's process. Cut there, libvirt would wait for ever for
# its own former self; the instant is too short to be met by chance, so what it leaves is made from a running boot.
begin "a power cut while QEMU starts"
id=$(klab submit "$series/harmless.patch" --boots 2 --json 2>/dev/null | jq -r .id)
domain_written() { status_file=$(ls "$work"/state/libvirt/run/qemu/klab-*.xml 2>/dev/null | head -1) && [ -n "$status_file" ] && [ "$(qemus)" != 0 ]; }
wait_for 120 domain_written || problem "no boot starts"
kill -KILL "$supervisor" "$(pgrep -P "$supervisor" -x klabd)" 2>/dev/null
wait "$supervisor" 2>/dev/null
sed -i "s/<domstatus state='[a-z]*' reason='[^']*' pid='[0-9]*'>/<domstatus state='paused' reason='starting up' pid='0'>/" "$status_file"
holds "what was planted" "$(cat "$status_file")" "pid='0'"
daemon_start || problem "klabd does not start again"
klab watch "$id" >/dev/null 2>&1
check_whole 4
same "domains written down" "" "$(cd "$work/state/libvirt" && ls -d run/qemu/klab-* lib/qemu/domain-* 2>/dev/null)"
finish
