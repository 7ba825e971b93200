// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/progress.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace klab {
namespace asio = boost::asio;

Progress ProgressBoard::get(std::int64_t experiment) const {
  const auto found = entries_.find(experiment);
  auto progress = found == entries_.end() ? Progress{} : found->second;
  if (!explainer_ || (found != entries_.end() && !progress.waiting)) return progress;
  if (auto text = explainer_(experiment); !text.empty()) {
    progress.step = std::move(text);
    progress.waiting = true;
  }
  return progress;
}

std::set<std::int64_t> ProgressBoard::watched() const {
  std::set<std::int64_t> ids;
  for (const auto& [experiment, timer] : waiting_) ids.insert(experiment);
  return ids;
}

void ProgressBoard::set(std::int64_t experiment, Progress progress) {
  progress.version = ++counter_;
  entries_[experiment] = std::move(progress);
  for (const auto& [watched, timer] : waiting_)
    if (watched == experiment) timer->cancel();
}

void ProgressBoard::touch(std::int64_t experiment) { set(experiment, get(experiment)); }

asio::awaitable<std::uint64_t> ProgressBoard::changed(std::int64_t experiment, std::uint64_t seen,
                                                      std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  asio::steady_timer timer(executor_);
  const auto place = waiting_.insert(waiting_.end(), {experiment, &timer});
  while (!released_ && get(experiment).version == seen && std::chrono::steady_clock::now() < until) {
    timer.expires_at(until);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  waiting_.erase(place);
  co_return get(experiment).version;
}

void ProgressBoard::release_all() {
  released_ = true;
  for (const auto& [watched, timer] : waiting_) timer->cancel();
}

}  // namespace klab
