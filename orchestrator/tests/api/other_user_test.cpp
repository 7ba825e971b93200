// SPDX-License-Identifier: GPL-3.0-or-later
// A real second user on the socket: a child that has become one.
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/api/served.hpp"

using namespace klab;
using namespace klab::testing;

namespace {

constexpr uid_t stranger = 65534;

// What user `stranger` gets for `request`; "errno N" where it cannot connect.
std::string asked_by_stranger(Served& served, const std::string& request) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  UniqueFd out(ends[0]), in(ends[1]);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, served.config.socket.c_str(), sizeof address.sun_path - 1);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Only calls that are safe after fork() in a process that may have threads.
    const auto tell = [&](const char* text, std::size_t size) { (void)!::write(in.get(), text, size); };
    if (::setgroups(0, nullptr) != 0 || ::setresgid(stranger, stranger, stranger) != 0 ||
        ::setresuid(stranger, stranger, stranger) != 0) {
      tell("setuid", 6);
      ::_exit(1);
    }
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      tell(errno == EACCES ? "EACCES" : "other ", 6);
      ::_exit(1);
    }
    (void)!::write(fd, request.data(), request.size());
    char buffer[4096];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) tell(buffer, static_cast<std::size_t>(n));
    ::_exit(0);
  }
  in = UniqueFd();
  const auto told = served.until_closed_pipe(out);
  int status = 0;
  ::waitpid(child, &status, 0);
  return told;
}

bool is_root() {
  if (::getuid() == 0) return true;
  WARN("not root: nobody else can be played, other users on the socket stay untested");
  return false;
}

constexpr const char* a_read = "GET /x HTTP/1.1\r\nHost: klabd\r\nConnection: close\r\n\r\n";
constexpr const char* a_write =
    "POST /x HTTP/1.1\r\nHost: klabd\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

// Where anybody may go, so that only the socket decides.
void open_way(const Served& served) { REQUIRE(::chmod(served.directory.path().c_str(), 0755) == 0); }

}  // namespace

TEST_CASE("other users: with access \"nobody\" they do not even connect") {
  if (!is_root()) return;
  Served served({}, SocketAccess::nobody);
  open_way(served);
  struct stat mode {};
  REQUIRE(::stat(served.config.socket.c_str(), &mode) == 0);
  CHECK((mode.st_mode & 0777) == 0600);
  CHECK(asked_by_stranger(served, a_read) == "EACCES");
  // Somebody opened the socket by hand: its peer is still asked who it is.
  REQUIRE(::chmod(served.config.socket.c_str(), 0666) == 0);
  const auto refused = asked_by_stranger(served, a_read);
  CHECK(status_line(refused) == "HTTP/1.1 403 Forbidden");
  CHECK(body_of_response(refused) ==
        "{\"error\":\"cannot answer nobody: this socket is its owner's alone; daemon.access in klab.toml decides\",\"tail\":\"\","
        "\"kind\":\"input\"}");
  CHECK(served.answered == 0);
}

TEST_CASE("other users: with access \"read-only\" they read and do not write") {
  if (!is_root()) return;
  Served served({}, SocketAccess::read_only);
  open_way(served);
  CHECK(status_line(asked_by_stranger(served, a_read)) == "HTTP/1.1 200 OK");
  CHECK(served.answered == 1);
  const auto refused = asked_by_stranger(served, a_write);
  CHECK(status_line(refused) == "HTTP/1.1 403 Forbidden");
  CHECK(body_of_response(refused) ==
        "{\"error\":\"cannot write as nobody: this user may only read; daemon.access in klab.toml decides\",\"tail\":\"\","
        "\"kind\":\"input\"}");
  CHECK(served.answered == 1);
}

TEST_CASE("other users: with access \"everybody\" they write") {
  if (!is_root()) return;
  Served served({}, SocketAccess::everybody);
  open_way(served);
  CHECK(body_of_response(asked_by_stranger(served, a_write)) == "{\"method\":\"POST\",\"path\":\"x\",\"body\":2}");
}
