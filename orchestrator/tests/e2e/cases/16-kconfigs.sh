# SPDX-License-Identifier: GPL-3.0-or-later
# Every fragment of kconfigs/ is honoured by the default tree, or refused by name where a series brings its symbol.
honoured() { # architecture make-architecture fragments...
  local architecture=$1 arch=$2 out=$work/kconfig name file files=()
  shift 2
  rm -rf "$out" && mkdir -p "$out"
  kmake() { make -s -C "$source" O="$out" ARCH="$arch" CROSS_COMPILE="$([ "$arch" = arm64 ] && echo aarch64-linux-gnu-)" "$@" >/dev/null 2>&1; }
  kmake tinyconfig || { echo "make tinyconfig failed"; return; }
  for name in "$@"; do
    for file in "$share/kconfigs/$name.config" "$share/kconfigs/$name.$architecture.config"; do
      [ ! -e "$file" ] || files+=("$file")
    done
  done
  cat "${files[@]}" >>"$out/.config"
  kmake olddefconfig || { echo "make olddefconfig failed"; return; }
  # Of two fragments that set the same symbol the later one is to be honoured.
  awk '/^CONFIG|^# CONFIG.* is not set/ { name = $0; sub(/^# /, "", name); sub(/[= ].*/, "", name); last[name] = $0 }
    END { for (name in last) print last[name] }' "${files[@]}" | grep -vxFf "$out/.config" | sort | tr '\n' ' '
}

begin "every kconfig fragment is honoured"
commit=$(git --git-dir="$cache/trees/debian.git" rev-parse HEAD) || problem "no tree in the cache"
source=$work/linux
mkdir -p "$source"
git --git-dir="$cache/trees/debian.git" archive "$commit" | tar -x -C "$source" || problem "cannot unpack the tree"
tried=" qpw pwlocks test-workqueue "
nics=$(cd "$share/kconfigs" && for file in nic-*.config; do printf '%s ' "${file%.config}"; done)
for set in "lab preempt-dynamic nohz-full tracing perf-events" "lab preempt-rt nohz-full tracing" "lab debug" "lab kasan" \
  "lab fault-injection" "lab jump-label" "lab netboot $nics"; do
  # shellcheck disable=SC2086
  same "x86_64, not honoured of $set" "" "$(honoured x86_64 x86_64 $set)"
  tried="$tried$set "
done
if command -v aarch64-linux-gnu-gcc >/dev/null; then
  for set in "lab preempt-dynamic nohz-full tracing" "lab preempt-rt nohz-full tracing" "lab debug" "lab kasan" \
    "lab netboot $nics"; do
    # shellcheck disable=SC2086
    same "arm64, not honoured of $set" "" "$(honoured arm64 arm64 $set)"
  done
fi
for file in "$share"/kconfigs/*.config; do
  name=$(basename "$file" .config)
  case $tried in
  *" ${name%.x86_64} "* | *" ${name%.arm64} "*) ;;
  *) problem "kconfigs/$name.config is in no set that was tried" ;;
  esac
done
rm -rf "$source"
finish

begin "a fragment whose symbol the tree lacks is refused by name"
submit --aa --kconfig lab,qpw --boots 1
same "exit code" 2 "$status"
same "outcome" build-failed "$(outcome)"
holds "message" "$(message)" "\"QPW\" (kconfig qpw)"
finish
