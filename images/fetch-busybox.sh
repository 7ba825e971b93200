#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fetches the static busybox of another architecture: images/fetch-busybox.sh OUT --arch x86_64|arm64
#
# apt does it, with this system's sources and keys, and checks signatures and sums as ever; but with lists
# and a status of its own, in a directory that goes away: the system learns of no foreign architecture, and
# an ordinary user may do it.
set -eu

fail() {
	echo "images/fetch-busybox.sh: $*" >&2
	exit 1
}

usage="usage: images/fetch-busybox.sh OUT --arch x86_64|arm64"
[ $# -eq 3 ] && [ "$2" = --arch ] || fail "cannot read the arguments; $usage"
case $3 in
x86_64) arch=amd64 ;;
arm64) arch=arm64 ;;
*) fail "cannot fetch for \"$3\": the architectures are x86_64 and arm64" ;;
esac
for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null || fail "cannot run \"$tool\": not found; set BUSYBOX to a static busybox for $3"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/klab-busybox.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/download" "$work/tree"
: >"$work/status"
chmod 755 "$work" # apt drops its privileges to fetch
[ "$(id -u)" != 0 ] || chown -R _apt "$work/download" 2>/dev/null || :

apt() {
	apt-get -q -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Dir::State=$work/state" \
		-o "Dir::State::lists=$work/state/lists" -o "Dir::State::status=$work/status" \
		-o "Dir::Cache=$work/cache" -o Acquire::Languages=none -o APT::Update::Post-Invoke-Success= \
		-o DPkg::Post-Invoke= -o Acquire::Retries=2 "$@"
}

# One source of several may have nothing for the architecture; what counts is whether the package comes.
apt update >"$work/log" 2>&1 || :
(cd "$work/download" && apt download "busybox-static:$arch") >>"$work/log" 2>&1 || {
	cat "$work/log" >&2
	fail "cannot fetch the package busybox-static for $arch: apt's words are above; set BUSYBOX to a static busybox for $3"
}
dpkg-deb --fsys-tarfile "$work"/download/*.deb >"$work/files.tar"
tar -xf "$work/files.tar" -C "$work/tree"
for place in bin usr/bin; do
	[ -f "$work/tree/$place/busybox" ] || continue
	mkdir -p "$(dirname "$1")"
	cp "$work/tree/$place/busybox" "$1.part"
	mv "$1.part" "$1"
	exit 0
done
fail "cannot use the package busybox-static for $arch: it has no busybox"
