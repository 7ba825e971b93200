# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the cases about nights: a tree with a remote whose head moves.
# shellcheck disable=SC2154 # the library's variables

debian=$cache/trees/debian.git

# Borrows the objects that are there already: a kernel's history need not be copied for this.
borrow() { # directory
  rm -rf "$1"
  git init -q --bare "$1"
  echo "$debian/objects" >"$1/objects/info/alternates"
}

# A remote at the default tree's commit, klabd's own copy of it, and its entry in klab.toml.
moving_open() { # tree
  borrow "$work/$1.git"
  borrow "$cache/trees/remotes/$1.git"
  git --git-dir="$work/$1.git" update-ref refs/heads/master "$(git --git-dir="$debian" rev-parse HEAD)"
  cat >>"$work/klab.toml" <<TOML
[trees.$1]
remote = "$work/$1.git"
ref = "master"
TOML
}
moving_close() { # tree
  rm -rf "$cache/trees/remotes/$1.git"
}

# One more commit on the remote's branch; prints it. Without a patch it adds a line to a text.
moving_commit() { # tree subject [patch]
  local GIT_DIR=$work/$1.git GIT_INDEX_FILE=$work/$1.index parent text blob
  local GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=a@b.org GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=a@b.org
  # The same each time, so that a warm cache knows its kernels.
  local GIT_AUTHOR_DATE="2026-11-21T12:00:00Z" GIT_COMMITTER_DATE="2026-11-21T12:00:00Z"
  export GIT_DIR GIT_INDEX_FILE GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE
  parent=$(git rev-parse refs/heads/master)
  git read-tree "$parent" || return
  if [ $# -ge 3 ]; then
    git apply --cached "$3" || return
  else
    text=kernel/workqueue_internal.h
    blob=$({ git cat-file blob "$parent:$text" && echo "/* $2 */"; } | git hash-object -w --stdin) || return
    git update-index --cacheinfo "100644,$blob,$text" || return
  fi
  parent=$(git commit-tree -p "$parent" -m "$2" "$(git write-tree)") || return
  git update-ref refs/heads/master "$parent"
  echo "$parent"
}

# Runs a night to its end. Leaves the exit code in $status, what was printed in $output.
night() { # matrix
  status=0
  output=$(klab matrix run "$1" --wait 2>&1) || status=$?
}
