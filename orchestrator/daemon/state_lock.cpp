// SPDX-License-Identifier: GPL-3.0-or-later
#include "daemon/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace klab {

Result<UniqueFd> lock_state(const std::filesystem::path& state) {
  const auto path = state / "klabd.lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return lab_error("cannot open \"{}\": {}; set state in klab.toml to a directory that can be written", path.string(), std::strerror(errno));
  // One that was killed holds it until it is quite dead.
  for (int look = 0; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++look) {
    if (errno == EWOULDBLOCK && look < 20) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    if (errno == EWOULDBLOCK)
      return lab_error("cannot use the state directory \"{}\": another klabd runs on it; stop that one or set state in klab.toml",
                       state.string());
    return lab_error("cannot lock \"{}\": {}", path.string(), std::strerror(errno));
  }
  return fd;
}

}  // namespace klab
