#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the guest's initramfs: images/build.sh OUT.cpio [--arch x86_64|arm64] [--busybox FILE]
#
# The same sources, compiler and busybox give the same bytes: owners, times, inode numbers and order
# are fixed. Not compressed: a few megabytes are read faster than they are unpacked, and a job's
# archive is simply appended.
#
#   CC             the C compiler (default: ${CROSS_COMPILE}gcc)
#   CROSS_COMPILE  tool prefix, e.g. aarch64-linux-gnu-
#   BUSYBOX        a static busybox of the guest's architecture (default: the host's /bin/busybox);
#                  for another architecture than the host's images/fetch-busybox.sh gets one
set -eu

fail() {
	echo "images/build.sh: $*" >&2
	exit 1
}

usage="usage: images/build.sh OUT.cpio [--arch x86_64|arm64] [--busybox FILE]"
out= arch=x86_64
while [ $# -gt 0 ]; do
	case $1 in
	--arch)
		[ $# -ge 2 ] || fail "cannot read \"--arch\": no architecture follows"
		arch=$2
		shift
		;;
	--busybox)
		[ $# -ge 2 ] || fail "cannot read \"--busybox\": no file follows"
		BUSYBOX=$2
		shift
		;;
	-*) fail "cannot read \"$1\": not an option; $usage" ;;
	*) out=$1 ;;
	esac
	shift
done
[ -n "$out" ] || fail "cannot build: no output named; $usage"

# e_machine, the two bytes at offset 18 of an ELF file.
case $arch in
x86_64)
	machine=3e00
	[ -n "${CC:-}" ] || [ "$(uname -m)" = x86_64 ] || : "${CROSS_COMPILE:=x86_64-linux-gnu-}"
	;;
arm64)
	machine=b700
	[ -n "${CC:-}" ] || [ "$(uname -m)" = aarch64 ] || : "${CROSS_COMPILE:=aarch64-linux-gnu-}"
	;;
*) fail "cannot build for \"$arch\": the architectures are x86_64 and arm64" ;;
esac

source=$(cd "$(dirname "$0")" && pwd)
compiler=${CC:-${CROSS_COMPILE:-}gcc}
busybox=${BUSYBOX:-/bin/busybox}

elf_machine() { od -An -tx1 -j18 -N2 "$1" | tr -d ' \n'; }

command -v "$compiler" >/dev/null || fail "cannot run \"$compiler\": not found; install it or set CC"
command -v cpio >/dev/null || fail "cannot run \"cpio\": not found; install the package cpio"
[ -f "$busybox" ] ||
	fail "cannot read \"$busybox\": not found; install the package busybox-static or set BUSYBOX"
[ "$(elf_machine "$busybox")" = $machine ] ||
	fail "cannot use \"$busybox\": it is not built for $arch; images/fetch-busybox.sh gets one that is, for --busybox"

work=$(mktemp -d "${TMPDIR:-/tmp}/klab-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/job"

(cd "$source/runner" && "$compiler" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -s \
	-ffunction-sections -Wl,--gc-sections -Wl,--build-id=none -o "$root/init" ./*.c)
[ "$(elf_machine "$root/init")" = $machine ] || fail "cannot use \"$compiler\": it does not compile for $arch"

cp "$busybox" "$root/bin/busybox"
# Named here, not asked of busybox: the host cannot run another architecture's.
for applet in '[' awk basename cat chmod chrt cp cut date dd df dirname dmesg echo env expr false find free \
	grep head insmod kill ln ls lsmod mkdir mount mv nice nproc od printf ps readlink rm rmmod sed seq sh \
	sleep sort sync tail taskset test timeout touch tr true umount uname uniq usleep wc xargs; do
	ln -s busybox "$root/bin/$applet"
done

find "$root" -type d -exec chmod 0755 {} +
find "$root" -type f -exec chmod 0755 {} +
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$work/image"
mkdir -p "$(dirname "$out")"
cp "$work/image" "$out.part"
mv "$out.part" "$out"
