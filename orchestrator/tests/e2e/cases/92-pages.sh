# SPDX-License-Identifier: GPL-3.0-or-later
# klabd's pages over two months of a lab, in a headless Chromium: wide and narrow, light and dark, with and without
# scripts; and the copy that `klab export` makes of them, from the disk.
pages_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
netboot_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$work/pages"
printf x >"$work/pages/password"
chmod 600 "$work/pages/password"
cat >"$work/pages/klab.toml" <<TOML
state = "$work/pages/state"
cache = "$work/pages/cache"
[daemon]
pages = "127.0.0.1:$pages_port"
[netboot]
listen = "127.0.0.1:$netboot_port"
[hosts.host1]
bmc = "192.0.2.1"
user = "klab"
password_file = "$work/pages/password"
mac = "3c:ec:ef:00:00:01"
nic = "nic-igb"
architecture = "x86_64"
sockets = 1
cores = 8
threads = 2
memory = "64G"
labels = ["rack=3"]
TOML
begin "pages in a browser"
"$binaries/pages_fixture" "$work/pages/state" || problem "the stored lab could not be made"
KLAB_CONFIG=$work/pages/klab.toml "$binaries/klabd" >>"$work/pages/klabd.log" 2>&1 &
pages_daemon=$!
base=http://127.0.0.1:$pages_port
wait_for 20 curl -sf -o "$work/pages/news" "$base/now.json" || problem "no pages: $(tail -3 "$work/pages/klabd.log")"
seen=$(timeout 300 python3 "$here/../pages/check.py" "$base" 2>&1)
same "exit code of the browser's look" 0 "$?"
holds "what it saw" "$seen" "checked"
[ "$(printf '%s\n' "$seen" | wc -l)" -le 1 ] || problem "$(printf '%s\n' "$seen" | head -20)"
same "a write over TCP" 403 "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$base/api/experiments")"
same "the API over TCP" 404 "$(curl -s -o /dev/null -w '%{http_code}' "$base/api/experiments")"
finish

begin "pages as files"
KLAB_CONFIG=$work/pages/klab.toml klab export "$work/pages/copy" --limit 2 >"$work/pages/said" || problem "$(cat "$work/pages/said")"
seen=$(timeout 100 python3 "$here/../pages/check_copy.py" "$work/pages/copy" 2>&1)
same "exit code of the look at the copy" 0 "$?"
[ "$(printf '%s\n' "$seen" | wc -l)" -le 1 ] || problem "$(printf '%s\n' "$seen" | head -20)"
KLAB_CONFIG=$work/pages/klab.toml klab export "$work/pages/copy" --experiments 1 >/dev/null || problem "an earlier copy is not replaced"
same "an older copy's pages" no "$([ -e "$work/pages/copy/nights" ] && echo yes || echo no)"
mkdir "$work/pages/mine" && touch "$work/pages/mine/letter"
refused=$(KLAB_CONFIG=$work/pages/klab.toml klab export "$work/pages/mine" 2>&1)
same "exit code of an export over something else" 64 "$?"
holds "its words" "$refused" "something else is there; name another directory"
same "what is left beside the copy" "" "$(find "$work/pages" -maxdepth 1 -name '.klab-export-*')"
kill -TERM "$pages_daemon" 2>/dev/null
wait "$pages_daemon" 2>/dev/null
finish
