# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian package: made, installed here, its klabd run as the unit would run it, and purged again. As root, and only
# where no klab is installed.
packaged() {
  local build deb
  build=$(dirname "$binaries")
  cmake --build "$build" --target klab klabd klab_manuals >"$work/package.log" 2>&1 && (cd "$build" && cpack >>"$work/package.log" 2>&1) ||
    { problem "no package: $(tail -5 "$work/package.log")"; return; }
  deb=$(ls -t "$build"/klab_*.deb | head -1)
  holds "dependencies of the libraries" "$(dpkg-deb -f "$deb" Depends)" "libvirt0"
  holds "dependencies of builds" "$(dpkg-deb -f "$deb" Depends)" "bubblewrap"
  same "what is in the way of other packages" "" "$(dpkg-deb -c "$deb" | awk '{print $6}' | grep -vE '^\./(usr/|etc/(klab/.*)?$|$)')"
  if command -v lintian >/dev/null; then
    same "lintian" "" "$(lintian --allow-root "$deb" 2>/dev/null | grep -E '^[EW]:')"
  fi
  dpkg --install "$deb" >>"$work/package.log" 2>&1 || problem "does not install: $(tail -5 "$work/package.log")"
}
# As klabd.service has it, as far as that can be had without systemd.
as_klab=(setpriv --reuid klab --regid klab --init-groups --no-new-privs --bounding-set=-all --inh-caps=-all
  env -i HOME=/var/lib/klab PATH=/usr/local/bin:/usr/bin:/bin)
installed_klab() { env -u KLAB_CONFIG HOME="$work/home" /usr/bin/klab "$@"; }
installed_answers() { installed_klab status >/dev/null 2>&1; }

begin "the Debian package: installed, run as its own user, purged"
if [ "$(id -u)" != 0 ] || [ -e /etc/klab ] || dpkg-query -W klab >/dev/null 2>&1; then
  echo "      left out: this takes root and a machine without an installed klab"
else
  packaged
  same "the user" "klab kvm" "$(id -nG klab)"
  same "its state" "klab 755" "$(stat -c '%U %a' /var/lib/klab)"
  same "manual pages" "0 0 0" "$(for page in klab.1 klabd.8 klab.toml.5; do
    MANWIDTH=100 man --warnings=all -l "/usr/share/man/man${page##*.}/$page.gz" 2>&1 >"$work/page" | grep -vc '^<standard input>.*cannot \(break\|adjust\)' || true
  done | xargs)"
  holds "klab(1)" "$(man -l /usr/share/man/man1/klab.1.gz 2>/dev/null)" "KLAB_HOST"
  holds "completion" "$(bash -c '. /usr/share/bash-completion/completions/klab; COMP_WORDS=(klab subm); COMP_CWORD=1; _klab; echo "${COMPREPLY[@]}"')" submit
  command -v zsh >/dev/null && same "zsh reads its completion" "" "$(zsh -n /usr/share/zsh/vendor-completions/_klab 2>&1)"
  command -v systemd-analyze >/dev/null && same "systemd's verdict on the unit" "" \
    "$(systemd-analyze verify /usr/lib/systemd/system/klabd.service 2>&1 | grep klabd.service | grep -v "Command 'man")"
  install -d -o klab -g klab /run/klab # RuntimeDirectory=
  # The service manager's end of Type=notify.
  python3 -c 'import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/klab/notify"); os.chmod("/run/klab/notify", 0o666)
s.settimeout(60); print(s.recv(100).decode(), flush=True); print(s.recv(100).decode())' >"$work/told" 2>&1 &
  manager=$!
  wait_for 10 test -S /run/klab/notify
  "${as_klab[@]}" NOTIFY_SOCKET=/run/klab/notify /usr/sbin/klabd --config /etc/klab/klab.toml >"$work/installed.log" 2>&1 &
  installed=$!
  wait_for 20 installed_answers || problem "klabd does not answer: $(tail -5 "$work/installed.log")"
  same "what it lacks, as its user" "" "$("${as_klab[@]}" klab doctor --json | jq -r '.checks[] | select(.health == "missing") | .what + ": " + .found')"
  same "its sandbox" ok "$("${as_klab[@]}" klab doctor --json | jq -r '.checks[] | select(.what == "sandbox") | .health')"
  same "what somebody else is told of its directories" "cache note sudo -u klab klab doctor, state note sudo -u klab klab doctor" "$(
    setpriv --reuid nobody --regid nogroup --clear-groups env -i HOME=/nonexistent PATH=/usr/bin:/bin klab doctor --json |
      jq -r '[.checks[] | select(.what == "cache" or .what == "state") | .what + " " + .health + " " + .command] | join(", ")')"
  same "its workloads" "kmalloc rt-drain workqueue wq-cull wq-rescuer" "$(installed_klab names workloads | xargs)"
  status=0
  output=$(cd /usr/share/klab/patches && setpriv --reuid nobody --regid nogroup --clear-groups env -i HOME=/nonexistent PATH=/usr/bin:/bin \
    klab submit wq-defer-wakeup 2>&1) || status=$?
  same "others may not submit: exit code" 3 "$status"
  holds "others may not submit" "$output" "cannot write as nobody: this user may only read; daemon.access in klab.toml decides"
  kill "$installed"
  wait "$installed"
  same "exit code of klabd" 0 $?
  wait "$manager"
  same "what the service manager is told" "READY=1 STOPPING=1" "$(xargs <"$work/told")"
  output=$(dpkg --purge klab 2>&1) || problem "does not purge: $output"
  holds "results outlive the package" "$output" "klab: the results in /var/lib/klab are kept; to remove them: rm -r /var/lib/klab"
  same "what purging leaves" "" "$(ls -d /etc/klab /usr/share/klab /var/cache/klab /run/klab /usr/bin/klab 2>/dev/null)"
  rm -rf /var/lib/klab
  userdel klab
fi
finish
