// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "util/text.hpp"

namespace klab::cli {
namespace {

constexpr std::string_view scheme = "ssh://";
constexpr std::string_view greeting = "klab-dial 1 ";

bool all_of(std::string_view text, std::string_view others) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return (c < 128 && std::isalnum(c)) || others.find(static_cast<char>(c)) != others.npos;
  });
}

Error bad_host(std::string_view text, std::string_view why) {
  return input_error("cannot use the host \"{}\": {}; give ssh://[user@]host[:port][/path/of/klabd.sock]", printable(text), why);
}

Error unreachable(const RemoteHost& remote, std::string_view cause, std::string_view remedy, const std::string& words) {
  Error error = lab_error("cannot reach klabd at \"{}\": {}; {}", remote.url(), cause, remedy);
  error.tail = tail(printable_lines(words), 20);
  return error;
}

}  // namespace

std::string RemoteHost::url() const {
  std::string text(scheme);
  if (!user.empty()) text += user + "@";
  text += host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != 0) text += fmt::format(":{}", port);
  return text + socket;
}

std::string RemoteHost::login() const {
  return fmt::format("ssh {}{}{}", port != 0 ? fmt::format("-p {} ", port) : "", user.empty() ? "" : user + "@", host);
}

Result<RemoteHost> parse_remote(std::string_view text) {
  if (!text.starts_with(scheme)) return bad_host(text, "it does not begin with ssh://");
  RemoteHost remote;
  std::string_view rest = text.substr(scheme.size());
  if (const auto slash = rest.find('/'); slash != rest.npos) {
    remote.socket = rest.substr(slash);
    rest = rest.substr(0, slash);
    if (remote.socket == "/") remote.socket.clear();
    if (printable(remote.socket) != remote.socket) return bad_host(text, "its path has characters that cannot be printed");
  }
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    remote.user = rest.substr(0, at);
    rest = rest.substr(at + 1);
    if (remote.user.find(':') != std::string::npos) return bad_host(text, "a password has no place in it, ssh asks for one");
    if (!all_of(remote.user, "._-")) return bad_host(text, "its user is none");
  }
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == rest.npos) return bad_host(text, "a \"]\" is missing");
    remote.host = rest.substr(1, end - 1);
    rest = rest.substr(end + 1);
    if (remote.host.find(':') == std::string::npos || !all_of("0" + remote.host, ".:%")) return bad_host(text, "it names no IPv6 address");
  } else {
    remote.host = rest.substr(0, rest.find(':'));
    rest = rest.substr(remote.host.size());
    if (!all_of(remote.host, "._-")) return bad_host(text, "it names no host");
  }
  if (rest.empty()) return remote;
  const auto port = rest.substr(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), remote.port);
  if (rest.front() != ':' || error != std::errc() || end != port.data() + port.size() || remote.port < 1 || remote.port > 65535)
    return bad_host(text, "its port is none");
  return remote;
}

Result<std::optional<RemoteHost>> choose_remote(std::string_view host, std::string_view socket, std::string_view environment) {
  if (!host.empty() && !socket.empty())
    return input_error("cannot use --host with --socket: the path of a socket there is a part of the host, ssh://lab/run/klab/klabd.sock");
  if (host.empty() && (!socket.empty() || environment.empty())) return std::optional<RemoteHost>();
  auto remote = parse_remote(host.empty() ? environment : host);
  if (!remote) return remote.error();
  return std::optional<RemoteHost>(std::move(*remote));
}

std::vector<std::string> ssh_command(const RemoteHost& remote) {
  // A host that went away is noticed within a minute; a name or network that hangs, within twenty seconds.
  std::vector<std::string> argv{"ssh", "-T", "-a", "-x"};
  std::vector<std::string> settings{"ClearAllForwardings=yes", "PermitLocalCommand=no", "RemoteCommand=none",
                                    remote.asks ? "ConnectTimeout=20" : "ConnectTimeout=2", "ServerAliveInterval=20", "ServerAliveCountMax=3"};
  if (!remote.asks) settings.push_back("BatchMode=yes");
  for (const auto& setting : settings) argv.insert(argv.end(), {"-o", setting});
  if (remote.port != 0) argv.insert(argv.end(), {"-p", fmt::format("{}", remote.port)});
  if (!remote.user.empty()) argv.insert(argv.end(), {"-l", remote.user});
  argv.insert(argv.end(), {"--", remote.host});
  // One word for the shell there.
  argv.push_back("klab dial" + (remote.socket.empty() ? std::string() : " --socket " + shell_quote(remote.socket)));
  return argv;
}

std::string dial_greeting(const std::optional<Error>& error) {
  return fmt::format("{}{} {}\n", greeting, KLAB_VERSION, error ? "error " + printable(error->message) : std::string("ok"));
}

std::optional<Greeting> read_greeting(std::string_view line) {
  if (!line.starts_with(greeting)) return std::nullopt;
  line = trim(line.substr(greeting.size()));
  const auto space = line.find(' ');
  if (space == line.npos) return std::nullopt;
  Greeting read{printable(line.substr(0, space)), {}};
  const auto said = line.substr(space + 1);
  if (said == "ok") return read;
  if (!said.starts_with("error ")) return std::nullopt;
  read.error = printable(said.substr(6));
  return read;
}

Error explain_ssh(const RemoteHost& remote, int exit_code, int signal, const std::string& words) {
  const auto said = [&](std::string_view part) { return words.find(part) != words.npos; };
  const std::string login = remote.login();
  if (signal != 0) return unreachable(remote, fmt::format("ssh was killed by signal {}", signal), "try again", words);
  if (exit_code == 127)
    return unreachable(remote, "there is no klab in the PATH there", "install klab's package there: apt-get install ./klab.deb", words);
  if (exit_code != 255)
    return unreachable(remote, fmt::format("klab there ended with exit status {}", exit_code), login + " klab status tells more", words);
  if (said("REMOTE HOST IDENTIFICATION HAS CHANGED"))
    return unreachable(remote, "its host key has changed", "ask who keeps the host, then: ssh-keygen -R " + remote.host, words);
  if (said("Host key verification failed"))
    return unreachable(remote, "its host key is not known here", "compare the key that this shows: " + login, words);
  if (said("Permission denied") || said("Too many authentication failures"))
    return unreachable(remote, "ssh lets this user not in", "see why: " + login, words);
  if (said("Could not resolve hostname")) return unreachable(remote, "there is no host of this name", "see why: " + login, words);
  if (said("Connection refused") || said("timed out") || said("No route to host") || said("Network is unreachable"))
    return unreachable(remote, "no ssh server answers there", "see why: " + login, words);
  return unreachable(remote, "ssh failed", "see why: " + login, words);
}

}  // namespace klab::cli
