// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "cli/remote.hpp"
#include "util/fd.hpp"

namespace klab::cli {

// One ssh that runs, its standard input and output one socket of ours. It stays in klab's process group, or it
// could not ask for a password on the terminal; Ctrl-C therefore ends it too. Its words are kept until asked for.
// Ends and reaps it on destruction.
class SshLine {
 public:
  static Result<SshLine> start(const RemoteHost& remote);
  SshLine(SshLine&& other) noexcept;
  SshLine& operator=(SshLine&&) = delete;
  ~SshLine();

  UniqueFd take_socket() { return std::move(socket_); }
  // When the socket has come to its end: waits a moment for ssh, ends it if need be, and says why it went.
  Error explain();

 private:
  SshLine(RemoteHost remote, UniqueFd socket, UniqueFd words, pid_t child)
      : remote_(std::move(remote)), socket_(std::move(socket)), words_(std::move(words)), child_(child) {}
  int reap(int milliseconds);  // wait status

  RemoteHost remote_;
  UniqueFd socket_;
  UniqueFd words_;  // a file without a name: ssh can always write, and nobody has to read in time
  pid_t child_ = -1;
};

}  // namespace klab::cli
