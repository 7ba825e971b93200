// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/boot_run.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipeline/boot_session.hpp"

namespace klab {
namespace asio = boost::asio;

BootLimits boot_limits(const MachineSpec& machine, const std::vector<WorkloadRun>& workloads) {
  constexpr std::chrono::seconds runners_own{5};  // it ends a pass that is over its time, and says so
  BootLimits limits;
  limits.boot = machine.boot_limit;
  limits.silence = machine.silence_limit;
  limits.run = machine.run_limit;
  limits.must_power_off = machine.driver != "ipmi";
  std::chrono::milliseconds all = limits.boot;
  for (const auto& run : workloads) {
    const std::chrono::milliseconds pass = run.pass_timeout + runners_own;
    limits.silence = std::max(limits.silence, pass);
    all += pass * static_cast<int>(run.definition.case_names().size()) * (run.passes + 1);
  }
  limits.run = std::max(limits.run, all);
  return limits;
}

asio::awaitable<BootEnd> run_boot(Machine& machine, BootJob job, BootProgressSink progress, std::stop_token stop) {
  auto executor = co_await asio::this_coro::executor;
  auto session = std::make_shared<BootSession>(executor, job, std::move(progress));
  std::stop_callback on_stop(stop, [session, executor] {
    asio::post(executor, [session] {
      session->stop_requested();
      session->changed.cancel();
    });
  });

  auto started = co_await machine.start(job.spec, *session);
  if (!started) {
    BootEnd end;
    end.outcome = Outcome::lab_error;
    end.title = started.error().message;
    end.excerpt = started.error().tail;
    co_await machine.power_off();
    co_return end;
  }

  std::optional<std::string> expired;
  auto* diagnosable = dynamic_cast<Diagnosable*>(&machine);
  while (!session->is_over()) {
    const auto deadline = session->next_deadline();
    if (BootSession::Clock::now() >= deadline.at) {
      if (expired || deadline.limit.empty()) break;
      expired = deadline.limit;
      if (!diagnosable) break;
      auto asked = co_await diagnosable->inject_nmi();
      if (!asked) break;
      session->diagnosed(BootSession::Clock::now());
      continue;
    }
    session->changed.expires_at(deadline.at);
    co_await session->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  auto off = co_await machine.power_off();
  auto end = session->conclude(expired);
  if (!off) {
    end.outcome = Outcome::lab_error;
    end.title = off.error().message;
    end.summaries.clear();
  }
  co_return end;
}

}  // namespace klab
