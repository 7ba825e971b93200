# SPDX-License-Identifier: GPL-3.0-or-later
begin "a profile: one more boot per arm, not measured"
submit "$series/harmless.patch" --boots 1 --profile
same "outcome" ok "$(outcome)"
same "boots counted" 1 "$(klab status | awk -v id="$id" '$1 == id && $3 == "2/2"' | wc -l)"
same "boots that are profiled" "ok ok" \
  "$(sql "SELECT group_concat(outcome, ' ') FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND profile AND position > 2")"
same "their numbers" 0 \
  "$(sql "SELECT count(*) FROM boot JOIN slot ON slot.id = slot JOIN sample ON sample.boot = boot.id WHERE experiment = $id AND profile")"
# 5 scopes that 6.12 has x 2 arms; the sixth is no case of this kernel.
same "profiles" 10 "$(sql "SELECT count(*) FROM profile JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id")"
same "profiles that do not add up" 0 "$(sql "SELECT count(*) FROM profile JOIN boot ON boot.id = profile.boot JOIN slot ON slot.id = slot
  WHERE experiment = $id AND samples <> user + idle + runner + other + (SELECT coalesce(sum(s.samples), 0) FROM profile_symbol s
  WHERE s.boot = profile.boot AND s.workload = profile.workload AND s.case_name = profile.case_name)")"
same "functions of the workload's module" yes "$(sql "SELECT CASE WHEN count(*) > 0 THEN 'yes' ELSE 'no' END FROM profile_symbol
  JOIN boot ON boot.id = boot JOIN slot ON slot.id = slot WHERE experiment = $id AND module = 'klab_workqueue'")"
holds "table" "$output" "Where time goes"
holds "method" "$output" "Sampled by c"
holds "boots" "$(klab show "$id")" "boots for a profile, one per arm after all others, not measured"
same "widest line of the report" yes \
  "$([ "$(klab report "$id" --format text | awk '{ if (length($0) > w) w = length($0) } END { print w }')" -le 72 ] && echo yes || echo no)"
same "json" cpu-clock "$(klab report "$id" --format json | jq -r '.contrasts[0].profile.patched.cases[0].method')"
boot=$(sql "SELECT boot.id FROM boot JOIN slot ON slot.id = slot WHERE experiment = $id AND profile LIMIT 1")
holds "console" "$(klab logs "$id" --boot "$boot")" "klab: done"
finish
