# SPDX-License-Identifier: GPL-3.0-or-later
# A klabd reached from a workstation: a real sshd on the loopback, with klab's directory in the PATH of its sessions.
# ssh finds its own configuration by the user's entry in passwd, so a wrapper gives it this one.
# The machine's own, or the one that ./lab test has unpacked.
for sshd in /usr/sbin/sshd "$share/.build/sshd/usr/sbin/sshd" ""; do
  [ -z "$sshd" ] || "$sshd" -V >/dev/null 2>&1 && break
done
if [ -z "$sshd" ]; then
  begin "a klabd elsewhere"
  echo "      left out: there is no sshd that runs here; ./lab test says why it has none"
  finish
  return
fi

far=$work/far
mkdir -p "$far/bin" "$far/near"
mkdir -p /run/sshd 2>/dev/null # sshd of root wants it
ln -s "$binaries/klab" "$far/bin/klab"
for key in host user stranger; do ssh-keygen -q -t ed25519 -N '' -f "$far/$key" </dev/null; done
cp "$far/user.pub" "$far/authorized"
chmod 700 "$far"
far_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$far/sshd_config" <<CONFIG
ListenAddress 127.0.0.1
Port $far_port
HostKey $far/host
AuthorizedKeysFile $far/authorized
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
SetEnv PATH=$far/bin:/usr/bin:/bin KLAB_CONFIG=$KLAB_CONFIG
CONFIG
cat >"$far/ssh_config" <<CONFIG
Host *
  IdentityFile $far/user
  IdentitiesOnly yes
  BatchMode yes
  UserKnownHostsFile $far/known
CONFIG
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s/ssh_config "$@"\n' "$far" >"$far/near/ssh"
chmod +x "$far/near/ssh"
printf '[127.0.0.1]:%s %s\n' "$far_port" "$(cut -d' ' -f1,2 "$far/host.pub")" >"$far/known"
"$sshd" -D -e -f "$far/sshd_config" 2>"$far/sshd.log" &
far_sshd=$!

# As on another machine: no configuration, no socket, no state of this lab.
away() {
  env -u KLAB_CONFIG HOME="$far/home" XDG_STATE_HOME= XDG_CONFIG_HOME= PATH="$far/near:$PATH" \
    KLAB_HOST="${far_host:-ssh://$(id -un)@127.0.0.1:$far_port}" "$binaries/klab" "$@"
}
sshd_answers() { grep -q 'Server listening' "$far/sshd.log"; }

begin "a series is submitted, watched and reported from a workstation"
wait_for 10 sshd_answers || problem "sshd does not start: $(cat "$far/sshd.log")"
status=0
output=$(cd "$series" && away submit harmless.patch --boots 1 --wait 2>&1) || status=$?
id=$(sql 'SELECT max(id) FROM experiment')
same "exit code of too few boots" 3 "$status"
same "logins for submit, all of watch and the report" 1 "$(grep -c '^Accepted publickey' "$far/sshd.log")"
same "outcome" ok "$(outcome)"
holds "table" "$output" "workqueue"
same "status here and there" "$(klab status)" "$(away status)"
away report "$id" --format csv --output "$far/here.csv"
same "a report is written here" "$(klab report "$id" --format csv | cksum)" "$(cksum <"$far/here.csv")"
away report "$id" --format html --output "$far/here.html" && same "as HTML" yes "$(grep -q '</html>' "$far/here.html" && echo yes)"
status=0
output=$(away show 999999 2>&1) || status=$?
same "exit code of what there is not" 64 "$status"
same "sessions left" 0 "$(pgrep -fc "ssh -F $far/ssh_config" || true)"
finish

begin "Ctrl-C detaches from a klabd elsewhere"
away submit "$series/harmless.patch" --boots 3 >/dev/null
id=$(sql 'SELECT max(id) FROM experiment')
# A terminal's Ctrl-C reaches all of the foreground's processes, ssh as well.
status=0
output=$(setsid --wait timeout --signal=INT 3 env -u KLAB_CONFIG HOME="$far/home" PATH="$far/near:$PATH" \
  KLAB_HOST="ssh://127.0.0.1:$far_port" "$binaries/klab" watch "$id" 2>&1) || status=$?
holds "detached" "$output" "detached; klab watch $id takes it up again"
away cancel "$id" >/dev/null
finish

begin "what goes wrong on the way to a klabd elsewhere is said"
far_case() { # what message
  local status=0 output
  output=$(away status 2>&1) || status=$?
  same "$1: exit code" 3 "$status"
  holds "$1" "$output" "$2"
}
mv "$far/bin/klab" "$far/bin/hidden"
far_case "no klab there" "there is no klab in the PATH there; install klab's package there"
mv "$far/bin/hidden" "$far/bin/klab"
cp "$far/stranger.pub" "$far/authorized"
far_case "a user who is not let in" "ssh lets this user not in; see why: ssh -p $far_port"
cp "$far/user.pub" "$far/authorized"
mv "$far/known" "$far/known.kept"
far_case "a host key that is not known" "its host key is not known here; compare the key that this shows"
mv "$far/known.kept" "$far/known"
printf '[127.0.0.1]:%s %s\n' "$far_port" "$(cut -d' ' -f1,2 "$far/stranger.pub")" >"$far/known.wrong"
sed -i "s|known\$|known.wrong|" "$far/ssh_config"
far_case "a host key that has changed" "its host key has changed"
sed -i "s|known.wrong\$|known|" "$far/ssh_config"
far_host="ssh://127.0.0.1:$far_port/nowhere/klabd.sock" far_case "no klabd there" 'there says: cannot reach klabd at "/nowhere/klabd.sock"'
far_host="ssh://127.0.0.1:1" far_case "no sshd there" "no ssh server answers there"
far_host="ssh://name.invalid" far_case "no such host" "there is no host of this name"
status=0
output=$(far_host='ssh://-oProxyCommand=touch${IFS}x/' away status 2>&1) || status=$?
same "an option for a host: exit code" 64 "$status"
kill "$far_sshd"
wait "$far_sshd" 2>/dev/null || true
finish
