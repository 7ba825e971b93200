# SPDX-License-Identifier: GPL-3.0-or-later
# A regression that is not the newest commit: seen in the morning, confirmed by fresh boots, bisected to the commit that did it.
# shellcheck source=../moving.sh
. "$here/moving.sh"
begin "nights: a regression is seen, confirmed, and bisected to its commit"
moving_open e2e-slower
mkdir -p "$work/matrices"
cat >"$work/matrices/slower.toml" <<TOML
boots = 5
[[source]]
tree = "e2e-slower"
refs = ["master"]
[reference]
tree = "debian"
ref = "HEAD"
TOML
daemon_stop TERM
daemon_start || problem "klabd does not start with the tree"

night slower
same "exit code of the first night" 0 "$status"
culprit=$(moving_commit e2e-slower "workqueue: wait under the lock" "$series/slower.patch") || problem "the patch does not apply to the tree"
moving_commit e2e-slower "a comment" >/dev/null || problem "cannot commit"
night slower
same "exit code of a night with a regression" 1 "$status"
holds "the morning's text" "$output" "regressed"

# kill -9 between two steps: it is carried on where it was.
steps() { sql "SELECT count(*) FROM investigation_step WHERE $1"; }
wait_for 120 eval '[ "$(steps "experiment IS NOT NULL")" -ge 1 ]' || problem "no step of an investigation"
daemon_stop KILL
daemon_start || problem "klabd does not start after kill -9"
ended() { [ "$(klab investigations --json | jq -r '.investigations[0].state')" = ended ]; }
wait_for 600 ended || problem "the investigation does not end"
number=$(klab investigations --json | jq -r '.investigations[0].id')
found=$(klab investigations "$number")
holds "the commit" "$found" "${culprit:0:12}"
holds "its subject" "$found" "workqueue: wait under the lock"
same "what came of it" "commit named" "$(klab investigations "$number" --json | jq -r .result)"
same "its steps" "confirm bad, bisect bad" "$(klab investigations "$number" --json | jq -r '[.steps[] | .kind + " " + .mark] | join(", ")')"
same "experiments that ran twice" 0 "$(sql "SELECT count(*) FROM (SELECT slot FROM boot WHERE outcome = 'ok' GROUP BY slot HAVING count(*) > 1)")"
moving_close e2e-slower
[ "$problems" -eq 0 ] || printf '%s\n' "$found"
finish
