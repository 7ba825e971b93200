// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/ssh_line.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace klab::cli {
namespace {

constexpr int last_words_milliseconds = 3000;  // ssh tells the exit status of klab there when it has it
constexpr std::size_t most_words = 64 * 1024;

}  // namespace

Result<SshLine> SshLine::start(const RemoteHost& remote) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return lab_error("cannot run ssh: {}", std::strerror(errno));
  UniqueFd ours(pair[0]), theirs(pair[1]);
  UniqueFd words(::memfd_create("klab-ssh", MFD_CLOEXEC));
  if (!words) return lab_error("cannot run ssh: {}", std::strerror(errno));

  auto arguments = ssh_command(remote);
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, theirs.get(), 0);
  ::posix_spawn_file_actions_adddup2(&files, theirs.get(), 1);
  ::posix_spawn_file_actions_adddup2(&files, words.get(), 2);
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &pipe);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], &files, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (error == ENOENT)
    return lab_error("cannot reach klabd at \"{}\": there is no ssh here; apt-get install openssh-client", remote.url());
  if (error != 0) return lab_error("cannot run ssh: {}", std::strerror(error));
  return SshLine(remote, std::move(ours), std::move(words), child);
}

SshLine::SshLine(SshLine&& other) noexcept
    : remote_(std::move(other.remote_)),
      socket_(std::move(other.socket_)),
      words_(std::move(other.words_)),
      child_(std::exchange(other.child_, -1)) {}

SshLine::~SshLine() {
  socket_.reset();
  if (child_ > 0) reap(0);
}

int SshLine::reap(int milliseconds) {
  int status = 0;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
  pollfd ended{process.get(), POLLIN, 0};
  while (process && ::poll(&ended, 1, milliseconds) < 0 && errno == EINTR) {
  }
  if (process && (ended.revents & POLLIN) == 0) ::kill(child_, SIGTERM);
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return status;
}

Error SshLine::explain() {
  const int status = child_ > 0 ? reap(last_words_milliseconds) : 0;
  std::string words(most_words, '\0');
  const auto length = ::pread(words_.get(), words.data(), words.size(), 0);
  words.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return explain_ssh(remote_, WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0, words);
}

}  // namespace klab::cli
