// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/contain.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "build/fork_guard.hpp"
#include "build/scratch.hpp"
#include "build/usage.hpp"
#include "util/cgroup.hpp"
#include "util/fd.hpp"
#include "util/offload.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace asio::experimental::awaitable_operators;
using Clock = std::chrono::steady_clock;
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr auto kShortInterval = std::chrono::milliseconds(25);  // between two tries to kill
constexpr auto kSlowInterval = std::chrono::seconds(30);  // between two walks when the disk shows nothing
constexpr auto kGrace = std::chrono::seconds(60);         // for the namespace to go once it has been killed
constexpr std::uint64_t kReserve = 256ull << 20;          // of disk and memory; the database wants some of it

// What the looking remembers; used by one look and one walk at a time.
struct Looker {
  Containment containment;
  int pid = 0;
  std::uint64_t shared_before = host_memory().shared;
  std::uint64_t free_before = free_bytes(containment.cache);
  // Of the walks alone.
  Clock::time_point walked = Clock::now();
  Clock::duration walk_cost{0};

  std::optional<LimitKind> look() const {
    if (Clock::now() >= containment.deadline) return LimitKind::time;
    if (auto hit = look_at_processes()) return hit;
    return look_at_room();
  }
  // Walking is dear, and a hostile tree makes it take minutes: done when the disk lost what the build may
  // write, and else now and then; the longer it takes the more rarely.
  std::optional<LimitKind> walk_when_due(std::stop_token stop) {
    const auto since = Clock::now() - walked;
    const bool due = lost() > containment.limits.disk ? since > 10 * walk_cost
                                                      : since > kSlowInterval + 20 * walk_cost;
    return due ? walk(stop) : std::nullopt;
  }
  // All that was written, whenever it was.
  std::optional<LimitKind> look_at_end(std::stop_token stop) {
    if (auto hit = walk(stop)) return hit;
    return look_at_room();
  }

 private:
  // Bubblewrap's only child is the namespace's first.
  int first_process() const {
    const auto children = children_of(pid);
    return children.empty() ? 0 : children.front();
  }

  std::optional<LimitKind> look_at_processes() const {
    const HostMemory host = host_memory();
    // Also where a control group keeps the limits: the group may be refused, the looking never is.
    const NamespaceUsage usage = namespace_usage(first_process(), containment.limits.processes);
    if (usage.tasks > containment.limits.processes) return LimitKind::processes;
    // What a tmpfs or a memfd holds is nobody's own, but nobody else fills one while a kernel is built.
    const std::uint64_t shared = host.shared > shared_before ? host.shared - shared_before : 0;
    if (usage.memory + shared > containment.limits.memory) return LimitKind::memory;
    if (host.available < kReserve) return LimitKind::host_memory;
    return std::nullopt;
  }

  std::optional<LimitKind> look_at_room() const {
    return free_bytes(containment.cache) < kReserve ? std::optional(LimitKind::host_disk) : std::nullopt;
  }

  std::uint64_t lost() const {
    const std::uint64_t left = free_bytes(containment.cache);
    return free_before > left ? free_before - left : 0;
  }

  std::optional<LimitKind> walk(std::stop_token stop) {
    const auto begin = Clock::now();
    const DiskUsage usage = containment.measure(containment.writable, stop);
    walked = Clock::now();
    walk_cost = walked - begin;
    if (usage.too_deep || usage.files > kMostFiles) return LimitKind::files;
    if (usage.bytes > containment.limits.disk || (usage.hidden && lost() > containment.limits.disk))
      return LimitKind::disk;
    return std::nullopt;
  }
};

struct Watch {
  explicit Watch(const asio::any_io_executor& executor) : timer(executor), walk_timer(executor) {}
  asio::steady_timer timer, walk_timer;
  std::shared_ptr<Looker> looker;
  std::optional<ForkGuard> guard;
  std::stop_source group;  // ends bubblewrap itself, and with it, a moment later, the namespace
  std::stop_source walking;
  std::optional<LimitKind> hit;
  UniqueFd first;  // the namespace's first process, once it has been killed
  bool stopped = false;
  bool ended = false;
  std::optional<Clock::time_point> killed;

  void kill() {
    if (ended) return;
    if (!killed) killed = Clock::now();
    const auto children = children_of(looker->pid);
    for (const int child : children)
      if (UniqueFd killed_child = kill_first_process(looker->pid, child)) first = std::move(killed_child);
    // Nothing to kill yet, or nothing left but output that is still being read.
    if ((children.empty() && !first) || Clock::now() - *killed > kGrace) group.request_stop();
  }
  void end_waiting() {
    walking.request_stop();
    timer.cancel();
    walk_timer.cancel();
  }
};

