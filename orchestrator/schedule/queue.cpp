// SPDX-License-Identifier: GPL-3.0-or-later
#include "schedule/queue.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "pipeline/experiment_run.hpp"
#include "pipeline/recovery.hpp"

namespace klab {
namespace asio = boost::asio;

Queue::Queue(Lab& lab, ProgressBoard& board, asio::any_io_executor executor) : lab_(lab), board_(board), wake_(executor) {}

asio::awaitable<Result<void>> Queue::run_one(std::int64_t experiment, std::stop_token stop) {
  current_ = experiment;
  current_stop_ = std::stop_source();
  std::stop_callback forward(stop, [source = current_stop_]() mutable { source.request_stop(); });
  auto done = co_await run_experiment(lab_, board_, experiment, current_stop_.get_token());
  current_ = 0;
  co_return done;
}

asio::awaitable<Result<void>> Queue::run(std::stop_token stop) {
  std::stop_callback wake(stop, [this] { asio::post(wake_.get_executor(), [this] { wake_.cancel(); }); });
  if (auto recovered = recover(lab_); !recovered) co_return recovered.error();
  while (!stop.stop_requested()) {
    auto waiting = lab_.experiments.unfinished();
    if (!waiting) co_return waiting.error();
    if (waiting->empty()) {
      wake_.expires_at(asio::steady_timer::time_point::max());
      co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    auto done = co_await run_one(waiting->front(), stop);
    if (!done) co_return done.error();
  }
  co_return Result<void>{};
}

void Queue::notify() { wake_.cancel(); }

Result<void> Queue::cancel(std::int64_t experiment) {
  auto record = lab_.experiments.get(experiment);
  if (!record) return record.error();
  if (record->state == ExperimentState::done)
    return input_error("cannot cancel experiment {}: it is done ({})", experiment, name(*record->outcome));
  auto stored = lab_.experiments.request_cancel(experiment);
  if (!stored) return stored;
  if (current_ == experiment) {
    current_stop_.request_stop();
    return {};
  }
  auto finished = lab_.experiments.finish(experiment, Outcome::cancelled, "cancelled on request", "", lab_.now());
  board_.touch(experiment);
  return finished;
}

}  // namespace klab
