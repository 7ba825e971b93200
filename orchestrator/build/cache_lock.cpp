// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/cache_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "util/file.hpp"

namespace klab {
namespace asio = boost::asio;

Result<std::optional<UniqueFd>> try_lock_cache(const std::filesystem::path& cache_directory) {
  if (auto made = make_directories(cache_directory); !made) return made.error();
  const auto path = cache_directory / "build.lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return lab_error("cannot open \"{}\": {}", path.string(), std::strerror(errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return std::optional<UniqueFd>(std::move(fd));
  if (errno == EWOULDBLOCK) return std::optional<UniqueFd>();
  return lab_error("cannot lock \"{}\": {}", path.string(), std::strerror(errno));
}

asio::awaitable<Result<UniqueFd>> lock_cache(std::filesystem::path cache_directory, std::function<void()> waiting,
                                             std::stop_token stop) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (bool first = true;; first = false) {
    auto lock = try_lock_cache(cache_directory);
    if (!lock) co_return lock.error();
    if (*lock) co_return std::move(**lock);
    if (stop.stop_requested())
      co_return make_error(ErrorKind::stopped, "stopped while another klabd builds in \"{}\"", cache_directory.string());
    if (first && waiting) waiting();
    timer.expires_after(std::chrono::milliseconds(500));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace klab
