# SPDX-License-Identifier: GPL-3.0-or-later
# Bare metal behind a BMC, on the simulator: real IPMI, a power button that starts a real QEMU, a real network boot.
# host3's results come over the console; host4 has UEFI; host6 and host7 are as host1.
# shellcheck disable=SC2154 # the library's variables
if [ "$(id -u)" != 0 ]; then
  echo "skip  bare metal: the simulator's network takes root"
elif ! command -v ipmi_sim >/dev/null; then
  echo "skip  bare metal: there is no ipmi_sim; ./lab test installs it"
else
  # shellcheck source=../bare_metal.sh
  . "$here/bare_metal.sh"

  begin "bare metal: simulator and klabd come up"
  short=netboot_limit=15,power_limit=10,silence_limit=12
  bare_metal_open "host1:$short" host2 host3:results=console host4:netboot=uefi,netboot_limit=120 host5:power_limit=60 \
    "host6:$short" "host7:$short" || problem "they do not"
  for name in host1 host2 host3 host4 host5 host6 host7; do
    same "power of $name" "Chassis Power is off" "$("$simulator" host "$metal" "$name" status 2>&1)"
  done
  finish

  begin "bare metal: a comparison of two boots each"
  submit "$series/harmless.patch" --machine host1 --boots 2
  same "exit code of too few boots" 3 "$status"
  same "outcome" ok "$(outcome)"
  same "baseline boots" "ok ok" "$(boots_of baseline)"
  same "patched boots" "ok ok" "$(boots_of patched)"
  # 5 scopes that 6.12 has x 5 metrics x (warm-up + 2 passes) x 4 boots
  same "samples" 300 "$(sql "SELECT count(*) FROM sample JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
  holds "label" "$output" "simulated"
  same "the host after it" "Chassis Power is off" "$("$simulator" host "$metal" host1 status)"
  same "QEMUs left" 0 "$(powered host1)"
  printf '      lines of console lost: %s; seconds from power-on to the first line of the kernel: %s, to results: %s\n' \
    "$(console_lost host1)" "$(seconds_to "first line of the kernel")" "$(seconds_to "first results")"
  finish

  begin "bare metal: beside a virtual machine, in one table"
  submit "$series/harmless.patch" --machine vm --machine host1 --boots 1
  same "outcome" ok "$(outcome)"
  holds "the virtual machine" "$output" "vm: x86_64 under TCG"
  holds "the host" "$output" "host1: x86_64 host (simulated host)"
  finish

  begin "bare metal: results over the console"
  submit "$series/harmless.patch" --machine host3 --boots 1
  same "outcome" ok "$(outcome)"
  same "boots" "ok ok" "$(boots_of baseline) $(boots_of patched)"
  same "samples" 150 "$(sql "SELECT count(*) FROM sample JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
  finish

  begin "bare metal: a host with UEFI"
  submit --aa --machine host4 --boots 1
  same "outcome" ok "$(outcome)"
  same "what it loaded first" yes "$(said host4 "NBP filename is snponly.efi" && echo yes || echo no)"
  finish

  # A host works while everything happens to the others.
  beside=$(klab submit --aa --machine host2 --boots 8 --json 2>/dev/null | jq -r .id)

  # name | host | when | fault | outcome | words of why | seconds at most | noted with a boot | what is submitted, if not
  # an A/A run of two boots
  # "when" is "start", or what the host says on its serial line at that moment. A boot that the lab spoiled is tried
  # three times. A row that the lab spoils is followed by one that boots on the same host: the queue is alive. Most of a
  # row is waiting for what does not come, so the rows of different hosts run side by side.
  cat >"$work/rows" <<'TABLE'
BMC dead at start|host1|start|bmc-dead|lab-error|cannot reach the BMC of host "host1" at 127.0.0.1:9001: no answer|120||
SOL stolen by another session|host1|Linux version|sol-stolen 30|ok||900|console back after|--aa --workload workqueue:wq_items=200,passes=60
BMC killed during a boot|host1|Linux version|bmc-dead|lab-error|cannot reach the BMC of host "host1" at 127.0.0.1:9001: no answer|180||
SOL silent|host6|start|sol-silent|ok||240||
power verb refused|host1|start|power-refused|lab-error|its BMC refuses (completion code 0xff)|120||
power state that lies for 30 s|host6|start|power-lies 30|ok||240|the BMC says "off", but the host is there|
host boots the wrong way (no PXE)|host6|start|no-pxe|lab-error|it never asked klabd for its boot script|180||
host hangs|host1|loading out-of-tree module|host-hang|hung|silent for|240||--aa --workload workqueue:wq_items=200,passes=40,pass_timeout=7
DHCP silent|host6|start|dhcp-silent|lab-error|it never asked klabd for its boot script|180||
host panics and reboots by itself|host1|start||crashed|panic|240||panics-in-benchmark.patch
kernel download cut in the middle|host6|start|download-cut 1000000|lab-error|the download of its kernel stopped at|180||
host is reset by itself|host6|loading out-of-tree module|host-reset|crashed||240|asked for its boot script again|--aa --workload workqueue:wq_items=200,passes=40,pass_timeout=7
BMC hung during a boot|host7|Linux version|bmc-hung|lab-error|cannot reach the BMC of host "host7" at 127.0.0.1:9007: no answer|180||
20 % packet loss|host5|start|packet-loss 20|ok||900||
wrong password|wrong-password|start||lab-error|it refuses the password of user "lab"|60||
wrong cipher suite|wrong-cipher|start||lab-error|perhaps it does not offer cipher suite 17|60||
unreachable address|unreachable|start||lab-error|cannot reach the BMC of host "unreachable" at 10.77.0.200|120||
TABLE
  lanes=(host1 host6 host5,host7,wrong-password,wrong-cipher,unreachable)
  for lane in "${lanes[@]}"; do
    bare_metal_rows "$lane" >"$work/lane-$lane.log" 2>&1 &
    running+=($!)
  done
  wait "${running[@]}"
  running=()
  for lane in "${lanes[@]}"; do
    bare_metal_counted "$work/lane-$lane.log"
  done

  begin "bare metal: the queue after all this"
  submit --aa --machine host1 --boots 1 --workload workqueue:wq_items=20,passes=1
  same "outcome" ok "$(outcome)"
  finish

  begin "bare metal: another host in parallel, untouched by all this"
  status=0
  output=$(klab watch "$beside" 2>&1) || status=$?
  id=$beside
  same "outcome" ok "$(outcome)"
  same "boots" 16 "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND outcome = 'ok'")"
  same "attempts" 16 "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
  same "it ran beside the first" yes "$(sql "SELECT CASE WHEN count(*) > 0 THEN 'yes' ELSE 'no' END FROM boot a
    JOIN slot sa ON sa.id = a.slot JOIN boot b ON a.started < b.finished AND b.started < a.finished
    JOIN slot sb ON sb.id = b.slot WHERE sa.experiment = $id AND sb.experiment <> $id")"
  finish

  begin "bare metal: nothing is left"
  for name in host1 host2 host3 host4 host5 host6 host7; do
    same "files of klabd with a password" "" "$(grep -rlF -f "$metal/secrets/$name" --exclude-dir=sim "$work")"
  done
  directory=$metal
  bare_metal_close
  same "processes" "" "$(pgrep -af "$directory/" || true)"
  finish
fi
