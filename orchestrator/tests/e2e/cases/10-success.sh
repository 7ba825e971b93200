# SPDX-License-Identifier: GPL-3.0-or-later
begin "a harmless patch: measured, stored, reported"
# A threshold of 100 %: chance alone must not fail this test one time in forty.
submit "$series/harmless.patch" --boots 4 --delta 1
same "exit code" 0 "$status"
same "outcome" ok "$(outcome)"
same "baseline boots" "ok ok ok ok" "$(boots_of baseline)"
same "patched boots" "ok ok ok ok" "$(boots_of patched)"
# It names no base-commit; its index line names the file as the tree has it.
holds "base" "$(klab show "$id")" "blob ids: newest commit on the tree's default ref that has 1 file as the series knew it"
holds "table" "$output" "TCG"
holds "table" "$output" "cache_shard"
holds "table" "$output" "n/a"
same "widest line of the report" yes \
  "$([ "$(klab report "$id" --format text | awk '{ if (length($0) > w) w = length($0) } END { print w }')" -le 72 ] && echo yes || echo no)"
# 5 scopes that 6.12 has x 5 metrics x (warm-up + 2 passes) x 8 boots
same "samples" 600 "$(sql "SELECT count(*) FROM sample JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
same "summaries" 200 "$(sql "SELECT count(*) FROM summary JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
same "warm-ups in summaries" 0 "$(sql "SELECT count(*) FROM summary JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id AND passes <> 2")"
same "cases out of the kernel's reach" 8 "$(sql "SELECT count(*) FROM unavailable JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id AND case_name = 'cache_shard'")"
# Case orders differ between boots: each has a seed of its own.
same "case seeds" 8 "$(sql "SELECT count(DISTINCT case_seed) FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
klab report "$id" --format html >"$work/page.html"
holds "page" "$(cat "$work/page.html")" "TCG"
same "outside resources in the page" 0 "$(grep -cE '(src|href)="?https?:' "$work/page.html")"
same "widths of the csv's lines" 1 "$(klab report "$id" --format csv | python3 -c 'import csv, sys; print(len({len(line) for line in csv.reader(sys.stdin)}))')"
same "json" true "$(klab report "$id" --format json | jq 'tostring | contains("TCG")')"
same "fingerprint" yes "$(sql "SELECT CASE WHEN facts LIKE '%qemu%' AND facts LIKE '%compiler%' THEN 'yes' ELSE facts END FROM fingerprint LIMIT 1")"
finish

begin "a boot can be repeated with QEMU alone"
boot=$(sql "SELECT boot.id FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id LIMIT 1")
klab show --reproduce "$boot" >"$work/again.sh"
RESULTS=$work/again.results timeout 120 sh "$work/again.sh" >"$work/again.console" 2>&1 </dev/null
same "frames of its end" 1 "$(grep -c '"type":"end"' "$work/again.results")"
finish

begin "the same inputs are not built twice"
before=$(sql 'SELECT max(id) FROM build')
submit "$series/harmless.patch" --boots 1
same "builds from the cache" "1 1" "$(sql "SELECT group_concat(from_cache, ' ') FROM build WHERE id > $before")"
same "exit code of too few boots" 3 "$status"
finish
