// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace klab::cli {

// A klabd elsewhere, reached by ssh: "ssh://[user@]host[:port][/path/of/klabd's/socket]".
struct RemoteHost {
  std::string user;    // empty: as ssh's configuration has it
  std::string host;    // name or address, without the brackets of IPv6
  int port = 0;        // 0: likewise
  std::string socket;  // empty: as klab's configuration there has it
  bool asks = true;    // for a password, and patiently; a shell's completion must not

  std::string url() const;
  std::string login() const;  // "ssh -p 2222 ada@lab", for a remedy
};

// Kind input. Nothing that ssh or the shell there would take for an option or a command is let through.
Result<RemoteHost> parse_remote(std::string_view text);

// What a command line asks for: --host, else --socket (here), else $KLAB_HOST, else here. --host and --socket
// together are an error: the path of the socket there is a part of the URL.
Result<std::optional<RemoteHost>> choose_remote(std::string_view host, std::string_view socket, std::string_view environment);

// ssh as a pipe to `klab dial` there. It asks for passwords on the terminal itself; forwards nothing, whatever its
// configuration says.
std::vector<std::string> ssh_command(const RemoteHost& remote);

// The first line that `klab dial` writes: "klab-dial 1 VERSION ok", or "... error MESSAGE".
std::string dial_greeting(const std::optional<Error>& error);
struct Greeting {
  std::string version;
  std::string error;  // empty: what follows is klabd
};
std::optional<Greeting> read_greeting(std::string_view line);  // nothing: some other line, such as a shell's

// Why ssh ended before klabd answered. `words` is what it wrote to its standard error.
Error explain_ssh(const RemoteHost& remote, int exit_code, int signal, const std::string& words);

}  // namespace klab::cli
