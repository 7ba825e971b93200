# SPDX-License-Identifier: GPL-3.0-or-later
# A cache of its own, with copies of what the other cases have built, made two months old by hand.
begin "gc frees what is old, and nothing that a comparison still shows"
old=$work/old
mkdir -p "$old/cache"
for part in kernels modules images programs busybox trees; do
  [ ! -e "$cache/$part" ] || cp -a "$cache/$part" "$old/cache/"
done
rm -rf "$old/cache/trees/remotes"
sed "s|^state = .*|state = \"$old/state\"|; s|^cache = .*|cache = \"$old/cache\"|; /^acceleration/d; s|^vcpus = 4$|vcpus = 4\nacceleration = \"tcg\"|; /^\[\[notify\]\]/,\$d" "$work/klab.toml" >"$old/klab.toml"
in_old() { KLAB_CONFIG=$old/klab.toml "$@"; }
age() { find "$old/cache/kernels" "$old/cache/modules" "$old/cache/images" "$old/cache/programs" "$old/state/boots" -mindepth 1 -maxdepth 1 -exec touch -h -d '60 days ago' {} + 2>/dev/null; }
age
KLAB_CONFIG=$old/klab.toml "$binaries/klabd" >>"$old/klabd.log" 2>&1 &
old_daemon=$!
wait_for 30 in_old klab status >/dev/null 2>&1 || problem "klabd does not start: $(tail -3 "$old/klabd.log")"
in_old klab submit "$series/harmless.patch" --boots 1 --wait >/dev/null 2>&1
same "exit code of too few boots" 3 "$?"
before=$(in_old klab report 1)
holds "the report" "$before" "workqueue"
old_sql() { sqlite3 -readonly "$old/state/klab.db" "$1"; }
kernels() { find "$old/cache/kernels" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort; }
# One that is measured at this moment needs its kernels, and those over whose objects they were built.
in_old klab submit "$series/harmless.patch" --boots 30 >/dev/null
wait_for 60 eval '[ "$(old_sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot WHERE experiment = 2 AND outcome IS NOT NULL")" -ge 1 ]' || problem "the second experiment does not begin"
needed=$(for key in $(old_sql "SELECT DISTINCT key FROM build WHERE key <> ''"); do
  while [ -n "$key" ] && [ -e "$old/cache/kernels/$key" ]; do
    echo "$key"
    key=$(jq -r '.facts.baseline // ""' "$old/cache/kernels/$key/manifest.json")
  done
done | sort -u)
mkdir -p "$old/cache/kernels/$(printf 'f%.0s' {1..64})" # one to go, whatever the other cases have built
stored=$(kernels | wc -l)
gone=$((stored - $(wc -l <<<"$needed")))
[ "$gone" -gt 0 ] || problem "there is no kernel that could go"

age
rehearsed=$(in_old klab gc --dry-run --json)
same "kernels that would go" "$gone" "$(jq '.kinds[] | select(.kind == "kernels") | .freed.number' <<<"$rehearsed")"
same "kernels after a dry run" "$stored" "$(kernels | wc -l)"
said=$(in_old klab gc)
same "kernels left" "$needed" "$(kernels)"
same "what is half removed" "" "$(ls "$old/cache/discarded" 2>/dev/null)"
holds "what it says" "$said" "samples, consoles and logs stay in the database"
same "images of boots of the first experiment" "" "$(for slot in $(old_sql "SELECT id FROM slot WHERE experiment = 1"); do ls "$old/state/boots/$slot-"* 2>/dev/null; done)"
same "the report" "$before" "$(in_old klab report 1)"
# And it goes on.
boots=$(old_sql "SELECT count(*) FROM boot WHERE outcome = 'ok'")
wait_for 60 eval '[ "$(old_sql "SELECT count(*) FROM boot WHERE outcome = '"'ok'"'")" -ge $((boots + 2)) ]' || problem "the second experiment does not go on: $(tail -3 "$old/klabd.log")"
in_old klab cancel 2 >/dev/null
wait_for 30 eval '[ "$(old_sql "SELECT outcome FROM experiment WHERE id = 2")" = cancelled ]' || problem "it is not cancelled"
same "boots that failed" 0 "$(old_sql "SELECT count(*) FROM boot WHERE outcome NOT IN ('ok', 'interrupted', 'cancelled')")"
kill -TERM "$old_daemon" 2>/dev/null
wait "$old_daemon" 2>/dev/null
holds "how it ended" "$(tail -1 "$old/klabd.log")" "klabd: ended"
[ "$problems" -eq 0 ] || printf '%s\n' "$said"
rm -rf "$old"
finish
