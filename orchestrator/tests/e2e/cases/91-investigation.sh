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
# Who is told, three ways; the webhook refuses its first call.
python3 "$here/hook.py" "$work/hook.port" "$work/hook.told" &
hook=$!
wait_for 20 eval '[ -s "$work/hook.port" ]' || problem "the webhook does not start"
cat >>"$work/klab.toml" <<TOML
[[notify]]
name = "command"
command = ["/bin/sh", "-c", "cat >>'$work/command.told'"]
[[notify]]
name = "webhook"
webhook = "http://127.0.0.1:$(cat "$work/hook.port")/klab"
retry = 1
[[notify]]
name = "drafts"
on = ["regression confirmed"]
mail_draft = "$work/drafts"
mail_to = "ann@example.org"
TOML
daemon_stop TERM
daemon_start || problem "klabd does not start with the tree"

night slower
same "exit code of the first night" 0 "$status"
# Far above what a busy machine's noise is: a step that stays undecided ends it without a commit.
sed 's/udelay(20)/udelay(60)/' "$series/slower.patch" >"$work/slower.patch"
culprit=$(moving_commit e2e-slower "workqueue: wait under the lock" "$work/slower.patch") || problem "the patch does not apply to the tree"
moving_commit e2e-slower "a comment" >/dev/null || problem "cannot commit"
night slower
same "exit code of a night with a regression" 1 "$status"
holds "the morning's text" "$output" "regressed"

# kill -9 between two steps: it is carried on where it was.
steps() { sql "SELECT count(*) FROM investigation_step WHERE $1"; }
wait_for 120 eval '[ "$(steps "experiment IS NOT NULL")" -ge 1 ]' || problem "no step of an investigation"
all_told() { # number
  [ "$(klab notifications --json | jq '[.notifications[].state] | length == '"$1"' and all(. == "delivered")')" = true ]
}
wait_for 60 all_told 4 || problem "not everybody was told of the nights: $(klab notifications)"
daemon_stop KILL
daemon_start || problem "klabd does not start after kill -9"
ended() { [ "$(klab investigations --json | jq -r '.investigations[0].state')" = ended ]; }
wait_for 1800 ended || problem "the investigation does not end"
number=$(klab investigations --json | jq -r '.investigations[0].id')
found=$(klab investigations "$number")
holds "the commit" "$found" "${culprit:0:12}"
holds "its subject" "$found" "workqueue: wait under the lock"
same "what came of it" "commit named" "$(klab investigations "$number" --json | jq -r .result)"
# On a busy machine a step may be undecided, and is then taken again.
same "its steps" "confirm bad, bisect bad" "$(klab investigations "$number" --json | jq -r '[.steps[] | select(.mark | IN("good", "bad")) | .kind + " " + .mark] | join(", ")')"
same "experiments that ran twice" 0 "$(sql "SELECT count(*) FROM (SELECT slot FROM boot WHERE outcome = 'ok' GROUP BY slot HAVING count(*) > 1)")"
wait_for 60 all_told 7 || problem "not everybody was told: $(klab notifications)"
kill "$hook"
wanted="nightly finished, nightly finished, regression confirmed"
for told in command hook; do
  same "what the $told was told" "$wanted" "$(jq -rs '[.[].kind] | join(", ")' "$work/$told.told")"
  same "told twice by the $told" 0 "$(jq -s 'length - (unique_by(.id) | length)' "$work/$told.told")"
  holds "the words of the $told" "$(jq -rs '.[2].subject' "$work/$told.told")" "${culprit:0:12}"
done
same "drafts" 1 "$(ls "$work/drafts/new" | wc -l)"
holds "the draft" "$(cat "$work"/drafts/new/*)" "To: ann@example.org"
holds "its words" "$(cat "$work"/drafts/new/*)" "workqueue: wait under the lock"
moving_close e2e-slower
[ "$problems" -eq 0 ] || printf '%s\n' "$found"
finish
