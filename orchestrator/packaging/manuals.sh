#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Manual pages, completion and changelog as they are installed: manuals.sh KLAB PAGES CHANGELOG VERSION TO
set -eu
klab=$1 pages=$2 changelog=$3 version=$4 to=$5
"$klab" manual >"$to/sections"
sed -e "/^@SECTIONS@\$/{r $to/sections
d}" -e "s/@VERSION@/$version/" "$pages/klab.1" | gzip -9n >"$to/klab.1.gz"
for page in klabd.8 klab.toml.5; do sed "s/@VERSION@/$version/" "$pages/$page" | gzip -9n >"$to/$page.gz"; done
"$klab" completion bash >"$to/klab.bash"
"$klab" completion zsh >"$to/_klab"
sed "s/@PROJECT_VERSION@/$version/" "$changelog" | gzip -9n >"$to/changelog.gz"
