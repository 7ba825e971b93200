# SPDX-License-Identifier: GPL-3.0-or-later
begin "a second daemon on one state is refused"
status=0
output=$("$binaries/klabd" 2>&1) || status=$?
same "exit code" 3 "$status"
holds "message" "$output" "another klabd runs on it"
finish
