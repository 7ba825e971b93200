# SPDX-License-Identifier: GPL-3.0-or-later
begin "a slower kernel is a regression"
submit "$series/slower.patch" --boots 5
same "exit code" 1 "$status"
same "outcome" ok "$(outcome)"
holds "table" "$output" "regressed"
finish
