# SPDX-License-Identifier: GPL-3.0-or-later
# A matrix of two cells: a remote whose head moves between nights, and one that cannot be fetched.
# shellcheck source=../moving.sh
. "$here/moving.sh"
begin "nights: the head moves, a remote is broken, what has not changed is skipped"
moving_open e2e-moving
head=$(git --git-dir="$debian" rev-parse HEAD)
cat >>"$work/klab.toml" <<TOML
[trees.e2e-broken]
remote = "$work/nowhere.git"
ref = "master"
TOML
mkdir -p "$work/matrices"
cat >"$work/matrices/e2e.toml" <<TOML
description = "two trees"
boots = 1
[[source]]
tree = "e2e-moving"
refs = ["master"]
[[source]]
tree = "e2e-broken"
refs = ["master"]
[reference]
tree = "debian"
ref = "HEAD"
TOML
daemon_stop TERM
daemon_start || problem "klabd does not start with the trees"

state() { # night tree
  sql "SELECT night_cell.state FROM night_cell JOIN cell ON night_cell.cell = cell.id WHERE night = $1 AND tree = 'e2e-$2'"
}
commit_of() { sql "SELECT commit_id FROM night_cell JOIN cell ON night_cell.cell = cell.id WHERE night = $1 AND tree = 'e2e-moving'"; }

holds "the expansion without a daemon" "$(klab --socket /nowhere matrix show "$work/matrices/e2e.toml" 2>&1)" "2 cells"
shown=$(klab matrix show e2e 2>&1)
holds "the estimate" "$shown" "2 cells"
holds "the note" "$shown" "note: 1 boot an arm can give no verdict; 4 or more do"

night e2e
same "exit code of a night with a broken remote" 3 "$status"
same "state of what was measured" done "$(state 1 moving)"
same "its commit" "$head" "$(commit_of 1)"
same "state of what could not be fetched" "lab error" "$(state 1 broken)"
holds "the morning's text" "$output" 'tree e2e-broken could not be fetched: cannot fetch tree "e2e-broken"'
same "boots" 2 "$(sql "SELECT count(*) FROM boot WHERE outcome = 'ok' AND slot IN (SELECT id FROM slot WHERE experiment = (SELECT experiment FROM night_cell WHERE night = 1 AND experiment IS NOT NULL))")"

night e2e
same "state of what has not changed" skipped "$(state 2 moving)"
holds "why" "$output" "unchanged since"

# The head moves; the kernel is one that other cases have built.
moved=$(moving_commit e2e-moving moved "$series/harmless.patch") || problem "the patch does not apply to the tree"
klab matrix run e2e >/dev/null || problem "the third night did not begin"
# kill -9 in the middle: the night is carried on, with the experiment that it has.
wait_for 180 eval '[ -n "$(sql "SELECT 1 FROM night_cell WHERE night = 3 AND experiment IS NOT NULL")" ]' || problem "no experiment in the third night"
daemon_stop KILL
daemon_start || problem "klabd does not start after kill -9"
wait_for 240 eval '[ -n "$(sql "SELECT 1 FROM night WHERE id = 3 AND finished IS NOT NULL")" ]' || problem "the third night does not end"
same "state after the head has moved" done "$(state 3 moving)"
same "tonight's commit" "$moved" "$(commit_of 3)"
same "experiments of that night" 1 "$(sql "SELECT count(*) FROM experiment WHERE title LIKE 'e2e: e2e-moving/master, %' AND id > (SELECT experiment FROM night_cell WHERE night = 1 AND experiment IS NOT NULL)")"
same "compared with the first night" 1 "$(sql "SELECT night FROM night_cell WHERE id = (SELECT last_good FROM night_cell WHERE night = 3 AND last_good IS NOT NULL)")"
same "verdict of single boots" "insufficient data" "$(sql "SELECT verdict FROM night_cell WHERE night = 3 AND state = 'done'")"
holds "the list of nights" "$(klab matrix nights e2e)" "1 tree not fetched"
holds "what they ran under" "$(klab matrix nights e2e)" "TCG"
holds "what the newest ran under" "$(klab matrix list)" "TCG"
holds "accepting" "$(klab matrix accept e2e e2e-moving/master)" "night 3 is good"
moving_close e2e-moving
finish
