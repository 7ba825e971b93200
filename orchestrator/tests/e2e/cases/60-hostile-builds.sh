# SPDX-License-Identifier: GPL-3.0-or-later
# Series whose kernel/Makefile runs a script while the kernel is made. Limits are low, so that each takes seconds.

hostile_series() { # file script...
  local file=$1 lines
  shift
  lines=$(printf '%s\n' "$@" | sed 's/^/+/')
  cat >"$file" <<PATCH
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Mallory <mallory@example.org>
Date: Sat, 1 Jan 2000 00:00:00 +0000
Subject: [PATCH] kernel: tidy the Makefile

---
 kernel/Makefile | 1 +
 kernel/tidy.sh  | $# +

diff --git a/kernel/Makefile b/kernel/Makefile
--- a/kernel/Makefile
+++ b/kernel/Makefile
@@ -1,3 +1,4 @@
+\$(if \$(shell sh kernel/tidy.sh >&2 && echo done),,\$(error kernel/tidy.sh failed))
 # SPDX-License-Identifier: GPL-2.0
 #
 # Makefile for the linux kernel.
diff --git a/kernel/tidy.sh b/kernel/tidy.sh
new file mode 100644
--- /dev/null
+++ b/kernel/tidy.sh
@@ -0,0 +1,$# @@
$lines
-- 
2.39.5
PATCH
}

hostile_case() { # name message script...
  begin "$1"
  local message=$2
  shift 2
  hostile_series "$work/hostile.patch" "$@"
  submit "$work/hostile.patch"
  same "exit code" 2 "$status"
  same "outcome" build-failed "$(outcome)"
  holds "message" "$(message)" "$message"
  same "slots" 0 "$(sql "SELECT count(*) FROM slot WHERE experiment = $id")"
  same "processes left" "" "$(grep -ls "$cache/building" /proc/[0-9]*/mountinfo)"
  same "builds left" "" "$(ls "$cache/building")"
  finish
}

daemon_stop TERM
cp "$work/klab.toml" "$work/klab.toml.kept"
printf '[build]\nmemory = "1G"\nprocesses = 300\ndisk = "1G"\ntime = 600\n' >>"$work/klab.toml"
daemon_start

raise="under [build] in klab.toml if this kernel needs more"
hostile_case "a build that eats memory" "the build used more than 1 GiB of memory: raise memory $raise" \
  'for i in 1 2 3 4 5 6 7 8 9; do perl -e "\$x = q(a) x 200_000_000; sleep 100" & done' 'wait'
hostile_case "a build that forks without end" "the build ran more than 300 processes at once: raise processes $raise" \
  'bomb() { bomb & bomb & sleep 100; }' 'bomb' 'sleep 100'
hostile_case "a build that eats the disk" "the build wrote more than 1 GiB to disk: raise disk $raise" \
  'while :; do i=$((i + 1)); head -c 50M /dev/zero > file$i; done'
hostile_case "a build that prints without end" "the build printed more than 64 MiB" 'yes'
hostile_case "a build that daemonises, then fails" "kernel/tidy.sh failed" \
  'setsid sh -c "exec </dev/null >/dev/null 2>&1; while :; do :; done" &' 'exit 1'
hostile_case "a build that reaches for the daemon, its database and the host" \
  "cannot create /usr/bin/klab-was-here: Read-only file system; a build can write below its own tree only" \
  "if perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); exit !connect(S, pack_sockaddr_un(\"$work/state/klabd.sock\"))'; then exit 0; fi" \
  "for f in '$work/state/klab.db' '$cache/kernels' /etc/shadow /root /home /run; do [ -e \$f ] && exit 0; done" \
  '[ -w /proc/sys/kernel/core_pattern ] && exit 0' \
  'echo x > /usr/bin/klab-was-here && exit 0' \
  'exit 1'

daemon_stop TERM
mv "$work/klab.toml.kept" "$work/klab.toml"
daemon_start
