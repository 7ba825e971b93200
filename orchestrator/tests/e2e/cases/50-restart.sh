# SPDX-License-Identifier: GPL-3.0-or-later
# Every slot has one result, whatever happened in between.
check_whole() { # boots
  same "outcome" ok "$(outcome)"
  same "results" "$1" "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND outcome = 'ok'")"
  same "slots with two results" 0 "$(sql "SELECT count(*) FROM (SELECT slot FROM boot WHERE outcome = 'ok' GROUP BY slot HAVING count(*) > 1)")"
  same "samples of interrupted boots" 0 "$(sql "SELECT count(*) FROM sample JOIN boot ON boot.id = boot WHERE outcome = 'interrupted'")"
  same "database" ok "$(sql 'PRAGMA integrity_check')"
}

begin "killed in mid-boot, the daemon carries on"
id=$(klab submit "$series/harmless.patch" --boots 2 --json 2>/dev/null | jq -r .id)
second_boot() { [ "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id")" -ge 2 ] && [ "$(qemus)" -ge 1 ]; }
wait_for 120 second_boot || problem "no second boot began"
worker=$(pgrep -P "$supervisor" -x klabd)
kill -KILL "$worker"
wait "$supervisor" 2>/dev/null
same "QEMUs left by kill -9" 0 "$(qemus)"
before=$(sql "SELECT count(*) FROM boot WHERE outcome = 'ok'")
daemon_start || problem "klabd does not start again"
klab watch "$id" >/dev/null 2>&1
check_whole 4
same "interrupted boots recorded" yes "$([ "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND outcome = 'interrupted'")" -ge 1 ] && echo yes)"
same "finished boots lost" no "$([ "$(sql "SELECT count(*) FROM boot WHERE outcome = 'ok'")" -lt "$before" ] && echo yes || echo no)"
finish

begin "everything killed at once, as a power cut would"
id=$(klab submit "$series/harmless.patch" --boots 2 --json 2>/dev/null | jq -r .id)
wait_for 120 second_boot || problem "no second boot began"
kill -KILL "$supervisor" $(pgrep -P "$supervisor" -x klabd)
wait "$supervisor" 2>/dev/null
daemon_start || problem "klabd does not start again"
klab watch "$id" >/dev/null 2>&1
check_whole 4
same "QEMUs left" 0 "$(qemus)"
finish

begin "a second daemon on one state is refused"
status=0
output=$("$binaries/klabd" 2>&1) || status=$?
same "exit code" 3 "$status"
holds "message" "$output" "another klabd runs on it"
finish