asio::awaitable<Result<ProcessResult>> run(std::shared_ptr<Watch> watch, ProcessSpec spec) {
  auto result = co_await run_process(std::move(spec), watch->group.get_token());
  watch->ended = true;
  if (watch->guard && watch->guard->fired() && !watch->hit) watch->hit = LimitKind::processes;
  watch->guard.reset();
  watch->end_waiting();
  co_return result;
}

asio::awaitable<void> wait_on(asio::steady_timer& timer, Clock::duration duration) {
  timer.expires_after(duration);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> keep_watch(std::shared_ptr<Watch> watch, asio::thread_pool& pool) {
  auto next = Clock::now() + kInterval;
  while (!watch->ended) {
    co_await wait_on(watch->timer, kShortInterval);
    if (watch->ended) break;
    if (!watch->hit && !watch->stopped && Clock::now() >= next) {
      auto look = [looker = watch->looker] { return looker->look(); };
      const auto found = co_await offload(pool, std::move(look));
      if (!watch->hit) watch->hit = found;
      next = Clock::now() + kInterval;
    }
    if (watch->hit || watch->stopped) watch->kill();
  }
}

asio::awaitable<void> keep_walking(std::shared_ptr<Watch> watch, asio::thread_pool& pool) {
  while (!watch->ended) {
    co_await wait_on(watch->walk_timer, kInterval);
    if (watch->ended || watch->hit || watch->stopped) continue;
    auto walk = [looker = watch->looker, stop = watch->walking.get_token()] { return looker->walk_when_due(stop); };
    const auto found = co_await offload(pool, std::move(walk));
    if (!watch->hit) watch->hit = found;
  }
}

}  // namespace

asio::awaitable<Result<Contained>> run_contained(ProcessSpec spec, Containment containment,
                                                 asio::thread_pool& pool, std::stop_token stop) {
  if (stop.stop_requested())
    co_return make_error(ErrorKind::stopped, "\"{}\" was not started: stopping", spec.argv[0]);
  const auto executor = co_await asio::this_coro::executor;
  std::optional<Cgroup> cgroup;
  if (!containment.cgroup_parent.empty()) {
    constexpr const char* purpose = "klab-build-";
    for (const auto& left : left_scratch(containment.cgroup_parent, purpose)) Cgroup::remove_empty(left);
    auto made = Cgroup::create(containment.cgroup_parent, scratch_prefix(purpose), containment.limits.memory,
                               containment.limits.processes);
    if (made) {
      cgroup.emplace(std::move(*made));
      spec.argv = cgroup->command(spec.argv);
    }
  }
  auto watch = std::make_shared<Watch>(executor);
  watch->looker = std::make_shared<Looker>(Looker{std::move(containment)});
  spec.on_start = [watch](int pid) {
    watch->looker->pid = pid;
    // Beside a control group, too: entering it may be refused.
    try {
      watch->guard.emplace(pid, watch->looker->containment.limits.processes);
    } catch (const std::system_error&) {
      // No thread to be had: the looking, slower, remains.
    }
  };
  spec.output_file_limit = watch->looker->containment.limits.log;
  spec.on_output_file_full = [watch] {
    if (!watch->hit) watch->hit = LimitKind::log;
  };
  std::stop_callback on_stop(stop, [watch, executor] {
    asio::post(executor, [watch] {
      watch->stopped = true;
      watch->kill();
      watch->end_waiting();
    });
  });
  auto process = run(watch, std::move(spec));
  auto watching = keep_watch(watch, pool);
  auto walking = keep_walking(watch, pool);
  auto all = std::move(process) && std::move(watching) && std::move(walking);
  auto ended = co_await std::move(all);
  // Bubblewrap itself may have gone before it; its end is the end of all.
  if (watch->first) {
    asio::posix::stream_descriptor gone(executor, watch->first.release());
    co_await gone.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
  }
  if (watch->stopped) co_return make_error(ErrorKind::stopped, "the build was stopped");
  Contained result;
  result.hit = watch->hit;
  if (!ended && !watch->hit) co_return ended.error();
  if (ended) result.process = std::move(*ended);
  auto is_settled = [&result] { return result.hit && *result.hit != LimitKind::host_disk; };
  if (is_settled()) co_return result;
  if (cgroup && !result.process.ok()) {
    if (cgroup->memory_ran_out())
      result.hit = LimitKind::memory;
    else if (cgroup->processes_ran_out())
      result.hit = LimitKind::processes;
  }
  if (is_settled()) co_return result;
  // Also where the disk is full: whether the laboratory is to blame shows in what the build wrote.
  auto look = [looker = watch->looker, stop] { return looker->look_at_end(stop); };
  const auto found = co_await offload(pool, std::move(look));
  if (stop.stop_requested()) co_return make_error(ErrorKind::stopped, "the build was stopped");
  if (found) result.hit = found;
  co_return result;
}

}  // namespace klab
