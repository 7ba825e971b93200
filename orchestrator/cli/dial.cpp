// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/dial.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "cli/client.hpp"
#include "cli/exit_codes.hpp"
#include "cli/remote.hpp"
#include "util/fd.hpp"

namespace klab::cli {
namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<UniqueFd> connect_to(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.string().size() >= sizeof(address.sun_path)) return unreachable(socket, "the path is longer than a socket's may be");
  std::strcpy(address.sun_path, socket.c_str());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return unreachable(socket, std::strerror(errno));
  return fd;
}

}  // namespace

int dial(const std::filesystem::path& socket, int in, int out) {
  ::signal(SIGPIPE, SIG_IGN);
  auto line = connect_to(socket);
  if (!line) {
    write_all(out, dial_greeting(line.error()));
    return exit_no_result;
  }
  if (!write_all(out, dial_greeting(std::nullopt))) return exit_no_result;
  pollfd ends[2] = {{in, POLLIN, 0}, {line->get(), POLLIN, 0}};
  char bytes[64 * 1024];
  for (;;) {
    if (::poll(ends, 2, -1) < 0 && errno != EINTR) return exit_no_result;
    for (const int i : {0, 1}) {
      if (ends[i].fd < 0 || (ends[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      const auto count = ::read(ends[i].fd, bytes, sizeof(bytes));
      if (count < 0 && errno == EINTR) continue;
      const bool copied = count > 0 && write_all(i == 0 ? line->get() : out, {bytes, static_cast<std::size_t>(count)});
      if (copied) continue;
      if (i == 1) return exit_same_or_better;
      // Nothing more will be asked; an answer may still be on its way.
      ends[0].fd = -1;
      ::shutdown(line->get(), SHUT_WR);
    }
  }
}

}  // namespace klab::cli
