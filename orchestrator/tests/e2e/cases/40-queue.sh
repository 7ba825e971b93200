# SPDX-License-Identifier: GPL-3.0-or-later
begin "two submissions at once run one after the other"
first=$(klab submit "$series/harmless.patch" --boots 2 --json 2>/dev/null | jq -r .id)
second=$(klab submit "$series/warns.patch" --boots 2 --json 2>/dev/null | jq -r .id)
klab watch "$first" >/dev/null 2>&1
klab watch "$second" >/dev/null 2>&1
same "outcomes" "ok ok" "$(sql "SELECT group_concat(outcome, ' ') FROM experiment WHERE id IN ($first, $second)")"
same "boots that ran beside another" 0 "$(sql "SELECT count(*) FROM boot a JOIN boot b ON a.id < b.id AND a.started < b.finished AND b.started < a.finished")"
same "boots that ran beside a build" 0 "$(sql "SELECT count(*) FROM boot JOIN build ON boot.started < build.finished AND build.started < boot.finished")"
finish

running() { [ "$(sql "SELECT count(*) FROM boot WHERE outcome IS NULL")" = 1 ] && [ "$(qemus)" -ge 1 ]; }

begin "cancel in mid-boot"
id=$(klab submit "$series/harmless.patch" --boots 3 --json 2>/dev/null | jq -r .id)
wait_for 120 running || problem "no boot began"
klab cancel "$id" >/dev/null || problem "cancel failed"
status=0
klab watch "$id" >/dev/null 2>&1 || status=$?
same "exit code" 3 "$status"
same "outcome" cancelled "$(outcome)"
same "QEMUs left" 0 "$(qemus)"
same "boots without an end" 0 "$(sql "SELECT count(*) FROM boot WHERE outcome IS NULL")"
finish
