# SPDX-License-Identifier: GPL-3.0-or-later
# Every fragment of kconfigs/ is honoured by the default tree, or refused by name where a series brings its symbol.
honoured() { # architecture make-architecture fragments...
  local architecture=$1 arch=$2 out=$work/kconfig-$1 name file files=()
  shift 2
  mkdir -p "$out"
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
# The builder's own, where a case before this one has built: its listing is compared before each use.
source=$cache/sources/$commit
if [ ! -d "$source" ]; then
  source=$work/linux
  mkdir -p "$source"
  git --git-dir="$cache/trees/debian.git" archive "$commit" | tar -x -C "$source" || problem "cannot unpack the tree"
fi
nics=$(cd "$share/kconfigs" && for file in nic-*.config; do printf '%s ' "${file%.config}"; done)
sets=("lab debug" "lab kasan" "lab preempt-rt nohz-full tracing" "lab netboot $nics")
x86_64_sets=("${sets[@]}" "lab preempt-dynamic nohz-full tracing perf-events" "lab fault-injection" "lab jump-label")
arm64_sets=("${sets[@]}" "lab preempt-dynamic nohz-full tracing")
each_honoured() { # architecture set...; a line for each set of which something is not
  local architecture=$1 set missing
  shift
  for set in "$@"; do
    # shellcheck disable=SC2086
    missing=$(honoured "$architecture" "$architecture" $set)
    [ -z "$missing" ] || echo "$architecture, not honoured of $set: $missing"
  done
}
each_honoured x86_64 "${x86_64_sets[@]}" >"$work/kconfig-x86_64.txt" &
others=$!
if command -v aarch64-linux-gnu-gcc >/dev/null; then
  same "fragments on arm64" "" "$(each_honoured arm64 "${arm64_sets[@]}")"
fi
wait "$others" || problem "the sets of x86_64 were not tried to their end"
same "fragments on x86_64" "" "$(cat "$work/kconfig-x86_64.txt")"
tried=" qpw pwlocks test-workqueue ${x86_64_sets[*]} "
for file in "$share"/kconfigs/*.config; do
  name=$(basename "$file" .config)
  case $tried in
  *" ${name%.x86_64} "* | *" ${name%.arm64} "*) ;;
  *) problem "kconfigs/$name.config is in no set that was tried" ;;
  esac
done
rm -rf "$work/linux" "$work"/kconfig-*
finish

begin "a fragment whose symbol the tree lacks is refused by name"
submit --aa --kconfig lab,qpw --boots 1
same "exit code" 2 "$status"
same "outcome" build-failed "$(outcome)"
holds "message" "$(message)" "\"QPW\" (kconfig qpw)"
finish
