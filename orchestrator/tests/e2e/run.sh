#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# End-to-end tests: real patches, real kernels, real boots under TCG.
#   run.sh BINARIES CACHE COUNTS   writes "passed failed" to COUNTS
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binaries=$(cd "$1" && pwd) cache=$2 counts=$3
: >"$counts"
# shellcheck source=library.sh
. "$here/library.sh"
series=$here/series
lab_open "$binaries" "$cache"
daemon_start || { echo "FAIL  klabd does not start"; echo "0 1" >"$counts"; exit 1; }

only=${KLAB_E2E_ONLY:-}
for file in "$here"/cases/*.sh; do
  name=$(basename "$file" .sh)
  case " $only " in
  "  ") ;;
  *" $name "*) ;;
  *) continue ;;
  esac
  # shellcheck disable=SC1090
  . "$file"
done

begin "SIGTERM ends the daemon and leaves nothing"
daemon_stop TERM
same "QEMUs" 0 "$(qemus)"
same "socket" no "$([ -e "$work/state/klabd.sock" ] && echo yes || echo no)"
same "mounts" "" "$(grep -F "$cache/building" /proc/mounts)"
finish

echo "$passed $failed" >"$counts"
[ "$failed" -eq 0 ]
